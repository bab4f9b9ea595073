#include "sim/relays.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "sim/world.h"

#define LETTERS_MAX  1024
#define DELAY_MAX_MS 30   /* of one letter to a worker */
#define REOPEN_MS    1000 /* after a loss */

/* A command on its way to a worker. */
struct letter {
    struct ic_time at;
    uint32_t worker;
    struct ic_cmd cmd;
};

struct relay {
    bool is_used, is_closing;
    uint32_t workers[2]; /* the first one calls */
    enum ic_relays_fault fault;
    uint64_t keys[2];
    bool is_ready[2], is_connected[2];
    struct ic_server_transport names[2];
    enum ic_peer_reason reasons[2];
    uint32_t number, opened;
    struct ic_time reopen;
};

/* A meeting on a relay. */
struct span {
    bool is_used;
    uint32_t relay;
    uint64_t room;
    uint64_t keys[2]; /* 0: the worker has it not */
};

struct ic_relays {
    uint64_t last_key;
    uint32_t relay_count;
    struct relay relays[IC_RELAYS_OPEN_MAX];
    struct span spans[IC_RELAYS_SPANS_MAX];
    struct ic_time last[IC_WORLD_WORKERS_MAX]; /* arrival of the newest letter */
    uint32_t first, count;
    struct letter letters[LETTERS_MAX];
};

struct ic_relays *ic_relays_create(void)
{
    struct ic_relays *r = ic_array_alloc(1, sizeof *r);
    IC_ASSERT(r != NULL);
    r->last_key = IC_WORLD_RELAY_KEYS;
    for (uint32_t i = 0; i < IC_RELAYS_OPEN_MAX; i++)
        r->relays[i].reopen = IC_NEVER;
    return r;
}

void ic_relays_destroy(struct ic_relays *r)
{
    ic_array_free(r);
}

/* ---- letters ---- */

static void tell(struct ic_world *world, uint32_t worker, const struct ic_cmd *cmd)
{
    struct ic_relays *r = world->relays;
    IC_ASSERT(r->count < LETTERS_MAX);
    struct letter *l = &r->letters[(r->first + r->count++) % LETTERS_MAX];
    l->at = ic_time_add(world->now, IC_US(ic_prng_below(&world->prng, DELAY_MAX_MS * 1000)));
    if (ic_time_before(l->at, r->last[worker]))
        l->at = r->last[worker]; /* in order at each worker */
    r->last[worker] = l->at;
    l->worker = worker;
    l->cmd = *cmd;
}

/* The letter that is due first; the queue holds them in the order of writing. */
static uint32_t find_first(const struct ic_relays *r)
{
    uint32_t best = r->count;
    for (uint32_t i = 0; i < r->count; i++)
        if (best == r->count || ic_time_before(r->letters[(r->first + i) % LETTERS_MAX].at,
                                               r->letters[(r->first + best) % LETTERS_MAX].at))
            best = i;
    return best;
}

static struct letter take(struct ic_relays *r, uint32_t i)
{
    struct letter l = r->letters[(r->first + i) % LETTERS_MAX];
    for (; i > 0; i--)
        r->letters[(r->first + i) % LETTERS_MAX] = r->letters[(r->first + i - 1) % LETTERS_MAX];
    r->first = (r->first + 1) % LETTERS_MAX;
    r->count--;
    return l;
}

struct ic_time ic_relays_deadline(const struct ic_relays *r)
{
    uint32_t first = find_first(r);
    struct ic_time next =
        first == r->count ? IC_NEVER : r->letters[(r->first + first) % LETTERS_MAX].at;
    for (uint32_t i = 0; i < r->relay_count; i++)
        next = ic_time_min(next, r->relays[i].reopen);
    return next;
}

/* ---- opening, and ending ---- */

static void open_ends(struct ic_world *world, struct relay *relay)
{
    relay->opened++;
    relay->number = 0;
    relay->reopen = IC_NEVER;
    for (int i = 0; i < 2; i++) {
        relay->keys[i] = ++world->relays->last_key;
        relay->is_ready[i] = relay->is_connected[i] = false;
        struct ic_cmd cmd = {.kind = IC_CMD_RELAY_ADD, .peer = relay->keys[i]};
        tell(world, relay->workers[i], &cmd);
    }
}

uint32_t ic_relays_open(struct ic_world *world, uint32_t caller, uint32_t answerer,
                        enum ic_relays_fault fault)
{
    struct ic_relays *r = world->relays;
    IC_ASSERT(r->relay_count < IC_RELAYS_OPEN_MAX && caller != answerer);
    struct relay *relay = &r->relays[r->relay_count];
    relay->is_used = true;
    relay->workers[0] = caller;
    relay->workers[1] = answerer;
    relay->fault = fault;
    open_ends(world, relay);
    return r->relay_count++;
}

static void end_span(struct ic_world *world, struct span *span)
{
    const struct relay *relay = &world->relays->relays[span->relay];
    for (int i = 0; i < 2; i++) {
        struct ic_cmd cmd = {.kind = IC_CMD_PEER_REMOVE, .peer = span->keys[i]};
        if (span->keys[i] != 0)
            tell(world, relay->workers[i], &cmd);
        span->keys[i] = 0;
    }
}

static void end_ends(struct ic_world *world, uint32_t index)
{
    struct relay *relay = &world->relays->relays[index];
    for (uint32_t i = 0; i < IC_RELAYS_SPANS_MAX; i++)
        if (world->relays->spans[i].is_used && world->relays->spans[i].relay == index)
            end_span(world, &world->relays->spans[i]);
    for (int i = 0; i < 2; i++) {
        struct ic_cmd cmd = {.kind = IC_CMD_PEER_REMOVE, .peer = relay->keys[i]};
        tell(world, relay->workers[i], &cmd);
        relay->keys[i] = 0;
        relay->is_connected[i] = false;
    }
}

void ic_relays_close(struct ic_world *world, uint32_t relay)
{
    world->relays->relays[relay].is_closing = true;
    end_ends(world, relay);
}

/* ---- meetings ---- */

const char *ic_relays_node(uint32_t worker)
{
    static const char *const names[] = {"node 0", "node 1", "node 2", "node 3"};
    IC_ASSERT(worker < sizeof names / sizeof names[0]);
    return names[worker];
}

static void begin_span(struct ic_world *world, struct span *span)
{
    struct relay *relay = &world->relays->relays[span->relay];
    relay->number++;
    for (int i = 0; i < 2; i++) {
        span->keys[i] = ++world->relays->last_key;
        struct ic_cmd cmd = {.kind = IC_CMD_RELAY_MEETING,
                             .peer = span->keys[i],
                             .room = span->room,
                             .relay = relay->keys[i],
                             .number = relay->number,
                             .node = ic_relays_node(relay->workers[1 - i])};
        tell(world, relay->workers[i], &cmd);
    }
}

void ic_relays_carry(struct ic_world *world, uint32_t relay, uint64_t room)
{
    struct ic_relays *r = world->relays;
    uint32_t i = 0;
    while (i < IC_RELAYS_SPANS_MAX && r->spans[i].is_used)
        i++;
    IC_ASSERT(i < IC_RELAYS_SPANS_MAX);
    r->spans[i] = (struct span){.is_used = true, .relay = relay, .room = room};
    if (ic_relays_is_up(world, relay))
        begin_span(world, &r->spans[i]);
}

/* ---- events ---- */

static void connect_ends(struct ic_world *world, struct relay *relay)
{
    for (int i = 0; i < 2; i++) {
        const struct ic_server_transport *other = &relay->names[1 - i];
        struct ic_cmd cmd = {.kind = IC_CMD_RELAY_CONNECT,
                             .peer = relay->keys[i],
                             .address = other->candidates[0],
                             .local = relay->names[i].candidates[0],
                             .is_caller = i == 0};
        memcpy(cmd.transport.ufrag, other->ufrag, sizeof other->ufrag);
        memcpy(cmd.transport.pwd, other->pwd, sizeof other->pwd);
        memcpy(cmd.transport.fingerprint, other->fingerprint, sizeof other->fingerprint);
        if (relay->fault == (i == 0 ? IC_RELAYS_ANSWERER_IS_ANOTHER : IC_RELAYS_CALLER_IS_ANOTHER))
            cmd.transport.fingerprint[0] ^= 1;
        tell(world, relay->workers[i], &cmd);
    }
}

static void on_relay(struct ic_world *world, uint32_t index, int end, const struct ic_evt *evt)
{
    struct relay *relay = &world->relays->relays[index];
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
        relay->names[end] = evt->transport;
        relay->is_ready[end] = true;
        if (relay->is_ready[0] && relay->is_ready[1])
            connect_ends(world, relay);
        return;
    case IC_EVT_PEER_CONNECTED:
        relay->is_connected[end] = true;
        for (uint32_t i = 0; i < IC_RELAYS_SPANS_MAX && ic_relays_is_up(world, index); i++)
            if (world->relays->spans[i].is_used && world->relays->spans[i].relay == index)
                begin_span(world, &world->relays->spans[i]);
        return;
    case IC_EVT_PEER_REFUSED:
        ic_world_blame(world, "worker %u has no room for a relay", relay->workers[end]);
        return;
    case IC_EVT_PEER_CLOSED:
        relay->reasons[end] = evt->reason;
        end_ends(world, index);
        if (!relay->is_closing)
            relay->reopen = ic_time_add(world->now, IC_MS(REOPEN_MS));
        return;
    case IC_EVT_SLOT:
    case IC_EVT_RELAY_WANTED:
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_STATS:
        ic_world_blame(world, "event %d of a relay", (int)evt->kind);
        return;
    }
}

static void on_span(struct ic_world *world, struct span *span, int end, const struct ic_evt *evt)
{
    const struct relay *relay = &world->relays->relays[span->relay];
    struct ic_cmd cmd = {.peer = span->keys[1 - end], .slot = evt->slot, .epoch = evt->epoch};
    switch (evt->kind) {
    case IC_EVT_PEER_CONNECTED:
        return;
    case IC_EVT_SLOT:
        cmd.kind = IC_CMD_RELAY_SOURCE;
        cmd.source_peer = evt->source_peer;
        cmd.source = evt->source;
        cmd.first_seq = evt->first_seq;
        tell(world, relay->workers[1 - end], &cmd);
        return;
    case IC_EVT_RELAY_WANTED:
        cmd.kind = IC_CMD_RELAY_WANTED;
        cmd.is_wanted = evt->is_wanted;
        tell(world, relay->workers[1 - end], &cmd);
        return;
    case IC_EVT_PEER_REFUSED:
    case IC_EVT_PEER_CLOSED:
        span->keys[end] = 0;
        end_span(world, span);
        return;
    case IC_EVT_PEER_READY:
    case IC_EVT_PEER_COUNTS:
    case IC_EVT_STATS:
        ic_world_blame(world, "event %d of a meeting on a relay", (int)evt->kind);
        return;
    }
}

void ic_relays_on_evt(struct ic_world *world, uint32_t worker, const struct ic_evt *evt)
{
    struct ic_relays *r = world->relays;
    for (uint32_t i = 0; i < r->relay_count; i++)
        for (int end = 0; end < 2; end++)
            if (r->relays[i].keys[end] == evt->peer && r->relays[i].workers[end] == worker)
                on_relay(world, i, end, evt);
    for (uint32_t i = 0; i < IC_RELAYS_SPANS_MAX; i++)
        for (int end = 0; end < 2; end++)
            if (r->spans[i].is_used && r->spans[i].keys[end] == evt->peer)
                on_span(world, &r->spans[i], end, evt);
}

void ic_relays_tick(struct ic_world *world)
{
    struct ic_relays *r = world->relays;
    for (;;) {
        uint32_t first = find_first(r);
        if (first == r->count ||
            !ic_time_reached(r->letters[(r->first + first) % LETTERS_MAX].at, world->now))
            break;
        struct letter l = take(r, first);
        ic_world_command(world, l.worker, &l.cmd);
    }
    for (uint32_t i = 0; i < r->relay_count; i++)
        if (ic_time_reached(r->relays[i].reopen, world->now))
            open_ends(world, &r->relays[i]);
}

bool ic_relays_is_up(const struct ic_world *world, uint32_t relay)
{
    const struct relay *x = &world->relays->relays[relay];
    return x->is_connected[0] && x->is_connected[1];
}

uint32_t ic_relays_opened(const struct ic_world *world, uint32_t relay)
{
    return world->relays->relays[relay].opened;
}

enum ic_peer_reason ic_relays_reason(const struct ic_world *world, uint32_t relay, uint32_t end)
{
    return world->relays->relays[relay].reasons[end];
}
