/* Whether a meeting that is here is still ours (docs/protocol/cluster.md 4). The directory is asked
 * every IC_PLACE_CONFIRM_MS, and before anybody new comes in after our lease was over: another node
 * may have taken the meeting while nobody heard us. It says so to the node from which it took it,
 * and to no other one; that may be lost, and the store itself may be emptied. Whoever has the
 * higher generation puts it back. */
#include <string.h>

#include "cluster/placement_state.h"

void ic_placement_note_lapse(struct ic_placement *p, struct ic_time now)
{
    if (p->config.is_alone || !ic_time_reached(ic_leases_own_end(&p->leases), now))
        return;
    p->lapses++;
    p->watching_since = now; /* what we know of others may be old too */
}

bool ic_placement_is_confirmed(const struct ic_placement *p, const struct ic_placed *m)
{
    return p->config.is_alone || m->confirmed == p->lapses;
}

void ic_placement_confirm(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    uint32_t wait_ms = m->check.is_doubted ? 0 : IC_PLACE_CONFIRM_MS;
    m->confirmed = p->lapses;
    m->check = (struct ic_place_check){.at = ic_time_add(now, IC_MS(wait_ms))};
}

void ic_placement_note_before(uint8_t before[static IC_NODE_ID_LEN],
                              const struct ic_directory_reply *reply)
{
    struct ic_directory_entry entry = {.generation = 0};
    if (reply->result != IC_OK ||
        ic_directory_entry_parse(reply->bytes, reply->len, &entry) != IC_OK)
        memset(entry.node, 0, sizeof entry.node);
    memcpy(before, entry.node, IC_NODE_ID_LEN);
}

void ic_placement_tell_before(struct ic_placement *p,
                              const uint8_t meeting[static IC_MEETING_ID_LEN],
                              const uint8_t before[static IC_NODE_ID_LEN])
{
    static const uint8_t nobody[IC_NODE_ID_LEN];
    if (memcmp(before, nobody, sizeof nobody) == 0 ||
        memcmp(before, p->leases.self.node, IC_NODE_ID_LEN) == 0)
        return;
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_TAKEN);
    memcpy(out->meeting, meeting, IC_MEETING_ID_LEN);
    memcpy(out->node, before, IC_NODE_ID_LEN);
}

/* ---- what the directory says ---- */

static bool is_own(const struct ic_placement *p, const struct ic_directory_entry *entry)
{
    return memcmp(entry->node, p->leases.self.node, IC_NODE_ID_LEN) == 0;
}

/* Our own name, with a generation that we did not set: while another node had the meeting, it was
 * handed over to us, and what we have of it is of before. It is taken anew, when a member brings
 * it. Of two nodes that carry one generation, the one whose id is lower goes on, with the next one.
 */
static bool has_lower_id(const struct ic_placement *p, const struct ic_directory_entry *entry)
{
    return memcmp(p->leases.self.node, entry->node, IC_NODE_ID_LEN) < 0;
}

static enum ic_standing judge_home(const struct ic_placement *p, const struct ic_placed *m,
                                   const struct ic_directory_entry *entry, uint64_t *generation)
{
    bool is_self = is_own(p, entry);
    if (entry->generation == m->generation && is_self)
        return IC_STANDING_KEPT;
    if (entry->generation < m->generation) {
        *generation = m->generation;
        return IC_STANDING_BEHIND;
    }
    *generation = entry->generation + 1;
    bool is_asked = is_self && entry->generation == m->asked;
    if (is_asked || (entry->generation == m->generation && has_lower_id(p, entry)))
        return IC_STANDING_BEHIND;
    return IC_STANDING_LOST;
}

enum ic_standing ic_placement_judge(const struct ic_placement *p, const struct ic_placed *m,
                                    const struct ic_directory_reply *reply, uint64_t *generation,
                                    enum ic_place_reason *reason)
{
    struct ic_directory_entry entry;
    *generation = m->generation;
    *reason = IC_PLACE_DIRECTORY_BUSY;
    if (reply->result == IC_ERR_GONE)
        return IC_STANDING_BEHIND;
    *reason = IC_PLACE_DIRECTORY_UNREACHABLE;
    if (reply->result != IC_OK)
        return IC_STANDING_UNKNOWN;
    *reason = IC_PLACE_DIRECTORY_INVALID;
    if (ic_directory_entry_parse(reply->bytes, reply->len, &entry) != IC_OK ||
        memcmp(entry.meeting, m->meeting, sizeof entry.meeting) != 0 ||
        entry.generation == UINT64_MAX)
        return IC_STANDING_UNKNOWN;
    *reason = IC_PLACE_POLICY_MISMATCH;
    if (memcmp(entry.policy_sha256, m->policy_sha256, sizeof entry.policy_sha256) != 0)
        return IC_STANDING_UNKNOWN;
    *reason = IC_PLACE_GOOD;
    return judge_home(p, m, &entry, generation);
}

/* ---- asked by nobody, now and then ---- */

static void send(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                 enum ic_directory_kind kind, uint64_t revision, uint64_t generation)
{
    m->asked = kind == IC_DIRECTORY_SWAP ? generation : m->asked;
    m->check = (struct ic_place_check){
        .request =
            ic_placement_request(p, m->meeting, m->policy_sha256, kind, revision, generation, NULL),
        .at = ic_time_add(now, IC_MS(IC_PLACE_DIRECTORY_MS)),
        .lapses = p->lapses,
        .generation = generation,
        .kind = kind,
    };
}

/* It does not say that it is so: nobody new before it does. Asked again by the next tick. */
static void doubt(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    m->confirmed = p->lapses - 1;
    m->check = (struct ic_place_check){.at = now};
}

static void on_check(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                     const struct ic_directory_reply *reply)
{
    uint64_t generation;
    enum ic_place_reason reason;
    if (m->check.kind == IC_DIRECTORY_SWAP && reply->result == IC_OK)
        ic_placement_tell_before(p, m->meeting, m->check.before);
    if (m->handing.is_on || m->check.lapses != p->lapses || reply->result == IC_ERR_STATE) {
        m->check = (struct ic_place_check){.at = now};
    } else if (m->check.kind == IC_DIRECTORY_SWAP && reply->result == IC_OK) {
        m->generation = m->check.generation;
        ic_placement_confirm(p, now, m);
    } else if (m->check.kind == IC_DIRECTORY_SWAP) {
        doubt(p, now, m);
    } else {
        switch (ic_placement_judge(p, m, reply, &generation, &reason)) {
        case IC_STANDING_KEPT:
            ic_placement_confirm(p, now, m);
            break;
        case IC_STANDING_LOST:
            ic_placement_release(p, m, IC_PLACE_TAKEN_OVER);
            break;
        case IC_STANDING_BEHIND:
            send(p, now, m, IC_DIRECTORY_SWAP, reply->revision, generation);
            ic_placement_note_before(m->check.before, reply);
            break;
        case IC_STANDING_UNKNOWN:
            doubt(p, now, m);
            break;
        }
    }
}

bool ic_placement_input_check(struct ic_placement *p, struct ic_time now,
                              const struct ic_directory_reply *reply)
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        struct ic_placed *m = &p->placed[i];
        if (m->stage == IC_PLACED_NONE || m->check.request != reply->token)
            continue;
        on_check(p, now, m, reply);
        return true;
    }
    return false;
}

void ic_placement_confirm_tick(struct ic_placement *p, struct ic_time now)
{
    if (p->config.is_alone || ic_time_reached(ic_leases_own_end(&p->leases), now))
        return; /* who is not heard puts nothing back */
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        struct ic_placed *m = &p->placed[i];
        if (m->stage != IC_PLACED_HOME || m->handing.is_on)
            continue; /* of another node's meeting, that node asks */
        bool is_due = ic_time_reached(m->check.at, now);
        if (m->check.request != 0 && is_due)
            doubt(p, now, m);
        if (m->check.request == 0 && (is_due || !ic_placement_is_confirmed(p, m)))
            send(p, now, m, IC_DIRECTORY_GET, 0, 0);
    }
}

/* ---- somebody says that it is another one's ---- */

void ic_placement_doubt(struct ic_placement *p, struct ic_time now,
                        const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_placed *m = ic_placement_find(p, meeting);
    ic_placement_note_lapse(p, now);
    if (m == NULL || p->config.is_alone)
        return;
    if (m->check.request != 0)
        m->check.is_doubted = true;
    else
        m->check.at = p->next_confirm = now;
}
