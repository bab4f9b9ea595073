/* Relays between workers of two nodes, and meetings on them (relay_bridge.h). Both ends may begin a
 * relay anew: whoever does says new names, upon which the other end begins anew, too, and answers
 * with its own. Only the meeting's node puts a meeting on it. One for which our worker has no place
 * waits by itself: its number is not used up, and it is tried again. */
#include <string.h>

#include "base/assert.h"
#include "cluster/relay_bridge_state.h"

static struct ic_bridge_pair *pair_at(const struct ic_relay_bridge *b, uint32_t own, uint32_t other)
{
    return &b->pairs[own * IC_RELAY_WORKERS_MAX + other];
}

static uint32_t own_of(const struct ic_relay_bridge *b, const struct ic_bridge_pair *p)
{
    return (uint32_t)(p - b->pairs) / IC_RELAY_WORKERS_MAX;
}

static uint32_t other_of(const struct ic_relay_bridge *b, const struct ic_bridge_pair *p)
{
    return (uint32_t)(p - b->pairs) % IC_RELAY_WORKERS_MAX;
}

static struct ic_bridge_span *span_at(const struct ic_relay_bridge *b, uint32_t i,
                                      struct ic_ref *ref)
{
    struct ic_bridge_span *s = ic_pool_at_index(&b->spans, i, ref);
    return s == NULL || s->is_over ? NULL : s;
}

/* A meeting needs this relay: one of ours that is at both workers, or one of theirs at ours. */
static bool needs(const struct ic_relay_bridge *b, const struct ic_bridge_meeting *m,
                  const struct ic_bridge_pair *p)
{
    if (!m->is_used || !m->is_at_both)
        return false;
    return m->is_ours ? m->worker == other_of(b, p) && (m->workers >> own_of(b, p) & 1) != 0
                      : m->worker == own_of(b, p);
}

static bool is_needed(const struct ic_relay_bridge *b, const struct ic_bridge_pair *p)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (needs(b, &b->meetings[i], p))
            return true;
    return false;
}

static void drop_span(struct ic_relay_bridge *b, struct ic_ref ref)
{
    ic_pool_put(&b->spans, ref);
}

/* Our worker is told, if it has it. */
static void end_span(struct ic_relay_bridge *b, struct ic_bridge_span *s, struct ic_ref ref)
{
    if (s->key == 0) {
        drop_span(b, ref);
        return;
    }
    s->is_over = true;
    b->over[IC_BRIDGE_OVER_SPANS]++;
}

/* ---- a relay ---- */

/* What is on it goes with it, at our worker. */
static void end_pair(struct ic_relay_bridge *b, struct ic_bridge_pair *p, bool is_told)
{
    for (uint32_t i = 0; i < b->spans.count && b->spans.used > 0; i++) {
        struct ic_ref ref;
        const struct ic_bridge_span *s = span_at(b, i, &ref);
        if (s != NULL && pair_at(b, s->own, s->other) == p)
            drop_span(b, ref);
    }
    if (p->stage != IC_BRIDGE_NO_RELAY && is_told) {
        IC_ASSERT(p->over_key == 0); /* none is begun before that is said */
        p->over_key = p->key;
        b->over[IC_BRIDGE_OVER_PAIRS]++;
    }
    p->stage = IC_BRIDGE_NO_RELAY;
}

static void start_pair(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_pair *p)
{
    p->reopen = IC_NEVER;
    if (p->over_key != 0) {
        p->reopen = now; /* once our worker knows that the end before is over */
        return;
    }
    p->key = ic_bridge_key(b);
    p->stage = IC_BRIDGE_ADDING;
    (void)!ic_bridge_command(b, own_of(b, p), IC_CMD_RELAY_ADD, p->key);
}

static void lose_pair(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_pair *p,
                      bool is_told)
{
    end_pair(b, p, is_told);
    if (is_needed(b, p))
        p->reopen = ic_time_min(p->reopen, ic_time_add(now, IC_MS(IC_RELAY_REDIAL_MS)));
}

static void connect(struct ic_relay_bridge *b, struct ic_bridge_pair *p)
{
    uint32_t own = own_of(b, p);
    struct ic_cmd *cmd = ic_bridge_command(b, own, IC_CMD_RELAY_CONNECT, p->key);
    p->stage = IC_BRIDGE_CALLED;
    p->reopen = IC_NEVER;
    if (cmd == NULL)
        return;
    cmd->address = p->theirs.address;
    cmd->local = b->addresses[own];
    cmd->is_caller = b->config.has_lower_id;
    memcpy(cmd->transport.ufrag, p->theirs.ufrag, sizeof p->theirs.ufrag);
    memcpy(cmd->transport.pwd, p->theirs.pwd, sizeof p->theirs.pwd);
    memcpy(cmd->transport.fingerprint, b->config.fingerprint, sizeof cmd->transport.fingerprint);
}

static void on_ready(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_pair *p,
                     const struct ic_server_transport *t)
{
    uint32_t own = own_of(b, p);
    struct ic_relay_message m = {.kind = IC_RELAY_NAMES,
                                 .own_worker = (uint8_t)own,
                                 .other_worker = (uint8_t)other_of(b, p),
                                 .address = b->addresses[own]};
    memcpy(m.ufrag, t->ufrag, sizeof m.ufrag);
    memcpy(m.pwd, t->pwd, sizeof m.pwd);
    if (ic_relay_channel_say(b->config.channel, &m) != IC_OK) { /* nothing is at both any more */
        lose_pair(b, now, p, true);
        return;
    }
    p->is_heard = p->is_heard && !p->is_said; /* names after names: theirs are void */
    p->is_said = true;
    if (p->is_heard) {
        connect(b, p);
        return;
    }
    p->stage = IC_BRIDGE_NAMED;
    p->reopen = ic_time_add(now, IC_MS(IC_RELAY_ANSWER_MS));
}

static void hear_names(struct ic_relay_bridge *b, struct ic_time now,
                       const struct ic_relay_message *m)
{
    struct ic_bridge_pair *p = pair_at(b, m->other_worker, m->own_worker);
    if (!ic_bridge_has_address(b, &m->address)) {
        b->is_broken = true;
        return;
    }
    bool is_anew = p->is_heard;
    p->is_said = p->is_said && !is_anew;
    p->is_heard = true;
    memcpy(p->theirs.ufrag, m->ufrag, sizeof m->ufrag);
    memcpy(p->theirs.pwd, m->pwd, sizeof m->pwd);
    p->theirs.address = m->address;
    if (p->stage == IC_BRIDGE_NAMED && p->is_said) {
        connect(b, p);
    } else if (p->stage != IC_BRIDGE_ADDING && !p->is_said) { /* the other end begins it */
        end_pair(b, p, true);
        start_pair(b, now, p);
    } /* else: an answer to names of an end that was lost since; it is begun anew by us */
}

/* ---- a meeting on it ---- */

static struct ic_bridge_span *find_span(const struct ic_relay_bridge *b, uint32_t own,
                                        uint32_t other, uint32_t meeting, struct ic_ref *ref)
{
    for (uint32_t i = 0; i < b->spans.count && b->spans.used > 0; i++) {
        struct ic_bridge_span *s = span_at(b, i, ref);
        if (s != NULL && s->own == own && s->other == other && s->meeting == meeting)
            return s;
    }
    return NULL;
}

static void tell_source(struct ic_relay_bridge *b, const struct ic_bridge_span *s, uint8_t slot)
{
    const struct ic_bridge_source *source = &s->sources[slot];
    struct ic_cmd *cmd = ic_bridge_command(b, s->own, IC_CMD_RELAY_SOURCE, s->key);
    if (cmd == NULL)
        return;
    cmd->slot = slot;
    cmd->epoch = source->epoch;
    cmd->source_peer = source->person;
    cmd->source = source->source;
    cmd->first_seq = source->first_seq;
}

static bool is_idle(const struct ic_bridge_span *s)
{
    for (uint32_t slot = 0; slot < IC_SLOTS_MAX; slot++)
        if (s->sources[slot].is_held && s->sources[slot].person != 0)
            return false;
    return true;
}

/* The other node has its share of a room of ours and no more, whatever it puts there: the rest is
 * kept for others that carry the meeting. A number that is not in use there any more is never said
 * to be so; one without a source gives way. */
static bool has_room_place(struct ic_relay_bridge *b, uint32_t meeting)
{
    const struct ic_bridge_meeting *m = &b->meetings[meeting];
    uint32_t carried = 0, max = m->is_joint ? 1 : IC_SPREAD_RELAYS_MAX + 1;
    struct ic_bridge_span *idle = NULL;
    struct ic_ref ref, idle_ref = {0};
    for (uint32_t i = 0; i < b->spans.count && !m->is_ours; i++) {
        struct ic_bridge_span *s = span_at(b, i, &ref);
        if (s == NULL || s->meeting != meeting || s->key == 0)
            continue;
        carried++;
        if (idle == NULL && is_idle(s)) {
            idle = s;
            idle_ref = ref;
        }
    }
    if (carried >= max && idle != NULL)
        end_span(b, idle, idle_ref);
    return carried < max || idle != NULL;
}

static void try_again(struct ic_relay_bridge *b, struct ic_time now)
{
    b->again_at = ic_time_min(b->again_at, ic_time_add(now, IC_MS(IC_RELAY_REDIAL_MS)));
}

/* The relay is up. */
static void carry(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_span *s)
{
    if (!has_room_place(b, s->meeting)) {
        try_again(b, now);
        return;
    }
    s->key = ic_bridge_key(b);
    struct ic_cmd *cmd = ic_bridge_command(b, s->own, IC_CMD_RELAY_MEETING, s->key);
    if (cmd == NULL)
        return;
    cmd->room = b->meetings[s->meeting].room;
    cmd->relay = pair_at(b, s->own, s->other)->key;
    cmd->number = s->number;
    cmd->node = b->config.name;
    for (uint8_t slot = 0; slot < IC_SLOTS_MAX; slot++)
        if (s->sources[slot].is_held)
            tell_source(b, s, slot);
}

/* What waits on relays that are up. */
static void carry_waiting(struct ic_relay_bridge *b, struct ic_time now)
{
    for (uint32_t i = 0; i < b->spans.count && b->spans.used > 0; i++) {
        struct ic_ref ref;
        struct ic_bridge_span *s = span_at(b, i, &ref);
        if (s != NULL && s->key == 0 && pair_at(b, s->own, s->other)->stage == IC_BRIDGE_UP)
            carry(b, now, s);
    }
}

static struct ic_bridge_span *add_span(struct ic_relay_bridge *b, struct ic_bridge_pair *p,
                                       uint32_t meeting, uint32_t number)
{
    struct ic_ref ref;
    struct ic_bridge_span *s = ic_pool_get(&b->spans, &ref);
    if (s == NULL) {
        b->is_broken = true; /* the channel has as many: ours wait to be told of too many ends */
        return NULL;
    }
    s->own = (uint8_t)own_of(b, p);
    s->other = (uint8_t)other_of(b, p);
    s->meeting = meeting;
    s->number = number;
    return s;
}

/* A meeting of ours goes on a relay that is up. */
static void begin_span(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_pair *p,
                       uint32_t meeting)
{
    struct ic_ref ref;
    uint32_t first = b->config.has_lower_id ? 1 : 2;
    uint32_t number = p->number == 0 ? first : p->number + 2;
    if (find_span(b, own_of(b, p), other_of(b, p), meeting, &ref) != NULL)
        return;
    if (number > IC_RELAY_NUMBER_MAX) {
        b->is_broken = true; /* all begins anew, with another channel */
        return;
    }
    struct ic_relay_message m = {.kind = IC_RELAY_MEETING,
                                 .own_worker = (uint8_t)own_of(b, p),
                                 .other_worker = (uint8_t)other_of(b, p),
                                 .number = number};
    memcpy(m.meeting, b->meetings[meeting].meeting, sizeof m.meeting);
    if (ic_relay_channel_say(b->config.channel, &m) != IC_OK)
        return; /* it has just been begun anew by the other end */
    p->number = number;
    struct ic_bridge_span *s = add_span(b, p, meeting, number);
    if (s != NULL)
        carry(b, now, s);
}

void ic_bridge_join(struct ic_relay_bridge *b, struct ic_time now, uint32_t meeting)
{
    const struct ic_bridge_meeting *m = &b->meetings[meeting];
    for (uint32_t own = 0; own < b->config.worker_count; own++) {
        struct ic_bridge_pair *p = pair_at(b, own, m->worker);
        struct ic_ref ref;
        struct ic_bridge_span *s = find_span(b, own, m->worker, meeting, &ref);
        if (!needs(b, m, p) && s != NULL)
            end_span(b, s, ref);
        else if (needs(b, m, p) && p->stage == IC_BRIDGE_UP)
            begin_span(b, now, p, meeting);
        else if (needs(b, m, p) && p->stage == IC_BRIDGE_NO_RELAY && ic_time_is_never(p->reopen))
            start_pair(b, now, p);
    }
}

void ic_bridge_renew(struct ic_relay_bridge *b, uint32_t own)
{
    for (uint32_t other = 0; other < IC_RELAY_WORKERS_MAX; other++) {
        struct ic_bridge_pair *p = pair_at(b, own, other);
        if (p->stage == IC_BRIDGE_NO_RELAY && p->is_said)
            p->reopen = (struct ic_time){0}; /* at the next tick */
    }
}

void ic_bridge_part(struct ic_relay_bridge *b, uint32_t meeting)
{
    for (uint32_t i = 0; i < b->spans.count && b->spans.used > 0; i++) {
        struct ic_ref ref;
        struct ic_bridge_span *s = span_at(b, i, &ref);
        if (s != NULL && s->meeting == meeting)
            end_span(b, s, ref);
    }
    for (uint32_t i = 0; i < b->config.worker_count * IC_RELAY_WORKERS_MAX; i++) {
        struct ic_bridge_pair *p = &b->pairs[i];
        if (p->stage != IC_BRIDGE_NO_RELAY && !is_needed(b, p))
            end_pair(b, p, true);
    }
}

static void hear_meeting(struct ic_relay_bridge *b, struct ic_time now,
                         const struct ic_relay_message *m)
{
    struct ic_bridge_meeting *meeting = ic_bridge_meeting_find(b, m->meeting);
    struct ic_bridge_pair *p = pair_at(b, m->other_worker, m->own_worker);
    struct ic_ref ref;
    if (meeting == NULL || meeting->is_ours || meeting->worker != m->other_worker) {
        b->is_broken = true; /* its people are at another worker, as we have said */
        return;
    }
    uint32_t index = (uint32_t)(meeting - b->meetings);
    struct ic_bridge_span *before = find_span(b, m->other_worker, m->own_worker, index, &ref);
    if (before != NULL)
        end_span(b, before, ref);
    struct ic_bridge_span *s = add_span(b, p, index, m->number);
    if (s != NULL && p->stage == IC_BRIDGE_UP)
        carry(b, now, s);
}

/* ---- what is in its slots ---- */

static struct ic_bridge_span *find_number(const struct ic_relay_bridge *b,
                                          const struct ic_relay_message *m)
{
    for (uint32_t i = 0; i < b->spans.count && b->spans.used > 0; i++) {
        struct ic_ref ref;
        struct ic_bridge_span *s = span_at(b, i, &ref);
        if (s != NULL && s->own == m->other_worker && s->other == m->own_worker &&
            s->number == m->number)
            return s;
    }
    return NULL;
}

static void hear_source(struct ic_relay_bridge *b, const struct ic_relay_message *m)
{
    struct ic_bridge_span *s = find_number(b, m);
    const struct ic_bridge_source source = {.is_held = true,
                                            .epoch = m->epoch,
                                            .person = m->person,
                                            .first_seq = m->first_seq,
                                            .source = m->source};
    if (s == NULL)
        return;
    s->sources[m->slot] = source; /* the last word about a slot is the one that counts */
    if (s->key != 0)
        tell_source(b, s, m->slot);
}

static void hear_wanted(struct ic_relay_bridge *b, const struct ic_relay_message *m)
{
    const struct ic_bridge_span *s = find_number(b, m);
    struct ic_cmd *cmd =
        s == NULL || s->key == 0 ? NULL : ic_bridge_command(b, s->own, IC_CMD_RELAY_WANTED, s->key);
    if (cmd == NULL)
        return;
    cmd->slot = m->slot;
    cmd->epoch = m->epoch;
    cmd->is_wanted = m->is_wanted;
}

void ic_bridge_hear_relay(struct ic_relay_bridge *b, struct ic_time now,
                          const struct ic_relay_message *m)
{
    if (m->kind == IC_RELAY_NAMES)
        hear_names(b, now, m);
    else if (m->kind == IC_RELAY_MEETING)
        hear_meeting(b, now, m);
    else if (m->kind == IC_RELAY_SOURCE)
        hear_source(b, m);
    else
        hear_wanted(b, m);
}

/* ---- events of our workers ---- */

/* Our end is up. The other node's meetings that were put on it before are carried now. */
static void on_connected(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_pair *p)
{
    p->stage = IC_BRIDGE_UP;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (b->meetings[i].is_ours && needs(b, &b->meetings[i], p))
            begin_span(b, now, p, i);
    carry_waiting(b, now);
}

static void on_pair_evt(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_pair *p,
                        const struct ic_evt *evt)
{
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
        if (p->stage == IC_BRIDGE_ADDING)
            on_ready(b, now, p, &evt->transport);
        return;
    case IC_EVT_PEER_CONNECTED:
        if (p->stage == IC_BRIDGE_CALLED)
            on_connected(b, now, p);
        return;
    case IC_EVT_PEER_REFUSED:
    case IC_EVT_PEER_CLOSED:
        lose_pair(b, now, p, false);
        return;
    case IC_EVT_SLOT:
    case IC_EVT_STATS:
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_RELAY_WANTED:
        return;
    }
}

/* A change that the other end does not hear is of a number that is not in force there any more. */
static void on_span_evt(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_span *s,
                        struct ic_ref ref, const struct ic_evt *evt)
{
    struct ic_relay_message m = {.kind = IC_RELAY_WANTED,
                                 .own_worker = s->own,
                                 .other_worker = s->other,
                                 .number = s->number,
                                 .slot = evt->slot,
                                 .epoch = evt->epoch,
                                 .is_wanted = evt->is_wanted};
    struct ic_bridge_pair *p = pair_at(b, s->own, s->other);
    switch (evt->kind) {
    case IC_EVT_SLOT:
        m.kind = IC_RELAY_SOURCE;
        m.person = ic_bridge_number_of(b, evt->source_peer);
        m.source = evt->source;
        m.first_seq = evt->first_seq;
        (void)!ic_relay_channel_say(b->config.channel, &m);
        return;
    case IC_EVT_RELAY_WANTED:
        (void)!ic_relay_channel_say(b->config.channel, &m);
        return;
    case IC_EVT_PEER_REFUSED:
    case IC_EVT_PEER_CLOSED:
        if (evt->reason == IC_PEER_REASON_FULL) {
            s->key = 0; /* it waits, and it alone */
            try_again(b, now);
            return;
        }
        drop_span(b, ref); /* the worker has it no more; with the relay, all that is on it */
        lose_pair(b, now, p, true);
        return;
    case IC_EVT_PEER_READY:
    case IC_EVT_PEER_CONNECTED:
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_STATS:
        return;
    }
}

uint32_t ic_relay_bridge_load(const struct ic_relay_bridge *b, uint32_t worker)
{
    uint32_t load = 0;
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++) {
        const struct ic_bridge_meeting *m = &b->meetings[i];
        uint32_t spans = 0;
        for (uint32_t k = 0; k < b->spans.count && m->is_used && b->spans.used > 0; k++) {
            struct ic_ref ref;
            const struct ic_bridge_span *s = span_at(b, k, &ref);
            spans += s != NULL && s->meeting == i && s->own == worker;
        }
        bool is_here = m->is_used && m->is_at_both && !m->is_ours && m->worker == worker;
        load += spans > 0 || !is_here ? spans : 1; /* the first is to come */
    }
    return load;
}

bool ic_bridge_on_relay_evt(struct ic_relay_bridge *b, struct ic_time now, const struct ic_evt *evt)
{
    for (uint32_t i = 0; i < b->spans.count && b->spans.used > 0; i++) {
        struct ic_ref ref;
        struct ic_bridge_span *s = ic_pool_at_index(&b->spans, i, &ref);
        if (s == NULL || s->key != evt->peer || s->key == 0)
            continue;
        if (!s->is_over)
            on_span_evt(b, now, s, ref, evt);
        return true;
    }
    for (uint32_t i = 0; i < b->config.worker_count * IC_RELAY_WORKERS_MAX; i++) {
        struct ic_bridge_pair *p = &b->pairs[i];
        if (p->over_key != 0 && p->over_key == evt->peer)
            return true;
        if (p->stage == IC_BRIDGE_NO_RELAY || p->key != evt->peer)
            continue;
        on_pair_evt(b, now, p, evt);
        return true;
    }
    return false;
}

/* ---- the end, and time ---- */

void ic_bridge_end_relays(struct ic_relay_bridge *b)
{
    for (uint32_t i = 0; i < b->config.worker_count * IC_RELAY_WORKERS_MAX; i++) {
        end_pair(b, &b->pairs[i], true);
        b->pairs[i].reopen = IC_NEVER;
    }
}

void ic_bridge_relays_tick(struct ic_relay_bridge *b, struct ic_time now)
{
    if (ic_time_reached(b->again_at, now)) {
        b->again_at = IC_NEVER;
        carry_waiting(b, now);
    }
    for (uint32_t i = 0; i < b->config.worker_count * IC_RELAY_WORKERS_MAX; i++) {
        struct ic_bridge_pair *p = &b->pairs[i];
        if (!ic_time_reached(p->reopen, now) || p->over_key != 0)
            continue;
        p->reopen = IC_NEVER;
        if (p->stage == IC_BRIDGE_NAMED) /* names that were dropped, while a meeting closed */
            end_pair(b, p, true);
        if (p->stage == IC_BRIDGE_NO_RELAY && is_needed(b, p))
            start_pair(b, now, p);
    }
}

struct ic_time ic_bridge_relays_deadline(const struct ic_relay_bridge *b)
{
    struct ic_time next = b->again_at;
    for (uint32_t i = 0; i < b->config.worker_count * IC_RELAY_WORKERS_MAX; i++)
        if (b->pairs[i].over_key == 0)
            next = ic_time_min(next, b->pairs[i].reopen);
    return next;
}
