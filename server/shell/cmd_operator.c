/* incamera operator: the tool of those who say which machines carry meetings. */
#include "shell/cmd_operator.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cluster/node_text.h"
#include "crypto/ct.h"
#include "shell/cmd.h"
#include "shell/config_value.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} verbs[] = {
    {"init", ic_cmd_operator_init, "make a key, or the first list of keys"},
    {"sign-node", ic_cmd_operator_sign_node, "sign what a node says about itself"},
    {"sign-set", ic_cmd_operator_sign_set, "make and sign the list of nodes in force"},
    {"rotate", ic_cmd_operator_rotate, "make and sign the next list of keys"},
};

#define VERB_COUNT (sizeof verbs / sizeof verbs[0])

static void print_help(FILE *out)
{
    fputs(
        "usage: incamera operator COMMAND [options]\n\n"
        "Says which machines may carry meetings: with keys that are never on one of them. Run it\n"
        "on a machine of your own, best without a network.\n\n",
        out);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].help);
    fputs("\nIn this order: init on each person's machine; init --threshold once; 'incamera node\n"
          "facts' on each node; sign-node; sign-set, again at least every 7 days.\n"
          "'incamera operator COMMAND --help' explains a command.\n",
          out);
}

int ic_cmd_operator(int argc, char **argv)
{
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
        print_help(stdout);
        return 0;
    }
    for (size_t i = 0; argc > 0 && i < VERB_COUNT; i++)
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, &argv[1]);
    if (argc == 0) {
        fputs("incamera operator: say what to do. 'incamera operator --help' lists all.\n", stderr);
        return 2;
    }
    fprintf(stderr, "incamera operator: there is no command \"%.60s\".", argv[0]);
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (ic_value_distance(argv[0], verbs[i].name) <= 2)
            fprintf(stderr, " Did you mean \"%s\"?", verbs[i].name);
    fputs(" 'incamera operator --help' lists all.\n", stderr);
    return 2;
}

/* ---- options ---- */

static bool take_option(struct ic_operator_options *o, unsigned allowed, int argc, char **argv,
                        int *at)
{
    const struct {
        enum ic_operator_option bit;
        const char *name;
        const char **value;
    } options[] = {
        {IC_OPERATOR_KEY, "--key", &o->key},
        {IC_OPERATOR_KEYS, "--keys", &o->keys},
        {IC_OPERATOR_NAME, "--name", &o->name},
        {IC_OPERATOR_OUT, "--out", &o->out},
        {IC_OPERATOR_THRESHOLD, "--threshold", &o->threshold},
        {IC_OPERATOR_SERIAL, "--serial", &o->serial},
        {IC_OPERATOR_DAYS, "--days", &o->days},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if ((allowed & options[i].bit) == 0)
            continue;
        const char *value = ic_cmd_value_of(options[i].name, argc, argv, at);
        if (value == NULL)
            continue;
        bool is_first = *options[i].value == NULL;
        *options[i].value = value;
        return is_first;
    }
    if (strcmp(argv[*at], "--json") == 0)
        o->is_json = true;
    else if (argv[*at][0] == '-')
        return false;
    else
        o->files[o->file_count++] = argv[*at];
    return true;
}

bool ic_operator_options_read(struct ic_operator_options *o, const char *command, unsigned allowed,
                              int argc, char **argv)
{
    *o = (struct ic_operator_options){
        .command = command, .files = argv, .is_help = ic_cmd_is_help(argc, argv)};
    for (int i = 0; i < argc; i++)
        o->is_json = o->is_json || strcmp(argv[i], "--json") == 0;
    for (int i = 0; i < argc && !o->is_help; i++)
        if (!take_option(o, allowed, argc, argv, &i)) {
            char why[IC_CMD_WHY_MAX];
            snprintf(why, sizeof why,
                     "\"%.60s\" is not understood, lacks its value or is given twice. See "
                     "'incamera %s --help'",
                     argv[i], command);
            (void)ic_operator_refuse(o, "usage", why, 2);
            return false;
        }
    return true;
}

/* ---- refusals ---- */

int ic_operator_refuse(const struct ic_operator_options *o, const char *word, const char *why,
                       int status)
{
    size_t len = strlen(why);
    const char *stop = len > 0 && (why[len - 1] == '.' || why[len - 1] == '?') ? "" : ".";
    fprintf(stderr, "incamera %s: %s%s\n", o->command, why, stop);
    if (o->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s,s:s}", "ok", 0, "reason", word, "error", why));
    return status;
}

int ic_operator_refuse_text(const struct ic_operator_options *o, enum ic_node_reason reason,
                            const char *what, const char *path)
{
    char why[IC_CMD_WHY_MAX];
    uint8_t sentence[IC_NODE_SENTENCE_MAX];
    struct ic_wr w = ic_wr_init(sentence, sizeof sentence);
    ic_node_reason_write(&w, reason, what);
    snprintf(why, sizeof why, "%.200s: %.*s", path, (int)w.len, (const char *)sentence);
    return ic_operator_refuse(o, ic_node_reason_word(reason), why, 1);
}

/* ---- key lists ---- */

int ic_operator_read_keys(const struct ic_operator_options *o, struct ic_operator_keys *out)
{
    static struct ic_note_file f;
    char why[IC_CMD_WHY_MAX];
    if (o->keys == NULL)
        return ic_operator_refuse(o, "usage", "--keys is missing: the file with the list of keys",
                                  2);
    if (!ic_note_file_read(&f, o->keys, why))
        return ic_operator_refuse(o, "file", why, 2);
    enum ic_node_reason reason = ic_operator_keys_parse(f.bytes, f.text_len, out);
    if (reason != IC_NODE_GOOD)
        return ic_operator_refuse_text(o, reason, "operator key list", o->keys);
    return 0;
}

static int add_public(const struct ic_operator_options *o, const char *path,
                      struct ic_operator_keys *keys)
{
    char why[IC_CMD_WHY_MAX];
    struct ic_note_key key;
    if (!ic_operator_key_read_public(path, &key, why))
        return ic_operator_refuse(o, "file", why, 2);
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->keys[i].name, key.name) == 0 ||
            ic_ct_equal(keys->keys[i].key, key.key, sizeof key.key)) {
            snprintf(why, sizeof why,
                     "%.200s has the name or the key of one that was given before. Each person has "
                     "one key",
                     path);
            return ic_operator_refuse(o, "key", why, 1);
        }
    keys->keys[keys->count++] = key;
    return 0;
}

int ic_operator_read_publics(const struct ic_operator_options *o, struct ic_operator_keys *out)
{
    char why[IC_CMD_WHY_MAX];
    uint32_t threshold = 0;
    *out = (struct ic_operator_keys){.serial = 1};
    if (o->file_count == 0 || o->file_count > IC_OPERATOR_KEYS_MAX) {
        snprintf(why, sizeof why,
                 "give the public keys of 1 to %d people, each a file " //
                 "that ends in .pub",
                 IC_OPERATOR_KEYS_MAX);
        return ic_operator_refuse(o, "usage", why, 2);
    }
    if (ic_value_number(o->threshold, 1, (uint32_t)o->file_count, &threshold) != IC_OK) {
        snprintf(why, sizeof why,
                 "--threshold is how many must sign: a number from 1 to %zu, the keys that are "
                 "given",
                 o->file_count);
        return ic_operator_refuse(o, "threshold", why, 2);
    }
    for (size_t i = 0; i < o->file_count; i++) {
        int status = add_public(o, o->files[i], out);
        if (status != 0)
            return status;
    }
    out->threshold = (uint8_t)threshold;
    ic_operator_keys_sort(out);
    return 0;
}

/* ---- signing ---- */

static bool is_member(const struct ic_operator_keys *keys, const struct ic_note_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->keys[i].name, key->name) == 0 &&
            ic_ct_equal(keys->keys[i].key, key->key, sizeof key->key))
            return true;
    return false;
}

/* The key has not signed, and what others have signed is right. */
static int check_before(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                        const struct ic_note_file *f, const struct ic_note_key *key,
                        const char *what)
{
    char why[IC_CMD_WHY_MAX];
    size_t signers;
    if (!is_member(keys, key)) {
        snprintf(why, sizeof why,
                 "the key \"%.100s\" is not in the list %.200s, so that its signature would not "
                 "count",
                 key->name, o->keys);
        return ic_operator_refuse(o, "operator_keys", why, 1);
    }
    if (!f->is_signed)
        return 0;
    struct ic_note note = ic_note_file_note(f);
    enum ic_node_reason reason = ic_operator_keys_count(keys, &note, &signers);
    if (reason != IC_NODE_GOOD)
        return ic_operator_refuse_text(o, reason, what, f->path);
    if (ic_note_verify(&note, key) == IC_OK) {
        snprintf(why, sizeof why,
                 "\"%.100s\" has signed %.200s already. A second person's key is needed", key->name,
                 f->path);
        return ic_operator_refuse(o, "signed_already", why, 1);
    }
    if (signers >= keys->threshold) {
        /* One more would change the leaf hash, and take a certificate out of the set. */
        snprintf(why, sizeof why, "%.200s is complete: it has the %d signatures that it needs",
                 f->path, keys->threshold);
        return ic_operator_refuse(o, "complete", why, 1);
    }
    return 0;
}

static int sign_with(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                     struct ic_note_file *f, const char *out, const struct ic_operator_key *key)
{
    char why[IC_CMD_WHY_MAX];
    if (!ic_note_file_sign(f, &key->key, &key->private_key, why))
        return ic_operator_refuse(o, "signatures", why, 1);
    struct ic_note note = ic_note_file_note(f);
    size_t signers = 0;
    if (ic_operator_keys_count(keys, &note, &signers) != IC_NODE_GOOD || signers == 0)
        return ic_operator_refuse(o, "system", "the new signature does not verify", 1);
    bool ok = out == NULL ? ic_note_file_replace(f->path, 0644, (const char *)f->bytes, f->len, why)
                          : ic_note_file_create(out, 0644, (const char *)f->bytes, f->len, why);
    return ok ? 0 : ic_operator_refuse(o, "file", why, 2);
}

int ic_operator_sign(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                     struct ic_note_file *f, const char *out, const char *what,
                     struct ic_operator_progress *progress)
{
    char why[IC_CMD_WHY_MAX];
    struct ic_operator_key key;
    if (o->key == NULL)
        return ic_operator_refuse(o, "usage", "--key is missing: the file with your private key",
                                  2);
    if (!ic_operator_key_read(o->key, &key, why))
        return ic_operator_refuse(o, "file", why, 2);
    int status = check_before(o, keys, f, &key.key, what);
    if (status == 0)
        status = sign_with(o, keys, f, out, &key);
    memcpy(progress->signer, key.key.name, sizeof progress->signer);
    ic_operator_key_deinit(&key);
    if (status != 0)
        return status;
    struct ic_note note = ic_note_file_note(f);
    progress->needed = keys->threshold;
    enum ic_node_reason reason = ic_operator_keys_count(keys, &note, &progress->signatures);
    return reason == IC_NODE_GOOD ? 0 : ic_operator_refuse_text(o, reason, what, f->path);
}

void ic_operator_tell_progress(const struct ic_operator_progress *progress, const char *what,
                               const char *when_complete)
{
    bool is_complete = progress->signatures >= progress->needed;
    printf("Signed by %s. The %s has %zu of %zu needed signatures.\n", progress->signer, what,
           progress->signatures, progress->needed);
    if (is_complete)
        printf("%s\n", when_complete);
    else
        printf("Next: hand the file to %zu more of those who sign; each runs the same command with "
               "their key.\n",
               progress->needed - progress->signatures);
    if (is_complete && progress->needed == 1)
        puts("One signature is enough: people see \"single operator key\". Two people are better.");
}

void ic_operator_time_text(uint64_t time_s, char out[static IC_OPERATOR_TIME_MAX])
{
    uint8_t line[IC_OPERATOR_TIME_MAX + 2];
    struct ic_wr w = ic_wr_init(line, sizeof line);
    ic_node_text_write_time(&w, "t", time_s); /* "t 2026-11-23T00:00:00Z\n" */
    snprintf(out, IC_OPERATOR_TIME_MAX, "%.*s", (int)(w.len - 3), (const char *)&line[2]);
}
