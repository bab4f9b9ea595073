#include "signal/meter.h"

#include <string.h>

#include "base/assert.h"
#include "signal/client.h"
#include "signal/roster.h"

static_assert(IC_RECEIPT_HASH_LEN == IC_SHA256_LEN, "a hash");

void ic_meter_set_ids(struct ic_seat *seat, const struct ic_sig_receipt_ids *ids)
{
    struct ic_meter *m = &seat->meter;
    struct ic_receipt_chain *c = &m->chain;
    bool is_same = m->has_ids && memcmp(c->meeting, ids->meeting.at, sizeof c->meeting) == 0 &&
                   memcmp(c->member, ids->member.at, sizeof c->member) == 0;
    if (is_same && c->seq > 0)
        return; /* what was signed here last may still be on its way */
    m->has_ids = true;
    *c = (struct ic_receipt_chain){.seq = ids->seq};
    memcpy(c->meeting, ids->meeting.at, sizeof c->meeting);
    memcpy(c->member, ids->member.at, sizeof c->member);
    if (ids->prev.len > 0)
        memcpy(c->prev, ids->prev.at, sizeof c->prev);
}

struct ic_seat *ic_meter_of_key(const struct ic_hub *h, uint64_t key, struct ic_ref *ref)
{
    uint32_t index = 0;
    if (!ic_map_find(&h->meters, &key, &index))
        return NULL;
    return ic_pool_at_index(&h->seats, index, ref);
}

/* ---- counting ---- */

static void tell_writing(struct ic_hub *h, const struct ic_seat *seat, bool is_writing)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_receipts(&w, is_writing);
    ic_client_send(h, seat->client, ic_effect_text_close(&h->effects, &w));
}

static void command(struct ic_hub *h, const struct ic_seat *seat, enum ic_cmd_kind kind)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_cmd_brief cmd = {.kind = kind,
                               .peer = seat->meter.key,
                               .room = room->key,
                               .chain = seat->meter.chain,
                               .end = seat->meter.end};
    ic_effect_cmd(&h->effects, room->worker, &cmd);
}

static void ask(struct ic_hub *h, struct ic_seat *seat)
{
    bool is_here = seat->meter.node == NULL;
    command(h, seat, is_here ? IC_CMD_PEER_COUNT : IC_CMD_PEER_RECEIPT_END);
    seat->meter.at = ic_time_add(h->now, IC_MS(IC_SIGNAL_WORKER_MS));
    seat->meter.is_asked = true;
}

static bool hash_policy(const struct ic_room *room, uint8_t out[static IC_SHA256_LEN])
{
    const struct ic_part part = {room->policy_bytes, room->policy_len};
    return ic_hash_sha256(&part, 1, out) == IC_OK;
}

void ic_meter_begin(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat,
                    const struct ic_evt *ready)
{
    struct ic_meter *m = &seat->meter;
    bool is_here = ready->node == NULL;
    ic_meter_drop(h, seat);
    if (!m->has_ids)
        return;
    bool is_writing = (is_here ? h->writes_receipts : ready->writes_receipts) &&
                      hash_policy(ic_roster_room(h, seat), m->policy);
    tell_writing(h, seat, is_writing);
    if (!is_writing)
        return;
    m->key = seat->key;
    m->node = ready->node;
    m->end = IC_METER_GOES_ON;
    m->is_asked = false;
    enum ic_err e = ic_map_set(&h->meters, &m->key, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool of seats */
    if (!is_here) {        /* the other node has the time and the counts */
        command(h, seat, IC_CMD_PEER_RECEIPTS);
        return;
    }
    ic_interval_begin(&m->interval, h->now, h->date_s);
    m->at = ic_interval_end(&m->interval);
}

void ic_meter_drop(struct ic_hub *h, struct ic_seat *seat)
{
    struct ic_meter *m = &seat->meter;
    if (m->key != 0)
        (void)ic_map_remove(&h->meters, &m->key);
    m->key = 0;
    m->node = NULL;
    m->at = IC_NEVER;
}

void ic_meter_end(struct ic_hub *h, struct ic_seat *seat, enum ic_meter_end end)
{
    struct ic_meter *m = &seat->meter;
    if (m->key == 0 || m->end != IC_METER_GOES_ON)
        return;
    m->end = end;
    ask(h, seat);
}

void ic_meter_tick(struct ic_hub *h, struct ic_seat *seat)
{
    struct ic_meter *m = &seat->meter;
    if (m->key == 0 || !ic_time_reached(m->at, h->now))
        return;
    if (m->end != IC_METER_GOES_ON && m->is_asked) /* the transport went before it was counted */
        ic_meter_drop(h, seat);
    else
        ask(h, seat);
}

void ic_meter_counted(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat,
                      const struct ic_evt *evt)
{
    struct ic_meter *m = &seat->meter;
    struct ic_receipt_facts facts = {.token = ic_hub_token(ref)};
    bool is_lost = evt->kind == IC_EVT_PEER_CLOSED;
    if (m->node != NULL) { /* what it had to say came before; a node that is lost says nothing */
        if (is_lost)
            ic_meter_drop(h, seat);
        return;
    }
    if (is_lost && m->end == IC_METER_GOES_ON)
        m->end = IC_METER_LOST;
    /* The answer to the question before the last one: an interval that is not over, or is. */
    bool is_whole = ic_time_reached(ic_interval_end(&m->interval), h->now);
    if (m->end == IC_METER_GOES_ON && !is_whole)
        return;
    memcpy(facts.policy, m->policy, sizeof facts.policy);
    facts.chain = m->chain;
    facts.end = m->end;
    ic_interval_cut(&m->interval, h->now, h->date_s, &evt->counts, evt->nodes, &facts);
    m->at = ic_interval_end(&m->interval);
    m->is_asked = false;
    if (m->end != IC_METER_GOES_ON)
        ic_meter_drop(h, seat);
    ic_effect_receipt(&h->effects, &facts);
}

/* ---- notes ---- */

static void tell(struct ic_hub *h, const struct ic_seat *seat, const uint8_t *note, size_t len)
{
    struct ic_wr w = ic_effect_text_open(&h->effects);
    ic_message_write_receipt(&w, (struct ic_mls_span){note, len});
    ic_client_send(h, seat->client, ic_effect_text_close(&h->effects, &w));
}

/* Forgotten when there is no room: the client sees that one is missing. */
static void keep(struct ic_hub *h, struct ic_seat *seat, const uint8_t *note, size_t len)
{
    struct ic_meter *m = &seat->meter;
    struct ic_ref ref = {0};
    if (m->kept_count == IC_RECEIPTS_KEPT_SEAT)
        return;
    struct ic_kept_receipt *kept = ic_pool_get(&h->receipts, &ref);
    if (kept == NULL)
        return;
    kept->len = len;
    memcpy(kept->note, note, len);
    m->kept[m->kept_count++] = ref;
}

/* The newest of the chain. */
static void take(struct ic_hub *h, struct ic_seat *seat, const uint8_t *note, size_t len,
                 const uint8_t sha256[static IC_SHA256_LEN])
{
    struct ic_receipt_chain *chain = &seat->meter.chain;
    chain->seq++;
    memcpy(chain->prev, sha256, sizeof chain->prev);
    if (ic_client_is_member(h, seat->client))
        tell(h, seat, note, len);
    else
        keep(h, seat, note, len);
}

void ic_meter_signed(struct ic_hub *h, uint64_t token, const uint8_t *note, size_t len,
                     const uint8_t sha256[static IC_SHA256_LEN])
{
    struct ic_seat *seat = ic_pool_at(&h->seats, ic_hub_token_ref(token));
    IC_ASSERT(len <= IC_RECEIPT_MAX);
    if (seat == NULL || len == 0)
        return;
    take(h, seat, note, len, sha256);
}

void ic_meter_came(struct ic_hub *h, struct ic_seat *seat, const struct ic_receipt_came *came)
{
    const struct ic_meter *m = &seat->meter;
    const struct ic_receipt_chain *c = &m->chain, *before = &came->before;
    IC_ASSERT(came->len > 0 && came->len <= IC_RECEIPT_MAX);
    bool is_theirs = m->key == came->peer && m->node != NULL && strcmp(m->node, came->node) == 0;
    bool is_next = before->seq == c->seq &&
                   memcmp(before->meeting, c->meeting, sizeof c->meeting) == 0 &&
                   memcmp(before->member, c->member, sizeof c->member) == 0 &&
                   memcmp(before->prev, c->prev, sizeof c->prev) == 0 &&
                   memcmp(came->policy, m->policy, sizeof m->policy) == 0;
    if (!is_theirs || !is_next)
        return;
    take(h, seat, came->note, came->len, came->sha256);
    if (came->is_last)
        ic_meter_drop(h, seat);
}

static void forget_kept(struct ic_hub *h, struct ic_seat *seat, bool is_told)
{
    struct ic_meter *m = &seat->meter;
    for (size_t i = 0; i < m->kept_count; i++) {
        const struct ic_kept_receipt *kept = ic_pool_at(&h->receipts, m->kept[i]);
        IC_ASSERT(kept != NULL);
        if (is_told)
            tell(h, seat, kept->note, kept->len);
        ic_pool_put(&h->receipts, m->kept[i]);
    }
    m->kept_count = 0;
}

void ic_meter_tell_kept(struct ic_hub *h, struct ic_seat *seat)
{
    forget_kept(h, seat, true);
}

void ic_meter_close(struct ic_hub *h, struct ic_seat *seat)
{
    ic_meter_drop(h, seat);
    forget_kept(h, seat, false);
}
