/* incamera log cosign: what witnesses answered becomes part of the published checkpoint. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/cmd_log.h"
#include "shell/cmd_log_policy.h"
#include "shell/log_folder.h"
#include "shell/log_reader.h"

static const char help[] =
    "usage: incamera log cosign --policy FILE [--json] FOLDER ANSWER...\n\n"
    "Adds cosignatures to the published checkpoint of the log in FOLDER. Each ANSWER is a file "
    "with\n"
    "what a witness answered to 'incamera log request'; - is standard input. Only cosignatures of\n"
    "witnesses that the policy names count: each ANSWER has one, and each of those must be right.\n"
    "Those of them that are published already stay; a checkpoint has room for 15 witnesses.\n\n"
    "  --policy FILE  logs, witnesses and quorum (c2sp.org/tlog-policy)\n"
    "  --json         {\"ok\":true,\"size\":...,\"witnessed\":...,\"quorum\":true|false}\n"
    "                 or {\"ok\":false,\"error\":...}\n\n"
    "Exit status: 0 they are published (also when the quorum still lacks some), 1 one is wrong, "
    "or\n"
    "none is of a witness of the policy, 2 wrong usage, or a file cannot be read.";

#define ANSWERS_MAX IC_TLOG_WITNESSES_MAX
#define LINES_MAX   (IC_NOTE_SIGNATURES_MAX * IC_COSIGNATURE_LINE_MAX)

struct options {
    const char *policy, *folder, *answers[ANSWERS_MAX];
    size_t answer_count;
    bool is_json;
};

static bool read_options(int argc, char **argv, struct options *out,
                         char why[static IC_CMD_WHY_MAX])
{
    const char *value;
    for (int i = 0; i < argc; i++) {
        bool is_file = argv[i][0] != '-' || argv[i][1] == '\0';
        if ((value = ic_cmd_value_of("--policy", argc, argv, &i)) != NULL) {
            out->policy = value;
        } else if (strcmp(argv[i], "--json") == 0) {
            out->is_json = true;
        } else if (!is_file || out->answer_count == ANSWERS_MAX) {
            snprintf(why, IC_CMD_WHY_MAX,
                     "\"%.60s\" is not understood. See 'incamera log cosign --help'.", argv[i]);
            return false;
        } else if (out->folder == NULL) {
            out->folder = argv[i];
        } else {
            out->answers[out->answer_count++] = argv[i];
        }
    }
    if (out->policy != NULL && out->answer_count > 0)
        return true;
    snprintf(why, IC_CMD_WHY_MAX, "%s is missing. See 'incamera log cosign --help'.",
             out->policy == NULL   ? "--policy"
             : out->folder == NULL ? "FOLDER"
                                   : "ANSWER");
    return false;
}

/* A witness that saw another size last answers with that size. */
static bool is_size(const uint8_t *answer, size_t len, char why[static IC_CMD_WHY_MAX])
{
    uint64_t size;
    if (len == 0 || answer[len - 1] != '\n' ||
        ic_decimal_decode((const char *)answer, len - 1, &size) != IC_OK)
        return false;
    snprintf(why, IC_CMD_WHY_MAX,
             "the witness saw %" PRIu64 " entries last: ask it with 'incamera log request --old "
             "%" PRIu64
             "'. If you asked with --old of that very size already, or the log has fewer, "
             "it saw another history than this.",
             size, size);
    return true;
}

/* At least one of the lines is of a witness of the policy; text is what they are said to sign. */
static bool has_witness(const struct ic_log_policy *policy, const struct ic_note *published,
                        const uint8_t *lines, size_t len)
{
    static uint8_t bytes[IC_NOTE_BYTES_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    struct ic_note note;
    uint8_t signature[IC_NOTE_SIGNATURE_MAX];
    ic_wr_bytes(&w, published->text, published->text_len);
    ic_wr_u8(&w, '\n');
    ic_wr_bytes(&w, lines, len);
    if (len == 0)
        return false;
    if (!ic_wr_ok(&w) || ic_note_parse(w.base, w.len, &note) != IC_OK)
        return true; /* whoever reads all of them says so */
    for (size_t i = 0; i < policy->witness_count; i++) {
        size_t at = 0;
        if (ic_note_next_signature(&note, &policy->witnesses[i].key, &at, signature,
                                   sizeof signature) == IC_OK)
            return true;
    }
    return false;
}

/* Our own text and signature, and what is published of those witnesses that are not in the answers:
 * there is room for one line of each. */
static void keep_published(const struct ic_log_policy *policy, const struct ic_log_reader *reader,
                           const struct ic_note *published, const struct ic_note *answers,
                           struct ic_wr *note)
{
    uint8_t own[IC_ED25519_SIGNATURE_LEN], theirs[IC_NOTE_SIGNATURE_MAX];
    size_t at = 0;
    ic_wr_bytes(note, published->text, published->text_len);
    ic_wr_u8(note, '\n');
    if (ic_note_next_signature(published, &reader->key, &at, own, sizeof own) == IC_OK)
        ic_note_write_signature(note, &reader->key, own, sizeof own);
    for (size_t i = 0; i < policy->witness_count; i++) {
        const struct ic_note_key *key = &policy->witnesses[i].key;
        size_t again = 0;
        at = 0;
        if (ic_note_next_signature(answers, key, &again, theirs, sizeof theirs) == IC_ERR_GONE &&
            ic_note_next_signature(published, key, &at, theirs, sizeof theirs) == IC_OK)
            ic_note_write_signature(note, key, theirs, sizeof theirs);
    }
}

/* The signature lines that are published, and those of the answers, behind our own text. What the
 * command ends with; 0: they are there. */
static int gather(const struct options *options, const struct ic_log_policy *policy,
                  const struct ic_log_reader *reader, struct ic_wr *note,
                  char why[static IC_CMD_WHY_MAX])
{
    static uint8_t answer[LINES_MAX];
    static uint8_t all[IC_NOTE_BYTES_MAX];
    struct ic_wr answers = ic_wr_init(all, sizeof all);
    struct ic_note published, parsed;
    if (ic_note_parse(reader->note, reader->note_len, &published) != IC_OK)
        return 1; /* the reader has parsed it */
    ic_wr_bytes(&answers, published.text, published.text_len);
    ic_wr_u8(&answers, '\n');
    for (size_t i = 0; i < options->answer_count; i++) {
        const char *path = options->answers[i];
        size_t len;
        if (!ic_cmd_read_file(path, answer, sizeof answer, &len, why) || is_size(answer, len, why))
            return 2;
        if (!has_witness(policy, &published, answer, len)) {
            snprintf(why, IC_CMD_WHY_MAX,
                     "%.200s: no cosignature is of a witness of the policy%s. Nothing was "
                     "published.",
                     path, len == 0 ? ", for it is empty: the witness could not be asked" : "");
            return 1;
        }
        ic_wr_bytes(&answers, answer, len);
    }
    if (ic_wr_ok(&answers) && ic_note_parse(answers.base, answers.len, &parsed) == IC_OK &&
        parsed.text_len == published.text_len) {
        keep_published(policy, reader, &published, &parsed, note);
        ic_wr_bytes(note, parsed.lines, parsed.lines_len);
        if (ic_wr_ok(note) && ic_note_parse(note->base, note->len, &parsed) == IC_OK)
            return 0;
    }
    snprintf(why, IC_CMD_WHY_MAX,
             "the answers are no signature lines (c2sp.org/signed-note), or with what is "
             "published more than %d witnesses",
             IC_NOTE_SIGNATURES_MAX - 1);
    return 2;
}

/* One line of each witness that cosigned, its last. */
static size_t pick(const struct ic_note *note, const struct ic_log_policy *policy,
                   struct ic_wr *lines)
{
    size_t count = 0;
    for (size_t i = 0; i < policy->witness_count; i++) {
        const struct ic_note_key *key = &policy->witnesses[i].key;
        uint8_t best[IC_NOTE_SIGNATURE_MAX], signature[IC_NOTE_SIGNATURE_MAX];
        size_t at = 0, seen = 0;
        while (ic_note_next_signature(note, key, &at, signature, sizeof signature) == IC_OK)
            if (seen++ == 0 || memcmp(signature, best, 8) > 0) /* its time is in front */
                memcpy(best, signature, sizeof best);
        if (seen == 0)
            continue;
        ic_note_write_signature(lines, key, best, sizeof best);
        count++;
    }
    return count;
}

static int cosign(const struct options *options, char why[static IC_CMD_WHY_MAX])
{
    static struct ic_log_policy policy, anyhow;
    static struct ic_log_folder folder;
    static struct ic_log_reader reader;
    static uint8_t bytes[IC_NOTE_BYTES_MAX], picked[LINES_MAX];
    struct ic_wr note = ic_wr_init(bytes, sizeof bytes), lines = ic_wr_init(picked, sizeof picked);
    struct ic_proof_result result;
    struct ic_note parsed;
    if (!ic_cmd_log_policy_read(options->policy, &policy, why))
        return 2;
    enum ic_err err = ic_log_folder_open(&folder, options->folder, why);
    if (err == IC_OK && !ic_log_reader_open(&reader, options->folder)) {
        snprintf(why, IC_CMD_WHY_MAX, "%s", reader.why);
        err = IC_ERR_SYSTEM;
    }
    int status = err == IC_OK ? gather(options, &policy, &reader, &note, why) : 1;
    if (status != 0) {
        ic_log_folder_close(&folder);
        return status;
    }
    anyhow = policy; /* what is right is published, even when it is not yet enough */
    anyhow.quorum = -1;
    enum ic_proof_verdict verdict = ic_log_policy_judge(&anyhow, note.base, note.len, &result);
    bool is_parsed = ic_note_parse(note.base, note.len, &parsed) == IC_OK;
    if (verdict != IC_PROOF_GOOD || !is_parsed || pick(&parsed, &policy, &lines) == 0) {
        snprintf(why, IC_CMD_WHY_MAX, "%s",
                 verdict == IC_PROOF_COSIGNATURE
                     ? "a cosignature is wrong: it may be of another checkpoint. Nothing was "
                       "published; ask the witness again."
                 : verdict != IC_PROOF_GOOD ? "the policy does not name this log"
                                            : "no cosignature is of a witness of the policy");
        err = IC_ERR_AUTH;
    } else {
        err = ic_log_folder_cosign(&folder, lines.base, lines.len, why);
    }
    ic_log_folder_close(&folder);
    if (err != IC_OK)
        return 1;
    bool is_enough = ic_log_policy_judge(&policy, note.base, note.len, &result) == IC_PROOF_GOOD;
    if (options->is_json)
        ic_cmd_print_json(json_pack("{s:b,s:I,s:I,s:b}", "ok", 1, "size",
                                    (json_int_t)reader.checkpoint.head.size, "witnessed",
                                    (json_int_t)result.witnessed, "quorum", (int)is_enough));
    else
        printf("Published, with cosignatures of %zu of %zu witnesses%s.\n", result.witnessed,
               policy.witness_count, is_enough ? "" : ": too few for the quorum");
    return 0;
}

int ic_cmd_log_cosign(int argc, char **argv)
{
    struct options options = {.policy = NULL};
    char why[IC_CMD_WHY_MAX] = "";
    if (ic_cmd_is_help(argc, argv)) {
        puts(help);
        return 0;
    }
    int status = read_options(argc, argv, &options, why) ? cosign(&options, why) : 2;
    return status == 0 ? 0 : ic_cmd_log_refuse("cosign", options.is_json, why, status);
}
