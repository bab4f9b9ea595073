/* AES-CTR and HMAC-SHA1 by libipsec-mb, for CPUs with vector units: a packet of 1,200 bytes takes
 * it a fraction of the time that OpenSSL needs, if there are several. */
#ifndef IC_CRYPTO_CTR_SHA1_MB_H
#define IC_CRYPTO_CTR_SHA1_MB_H

#include "crypto/ctr_sha1.h"

struct ic_ctr_sha1_mb;

/* The caller takes it, and destroys it when the last key of it is gone. One thread at a time.
 *  NULL  as ic_aead_mb_create (aead_mb.h) */
struct ic_ctr_sha1_mb *ic_ctr_sha1_mb_create(void);
void ic_ctr_sha1_mb_destroy(struct ic_ctr_sha1_mb *mb);
/* NULL: of no mb. */
const struct ic_ctr_sha1_engine *ic_ctr_sha1_mb_engine(const struct ic_ctr_sha1_mb *mb);

#endif
