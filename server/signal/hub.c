/* The root of the control plane: takes each input to the part that it concerns, keeps the
 * deadlines, hands out the effects. */
#include "signal/hub.h"

#include <string.h>

#include "base/assert.h"
#include "signal/client.h"
#include "signal/hub_state.h"
#include "signal/meeting.h"
#include "signal/seat.h"

/* ---- life ---- */

static uint64_t random64(const struct ic_hub *h)
{
    uint64_t value = 0;
    h->config.entropy.fill(h->config.entropy.context, (uint8_t *)&value, sizeof value);
    return value;
}

static bool init_pools(struct ic_hub *h)
{
    const struct ic_hub_config *c = &h->config;
    uint32_t joins =
        c->clients_max < IC_SIGNAL_JOINS_MAX ? c->clients_max : (uint32_t)IC_SIGNAL_JOINS_MAX;
    /* A seat that is replaced lives until the new one is taken: one more for each join. */
    uint32_t seats = c->peers_max + joins;
    return ic_pool_init(&h->clients, sizeof(struct ic_client), c->clients_max) == IC_OK &&
           ic_pool_init(&h->joins, sizeof(struct ic_join), joins) == IC_OK &&
           ic_pool_init(&h->seats, sizeof(struct ic_seat), seats) == IC_OK &&
           ic_pool_init(&h->rooms, sizeof(struct ic_room), c->rooms_max) == IC_OK &&
           ic_pool_init(&h->makings, sizeof(struct ic_making), IC_SIGNAL_MEETINGS_MAX) == IC_OK;
}

static bool init_map(struct ic_hub *h, struct ic_map *map, size_t key_size, uint32_t count)
{
    uint64_t seed[2] = {random64(h), random64(h)};
    return ic_map_init(map, key_size, count, seed) == IC_OK;
}

static bool init_tables(struct ic_hub *h)
{
    h->worker_members = ic_array_alloc(h->config.worker_count, sizeof *h->worker_members);
    return h->worker_members != NULL && ic_effects_init(&h->effects) == IC_OK &&
           init_map(h, &h->conns, sizeof(uint64_t), h->clients.count) &&
           init_map(h, &h->peers, sizeof(uint64_t), h->seats.count) &&
           init_map(h, &h->sessions, sizeof(uint64_t), h->seats.count) &&
           init_map(h, &h->meetings, IC_MEETING_ID_LEN, h->rooms.count) &&
           ic_heap_init(&h->deadlines, ic_hub_deadline_ids(h)) == IC_OK;
}

struct ic_hub *ic_hub_create(const struct ic_hub_config *config, struct ic_time now)
{
    IC_ASSERT(config->clients_max > 0 && config->peers_max > 0 && config->rooms_max > 0 &&
              config->worker_count > 0 && config->room_members_max > 0 &&
              config->room_members_max <= IC_ROOM_MEMBERS_MAX);
    struct ic_hub *h = ic_array_alloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->config = *config;
    h->now = now;
    if (!init_pools(h) || !init_tables(h)) {
        ic_hub_destroy(h);
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        h->key_seed[i] = random64(h);
        h->session_seed[i] = random64(h);
    }
    ic_message_init(random64(h));
    return h;
}

void ic_hub_destroy(struct ic_hub *h)
{
    ic_pool_deinit(&h->clients);
    ic_pool_deinit(&h->joins);
    ic_pool_deinit(&h->seats);
    ic_pool_deinit(&h->rooms);
    ic_pool_deinit(&h->makings);
    ic_map_deinit(&h->conns);
    ic_map_deinit(&h->peers);
    ic_map_deinit(&h->sessions);
    ic_map_deinit(&h->meetings);
    ic_heap_deinit(&h->deadlines);
    ic_effects_deinit(&h->effects);
    ic_array_free(h->worker_members);
    ic_array_free(h);
}

/* ---- inputs ---- */

static void begin(struct ic_hub *h, struct ic_time now)
{
    IC_ASSERT(!ic_time_before(now, h->now));
    h->now = now;
    ic_effects_begin(&h->effects);
    IC_ASSERT(ic_effects_has_room(&h->effects)); /* drain between inputs */
}

enum ic_err ic_hub_on_open(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn)
{
    begin(h, now);
    return ic_client_open(h, conn);
}

void ic_hub_on_message(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                       const char *text, size_t len)
{
    struct ic_ref client;
    begin(h, now);
    if (ic_client_of_conn(h, conn, &client) != NULL)
        ic_client_message(h, client, text, len);
}

void ic_hub_on_close(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn, bool clean)
{
    struct ic_ref client;
    begin(h, now);
    if (ic_client_of_conn(h, conn, &client) != NULL)
        ic_client_ended(h, client, clean);
}

void ic_hub_on_meeting_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn)
{
    begin(h, now);
    ic_meeting_request(h, conn);
}

void ic_hub_on_store(struct ic_hub *h, struct ic_time now, const struct ic_store_reply *reply)
{
    begin(h, now);
    switch (reply->kind) {
    case IC_STORE_MEETING_ADD:
        ic_meeting_made(h, ic_hub_token_ref(reply->token), reply->result);
        return;
    case IC_STORE_MEETING_FIND:
        ic_client_found(h, ic_hub_token_ref(reply->token), reply->result);
        return;
    }
}

static enum ic_sig_error refusal(enum ic_peer_reason reason)
{
    switch (reason) {
    case IC_PEER_REASON_FULL:
        return IC_SIG_SERVER_FULL;
    case IC_PEER_REASON_UNFIT:
        return IC_SIG_BAD_MESSAGE;
    case IC_PEER_REASON_NONE:
    case IC_PEER_REASON_ICE_TIMEOUT:
    case IC_PEER_REASON_CONSENT_LOST:
    case IC_PEER_REASON_FINGERPRINT:
    case IC_PEER_REASON_CLOSED_BY_PEER:
        return IC_SIG_INTERNAL;
    }
    return IC_SIG_INTERNAL;
}

static const char *loss_word(enum ic_peer_reason reason)
{
    switch (reason) {
    case IC_PEER_REASON_NONE:
        return "worker";
    case IC_PEER_REASON_FULL:
        return "full";
    case IC_PEER_REASON_UNFIT:
        return "unfit";
    case IC_PEER_REASON_ICE_TIMEOUT:
        return "ice_timeout";
    case IC_PEER_REASON_CONSENT_LOST:
        return "consent_lost";
    case IC_PEER_REASON_FINGERPRINT:
        return "fingerprint";
    case IC_PEER_REASON_CLOSED_BY_PEER:
        return "closed_by_peer";
    }
    return "worker";
}

/* The answer to PEER_ADD. */
static void on_placed(struct ic_hub *h, struct ic_seat *seat, const struct ic_evt *evt)
{
    if (seat->state != IC_SEAT_PLACING)
        return;
    if (evt->kind == IC_EVT_PEER_READY) {
        ic_client_placed(h, seat->client, &evt->transport);
        return;
    }
    seat->is_in_worker = false;
    ic_client_refuse(h, seat->client, refusal(evt->reason));
}

static void on_peer_evt(struct ic_hub *h, struct ic_seat *seat, struct ic_ref ref,
                        const struct ic_evt *evt)
{
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
    case IC_EVT_PEER_REFUSED:
        on_placed(h, seat, evt);
        return;
    case IC_EVT_PEER_CONNECTED:
        ic_seat_media_connected(h, ref);
        return;
    case IC_EVT_PEER_CLOSED:
        if (seat->state == IC_SEAT_PLACING)
            on_placed(h, seat, evt);
        else
            ic_seat_media_lost(h, ref, loss_word(evt->reason));
        return;
    case IC_EVT_SLOT:
        ic_seat_slot(h, ref, evt);
        return;
    case IC_EVT_STATS:
        return;
    }
}

void ic_hub_on_evt(struct ic_hub *h, struct ic_time now, uint32_t worker, const struct ic_evt *evt)
{
    struct ic_ref ref;
    begin(h, now);
    if (evt->kind == IC_EVT_STATS)
        return;
    struct ic_seat *seat = ic_seat_of_peer(h, evt->peer, &ref);
    const struct ic_room *room = seat == NULL ? NULL : ic_pool_at(&h->rooms, seat->room);
    if (room != NULL && room->worker == worker)
        on_peer_evt(h, seat, ref, evt);
}

void ic_hub_drain(struct ic_hub *h, struct ic_time now)
{
    begin(h, now);
    if (h->is_draining)
        return;
    h->is_draining = true;
    for (uint32_t i = 0; i < h->clients.count; i++) {
        struct ic_ref ref;
        if (ic_pool_at_index(&h->clients, i, &ref) != NULL)
            ic_client_drain(h, ref);
    }
}

/* ---- time ---- */

static void tick_seat(struct ic_hub *h, struct ic_ref ref)
{
    if (!ic_seat_tick(h, ref))
        return;
    const struct ic_seat *seat = ic_pool_at(&h->seats, ref);
    bool is_placing = seat->state == IC_SEAT_PLACING;
    if (ic_ref_is_none(seat->client))
        ic_seat_remove(h, ref, true);
    else
        ic_client_refuse(h, seat->client, is_placing ? IC_SIG_BUSY : IC_SIG_MEDIA_LOST);
}

static void tick_one(struct ic_hub *h, uint32_t id)
{
    struct ic_ref ref;
    uint32_t seats_from = ic_hub_seat_deadline_id(h, 0);
    uint32_t makings_from = ic_hub_making_deadline_id(h, 0);
    if (id < seats_from) {
        if (ic_pool_at_index(&h->clients, id, &ref) != NULL)
            ic_client_tick(h, ref);
    } else if (id < makings_from) {
        if (ic_pool_at_index(&h->seats, id - seats_from, &ref) != NULL)
            tick_seat(h, ref);
    } else if (ic_pool_at_index(&h->makings, id - makings_from, &ref) != NULL) {
        ic_meeting_tick(h, ref);
    }
}

void ic_hub_tick(struct ic_hub *h, struct ic_time now)
{
    uint32_t id = 0;
    begin(h, now);
    /* What does not fit waits: its deadline is reached at the next tick, too. */
    while (ic_effects_has_room(&h->effects) && ic_heap_pop(&h->deadlines, now, &id))
        tick_one(h, id);
}

struct ic_time ic_hub_deadline(const struct ic_hub *h)
{
    return ic_heap_first(&h->deadlines);
}

/* ---- effects ---- */

/* The socket of a text may have gone between the input and now. */
static bool is_stale(const struct ic_hub *h, const struct ic_effect *effect)
{
    struct ic_ref ref;
    if (effect->out.kind != IC_HUB_SEND || effect->is_final)
        return false;
    const struct ic_client *client = ic_client_of_conn(h, effect->out.conn, &ref);
    return client == NULL || client->loss != IC_CLIENT_OPEN;
}

static void compose_cmd(struct ic_hub *h, const struct ic_cmd_brief *brief)
{
    const struct ic_join *join = ic_pool_at(&h->joins, brief->join);
    memset(&h->cmd, 0, sizeof h->cmd);
    h->cmd.kind = brief->kind;
    h->cmd.peer = brief->peer;
    h->cmd.room = brief->room;
    h->cmd.microphone = brief->microphone;
    h->cmd.camera = brief->camera;
    if (join != NULL)
        h->cmd.transport = join->msg.transport;
}

bool ic_hub_poll(struct ic_hub *h, struct ic_hub_out *out)
{
    const struct ic_effect *effect = ic_effects_next(&h->effects);
    while (effect != NULL && is_stale(h, effect))
        effect = ic_effects_next(&h->effects);
    if (effect == NULL)
        return false;
    *out = effect->out;
    if (effect->out.kind == IC_HUB_CMD) {
        compose_cmd(h, &effect->cmd);
        out->cmd = &h->cmd;
    }
    return true;
}

void ic_hub_stats(const struct ic_hub *h, struct ic_hub_stats *out)
{
    *out = (struct ic_hub_stats){.clients = h->clients.used,
                                 .peers = h->members,
                                 .rooms = h->rooms.used,
                                 .joins = h->joins_done,
                                 .resumes = h->resumes_done,
                                 .refused = h->refused};
}
