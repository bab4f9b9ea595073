#include "signal/seat.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "signal/roster.h"

static struct ic_seat *at(const struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = ic_pool_at(&h->seats, ref);
    IC_ASSERT(seat != NULL);
    return seat;
}

static struct ic_time in_ms(const struct ic_hub *h, int64_t ms)
{
    return ic_time_add(h->now, IC_MS(ms));
}

static void set_deadline(struct ic_hub *h, struct ic_ref ref, const struct ic_seat *seat)
{
    struct ic_time soonest = ic_time_min(seat->expire_at, seat->tell_at);
    ic_heap_set(&h->deadlines, ic_hub_seat_deadline_id(h, ref.index),
                ic_time_min(soonest, seat->flush_at));
}

/* ---- finding ---- */

struct ic_seat *ic_seat_of_peer(const struct ic_hub *h, uint64_t peer, struct ic_ref *ref)
{
    uint32_t index = 0;
    if (!ic_map_find(&h->peers, &peer, &index))
        return NULL;
    return ic_pool_at_index(&h->seats, index, ref);
}

/* The table is keyed by a secret hash, so that the time of a look-up tells nothing about stored
 * sessions; the session itself is compared in constant time. */
struct ic_seat *ic_seat_of_session(const struct ic_hub *h, const char *session, struct ic_ref *ref)
{
    uint8_t bytes[IC_SESSION_LEN];
    uint32_t index = 0;
    if (ic_base64url_decode(session, strlen(session), bytes, sizeof bytes) != IC_OK)
        return NULL;
    uint64_t key = ic_siphash(h->session_seed, bytes, sizeof bytes);
    if (!ic_map_find(&h->sessions, &key, &index))
        return NULL;
    struct ic_seat *seat = ic_pool_at_index(&h->seats, index, ref);
    bool is_same = seat != NULL && ic_ct_equal(seat->session, bytes, sizeof bytes);
    return is_same ? seat : NULL;
}

/* ---- placing ---- */

static void make_session(struct ic_hub *h, struct ic_seat *seat, uint32_t index)
{
    uint32_t other = 0;
    do {
        h->config.entropy.fill(h->config.entropy.context, seat->session, IC_SESSION_LEN);
        seat->session_key = ic_siphash(h->session_seed, seat->session, IC_SESSION_LEN);
    } while (ic_map_find(&h->sessions, &seat->session_key, &other));
    enum ic_err e = ic_map_set(&h->sessions, &seat->session_key, index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
}

static void command(struct ic_hub *h, const struct ic_seat *seat, enum ic_cmd_kind kind,
                    struct ic_ref join)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_cmd_brief cmd = {.kind = kind,
                               .peer = seat->peer,
                               .room = room->key,
                               .microphone = seat->sends.microphone,
                               .camera = seat->sends.camera,
                               .join = join};
    ic_effect_cmd(&h->effects, room->worker, &cmd);
}

static void forget_in_worker(struct ic_hub *h, struct ic_seat *seat)
{
    if (seat->is_in_worker)
        command(h, seat, IC_CMD_PEER_REMOVE, (struct ic_ref){0});
    seat->is_in_worker = false;
}

/* The seat stays visible until the new one is there, but nobody can come back to it. */
static void give_way(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(seat->state == IC_SEAT_TAKEN && ic_ref_is_none(seat->client));
    forget_in_worker(h, seat);
    ic_roster_discount(h, seat);
    seat->state = IC_SEAT_REPLACED;
    bool was_there = ic_map_remove(&h->sessions, &seat->session_key);
    IC_ASSERT(was_there);
    seat->expire_at = seat->tell_at = seat->flush_at = IC_NEVER;
    set_deadline(h, ref, seat);
}

struct ic_ref ic_seat_place(struct ic_hub *h, struct ic_ref client, struct ic_ref join_ref,
                            struct ic_ref room, struct ic_ref replaces)
{
    struct ic_ref ref = {0};
    const struct ic_join *join = ic_pool_at(&h->joins, join_ref);
    struct ic_seat *seat = ic_pool_get(&h->seats, &ref);
    IC_ASSERT(join != NULL && seat != NULL);
    seat->peer = ic_roster_key(h);
    seat->client = client;
    seat->replaces = replaces;
    seat->state = IC_SEAT_PLACING;
    seat->sends = join->msg.media;
    memcpy(seat->name, join->msg.name, sizeof seat->name);
    seat->tell_at = seat->flush_at = IC_NEVER;
    seat->expire_at = in_ms(h, IC_SIGNAL_WORKER_MS);
    enum ic_err e = ic_map_set(&h->peers, &seat->peer, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    make_session(h, seat, ref.index);
    if (!ic_ref_is_none(replaces))
        give_way(h, replaces);
    ic_roster_add(h, ref, room);
    command(h, seat, IC_CMD_PEER_ADD, join_ref);
    seat->is_in_worker = true;
    set_deadline(h, ref, seat);
    return ref;
}

/* ---- the roster's news ---- */

static void tell_now(struct ic_hub *h, struct ic_seat *seat, uint64_t except)
{
    seat->told_state = ic_roster_state(seat);
    seat->told_sends = seat->sends;
    seat->told_at = h->now;
    seat->tell_at = IC_NEVER;
    ic_roster_tell_all(h, ic_roster_room(h, seat), ic_roster_person_text(h, seat), except);
}

/* Tell everybody and the worker what changed: the state at once, the rest at most every
 * IC_SIGNAL_ROSTER_MS, so that one client cannot make the hub write two hundred texts, and the
 * worker give out two hundred slots, for each of its own. */
static void tell(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat)
{
    struct ic_time next = ic_time_add(seat->told_at, IC_MS(IC_SIGNAL_ROSTER_MS));
    bool is_other_state = ic_roster_state(seat) != seat->told_state;
    bool is_other_media = seat->sends.microphone != seat->told_sends.microphone ||
                          seat->sends.camera != seat->told_sends.camera;
    bool is_other = is_other_state || is_other_media;
    if (seat->state != IC_SEAT_TAKEN)
        return;
    if (is_other && (is_other_state || ic_time_reached(next, h->now))) {
        if (is_other_media && seat->is_in_worker)
            command(h, seat, IC_CMD_PEER_MEDIA, (struct ic_ref){0});
        tell_now(h, seat, 0);
    } else {
        seat->tell_at = is_other ? next : IC_NEVER;
    }
    set_deadline(h, ref, seat);
}

/* ---- taking, losing, coming back ---- */

static struct ic_conn_id conn_of(const struct ic_hub *h, const struct ic_seat *seat)
{
    const struct ic_client *client = ic_pool_at(&h->clients, seat->client);
    IC_ASSERT(client != NULL);
    return client->conn;
}

static void copy_slots(struct ic_seat *seat, const struct ic_server_transport *t)
{
    IC_ASSERT(t->slot_count <= IC_SLOTS_MAX);
    seat->slot_count = t->slot_count;
    for (size_t i = 0; i < t->slot_count; i++)
        memcpy(seat->slots[i].mid, t->slots[i].mid, sizeof seat->slots[i].mid);
}

void ic_seat_tell_draining(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_draining(&w);
    ic_effect_send(&h->effects, conn_of(h, at(h, ref)), ic_effect_text_close(&h->effects, &w));
}

static void send_welcome(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat)
{
    ic_roster_send_lists(h, seat);
    if (seat->media == IC_MEDIA_LOST)
        ic_effect_send_error(&h->effects, conn_of(h, seat), IC_SIG_MEDIA_LOST, false);
    if (h->is_draining)
        ic_seat_tell_draining(h, ref);
}

void ic_seat_take(struct ic_hub *h, struct ic_ref ref, const struct ic_server_transport *transport)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_ref replaced = seat->replaces;
    IC_ASSERT(seat->state == IC_SEAT_PLACING);
    seat->replaces = (struct ic_ref){0};
    if (!ic_ref_is_none(replaced))
        ic_seat_remove(h, replaced, false);
    copy_slots(seat, transport);
    seat->state = IC_SEAT_TAKEN;
    seat->expire_at = IC_NEVER;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_joined(&w, seat->peer, seat->session, transport, h->config.room_members_max);
    ic_effect_send(&h->effects, conn_of(h, seat), ic_effect_text_close(&h->effects, &w));
    send_welcome(h, ref, seat);
    tell_now(h, seat, seat->peer);
    set_deadline(h, ref, seat);
    ic_effect_log(&h->effects, "peer_joined", seat->peer, ic_roster_room(h, seat)->key, NULL);
}

void ic_seat_detach(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(seat->state == IC_SEAT_TAKEN);
    seat->client = (struct ic_ref){0};
    seat->expire_at = ic_time_min(seat->expire_at, in_ms(h, IC_RECONNECT_GRACE_MS));
    tell(h, ref, seat);
}

void ic_seat_attach(struct ic_hub *h, struct ic_ref ref, struct ic_ref client)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(seat->state == IC_SEAT_TAKEN && ic_ref_is_none(seat->client));
    seat->client = client;
    if (seat->media != IC_MEDIA_LOST)
        seat->expire_at = IC_NEVER;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_resumed(&w, seat->peer);
    ic_effect_send(&h->effects, conn_of(h, seat), ic_effect_text_close(&h->effects, &w));
    send_welcome(h, ref, seat);
    tell(h, ref, seat);
    ic_effect_log(&h->effects, "peer_resumed", seat->peer, ic_roster_room(h, seat)->key, NULL);
}

static void tell_gone(struct ic_hub *h, const struct ic_seat *seat, bool is_lost)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_gone(&w, seat->peer, is_lost);
    ic_roster_tell_all(h, room, ic_effect_text_close(&h->effects, &w), seat->peer);
    ic_effect_log(&h->effects, "peer_gone", seat->peer, room->key, is_lost ? "lost" : "left");
}

/* Goes at most two deep: a seat that is replaced replaces nobody. */
void ic_seat_remove(struct ic_hub *h, struct ic_ref ref, bool is_lost)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_ref replaced = seat->replaces;
    forget_in_worker(h, seat);
    if (seat->state != IC_SEAT_PLACING)
        tell_gone(h, seat, is_lost);
    if (seat->state != IC_SEAT_REPLACED)
        (void)ic_map_remove(&h->sessions, &seat->session_key);
    (void)ic_map_remove(&h->peers, &seat->peer);
    ic_heap_set(&h->deadlines, ic_hub_seat_deadline_id(h, ref.index), IC_NEVER);
    ic_roster_remove(h, ref);
    ic_ct_wipe(seat->session, sizeof seat->session);
    ic_pool_put(&h->seats, ref);
    if (!ic_ref_is_none(replaced))
        ic_seat_remove(h, replaced, true);
}

/* ---- media ---- */

void ic_seat_set_media(struct ic_hub *h, struct ic_ref ref, struct ic_sig_media sends)
{
    struct ic_seat *seat = at(h, ref);
    bool is_other =
        seat->sends.microphone != sends.microphone || seat->sends.camera != sends.camera;
    seat->sends = sends;
    if (is_other && seat->state == IC_SEAT_PLACING && seat->is_in_worker)
        command(h, seat, IC_CMD_PEER_MEDIA, (struct ic_ref){0});
    tell(h, ref, seat);
}

void ic_seat_media_connected(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    if (seat->media == IC_MEDIA_CONNECTING)
        seat->media = IC_MEDIA_CONNECTED;
    tell(h, ref, seat);
}

void ic_seat_media_lost(struct ic_hub *h, struct ic_ref ref, const char *reason)
{
    struct ic_seat *seat = at(h, ref);
    seat->is_in_worker = false;
    if (seat->state != IC_SEAT_TAKEN || seat->media == IC_MEDIA_LOST)
        return;
    seat->media = IC_MEDIA_LOST;
    seat->expire_at = ic_time_min(seat->expire_at, in_ms(h, IC_RECONNECT_GRACE_MS));
    if (!ic_ref_is_none(seat->client))
        ic_effect_send_error(&h->effects, conn_of(h, seat), IC_SIG_MEDIA_LOST, false);
    tell(h, ref, seat);
    ic_effect_log(&h->effects, "media_lost", seat->peer, ic_roster_room(h, seat)->key, reason);
}

void ic_seat_slot(struct ic_hub *h, struct ic_ref ref, const struct ic_evt *evt)
{
    struct ic_seat *seat = at(h, ref);
    for (size_t i = 0; i < seat->slot_count; i++) {
        struct ic_seat_slot *slot = &seat->slots[i];
        if (strncmp(slot->mid, evt->mid, sizeof slot->mid) != 0)
            continue;
        if (slot->source_peer == evt->source_peer && slot->source == evt->source)
            return;
        slot->source_peer = evt->source_peer;
        slot->source = evt->source;
        slot->is_dirty = true;
        seat->flush_at = h->now;
        set_deadline(h, ref, seat);
        return;
    }
}

bool ic_seat_tick(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    if (ic_time_reached(seat->expire_at, h->now))
        return true;
    if (ic_time_reached(seat->flush_at, h->now)) {
        seat->flush_at = IC_NEVER;
        ic_roster_send_changed_slots(h, seat);
    }
    if (ic_time_reached(seat->tell_at, h->now))
        tell(h, ref, seat);
    set_deadline(h, ref, seat);
    return false;
}
