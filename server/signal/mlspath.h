/* The public side of an UpdatePath (RFC 9420 7.5, 7.6): which parents a committer renews, for whom
 * it must encrypt their secrets, and the parent hashes that tie them to its leaf. */
#ifndef IC_SIGNAL_MLSPATH_H
#define IC_SIGNAL_MLSPATH_H

#include "signal/mlstree.h"
#include "wire/mls_commit.h"

/* Put the path of a leaf into a tree on which the proposals of the same commit have worked.
 * Checked: number and keys of the nodes, which are new to the tree; as many secrets for each as
 * there are nodes that must learn it, each of the length that the suites have; the leaf's source,
 * its new key, its parent hash. The leaf's signature, credential and extensions are the caller's.
 *  leaf   there (asserted)
 *  path   borrows
 *  added  leaves that the same commit added: they learn the secrets from the Welcome
 *  IC_ERR_INPUT   unsound; what the tree holds must not be used
 *  IC_ERR_FULL    a leaf longer than limits.h has; likewise
 *  IC_ERR_SYSTEM  the crypto library failed; likewise */
IC_NODISCARD enum ic_err ic_mlspath_apply(struct ic_mlstree *tree, uint32_t leaf,
                                          const struct ic_mls_path *path,
                                          const struct ic_mlsset *added);

#endif
