/* How packets to one receiver are made equal in length, which the kernel asks of those that it is
 * given as one message (UDP_SEGMENT: all of one length, the last may be shorter). Most of what a
 * small datagram costs is what each message costs. Padding (RFC 3550 5.1) adds 3 % of a receiver's
 * bytes at most, and is only put where it saves a message. */
#ifndef IC_SFU_RUN_PADDING_H
#define IC_SFU_RUN_PADDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

/* Of one receiver. Zeroed: nothing is saved up. */
struct ic_run_padding {
    uint32_t spare; /* hundredths of bytes that may still be added */
};

/* Choose the padding with which packets make the fewest runs.
 *  len  of the packets, in the order in which they go out
 *  pad  result, 0 to 255 bytes each */
void ic_run_padding_choose(struct ic_run_padding *p, const uint16_t *len, uint8_t *pad,
                           size_t count);

#endif
