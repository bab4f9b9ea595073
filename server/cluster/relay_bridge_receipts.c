/* Receipts (docs/protocol/receipts.md) of guests, whose media this node carries: it counts, signs,
 * and says them to the meeting's node; and those that the other node signs for ours.
 *
 * Timers (struct ic_bridge_meter): at, the end of an interval; IC_SIGNAL_WORKER_MS after our worker
 * was asked. */
#include <string.h>

#include "base/assert.h"
#include "cluster/receipt.h"
#include "cluster/relay_bridge_state.h"

static_assert(IC_RECEIPT_HASH_LEN == IC_SHA256_LEN, "a hash");

bool ic_bridge_writes_receipts(const struct ic_relay_bridge *b)
{
    const struct ic_relay_signer *s = b->config.signer;
    return s != NULL && s->is_open(s->context);
}

static uint64_t date_of(const struct ic_relay_bridge *b)
{
    return b->config.signer->date_s(b->config.signer->context);
}

/* ---- counting ---- */

static void wait_until(struct ic_relay_bridge *b, struct ic_bridge_meter *m, struct ic_time at)
{
    m->at = at;
    b->meter_next = ic_time_min(b->meter_next, at);
}

static void ask(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_person *p)
{
    const struct ic_bridge_meeting *meeting = &b->meetings[p->meeting];
    struct ic_cmd *cmd = ic_bridge_command(b, meeting->worker, IC_CMD_PEER_COUNT, p->key);
    p->meter.is_asked = true;
    wait_until(b, &p->meter, ic_time_add(now, IC_MS(IC_SIGNAL_WORKER_MS)));
    if (cmd != NULL)
        cmd->room = meeting->room;
}

/* Once for a transport: a second chain for the same one would be a second truth. */
void ic_bridge_meter_begin(struct ic_relay_bridge *b, struct ic_time now,
                           struct ic_bridge_person *p, const struct ic_receipt_chain *chain)
{
    struct ic_bridge_meter *m = &p->meter;
    if (m->is_on || m->end != IC_METER_GOES_ON || !ic_bridge_writes_receipts(b))
        return;
    m->is_on = true;
    m->chain = *chain;
    ic_interval_begin(&m->interval, now, date_of(b));
    wait_until(b, m, ic_interval_end(&m->interval));
}

void ic_bridge_meter_end(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_person *p,
                         enum ic_meter_end end)
{
    if (!p->meter.is_on || p->meter.end != IC_METER_GOES_ON)
        return;
    p->meter.end = end;
    ask(b, now, p);
}

/* The number and the hash are used up only by what was signed. */
static void sign(struct ic_relay_bridge *b, const struct ic_bridge_person *p,
                 struct ic_receipt_chain *chain, const struct ic_receipt_facts *facts)
{
    const struct ic_relay_signer *s = b->config.signer;
    uint8_t note[IC_RECEIPT_MAX], sha256[IC_SHA256_LEN];
    size_t len = s->sign(s->context, facts, note, sha256);
    if (len == 0)
        return;
    chain->seq++;
    memcpy(chain->prev, sha256, sizeof chain->prev);
    struct ic_relay_message m = {.kind = IC_RELAY_TRANSPORT,
                                 .news = IC_RELAY_NEWS_RECEIPT,
                                 .person = p->number,
                                 .note = note,
                                 .note_len = len};
    memcpy(m.meeting, b->meetings[p->meeting].meeting, sizeof m.meeting);
    (void)!ic_relay_channel_say(b->config.channel, &m); /* the meeting has just been closed */
}

bool ic_bridge_meter_counted(struct ic_relay_bridge *b, struct ic_time now,
                             struct ic_bridge_person *p, const struct ic_evt *evt)
{
    struct ic_bridge_meter *m = &p->meter;
    struct ic_receipt_facts facts = {.chain = m->chain};
    if (!m->is_on)
        return false;
    if (evt->kind == IC_EVT_PEER_CLOSED && m->end == IC_METER_GOES_ON)
        m->end = IC_METER_LOST;
    bool is_whole = ic_time_reached(ic_interval_end(&m->interval), now);
    if (m->end == IC_METER_GOES_ON && !is_whole)
        return true; /* the answer to the question before the last one */
    memcpy(facts.policy, b->meetings[p->meeting].policy_sha256, sizeof facts.policy);
    facts.end = m->end;
    ic_interval_cut(&m->interval, now, date_of(b), &evt->counts, evt->nodes, &facts);
    m->is_asked = false;
    m->is_on = m->end == IC_METER_GOES_ON;
    if (m->is_on)
        wait_until(b, m, ic_interval_end(&m->interval));
    sign(b, p, &m->chain, &facts);
    return m->is_on;
}

/* ---- time ---- */

/* Whoever has nothing to wait for any more was not counted before his transport went. */
static void tick(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_person *p,
                 uint32_t index)
{
    struct ic_bridge_meter *m = &p->meter;
    if (!m->is_on)
        return;
    if (!ic_time_reached(m->at, now)) {
        b->meter_next = ic_time_min(b->meter_next, m->at);
        return;
    }
    if (m->end == IC_METER_GOES_ON && !p->is_over) {
        ask(b, now, p);
        return;
    }
    m->is_on = false;
    if (p->is_gone)
        ic_bridge_drop_person(b, index);
}

void ic_bridge_meters_tick(struct ic_relay_bridge *b, struct ic_time now)
{
    if (!ic_time_reached(b->meter_next, now))
        return;
    b->meter_next = IC_NEVER;
    for (uint32_t i = 0; i < b->people.count && b->people.used > 0; i++) {
        struct ic_ref ref;
        struct ic_bridge_person *p = ic_pool_at_index(&b->people, i, &ref);
        if (p != NULL)
            tick(b, now, p, i);
    }
}

/* ---- what the other node signs ---- */

bool ic_relay_bridge_receipt(struct ic_relay_bridge *b, const struct ic_relay_message *m,
                             struct ic_receipt_came *out)
{
    const struct ic_bridge_meeting *meeting = ic_bridge_meeting_find(b, m->meeting);
    struct ic_receipt receipt;
    IC_ASSERT(m->kind == IC_RELAY_TRANSPORT && m->news == IC_RELAY_NEWS_RECEIPT);
    if (meeting == NULL || !meeting->is_ours)
        return false;
    if (ic_receipt_peek(m->note, m->note_len, &receipt) != IC_RECEIPT_GOOD ||
        strcmp(receipt.node, b->config.name) != 0) {
        b->is_broken = true; /* nobody who keeps the order says it */
        return false;
    }
    *out = (struct ic_receipt_came){.peer = m->person,
                                    .node = b->config.name,
                                    .note = m->note,
                                    .len = m->note_len,
                                    .before = {.seq = receipt.seq - 1},
                                    .is_last = receipt.end != IC_RECEIPT_END_NO};
    memcpy(out->before.meeting, receipt.meeting, sizeof out->before.meeting);
    memcpy(out->before.member, receipt.member, sizeof out->before.member);
    memcpy(out->before.prev, receipt.prev, sizeof out->before.prev);
    memcpy(out->policy, receipt.policy, sizeof out->policy);
    memcpy(out->sha256, receipt.sha256, sizeof out->sha256);
    return true;
}
