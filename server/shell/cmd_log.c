/* incamera log verify: a proof file judged without a network. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/cmd.h"
#include "shell/config_value.h"
#include "tlog/proof.h"

#define KEYS_BYTES_MAX 65536
#define WHY_MAX        512

struct options {
    const char *keys, *origin, *quorum, *proof, *entry;
    bool is_help, is_json;
};

static const char help[] =
    "usage: incamera log verify --keys FILE [options] PROOF ENTRY\n\n"
    "Says whether the file PROOF (c2sp.org/tlog-proof) shows that the bytes of the file ENTRY\n"
    "stand in the log, and that witnesses saw the log. Nothing is asked of a network.\n\n"
    "  --keys FILE      verifier keys, one a line: that of the log, those of witnesses\n"
    "  --quorum NUMBER  witnesses that must have cosigned; without it, all that FILE names\n"
    "  --origin NAME    of the log; without it, the name of the log's key\n"
    "  --json           {\"ok\":true,...} or "
    "{\"ok\":false,\"verdict\":\"...\",\"error\":\"...\"}\n\n"
    "Exit status: 0 it shows it, 1 it does not, 2 wrong usage, or a file cannot be read.";

/* ---- arguments ---- */

/* The value of an option that is at argv[*at], as "--name value" or "--name=value"; NULL: it is
 * another argument, or lacks its value. */
static const char *value_of(const char *name, int argc, char **argv, int *at)
{
    size_t len = strlen(name);
    if (strncmp(argv[*at], name, len) == 0 && argv[*at][len] == '=')
        return &argv[*at][len + 1];
    if (strcmp(argv[*at], name) == 0 && *at + 1 < argc)
        return argv[++*at];
    return NULL;
}

static bool read_option(int argc, char **argv, int *at, struct options *out)
{
    const char *value;
    if ((value = value_of("--keys", argc, argv, at)) != NULL)
        out->keys = value;
    else if ((value = value_of("--origin", argc, argv, at)) != NULL)
        out->origin = value;
    else if ((value = value_of("--quorum", argc, argv, at)) != NULL)
        out->quorum = value;
    else if (strcmp(argv[*at], "--json") == 0)
        out->is_json = true;
    else if (argv[*at][0] == '-' || out->entry != NULL)
        return false;
    else if (out->proof == NULL)
        out->proof = argv[*at];
    else
        out->entry = argv[*at];
    return true;
}

static bool read_options(int argc, char **argv, struct options *out, char why[static WHY_MAX])
{
    *out = (struct options){0};
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            out->is_help = true;
            return true;
        }
    if (argc == 0 || strcmp(argv[0], "verify") != 0) {
        snprintf(why, WHY_MAX, "say what to do: incamera log verify --keys FILE PROOF ENTRY");
        return false;
    }
    for (int i = 1; i < argc; i++)
        if (!read_option(argc, argv, &i, out)) {
            snprintf(why, WHY_MAX, "\"%.60s\" is not understood. See 'incamera log --help'.",
                     argv[i]);
            return false;
        }
    if (out->keys == NULL || out->entry == NULL) {
        snprintf(why, WHY_MAX, "%s is missing. See 'incamera log --help'.",
                 out->keys == NULL    ? "--keys"
                 : out->proof == NULL ? "PROOF"
                                      : "ENTRY");
        return false;
    }
    return true;
}

/* ---- files ---- */

static bool read_bytes(const char *path, uint8_t *out, size_t cap, size_t *len,
                       char why[static WHY_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        snprintf(why, WHY_MAX, "%.200s cannot be opened: %s", path, strerror(errno));
        return false;
    }
    *len = fread(out, 1, cap, file);
    bool is_good = ferror(file) == 0, is_whole = is_good && fgetc(file) == EOF;
    fclose(file);
    if (!is_good)
        snprintf(why, WHY_MAX, "%.200s cannot be read", path);
    else if (!is_whole)
        snprintf(why, WHY_MAX, "%.200s has more than %zu bytes", path, cap);
    return is_good && is_whole;
}

/* One line of the keys; false: it is none, or one too many. */
static bool take_key(const char *line, size_t len, struct ic_proof_policy *policy, bool *has_log)
{
    struct ic_witness witness;
    if (len == 0 || line[0] == '#')
        return true;
    if (ic_witness_parse(&witness, line, len) == IC_OK)
        return ic_proof_policy_add(policy, &witness) == IC_OK;
    if (*has_log || ic_note_key_parse(&policy->log, line, len) != IC_OK)
        return false;
    *has_log = true;
    return true;
}

static bool read_keys(const struct options *options, struct ic_proof_policy *policy,
                      char why[static WHY_MAX])
{
    static uint8_t bytes[KEYS_BYTES_MAX];
    size_t len, number = 1;
    bool has_log = false;
    if (!read_bytes(options->keys, bytes, sizeof bytes, &len, why))
        return false;
    for (size_t at = 0; at < len; number++) {
        const uint8_t *end = memchr(&bytes[at], '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - &bytes[at]);
        if (!take_key((const char *)&bytes[at], n, policy, &has_log)) {
            snprintf(why, WHY_MAX,
                     "%.200s, line %zu: no Ed25519 verifier key of a log or a witness, or a second "
                     "one of the same",
                     options->keys, number);
            return false;
        }
        at += n + 1;
    }
    if (!has_log)
        snprintf(why, WHY_MAX, "%.200s has no key of a log", options->keys);
    policy->origin = options->origin != NULL ? options->origin : policy->log.name;
    policy->origin_len = strlen(policy->origin);
    return has_log;
}

static bool read_quorum(const struct options *options, struct ic_proof_policy *policy,
                        char why[static WHY_MAX])
{
    uint32_t quorum = 0;
    policy->quorum = policy->witness_count;
    if (options->quorum == NULL)
        return true;
    if (ic_value_number(options->quorum, 0, (uint32_t)policy->witness_count, &quorum) != IC_OK) {
        snprintf(why, WHY_MAX, "--quorum is a number from 0 to %zu, the witnesses that are named",
                 policy->witness_count);
        return false;
    }
    policy->quorum = quorum;
    return true;
}

static bool read_proof(const struct options *options, struct ic_proof *proof,
                       struct ic_merkle_hash *leaf, char why[static WHY_MAX])
{
    static uint8_t bytes[IC_TLOG_PROOF_MAX], entry[IC_TLOG_ENTRY_MAX];
    size_t len, entry_len;
    if (!read_bytes(options->proof, bytes, sizeof bytes, &len, why) ||
        !read_bytes(options->entry, entry, sizeof entry, &entry_len, why))
        return false;
    if (ic_proof_parse(bytes, len, proof) != IC_OK) {
        snprintf(why, WHY_MAX, "%.200s is no proof file (c2sp.org/tlog-proof)", options->proof);
        return false;
    }
    const struct ic_part part = {entry, entry_len};
    return ic_merkle_leaf(&part, 1, leaf) == IC_OK;
}

/* ---- words ---- */

static const struct {
    const char *name, *words;
} verdicts[] = {
    [IC_PROOF_GOOD] = {"good", ""},
    [IC_PROOF_UNSIGNED] = {"unsigned", "the log's key has not signed the checkpoint"},
    [IC_PROOF_ORIGIN] = {"origin", "the checkpoint is that of another log"},
    [IC_PROOF_COSIGNATURE] = {"cosignature", "a signature that a witness is said to have made is "
                                             "wrong"},
    [IC_PROOF_QUORUM] = {"quorum", "too few of the witnesses have cosigned"},
    [IC_PROOF_INCLUSION] = {"inclusion", "the entry is not what stands at that place of the log"},
    [IC_PROOF_SYSTEM] = {"system", "the crypto library failed"},
};

static int refuse(const struct options *options, const char *verdict, const char *why, int status)
{
    fprintf(stderr, "incamera log verify: %s\n", why);
    if (options->is_json) {
        json_t *object = json_pack("{s:b,s:s,s:s}", "ok", 0, "verdict", verdict, "error", why);
        json_dumpf(object, stdout, JSON_COMPACT);
        fputc('\n', stdout);
        json_decref(object);
    }
    return status;
}

static int tell(const struct options *options, const struct ic_proof *proof,
                const struct ic_proof_policy *policy, const struct ic_proof_result *result)
{
    const struct ic_checkpoint *c = &result->checkpoint;
    char root[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
    ic_base64_encode(c->head.root.bytes, IC_MERKLE_HASH_LEN, root);
    if (!options->is_json) {
        printf("The entry stands at index %llu of %.*s, of %llu entries.\n",
               (unsigned long long)proof->index, (int)c->origin_len, c->origin,
               (unsigned long long)c->head.size);
        if (policy->quorum == 0)
            puts("No witness was asked for: the log may show others another history.");
        else
            printf("%zu of %zu witnesses have cosigned; %zu of them at %llu or later.\n",
                   result->witnessed, policy->witness_count, policy->quorum,
                   (unsigned long long)result->time_s);
        return 0;
    }
    json_t *object =
        json_pack("{s:b,s:s%,s:I,s:I,s:s,s:I,s:I,s:I}", "ok", 1, "origin", c->origin, c->origin_len,
                  "index", (json_int_t)proof->index, "size", (json_int_t)c->head.size, "root", root,
                  "witnessed", (json_int_t)result->witnessed, "quorum", (json_int_t)policy->quorum,
                  "time", (json_int_t)result->time_s);
    json_dumpf(object, stdout, JSON_COMPACT);
    fputc('\n', stdout);
    json_decref(object);
    return 0;
}

int ic_cmd_log(int argc, char **argv)
{
    static struct ic_proof_policy policy;
    static struct ic_proof proof;
    struct options options;
    struct ic_proof_result result;
    struct ic_merkle_hash leaf;
    char why[WHY_MAX] = "the crypto library failed";
    bool is_read = read_options(argc, argv, &options, why);
    if (is_read && options.is_help) {
        puts(help);
        return 0;
    }
    if (!is_read || !read_keys(&options, &policy, why) || !read_quorum(&options, &policy, why) ||
        !read_proof(&options, &proof, &leaf, why))
        return refuse(&options, "unread", why, 2);
    enum ic_proof_verdict verdict = ic_proof_verify(&proof, &policy, &leaf, &result);
    if (verdict != IC_PROOF_GOOD)
        return refuse(&options, verdicts[verdict].name, verdicts[verdict].words, 1);
    return tell(&options, &proof, &policy, &result);
}
