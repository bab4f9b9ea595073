/* Proof files (c2sp.org/tlog-proof): that an entry stands in a log, and that witnesses saw the log,
 * for whoever has the keys and no network. */
#ifndef IC_TLOG_PROOF_H
#define IC_TLOG_PROOF_H

#include "tlog/checkpoint.h"
#include "tlog/cosignature.h"
#include "tlog/prover.h"

/* Lends bytes of what was parsed. */
struct ic_proof {
    const char *extra; /* in base64, without meaning here and not authenticated; NULL: none */
    size_t extra_len;
    uint64_t index;
    struct ic_merkle_proof inclusion;
    const uint8_t *checkpoint; /* the whole note */
    size_t checkpoint_len;
};

/* The form alone, that of the checkpoint included: nothing is verified.
 *  IC_ERR_INPUT  not a proof file, or larger than IC_TLOG_PROOF_MAX bytes; out untouched */
IC_NODISCARD enum ic_err ic_proof_parse(const uint8_t *bytes, size_t len, struct ic_proof *out);
/* What ic_proof_parse reads; a full writer turns bad. */
void ic_proof_write(struct ic_wr *w, const struct ic_proof *proof);

/* Whom to believe: one log, and any quorum of the witnesses. */
struct ic_proof_policy {
    const char *origin; /* of the log; borrowed */
    size_t origin_len;
    struct ic_note_key log;
    size_t quorum, witness_count;
    struct ic_witness witnesses[IC_TLOG_WITNESSES_MAX];
};
/* One more witness; copied.
 *  IC_ERR_INPUT  its public key is there, under whatever name: nobody counts twice
 *  IC_ERR_FULL   no more fit */
IC_NODISCARD enum ic_err ic_proof_policy_add(struct ic_proof_policy *policy,
                                             const struct ic_witness *witness);

enum ic_proof_verdict {
    IC_PROOF_GOOD,
    IC_PROOF_UNSIGNED,    /* the log's key has not signed the checkpoint */
    IC_PROOF_ORIGIN,      /* it has, but for another log */
    IC_PROOF_COSIGNATURE, /* what is said to be a witness's cosignature is wrong */
    IC_PROOF_QUORUM,      /* too few witnesses */
    IC_PROOF_INCLUSION,   /* the entry is not what stands at the index */
    IC_PROOF_SYSTEM,      /* the crypto library failed */
};

struct ic_proof_result {
    struct ic_checkpoint checkpoint; /* lends bytes of the proof */
    size_t witnessed;                /* witnesses of the policy that have cosigned */
    uint64_t time_s; /* a quorum of them did then or later, s since 1970; 0 when none is asked */
};

/* The entry's hash (ic_merkle_leaf) stands in the log as the policy asks for. out is written when
 * the verdict is good only. */
IC_NODISCARD enum ic_proof_verdict ic_proof_verify(const struct ic_proof *proof,
                                                   const struct ic_proof_policy *policy,
                                                   const struct ic_merkle_hash *leaf,
                                                   struct ic_proof_result *out);

#endif
