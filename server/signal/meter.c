#include "signal/meter.h"

#include <string.h>

#include "base/assert.h"
#include "signal/client.h"
#include "signal/roster.h"

#define INTERVAL_US ((int64_t)IC_RECEIPT_INTERVAL_S * 1000000)

static_assert(IC_RECEIPT_HASH_LEN == IC_SHA256_LEN, "a hash");

void ic_meter_set_ids(struct ic_seat *seat, const struct ic_sig_receipt_ids *ids)
{
    struct ic_meter *m = &seat->meter;
    bool is_same = m->has_ids && memcmp(m->meeting, ids->meeting.at, sizeof m->meeting) == 0 &&
                   memcmp(m->member, ids->member.at, sizeof m->member) == 0;
    if (is_same && m->seq > 0)
        return; /* what was signed here last may still be on its way */
    m->has_ids = true;
    memcpy(m->meeting, ids->meeting.at, sizeof m->meeting);
    memcpy(m->member, ids->member.at, sizeof m->member);
    m->seq = ids->seq;
    memset(m->prev, 0, sizeof m->prev);
    if (ids->prev.len > 0)
        memcpy(m->prev, ids->prev.at, sizeof m->prev);
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

static void ask(struct ic_hub *h, struct ic_seat *seat)
{
    const struct ic_room *room = ic_roster_room(h, seat);
    struct ic_cmd_brief cmd = {
        .kind = IC_CMD_PEER_COUNT, .peer = seat->meter.key, .room = room->key};
    ic_effect_cmd(&h->effects, room->worker, &cmd);
    seat->meter.at = ic_time_add(h->now, IC_MS(IC_SIGNAL_WORKER_MS));
    seat->meter.is_asked = true;
}

static bool hash_policy(const struct ic_room *room, uint8_t out[static IC_SHA256_LEN])
{
    const struct ic_part part = {room->policy_bytes, room->policy_len};
    return ic_hash_sha256(&part, 1, out) == IC_OK;
}

void ic_meter_begin(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat, bool is_here)
{
    struct ic_meter *m = &seat->meter;
    ic_meter_drop(h, seat);
    if (!m->has_ids)
        return;
    bool is_writing =
        is_here && h->writes_receipts && hash_policy(ic_roster_room(h, seat), m->policy);
    tell_writing(h, seat, is_writing);
    if (!is_writing)
        return;
    m->key = seat->key;
    m->from = h->now;
    m->from_s = h->date_s;
    m->at = ic_time_add(h->now, IC_SEC(IC_RECEIPT_INTERVAL_S));
    m->before = (struct ic_peer_counts){0};
    m->end = IC_METER_GOES_ON;
    m->is_asked = false;
    enum ic_err e = ic_map_set(&h->meters, &m->key, ref.index);
    IC_ASSERT(e == IC_OK); /* as large as the pool of seats */
}

void ic_meter_drop(struct ic_hub *h, struct ic_seat *seat)
{
    struct ic_meter *m = &seat->meter;
    if (m->key != 0)
        (void)ic_map_remove(&h->meters, &m->key);
    m->key = 0;
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

static struct ic_peer_counts since(const struct ic_peer_counts *now,
                                   const struct ic_peer_counts *before)
{
    return (struct ic_peer_counts){
        .packets_in = now->packets_in - before->packets_in,
        .bytes_in = now->bytes_in - before->bytes_in,
        .packets_out = now->packets_out - before->packets_out,
        .bytes_out = now->bytes_out - before->bytes_out,
        .dropped = now->dropped - before->dropped,
    };
}

/* Whole seconds that have begun, at most an interval. */
static uint64_t length_of(const struct ic_hub *h, const struct ic_meter *m)
{
    int64_t us = ic_time_sub(h->now, m->from).us;
    us = us < 1 ? 1 : us > INTERVAL_US ? INTERVAL_US : us;
    return (uint64_t)((us + 999999) / 1000000);
}

/* The next interval begins where this one ended. One that is more than a whole interval late (the
 * machine was asleep) begins now: nobody counted meanwhile. */
static void go_on(const struct ic_hub *h, struct ic_meter *m, uint64_t length_s)
{
    m->from = ic_time_add(m->from, IC_SEC(length_s));
    m->from_s += length_s;
    if (ic_time_sub(h->now, m->from).us > INTERVAL_US) {
        m->from = h->now;
        m->from_s = h->date_s > m->from_s ? h->date_s : m->from_s;
    }
    m->at = ic_time_add(m->from, IC_SEC(IC_RECEIPT_INTERVAL_S));
    m->is_asked = false;
}

void ic_meter_counted(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat,
                      const struct ic_peer_counts *counts, bool is_lost)
{
    struct ic_meter *m = &seat->meter;
    struct ic_receipt_facts facts = {.token = ic_hub_token(ref)};
    if (is_lost && m->end == IC_METER_GOES_ON)
        m->end = IC_METER_LOST;
    /* The answer to the question before the last one: an interval that is not over, or is. */
    bool is_whole = ic_time_sub(h->now, m->from).us >= INTERVAL_US;
    if (m->end == IC_METER_GOES_ON && !is_whole)
        return;
    memcpy(facts.meeting, m->meeting, sizeof facts.meeting);
    memcpy(facts.member, m->member, sizeof facts.member);
    memcpy(facts.policy, m->policy, sizeof facts.policy);
    facts.start_s = m->from_s;
    facts.length_s = length_of(h, m);
    facts.seq = m->seq + 1;
    memcpy(facts.prev, m->prev, sizeof facts.prev);
    facts.counts = since(counts, &m->before);
    facts.end = m->end;
    m->before = *counts;
    if (m->end == IC_METER_GOES_ON)
        go_on(h, m, facts.length_s);
    else
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

void ic_meter_signed(struct ic_hub *h, uint64_t token, const uint8_t *note, size_t len,
                     const uint8_t sha256[static IC_SHA256_LEN])
{
    struct ic_seat *seat = ic_pool_at(&h->seats, ic_hub_token_ref(token));
    IC_ASSERT(len <= IC_RECEIPT_MAX);
    if (seat == NULL || len == 0)
        return;
    seat->meter.seq++;
    memcpy(seat->meter.prev, sha256, sizeof seat->meter.prev);
    if (ic_client_is_member(h, seat->client))
        tell(h, seat, note, len);
    else
        keep(h, seat, note, len);
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
