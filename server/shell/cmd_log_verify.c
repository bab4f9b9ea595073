/* incamera log verify: a proof file judged without a network. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/cmd_args.h"
#include "shell/cmd_log.h"
#include "shell/cmd_log_policy.h"
#include "shell/config_value.h"

#define KEYS_BYTES_MAX 65536

struct options {
    const char *keys, *policy, *origin, *quorum, *proof, *entry;
    bool is_help, is_json;
};

/* Whom to believe, by one of the two. */
struct belief {
    bool is_by_policy;
    struct ic_log_policy policy;
    struct ic_proof_policy keys;
};

static const char help[] =
    "usage: incamera log verify --policy FILE [--json] PROOF ENTRY\n"
    "       incamera log verify --keys FILE [--quorum NUMBER] [--origin NAME] [--json] PROOF "
    "ENTRY\n\n"
    "Says whether the file PROOF (c2sp.org/tlog-proof) shows that the bytes of the file ENTRY\n"
    "stand in the log, and that witnesses saw the log. Nothing is asked of a network.\n\n"
    "  --policy FILE    logs, witnesses and quorum (c2sp.org/tlog-policy)\n"
    "  --keys FILE      verifier keys, one a line: that of the log, those of witnesses\n"
    "  --quorum NUMBER  witnesses that must have cosigned; without it, all that FILE names\n"
    "  --origin NAME    of the log; without it, the name of the log's key\n"
    "  --json           {\"ok\":true,...} or "
    "{\"ok\":false,\"verdict\":\"...\",\"error\":\"...\"}\n\n"
    "Exit status: 0 it shows it, 1 it does not, 2 wrong usage, or a file cannot be read.";

/* ---- arguments ---- */

static bool read_option(int argc, char **argv, int *at, struct options *out)
{
    const char *value;
    if ((value = ic_cmd_value_of("--keys", argc, argv, at)) != NULL)
        out->keys = value;
    else if ((value = ic_cmd_value_of("--policy", argc, argv, at)) != NULL)
        out->policy = value;
    else if ((value = ic_cmd_value_of("--origin", argc, argv, at)) != NULL)
        out->origin = value;
    else if ((value = ic_cmd_value_of("--quorum", argc, argv, at)) != NULL)
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

static bool read_options(int argc, char **argv, struct options *out,
                         char why[static IC_CMD_WHY_MAX])
{
    *out = (struct options){.is_help = ic_cmd_is_help(argc, argv)};
    for (int i = 0; i < argc && !out->is_help; i++)
        if (!read_option(argc, argv, &i, out)) {
            snprintf(why, IC_CMD_WHY_MAX,
                     "\"%.60s\" is not understood. See 'incamera log verify --help'.", argv[i]);
            return false;
        }
    if (out->is_help)
        return true;
    const char *missing = out->keys == NULL && out->policy == NULL ? "--policy or --keys"
                          : out->proof == NULL                     ? "PROOF"
                          : out->entry == NULL                     ? "ENTRY"
                                                                   : NULL;
    if (missing != NULL) {
        snprintf(why, IC_CMD_WHY_MAX, "%s is missing. See 'incamera log verify --help'.", missing);
        return false;
    }
    if (out->policy != NULL && (out->keys != NULL || out->quorum != NULL || out->origin != NULL)) {
        snprintf(why, IC_CMD_WHY_MAX, "--policy says all that %s would say: give one of them only.",
                 out->keys != NULL     ? "--keys"
                 : out->quorum != NULL ? "--quorum"
                                       : "--origin");
        return false;
    }
    return true;
}

/* ---- files ---- */

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
                      char why[static IC_CMD_WHY_MAX])
{
    static uint8_t bytes[KEYS_BYTES_MAX];
    size_t len, number = 1;
    bool has_log = false;
    if (!ic_cmd_read_file(options->keys, bytes, sizeof bytes, &len, why))
        return false;
    for (size_t at = 0; at < len; number++) {
        const uint8_t *end = memchr(&bytes[at], '\n', len - at);
        size_t n = end == NULL ? len - at : (size_t)(end - &bytes[at]);
        if (!take_key((const char *)&bytes[at], n, policy, &has_log)) {
            snprintf(why, IC_CMD_WHY_MAX,
                     "%.200s, line %zu: no Ed25519 verifier key of a log or a witness, or a second "
                     "one of the same",
                     options->keys, number);
            return false;
        }
        at += n + 1;
    }
    if (!has_log)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s has no key of a log", options->keys);
    policy->origin = options->origin != NULL ? options->origin : policy->log.name;
    policy->origin_len = strlen(policy->origin);
    return has_log;
}

static bool read_quorum(const struct options *options, struct ic_proof_policy *policy,
                        char why[static IC_CMD_WHY_MAX])
{
    uint32_t quorum = 0;
    policy->quorum = policy->witness_count;
    if (options->quorum == NULL)
        return true;
    if (ic_value_number(options->quorum, 0, (uint32_t)policy->witness_count, &quorum) != IC_OK) {
        snprintf(why, IC_CMD_WHY_MAX,
                 "--quorum is a number from 0 to %zu, the witnesses that are named",
                 policy->witness_count);
        return false;
    }
    policy->quorum = quorum;
    return true;
}

static bool read_belief(const struct options *options, struct belief *out,
                        char why[static IC_CMD_WHY_MAX])
{
    out->is_by_policy = options->policy != NULL;
    if (out->is_by_policy)
        return ic_cmd_log_policy_read(options->policy, &out->policy, why);
    return read_keys(options, &out->keys, why) && read_quorum(options, &out->keys, why);
}

static bool read_proof(const struct options *options, struct ic_proof *proof,
                       struct ic_merkle_hash *leaf, char why[static IC_CMD_WHY_MAX])
{
    static uint8_t bytes[IC_TLOG_PROOF_MAX], entry[IC_TLOG_ENTRY_MAX];
    size_t len, entry_len;
    if (!ic_cmd_read_file(options->proof, bytes, sizeof bytes, &len, why) ||
        !ic_cmd_read_file(options->entry, entry, sizeof entry, &entry_len, why))
        return false;
    if (ic_proof_parse(bytes, len, proof) != IC_OK) {
        snprintf(why, IC_CMD_WHY_MAX, "%.200s is no proof file (c2sp.org/tlog-proof)",
                 options->proof);
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
    if (options->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:s,s:s}", "ok", 0, "verdict", verdict, "error", why));
    return status;
}

static void tell_witnesses(const struct belief *belief, const struct ic_proof_result *result)
{
    bool is_asked = belief->is_by_policy ? belief->policy.quorum >= 0 : belief->keys.quorum > 0;
    unsigned long long time = result->time_s;
    if (!is_asked)
        puts("No witness was asked for: the log may show others another history.");
    else if (belief->is_by_policy)
        printf("%zu of %zu witnesses have cosigned; the quorum of the policy at %llu or later.\n",
               result->witnessed, belief->policy.witness_count, time);
    else
        printf("%zu of %zu witnesses have cosigned; %zu of them at %llu or later.\n",
               result->witnessed, belief->keys.witness_count, belief->keys.quorum, time);
}

/* The number of --quorum, or the name that the policy has for it. */
static json_t *quorum_of(const struct belief *belief)
{
    if (!belief->is_by_policy)
        return json_integer((json_int_t)belief->keys.quorum);
    if (belief->policy.quorum < 0)
        return json_string("none");
    const struct ic_log_policy_text *name = &belief->policy.nodes[belief->policy.quorum].name;
    return json_stringn_nocheck(name->at, name->len);
}

static int tell(const struct options *options, const struct ic_proof *proof,
                const struct belief *belief, const struct ic_proof_result *result)
{
    const struct ic_checkpoint *c = &result->checkpoint;
    char root[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
    ic_base64_encode(c->head.root.bytes, IC_MERKLE_HASH_LEN, root);
    if (!options->is_json) {
        printf("The entry stands at index %llu of %.*s, of %llu entries.\n",
               (unsigned long long)proof->index, (int)c->origin_len, c->origin,
               (unsigned long long)c->head.size);
        tell_witnesses(belief, result);
        return 0;
    }
    ic_cmd_print_json(json_pack("{s:b,s:s%,s:I,s:I,s:s,s:I,s:o,s:I}", "ok", 1, "origin", c->origin,
                                c->origin_len, "index", (json_int_t)proof->index, "size",
                                (json_int_t)c->head.size, "root", root, "witnessed",
                                (json_int_t)result->witnessed, "quorum", quorum_of(belief), "time",
                                (json_int_t)result->time_s));
    return 0;
}

int ic_cmd_log_verify(int argc, char **argv)
{
    static struct belief belief;
    static struct ic_proof proof;
    struct options options;
    struct ic_proof_result result;
    struct ic_merkle_hash leaf;
    char why[IC_CMD_WHY_MAX] = "the crypto library failed";
    bool is_read = read_options(argc, argv, &options, why);
    if (is_read && options.is_help) {
        puts(help);
        return 0;
    }
    if (!is_read || !read_belief(&options, &belief, why) ||
        !read_proof(&options, &proof, &leaf, why))
        return refuse(&options, "unread", why, 2);
    enum ic_proof_verdict verdict =
        belief.is_by_policy ? ic_log_policy_verify(&belief.policy, &proof, &leaf, &result)
                            : ic_proof_verify(&proof, &belief.keys, &leaf, &result);
    if (verdict != IC_PROOF_GOOD)
        return refuse(&options, verdicts[verdict].name, verdicts[verdict].words, 1);
    return tell(&options, &proof, &belief, &result);
}
