#include "shell/control_socket.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LOOK_MS    200  /* so often it is looked how far the drain is */
#define REQUEST_MS 2000 /* for the request to come */

static void drop(struct ic_control_asker *a)
{
    ic_loop_remove(a->owner->loop, &a->watch);
    close(a->watch.fd);
    a->watch.fd = -1;
}

/* Only what is news. The end is followed by the end of the socket. */
static void tell(struct ic_control_asker *a)
{
    const struct ic_control_handlers *handlers = &a->owner->handlers;
    struct ic_drain_state state = handlers->state(handlers->context);
    char line[IC_DRAIN_LINE_MAX];
    bool is_over = ic_time_reached(a->until, a->owner->loop->now);
    size_t len = ic_drain_line(&state, &a->request, is_over, line);
    bool is_news = len != a->said_len || memcmp(line, a->said, len) != 0;
    bool is_end = line[0] != IC_DRAIN_GOES_ON;
    bool is_told = !is_news || send(a->watch.fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
    memcpy(a->said, line, len);
    a->said_len = len;
    if (is_end || !is_told)
        drop(a);
}

static void on_request(struct ic_control_asker *a)
{
    const struct ic_control_handlers *handlers = &a->owner->handlers;
    if (ic_drain_request_parse(a->in, a->in_len, &a->request) != IC_OK) {
        drop(a);
        return;
    }
    a->is_asked = true;
    a->until = ic_time_add(a->owner->loop->now, IC_SEC(a->request.seconds));
    handlers->on_drain(handlers->context);
    tell(a);
}

static void on_asker(struct ic_watch *watch, uint32_t events)
{
    struct ic_control_asker *a = ic_watch_owner(watch, offsetof(struct ic_control_asker, watch));
    uint8_t more; /* behind a request nothing comes */
    (void)events;
    ssize_t n = a->is_asked ? recv(watch->fd, &more, 1, 0)
                            : recv(watch->fd, a->in + a->in_len, sizeof a->in - a->in_len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || a->is_asked) {
        drop(a); /* who waited has gone; the drain goes on */
        return;
    }
    a->in_len += (size_t)n;
    if (a->in_len == sizeof a->in)
        on_request(a);
}

static void on_listener(struct ic_watch *watch, uint32_t events)
{
    struct ic_control_socket *s = ic_watch_owner(watch, offsetof(struct ic_control_socket, watch));
    (void)events;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    for (size_t i = 0; i < IC_CONTROL_ASKERS_MAX; i++) {
        struct ic_control_asker *a = &s->askers[i];
        if (a->watch.fd >= 0)
            continue;
        *a = (struct ic_control_asker){.watch = {.fd = fd, .on_ready = on_asker},
                                       .owner = s,
                                       .until = ic_time_add(s->loop->now, IC_MS(REQUEST_MS))};
        if (ic_loop_add(s->loop, &a->watch, EPOLLIN) == IC_OK)
            return;
        a->watch.fd = -1;
        break;
    }
    close(fd); /* as many ask as may */
}

/* ---- life ---- */

/* Nobody else may open it, not even in the moment in which it is made. */
static bool bind_to(int fd, const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    memcpy(name.sun_path, path, strlen(path) + 1);
    if (unlink(path) != 0 && errno != ENOENT)
        return false;
    mode_t mask = umask(0177);
    bool is_bound = bind(fd, (const struct sockaddr *)&name, sizeof name) == 0;
    (void)umask(mask);
    return is_bound && listen(fd, IC_CONTROL_ASKERS_MAX) == 0;
}

enum ic_err ic_control_socket_open(struct ic_control_socket *s, struct ic_loop *loop,
                                   const char *path, const struct ic_control_handlers *handlers)
{
    *s = (struct ic_control_socket){.loop = loop, .handlers = *handlers};
    for (size_t i = 0; i < IC_CONTROL_ASKERS_MAX; i++)
        s->askers[i].watch.fd = -1;
    s->watch = (struct ic_watch){.fd = -1, .on_ready = on_listener};
    size_t len = strlen(path);
    if (len > IC_CONTROL_PATH_MAX)
        return IC_ERR_INPUT;
    memcpy(s->path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return IC_ERR_SYSTEM;
    s->watch.fd = fd;
    if (bind_to(fd, path) && ic_loop_add(loop, &s->watch, EPOLLIN) == IC_OK)
        return IC_OK;
    int error = errno;
    close(fd);
    s->watch.fd = -1;
    errno = error;
    return IC_ERR_SYSTEM;
}

void ic_control_socket_close(struct ic_control_socket *s)
{
    if (s->loop == NULL || s->watch.fd < 0)
        return;
    for (size_t i = 0; i < IC_CONTROL_ASKERS_MAX; i++)
        if (s->askers[i].watch.fd >= 0)
            drop(&s->askers[i]);
    ic_loop_remove(s->loop, &s->watch);
    close(s->watch.fd);
    s->watch.fd = -1;
    (void)unlink(s->path);
}

/* ---- time ---- */

void ic_control_socket_tick(struct ic_control_socket *s)
{
    for (size_t i = 0; i < IC_CONTROL_ASKERS_MAX; i++) {
        struct ic_control_asker *a = &s->askers[i];
        if (a->watch.fd < 0)
            continue;
        if (a->is_asked)
            tell(a);
        else if (ic_time_reached(a->until, s->loop->now))
            drop(a);
    }
}

struct ic_time ic_control_socket_deadline(const struct ic_control_socket *s)
{
    struct ic_time next = IC_NEVER;
    for (size_t i = 0; i < IC_CONTROL_ASKERS_MAX; i++) {
        const struct ic_control_asker *a = &s->askers[i];
        if (s->loop == NULL || a->watch.fd < 0)
            continue;
        struct ic_time look = ic_time_add(s->loop->now, IC_MS(LOOK_MS));
        next = ic_time_min(next, a->is_asked ? ic_time_min(look, a->until) : a->until);
    }
    return next;
}
