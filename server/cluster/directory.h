/* Where meetings run (docs/protocol/cluster.md 4): one entry a meeting, in a store that compares
 * and sets. The store knows no more than this: which node, the how manieth one it is, and the hash
 * of the policy. What it says is a proposal; a store that is old, wrong or gone leads to refusals.
 */
#ifndef IC_CLUSTER_DIRECTORY_H
#define IC_CLUSTER_DIRECTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/wr.h"
#include "cluster/node_claim.h"

struct ic_directory_entry {
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t node[IC_NODE_ID_LEN];
    uint64_t generation; /* from 1; one more with each node that takes the meeting over */
    uint8_t policy_sha256[IC_SHA256_LEN];
};

#define IC_DIRECTORY_ENTRY_LEN (1 + IC_MEETING_ID_LEN + IC_NODE_ID_LEN + 8 + IC_SHA256_LEN)

/*  IC_ERR_INPUT  not an entry; out untouched */
IC_NODISCARD enum ic_err ic_directory_entry_parse(const uint8_t *bytes, size_t len,
                                                  struct ic_directory_entry *out);
void ic_directory_entry_write(struct ic_wr *w, const struct ic_directory_entry *entry);

enum ic_directory_kind {
    IC_DIRECTORY_GET,
    IC_DIRECTORY_SWAP, /* set the entry, if the revision is still this one; 0: if there is none */
};

struct ic_directory_request {
    enum ic_directory_kind kind;
    uint64_t token;
    uint64_t revision;
    struct ic_directory_entry entry; /* of GET: the meeting alone */
};

struct ic_directory_reply {
    uint64_t token;
    /*  IC_OK          GET: revision and bytes; SWAP: it is set, with the new revision
     *  IC_ERR_GONE    GET: there is none
     *  IC_ERR_STATE   SWAP: the revision is another one, or the generation does not rise
     *  IC_ERR_FULL    SWAP: the store is full
     *  IC_ERR_SYSTEM  the store cannot be reached; of SWAP: it may be set all the same */
    enum ic_err result;
    uint64_t revision;    /* from 1, rises */
    const uint8_t *bytes; /* as stored, borrowed */
    size_t len;
};

/* What a store that cannot compare generations by itself asks before it sets: before is what a GET
 * of this moment said. The revision is compared once more by the store when it sets.
 *  IC_OK          set it
 *  IC_ERR_STATE   another revision, the generation does not rise, or what is there is no entry
 *  IC_ERR_SYSTEM  the store did not say */
IC_NODISCARD enum ic_err ic_directory_may_swap(const struct ic_directory_reply *before,
                                               const struct ic_directory_request *request);

/* The store of the simulator: a table in memory. */
struct ic_directory_row {
    uint64_t revision;
    uint8_t bytes[IC_DIRECTORY_ENTRY_LEN];
};

struct ic_directory {
    struct ic_map index; /* meeting → row */
    struct ic_directory_row *rows;
    uint32_t count, count_max;
};

/*  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_directory_init(struct ic_directory *d, uint32_t count_max,
                                           const uint64_t seed[static 2]);
void ic_directory_deinit(struct ic_directory *d);
/* The answer, whose bytes are lent until the next request. */
struct ic_directory_reply ic_directory_run(struct ic_directory *d,
                                           const struct ic_directory_request *request);

#endif
