/* Channels between this node and others (docs/protocol/cluster.md 5.5), on sockets: one listener,
 * and a call to each node that is wanted. Which nodes there are, at which addresses and with which
 * certificates, is the caller's to prove; whoever shows another certificate than theirs is closed
 * without a word, before anything is said or heard.
 *
 * A node has one channel to another. Of two calls that cross, that of the node whose id is lower
 * stays; any other call of a proved node takes the place of the channel that was there: it would
 * not call if it still had that one.
 *
 * Timers: a handshake has IC_RELAY_SHAKE_MS; a node that is wanted and lost is called again after
 * IC_RELAY_REDIAL_MS; a channel without a meeting, to a node that is not wanted, is closed after
 * IC_RELAY_IDLE_MS; an end that does not acknowledge for IC_RELAY_SILENCE_MS is gone. */
#ifndef IC_SHELL_RELAY_NET_H
#define IC_SHELL_RELAY_NET_H

#include "base/addr.h"
#include "cluster/node_claim.h"
#include "cluster/relay_channel.h"
#include "shell/loop.h"
#include "transport/dtls.h"

/* A certificate in force; a node may have several. */
struct ic_relay_node {
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN];
    struct ic_addr address; /* where its channel is; port 0: nobody knows, it can only call us */
};

struct ic_relay_net_handlers {
    void *context;
    /* The channel to this node, which has shown this, is there: what is to be said may be said. */
    void (*on_up)(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                  const uint8_t fingerprint[static IC_SHA256_LEN]);
    /* What came over it, lent until the handler returns. DEAD is the last of it. */
    void (*on_out)(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                   const struct ic_relay_channel_out *out);
};

struct ic_relay_net_config {
    struct ic_loop *loop;                          /* kept */
    const struct ic_dtls_credentials *credentials; /* of this node's media; kept */
    struct ic_addr listen;                         /* zeros: every address; port 0: any */
    uint8_t node[IC_NODE_ID_LEN];                  /* this one */
    uint32_t worker_count;
    uint64_t seed[2]; /* of tables */
    struct ic_relay_net_handlers handlers;
};

struct ic_relay_net;

/* The caller takes it. NULL: errno says why it cannot listen; 0: no memory, or the library failed.
 */
struct ic_relay_net *ic_relay_net_create(const struct ic_relay_net_config *config);
/* Closes all without telling. */
void ic_relay_net_destroy(struct ic_relay_net *net);
uint16_t ic_relay_net_port(const struct ic_relay_net *net);

/* The nodes that there are from now on, copied; channels to others end. Not from a handler.
 *  count  at most IC_NODE_CLAIMS_MAX (asserted) */
void ic_relay_net_set_nodes(struct ic_relay_net *net, const struct ic_relay_node *nodes,
                            size_t count);
/* Call this node, now and whenever the channel is lost; or not any more.
 *  IC_ERR_GONE  there is no such node, or nobody knows its address
 *  IC_ERR_FULL  IC_RELAY_NODES_MAX */
IC_NODISCARD enum ic_err ic_relay_net_want(struct ic_relay_net *net,
                                           const uint8_t node[static IC_NODE_ID_LEN],
                                           bool is_wanted);
/* The channel, lent until the next turn of the loop; NULL: it is not there. */
struct ic_relay_channel *ic_relay_net_channel(const struct ic_relay_net *net,
                                              const uint8_t node[static IC_NODE_ID_LEN]);

/* Each turn of the loop: send what was said, hear what is due. */
void ic_relay_net_tick(struct ic_relay_net *net);
struct ic_time ic_relay_net_deadline(const struct ic_relay_net *net);

/* For tests and metrics. */
struct ic_relay_net_counts {
    uint32_t links;    /* sockets, proved or not */
    uint32_t channels; /* proved */
    uint64_t refused;  /* whoever showed another certificate, or none, since the start */
};
struct ic_relay_net_counts ic_relay_net_counts(const struct ic_relay_net *net);

#endif
