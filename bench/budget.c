/* What a forwarded packet costs the server, in counts that come out the same at each run, on any
 * machine: instructions, calls of the system, messages handed to the kernel (make bench-quick).
 *
 * The server's side is the product's: a media worker on its thread, its loop, its socket. Its
 * members are those of a load test, with sockets on loopback, real ICE, DTLS, SRTP and SFrame; they
 * check each packet. They play in the same thread, where the worker would wait for something to
 * happen, and time goes on there and nowhere else: so each turn of the worker finds the same
 * datagrams and the same time. Valgrind counts, while the worker is at it:
 *
 *   valgrind --tool=callgrind --collect-atstart=no --trace-syscalls=yes build/release/budget V 50
 * 25
 *
 * V: shape; 50 subscribers; 25 frames a second. without-runs behind them: a kernel that does not
 * cut messages (UDP_SEGMENT). */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

#include "shell/clock.h"
#include "shell/entropy.h"
#include "shell/load_inbox.h"
#include "shell/load_member.h"
#include "shell/loop.h"
#include "shell/rx_run.h"
#include "shell/worker_thread.h"

#define MEMBERS_MAX    200
#define EVENTS_MAX     64
#define PATIENCE_MS    60000 /* until a datagram on loopback has come; real time */
#define TICK_MS        20    /* of the members */
#define WARM_UP_MS     1000
#define WINDOW_MS      1000
#define DRAIN_MS       5  /* behind it, for what waits in the worker; counted, too */
#define JOIN_S         30 /* until all are in, and receive what they should; the worker's time */
#define PACKETS_MAX    32768
#define NTP_OFFSET_US  INT64_C(1790000000000000) /* a day in 2026 */
#define ROOM           1
#define PAYLOAD_TYPE   96
#define MID_ID         4
#define TRANSPORT_CC   3
#define KID_SHIFT      4
#define LETTERS        1024
#define AUDIO_SPEAKERS 20

enum phase { COMING_IN, CONNECTING, STARTING, WARMING_UP, COUNTING, DRAINING };

static struct {
    const struct ic_load_shape *shape;
    bool without_runs;
    size_t count, publishers, slots;
    struct ic_load_common common;
    struct ic_load_shared shared;
    struct ic_load_member members[MEMBERS_MAX];
    struct ic_load_inbox *inbox;
    int epoll_fd;
    struct ic_prng prng;
    struct ic_time now, tick_next, phase_ends;
    enum phase phase;
    size_t placed;
    struct ic_mailbox letters;
    struct ic_worker_thread *worker;
    uint16_t port;
    bool is_server;      /* at work; else the members play */
    bool is_worker_told; /* a command waits for it */
    sem_t may_play;      /* everybody has asked to come in */
    bool has_begun;
    uint64_t to_server, to_members; /* datagrams that are under way */
    uint64_t messages, datagrams;   /* from the server, while it is counted */
    uint64_t arrived;               /* messages to it */
    uint64_t packets;               /* that had come before that */
} bench;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "budget: %s\n", what);
    exit(2);
}

/* ---- what the product asks of its surroundings ---- */

void __real_ic_loop_turn(struct ic_loop *loop, struct ic_time deadline);
ssize_t __real_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __real_sendmsg(int fd, const struct msghdr *header, int flags);
int __real_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int __real_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
                    struct timespec *timeout);
void __wrap_ic_loop_turn(struct ic_loop *loop, struct ic_time deadline);
void __wrap_ic_loop_rest(struct ic_loop *loop, struct ic_time until);
struct ic_time __wrap_ic_clock_now(void);
int64_t __wrap_ic_clock_wall_us(void);
struct ic_entropy __wrap_ic_entropy_kernel(void);
uint64_t __wrap_ic_entropy_u64(void);
ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *header, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
                    struct timespec *timeout);

struct ic_time __wrap_ic_clock_now(void)
{
    return bench.now;
}

/* What the kernel notes of a datagram is later: nothing waits in a socket here. */
int64_t __wrap_ic_clock_wall_us(void)
{
    return 0;
}

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

struct ic_entropy __wrap_ic_entropy_kernel(void)
{
    return (struct ic_entropy){.fill = fill, .context = &bench.prng};
}

uint64_t __wrap_ic_entropy_u64(void)
{
    return ic_prng_u64(&bench.prng);
}

/* Datagrams of a message: the parts that the server gives, or a segment each. */
static uint64_t datagrams_of(const struct msghdr *header)
{
    if (bench.is_server)
        return header->msg_iovlen;
    return bench.shape->packets;
}

static void count_sent(const struct msghdr *header)
{
    if (bench.is_server) {
        bench.to_members += datagrams_of(header);
        bench.messages++;
        bench.datagrams += datagrams_of(header);
    } else {
        bench.to_server += datagrams_of(header);
    }
}

ssize_t __wrap_send(int fd, const void *bytes, size_t len, int flags)
{
    ssize_t sent = __real_send(fd, bytes, len, flags);
    bench.to_server += sent >= 0;
    return sent;
}

ssize_t __wrap_sendmsg(int fd, const struct msghdr *header, int flags)
{
    ssize_t sent = __real_sendmsg(fd, header, flags);
    if (sent >= 0)
        count_sent(header);
    return sent;
}

int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
    unsigned n = 0;
    while (bench.without_runs && n < count && headers[n].msg_hdr.msg_iovlen == 1)
        n++;
    if (bench.without_runs && n == 0) {
        errno = EIO;
        return -1;
    }
    int sent = __real_sendmmsg(fd, headers, bench.without_runs ? n : count, flags);
    for (int i = 0; i < sent; i++)
        count_sent(&headers[i].msg_hdr);
    return sent;
}

/* Datagrams of messages that came: several where the kernel left them together (UDP_GRO). */
static uint64_t datagrams_in(struct mmsghdr *headers, unsigned count)
{
    uint64_t datagrams = 0;
    if (bench.phase >= COUNTING)
        CALLGRIND_TOGGLE_COLLECT; /* this is not the server's */
    for (unsigned i = 0; i < count; i++) {
        struct msghdr *h = &headers[i].msg_hdr;
        struct ic_rx_run run;
        size_t len;
        if (!ic_rx_run_open_header(&run, h, h->msg_iov->iov_base, headers[i].msg_len))
            die("a message that makes no sense");
        do {
            (void)ic_rx_run_next(&run, &len);
            datagrams++;
        } while (run.left > 0);
    }
    if (bench.phase >= COUNTING)
        CALLGRIND_TOGGLE_COLLECT;
    return datagrams;
}

/* The server finds all that is under way to it, also where the kernel is late with some. */
int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
                    struct timespec *timeout)
{
    int got = __real_recvmmsg(fd, headers, count, flags, timeout);
    if (!bench.is_server)
        return got;
    unsigned n = got > 0 ? (unsigned)got : 0;
    uint64_t datagrams = datagrams_in(headers, n);
    while (datagrams < bench.to_server && n < count) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, PATIENCE_MS) <= 0)
            die("a datagram to the server is lost");
        got = __real_recvmmsg(fd, &headers[n], count - n, flags, timeout);
        unsigned more = got > 0 ? (unsigned)got : 0;
        datagrams += datagrams_in(&headers[n], more);
        n += more;
    }
    bench.to_server -= datagrams;
    bench.arrived += n;
    return n > 0 ? (int)n : -1;
}

/* ---- the members ---- */

static void add_section(struct ic_client_transport *offer, enum ic_direction direction)
{
    bool is_audio = bench.shape->kind == IC_KIND_AUDIO;
    struct ic_section *s = &offer->sections[offer->section_count];
    *s = (struct ic_section){
        .kind = bench.shape->kind,
        .direction = direction,
        .source = is_audio ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA,
        .codec_count = 1,
        .codecs = {{.codec = is_audio ? IC_CODEC_OPUS : IC_CODEC_VP8,
                    .payload_type = PAYLOAD_TYPE,
                    .rtx_payload_type = is_audio ? 0 : PAYLOAD_TYPE + 1}},
        .extensions = {.mid = MID_ID,
                       .transport_cc = direction == IC_DIRECTION_SEND ? TRANSPORT_CC : 0},
    };
    snprintf(s->mid, sizeof s->mid, "%zu", offer->section_count);
    offer->section_count++;
}

static void init_member(size_t i)
{
    struct ic_load_member *m = &bench.members[i];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = m};
    bool sends = i < bench.publishers;
    bool receives = !sends || bench.shape->kind == IC_KIND_AUDIO;
    if (ic_load_member_init(m, &bench.shared, (uint32_t)i, sends, receives ? bench.slots : 0) !=
            IC_OK ||
        epoll_ctl(bench.epoll_fd, EPOLL_CTL_ADD, m->fd, &event) != 0)
        die("no socket for a member");
}

static void ask_in(size_t i)
{
    const struct ic_load_member *m = &bench.members[i];
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD,
                         .peer = i + 1,
                         .room = ROOM,
                         .microphone = m->sends && bench.shape->kind == IC_KIND_AUDIO,
                         .camera = m->sends && bench.shape->kind == IC_KIND_VIDEO};
    memcpy(cmd.transport.ufrag, m->ufrag, sizeof m->ufrag);
    memcpy(cmd.transport.pwd, m->pwd, sizeof m->pwd);
    ic_dtls_credentials_fingerprint(bench.shared.credentials, cmd.transport.fingerprint);
    if (m->sends)
        add_section(&cmd.transport, IC_DIRECTION_SEND);
    for (size_t k = 0; k < m->slot_count; k++)
        add_section(&cmd.transport, IC_DIRECTION_RECEIVE);
    if (ic_worker_thread_command(bench.worker, &cmd) != IC_OK)
        die("the worker takes no command");
    bench.is_worker_told = true;
}

static void place(size_t i, const struct ic_server_transport *t)
{
    struct ic_load_line_member line = {.server = ic_addr_v4(127, 0, 0, 1, bench.port),
                                       .sends = bench.members[i].sends,
                                       .send = {.mid = "0",
                                                .payload_type = PAYLOAD_TYPE,
                                                .mid_id = MID_ID,
                                                .transport_cc_id = TRANSPORT_CC,
                                                .kid = (uint64_t)(i + 1) << KID_SHIFT},
                                       .slot_count = t->slot_count,
                                       .base_key = "one for everyone"};
    memcpy(line.ufrag, t->ufrag, sizeof t->ufrag);
    memcpy(line.pwd, t->pwd, sizeof t->pwd);
    memcpy(line.fingerprint, t->fingerprint, sizeof line.fingerprint);
    for (size_t k = 0; k < t->slot_count && k < IC_LOAD_SLOTS_MAX; k++)
        line.slots[k] = t->slots[k].ssrc;
    if (ic_load_member_place(&bench.members[i], bench.now, &line) != IC_OK)
        die("a member cannot connect");
    bench.placed++;
}

static void take_letters(void)
{
    static struct ic_worker_letter letter;
    while (ic_mailbox_take(&bench.letters, &letter)) {
        if (letter.evt.kind == IC_EVT_PEER_READY)
            place((size_t)letter.evt.peer - 1, &letter.evt.transport);
        if (letter.evt.kind == IC_EVT_PEER_REFUSED || letter.evt.kind == IC_EVT_PEER_CLOSED)
            die("the worker sends a member away");
    }
}

static void receive(struct ic_load_member *m)
{
    uint8_t *bytes;
    size_t len;
    while (ic_load_inbox_read(bench.inbox, m->fd))
        while (ic_load_inbox_next(bench.inbox, &bytes, &len)) {
            bench.to_members--;
            ic_load_member_input(m, bench.now, bytes, len);
        }
}

static void receive_all(void)
{
    struct epoll_event events[EVENTS_MAX];
    while (bench.to_members > 0) {
        int count = epoll_wait(bench.epoll_fd, events, EVENTS_MAX, PATIENCE_MS);
        if (count <= 0)
            die("a datagram from the server is lost");
        for (int i = 0; i < count; i++)
            receive(events[i].data.ptr);
    }
}

static void begin_sending(void)
{
    for (size_t i = 0; i < bench.publishers; i++) {
        int64_t offset_us = ic_load_phase_us(i, bench.shared.frames_per_s);
        struct ic_time began = ic_time_add(bench.now, IC_US(offset_us));
        if (ic_load_member_begin(&bench.members[i], began) != IC_OK)
            die("a publisher cannot begin");
    }
}

static bool is_sending(void)
{
    return bench.phase >= STARTING && bench.phase < DRAINING;
}

/* The first frame that is due; one at a time, as a network would bring them. */
static void send_due(void)
{
    for (size_t i = 0; i < bench.publishers && is_sending(); i++) {
        struct ic_load_member *m = &bench.members[i];
        if (!ic_time_reached(ic_load_member_deadline(m), bench.now))
            continue;
        if (!ic_load_member_send_frame(m, bench.now))
            die("a publisher cannot send");
        return;
    }
}

static void tick(void)
{
    if (!ic_time_reached(bench.tick_next, bench.now))
        return;
    for (size_t i = 0; i < bench.placed; i++)
        ic_load_member_tick(&bench.members[i], bench.now);
    bench.tick_next = ic_time_add(bench.now, IC_MS(TICK_MS));
}

/* ---- the course of it ---- */

static bool has_everybody(bool (*has)(const struct ic_load_member *m))
{
    for (size_t i = 0; i < bench.count; i++)
        if (!has(&bench.members[i]))
            return false;
    return true;
}

static void conclude(void)
{
    uint64_t missing = 0, packets = bench.common.tally.packets - bench.packets;
    for (size_t i = 0; i < bench.count; i++)
        for (size_t k = 0; k < bench.members[i].slot_count; k++) {
            const struct ic_load_stream *s = &bench.members[i].streams[k];
            missing +=
                !s->has_source || s->frame_next != bench.members[s->publisher].sources[0].frame;
        }
    if (!ic_load_tally_is_clean(&bench.common.tally) || missing > 0 || packets == 0)
        die("what came is not what was sent");
    printf("{\"shape\":\"%s\",\"members\":%zu,\"packets\":%llu,\"datagrams\":%llu,"
           "\"messages\":%llu,\"arrived\":%llu}\n",
           bench.shape->letter, bench.count, (unsigned long long)packets,
           (unsigned long long)bench.datagrams, (unsigned long long)bench.messages,
           (unsigned long long)bench.arrived);
    exit(0);
}

/* True: the members are where the next phase begins. */
static bool is_over(enum phase phase)
{
    switch (phase) {
    case COMING_IN:
        return bench.placed == bench.count;
    case CONNECTING:
        return has_everybody(ic_load_member_is_connected);
    case STARTING:
        return has_everybody(ic_load_member_has_all);
    case WARMING_UP:
    case COUNTING:
    case DRAINING:
        break;
    }
    return ic_time_reached(bench.phase_ends, bench.now);
}

static struct ic_dur length_of(enum phase phase)
{
    if (phase == DRAINING)
        return IC_MS(DRAIN_MS);
    return phase == COUNTING ? IC_MS(WINDOW_MS) : IC_MS(WARM_UP_MS);
}

static void go_on(void)
{
    if (!is_over(bench.phase)) {
        if (ic_time_reached(bench.phase_ends, bench.now))
            die("not all members are in, or receive what they should");
        return;
    }
    if (bench.phase == DRAINING)
        conclude();
    bench.phase++;
    if (bench.phase == STARTING)
        begin_sending();
    if (bench.phase >= WARMING_UP)
        bench.phase_ends = ic_time_add(bench.now, length_of(bench.phase));
    if (bench.phase == COUNTING) {
        bench.packets = bench.common.tally.packets;
        bench.messages = bench.datagrams = bench.arrived = 0;
        CALLGRIND_START_INSTRUMENTATION;
    }
}

/* Until the server has something to do (a datagram, a command, or its own deadline), and it does
 * not rest any more. */
static void play(struct ic_time rest, struct ic_time deadline)
{
    for (;;) {
        receive_all();
        take_letters();
        if (bench.to_server == 0)
            go_on();
        bool has_work = bench.to_server > 0 || bench.is_worker_told;
        if (ic_time_reached(rest, bench.now) &&
            (has_work || ic_time_reached(deadline, bench.now))) {
            bench.is_worker_told = false;
            return;
        }
        struct ic_time next = ic_time_min(has_work ? rest : deadline, bench.tick_next);
        for (size_t i = 0; i < bench.publishers && is_sending(); i++)
            next = ic_time_min(next, ic_load_member_deadline(&bench.members[i]));
        if (ic_time_before(bench.now, next))
            bench.now = next;
        tick();
        if (bench.to_server == 0 || !ic_time_reached(rest, bench.now))
            send_due();
    }
}

/* Valgrind's log says with these words whose calls of the system follow. */
static void let_members_play(struct ic_time rest, struct ic_time deadline)
{
    bool was_counted = bench.phase >= COUNTING;
    if (was_counted) {
        CALLGRIND_TOGGLE_COLLECT;
        VALGRIND_PRINTF("members\n");
    }
    bench.is_server = false;
    while (!bench.has_begun)
        bench.has_begun = sem_wait(&bench.may_play) == 0;
    play(rest, deadline);
    bench.is_server = true;
    if (bench.phase >= COUNTING) {
        VALGRIND_PRINTF("server\n");
        CALLGRIND_TOGGLE_COLLECT;
    }
}

/* What it would be: one call of the system. */
void __wrap_ic_loop_rest(struct ic_loop *loop, struct ic_time until)
{
    if (ic_time_reached(until, bench.now))
        return;
    let_members_play(until, until);
    (void)sched_yield();
    loop->now = bench.now;
}

void __wrap_ic_loop_turn(struct ic_loop *loop, struct ic_time deadline)
{
    struct ic_time began = bench.now;
    let_members_play(began, deadline);
    __real_ic_loop_turn(loop, deadline);
    if (ic_time_before(began, loop->now))
        loop->ready = loop->now; /* it was the members who had the time to wait */
}

/* ---- begin ---- */

static void start_worker(void)
{
    struct ic_addr loopback = ic_addr_v4(127, 0, 0, 1, 0);
    struct ic_udp *udp = ic_udp_create(&loopback);
    if (udp == NULL)
        die("no socket for the server");
    bench.port = ic_udp_port(udp);
    struct ic_worker_config config = {
        .entropy = ic_entropy_kernel(),
        .seed = ic_entropy_u64(),
        .dtls = ic_dtls_openssl(),
        .dtls_credentials = bench.shared.credentials,
        .candidates = {ic_addr_v4(127, 0, 0, 1, bench.port)},
        .candidate_count = 1,
        .peers_max = (uint32_t)bench.count,
        .rooms_max = 1,
        .packets_max = PACKETS_MAX,
        .ntp_offset_us = NTP_OFFSET_US,
    };
    ic_dtls_credentials_fingerprint(bench.shared.credentials, config.fingerprint);
    bench.worker =
        ic_worker_thread_start(0, -1, &config, IC_US(IC_COALESCE_MAX_US), udp, &bench.letters);
    if (bench.worker == NULL)
        die("no worker");
}

static void read_arguments(int argc, char **argv)
{
    int subscribers = argc > 3 ? atoi(argv[2]) : 0;
    bench.shape = argc > 1 ? ic_load_shape_find(argv[1]) : NULL;
    bench.without_runs = argc > 4 && strcmp(argv[4], "without-runs") == 0;
    if (bench.shape == NULL || bench.shape->recording != NULL || subscribers < 0 ||
        subscribers >= MEMBERS_MAX || argc < 4 || atoi(argv[3]) < 1 ||
        (argc > 4 && !bench.without_runs))
        die("usage: budget SHAPE SUBSCRIBERS FRAMES-PER-SECOND [without-runs]");
    bool is_mutual = bench.shape->kind == IC_KIND_AUDIO;
    bench.publishers = is_mutual ? AUDIO_SPEAKERS : 1;
    bench.slots = is_mutual ? IC_LOAD_SLOTS_MAX : 1;
    bench.count = bench.publishers + (is_mutual ? 0 : (size_t)subscribers);
    bench.shared.frames_per_s = (uint32_t)atoi(argv[3]);
}

int main(int argc, char **argv)
{
    ic_prng_init(&bench.prng, 1);
    read_arguments(argc, argv);
    bench.now = bench.tick_next = (struct ic_time){.us = 1000000};
    bench.phase_ends = ic_time_add(bench.now, IC_SEC(JOIN_S));
    bench.shared =
        (struct ic_load_shared){.shape = bench.shape,
                                .common = &bench.common,
                                .credentials = ic_dtls_credentials_create(ic_clock_wall_s()),
                                .frames_per_s = bench.shared.frames_per_s,
                                .ntp_offset_us = NTP_OFFSET_US};
    bench.inbox = ic_load_inbox_create(false);
    bench.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (ic_load_roster_init(&bench.common.roster, MEMBERS_MAX) != IC_OK ||
        bench.shared.credentials == NULL || bench.inbox == NULL || bench.epoll_fd < 0 ||
        ic_mailbox_init(&bench.letters, sizeof(struct ic_worker_letter), LETTERS) != IC_OK)
        die("no memory");
    for (size_t i = 0; i < bench.count; i++)
        init_member(i);
    if (sem_init(&bench.may_play, 0, 0) != 0)
        die("no semaphore");
    start_worker();
    for (size_t i = 0; i < bench.count; i++)
        ask_in(i);
    sem_post(&bench.may_play);
    for (;;)
        pause();
}
