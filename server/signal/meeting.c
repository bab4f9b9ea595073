#include "signal/meeting.h"

#include <string.h>

#include "base/assert.h"
#include "signal/knock.h"
#include "signal/roster.h"

static void finish(struct ic_hub *h, struct ic_ref ref, enum ic_hub_answer answer)
{
    const struct ic_making *making = ic_pool_at(&h->makings, ref);
    IC_ASSERT(making != NULL);
    ic_effect_answer(&h->effects, making->conn, answer, making->meeting);
    ic_heap_set(&h->deadlines, ic_hub_making_deadline_id(h, ref.index), IC_NEVER);
    ic_pool_put(&h->makings, ref);
}

static void ask_store(struct ic_hub *h, struct ic_ref ref, struct ic_mls_span policy)
{
    const struct ic_making *making = ic_pool_at(&h->makings, ref);
    struct ic_store_request request = {.kind = IC_STORE_MEETING_ADD, .token = ic_hub_token(ref)};
    memcpy(request.meeting, making->meeting, sizeof request.meeting);
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_store_part_write(&w, IC_STORE_POLICY, policy.at, policy.len);
    ic_effect_store(&h->effects, &request, &w);
    ic_heap_set(&h->deadlines, ic_hub_making_deadline_id(h, ref.index),
                ic_time_add(h->now, IC_MS(IC_SIGNAL_STORE_MS)));
}

/* Everything but the room for it. */
static enum ic_hub_answer check(struct ic_hub *h, const char *body, size_t len,
                                struct ic_sig_meeting *meeting, struct ic_policy *policy)
{
    enum ic_err e = ic_message_parse_meeting(body, len, h->scratch, meeting);
    if (e != IC_OK)
        return e == IC_ERR_FULL ? IC_HUB_FULL : IC_HUB_BAD_MESSAGE;
    if (ic_policy_parse(meeting->policy.at, meeting->policy.len, policy) == IC_OK)
        return IC_HUB_MADE;
    bool is_unbound = ic_policy_is_unbound(meeting->policy.at, meeting->policy.len);
    return is_unbound ? IC_HUB_UNBOUND_POLICY : IC_HUB_BAD_POLICY;
}

void ic_meeting_request(struct ic_hub *h, struct ic_conn_id conn, const char *body, size_t len)
{
    struct ic_ref ref = {0};
    struct ic_making *making = NULL;
    struct ic_sig_meeting meeting;
    struct ic_policy policy;
    enum ic_hub_answer answer = check(h, body, len, &meeting, &policy);
    if (answer != IC_HUB_MADE) {
        ic_effect_answer(&h->effects, conn, answer, NULL);
        return;
    }
    if (!h->is_draining && ic_bucket_take(&h->makings_bucket, h->now, IC_SIGNAL_MEETINGS_PER_S,
                                          IC_SIGNAL_MEETINGS_BURST))
        making = ic_pool_get(&h->makings, &ref);
    if (making == NULL) {
        ic_effect_answer(&h->effects, conn, IC_HUB_FULL, NULL);
        return;
    }
    making->conn = conn;
    memcpy(making->meeting, policy.meeting_id, sizeof making->meeting);
    ask_store(h, ref, meeting.policy);
}

static enum ic_hub_answer answer_of(enum ic_err result)
{
    if (result == IC_OK)
        return IC_HUB_MADE;
    if (result == IC_ERR_STATE)
        return IC_HUB_EXISTS;
    return result == IC_ERR_FULL ? IC_HUB_FULL : IC_HUB_FAILED;
}

void ic_meeting_made(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_ref ref = ic_hub_token_ref(reply->token);
    if (ic_pool_at(&h->makings, ref) != NULL)
        finish(h, ref, answer_of(reply->result));
}

void ic_meeting_tick(struct ic_hub *h, struct ic_ref ref)
{
    finish(h, ref, IC_HUB_FULL);
}

/* ---- bytes by their hash ---- */

/* Who asks is known by its socket alone, which outlives no answer: nothing is kept here. */
void ic_meeting_blob_request(struct ic_hub *h, struct ic_conn_id conn,
                             const uint8_t hash[static IC_SHA256_LEN])
{
    struct ic_mls_span identity = ic_knock_identity(h, hash);
    if (identity.len > 0) {
        ic_effect_blob(&h->effects, conn, IC_OK, identity.at, identity.len);
        return;
    }
    struct ic_store_request request = {.kind = IC_STORE_BLOB_FIND, .token = conn.value};
    memcpy(request.hash, hash, sizeof request.hash);
    ic_effect_store(&h->effects, &request, NULL);
}

void ic_meeting_blob_found(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_store_part part = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_BLOB);
    ic_effect_blob(&h->effects, (struct ic_conn_id){reply->token}, reply->result, part.bytes,
                   part.len);
}

/* ---- policies ---- */

void ic_meeting_policy_request(struct ic_hub *h, struct ic_conn_id conn,
                               const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_ref ref = ic_roster_find(h, meeting);
    if (!ic_ref_is_none(ref)) {
        const struct ic_room *room = ic_roster_at(h, ref);
        ic_effect_blob(&h->effects, conn, IC_OK, room->policy_bytes, room->policy_len);
        return;
    }
    struct ic_store_request request = {.kind = IC_STORE_POLICY_FIND, .token = conn.value};
    memcpy(request.meeting, meeting, sizeof request.meeting);
    ic_effect_store(&h->effects, &request, NULL);
}

void ic_meeting_policy_found(struct ic_hub *h, const struct ic_store_reply *reply)
{
    struct ic_store_part part = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_POLICY);
    ic_effect_blob(&h->effects, (struct ic_conn_id){reply->token}, reply->result, part.bytes,
                   part.len);
}
