/* From "somebody wants into a meeting" to HERE, REDIRECT or REFUSE (placement.h). */
#include <string.h>

#include "cluster/placement_state.h"

static void refuse(struct ic_placement *p, const struct ic_place_ask *ask,
                   enum ic_place_reason reason)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_REFUSE);
    out->token = ask->token;
    memcpy(out->meeting, ask->meeting, sizeof out->meeting);
    out->reason = reason;
    out->retry_ms = ic_place_reason_may_pass(reason) ? IC_PLACE_RETRY_MS : 0;
}

static void redirect(struct ic_placement *p, const struct ic_place_ask *ask,
                     const struct ic_eligible *e)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_REDIRECT);
    out->token = ask->token;
    memcpy(out->meeting, ask->meeting, sizeof out->meeting);
    memcpy(out->node, ic_eligible_node(e), sizeof out->node);
    memcpy(out->fingerprint, ic_eligible_fingerprint(e), sizeof out->fingerprint);
    out->has_video = ask->wants_video && !ic_eligible_is_audio_only(e);
    ic_leases_reserve(&p->leases, out->node, out->has_video);
}

/* self: this node, as the filter let it pass for new work in this turn. */
static void take(struct ic_placement *p, struct ic_time now, const struct ic_place_ask *ask,
                 struct ic_placed *m, const struct ic_eligible *self)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_HERE);
    out->token = ask->token;
    memcpy(out->meeting, ask->meeting, sizeof out->meeting);
    memcpy(out->node, ic_eligible_node(self), sizeof out->node);
    memcpy(out->fingerprint, ic_eligible_fingerprint(self), sizeof out->fingerprint);
    out->generation = m->generation;
    out->has_video = ask->wants_video && !ic_eligible_is_audio_only(self);
    m->people++;
    m->videos += out->has_video;
    ic_placement_note_join(p, now, m);
}

/* Likewise, with media at the other node. */
static void take_away(struct ic_placement *p, struct ic_time now, const struct ic_place_ask *ask,
                      struct ic_placed *m)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_HERE);
    out->token = ask->token;
    memcpy(out->meeting, ask->meeting, sizeof out->meeting);
    memcpy(out->node, p->leases.self.node, sizeof out->node);
    memcpy(out->fingerprint, ic_placement_own_fingerprint(p), sizeof out->fingerprint);
    out->generation = m->generation;
    out->has_video = ask->wants_video;
    m->people++;
    m->away++;
    ic_placement_note_join(p, now, m);
}

static const struct ic_eligible *choose(struct ic_placement *p, struct ic_time now,
                                        const struct ic_place_ask *ask)
{
    size_t len = ask->country[0] == '\0' ? 0 : sizeof ask->country;
    return ask->is_sent || ask->is_known_here ? ic_select_sticky(p->list, p->leases.self.node, now)
                                              : ic_select_nearest(p->list, ask->country, len, now);
}

/* ---- the directory is asked ---- */

static void request(struct ic_placement *p, struct ic_place_pending *w, enum ic_directory_kind kind,
                    uint64_t revision)
{
    w->kind = kind;
    w->lapses = p->lapses;
    w->request = ic_placement_request(p, w->ask.meeting, ic_eligible_list_policy(p->list), kind,
                                      revision, w->generation, NULL);
    struct ic_placed *m = ic_placement_find(p, w->ask.meeting);
    if (m != NULL && kind == IC_DIRECTORY_SWAP)
        m->asked = w->generation;
}

/* What was read or set counts no more: others have changed it, or our lease was over meanwhile. */
static enum ic_place_reason read_again(struct ic_placement *p, struct ic_place_pending *w)
{
    if (++w->tries == IC_PLACE_TRIES_MAX)
        return IC_PLACE_DIRECTORY_BUSY;
    request(p, w, IC_DIRECTORY_GET, 0);
    return IC_PLACE_GOOD;
}

static bool is_stale(const struct ic_placement *p, const struct ic_place_pending *w)
{
    return !p->config.is_alone && w->lapses != p->lapses;
}

static void wait_for_directory(struct ic_placement *p, struct ic_time now,
                               const struct ic_place_ask *ask)
{
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++) {
        struct ic_place_pending *w = &p->pending[i];
        if (w->request != 0)
            continue;
        *w = (struct ic_place_pending){.ask = *ask,
                                       .until = ic_time_add(now, IC_MS(IC_PLACE_DIRECTORY_MS))};
        request(p, w, IC_DIRECTORY_GET, 0);
        return;
    }
    refuse(p, ask, IC_PLACE_BUSY);
}

static bool wait_for_places(struct ic_placement *p, struct ic_time now,
                            const struct ic_place_ask *ask)
{
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++) {
        struct ic_place_pending *w = &p->pending[i];
        if (w->request != 0)
            continue;
        *w = (struct ic_place_pending){.ask = *ask,
                                       .until = ic_time_add(now, IC_MS(IC_PLACE_RELAY_MS)),
                                       .request = ++p->requests,
                                       .is_relaying = true};
        return true;
    }
    return false;
}

/* Full: the media of whoever comes is carried by another node, if one gives places. Who has waited
 * for them does not ask again. */
static void join_away(struct ic_placement *p, struct ic_time now, const struct ic_place_ask *ask,
                      struct ic_placed *m, bool has_waited)
{
    enum ic_place_reason reason = ic_eligible_own_reason(p->list);
    if (reason == IC_PLACE_NO_CAPACITY_IN_REGION && m->away < m->places) {
        take_away(p, now, ask, m);
        return;
    }
    if (reason == IC_PLACE_NO_CAPACITY_IN_REGION && !has_waited) {
        reason = ic_placement_relay_want(p, now, m);
        if (reason == IC_PLACE_GOOD && wait_for_places(p, now, ask))
            return;
        reason = reason == IC_PLACE_GOOD ? IC_PLACE_BUSY : reason;
    }
    refuse(p, ask, reason);
}

static void join_here(struct ic_placement *p, struct ic_time now, const struct ic_place_ask *ask,
                      struct ic_placed *m, bool has_waited)
{
    const struct ic_eligible *self = ic_eligible_find(p->list, p->leases.self.node, now);
    if (self != NULL)
        take(p, now, ask, m, self);
    else
        join_away(p, now, ask, m, has_waited);
}

/* A meeting has one policy: that of who began it. */
static bool is_same_policy(const struct ic_placed *m, const struct ic_place_policy *policy)
{
    return m->policy_len == policy->len && memcmp(m->policy, policy->bytes, policy->len) == 0;
}

/* May somebody with this policy be here, as the filter has it? m: NULL, the meeting is not. */
static enum ic_place_reason filter_ask(struct ic_placement *p, struct ic_time now,
                                       const struct ic_place_ask *ask, const struct ic_placed *m)
{
    enum ic_place_reason reason = ic_placement_filter(p, now, &ask->policy, IC_PLACE_NEW);
    bool is_read = reason != IC_PLACE_POLICY_MISSING && reason != IC_PLACE_POLICY_MALFORMED;
    if (m != NULL && is_read && !is_same_policy(m, &ask->policy))
        return IC_PLACE_POLICY_MISMATCH;
    if (m != NULL && m->handing.is_on)
        return IC_PLACE_DRAINING; /* whose it is, is being settled */
    return reason;
}

void ic_placement_ask(struct ic_placement *p, struct ic_time now, const struct ic_place_ask *ask)
{
    struct ic_placed *m = ic_placement_find(p, ask->meeting);
    ic_placement_note_lapse(p, now);
    enum ic_place_reason reason = filter_ask(p, now, ask, m);
    if (reason != IC_PLACE_GOOD)
        refuse(p, ask, reason);
    else if (m != NULL && ic_placement_is_confirmed(p, m))
        join_here(p, now, ask, m, false);
    else
        wait_for_directory(p, now, ask);
}

/* ---- it has answered ---- */

/* Nobody has the meeting, or whoever has it is not there: we take it, or send to who may. */
static void begin_or_send(struct ic_placement *p, struct ic_time now, struct ic_place_pending *w,
                          uint64_t revision, uint64_t generation)
{
    const struct ic_eligible *e = choose(p, now, &w->ask);
    if (ic_eligible_is_self(e)) {
        w->generation = generation;
        request(p, w, IC_DIRECTORY_SWAP, revision);
        return;
    }
    redirect(p, &w->ask, e);
    w->request = 0;
}

/* The other node may keep the meeting, however full it is: people go there, and it looks for places
 * itself. False: it may not, and the list is that of new work again. */
static bool send_to_alive(struct ic_placement *p, struct ic_time now,
                          const struct ic_place_ask *ask, const uint8_t *node)
{
    (void)!ic_placement_filter(p, now, &ask->policy, IC_PLACE_ALIVE);
    const struct ic_eligible *home = ic_eligible_find(p->list, node, now);
    if (home != NULL)
        redirect(p, ask, home);
    else
        (void)!ic_placement_filter(p, now, &ask->policy, IC_PLACE_NEW);
    return home != NULL;
}

/* The directory has our name, and the meeting is not here: we have started again. */
static enum ic_place_reason take_again(struct ic_placement *p, struct ic_time now,
                                       struct ic_place_pending *w,
                                       const struct ic_directory_entry *entry, uint64_t revision)
{
    bool is_self_good = ic_eligible_find(p->list, p->leases.self.node, now) != NULL;
    if (!is_self_good && w->ask.is_sent)
        return ic_eligible_own_reason(p->list);
    if (!is_self_good) {
        begin_or_send(p, now, w, revision, entry->generation + 1);
        return IC_PLACE_GOOD;
    }
    w->generation = entry->generation + 1;
    request(p, w, IC_DIRECTORY_SWAP, revision);
    return IC_PLACE_GOOD;
}

/* Who carries the meeting, as the directory says. */
static enum ic_place_reason on_entry(struct ic_placement *p, struct ic_time now,
                                     struct ic_place_pending *w,
                                     const struct ic_directory_entry *entry, uint64_t revision)
{
    struct ic_time watched = ic_time_add(p->watching_since, IC_MS(IC_LEASE_EXPIRY_MS));
    if (memcmp(entry->meeting, w->ask.meeting, IC_MEETING_ID_LEN) != 0)
        return IC_PLACE_DIRECTORY_INVALID;
    if (memcmp(entry->policy_sha256, ic_eligible_list_policy(p->list), IC_SHA256_LEN) != 0)
        return IC_PLACE_POLICY_MISMATCH;
    if (entry->generation == UINT64_MAX)
        return IC_PLACE_DIRECTORY_INVALID;
    if (memcmp(entry->node, p->leases.self.node, IC_NODE_ID_LEN) == 0)
        return take_again(p, now, w, entry, revision);
    if (w->ask.is_home_silent) { /* it passes no filter for new work: nobody is sent there */
        ic_leases_silence(&p->leases, entry->node, ic_time_add(now, IC_MS(IC_LEASE_EXPIRY_MS)));
        enum ic_place_reason reason = ic_placement_filter(p, now, &w->ask.policy, IC_PLACE_NEW);
        if (reason != IC_PLACE_GOOD)
            return reason;
    }
    const struct ic_eligible *home = ic_eligible_find(p->list, entry->node, now);
    if (home != NULL) {
        redirect(p, &w->ask, home);
        w->request = 0;
    } else if (send_to_alive(p, now, &w->ask, entry->node)) {
        w->request = 0;
    } else if (!p->config.is_alone && !ic_time_reached(watched, now)) {
        return IC_PLACE_LEASE_EXPIRED; /* who has just come cannot tell who is gone */
    } else {
        begin_or_send(p, now, w, revision, entry->generation + 1);
    }
    return IC_PLACE_GOOD;
}

/* The directory knows nothing of the meeting, or nothing any more: a store that was emptied must
 * not count from 1 again, below what somebody still carries. So the date counts, in ms. */
static uint64_t first_generation(const struct ic_placement *p, struct ic_time now)
{
    struct ic_date_span date = ic_date_guard_span(&p->guard, now, p->unix_s);
    return date.to_s * 1000 + (uint64_t)(now.us / 1000) % 1000 + 1;
}

static enum ic_place_reason on_get(struct ic_placement *p, struct ic_time now,
                                   struct ic_place_pending *w,
                                   const struct ic_directory_reply *reply)
{
    struct ic_directory_entry entry;
    if (reply->result == IC_ERR_GONE) {
        begin_or_send(p, now, w, 0, first_generation(p, now));
        return IC_PLACE_GOOD;
    }
    if (reply->result != IC_OK)
        return IC_PLACE_DIRECTORY_UNREACHABLE;
    if (ic_directory_entry_parse(reply->bytes, reply->len, &entry) != IC_OK)
        return IC_PLACE_DIRECTORY_INVALID;
    return on_entry(p, now, w, &entry, reply->revision);
}

static enum ic_place_reason on_swap(struct ic_placement *p, struct ic_time now,
                                    struct ic_place_pending *w,
                                    const struct ic_directory_reply *reply)
{
    const struct ic_eligible *self = ic_eligible_find(p->list, p->leases.self.node, now);
    if (reply->result == IC_ERR_STATE || (reply->result == IC_OK && is_stale(p, w)))
        return read_again(p, w);
    if (reply->result != IC_OK)
        return IC_PLACE_DIRECTORY_UNREACHABLE;
    if (self == NULL) /* time has passed: the directory has our name, and nobody gets in */
        return ic_eligible_own_reason(p->list);
    struct ic_placed *m = ic_placement_add(p, now, &w->ask, IC_PLACED_HOME, w->generation);
    if (m == NULL)
        return IC_PLACE_BUSY;
    take(p, now, &w->ask, m, self);
    w->request = 0;
    return IC_PLACE_GOOD;
}

static void enter(struct ic_placement *p, struct ic_time now, struct ic_place_pending *w,
                  struct ic_placed *m)
{
    join_here(p, now, &w->ask, m, false);
    w->request = 0;
}

/* The meeting is here, and whether it still is was asked. */
static enum ic_place_reason on_get_here(struct ic_placement *p, struct ic_time now,
                                        struct ic_place_pending *w, struct ic_placed *m,
                                        const struct ic_directory_reply *reply)
{
    enum ic_place_reason reason = IC_PLACE_GOOD;
    switch (ic_placement_judge(p, m, reply, &w->generation, &reason)) {
    case IC_STANDING_KEPT:
        if (is_stale(p, w))
            return read_again(p, w);
        ic_placement_confirm(p, now, m);
        enter(p, now, w, m);
        break;
    case IC_STANDING_BEHIND:
        request(p, w, IC_DIRECTORY_SWAP, reply->revision);
        break;
    case IC_STANDING_LOST:
        ic_placement_release(p, m, IC_PLACE_TAKEN_OVER);
        return on_get(p, now, w, reply);
    case IC_STANDING_UNKNOWN:
        break;
    }
    return reason;
}

/* The directory has our name, and the meeting is here. */
static enum ic_place_reason on_swap_here(struct ic_placement *p, struct ic_time now,
                                         struct ic_place_pending *w, struct ic_placed *m)
{
    if (w->generation > m->generation)
        m->generation = w->generation;
    ic_placement_confirm(p, now, m);
    enter(p, now, w, m);
    return IC_PLACE_GOOD;
}

static void on_reply(struct ic_placement *p, struct ic_time now, struct ic_place_pending *w,
                     const struct ic_directory_reply *reply)
{
    struct ic_placed *m = ic_placement_find(p, w->ask.meeting);
    enum ic_place_reason reason = filter_ask(p, now, &w->ask, m);
    bool is_set = w->kind == IC_DIRECTORY_SWAP && reply->result == IC_OK;
    bool is_ours = is_set && !is_stale(p, w);
    if (w->kind == IC_DIRECTORY_GET)
        ic_placement_note_before(w->before, reply);
    if (is_set)
        ic_placement_tell_before(p, w->ask.meeting, w->before);
    if (reason == IC_PLACE_GOOD && m != NULL && is_ours)
        reason = on_swap_here(p, now, w, m);
    else if (reason == IC_PLACE_GOOD && m != NULL && ic_placement_is_confirmed(p, m))
        enter(p, now, w, m); /* it has come here meanwhile */
    else if (reason == IC_PLACE_GOOD && w->kind == IC_DIRECTORY_SWAP)
        reason = on_swap(p, now, w, reply);
    else if (reason == IC_PLACE_GOOD && m != NULL)
        reason = on_get_here(p, now, w, m, reply);
    else if (reason == IC_PLACE_GOOD)
        reason = on_get(p, now, w, reply);
    if (reason == IC_PLACE_GOOD)
        return;
    refuse(p, &w->ask, reason);
    w->request = 0;
}

void ic_placement_input_reply(struct ic_placement *p, struct ic_time now,
                              const struct ic_directory_reply *reply)
{
    ic_placement_note_lapse(p, now);
    if (reply->token == 0 || ic_placement_input_check(p, now, reply) ||
        ic_placement_input_handing(p, now, reply))
        return;
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++) {
        if (p->pending[i].request != reply->token)
            continue;
        on_reply(p, now, &p->pending[i], reply);
        return;
    }
}

void ic_placement_ask_again(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                            enum ic_place_reason reason)
{
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++) {
        struct ic_place_pending *w = &p->pending[i];
        if (w->request == 0 || !w->is_relaying ||
            memcmp(w->ask.meeting, m->meeting, sizeof m->meeting) != 0)
            continue;
        w->request = 0;
        enum ic_place_reason own = filter_ask(p, now, &w->ask, m);
        bool is_own = own != IC_PLACE_GOOD && own != IC_PLACE_NO_CAPACITY_IN_REGION;
        if (is_own || reason != IC_PLACE_GOOD)
            refuse(p, &w->ask, is_own ? own : reason);
        else
            join_here(p, now, &w->ask, m, true);
    }
}

void ic_placement_ask_tick(struct ic_placement *p, struct ic_time now)
{
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++) {
        struct ic_place_pending *w = &p->pending[i];
        if (w->request == 0 || !ic_time_reached(w->until, now))
            continue;
        refuse(p, &w->ask,
               w->is_relaying ? IC_PLACE_NO_CAPACITY_IN_REGION : IC_PLACE_DIRECTORY_UNREACHABLE);
        w->request = 0;
    }
}

struct ic_time ic_placement_ask_deadline(const struct ic_placement *p)
{
    struct ic_time next = IC_NEVER;
    for (uint32_t i = 0; i < IC_PLACE_ASKS_MAX; i++)
        if (p->pending[i].request != 0)
            next = ic_time_min(next, p->pending[i].until);
    return next;
}
