/* Requests to the store thread and its replies. What is large travels as parts in one run of bytes,
 * which belongs to whoever holds the request or the reply. */
#ifndef IC_MSG_STORE_H
#define IC_MSG_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/rd.h"
#include "base/wr.h"

#define IC_STORE_HASH_LEN 32

enum ic_store_kind {
    IC_STORE_MEETING_ADD,     /* make a meeting; part POLICY */
    IC_STORE_MEETING_FIND,    /* is there a meeting of this id that has not ended? Marks it as used.
                               * The reply has the parts POLICY and, if a group runs, STATE, RECORD,
                               * FENCE */
    IC_STORE_MEETING_RESTORE, /* the same, of a meeting that is made if it is not there: parts
                               * POLICY, and KEPT, which come back behind what was found */
    IC_STORE_GROUP_BEGIN,     /* a group in place of any other; parts as in COMMIT, n is 0 */
    IC_STORE_GROUP_RESTORE,   /* the same, of a group whose log has n entries already; parts STATE,
                               * RECORD, BLOB */
    IC_STORE_GROUP_COMMIT,   /* the group goes on, in one transaction; n: place of the commit in the
                              * log. Parts STATE, RECORD, COMMIT, NOTE, TREE, BLOB, BLOB_GONE,
                              * KEPT */
    IC_STORE_GROUP_RECORD,   /* part RECORD, of a group whose log has size n */
    IC_STORE_GROUP_IDENTITY, /* part BLOB, of somebody who is in the group */
    IC_STORE_GROUP_END,      /* forget the group and what belongs to it */
    IC_STORE_COMMITS_READ,   /* commits from place n on, in order, as many as fit into
                              * IC_STORE_READ_MAX; parts COMMIT, NOTE of each */
    IC_STORE_BLOB_FIND,      /* the bytes with this hash; part BLOB */
    IC_STORE_POLICY_FIND, /* the policy of the meeting, which stays as unused as it was; part POLICY
                           */
};

enum ic_store_part_kind {
    IC_STORE_POLICY,
    IC_STORE_STATE,     /* what ic_mlsgroup_save wrote */
    IC_STORE_RECORD,    /* what signal/record.c wrote */
    IC_STORE_COMMIT,    /* an entry of the log */
    IC_STORE_NOTE,      /* the checkpoint with it */
    IC_STORE_TREE,      /* hash, then a ratchet tree; the last IC_STORE_TREES_KEPT stay */
    IC_STORE_BLOB,      /* hash, then a sealed identity */
    IC_STORE_BLOB_GONE, /* hash of what is needed no more */
    IC_STORE_FENCE,     /* 8 bytes: what a group was written with last */
    IC_STORE_KEPT,      /* not for the disk: comes back with the reply */
};

struct ic_store_part {
    enum ic_store_part_kind kind;
    const uint8_t *bytes; /* lent */
    size_t len;
};

struct ic_store_request {
    enum ic_store_kind kind;
    uint64_t token; /* comes back in the reply */
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t hash[IC_STORE_HASH_LEN]; /* BLOB_FIND */
    uint64_t n;
    uint64_t fence; /* writes of a group: generation with which the meeting is here, 0: it is not
                     * counted. The shell's; comes back with the group */
    const uint8_t *parts; /* lent by the hub, taken over by the shell's copy */
    size_t parts_len;
};

struct ic_store_reply {
    enum ic_store_kind kind;
    uint64_t token;
    /* IC_OK, IC_ERR_SYSTEM (the disk), IC_ERR_FULL (not asked, the store is busy), and
     *  ADD          IC_ERR_STATE (exists), IC_ERR_FULL (IC_MEETINGS_MAX)
     *  FIND, BLOB, POLICY  IC_ERR_GONE
     *  MEETING_RESTORE  IC_ERR_FULL (IC_MEETINGS_MAX)
     *  BEGIN, GROUP_RESTORE  IC_ERR_GONE (no such meeting)
     *  COMMIT, RECORD  IC_ERR_STATE (no group whose log has this size) */
    enum ic_err result;
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint64_t n;
    const uint8_t *parts; /* what was read; of BEGIN, RESTORE and COMMIT: the request's */
    size_t parts_len;
};

/* Begin a part whose bytes follow; returns the mark for ic_store_part_close. */
static inline size_t ic_store_part_open(struct ic_wr *w, enum ic_store_part_kind kind)
{
    ic_wr_u8(w, (uint8_t)kind);
    ic_wr_u32(w, 0);
    return w->len;
}

static inline void ic_store_part_close(struct ic_wr *w, size_t mark)
{
    size_t n = w->len - mark;
    if (w->bad)
        return;
    for (unsigned i = 0; i < 4; i++)
        w->base[mark - 4 + i] = (uint8_t)(n >> (24 - 8 * i));
}

static inline void ic_store_part_write(struct ic_wr *w, enum ic_store_part_kind kind,
                                       const uint8_t *bytes, size_t len)
{
    size_t mark = ic_store_part_open(w, kind);
    ic_wr_bytes(w, bytes, len);
    ic_store_part_close(w, mark);
}

/* The next part; false at the end. */
static inline bool ic_store_part_next(struct ic_rd *r, struct ic_store_part *out)
{
    if (r->left == 0)
        return false;
    out->kind = (enum ic_store_part_kind)ic_rd_u8(r);
    out->len = ic_rd_u32(r);
    out->bytes = ic_rd_take(r, out->len);
    return ic_rd_ok(r);
}

/* The first part of a kind; len 0 when there is none. */
static inline struct ic_store_part ic_store_part_find(const uint8_t *parts, size_t len,
                                                      enum ic_store_part_kind kind)
{
    struct ic_rd r = ic_rd_init(parts, len);
    struct ic_store_part part;
    while (ic_store_part_next(&r, &part)) {
        if (part.kind == kind)
            return part;
    }
    return (struct ic_store_part){.kind = kind};
}

#endif
