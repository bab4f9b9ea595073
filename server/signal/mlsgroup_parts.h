/* What mlsgroup.c is made of: the steps that RFC 9420 demands of any group, and the forms that
 * docs/protocol/encryption.md 2 demands of ours. For signal/mlsgroup*.c, and for tests that follow
 * groups of other forms. */
#ifndef IC_SIGNAL_MLSGROUP_PARTS_H
#define IC_SIGNAL_MLSGROUP_PARTS_H

#include "signal/mlsgroup.h"
#include "wire/mls_groupinfo.h"

enum ic_err ic_mlsgroup_err(enum ic_mlsgroup_fault fault);

/* ---- any group (suites 1 and 3) ---- */

/* Begin with a GroupInfo of any epoch and the data of ratchet_tree: everything is verified that can
 * be without a secret. */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_begin(struct ic_mlsgroup *group,
                                                      const struct ic_mls_groupinfo *info,
                                                      struct ic_mls_span tree);
/* The same, without a look at the tree's hashes and leaves; nor is the transcript hash of use. */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_skim(struct ic_mlsgroup *group,
                                                     const struct ic_mls_groupinfo *info,
                                                     struct ic_mls_span tree);
/* Copies a context; nothing of it is verified but its sizes. */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_read_context(struct ic_mlsgroup *group,
                                                             const struct ic_mls_context *context);
/* The commit is of this group and epoch, and signed by the member that it names. */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_verify_framing(const struct ic_mlsgroup *group,
                                                               const struct ic_mls_public *message);
/* The leaf is signed by itself, at this place in this group. */
IC_NODISCARD bool ic_mlsgroup_verify_leaf(const struct ic_mlsgroup *group, uint32_t index,
                                          const struct ic_mls_leaf *leaf);
/* All of the tree: tree hash, parent hashes, leaf signatures. */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_verify_tree(struct ic_mlsgroup *group);
/* Confirmed and interim transcript hash after a commit.
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_mlsgroup_hash_transcript(struct ic_mlsgroup *group,
                                                     const struct ic_mls_framed *content,
                                                     const struct ic_mls_auth *auth);
/* When the proposals of a commit have worked on the tree: path, tree hash, transcript, epoch.
 *  added  leaves that the commit added */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_finish(struct ic_mlsgroup *group,
                                                       const struct ic_mls_public *message,
                                                       const struct ic_mlsset *added);
/* The encoded GroupContext. */
void ic_mlsgroup_write_context(const struct ic_mlsgroup *group, struct ic_wr *w);

/* ---- ours ---- */

IC_NODISCARD bool ic_mlsgroup_has_leaf_form(const struct ic_mls_leaf *leaf);
IC_NODISCARD bool ic_mlsgroup_has_context_form(const struct ic_mlsgroup *group);
/* Form, lifetime, both signatures. *out is written on success alone. */
IC_NODISCARD enum ic_mlsgroup_fault ic_mlsgroup_judge_keypackage(
    const struct ic_mls_keypackage *package, uint64_t now_s, struct ic_mlsgroup_keypackage *out);

#endif
