#include "signal/client.h"

#include "base/assert.h"

/* RFC 6455 7.4.1 */
#define CLOSE_NORMAL 1000
#define CLOSE_POLICY 1008
#define CLOSE_BUSY   1013 /* IANA registry: "Try Again Later" */

struct ic_client *ic_client_at(const struct ic_hub *h, struct ic_ref ref)
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

void ic_client_touch(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_client *client = ic_client_at(h, ref);
    bool is_due = client->tell_draining || client->tell_waiting || client->tell_knocks ||
                  client->loss != IC_CLIENT_OPEN;
    ic_heap_set(&h->deadlines, ref.index, is_due ? h->now : client->timeout_at);
}

/* ---- states ---- */

static bool is_legal(enum ic_client_state from, enum ic_client_state to)
{
    switch (from) {
    case IC_CLIENT_NEW:
        return to == IC_CLIENT_FINDING;
    case IC_CLIENT_FINDING:
        return to == IC_CLIENT_WAITING || to == IC_CLIENT_ADMITTED || to == IC_CLIENT_JOINED;
    case IC_CLIENT_WAITING:
        return to == IC_CLIENT_FINDING || to == IC_CLIENT_ADMITTED;
    case IC_CLIENT_ADMITTED:
        return to == IC_CLIENT_PLACING;
    case IC_CLIENT_PLACING:
        return to == IC_CLIENT_JOINED;
    case IC_CLIENT_JOINED:
        return to == IC_CLIENT_PLACING;
    }
    return false;
}

void ic_client_move(struct ic_hub *h, struct ic_ref ref, enum ic_client_state to,
                    struct ic_time timeout_at)
{
    struct ic_client *client = ic_client_at(h, ref);
    IC_ASSERT(is_legal(client->state, to));
    client->state = to;
    client->timeout_at = timeout_at;
    ic_client_touch(h, ref);
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
    ic_client_touch(h, ref);
    return IC_OK;
}

/* ---- words ---- */

void ic_client_send(struct ic_hub *h, struct ic_ref ref, struct ic_text text)
{
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    if (client != NULL && client->loss == IC_CLIENT_OPEN)
        ic_effect_send(&h->effects, client->conn, text);
}

void ic_client_refused(struct ic_hub *h, struct ic_ref ref, enum ic_sig_type what,
                       enum ic_sig_refusal reason)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_refused(&w, what, reason);
    ic_client_send(h, ref, ic_effect_text_close(&h->effects, &w));
}

bool ic_client_is_member(const struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_client *client = ic_pool_at(&h->clients, ref);
    return client != NULL && client->loss == IC_CLIENT_OPEN && !client->is_catching &&
           client->state >= IC_CLIENT_ADMITTED;
}

/* ---- ends ---- */

void ic_client_drop(struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_client *client = ic_client_at(h, ref);
    ic_heap_set(&h->deadlines, ref.index, IC_NEVER);
    bool was_there = ic_map_remove(&h->conns, &client->conn.value);
    IC_ASSERT(was_there);
    ic_pool_put(&h->clients, ref);
}

void ic_client_part(struct ic_hub *h, struct ic_ref ref)
{
    ic_effect_close(&h->effects, ic_client_at(h, ref)->conn, CLOSE_NORMAL, "left");
    ic_client_drop(h, ref);
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
    case IC_SIG_DECLINED:
    case IC_SIG_LINK_EXPIRED:
    case IC_SIG_REMOVED:
    case IC_SIG_NODE_REFUSED:
        return CLOSE_POLICY;
    }
    return CLOSE_POLICY;
}

void ic_client_expel(struct ic_hub *h, struct ic_ref ref, enum ic_sig_error error)
{
    const struct ic_client *client = ic_client_at(h, ref);
    if (client->loss == IC_CLIENT_OPEN) {
        ic_effect_send_error(&h->effects, client->conn, error, true);
        ic_effect_close(&h->effects, client->conn, close_code(error), ic_message_error_code(error));
    }
    ic_client_drop(h, ref);
}

void ic_client_expel_node_refused(struct ic_hub *h, struct ic_ref ref,
                                  const struct ic_sig_node_refused *refused)
{
    const struct ic_client *client = ic_client_at(h, ref);
    if (client->loss == IC_CLIENT_OPEN) {
        struct ic_wr w = ic_effect_text_open(&h->effects);
        ic_message_write_node_refused(&w, refused);
        ic_effect_send_last(&h->effects, client->conn, ic_effect_text_close(&h->effects, &w));
        ic_effect_close(&h->effects, client->conn, refused->retry_s > 0 ? CLOSE_BUSY : CLOSE_POLICY,
                        ic_message_error_code(IC_SIG_NODE_REFUSED));
    }
    ic_client_drop(h, ref);
}
