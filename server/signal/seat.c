#include "signal/seat.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "signal/client.h"
#include "signal/delivery.h"
#include "signal/meter.h"
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
    struct ic_time soonest =
        ic_time_min(ic_time_min(seat->expire_at, seat->tell_at), seat->meter.at);
    soonest = ic_time_min(soonest, seat->before_until);
    ic_heap_set(&h->deadlines, ic_hub_seat_deadline_id(h, ref.index),
                ic_time_min(soonest, seat->flush_at));
}

/* The leaf is in the group, and somebody is or may come behind it. */
static bool is_alive(const struct ic_seat *seat)
{
    return seat->state < IC_SEAT_GONE;
}

/* ---- finding ---- */

struct ic_seat *ic_seat_of_key(const struct ic_hub *h, uint64_t key, struct ic_ref *ref)
{
    uint32_t index = 0;
    if (!ic_map_find(&h->keys, &key, &index))
        return NULL;
    return ic_pool_at_index(&h->seats, index, ref);
}

bool ic_seat_hash_session(const char *session, uint8_t out[static IC_SHA256_LEN])
{
    uint8_t bytes[IC_SESSION_LEN];
    if (ic_base64url_decode(session, strlen(session), bytes, sizeof bytes) != IC_OK)
        return false;
    struct ic_part part = {bytes, sizeof bytes};
    enum ic_err e = ic_hash_sha256(&part, 1, out);
    ic_ct_wipe(bytes, sizeof bytes);
    return e == IC_OK;
}

/* Hashes are compared in constant time; which seat it is shows anyway. */
struct ic_seat *ic_seat_of_session(const struct ic_hub *h, const struct ic_room *room,
                                   const uint8_t session_hash[static IC_SHA256_LEN],
                                   struct ic_ref *ref)
{
    struct ic_seat *seat = ic_roster_seat(h, room->first, ref);
    while (seat != NULL) {
        bool is_same = ic_ct_equal(seat->session_hash, session_hash, IC_SHA256_LEN);
        if (is_same && seat->state != IC_SEAT_OVER)
            return seat;
        seat = ic_roster_seat(h, seat->next, ref);
    }
    return NULL;
}

/* ---- the worker ---- */

static void command(struct ic_hub *h, const struct ic_seat *seat, uint64_t key,
                    enum ic_cmd_kind kind, struct ic_sig_media sends)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_cmd_brief cmd = {.kind = kind,
                               .peer = key,
                               .room = room->key,
                               .microphone = sends.microphone,
                               .camera = sends.camera,
                               .beside = kind == IC_CMD_PEER_ADD ? seat->before_key : 0};
    ic_effect_cmd(&h->effects, room->worker, &cmd);
}

static const struct ic_sig_media nothing;

/* The old one is still the one that is heard. */
static bool is_heard_before(const struct ic_seat *seat)
{
    return seat->before_key != 0 && ic_time_is_never(seat->before_until);
}

static void command_media(struct ic_hub *h, const struct ic_seat *seat)
{
    uint64_t key = is_heard_before(seat) ? seat->before_key : seat->key;
    if (key != 0)
        command(h, seat, key, IC_CMD_PEER_MEDIA, seat->sends);
}

static void forget_before(struct ic_hub *h, struct ic_seat *seat)
{
    (void)ic_map_remove(&h->keys, &seat->before_key);
    seat->before_key = 0;
    seat->before_until = IC_NEVER;
}

static void end_before(struct ic_hub *h, struct ic_seat *seat)
{
    if (seat->before_key == 0)
        return;
    command(h, seat, seat->before_key, IC_CMD_PEER_REMOVE, nothing);
    forget_before(h, seat);
}

static void forget_key(struct ic_hub *h, struct ic_seat *seat)
{
    (void)ic_map_remove(&h->keys, &seat->key);
    seat->key = 0;
    seat->slot_count = 0;
}

static void forget_in_worker(struct ic_hub *h, struct ic_seat *seat)
{
    end_before(h, seat);
    if (seat->key == 0)
        return;
    command(h, seat, seat->key, IC_CMD_PEER_REMOVE, nothing);
    forget_key(h, seat);
    ic_roster_choose_codec(h, ic_roster_room(h, seat));
}

/* Another transport is to stand beside the one that does. */
static void keep_before(struct ic_hub *h, struct ic_seat *seat)
{
    end_before(h, seat);
    seat->before_key = seat->key;
    seat->before_until = IC_NEVER;
    memcpy(seat->before_slots, seat->slots, sizeof seat->before_slots);
    seat->before_slot_count = seat->slot_count;
    seat->key = 0;
    seat->slot_count = 0;
}

/* The transport that stands is the only one again, and its slots are told. */
static void go_back(struct ic_hub *h, struct ic_seat *seat)
{
    (void)ic_map_remove(&h->keys, &seat->key);
    seat->key = seat->before_key;
    seat->before_key = 0;
    if (seat->state == IC_SEAT_PLACING)
        seat->expire_at = IC_NEVER; /* else it may be the grace of a lost socket */
    seat->state = IC_SEAT_TAKEN;
    seat->media = IC_MEDIA_CONNECTED;
    memcpy(seat->slots, seat->before_slots, sizeof seat->slots);
    seat->slot_count = seat->before_slot_count;
    for (size_t i = 0; i < seat->slot_count; i++)
        seat->slots[i].is_dirty = true;
    seat->flush_at = h->now;
    seat->is_media_moving = true;
}

/* Likewise, while the worker has the new one. */
static void take_back(struct ic_hub *h, struct ic_seat *seat)
{
    command(h, seat, seat->key, IC_CMD_PEER_REMOVE, nothing);
    go_back(h, seat);
}

/* From now on the new transport is the one that is heard. */
static void hear_new(struct ic_hub *h, struct ic_seat *seat)
{
    command(h, seat, seat->before_key, IC_CMD_PEER_MEDIA, nothing);
    command(h, seat, seat->key, IC_CMD_PEER_MEDIA, seat->sends);
    seat->before_until = in_ms(h, IC_SIGNAL_BESIDE_MS);
}

/* ---- the roster's news ---- */

static void tell_now(struct ic_hub *h, struct ic_seat *seat)
{
    seat->is_told = true;
    seat->told_state = ic_roster_state(seat);
    seat->told_sends = seat->sends;
    seat->told_at = h->now;
    seat->tell_at = IC_NEVER;
    ic_roster_tell_all(h, ic_roster_room(h, seat), ic_roster_person_text(h, seat));
}

static bool is_moving(const struct ic_hub *h, const struct ic_seat *seat)
{
    return ic_roster_room(h, seat)->moving_to[0] != '\0';
}

/* Tell everybody and the worker what changed: the state at once, the rest at most every
 * IC_SIGNAL_ROSTER_MS, so that one client cannot make the hub write two hundred texts, and the
 * worker give out two hundred slots, for each of its own. */
static void tell(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat)
{
    struct ic_time next = ic_time_add(seat->told_at, IC_MS(IC_SIGNAL_ROSTER_MS));
    bool is_other_state = !seat->is_told || ic_roster_state(seat) != seat->told_state;
    bool is_other_media = seat->sends.microphone != seat->told_sends.microphone ||
                          seat->sends.camera != seat->told_sends.camera;
    bool is_other = is_other_state || is_other_media;
    if (!is_alive(seat))
        return;
    if (is_moving(h, seat))
        is_other = is_other_state = false; /* they go, one after the other, and all know */
    if (is_other && (is_other_state || ic_time_reached(next, h->now))) {
        if (is_other_media)
            command_media(h, seat);
        tell_now(h, seat);
    } else {
        seat->tell_at = is_other ? next : IC_NEVER;
    }
    set_deadline(h, ref, seat);
}

/* ---- coming ---- */

struct ic_ref ic_seat_admit(struct ic_hub *h, struct ic_ref room, uint32_t leaf,
                            const uint8_t session_hash[static IC_SHA256_LEN], bool has_authority,
                            struct ic_ref client)
{
    struct ic_ref ref = {0};
    struct ic_seat *seat = ic_pool_get(&h->seats, &ref);
    IC_ASSERT(seat != NULL);
    seat->peer = ic_roster_key(h);
    seat->leaf = leaf;
    seat->has_authority = has_authority;
    memcpy(seat->session_hash, session_hash, sizeof seat->session_hash);
    seat->client = client;
    seat->expire_at = ic_ref_is_none(client) ? in_ms(h, IC_RECONNECT_GRACE_MS) : IC_NEVER;
    seat->flush_at = seat->meter.at = seat->before_until = IC_NEVER;
    seat->tell_at = h->now;
    ic_roster_add(h, ref, room);
    set_deadline(h, ref, seat);
    return ref;
}

static uint32_t codecs_of(const struct ic_client_transport *transport)
{
    uint32_t codecs = 0;
    for (size_t i = 0; i < transport->section_count; i++) {
        const struct ic_section *s = &transport->sections[i];
        for (size_t k = 0; k < s->codec_count; k++) {
            if (ic_codec_is_video(s->codecs[k].codec))
                codecs |= 1U << s->codecs[k].codec;
        }
    }
    /* Who has no section for video does not mind. */
    return codecs == 0 ? UINT32_MAX >> 1 : codecs;
}

void ic_seat_place(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_join *join)
{
    struct ic_seat *seat = at(h, ref);
    if (is_heard_before(seat))
        take_back(h, seat); /* the one beside it has failed at the client: another one */
    bool is_beside = seat->is_media_moving && seat->media == IC_MEDIA_CONNECTED && seat->key != 0;
    ic_meter_end(h, seat, IC_METER_LOST); /* the worker counts, then it forgets */
    if (is_beside)
        keep_before(h, seat);
    else
        forget_in_worker(h, seat);
    seat->is_media_moving = false;
    seat->state = IC_SEAT_PLACING;
    seat->media = IC_MEDIA_CONNECTING;
    seat->sends = join->media;
    seat->codecs = codecs_of(&join->transport);
    tell(h, ref, seat); /* before the worker has it: the command says the same */
    seat->key = ic_roster_key(h);
    enum ic_err e = ic_map_set(&h->keys, &seat->key, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    command(h, seat, seat->key, IC_CMD_PEER_ADD, is_beside ? nothing : seat->sends);
    seat->expire_at = in_ms(h, IC_SIGNAL_WORKER_MS);
    set_deadline(h, ref, seat);
}

static void copy_slots(struct ic_seat *seat, const struct ic_server_transport *t)
{
    IC_ASSERT(t->slot_count <= IC_SLOTS_MAX);
    memset(seat->slots, 0, sizeof seat->slots);
    seat->slot_count = t->slot_count;
    for (size_t i = 0; i < t->slot_count; i++)
        memcpy(seat->slots[i].mid, t->slots[i].mid, sizeof seat->slots[i].mid);
}

void ic_seat_tell_draining(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_draining(&w);
    ic_client_send(h, at(h, ref)->client, ic_effect_text_close(&h->effects, &w));
}

void ic_seat_tell_moving(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_seat *seat = at(h, ref);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_moving(&w, ic_roster_room(h, seat)->moving_to);
    ic_client_send(h, seat->client, ic_effect_text_close(&h->effects, &w));
}

/* What everybody hears who comes in or comes back. */
static void tell_going(struct ic_hub *h, struct ic_ref ref, const struct ic_seat *seat)
{
    if (is_moving(h, seat))
        ic_seat_tell_moving(h, ref);
    else if (h->tells_draining || ic_roster_room(h, seat)->is_staying)
        ic_seat_tell_draining(h, ref);
}

/* Whoever has let go of media and socket is at the other node, and not waited for. */
static void settle_moved(struct ic_hub *h, struct ic_seat *seat)
{
    bool has_media = seat->media == IC_MEDIA_CONNECTING || seat->media == IC_MEDIA_CONNECTED;
    if (is_moving(h, seat) && ic_ref_is_none(seat->client) && !has_media)
        seat->expire_at = h->now;
}

static void tell_media_lost(struct ic_hub *h, const struct ic_seat *seat)
{
    const struct ic_client *client = ic_pool_at(&h->clients, seat->client);
    if (client != NULL && client->loss == IC_CLIENT_OPEN)
        ic_effect_send_error(&h->effects, client->conn, IC_SIG_MEDIA_LOST, false);
}

void ic_seat_take(struct ic_hub *h, struct ic_ref ref, const struct ic_evt *ready)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_room *room = ic_roster_room(h, seat);
    IC_ASSERT(seat->state == IC_SEAT_PLACING);
    copy_slots(seat, &ready->transport);
    seat->state = IC_SEAT_TAKEN;
    seat->expire_at = IC_NEVER;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_joined(&w, seat->peer, &ready->transport, ready->node,
                            h->config.room_members_max);
    ic_client_send(h, seat->client, ic_effect_text_close(&h->effects, &w));
    ic_meter_begin(h, ref, seat, ready);
    seat->is_listed = false; /* the list that follows holds the codec */
    ic_roster_choose_codec(h, room);
    ic_roster_send_lists(h, seat);
    tell_going(h, ref, seat);
    tell(h, ref, seat);
    ic_effect_log(&h->effects, "peer_joined", seat->peer, room->key, NULL);
}

/* ---- losing a socket, coming back ---- */

void ic_seat_detach(struct ic_hub *h, struct ic_ref ref, bool is_away)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_room *room = ic_roster_room(h, seat);
    IC_ASSERT(is_alive(seat));
    seat->client = (struct ic_ref){0};
    seat->is_listed = false;
    if (seat->state == IC_SEAT_PLACING && seat->before_key != 0) {
        take_back(h, seat); /* likewise; the next join stands beside it again */
    } else if (seat->state == IC_SEAT_PLACING) { /* nobody is there to take the worker's answer */
        forget_in_worker(h, seat);
        seat->state = IC_SEAT_ADMITTED;
        seat->media = IC_MEDIA_NONE;
        seat->expire_at = IC_NEVER;
    }
    int64_t ms = is_away ? IC_SIGNAL_AWAY_MS : IC_RECONNECT_GRACE_MS;
    seat->is_away = is_away;
    seat->expire_at = ic_time_min(seat->expire_at, in_ms(h, ms));
    settle_moved(h, seat);
    tell(h, ref, seat);
    ic_delivery_check_host(h, room, false);
    ic_delivery_check_ready(h, room);
}

void ic_seat_attach(struct ic_hub *h, struct ic_ref ref, struct ic_ref client)
{
    const struct ic_seat *seat = at(h, ref);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_resumed(&w, seat->peer, seat->leaf, seat->key != 0);
    ic_seat_attach_with(h, ref, client, ic_effect_text_close(&h->effects, &w));
}

void ic_seat_attach_with(struct ic_hub *h, struct ic_ref ref, struct ic_ref client,
                         struct ic_text text)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(is_alive(seat) && ic_ref_is_none(seat->client));
    seat->client = client;
    seat->is_away = false;
    if (seat->media != IC_MEDIA_LOST)
        seat->expire_at = IC_NEVER;
    ic_client_send(h, client, text);
    set_deadline(h, ref, seat);
    ic_effect_log(&h->effects, "peer_resumed", seat->peer, ic_roster_room(h, seat)->key, NULL);
}

void ic_seat_tell_client(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_client *client = ic_client_at(h, seat->client);
    ic_meter_tell_kept(h, seat);
    ic_roster_send_lists(h, seat);
    if (seat->media == IC_MEDIA_LOST)
        tell_media_lost(h, seat);
    tell_going(h, ref, seat);
    client->tell_knocks = true;
    ic_client_touch(h, seat->client);
    tell(h, ref, seat);
    ic_delivery_check_host(h, ic_roster_room(h, seat), false);
}

/* ---- going ---- */

static const char *gone_word(enum ic_sig_gone reason)
{
    switch (reason) {
    case IC_SIG_LEFT:
        return "left";
    case IC_SIG_LOST:
        return "lost";
    case IC_SIG_GONE_REMOVED:
        return "removed";
    case IC_SIG_REPLACED:
        return "replaced";
    }
    return "left";
}

static void go(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat, enum ic_sig_gone reason)
{
    ic_meter_close(h, seat);
    forget_in_worker(h, seat);
    seat->is_media_moving = false;
    ic_roster_discount(h, seat);
    seat->gone = reason;
    seat->client = (struct ic_ref){0};
    seat->is_listed = false;
    seat->expire_at = seat->flush_at = IC_NEVER;
    seat->tell_at = h->now;
    set_deadline(h, ref, seat);
    ic_effect_log(&h->effects, "peer_gone", seat->peer, ic_roster_room(h, seat)->key,
                  gone_word(reason));
}

void ic_seat_end(struct ic_hub *h, struct ic_ref ref, enum ic_sig_gone reason)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_room *room = ic_roster_room(h, seat);
    if (!is_alive(seat))
        return;
    go(h, ref, seat, reason);
    seat->state = IC_SEAT_GONE;
    ic_delivery_check_host(h, room, false);
    ic_delivery_check_ready(h, room);
}

void ic_seat_remove(struct ic_hub *h, struct ic_ref ref, enum ic_sig_gone reason)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(seat->state != IC_SEAT_OVER);
    if (is_alive(seat))
        go(h, ref, seat, reason);
    seat->state = IC_SEAT_OVER;
    seat->tell_at = h->now;
    set_deadline(h, ref, seat);
}

void ic_seat_free(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(!is_alive(seat) && seat->key == 0 && seat->before_key == 0 &&
              ic_ref_is_none(seat->client));
    ic_heap_set(&h->deadlines, ic_hub_seat_deadline_id(h, ref.index), IC_NEVER);
    ic_roster_remove(h, ref);
    ic_pool_put(&h->seats, ref);
}

static void tell_gone(struct ic_hub *h, struct ic_seat *seat)
{
    seat->is_gone_told = true;
    seat->tell_at = IC_NEVER;
    if (is_moving(h, seat))
        return; /* to where all go */
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_gone(&w, seat->peer, seat->gone);
    ic_roster_tell_all(h, ic_roster_room(h, seat), ic_effect_text_close(&h->effects, &w));
}

/* ---- media ---- */

void ic_seat_set_media(struct ic_hub *h, struct ic_ref ref, struct ic_sig_media sends)
{
    struct ic_seat *seat = at(h, ref);
    bool is_other =
        seat->sends.microphone != sends.microphone || seat->sends.camera != sends.camera;
    seat->sends = sends;
    if (is_heard_before(seat) && seat->state == IC_SEAT_TAKEN)
        hear_new(h, seat);
    else if (is_other && seat->state == IC_SEAT_PLACING)
        command_media(h, seat);
    tell(h, ref, seat);
}

void ic_seat_media_connected(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    if (seat->media == IC_MEDIA_CONNECTING)
        seat->media = IC_MEDIA_CONNECTED;
    tell(h, ref, seat);
}

/* The new transport did not come to stand: the client goes on with the old one. */
static void come_to_nothing(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat)
{
    const struct ic_client *client = ic_pool_at(&h->clients, seat->client);
    go_back(h, seat);
    if (client != NULL && client->loss == IC_CLIENT_OPEN)
        ic_effect_send_error(&h->effects, client->conn, IC_SIG_BUSY, false);
    tell(h, ref, seat);
}

void ic_seat_media_lost(struct ic_hub *h, struct ic_ref ref, const char *reason,
                        const struct ic_evt *closed)
{
    struct ic_seat *seat = at(h, ref);
    struct ic_room *room = ic_roster_room(h, seat);
    if (seat->meter.key == seat->key)
        ic_meter_counted(h, ref, seat, closed);
    if (is_heard_before(seat)) {
        come_to_nothing(h, ref, seat);
        ic_effect_log(&h->effects, "media_not_moved", seat->peer, room->key, reason);
        return;
    }
    end_before(h, seat);
    forget_key(h, seat);
    seat->media = IC_MEDIA_LOST;
    seat->expire_at = ic_time_min(seat->expire_at, in_ms(h, IC_RECONNECT_GRACE_MS));
    settle_moved(h, seat);
    tell_media_lost(h, seat);
    tell(h, ref, seat);
    ic_roster_choose_codec(h, room);
    ic_effect_log(&h->effects, "media_lost", seat->peer, room->key, reason);
}

void ic_seat_before_ended(struct ic_hub *h, struct ic_ref ref, const struct ic_evt *closed)
{
    struct ic_seat *seat = at(h, ref);
    bool was_heard = is_heard_before(seat);
    if (seat->meter.key == seat->before_key)
        ic_meter_counted(h, ref, seat, closed);
    forget_before(h, seat);
    if (was_heard && seat->key != 0)
        command_media(h, seat);
    set_deadline(h, ref, seat);
}

bool ic_seat_move_media(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    const struct ic_client *client = ic_pool_at(&h->clients, seat->client);
    bool stands = seat->state == IC_SEAT_TAKEN && seat->media == IC_MEDIA_CONNECTED;
    if (!stands || seat->before_key != 0 || is_moving(h, seat) || client == NULL ||
        client->loss != IC_CLIENT_OPEN || client->is_catching)
        return false;
    ic_meter_end(h, seat, IC_METER_DRAIN); /* the old node has signed before the new one begins */
    seat->is_media_moving = true;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_media_moving(&w);
    ic_client_send(h, seat->client, ic_effect_text_close(&h->effects, &w));
    set_deadline(h, ref, seat);
    return true;
}

void ic_seat_not_moved(struct ic_hub *h, struct ic_ref ref, bool is_in_worker)
{
    struct ic_seat *seat = at(h, ref);
    IC_ASSERT(seat->state == IC_SEAT_PLACING && seat->before_key != 0);
    if (is_in_worker)
        command(h, seat, seat->key, IC_CMD_PEER_REMOVE, nothing);
    come_to_nothing(h, ref, seat);
    /* Until it is told again, a join of its own is one whose old transport does not stand. */
    seat->is_media_moving = false;
}

static struct ic_seat_slot *slot_of(struct ic_seat_slot *slots, size_t count,
                                    const struct ic_evt *evt)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(slots[i].mid, evt->mid, sizeof slots[i].mid) == 0)
            return &slots[i];
    return NULL;
}

static bool fill(struct ic_seat_slot *slot, const struct ic_evt *evt)
{
    if (slot == NULL || (slot->source_key == evt->source_peer && slot->source == evt->source))
        return false;
    slot->source_key = evt->source_peer;
    slot->source = evt->source;
    slot->is_dirty = true;
    return true;
}

void ic_seat_slot(struct ic_hub *h, struct ic_ref ref, const struct ic_evt *evt)
{
    struct ic_seat *seat = at(h, ref);
    if (evt->peer != seat->key) { /* told if it comes to be the only one again */
        (void)fill(slot_of(seat->before_slots, seat->before_slot_count, evt), evt);
        return;
    }
    if (!fill(slot_of(seat->slots, seat->slot_count, evt), evt))
        return;
    seat->flush_at = h->now;
    set_deadline(h, ref, seat);
}

/* ---- receipts ---- */

void ic_seat_counted(struct ic_hub *h, struct ic_ref ref, const struct ic_evt *counts)
{
    struct ic_seat *seat = at(h, ref);
    ic_meter_counted(h, ref, seat, counts);
    set_deadline(h, ref, seat);
}

void ic_seat_receipt_came(struct ic_hub *h, struct ic_ref ref, const struct ic_receipt_came *came)
{
    struct ic_seat *seat = at(h, ref);
    ic_meter_came(h, seat, came);
    set_deadline(h, ref, seat);
}

void ic_seat_end_receipts(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    ic_meter_end(h, seat, h->is_draining ? IC_METER_DRAIN : IC_METER_LEAVE);
    set_deadline(h, ref, seat);
}

/* ---- time ---- */

bool ic_seat_tick(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_seat *seat = at(h, ref);
    if (ic_time_reached(seat->expire_at, h->now))
        return true;
    ic_meter_tick(h, seat);
    if (ic_time_reached(seat->before_until, h->now))
        end_before(h, seat);
    if (ic_time_reached(seat->flush_at, h->now)) {
        seat->flush_at = IC_NEVER;
        if (seat->is_listed)
            ic_roster_send_changed_slots(h, seat);
    }
    if (ic_time_reached(seat->tell_at, h->now)) {
        if (is_alive(seat))
            tell(h, ref, seat);
        else if (!seat->is_gone_told)
            tell_gone(h, seat);
    }
    if (seat->state == IC_SEAT_OVER) {
        ic_seat_free(h, ref);
        return false;
    }
    set_deadline(h, ref, seat);
    return false;
}
