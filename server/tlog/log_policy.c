#include "tlog/log_policy.h"

#include <string.h>

#include "base/rd.h"
#include "base/text.h"
#include "crypto/ct.h"

#define NOBODY (-1)
/* LIMIT: "group", a name, a threshold and all that can be a member. One more is too many. */
#define WORDS_MAX (3 + IC_LOG_POLICY_NODES_MAX)

struct words {
    size_t count; /* WORDS_MAX + 1: more than fit */
    struct ic_log_policy_text at[WORDS_MAX];
};

struct parser {
    struct ic_log_policy *policy;
    bool has_quorum, is_broken; /* is_broken: the crypto library failed */
    enum ic_log_policy_fault fault;
};

static bool fail(struct parser *p, enum ic_log_policy_fault fault)
{
    p->fault = fault;
    return false;
}

/* ---- words ---- */

static bool is_blank(uint8_t octet)
{
    return octet == ' ' || octet == '\t';
}

static bool is_word(const struct ic_log_policy_text *word, const char *text)
{
    return word->len == strlen(text) && memcmp(word->at, text, word->len) == 0;
}

static bool is_same(const struct ic_log_policy_text *a, const struct ic_log_policy_text *b)
{
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static void split(const uint8_t *line, size_t len, struct words *out)
{
    out->count = 0;
    for (size_t at = 0; at < len; at++) {
        if (is_blank(line[at]))
            continue;
        size_t start = at;
        while (at < len && !is_blank(line[at]))
            at++;
        if (out->count == WORDS_MAX) {
            out->count++;
            return;
        }
        out->at[out->count++] = (struct ic_log_policy_text){(const char *)&line[start], at - start};
    }
}

/* "the allowed octet values are 0x09 (tab), 0x0A (newline), 0x20-0x7E, and 0x80-0xFF." */
static bool are_octets(const uint8_t *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
            return false;
    return true;
}

/* ---- lines ---- */

static int16_t find_node(const struct ic_log_policy *policy, const struct ic_log_policy_text *name)
{
    for (size_t i = 0; i < policy->node_count; i++)
        if (is_same(&policy->nodes[i].name, name))
            return (int16_t)i;
    return NOBODY;
}

/* A name is new, and is not that of no quorum. */
static bool is_free(struct parser *p, const struct ic_log_policy_text *name)
{
    if (is_word(name, "none") || find_node(p->policy, name) != NOBODY)
        return fail(p, IC_LOG_POLICY_NAME_AGAIN);
    return true;
}

/* What a key's parser said. */
static bool is_key(struct parser *p, enum ic_err err)
{
    p->is_broken = err == IC_ERR_SYSTEM;
    return err == IC_OK || fail(p, IC_LOG_POLICY_KEY);
}

/* log <vkey> [<url>] */
static bool parse_log(struct parser *p, const struct words *words)
{
    struct ic_log_policy *policy = p->policy;
    struct ic_log_policy_log log = {.url = {NULL, 0}};
    if (words->count < 2 || words->count > 3)
        return fail(p, IC_LOG_POLICY_WORDS);
    if (!is_key(p, ic_note_key_parse(&log.key, words->at[1].at, words->at[1].len)))
        return false;
    for (size_t i = 0; i < policy->log_count; i++)
        if (ic_ct_equal(policy->logs[i].key.key, log.key.key, IC_ED25519_KEY_LEN))
            return fail(p, IC_LOG_POLICY_KEY_AGAIN);
    if (policy->log_count == IC_TLOG_LOGS_MAX)
        return fail(p, IC_LOG_POLICY_LIMIT);
    if (words->count == 3)
        log.url = words->at[2];
    policy->logs[policy->log_count++] = log;
    return true;
}

/* witness <name> <vkey> [<url>] */
static bool parse_witness(struct parser *p, const struct words *words)
{
    struct ic_log_policy *policy = p->policy;
    struct ic_witness witness;
    if (words->count < 3 || words->count > 4)
        return fail(p, IC_LOG_POLICY_WORDS);
    if (!is_free(p, &words->at[1]) ||
        !is_key(p, ic_witness_parse(&witness, words->at[2].at, words->at[2].len)))
        return false;
    for (size_t i = 0; i < policy->witness_count; i++)
        if (ic_ct_equal(policy->witnesses[i].key.key, witness.key.key, IC_ED25519_KEY_LEN))
            return fail(p, IC_LOG_POLICY_KEY_AGAIN);
    if (policy->witness_count == IC_TLOG_WITNESSES_MAX)
        return fail(p, IC_LOG_POLICY_LIMIT);
    struct ic_log_policy_node *node = &policy->nodes[policy->node_count++];
    *node = (struct ic_log_policy_node){
        .name = words->at[1], .group = NOBODY, .witness = (int16_t)policy->witness_count};
    if (words->count == 4)
        node->url = words->at[3];
    policy->witnesses[policy->witness_count++] = witness;
    return true;
}

static bool parse_threshold(struct parser *p, const struct ic_log_policy_text *word, size_t members,
                            uint8_t *out)
{
    uint64_t threshold = 0;
    if (is_word(word, "any"))
        threshold = 1;
    else if (is_word(word, "all"))
        threshold = members;
    else if (ic_decimal_decode(word->at, word->len, &threshold) != IC_OK)
        return fail(p, IC_LOG_POLICY_THRESHOLD);
    if (threshold < 1 || threshold > members)
        return fail(p, IC_LOG_POLICY_THRESHOLD);
    *out = (uint8_t)threshold;
    return true;
}

/* "Each defined name can be listed as a group member at most once." */
static bool take_members(struct parser *p, const struct ic_log_policy_text *names, size_t count,
                         int16_t group)
{
    for (size_t i = 0; i < count; i++) {
        int16_t node = find_node(p->policy, &names[i]);
        if (node == NOBODY)
            return fail(p, IC_LOG_POLICY_UNKNOWN);
        if (p->policy->nodes[node].group != NOBODY)
            return fail(p, IC_LOG_POLICY_MEMBER_AGAIN);
        p->policy->nodes[node].group = group;
    }
    return true;
}

/* group <name> all|any|<k> <name>... */
static bool parse_group(struct parser *p, const struct words *words)
{
    struct ic_log_policy *policy = p->policy;
    struct ic_log_policy_node node = {.group = NOBODY, .witness = NOBODY};
    if (words->count < 4)
        return fail(p, IC_LOG_POLICY_WORDS);
    if (policy->node_count - policy->witness_count == IC_TLOG_GROUPS_MAX ||
        words->count > WORDS_MAX)
        return fail(p, IC_LOG_POLICY_LIMIT);
    size_t members = words->count - 3;
    node.name = words->at[1];
    if (!is_free(p, &node.name) ||
        !take_members(p, &words->at[3], members, (int16_t)policy->node_count) ||
        !parse_threshold(p, &words->at[2], members, &node.threshold))
        return false;
    policy->nodes[policy->node_count++] = node;
    return true;
}

/* quorum <name> */
static bool parse_quorum(struct parser *p, const struct words *words)
{
    if (words->count != 2)
        return fail(p, IC_LOG_POLICY_WORDS);
    if (p->has_quorum)
        return fail(p, IC_LOG_POLICY_QUORUM_AGAIN);
    p->has_quorum = true;
    if (is_word(&words->at[1], "none"))
        return true;
    p->policy->quorum = find_node(p->policy, &words->at[1]);
    return p->policy->quorum != NOBODY || fail(p, IC_LOG_POLICY_UNKNOWN);
}

static bool parse_line(struct parser *p, const uint8_t *line, size_t len)
{
    struct words words;
    if (!are_octets(line, len))
        return fail(p, IC_LOG_POLICY_OCTET);
    split(line, len, &words);
    if (words.count == 0 || words.at[0].at[0] == '#')
        return true;
    if (is_word(&words.at[0], "log"))
        return parse_log(p, &words);
    if (is_word(&words.at[0], "witness"))
        return parse_witness(p, &words);
    if (is_word(&words.at[0], "group"))
        return parse_group(p, &words);
    if (is_word(&words.at[0], "quorum"))
        return parse_quorum(p, &words);
    return fail(p, IC_LOG_POLICY_KEYWORD);
}

/* line is that of the fault; 0 when it is of the whole. */
static bool parse_lines(struct parser *p, struct ic_rd *r, size_t *line)
{
    for (*line = 1; r->left > 0; ++*line) {
        const uint8_t *end = memchr(r->p, '\n', r->left);
        size_t len = end == NULL ? r->left : (size_t)(end - r->p);
        const uint8_t *at = ic_rd_take(r, len);
        if (end == NULL)
            return fail(p, IC_LOG_POLICY_UNTERMINATED);
        ic_rd_skip(r, 1);
        if (!parse_line(p, at, len))
            return false;
    }
    *line = 0;
    if (!p->has_quorum)
        return fail(p, IC_LOG_POLICY_NO_QUORUM);
    return p->policy->log_count > 0 || fail(p, IC_LOG_POLICY_NO_LOG);
}

enum ic_err ic_log_policy_parse(const uint8_t *bytes, size_t len, struct ic_log_policy *out,
                                struct ic_log_policy_error *error)
{
    struct parser p = {.policy = out};
    struct ic_rd r = ic_rd_init(bytes, len);
    size_t line = 0;
    out->log_count = out->witness_count = out->node_count = 0;
    out->quorum = NOBODY;
    bool is_good =
        len <= IC_LOG_POLICY_BYTES_MAX ? parse_lines(&p, &r, &line) : fail(&p, IC_LOG_POLICY_SIZE);
    if (is_good)
        return IC_OK;
    *error = (struct ic_log_policy_error){p.fault, line};
    return p.is_broken ? IC_ERR_SYSTEM : IC_ERR_INPUT;
}

/* ---- judging ---- */

/* A log of the policy signed the note: IC_PROOF_GOOD when the checkpoint is that log's own. */
static enum ic_proof_verdict find_signer(const struct ic_log_policy *policy,
                                         const struct ic_note *note, struct ic_checkpoint *out)
{
    bool is_signed = false, is_own = false;
    bool is_read = ic_checkpoint_parse(note->text, note->text_len, out) == IC_OK;
    for (size_t i = 0; i < policy->log_count; i++) {
        const struct ic_note_key *key = &policy->logs[i].key;
        uint8_t signature[IC_ED25519_SIGNATURE_LEN];
        size_t at = 0, name_len = strlen(key->name);
        enum ic_err err = ic_note_next_signature(note, key, &at, signature, sizeof signature);
        if (err == IC_ERR_GONE)
            continue;
        if (ic_note_verify(note, key) != IC_OK)
            return IC_PROOF_UNSIGNED;
        is_signed = true;
        if (is_read && out->origin_len == name_len && memcmp(out->origin, key->name, name_len) == 0)
            is_own = true;
    }
    if (!is_signed)
        return IC_PROOF_UNSIGNED;
    return is_own ? IC_PROOF_GOOD : IC_PROOF_ORIGIN;
}

/* Whether a node witnessed, and when. */
struct seen {
    bool is_seen;
    uint64_t time_s;
};

/* The latest time from which on its threshold of members had witnessed. */
static struct seen see_group(const struct ic_log_policy *policy, size_t group,
                             const struct seen seen[static IC_LOG_POLICY_NODES_MAX])
{
    uint64_t times[IC_LOG_POLICY_NODES_MAX]; /* the latest first */
    size_t count = 0, threshold = policy->nodes[group].threshold;
    for (size_t i = 0; i < group; i++) {
        if ((size_t)policy->nodes[i].group != group || !seen[i].is_seen)
            continue;
        size_t at = count++;
        for (; at > 0 && times[at - 1] < seen[i].time_s; at--)
            times[at] = times[at - 1];
        times[at] = seen[i].time_s;
    }
    if (count < threshold)
        return (struct seen){false, 0};
    return (struct seen){true, times[threshold - 1]};
}

static enum ic_proof_verdict see_all(const struct ic_log_policy *policy, const struct ic_note *note,
                                     struct ic_proof_result *result)
{
    struct seen seen[IC_LOG_POLICY_NODES_MAX];
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct ic_log_policy_node *node = &policy->nodes[i];
        if (node->witness == NOBODY) {
            seen[i] = see_group(policy, i, seen);
            continue;
        }
        seen[i].time_s = 0;
        enum ic_err err =
            ic_cosignature_verify(note, &policy->witnesses[node->witness], &seen[i].time_s);
        if (err != IC_OK && err != IC_ERR_GONE)
            return IC_PROOF_COSIGNATURE;
        seen[i].is_seen = err == IC_OK;
        result->witnessed += err == IC_OK;
    }
    if (policy->quorum == NOBODY)
        return IC_PROOF_GOOD;
    if (!seen[policy->quorum].is_seen)
        return IC_PROOF_QUORUM;
    result->time_s = seen[policy->quorum].time_s;
    return IC_PROOF_GOOD;
}

enum ic_proof_verdict ic_log_policy_judge(const struct ic_log_policy *policy,
                                          const uint8_t *checkpoint, size_t len,
                                          struct ic_proof_result *out)
{
    struct ic_note note;
    struct ic_proof_result result = {0};
    if (ic_note_parse(checkpoint, len, &note) != IC_OK)
        return IC_PROOF_UNSIGNED;
    enum ic_proof_verdict verdict = find_signer(policy, &note, &result.checkpoint);
    if (verdict == IC_PROOF_GOOD)
        verdict = see_all(policy, &note, &result);
    if (verdict == IC_PROOF_GOOD)
        *out = result;
    return verdict;
}

enum ic_proof_verdict ic_log_policy_verify(const struct ic_log_policy *policy,
                                           const struct ic_proof *proof,
                                           const struct ic_merkle_hash *leaf,
                                           struct ic_proof_result *out)
{
    struct ic_proof_result result;
    enum ic_proof_verdict verdict =
        ic_log_policy_judge(policy, proof->checkpoint, proof->checkpoint_len, &result);
    if (verdict != IC_PROOF_GOOD)
        return verdict;
    const struct ic_merkle_head *head = &result.checkpoint.head;
    enum ic_err err =
        ic_merkle_verify_inclusion(leaf, proof->index, head->size, proof->inclusion.hashes,
                                   proof->inclusion.count, &head->root);
    if (err != IC_OK)
        return err == IC_ERR_SYSTEM ? IC_PROOF_SYSTEM : IC_PROOF_INCLUSION;
    *out = result;
    return IC_PROOF_GOOD;
}
