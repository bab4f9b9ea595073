/* The bus between nodes: NATS core messages. Beats go to all, asks to one node, answers back to
 * who asked; what is lost is lost. Nothing of a meeting's content passes here, and nothing that is
 * heard is believed without proof (cluster/lease.h, cluster/policy_filter.h).
 *
 * Threads of the library only copy into the mailbox. A connection that ends is made again for ever;
 * meanwhile what would be sent is dropped and counted, never kept: a late beat proves nothing. */
#ifndef IC_SHELL_BUS_NATS_H
#define IC_SHELL_BUS_NATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster/node_claim.h"
#include "shell/config.h"
#include "shell/mailbox.h"

#define IC_BUS_REPLY_MAX 64 /* subject that an answer goes to, with the terminator */

enum ic_bus_kind {
    IC_BUS_BEAT,   /* a node's beat; ours come back too */
    IC_BUS_ASK,    /* to this node; reply says where the answer goes */
    IC_BUS_ANSWER, /* to our ask of this token, from whoever knew it: no proof of who */
    IC_BUS_UP,     /* connected (again) */
    IC_BUS_DOWN,
};

/* What the mailbox holds. */
struct ic_bus_letter {
    enum ic_bus_kind kind;
    uint64_t token;
    char reply[IC_BUS_REPLY_MAX];
    uint8_t *bytes; /* the reader's, to be freed with free(); NULL when len is 0 */
    size_t len;
};

struct ic_bus_counters {
    _Atomic uint64_t received, sent;
    _Atomic uint64_t disruptions;  /* connected anew, or what is subscribed to may have gaps */
    _Atomic uint64_t dropped_in;   /* the mailbox or the library's queue was full */
    _Atomic uint64_t dropped_out;  /* there was no connection */
    _Atomic uint64_t dropped_form; /* too long, empty, or with a reply that is none */
};

struct ic_bus;

/* Connect, in the background if no server answers yet. Opens the library: nothing of it runs in a
 * process that never calls this.
 *  config   borrows
 *  node     the id of this node, which asks go to
 *  letters  keeps; items are struct ic_bus_letter
 *  why      when NULL is returned: what is wrong with the settings, and the next step */
struct ic_bus *ic_bus_open(const struct ic_config *config,
                           const uint8_t node[static IC_NODE_ID_LEN], struct ic_mailbox *letters,
                           char why[static IC_CONFIG_WHY_MAX]);
/* Ends the connection and waits for the library's threads; then frees what the mailbox holds. */
void ic_bus_close(struct ic_bus *bus);

/* To all nodes.  IC_ERR_SYSTEM: there is no connection; dropped */
IC_NODISCARD enum ic_err ic_bus_beat(struct ic_bus *bus, const uint8_t *bytes, size_t len);
/* To one node; its answer comes with this token, or never. */
IC_NODISCARD enum ic_err ic_bus_ask(struct ic_bus *bus, const uint8_t node[static IC_NODE_ID_LEN],
                                    uint64_t token, const uint8_t *bytes, size_t len);
/* To who asked: reply as it stood in the letter. */
IC_NODISCARD enum ic_err ic_bus_answer(struct ic_bus *bus,
                                       const char reply[static IC_BUS_REPLY_MAX],
                                       const uint8_t *bytes, size_t len);

bool ic_bus_is_up(struct ic_bus *bus);
/* The library gives up for good when servers refuse the credentials twice. */
bool ic_bus_is_closed(struct ic_bus *bus);
/* Begin anew where it has: from the thread that uses ic_bus_connection, every now and then, after
 * it has let go of what it made of the connection. */
void ic_bus_tend(struct ic_bus *bus);
/* From any thread. */
const struct ic_bus_counters *ic_bus_counters(const struct ic_bus *bus);

/* For directory_nats.c: the library's connection, lent until ic_bus_tend or ic_bus_close. */
struct __natsConnection;
struct __natsConnection *ic_bus_connection(struct ic_bus *bus);

#endif
