/* A wire between two network interfaces: each Ethernet frame that arrives at one leaves by the
 * other, never sooner than the delay and in the order in which it came. The jitter on top is drawn
 * from a seed. Use: wire INTERFACE INTERFACE DELAY_US JITTER_US SEED. Says "ready", and on SIGTERM
 * what it did. */
#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A power of two; at 110 ms on the way it is 250 Mbit/s of full frames. */
#define WAITING_MAX 4096
/* With segmentation left to the receiver, a frame is larger than what a cable carries. */
#define FRAME_MAX (sizeof(struct virtio_net_hdr) + 65536 + 64)
#define NS_PER_US 1000u
#define NS_PER_S  1000000000ull

struct frame {
    uint64_t came_ns, due_ns;
    size_t len;
    uint8_t *bytes; /* owned; a virtio_net_hdr, then the frame */
};

/* One direction. */
struct lane {
    int from, to;
    struct frame waiting[WAITING_MAX];
    uint32_t first, count;
    uint64_t last_due_ns;
    uint64_t sent, lost, least_held_ns, most_held_ns;
};

struct wire {
    struct lane lanes[2];
    uint64_t delay_ns, jitter_ns, seed, random;
};

static volatile sig_atomic_t is_over;

static void end(int signal_number)
{
    (void)signal_number;
    is_over = 1;
}

static void die(const char *what)
{
    fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        die("the clock");
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* splitmix64: every seed is a good one. */
static uint64_t draw(struct wire *w)
{
    uint64_t z = w->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* What it reads and writes has a virtio_net_hdr in front: checksums and segments that the kernel
 * leaves to the hardware are then left to the other end, as on a cable between virtual machines. */
static int open_interface(const char *name)
{
    const int one = 1;
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    at.sll_ifindex = (int)if_nametoindex(name);
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (at.sll_ifindex == 0 || fd < 0)
        die(name);
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) != 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) != 0)
        die("options of a packet socket");
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0)
        die(name);
    return fd;
}

/* Of a frame that has just been read; no earlier than the one before it. */
static void take(struct wire *w, struct lane *lane, const uint8_t *bytes, size_t len)
{
    struct frame *f = &lane->waiting[(lane->first + lane->count) % WAITING_MAX];
    uint64_t jitter_ns = w->jitter_ns == 0 ? 0 : draw(w) % (w->jitter_ns + 1);
    f->bytes = lane->count == WAITING_MAX ? NULL : malloc(len);
    if (f->bytes == NULL) {
        lane->lost++;
        return;
    }
    memcpy(f->bytes, bytes, len);
    f->len = len;
    f->came_ns = now_ns();
    f->due_ns = f->came_ns + w->delay_ns + jitter_ns;
    if (f->due_ns < lane->last_due_ns)
        f->due_ns = lane->last_due_ns;
    lane->last_due_ns = f->due_ns;
    lane->count++;
}

static void read_all(struct wire *w, struct lane *lane)
{
    static uint8_t bytes[FRAME_MAX];
    for (;;) {
        ssize_t n = recv(lane->from, bytes, sizeof bytes, MSG_TRUNC);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        /* EINVAL: segments of a kind that the header cannot name. ENETDOWN: not up yet. */
        if (n < (ssize_t)sizeof(struct virtio_net_hdr) || (size_t)n > sizeof bytes)
            lane->lost++;
        else
            take(w, lane, bytes, (size_t)n);
    }
}

static void send_due(struct lane *lane)
{
    while (lane->count > 0 && lane->waiting[lane->first].due_ns <= now_ns()) {
        struct frame *f = &lane->waiting[lane->first];
        uint64_t held_ns = now_ns() - f->came_ns;
        if (send(lane->to, f->bytes, f->len, 0) == (ssize_t)f->len) {
            lane->sent++;
            lane->least_held_ns = held_ns < lane->least_held_ns ? held_ns : lane->least_held_ns;
            lane->most_held_ns = held_ns > lane->most_held_ns ? held_ns : lane->most_held_ns;
        } else {
            lane->lost++;
        }
        free(f->bytes);
        lane->first = (lane->first + 1) % WAITING_MAX;
        lane->count--;
    }
}

/* Until a frame comes or one is due. */
static void wait_for_work(const struct wire *w, const sigset_t *mask)
{
    struct pollfd fds[2] = {{.fd = w->lanes[0].from, .events = POLLIN},
                            {.fd = w->lanes[1].from, .events = POLLIN}};
    uint64_t now = now_ns(), next = now + NS_PER_S;
    for (int i = 0; i < 2; i++) {
        const struct lane *lane = &w->lanes[i];
        if (lane->count > 0 && lane->waiting[lane->first].due_ns < next)
            next = lane->waiting[lane->first].due_ns;
    }
    uint64_t left = next > now ? next - now : 0;
    struct timespec timeout = {.tv_sec = (time_t)(left / NS_PER_S),
                               .tv_nsec = (long)(left % NS_PER_S)};
    if (ppoll(fds, 2, &timeout, mask) < 0 && errno != EINTR)
        die("ppoll");
}

static void say_lane(const struct lane *lane)
{
    printf("{\"sent\":%llu,\"lost\":%llu,\"leastHeldUs\":%llu,\"mostHeldUs\":%llu}",
           (unsigned long long)lane->sent, (unsigned long long)lane->lost,
           (unsigned long long)(lane->sent == 0 ? 0 : lane->least_held_ns / NS_PER_US),
           (unsigned long long)(lane->most_held_ns / NS_PER_US));
}

static uint64_t number(const char *text)
{
    char *rest = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &rest, 10);
    if (errno != 0 || rest == text || *rest != '\0') {
        fprintf(stderr, "wire: not a number: %s\n", text);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    static struct wire w;
    sigset_t blocked, open;
    if (argc != 6) {
        fputs("usage: wire INTERFACE INTERFACE DELAY_US JITTER_US SEED\n", stderr);
        return 2;
    }
    w.delay_ns = number(argv[3]) * NS_PER_US;
    w.jitter_ns = number(argv[4]) * NS_PER_US;
    w.seed = w.random = number(argv[5]);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &open);
    sigdelset(&open, SIGTERM);
    signal(SIGTERM, end);
    int ends[2] = {open_interface(argv[1]), open_interface(argv[2])};
    for (int i = 0; i < 2; i++) {
        w.lanes[i].from = ends[i];
        w.lanes[i].to = ends[1 - i];
        w.lanes[i].least_held_ns = UINT64_MAX;
    }
    puts("ready");
    fflush(stdout);
    while (!is_over) {
        wait_for_work(&w, &open);
        for (int i = 0; i < 2; i++) {
            read_all(&w, &w.lanes[i]);
            send_due(&w.lanes[i]);
        }
    }
    printf("{\"seed\":%llu,\"lanes\":[", (unsigned long long)w.seed);
    say_lane(&w.lanes[0]);
    putchar(',');
    say_lane(&w.lanes[1]);
    puts("]}");
    return 0;
}
