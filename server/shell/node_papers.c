#include "shell/node_papers.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/text.h"
#include "cluster/node_logged.h"
#include "cluster/node_set.h"
#include "crypto/ct.h"
#include "shell/cmd_args.h"

#define PATH_MAX_OWN (IC_CONFIG_TEXT_MAX + 32)

void ic_node_papers_init(struct ic_node_papers *p, const struct ic_data_dir *data,
                         const struct ic_dtls_credentials *credentials,
                         const struct ic_addr *addresses, size_t address_count)
{
    IC_ASSERT(address_count <= IC_CANDIDATES_MAX);
    *p = (struct ic_node_papers){.data = data, .address_count = address_count};
    ic_dtls_credentials_fingerprint(credentials, p->dtls_sha256);
    memcpy(p->addresses, addresses, address_count * sizeof *addresses);
}

void ic_node_papers_deinit(struct ic_node_papers *p)
{
    free(p->json);
    free(p->files);
    p->json = NULL;
    p->files = NULL;
}

/* All files, and what they say. Large: 0.7 MB. */
struct ic_node_files {
    uint8_t cert[IC_NODE_CERT_MAX + 1], set[IC_NODE_SET_MAX + 1];
    uint8_t lists[IC_OPERATOR_CHAIN_MAX][IC_OPERATOR_LIST_MAX + 1];
    uint8_t policy[IC_LOG_POLICY_BYTES_MAX + 1];
    uint8_t cert_proof[IC_TLOG_PROOF_MAX + 1], set_proof[IC_TLOG_PROOF_MAX + 1];
    size_t cert_len, set_len, policy_len, cert_proof_len, set_proof_len;
    struct ic_part chain[IC_OPERATOR_CHAIN_MAX];
    size_t chain_count;
    struct ic_operator_keys keys;
    struct ic_node_cert node_cert;
    struct ic_merkle_hash leaf;
    struct ic_node_set node_set;
    struct ic_log_policy log_policy;
    bool is_left_out; /* all is in order but for this: the set is without the certificate */
};

static bool is_there(const struct ic_node_papers *p, const char *name)
{
    char path[PATH_MAX_OWN];
    return ic_data_dir_file(p->data, name, path) && access(path, F_OK) == 0;
}

static bool read_file(const struct ic_node_papers *p, const char *name, uint8_t *out, size_t cap,
                      size_t *len, char *why)
{
    char path[PATH_MAX_OWN], cause[IC_CMD_WHY_MAX] = "the name of data_dir is too long";
    if (ic_data_dir_file(p->data, name, path) && ic_cmd_read_file(path, out, cap, len, cause))
        return true;
    snprintf(why, IC_CONFIG_WHY_MAX, "%.400s", cause);
    return false;
}

/* ---- files ---- */

static bool read_chain(const struct ic_node_papers *p, struct ic_node_files *a, char *why)
{
    char name[64] = IC_OPERATOR_LIST_FILE;
    while (a->chain_count < IC_OPERATOR_CHAIN_MAX && is_there(p, name)) {
        struct ic_part *list = &a->chain[a->chain_count];
        uint8_t *bytes = a->lists[a->chain_count];
        list->bytes = bytes;
        if (!read_file(p, name, bytes, IC_OPERATOR_LIST_MAX, &list->len, why))
            return false;
        a->chain_count++;
        snprintf(name, sizeof name, "operator-keys-%zu.txt", a->chain_count + 1);
    }
    return true;
}

static bool read_all(const struct ic_node_papers *p, struct ic_node_files *a, char *why)
{
    return read_chain(p, a, why) &&
           read_file(p, IC_NODE_CERT_FILE, a->cert, IC_NODE_CERT_MAX, &a->cert_len, why) &&
           read_file(p, IC_NODE_SET_FILE, a->set, IC_NODE_SET_MAX, &a->set_len, why) &&
           read_file(p, IC_NODE_LOG_FILE, a->policy, IC_LOG_POLICY_BYTES_MAX, &a->policy_len,
                     why) &&
           read_file(p, IC_NODE_CERT_PROOF, a->cert_proof, IC_TLOG_PROOF_MAX, &a->cert_proof_len,
                     why) &&
           read_file(p, IC_NODE_SET_PROOF, a->set_proof, IC_TLOG_PROOF_MAX, &a->set_proof_len, why);
}

/* ---- what a client would check (nodes.md 8), and that it is about this machine ---- */

static bool refuse(enum ic_node_reason reason, const char *what, const char *file, char *why)
{
    uint8_t sentence[IC_NODE_SENTENCE_MAX];
    struct ic_wr w = ic_wr_init(sentence, sizeof sentence);
    ic_node_reason_write(&w, reason, what);
    snprintf(why, IC_CONFIG_WHY_MAX, "%s (%s): %.*s", file, ic_node_reason_word(reason), (int)w.len,
             (const char *)sentence);
    return false;
}

/* The first list is the operator's own word here; a client compares its hash with the policy. */
static enum ic_node_reason open_chain(struct ic_node_files *a)
{
    struct ic_note note;
    if (a->chain_count == 0)
        return IC_NODE_MISSING;
    struct ic_part first = a->chain[0];
    if (ic_note_parse(first.bytes, first.len, &note) == IC_OK)
        first = (struct ic_part){note.text, note.text_len};
    enum ic_node_reason reason = ic_operator_keys_parse(first.bytes, first.len, &a->keys);
    if (reason != IC_NODE_GOOD)
        return reason;
    uint8_t sha256[IC_SHA256_LEN];
    memcpy(sha256, a->keys.sha256, sizeof sha256);
    return ic_operator_keys_open(a->chain, a->chain_count, sha256, &a->keys);
}

/* ---- what the node itself goes by ---- */

static bool hash(const uint8_t *bytes, size_t len, uint8_t out[static IC_SHA256_LEN])
{
    const struct ic_part part = {bytes, len};
    return ic_hash_sha256(&part, 1, out) == IC_OK;
}

/* The text of each list, without its signatures. */
static bool hash_lists(const struct ic_node_files *a, struct ic_own_papers *own)
{
    for (size_t i = 0; i < a->chain_count; i++) {
        struct ic_part text = a->chain[i];
        struct ic_note note;
        if (ic_note_parse(text.bytes, text.len, &note) == IC_OK)
            text = (struct ic_part){note.text, note.text_len};
        if (!hash(text.bytes, text.len, own->lists[i]))
            return false;
    }
    own->list_count = a->chain_count;
    return true;
}

/* Everything in a was proved. */
static bool write_own(struct ic_node_files *a, struct ic_own_papers *own)
{
    uint8_t policy[IC_SHA256_LEN];
    *own = (struct ic_own_papers){.is_in_set = !a->is_left_out};
    if (!hash_lists(a, own) || !hash(a->policy, a->policy_len, policy) ||
        ic_node_claim_init(&own->claim, &a->node_cert, a->leaf.bytes) != IC_OK)
        return false;
    own->claim.is_signed = own->claim.is_logged = true;
    ic_node_set_claim_init(&own->set, &a->node_set, a->keys.sha256, policy);
    own->set.leaves = NULL; /* they end with a */
    own->set.leaf_count = 0;
    own->set.is_signed = own->set.is_logged = true;
    return true;
}

/* It goes to clients as a string of JSON; a comment in it can be of any bytes. */
static bool is_text(const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    while (at < len)
        if (ic_utf8_next((const char *)bytes, len, &at) < 0)
            return false;
    return true;
}

static bool check_logged(struct ic_node_files *a, uint64_t now_s, char *why)
{
    const struct ic_part set = {a->set, a->set_len}, cert = {a->cert, a->cert_len};
    const struct ic_part set_proof = {a->set_proof, a->set_proof_len},
                         cert_proof = {a->cert_proof, a->cert_proof_len};
    struct ic_log_policy_error error;
    if (!is_text(a->policy, a->policy_len)) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 IC_NODE_LOG_FILE " (log_policy): it is not text in UTF-8. Save it as that.");
        return false;
    }
    if (ic_log_policy_parse(a->policy, a->policy_len, &a->log_policy, &error) != IC_OK) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 IC_NODE_LOG_FILE " (log_policy): it is no policy of logs. 'incamera log verify "
                                  "--policy' says what is wrong.");
        return false;
    }
    enum ic_node_reason reason = ic_node_logged_check(&set_proof, &set, &a->log_policy, now_s);
    if (reason != IC_NODE_GOOD)
        return refuse(reason, "node set", IC_NODE_SET_PROOF, why);
    reason = ic_node_logged_check(&cert_proof, &cert, &a->log_policy, now_s);
    return reason == IC_NODE_GOOD || refuse(reason, "node certificate", IC_NODE_CERT_PROOF, why);
}

static enum ic_node_reason check_machine(const struct ic_node_papers *p,
                                         const struct ic_node_files *a)
{
    if (!ic_ct_equal(a->node_cert.dtls_sha256, p->dtls_sha256, sizeof p->dtls_sha256))
        return IC_NODE_FINGERPRINT;
    for (size_t i = 0; i < p->address_count; i++)
        if (!ic_node_cert_covers(&a->node_cert, &p->addresses[i]))
            return IC_NODE_ADDRESS;
    return IC_NODE_GOOD;
}

static bool check(const struct ic_node_papers *p, struct ic_node_files *a, uint64_t now_s,
                  char *why)
{
    const struct ic_part part = {a->cert, a->cert_len};
    enum ic_node_reason reason = open_chain(a);
    if (reason != IC_NODE_GOOD)
        return refuse(reason, "operator key list", IC_OPERATOR_LIST_FILE, why);
    reason = ic_node_set_open(a->set, a->set_len, &a->keys, now_s, &a->node_set);
    if (reason != IC_NODE_GOOD)
        return refuse(reason, "node set", IC_NODE_SET_FILE, why);
    reason = ic_node_cert_open(a->cert, a->cert_len, &a->keys, now_s, &a->node_cert);
    if (reason == IC_NODE_GOOD && ic_merkle_leaf(&part, 1, &a->leaf) != IC_OK)
        reason = IC_NODE_SYSTEM;
    if (reason == IC_NODE_GOOD)
        reason = check_machine(p, a);
    a->is_left_out = reason == IC_NODE_GOOD && !ic_node_set_has(&a->node_set, &a->leaf);
    if (a->is_left_out)
        reason = IC_NODE_NOT_IN_SET;
    return reason == IC_NODE_GOOD || refuse(reason, "node certificate", IC_NODE_CERT_FILE, why);
}

/* ---- for clients ---- */

static char *write_json(const struct ic_node_files *a)
{
    json_t *lists = json_array();
    for (size_t i = 0; i < a->chain_count; i++)
        json_array_append_new(lists,
                              json_stringn((const char *)a->chain[i].bytes, a->chain[i].len));
    json_t *root = json_pack("{s:s%,s:s%,s:s%,s:s%,s:s%,s:o}", "node_cert", a->cert, a->cert_len,
                             "node_cert_proof", a->cert_proof, a->cert_proof_len, "node_set",
                             a->set, a->set_len, "node_set_proof", a->set_proof, a->set_proof_len,
                             "log_policy", a->policy, a->policy_len, "operator_keys", lists);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

static enum ic_node_papers_state load(struct ic_node_papers *p, struct ic_node_files *a,
                                      uint64_t now_s, char *why)
{
    char also[IC_CONFIG_WHY_MAX];
    bool is_read = read_all(p, a, why);
    bool is_good = is_read && check(p, a, now_s, why);
    /* A set that is without us counts, too, if it is in the log: then nobody may stay. */
    bool is_proved =
        (is_good || (is_read && a->is_left_out)) && check_logged(a, now_s, is_good ? why : also);
    p->has_own = is_proved && write_own(a, &p->own);
    if (!is_good || !is_proved)
        return IC_NODE_PAPERS_REFUSED;
    p->json = write_json(a);
    p->cert = a->node_cert;
    p->leaf = a->leaf;
    p->not_after_s = a->node_cert.not_after_s < a->node_set.not_after_s ? a->node_cert.not_after_s
                                                                        : a->node_set.not_after_s;
    if (p->json != NULL && p->has_own)
        return IC_NODE_PAPERS_GOOD;
    ic_node_papers_deinit(p);
    snprintf(why, IC_CONFIG_WHY_MAX, "There is not enough memory for the node's certificate.");
    return IC_NODE_PAPERS_REFUSED;
}

/* FNV-1a over what the file system says of the files. */
static uint64_t stamp(const struct ic_node_papers *p)
{
    char name[64], path[PATH_MAX_OWN];
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < IC_OPERATOR_CHAIN_MAX + 5; i++) {
        static const char *const names[] = {IC_NODE_CERT_FILE, IC_NODE_SET_FILE,
                                            IC_NODE_LOG_FILE,  IC_NODE_CERT_PROOF,
                                            IC_NODE_SET_PROOF, IC_OPERATOR_LIST_FILE};
        struct stat st = {0};
        if (i < sizeof names / sizeof names[0])
            snprintf(name, sizeof name, "%s", names[i]);
        else
            snprintf(name, sizeof name, "operator-keys-%zu.txt", i - 4);
        if (!ic_data_dir_file(p->data, name, path) || stat(path, &st) != 0)
            st = (struct stat){0};
        const uint64_t words[] = {(uint64_t)st.st_ino, (uint64_t)st.st_size,
                                  (uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec};
        for (size_t k = 0; k < 4; k++)
            hash = (hash ^ words[k]) * 0x100000001b3U;
    }
    return hash;
}

bool ic_node_papers_have_changed(struct ic_node_papers *p)
{
    uint64_t now = stamp(p);
    bool is_settled = now == p->stamp_seen;
    p->stamp_seen = now;
    return is_settled && now != p->stamp;
}

enum ic_node_papers_state ic_node_papers_load(struct ic_node_papers *p, uint64_t now_s,
                                              char why[static IC_CONFIG_WHY_MAX])
{
    ic_node_papers_deinit(p);
    p->has_own = false;
    p->stamp = p->stamp_seen = stamp(p);
    if (!is_there(p, IC_NODE_CERT_FILE) && !is_there(p, IC_NODE_SET_FILE) &&
        !is_there(p, IC_OPERATOR_LIST_FILE))
        return IC_NODE_PAPERS_NONE;
    struct ic_node_files *a = calloc(1, sizeof *a);
    if (a == NULL) {
        snprintf(why, IC_CONFIG_WHY_MAX, "There is not enough memory for the node's certificate.");
        return IC_NODE_PAPERS_REFUSED;
    }
    enum ic_node_papers_state state = load(p, a, now_s, why);
    if (state == IC_NODE_PAPERS_GOOD)
        p->files = a;
    else
        free(a);
    return state;
}

bool ic_node_papers_proved(const struct ic_node_papers *p, struct ic_node_proved *out)
{
    const struct ic_node_files *a = p->files;
    struct ic_merkle_hash leaf;
    uint8_t policy[IC_SHA256_LEN];
    struct ic_node_proved proved = {0};
    if (a == NULL)
        return false;
    const struct ic_part cert = {a->cert, a->cert_len}, log = {a->policy, a->policy_len};
    if (ic_merkle_leaf(&cert, 1, &leaf) != IC_OK || ic_hash_sha256(&log, 1, policy) != IC_OK ||
        ic_node_claim_init(&proved.self, &a->node_cert, leaf.bytes) != IC_OK)
        return false;
    ic_node_set_claim_init(&proved.set, &a->node_set, a->keys.sha256, policy);
    proved.self.is_signed = proved.self.is_logged = true;
    proved.set.is_signed = proved.set.is_logged = true;
    proved.keys = &a->keys;
    proved.log_policy = &a->log_policy;
    proved.cert = cert;
    proved.cert_proof = (struct ic_part){a->cert_proof, a->cert_proof_len};
    proved.name = a->node_cert.name;
    *out = proved;
    return true;
}
