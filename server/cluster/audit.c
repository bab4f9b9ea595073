/* Policy, keys, log, certificates and sets of a bundle; its receipts are in audit_receipts.c. */
#include "cluster/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cluster/audit_state.h"
#include "cluster/node_logged.h"
#include "crypto/ct.h"

#define FLAG_RECEIPTS 1 /* of a policy: receipts are required */

void ic_audit_find(struct ic_audit *a, enum ic_audit_verdict weight, const char *subject,
                   size_t number, const char *word, const char *format, ...)
{
    if (weight == IC_AUDIT_VIOLATED || a->verdict == IC_AUDIT_OK)
        a->verdict = weight;
    if (a->finding_count == IC_AUDIT_FINDINGS_MAX) {
        a->findings_more++;
        return;
    }
    struct ic_audit_finding *f = &a->findings[a->finding_count++];
    *f = (struct ic_audit_finding){.weight = weight, .word = word};
    if (number == 0)
        snprintf(f->subject, sizeof f->subject, "%s", subject);
    else
        snprintf(f->subject, sizeof f->subject, "%s %zu", subject, number);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

static bool is_missing(struct ic_audit *a, const struct ic_part *part, const char *subject,
                       size_t number)
{
    if (part->bytes != NULL)
        return false;
    ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, subject, number, "missing",
                  "It is missing in the bundle: what needs it cannot be checked.");
    return true;
}

/* A text of the operator is not as it must be. */
static void refuse(struct ic_audit *a, const char *subject, size_t number,
                   enum ic_node_reason reason, const char *what)
{
    char sentence[IC_NODE_SENTENCE_MAX];
    struct ic_wr w = ic_wr_init((uint8_t *)sentence, sizeof sentence);
    enum ic_audit_verdict weight =
        reason == IC_NODE_SYSTEM ? IC_AUDIT_INCONCLUSIVE : IC_AUDIT_VIOLATED;
    ic_node_reason_write(&w, reason, what);
    ic_audit_find(a, weight, subject, number, ic_node_reason_word(reason), "%.*s", (int)w.len,
                  sentence);
}

static bool has_hash(const struct ic_part *part, const uint8_t sha256[static IC_SHA256_LEN])
{
    uint8_t own[IC_SHA256_LEN];
    return ic_hash_sha256(part, 1, own) == IC_OK && ic_ct_equal(own, sha256, sizeof own);
}

/* ---- policy ---- */

static bool has_country(const char *countries, size_t count,
                        const char country[static IC_COUNTRY_LEN])
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&countries[i * IC_COUNTRY_LEN], country, IC_COUNTRY_LEN) == 0)
            return true;
    return false;
}

bool ic_audit_allows(const struct ic_audit *a, const char country[static IC_COUNTRY_LEN])
{
    return has_country((const char *)a->policy.countries, a->policy.country_count, country);
}

static void open_policy(struct ic_audit *a, const struct ic_audit_options *options)
{
    const struct ic_part *part = &a->evidence.policy;
    if (is_missing(a, part, "policy", 0))
        return;
    if (ic_policy_parse(part->bytes, part->len, &a->policy) != IC_OK) {
        ic_audit_find(a, IC_AUDIT_VIOLATED, "policy", 0, "bad_policy",
                      "These bytes are no policy of a meeting.");
        return;
    }
    a->has_policy = ic_hash_sha256(part, 1, a->policy_sha256) == IC_OK;
    for (size_t i = 0; options->countries != NULL && i < a->policy.country_count; i++) {
        const char *country = (const char *)&a->policy.countries[i * IC_POLICY_COUNTRY_LEN];
        if (!has_country(options->countries, options->country_count, country))
            ic_audit_find(a, IC_AUDIT_VIOLATED, "policy", 0, "region_not_allowed",
                          "The meeting allowed %.2s, which is none of the countries that you gave.",
                          country);
    }
}

/* ---- operator keys, policy of the log ---- */

static void open_keys(struct ic_audit *a)
{
    const struct ic_evidence *e = &a->evidence;
    if (is_missing(a, &e->lists[0], "operator key list", 0))
        return;
    for (size_t i = 0; i < e->list_count; i++) {
        enum ic_node_reason reason =
            ic_operator_keys_open(e->lists, i + 1, a->policy.operator_keys_sha256, &a->keys[i]);
        if (reason != IC_NODE_GOOD) {
            refuse(a, "operator key list", i + 1, reason, "operator key list");
            return;
        }
        a->key_count = i + 1;
    }
}

static void open_log_policy(struct ic_audit *a, const struct ic_audit_options *options)
{
    const struct ic_part *part = &a->evidence.log_policy, *own = &options->log_policy;
    struct ic_log_policy_error error;
    if (is_missing(a, part, "log policy", 0))
        return;
    if (!has_hash(part, a->policy.log_policy_sha256)) {
        refuse(a, "log policy", 0, IC_NODE_LOG_POLICY, "log policy");
        return;
    }
    if (own->bytes != NULL &&
        (own->len != part->len || memcmp(own->bytes, part->bytes, part->len) != 0))
        ic_audit_find(a, IC_AUDIT_VIOLATED, "log policy", 0, "log_policy",
                      "The public log of this meeting is another one than you gave.");
    a->has_log_policy =
        ic_log_policy_parse(part->bytes, part->len, &a->log_policy, &error) == IC_OK;
    if (!a->has_log_policy)
        ic_audit_find(
            a, IC_AUDIT_VIOLATED, "log policy", 0, "log_policy",
            "It is no policy of logs. 'incamera log verify --policy' says what is wrong.");
}

/* ---- certificates and sets ---- */

/* Signed by one of the lists of the chain, the newest first: keys may have been rotated during the
 * call. The reason is that of the newest. */
static enum ic_node_reason open_cert(const struct ic_audit *a, const struct ic_part *note,
                                     uint64_t time_s, struct ic_node_cert *out)
{
    enum ic_node_reason first = IC_NODE_OPERATOR_KEYS;
    for (size_t i = a->key_count; i > 0; i--) {
        enum ic_node_reason reason =
            ic_node_cert_open(note->bytes, note->len, &a->keys[i - 1], time_s, out);
        if (reason == IC_NODE_GOOD)
            return reason;
        first = i == a->key_count ? reason : first;
    }
    return first;
}

static enum ic_node_reason open_set(struct ic_audit *a, const struct ic_part *note, uint64_t time_s)
{
    enum ic_node_reason first = IC_NODE_OPERATOR_KEYS;
    for (size_t i = a->key_count; i > 0; i--) {
        enum ic_node_reason reason =
            ic_node_set_open(note->bytes, note->len, &a->keys[i - 1], time_s, &a->set);
        if (reason == IC_NODE_GOOD)
            return reason;
        first = i == a->key_count ? reason : first;
    }
    return first;
}

/* What is there of the certificate alone: who should have signed the receipts that name it. */
static void read_certs(struct ic_audit *a)
{
    for (size_t i = 0; i < a->evidence.cert_count; i++) {
        const struct ic_part *part = &a->evidence.certs[i].note;
        struct ic_audit_node *node = &a->nodes[i];
        struct ic_merkle_hash leaf;
        struct ic_note note;
        enum ic_node_reason reason = part->len > IC_NODE_CERT_MAX ? IC_NODE_TOO_LARGE
                                     : ic_note_parse(part->bytes, part->len, &note) != IC_OK
                                         ? IC_NODE_NOT_A_NOTE
                                     : ic_merkle_leaf(part, 1, &leaf) != IC_OK ? IC_NODE_SYSTEM
                                                                               : IC_NODE_GOOD;
        if (reason == IC_NODE_GOOD)
            reason = ic_node_cert_parse(note.text, note.text_len, &node->cert);
        node->is_bad = reason != IC_NODE_GOOD;
        if (node->is_bad)
            refuse(a, "node certificate", i + 1, reason, "node certificate");
        else
            memcpy(node->leaf, leaf.bytes, sizeof node->leaf);
    }
}

static enum ic_node_reason check_set(struct ic_audit *a, const struct ic_evidence_paper *paper,
                                     uint64_t time_s, struct ic_node_set_seen *seen)
{
    enum ic_node_reason reason = open_set(a, &paper->note, time_s);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_set_see(seen, &a->set, a->policy.min_node_set_serial);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_logged_check(&paper->proof, &paper->note, &a->log_policy, time_s);
    return reason;
}

static enum ic_node_reason check_cert(struct ic_audit *a, const struct ic_evidence_paper *paper,
                                      uint64_t time_s, struct ic_audit_node *node)
{
    struct ic_merkle_hash leaf;
    enum ic_node_reason reason = open_cert(a, &paper->note, time_s, &node->cert);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_logged_check(&paper->proof, &paper->note, &a->log_policy, time_s);
    memcpy(leaf.bytes, node->leaf, sizeof leaf.bytes);
    if (reason == IC_NODE_GOOD && !ic_node_set_has(&a->set, &leaf))
        reason = IC_NODE_NOT_IN_SET;
    if (reason == IC_NODE_GOOD && !ic_audit_allows(a, node->cert.country))
        reason = IC_NODE_REGION_NOT_ALLOWED;
    if (reason == IC_NODE_GOOD && (node->cert.roles & IC_NODE_ROLE_MEDIA) == 0)
        reason = IC_NODE_ROLE_NOT_GRANTED;
    return reason;
}

/* One line of "seen": what the device accepted then would be accepted. */
static void check_seen(struct ic_audit *a, const struct ic_evidence_seen *seen,
                       struct ic_node_set_seen *sets)
{
    const struct ic_evidence *e = &a->evidence;
    size_t cert = (size_t)seen->cert, set = (size_t)seen->set;
    if (cert == 0 || cert > e->cert_count || set == 0 || set > e->set_count) {
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "seen", 0, "missing",
                      "It names a certificate or a set that is not in the bundle.");
        return;
    }
    const struct ic_evidence_paper *cert_paper = &e->certs[cert - 1],
                                   *set_paper = &e->sets[set - 1];
    struct ic_audit_node *node = &a->nodes[cert - 1];
    node->is_seen = true;
    if (node->is_bad || is_missing(a, &cert_paper->proof, "proof of node certificate", cert) ||
        is_missing(a, &set_paper->proof, "proof of node set", set))
        return;
    enum ic_node_reason reason = check_set(a, set_paper, seen->time_s, sets);
    if (reason != IC_NODE_GOOD)
        refuse(a, "node set", set, reason, "node set");
    else if ((reason = check_cert(a, cert_paper, seen->time_s, node)) != IC_NODE_GOOD)
        refuse(a, "node certificate", cert, reason, "node certificate");
    node->is_bad = reason != IC_NODE_GOOD;
}

static void check_nodes(struct ic_audit *a)
{
    struct ic_part seen = a->evidence.seen;
    struct ic_node_set_seen sets = {0};
    struct ic_node_value line;
    enum ic_err err;
    if (is_missing(a, &seen, "seen", 0) || a->key_count == 0 || !a->has_log_policy)
        return;
    a->are_nodes_checked = true;
    while ((err = ic_evidence_line(&seen, &line)) == IC_OK) {
        struct ic_evidence_seen row;
        if (ic_evidence_seen_parse(line, &row) != IC_OK)
            break;
        check_seen(a, &row, &sets);
    }
    if (err != IC_ERR_GONE)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "seen", 0, "line", "A line of it is malformed.");
    for (size_t i = 0; i < a->evidence.cert_count; i++)
        if (!a->nodes[i].is_seen)
            ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "node certificate", i + 1, "missing",
                          "Nothing says when the device accepted it.");
}

/* ---- all of it ---- */

static void open_span(struct ic_audit *a)
{
    if (is_missing(a, &a->evidence.span, "span", 0))
        return;
    a->has_span = ic_evidence_span_parse(a->evidence.span, &a->span) == IC_OK;
    if (!a->has_span)
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "span", 0, "line", "Its line is malformed.");
}

static void check_receipts(struct ic_audit *a)
{
    bool are_required = a->has_policy && (a->policy.flags & FLAG_RECEIPTS) != 0;
    if (a->evidence.receipt_count > 0)
        ic_audit_receipts(a);
    else if (are_required)
        ic_audit_find(a, IC_AUDIT_VIOLATED, "receipts", 0, "missing",
                      "This meeting requires receipts, and there is none.");
    else
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "receipts", 0, "missing",
                      "There is none: nothing says where the packets went.");
}

enum ic_audit_verdict ic_audit_run(struct ic_audit *a, const uint8_t *bytes, size_t len,
                                   const struct ic_audit_options *options)
{
    char name[IC_USTAR_NAME_MAX + 1] = "";
    memset(a, 0, sizeof *a);
    enum ic_evidence_fault fault = ic_evidence_parse(bytes, len, &a->evidence, name);
    if (fault != IC_EVIDENCE_GOOD) {
        ic_audit_find(a, IC_AUDIT_INCONCLUSIVE, "bundle", 0, "bundle", "%s%s%s%s",
                      ic_evidence_fault_sentence(fault), name[0] == '\0' ? "" : " (", name,
                      name[0] == '\0' ? "" : ")");
        return a->verdict;
    }
    open_policy(a, options);
    open_span(a);
    read_certs(a);
    if (a->has_policy) {
        open_keys(a);
        open_log_policy(a, options);
        check_nodes(a);
    }
    check_receipts(a);
    return a->verdict;
}
