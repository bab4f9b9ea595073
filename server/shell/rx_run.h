/* One message that the kernel hands over: a datagram, or with UDP_GRO a run of them, of one sender
 * and of one length, of which the last may be shorter. */
#ifndef IC_SHELL_RX_RUN_H
#define IC_SHELL_RX_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define IC_RX_RUN_BYTES   65536                   /* of the longest */
#define IC_RX_RUN_CONTROL CMSG_SPACE(sizeof(int)) /* of what says how long its datagrams are */

struct ic_rx_run {
    uint8_t *bytes; /* of the next datagram; borrowed */
    size_t left, segment;
};

/* How long the datagrams of a run are, if this part of the control data says that: *segment;
 * negative: it makes no sense. */
void ic_rx_run_read(const struct cmsghdr *c, int *segment);
/* A message of len bytes.
 *  flags    as recvmsg has set them
 *  segment  as read; 0: nothing was said
 *  false: where its datagrams begin cannot be said: their length is missing or makes no sense, or
 *         bytes of the run are missing. A lone datagram that the buffer has cut off is opened */
bool ic_rx_run_open(struct ic_rx_run *r, int flags, int segment, uint8_t *bytes, size_t len);
/* The same where the control data says nothing else. */
bool ic_rx_run_open_header(struct ic_rx_run *r, struct msghdr *header, uint8_t *bytes, size_t len);
/* The next datagram, lent from the buffer: the first one, or while `left` is not 0. */
uint8_t *ic_rx_run_next(struct ic_rx_run *r, size_t *len);

#endif
