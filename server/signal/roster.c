#include "signal/roster.h"

#include <string.h>

#include "base/assert.h"
#include "signal/client.h"

/* ---- keys ---- */

/* One of four rounds of a Feistel network: a permutation of 64 bits, so no key comes twice. */
static uint32_t round_of(const struct ic_hub *h, uint32_t half, uint32_t number)
{
    uint32_t in[2] = {half, number};
    return (uint32_t)ic_siphash(h->key_seed, in, sizeof in);
}

uint64_t ic_roster_key(struct ic_hub *h)
{
    uint64_t key = 0;
    while (key == 0) {
        uint64_t count = h->keys_made++;
        uint32_t left = (uint32_t)(count >> 32), right = (uint32_t)count;
        for (uint32_t i = 0; i < 4; i++) {
            uint32_t mixed = left ^ round_of(h, right, i);
            left = right;
            right = mixed;
        }
        key = (uint64_t)left << 32 | right;
    }
    return key;
}

/* ---- rooms ---- */

struct ic_ref ic_roster_find(const struct ic_hub *h,
                             const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    uint32_t index = 0;
    struct ic_ref ref = {0};
    if (ic_map_find(&h->meetings, meeting, &index))
        (void)ic_pool_at_index(&h->rooms, index, &ref);
    return ref;
}

static uint32_t least_worker(const struct ic_hub *h)
{
    uint32_t least = 0;
    for (uint32_t i = 1; i < h->config.worker_count; i++) {
        if (h->worker_members[i] < h->worker_members[least])
            least = i;
    }
    return least;
}

enum ic_err ic_roster_make(struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN],
                           struct ic_mls_span policy, struct ic_ref *ref)
{
    struct ic_room *room = ic_pool_get(&h->rooms, ref);
    if (room == NULL)
        return IC_ERR_FULL;
    room->policy_len = policy.len;
    if (policy.len > sizeof room->policy_bytes || policy.len == 0) {
        ic_pool_put(&h->rooms, *ref);
        return IC_ERR_INPUT;
    }
    memcpy(room->policy_bytes, policy.at, policy.len);
    if (ic_policy_parse(room->policy_bytes, room->policy_len, &room->policy) != IC_OK) {
        ic_pool_put(&h->rooms, *ref);
        return IC_ERR_INPUT;
    }
    room->key = ic_roster_key(h);
    room->lobby_at = IC_NEVER;
    memcpy(room->meeting, meeting, IC_MEETING_ID_LEN);
    room->worker = least_worker(h);
    room->first = room->last = room->knock_first = room->knock_last = IC_INDEX_NONE;
    enum ic_err e = ic_map_set(&h->meetings, meeting, ref->index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    ic_heap_set(&h->deadlines, ic_hub_room_deadline_id(h, ref->index),
                ic_time_add(h->now, IC_MS(IC_SIGNAL_RECHECK_MS)));
    ic_effect_log(&h->effects, "room_opened", 0, room->key, NULL);
    return IC_OK;
}

struct ic_room *ic_roster_at(const struct ic_hub *h, struct ic_ref ref)
{
    struct ic_room *room = ic_pool_at(&h->rooms, ref);
    IC_ASSERT(room != NULL);
    return room;
}

struct ic_room *ic_roster_room(const struct ic_hub *h, const struct ic_seat *seat)
{
    return ic_roster_at(h, seat->room);
}

void ic_roster_leave(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_room *room = ic_pool_at(&h->rooms, ref);
    if (room == NULL || room->seats > 0 || room->knocks > 0 || room->pins > 0)
        return;
    IC_ASSERT(room->members == 0 && room->first == IC_INDEX_NONE && room->last == IC_INDEX_NONE &&
              ic_ref_is_none(room->group) && ic_ref_is_none(room->writing));
    ic_effect_log(&h->effects, "room_closed", 0, room->key, NULL);
    bool was_there = ic_map_remove(&h->meetings, room->meeting);
    IC_ASSERT(was_there);
    ic_heap_set(&h->deadlines, ic_hub_room_deadline_id(h, ref.index), IC_NEVER);
    ic_pool_put(&h->rooms, ref);
}

/* ---- seats of a room ---- */

struct ic_seat *ic_roster_seat(const struct ic_hub *h, uint32_t index, struct ic_ref *ref)
{
    return index == IC_INDEX_NONE ? NULL : ic_pool_at_index(&h->seats, index, ref);
}

static struct ic_seat *seat_at(const struct ic_hub *h, uint32_t index)
{
    struct ic_ref ref;
    return ic_roster_seat(h, index, &ref);
}

struct ic_seat *ic_roster_leaf(const struct ic_hub *h, const struct ic_room *room, uint32_t leaf,
                               struct ic_ref *ref)
{
    struct ic_seat *seat = ic_roster_seat(h, room->first, ref);
    while (seat != NULL && (seat->leaf != leaf || seat->state == IC_SEAT_OVER))
        seat = ic_roster_seat(h, seat->next, ref);
    return seat;
}

uint32_t ic_roster_free_seats(const struct ic_hub *h)
{
    return h->seats.count - h->seats.used - h->coming;
}

bool ic_roster_has_room(const struct ic_hub *h, const struct ic_room *room, uint32_t going,
                        uint32_t coming)
{
    return room->members - going + coming <= h->config.room_members_max &&
           h->members - going + h->coming + coming <= h->config.peers_max &&
           ic_roster_free_seats(h) >= coming;
}

void ic_roster_add(struct ic_hub *h, struct ic_ref seat_ref, struct ic_ref room_ref)
{
    struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    struct ic_room *room = ic_pool_at(&h->rooms, room_ref);
    IC_ASSERT(seat != NULL && room != NULL);
    struct ic_seat *last = seat_at(h, room->last);
    seat->room = room_ref;
    seat->next = IC_INDEX_NONE;
    seat->previous = room->last;
    if (last == NULL)
        room->first = seat_ref.index;
    else
        last->next = seat_ref.index;
    room->last = seat_ref.index;
    room->seats++;
    room->members++;
    h->members++;
    h->worker_members[room->worker]++;
}

void ic_roster_discount(struct ic_hub *h, struct ic_seat *seat)
{
    struct ic_room *room = ic_roster_room(h, seat);
    IC_ASSERT(room->members > 0 && h->members > 0 && h->worker_members[room->worker] > 0);
    room->members--;
    h->members--;
    h->worker_members[room->worker]--;
}

static void unlink_seat(struct ic_hub *h, struct ic_room *room, const struct ic_seat *seat)
{
    struct ic_seat *previous = seat_at(h, seat->previous), *next = seat_at(h, seat->next);
    if (previous == NULL)
        room->first = seat->next;
    else
        previous->next = seat->next;
    if (next == NULL)
        room->last = seat->previous;
    else
        next->previous = seat->previous;
    room->seats--;
}

void ic_roster_remove(struct ic_hub *h, struct ic_ref seat_ref)
{
    struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    IC_ASSERT(seat != NULL && (seat->state == IC_SEAT_GONE || seat->state == IC_SEAT_OVER));
    unlink_seat(h, ic_roster_room(h, seat), seat);
    seat->room = (struct ic_ref){0};
}

/* ---- what people are told ---- */

enum ic_sig_state ic_roster_state(const struct ic_seat *seat)
{
    bool is_there = !ic_ref_is_none(seat->client);
    if (seat->state == IC_SEAT_GONE || seat->state == IC_SEAT_OVER)
        return IC_SIG_AWAY;
    if (!is_there)
        return seat->key == 0 && seat->before_key == 0 ? IC_SIG_AWAY : IC_SIG_RECONNECTING;
    if (seat->media == IC_MEDIA_LOST)
        return IC_SIG_RECONNECTING;
    if (seat->before_key != 0)
        return IC_SIG_CONNECTED;
    return seat->media == IC_MEDIA_CONNECTED ? IC_SIG_CONNECTED : IC_SIG_CONNECTING;
}

static struct ic_sig_person person_of(const struct ic_seat *seat)
{
    return (struct ic_sig_person){.peer = seat->peer,
                                  .leaf = seat->leaf,
                                  .state = ic_roster_state(seat),
                                  .microphone = seat->sends.microphone,
                                  .camera = seat->sends.camera};
}

void ic_roster_tell_all(struct ic_hub *h, const struct ic_room *room, struct ic_text text)
{
    for (const struct ic_seat *seat = seat_at(h, room->first); seat != NULL;
         seat = seat_at(h, seat->next)) {
        if (seat->is_listed)
            ic_client_send(h, seat->client, text);
    }
}

struct ic_text ic_roster_person_text(struct ic_hub *h, const struct ic_seat *seat)
{
    struct ic_sig_person person = person_of(seat);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_peer(&w, &person);
    return ic_effect_text_close(&h->effects, &w);
}

/* The next one with a leaf from this seat on; NULL at the end. */
static const struct ic_seat *with_leaf(const struct ic_hub *h, const struct ic_seat *seat)
{
    while (seat != NULL && seat->state == IC_SEAT_OVER)
        seat = seat_at(h, seat->next);
    return seat;
}

static void send_people(struct ic_hub *h, const struct ic_seat *to)
{
    const struct ic_seat *seat = with_leaf(h, seat_at(h, ic_roster_room(h, to)->first));
    do {
        struct ic_wr w = ic_effect_text_open(&h->effects);
        ic_message_write_peers_open(&w);
        for (unsigned i = 0; i < IC_SIGNAL_PEERS_MAX && seat != NULL; i++) {
            struct ic_sig_person person = person_of(seat);
            ic_message_write_peers_item(&w, &person, i == 0);
            seat = with_leaf(h, seat_at(h, seat->next));
        }
        ic_message_write_peers_close(&w, seat == NULL);
        ic_client_send(h, to->client, ic_effect_text_close(&h->effects, &w));
    } while (seat != NULL);
}

/* Who fills a slot, if the client can know that person; 0: nobody, or itself by its other
 * transport. */
static uint64_t slot_peer(const struct ic_hub *h, const struct ic_seat *to,
                          const struct ic_seat_slot *slot)
{
    uint32_t index = 0;
    if (slot->source_key == 0 || !ic_map_find(&h->keys, &slot->source_key, &index))
        return 0;
    const struct ic_seat *source = seat_at(h, index);
    bool is_known = source != NULL && source != to && ic_ref_eq(source->room, to->room);
    return is_known ? source->peer : 0;
}

/* all: every slot that carries something; otherwise: every slot that changed. */
static void send_slots(struct ic_hub *h, struct ic_seat *to, bool all)
{
    size_t written = 0;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_slots_open(&w);
    for (size_t i = 0; i < to->slot_count; i++) {
        struct ic_seat_slot *slot = &to->slots[i];
        struct ic_sig_assignment a = {
            .mid = slot->mid, .peer = slot_peer(h, to, slot), .source = slot->source};
        bool is_news = all ? a.peer != 0 : slot->is_dirty;
        slot->is_dirty = false;
        if (is_news)
            ic_message_write_slots_item(&w, &a, written++ == 0);
    }
    ic_message_write_slots_close(&w);
    if (all || written > 0)
        ic_client_send(h, to->client, ic_effect_text_close(&h->effects, &w));
}

/* ---- the codec ---- */

/* The best that all with media decode; NONE when nobody has media. VP8 is what every browser has
 * (RFC 7742 5), so it stands in when they have nothing in common. */
static enum ic_codec best_codec(const struct ic_hub *h, const struct ic_room *room)
{
    uint32_t all = UINT32_MAX;
    for (const struct ic_seat *seat = seat_at(h, room->first); seat != NULL;
         seat = seat_at(h, seat->next)) {
        if ((seat->state == IC_SEAT_TAKEN && seat->key != 0) || seat->before_key != 0)
            all &= seat->codecs;
    }
    if (all == UINT32_MAX)
        return IC_CODEC_NONE;
    for (enum ic_codec codec = IC_CODEC_AV1; codec > IC_CODEC_VP8; codec--) {
        if ((all >> codec & 1) == 1)
            return codec;
    }
    return IC_CODEC_VP8;
}

static struct ic_text codec_text(struct ic_hub *h, enum ic_codec codec)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_codec(&w, codec);
    return ic_effect_text_close(&h->effects, &w);
}

void ic_roster_choose_codec(struct ic_hub *h, struct ic_room *room)
{
    enum ic_codec codec = best_codec(h, room);
    if (codec == room->codec)
        return;
    room->codec = codec;
    if (codec != IC_CODEC_NONE)
        ic_roster_tell_all(h, room, codec_text(h, codec));
}

/* ---- the whole ---- */

static void send_gone(struct ic_hub *h, const struct ic_seat *to)
{
    const struct ic_room *room = ic_roster_room(h, to);
    for (const struct ic_seat *seat = seat_at(h, room->first); seat != NULL;
         seat = seat_at(h, seat->next)) {
        if (seat->state != IC_SEAT_GONE || !seat->is_gone_told)
            continue;
        struct ic_wr w = ic_effect_text_open(&h->effects);
        ic_message_write_gone(&w, seat->peer, seat->gone);
        ic_client_send(h, to->client, ic_effect_text_close(&h->effects, &w));
    }
}

void ic_roster_send_lists(struct ic_hub *h, struct ic_seat *seat)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    send_people(h, seat);
    send_slots(h, seat, true);
    if (room->codec != IC_CODEC_NONE)
        ic_client_send(h, seat->client, codec_text(h, room->codec));
    send_gone(h, seat);
    seat->is_listed = true;
}

void ic_roster_send_changed_slots(struct ic_hub *h, struct ic_seat *seat)
{
    send_slots(h, seat, false);
}
