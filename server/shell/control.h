/* The control thread: web server, hub and the mailboxes of workers and store on one loop. */
#ifndef IC_SHELL_CONTROL_H
#define IC_SHELL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cluster/own_wall.h"
#include "shell/control_socket.h"
#include "shell/gate.h"
#include "shell/log.h"
#include "shell/mailbox.h"
#include "shell/memory.h"
#include "shell/node_papers.h"
#include "shell/receipt_writer.h"
#include "shell/relay_control.h"
#include "shell/store_thread.h"
#include "shell/web_server.h"
#include "shell/worker_thread.h"
#include "signal/hub.h"
#include "signal/spread.h"

#define IC_WORKERS_MAX 64

struct ic_control {
    struct ic_loop loop;
    struct ic_watch signal_watch, letter_watch, reply_watch, answer_watch;
    struct ic_mailbox letters, replies; /* from workers; from the store */
    struct ic_mailbox answers;          /* from the cluster thread */
    struct ic_worker_thread *workers[IC_WORKERS_MAX];
    uint32_t worker_count;
    struct ic_spread *spread; /* taken; between hub and workers */
    struct ic_store_thread *store;
    struct ic_cluster_thread *cluster; /* NULL: this node is alone */
    struct ic_relay_control *relays;   /* taken; NULL: there are no other nodes for it */
    struct ic_web *web;
    struct ic_node_papers *papers; /* kept; shown by the web server */
    struct ic_receipt_writer receipts;
    struct ic_own_wall *wall; /* taken; goes by the papers */
    struct ic_gate *gate;     /* taken; what the hub asks */
    struct ic_time next_date, next_papers;
    struct ic_memory memory;
    uint64_t violations; /* of what always holds; each is logged */
    struct ic_hub *hub;
    struct ic_log log;
    struct ic_dur drain_timeout;
    struct ic_control_socket socket;
    bool is_draining;              /* nobody new; meetings go to other nodes */
    struct ic_time drain_deadline; /* the process ends then; IC_NEVER: it does not */
    bool is_over;
};

/* Loop, mailboxes and signals (SIGINT, SIGTERM, SIGHUP are blocked and read as data). Then the
 * caller starts workers, store, hub and web server with them. */
IC_NODISCARD enum ic_err ic_control_init(struct ic_control *control);
void ic_control_deinit(struct ic_control *control);
/* The handlers for relays to other nodes. */
struct ic_relay_control_handlers ic_control_relay_handlers(struct ic_control *control);
/* Who signs receipts of people whose media this node carries for another one. */
struct ic_relay_signer ic_control_signer(struct ic_control *control);
/* The handlers that the web server calls. */
struct ic_web_handlers ic_control_handlers(struct ic_control *control);
/* Read the papers, at the start, at SIGHUP and when the files have changed, and show clients what
 * is in order. */
void ic_control_load_papers(struct ic_control *control);
/* Listen to the operator's commands, in the data folder. Without it there is only SIGTERM: a
 * warning in the log. */
void ic_control_open_socket(struct ic_control *control, const struct ic_data_dir *data);
/* Run until a signal ends it: the first SIGTERM or SIGINT drains, the second ends at once. */
void ic_control_run(struct ic_control *control);

#endif
