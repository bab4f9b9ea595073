/* AES-GCM by libipsec-mb, for CPUs with vector units: a packet of 1,200 bytes takes it a third of
 * the time that OpenSSL needs, and a short one an eighth. */
#ifndef IC_CRYPTO_AEAD_MB_H
#define IC_CRYPTO_AEAD_MB_H

#include "crypto/aead.h"

struct ic_aead_mb;

/* The caller takes it, and destroys it when the last cipher of it is gone. One serves all threads.
 *  NULL  it is not built in, there is no memory, the CPU has no AES unit, or it has not computed
 *        the same as OpenSSL: that is tried here, over lengths and their ends */
struct ic_aead_mb *ic_aead_mb_create(void);
void ic_aead_mb_destroy(struct ic_aead_mb *mb);
const struct ic_aead_engine *ic_aead_mb_engine(const struct ic_aead_mb *mb);

#endif
