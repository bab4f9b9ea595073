/* The store thread: requests in, replies out, one writer on the database. */
#ifndef IC_SHELL_STORE_THREAD_H
#define IC_SHELL_STORE_THREAD_H

#include "base/err.h"
#include "shell/mailbox.h"
#include "shell/store_sqlite.h"

struct ic_store_thread;

/* Takes the store; replies (struct ic_store_reply) go to the mailbox, which is kept;
 * their parts are the reader's, to be freed with free(). NULL when the
 * system has no thread for it. */
struct ic_store_thread *ic_store_thread_start(struct ic_store *store, struct ic_mailbox *replies);
/* Finish what was asked, close the store. */
void ic_store_thread_stop(struct ic_store_thread *t);
/* The request and its parts are copied.
 *  IC_ERR_FULL  say busy */
IC_NODISCARD enum ic_err ic_store_thread_ask(struct ic_store_thread *t,
                                             const struct ic_store_request *request);

#endif
