/* RTCP from a peer: reports about our slots and of its own streams, NACK and key frame requests. */
#ifndef IC_SFU_RTCP_IN_H
#define IC_SFU_RTCP_IN_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

struct ic_peer;
struct ic_worker;

/* A decrypted compound packet; borrows. What names a stream that is not this peer's is ignored. */
void ic_rtcp_in_input(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                      const uint8_t *bytes, size_t len);

#endif
