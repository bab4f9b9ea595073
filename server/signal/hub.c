/* The root of the control plane: takes each input to the part that it concerns, keeps the
 * deadlines, hands out the effects. */
#include "signal/hub.h"

#include <string.h>

#include "base/assert.h"
#include "signal/client.h"
#include "signal/group.h"
#include "signal/hub_state.h"
#include "signal/knock.h"
#include "signal/meeting.h"
#include "signal/meter.h"
#include "signal/move.h"
#include "signal/permit.h"
#include "signal/recheck.h"
#include "signal/request.h"
#include "signal/roster.h"
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
    /* Those who are gone keep a leaf, and so a seat, until somebody removes it. */
    uint32_t seats = 2 * c->peers_max + IC_MLS_ADDS_MAX;
    return ic_pool_init(&h->clients, sizeof(struct ic_client), c->clients_max) == IC_OK &&
           ic_pool_init(&h->knocks, sizeof(struct ic_knock), c->clients_max) == IC_OK &&
           ic_pool_init(&h->seats, sizeof(struct ic_seat), seats) == IC_OK &&
           ic_pool_init(&h->rooms, sizeof(struct ic_room), c->rooms_max) == IC_OK &&
           ic_pool_init(&h->groups, sizeof(struct ic_mlsgroup), c->rooms_max) == IC_OK &&
           ic_pool_init(&h->writings, sizeof(struct ic_writing), IC_SIGNAL_WRITINGS_MAX) == IC_OK &&
           ic_pool_init(&h->makings, sizeof(struct ic_making), IC_SIGNAL_MEETINGS_MAX) == IC_OK &&
           ic_pool_init(&h->receipts, sizeof(struct ic_kept_receipt), IC_RECEIPTS_KEPT_MAX) ==
               IC_OK;
}

static bool init_map(struct ic_hub *h, struct ic_map *map, size_t key_size, uint32_t count)
{
    uint64_t seed[2] = {random64(h), random64(h)};
    return ic_map_init(map, key_size, count, seed) == IC_OK;
}

static bool init_tables(struct ic_hub *h)
{
    h->worker_members = ic_array_alloc(h->config.worker_count, sizeof *h->worker_members);
    h->brought = ic_array_alloc(1, sizeof *h->brought);
    return h->worker_members != NULL && h->brought != NULL &&
           ic_effects_init(&h->effects) == IC_OK &&
           init_map(h, &h->conns, sizeof(uint64_t), h->clients.count) &&
           init_map(h, &h->keys, sizeof(uint64_t), 2 * h->seats.count) &&
           init_map(h, &h->meters, sizeof(uint64_t), h->seats.count) &&
           init_map(h, &h->meetings, IC_MEETING_ID_LEN, h->rooms.count) &&
           ic_heap_init(&h->deadlines, ic_hub_deadline_ids(h)) == IC_OK;
}

static void write_log_key(struct ic_hub *h)
{
    struct ic_wr w = ic_wr_init((uint8_t *)h->log_key_text, sizeof h->log_key_text - 1);
    ic_note_key_write(&w, h->config.log_key);
    IC_ASSERT(ic_wr_ok(&w));
    h->log_key_text[w.len] = '\0';
}

struct ic_hub *ic_hub_create(const struct ic_hub_config *config, struct ic_time now)
{
    IC_ASSERT(config->clients_max > 0 && config->peers_max > 0 && config->rooms_max > 0 &&
              config->worker_count > 0 && config->room_members_max > 0 &&
              config->room_members_max <= IC_ROOM_MEMBERS_MAX && config->log_key != NULL &&
              config->log_private != NULL && config->wall.ask != NULL);
    struct ic_hub *h = ic_array_alloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->config = *config;
    h->now = now;
    if (!init_pools(h) || !init_tables(h)) {
        ic_hub_destroy(h);
        return NULL;
    }
    for (int i = 0; i < 2; i++)
        h->key_seed[i] = random64(h);
    write_log_key(h);
    ic_hub_set_node(h, NULL);
    ic_message_init(random64(h));
    return h;
}

void ic_hub_destroy(struct ic_hub *h)
{
    ic_pool_deinit(&h->clients);
    ic_pool_deinit(&h->knocks);
    ic_pool_deinit(&h->seats);
    ic_pool_deinit(&h->rooms);
    ic_pool_deinit(&h->groups);
    ic_pool_deinit(&h->writings);
    ic_pool_deinit(&h->makings);
    ic_pool_deinit(&h->receipts);
    ic_map_deinit(&h->conns);
    ic_map_deinit(&h->keys);
    ic_map_deinit(&h->meters);
    ic_map_deinit(&h->meetings);
    ic_heap_deinit(&h->deadlines);
    ic_effects_deinit(&h->effects);
    ic_array_free(h->worker_members);
    ic_array_free(h->brought);
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
        ic_request_message(h, client, text, len);
}

void ic_hub_on_close(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                     enum ic_hub_end end)
{
    struct ic_ref client;
    begin(h, now);
    if (ic_client_of_conn(h, conn, &client) != NULL)
        ic_request_ended(h, client, end);
}

void ic_hub_on_meeting_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                               const char *body, size_t len)
{
    begin(h, now);
    ic_meeting_request(h, conn, body, len);
}

void ic_hub_on_blob_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                            const uint8_t hash[static IC_SHA256_LEN])
{
    begin(h, now);
    ic_meeting_blob_request(h, conn, hash);
}

void ic_hub_on_policy_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                              const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    begin(h, now);
    ic_meeting_policy_request(h, conn, meeting);
}

void ic_hub_set_date(struct ic_hub *h, int64_t unix_s)
{
    h->date_s = unix_s < 0 ? 0 : (uint64_t)unix_s;
}

void ic_hub_set_node(struct ic_hub *h, const char *name)
{
    struct ic_wr w = ic_wr_init((uint8_t *)h->node, sizeof h->node - 1);
    ic_wr_text(&w, name == NULL ? h->config.log_key->name : name);
    IC_ASSERT(ic_wr_ok(&w));
    h->node[w.len] = '\0';
}

void ic_hub_set_receipts(struct ic_hub *h, bool is_writing)
{
    h->writes_receipts = is_writing;
}

void ic_hub_on_receipt(struct ic_hub *h, struct ic_time now, uint64_t token, const uint8_t *note,
                       size_t len, const uint8_t sha256[static IC_SHA256_LEN])
{
    begin(h, now);
    ic_meter_signed(h, token, note, len, sha256);
}

void ic_hub_on_receipt_came(struct ic_hub *h, struct ic_time now,
                            const struct ic_receipt_came *came)
{
    struct ic_ref ref;
    begin(h, now);
    if (ic_meter_of_key(h, came->peer, &ref) != NULL)
        ic_seat_receipt_came(h, ref, came);
}

void ic_hub_on_store(struct ic_hub *h, struct ic_time now, const struct ic_store_reply *reply)
{
    begin(h, now);
    switch (reply->kind) {
    case IC_STORE_MEETING_ADD:
        ic_meeting_made(h, reply);
        return;
    case IC_STORE_MEETING_FIND:
        ic_request_found(h, reply);
        return;
    case IC_STORE_GROUP_BEGIN:
    case IC_STORE_GROUP_COMMIT:
        ic_group_written(h, reply);
        return;
    case IC_STORE_MEETING_RESTORE:
        ic_request_restore_found(h, reply);
        return;
    case IC_STORE_GROUP_RESTORE:
        ic_request_restore_written(h, reply);
        return;
    case IC_STORE_GROUP_RECORD:
    case IC_STORE_GROUP_IDENTITY:
    case IC_STORE_GROUP_END:
        ic_group_noted(h, reply);
        return;
    case IC_STORE_COMMITS_READ:
        ic_request_caught(h, reply);
        return;
    case IC_STORE_BLOB_FIND:
        ic_meeting_blob_found(h, reply);
        return;
    case IC_STORE_POLICY_FIND:
        ic_meeting_policy_found(h, reply);
        return;
    }
}

static enum ic_sig_error refusal(enum ic_peer_reason reason)
{
    switch (reason) {
    case IC_PEER_REASON_UNFIT:
        return IC_SIG_BAD_MESSAGE;
    case IC_PEER_REASON_FULL: /* said in other words */
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
static void on_placed(struct ic_hub *h, const struct ic_seat *seat, struct ic_ref ref,
                      const struct ic_evt *evt)
{
    if (evt->kind == IC_EVT_PEER_READY) {
        ic_request_placed(h, ref, evt);
        return;
    }
    const struct ic_wall_answer full = ic_permit_full();
    if (seat->before_key != 0)
        ic_request_not_moved(h, ref, false);
    else if (evt->reason == IC_PEER_REASON_FULL)
        ic_request_bar(h, seat->client, ic_roster_room(h, seat), &full);
    else
        ic_request_refuse(h, seat->client, refusal(evt->reason));
}

static void on_peer_evt(struct ic_hub *h, const struct ic_seat *seat, struct ic_ref ref,
                        const struct ic_evt *evt)
{
    bool is_placing = seat->state == IC_SEAT_PLACING;
    if (evt->peer != seat->key) { /* its old transport: nothing but its end and its slots is news */
        if (evt->kind == IC_EVT_PEER_CLOSED)
            ic_seat_before_ended(h, ref, evt);
        if (evt->kind == IC_EVT_SLOT)
            ic_seat_slot(h, ref, evt);
        return;
    }
    switch (evt->kind) {
    case IC_EVT_PEER_READY:
    case IC_EVT_PEER_REFUSED:
        if (is_placing)
            on_placed(h, seat, ref, evt);
        return;
    case IC_EVT_PEER_CONNECTED:
        ic_seat_media_connected(h, ref);
        return;
    case IC_EVT_PEER_CLOSED:
        if (is_placing)
            on_placed(h, seat, ref, evt);
        else
            ic_seat_media_lost(h, ref, loss_word(evt->reason), evt);
        return;
    case IC_EVT_SLOT:
        ic_seat_slot(h, ref, evt);
        return;
    case IC_EVT_PEER_COUNTS: /* may be of a transport that is gone */
    case IC_EVT_RELAY_WANTED:
    case IC_EVT_STATS:
        return;
    }
}

void ic_hub_on_evt(struct ic_hub *h, struct ic_time now, const struct ic_evt *evt)
{
    struct ic_ref ref;
    begin(h, now);
    if (evt->kind == IC_EVT_STATS)
        return;
    const struct ic_seat *seat = evt->kind == IC_EVT_PEER_COUNTS
                                     ? ic_meter_of_key(h, evt->peer, &ref)
                                     : ic_seat_of_key(h, evt->peer, &ref);
    const struct ic_room *room = seat == NULL ? NULL : ic_pool_at(&h->rooms, seat->room);
    if (room == NULL)
        return;
    if (evt->kind == IC_EVT_PEER_COUNTS)
        ic_seat_counted(h, ref, evt);
    else
        on_peer_evt(h, seat, ref, evt);
}

void ic_hub_close_doors(struct ic_hub *h)
{
    h->is_draining = true;
}

bool ic_hub_may_move(const struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    return ic_move_may(h, ic_roster_find(h, meeting));
}

void ic_hub_move(struct ic_hub *h, struct ic_time now,
                 const uint8_t meeting[static IC_MEETING_ID_LEN], const char *node)
{
    begin(h, now);
    ic_move_begin(h, ic_roster_find(h, meeting), node);
}

bool ic_hub_move_media(struct ic_hub *h, struct ic_time now, uint64_t peer)
{
    begin(h, now);
    return ic_move_media(h, peer);
}

void ic_hub_tell_draining(struct ic_hub *h, struct ic_time now,
                          const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    begin(h, now);
    ic_move_not(h, ic_roster_find(h, meeting));
}

void ic_hub_drain(struct ic_hub *h, struct ic_time now)
{
    begin(h, now);
    if (h->tells_draining)
        return;
    h->is_draining = h->tells_draining = true;
    for (uint32_t i = 0; i < h->clients.count; i++) {
        struct ic_ref ref;
        if (ic_pool_at_index(&h->clients, i, &ref) != NULL)
            ic_request_drain(h, ref);
    }
}

/* ---- time ---- */

static void tick_seat(struct ic_hub *h, struct ic_ref ref)
{
    if (ic_seat_tick(h, ref))
        ic_request_seat_over(h, ref);
}

static void tick_knock(struct ic_hub *h, struct ic_ref ref)
{
    if (ic_knock_tick(h, ref))
        ic_request_knock_over(h, ref);
}

static void tick_one(struct ic_hub *h, uint32_t id)
{
    struct ic_ref ref;
    uint32_t seats_from = ic_hub_seat_deadline_id(h, 0);
    uint32_t knocks_from = ic_hub_knock_deadline_id(h, 0);
    uint32_t makings_from = ic_hub_making_deadline_id(h, 0);
    uint32_t rooms_from = ic_hub_room_deadline_id(h, 0);
    if (id < seats_from) {
        if (ic_pool_at_index(&h->clients, id, &ref) != NULL)
            ic_request_tick(h, ref);
    } else if (id < knocks_from) {
        if (ic_pool_at_index(&h->seats, id - seats_from, &ref) != NULL)
            tick_seat(h, ref);
    } else if (id < makings_from) {
        if (ic_pool_at_index(&h->knocks, id - knocks_from, &ref) != NULL)
            tick_knock(h, ref);
    } else if (id < rooms_from) {
        if (ic_pool_at_index(&h->makings, id - makings_from, &ref) != NULL)
            ic_meeting_tick(h, ref);
    } else if (ic_pool_at_index(&h->rooms, id - rooms_from, &ref) != NULL) {
        ic_recheck_room(h, ref);
    }
}

void ic_hub_tick(struct ic_hub *h, struct ic_time now)
{
    uint32_t id = 0;
    begin(h, now);
    /* What does not fit waits: its deadline is reached at the next tick, too. */
    while (ic_effects_has_room_for_tick(&h->effects) && ic_heap_pop(&h->deadlines, now, &id))
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

/* The join is the last message of a client that was read, for nothing is read before all that came
 * of it was polled. */
static void compose_cmd(struct ic_hub *h, const struct ic_cmd_brief *brief)
{
    memset(&h->cmd, 0, sizeof h->cmd);
    h->cmd.kind = brief->kind;
    h->cmd.peer = brief->peer;
    h->cmd.room = brief->room;
    h->cmd.microphone = brief->microphone;
    h->cmd.camera = brief->camera;
    h->cmd.beside = brief->beside;
    h->cmd.chain = brief->chain;
    h->cmd.end = brief->end;
    if (brief->kind != IC_CMD_PEER_ADD)
        return;
    IC_ASSERT(h->msg.type == IC_SIG_JOIN);
    h->cmd.transport = h->msg.join.transport;
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
    if (effect->out.kind == IC_HUB_RECEIPT)
        out->receipt = &effect->receipt;
    return true;
}

uint32_t ic_hub_people(const struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    const struct ic_room *room = ic_pool_at(&h->rooms, ic_roster_find(h, meeting));
    return room == NULL ? 0 : room->seats + room->knocks;
}

uint64_t ic_hub_room_key(const struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    const struct ic_room *room = ic_pool_at(&h->rooms, ic_roster_find(h, meeting));
    return room == NULL ? 0 : room->key;
}

bool ic_hub_meeting_of(const struct ic_hub *h, uint64_t key,
                       uint8_t meeting[static IC_MEETING_ID_LEN])
{
    for (uint32_t i = 0; i < h->rooms.count; i++) {
        struct ic_ref ref;
        const struct ic_room *room = ic_pool_at_index(&h->rooms, i, &ref);
        if (room == NULL || room->key != key)
            continue;
        memcpy(meeting, room->policy.meeting_id, IC_MEETING_ID_LEN);
        return true;
    }
    return false;
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
