/* incamera log prove: a proof file of an entry. incamera log request: what a witness is asked. Both
 * out of what is published. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "shell/cmd_log.h"
#include "shell/log_reader.h"
#include "tlog/proof.h"

static const char prove_help[] =
    "usage: incamera log prove [--out FILE] FOLDER INDEX|ENTRY\n\n"
    "Writes a proof file (c2sp.org/tlog-proof) that the entry stands in the log in FOLDER: the\n"
    "entry at INDEX, or that with the bytes of the file ENTRY (./7 for a file that is called 7).\n"
    "The proof has the cosignatures of the published checkpoint.\n\n"
    "  --out FILE  a new file, and not standard output\n\n"
    "Exit status: 0 it is written, 1 there is no such entry, 2 wrong usage, or a file cannot be "
    "read.";

static const char request_help[] =
    "usage: incamera log request [--old SIZE] [--out FILE] FOLDER\n\n"
    "Writes what a witness is asked (c2sp.org/tlog-witness, add-checkpoint): to cosign the\n"
    "published checkpoint of the log in FOLDER. With curl:\n\n"
    "  incamera log request --old SIZE FOLDER |\n"
    "    curl --fail-with-body --data-binary @- \\\n"
    "      https://witness.example/add-checkpoint |\n"
    "    incamera log cosign --policy POLICY FOLDER -\n\n"
    "  --old SIZE  entries that the log had when the witness cosigned it last; without it, 0.\n"
    "              A witness that knows another size answers 409 with that size\n"
    "  --out FILE  a new file, and not standard output\n\n"
    "Exit status: 0 it is written, 1 it cannot be, 2 wrong usage.";

struct options {
    const char *out, *old, *folder, *entry;
};

/* false: the argument is not understood. */
static bool read_options(int argc, char **argv, struct options *out, int *at)
{
    const char *value;
    *out = (struct options){NULL, NULL, NULL, NULL};
    for (*at = 0; *at < argc; ++*at) {
        if ((value = ic_cmd_value_of("--out", argc, argv, at)) != NULL)
            out->out = value;
        else if ((value = ic_cmd_value_of("--old", argc, argv, at)) != NULL)
            out->old = value;
        else if (argv[*at][0] == '-' || out->entry != NULL)
            return false;
        else if (out->folder == NULL)
            out->folder = argv[*at];
        else
            out->entry = argv[*at];
    }
    return true;
}

static bool write_out(const char *path, const struct ic_wr *w, char why[static IC_CMD_WHY_MAX])
{
    FILE *file = path == NULL ? stdout : fopen(path, "wxe");
    bool ok = file != NULL && fwrite(w->base, 1, w->len, file) == w->len && fflush(file) == 0;
    if (file != NULL && path != NULL && fclose(file) != 0)
        ok = false;
    if (!ok)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be written, or is there already",
                 path == NULL ? "standard output" : path);
    return ok;
}

/* The index that is meant; false: with the exit status. */
static bool find(struct ic_log_reader *reader, const char *entry, uint64_t *index, int *status)
{
    static uint8_t bytes[IC_TLOG_ENTRY_MAX];
    uint64_t size = reader->checkpoint.head.size;
    struct ic_merkle_hash leaf;
    struct ic_part part = {bytes, 0};
    *status = 2;
    if (ic_decimal_decode(entry, strlen(entry), index) != IC_OK) {
        if (!ic_cmd_read_file(entry, bytes, sizeof bytes, &part.len, reader->why))
            return false;
        *status = 1;
        if (ic_merkle_leaf(&part, 1, &leaf) != IC_OK || !ic_log_reader_find(reader, &leaf, index))
            return false;
    }
    *status = 1;
    if (*index < size)
        return true;
    snprintf(reader->why, sizeof reader->why,
             "%.120s is no entry of this log, which has %" PRIu64 ", from 0 on. 'incamera log add' "
             "appends one.",
             entry, size);
    return false;
}

int ic_cmd_log_prove(int argc, char **argv)
{
    static struct ic_log_reader reader;
    static uint8_t bytes[IC_TLOG_PROOF_MAX];
    struct options options;
    struct ic_proof proof = {0};
    int at, status;
    if (ic_cmd_is_help(argc, argv)) {
        puts(prove_help);
        return 0;
    }
    bool is_read = read_options(argc, argv, &options, &at);
    if (!is_read || options.old != NULL || options.entry == NULL) {
        snprintf(reader.why, sizeof reader.why,
                 is_read ? "FOLDER, INDEX or ENTRY is missing. See 'incamera log prove --help'."
                         : "\"%.60s\" is not understood. See 'incamera log prove --help'.",
                 is_read ? "" : argv[at]);
        return ic_cmd_log_refuse("prove", false, reader.why, 2);
    }
    if (!ic_log_reader_open(&reader, options.folder))
        return ic_cmd_log_refuse("prove", false, reader.why, 1);
    if (!find(&reader, options.entry, &proof.index, &status))
        return ic_cmd_log_refuse("prove", false, reader.why, status);
    proof.checkpoint = reader.note;
    proof.checkpoint_len = reader.note_len;
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    if (!ic_log_reader_prove(&reader, proof.index, &proof.inclusion))
        return ic_cmd_log_refuse("prove", false, reader.why, 1);
    ic_proof_write(&w, &proof);
    if (!ic_wr_ok(&w) || !write_out(options.out, &w, reader.why))
        return ic_cmd_log_refuse("prove", false, reader.why, 1);
    return 0;
}

static void write_request(struct ic_wr *w, uint64_t old, const struct ic_merkle_proof *proof,
                          const struct ic_log_reader *reader)
{
    ic_wr_text(w, "old ");
    ic_wr_decimal(w, old);
    ic_wr_u8(w, '\n');
    for (size_t i = 0; i < proof->count; i++) {
        char hash[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
        ic_base64_encode(proof->hashes[i].bytes, IC_MERKLE_HASH_LEN, hash);
        ic_wr_text(w, hash);
        ic_wr_u8(w, '\n');
    }
    ic_wr_u8(w, '\n');
    ic_wr_bytes(w, reader->note, reader->note_len);
}

int ic_cmd_log_request(int argc, char **argv)
{
    static struct ic_log_reader reader;
    static uint8_t bytes[IC_TLOG_PROOF_MAX + IC_NOTE_BYTES_MAX];
    static struct ic_merkle_proof proof;
    struct options options;
    uint64_t old = 0;
    int at;
    if (ic_cmd_is_help(argc, argv)) {
        puts(request_help);
        return 0;
    }
    if (!read_options(argc, argv, &options, &at) || options.folder == NULL ||
        options.entry != NULL ||
        (options.old != NULL && ic_decimal_decode(options.old, strlen(options.old), &old) != IC_OK))
        return ic_cmd_log_refuse("request", false,
                                 "one FOLDER, and perhaps --old SIZE and --out FILE are "
                                 "understood. See 'incamera log request --help'.",
                                 2);
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    if (!ic_log_reader_open(&reader, options.folder) ||
        !ic_log_reader_prove_growth(&reader, old, &proof))
        return ic_cmd_log_refuse("request", false, reader.why, 1);
    write_request(&w, old, &proof, &reader);
    if (!ic_wr_ok(&w) || !write_out(options.out, &w, reader.why))
        return ic_cmd_log_refuse("request", false, reader.why, 1);
    return 0;
}
