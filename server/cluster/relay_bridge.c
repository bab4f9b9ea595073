#include "cluster/relay_bridge.h"

#include <string.h>

#include "base/assert.h"
#include "cluster/relay_bridge_state.h"

#define SPANS_MAX (IC_RELAY_CHANNEL_MEETINGS * IC_ROOM_RELAYS_MAX)

/* ---- life ---- */

static enum ic_err init(struct ic_relay_bridge *b)
{
    const struct ic_relay_bridge_config *c = &b->config;
    size_t pairs = (size_t)c->worker_count * IC_RELAY_WORKERS_MAX;
    b->meetings = ic_array_alloc(IC_RELAY_CHANNEL_MEETINGS, sizeof *b->meetings);
    b->pairs = ic_array_alloc(pairs, sizeof *b->pairs);
    b->news = ic_array_alloc(IC_RELAY_BRIDGE_NEWS, sizeof *b->news);
    if (b->meetings == NULL || b->pairs == NULL || b->news == NULL ||
        ic_pool_init(&b->people, sizeof(struct ic_bridge_person), IC_RELAY_CHANNEL_PEOPLE) !=
            IC_OK ||
        ic_pool_init(&b->spans, sizeof(struct ic_bridge_span), SPANS_MAX) != IC_OK ||
        ic_map_init(&b->by_key, sizeof(uint64_t), IC_RELAY_CHANNEL_PEOPLE, c->seed) != IC_OK)
        return IC_ERR_FULL;
    for (size_t i = 0; i < pairs; i++)
        b->pairs[i].reopen = IC_NEVER;
    b->meter_next = b->again_at = IC_NEVER;
    return IC_OK;
}

struct ic_relay_bridge *ic_relay_bridge_create(const struct ic_relay_bridge_config *config)
{
    IC_ASSERT(config->worker_count > 0 && config->worker_count <= IC_RELAY_WORKERS_MAX);
    struct ic_relay_bridge *b = ic_array_alloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->config = *config;
    memcpy(b->addresses, config->addresses, config->worker_count * sizeof *config->addresses);
    if (init(b) == IC_OK)
        return b;
    ic_relay_bridge_destroy(b);
    return NULL;
}

void ic_relay_bridge_destroy(struct ic_relay_bridge *b)
{
    ic_pool_deinit(&b->people);
    ic_pool_deinit(&b->spans);
    ic_map_deinit(&b->by_key);
    ic_array_free(b->meetings);
    ic_array_free(b->pairs);
    ic_array_free(b->news);
    ic_array_free(b);
}

/* ---- parts ---- */

struct ic_bridge_meeting *ic_bridge_meeting_find(const struct ic_relay_bridge *b,
                                                 const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (b->meetings[i].is_used && !b->meetings[i].is_closed &&
            memcmp(b->meetings[i].meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return &b->meetings[i];
    return NULL;
}

/* Our workers refuse a name twice, so two that were the same would do no harm. */
uint64_t ic_bridge_key(const struct ic_relay_bridge *b)
{
    uint64_t key = 0;
    while (key == 0)
        b->config.entropy.fill(b->config.entropy.context, (uint8_t *)&key, sizeof key);
    return key;
}

struct ic_relay_bridge_out *ic_bridge_push(struct ic_relay_bridge *b,
                                           enum ic_relay_bridge_kind kind)
{
    if (b->news_count == IC_RELAY_BRIDGE_NEWS) {
        b->is_broken = true;
        return NULL;
    }
    struct ic_relay_bridge_out *out =
        &b->news[(b->news_first + b->news_count++) % IC_RELAY_BRIDGE_NEWS];
    memset(out, 0, sizeof *out);
    out->kind = kind;
    return out;
}

struct ic_cmd *ic_bridge_command(struct ic_relay_bridge *b, uint32_t worker, enum ic_cmd_kind kind,
                                 uint64_t key)
{
    struct ic_relay_bridge_out *out = ic_bridge_push(b, IC_RELAY_BRIDGE_CMD);
    if (out == NULL)
        return NULL;
    out->worker = worker;
    out->cmd.kind = kind;
    out->cmd.peer = key;
    return &out->cmd;
}

bool ic_bridge_has_address(const struct ic_relay_bridge *b, const struct ic_addr *addr)
{
    for (size_t i = 0; i < b->config.prefix_count; i++)
        if (ic_node_prefix_has(&b->config.prefixes[i], addr))
            return true;
    return false;
}

/* ---- meetings ---- */

static struct ic_bridge_meeting *add_meeting(struct ic_relay_bridge *b, const uint8_t *meeting,
                                             uint64_t room, bool is_ours)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++) {
        struct ic_bridge_meeting *m = &b->meetings[i];
        if (m->is_used)
            continue;
        *m = (struct ic_bridge_meeting){
            .is_used = true, .is_ours = is_ours, .room = room, .full_until = IC_NEVER};
        memcpy(m->meeting, meeting, sizeof m->meeting);
        return m;
    }
    return NULL;
}

/* What was of it is over, and said so one by one. */
static void end_meeting(struct ic_relay_bridge *b, struct ic_bridge_meeting *m)
{
    uint32_t index = (uint32_t)(m - b->meetings);
    m->is_at_both = false;
    m->is_closed = true;
    b->over[IC_BRIDGE_OVER_MEETINGS]++;
    ic_bridge_end_people(b, index);
    ic_bridge_part(b, index);
}

/* OPEN, JOIN.  workers  of ours, that it is at from the beginning */
static enum ic_err ask(struct ic_relay_bridge *b, struct ic_time now,
                       const struct ic_relay_message *open, uint64_t room, uint64_t workers)
{
    if (ic_bridge_meeting_find(b, open->meeting) != NULL)
        return IC_ERR_STATE;
    struct ic_bridge_meeting *m = add_meeting(b, open->meeting, room, true);
    if (m == NULL)
        return IC_ERR_FULL;
    m->is_joint = open->kind == IC_RELAY_JOIN;
    m->workers = workers;
    enum ic_err e = ic_relay_channel_open(b->config.channel, now, open);
    if (e != IC_OK)
        m->is_used = false;
    return e;
}

enum ic_err ic_relay_bridge_open(struct ic_relay_bridge *b, struct ic_time now,
                                 const struct ic_relay_message *open, uint64_t room)
{
    IC_ASSERT(open->kind == IC_RELAY_OPEN);
    return ask(b, now, open, room, 0);
}

enum ic_err ic_relay_bridge_join(struct ic_relay_bridge *b, struct ic_time now,
                                 const struct ic_relay_message *join,
                                 const struct ic_relay_guest_room *room)
{
    IC_ASSERT(join->kind == IC_RELAY_JOIN && room->worker < b->config.worker_count);
    return ask(b, now, join, room->room, UINT64_C(1) << room->worker);
}

static void on_answered(struct ic_relay_bridge *b, struct ic_time now,
                        const struct ic_relay_channel_out *answer)
{
    struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, answer->meeting);
    if (m == NULL || !m->is_ours)
        return;
    struct ic_relay_bridge_out *out =
        ic_bridge_push(b, m->is_joint ? IC_RELAY_BRIDGE_JOINED : IC_RELAY_BRIDGE_OPENED);
    if (out == NULL)
        return;
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    out->reason = answer->reason;
    out->places = answer->places;
    m->is_at_both = answer->reason == IC_PLACE_GOOD;
    m->is_used = m->is_at_both;
    m->places = answer->places;
    m->worker = answer->worker;
    if (m->is_at_both && m->is_joint)
        ic_bridge_join(b, now, (uint32_t)(m - b->meetings));
}

/* Of an ASKED.  room  ours, where its people are */
static void answer_ask(struct ic_relay_bridge *b, const uint8_t *meeting,
                       enum ic_place_reason reason, uint16_t places,
                       const struct ic_relay_guest_room *room, bool is_joint)
{
    struct ic_bridge_meeting *m = NULL;
    uint32_t worker = room->worker;
    if (reason == IC_PLACE_GOOD && ic_bridge_meeting_find(b, meeting) == NULL)
        m = add_meeting(b, meeting, room->room, false);
    if (m == NULL && reason == IC_PLACE_GOOD)
        reason = IC_PLACE_BUSY;
    ic_relay_channel_answer(b->config.channel, meeting, reason,
                            reason == IC_PLACE_GOOD ? places : 0, (uint8_t)worker);
    if (m == NULL)
        return;
    m->is_joint = is_joint;
    m->worker = (uint8_t)worker;
    m->places = places;
    m->is_at_both = m->is_used = ic_relay_channel_has(b->config.channel, meeting);
    if (m->is_at_both)
        ic_relay_channel_policy(b->config.channel, meeting, m->policy_sha256);
    ic_bridge_renew(b, m->worker);
}

void ic_relay_bridge_answer(struct ic_relay_bridge *b,
                            const uint8_t meeting[static IC_MEETING_ID_LEN],
                            enum ic_place_reason reason, uint16_t places, uint32_t worker)
{
    const struct ic_relay_guest_room room = {.room = ic_bridge_key(b), .worker = worker};
    answer_ask(b, meeting, reason, places, &room, false);
}

void ic_relay_bridge_answer_join(struct ic_relay_bridge *b,
                                 const uint8_t meeting[static IC_MEETING_ID_LEN],
                                 enum ic_place_reason reason,
                                 const struct ic_relay_guest_room *room)
{
    static const struct ic_relay_guest_room none;
    IC_ASSERT(room != NULL || reason != IC_PLACE_GOOD);
    answer_ask(b, meeting, reason, 0, room == NULL ? &none : room, true);
}

enum ic_err ic_relay_bridge_carrier(struct ic_relay_bridge *b,
                                    const uint8_t meeting[static IC_MEETING_ID_LEN],
                                    const struct ic_relay_carrier *carrier)
{
    struct ic_relay_message m = {
        .kind = IC_RELAY_CARRIER, .generation = carrier->generation, .carries = carrier->carries};
    memcpy(m.meeting, meeting, sizeof m.meeting);
    memcpy(m.node, carrier->node, sizeof m.node);
    return ic_relay_channel_say(b->config.channel, &m);
}

bool ic_relay_bridge_guest_room(const struct ic_relay_bridge *b,
                                const uint8_t meeting[static IC_MEETING_ID_LEN],
                                struct ic_relay_guest_room *out)
{
    const struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, meeting);
    if (m == NULL || m->is_ours || m->is_joint || !m->is_at_both)
        return false;
    *out = (struct ic_relay_guest_room){.room = m->room, .worker = m->worker};
    return true;
}

void ic_relay_bridge_close(struct ic_relay_bridge *b, struct ic_time now,
                           const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, meeting);
    ic_relay_channel_close(b->config.channel, now, meeting);
    if (m != NULL)
        end_meeting(b, m);
}

/* ---- in ---- */

static void hear_carrier(struct ic_relay_bridge *b, const struct ic_relay_message *m)
{
    struct ic_relay_bridge_out *out = ic_bridge_push(b, IC_RELAY_BRIDGE_CARRIER);
    if (out == NULL)
        return;
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->carrier.node, m->node, sizeof out->carrier.node);
    out->carrier.generation = m->generation;
    out->carrier.carries = m->carries;
}

static void on_said(struct ic_relay_bridge *b, struct ic_time now, const struct ic_relay_message *m)
{
    switch (m->kind) {
    case IC_RELAY_NAMES:
    case IC_RELAY_MEETING:
    case IC_RELAY_SOURCE:
    case IC_RELAY_WANTED:
        ic_bridge_hear_relay(b, now, m);
        return;
    case IC_RELAY_PERSON:
        ic_bridge_hear_person(b, now, m);
        return;
    case IC_RELAY_TRANSPORT:
        ic_bridge_hear_transport(b, now, m);
        return;
    case IC_RELAY_CARRIER:
        hear_carrier(b, m);
        return;
    case IC_RELAY_OPEN:
    case IC_RELAY_OPENED:
    case IC_RELAY_JOIN:
    case IC_RELAY_JOINED:
    case IC_RELAY_CLOSE:
        return; /* told in other ways */
    }
}

static void on_dead(struct ic_relay_bridge *b)
{
    for (uint32_t i = 0; i < IC_RELAY_CHANNEL_MEETINGS; i++)
        if (b->meetings[i].is_used && !b->meetings[i].is_closed)
            end_meeting(b, &b->meetings[i]);
    ic_bridge_end_relays(b);
}

void ic_relay_bridge_input(struct ic_relay_bridge *b, struct ic_time now,
                           const struct ic_relay_channel_out *out)
{
    struct ic_bridge_meeting *m;
    switch (out->kind) {
    case IC_RELAY_CHANNEL_ASKED:
        return; /* the caller's */
    case IC_RELAY_CHANNEL_ANSWERED:
        on_answered(b, now, out);
        return;
    case IC_RELAY_CHANNEL_SAID:
        on_said(b, now, out->message);
        return;
    case IC_RELAY_CHANNEL_CLOSED:
        m = ic_bridge_meeting_find(b, out->meeting);
        if (m != NULL)
            end_meeting(b, m);
        return;
    case IC_RELAY_CHANNEL_DEAD:
        on_dead(b);
        return;
    }
}

bool ic_relay_bridge_on_evt(struct ic_relay_bridge *b, struct ic_time now, const struct ic_evt *evt)
{
    return ic_bridge_on_person_evt(b, now, evt) || ic_bridge_on_relay_evt(b, now, evt);
}

void ic_relay_bridge_set_workers(struct ic_relay_bridge *b, struct ic_time now,
                                 const uint8_t meeting[static IC_MEETING_ID_LEN], uint64_t workers)
{
    struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, meeting);
    if (m == NULL || !m->is_ours || m->is_joint || m->workers == workers)
        return;
    m->workers = workers;
    if (m->is_at_both)
        ic_bridge_join(b, now, (uint32_t)(m - b->meetings));
}

void ic_relay_bridge_set_room(struct ic_relay_bridge *b, uint32_t guests)
{
    b->guests_max = b->guests + guests;
}

/* ---- out ---- */

static bool compose_person(struct ic_relay_bridge *b, uint32_t i)
{
    struct ic_ref ref;
    const struct ic_bridge_person *p = ic_pool_at_index(&b->people, i, &ref);
    if (p == NULL || !p->is_over)
        return false;
    b->end.kind = p->is_guest ? IC_RELAY_BRIDGE_CMD : IC_RELAY_BRIDGE_EVT;
    b->end.worker = b->meetings[p->meeting].worker;
    b->end.cmd.kind = IC_CMD_PEER_REMOVE;
    b->end.cmd.peer = p->key;
    b->end.evt.kind = IC_EVT_PEER_CLOSED;
    b->end.evt.peer = p->key;
    b->end.evt.reason = IC_PEER_REASON_CLOSED_BY_PEER;
    return true;
}

static bool compose_span(struct ic_relay_bridge *b, uint32_t i)
{
    struct ic_ref ref;
    const struct ic_bridge_span *s = ic_pool_at_index(&b->spans, i, &ref);
    if (s == NULL || !s->is_over)
        return false;
    b->end.kind = IC_RELAY_BRIDGE_CMD;
    b->end.worker = s->own;
    b->end.cmd.kind = IC_CMD_PEER_REMOVE;
    b->end.cmd.peer = s->key;
    return true;
}

static bool compose_pair(struct ic_relay_bridge *b, uint32_t i)
{
    if (b->pairs[i].over_key == 0)
        return false;
    b->end.kind = IC_RELAY_BRIDGE_CMD;
    b->end.worker = i / IC_RELAY_WORKERS_MAX;
    b->end.cmd.kind = IC_CMD_PEER_REMOVE;
    b->end.cmd.peer = b->pairs[i].over_key;
    return true;
}

static bool compose_meeting(struct ic_relay_bridge *b, uint32_t i)
{
    if (!b->meetings[i].is_closed)
        return false;
    b->end.kind = IC_RELAY_BRIDGE_CLOSED;
    memcpy(b->end.meeting, b->meetings[i].meeting, sizeof b->end.meeting);
    return true;
}

static bool compose_end(struct ic_relay_bridge *b, enum ic_bridge_over over, uint32_t i)
{
    memset(&b->end, 0, sizeof b->end);
    b->end_kind = over;
    b->end_index = i;
    switch (over) {
    case IC_BRIDGE_OVER_PEOPLE:
        return compose_person(b, i);
    case IC_BRIDGE_OVER_SPANS:
        return compose_span(b, i);
    case IC_BRIDGE_OVER_PAIRS:
        return compose_pair(b, i);
    case IC_BRIDGE_OVER_MEETINGS:
        return compose_meeting(b, i);
    case IC_BRIDGE_OVERS:
        break;
    }
    return false;
}

static uint32_t places_of(const struct ic_relay_bridge *b, enum ic_bridge_over over)
{
    static const uint32_t fixed[IC_BRIDGE_OVERS] = {
        [IC_BRIDGE_OVER_PEOPLE] = IC_RELAY_CHANNEL_PEOPLE,
        [IC_BRIDGE_OVER_SPANS] = SPANS_MAX,
        [IC_BRIDGE_OVER_MEETINGS] = IC_RELAY_CHANNEL_MEETINGS};
    return over == IC_BRIDGE_OVER_PAIRS ? b->config.worker_count * IC_RELAY_WORKERS_MAX
                                        : fixed[over];
}

const struct ic_relay_bridge_out *ic_relay_bridge_next(struct ic_relay_bridge *b)
{
    b->is_end = false;
    if (b->news_count > 0)
        return &b->news[b->news_first];
    b->is_end = true;
    for (enum ic_bridge_over over = 0; over < IC_BRIDGE_OVERS; over++)
        for (uint32_t i = 0; b->over[over] > 0 && i < places_of(b, over); i++)
            if (compose_end(b, over, i))
                return &b->end;
    b->is_end = false;
    return NULL;
}

static void forget_end(struct ic_relay_bridge *b)
{
    struct ic_ref ref = {0};
    b->over[b->end_kind]--;
    switch (b->end_kind) {
    case IC_BRIDGE_OVER_PEOPLE:
        ic_bridge_let_person(b, b->end_index);
        return;
    case IC_BRIDGE_OVER_SPANS:
        (void)ic_pool_at_index(&b->spans, b->end_index, &ref);
        ic_pool_put(&b->spans, ref);
        return;
    case IC_BRIDGE_OVER_PAIRS:
        b->pairs[b->end_index].over_key = 0;
        return;
    case IC_BRIDGE_OVER_MEETINGS:
        b->meetings[b->end_index].is_used = b->meetings[b->end_index].is_closed = false;
        return;
    case IC_BRIDGE_OVERS:
        return;
    }
}

void ic_relay_bridge_taken(struct ic_relay_bridge *b)
{
    if (b->is_end) {
        forget_end(b);
    } else {
        IC_ASSERT(b->news_count > 0);
        b->news_first = (b->news_first + 1) % IC_RELAY_BRIDGE_NEWS;
        b->news_count--;
    }
    b->is_end = false;
}

bool ic_relay_bridge_is_broken(const struct ic_relay_bridge *b)
{
    return b->is_broken;
}

/* ---- time, and what there is ---- */

void ic_relay_bridge_tick(struct ic_relay_bridge *b, struct ic_time now)
{
    ic_bridge_relays_tick(b, now);
    ic_bridge_meters_tick(b, now);
    ic_bridge_people_tick(b, now);
}

struct ic_time ic_relay_bridge_deadline(const struct ic_relay_bridge *b)
{
    return ic_time_min(ic_bridge_relays_deadline(b), b->meter_next);
}

uint32_t ic_relay_bridge_people(const struct ic_relay_bridge *b,
                                const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    const struct ic_bridge_meeting *m = ic_bridge_meeting_find(b, meeting);
    return m == NULL ? 0 : m->people;
}

uint32_t ic_relay_bridge_guests(const struct ic_relay_bridge *b)
{
    return b->guests;
}
