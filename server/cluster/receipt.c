#include "cluster/receipt.h"

#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "cluster/node_text.h"

static const char kind[] = "in-camera/route-receipt/v1";
static const char *const ends[] = {"no", "leave", "lost", "drain"};

_Static_assert(sizeof ends / sizeof ends[0] == IC_RECEIPT_ENDS, "a word for each end");

#define COUNT_MAX IC_NODE_SERIAL_MAX
/* Of two transports: the second may be there before the first has ended. */
#define OVERLAP_MAX_S 2

const char *ic_receipt_end_word(enum ic_receipt_end end)
{
    return ends[end];
}

/* ---- parsing, line by line ---- */

/* The lines are those of nodes.md; only the reasons are others. The first one stays. */
struct reader {
    struct ic_node_text t;
    enum ic_receipt_reason reason;
};

static void refuse(struct reader *r, enum ic_receipt_reason reason)
{
    if (r->t.reason == IC_NODE_GOOD)
        r->reason = reason;
    ic_node_text_refuse(&r->t, IC_NODE_LINE); /* nothing is read after it */
}

static enum ic_receipt_reason reader_end(struct reader *r)
{
    enum ic_node_reason reason = ic_node_text_end(&r->t);
    if (r->reason != IC_RECEIPT_GOOD || reason == IC_NODE_GOOD)
        return r->reason;
    return reason == IC_NODE_KIND ? IC_RECEIPT_KIND : IC_RECEIPT_LINE;
}

static void copy(char *out, struct ic_node_value v)
{
    memcpy(out, v.at, v.len);
    out[v.len] = '\0';
}

static void parse_node(struct reader *r, struct ic_receipt *receipt)
{
    struct ic_node_value v = ic_node_text_line(&r->t, "node");
    struct ic_node_value name = ic_node_value_split(&v, ' ');
    if (ic_node_value_name(name) &&
        ic_node_value_number(v, 1, IC_NODE_SERIAL_MAX, &receipt->cert_serial))
        copy(receipt->node, name);
    else
        refuse(r, IC_RECEIPT_NODE);
}

static void parse_hash(struct reader *r, const char *keyword, enum ic_receipt_reason reason,
                       uint8_t out[static IC_SHA256_LEN])
{
    if (!ic_node_value_hash(ic_node_text_line(&r->t, keyword), out))
        refuse(r, reason);
}

static void parse_id(struct reader *r, const char *keyword, enum ic_receipt_reason reason,
                     uint8_t out[static IC_RECEIPT_ID_LEN])
{
    struct ic_node_value v = ic_node_text_line(&r->t, keyword);
    if (ic_base64_decode(v.at, v.len, out, IC_RECEIPT_ID_LEN) != IC_OK)
        refuse(r, reason);
}

static void parse_interval(struct reader *r, struct ic_receipt *receipt)
{
    struct ic_node_value v = ic_node_text_line(&r->t, "interval");
    struct ic_node_value start = ic_node_value_split(&v, ' ');
    if (!ic_node_value_time(start, &receipt->start_s) ||
        !ic_node_value_number(v, 1, IC_RECEIPT_INTERVAL_S, &receipt->length_s))
        refuse(r, IC_RECEIPT_INTERVAL);
}

static void parse_prev(struct reader *r, struct ic_receipt *receipt)
{
    struct ic_node_value v = ic_node_text_line(&r->t, "prev");
    bool is_good =
        receipt->seq == 1 ? ic_node_value_is(v, "-") : ic_node_value_hash(v, receipt->prev);
    if (!is_good)
        refuse(r, IC_RECEIPT_PREV);
}

static void parse_region(struct reader *r, struct ic_receipt *receipt)
{
    struct ic_node_value v = ic_node_text_line(&r->t, "region");
    if (v.len == IC_COUNTRY_LEN && ic_country_is_known(v.at))
        copy(receipt->country, v);
    else
        refuse(r, IC_RECEIPT_REGION);
}

/* Packets and bytes, of which each packet has 1 to IC_RECEIPT_DATAGRAM. */
static bool read_count(struct ic_node_value v, struct ic_receipt_count *out)
{
    struct ic_node_value packets = ic_node_value_split(&v, ' ');
    return ic_node_value_number(packets, 0, COUNT_MAX, &out->packets) &&
           ic_node_value_number(v, 0, COUNT_MAX, &out->bytes) && out->bytes >= out->packets &&
           out->bytes / IC_RECEIPT_DATAGRAM <= out->packets &&
           (out->bytes / IC_RECEIPT_DATAGRAM < out->packets ||
            out->bytes % IC_RECEIPT_DATAGRAM == 0);
}

static void parse_count(struct reader *r, const char *keyword, enum ic_receipt_reason reason,
                        struct ic_receipt_count *out)
{
    if (!read_count(ic_node_text_line(&r->t, keyword), out))
        refuse(r, reason);
}

static void parse_relays(struct reader *r, const char *keyword, enum ic_receipt_reason reason,
                         const char *node, struct ic_receipt_relays *out)
{
    while (ic_node_text_is_next(&r->t, keyword)) {
        struct ic_node_value v = ic_node_text_line(&r->t, keyword);
        struct ic_node_value name = ic_node_value_split(&v, ' ');
        struct ic_receipt_relay relay = {.count = {0, 0}};
        if (!ic_node_value_name(name) || ic_node_value_is(name, node) ||
            !read_count(v, &relay.count) || out->count == IC_RECEIPT_RELAYS_MAX) {
            refuse(r, reason);
            return;
        }
        copy(relay.node, name);
        if (out->count > 0 && strcmp(out->at[out->count - 1].node, relay.node) >= 0)
            refuse(r, reason);
        else
            out->at[out->count++] = relay;
    }
}

static void parse_rtt(struct reader *r, struct ic_receipt *receipt)
{
    struct ic_node_value v = ic_node_text_line(&r->t, "rtt-min-us");
    if (!ic_node_value_is(v, "-") &&
        !ic_node_value_number(v, 1, IC_RECEIPT_RTT_MAX_US, &receipt->rtt_min_us))
        refuse(r, IC_RECEIPT_RTT_MIN_US);
}

static void parse_end(struct reader *r, struct ic_receipt *receipt)
{
    struct ic_node_value v = ic_node_text_line(&r->t, "end");
    for (unsigned i = 0; i < IC_RECEIPT_ENDS; i++)
        if (ic_node_value_is(v, ends[i])) {
            receipt->end = (enum ic_receipt_end)i;
            return;
        }
    refuse(r, IC_RECEIPT_END);
}

static void parse_head(struct reader *r, struct ic_receipt *receipt)
{
    parse_node(r, receipt);
    parse_hash(r, "cert", IC_RECEIPT_CERT, receipt->cert);
    parse_id(r, "meeting", IC_RECEIPT_MEETING, receipt->meeting);
    parse_id(r, "member", IC_RECEIPT_MEMBER, receipt->member);
    parse_hash(r, "policy", IC_RECEIPT_POLICY, receipt->policy);
    parse_interval(r, receipt);
    if (!ic_node_value_number(ic_node_text_line(&r->t, "seq"), 1, COUNT_MAX, &receipt->seq))
        refuse(r, IC_RECEIPT_SEQ);
    parse_prev(r, receipt);
    parse_region(r, receipt);
}

static void parse_counts(struct reader *r, struct ic_receipt *receipt)
{
    parse_count(r, "in", IC_RECEIPT_IN, &receipt->in);
    parse_count(r, "out", IC_RECEIPT_OUT, &receipt->out);
    parse_relays(r, "relay-to", IC_RECEIPT_RELAY_TO, receipt->node, &receipt->relay_to);
    parse_relays(r, "relay-from", IC_RECEIPT_RELAY_FROM, receipt->node, &receipt->relay_from);
    parse_rtt(r, receipt);
    if (!ic_node_value_number(ic_node_text_line(&r->t, "drop"), 0, COUNT_MAX, &receipt->drop))
        refuse(r, IC_RECEIPT_DROP);
    parse_end(r, receipt);
}

enum ic_receipt_reason ic_receipt_parse(const uint8_t *text, size_t len, struct ic_receipt *out)
{
    struct ic_receipt receipt = {.seq = 0};
    const struct ic_part part = {text, len};
    if (len > IC_RECEIPT_MAX)
        return IC_RECEIPT_TOO_LARGE;
    struct reader r = {.t = ic_node_text_init(text, len, kind), .reason = IC_RECEIPT_GOOD};
    parse_head(&r, &receipt);
    parse_counts(&r, &receipt);
    enum ic_receipt_reason reason = reader_end(&r);
    if (reason == IC_RECEIPT_GOOD && ic_hash_sha256(&part, 1, receipt.sha256) != IC_OK)
        reason = IC_RECEIPT_SYSTEM;
    if (reason == IC_RECEIPT_GOOD)
        *out = receipt;
    return reason;
}

static enum ic_receipt_reason parse_note(const uint8_t *bytes, size_t len, struct ic_note *out)
{
    if (len > IC_RECEIPT_MAX)
        return IC_RECEIPT_TOO_LARGE;
    return ic_note_parse(bytes, len, out) == IC_OK ? IC_RECEIPT_GOOD : IC_RECEIPT_NOT_A_NOTE;
}

enum ic_receipt_reason ic_receipt_peek(const uint8_t *bytes, size_t len, struct ic_receipt *out)
{
    struct ic_note note;
    enum ic_receipt_reason reason = parse_note(bytes, len, &note);
    return reason == IC_RECEIPT_GOOD ? ic_receipt_parse(note.text, note.text_len, out) : reason;
}

enum ic_receipt_reason ic_receipt_open(const uint8_t *bytes, size_t len,
                                       const struct ic_note_key *key, struct ic_receipt *out)
{
    struct ic_receipt receipt;
    struct ic_note note;
    enum ic_receipt_reason reason = parse_note(bytes, len, &note);
    if (reason == IC_RECEIPT_GOOD)
        reason = ic_receipt_parse(note.text, note.text_len, &receipt);
    if (reason == IC_RECEIPT_GOOD && ic_note_verify(&note, key) != IC_OK)
        reason = IC_RECEIPT_SIGNATURE;
    if (reason == IC_RECEIPT_GOOD)
        *out = receipt;
    return reason;
}

/* ---- writing ---- */

static void write_id(struct ic_wr *w, const char *keyword,
                     const uint8_t id[static IC_RECEIPT_ID_LEN])
{
    char text[IC_BASE64_LEN(IC_RECEIPT_ID_LEN) + 1];
    ic_base64_encode(id, IC_RECEIPT_ID_LEN, text);
    ic_node_text_write(w, keyword, text);
}

static void write_count(struct ic_wr *w, const struct ic_receipt_count *count)
{
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, count->packets);
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, count->bytes);
    ic_wr_u8(w, '\n');
}

static void write_relays(struct ic_wr *w, const char *keyword,
                         const struct ic_receipt_relays *relays)
{
    for (size_t i = 0; i < relays->count; i++) {
        ic_wr_text(w, keyword);
        ic_wr_u8(w, ' ');
        ic_wr_text(w, relays->at[i].node);
        write_count(w, &relays->at[i].count);
    }
}

/* The time, whose line feed becomes the space before the length. */
static void write_interval(struct ic_wr *w, const struct ic_receipt *receipt)
{
    uint8_t line[48];
    struct ic_wr time = ic_wr_init(line, sizeof line);
    ic_node_text_write_time(&time, "interval", receipt->start_s);
    IC_ASSERT(ic_wr_ok(&time));
    ic_wr_bytes(w, line, time.len - 1);
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, receipt->length_s);
    ic_wr_u8(w, '\n');
}

static void write_node(struct ic_wr *w, const struct ic_receipt *receipt)
{
    ic_wr_text(w, "node ");
    ic_wr_text(w, receipt->node);
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, receipt->cert_serial);
    ic_wr_u8(w, '\n');
}

void ic_receipt_write(struct ic_wr *w, const struct ic_receipt *receipt)
{
    ic_wr_text(w, kind);
    ic_wr_u8(w, '\n');
    write_node(w, receipt);
    ic_node_text_write_hash(w, "cert", receipt->cert);
    write_id(w, "meeting", receipt->meeting);
    write_id(w, "member", receipt->member);
    ic_node_text_write_hash(w, "policy", receipt->policy);
    write_interval(w, receipt);
    ic_node_text_write_number(w, "seq", receipt->seq);
    if (receipt->seq == 1)
        ic_node_text_write(w, "prev", "-");
    else
        ic_node_text_write_hash(w, "prev", receipt->prev);
    ic_node_text_write(w, "region", receipt->country);
    ic_wr_text(w, "in");
    write_count(w, &receipt->in);
    ic_wr_text(w, "out");
    write_count(w, &receipt->out);
    write_relays(w, "relay-to", &receipt->relay_to);
    write_relays(w, "relay-from", &receipt->relay_from);
    if (receipt->rtt_min_us == 0)
        ic_node_text_write(w, "rtt-min-us", "-");
    else
        ic_node_text_write_number(w, "rtt-min-us", receipt->rtt_min_us);
    ic_node_text_write_number(w, "drop", receipt->drop);
    ic_node_text_write(w, "end", ends[receipt->end]);
}

enum ic_err ic_receipt_sign(struct ic_wr *w, const struct ic_receipt *receipt,
                            const struct ic_note_key *key, const struct ic_ed25519 *private_key,
                            uint8_t sha256[static IC_SHA256_LEN])
{
    uint8_t text[IC_RECEIPT_MAX];
    struct ic_wr t = ic_wr_init(text, sizeof text);
    struct ic_receipt read;
    ic_receipt_write(&t, receipt);
    if (!ic_wr_ok(&t))
        return IC_ERR_FULL;
    enum ic_receipt_reason reason = ic_receipt_parse(text, t.len, &read);
    if (reason != IC_RECEIPT_GOOD)
        return reason == IC_RECEIPT_SYSTEM ? IC_ERR_SYSTEM : IC_ERR_INPUT;
    enum ic_err err = ic_note_sign(w, key, private_key, text, t.len);
    if (err == IC_OK)
        memcpy(sha256, read.sha256, IC_SHA256_LEN);
    return err;
}

/* ---- the chain ---- */

static bool is_same(const uint8_t *a, const uint8_t *b, size_t len)
{
    return memcmp(a, b, len) == 0;
}

bool ic_receipt_is_next(const struct ic_receipt *before, const struct ic_receipt *receipt)
{
    return before->end == IC_RECEIPT_END_NO && is_same(before->cert, receipt->cert, IC_SHA256_LEN);
}

enum ic_receipt_reason ic_receipt_follow(const struct ic_receipt *before,
                                         const struct ic_receipt *receipt, bool is_lost)
{
    if (before == NULL)
        return receipt->seq == 1 ? IC_RECEIPT_GOOD : IC_RECEIPT_SEQ;
    if (!is_same(before->meeting, receipt->meeting, IC_RECEIPT_ID_LEN) ||
        !is_same(before->member, receipt->member, IC_RECEIPT_ID_LEN) ||
        !is_same(before->policy, receipt->policy, IC_SHA256_LEN))
        return IC_RECEIPT_IDS;
    if (receipt->seq != before->seq + 1)
        return IC_RECEIPT_SEQ;
    if (!is_same(before->sha256, receipt->prev, IC_SHA256_LEN))
        return IC_RECEIPT_PREV;
    uint64_t end_s = before->start_s + before->length_s;
    bool is_next = !is_lost && ic_receipt_is_next(before, receipt);
    if (receipt->start_s + (is_next ? 0 : OVERLAP_MAX_S) < end_s)
        return IC_RECEIPT_OVERLAP;
    return is_next && receipt->start_s > end_s ? IC_RECEIPT_GAP : IC_RECEIPT_GOOD;
}
