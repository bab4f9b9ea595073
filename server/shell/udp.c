#include "shell/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/pool.h"
#include "shell/clock.h"
#include "shell/rx_run.h"

#define SOCKET_BUFFER_BYTES (4 * 1024 * 1024)
#define PKTINFO_BYTES       CMSG_SPACE(sizeof(struct in6_pktinfo))
#define TIME_BYTES          CMSG_SPACE(sizeof(struct timespec))
#define CONTROL_BYTES       (PKTINFO_BYTES + TIME_BYTES + IC_RX_RUN_CONTROL)

/* From one receive buffer to the next. Were it a power of two, they would all have the same few
 * places in the cache. */
#define PLACE_BYTES     IC_PACKET_CAP
#define PLACE_RUN_BYTES (IC_RX_RUN_BYTES + IC_PACKET_CAP)

/* The kernel cuts a message into datagrams of one length, the last one may be shorter: at most as
 * many, and as many bytes as one IP packet can say. */
#define RUN_MAX       64
#define RUN_BYTES_MAX (65535 - 40 - 8)

/* Paths on which the kernel refused a run: bits of a hash of the remote address. Two that meet in
 * one bit cost speed, nothing else. */
#define PLAIN_BITS 1024

/* One place of a batch: addresses and control data beside the header that points at them. */
struct message {
    struct sockaddr_in6 remote;
    struct iovec bytes;
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
};

struct ic_udp {
    int fd;
    uint16_t port;
    uint8_t *rx_bytes;
    size_t rx_place;        /* bytes of each */
    size_t rx_count, rx_at; /* messages that were read; the one under way */
    bool is_rx_full;        /* there may be more in the socket */
    struct ic_rx_run run;   /* of the one under way: what is left of it */
    struct ic_path rx_path; /* that it came by */
    struct mmsghdr rx_headers[IC_RX_BATCH_MAX];
    struct message rx[IC_RX_BATCH_MAX];
    struct mmsghdr tx_headers[IC_TX_BATCH_MAX + 1]; /* the last one: of a datagram by itself */
    struct message tx[IC_TX_BATCH_MAX + 1];
    struct iovec tx_bytes[IC_TX_BATCH_MAX]; /* of the datagrams, run behind run */
    uint32_t run_at[IC_TX_BATCH_MAX + 1];   /* of each message: its first datagram */
    struct ic_dgram dgrams[IC_TX_BATCH_MAX];
    uint64_t plain[PLAIN_BITS / 64];
    struct ic_udp_counts counts;
};

static struct sockaddr_in6 to_sockaddr(const struct ic_addr *addr)
{
    struct sockaddr_in6 s = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    memcpy(s.sin6_addr.s6_addr, addr->ip, sizeof addr->ip);
    return s;
}

static struct ic_addr from_sockaddr(const struct sockaddr_in6 *s)
{
    struct ic_addr addr = {.port = ntohs(s->sin6_port)};
    memcpy(addr.ip, s->sin6_addr.s6_addr, sizeof addr.ip);
    return addr;
}

static bool set_options(int fd)
{
    int off = 0, on = 1, size = SOCKET_BUFFER_BYTES;
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on); /* without: no lag is seen */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
           setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
}

/* Runs of datagrams in one piece, where the kernel has that; else one by one, as ever. */
static bool make_places(struct ic_udp *udp)
{
    int on = 1;
    bool has_runs = setsockopt(udp->fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0;
    udp->rx_place = has_runs ? PLACE_RUN_BYTES : PLACE_BYTES;
    udp->rx_bytes = ic_array_alloc(IC_RX_BATCH_MAX, udp->rx_place);
    udp->rx_count = udp->rx_at = IC_RX_BATCH_MAX; /* all of them are to be prepared */
    return udp->rx_bytes != NULL;
}

static bool bind_socket(struct ic_udp *udp, const struct ic_addr *addr)
{
    struct sockaddr_in6 s = to_sockaddr(addr);
    socklen_t len = sizeof s;
    if (!set_options(udp->fd) || bind(udp->fd, (struct sockaddr *)&s, sizeof s) != 0 ||
        getsockname(udp->fd, (struct sockaddr *)&s, &len) != 0)
        return false;
    udp->port = ntohs(s.sin6_port);
    return true;
}

struct ic_udp *ic_udp_create(const struct ic_addr *addr)
{
    struct ic_udp *udp = ic_array_alloc(1, sizeof *udp);
    if (udp == NULL)
        return NULL;
    udp->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (udp->fd < 0 || !make_places(udp) || !bind_socket(udp, addr)) {
        int error = errno;
        ic_udp_destroy(udp);
        errno = error;
        return NULL;
    }
    return udp;
}

void ic_udp_destroy(struct ic_udp *udp)
{
    if (udp->fd >= 0)
        close(udp->fd);
    ic_array_free(udp->rx_bytes);
    ic_array_free(udp);
}

int ic_udp_fd(const struct ic_udp *udp)
{
    return udp->fd;
}

uint16_t ic_udp_port(const struct ic_udp *udp)
{
    return udp->port;
}

/* What the kernel tells of a message: the address that it was sent to (zero: nothing), and how long
 * its datagrams are (0: nothing). */
static struct ic_addr local_of(struct msghdr *header, uint16_t port, int *segment)
{
    struct ic_addr local = {.port = port};
    *segment = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        ic_rx_run_read(c, segment);
        if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO)
            continue;
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        memcpy(local.ip, info.ipi6_addr.s6_addr, sizeof local.ip);
    }
    return local;
}

/* How long the datagram has waited in the socket, by the wall clock, which may be set meanwhile; 0
 * when the kernel did not tell. */
static struct ic_dur lag_of(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        struct timespec came;
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&came, CMSG_DATA(c), sizeof came);
        int64_t us = ic_clock_wall_us() - ((int64_t)came.tv_sec * 1000000 + came.tv_nsec / 1000);
        return IC_US(us < 0 ? 0 : us);
    }
    return IC_US(0);
}

static void prepare_rx(struct ic_udp *udp, size_t i)
{
    struct message *m = &udp->rx[i];
    m->bytes =
        (struct iovec){.iov_base = &udp->rx_bytes[i * udp->rx_place], .iov_len = udp->rx_place};
    udp->rx_headers[i].msg_hdr = (struct msghdr){
        .msg_name = &m->remote,
        .msg_namelen = sizeof m->remote,
        .msg_iov = &m->bytes,
        .msg_iovlen = 1,
        .msg_control = m->control,
        .msg_controllen = sizeof m->control,
    };
}

/* The message under way, or the first behind it of which it can be said what is in it. */
static void open_message(struct ic_udp *udp, struct ic_worker *worker)
{
    for (; udp->rx_at < udp->rx_count; udp->rx_at++) {
        struct message *m = &udp->rx[udp->rx_at];
        struct mmsghdr *h = &udp->rx_headers[udp->rx_at];
        int segment;
        udp->rx_path.remote = from_sockaddr(&m->remote);
        udp->rx_path.local = local_of(&h->msg_hdr, udp->port, &segment);
        if (ic_rx_run_open(&udp->run, h->msg_hdr.msg_flags, segment, m->bytes.iov_base, h->msg_len))
            return;
        ic_worker_refuse(worker);
        udp->counts.refused++;
    }
}

static void read_messages(struct ic_udp *udp, struct ic_worker *worker)
{
    for (size_t i = 0; i < udp->rx_count; i++)
        prepare_rx(udp, i);
    int count = recvmmsg(udp->fd, udp->rx_headers, IC_RX_BATCH_MAX, 0, NULL);
    udp->rx_count = count > 0 ? (size_t)count : 0;
    udp->counts.arrived += udp->rx_count;
    udp->rx_at = 0;
    udp->is_rx_full = count == IC_RX_BATCH_MAX;
    open_message(udp, worker);
}

/* A run may be so long that it takes more than one call: those who come behind it wait no longer
 * than behind as many datagrams one by one, and commands and timers have their turn. */
bool ic_udp_receive(struct ic_udp *udp, struct ic_worker *worker, struct ic_time now)
{
    size_t count = 0, len;
    if (udp->rx_at == udp->rx_count)
        read_messages(udp, worker);
    if (udp->rx_at < udp->rx_count)
        ic_worker_lag(worker, now, lag_of(&udp->rx_headers[udp->rx_at].msg_hdr));
    for (; count < IC_RX_BATCH_MAX && udp->rx_at < udp->rx_count; count++) {
        uint8_t *bytes = ic_rx_run_next(&udp->run, &len);
        if (!ic_worker_tx_room(worker))
            ic_udp_flush(udp, worker);
        ic_worker_input(worker, now, &udp->rx_path, bytes, len);
        if (udp->run.left > 0)
            continue;
        udp->rx_at++;
        open_message(udp, worker);
    }
    udp->counts.received += count;
    return udp->rx_at < udp->rx_count || udp->is_rx_full;
}

/* ---- sending ---- */

static uint32_t plain_bit(const struct ic_addr *remote)
{
    uint32_t hash = 2166136261u ^ remote->port;
    for (size_t i = 0; i < sizeof remote->ip; i++)
        hash = (hash ^ remote->ip[i]) * 16777619u;
    return (hash ^ hash >> 16) % PLAIN_BITS;
}

static bool is_plain(const struct ic_udp *udp, const struct ic_addr *remote)
{
    uint32_t bit = plain_bit(remote);
    return (udp->plain[bit / 64] >> bit % 64 & 1) != 0;
}

static bool is_same_path(const struct ic_path *a, const struct ic_path *b)
{
    return ic_addr_eq(&a->remote, &b->remote) && ic_addr_eq(&a->local, &b->local);
}

/* How many datagrams from here on go to the kernel as one message. */
static size_t run_len(const struct ic_udp *udp, const struct ic_dgram *d, size_t count)
{
    size_t n = 1, total = d->len;
    bool is_last = is_plain(udp, &d->path.remote);
    while (!is_last && n < count && n < RUN_MAX && d[n].len <= d->len &&
           total + d[n].len <= RUN_BYTES_MAX && is_same_path(&d[n].path, &d->path)) {
        is_last = d[n].len < d->len;
        total += d[n].len;
        n++;
    }
    return n;
}

static void add_control(struct msghdr *header, struct cmsghdr *c, int level, int type,
                        const void *data, size_t len)
{
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), data, len);
    header->msg_controllen += CMSG_SPACE(len);
}

/* n datagrams, from that at on, as message i. */
static void prepare_tx(struct ic_udp *udp, size_t i, const struct ic_dgram *d, size_t at, size_t n)
{
    struct message *m = &udp->tx[i];
    struct msghdr *header = &udp->tx_headers[i].msg_hdr;
    struct in6_pktinfo info = {.ipi6_ifindex = 0};
    uint16_t segment = (uint16_t)d[at].len;
    m->remote = to_sockaddr(&d[at].path.remote);
    for (size_t k = at; k < at + n; k++) {
        /* iov_base is not const in POSIX; the kernel only reads it. */
        union {
            const uint8_t *in;
            void *out;
        } bytes = {.in = d[k].bytes};
        udp->tx_bytes[k] = (struct iovec){.iov_base = bytes.out, .iov_len = d[k].len};
    }
    udp->run_at[i] = (uint32_t)at;
    *header = (struct msghdr){.msg_name = &m->remote,
                              .msg_namelen = sizeof m->remote,
                              .msg_iov = &udp->tx_bytes[at],
                              .msg_iovlen = n,
                              .msg_control = m->control};
    memcpy(info.ipi6_addr.s6_addr, d[at].path.local.ip, sizeof d[at].path.local.ip);
    struct cmsghdr *c = (struct cmsghdr *)(void *)m->control;
    add_control(header, c, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    if (n > 1) {
        c = (struct cmsghdr *)(void *)&m->control[PKTINFO_BYTES];
        add_control(header, c, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment);
    }
}

/* The kernel does not cut for this path (no checksum offload, a smaller MTU, an old kernel): its
 * datagrams go one by one, now and from now on. */
static void send_plainly(struct ic_udp *udp, const struct ic_dgram *d, size_t at, size_t n)
{
    uint32_t bit = plain_bit(&d[at].path.remote);
    udp->plain[bit / 64] |= 1ull << bit % 64;
    for (size_t k = at; k < at + n; k++) {
        /* A place of its own: those behind it in the batch are prepared. */
        prepare_tx(udp, IC_TX_BATCH_MAX, d, k, 1);
        udp->counts.calls++;
        udp->counts.messages++;
        (void)sendmsg(udp->fd, &udp->tx_headers[IC_TX_BATCH_MAX].msg_hdr, 0);
    }
}

static bool is_refusal_of_run(int error)
{
    return error == EINVAL || error == EIO || error == EMSGSIZE || error == EOPNOTSUPP;
}

void ic_udp_send(struct ic_udp *udp, const struct ic_dgram *d, size_t count)
{
    size_t messages = 0, done = 0;
    for (size_t at = 0; at < count; messages++) {
        size_t n = run_len(udp, &d[at], count - at);
        prepare_tx(udp, messages, d, at, n);
        at += n;
    }
    udp->counts.datagrams += count;
    while (done < messages) {
        int sent = sendmmsg(udp->fd, &udp->tx_headers[done], (unsigned)(messages - done), 0);
        udp->counts.calls++;
        if (sent > 0) {
            udp->counts.messages += (uint64_t)sent;
            done += (size_t)sent;
            continue;
        }
        /* A refused datagram (no route, full buffer) is lost; the others go on. */
        size_t n = udp->tx_headers[done].msg_hdr.msg_iovlen;
        if (n > 1 && is_refusal_of_run(errno))
            send_plainly(udp, d, udp->run_at[done], n);
        done++;
    }
}

void ic_udp_flush(struct ic_udp *udp, struct ic_worker *worker)
{
    size_t count;
    while ((count = ic_worker_flush(worker, udp->dgrams, IC_TX_BATCH_MAX)) > 0)
        ic_udp_send(udp, udp->dgrams, count);
}

struct ic_udp_counts ic_udp_counts(const struct ic_udp *udp)
{
    return udp->counts;
}
