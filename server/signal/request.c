#include "signal/request.h"

#include <string.h>

#include "base/assert.h"
#include "signal/catch_up.h"
#include "signal/client.h"
#include "signal/delivery.h"
#include "signal/group.h"
#include "signal/knock.h"
#include "signal/meter.h"
#include "signal/permit.h"
#include "signal/restore.h"
#include "signal/roster.h"
#include "signal/seat.h"

static const struct ic_ref none;

static struct ic_time store_timeout(const struct ic_hub *h)
{
    return ic_time_add(h->now, IC_MS(IC_SIGNAL_STORE_MS));
}

/* ---- ends ---- */

/* What the client leaves behind. */
static void give_up(struct ic_hub *h, struct ic_ref seat_ref, struct ic_ref knock,
                    enum ic_sig_gone reason)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    if (seat != NULL) {
        struct ic_ref room = seat->room;
        ic_seat_end(h, seat_ref, reason);
        ic_group_settle(h, room);
    }
    if (ic_pool_at(&h->knocks, knock) != NULL)
        ic_knock_cut(h, knock);
}

void ic_request_refuse(struct ic_hub *h, struct ic_ref ref, enum ic_sig_error error)
{
    struct ic_client client = *ic_client_at(h, ref);
    h->refused++;
    ic_client_expel(h, ref, error);
    give_up(h, client.seat, client.knock, IC_SIG_LOST);
}

void ic_request_bar(struct ic_hub *h, struct ic_ref ref, const struct ic_room *room,
                    const struct ic_wall_answer *answer)
{
    struct ic_client client = *ic_client_at(h, ref);
    h->refused++;
    ic_permit_expel(h, ref, room, answer);
    give_up(h, client.seat, client.knock, IC_SIG_LOST);
}

/* Somebody new, and this node may not carry the meeting: true, and they were told. */
static bool is_barred(struct ic_hub *h, struct ic_ref ref, const struct ic_room *room,
                      uint32_t people)
{
    struct ic_wall_answer answer = ic_permit_ask(h, room, IC_WALL_NEW, people);
    if (answer.reason == NULL)
        return false;
    ic_request_bar(h, ref, room, &answer);
    return true;
}

/* ---- a meeting is looked for ---- */

/* A malformed id goes the way of an unknown one, as one that nobody can have. */
static bool find_meeting(struct ic_hub *h, struct ic_ref ref, const char *text)
{
    struct ic_client *client = ic_client_at(h, ref);
    memset(client->meeting, 0, sizeof client->meeting);
    bool is_id =
        ic_base64url_decode(text, strlen(text), client->meeting, sizeof client->meeting) == IC_OK;
    struct ic_store_request request = {.kind = IC_STORE_MEETING_FIND, .token = ic_hub_token(ref)};
    memcpy(request.meeting, client->meeting, sizeof request.meeting);
    ic_effect_store(&h->effects, &request, NULL);
    ic_client_move(h, ref, IC_CLIENT_FINDING, store_timeout(h));
    return is_id;
}

/* Again while waiting: with another key package, in the place of the first knock. */
static void on_knock(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_knock *msg)
{
    struct ic_client *client = ic_client_at(h, ref);
    struct ic_knock *old = ic_pool_at(&h->knocks, client->knock);
    struct ic_ref knock_ref = {0};
    if (old != NULL && old->state == IC_KNOCK_WRITING)
        return; /* its first knock is just being answered */
    if (h->is_draining) {
        ic_request_refuse(h, ref, IC_SIG_BUSY);
        return;
    }
    enum ic_err e = ic_knock_make(h, ref, msg, &knock_ref);
    if (e != IC_OK) {
        ic_request_refuse(h, ref, e == IC_ERR_INPUT ? IC_SIG_BAD_MESSAGE : IC_SIG_BUSY);
        return;
    }
    struct ic_knock *knock = ic_knock_at(h, knock_ref);
    if (old != NULL) {
        knock->expire_at = old->expire_at;
        ic_knock_finish(h, client->knock);
    }
    client->knock = knock_ref;
    client->resuming = (struct ic_resuming){.is_it = false};
    knock->is_malformed = !find_meeting(h, ref, msg->meeting);
}

static void on_resume(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_resume *msg)
{
    struct ic_client *client = ic_client_at(h, ref);
    client->resuming = (struct ic_resuming){.is_it = true};
    bool is_session = ic_seat_hash_session(msg->session, client->resuming.session_hash);
    client->log_size = msg->log_size;
    bool is_id = find_meeting(h, ref, msg->meeting);
    client->resuming.is_malformed = !is_session || !is_id;
}

/* Whoever is refused hears so. room: none unless the wall refuses. */
static void end_restore(struct ic_hub *h, struct ic_ref ref, const struct ic_room *room,
                        const struct ic_restoring *restoring)
{
    if (restoring->result == IC_RESTORED_BARRED)
        ic_request_bar(h, ref, room, &restoring->wall);
    else if (restoring->result == IC_RESTORED_REFUSED)
        ic_request_refuse(h, ref, restoring->error);
}

static void on_restore(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_restore *msg)
{
    struct ic_restoring restoring = ic_restore_ask(h, ref, msg);
    end_restore(h, ref, NULL, &restoring);
}

/* ---- in the meeting ---- */

static void on_note(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_note *msg)
{
    if (ic_knock_set_note(h, ic_client_at(h, ref)->knock, msg->note) != IC_OK)
        ic_request_refuse(h, ref, IC_SIG_BUSY);
}

static void on_join(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_join *msg)
{
    const struct ic_client *client = ic_client_at(h, ref);
    const struct ic_room *room = ic_roster_room(h, ic_pool_at(&h->seats, client->seat));
    if (client->state == IC_CLIENT_ADMITTED && is_barred(h, ref, room, h->members - 1))
        return;
    ic_client_move(h, ref, IC_CLIENT_PLACING, client->timeout_at);
    ic_seat_place(h, client->seat, msg);
}

/* It may have waited for long. */
static void on_create(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_create *msg)
{
    const struct ic_knock *knock = ic_knock_at(h, ic_client_at(h, ref)->knock);
    const struct ic_room *room = ic_pool_at(&h->rooms, knock->room);
    if (room == NULL || !is_barred(h, ref, room, h->members))
        ic_group_create(h, ref, msg);
}

static void on_media(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_media *msg)
{
    ic_seat_set_media(h, ic_client_at(h, ref)->seat, *msg);
}

static void on_ready(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_ready *msg)
{
    struct ic_seat *seat = ic_pool_at(&h->seats, ic_client_at(h, ref)->seat);
    struct ic_room *room = ic_roster_room(h, seat);
    const struct ic_mlsgroup *group = ic_pool_at(&h->groups, room->group);
    if (msg->epoch > group->epoch || msg->epoch < seat->ready)
        return; /* nobody has keys of an epoch that has not begun */
    if (seat->ready == 0)
        seat->since = msg->epoch;
    seat->ready = msg->epoch + 1;
    ic_delivery_check_ready(h, room);
}

/* Those who may let somebody in may also decline. A knock that is gone needs no answer. */
static void on_decline(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_decline *msg)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, ic_client_at(h, ref)->seat);
    const struct ic_room *room = ic_roster_room(h, seat);
    if (ic_roster_is_hosted(room) && !seat->has_authority) {
        ic_client_refused(h, ref, IC_SIG_DECLINE, IC_SIG_REFUSED_NOT_ALLOWED);
        return;
    }
    struct ic_ref knock_ref = ic_knock_of_id(h, room, msg->knock.at);
    const struct ic_knock *knock = ic_pool_at(&h->knocks, knock_ref);
    if (knock == NULL || knock->state != IC_KNOCK_PENDING)
        return;
    struct ic_ref client = knock->client;
    ic_knock_finish(h, knock_ref);
    ic_client_expel(h, client, msg->is_link_expired ? IC_SIG_LINK_EXPIRED : IC_SIG_DECLINED);
}

static void on_receipt_ids(struct ic_hub *h, struct ic_ref ref,
                           const struct ic_sig_receipt_ids *msg)
{
    ic_meter_set_ids(ic_pool_at(&h->seats, ic_client_at(h, ref)->seat), msg);
}

static void on_receipt_end(struct ic_hub *h, struct ic_ref ref)
{
    ic_seat_end_receipts(h, ic_client_at(h, ref)->seat);
}

static void on_leave(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client client = *ic_client_at(h, ref);
    ic_client_part(h, ref);
    give_up(h, client.seat, client.knock, IC_SIG_LEFT);
}

static void on_ping(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_ping *msg)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_pong(&w, msg->id);
    ic_client_send(h, ref, ic_effect_text_close(&h->effects, &w));
}

/* ---- turns ---- */

/* What may be said when. */
static bool is_in_turn(const struct ic_client *client, enum ic_sig_type type)
{
    enum ic_client_state state = client->state;
    switch (type) {
    case IC_SIG_KNOCK:
        return state == IC_CLIENT_NEW || state == IC_CLIENT_WAITING;
    case IC_SIG_RESUME:
    case IC_SIG_RESTORE:
        return state == IC_CLIENT_NEW;
    case IC_SIG_LEAVE:
    case IC_SIG_PING:
        return state != IC_CLIENT_NEW;
    case IC_SIG_NOTE: /* also while a second knock is on its way */
    case IC_SIG_CREATE:
        return !ic_ref_is_none(client->knock);
    case IC_SIG_AUTHORITY:
    case IC_SIG_COMMIT:
    case IC_SIG_MESSAGE:
    case IC_SIG_DECLINE:
    case IC_SIG_READY:
    case IC_SIG_RECEIPT_IDS:
    case IC_SIG_RECEIPT_END:
        return state >= IC_CLIENT_ADMITTED;
    case IC_SIG_JOIN:
        return state == IC_CLIENT_ADMITTED || state == IC_CLIENT_JOINED;
    case IC_SIG_MEDIA:
        return state == IC_CLIENT_PLACING || state == IC_CLIENT_JOINED;
    }
    return false;
}

/* Somebody was admitted while the message was on its way. A moment ago it was right. */
static bool is_belated(const struct ic_client *client, enum ic_sig_type type)
{
    bool is_of_waiting = type == IC_SIG_NOTE || type == IC_SIG_KNOCK || type == IC_SIG_CREATE;
    return client->state >= IC_CLIENT_ADMITTED && is_of_waiting;
}

/* One word makes as many as there are members, and a join may change the codec of all. */
static bool is_for_all(enum ic_sig_type type)
{
    return type == IC_SIG_KNOCK || type == IC_SIG_NOTE || type == IC_SIG_JOIN;
}

static bool is_too_often(struct ic_hub *h, struct ic_client *client, enum ic_sig_type type)
{
    return is_for_all(type) &&
           !ic_bucket_take(&client->for_all, h->now, IC_SIGNAL_ALL_PER_S, IC_SIGNAL_ALL_BURST);
}

static void dispatch(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_msg *msg)
{
    switch (msg->type) {
    case IC_SIG_KNOCK:
        on_knock(h, ref, &msg->knock);
        return;
    case IC_SIG_NOTE:
        on_note(h, ref, &msg->note);
        return;
    case IC_SIG_AUTHORITY:
        ic_group_prove(h, ref, &msg->authority);
        return;
    case IC_SIG_CREATE:
        on_create(h, ref, &msg->create);
        return;
    case IC_SIG_COMMIT:
        ic_group_commit(h, ref, &msg->commit);
        return;
    case IC_SIG_MESSAGE:
        ic_delivery_message(h, ref, msg->message.message);
        return;
    case IC_SIG_DECLINE:
        on_decline(h, ref, &msg->decline);
        return;
    case IC_SIG_READY:
        on_ready(h, ref, &msg->ready);
        return;
    case IC_SIG_JOIN:
        on_join(h, ref, &msg->join);
        return;
    case IC_SIG_RESUME:
        on_resume(h, ref, &msg->resume);
        return;
    case IC_SIG_RESTORE:
        on_restore(h, ref, &msg->restore);
        return;
    case IC_SIG_MEDIA:
        on_media(h, ref, &msg->media);
        return;
    case IC_SIG_RECEIPT_IDS:
        on_receipt_ids(h, ref, &msg->receipt_ids);
        return;
    case IC_SIG_RECEIPT_END:
        on_receipt_end(h, ref);
        return;
    case IC_SIG_LEAVE:
        on_leave(h, ref);
        return;
    case IC_SIG_PING:
        on_ping(h, ref, &msg->ping);
        return;
    }
}

void ic_request_message(struct ic_hub *h, struct ic_ref ref, const char *text, size_t len)
{
    struct ic_client *client = ic_client_at(h, ref);
    if (client->loss != IC_CLIENT_OPEN)
        return;
    if (!ic_bucket_take(&client->messages, h->now, IC_SIGNAL_MESSAGES_PER_S,
                        IC_SIGNAL_MESSAGES_BURST)) {
        ic_request_refuse(h, ref, IC_SIG_BUSY);
        return;
    }
    enum ic_err e = ic_message_parse(text, len, h->scratch, &h->msg);
    if (e == IC_ERR_STATE && client->state == IC_CLIENT_NEW)
        ic_request_refuse(h, ref, IC_SIG_UNSUPPORTED_VERSION);
    else if (e != IC_OK)
        ic_request_refuse(h, ref, e == IC_ERR_FULL ? IC_SIG_BUSY : IC_SIG_BAD_MESSAGE);
    else if (is_belated(client, h->msg.type))
        return;
    else if (!is_in_turn(client, h->msg.type))
        ic_request_refuse(h, ref, IC_SIG_BAD_MESSAGE);
    else if (is_too_often(h, client, h->msg.type))
        ic_request_refuse(h, ref, IC_SIG_BUSY);
    else
        dispatch(h, ref, &h->msg);
}

/* ---- what the store has found ---- */

/* The room of the meeting, made of what the store has when it is not there. */
static enum ic_err open_room(struct ic_hub *h, const struct ic_store_reply *reply,
                             struct ic_ref *room)
{
    *room = ic_roster_find(h, reply->meeting);
    if (!ic_ref_is_none(*room))
        return IC_OK; /* what the store read may be older than what we have */
    struct ic_store_part policy =
        ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_POLICY);
    struct ic_store_part state = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_STATE);
    struct ic_store_part record =
        ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_RECORD);
    enum ic_err e =
        ic_roster_make(h, reply->meeting, (struct ic_mls_span){policy.bytes, policy.len}, room);
    if (e == IC_OK && state.len > 0)
        e = ic_group_load(h, *room, state, record);
    if (e != IC_OK)
        ic_roster_leave(h, *room);
    return e;
}

static bool takes_seat_over(const struct ic_hub *h, const struct ic_room *room,
                            const struct ic_knock *knock)
{
    uint8_t hash[IC_SHA256_LEN];
    struct ic_ref seat;
    return knock->replaced[0] != '\0' && ic_seat_hash_session(knock->replaced, hash) &&
           ic_seat_of_session(h, room, hash, &seat) != NULL;
}

/* Room for one more in this meeting; who takes a seat over needs none. */
static bool is_room_full(const struct ic_hub *h, const struct ic_room *room,
                         const struct ic_knock *knock)
{
    return room->members >= h->config.room_members_max && !takes_seat_over(h, room, knock);
}

/* The same person knocks again: the knock before goes. */
static void end_other_knock(struct ic_hub *h, const struct ic_knock *knock,
                            const struct ic_room *room)
{
    uint8_t hash[IC_SHA256_LEN];
    if (knock->replaced[0] == '\0' || !ic_seat_hash_session(knock->replaced, hash))
        return;
    struct ic_ref other_ref = ic_knock_of_session(h, room, hash);
    const struct ic_knock *other = ic_pool_at(&h->knocks, other_ref);
    if (other == NULL || other->state != IC_KNOCK_PENDING)
        return;
    struct ic_ref client = other->client;
    ic_knock_finish(h, other_ref);
    if (ic_pool_at(&h->clients, client) != NULL)
        ic_client_expel(h, client, IC_SIG_TAKEN_OVER);
}

static void enter(struct ic_hub *h, struct ic_ref ref, struct ic_ref room_ref)
{
    struct ic_ref knock_ref = ic_client_at(h, ref)->knock;
    struct ic_room *room = ic_roster_at(h, room_ref);
    enum ic_sig_error error = IC_SIG_BUSY;
    room->pins++; /* while one knock goes and the other comes */
    end_other_knock(h, ic_knock_at(h, knock_ref), room);
    const struct ic_knock *knock = ic_knock_at(h, knock_ref);
    uint32_t going = takes_seat_over(h, room, knock) && h->members > 0;
    struct ic_wall_answer answer = ic_permit_ask(h, room, IC_WALL_NEW, h->members - going);
    if (answer.reason == NULL && h->members - going >= h->config.peers_max)
        answer = ic_permit_full();
    bool fits = answer.reason == NULL && !is_room_full(h, room, knock);
    if (answer.reason == NULL && !fits)
        error = IC_SIG_ROOM_FULL;
    if (fits && ic_knock_enter(h, knock_ref, room_ref) != IC_OK) {
        fits = false;
        error = IC_SIG_BUSY;
    }
    room->pins--;
    if (fits) {
        ic_group_settle(h, room_ref); /* its own seat may be the last one */
        ic_client_move(h, ref, IC_CLIENT_WAITING, IC_NEVER);
        ic_knock_tell_client(h, knock_ref);
        return;
    }
    if (answer.reason != NULL)
        ic_request_bar(h, ref, room, &answer);
    else
        ic_request_refuse(h, ref, error);
    ic_group_settle(h, room_ref);
}

static void refuse_missing(struct ic_hub *h, struct ic_ref ref)
{
    bool is_resume = ic_client_at(h, ref)->resuming.is_it;
    ic_request_refuse(h, ref, is_resume ? IC_SIG_SESSION_UNKNOWN : IC_SIG_NOT_FOUND);
}

static bool is_malformed(const struct ic_hub *h, const struct ic_client *client)
{
    return client->resuming.is_it ? client->resuming.is_malformed
                                  : ic_knock_at(h, client->knock)->is_malformed;
}

/* Who comes back goes on; but a meeting that nobody is in any more is opened anew. */
static void resume(struct ic_hub *h, struct ic_ref ref, struct ic_ref room_ref, bool is_opened)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_wall_answer answer =
        ic_permit_ask(h, room, is_opened ? IC_WALL_NEW : IC_WALL_STAY, 0);
    if (answer.reason != NULL && (is_opened || answer.is_end))
        ic_request_bar(h, ref, room, &answer);
    else if (!ic_catch_up_begin(h, ref, ic_roster_at(h, room_ref)))
        ic_request_refuse(h, ref, IC_SIG_SESSION_UNKNOWN);
    ic_group_settle(h, room_ref);
}

void ic_request_found(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token), room = none;
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    if (client == NULL || client->state != IC_CLIENT_FINDING || client->loss != IC_CLIENT_OPEN)
        return;
    enum ic_err e = reply->result;
    if (e == IC_ERR_GONE || (e == IC_OK && is_malformed(h, client))) {
        refuse_missing(h, ref);
        return;
    }
    if (e == IC_ERR_FULL || (h->is_draining && !client->resuming.is_it)) {
        ic_request_refuse(h, ref, IC_SIG_BUSY);
        return;
    }
    bool is_opened = e == IC_OK && ic_ref_is_none(ic_roster_find(h, reply->meeting));
    if (e == IC_OK)
        e = open_room(h, reply, &room);
    if (e != IC_OK)
        ic_request_refuse(h, ref, e == IC_ERR_FULL ? IC_SIG_SERVER_FULL : IC_SIG_INTERNAL);
    else if (client->resuming.is_it)
        resume(h, ref, room, is_opened);
    else
        enter(h, ref, room);
}

void ic_request_restore_found(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token), room = none;
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    if (client == NULL || client->state != IC_CLIENT_FINDING || client->loss != IC_CLIENT_OPEN)
        return;
    enum ic_err e = reply->result;
    if (e == IC_ERR_FULL || h->is_draining) {
        ic_request_refuse(h, ref, IC_SIG_BUSY);
        return;
    }
    bool is_opened = e == IC_OK && ic_ref_is_none(ic_roster_find(h, reply->meeting));
    if (e == IC_OK)
        e = open_room(h, reply, &room);
    if (e != IC_OK) {
        ic_request_refuse(h, ref, e == IC_ERR_FULL ? IC_SIG_SERVER_FULL : IC_SIG_INTERNAL);
        return;
    }
    struct ic_restoring restoring = ic_restore_enter(h, ref, room, reply, is_opened);
    end_restore(h, ref, ic_roster_at(h, room), &restoring);
    ic_group_settle(h, room);
}

void ic_request_restore_written(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref, room_ref;
    struct ic_restoring restoring = ic_restore_written(h, reply, &ref, &room_ref);
    struct ic_room *room = ic_roster_at(h, room_ref);
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    if (client != NULL && client->loss == IC_CLIENT_OPEN)
        end_restore(h, ref, room, &restoring);
    room->pins--;
    if (room->is_record_stale && !ic_ref_is_none(room->group))
        ic_group_note(h, room_ref);
    ic_group_settle(h, room_ref);
}

void ic_request_caught(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token);
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    if (client == NULL || !client->is_catching || client->loss != IC_CLIENT_OPEN)
        return;
    enum ic_err e = reply->result == IC_OK ? ic_catch_up_go_on(h, ref, reply) : reply->result;
    if (e == IC_ERR_GONE)
        ic_request_refuse(h, ref, IC_SIG_SESSION_UNKNOWN);
    else if (e != IC_OK)
        ic_request_refuse(h, ref, e == IC_ERR_FULL ? IC_SIG_BUSY : IC_SIG_INTERNAL);
}

void ic_request_placed(struct ic_hub *h, struct ic_ref seat_ref, const struct ic_evt *ready)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    ic_client_move(h, seat->client, IC_CLIENT_JOINED, IC_NEVER);
    ic_seat_take(h, seat_ref, ready);
    h->joins_done++;
}

void ic_request_not_moved(struct ic_hub *h, struct ic_ref seat_ref, bool is_in_worker)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, seat_ref);
    ic_client_move(h, seat->client, IC_CLIENT_JOINED, IC_NEVER);
    ic_seat_not_moved(h, seat_ref, is_in_worker);
}

/* ---- time and ends ---- */

static void end(struct ic_hub *h, struct ic_ref ref, enum ic_client_loss loss)
{
    struct ic_client client = *ic_client_at(h, ref);
    const struct ic_seat *seat = ic_pool_at(&h->seats, client.seat);
    ic_client_drop(h, ref);
    if (seat != NULL && loss != IC_CLIENT_LEFT) {
        ic_seat_detach(h, client.seat, loss == IC_CLIENT_AWAY);
        return;
    }
    give_up(h, client.seat, client.knock, IC_SIG_LEFT);
}

static enum ic_client_loss loss_of(enum ic_hub_end end)
{
    switch (end) {
    case IC_HUB_LEFT:
        return IC_CLIENT_LEFT;
    case IC_HUB_AWAY:
        return IC_CLIENT_AWAY;
    case IC_HUB_LOST:
        break;
    }
    return IC_CLIENT_CUT;
}

void ic_request_ended(struct ic_hub *h, struct ic_ref ref, enum ic_hub_end how)
{
    struct ic_client *client = ic_client_at(h, ref);
    if (client->loss != IC_CLIENT_OPEN)
        return;
    if (ic_effects_drained(&h->effects)) {
        end(h, ref, loss_of(how));
        return;
    }
    client->loss = loss_of(how);
    ic_client_touch(h, ref);
}

void ic_request_seat_over(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_seat *seat = ic_pool_at(&h->seats, ref);
    struct ic_ref room = seat->room;
    if (seat->state == IC_SEAT_PLACING && seat->before_key != 0) {
        ic_request_not_moved(h, ref, true); /* who has the old one need not have another */
        return;
    }
    if (!ic_ref_is_none(seat->client)) {
        bool is_placing = seat->state == IC_SEAT_PLACING;
        ic_request_refuse(h, seat->client, is_placing ? IC_SIG_BUSY : IC_SIG_MEDIA_LOST);
        return;
    }
    ic_seat_end(h, ref, seat->is_away ? IC_SIG_LEFT : IC_SIG_LOST);
    ic_group_settle(h, room);
}

void ic_request_knock_over(struct ic_hub *h, struct ic_ref ref)
{
    ic_request_refuse(h, ic_knock_at(h, ref)->client, IC_SIG_BUSY);
}

void ic_request_drain(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = ic_client_at(h, ref);
    client->tell_draining =
        client->state == IC_CLIENT_ADMITTED || client->state == IC_CLIENT_JOINED;
    ic_client_touch(h, ref);
}

void ic_request_tick(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = ic_client_at(h, ref);
    if (client->loss != IC_CLIENT_OPEN) {
        end(h, ref, client->loss);
        return;
    }
    if (ic_time_reached(client->timeout_at, h->now)) {
        bool is_silent = client->state == IC_CLIENT_NEW;
        ic_request_refuse(h, ref, is_silent ? IC_SIG_BAD_MESSAGE : IC_SIG_BUSY);
        return;
    }
    if (client->tell_draining)
        ic_seat_tell_draining(h, client->seat);
    if (client->tell_waiting && client->state == IC_CLIENT_WAITING)
        ic_knock_tell_client(h, client->knock);
    if (client->tell_knocks && client->state >= IC_CLIENT_ADMITTED)
        ic_knock_tell_member(h, ic_pool_at(&h->seats, client->seat));
    client->tell_draining = client->tell_waiting = client->tell_knocks = false;
    ic_client_touch(h, ref);
}
