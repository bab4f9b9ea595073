#include "signal/group.h"

#include <string.h>

#include "base/assert.h"
#include "signal/authority.h"
#include "signal/client.h"
#include "signal/commit.h"
#include "signal/delivery.h"
#include "signal/head.h"
#include "signal/knock.h"
#include "signal/permit.h"
#include "signal/record.h"
#include "signal/roster.h"
#include "signal/seat.h"

static const struct ic_ref none;

static struct ic_mlsgroup *group_of(const struct ic_hub *h, const struct ic_room *room)
{
    return ic_pool_at(&h->groups, room->group);
}

/* ---- the log ---- */

/* The log with one more entry, and the checkpoint of it. */
static enum ic_err extend_log(const struct ic_hub *h, struct ic_mls_span entry,
                              struct ic_writing *writing)
{
    struct ic_part part = {entry.at, entry.len};
    struct ic_merkle_hash leaf;
    if (ic_merkle_leaf(&part, 1, &leaf) != IC_OK || ic_merkle_append(&writing->log, &leaf) != IC_OK)
        return IC_ERR_SYSTEM;
    return ic_head_sign(h, &writing->next, &writing->log, writing->checkpoint);
}

/* ---- what the store writes down ---- */

static void add_seat(struct ic_record *record, uint32_t leaf, bool has_authority,
                     const uint8_t *session_hash)
{
    IC_ASSERT(record->seat_count < IC_MLS_LEAVES_MAX);
    struct ic_record_seat *seat = &record->seats[record->seat_count++];
    seat->leaf = leaf;
    seat->has_authority = has_authority;
    memcpy(seat->session_hash, session_hash, sizeof seat->session_hash);
}

static bool is_removed(const struct ic_mlsgroup_change *change, uint32_t leaf)
{
    for (uint32_t i = 0; change != NULL && i < change->removed_count; i++) {
        if (change->removed[i] == leaf)
            return true;
    }
    return false;
}

/* Who stays. */
static void add_seats(const struct ic_hub *h, const struct ic_room *room,
                      const struct ic_mlsgroup_change *change, struct ic_record *record)
{
    struct ic_ref ref;
    const struct ic_seat *s = ic_roster_seat(h, room->first, &ref);
    for (; s != NULL; s = ic_roster_seat(h, s->next, &ref)) {
        if (s->state != IC_SEAT_OVER && !is_removed(change, s->leaf))
            add_seat(record, s->leaf, s->has_authority, s->session_hash);
    }
}

static void write_record(struct ic_wr *w, const struct ic_record *record)
{
    size_t mark = ic_store_part_open(w, IC_STORE_RECORD);
    ic_record_write(w, record);
    ic_store_part_close(w, mark);
}

static void write_state(struct ic_wr *w, const struct ic_mlsgroup *group)
{
    size_t mark = ic_store_part_open(w, IC_STORE_STATE);
    ic_mlsgroup_save(group, w);
    ic_store_part_close(w, mark);
}

static void write_blob(struct ic_wr *w, const struct ic_knock *knock)
{
    size_t mark = ic_store_part_open(w, IC_STORE_BLOB);
    ic_wr_bytes(w, knock->keypackage.identity, IC_SHA256_LEN);
    ic_wr_bytes(w, knock->identity, knock->identity_len);
    ic_store_part_close(w, mark);
}

static bool has_identity(const struct ic_mlsgroup *group, const uint8_t *hash)
{
    bool has = false;
    for (uint32_t i = 0; !has && i < group->tree.leaf_count; i++) {
        const uint8_t *identity = ic_mlsgroup_identity(group, i);
        has = identity != NULL && memcmp(identity, hash, IC_SHA256_LEN) == 0;
    }
    return has;
}

/* What nobody in the group has any more. Somebody may have come with the bytes of another member,
 * which open for that one alone: they stay. */
static void write_gone(struct ic_wr *w, const struct ic_mlsgroup *before,
                       const struct ic_writing *writing)
{
    const struct ic_mlsgroup_change *change = &writing->change;
    for (uint32_t i = 0; i < change->removed_count; i++) {
        const uint8_t *hash = ic_mlsgroup_identity(before, change->removed[i]);
        if (!has_identity(&writing->next, hash))
            ic_store_part_write(w, IC_STORE_BLOB_GONE, hash, IC_SHA256_LEN);
    }
}

/* What newcomers fetch, under its hash. */
static enum ic_err write_tree(struct ic_wr *w, struct ic_writing *writing)
{
    size_t mark = ic_store_part_open(w, IC_STORE_TREE);
    uint8_t *hash = ic_wr_reserve(w, IC_SHA256_LEN);
    size_t from = w->len;
    ic_mlsgroup_write_tree(&writing->next, w);
    if (!ic_wr_ok(w))
        return IC_ERR_FULL;
    struct ic_part part = {&w->base[from], w->len - from};
    if (ic_hash_sha256(&part, 1, writing->tree_hash) != IC_OK)
        return IC_ERR_SYSTEM;
    memcpy(hash, writing->tree_hash, IC_SHA256_LEN);
    ic_store_part_close(w, mark);
    return IC_OK;
}

static void ask_store(struct ic_hub *h, struct ic_ref room_ref, enum ic_store_kind kind,
                      uint64_t token, const struct ic_wr *parts)
{
    struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_store_request request = {.kind = kind, .token = token, .n = room->log.size};
    memcpy(request.meeting, room->meeting, sizeof request.meeting);
    room->pins++;
    ic_effect_store(&h->effects, &request, parts);
}

static void write_common(struct ic_wr *w, const struct ic_writing *writing,
                         const struct ic_record *record, struct ic_mls_span entry)
{
    write_state(w, &writing->next);
    write_record(w, record);
    ic_store_part_write(w, IC_STORE_COMMIT, entry.at, entry.len);
    ic_store_part_write(w, IC_STORE_NOTE, (const uint8_t *)writing->checkpoint,
                        strlen(writing->checkpoint));
}

static void init_record(const struct ic_writing *writing, struct ic_record *record)
{
    record->is_locked = writing->is_locked;
    record->generation = writing->generation;
    record->log = writing->log;
    record->seat_count = 0;
}

static uint32_t coming(const struct ic_writing *writing)
{
    return writing->is_begin ? 1 : writing->change.added_count;
}

/* Until the answer no other commit is written, and nobody gets the seats of those who come. */
static void write_down(struct ic_hub *h, struct ic_ref ref, const struct ic_writing *writing,
                       const struct ic_wr *parts)
{
    h->coming += coming(writing);
    ic_roster_at(h, writing->room)->writing = ref;
    ask_store(h, writing->room, writing->is_begin ? IC_STORE_GROUP_BEGIN : IC_STORE_GROUP_COMMIT,
              ic_hub_token(ref), parts);
}

static struct ic_writing *writing_begin(struct ic_hub *h, struct ic_ref room, struct ic_ref client,
                                        struct ic_ref *ref)
{
    struct ic_writing *writing = ic_pool_get(&h->writings, ref);
    if (writing == NULL)
        return NULL;
    writing->room = room;
    writing->client = client;
    writing->log = ic_roster_at(h, room)->log;
    return writing;
}

/* ---- beginning ---- */

static bool may_begin(const struct ic_room *room, const struct ic_knock *knock,
                      struct ic_mls_span proof)
{
    struct ic_authority authority;
    if (!ic_roster_is_hosted(room) || knock->has_authority)
        return true;
    return proof.len > 0 && ic_authority_parse(proof.at, proof.len, &authority) == IC_OK &&
           ic_authority_verify(&room->policy, &authority, knock->keypackage.signature_key);
}

static bool has_policy_of(const struct ic_mlsgroup *group, const struct ic_room *room)
{
    struct ic_mls_span policy = ic_mlsgroup_policy(group);
    return ic_mls_span_eq(policy, (struct ic_mls_span){room->policy_bytes, room->policy_len});
}

/* Its only leaf is that of the knock, and its policy that of the meeting. */
static bool is_group_of(const struct ic_room *room, const struct ic_knock *knock,
                        const struct ic_mlsgroup *group)
{
    const uint8_t *key = ic_mlsgroup_signature_key(group, 0);
    const uint8_t *identity = ic_mlsgroup_identity(group, 0);
    return group->id_len == IC_MLSGROUP_ID_LEN && key != NULL && identity != NULL &&
           has_policy_of(group, room) &&
           memcmp(key, knock->keypackage.signature_key, IC_MLSTREE_KEY_LEN) == 0 &&
           memcmp(identity, knock->keypackage.identity, IC_SHA256_LEN) == 0;
}

static bool begin(struct ic_hub *h, struct ic_ref ref, struct ic_writing *writing,
                  struct ic_knock *knock, struct ic_mls_span group_info,
                  enum ic_sig_refusal *refusal)
{
    struct ic_room *room = ic_roster_at(h, writing->room);
    struct ic_record record;
    enum ic_mlsgroup_fault fault;
    ic_merkle_init(&writing->log);
    writing->is_begin = true;
    writing->generation = 1;
    *refusal = IC_SIG_REFUSED_INVALID;
    enum ic_err e =
        ic_mlsgroup_create(&writing->next, room->meeting, group_info.at, group_info.len, &fault);
    if (e != IC_OK || !is_group_of(room, knock, &writing->next))
        return false;
    *refusal = IC_SIG_REFUSED_BUSY;
    if (extend_log(h, group_info, writing) != IC_OK)
        return false;
    init_record(writing, &record);
    add_seat(&record, 0, writing->begin_has_authority, knock->session_hash);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    write_common(&w, writing, &record, group_info);
    write_blob(&w, knock);
    write_down(h, ref, writing, &w);
    return true;
}

void ic_group_create(struct ic_hub *h, struct ic_ref client_ref, const struct ic_sig_create *msg)
{
    const struct ic_client *client = ic_client_at(h, client_ref);
    struct ic_knock *knock = ic_knock_at(h, client->knock);
    struct ic_room *room = ic_pool_at(&h->rooms, knock->room);
    if (knock->state != IC_KNOCK_PENDING) { /* a second knock is on its way, or it begins already */
        ic_client_refused(h, client_ref, IC_SIG_CREATE, IC_SIG_REFUSED_BUSY);
        return;
    }
    enum ic_sig_refusal refusal = IC_SIG_REFUSED_BUSY;
    struct ic_ref ref = {0};
    struct ic_writing *writing = NULL;
    bool is_first = ic_ref_is_none(room->group) && ic_ref_is_none(room->writing);
    if (!is_first)
        refusal = IC_SIG_REFUSED_EPOCH;
    else if (!may_begin(room, knock, msg->authority))
        refusal = IC_SIG_REFUSED_NOT_ALLOWED;
    else if (!h->is_draining && ic_roster_has_room(h, room, 0, 1))
        writing = writing_begin(h, knock->room, client_ref, &ref);
    if (writing != NULL) {
        writing->begin_has_authority = ic_roster_is_hosted(room);
        writing->knocks[0] = client->knock;
        if (begin(h, ref, writing, knock, msg->group_info, &refusal)) {
            knock->state = IC_KNOCK_WRITING;
            return;
        }
        ic_pool_put(&h->writings, ref);
    }
    ic_client_refused(h, client_ref, IC_SIG_CREATE, refusal);
}

/* ---- going on ---- */

static enum ic_sig_refusal refusal_of(enum ic_mlsgroup_fault fault)
{
    if (fault == IC_MLSGROUP_EPOCH)
        return IC_SIG_REFUSED_EPOCH;
    bool is_ours = fault == IC_MLSGROUP_FULL || fault == IC_MLSGROUP_SYSTEM;
    return is_ours ? IC_SIG_REFUSED_BUSY : IC_SIG_REFUSED_INVALID;
}

static bool write_change(struct ic_hub *h, const struct ic_room *room, struct ic_writing *writing,
                         const struct ic_sig_commit *msg, struct ic_wr *w)
{
    const struct ic_mlsgroup_change *change = &writing->change;
    struct ic_record record;
    init_record(writing, &record);
    add_seats(h, room, change, &record);
    for (uint32_t i = 0; i < change->added_count; i++) {
        const struct ic_knock *knock = ic_knock_at(h, writing->knocks[i]);
        add_seat(&record, change->added[i].leaf, knock->has_authority, knock->session_hash);
    }
    write_common(w, writing, &record, msg->message);
    write_gone(w, group_of(h, room), writing);
    for (uint32_t i = 0; i < change->added_count; i++)
        write_blob(w, ic_knock_at(h, writing->knocks[i]));
    if (change->added_count == 0)
        return ic_wr_ok(w);
    ic_store_part_write(w, IC_STORE_KEPT, msg->welcome.at, msg->welcome.len);
    return write_tree(w, writing) == IC_OK;
}

static bool commit(struct ic_hub *h, struct ic_ref ref, struct ic_writing *writing,
                   struct ic_seat *seat, const struct ic_sig_commit *msg,
                   enum ic_sig_refusal *refusal)
{
    struct ic_room *room = ic_roster_at(h, writing->room);
    enum ic_mlsgroup_fault fault = IC_MLSGROUP_FINE;
    if (ic_mlsgroup_check(group_of(h, room), msg->message.at, msg->message.len, h->date_s,
                          &writing->next, &writing->change, &fault) != IC_OK) {
        *refusal = refusal_of(fault);
        return false;
    }
    if (!ic_commit_judge(h, room, seat, msg->welcome, writing, refusal))
        return false;
    writing->change.authenticated_data = (struct ic_mls_span){NULL, 0};
    *refusal = IC_SIG_REFUSED_BUSY;
    struct ic_wr w = ic_effect_text_open(&h->effects);
    if (extend_log(h, msg->message, writing) != IC_OK || !write_change(h, room, writing, msg, &w))
        return false;
    for (uint32_t i = 0; i < writing->change.added_count; i++)
        ic_knock_at(h, writing->knocks[i])->state = IC_KNOCK_WRITING;
    write_down(h, ref, writing, &w);
    return true;
}

void ic_group_commit(struct ic_hub *h, struct ic_ref client_ref, const struct ic_sig_commit *msg)
{
    struct ic_client *client = ic_client_at(h, client_ref);
    struct ic_seat *seat = ic_pool_at(&h->seats, client->seat);
    struct ic_room *room = ic_roster_room(h, seat);
    enum ic_sig_refusal refusal = IC_SIG_REFUSED_BUSY;
    struct ic_ref ref = {0};
    struct ic_writing *writing = NULL;
    if (!ic_ref_is_none(room->writing) || !ic_time_reached(room->settled_at, h->now))
        refusal = IC_SIG_REFUSED_EPOCH;
    else if (ic_permit_may_commit(h, room) &&
             ic_bucket_take(&client->commits, h->now, IC_SIGNAL_COMMITS_PER_S,
                            IC_SIGNAL_COMMITS_BURST))
        writing = writing_begin(h, seat->room, client_ref, &ref);
    if (writing != NULL) {
        bool had_authority = seat->has_authority;
        bool is_asked = commit(h, ref, writing, seat, msg, &refusal);
        if (!had_authority && seat->has_authority)
            ic_delivery_check_host(h, room, false);
        if (is_asked)
            return;
        ic_pool_put(&h->writings, ref);
    }
    ic_client_refused(h, client_ref, IC_SIG_COMMIT, refusal);
}

/* ---- written: take it over and deliver ---- */

static struct ic_text commit_text(struct ic_hub *h, const struct ic_writing *writing,
                                  struct ic_mls_span bytes)
{
    struct ic_sig_head head = {.size = writing->log.size, .checkpoint = writing->checkpoint};
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_commit(&w, bytes, &head);
    return ic_effect_text_close(&h->effects, &w);
}

static struct ic_text welcome_text(struct ic_hub *h, const struct ic_room *room,
                                   const struct ic_writing *writing, struct ic_mls_span bytes,
                                   struct ic_mls_span welcome)
{
    struct ic_sig_welcomed welcomed = {
        .welcome = welcome,
        .commit = bytes,
        .tree = writing->tree_hash,
        .frontier = room->log.frontier,
        .frontier_count = ic_merkle_count(&room->log),
        .head = {.size = room->log.size, .checkpoint = writing->checkpoint}};
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_welcome(&w, &welcomed);
    return ic_effect_text_close(&h->effects, &w);
}

/* The removed hear the commit, then that they are removed, and are forwarded nothing more. */
static void remove_leaf(struct ic_hub *h, const struct ic_room *room,
                        const struct ic_writing *writing, uint32_t leaf, struct ic_text text)
{
    struct ic_ref ref = {0};
    const struct ic_seat *seat = ic_roster_leaf(h, room, leaf, &ref);
    if (seat == NULL)
        return;
    bool is_replaced = ic_commit_replaces(h, writing, ref);
    struct ic_ref client_ref = seat->client;
    ic_seat_remove(h, ref, is_replaced ? IC_SIG_REPLACED : IC_SIG_GONE_REMOVED);
    const struct ic_client *client = ic_pool_at(&h->clients, client_ref);
    if (client == NULL)
        return;
    if (ic_client_is_member(h, client_ref))
        ic_effect_send_last(&h->effects, client->conn, text);
    ic_client_expel(h, client_ref, is_replaced ? IC_SIG_TAKEN_OVER : IC_SIG_REMOVED);
}

/* The knock becomes a seat; its client, if it is still there, a member. */
static void admit(struct ic_hub *h, struct ic_ref room, struct ic_ref knock_ref, uint32_t leaf,
                  bool has_authority, struct ic_text text)
{
    const struct ic_knock *knock = ic_knock_at(h, knock_ref);
    struct ic_ref client_ref = knock->client;
    struct ic_ref seat =
        ic_seat_admit(h, room, leaf, knock->session_hash, has_authority, client_ref);
    ic_knock_finish(h, knock_ref);
    struct ic_client *client = ic_pool_at(&h->clients, client_ref);
    if (client == NULL)
        return;
    client->knock = none;
    client->seat = seat;
    client->tell_waiting = false;
    client->tell_knocks = true;
    ic_client_move(h, client_ref, IC_CLIENT_ADMITTED, IC_NEVER);
    ic_client_send(h, client_ref, text);
}

static void take_over(struct ic_room *room, const struct ic_writing *writing)
{
    room->log = writing->log;
    room->is_locked = writing->is_locked;
    room->generation = writing->generation;
}

static void apply_commit(struct ic_hub *h, struct ic_room *room, const struct ic_writing *writing,
                         const struct ic_store_reply *reply)
{
    const struct ic_mlsgroup_change *change = &writing->change;
    struct ic_store_part part = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_COMMIT);
    struct ic_mls_span bytes = {part.bytes, part.len};
    struct ic_text text = commit_text(h, writing, bytes), welcome = {NULL, 0};
    if (change->added_count > 0) {
        part = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_KEPT);
        welcome = welcome_text(h, room, writing, bytes, (struct ic_mls_span){part.bytes, part.len});
    }
    *group_of(h, room) = writing->next;
    take_over(room, writing);
    for (uint32_t i = 0; i < change->removed_count; i++)
        remove_leaf(h, room, writing, change->removed[i], text);
    ic_delivery_tell(h, room, text, none);
    for (uint32_t i = 0; i < change->added_count; i++) {
        bool has_authority = ic_knock_at(h, writing->knocks[i])->has_authority;
        admit(h, writing->room, writing->knocks[i], change->added[i].leaf, has_authority, welcome);
    }
    ic_effect_log(&h->effects, "commit_written", 0, room->key, NULL);
}

static void apply_begin(struct ic_hub *h, struct ic_room *room, const struct ic_writing *writing)
{
    struct ic_ref group_ref = none;
    struct ic_mlsgroup *group = ic_pool_get(&h->groups, &group_ref);
    IC_ASSERT(group != NULL); /* as many as rooms */
    *group = writing->next;
    take_over(room, writing);
    struct ic_sig_head head = {.size = writing->log.size, .checkpoint = writing->checkpoint};
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_created(&w, &head);
    admit(h, writing->room, writing->knocks[0], 0, writing->begin_has_authority,
          ic_effect_text_close(&h->effects, &w));
    room->group = group_ref; /* from now on there is somebody to tell */
    ic_effect_log(&h->effects, "group_begun", 0, room->key, NULL);
}

void ic_group_note(struct ic_hub *h, struct ic_ref room_ref)
{
    struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_record record = {
        .is_locked = room->is_locked, .generation = room->generation, .log = room->log};
    room->is_record_stale = !ic_ref_is_none(room->writing);
    if (room->is_record_stale)
        return;
    add_seats(h, room, NULL, &record);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    write_record(&w, &record);
    ask_store(h, room_ref, IC_STORE_GROUP_RECORD, ic_hub_token(room_ref), &w);
}

static void refuse_writing(struct ic_hub *h, const struct ic_writing *writing)
{
    for (uint32_t i = 0; i < coming(writing); i++)
        ic_knock_return(h, writing->knocks[i]);
    if (ic_pool_at(&h->clients, writing->client) != NULL)
        ic_client_refused(h, writing->client, writing->is_begin ? IC_SIG_CREATE : IC_SIG_COMMIT,
                          IC_SIG_REFUSED_BUSY);
}

void ic_group_written(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token);
    const struct ic_writing *writing = ic_pool_at(&h->writings, ref);
    IC_ASSERT(writing != NULL); /* the store answers each request once */
    struct ic_ref room_ref = writing->room;
    struct ic_room *room = ic_roster_at(h, room_ref);
    room->writing = none;
    h->coming -= coming(writing);
    if (reply->result != IC_OK)
        refuse_writing(h, writing);
    else if (writing->is_begin)
        apply_begin(h, room, writing);
    else
        apply_commit(h, room, writing, reply);
    bool is_begun = reply->result == IC_OK && writing->is_begin;
    ic_pool_put(&h->writings, ref);
    if (room->is_record_stale && !ic_ref_is_none(room->group))
        ic_group_note(h, room_ref);
    ic_delivery_check_host(h, room, is_begun);
    room->pins--; /* until here the room must stay */
    ic_group_settle(h, room_ref);
}

void ic_group_noted(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token);
    struct ic_room *room = ic_roster_at(h, ref);
    room->pins--;
    if (reply->result != IC_OK) /* the next commit writes it again; an end, the next beginning */
        ic_effect_log(&h->effects, "group_not_written", 0, room->key, NULL);
    ic_group_settle(h, ref);
}

/* ---- authority ---- */

void ic_group_prove(struct ic_hub *h, struct ic_ref client_ref, const struct ic_sig_authority *msg)
{
    struct ic_client *client = ic_client_at(h, client_ref);
    struct ic_seat *seat = ic_pool_at(&h->seats, client->seat);
    struct ic_room *room = ic_roster_room(h, seat);
    const uint8_t *key = ic_mlsgroup_signature_key(group_of(h, room), seat->leaf);
    struct ic_authority authority;
    if (key == NULL ||
        ic_authority_parse(msg->authority.at, msg->authority.len, &authority) != IC_OK ||
        !ic_authority_verify(&room->policy, &authority, key)) {
        ic_client_refused(h, client_ref, IC_SIG_AUTHORITY, IC_SIG_REFUSED_INVALID);
        return;
    }
    if (seat->has_authority)
        return;
    seat->has_authority = true;
    client->tell_knocks = true;
    ic_client_touch(h, client_ref);
    ic_group_note(h, seat->room);
    ic_delivery_check_host(h, room, false);
}

/* ---- loading, ending ---- */

static bool is_sound(const struct ic_room *room, const struct ic_mlsgroup *group,
                     const struct ic_record *record)
{
    for (uint32_t i = 0; i < record->seat_count; i++) {
        if (ic_mlsgroup_signature_key(group, record->seats[i].leaf) == NULL)
            return false;
    }
    return record->log.size == group->epoch + 1 && has_policy_of(group, room);
}

static void load_seats(struct ic_hub *h, struct ic_ref room_ref, const struct ic_record *record)
{
    for (uint32_t i = 0; i < record->seat_count; i++) {
        const struct ic_record_seat *seat = &record->seats[i];
        (void)ic_seat_admit(h, room_ref, seat->leaf, seat->session_hash, seat->has_authority, none);
    }
}

enum ic_err ic_group_load(struct ic_hub *h, struct ic_ref room_ref, struct ic_store_part state,
                          struct ic_store_part stored)
{
    struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_record record;
    if (ic_record_parse(stored.bytes, stored.len, &record) != IC_OK)
        return IC_ERR_SYSTEM;
    if (ic_roster_free_seats(h) < record.seat_count)
        return IC_ERR_FULL;
    struct ic_mlsgroup *group = ic_pool_get(&h->groups, &room->group);
    IC_ASSERT(group != NULL); /* as many as rooms */
    if (ic_mlsgroup_load(group, state.bytes, state.len) != IC_OK ||
        !is_sound(room, group, &record)) {
        ic_pool_put(&h->groups, room->group);
        room->group = none;
        return IC_ERR_SYSTEM;
    }
    room->log = record.log;
    room->is_locked = record.is_locked;
    room->generation = record.generation;
    load_seats(h, room_ref, &record);
    ic_group_note(h, room_ref); /* under the generation that counts now */
    ic_effect_log(&h->effects, "group_loaded", 0, room->key, NULL);
    return IC_OK;
}

static void end(struct ic_hub *h, struct ic_ref room_ref, struct ic_room *room)
{
    while (room->first != IC_INDEX_NONE) {
        struct ic_ref ref;
        (void)ic_roster_seat(h, room->first, &ref);
        ic_seat_free(h, ref);
    }
    ask_store(h, room_ref, IC_STORE_GROUP_END, ic_hub_token(room_ref), NULL);
    ic_pool_put(&h->groups, room->group);
    room->group = none;
    ic_merkle_init(&room->log);
    room->is_locked = room->is_record_stale = false;
    room->generation = 1;
    room->ready_told = 0;
    room->codec = IC_CODEC_NONE;
    ic_effect_log(&h->effects, "group_ended", 0, room->key, NULL);
    ic_delivery_check_host(h, room, true);
}

/* The seat that the only one who is left gives up by loading its page again; none. */
static struct ic_ref reloaded_seat(const struct ic_hub *h, const struct ic_room *room)
{
    for (uint32_t i = room->knock_first; i != IC_INDEX_NONE;) {
        struct ic_ref ref;
        const struct ic_knock *knock = ic_pool_at_index(&h->knocks, i, &ref);
        const struct ic_seat *seat = ic_pool_at(&h->seats, knock->replaces);
        if (knock->state == IC_KNOCK_PENDING && seat != NULL && seat->state < IC_SEAT_GONE)
            return knock->replaces;
        i = knock->next;
    }
    return none;
}

/* Nobody else is there who could swap its leaves by a commit, so it is as if it had left. It takes
 * the session of the seat to name it, and with that anybody could resume the seat and leave. */
static void release_last(struct ic_hub *h, const struct ic_room *room)
{
    struct ic_ref ref = reloaded_seat(h, room);
    const struct ic_seat *seat = ic_pool_at(&h->seats, ref);
    if (seat == NULL)
        return;
    struct ic_ref client = seat->client;
    ic_seat_end(h, ref, IC_SIG_LEFT);
    if (ic_pool_at(&h->clients, client) != NULL)
        ic_client_expel(h, client, IC_SIG_TAKEN_OVER);
}

void ic_group_settle(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_room *room = ic_pool_at(&h->rooms, ref);
    if (room == NULL)
        return;
    bool is_running = !ic_ref_is_none(room->group) && ic_ref_is_none(room->writing);
    if (is_running && room->members == 1)
        release_last(h, room);
    if (is_running && room->members == 0)
        end(h, ref, room);
    ic_roster_leave(h, ref);
}
