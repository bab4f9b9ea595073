/* Where datagrams are made: takes the queue's entries receiver by receiver, encrypts each from the
 * shared packet straight into place (the one copy), and lends the result to the shell. The media of
 * one receiver lies in one piece, datagram behind datagram: the seam for GSO. */
#ifndef IC_SFU_STAGING_H
#define IC_SFU_STAGING_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/pool.h"
#include "base/time.h"
#include "sfu/tx_queue.h"
#include "sfu/worker.h"
#include "transport/srtp.h"

struct ic_staging {
    uint8_t *bytes;
    uint32_t job_count, lent_count;
    struct ic_srtp_job jobs[IC_TX_BATCH_MAX];
    uint32_t job_dgram[IC_TX_BATCH_MAX];    /* which datagram a job makes */
    uint32_t job_receiver[IC_TX_BATCH_MAX]; /* index of the peer that it is for */
    struct ic_ref job_packet[IC_TX_BATCH_MAX];
    struct ic_ref lent[IC_TX_BATCH_MAX]; /* packets whose bytes the shell sends */
};

/*  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_staging_init(struct ic_staging *s);
/* Takes back what is lent. */
void ic_staging_deinit(struct ic_staging *s, struct ic_packet_pool *packets);
/* Make up to cap datagrams. What was lent before is taken back. */
size_t ic_staging_fill(struct ic_worker *w, struct ic_dgram *out, size_t cap);

#endif
