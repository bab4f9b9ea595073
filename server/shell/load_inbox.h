/* Datagrams of one socket after the other, many with one call: recvmmsg, and where it is asked for,
 * runs that the kernel leaves together (UDP_GRO). */
#ifndef IC_SHELL_LOAD_INBOX_H
#define IC_SHELL_LOAD_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ic_load_inbox;

/*  has_runs  the sockets have UDP_GRO
 * NULL: there is no memory. */
struct ic_load_inbox *ic_load_inbox_create(bool has_runs);
void ic_load_inbox_destroy(struct ic_load_inbox *inbox);
/* Read what there is; what was there before is gone. False: nothing. */
bool ic_load_inbox_read(struct ic_load_inbox *inbox, int fd);
/* The next datagram of what was read, lent until the next read, may be changed; false: no more. */
bool ic_load_inbox_next(struct ic_load_inbox *inbox, uint8_t **bytes, size_t *len);
/* The batch was full: there may be more. */
bool ic_load_inbox_is_full(const struct ic_load_inbox *inbox);

#endif
