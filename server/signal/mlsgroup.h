/* The public side of one MLS group, as everybody but its members sees it: who is in it, and whether
 * a commit is one that the members will accept (docs/protocol/encryption.md 2, RFC 9420 12.4).
 *
 * Kept: the GroupContext, the interim transcript hash and the public tree. No secret is needed or
 * known. What only a member can check, and is not checked here: membership_tag, confirmation_tag,
 * the encryption of path secrets and of Welcomes. So a member can still send a commit that the
 * others refuse; they say so (e2ee.md), and nobody else can.
 *
 * A commit is checked into a second group, which the caller keeps aside until the commit is
 * durable, and which then takes the place of the first: ic_mlsgroup_check, store, swap. */
#ifndef IC_SIGNAL_MLSGROUP_H
#define IC_SIGNAL_MLSGROUP_H

#include "signal/mlstree.h"
#include "wire/mls_message.h"
#include "wire/mls_welcome.h"

#define IC_MLSGROUP_ID_LEN         32
#define IC_MLSGROUP_REFERENCE_LEN  IC_SHA256_LEN
#define IC_MLSGROUP_CREDENTIAL_LEN 16
#define IC_MLSGROUP_IDENTITY_LEN   IC_SHA256_LEN

/* Large (about 200 KB): the caller allocates. Copied by assignment. */
struct ic_mlsgroup {
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint16_t suite;
    uint64_t epoch;
    uint8_t id_len, confirmed_len; /* a confirmed transcript hash is empty in epoch 0 */
    uint8_t id[IC_MLS_GROUP_ID_MAX];
    uint8_t tree_hash[IC_SHA256_LEN], confirmed[IC_SHA256_LEN], interim[IC_SHA256_LEN];
    uint16_t extensions_len;
    uint8_t extensions[IC_MLS_CONTEXT_MAX];
    struct ic_mlstree tree;
};

/* Why something was refused. Each goes with one ic_err. */
enum ic_mlsgroup_fault {
    IC_MLSGROUP_FINE = 0,
    IC_MLSGROUP_MALFORMED,  /* INPUT: not an MLSMessage of this kind, lengths of the suite */
    IC_MLSGROUP_NO_COMMIT,  /* INPUT: encrypted, a proposal, an application message */
    IC_MLSGROUP_OTHER,      /* INPUT: another group, another suite or version */
    IC_MLSGROUP_EPOCH,      /* STATE: of another epoch than the present one */
    IC_MLSGROUP_SENDER,     /* GONE: not from a member */
    IC_MLSGROUP_SIGNATURE,  /* AUTH: of the commit or of the GroupInfo */
    IC_MLSGROUP_PROPOSAL,   /* INPUT: of a kind, in an order or with a target that is not allowed */
    IC_MLSGROUP_PSK,        /* INPUT: missing, surplus, or of another form */
    IC_MLSGROUP_KEYPACKAGE, /* INPUT: not of the form of encryption.md 2, or badly signed */
    IC_MLSGROUP_LIFETIME,   /* INPUT: KeyPackage too long, over, or not yet valid */
    IC_MLSGROUP_KEYS,       /* INPUT: an Add with a key or credential that is there already */
    IC_MLSGROUP_PATH,       /* INPUT: missing, or unsound */
    IC_MLSGROUP_LEAF,       /* INPUT: the path's leaf changed what it must keep, or bad signature */
    IC_MLSGROUP_CONTEXT,    /* INPUT: GroupContext or tree not of the form of encryption.md 2 */
    IC_MLSGROUP_FULL,       /* FULL: a bound of limits.h */
    IC_MLSGROUP_SYSTEM,     /* SYSTEM: the crypto library failed */
};

/* A KeyPackage that may be added. */
struct ic_mlsgroup_keypackage {
    uint8_t reference[IC_MLSGROUP_REFERENCE_LEN]; /* KeyPackageRef: finds the knock */
    uint8_t identity[IC_MLSGROUP_IDENTITY_LEN];   /* SHA-256 of the sealed identity */
    uint8_t signature_key[IC_MLSTREE_KEY_LEN];
    uint8_t init_key[IC_MLSTREE_KEY_LEN];
};

struct ic_mlsgroup_added {
    uint32_t leaf;
    struct ic_mlsgroup_keypackage keypackage;
};

/* What a commit does. */
struct ic_mlsgroup_change {
    uint64_t epoch; /* that it begins */
    uint32_t committer;
    uint32_t removed_count, added_count;
    uint32_t removed[IC_MLS_LEAVES_MAX];
    struct ic_mlsgroup_added added[IC_MLS_ADDS_MAX]; /* in the order of the Adds */
    bool has_path;
    bool has_psk; /* exactly when something is added */
    uint32_t psk_generation;
    struct ic_mls_span authenticated_data; /* CommitData; lent from the message */
};

/* Check an MLSMessage with a KeyPackage: form of encryption.md 2, lifetime, signatures.
 *  bytes  borrows
 *  now_s  seconds since 1970
 *  out    written on success alone
 *  IC_ERR_INPUT, IC_ERR_FULL, IC_ERR_SYSTEM  *fault says why */
IC_NODISCARD enum ic_err ic_mlsgroup_check_keypackage(const uint8_t *bytes, size_t len,
                                                      uint64_t now_s,
                                                      struct ic_mlsgroup_keypackage *out,
                                                      enum ic_mlsgroup_fault *fault);

/* Begin with an MLSMessage with a GroupInfo: epoch 0, ratchet_tree with one leaf, context of the
 * form of encryption.md 2, lifetime is not looked at; tree hash and signatures are checked. Whether
 * the policy is that of the meeting is the caller's: ic_mlsgroup_policy.
 *  meeting  copies; for the PSK ids of later commits
 *  bytes    borrows
 *  On failure what the group holds must not be used.
 *  IC_ERR_INPUT, IC_ERR_AUTH, IC_ERR_FULL, IC_ERR_SYSTEM  *fault says why */
IC_NODISCARD enum ic_err ic_mlsgroup_create(struct ic_mlsgroup *group,
                                            const uint8_t meeting[static IC_MEETING_ID_LEN],
                                            const uint8_t *bytes, size_t len,
                                            enum ic_mlsgroup_fault *fault);

/* Go on with a group that another server had: an MLSMessage with a GroupInfo of any epoch that has
 * exactly the extension ratchet_tree, context and leaves of the form of encryption.md 2. All is
 * verified that can be without a secret: tree hash, parent hashes, each leaf with its signature,
 * that no key is there twice. Arguments and errors as above.
 * Cost: one signature for each member. */
IC_NODISCARD enum ic_err ic_mlsgroup_restore(struct ic_mlsgroup *group,
                                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                                             const uint8_t *bytes, size_t len,
                                             enum ic_mlsgroup_fault *fault);
/* Look at such a GroupInfo: form, and the signature by its signer, nothing else. The group must not
 * be used as one: it says what is claimed.
 *  signer  set on success; its leaf is there and has the form of ours
 *  IC_ERR_INPUT, IC_ERR_AUTH, IC_ERR_FULL, IC_ERR_SYSTEM */
IC_NODISCARD enum ic_err ic_mlsgroup_peek(struct ic_mlsgroup *group,
                                          const uint8_t meeting[static IC_MEETING_ID_LEN],
                                          struct ic_mls_span group_info, uint32_t *signer);

/* Check an MLSMessage that should be a commit of the present epoch, and work out what the group is
 * after it. Whether the committer may do this is the caller's.
 *  bytes   borrows; lent on in *change
 *  now_s   seconds since 1970, for the lifetime of what is added
 *  next    another group; on success the state after the commit, else must not be used
 *  change  written on success alone
 *  IC_ERR_STATE, IC_ERR_GONE, IC_ERR_INPUT, IC_ERR_AUTH, IC_ERR_FULL, IC_ERR_SYSTEM
 *          refused; group unchanged, *fault says why
 * Cost: a copy of the group, a signature for the commit, one or two for each Add, hashes. */
IC_NODISCARD enum ic_err ic_mlsgroup_check(const struct ic_mlsgroup *group, const uint8_t *bytes,
                                           size_t len, uint64_t now_s, struct ic_mlsgroup *next,
                                           struct ic_mlsgroup_change *change,
                                           enum ic_mlsgroup_fault *fault);

/* Check that an MLSMessage is a Welcome for exactly those that a commit adds: one secret for each.
 *  bytes  borrows; lent on in *out. Then split it with ic_mls_welcome_write_one.
 *  IC_ERR_INPUT  it is not */
IC_NODISCARD enum ic_err ic_mlsgroup_check_welcome(const struct ic_mlsgroup_change *change,
                                                   const uint8_t *bytes, size_t len,
                                                   struct ic_mls_welcome *out);

/* The whole public state, at most IC_MLS_TREE_MAX bytes, for a store. */
void ic_mlsgroup_save(const struct ic_mlsgroup *group, struct ic_wr *w);
/* Read it back and verify it anew: tree hash, parent hashes, each leaf with its signature. On
 * failure what the group holds must not be used. Cost: one signature for each member.
 *  IC_ERR_INPUT, IC_ERR_AUTH, IC_ERR_FULL, IC_ERR_SYSTEM */
IC_NODISCARD enum ic_err ic_mlsgroup_load(struct ic_mlsgroup *group, const uint8_t *bytes,
                                          size_t len);

/* The encoded ratchet_tree, what newcomers fetch by its SHA-256. */
void ic_mlsgroup_write_tree(const struct ic_mlsgroup *group, struct ic_wr *w);
/* The encoded policy in the GroupContext, lent. */
struct ic_mls_span ic_mlsgroup_policy(const struct ic_mlsgroup *group);

/* What is in a leaf, lent from the group; NULL when nobody is there. */
const uint8_t *ic_mlsgroup_signature_key(const struct ic_mlsgroup *group, uint32_t leaf);
const uint8_t *ic_mlsgroup_identity(const struct ic_mlsgroup *group, uint32_t leaf);
const uint8_t *ic_mlsgroup_credential(const struct ic_mlsgroup *group, uint32_t leaf);
/* The leaf with this signature key; false when there is none. */
bool ic_mlsgroup_find(const struct ic_mlsgroup *group, const uint8_t *signature_key,
                      uint32_t *leaf);

#endif
