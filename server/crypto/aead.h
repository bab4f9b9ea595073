/* AES-GCM with a 96-bit IV and a 128-bit tag; the key schedule is kept, only the IV changes from
 * one message to the next. One context serves one direction. */
#ifndef IC_CRYPTO_AEAD_H
#define IC_CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/part.h"

#define IC_AEAD_IV_LEN  12
#define IC_AEAD_TAG_LEN 16

enum ic_aead_use { IC_AEAD_SEAL, IC_AEAD_OPEN };

struct ic_aead;

/* Who computes it. The functions are those below, without their checks. */
struct ic_aead_engine {
    const char *name;
    void *context;
    enum ic_err (*init)(struct ic_aead *a, const uint8_t *key, size_t key_len); /* sets state */
    void (*deinit)(struct ic_aead *a);
    enum ic_err (*seal)(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                        size_t aad_count, const struct ic_part *text, size_t text_count,
                        uint8_t *out, uint8_t *tag);
    enum ic_err (*open)(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                        size_t aad_count, const struct ic_part *text, size_t text_count,
                        const uint8_t *tag, uint8_t *out);
};

/* Never copied once initialised. */
struct ic_aead {
    const struct ic_aead_engine *engine; /* NULL: not initialised */
    void *state;                         /* the engine's */
    enum ic_aead_use use;
};

/* OpenSSL: runs everywhere. A faster one, where it runs: aead_mb.h. */
const struct ic_aead_engine *ic_aead_evp(void);

/* key_len is 16 or 32 (asserted); the key is borrowed, the engine kept.
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_aead_init(struct ic_aead *a, const struct ic_aead_engine *engine,
                                      enum ic_aead_use use, const uint8_t *key, size_t key_len);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_aead_deinit(struct ic_aead *a);

/* Encrypt the text parts, in order and without a gap, to out and write the tag. Each part is where
 * its result goes, or does not overlap out. An IV must never serve two different messages of one
 * key. No allocation.
 *  aad  authenticated before the text, parts in order
 *  IC_ERR_SYSTEM  the crypto library failed; what out and tag hold must not be used */
IC_NODISCARD enum ic_err ic_aead_seal(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                                      const struct ic_part *aad, size_t aad_count,
                                      const struct ic_part *text, size_t text_count, uint8_t *out,
                                      uint8_t tag[static IC_AEAD_TAG_LEN]);
/* Decrypt the text parts, likewise, and check the tag.
 *  IC_ERR_AUTH    the tag is wrong; what out holds must not be used
 *  IC_ERR_SYSTEM  the crypto library failed, likewise */
IC_NODISCARD enum ic_err ic_aead_open(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                                      const struct ic_part *aad, size_t aad_count,
                                      const struct ic_part *text, size_t text_count,
                                      const uint8_t tag[static IC_AEAD_TAG_LEN], uint8_t *out);

#endif
