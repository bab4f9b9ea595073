/* The UDP socket of one media worker: recvmmsg, where datagrams of one length from one sender may
 * be one message (UDP_GRO), and sendmmsg of what the worker gathered, in which datagrams of one
 * length to one receiver are one message that the kernel cuts (UDP_SEGMENT). One dual-stack socket;
 * the local address of each datagram is kept, so that answers leave from the address that was asked
 * (several interfaces, containers). */
#ifndef IC_SHELL_UDP_H
#define IC_SHELL_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"
#include "sfu/worker.h"

struct ic_udp;

struct ic_udp_counts {
    uint64_t arrived;   /* messages from the kernel, and ... */
    uint64_t received;  /* ... the datagrams in them that the worker was given */
    uint64_t refused;   /* messages of which it cannot be said what is in them */
    uint64_t datagrams; /* to be sent */
    uint64_t messages;  /* with which the kernel was given them */
    uint64_t calls;     /* of the system, to send */
};

/* Bind to addr (all zero: every address of both families) and port addr->port. NULL on failure,
 * errno says why. */
struct ic_udp *ic_udp_create(const struct ic_addr *addr);
void ic_udp_destroy(struct ic_udp *udp);
int ic_udp_fd(const struct ic_udp *udp);
uint16_t ic_udp_port(const struct ic_udp *udp);
/* Give the worker what came, at most IC_RX_BATCH_MAX datagrams. False: there is no more. */
bool ic_udp_receive(struct ic_udp *udp, struct ic_worker *worker, struct ic_time now);
/* Send these, which the caller lends: at most IC_TX_BATCH_MAX, those of one receiver side by side.
 * What the kernel refuses is lost, as on any network. */
void ic_udp_send(struct ic_udp *udp, const struct ic_dgram *dgrams, size_t count);
/* Send all that the worker gathered. What the kernel refuses is lost, as on any network. */
void ic_udp_flush(struct ic_udp *udp, struct ic_worker *worker);
/* In the thread that sends. */
struct ic_udp_counts ic_udp_counts(const struct ic_udp *udp);

#endif
