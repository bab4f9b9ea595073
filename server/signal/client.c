#include "signal/client.h"

#include <string.h>

#include "base/assert.h"
#include "signal/roster.h"
#include "signal/seat.h"

/* RFC 6455 7.4.1 */
#define CLOSE_NORMAL 1000
#define CLOSE_POLICY 1008
#define CLOSE_BUSY   1013 /* IANA registry: "Try Again Later" */

static struct ic_client *at(const struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = ic_pool_at(&h->clients, ref);
    IC_ASSERT(client != NULL);
    return client;
}

struct ic_client *ic_client_of_conn(const struct ic_hub *h, struct ic_conn_id conn,
                                    struct ic_ref *ref)
{
    uint32_t index = 0;
    if (!ic_map_find(&h->conns, &conn.value, &index))
        return NULL;
    return ic_pool_at_index(&h->clients, index, ref);
}

static void set_deadline(struct ic_hub *h, struct ic_ref ref, const struct ic_client *client)
{
    bool is_due = client->tell_draining || client->loss != IC_CLIENT_OPEN;
    ic_heap_set(&h->deadlines, ref.index, is_due ? h->now : client->timeout_at);
}

/* ---- states ---- */

static bool is_legal(enum ic_client_state from, enum ic_client_state to)
{
    switch (from) {
    case IC_CLIENT_NEW:
        return to == IC_CLIENT_FINDING || to == IC_CLIENT_JOINED;
    case IC_CLIENT_FINDING:
        return to == IC_CLIENT_PLACING;
    case IC_CLIENT_PLACING:
        return to == IC_CLIENT_JOINED;
    case IC_CLIENT_JOINED:
        return false;
    }
    return false;
}

/* The only place where a client changes its state. timeout_at: IC_NEVER where the seat keeps time.
 */
static void move(struct ic_hub *h, struct ic_ref ref, enum ic_client_state to,
                 struct ic_time timeout_at)
{
    struct ic_client *client = at(h, ref);
    IC_ASSERT(is_legal(client->state, to));
    client->state = to;
    client->timeout_at = timeout_at;
    set_deadline(h, ref, client);
}

/* Forget the client; the seat is the caller's business. */
static void drop(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = at(h, ref);
    ic_pool_put(&h->joins, client->join);
    ic_heap_set(&h->deadlines, ref.index, IC_NEVER);
    bool was_there = ic_map_remove(&h->conns, &client->conn.value);
    IC_ASSERT(was_there);
    ic_pool_put(&h->clients, ref);
}

static uint16_t close_code(enum ic_sig_error error)
{
    switch (error) {
    case IC_SIG_ROOM_FULL:
    case IC_SIG_SERVER_FULL:
    case IC_SIG_BUSY:
    case IC_SIG_INTERNAL:
        return CLOSE_BUSY;
    case IC_SIG_NOT_FOUND:
    case IC_SIG_BAD_MESSAGE:
    case IC_SIG_UNSUPPORTED_VERSION:
    case IC_SIG_SESSION_UNKNOWN:
    case IC_SIG_TAKEN_OVER:
    case IC_SIG_MEDIA_LOST:
        return CLOSE_POLICY;
    }
    return CLOSE_POLICY;
}

/* Tell, close, forget; the seat stays. */
static void expel(struct ic_hub *h, struct ic_ref ref, enum ic_sig_error error)
{
    const struct ic_client *client = at(h, ref);
    if (client->loss == IC_CLIENT_OPEN) {
        ic_effect_send_error(&h->effects, client->conn, error, true);
        ic_effect_close(&h->effects, client->conn, close_code(error), ic_message_error_code(error));
    }
    drop(h, ref);
}

void ic_client_refuse(struct ic_hub *h, struct ic_ref ref, enum ic_sig_error error)
{
    struct ic_ref seat = at(h, ref)->seat;
    h->refused++;
    expel(h, ref, error);
    if (!ic_ref_is_none(seat))
        ic_seat_remove(h, seat, true);
}

enum ic_err ic_client_open(struct ic_hub *h, struct ic_conn_id conn)
{
    struct ic_ref ref = {0};
    if (ic_client_of_conn(h, conn, &ref) != NULL)
        return IC_ERR_STATE;
    struct ic_client *client = ic_pool_get(&h->clients, &ref);
    if (client == NULL)
        return IC_ERR_FULL;
    client->conn = conn;
    client->state = IC_CLIENT_NEW;
    client->timeout_at = ic_time_add(h->now, IC_MS(IC_WS_JOIN_TIMEOUT_MS));
    enum ic_err e = ic_map_set(&h->conns, &conn.value, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool */
    set_deadline(h, ref, client);
    return IC_OK;
}

/* ---- what a client says ---- */

/* A malformed id goes the way of an unknown one, as one that nobody can have. */
static void on_join(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_join *msg)
{
    struct ic_client *client = at(h, ref);
    struct ic_join *join = h->is_draining ? NULL : ic_pool_get(&h->joins, &client->join);
    if (join == NULL) {
        ic_client_refuse(h, ref, IC_SIG_BUSY);
        return;
    }
    join->msg = *msg;
    join->is_malformed = ic_base64url_decode(msg->meeting, strlen(msg->meeting), join->meeting,
                                             sizeof join->meeting) != IC_OK;
    struct ic_store_request request = {.kind = IC_STORE_MEETING_FIND, .token = ic_hub_token(ref)};
    memcpy(request.meeting, join->meeting, sizeof request.meeting);
    ic_effect_store(&h->effects, &request);
    move(h, ref, IC_CLIENT_FINDING, ic_time_add(h->now, IC_MS(IC_SIGNAL_STORE_MS)));
}

/* Whoever held the seat holds it no more. */
static void take_over(struct ic_hub *h, struct ic_seat *seat)
{
    if (!ic_ref_is_none(seat->client))
        expel(h, seat->client, IC_SIG_TAKEN_OVER);
    seat->client = (struct ic_ref){0};
}

static void on_resume(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_resume *msg)
{
    struct ic_ref seat_ref = {0};
    struct ic_seat *seat = ic_seat_of_session(h, msg->session, &seat_ref);
    if (seat == NULL || seat->state != IC_SEAT_TAKEN) {
        ic_client_refuse(h, ref, IC_SIG_SESSION_UNKNOWN);
        return;
    }
    take_over(h, seat);
    at(h, ref)->seat = seat_ref;
    move(h, ref, IC_CLIENT_JOINED, IC_NEVER);
    ic_seat_attach(h, seat_ref, ref);
    h->resumes_done++;
}

static void on_media(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_media *msg)
{
    const struct ic_client *client = at(h, ref);
    struct ic_join *join = ic_pool_at(&h->joins, client->join);
    if (client->state == IC_CLIENT_FINDING && join != NULL)
        join->msg.media = *msg;
    else
        ic_seat_set_media(h, client->seat, *msg);
}

static void on_leave(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_ref seat = at(h, ref)->seat;
    ic_effect_close(&h->effects, at(h, ref)->conn, CLOSE_NORMAL, "left");
    drop(h, ref);
    if (!ic_ref_is_none(seat))
        ic_seat_remove(h, seat, false);
}

static void on_ping(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_ping *msg)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_pong(&w, msg->id);
    ic_effect_send(&h->effects, at(h, ref)->conn, ic_effect_text_close(&h->effects, &w));
}

/* What may be said when. */
static bool is_in_turn(enum ic_client_state state, enum ic_sig_type type)
{
    static const bool in_turn[4][5] = {
        [IC_CLIENT_NEW] = {[IC_SIG_JOIN] = true, [IC_SIG_RESUME] = true},
        [IC_CLIENT_FINDING] = {[IC_SIG_MEDIA] = true, [IC_SIG_LEAVE] = true, [IC_SIG_PING] = true},
        [IC_CLIENT_PLACING] = {[IC_SIG_MEDIA] = true, [IC_SIG_LEAVE] = true, [IC_SIG_PING] = true},
        [IC_CLIENT_JOINED] = {[IC_SIG_MEDIA] = true, [IC_SIG_LEAVE] = true, [IC_SIG_PING] = true},
    };
    return in_turn[state][type];
}

static void dispatch(struct ic_hub *h, struct ic_ref ref, const struct ic_sig_msg *msg)
{
    if (!is_in_turn(at(h, ref)->state, msg->type)) {
        ic_client_refuse(h, ref, IC_SIG_BAD_MESSAGE);
        return;
    }
    switch (msg->type) {
    case IC_SIG_JOIN:
        on_join(h, ref, &msg->join);
        return;
    case IC_SIG_RESUME:
        on_resume(h, ref, &msg->resume);
        return;
    case IC_SIG_MEDIA:
        on_media(h, ref, &msg->media);
        return;
    case IC_SIG_LEAVE:
        on_leave(h, ref);
        return;
    case IC_SIG_PING:
        on_ping(h, ref, &msg->ping);
        return;
    }
}

void ic_client_message(struct ic_hub *h, struct ic_ref ref, const char *text, size_t len)
{
    struct ic_client *client = at(h, ref);
    if (client->loss != IC_CLIENT_OPEN)
        return;
    if (!ic_bucket_take(&client->bucket, h->now, IC_SIGNAL_MESSAGES_PER_S,
                        IC_SIGNAL_MESSAGES_BURST)) {
        ic_client_refuse(h, ref, IC_SIG_BUSY);
        return;
    }
    enum ic_err e = ic_message_parse(text, len, &h->msg);
    if (e == IC_OK)
        dispatch(h, ref, &h->msg);
    else if (e == IC_ERR_STATE && client->state == IC_CLIENT_NEW)
        ic_client_refuse(h, ref, IC_SIG_UNSUPPORTED_VERSION);
    else
        ic_client_refuse(h, ref, e == IC_ERR_FULL ? IC_SIG_BUSY : IC_SIG_BAD_MESSAGE);
}

/* ---- what the store and the worker say ---- */

/* The seat in this meeting that the join takes over; none when there is no such seat. */
static struct ic_ref seat_to_replace(const struct ic_hub *h, const struct ic_join *join)
{
    struct ic_ref ref = {0};
    const struct ic_seat *seat = ic_seat_of_session(h, join->msg.replaces, &ref);
    if (seat == NULL || seat->state != IC_SEAT_TAKEN)
        return (struct ic_ref){0};
    const struct ic_room *room = ic_roster_room(h, seat);
    bool is_same_meeting = memcmp(room->meeting, join->meeting, sizeof room->meeting) == 0;
    return is_same_meeting ? ref : (struct ic_ref){0};
}

/* Room for one more in the server and in this meeting, the replaced one not counted. */
static bool is_room(struct ic_hub *h, struct ic_ref client, struct ic_ref room_ref, bool replaces)
{
    const struct ic_room *room = ic_pool_at(&h->rooms, room_ref);
    uint32_t spare = replaces ? 1 : 0;
    if (room != NULL && room->members - spare >= h->config.room_members_max) {
        ic_client_refuse(h, client, IC_SIG_ROOM_FULL);
        return false;
    }
    if (h->members - spare < h->config.peers_max &&
        (room != NULL || h->rooms.used < h->rooms.count))
        return true;
    ic_client_refuse(h, client, IC_SIG_SERVER_FULL);
    return false;
}

static void place(struct ic_hub *h, struct ic_ref ref, const struct ic_join *join)
{
    struct ic_ref replaces = seat_to_replace(h, join);
    struct ic_ref room = ic_roster_find(h, join->meeting);
    if (!is_room(h, ref, room, !ic_ref_is_none(replaces)))
        return;
    if (ic_ref_is_none(room))
        room = ic_roster_make(h, join->meeting);
    struct ic_seat *old = ic_pool_at(&h->seats, replaces);
    if (old != NULL)
        take_over(h, old);
    struct ic_client *client = at(h, ref);
    client->seat = ic_seat_place(h, ref, client->join, room, replaces);
    move(h, ref, IC_CLIENT_PLACING, IC_NEVER);
}

void ic_client_found(struct ic_hub *h, struct ic_ref ref, enum ic_err result)
{
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    if (client == NULL || client->state != IC_CLIENT_FINDING || client->loss != IC_CLIENT_OPEN)
        return;
    const struct ic_join *join = ic_pool_at(&h->joins, client->join);
    IC_ASSERT(join != NULL);
    if (result == IC_ERR_GONE || (result == IC_OK && join->is_malformed))
        ic_client_refuse(h, ref, IC_SIG_NOT_FOUND);
    else if (h->is_draining || result == IC_ERR_FULL)
        ic_client_refuse(h, ref, IC_SIG_BUSY);
    else if (result != IC_OK)
        ic_client_refuse(h, ref, IC_SIG_INTERNAL);
    else
        place(h, ref, join);
}

void ic_client_placed(struct ic_hub *h, struct ic_ref ref,
                      const struct ic_server_transport *transport)
{
    struct ic_client *client = at(h, ref);
    ic_pool_put(&h->joins, client->join);
    client->join = (struct ic_ref){0};
    move(h, ref, IC_CLIENT_JOINED, IC_NEVER);
    ic_seat_take(h, client->seat, transport);
    h->joins_done++;
}

/* ---- ends ---- */

static void end(struct ic_hub *h, struct ic_ref ref, bool is_clean)
{
    const struct ic_client *client = at(h, ref);
    struct ic_ref seat = client->seat;
    bool keeps_seat = client->state == IC_CLIENT_JOINED && !is_clean;
    drop(h, ref);
    if (ic_ref_is_none(seat))
        return;
    if (keeps_seat)
        ic_seat_detach(h, seat);
    else
        ic_seat_remove(h, seat, !is_clean);
}

void ic_client_ended(struct ic_hub *h, struct ic_ref ref, bool is_clean)
{
    struct ic_client *client = at(h, ref);
    if (client->loss != IC_CLIENT_OPEN)
        return;
    if (ic_effects_drained(&h->effects)) {
        end(h, ref, is_clean);
        return;
    }
    client->loss = is_clean ? IC_CLIENT_ENDED : IC_CLIENT_CUT;
    set_deadline(h, ref, client);
}

void ic_client_drain(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = at(h, ref);
    client->tell_draining = client->state == IC_CLIENT_JOINED;
    set_deadline(h, ref, client);
}

void ic_client_tick(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_client *client = at(h, ref);
    if (client->loss != IC_CLIENT_OPEN) {
        end(h, ref, client->loss == IC_CLIENT_ENDED);
        return;
    }
    if (ic_time_reached(client->timeout_at, h->now)) {
        bool is_silent = client->state == IC_CLIENT_NEW;
        ic_client_refuse(h, ref, is_silent ? IC_SIG_BAD_MESSAGE : IC_SIG_BUSY);
        return;
    }
    if (client->tell_draining)
        ic_seat_tell_draining(h, client->seat);
    client->tell_draining = false;
    set_deadline(h, ref, client);
}
