#include "shell/command_queue.h"

#include <string.h>

#include "base/pool.h"

/* A command without the transport of a new peer, which makes a whole one large. */
struct ic_late_command {
    enum ic_cmd_kind kind;
    uint64_t peer;
    uint64_t room; /* of a command that names no peer, else 0 */
    bool microphone, camera;
};

enum ic_err ic_command_queue_init(struct ic_command_queue *q, uint32_t capacity, uint32_t late_max)
{
    memset(q, 0, sizeof *q);
    enum ic_err e = ic_mailbox_init(&q->mailbox, sizeof(struct ic_cmd), capacity);
    if (e != IC_OK)
        return e;
    q->late = ic_array_alloc(late_max, sizeof *q->late);
    q->late_max = late_max;
    return q->late == NULL ? IC_ERR_SYSTEM : IC_OK;
}

void ic_command_queue_deinit(struct ic_command_queue *q)
{
    ic_mailbox_deinit(&q->mailbox);
    ic_array_free(q->late);
    q->late = NULL;
    q->late_count = q->late_max = 0;
}

/* The last word about a peer, or about a room, is the one that counts. */
static enum ic_err keep(struct ic_command_queue *q, const struct ic_cmd *cmd)
{
    uint32_t i = 0;
    uint64_t room = cmd->peer == 0 ? cmd->room : 0;
    while (i < q->late_count && (q->late[i].peer != cmd->peer || q->late[i].room != room))
        i++;
    if (i == q->late_max)
        return IC_ERR_FULL;
    q->late[i] = (struct ic_late_command){.kind = cmd->kind,
                                          .peer = cmd->peer,
                                          .room = room,
                                          .microphone = cmd->microphone,
                                          .camera = cmd->camera};
    q->late_count += i == q->late_count;
    return IC_OK;
}

enum ic_err ic_command_queue_put(struct ic_command_queue *q, const struct ic_cmd *cmd)
{
    /* Nothing overtakes what waits: a new peer may need the place of one that goes. */
    if (q->late_count == 0 && ic_mailbox_put(&q->mailbox, cmd) == IC_OK)
        return IC_OK;
    /* A question must not take the place of what a peer is told; it is asked again. What is said of
     * relays waits where it is made (signal/spread.h). */
    bool can_wait = cmd->kind == IC_CMD_PEER_REMOVE || cmd->kind == IC_CMD_PEER_MEDIA ||
                    cmd->kind == IC_CMD_ROOM_KEY_FRAMES || cmd->kind == IC_CMD_SHUTDOWN;
    return can_wait ? keep(q, cmd) : IC_ERR_FULL;
}

bool ic_command_queue_catch_up(struct ic_command_queue *q)
{
    uint32_t done = 0;
    for (; done < q->late_count; done++) {
        const struct ic_late_command *late = &q->late[done];
        struct ic_cmd cmd = {.kind = late->kind,
                             .peer = late->peer,
                             .room = late->room,
                             .microphone = late->microphone,
                             .camera = late->camera};
        if (ic_mailbox_put(&q->mailbox, &cmd) != IC_OK)
            break;
    }
    q->late_count -= done;
    if (done > 0)
        memmove(q->late, &q->late[done], q->late_count * sizeof *q->late);
    return q->late_count == 0;
}
