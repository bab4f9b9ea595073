#include "shell/set_certs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster/node_logged.h"
#include "shell/log_reader.h"
#include "tlog/proof.h"

struct search {
    const struct ic_node_proved *proved;
    uint64_t now_s;
    struct ic_egress_cert *out;
    size_t count;
    struct ic_log_reader reader;
    struct ic_proof proof;
    uint8_t proof_text[IC_TLOG_PROOF_MAX];
    char *why;
};

static bool refuse(struct search *s, uint64_t index, enum ic_node_reason reason)
{
    uint8_t sentence[IC_NODE_SENTENCE_MAX];
    struct ic_wr w = ic_wr_init(sentence, sizeof sentence);
    ic_node_reason_write(&w, reason, "node certificate");
    snprintf(s->why, IC_CONFIG_WHY_MAX, "%.200s, entry %llu (%s): %.*s", s->reader.path,
             (unsigned long long)index, ic_node_reason_word(reason), (int)w.len,
             (const char *)sentence);
    return false;
}

static bool fail_reader(struct search *s)
{
    snprintf(s->why, IC_CONFIG_WHY_MAX, "log_folder: %.400s", s->reader.why);
    return false;
}

static bool has(const struct search *s, const struct ic_merkle_hash *leaf)
{
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->out[i].claim.leaf, leaf->bytes, sizeof leaf->bytes) == 0)
            return true;
    return false;
}

/* Signed by enough keys, whatever day it is: judged at its own first second. */
static enum ic_node_reason open_cert(const struct search *s, const struct ic_part *entry,
                                     struct ic_node_cert *cert)
{
    struct ic_note note;
    if (ic_note_parse(entry->bytes, entry->len, &note) != IC_OK)
        return IC_NODE_NOT_A_NOTE;
    enum ic_node_reason reason = ic_node_cert_parse(note.text, note.text_len, cert);
    if (reason != IC_NODE_GOOD)
        return reason;
    return ic_node_cert_open(entry->bytes, entry->len, s->proved->keys, cert->not_before_s, cert);
}

static bool take(struct search *s, uint64_t index, const struct ic_merkle_hash *leaf)
{
    struct ic_part entry;
    struct ic_node_cert cert;
    struct ic_egress_cert *out = &s->out[s->count];
    struct ic_wr w = ic_wr_init(s->proof_text, sizeof s->proof_text);
    if (s->count == IC_NODE_CLAIMS_MAX) {
        snprintf(s->why, IC_CONFIG_WHY_MAX, "The node set names more than %d certificates.",
                 IC_NODE_CLAIMS_MAX);
        return false;
    }
    s->proof = (struct ic_proof){
        .index = index, .checkpoint = s->reader.note, .checkpoint_len = s->reader.note_len};
    if (!ic_log_reader_prove(&s->reader, index, &s->proof.inclusion) ||
        !ic_log_reader_entry(&s->reader, index, &entry))
        return fail_reader(s);
    ic_proof_write(&w, &s->proof);
    const struct ic_part proof = {s->proof_text, w.len};
    enum ic_node_reason reason = open_cert(s, &entry, &cert);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_logged_check(&proof, &entry, s->proved->log_policy, s->now_s);
    if (reason == IC_NODE_GOOD && ic_node_claim_init(&out->claim, &cert, leaf->bytes) != IC_OK)
        reason = IC_NODE_SYSTEM;
    if (reason != IC_NODE_GOOD)
        return refuse(s, index, reason);
    out->claim.is_signed = out->claim.is_logged = true;
    out->address_count = cert.address_count;
    memcpy(out->addresses, cert.addresses, sizeof out->addresses);
    s->count++;
    return true;
}

static bool look_through(struct search *s)
{
    struct ic_merkle_hash leaves[IC_TILE_WIDTH_MAX];
    const struct ic_node_set_claim *set = &s->proved->set;
    size_t count = 1;
    for (uint64_t tile = 0; count > 0; tile++) {
        if (!ic_log_reader_leaves(&s->reader, tile, leaves, &count))
            return fail_reader(s);
        for (size_t i = 0; i < count; i++)
            if (ic_node_set_claim_has(set, leaves[i].bytes) && !has(s, &leaves[i]) &&
                !take(s, tile * IC_TILE_WIDTH_MAX + i, &leaves[i]))
                return false;
    }
    if (s->count == set->leaf_count)
        return true;
    snprintf(s->why, IC_CONFIG_WHY_MAX,
             "log_folder: %.200s has %zu of the %zu certificates that the node set names. Bring a "
             "newer copy of the log.",
             s->reader.path, s->count, set->leaf_count);
    return false;
}

bool ic_set_certs_read(const char *log_folder, const struct ic_node_proved *proved, uint64_t now_s,
                       struct ic_egress_cert *out, size_t *count,
                       char why[static IC_CONFIG_WHY_MAX])
{
    struct search *s = calloc(1, sizeof *s);
    if (s == NULL) {
        snprintf(why, IC_CONFIG_WHY_MAX, "There is not enough memory for the certificates.");
        return false;
    }
    s->proved = proved;
    s->now_s = now_s;
    s->out = out;
    s->why = why;
    bool ok = ic_log_reader_open_copy(&s->reader, log_folder, proved->log_policy) ? look_through(s)
                                                                                  : fail_reader(s);
    *count = s->count;
    free(s);
    return ok;
}
