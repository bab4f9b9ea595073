#include "shell/relay_net.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "shell/relay_tls.h"

#define LINKS_MAX        (2 * IC_RELAY_NODES_MAX + IC_RELAY_STRANGERS_MAX)
#define BACKLOG          64
#define ACCEPTS_PER_TURN 16
#define READ_BYTES       16384 /* a record of TLS */
#define READS_PER_TURN   16
/* Probes of TCP on a connection that says nothing: after so long, so often. */
#define PROBE_S 3

enum stage {
    FREE,
    CALLING, /* TCP */
    SHAKING, /* TLS */
    UP,      /* proved: the channel is there */
};

struct link {
    struct ic_watch watch; /* first: its owner */
    struct ic_relay_net *net;
    enum stage stage;
    bool is_caller;
    bool is_waiting_out, has_more; /* to be written: the kernel is full; to be read: not all was */
    struct ic_web_channel io;
    struct ic_time since, until; /* of this stage; of a handshake */
    struct ic_time active_at;    /* UP: something was heard or said */
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN];
    struct ic_relay_channel *channel; /* UP */
};

struct wish {
    bool is_used;
    uint8_t node[IC_NODE_ID_LEN];
    struct ic_time call_at;
};

struct ic_relay_net {
    struct ic_watch watch; /* first: of the listener */
    struct ic_relay_net_config config;
    struct ssl_ctx_st *caller, *callee;
    size_t node_count;
    struct ic_relay_node nodes[IC_NODE_CLAIMS_MAX];
    struct wish wishes[IC_RELAY_NODES_MAX];
    struct link links[LINKS_MAX];
    uint64_t refused;
    uint16_t port;
    uint8_t bytes[READ_BYTES];
};

/* ---- sockets ---- */

static struct sockaddr_in6 to_sockaddr(const struct ic_addr *addr)
{
    struct sockaddr_in6 s = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    memcpy(s.sin6_addr.s6_addr, addr->ip, sizeof addr->ip);
    return s;
}

/* One socket for both families: IPv4 is ::ffff:a.b.c.d, as in ic_addr. */
static int open_socket(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), off = 0;
    if (fd >= 0 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* An end that is gone without a word is noticed: the kernel asks, and gives up what is not
 * acknowledged. */
static void set_options(int fd)
{
    int on = 1, probe_s = PROBE_S, silence_ms = IC_RELAY_SILENCE_MS;
    int probes = IC_RELAY_SILENCE_MS / 1000 / PROBE_S;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &probe_s, sizeof probe_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe_s, sizeof probe_s);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof silence_ms);
}

/* ---- links ---- */

static void watch_for(struct link *l, bool is_out)
{
    if (l->is_waiting_out != is_out)
        ic_loop_change(l->net->config.loop, &l->watch, EPOLLIN | (is_out ? EPOLLOUT : 0));
    l->is_waiting_out = is_out;
}

/* What the channel says until it says nothing any more. Handlers begin and end no link. */
static void drain(struct link *l)
{
    const struct ic_relay_net_handlers *h = &l->net->config.handlers;
    struct ic_relay_channel_out out;
    while (ic_relay_channel_poll(l->channel, &out))
        h->on_out(h->context, l->node, &out);
}

/* Without a word: whoever is there sees the end of the connection. */
static void close_link(struct link *l)
{
    ic_loop_remove(l->net->config.loop, &l->watch);
    ic_web_io_close(&l->io);
    l->stage = FREE;
    if (l->channel == NULL)
        return;
    ic_relay_channel_end(l->channel);
    drain(l);
    ic_relay_channel_destroy(l->channel);
    l->channel = NULL;
}

static struct link *find_link(struct ic_relay_net *net, const uint8_t *node, enum stage stage)
{
    for (size_t i = 0; i < LINKS_MAX; i++) {
        struct link *l = &net->links[i];
        if (l->stage == stage && (stage == UP || l->is_caller) &&
            memcmp(l->node, node, IC_NODE_ID_LEN) == 0)
            return l;
    }
    return NULL;
}

static bool is_stranger(const struct link *l)
{
    return l->stage == SHAKING && !l->is_caller;
}

/* For somebody who calls: the one who has been a stranger for longest makes room. */
static struct link *link_for_stranger(struct ic_relay_net *net)
{
    struct link *free_link = NULL, *oldest = NULL;
    size_t strangers = 0;
    for (size_t i = 0; i < LINKS_MAX; i++) {
        struct link *l = &net->links[i];
        if (l->stage == FREE)
            free_link = l;
        if (!is_stranger(l))
            continue;
        strangers++;
        if (oldest == NULL || ic_time_before(l->since, oldest->since))
            oldest = l;
    }
    if (strangers < IC_RELAY_STRANGERS_MAX)
        return free_link;
    close_link(oldest);
    return oldest;
}

static void on_link(struct ic_watch *watch, uint32_t events);

/* Takes fd. */
static struct link *open_link(struct ic_relay_net *net, struct link *l, int fd, bool is_caller)
{
    struct ic_time now = net->config.loop->now;
    *l = (struct link){.net = net,
                       .watch = {.fd = fd, .on_ready = on_link},
                       .io = {.fd = fd},
                       .stage = is_caller ? CALLING : SHAKING,
                       .is_caller = is_caller,
                       .is_waiting_out = is_caller,
                       .since = now,
                       .until = ic_time_add(now, IC_MS(IC_RELAY_SHAKE_MS))};
    set_options(fd);
    if (ic_loop_add(net->config.loop, &l->watch, is_caller ? EPOLLOUT : EPOLLIN) != IC_OK) {
        close(fd);
        l->stage = FREE;
        return NULL;
    }
    if (ic_relay_tls_start(&l->io, is_caller ? net->caller : net->callee, is_caller) == IC_OK)
        return l;
    close_link(l);
    return NULL;
}

/* ---- who it is ---- */

/* Every certificate is compared, whichever it is. node: NULL, any but this one. */
static const struct ic_relay_node *find_node(const struct ic_relay_net *net, const uint8_t *node,
                                             const uint8_t *fingerprint)
{
    const struct ic_relay_node *found = NULL;
    for (size_t i = 0; i < net->node_count; i++) {
        const struct ic_relay_node *n = &net->nodes[i];
        bool is_own = memcmp(n->node, net->config.node, IC_NODE_ID_LEN) == 0;
        bool may_be = !is_own && (node == NULL || memcmp(n->node, node, IC_NODE_ID_LEN) == 0);
        bool is_key = ic_ct_equal(n->fingerprint, fingerprint, IC_SHA256_LEN);
        if (may_be && is_key)
            found = n;
    }
    return found;
}

static bool has_lower_id(const struct ic_relay_net *net, const uint8_t *node)
{
    return memcmp(net->config.node, node, IC_NODE_ID_LEN) < 0;
}

/* Two calls that cross: both ends keep that of the lower id. What is there already and is not of
 * this moment has been given up by the other end. */
static bool make_way(struct ic_relay_net *net, const struct link *l)
{
    struct ic_time now = net->config.loop->now;
    struct link *other = find_link(net, l->node, UP);
    bool is_own_lower = has_lower_id(net, l->node);
    if (other != NULL) {
        bool is_recent = ic_time_before(now, ic_time_add(other->since, IC_MS(IC_RELAY_SHAKE_MS)));
        if (is_recent && other->is_caller != l->is_caller && other->is_caller == is_own_lower)
            return false;
        close_link(other);
    }
    for (enum stage s = CALLING; s <= SHAKING; s++) {
        struct link *call = find_link(net, l->node, s);
        if (call == NULL || call == l)
            continue;
        if (is_own_lower)
            return false;
        close_link(call);
    }
    return true;
}

static uint32_t count_links(const struct ic_relay_net *net, enum stage stage)
{
    uint32_t count = 0;
    for (size_t i = 0; i < LINKS_MAX; i++)
        count += net->links[i].stage == stage;
    return count;
}

/* The handshake is complete: the channel is there, or false. */
static bool prove(struct link *l)
{
    struct ic_relay_net *net = l->net;
    const struct ic_relay_node *n = NULL;
    if (ic_relay_tls_peer(&l->io, l->fingerprint))
        n = find_node(net, l->is_caller ? l->node : NULL, l->fingerprint);
    if (n == NULL) {
        net->refused++;
        return false;
    }
    memcpy(l->node, n->node, sizeof l->node);
    if (!make_way(net, l) || count_links(net, UP) == IC_RELAY_NODES_MAX)
        return false;
    struct ic_relay_channel_config config = {.has_lower_id = has_lower_id(net, l->node),
                                             .worker_count = net->config.worker_count};
    memcpy(config.seed, net->config.seed, sizeof config.seed);
    l->channel = ic_relay_channel_create(&config);
    if (l->channel == NULL)
        return false;
    l->stage = UP;
    l->since = l->active_at = net->config.loop->now;
    l->until = IC_NEVER;
    watch_for(l, false);
    net->config.handlers.on_up(net->config.handlers.context, l->node, l->fingerprint);
    drain(l);
    return true;
}

/* ---- bytes; each returns false when the link has to end ---- */

static bool shake(struct link *l)
{
    enum ic_web_io result = ic_relay_tls_shake(&l->io);
    if (result == IC_WEB_IO_AGAIN)
        watch_for(l, l->io.read_wants_write);
    return result == IC_WEB_IO_DONE ? prove(l) : result == IC_WEB_IO_AGAIN;
}

static bool on_called(struct link *l)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(l->io.fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
        return false;
    l->stage = SHAKING;
    return shake(l);
}

static void hear(struct link *l, const uint8_t *bytes, size_t len)
{
    l->active_at = l->net->config.loop->now;
    while (len > 0) {
        size_t taken = ic_relay_channel_input(l->channel, bytes, len);
        bytes += taken;
        len -= taken;
        drain(l);
    }
}

static bool receive(struct link *l)
{
    struct ic_relay_net *net = l->net;
    l->has_more = false;
    for (int i = 0; i < READS_PER_TURN; i++) {
        size_t len;
        enum ic_web_io result = ic_web_io_read(&l->io, net->bytes, sizeof net->bytes, &len);
        if (result != IC_WEB_IO_DONE)
            return result == IC_WEB_IO_AGAIN;
        hear(l, net->bytes, len);
    }
    l->has_more = true; /* perhaps in the library, where no event tells of it */
    return true;
}

static bool send_all(struct link *l)
{
    for (;;) {
        size_t len, sent;
        const uint8_t *bytes = ic_relay_channel_bytes(l->channel, &len);
        if (len == 0)
            break;
        enum ic_web_io result = ic_web_io_write(&l->io, bytes, len, &sent);
        if (result == IC_WEB_IO_AGAIN) {
            watch_for(l, !l->io.write_wants_read);
            return true;
        }
        if (result != IC_WEB_IO_DONE)
            return false;
        l->active_at = l->net->config.loop->now;
        ic_relay_channel_sent(l->channel, sent);
    }
    watch_for(l, false);
    return true;
}

static void on_link(struct ic_watch *watch, uint32_t events)
{
    struct link *l = (struct link *)(void *)watch;
    bool is_good = true;
    (void)events;
    if (l->stage == CALLING)
        is_good = on_called(l);
    else if (l->stage == SHAKING)
        is_good = shake(l);
    if (is_good && l->stage == UP)
        is_good = receive(l);
    if (!is_good)
        close_link(l);
}

/* ---- the listener, and calls ---- */

static void on_listener(struct ic_watch *watch, uint32_t events)
{
    struct ic_relay_net *net = (struct ic_relay_net *)(void *)watch;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        struct link *l = link_for_stranger(net);
        if (l == NULL)
            close(fd);
        else
            (void)open_link(net, l, fd, false);
    }
}

/* From the address at which this node listens: there it is what its certificate says. */
static int connect_to(const struct ic_relay_net *net, const struct ic_addr *addr)
{
    struct ic_addr from = net->config.listen;
    from.port = 0;
    struct sockaddr_in6 own = to_sockaddr(&from), to = to_sockaddr(addr);
    int fd = open_socket();
    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) == 0 &&
        (connect(fd, (const struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS))
        return fd;
    close(fd);
    return -1;
}

static const struct ic_relay_node *reachable(const struct ic_relay_net *net, const uint8_t *node)
{
    for (size_t i = 0; i < net->node_count; i++)
        if (net->nodes[i].address.port != 0 &&
            memcmp(net->nodes[i].node, node, IC_NODE_ID_LEN) == 0)
            return &net->nodes[i];
    return NULL;
}

static struct link *free_link(struct ic_relay_net *net)
{
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (net->links[i].stage == FREE)
            return &net->links[i];
    return NULL;
}

static bool is_linked(struct ic_relay_net *net, const uint8_t *node)
{
    return find_link(net, node, CALLING) != NULL || find_link(net, node, SHAKING) != NULL ||
           find_link(net, node, UP) != NULL;
}

static void call(struct ic_relay_net *net, struct wish *w)
{
    const struct ic_relay_node *n = reachable(net, w->node);
    struct link *l = free_link(net);
    w->call_at = ic_time_add(net->config.loop->now, IC_MS(IC_RELAY_REDIAL_MS));
    if (n == NULL || l == NULL)
        return;
    int fd = connect_to(net, &n->address);
    if (fd >= 0 && open_link(net, l, fd, true) != NULL)
        memcpy(l->node, w->node, sizeof l->node);
}

static struct wish *find_wish(struct ic_relay_net *net, const uint8_t *node)
{
    for (size_t i = 0; i < IC_RELAY_NODES_MAX; i++)
        if (net->wishes[i].is_used && memcmp(net->wishes[i].node, node, IC_NODE_ID_LEN) == 0)
            return &net->wishes[i];
    return NULL;
}

enum ic_err ic_relay_net_want(struct ic_relay_net *net, const uint8_t node[static IC_NODE_ID_LEN],
                              bool is_wanted)
{
    struct wish *w = find_wish(net, node);
    if (!is_wanted || w != NULL) {
        if (w != NULL)
            w->is_used = is_wanted;
        return IC_OK;
    }
    if (reachable(net, node) == NULL || memcmp(node, net->config.node, IC_NODE_ID_LEN) == 0)
        return IC_ERR_GONE;
    for (size_t i = 0; i < IC_RELAY_NODES_MAX; i++) {
        w = &net->wishes[i];
        if (w->is_used)
            continue;
        *w = (struct wish){.is_used = true, .call_at = net->config.loop->now};
        memcpy(w->node, node, sizeof w->node);
        return IC_OK;
    }
    return IC_ERR_FULL;
}

/* ---- life ---- */

static bool listen_at(struct ic_relay_net *net)
{
    struct sockaddr_in6 at = to_sockaddr(&net->config.listen), bound = {.sin6_port = 0};
    socklen_t len = sizeof bound;
    int on = 1;
    net->watch = (struct ic_watch){.fd = open_socket(), .on_ready = on_listener};
    if (net->watch.fd < 0)
        return false;
    if (setsockopt(net->watch.fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(net->watch.fd, (const struct sockaddr *)&at, sizeof at) != 0 ||
        listen(net->watch.fd, BACKLOG) != 0 ||
        getsockname(net->watch.fd, (struct sockaddr *)&bound, &len) != 0 ||
        ic_loop_add(net->config.loop, &net->watch, EPOLLIN) != IC_OK) {
        int error = errno;
        close(net->watch.fd);
        net->watch.fd = -1;
        errno = error;
        return false;
    }
    net->port = ntohs(bound.sin6_port);
    return true;
}

struct ic_relay_net *ic_relay_net_create(const struct ic_relay_net_config *config)
{
    struct ic_relay_net *net = calloc(1, sizeof *net);
    errno = 0;
    if (net == NULL)
        return NULL;
    net->config = *config;
    net->watch.fd = -1;
    net->caller = ic_relay_tls_create(config->credentials, true);
    net->callee = ic_relay_tls_create(config->credentials, false);
    errno = 0;
    if (net->caller != NULL && net->callee != NULL && listen_at(net))
        return net;
    int error = errno;
    ic_relay_net_destroy(net);
    errno = error;
    return NULL;
}

static void ignore_out(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                       const struct ic_relay_channel_out *out)
{
    (void)context;
    (void)node;
    (void)out;
}

void ic_relay_net_destroy(struct ic_relay_net *net)
{
    net->config.handlers.on_out = ignore_out;
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (net->links[i].stage != FREE)
            close_link(&net->links[i]);
    if (net->watch.fd >= 0) {
        ic_loop_remove(net->config.loop, &net->watch);
        close(net->watch.fd);
    }
    ic_relay_tls_destroy(net->caller);
    ic_relay_tls_destroy(net->callee);
    free(net);
}

uint16_t ic_relay_net_port(const struct ic_relay_net *net)
{
    return net->port;
}

void ic_relay_net_set_nodes(struct ic_relay_net *net, const struct ic_relay_node *nodes,
                            size_t count)
{
    IC_ASSERT(count <= IC_NODE_CLAIMS_MAX);
    if (count > 0)
        memcpy(net->nodes, nodes, count * sizeof *nodes);
    net->node_count = count;
    for (size_t i = 0; i < LINKS_MAX; i++) {
        struct link *l = &net->links[i];
        if (l->stage == UP && find_node(net, l->node, l->fingerprint) == NULL)
            close_link(l);
    }
}

/* ---- time ---- */

static bool is_idle(struct link *l)
{
    return find_wish(l->net, l->node) == NULL && ic_relay_channel_meetings(l->channel) == 0 &&
           ic_time_is_never(ic_relay_channel_deadline(l->channel));
}

static struct ic_time idle_until(const struct link *l)
{
    return ic_time_add(l->active_at, IC_MS(IC_RELAY_IDLE_MS));
}

static void tick_link(struct link *l, struct ic_time now)
{
    bool is_good = !ic_time_reached(l->until, now);
    if (is_good && l->stage == UP) {
        if (l->has_more)
            is_good = receive(l);
        ic_relay_channel_tick(l->channel, now);
        drain(l);
        is_good = is_good && !ic_relay_channel_is_dead(l->channel) && send_all(l) &&
                  !(is_idle(l) && ic_time_reached(idle_until(l), now));
    }
    if (!is_good)
        close_link(l);
}

void ic_relay_net_tick(struct ic_relay_net *net)
{
    struct ic_time now = net->config.loop->now;
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (net->links[i].stage != FREE)
            tick_link(&net->links[i], now);
    for (size_t i = 0; i < IC_RELAY_NODES_MAX; i++) {
        struct wish *w = &net->wishes[i];
        if (w->is_used && ic_time_reached(w->call_at, now) && !is_linked(net, w->node))
            call(net, w);
    }
}

static struct ic_time link_deadline(struct ic_relay_net *net, struct link *l)
{
    size_t len;
    if (l->stage != UP)
        return l->until;
    (void)ic_relay_channel_bytes(l->channel, &len);
    if (l->has_more || ic_relay_channel_is_dead(l->channel) || (len > 0 && !l->is_waiting_out))
        return net->config.loop->now;
    struct ic_time next = ic_relay_channel_deadline(l->channel);
    return is_idle(l) ? ic_time_min(next, idle_until(l)) : next;
}

struct ic_time ic_relay_net_deadline(const struct ic_relay_net *net)
{
    struct ic_relay_net *own = (struct ic_relay_net *)(uintptr_t)net; /* nothing is changed */
    struct ic_time next = IC_NEVER;
    for (size_t i = 0; i < LINKS_MAX; i++)
        if (net->links[i].stage != FREE)
            next = ic_time_min(next, link_deadline(own, &own->links[i]));
    for (size_t i = 0; i < IC_RELAY_NODES_MAX; i++)
        if (net->wishes[i].is_used && !is_linked(own, net->wishes[i].node))
            next = ic_time_min(next, net->wishes[i].call_at);
    return next;
}

/* ---- what there is ---- */

struct ic_relay_channel *ic_relay_net_channel(const struct ic_relay_net *net,
                                              const uint8_t node[static IC_NODE_ID_LEN])
{
    struct link *l = find_link((struct ic_relay_net *)(uintptr_t)net, node, UP);
    return l == NULL ? NULL : l->channel;
}

struct ic_relay_net_counts ic_relay_net_counts(const struct ic_relay_net *net)
{
    uint32_t channels = count_links(net, UP);
    uint32_t links = channels + count_links(net, CALLING) + count_links(net, SHAKING);
    return (struct ic_relay_net_counts){
        .links = links, .channels = channels, .refused = net->refused};
}
