#include "tlog/proof.h"

#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/text.h"
#include "crypto/ct.h"

static const char header[] = "c2sp.org/tlog-proof@v1", extra[] = "extra ", index_[] = "index ";

struct line {
    const char *text;
    size_t len;
};

/* The next line, its line feed taken too. */
static bool take_line(struct ic_rd *r, struct line *out)
{
    const uint8_t *end = r->left == 0 ? NULL : memchr(r->p, '\n', r->left);
    if (end == NULL) {
        r->bad = true;
        return false;
    }
    out->len = (size_t)(end - r->p);
    out->text = (const char *)ic_rd_take(r, out->len + 1);
    return true;
}

static bool has_prefix(const struct line *line, const char *prefix)
{
    size_t len = strlen(prefix);
    return line->len >= len && memcmp(line->text, prefix, len) == 0;
}

static bool parse_extra(const struct line *line, struct ic_proof *out)
{
    size_t n;
    out->extra = line->text + sizeof extra - 1;
    out->extra_len = line->len - (sizeof extra - 1);
    return ic_base64_check(out->extra, out->extra_len, &n) == IC_OK && n > 0;
}

static bool parse_head(struct ic_rd *r, struct ic_proof *out)
{
    struct line line;
    if (!take_line(r, &line) || line.len != sizeof header - 1 || !has_prefix(&line, header) ||
        !take_line(r, &line))
        return false;
    if (has_prefix(&line, extra) && (!parse_extra(&line, out) || !take_line(r, &line)))
        return false;
    return has_prefix(&line, index_) &&
           ic_decimal_decode(line.text + sizeof index_ - 1, line.len - (sizeof index_ - 1),
                             &out->index) == IC_OK;
}

/* The hashes and the empty line behind them. */
static bool parse_hashes(struct ic_rd *r, struct ic_merkle_proof *out)
{
    struct line line;
    while (take_line(r, &line) && line.len > 0) {
        if (out->count == IC_MERKLE_PROOF_MAX ||
            ic_base64_decode(line.text, line.len, out->hashes[out->count].bytes,
                             IC_MERKLE_HASH_LEN) != IC_OK)
            return false;
        out->count++;
    }
    return ic_rd_ok(r);
}

enum ic_err ic_proof_parse(const uint8_t *bytes, size_t len, struct ic_proof *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_proof proof = {0};
    struct ic_note note;
    struct ic_checkpoint checkpoint;
    if (len > IC_TLOG_PROOF_MAX || !parse_head(&r, &proof) || !parse_hashes(&r, &proof.inclusion) ||
        r.left == 0 || ic_note_parse(r.p, r.left, &note) != IC_OK ||
        ic_checkpoint_parse(note.text, note.text_len, &checkpoint) != IC_OK)
        return IC_ERR_INPUT;
    proof.checkpoint = r.p;
    proof.checkpoint_len = r.left;
    *out = proof;
    return IC_OK;
}

void ic_proof_write(struct ic_wr *w, const struct ic_proof *proof)
{
    ic_wr_text(w, header);
    ic_wr_u8(w, '\n');
    if (proof->extra != NULL) {
        ic_wr_text(w, extra);
        ic_wr_bytes(w, proof->extra, proof->extra_len);
        ic_wr_u8(w, '\n');
    }
    ic_wr_text(w, index_);
    ic_wr_decimal(w, proof->index);
    ic_wr_u8(w, '\n');
    for (size_t i = 0; i < proof->inclusion.count; i++) {
        char hash[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
        ic_base64_encode(proof->inclusion.hashes[i].bytes, IC_MERKLE_HASH_LEN, hash);
        ic_wr_text(w, hash);
        ic_wr_u8(w, '\n');
    }
    ic_wr_u8(w, '\n');
    ic_wr_bytes(w, proof->checkpoint, proof->checkpoint_len);
}

enum ic_err ic_proof_policy_add(struct ic_proof_policy *policy, const struct ic_witness *witness)
{
    for (size_t i = 0; i < policy->witness_count; i++)
        if (ic_ct_equal(policy->witnesses[i].key.key, witness->key.key, IC_ED25519_KEY_LEN))
            return IC_ERR_INPUT;
    if (policy->witness_count == IC_TLOG_WITNESSES_MAX)
        return IC_ERR_FULL;
    policy->witnesses[policy->witness_count++] = *witness;
    return IC_OK;
}

/* The times of those that have cosigned, the latest first.
 *  IC_ERR_AUTH  one is wrong */
static enum ic_err gather_times(const struct ic_note *note, const struct ic_proof_policy *policy,
                                uint64_t times[static IC_TLOG_WITNESSES_MAX], size_t *count)
{
    size_t n = 0;
    for (size_t i = 0; i < policy->witness_count; i++) {
        uint64_t time = 0;
        enum ic_err err = ic_cosignature_verify(note, &policy->witnesses[i], &time);
        if (err == IC_ERR_GONE)
            continue;
        if (err != IC_OK)
            return IC_ERR_AUTH;
        size_t at = n++;
        for (; at > 0 && times[at - 1] < time; at--)
            times[at] = times[at - 1];
        times[at] = time;
    }
    *count = n;
    return IC_OK;
}

enum ic_proof_verdict ic_proof_verify(const struct ic_proof *proof,
                                      const struct ic_proof_policy *policy,
                                      const struct ic_merkle_hash *leaf,
                                      struct ic_proof_result *out)
{
    struct ic_note note;
    struct ic_proof_result result = {0};
    uint64_t times[IC_TLOG_WITNESSES_MAX];
    if (ic_note_parse(proof->checkpoint, proof->checkpoint_len, &note) != IC_OK ||
        ic_note_verify(&note, &policy->log) != IC_OK)
        return IC_PROOF_UNSIGNED;
    const struct ic_checkpoint *c = &result.checkpoint;
    if (ic_checkpoint_parse(note.text, note.text_len, &result.checkpoint) != IC_OK ||
        c->origin_len != policy->origin_len ||
        memcmp(c->origin, policy->origin, c->origin_len) != 0)
        return IC_PROOF_ORIGIN;
    if (gather_times(&note, policy, times, &result.witnessed) != IC_OK)
        return IC_PROOF_COSIGNATURE;
    if (result.witnessed < policy->quorum)
        return IC_PROOF_QUORUM;
    result.time_s = policy->quorum == 0 ? 0 : times[policy->quorum - 1];
    enum ic_err err =
        ic_merkle_verify_inclusion(leaf, proof->index, c->head.size, proof->inclusion.hashes,
                                   proof->inclusion.count, &c->head.root);
    if (err != IC_OK)
        return err == IC_ERR_SYSTEM ? IC_PROOF_SYSTEM : IC_PROOF_INCLUSION;
    *out = result;
    return IC_PROOF_GOOD;
}
