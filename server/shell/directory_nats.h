/* The directory of several nodes: a bucket of NATS JetStream (key-value). The key of an entry is
 * the meeting's id in hex, its value the entry's 89 bytes, its revision the sequence number in the
 * stream. Reads go to the stream's leader, so that nobody is told what is old.
 *
 * The bucket stands on servers of the configured cluster with the configured tags, or is not used:
 * a bucket that is found elsewhere is refused, not moved. */
#ifndef IC_SHELL_DIRECTORY_NATS_H
#define IC_SHELL_DIRECTORY_NATS_H

#include "shell/bus_nats.h"
#include "shell/config.h"
#include "shell/directory_store.h"

#define IC_DIRECTORY_BUCKET "incamera-directory"

enum ic_directory_nats_state {
    IC_DIRECTORY_NATS_WAITING, /* no server, no leader, or it is being made */
    IC_DIRECTORY_NATS_READY,
    IC_DIRECTORY_NATS_ELSEWHERE, /* it stands where cluster_name or placement_tags do not allow */
    IC_DIRECTORY_NATS_REFUSED,   /* no servers for it with these tags, or no right to use it */
};

/* Begin; a bucket that cannot be used yet is tried again at each pulse, and answers IC_ERR_SYSTEM
 * meanwhile.
 *  bus     kept; outlives the store
 *  config  kept
 *  IC_ERR_SYSTEM  no memory */
IC_NODISCARD enum ic_err ic_directory_nats_open(struct ic_bus *bus, const struct ic_config *config,
                                                struct ic_directory_store *out);
/* From any thread. */
enum ic_directory_nats_state ic_directory_nats_state(const struct ic_directory_store *store);

#endif
