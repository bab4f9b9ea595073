/* A socket in the data folder, by which the operator's commands reach the running node: `incamera
 * drain`. Whoever may open it is this node's user or root. Nothing of it comes over a network: a
 * bus that could command nodes could empty them all (docs/decisions/0010-a-drain-is-local.md). */
#ifndef IC_SHELL_CONTROL_SOCKET_H
#define IC_SHELL_CONTROL_SOCKET_H

#include "shell/drain.h"
#include "shell/loop.h"

#define IC_CONTROL_SOCKET     "control.sock" /* in the data folder */
#define IC_CONTROL_ASKERS_MAX 4
#define IC_CONTROL_PATH_MAX   107 /* bytes, of Linux */

struct ic_control_handlers {
    /* Begin to drain, if that is not so yet. */
    void (*on_drain)(void *context);
    struct ic_drain_state (*state)(void *context);
    void *context; /* kept */
};

/* Somebody who waits. */
struct ic_control_asker {
    struct ic_watch watch; /* fd -1: free */
    struct ic_control_socket *owner;
    uint8_t in[IC_DRAIN_REQUEST_LEN];
    size_t in_len;
    bool is_asked;
    struct ic_drain_request request;
    struct ic_time until; /* of the request; or for it to come */
    char said[IC_DRAIN_LINE_MAX];
    size_t said_len;
};

struct ic_control_socket {
    struct ic_watch watch; /* fd -1: closed */
    struct ic_loop *loop;
    struct ic_control_handlers handlers;
    char path[IC_CONTROL_PATH_MAX + 1];
    struct ic_control_asker askers[IC_CONTROL_ASKERS_MAX];
};

/* Listen at this path, mode 0600; what is left there by a server that is gone is replaced. All kept
 * until _close.
 *  IC_ERR_INPUT   the path is longer than a socket's name may be
 *  IC_ERR_SYSTEM  errno says why */
IC_NODISCARD enum ic_err ic_control_socket_open(struct ic_control_socket *s, struct ic_loop *loop,
                                                const char *path,
                                                const struct ic_control_handlers *handlers);
void ic_control_socket_close(struct ic_control_socket *s);
/* Say what has changed, and what is over. */
void ic_control_socket_tick(struct ic_control_socket *s);
struct ic_time ic_control_socket_deadline(const struct ic_control_socket *s);

#endif
