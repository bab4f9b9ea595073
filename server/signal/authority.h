/* Whether somebody may admit and act in a meeting (docs/protocol/encryption.md 5). */
#ifndef IC_SIGNAL_AUTHORITY_H
#define IC_SIGNAL_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "wire/commit_data.h"
#include "wire/policy.h"

#define IC_LEAF_KEY_LEN 32 /* Ed25519, the signature key of an MLS leaf */

/* A host of the policy has signed for the leaf with this key, in this meeting. */
IC_NODISCARD bool ic_authority_verify(const struct ic_policy *policy,
                                      const struct ic_authority *authority,
                                      const uint8_t leaf_key[static IC_LEAF_KEY_LEN]);

#endif
