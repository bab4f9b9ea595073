/* A store of the directory (cluster/directory.h) as the thread that asks it knows it: SQLite for
 * one node, NATS JetStream for several. Both pass one suite
 * (tests/support/directory_conformance.h).
 */
#ifndef IC_SHELL_DIRECTORY_STORE_H
#define IC_SHELL_DIRECTORY_STORE_H

#include "cluster/directory.h"

/* Called from any thread, the library's too: copy and return. */
struct ic_directory_watch {
    void *context;
    /* An entry was set, as stored: borrowed. */
    void (*on_change)(void *context, const uint8_t *bytes, size_t len);
    /* Changes may have been missed: whoever cares about a meeting asks for its entry again. */
    void (*on_missed)(void *context);
};

struct ic_directory_store {
    void *context;
    /* Answer, within IC_PLACE_DIRECTORY_MS; the bytes are lent until the next request. One thread
     * asks. */
    struct ic_directory_reply (*run)(void *context, const struct ic_directory_request *request);
    /* When nothing is asked, every IC_DIRECTORY_PULSE_MS, from the same thread; may be NULL. */
    void (*pulse)(void *context);
    void (*close)(void *context);
};

#endif
