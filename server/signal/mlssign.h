/* Signatures and references of MLS under their labels (RFC 9420 5.1.2, 5.2), for the suites with
 * Ed25519 and SHA-256. */
#ifndef IC_SIGNAL_MLSSIGN_H
#define IC_SIGNAL_MLSSIGN_H

#include "crypto/ed25519.h"
#include "crypto/hash.h"
#include "wire/mls.h"

/* VerifyWithLabel over the parts in order. label is without "MLS 1.0 ". False also for a signature
 * of another length, and for more than a GroupContext and an MLSMessage, or a GroupInfo, can hold.
 *  key  borrows */
IC_NODISCARD bool ic_mlssign_verify(const uint8_t key[static IC_ED25519_KEY_LEN], const char *label,
                                    const struct ic_part *parts, size_t count,
                                    struct ic_mls_span signature);

/* RefHash. label is whole.
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_mlssign_reference(const char *label, struct ic_mls_span value,
                                              uint8_t out[static IC_SHA256_LEN]);

#define IC_MLSSIGN_KEYPACKAGE "MLS 1.0 KeyPackage Reference"
#define IC_MLSSIGN_PROPOSAL   "MLS 1.0 Proposal Reference"

#endif
