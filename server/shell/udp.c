#include "shell/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/pool.h"

#define SOCKET_BUFFER_BYTES (4 * 1024 * 1024)
#define CONTROL_BYTES       CMSG_SPACE(sizeof(struct in6_pktinfo))

/* One place of a batch: addresses and control data beside the header that points at them. */
struct message {
    struct sockaddr_in6 remote;
    struct iovec bytes;
    _Alignas(struct cmsghdr) uint8_t control[CONTROL_BYTES];
};

struct ic_udp {
    int fd;
    uint16_t port;
    struct mmsghdr rx_headers[IC_RX_BATCH_MAX];
    struct message rx[IC_RX_BATCH_MAX];
    struct mmsghdr tx_headers[IC_TX_BATCH_MAX];
    struct message tx[IC_TX_BATCH_MAX];
    struct ic_dgram dgrams[IC_TX_BATCH_MAX];
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
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
           setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0;
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
    if (udp->fd < 0 || !bind_socket(udp, addr)) {
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

/* The address that the datagram was sent to; zero when the kernel did not tell. */
static struct ic_addr local_of(struct msghdr *header, uint16_t port)
{
    struct ic_addr local = {.port = port};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO)
            continue;
        struct in6_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        memcpy(local.ip, info.ipi6_addr.s6_addr, sizeof local.ip);
    }
    return local;
}

static void prepare_rx(struct ic_udp *udp, struct ic_worker *worker, size_t i)
{
    struct message *m = &udp->rx[i];
    m->bytes = (struct iovec){.iov_base = ic_worker_rx_buffer(worker, i), .iov_len = IC_PACKET_CAP};
    udp->rx_headers[i].msg_hdr = (struct msghdr){
        .msg_name = &m->remote,
        .msg_namelen = sizeof m->remote,
        .msg_iov = &m->bytes,
        .msg_iovlen = 1,
        .msg_control = m->control,
        .msg_controllen = sizeof m->control,
    };
}

bool ic_udp_receive(struct ic_udp *udp, struct ic_worker *worker, struct ic_time now)
{
    for (size_t i = 0; i < IC_RX_BATCH_MAX; i++)
        prepare_rx(udp, worker, i);
    int count = recvmmsg(udp->fd, udp->rx_headers, IC_RX_BATCH_MAX, 0, NULL);
    for (int i = 0; i < count; i++) {
        struct msghdr *header = &udp->rx_headers[i].msg_hdr;
        struct ic_path path = {.remote = from_sockaddr(&udp->rx[i].remote),
                               .local = local_of(header, udp->port)};
        if (!ic_worker_tx_room(worker))
            ic_udp_flush(udp, worker);
        ic_worker_input(worker, now, &path, (size_t)i, udp->rx_headers[i].msg_len);
    }
    return count == IC_RX_BATCH_MAX;
}

static void prepare_tx(struct ic_udp *udp, size_t i)
{
    const struct ic_dgram *d = &udp->dgrams[i];
    struct message *m = &udp->tx[i];
    struct msghdr *header = &udp->tx_headers[i].msg_hdr;
    m->remote = to_sockaddr(&d->path.remote);
    /* iov_base is not const in POSIX; the kernel only reads it. */
    union {
        const uint8_t *in;
        void *out;
    } bytes = {.in = d->bytes};
    m->bytes = (struct iovec){.iov_base = bytes.out, .iov_len = d->len};
    *header = (struct msghdr){.msg_name = &m->remote,
                              .msg_namelen = sizeof m->remote,
                              .msg_iov = &m->bytes,
                              .msg_iovlen = 1,
                              .msg_control = m->control,
                              .msg_controllen = sizeof m->control};
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    struct in6_pktinfo info = {.ipi6_ifindex = 0};
    memcpy(info.ipi6_addr.s6_addr, d->path.local.ip, sizeof d->path.local.ip);
    c->cmsg_level = IPPROTO_IPV6;
    c->cmsg_type = IPV6_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
}

void ic_udp_flush(struct ic_udp *udp, struct ic_worker *worker)
{
    size_t count;
    while ((count = ic_worker_flush(worker, udp->dgrams, IC_TX_BATCH_MAX)) > 0) {
        for (size_t i = 0; i < count; i++)
            prepare_tx(udp, i);
        size_t done = 0;
        while (done < count) {
            int sent = sendmmsg(udp->fd, &udp->tx_headers[done], (unsigned)(count - done), 0);
            /* A refused datagram (no route, full buffer) is lost; the others go on. */
            done += sent > 0 ? (size_t)sent : 1;
        }
    }
}
