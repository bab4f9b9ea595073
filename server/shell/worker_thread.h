/* One media worker on its own thread, core and UDP port. */
#ifndef IC_SHELL_WORKER_THREAD_H
#define IC_SHELL_WORKER_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "msg/cmd.h"
#include "msg/evt.h"
#include "sfu/worker.h"
#include "shell/mailbox.h"
#include "shell/udp.h"

/* What a worker puts into the hub's mailbox. */
struct ic_worker_letter {
    uint32_t worker;
    struct ic_evt evt;
};

struct ic_worker_thread;

/* Takes the socket; letters go to the mailbox, which is kept. core < 0: any. rest: the longest that
 * it lets packets come before it reads them (coalesce.h); 0: not. NULL when the system has no
 * memory or thread for it. */
struct ic_worker_thread *ic_worker_thread_start(uint32_t index, int core,
                                                const struct ic_worker_config *config,
                                                struct ic_dur rest, struct ic_udp *udp,
                                                struct ic_mailbox *letters);
/* Say goodbye to every peer and end the thread. */
void ic_worker_thread_stop(struct ic_worker_thread *t);
/* A removal or a change of media waits for room in the worker's mailbox: catch up each turn.
 *  IC_ERR_FULL  say busy */
IC_NODISCARD enum ic_err ic_worker_thread_command(struct ic_worker_thread *t,
                                                  const struct ic_cmd *cmd);
/* Pass on what waits; true when nothing does any more. */
bool ic_worker_thread_catch_up(struct ic_worker_thread *t);

#endif
