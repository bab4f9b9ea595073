/* Relays to other nodes, on the control thread (docs/protocol/cluster.md 5.4): the channels on
 * their sockets (relay_net.h), a bridge for each (cluster/relay_bridge.h), and between them the
 * cluster thread, which decides, the workers and the hub. */
#ifndef IC_SHELL_RELAY_CONTROL_H
#define IC_SHELL_RELAY_CONTROL_H

#include "cluster/relay_bridge.h"
#include "shell/cluster_thread.h"
#include "shell/gate.h"
#include "shell/relay_move.h"
#include "shell/relay_net.h"
#include "signal/spread.h"

struct ic_relay_control_handlers {
    void *context;
    /*  IC_ERR_FULL  the worker's mailbox is: it is said again */
    enum ic_err (*send)(void *context, uint32_t worker, const struct ic_cmd *cmd);
    void (*on_evt)(void *context, const struct ic_evt *evt);
    /* Somebody's media are to go elsewhere. False: not now */
    bool (*on_move)(void *context, uint64_t peer);
    void (*on_receipt)(void *context, const struct ic_receipt_came *came);
};

struct ic_relay_control_config {
    struct ic_loop *loop;
    struct ic_cluster_thread *cluster;
    struct ic_gate *gate;
    struct ic_hub *hub;
    struct ic_spread *spread;
    const struct ic_dtls_credentials *credentials;
    struct ic_addr listen;           /* with the port that is the same at all nodes */
    const struct ic_addr *addresses; /* of the workers' media; copied by bridges, kept */
    uint32_t worker_count, people_max;
    uint8_t node[IC_NODE_ID_LEN];
    const struct ic_log *log;
    struct ic_relay_control_handlers handlers;
    struct ic_relay_signer signer; /* of guests' receipts */
};

struct ic_relay_control;

/* All that config names is kept. The caller takes it. NULL: errno says why it cannot listen, 0: no
 * memory. */
struct ic_relay_control *ic_relay_control_create(const struct ic_relay_control_config *config);
void ic_relay_control_destroy(struct ic_relay_control *r);

/* PEERS and RELAY_… of the cluster thread; what the answer holds is taken. */
void ic_relay_control_input(struct ic_relay_control *r, const struct ic_cluster_answer *answer);
/* A command of the hub. True: it is done with, its person is at another node or could not be. */
bool ic_relay_control_cmd(struct ic_relay_control *r, const struct ic_cmd *cmd);
/* An event of a worker. True: it was of a relay or of a guest. */
bool ic_relay_control_on_evt(struct ic_relay_control *r, const struct ic_evt *evt);
/* People of other nodes' meetings whose media are here. */
uint32_t ic_relay_control_guests(const struct ic_relay_control *r);
/* Each turn of the loop. */
void ic_relay_control_tick(struct ic_relay_control *r);
struct ic_time ic_relay_control_deadline(const struct ic_relay_control *r);

#endif
