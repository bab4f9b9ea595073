#include "signal/spread.h"

#include <string.h>

#include "base/assert.h"
#include "base/map.h"
#include "base/pool.h"

#define REOPEN_MS 1000
/* Commands that wait for workers, before nothing new is begun or passed on. What ends is always
 * said: there is room behind for all that was begun. */
#define NEWS_MAX 1024
#define NOBODY   UINT32_MAX

/* A key of ours: a serial number, what it is of, and which end. Those of the hub look random; one
 * that were the same would be refused by the worker. */
#define KEY_END(key)   ((uint32_t)((key)&1))
#define KEY_INDEX(key) ((uint32_t)((key) >> 1 & 0xffff))
#define KEY_IS_SPAN    (UINT64_C(1) << 17)

struct person {
    uint64_t key;
    uint32_t worker;
    struct ic_ref room;
};

struct room {
    uint64_t key;
    uint32_t total;
    uint16_t people[IC_SPREAD_WORKERS_MAX];
};

/* What one end of a relay is called, for the other one. */
struct names {
    char ufrag[IC_UFRAG_LEN + 1], pwd[IC_PWD_LEN + 1];
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    struct ic_addr address;
};

/* Between two workers, the first of which calls. Opened with the first meeting, kept then. */
struct relay {
    uint32_t workers[2];
    uint64_t keys[2]; /* 0: not open */
    bool is_ready[2], is_connected[2];
    struct names names[2];
    uint32_t number;       /* of the newest meeting on it */
    struct ic_time reopen; /* IC_NEVER: nothing was lost */
};

/* A meeting on a relay. */
struct span {
    struct ic_ref ref;
    struct ic_ref room;
    uint32_t relay;
    uint64_t keys[2]; /* 0: that worker has it not */
};

struct out {
    uint32_t worker;
    uint32_t connect; /* RELAY_CONNECT: of this relay */
    uint32_t end;
    enum ic_cmd_kind kind;
    uint64_t peer, room, relay, source_peer, first_seq;
    uint32_t number, epoch;
    uint8_t slot;
    bool is_wanted;
    enum ic_source source;
};

struct ic_spread {
    struct ic_spread_config config;
    struct ic_pool people, rooms, spans;
    struct ic_map by_peer, by_room;
    uint32_t load[IC_SPREAD_WORKERS_MAX]; /* people */
    uint32_t spans_at[IC_SPREAD_WORKERS_MAX];
    uint32_t relay_count, spans_max;
    struct relay *relays;
    uint64_t serial;
    struct out *outs;
    uint32_t out_max, out_first, out_count;
    struct ic_cmd cmd; /* lent */
};

/* ---- life ---- */

static enum ic_err init(struct ic_spread *s)
{
    const struct ic_spread_config *c = &s->config;
    s->spans_max = c->worker_count * c->relay_meetings_max / 2;
    s->relay_count = c->worker_count * (c->worker_count - 1) / 2;
    IC_ASSERT(s->spans_max <= 0xffff && s->relay_count <= 0xffff);
    if (ic_pool_init(&s->people, sizeof(struct person), c->peers_max) != IC_OK ||
        ic_pool_init(&s->rooms, sizeof(struct room), c->rooms_max) != IC_OK ||
        ic_pool_init(&s->spans, sizeof(struct span), s->spans_max + 1) != IC_OK ||
        ic_map_init(&s->by_peer, sizeof(uint64_t), c->peers_max, c->seed) != IC_OK ||
        ic_map_init(&s->by_room, sizeof(uint64_t), c->rooms_max, c->seed) != IC_OK)
        return IC_ERR_FULL;
    s->relays = ic_array_alloc(s->relay_count + 1, sizeof *s->relays);
    s->out_max = 2 * (NEWS_MAX + s->spans_max + s->relay_count);
    s->outs = ic_array_alloc(s->out_max, sizeof *s->outs);
    if (s->relays == NULL || s->outs == NULL)
        return IC_ERR_FULL;
    uint32_t next = 0;
    for (uint32_t b = 1; b < c->worker_count; b++)
        for (uint32_t a = 0; a < b; a++)
            s->relays[next++] = (struct relay){.workers = {a, b}, .reopen = IC_NEVER};
    return IC_OK;
}

struct ic_spread *ic_spread_create(const struct ic_spread_config *config)
{
    IC_ASSERT(config->worker_count > 0 && config->worker_count <= IC_SPREAD_WORKERS_MAX);
    struct ic_spread *s = ic_array_alloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->config = *config;
    if (init(s) == IC_OK)
        return s;
    ic_spread_destroy(s);
    return NULL;
}

void ic_spread_destroy(struct ic_spread *s)
{
    ic_pool_deinit(&s->people);
    ic_pool_deinit(&s->rooms);
    ic_pool_deinit(&s->spans);
    ic_map_deinit(&s->by_peer);
    ic_map_deinit(&s->by_room);
    ic_array_free(s->relays);
    ic_array_free(s->outs);
    ic_array_free(s);
}

/* ---- commands out ---- */

/* For two commands more that begin or change something. */
static bool has_room(const struct ic_spread *s)
{
    return s->out_count + 2 <= NEWS_MAX;
}

static void push(struct ic_spread *s, const struct out *out)
{
    IC_ASSERT(s->out_count < s->out_max);
    s->outs[(s->out_first + s->out_count++) % s->out_max] = *out;
}

static void compose_connect(struct ic_spread *s, const struct out *out)
{
    const struct relay *r = &s->relays[out->connect];
    const struct names *other = &r->names[1 - out->end];
    s->cmd.address = other->address;
    s->cmd.local = r->names[out->end].address;
    s->cmd.is_caller = out->end == 0;
    memcpy(s->cmd.transport.ufrag, other->ufrag, sizeof other->ufrag);
    memcpy(s->cmd.transport.pwd, other->pwd, sizeof other->pwd);
    memcpy(s->cmd.transport.fingerprint, other->fingerprint, sizeof other->fingerprint);
}

const struct ic_cmd *ic_spread_next(struct ic_spread *s, uint32_t *worker)
{
    if (s->out_count == 0)
        return NULL;
    const struct out *out = &s->outs[s->out_first];
    memset(&s->cmd, 0, sizeof s->cmd);
    s->cmd.kind = out->kind;
    s->cmd.peer = out->peer;
    s->cmd.room = out->room;
    s->cmd.relay = out->relay;
    s->cmd.number = out->number;
    s->cmd.slot = out->slot;
    s->cmd.epoch = out->epoch;
    s->cmd.source_peer = out->source_peer;
    s->cmd.source = out->source;
    s->cmd.first_seq = out->first_seq;
    s->cmd.is_wanted = out->is_wanted;
    if (out->kind == IC_CMD_RELAY_CONNECT)
        compose_connect(s, out);
    *worker = out->worker;
    return &s->cmd;
}

void ic_spread_taken(struct ic_spread *s)
{
    IC_ASSERT(s->out_count > 0);
    s->out_first = (s->out_first + 1) % s->out_max;
    s->out_count--;
}

/* ---- relays ---- */

static uint64_t new_key(struct ic_spread *s, bool is_span, uint32_t index, uint32_t end)
{
    return ++s->serial << 18 | (is_span ? KEY_IS_SPAN : 0) | (uint64_t)index << 1 | end;
}

static uint32_t relay_between(uint32_t a, uint32_t b)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    return high * (high - 1) / 2 + low;
}

static bool is_up(const struct relay *r)
{
    return r->is_connected[0] && r->is_connected[1];
}

static void look_again(struct relay *r, struct ic_time now)
{
    r->reopen = ic_time_min(r->reopen, ic_time_add(now, IC_MS(REOPEN_MS)));
}

static void open_relay(struct ic_spread *s, struct ic_time now, uint32_t index)
{
    struct relay *r = &s->relays[index];
    if (!has_room(s)) {
        look_again(r, now);
        return;
    }
    r->number = 0;
    for (uint32_t end = 0; end < 2; end++) {
        r->keys[end] = new_key(s, false, index, end);
        r->is_ready[end] = r->is_connected[end] = false;
        struct out out = {
            .worker = r->workers[end], .kind = IC_CMD_RELAY_ADD, .peer = r->keys[end]};
        push(s, &out);
    }
}

/* ---- meetings on them ---- */

static struct span *span_at(const struct ic_spread *s, uint32_t index)
{
    struct ic_ref ref;
    return ic_pool_at_index(&s->spans, index, &ref);
}

static void begin_span(struct ic_spread *s, struct ic_time now, struct span *span)
{
    struct relay *r = &s->relays[span->relay];
    const struct room *room = ic_pool_at(&s->rooms, span->room);
    if (!has_room(s) || r->number == IC_RELAY_NUMBER_MAX) {
        look_again(r, now);
        return;
    }
    r->number++;
    for (uint32_t end = 0; end < 2; end++) {
        span->keys[end] = new_key(s, true, span->ref.index, end);
        struct out out = {.worker = r->workers[end],
                          .kind = IC_CMD_RELAY_MEETING,
                          .peer = span->keys[end],
                          .room = room->key,
                          .relay = r->keys[end],
                          .number = r->number};
        push(s, &out);
    }
}

static void end_span(struct ic_spread *s, struct span *span)
{
    for (uint32_t end = 0; end < 2; end++) {
        struct out out = {.worker = s->relays[span->relay].workers[end],
                          .kind = IC_CMD_PEER_REMOVE,
                          .peer = span->keys[end]};
        if (span->keys[end] != 0)
            push(s, &out);
        span->keys[end] = 0;
    }
}

static void lose_span(struct ic_spread *s, struct ic_time now, struct span *span)
{
    end_span(s, span);
    look_again(&s->relays[span->relay], now);
}

static void add_span(struct ic_spread *s, struct ic_time now, struct ic_ref room, uint32_t a,
                     uint32_t b)
{
    struct ic_ref ref;
    struct span *span = ic_pool_get(&s->spans, &ref);
    IC_ASSERT(span != NULL); /* may_spread has counted */
    span->ref = ref;
    span->room = room;
    span->relay = relay_between(a, b);
    s->spans_at[a]++;
    s->spans_at[b]++;
    struct relay *r = &s->relays[span->relay];
    if (r->keys[0] == 0 && ic_time_is_never(r->reopen))
        open_relay(s, now, span->relay);
    else if (is_up(r))
        begin_span(s, now, span);
}

static void drop_spans(struct ic_spread *s, struct ic_ref room, uint32_t worker)
{
    for (uint32_t i = 0; i < s->spans.count && s->spans.used > 0; i++) {
        struct span *span = span_at(s, i);
        if (span == NULL || !ic_ref_eq(span->room, room))
            continue;
        const struct relay *r = &s->relays[span->relay];
        if (r->workers[0] != worker && r->workers[1] != worker)
            continue;
        end_span(s, span);
        s->spans_at[r->workers[0]]--;
        s->spans_at[r->workers[1]]--;
        ic_pool_put(&s->spans, span->ref);
    }
}

/* ---- people ---- */

static uint32_t workers_of(const struct ic_spread *s, const struct room *room)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->config.worker_count; i++)
        count += room->people[i] > 0;
    return count;
}

/* A relay to each worker of the meeting can be had. */
static bool may_spread(const struct ic_spread *s, const struct room *room, uint32_t worker)
{
    uint32_t others = workers_of(s, room);
    if (others > IC_SPREAD_RELAYS_MAX || s->spans.used + others > s->spans_max ||
        s->spans_at[worker] + others > s->config.relay_meetings_max)
        return false;
    for (uint32_t i = 0; i < s->config.worker_count; i++)
        if (room->people[i] > 0 && s->spans_at[i] == s->config.relay_meetings_max)
            return false;
    return true;
}

/* The least busy worker that is not full: one of the meeting's, or one that it is not at yet. */
static uint32_t least_busy(const struct ic_spread *s, const struct room *room, bool is_theirs)
{
    uint32_t best = NOBODY;
    for (uint32_t i = 0; i < s->config.worker_count; i++) {
        bool is_there = room->people[i] > 0;
        if (is_there != is_theirs || s->load[i] >= s->config.people_max ||
            (!is_there && !may_spread(s, room, i)))
            continue;
        if (best == NOBODY || s->load[i] < s->load[best])
            best = i;
    }
    return best;
}

static uint32_t choose(const struct ic_spread *s, const struct room *room, uint32_t home)
{
    uint32_t best = least_busy(s, room, true);
    if (best == NOBODY && room->total == 0 && s->load[home] < s->config.people_max)
        return home;
    if (best == NOBODY)
        best = least_busy(s, room, false);
    if (best != NOBODY || room->total == 0)
        return best == NOBODY ? home : best;
    for (uint32_t i = 0; i < s->config.worker_count; i++) /* full: where most of them are */
        if (best == NOBODY || room->people[i] > room->people[best])
            best = i;
    return best;
}

static struct room *find_room(const struct ic_spread *s, uint64_t key, struct ic_ref *ref)
{
    uint32_t index;
    return ic_map_find(&s->by_room, &key, &index) ? ic_pool_at_index(&s->rooms, index, ref) : NULL;
}

static struct room *make_room(struct ic_spread *s, uint64_t key, struct ic_ref *ref)
{
    struct room *room = find_room(s, key, ref);
    if (room != NULL)
        return room;
    room = ic_pool_get(&s->rooms, ref);
    if (room == NULL)
        return NULL;
    room->key = key;
    enum ic_err e = ic_map_set(&s->by_room, &key, ref->index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    return room;
}

static void leave(struct ic_spread *s, struct person *person, struct ic_ref ref)
{
    struct room *room = ic_pool_at(&s->rooms, person->room);
    s->load[person->worker]--;
    room->total--;
    if (--room->people[person->worker] == 0)
        drop_spans(s, person->room, person->worker);
    if (room->total == 0) {
        ic_map_remove(&s->by_room, &room->key);
        ic_pool_put(&s->rooms, person->room);
    }
    ic_map_remove(&s->by_peer, &person->key);
    ic_pool_put(&s->people, ref);
}

static struct person *find_person(const struct ic_spread *s, uint64_t key, struct ic_ref *ref)
{
    uint32_t index;
    return ic_map_find(&s->by_peer, &key, &index) ? ic_pool_at_index(&s->people, index, ref) : NULL;
}

/* Where a newcomer goes. Tables that are full: where the hub thinks; he is in no relay then. */
static uint32_t enter(struct ic_spread *s, struct ic_time now, uint32_t home,
                      const struct ic_cmd *cmd)
{
    struct ic_ref ref, room_ref;
    struct person *person = find_person(s, cmd->peer, &ref);
    if (person != NULL)
        return person->worker;
    struct room *room =
        s->people.used < s->people.count ? make_room(s, cmd->room, &room_ref) : NULL;
    if (room == NULL)
        return home;
    uint32_t worker = choose(s, room, home);
    bool is_first = room->people[worker] == 0;
    for (uint32_t i = 0; i < s->config.worker_count && is_first; i++)
        if (room->people[i] > 0)
            add_span(s, now, room_ref, i, worker);
    person = ic_pool_get(&s->people, &ref);
    *person = (struct person){.key = cmd->peer, .worker = worker, .room = room_ref};
    enum ic_err e = ic_map_set(&s->by_peer, &cmd->peer, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    room->people[worker]++;
    room->total++;
    s->load[worker]++;
    return worker;
}

uint64_t ic_spread_workers(const struct ic_spread *s, uint64_t room_key)
{
    struct ic_ref ref;
    const struct room *room = find_room(s, room_key, &ref);
    uint64_t mask = 0;
    for (uint32_t i = 0; i < s->config.worker_count && room != NULL; i++)
        mask |= (uint64_t)(room->people[i] > 0) << i;
    return mask;
}

uint64_t ic_spread_route(struct ic_spread *s, struct ic_time now, uint32_t home,
                         const struct ic_cmd *cmd)
{
    struct ic_ref ref;
    uint32_t worker = home;
    if (cmd->kind == IC_CMD_PEER_ADD)
        return UINT64_C(1) << enter(s, now, home, cmd);
    if (cmd->kind == IC_CMD_ROOM_KEY_FRAMES) {
        uint64_t mask = ic_spread_workers(s, cmd->room);
        return mask == 0 ? UINT64_C(1) << home : mask;
    }
    struct person *person = find_person(s, cmd->peer, &ref);
    if (person != NULL)
        worker = person->worker;
    if (person != NULL && cmd->kind == IC_CMD_PEER_REMOVE)
        leave(s, person, ref);
    return UINT64_C(1) << worker;
}

void ic_spread_forget(struct ic_spread *s, uint64_t peer)
{
    struct ic_ref ref;
    struct person *person = find_person(s, peer, &ref);
    if (person != NULL)
        leave(s, person, ref);
}

/* ---- events ---- */

/* Those that are not on the relay, in whichever way that came. */
static void begin_spans(struct ic_spread *s, struct ic_time now, uint32_t relay)
{
    for (uint32_t i = 0; i < s->spans.count && s->spans.used > 0; i++) {
        struct span *span = span_at(s, i);
        if (span != NULL && span->relay == relay && span->keys[0] == 0 && span->keys[1] == 0)
            begin_span(s, now, span);
    }
}

/* An end is gone, or was refused: the other one goes, too, and it is opened again. */
static void lose_relay(struct ic_spread *s, struct ic_time now, uint32_t index)
{
    struct relay *r = &s->relays[index];
    for (uint32_t i = 0; i < s->spans.count; i++) {
        struct span *span = span_at(s, i);
        if (span != NULL && span->relay == index) /* they go with the ends */
            span->keys[0] = span->keys[1] = 0;
    }
    for (uint32_t end = 0; end < 2; end++) {
        struct out out = {
            .worker = r->workers[end], .kind = IC_CMD_PEER_REMOVE, .peer = r->keys[end]};
        if (r->keys[end] != 0)
            push(s, &out);
        r->keys[end] = 0;
        r->is_ready[end] = r->is_connected[end] = false;
    }
    r->number = 0;
    look_again(r, now);
}

static void on_ready(struct ic_spread *s, struct ic_time now, uint32_t index, uint32_t end,
                     const struct ic_server_transport *t)
{
    struct relay *r = &s->relays[index];
    struct names *n = &r->names[end];
    memcpy(n->ufrag, t->ufrag, sizeof n->ufrag);
    memcpy(n->pwd, t->pwd, sizeof n->pwd);
    memcpy(n->fingerprint, t->fingerprint, sizeof n->fingerprint);
    n->address = t->candidates[0];
    r->is_ready[end] = true;
    if (!r->is_ready[0] || !r->is_ready[1])
        return;
    if (!has_room(s)) {
        lose_relay(s, now, index);
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct out out = {.worker = r->workers[i],
                          .kind = IC_CMD_RELAY_CONNECT,
                          .peer = r->keys[i],
                          .connect = index,
                          .end = i};
        push(s, &out);
    }
}

static void on_relay(struct ic_spread *s, struct ic_time now, uint32_t index, uint32_t end,
                     const struct ic_evt *evt)
{
    struct relay *r = &s->relays[index];
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
        on_ready(s, now, index, end, &evt->transport);
        return;
    case IC_EVT_PEER_CONNECTED:
        r->is_connected[end] = true;
        if (is_up(r))
            begin_spans(s, now, index);
        return;
    case IC_EVT_PEER_REFUSED:
    case IC_EVT_PEER_CLOSED:
        lose_relay(s, now, index);
        return;
    case IC_EVT_SLOT:
    case IC_EVT_RELAY_WANTED:
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_STATS:
        return;
    }
}

static void on_span(struct ic_spread *s, struct ic_time now, struct span *span, uint32_t end,
                    const struct ic_evt *evt)
{
    struct out out = {.worker = s->relays[span->relay].workers[1 - end],
                      .kind = IC_CMD_RELAY_SOURCE,
                      .peer = span->keys[1 - end],
                      .slot = evt->slot,
                      .epoch = evt->epoch};
    switch (evt->kind) {
    case IC_EVT_SLOT:
        out.source_peer = evt->source_peer;
        out.source = evt->source;
        out.first_seq = evt->first_seq;
        break;
    case IC_EVT_RELAY_WANTED:
        out.kind = IC_CMD_RELAY_WANTED;
        out.is_wanted = evt->is_wanted;
        break;
    case IC_EVT_PEER_REFUSED:
    case IC_EVT_PEER_CLOSED:
        span->keys[end] = 0;
        lose_span(s, now, span);
        return;
    case IC_EVT_PEER_READY:
    case IC_EVT_PEER_CONNECTED:
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_STATS:
        return;
    }
    if (has_room(s))
        push(s, &out);
    else
        lose_span(s, now, span); /* a change that is not told would never be made good */
}

bool ic_spread_on_evt(struct ic_spread *s, struct ic_time now, uint32_t worker,
                      const struct ic_evt *evt)
{
    uint32_t index = KEY_INDEX(evt->peer), end = KEY_END(evt->peer);
    struct ic_ref ref;
    if (evt->kind == IC_EVT_STATS)
        return true;
    struct person *person = find_person(s, evt->peer, &ref);
    if (person != NULL) {
        if (person->worker != worker)
            return false;
        if (evt->kind == IC_EVT_PEER_REFUSED || evt->kind == IC_EVT_PEER_CLOSED)
            leave(s, person, ref);
        return true;
    }
    bool is_span = (evt->peer & KEY_IS_SPAN) != 0;
    struct span *span = is_span && index < s->spans.count ? span_at(s, index) : NULL;
    if (span != NULL && span->keys[end] == evt->peer) {
        on_span(s, now, span, end, evt);
        return false;
    }
    bool is_relay = !is_span && index < s->relay_count && s->relays[index].keys[end] == evt->peer &&
                    s->relays[index].workers[end] == worker;
    if (!is_relay)
        return true; /* the hub knows it, or nobody does any more */
    on_relay(s, now, index, end, evt);
    return false;
}

/* ---- time ---- */

static bool is_needed(const struct ic_spread *s, uint32_t relay)
{
    for (uint32_t i = 0; i < s->spans.count && s->spans.used > 0; i++) {
        const struct span *span = span_at(s, i);
        if (span != NULL && span->relay == relay)
            return true;
    }
    return false;
}

void ic_spread_tick(struct ic_spread *s, struct ic_time now)
{
    for (uint32_t i = 0; i < s->relay_count; i++) {
        struct relay *r = &s->relays[i];
        if (!ic_time_reached(r->reopen, now))
            continue;
        r->reopen = IC_NEVER;
        if (r->number == IC_RELAY_NUMBER_MAX)
            lose_relay(s, now, i); /* its numbers are used up: another one, with other keys */
        else if (is_up(r))
            begin_spans(s, now, i);
        else if (r->keys[0] == 0 && is_needed(s, i))
            open_relay(s, now, i);
    }
}

struct ic_time ic_spread_deadline(const struct ic_spread *s)
{
    struct ic_time next = IC_NEVER;
    for (uint32_t i = 0; i < s->relay_count; i++)
        next = ic_time_min(next, s->relays[i].reopen);
    return next;
}

/* ---- for tests and statistics ---- */

uint32_t ic_spread_worker_of(const struct ic_spread *s, uint64_t peer)
{
    struct ic_ref ref;
    const struct person *person = find_person(s, peer, &ref);
    return person == NULL ? NOBODY : person->worker;
}

uint32_t ic_spread_people(const struct ic_spread *s, uint32_t worker)
{
    return s->load[worker];
}

uint32_t ic_spread_relayed(const struct ic_spread *s)
{
    return s->spans.used;
}
