/* The certificates of a deployment's nodes, as far as this node could prove them: its own from its
 * papers, others as they answer on the bus. A certificate comes in only if the set in force has it,
 * enough operator keys signed it, and the log has it; where it came from does not matter. */
#ifndef IC_SHELL_NODE_BOOK_H
#define IC_SHELL_NODE_BOOK_H

#include "shell/node_papers.h"

/* Where a node is, by its certificate. */
struct ic_node_blocks {
    size_t count;
    struct ic_node_prefix list[IC_NODE_ADDRESSES_MAX];
};

/* A block of one address, at which a node can be called; NULL: it has none. */
const struct ic_node_prefix *ic_node_blocks_single(const struct ic_node_blocks *blocks);

/* Another node with which media may be relayed, by one of its certificates. */
struct ic_node_peer {
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN];
    char name[IC_NODE_NAME_MAX + 1];
    struct ic_node_blocks blocks;
};

struct ic_node_book {
    struct ic_node_papers papers; /* its own copy: what is proved lives as long as it is used */
    struct ic_node_proved proved; /* valid when is_proved; lent by papers */
    bool is_proved;
    size_t count;
    struct ic_node_claim claims[IC_NODE_CLAIMS_MAX]; /* as ic_node_claims_sort has them */
    struct ic_node_page *pages; /* what else is known, in the order of coming */
    size_t asked_next;
};

/* As ic_node_papers_init.  IC_ERR_SYSTEM: no memory */
IC_NODISCARD enum ic_err ic_node_book_init(struct ic_node_book *b, const struct ic_data_dir *data,
                                           const struct ic_dtls_credentials *credentials,
                                           const struct ic_addr *addresses, size_t address_count);
void ic_node_book_deinit(struct ic_node_book *b);

/* Read the papers. Certificates of others stay if the new set has them and the same keys and the
 * same log policy are in force. Papers that are not in order, or an older set, leave everything as
 * it was: what is in the book ends by its dates.
 *  why  when it did not become anew */
enum ic_node_papers_state ic_node_book_load(struct ic_node_book *b, uint64_t now_s,
                                            char why[static IC_CONFIG_WHY_MAX]);

/* The set has this certificate, the book has it not, and nobody was asked for it in the last
 * second: ask. */
bool ic_node_book_wants(struct ic_node_book *b, struct ic_time now,
                        const uint8_t leaf[static IC_SHA256_LEN]);
/* A certificate and the proof that it is logged, from anywhere: both borrowed.
 *  IC_NODE_GOOD  it is in the book: claims have changed */
enum ic_node_reason ic_node_book_add(struct ic_node_book *b, const struct ic_part *cert,
                                     const struct ic_part *proof, uint64_t now_s);
/* The name of a node, a host, lent until the book changes; NULL: not in the book, or not in force
 * at now_s. */
const char *ic_node_book_name(const struct ic_node_book *b,
                              const uint8_t node[static IC_NODE_ID_LEN], uint64_t now_s);
/* Names of the nodes that people may be sent to, lent until the book changes: each has a
 * certificate in force at now_s with the roles signal and media. Those of this node's country come
 * first; each part goes by name, beginning behind this node's own, so that not everybody names the
 * same ones first. Returns how many; 0 if this node is alone. */
size_t ic_node_book_names(const struct ic_node_book *b, uint64_t now_s,
                          const char *names[static IC_NODES_MAX]);

/* Others that have a certificate in force at now_s with the role relay: each such certificate.
 * Returns how many. */
size_t ic_node_book_peers(const struct ic_node_book *b, uint64_t now_s,
                          struct ic_node_peer out[static IC_NODE_CLAIMS_MAX]);
/* Others can call this node: its certificate in force at now_s has a single address. */
bool ic_node_book_is_called(const struct ic_node_book *b, uint64_t now_s);

#endif
