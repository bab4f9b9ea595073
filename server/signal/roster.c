#include "signal/roster.h"

#include <string.h>

#include "base/assert.h"

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

struct ic_ref ic_roster_make(struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_ref ref = {0};
    struct ic_room *room = ic_pool_get(&h->rooms, &ref);
    if (room == NULL)
        return (struct ic_ref){0};
    room->key = ic_roster_key(h);
    memcpy(room->meeting, meeting, IC_MEETING_ID_LEN);
    room->worker = least_worker(h);
    room->first = room->last = IC_SEAT_NONE;
    enum ic_err e = ic_map_set(&h->meetings, meeting, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    ic_effect_log(&h->effects, "room_opened", 0, room->key, NULL);
    return ref;
}

struct ic_room *ic_roster_room(const struct ic_hub *h, const struct ic_seat *seat)
{
    struct ic_room *room = ic_pool_at(&h->rooms, seat->room);
    IC_ASSERT(room != NULL);
    return room;
}

/* ---- seats of a room ---- */

static struct ic_seat *seat_at(const struct ic_hub *h, uint32_t index)
{
    struct ic_ref ref;
    return index == IC_SEAT_NONE ? NULL : ic_pool_at_index(&h->seats, index, &ref);
}

void ic_roster_add(struct ic_hub *h, struct ic_ref seat_ref, struct ic_ref room_ref)
{
    struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    struct ic_room *room = ic_pool_at(&h->rooms, room_ref);
    IC_ASSERT(seat != NULL && room != NULL);
    struct ic_seat *last = seat_at(h, room->last);
    seat->room = room_ref;
    seat->next = IC_SEAT_NONE;
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
    IC_ASSERT(seat != NULL);
    struct ic_room *room = ic_roster_room(h, seat);
    struct ic_ref room_ref = seat->room;
    if (seat->state != IC_SEAT_REPLACED)
        ic_roster_discount(h, seat);
    unlink_seat(h, room, seat);
    seat->room = (struct ic_ref){0};
    if (room->seats > 0)
        return;
    IC_ASSERT(room->members == 0 && room->first == IC_SEAT_NONE && room->last == IC_SEAT_NONE);
    ic_effect_log(&h->effects, "room_closed", 0, room->key, NULL);
    bool was_there = ic_map_remove(&h->meetings, room->meeting);
    IC_ASSERT(was_there);
    ic_pool_put(&h->rooms, room_ref);
}

/* ---- what people are told ---- */

enum ic_sig_state ic_roster_state(const struct ic_seat *seat)
{
    if (seat->state == IC_SEAT_REPLACED)
        return seat->told_state; /* as it was: the others see it end, nothing else */
    if (ic_ref_is_none(seat->client) || seat->media == IC_MEDIA_LOST)
        return IC_SIG_RECONNECTING;
    return seat->media == IC_MEDIA_CONNECTED ? IC_SIG_CONNECTED : IC_SIG_CONNECTING;
}

static bool is_in_roster(const struct ic_seat *seat)
{
    return seat->state != IC_SEAT_PLACING;
}

static struct ic_sig_person person_of(const struct ic_seat *seat)
{
    return (struct ic_sig_person){.peer = seat->peer,
                                  .name = seat->name,
                                  .state = ic_roster_state(seat),
                                  .microphone = seat->sends.microphone,
                                  .camera = seat->sends.camera};
}

static void send_to(struct ic_hub *h, const struct ic_seat *seat, struct ic_text text)
{
    const struct ic_client *client = ic_pool_at(&h->clients, seat->client);
    if (client != NULL)
        ic_effect_send(&h->effects, client->conn, text);
}

void ic_roster_tell_all(struct ic_hub *h, const struct ic_room *room, struct ic_text text,
                        uint64_t except)
{
    const struct ic_seat *seat = seat_at(h, room->first);
    for (; seat != NULL; seat = seat_at(h, seat->next)) {
        if (is_in_roster(seat) && seat->peer != except)
            send_to(h, seat, text);
    }
}

struct ic_text ic_roster_person_text(struct ic_hub *h, const struct ic_seat *seat)
{
    struct ic_sig_person person = person_of(seat);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_peer(&w, &person);
    return ic_effect_text_close(&h->effects, &w);
}

/* The next one in the roster from this seat on; NULL at the end. */
static const struct ic_seat *in_roster_from(const struct ic_hub *h, const struct ic_seat *seat)
{
    while (seat != NULL && !is_in_roster(seat))
        seat = seat_at(h, seat->next);
    return seat;
}

static void send_people(struct ic_hub *h, const struct ic_seat *to)
{
    const struct ic_seat *seat = in_roster_from(h, seat_at(h, ic_roster_room(h, to)->first));
    do {
        struct ic_wr w = ic_effect_text_open(&h->effects);
        ic_message_write_peers_open(&w);
        for (unsigned i = 0; i < IC_SIGNAL_PEERS_MAX && seat != NULL; i++) {
            struct ic_sig_person person = person_of(seat);
            ic_message_write_peers_item(&w, &person, i == 0);
            seat = in_roster_from(h, seat_at(h, seat->next));
        }
        ic_message_write_peers_close(&w, seat == NULL);
        send_to(h, to, ic_effect_text_close(&h->effects, &w));
    } while (seat != NULL);
}

/* Who fills a slot, if the client can know that person; 0: nobody. */
static uint64_t slot_peer(const struct ic_hub *h, const struct ic_seat *to,
                          const struct ic_seat_slot *slot)
{
    uint32_t index = 0;
    if (slot->source_peer == 0 || !ic_map_find(&h->peers, &slot->source_peer, &index))
        return 0;
    const struct ic_seat *source = seat_at(h, index);
    bool is_known = source != NULL && ic_ref_eq(source->room, to->room) && is_in_roster(source);
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
        send_to(h, to, ic_effect_text_close(&h->effects, &w));
}

void ic_roster_send_lists(struct ic_hub *h, struct ic_seat *seat)
{
    send_people(h, seat);
    send_slots(h, seat, true);
}

void ic_roster_send_changed_slots(struct ic_hub *h, struct ic_seat *seat)
{
    send_slots(h, seat, false);
}
