#include "signal/restore.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "signal/brought.h"
#include "signal/client.h"
#include "signal/delivery.h"
#include "signal/group.h"
#include "signal/head.h"
#include "signal/permit.h"
#include "signal/record.h"
#include "signal/roster.h"
#include "signal/seat.h"

static const struct ic_ref none;

static struct ic_mlsgroup *group_of(const struct ic_hub *h, const struct ic_room *room)
{
    return ic_pool_at(&h->groups, room->group);
}

static struct ic_restoring done(enum ic_restored result)
{
    return (struct ic_restoring){.result = result};
}

static struct ic_restoring refused(enum ic_sig_error error)
{
    return (struct ic_restoring){.result = IC_RESTORED_REFUSED, .error = error};
}

static enum ic_sig_error error_of(enum ic_err e)
{
    if (e == IC_ERR_INPUT)
        return IC_SIG_BAD_MESSAGE;
    return e == IC_ERR_AUTH ? IC_SIG_SESSION_UNKNOWN : IC_SIG_BUSY;
}

/* ---- asking the store ---- */

static void look_for(struct ic_hub *h, struct ic_ref ref, struct ic_mls_span policy,
                     const struct ic_brought *brought)
{
    const struct ic_client *client = ic_client_at(h, ref);
    struct ic_store_request request = {.kind = IC_STORE_MEETING_RESTORE,
                                       .token = ic_hub_token(ref)};
    memcpy(request.meeting, client->meeting, sizeof request.meeting);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_store_part_write(&w, IC_STORE_POLICY, policy.at, policy.len);
    ic_brought_write(&w, brought);
    ic_effect_store(&h->effects, &request, &w);
}

struct ic_restoring ic_restore_ask(struct ic_hub *h, struct ic_ref ref,
                                   const struct ic_sig_restore *msg)
{
    struct ic_client *client = ic_client_at(h, ref);
    const struct ic_brought_terms terms = {.node = h->node, .date_s = h->date_s};
    struct ic_brought brought;
    if (h->is_draining)
        return refused(IC_SIG_BUSY);
    enum ic_err e = ic_brought_check(msg, &terms, h->brought, &brought);
    if (e != IC_OK)
        return refused(error_of(e));
    memcpy(client->meeting, h->brought->meeting, sizeof client->meeting);
    ic_client_move(h, ref, IC_CLIENT_FINDING, ic_time_add(h->now, IC_MS(IC_SIGNAL_STORE_MS)));
    look_for(h, ref, msg->policy, &brought);
    return done(IC_RESTORED_WAITING);
}

/* ---- the meeting is here: a seat ---- */

static bool has_key_of(const struct ic_mlsgroup *group, const struct ic_mlsgroup *other,
                       uint32_t leaf)
{
    const uint8_t *a = ic_mlsgroup_signature_key(group, leaf);
    const uint8_t *b = ic_mlsgroup_signature_key(other, leaf);
    return a != NULL && b != NULL && memcmp(a, b, IC_MLSTREE_KEY_LEN) == 0;
}

static void new_session(struct ic_hub *h, uint8_t session[static IC_SESSION_LEN])
{
    h->config.entropy.fill(h->config.entropy.context, session, IC_SESSION_LEN);
}

static bool hash_session(const uint8_t session[static IC_SESSION_LEN],
                         uint8_t hash[static IC_SHA256_LEN])
{
    const struct ic_part part = {session, IC_SESSION_LEN};
    return ic_hash_sha256(&part, 1, hash) == IC_OK;
}

/* Whoever held the seat holds it no more. */
static void release_holder(struct ic_hub *h, struct ic_ref seat_ref, enum ic_sig_error error)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    struct ic_ref holder = seat->client;
    if (ic_pool_at(&h->clients, holder) == NULL)
        return;
    ic_client_expel(h, holder, error);
    ic_seat_detach(h, seat_ref, false);
}

/* Tell the client, and from then on it is a member like others. */
static void give_seat(struct ic_hub *h, struct ic_ref ref, struct ic_ref seat_ref,
                      const uint8_t session[static IC_SESSION_LEN], const char *checkpoint)
{
    struct ic_client *client = ic_client_at(h, ref);
    const struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    struct ic_room *room = ic_roster_room(h, seat);
    struct ic_sig_restored restored = {.peer = seat->peer,
                                       .leaf = seat->leaf,
                                       .epoch = group_of(h, room)->epoch,
                                       .log_key = h->log_key_text,
                                       .head = {room->log.size, checkpoint}};
    memcpy(restored.session, session, sizeof restored.session);
    client->seat = seat_ref;
    client->log_size = room->log.size;
    ic_client_move(h, ref, seat->state == IC_SEAT_TAKEN ? IC_CLIENT_JOINED : IC_CLIENT_ADMITTED,
                   IC_NEVER);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_restored(&w, &restored);
    ic_seat_attach_with(h, seat_ref, ref, ic_effect_text_close(&h->effects, &w));
    ic_ct_wipe(restored.session, sizeof restored.session);
    ic_seat_tell_client(h, seat_ref);
    ic_delivery_check_ready(h, room);
    h->resumes_done++;
}

/* What others fetch by the hash that is in the leaf. */
static void keep_identity(struct ic_hub *h, struct ic_ref room_ref, uint32_t leaf,
                          struct ic_mls_span identity)
{
    struct ic_room *room = ic_roster_at(h, room_ref);
    const uint8_t *hash = ic_mlsgroup_identity(group_of(h, room), leaf);
    struct ic_store_request request = {.kind = IC_STORE_GROUP_IDENTITY,
                                       .token = ic_hub_token(room_ref)};
    memcpy(request.meeting, room->meeting, sizeof request.meeting);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    size_t mark = ic_store_part_open(&w, IC_STORE_BLOB);
    ic_wr_bytes(&w, hash, IC_SHA256_LEN);
    ic_wr_bytes(&w, identity.at, identity.len);
    ic_store_part_close(&w, mark);
    room->pins++;
    ic_effect_store(&h->effects, &request, &w);
}

static struct ic_restoring take_seat(struct ic_hub *h, struct ic_ref ref, struct ic_ref room_ref,
                                     const struct ic_brought *brought)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    const struct ic_mlsgroup *group = group_of(h, room);
    char checkpoint[IC_CHECKPOINT_MAX + 1];
    uint8_t session[IC_SESSION_LEN], session_hash[IC_SHA256_LEN];
    struct ic_ref seat_ref = {0};
    struct ic_seat *seat = ic_roster_leaf(h, room, brought->leaf, &seat_ref);
    if (seat == NULL || seat->state == IC_SEAT_GONE)
        return refused(IC_SIG_SESSION_UNKNOWN);
    new_session(h, session);
    if (!hash_session(session, session_hash) ||
        ic_head_sign(h, group, &room->log, checkpoint) != IC_OK)
        return refused(IC_SIG_BUSY);
    release_holder(h, seat_ref, IC_SIG_TAKEN_OVER);
    memcpy(seat->session_hash, session_hash, sizeof seat->session_hash);
    struct ic_ref witness_ref;
    struct ic_seat *witness = ic_roster_leaf(h, room, brought->witness, &witness_ref);
    if (brought->has_authority && witness != NULL &&
        has_key_of(group, h->brought, brought->witness))
        witness->has_authority = true;
    give_seat(h, ref, seat_ref, session, checkpoint);
    ic_ct_wipe(session, sizeof session);
    keep_identity(h, room_ref, brought->leaf, brought->identity);
    ic_group_note(h, room_ref);
    return done(IC_RESTORED);
}

/* ---- it is not: it is written down ---- */

static bool is_kept(const struct ic_hub *h, const struct ic_room *room,
                    const struct ic_mlsgroup *next, const struct ic_seat *seat)
{
    return seat != NULL && has_key_of(group_of(h, room), next, seat->leaf);
}

/* A seat for each leaf. Nobody knows the sessions of those who have not come. */
static bool fill_record(struct ic_hub *h, const struct ic_room *room, struct ic_writing *writing,
                        const struct ic_brought *brought, struct ic_record *record)
{
    const struct ic_mlsgroup *next = &writing->next;
    record->is_locked = writing->is_locked;
    record->generation = writing->generation;
    record->log = writing->log;
    record->seat_count = 0;
    for (uint32_t leaf = 0; leaf < next->tree.leaf_count; leaf++) {
        struct ic_ref ref;
        if (ic_mlsgroup_signature_key(next, leaf) == NULL)
            continue;
        const struct ic_seat *old = ic_roster_leaf(h, room, leaf, &ref);
        bool keeps = !ic_ref_is_none(room->group) && is_kept(h, room, next, old);
        struct ic_record_seat *seat = &record->seats[record->seat_count++];
        *seat = (struct ic_record_seat){.leaf = leaf};
        seat->has_authority =
            (keeps && old->has_authority) || (brought->has_authority && leaf == brought->witness);
        if (keeps)
            memcpy(seat->session_hash, old->session_hash, sizeof seat->session_hash);
        else
            h->config.entropy.fill(h->config.entropy.context, seat->session_hash,
                                   sizeof seat->session_hash);
        if (leaf == brought->leaf && !hash_session(writing->session, seat->session_hash))
            return false;
    }
    return true;
}

static void write_parts(struct ic_wr *w, const struct ic_writing *writing,
                        const struct ic_record *record, const struct ic_brought *brought)
{
    size_t mark = ic_store_part_open(w, IC_STORE_STATE);
    ic_mlsgroup_save(&writing->next, w);
    ic_store_part_close(w, mark);
    mark = ic_store_part_open(w, IC_STORE_RECORD);
    ic_record_write(w, record);
    ic_store_part_close(w, mark);
    mark = ic_store_part_open(w, IC_STORE_BLOB);
    ic_wr_bytes(w, ic_mlsgroup_identity(&writing->next, brought->leaf), IC_SHA256_LEN);
    ic_wr_bytes(w, brought->identity.at, brought->identity.len);
    ic_store_part_close(w, mark);
}

static enum ic_err fill_writing(struct ic_hub *h, const struct ic_room *room,
                                struct ic_writing *writing, const struct ic_brought *brought)
{
    enum ic_mlsgroup_fault fault;
    writing->is_brought = true;
    writing->leaf = brought->leaf;
    writing->log = brought->log;
    writing->is_locked = brought->is_locked;
    writing->generation = brought->generation;
    new_session(h, writing->session);
    enum ic_err e = ic_mlsgroup_restore(&writing->next, room->meeting, brought->group_info.at,
                                        brought->group_info.len, &fault);
    if (e == IC_ERR_AUTH)
        e = IC_ERR_INPUT; /* a tree that is not signed by those who are in it */
    return e == IC_OK ? ic_head_sign(h, &writing->next, &writing->log, writing->checkpoint) : e;
}

static enum ic_err write_down(struct ic_hub *h, struct ic_ref room_ref, struct ic_ref ref,
                              struct ic_writing *writing, const struct ic_brought *brought)
{
    struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_record record;
    enum ic_err e = fill_writing(h, room, writing, brought);
    if (e != IC_OK)
        return e;
    if (!fill_record(h, room, writing, brought, &record))
        return IC_ERR_SYSTEM;
    writing->members = record.seat_count;
    struct ic_store_request request = {
        .kind = IC_STORE_GROUP_RESTORE, .token = ic_hub_token(ref), .n = writing->log.size};
    memcpy(request.meeting, room->meeting, sizeof request.meeting);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    write_parts(&w, writing, &record, brought);
    ic_effect_store(&h->effects, &request, &w);
    h->coming += writing->members;
    room->writing = ref;
    room->pins++;
    return IC_OK;
}

/* Room for all of them, in the meeting and on this node, and may this node carry them? */
static struct ic_restoring judge_room(struct ic_hub *h, const struct ic_room *room,
                                      uint32_t members)
{
    struct ic_restoring r = done(IC_RESTORED_WAITING);
    uint32_t others = h->members - room->members + members - 1;
    r.wall = ic_permit_ask(h, room, IC_WALL_NEW, others);
    if (r.wall.reason != NULL) {
        r.result = IC_RESTORED_BARRED;
        return r;
    }
    if (members > h->config.room_members_max)
        return refused(IC_SIG_ROOM_FULL);
    return ic_roster_has_room(h, room, room->members, members) ? r : refused(IC_SIG_SERVER_FULL);
}

static struct ic_restoring bring(struct ic_hub *h, struct ic_ref client, struct ic_ref room_ref,
                                 const struct ic_brought *brought)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_restoring r = judge_room(h, room, ic_mlstree_member_count(&h->brought->tree));
    struct ic_ref ref = {0};
    if (r.result != IC_RESTORED_WAITING)
        return r;
    if (ic_roster_is_hosted(room) && !brought->has_authority)
        return refused(IC_SIG_BUSY); /* somebody else has to bring it */
    if (!ic_bucket_take(&h->restores_bucket, h->now, IC_RESTORES_PER_S, IC_RESTORES_BURST))
        return refused(IC_SIG_BUSY);
    struct ic_writing *writing = ic_pool_get(&h->writings, &ref);
    if (writing == NULL)
        return refused(IC_SIG_BUSY);
    writing->room = room_ref;
    writing->client = client;
    enum ic_err e = write_down(h, room_ref, ref, writing, brought);
    if (e == IC_OK)
        return done(IC_RESTORED_WAITING);
    ic_ct_wipe(writing->session, sizeof writing->session);
    ic_pool_put(&h->writings, ref);
    return refused(error_of(e));
}

/* ---- which of the two ---- */

static bool is_same_state(const struct ic_room *room, const struct ic_mlsgroup *group,
                          const struct ic_mlsgroup *other, const struct ic_brought *brought)
{
    struct ic_merkle_hash root;
    return group->epoch == other->epoch && group->confirmed_len == other->confirmed_len &&
           memcmp(group->tree_hash, other->tree_hash, sizeof group->tree_hash) == 0 &&
           memcmp(group->confirmed, other->confirmed, group->confirmed_len) == 0 &&
           room->log.size == brought->log.size && ic_merkle_root(&room->log, &root) == IC_OK &&
           memcmp(root.bytes, brought->root.bytes, sizeof root.bytes) == 0;
}

static bool is_same_group(const struct ic_mlsgroup *a, const struct ic_mlsgroup *b)
{
    return a->id_len == b->id_len && memcmp(a->id, b->id, a->id_len) == 0;
}

static struct ic_restoring choose(struct ic_hub *h, struct ic_ref client, struct ic_ref room_ref,
                                  const struct ic_brought *brought)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    const struct ic_mlsgroup *group = group_of(h, room), *other = h->brought;
    if (group == NULL)
        return bring(h, client, room_ref, brought);
    if (!is_same_group(group, other))
        return refused(IC_SIG_SESSION_UNKNOWN);
    if (other->epoch > group->epoch && ic_restore_is_settling(h, room))
        return bring(h, client, room_ref, brought);
    bool is_member = has_key_of(group, other, brought->leaf);
    if (is_member && (other->epoch != group->epoch || is_same_state(room, group, other, brought)))
        return take_seat(h, client, room_ref, brought);
    return refused(IC_SIG_SESSION_UNKNOWN);
}

static bool has_policy_of(const struct ic_mlsgroup *group, const struct ic_room *room)
{
    return ic_mls_span_eq(ic_mlsgroup_policy(group),
                          (struct ic_mls_span){room->policy_bytes, room->policy_len});
}

struct ic_restoring ic_restore_enter(struct ic_hub *h, struct ic_ref client, struct ic_ref room_ref,
                                     const struct ic_store_reply *reply, bool is_opened)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_restoring r = done(IC_RESTORED_BARRED);
    struct ic_brought brought;
    enum ic_err e = ic_brought_read(reply->parts, reply->parts_len, h->brought, &brought);
    if (e != IC_OK)
        return refused(e == IC_ERR_SYSTEM ? IC_SIG_BUSY : IC_SIG_INTERNAL);
    r.wall = ic_permit_ask(h, room, is_opened ? IC_WALL_NEW : IC_WALL_STAY, 0);
    if (r.wall.reason != NULL && (is_opened || r.wall.is_end))
        return r;
    if (!has_policy_of(h->brought, room)) {
        r.wall = (struct ic_wall_answer){.reason = "policy_mismatch"};
        return r;
    }
    if (ic_ref_is_none(room->writing))
        return choose(h, client, room_ref, &brought);
    look_for(h, client, (struct ic_mls_span){room->policy_bytes, room->policy_len}, &brought);
    return done(IC_RESTORED_WAITING); /* behind what is being written */
}

/* ---- written ---- */

/* Whose leaf is not there any more hears so; whose leaf is, has missed commits and knocks anew, by
 * the session that it has. */
static void part_seats(struct ic_hub *h, const struct ic_room *room, const struct ic_mlsgroup *next)
{
    struct ic_ref ref;
    const struct ic_seat *seat = ic_roster_seat(h, room->first, &ref);
    for (; seat != NULL; seat = ic_roster_seat(h, seat->next, &ref)) {
        if (seat->state == IC_SEAT_OVER)
            continue;
        if (is_kept(h, room, next, seat)) {
            release_holder(h, ref, IC_SIG_SESSION_UNKNOWN);
            continue;
        }
        struct ic_ref client = seat->client;
        ic_seat_remove(h, ref, IC_SIG_GONE_REMOVED);
        if (ic_pool_at(&h->clients, client) != NULL)
            ic_client_expel(h, client, IC_SIG_REMOVED);
    }
}

static void fill_seats(struct ic_hub *h, struct ic_ref room_ref, const struct ic_record *record)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    for (uint32_t i = 0; i < record->seat_count; i++) {
        const struct ic_record_seat *stored = &record->seats[i];
        struct ic_ref ref;
        struct ic_seat *seat = ic_roster_leaf(h, room, stored->leaf, &ref);
        if (seat == NULL) {
            (void)ic_seat_admit(h, room_ref, stored->leaf, stored->session_hash,
                                stored->has_authority, none);
            continue;
        }
        seat->has_authority = stored->has_authority;
        memcpy(seat->session_hash, stored->session_hash, sizeof seat->session_hash);
    }
}

static void apply(struct ic_hub *h, struct ic_ref room_ref, const struct ic_writing *writing,
                  const struct ic_record *record)
{
    struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_mlsgroup *group = group_of(h, room);
    if (group != NULL)
        part_seats(h, room, &writing->next);
    else
        group = ic_pool_get(&h->groups, &room->group);
    IC_ASSERT(group != NULL); /* as many as rooms */
    *group = writing->next;
    room->log = writing->log;
    room->is_locked = writing->is_locked;
    room->generation = writing->generation;
    room->ready_told = 0;
    room->settled_at = ic_time_add(h->now, IC_MS(IC_RESTORE_SETTLE_MS));
    fill_seats(h, room_ref, record);
    ic_effect_log(&h->effects, "group_restored", 0, room->key, NULL);
}

/* The client that brought it, if it is still there. */
static struct ic_restoring seat_bringer(struct ic_hub *h, const struct ic_room *room,
                                        const struct ic_writing *writing)
{
    struct ic_ref seat_ref = {0};
    const struct ic_client *client = ic_pool_at(&h->clients, writing->client);
    const struct ic_seat *seat = ic_roster_leaf(h, room, writing->leaf, &seat_ref);
    if (client == NULL || client->state != IC_CLIENT_FINDING || client->loss != IC_CLIENT_OPEN)
        return done(IC_RESTORED);
    if (seat == NULL || seat->state == IC_SEAT_GONE)
        return refused(IC_SIG_SESSION_UNKNOWN);
    give_seat(h, writing->client, seat_ref, writing->session, writing->checkpoint);
    return done(IC_RESTORED);
}

struct ic_restoring ic_restore_written(struct ic_hub *h, const struct ic_store_reply *reply,
                                       struct ic_ref *client, struct ic_ref *room_ref)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token);
    struct ic_writing *writing = ic_pool_at(&h->writings, ref);
    IC_ASSERT(writing != NULL && writing->is_brought); /* each request is answered once */
    struct ic_room *room = ic_roster_at(h, writing->room);
    struct ic_store_part part = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_RECORD);
    struct ic_restoring r = refused(IC_SIG_BUSY);
    struct ic_record record;
    *client = writing->client;
    *room_ref = writing->room;
    room->writing = none;
    h->coming -= writing->members;
    if (reply->result == IC_OK && ic_record_parse(part.bytes, part.len, &record) == IC_OK) {
        apply(h, writing->room, writing, &record);
        r = seat_bringer(h, room, writing);
        ic_delivery_check_host(h, room, true);
    }
    ic_ct_wipe(writing->session, sizeof writing->session);
    ic_pool_put(&h->writings, ref);
    return r;
}
