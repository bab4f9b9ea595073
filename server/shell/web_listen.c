#include "shell/web_listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/web_conn.h"
#include "shell/web_tls.h"

#define BACKLOG          1024
#define ACCEPTS_PER_TURN 64
#define PAUSE_MS         100
/* Bytes that the kernel holds unsent for a slow client: small, so that our own queue limit is what
 * counts. */
#define UNSENT_MAX 131072

static socklen_t to_sockaddr(const struct ic_addr *addr, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (ic_addr_is_v4(addr)) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
        memcpy(&v4.sin_addr, addr->ip + 12, 4);
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    memcpy(&v6.sin6_addr, addr->ip, 16);
    memcpy(out, &v6, sizeof v6);
    return sizeof v6;
}

static struct ic_addr from_sockaddr(const struct sockaddr_storage *from)
{
    struct ic_addr addr = ic_addr_v4(0, 0, 0, 0, 0);
    if (from->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        memcpy(addr.ip + 12, &v4.sin_addr, 4);
        addr.port = ntohs(v4.sin_port);
    } else if (from->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(addr.ip, &v6.sin6_addr, 16);
        addr.port = ntohs(v6.sin6_port);
    }
    return addr;
}

/* The machine is out of descriptors or memory: the listener would stay readable and spin. */
static void pause_listener(struct ic_web_listener *listener)
{
    struct ic_web *web = listener->web;
    ic_loop_change(web->loop, &listener->watch, 0);
    listener->is_paused = true;
    web->resume_at = ic_time_add(web->loop->now, IC_MS(PAUSE_MS));
}

void ic_web_listen_resume(struct ic_web *web)
{
    web->resume_at = IC_NEVER;
    for (size_t i = 0; i < IC_WEB_LISTEN_MAX; i++) {
        struct ic_web_listener *listener = &web->listeners[i];
        if (!listener->is_open || !listener->is_paused)
            continue;
        listener->is_paused = false;
        ic_loop_change(web->loop, &listener->watch, EPOLLIN);
    }
}

static bool is_out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_ready(struct ic_watch *watch, uint32_t events)
{
    struct ic_web_listener *listener = (struct ic_web_listener *)(void *)watch;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage from = {.ss_family = AF_UNSPEC};
        socklen_t from_len = sizeof from;
        int on = 1, unsent = UNSENT_MAX;
        int fd =
            accept4(watch->fd, (struct sockaddr *)&from, &from_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && is_out_of_resources(errno))
            pause_listener(listener);
        if (fd < 0 && errno == ECONNABORTED)
            continue;
        if (fd < 0)
            return;
        /* We write whole messages: waiting for more would only delay them. */
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
        struct ic_addr remote = from_sockaddr(&from);
        ic_web_conn_open(listener->web, fd, &remote);
    }
}

static const char *advice(int error)
{
    if (error == EACCES)
        return "choose a port above 1023 or give the binary CAP_NET_BIND_SERVICE";
    if (error == EADDRINUSE)
        return "another program listens there; stop it or choose another port";
    if (error == EADDRNOTAVAIL)
        return "this machine does not have that address; see `ip addr`";
    return "check the listen setting";
}

/* "Every address" of IPv6 takes IPv4 along, unless the configuration has a socket of its own for
 * that. The kernel's standard is a setting of the machine (bindv6only): we say which we mean. */
static int is_ipv6_only(const struct ic_web_config *config, const struct ic_addr *addr)
{
    static const struct ic_addr any;
    for (size_t i = 0; i < config->listen_count; i++) {
        if (ic_addr_is_v4(&config->listen[i]) && config->listen[i].port == addr->port)
            return 1;
    }
    return memcmp(addr->ip, any.ip, sizeof any.ip) != 0;
}

static int bind_socket(const struct ic_web_config *config, const struct ic_addr *addr)
{
    struct sockaddr_storage to;
    socklen_t to_len = to_sockaddr(addr, &to);
    int on = 1, ipv6_only = is_ipv6_only(config, addr);
    int fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bool is_v6 = to.ss_family == AF_INET6;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (is_v6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &ipv6_only, sizeof ipv6_only) != 0) ||
        bind(fd, (const struct sockaddr *)&to, to_len) != 0 || listen(fd, BACKLOG) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage bound = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof bound;
    if (getsockname(fd, (struct sockaddr *)&bound, &len) != 0)
        return 0;
    return from_sockaddr(&bound).port;
}

enum ic_err ic_web_listen_open(struct ic_web *web, size_t i, const char **why)
{
    struct ic_web_listener *listener = &web->listeners[i];
    const struct ic_addr *addr = &web->config.listen[i];
    int fd = bind_socket(&web->config, addr);
    listener->web = web;
    listener->watch = (struct ic_watch){.fd = fd, .on_ready = on_ready};
    if (fd >= 0 && ic_loop_add(web->loop, &listener->watch, EPOLLIN) == IC_OK) {
        listener->is_open = true;
        listener->port = bound_port(fd);
        return IC_OK;
    }
    int error = errno;
    char text[IC_ADDR_TEXT_MAX];
    ic_addr_text(addr, text);
    if (fd >= 0)
        close(fd);
    *why = ic_web_why("cannot listen on %s%s%s:%u: %s; %s", ic_addr_is_v4(addr) ? "" : "[", text,
                      ic_addr_is_v4(addr) ? "" : "]", addr->port, strerror(error), advice(error));
    return IC_ERR_SYSTEM;
}

void ic_web_listen_close(struct ic_web_listener *listener)
{
    if (!listener->is_open)
        return;
    listener->is_open = false;
    ic_loop_remove(listener->web->loop, &listener->watch);
    close(listener->watch.fd);
}
