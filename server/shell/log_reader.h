/* What a log's folder publishes (tlog/appender.h), read and verified: the checkpoint by the log's
 * key, tiles and entries by the checkpoint. */
#ifndef IC_SHELL_LOG_READER_H
#define IC_SHELL_LOG_READER_H

#include "shell/cmd_args.h"
#include "tlog/appender.h"
#include "tlog/log_policy.h"

struct ic_log_reader {
    const char *path, *published; /* borrowed; where in it what is published stands */
    struct ic_note_key key;
    struct ic_checkpoint checkpoint; /* lends from note */
    uint8_t note[IC_NOTE_BYTES_MAX];
    size_t note_len;
    struct ic_tile_reader tiles;
    uint64_t held; /* the bundle that is held, if held_len is not 0 */
    size_t held_len;
    uint8_t bundle[IC_APPENDER_BUNDLE_MAX];
    char why[IC_CMD_WHY_MAX];
};

/* Not copied afterwards. false: reader->why says it. */
bool ic_log_reader_open(struct ic_log_reader *reader, const char *path);
/* The same of a copy of what the log publishes alone (log_folder), of one of the policy's logs. */
bool ic_log_reader_open_copy(struct ic_log_reader *reader, const char *path,
                             const struct ic_log_policy *policy);
/* The hashes of the entries from index * IC_TILE_WIDTH_MAX on, as many as there are (*count).
 * false: why. */
bool ic_log_reader_leaves(struct ic_log_reader *reader, uint64_t index,
                          struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX], size_t *count);
/* The entry at an index below the size (asserted), lent until another is asked for. false: why. */
bool ic_log_reader_entry(struct ic_log_reader *reader, uint64_t index, struct ic_part *out);
/* The index of the first entry with that hash; its size when there is none. false: why. */
bool ic_log_reader_find(struct ic_log_reader *reader, const struct ic_merkle_hash *leaf,
                        uint64_t *index);
/* That the entry at index is in the checkpoint. false: why. */
bool ic_log_reader_prove(struct ic_log_reader *reader, uint64_t index, struct ic_merkle_proof *out);
/* That the tree of older entries, none or more, is a beginning of it. false: why. */
bool ic_log_reader_prove_growth(struct ic_log_reader *reader, uint64_t older,
                                struct ic_merkle_proof *out);

#endif
