/* A store of the directory (cluster/directory.h) as the thread that asks it knows it: SQLite for
 * one node, NATS JetStream for several. Both pass one suite
 * (tests/support/directory_conformance.h).
 */
#ifndef IC_SHELL_DIRECTORY_STORE_H
#define IC_SHELL_DIRECTORY_STORE_H

#include <stdbool.h>

#include "cluster/directory.h"

struct ic_directory_store {
    void *context;
    /* Answer, within IC_PLACE_DIRECTORY_MS; the bytes are lent until the next request. One thread
     * asks. */
    struct ic_directory_reply (*run)(void *context, const struct ic_directory_request *request);
    /* When nothing is asked, every IC_DIRECTORY_PULSE_MS, from the same thread; may be NULL. True:
     * the store could not be asked for a while, and can again. */
    bool (*pulse)(void *context);
    void (*close)(void *context);
};

#endif
