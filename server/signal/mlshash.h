/* Tree hashes (RFC 9420 7.8) and parent hashes (7.9) of a ratchet tree, for the suites with
 * SHA-256. What is not stale is not computed again. */
#ifndef IC_SIGNAL_MLSHASH_H
#define IC_SIGNAL_MLSHASH_H

#include "signal/mlstree.h"

/* Tree hash of any node; of the root.
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_mlshash_node(struct ic_mlstree *tree, uint32_t node,
                                         uint8_t out[static IC_SHA256_LEN]);
IC_NODISCARD enum ic_err ic_mlshash_tree(struct ic_mlstree *tree,
                                         uint8_t out[static IC_SHA256_LEN]);

/* Parent hash of a parent that is not blank, with this child of it as the sibling.
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_mlshash_parent(struct ic_mlstree *tree, uint32_t parent,
                                           uint32_t sibling, uint8_t out[static IC_SHA256_LEN]);

/* RFC 9420 7.9.2: each parent was made by somebody whose leaf vouches for it.
 *  IC_ERR_AUTH    one was not
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_mlshash_check_parents(struct ic_mlstree *tree);

#endif
