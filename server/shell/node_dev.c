#include "shell/node_dev.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cluster/node_set.h"
#include "shell/log_folder.h"
#include "shell/log_reader.h"
#include "shell/node_papers.h"
#include "shell/note_file.h"
#include "shell/operator_key.h"
#include "tlog/proof.h"

#define PATH_MAX_OWN (IC_CONFIG_TEXT_MAX + 32)
#define KEY_FILE     "operator.key"

static bool open_key(const struct ic_node_facts *facts, struct ic_operator_key *key, char *why)
{
    char path[PATH_MAX_OWN], name[IC_NODE_NAME_MAX + sizeof "/operator"];
    char node[IC_NODE_NAME_MAX + 1];
    struct ic_note_key made;
    if (!ic_data_dir_file(facts->data, KEY_FILE, path)) {
        snprintf(why, IC_CONFIG_WHY_MAX, "The name of data_dir is too long.");
        return false;
    }
    ic_node_facts_name(facts->config, node);
    snprintf(name, sizeof name, "%s/operator", node);
    bool is_there = access(path, F_OK) == 0;
    return (is_there || ic_operator_key_make(path, name, &made, why)) &&
           ic_operator_key_read(path, key, why);
}

/* Write the text of w, signed by the key unless it is NULL, over a file of the folder. */
static bool write_note(const struct ic_node_facts *facts, struct ic_note_file *f,
                       const struct ic_operator_key *key, const char *name, char *why)
{
    char path[PATH_MAX_OWN];
    f->path = name;
    f->text_len = f->len;
    f->is_signed = false;
    if (key != NULL && !ic_note_file_sign(f, &key->key, &key->private_key, why))
        return false;
    return ic_data_dir_file(facts->data, name, path) &&
           ic_note_file_replace(path, 0644, (const char *)f->bytes, f->len, why);
}

static bool write_list(const struct ic_node_facts *facts, struct ic_note_file *f,
                       const struct ic_operator_key *key, char *why)
{
    struct ic_operator_keys keys = {.serial = 1, .threshold = 1, .count = 1};
    struct ic_wr w = ic_wr_init(f->bytes, IC_OPERATOR_LIST_MAX);
    keys.keys[0] = key->key;
    ic_operator_keys_write(&w, &keys);
    f->len = w.len;
    return write_note(facts, f, NULL, IC_OPERATOR_LIST_FILE, why);
}

static bool write_cert(const struct ic_node_facts *facts, struct ic_note_file *f,
                       const struct ic_operator_key *key, char *why)
{
    struct ic_wr w = ic_wr_init(f->bytes, IC_NODE_CERT_MAX);
    if (!ic_node_facts_write(&w, facts, why))
        return false;
    f->len = w.len;
    return write_note(facts, f, key, IC_NODE_CERT_FILE, why);
}

/* f holds the certificate. */
static bool write_set(const struct ic_node_facts *facts, struct ic_note_file *f,
                      const struct ic_operator_key *key, char *why)
{
    static struct ic_node_set set;
    const struct ic_part part = {f->bytes, f->len};
    set.serial = facts->serial;
    set.not_before_s = facts->now_s - IC_NODE_FACTS_BACK_S;
    set.not_after_s = set.not_before_s + IC_NODE_SET_VALIDITY_MAX_S;
    set.count = 1;
    if (ic_merkle_leaf(&part, 1, &set.certs[0]) != IC_OK) {
        snprintf(why, IC_CONFIG_WHY_MAX, "The crypto library failed.");
        return false;
    }
    struct ic_wr w = ic_wr_init(f->bytes, IC_NODE_SET_MAX);
    ic_node_set_write(&w, &set);
    f->len = w.len;
    return write_note(facts, f, key, IC_NODE_SET_FILE, why);
}

/* ---- the log ---- */

/* The log of the trial, made at the first start. */
static bool open_log(const struct ic_node_facts *facts, const char *path,
                     struct ic_log_folder *folder, char *why)
{
    char name[IC_NODE_NAME_MAX + sizeof "/log"], node[IC_NODE_NAME_MAX + 1];
    ic_node_facts_name(facts->config, node);
    snprintf(name, sizeof name, "%s/log", node);
    if (access(path, F_OK) != 0 && ic_log_folder_create(path, name, why) != IC_OK)
        return false;
    return ic_log_folder_open(folder, path, why) == IC_OK;
}

static bool read_entry(const struct ic_node_facts *facts, const char *name, struct ic_note_file *f,
                       struct ic_part *out, char *why)
{
    static char path[PATH_MAX_OWN];
    if (!ic_data_dir_file(facts->data, name, path) || !ic_note_file_read(f, path, why))
        return false;
    *out = (struct ic_part){f->bytes, f->len};
    return true;
}

/* The last two entries of the log are then certificate and set. */
static bool add_entries(const struct ic_node_facts *facts, struct ic_log_folder *folder, char *why)
{
    static struct ic_note_file cert, set;
    struct ic_part entries[2];
    return read_entry(facts, IC_NODE_CERT_FILE, &cert, &entries[0], why) &&
           read_entry(facts, IC_NODE_SET_FILE, &set, &entries[1], why) &&
           ic_log_folder_append(folder, entries, 2, why) == IC_OK;
}

static bool write_policy(const struct ic_node_facts *facts, const struct ic_note_key *key,
                         char *why)
{
    char path[PATH_MAX_OWN];
    uint8_t text[IC_NOTE_VKEY_MAX + 32];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    ic_wr_text(&w, "log ");
    ic_note_key_write(&w, key);
    ic_wr_text(&w, "\nquorum none\n");
    return ic_data_dir_file(facts->data, IC_NODE_LOG_FILE, path) &&
           ic_note_file_replace(path, 0644, (const char *)text, w.len, why);
}

static bool write_proof(const struct ic_node_facts *facts, struct ic_log_reader *reader,
                        uint64_t index, const char *name, char *why)
{
    static uint8_t bytes[IC_TLOG_PROOF_MAX];
    char path[PATH_MAX_OWN];
    struct ic_proof proof = {
        .index = index, .checkpoint = reader->note, .checkpoint_len = reader->note_len};
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    if (!ic_log_reader_prove(reader, index, &proof.inclusion)) {
        snprintf(why, IC_CONFIG_WHY_MAX, "%s", reader->why);
        return false;
    }
    ic_proof_write(&w, &proof);
    return ic_data_dir_file(facts->data, name, path) &&
           ic_note_file_replace(path, 0644, (const char *)bytes, w.len, why);
}

static bool write_proofs(const struct ic_node_facts *facts, const char *path, char *why)
{
    static struct ic_log_reader reader;
    if (!ic_log_reader_open(&reader, path)) {
        snprintf(why, IC_CONFIG_WHY_MAX, "%s", reader.why);
        return false;
    }
    uint64_t size = reader.checkpoint.head.size;
    return write_policy(facts, &reader.key, why) &&
           write_proof(facts, &reader, size - 2, IC_NODE_CERT_PROOF, why) &&
           write_proof(facts, &reader, size - 1, IC_NODE_SET_PROOF, why);
}

static bool log_both(const struct ic_node_facts *facts, char *why)
{
    static struct ic_log_folder folder;
    char path[PATH_MAX_OWN];
    if (!ic_data_dir_file(facts->data, IC_DATA_DIR_LOG, path)) {
        snprintf(why, IC_CONFIG_WHY_MAX, "The name of data_dir is too long.");
        return false;
    }
    bool ok = open_log(facts, path, &folder, why) && add_entries(facts, &folder, why);
    ic_log_folder_close(&folder);
    return ok && write_proofs(facts, path, why);
}

bool ic_node_dev_sign(const struct ic_node_facts *facts, char why[static IC_CONFIG_WHY_MAX])
{
    static struct ic_note_file f;
    char list[PATH_MAX_OWN], own[PATH_MAX_OWN];
    struct ic_operator_key key;
    bool is_foreign = ic_data_dir_file(facts->data, IC_OPERATOR_LIST_FILE, list) &&
                      ic_data_dir_file(facts->data, KEY_FILE, own) && access(list, F_OK) == 0 &&
                      access(own, F_OK) != 0;
    if (is_foreign)
        return true;
    if (!open_key(facts, &key, why))
        return false;
    bool ok = write_list(facts, &f, &key, why) && write_cert(facts, &f, &key, why) &&
              write_set(facts, &f, &key, why) && log_both(facts, why);
    ic_operator_key_deinit(&key);
    return ok;
}
