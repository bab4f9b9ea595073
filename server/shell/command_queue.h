/* Commands of the control thread to one media worker. What nobody may miss is never lost: a
 * removal, a change of media or a demand for key frames that finds the mailbox full waits here,
 * once for each peer or room, and goes in as soon as there is room. Only a new peer is turned away.
 */
#ifndef IC_SHELL_COMMAND_QUEUE_H
#define IC_SHELL_COMMAND_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "msg/cmd.h"
#include "shell/mailbox.h"

struct ic_late_command;

struct ic_command_queue {
    struct ic_mailbox mailbox; /* the worker takes from it */
    /* The control thread's own: what waits for room, the oldest first. */
    struct ic_late_command *late;
    uint32_t late_count, late_max;
};

/* capacity: of the mailbox, a power of two. late_max: peers and rooms that may be waiting at a
 * time. IC_ERR_SYSTEM  no memory or no descriptor */
IC_NODISCARD enum ic_err ic_command_queue_init(struct ic_command_queue *q, uint32_t capacity,
                                               uint32_t late_max);
void ic_command_queue_deinit(struct ic_command_queue *q);
/*  IC_ERR_FULL  a new peer: say busy. Others: more than late_max are waiting */
IC_NODISCARD enum ic_err ic_command_queue_put(struct ic_command_queue *q, const struct ic_cmd *cmd);
/* Pass on what waits; true when nothing does any more. */
bool ic_command_queue_catch_up(struct ic_command_queue *q);

#endif
