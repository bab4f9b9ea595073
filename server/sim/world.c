#include "sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/map.h"
#include "base/pool.h"
#include "signal/spread.h"
#include "sim/check.h"
#include "sim/relays.h"
#include "wire/demux.h"

#define STRANGER      IC_WORLD_BOTS_MAX
#define NTP_OFFSET_US INT64_C(1790000000000000) /* a day in 2026 */

static void fill_entropy(void *context, uint8_t *out, size_t n)
{
    struct ic_prng *prng = context;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(prng);
}

/* ---- what happened ---- */

static void note(struct ic_world *world, uint64_t what, const void *bytes, size_t len)
{
    uint64_t seed[2] = {world->hash, what ^ (uint64_t)world->now.us << 8};
    world->hash = ic_siphash(seed, bytes, len);
}

void ic_world_blame(struct ic_world *world, const char *format, ...)
{
    if (world->problem[0] != '\0')
        return;
    int n =
        snprintf(world->problem, sizeof world->problem, "%.3f s: ", (double)world->now.us / 1e6);
    va_list args;
    va_start(args, format);
    vsnprintf(world->problem + n, sizeof world->problem - (size_t)n, format, args);
    va_end(args);
}

/* ---- life ---- */

static void set_defaults(struct ic_world_config *c)
{
    c->delay = c->delay.us == 0 ? IC_MS(10) : c->delay;
    c->packets_max = c->packets_max == 0 ? 16384 : c->packets_max;
    c->peers_max = c->peers_max == 0 ? IC_WORLD_BOTS_MAX : c->peers_max;
    c->profile = c->profile == IC_SRTP_NONE ? IC_SRTP_AEAD_AES_128_GCM : c->profile;
    c->workers = c->workers == 0 ? 1 : c->workers;
    c->frames_per_s = c->frames_per_s == 0 ? 15 : c->frames_per_s;
    c->packets_per_frame = c->packets_per_frame == 0 ? 2 : c->packets_per_frame;
}

static void create_worker(struct ic_world *world, uint32_t index)
{
    struct ic_dtls_null_credentials *credentials = &world->credentials[index];
    for (size_t i = 0; i < IC_FINGERPRINT_LEN; i++)
        credentials->fingerprint[i] = (uint8_t)ic_prng_u32(&world->prng);
    credentials->profile = world->config.profile;
    world->servers[index] = ic_addr_v4(192, 0, 2, (uint8_t)(1 + index), 10000);
    for (uint32_t i = 0; i < world->config.workers; i++)
        ic_link_init(&world->between[index][i], world->config.delay);
    struct ic_worker_config config = {
        .entropy = {.fill = fill_entropy, .context = &world->entropy},
        .seed = ic_prng_u64(&world->prng),
        .dtls = ic_dtls_null(),
        .dtls_credentials = credentials,
        .candidates = {world->servers[index]},
        .candidate_count = 1,
        .peers_max = world->config.peers_max,
        .rooms_max = 16,
        .packets_max = world->config.packets_max,
        .relays_max = world->config.workers > 1 ? IC_RELAYS_OPEN_MAX : 0,
        .relay_meetings_max = world->config.workers > 1 ? IC_RELAYS_SPANS_MAX : 0,
        .ntp_offset_us = NTP_OFFSET_US,
    };
    memcpy(config.fingerprint, credentials->fingerprint, IC_FINGERPRINT_LEN);
    world->workers[index] = ic_worker_create(&config, world->now);
    IC_ASSERT(world->workers[index] != NULL);
}

static void create_spread(struct ic_world *world)
{
    struct ic_spread_config config = {.worker_count = world->config.workers,
                                      .people_max = world->config.people_max,
                                      .peers_max = IC_WORLD_BOTS_MAX,
                                      .rooms_max = 16,
                                      .relay_meetings_max = IC_RELAYS_SPANS_MAX,
                                      .seed = {1, 2}};
    world->spread = ic_spread_create(&config);
    IC_ASSERT(world->spread != NULL);
}

struct ic_world *ic_world_create(const struct ic_world_config *config)
{
    struct ic_world *world = ic_array_alloc(1, sizeof *world);
    IC_ASSERT(world != NULL);
    world->config = *config;
    set_defaults(&world->config);
    ic_prng_init(&world->prng, config->seed);
    world->now = (struct ic_time){.us = 1000000};
    world->ports = 20000;
    world->seats = ic_array_alloc(IC_WORLD_BOTS_MAX, sizeof *world->seats);
    world->flights = ic_array_alloc(IC_WORLD_DGRAMS_MAX, sizeof *world->flights);
    world->outbox = ic_array_alloc(1, sizeof *world->outbox);
    IC_ASSERT(world->seats != NULL && world->flights != NULL && world->outbox != NULL);
    enum ic_err err = ic_packet_pool_init(&world->packets, IC_WORLD_DGRAMS_MAX);
    IC_ASSERT(err == IC_OK);
    err = ic_heap_init(&world->arrivals, IC_WORLD_DGRAMS_MAX);
    IC_ASSERT(err == IC_OK);
    world->relays = ic_relays_create();
    ic_prng_init(&world->entropy, ic_prng_u64(&world->prng));
    for (uint32_t i = 0; i < world->config.workers; i++)
        create_worker(world, i);
    world->worker = world->workers[0];
    world->server = world->servers[0];
    if (config->people_max > 0)
        create_spread(world);
    return world;
}

void ic_world_destroy(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->seat_count; i++)
        ic_bot_deinit(&world->seats[i].bot);
    for (uint32_t i = 0; i < world->config.workers; i++)
        ic_worker_destroy(world->workers[i]);
    ic_relays_destroy(world->relays);
    if (world->spread != NULL)
        ic_spread_destroy(world->spread);
    ic_packet_pool_deinit(&world->packets);
    ic_heap_deinit(&world->arrivals);
    ic_array_free(world->seats);
    ic_array_free(world->flights);
    ic_array_free(world->outbox);
    ic_array_free(world);
}

/* ---- datagrams under way ---- */

static void launch(struct ic_world *world, struct ic_time at, const struct ic_flight *flight,
                   const uint8_t *bytes, size_t len)
{
    struct ic_ref ref = ic_packet_pool_get(&world->packets);
    if (ic_ref_is_none(ref)) {
        ic_world_blame(world, "more datagrams under way than the simulator holds");
        return;
    }
    memcpy(ic_packet_pool_bytes(&world->packets, ref), bytes, len);
    ic_packet_pool_at(&world->packets, ref)->media.payload_len = (uint16_t)len;
    world->flights[ref.index] = *flight;
    world->flights[ref.index].packet = ref;
    ic_heap_set(&world->arrivals, ref.index, at);
}

static void launch_over(struct ic_world *world, struct ic_link *link,
                        const struct ic_flight *flight, const uint8_t *bytes, size_t len)
{
    struct ic_time at[IC_LINK_COPIES_MAX];
    size_t copies = ic_link_send(link, &world->prng, world->now, len, at);
    for (size_t i = 0; i < copies; i++)
        launch(world, at[i], flight, bytes, len);
}

void ic_world_send(struct ic_world *world, uint32_t seat)
{
    struct ic_seat *s = &world->seats[seat];
    struct ic_flight flight = {
        .seat = seat, .to_server = true, .worker = s->worker, .remote = s->address};
    for (size_t i = 0; i < world->outbox->count; i++)
        launch_over(world, &s->up, &flight, world->outbox->items[i].bytes,
                    world->outbox->items[i].len);
    world->outbox->count = 0;
}

static uint32_t seat_at(const struct ic_world *world, const struct ic_addr *address)
{
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present && ic_addr_eq(&world->seats[i].address, address))
            return i;
    return STRANGER;
}

/* An old address of a bot leads nowhere; an address that was never a bot's is a stranger's. */
static bool is_stranger(const struct ic_addr *address)
{
    return address->ip[12] == 203;
}

static bool is_media(const uint8_t *bytes, size_t len)
{
    enum ic_demux kind = ic_demux(bytes, len);
    return kind == IC_DEMUX_RTP || kind == IC_DEMUX_RTCP;
}

/* To another worker: over the link between them. */
static bool send_between(struct ic_world *world, uint32_t from, const struct ic_dgram *d)
{
    uint32_t to = 0;
    while (to < world->config.workers && !ic_addr_eq(&world->servers[to], &d->path.remote))
        to++;
    if (to == world->config.workers)
        return false;
    struct ic_flight flight = {
        .seat = STRANGER, .to_server = true, .worker = to, .remote = world->servers[from]};
    world->crossed[from][to] += ic_demux(d->bytes, d->len) == IC_DEMUX_RTP;
    launch_over(world, &world->between[from][to], &flight, d->bytes, d->len);
    return true;
}

static void flush(struct ic_world *world, uint32_t worker)
{
    struct ic_dgram dgrams[IC_TX_BATCH_MAX];
    size_t count;
    while ((count = ic_worker_flush(world->workers[worker], dgrams, IC_TX_BATCH_MAX)) > 0) {
        for (size_t i = 0; i < count; i++) {
            const struct ic_dgram *d = &dgrams[i];
            uint32_t seat = seat_at(world, &d->path.remote);
            ic_check_dgram(world, worker, d);
            if (send_between(world, worker, d))
                continue;
            world->dgrams_to_strangers += is_stranger(&d->path.remote);
            if (seat == STRANGER) {
                world->dgrams_lost++;
                continue;
            }
            if (is_media(d->bytes, d->len)) {
                world->seats[seat].carried.packets_out++;
                world->seats[seat].carried.bytes_out += d->len;
            }
            struct ic_flight flight = {.seat = seat, .remote = d->path.remote};
            launch_over(world, &world->seats[seat].down, &flight, d->bytes, d->len);
        }
    }
}

static void give_to_server(struct ic_world *world, uint32_t worker, const struct ic_addr *from,
                           const uint8_t *bytes, size_t len)
{
    struct ic_worker *w = world->workers[worker];
    uint8_t copy[IC_PACKET_CAP]; /* the worker may alter it */
    if (!ic_worker_tx_room(w))
        flush(world, worker);
    struct ic_path path = {.remote = *from, .local = world->servers[worker]};
    memcpy(copy, bytes, len);
    ic_worker_input(w, world->now, &path, copy, len);
}

static void arrive(struct ic_world *world, uint32_t index)
{
    struct ic_flight *f = &world->flights[index];
    uint8_t *bytes = ic_packet_pool_bytes(&world->packets, f->packet);
    size_t len = ic_packet_pool_at(&world->packets, f->packet)->media.payload_len;
    note(world, (uint64_t)f->seat << 1 | f->to_server, bytes, len);
    if (f->to_server) {
        if (f->seat < world->seat_count && is_media(bytes, len)) {
            world->seats[f->seat].carried.packets_in++;
            world->seats[f->seat].carried.bytes_in += len;
        }
        give_to_server(world, f->worker, &f->remote, bytes, len);
    } else if (world->seats[f->seat].present &&
               ic_addr_eq(&world->seats[f->seat].address, &f->remote)) {
        ic_bot_input(&world->seats[f->seat].bot, world->now, bytes, len, world->outbox);
        ic_world_send(world, f->seat);
    }
    ic_packet_pool_release(&world->packets, f->packet);
}

void ic_world_spray(struct ic_world *world, const struct ic_addr *from, const uint8_t *bytes,
                    size_t len)
{
    IC_ASSERT(len <= IC_PACKET_CAP && is_stranger(from));
    give_to_server(world, 0, from, bytes, len);
}

void ic_world_inject(struct ic_world *world, uint32_t seat, const uint8_t *bytes, size_t len)
{
    IC_ASSERT(len <= IC_PACKET_CAP);
    give_to_server(world, world->seats[seat].worker, &world->seats[seat].address, bytes, len);
}

/* ---- events of the worker ---- */

static void on_ready(struct ic_world *world, struct ic_seat *s, const struct ic_evt *evt)
{
    s->announced = true;
    if (s->present)
        ic_bot_on_ready(&s->bot, world->now, &evt->transport, &s->address);
}

static void on_evt(struct ic_world *world, uint32_t worker, const struct ic_evt *evt)
{
    uint64_t what[] = {(uint64_t)evt->kind, evt->peer, evt->source_peer, (uint64_t)evt->reason};
    note(world, 3, what, sizeof what);
    note(world, 5, evt->mid, sizeof evt->mid);
    world->events++;
    if (world->spread != NULL) {
        if (!ic_spread_on_evt(world->spread, world->now, worker, evt) ||
            evt->peer > IC_WORLD_BOTS_MAX)
            return;
    } else if (evt->peer >= IC_WORLD_RELAY_KEYS) {
        ic_relays_on_evt(world, worker, evt);
        return;
    }
    ic_check_event(world, evt);
    if (evt->kind == IC_EVT_STATS || evt->peer == 0 || evt->peer > world->seat_count)
        return;
    struct ic_seat *s = &world->seats[evt->peer - 1];
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
        on_ready(world, s, evt);
        break;
    case IC_EVT_PEER_REFUSED:
        s->refused = true;
        s->reason = evt->reason;
        break;
    case IC_EVT_PEER_CONNECTED:
        s->server_connected = true;
        break;
    case IC_EVT_PEER_CLOSED:
        s->closed = true;
        s->reason = evt->reason;
        break;
    case IC_EVT_SLOT:
        ic_bot_on_slot(&s->bot, world->now, evt->mid, evt->source_peer);
        break;
    case IC_EVT_PEER_COUNTS:
        s->counts = evt->counts;
        memcpy(s->nodes, evt->nodes, sizeof s->nodes);
        break;
    case IC_EVT_RELAY_WANTED:
    case IC_EVT_STATS:
        break;
    }
}

static void settle_worker(struct ic_world *world, uint32_t worker)
{
    struct ic_worker *w = world->workers[worker];
    struct ic_evt evt;
    if (ic_time_reached(ic_worker_deadline(w), world->now)) {
        if (!ic_worker_tx_room(w))
            flush(world, worker);
        ic_worker_tick(w, world->now);
    }
    while (ic_worker_poll(w, &evt))
        on_evt(world, worker, &evt);
    flush(world, worker);
}

/* The rest of a loop turn. */
static void settle(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->config.workers; i++)
        settle_worker(world, i);
    ic_check_turn(world);
}

/* ---- commands ---- */

void ic_world_command(struct ic_world *world, uint32_t worker, const struct ic_cmd *cmd)
{
    if (!ic_worker_tx_room(world->workers[worker]))
        flush(world, worker);
    ic_worker_cmd(world->workers[worker], world->now, cmd);
    settle(world);
}

/* About somebody: to his worker. */
static void command(struct ic_world *world, uint32_t seat, const struct ic_cmd *cmd)
{
    if (world->spread != NULL) {
        uint64_t workers = ic_spread_route(world->spread, world->now, 0, cmd);
        for (uint32_t i = 0; i < world->config.workers; i++)
            if ((workers >> i & 1) != 0)
                world->seats[seat].worker = i;
    }
    ic_world_command(world, world->seats[seat].worker, cmd);
}

uint32_t ic_world_join_as(struct ic_world *world, uint64_t room, struct ic_bot_config config)
{
    return ic_world_join_at(world, 0, room, config);
}

uint32_t ic_world_join_at(struct ic_world *world, uint32_t worker, uint64_t room,
                          struct ic_bot_config config)
{
    IC_ASSERT(world->seat_count < IC_WORLD_BOTS_MAX);
    uint32_t seat = world->seat_count++;
    struct ic_seat *s = &world->seats[seat];
    config.key = seat + 1;
    config.seed = ic_prng_u64(&world->prng);
    config.ntp_offset_us = NTP_OFFSET_US + (int64_t)(ic_prng_u32(&world->prng) % 4000000);
    s->present = true;
    s->worker = worker;
    s->room = room;
    s->address = ic_addr_v4(198, 51, 100, (uint8_t)(seat + 1), ++world->ports);
    ic_link_init(&s->up, world->config.delay);
    ic_link_init(&s->down, world->config.delay);
    ic_bot_init(&s->bot, &config, world->now);
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD,
                         .peer = config.key,
                         .room = room,
                         .microphone = config.microphone,
                         .camera = config.camera,
                         .transport = s->bot.offer};
    command(world, seat, &cmd);
    return seat;
}

struct ic_bot_config ic_world_bot(const struct ic_world *world, bool microphone, bool camera)
{
    return (struct ic_bot_config){
        .microphone = microphone,
        .camera = camera,
        .codec = world->config.codec,
        .numbering = (uint8_t)(world->seat_count % 2),
        .frames_per_s = world->config.frames_per_s,
        .packets_per_frame = (uint8_t)world->config.packets_per_frame,
        .probe_ppm = world->config.probe_ppm,
        .padding_ppm = world->config.padding_ppm,
        .first_seq = world->config.first_seq,
        .profile = world->config.profile,
    };
}

uint32_t ic_world_join(struct ic_world *world, uint64_t room, bool microphone, bool camera)
{
    return ic_world_join_as(world, room, ic_world_bot(world, microphone, camera));
}

void ic_world_leave(struct ic_world *world, uint32_t seat)
{
    struct ic_seat *s = &world->seats[seat];
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_REMOVE, .peer = s->bot.config.key};
    ic_bot_deinit(&s->bot);
    s->present = false;
    command(world, seat, &cmd);
}

void ic_world_remove(struct ic_world *world, uint32_t seat)
{
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_REMOVE, .peer = world->seats[seat].bot.config.key};
    command(world, seat, &cmd);
}

void ic_world_set_media(struct ic_world *world, uint32_t seat, bool microphone, bool camera)
{
    struct ic_seat *s = &world->seats[seat];
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_MEDIA,
                         .peer = s->bot.config.key,
                         .microphone = microphone,
                         .camera = camera};
    ic_bot_set_media(&s->bot, world->now, microphone, camera);
    command(world, seat, &cmd);
}

void ic_world_set_codec(struct ic_world *world, uint32_t seat, enum ic_codec codec)
{
    ic_bot_set_codec(&world->seats[seat].bot, codec);
}

void ic_world_count(struct ic_world *world, uint32_t seat)
{
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_COUNT, .peer = world->seats[seat].bot.config.key};
    command(world, seat, &cmd);
}

void ic_world_demand_key_frames(struct ic_world *world, uint64_t room)
{
    struct ic_cmd cmd = {.kind = IC_CMD_ROOM_KEY_FRAMES, .room = room};
    for (uint32_t i = 0; i < world->config.workers; i++)
        ic_world_command(world, i, &cmd);
}

void ic_world_rebind(struct ic_world *world, uint32_t seat)
{
    world->seats[seat].address.port = ++world->ports;
}

/* ---- time ---- */

static struct ic_time next_time(const struct ic_world *world)
{
    struct ic_time next =
        ic_time_min(ic_heap_first(&world->arrivals), ic_relays_deadline(world->relays));
    for (uint32_t i = 0; i < world->config.workers; i++)
        next = ic_time_min(next, ic_worker_deadline(world->workers[i]));
    if (world->spread != NULL)
        next = ic_time_min(next, ic_spread_deadline(world->spread));
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present)
            next = ic_time_min(next, ic_bot_deadline(&world->seats[i].bot));
    return next;
}

static void tick_spread(struct ic_world *world)
{
    const struct ic_cmd *next;
    uint32_t worker;
    ic_spread_tick(world->spread, world->now);
    while ((next = ic_spread_next(world->spread, &worker)) != NULL) {
        struct ic_cmd cmd = *next;
        ic_spread_taken(world->spread);
        ic_world_command(world, worker, &cmd);
    }
}

static void turn(struct ic_world *world)
{
    uint32_t index;
    for (uint32_t i = 0; i < world->seat_count; i++) {
        struct ic_seat *s = &world->seats[i];
        if (!s->present || !ic_time_reached(ic_bot_deadline(&s->bot), world->now))
            continue;
        ic_bot_tick(&s->bot, world->now, world->outbox);
        ic_world_send(world, i);
    }
    for (int i = 0; i < IC_RX_BATCH_MAX && ic_heap_pop(&world->arrivals, world->now, &index); i++)
        arrive(world, index);
    settle(world);
    ic_relays_tick(world);
    if (world->spread != NULL)
        tick_spread(world);
}

void ic_world_run(struct ic_world *world, struct ic_dur span)
{
    struct ic_time end = ic_time_add(world->now, span);
    for (;;) {
        struct ic_time next = next_time(world);
        if (ic_time_before(end, next))
            break;
        if (ic_time_before(world->now, next))
            world->now = next;
        turn(world);
    }
    world->now = end;
}
