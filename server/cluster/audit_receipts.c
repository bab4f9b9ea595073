/* The receipts of a bundle, one after the other (docs/protocol/receipts.md 4). */
#include <inttypes.h>
#include <string.h>

#include "cluster/audit_state.h"
#include "crypto/ct.h"

#define SILENT_MAX_S    90 /* a node fell silent, and the device has no note of losing it */
#define LOST_MAX_S      75 /* from a receipt to the loss: an interval, a late one, noticing */
#define LOST_SHARE      10 /* losses that each are short may leave out one part in so many */
#define CLOCKS_S        10 /* of two nodes and a device, and the way of a receipt */
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
    struct ic_part lost; /* likewise */
    bool has_lost, is_lost_bad;
    struct ic_evidence_lost next_lost;
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

/* What the device noted behind one receipt: several nodes may have been lost before the next one.
 */
struct losses {
    size_t count;
    uint64_t came_s, next_s;       /* of the first and of the last one */
    uint64_t missing_s, longest_s; /* until it was noticed: all, and the longest */
};

static void read_lost(struct walk *w)
{
    struct ic_node_value line;
    enum ic_err err = ic_evidence_line(&w->lost, &line);
    w->has_lost = err == IC_OK && ic_evidence_lost_parse(line, &w->next_lost) == IC_OK;
    w->is_lost_bad = w->is_lost_bad || (err != IC_ERR_GONE && !w->has_lost);
}

/* Those behind the receipt with this number. */
static struct losses find_losses(struct walk *w, uint64_t seq)
{
    struct losses l = {0};
    while (w->has_lost && w->next_lost.seq < seq)
        read_lost(w);
    for (; w->has_lost && w->next_lost.seq == seq; read_lost(w)) {
        const struct ic_evidence_lost *lost = &w->next_lost;
        uint64_t missing_s = lost->lost_s - lost->came_s;
        if (l.count > 0 && lost->came_s < l.next_s)
            w->is_lost_bad = true; /* it goes back in time */
        l.came_s = l.count++ == 0 ? lost->came_s : l.came_s;
        l.next_s = lost->next_s > l.next_s ? lost->next_s : l.next_s;
        l.missing_s += missing_s;
        l.longest_s = missing_s > l.longest_s ? missing_s : l.longest_s;
    }
    return l;
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

/* A node fell silent, and the device has no note of losing it: too long is a gap. */
static void check_silent(struct ic_audit *a, const struct walk *w, uint64_t free_s)
{
    if (free_s > SILENT_MAX_S)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "gap",
                      "A gap of %" PRIu64 " s: node %s fell silent that long before this one.",
                      free_s, w->before.node);
    else
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "receipt", w->number, "silent",
                      "Node %s fell silent; %" PRIu64
                      " s later this one went on. The device has no note of losing that node.",
                      w->before.node, free_s);
}

/* The device's own account of losses bounds what no receipt tells of.
 *  free_s  between the receipts, by the clocks of their nodes */
static void check_losses(struct ic_audit *a, const struct walk *w, const struct losses *l,
                         uint64_t free_s)
{
    uint64_t away_s = l->next_s - l->came_s;
    a->missing_s += l->missing_s;
    if (l->longest_s > LOST_MAX_S)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "receipt", w->number, "silent",
                      "%" PRIu64 " s without a receipt before the device noticed that the node was "
                      "lost: it may have slept, or one was due.",
                      l->longest_s);
    else if (free_s > away_s + CLOCKS_S)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "receipt", w->number, "silent",
                      "%" PRIu64 " s without a receipt before this one, but the device was without "
                      "the node for %" PRIu64 " s.",
                      free_s, away_s);
    else
        ic_audit_find(a, IC_AUDIT_OK, "receipt", w->number, "lost",
                      "%" PRIu64 " s without a receipt: the node was lost. %" PRIu64
                      " s later this one went on.",
                      l->missing_s, away_s > l->missing_s ? away_s - l->missing_s : 0);
}

/* Time between two transports. */
static void check_between(struct ic_audit *a, const struct walk *w,
                          const struct ic_receipt *receipt, const struct losses *losses)
{
    uint64_t end_s = w->has_before ? w->before.start_s + w->before.length_s : receipt->start_s;
    uint64_t free_s = receipt->start_s > end_s ? receipt->start_s - end_s : 0;
    a->between_s += w->has_before ? free_s : losses->next_s - losses->came_s;
    if (losses->count > 0)
        check_losses(a, w, losses, free_s);
    else if (w->before.end == IC_RECEIPT_END_NO)
        check_silent(a, w, free_s);
    else if (free_s > 0)
        ic_audit_find(a, IC_AUDIT_OK, "receipt", w->number, "between",
                      "%" PRIu64 " s without a connection before this one.", free_s);
}

/* Checks 7 and 8. True: nothing is missing between the two. */
static bool check_chain(struct ic_audit *a, const struct walk *w, const struct ic_receipt *receipt,
                        const struct losses *losses)
{
    uint64_t end_s = w->before.start_s + w->before.length_s;
    bool is_lost = losses->count > 0;
    enum ic_receipt_reason reason =
        ic_receipt_follow(w->has_before ? &w->before : NULL, receipt, is_lost);
    if (reason == IC_RECEIPT_SEQ)
        tell_seq(a, w, receipt);
    else if (reason == IC_RECEIPT_GAP)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipt", w->number, "gap",
                      "A gap of %" PRIu64 " s before this one.", receipt->start_s - end_s);
    else if (reason != IC_RECEIPT_GOOD)
        refuse(a, w, reason);
    else if (is_lost || (w->has_before && !ic_receipt_is_next(&w->before, receipt)))
        check_between(a, w, receipt, losses);
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
    struct losses losses = find_losses(w, w->has_before ? w->before.seq : 0);
    bool is_next = w->has_before && losses.count == 0 && ic_receipt_is_next(&w->before, &receipt);
    bool is_whole = check_chain(a, w, &receipt, &losses);
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

/* A node that has itself lost again and again would sign next to nothing. */
static void check_missing(struct ic_audit *a)
{
    if (a->missing_s > LOST_MAX_S + a->told_s / LOST_SHARE)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "receipts", 0, "silent",
                      "Nodes were lost so often that %" PRIu64
                      " s have no receipt, beside the %" PRIu64 " s that have one.",
                      a->missing_s, a->told_s);
}

void ic_audit_receipts(struct ic_audit *a)
{
    struct walk w = {.own = a->evidence.own, .lost = a->evidence.lost};
    if (w.own.bytes != NULL)
        read_own(&w);
    if (w.lost.bytes != NULL)
        read_lost(&w);
    for (size_t i = 0; i < a->evidence.receipt_count; i++) {
        w.number = i + 1;
        check_receipt(a, &w, &a->evidence.receipts[i]);
    }
    check_span(a);
    check_missing(a);
    if (w.is_own_bad)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "own", 0, "line", "A line of it is malformed.");
    if (w.is_lost_bad)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "lost", 0, "line", "A line of it is malformed.");
    if (a->uncounted > 0)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "own", 0, "missing",
                      "The device has no counters of its own for %" PRIu64
                      " receipts: those cannot be compared.",
                      a->uncounted);
}
