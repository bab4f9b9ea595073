/* incamera operator rotate: the next list of keys, signed by those of the present one. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "crypto/ct.h"
#include "shell/cmd_operator.h"

static const char help[] =
    "usage: incamera operator rotate --keys LIST --key FILE --threshold K --out NEXT PUBLIC...\n"
    "       incamera operator rotate --keys LIST --key FILE [--json] NEXT\n\n"
    "The first form makes the list that follows LIST, from all public keys that are to count,\n"
    "and signs it. The second form adds your signature. People of LIST sign, as many as LIST\n"
    "asks for: those who leave may sign a last time. Links that exist go on working.\n\n"
    "  --keys LIST      the list in force (operator-keys.txt)\n"
    "  --key FILE       your private key, one of LIST\n"
    "  --threshold K    how many must sign from then on\n"
    "  --out NEXT       where to write the next list; the file must not exist\n"
    "  --json           {\"ok\":true,...} or "
    "{\"ok\":false,\"reason\":\"...\",\"error\":\"...\"}\n\n"
    "Exit status: 0 signed, 1 refused (nothing was written), 2 wrong usage, or a file cannot be\n"
    "used.";

static int make(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                struct ic_operator_keys *next, struct ic_note_file *f)
{
    int status = o->threshold == NULL ? ic_operator_refuse(o, "usage", "--threshold is missing", 2)
                                      : ic_operator_read_publics(o, next);
    if (status != 0)
        return status;
    next->serial = keys->serial + 1;
    memcpy(next->previous, keys->sha256, sizeof next->previous);
    struct ic_wr w = ic_wr_init(f->bytes, IC_OPERATOR_LIST_MAX);
    ic_operator_keys_write(&w, next);
    f->path = o->out;
    f->len = f->text_len = w.len;
    f->is_signed = false;
    enum ic_node_reason reason =
        ic_wr_ok(&w) ? ic_operator_keys_parse(f->bytes, f->len, next) : IC_NODE_TOO_LARGE;
    return reason == IC_NODE_GOOD ? 0
                                  : ic_operator_refuse_text(o, reason, "operator key list", o->out);
}

static int load(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                struct ic_operator_keys *next, struct ic_note_file *f)
{
    char why[IC_CMD_WHY_MAX];
    if (o->file_count != 1 || o->threshold != NULL)
        return ic_operator_refuse(o, "usage",
                                  "give --out and the public keys to make a list, or one list to "
                                  "sign. See 'incamera operator rotate --help'",
                                  2);
    if (!ic_note_file_read(f, o->files[0], why))
        return ic_operator_refuse(o, "file", why, 2);
    enum ic_node_reason reason = ic_operator_keys_parse(f->bytes, f->text_len, next);
    if (reason != IC_NODE_GOOD)
        return ic_operator_refuse_text(o, reason, "operator key list", f->path);
    if (next->serial == keys->serial + 1 &&
        ic_ct_equal(next->previous, keys->sha256, sizeof keys->sha256))
        return 0;
    snprintf(why, sizeof why,
             "%.150s is not the list that follows %.150s: another number, or "
             "another list before it",
             o->files[0], o->keys);
    return ic_operator_refuse(o, "operator_keys", why, 1);
}

static bool has(const struct ic_operator_keys *keys, const struct ic_note_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (ic_ct_equal(keys->keys[i].key, key->key, sizeof key->key) &&
            strcmp(keys->keys[i].name, key->name) == 0)
            return true;
    return false;
}

static void print_changes(const struct ic_operator_keys *keys, const struct ic_operator_keys *next)
{
    for (size_t i = 0; i < next->count; i++)
        printf("  %s %s\n", has(keys, &next->keys[i]) ? "stays " : "comes ", next->keys[i].name);
    for (size_t i = 0; i < keys->count; i++)
        if (!has(next, &keys->keys[i]))
            printf("  leaves %s\n", keys->keys[i].name);
}

static void tell(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                 const struct ic_operator_keys *next, const struct ic_operator_progress *progress)
{
    char hash[IC_BASE64_LEN(IC_SHA256_LEN) + 1], done[256];
    ic_base64_encode(next->sha256, sizeof next->sha256, hash);
    if (o->is_json) {
        ic_cmd_print_json(json_pack(
            "{s:b,s:I,s:i,s:i,s:s,s:s,s:i,s:i,s:b}", "ok", 1, "serial", (json_int_t)next->serial,
            "threshold", next->threshold, "keys", next->count, "sha256", hash, "signer",
            progress->signer, "signatures", (int)progress->signatures, "needed",
            (int)progress->needed, "complete", progress->signatures >= progress->needed));
        return;
    }
    printf("List number %llu: %d of %d keys must sign. Hash: %s\n",
           (unsigned long long)next->serial, next->threshold, next->count, hash);
    print_changes(keys, next);
    snprintf(done, sizeof done,
             "Complete. Next: copy it to every node, into its data folder, as "
             "operator-keys-%llu.txt,\nbeside the lists before; then sign certificates and set "
             "anew.",
             (unsigned long long)next->serial);
    ic_operator_tell_progress(progress, "list", done);
}

int ic_cmd_operator_rotate(int argc, char **argv)
{
    static struct ic_note_file f;
    static struct ic_operator_keys keys, next;
    struct ic_operator_options o;
    struct ic_operator_progress progress;
    if (!ic_operator_options_read(&o, "operator rotate",
                                  IC_OPERATOR_KEY | IC_OPERATOR_KEYS | IC_OPERATOR_OUT |
                                      IC_OPERATOR_THRESHOLD,
                                  argc, argv))
        return 2;
    if (o.is_help) {
        puts(help);
        return 0;
    }
    int status = ic_operator_read_keys(&o, &keys);
    if (status == 0)
        status = o.out != NULL ? make(&o, &keys, &next, &f) : load(&o, &keys, &next, &f);
    if (status == 0)
        status = ic_operator_sign(&o, &keys, &f, o.out, "operator key list", &progress);
    if (status == 0)
        tell(&o, &keys, &next, &progress);
    return status;
}
