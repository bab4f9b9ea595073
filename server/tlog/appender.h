/* The one writer and signer of a log in a folder: what it has signed once it never takes back.
 *
 *   head               the checkpoint text that was or is about to be signed: the state
 *   pending            a file that is being written
 *   public/checkpoint  the signed head, and public/tile/...: what is served, as it stands
 *                      (c2sp.org/tlog-tiles)
 *
 * To grow: bundles and tiles of hashes, each on the disk before the next; then the head, on the
 * disk before it is signed; then the checkpoint is published. So a power cut at any moment leaves a
 * head of which everything is there, and no size is ever signed with two roots. What an append
 * wrote beyond the head when it was cut off was never promised, and is written over.
 *
 * To open: the head's tree must be there, and what was published must be a beginning of it. Else
 * the folder is damaged, or came from a backup, and to go on could be a fork: it is refused.
 *
 * What a power cut cannot do but a backup can, to take back head and checkpoint both, shows nowhere
 * in the folder: witnesses see it. */
#ifndef IC_TLOG_APPENDER_H
#define IC_TLOG_APPENDER_H

#include <stdbool.h>

#include "tlog/bundle.h"
#include "tlog/checkpoint.h"
#include "tlog/cosignature.h"

/* Levels of tiles that fewer than 2^32 entries need. */
#define IC_APPENDER_LEVELS 4
/* The largest bundle. */
#define IC_APPENDER_BUNDLE_MAX (IC_TILE_WIDTH_MAX * (2 + IC_TLOG_ENTRY_MAX))
/* Paths are below the log's folder, terminated. */
#define IC_APPENDER_PATH_MAX (sizeof "public/" + IC_TILE_PATH_MAX)
/* A checkpoint with the cosignatures that a note may have. */
#define IC_APPENDER_NOTE_MAX                                                                       \
    (IC_CHECKPOINT_MAX + (IC_NOTE_SIGNATURES_MAX - 1) * IC_COSIGNATURE_LINE_MAX)

struct ic_appender_config {
    const struct ic_note_key *key; /* its name is the log's origin; kept */
    const struct ic_ed25519 *private_key;
    uint8_t *bundle; /* IC_APPENDER_BUNDLE_MAX bytes; kept */
    void *context;
    /* All bytes of a file, of at most cap.
     *  IC_ERR_GONE    there is none
     *  IC_ERR_FULL    it is larger
     *  IC_ERR_SYSTEM  it cannot be read */
    enum ic_err (*read)(void *context, const char *path, uint8_t *out, size_t cap, size_t *len);
};

enum ic_appender_act {
    IC_APPENDER_FOLDER,      /* make the folder, unless it is there */
    IC_APPENDER_WRITE,       /* a new file with these bytes, in the place of an old one of the name,
                                whose own bytes stay as they are under other names */
    IC_APPENDER_SYNC,        /* the bytes of the file are on the disk */
    IC_APPENDER_RENAME,      /* "pending" gets this path, in the place of what has it */
    IC_APPENDER_SYNC_FOLDER, /* the names in the folder are on the disk; "." is the log's own */
};

/* Lent until the next poll. */
struct ic_appender_effect {
    enum ic_appender_act act;
    const char *path;
    const uint8_t *bytes; /* of WRITE */
    size_t len;
};

enum ic_appender_phase {
    IC_APPENDER_IDLE,
    IC_APPENDER_CHUNK, /* entries up to the end of a bundle come next */
    IC_APPENDER_TILES,
    IC_APPENDER_SIGN,
    IC_APPENDER_PUBLISH,
    IC_APPENDER_END,
    IC_APPENDER_FAILED,
};

/* A file on its way to its place. */
struct ic_appender_file {
    char path[IC_APPENDER_PATH_MAX], folder[IC_APPENDER_PATH_MAX];
    const uint8_t *bytes;
    size_t len, at; /* at: in path, behind the folders that are there */
    unsigned step;
};

struct ic_appender {
    struct ic_appender_config config;
    enum ic_appender_phase phase;
    struct ic_merkle tree;      /* what is appended to */
    struct ic_merkle_head head; /* the state */
    bool is_published;          /* the state is */
    size_t bundle_len;          /* of the last bundle, when it is partial */
    struct ic_merkle_hash edge[IC_APPENDER_LEVELS][IC_TILE_WIDTH_MAX]; /* the last tiles */
    const struct ic_part *entries;
    size_t entry_count, entry_at;
    unsigned level;
    struct ic_appender_file file;
    uint8_t text[IC_CHECKPOINT_TEXT_MAX], note[IC_APPENDER_NOTE_MAX];
    size_t note_len;
};

enum ic_appender_refusal {
    IC_APPENDER_NO_HEAD,    /* there is no state */
    IC_APPENDER_BAD_HEAD,   /* it is none of this log */
    IC_APPENDER_MISSING,    /* signed size exceeds durable size: the file is not there */
    IC_APPENDER_DAMAGED,    /* ... the file holds something else than what was signed */
    IC_APPENDER_STRANGE,    /* what is published is not signed by the log's key */
    IC_APPENDER_AHEAD,      /* what is published is larger than the state: that is an old copy */
    IC_APPENDER_FORKED,     /* what is published has another root at its size */
    IC_APPENDER_UNREADABLE, /* a file cannot be read, or the crypto library failed */
};

struct ic_appender_refused {
    enum ic_appender_refusal why;
    char path[IC_APPENDER_PATH_MAX]; /* the file it is about */
    uint64_t signed_size;            /* of the state, once it is read */
    uint64_t published_size;         /* of what is published, once it is read */
};

/* Make a log of no entries: drain with ic_appender_poll. The folder is empty. */
void ic_appender_create(struct ic_appender *a, const struct ic_appender_config *config);
/* A log that is there. When its state is not published, the effects that publish it come first:
 * drain with ic_appender_poll.
 *  IC_ERR_STATE  it must not be written to; refused says why */
IC_NODISCARD enum ic_err ic_appender_open(struct ic_appender *a,
                                          const struct ic_appender_config *config,
                                          struct ic_appender_refused *refused);

/* Append entries, at least one, which are borrowed until ic_appender_poll has drained: then they
 * are on the disk, signed and published. The machine is drained (asserted).
 *  IC_ERR_INPUT  an entry is empty, or has more than IC_TLOG_ENTRY_MAX bytes
 *  IC_ERR_FULL   the log is full */
IC_NODISCARD enum ic_err ic_appender_append(struct ic_appender *a, const struct ic_part *entries,
                                            size_t count);
/* Publish the state with signature lines of witnesses behind our own; they are copied. The machine
 * is drained (asserted). Drain with ic_appender_poll.
 *  IC_ERR_INPUT   no signature lines, or too many
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_appender_cosign(struct ic_appender *a, const uint8_t *lines,
                                            size_t len);

/* The next effect, which is carried out before the next poll. If that fails, the machine is
 * dropped, and the log opened again.
 *  IC_ERR_GONE    none is left: all is done
 *  IC_ERR_SYSTEM  the crypto library failed; drop the machine, too */
IC_NODISCARD enum ic_err ic_appender_poll(struct ic_appender *a, struct ic_appender_effect *out);

#endif
