/* The thread that asks the store of the directory, which may let one wait: requests in, replies
 * out, as letters of fixed size. */
#ifndef IC_SHELL_DIRECTORY_THREAD_H
#define IC_SHELL_DIRECTORY_THREAD_H

#include "shell/directory_store.h"
#include "shell/mailbox.h"

enum ic_directory_letter_kind {
    IC_DIRECTORY_REPLY,
    IC_DIRECTORY_MISSED, /* the store could not be asked for a while: ask again for what matters */
};

struct ic_directory_letter {
    enum ic_directory_letter_kind kind;
    struct ic_directory_reply reply;           /* its bytes are not used: they are here */
    uint8_t bytes[IC_DIRECTORY_ENTRY_LEN + 1]; /* of a longer value its beginning: malformed too */
    size_t len;
};

struct ic_directory_thread;

/* Takes the store.
 *  letters  of struct ic_directory_letter; kept
 *  NULL     the system has no thread for it; the store is closed */
struct ic_directory_thread *ic_directory_thread_start(const struct ic_directory_store *store,
                                                      struct ic_mailbox *letters);
/* Answer nobody any more; close the store. */
void ic_directory_thread_stop(struct ic_directory_thread *t);
/* A request that waits for longer than IC_PLACE_DIRECTORY_MS is answered IC_ERR_SYSTEM unasked:
 * whoever asked has given up. IC_ERR_FULL  say busy */
IC_NODISCARD enum ic_err ic_directory_thread_ask(struct ic_directory_thread *t,
                                                 const struct ic_directory_request *request);

#endif
