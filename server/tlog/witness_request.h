/* What a witness is asked (c2sp.org/tlog-witness, add-checkpoint): to cosign a checkpoint, with the
 * proof that it continues the last one that the witness saw. */
#ifndef IC_TLOG_WITNESS_REQUEST_H
#define IC_TLOG_WITNESS_REQUEST_H

#include "tlog/checkpoint.h"
#include "tlog/cosignature.h"
#include "tlog/prover.h"

/* Lends bytes of what was parsed. */
struct ic_witness_request {
    uint64_t old_size;
    struct ic_merkle_proof proof;
    struct ic_note note;
    struct ic_checkpoint checkpoint;
};

/* The form alone.
 *  IC_ERR_INPUT  not a request, or larger than IC_WITNESS_REQUEST_MAX bytes, or its checkpoint is
 *                larger than what is cosigned; out untouched */
IC_NODISCARD enum ic_err ic_witness_request_parse(const uint8_t *bytes, size_t len,
                                                  struct ic_witness_request *out);

/* A log that the witness knows, and the last head that it cosigned: of size 0, none. */
struct ic_witness_log {
    struct ic_note_key key; /* its name is the log's origin */
    struct ic_merkle_head seen;
};

enum ic_witness_verdict {
    IC_WITNESS_GOOD,      /* to be cosigned, once it is on the disk as seen */
    IC_WITNESS_UNKNOWN,   /* 404: no such log */
    IC_WITNESS_UNSIGNED,  /* 403: not by the log's key */
    IC_WITNESS_MALFORMED, /* 400: the old size is larger than that of the checkpoint */
    IC_WITNESS_CONFLICT,  /* 409: another size was seen last, or another root at this size */
    IC_WITNESS_PROOF,     /* 422: the proof does not show it */
    IC_WITNESS_SYSTEM,    /* the crypto library failed */
};

/* In the order of the text.
 *  log  the one that the request is about, unless it is IC_WITNESS_UNKNOWN */
IC_NODISCARD enum ic_witness_verdict ic_witness_request_judge(
    const struct ic_witness_request *request, struct ic_witness_log *logs, size_t count,
    struct ic_witness_log **log);

#endif
