/* The receipts of a bundle, one after the other (docs/protocol/receipts.md 4). */
#include <inttypes.h>
#include <string.h>

#include "cluster/audit_state.h"
#include "crypto/ct.h"

#define SILENT_MAX_S    90 /* a node fell silent: its last interval, and a take-over */
#define REST_MAX_S      90 /* of the span: the interval under way, coming and going */
#define TOLERANCE       16 /* packets, and ... */
#define TOLERANCE_S     2  /* ... what comes in this time */
#define COUNT_SATURATED (UINT64_MAX / 4)

/* What is remembered from receipt to receipt. */
struct walk {
    size_t number; /* of the receipt, from 1 */
    bool has_before, is_ids_told;
    struct ic_receipt before;
    struct ic_part own; /* lines that are left */
    bool has_own, is_own_bad;
    struct ic_evidence_own next_own;
    /* Sums of the receipts of one transport that follow each other. */
    bool is_run;
    uint64_t sent, came, received, went;
};

static void refuse(struct ic_audit *a, const struct walk *w, enum ic_receipt_reason reason)
{
    enum ic_audit_verdict weight =
        reason == IC_RECEIPT_SYSTEM ? IC_AUDIT_INCONCLUSIVE : IC_AUDIT_VIOLATED;
    ic_audit_find(a, weight, "receipt", w->number, ic_receipt_reason_word(reason), "%s",
                  ic_receipt_reason_sentence(reason));
}

static struct ic_audit_node *node_of(struct ic_audit *a, const uint8_t cert[static IC_SHA256_LEN])
{
    for (size_t i = 0; i < a->evidence.cert_count; i++)
        if (memcmp(a->nodes[i].leaf, cert, IC_SHA256_LEN) == 0)
            return &a->nodes[i];
    return NULL;
}

/* Checks 2 to 5: who signed it, and whether that node may. */
static enum ic_receipt_reason check_node(const struct ic_audit *a, const struct ic_part *note,
                                         const struct ic_audit_node *node,
                                         struct ic_receipt *receipt)
{
    if (node == NULL || node->is_bad || (a->are_nodes_checked && !node->is_seen))
        return IC_RECEIPT_FOREIGN_NODE;
    enum ic_receipt_reason reason =
        ic_receipt_open(note->bytes, note->len, &node->cert.receipt_key, receipt);
    if (reason != IC_RECEIPT_GOOD)
        return reason;
    if (strcmp(receipt->node, node->cert.name) != 0 || receipt->cert_serial != node->cert.serial ||
        memcmp(receipt->country, node->cert.country, IC_COUNTRY_LEN) != 0)
        return IC_RECEIPT_FOREIGN_NODE;
    if (receipt->start_s < node->cert.not_before_s ||
        receipt->start_s + receipt->length_s > node->cert.not_after_s)
        return IC_RECEIPT_NOT_VALID;
    return a->has_policy && !ic_audit_allows(a, receipt->country) ? IC_RECEIPT_REGION_NOT_ALLOWED
                                                                  : IC_RECEIPT_GOOD;
}

/* Check 6. */
static bool has_ids(const struct ic_audit *a, const struct ic_receipt *receipt)
{
    bool is_ours =
        !a->has_span || (ic_ct_equal(receipt->meeting, a->span.meeting, IC_RECEIPT_ID_LEN) &&
                         ic_ct_equal(receipt->member, a->span.member, IC_RECEIPT_ID_LEN));
    return is_ours &&
           (!a->has_policy || ic_ct_equal(receipt->policy, a->policy_sha256, IC_SHA256_LEN));
}

/* ---- the chain ---- */

static bool is_same_transport(const struct ic_receipt *before, const struct ic_receipt *receipt)
{
    return before->end == IC_RECEIPT_END_NO &&
           memcmp(before->cert, receipt->cert, IC_SHA256_LEN) == 0;
}

static void tell_seq(struct ic_audit *a, const struct walk *w, const struct ic_receipt *receipt)
{
    uint64_t expected = w->has_before ? w->before.seq + 1 : 1;
    uint64_t end_s = w->before.start_s + w->before.length_s;
    if (receipt->seq < expected)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "seq",
                      "It has the number %" PRIu64 " where %" PRIu64 " had to come.", receipt->seq,
                      expected);
    else if (w->has_before && receipt->start_s >= end_s)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "gap",
                      "A gap of %" PRIu64 " s: %" PRIu64 " receipts before this one are missing.",
                      receipt->start_s - end_s, receipt->seq - expected);
    else
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "gap",
                      "A gap: %" PRIu64 " receipts before this one are missing.",
                      receipt->seq - expected);
}

/* Time between two transports: told, and too much of it after a node fell silent is a gap. */
static void check_between(struct ic_audit *a, const struct walk *w,
                          const struct ic_receipt *receipt)
{
    uint64_t end_s = w->before.start_s + w->before.length_s;
    uint64_t free_s = receipt->start_s > end_s ? receipt->start_s - end_s : 0;
    bool is_silent = w->before.end == IC_RECEIPT_END_NO;
    a->between_s += free_s;
    if (is_silent && free_s > SILENT_MAX_S)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "gap",
                      "A gap of %" PRIu64 " s: node %s fell silent that long before this one.",
                      free_s, w->before.node);
    else if (is_silent)
        ic_audit_find(a, IC_AUDIT_OK, "receipt", w->number, "silent",
                      "Node %s fell silent; %" PRIu64 " s later this one went on.", w->before.node,
                      free_s);
    else if (free_s > 0)
        ic_audit_find(a, IC_AUDIT_OK, "receipt", w->number, "between",
                      "%" PRIu64 " s without a connection before this one.", free_s);
}

/* Checks 7 and 8. True: nothing is missing between the two. */
static bool check_chain(struct ic_audit *a, const struct walk *w, const struct ic_receipt *receipt)
{
    uint64_t end_s = w->before.start_s + w->before.length_s;
    enum ic_receipt_reason reason = ic_receipt_follow(w->has_before ? &w->before : NULL, receipt);
    if (reason == IC_RECEIPT_SEQ)
        tell_seq(a, w, receipt);
    else if (reason == IC_RECEIPT_GAP)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "gap",
                      "A gap of %" PRIu64 " s before this one.", receipt->start_s - end_s);
    else if (reason != IC_RECEIPT_GOOD)
        refuse(a, w, reason);
    else if (w->has_before && !is_same_transport(&w->before, receipt))
        check_between(a, w, receipt);
    return reason == IC_RECEIPT_GOOD;
}

/* ---- relays ---- */

static enum ic_receipt_reason check_relay(struct ic_audit *a, const struct ic_receipt_relay *relay)
{
    for (size_t i = 0; i < a->evidence.cert_count; i++) {
        const struct ic_audit_node *node = &a->nodes[i];
        if (node->is_seen && !node->is_bad && strcmp(node->cert.name, relay->node) == 0)
            return IC_RECEIPT_GOOD; /* its country was looked at when it was accepted */
    }
    return IC_RECEIPT_HIDDEN_RELAY;
}

/* Check 9. */
static void check_relays(struct ic_audit *a, const struct walk *w, const struct ic_receipt *receipt,
                         const struct ic_receipt_relays *relays, bool is_to)
{
    for (size_t i = 0; i < relays->count; i++) {
        const struct ic_receipt_relay *relay = &relays->at[i];
        enum ic_receipt_reason reason =
            a->has_policy && a->policy.max_hops <= 1 ? IC_RECEIPT_HOPS : check_relay(a, relay);
        if (reason == IC_RECEIPT_GOOD && is_to && relay->count.packets > receipt->in.packets)
            reason = IC_RECEIPT_RELAY_COUNTS;
        if (reason != IC_RECEIPT_GOOD)
            ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number,
                          ic_receipt_reason_word(reason), "%s (%s)",
                          ic_receipt_reason_sentence(reason), relay->node);
    }
}

/* ---- own counters ---- */

static void read_own(struct walk *w)
{
    struct ic_node_value line;
    enum ic_err err = ic_evidence_line(&w->own, &line);
    w->has_own = err == IC_OK && ic_evidence_own_parse(line, &w->next_own) == IC_OK;
    w->is_own_bad = w->is_own_bad || (err != IC_ERR_GONE && !w->has_own);
}

/* What the device counted for the receipt of this number. */
static bool find_own(struct walk *w, uint64_t seq, struct ic_evidence_own *out)
{
    while (w->has_own && w->next_own.seq < seq)
        read_own(w);
    if (!w->has_own || w->next_own.seq != seq)
        return false;
    *out = w->next_own;
    read_own(w);
    return true;
}

static uint64_t tolerance(uint64_t one, uint64_t other, uint64_t length_s)
{
    uint64_t larger = one > other ? one : other;
    return TOLERANCE + larger / length_s * TOLERANCE_S;
}

/* Check 10: the sums of a run; after a gap another run begins, and its first receipt is left out,
 * since the device counted through the gap. */
static void check_counters(struct ic_audit *a, struct walk *w, const struct ic_receipt *receipt,
                           bool is_next, bool is_whole)
{
    struct ic_evidence_own own;
    if (!find_own(w, receipt->seq, &own)) {
        a->uncounted++;
        w->is_run = false;
        return;
    }
    if (!is_next || !w->is_run)
        w->sent = w->came = w->received = w->went = 0;
    w->is_run = is_whole && w->sent < COUNT_SATURATED && w->went < COUNT_SATURATED;
    if (!w->is_run)
        return;
    w->sent += own.sent;
    w->came += receipt->in.packets;
    w->received += own.received;
    w->went += receipt->out.packets;
    a->sent += own.sent;
    a->came += receipt->in.packets;
    a->received += own.received;
    a->went += receipt->out.packets;
    if (w->came > w->sent + tolerance(own.sent, receipt->in.packets, receipt->length_s))
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "counters",
                      "The node says that %" PRIu64
                      " packets came in so far, but this device sent %" PRIu64 ".",
                      w->came, w->sent);
    if (w->received > w->went + tolerance(own.received, receipt->out.packets, receipt->length_s))
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "counters",
                      "The node says that it sent %" PRIu64
                      " packets so far, but this device received %" PRIu64 ".",
                      w->went, w->received);
}

/* ---- all of them ---- */

static void count(struct ic_audit *a, struct ic_audit_node *node, const struct ic_receipt *receipt)
{
    uint64_t end_s = receipt->start_s + receipt->length_s;
    node->from_s = node->receipts == 0 ? receipt->start_s : node->from_s;
    node->to_s = end_s;
    node->receipts++;
    node->covered_s += receipt->length_s;
    node->drop += receipt->drop;
    node->in.packets += receipt->in.packets;
    node->in.bytes += receipt->in.bytes;
    node->out.packets += receipt->out.packets;
    node->out.bytes += receipt->out.bytes;
    a->receipts++;
    a->covered_s += receipt->length_s;
}

static void check_receipt(struct ic_audit *a, struct walk *w, const struct ic_part *note)
{
    struct ic_receipt receipt;
    enum ic_receipt_reason reason = ic_receipt_peek(note->bytes, note->len, &receipt);
    if (reason != IC_RECEIPT_GOOD) {
        refuse(a, w, reason);
        w->is_run = false;
        return;
    }
    a->told_s += receipt.length_s;
    struct ic_audit_node *node = node_of(a, receipt.cert);
    reason = check_node(a, note, node, &receipt);
    if (reason == IC_RECEIPT_GOOD && !has_ids(a, &receipt))
        reason = IC_RECEIPT_IDS;
    if (reason != IC_RECEIPT_GOOD)
        refuse(a, w, reason);
    else
        count(a, node, &receipt);
    bool is_next = w->has_before && is_same_transport(&w->before, &receipt);
    bool is_whole = check_chain(a, w, &receipt);
    check_relays(a, w, &receipt, &receipt.relay_to, true);
    check_relays(a, w, &receipt, &receipt.relay_from, false);
    check_counters(a, w, &receipt, is_next, is_whole);
    w->before = receipt;
    w->has_before = true;
}

/* The intervals and what lies between transports are the whole call. Lengths alone: the clocks of
 * the two may differ. */
static void check_span(struct ic_audit *a)
{
    uint64_t span_s = a->span.to_s - a->span.from_s, known_s = a->told_s + a->between_s;
    if (a->has_span && span_s > known_s + REST_MAX_S)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "span", 0, "gap",
                      "A gap of %" PRIu64 " s: the call took %" PRIu64
                      " s, and the receipts tell of %" PRIu64 " s.",
                      span_s - known_s, span_s, known_s);
}

void ic_audit_receipts(struct ic_audit *a)
{
    struct walk w = {.own = a->evidence.own};
    if (w.own.bytes != NULL)
        read_own(&w);
    for (size_t i = 0; i < a->evidence.receipt_count; i++) {
        w.number = i + 1;
        check_receipt(a, &w, &a->evidence.receipts[i]);
    }
    check_span(a);
    if (w.is_own_bad)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "own", 0, "line", "A line of it is malformed.");
    if (a->uncounted > 0)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "own", 0, "missing",
                      "The device has no counters of its own for %" PRIu64
                      " receipts: those cannot be compared.",
                      a->uncounted);
}
