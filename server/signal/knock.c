#include "signal/knock.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "signal/authority.h"
#include "signal/client.h"
#include "signal/delivery.h"
#include "signal/roster.h"
#include "signal/seat.h"

struct ic_knock *ic_knock_at(const struct ic_hub *h, struct ic_ref ref)
{
    struct ic_knock *knock = ic_pool_at(&h->knocks, ref);
    IC_ASSERT(knock != NULL);
    return knock;
}

static struct ic_knock *by_index(const struct ic_hub *h, uint32_t index, struct ic_ref *ref)
{
    return index == IC_INDEX_NONE ? NULL : ic_pool_at_index(&h->knocks, index, ref);
}

static void set_deadline(struct ic_hub *h, struct ic_ref ref, struct ic_time at)
{
    ic_heap_set(&h->deadlines, ic_hub_knock_deadline_id(h, ref.index), at);
}

/* ---- finding ---- */

static bool is_open(const struct ic_knock *knock)
{
    return knock->state == IC_KNOCK_PENDING || knock->state == IC_KNOCK_WRITING;
}

struct ic_ref ic_knock_of_session(const struct ic_hub *h, const struct ic_room *room,
                                  const uint8_t session_hash[static IC_SHA256_LEN])
{
    struct ic_ref ref = {0};
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    for (; k != NULL; k = by_index(h, k->next, &ref)) {
        if (is_open(k) && ic_ct_equal(k->session_hash, session_hash, IC_SHA256_LEN))
            return ref;
    }
    return (struct ic_ref){0};
}

struct ic_ref ic_knock_client(const struct ic_hub *h, const struct ic_room *room)
{
    struct ic_ref ref;
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    while (k != NULL && ic_ref_is_none(k->client))
        k = by_index(h, k->next, &ref);
    return k == NULL ? (struct ic_ref){0} : k->client;
}

void ic_knock_tell_moving(struct ic_hub *h, const struct ic_room *room)
{
    struct ic_ref ref;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_moving(&w, room->moving_to);
    struct ic_text text = ic_effect_text_close(&h->effects, &w);
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    for (; k != NULL; k = by_index(h, k->next, &ref))
        if (ic_pool_at(&h->clients, k->client) != NULL)
            ic_client_send(h, k->client, text);
}

struct ic_ref ic_knock_of_id(const struct ic_hub *h, const struct ic_room *room,
                             const uint8_t id[static IC_KNOCK_ID_LEN])
{
    struct ic_ref ref = {0};
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    for (; k != NULL; k = by_index(h, k->next, &ref)) {
        if (is_open(k) && memcmp(k->id, id, sizeof k->id) == 0)
            return ref;
    }
    return (struct ic_ref){0};
}

struct ic_ref ic_knock_of_package(const struct ic_hub *h, const struct ic_room *room,
                                  const uint8_t reference[static IC_MLSGROUP_REFERENCE_LEN])
{
    struct ic_ref ref = {0};
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    for (; k != NULL; k = by_index(h, k->next, &ref)) {
        bool is_same = memcmp(k->keypackage.reference, reference, IC_MLSGROUP_REFERENCE_LEN) == 0;
        if (is_open(k) && is_same)
            return ref;
    }
    return (struct ic_ref){0};
}

struct ic_mls_span ic_knock_identity(const struct ic_hub *h,
                                     const uint8_t hash[static IC_SHA256_LEN])
{
    for (uint32_t i = 0; i < h->knocks.count; i++) {
        struct ic_ref ref;
        const struct ic_knock *k = ic_pool_at_index(&h->knocks, i, &ref);
        if (k != NULL && is_open(k) && memcmp(k->keypackage.identity, hash, IC_SHA256_LEN) == 0)
            return (struct ic_mls_span){k->identity, k->identity_len};
    }
    return (struct ic_mls_span){NULL, 0};
}

/* ---- making ---- */

static void keep(uint8_t *out, uint16_t *len, struct ic_mls_span bytes)
{
    *len = (uint16_t)bytes.len;
    if (bytes.len > 0)
        memcpy(out, bytes.at, bytes.len);
}

static void fill_random(struct ic_hub *h, uint8_t *out, size_t n)
{
    h->config.entropy.fill(h->config.entropy.context, out, n);
}

/* The sealed identity is the one whose hash is in the leaf (docs/protocol/encryption.md 2). */
static enum ic_err check_identity(const struct ic_knock *knock, struct ic_mls_span identity)
{
    uint8_t hash[IC_SHA256_LEN];
    struct ic_part part = {identity.at, identity.len};
    if (ic_hash_sha256(&part, 1, hash) != IC_OK)
        return IC_ERR_FULL;
    return memcmp(hash, knock->keypackage.identity, sizeof hash) == 0 ? IC_OK : IC_ERR_INPUT;
}

static enum ic_err fill(struct ic_hub *h, struct ic_knock *knock, const struct ic_sig_knock *msg)
{
    enum ic_mlsgroup_fault fault;
    enum ic_err e = ic_mlsgroup_check_keypackage(msg->key_package.at, msg->key_package.len,
                                                 h->date_s, &knock->keypackage, &fault);
    if (e == IC_OK)
        e = check_identity(knock, msg->identity);
    if (e != IC_OK)
        return e == IC_ERR_SYSTEM ? IC_ERR_FULL : e;
    keep(knock->package, &knock->package_len, msg->key_package);
    keep(knock->identity, &knock->identity_len, msg->identity);
    keep(knock->note, &knock->note_len, msg->note);
    keep(knock->authority, &knock->authority_len, msg->authority);
    memcpy(knock->replaced, msg->replaces, sizeof knock->replaced);
    fill_random(h, knock->id, sizeof knock->id);
    fill_random(h, knock->session, sizeof knock->session);
    struct ic_part session = {knock->session, sizeof knock->session};
    return ic_hash_sha256(&session, 1, knock->session_hash) == IC_OK ? IC_OK : IC_ERR_FULL;
}

enum ic_err ic_knock_make(struct ic_hub *h, struct ic_ref client, const struct ic_sig_knock *msg,
                          struct ic_ref *ref)
{
    struct ic_knock *knock = ic_pool_get(&h->knocks, ref);
    if (knock == NULL)
        return IC_ERR_FULL;
    enum ic_err e = fill(h, knock, msg);
    if (e != IC_OK) {
        ic_pool_put(&h->knocks, *ref);
        return e;
    }
    knock->state = IC_KNOCK_FINDING;
    knock->client = client;
    knock->expire_at = ic_time_add(h->now, IC_MS(IC_SIGNAL_KNOCK_MS));
    return IC_OK;
}

/* ---- the queue ---- */

static void link_knock(struct ic_hub *h, struct ic_ref ref, struct ic_knock *knock,
                       struct ic_room *room)
{
    struct ic_ref last_ref;
    struct ic_knock *last = by_index(h, room->knock_last, &last_ref);
    knock->next = IC_INDEX_NONE;
    knock->previous = room->knock_last;
    if (last == NULL)
        room->knock_first = ref.index;
    else
        last->next = ref.index;
    room->knock_last = ref.index;
    room->knocks++;
}

static void unlink_knock(struct ic_hub *h, const struct ic_knock *knock, struct ic_room *room)
{
    struct ic_ref ref;
    struct ic_knock *previous = by_index(h, knock->previous, &ref);
    struct ic_knock *next = by_index(h, knock->next, &ref);
    if (previous == NULL)
        room->knock_first = knock->next;
    else
        previous->next = knock->next;
    if (next == NULL)
        room->knock_last = knock->previous;
    else
        next->previous = knock->previous;
    room->knocks--;
}

static void find_replaced(const struct ic_hub *h, struct ic_knock *knock,
                          const struct ic_room *room)
{
    uint8_t hash[IC_SHA256_LEN];
    struct ic_ref ref = {0};
    if (knock->replaced[0] != '\0' && ic_seat_hash_session(knock->replaced, hash) &&
        ic_seat_of_session(h, room, hash, &ref) != NULL)
        knock->replaces = ref;
    ic_ct_wipe(knock->replaced, sizeof knock->replaced);
}

static bool has_authority(const struct ic_knock *knock, const struct ic_room *room)
{
    struct ic_authority authority;
    return knock->authority_len > 0 &&
           ic_authority_parse(knock->authority, knock->authority_len, &authority) == IC_OK &&
           ic_authority_verify(&room->policy, &authority, knock->keypackage.signature_key);
}

static uint32_t open_knocks(const struct ic_hub *h, const struct ic_room *room)
{
    uint32_t n = 0;
    struct ic_ref ref;
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    for (; k != NULL; k = by_index(h, k->next, &ref))
        n += is_open(k);
    return n;
}

/* A crowd of strangers must not fill the queues of those who are inside. */
static bool may_tell(struct ic_hub *h, struct ic_room *room)
{
    return ic_bucket_take(&room->knock_words, h->now, IC_SIGNAL_WAITING_PER_S,
                          IC_SIGNAL_WAITING_BURST);
}

enum ic_err ic_knock_enter(struct ic_hub *h, struct ic_ref ref, struct ic_ref room_ref)
{
    struct ic_knock *knock = ic_knock_at(h, ref);
    struct ic_room *room = ic_roster_at(h, room_ref);
    if (open_knocks(h, room) >= IC_SIGNAL_KNOCKS_MAX || !may_tell(h, room))
        return IC_ERR_FULL;
    knock->state = IC_KNOCK_PENDING;
    knock->room = room_ref;
    find_replaced(h, knock, room);
    knock->has_authority = has_authority(knock, room);
    link_knock(h, ref, knock, room);
    set_deadline(h, ref, knock->expire_at);
    ic_delivery_knock(h, room, knock, NULL);
    return IC_OK;
}

/* ---- words ---- */

void ic_knock_tell_client(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_knock *knock = ic_knock_at(h, ref);
    const struct ic_room *room = ic_roster_at(h, knock->room);
    struct ic_sig_waiting waiting = {.policy = {room->policy_bytes, room->policy_len},
                                     .is_running = !ic_ref_is_none(room->group),
                                     .has_host = ic_delivery_has_host(h, room),
                                     .log_key = h->log_key_text};
    memcpy(waiting.session, knock->session, sizeof waiting.session);
    memcpy(waiting.knock, knock->id, sizeof waiting.knock);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_waiting(&w, &waiting);
    ic_client_send(h, knock->client, ic_effect_text_close(&h->effects, &w));
    ic_ct_wipe(waiting.session, sizeof waiting.session);
}

void ic_knock_tell_member(struct ic_hub *h, const struct ic_seat *seat)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_ref ref;
    const struct ic_knock *k = by_index(h, room->knock_first, &ref);
    for (; k != NULL; k = by_index(h, k->next, &ref)) {
        if (k->state == IC_KNOCK_PENDING && ic_delivery_hears_of(room, k, seat))
            ic_delivery_knock(h, room, k, seat);
    }
}

enum ic_err ic_knock_set_note(struct ic_hub *h, struct ic_ref ref, struct ic_mls_span note)
{
    struct ic_knock *knock = ic_knock_at(h, ref);
    keep(knock->note, &knock->note_len, note);
    if (knock->state != IC_KNOCK_PENDING)
        return IC_OK;
    struct ic_room *room = ic_roster_at(h, knock->room);
    if (!may_tell(h, room))
        return IC_ERR_FULL;
    ic_delivery_knock(h, room, knock, NULL);
    return IC_OK;
}

/* ---- ends ---- */

static void forget(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_knock *knock = ic_knock_at(h, ref);
    struct ic_ref room_ref = knock->room;
    struct ic_room *room = ic_pool_at(&h->rooms, room_ref);
    set_deadline(h, ref, IC_NEVER);
    if (room != NULL)
        unlink_knock(h, knock, room);
    ic_ct_wipe(knock->session, sizeof knock->session);
    ic_pool_put(&h->knocks, ref);
    ic_roster_leave(h, room_ref);
}

void ic_knock_finish(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_knock *knock = ic_knock_at(h, ref);
    const struct ic_room *room = ic_pool_at(&h->rooms, knock->room);
    knock->client = (struct ic_ref){0};
    if (room == NULL || ic_ref_is_none(room->group)) { /* nobody to tell */
        forget(h, ref);
        return;
    }
    knock->state = IC_KNOCK_OVER;
    set_deadline(h, ref, h->now);
}

void ic_knock_cut(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_knock *knock = ic_knock_at(h, ref);
    knock->client = (struct ic_ref){0};
    if (knock->state != IC_KNOCK_WRITING)
        ic_knock_finish(h, ref);
}

void ic_knock_return(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_knock *knock = ic_knock_at(h, ref);
    IC_ASSERT(knock->state == IC_KNOCK_WRITING);
    knock->state = IC_KNOCK_PENDING;
    set_deadline(h, ref, knock->expire_at);
    if (ic_ref_is_none(knock->client))
        ic_knock_finish(h, ref);
}

static void tell_gone(struct ic_hub *h, const struct ic_knock *knock)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_knock_gone(&w, knock->id);
    ic_delivery_tell(h, ic_roster_at(h, knock->room), ic_effect_text_close(&h->effects, &w),
                     (struct ic_ref){0});
}

bool ic_knock_tick(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_knock *knock = ic_knock_at(h, ref);
    if (knock->state == IC_KNOCK_WRITING)
        return false; /* the store's answer decides */
    if (knock->state != IC_KNOCK_OVER)
        return true;
    tell_gone(h, knock);
    forget(h, ref);
    return false;
}
