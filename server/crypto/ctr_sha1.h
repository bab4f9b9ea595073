/* AES-128 in counter mode, and HMAC-SHA1 over what came out of it, of many messages with one call,
 * each under keys of its own: SHA-1 is a chain within a message, so only several messages side by
 * side fill a vector unit. One message at a time: ctr.h and hmac.h. */
#ifndef IC_CRYPTO_CTR_SHA1_H
#define IC_CRYPTO_CTR_SHA1_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/ctr.h"
#include "crypto/hmac.h"
#include "crypto/part.h"

#define IC_CTR_SHA1_KEY_LEN  16
#define IC_CTR_SHA1_AUTH_LEN 20
#define IC_CTR_SHA1_PARTS    3
#define IC_CTR_SHA1_TAG_LEN  10              /* of the HMAC; SRTP has no longer one */
#define IC_CTR_SHA1_MAX      IC_TX_BATCH_MAX /* messages of one call */

struct ic_ctr_sha1;

/* All borrowed. */
struct ic_ctr_sha1_message {
    const struct ic_ctr_sha1 *key;
    uint8_t iv[IC_CTR_IV_LEN];              /* of the first block; its last 32 bits count */
    struct ic_part text[IC_CTR_SHA1_PARTS]; /* in order and without a gap; some may be empty */
    uint8_t *out;                           /* where a part of the text is, or no overlap with it */
    struct ic_part authentic;               /* out is in it */
    uint8_t *tag; /* IC_CTR_SHA1_TAG_LEN, written last: it may be in what is authentic */
};

/* Who computes it, of one thread. */
struct ic_ctr_sha1_engine {
    const char *name;
    void *context;
    size_t worth; /* so many messages take it less time than OpenSSL, one after the other */
    enum ic_err (*init)(struct ic_ctr_sha1 *k, const uint8_t *key, const uint8_t *auth);
    void (*deinit)(struct ic_ctr_sha1 *k);
    enum ic_err (*seal)(const struct ic_ctr_sha1_engine *engine,
                        const struct ic_ctr_sha1_message *messages, size_t count);
};

/* Keys. Never copied once initialised. */
struct ic_ctr_sha1 {
    const struct ic_ctr_sha1_engine *engine; /* NULL: not initialised */
    void *state;                             /* the engine's */
};

/* The keys are borrowed, the engine kept.
 *  IC_ERR_SYSTEM  no memory; nothing to deinit */
IC_NODISCARD enum ic_err ic_ctr_sha1_init(struct ic_ctr_sha1 *k,
                                          const struct ic_ctr_sha1_engine *engine,
                                          const uint8_t key[static IC_CTR_SHA1_KEY_LEN],
                                          const uint8_t auth[static IC_CTR_SHA1_AUTH_LEN]);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_ctr_sha1_deinit(struct ic_ctr_sha1 *k);
/* At most IC_CTR_SHA1_MAX messages, their keys of this engine. No allocation.
 *  IC_ERR_SYSTEM  it failed; nothing of any message must be used */
IC_NODISCARD enum ic_err ic_ctr_sha1_seal(const struct ic_ctr_sha1_engine *engine,
                                          const struct ic_ctr_sha1_message *messages, size_t count);

#endif
