/* The bare loop: receive, decrypt, encrypt for each receiver, send. It is what this kernel and this
 * processor allow a forwarder that does nothing else: no ICE, no DTLS, no RTCP, no store, no
 * statistics. It brings the members of a load test in by itself, with keys of its own making:
 *
 *   incamera load --shape V -- build/release/yardstick
 *
 * recvmmsg of runs (UDP_GRO); our SRTP, straight into one buffer; a run of datagrams to one
 * receiver is one message (UDP_SEGMENT), and sendmmsg takes many of them. */
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/text.h"
#include "base/wr.h"
#include "crypto/aead_mb.h"
#include "transport/srtp.h"
#include "wire/rtp.h"

#define MEMBERS_MAX 4000
#define SLOTS_MAX   9
#define READS       32  /* messages read with one call */
#define PACKETS_MAX 256 /* in them; what is more is lost */
#define BATCH       64  /* messages, after which they are sent; of one member there may be more */
#define STAGE_BYTES ((BATCH + PACKETS_MAX) * RUN_MAX * 1400)
#define BUFFER      (4 * 1024 * 1024) /* of the socket, either way */
#define RUN_MAX     50                /* datagrams of a message: below 64 KiB */
#define IDLE_MS     100               /* without a packet: is the test over? */
#define KEY_LEN     16
#define SALT_LEN    12
#define KID_SHIFT   4

/* What a member sends: its picture, or the one kind that there is, and the sound beside it. */
static size_t source_of(size_t member, bool is_sound)
{
    return 2 * member + is_sound;
}

struct slot {
    uint32_t ssrc;
    size_t source;
};

struct member {
    bool sends, has_address, has_sound;
    uint32_t ssrc, sound_ssrc;
    struct slot slots[2 * SLOTS_MAX]; /* those of sound last */
    size_t slot_count, sound_slot_count;
    struct ic_srtp srtp;
    struct sockaddr_in address;
};

/* Where one message is read to; with a run of datagrams in it (UDP_GRO). */
struct place {
    struct sockaddr_in from;
    struct iovec bytes;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))];
};

/* A packet that was read and decrypted. */
struct packet {
    size_t source, header_len, text_len;
    uint64_t ext_seq;
    uint8_t *bytes;
};

struct message {
    struct iovec bytes;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))];
};

static struct {
    int fd;
    struct member *members;
    size_t member_count;
    uint8_t in[READS][65536];
    struct mmsghdr reads[READS];
    struct place places[READS];
    struct packet packets[PACKETS_MAX];
    size_t packet_count;
    uint8_t *stage;
    size_t stage_len;
    struct mmsghdr headers[BATCH + PACKETS_MAX];
    struct message messages[BATCH + PACKETS_MAX];
    size_t message_count;
    struct ic_aead_mb *aead_mb; /* as the server has it: the fastest that runs here */
} loop;

static void die(const char *what)
{
    printf("{\"type\":\"error\",\"text\":\"yardstick: %s: %s\"}\n", what, strerror(errno));
    exit(1);
}

/* ---- members ---- */

static void encode(char *out, const uint8_t *bytes, size_t n)
{
    ic_base64url_encode(bytes, n, out);
}

/* Keys for both directions, ours to this member and the other way. */
static json_t *make_keys(struct member *m)
{
    struct ic_srtp_keys keys = {.profile = IC_SRTP_AEAD_AES_128_GCM};
    const struct ic_srtp_engine engine = {.aead = ic_aead_mb_engine(loop.aead_mb)};
    char text[4][IC_BASE64URL_LEN(KEY_LEN) + 1];
    if (getrandom(keys.local_key, KEY_LEN, 0) != KEY_LEN ||
        getrandom(keys.remote_key, KEY_LEN, 0) != KEY_LEN ||
        getrandom(keys.local_salt, SALT_LEN, 0) != SALT_LEN ||
        getrandom(keys.remote_salt, SALT_LEN, 0) != SALT_LEN ||
        ic_srtp_init(&m->srtp, &keys, &engine) != IC_OK)
        die("no keys");
    encode(text[0], keys.remote_key, KEY_LEN);
    encode(text[1], keys.remote_salt, SALT_LEN);
    encode(text[2], keys.local_key, KEY_LEN);
    encode(text[3], keys.local_salt, SALT_LEN);
    return json_pack("{s:s,s:s,s:s,s:s}", "send_key", text[0], "send_salt", text[1], "receive_key",
                     text[2], "receive_salt", text[3]);
}

/* The n-th member that sends, without this one. */
static size_t nth_publisher(size_t self, size_t n)
{
    for (size_t i = 0; i < loop.member_count; i++)
        if (i != self && loop.members[i].sends && n-- == 0)
            return i;
    errno = EINVAL;
    die("more slots than publishers");
    return 0;
}

static json_t *make_slots(size_t i, size_t first, size_t count, bool is_sound)
{
    struct member *m = &loop.members[i];
    json_t *slots = json_array();
    for (size_t k = 0; k < count; k++) {
        m->slots[first + k] = (struct slot){.ssrc = (uint32_t)(1 + i * 2 * SLOTS_MAX + first + k),
                                            .source = source_of(nth_publisher(i, k), is_sound)};
        json_array_append_new(slots, json_integer(m->slots[first + k].ssrc));
    }
    return slots;
}

static json_t *make_send(size_t i, bool is_sound)
{
    return json_pack("{s:s,s:i,s:i,s:i,s:I}", "mid", is_sound ? "1" : "0", "payload_type",
                     is_sound ? 111 : 96, "mid_id", 4, "transport_cc_id", 3, "kid",
                     (json_int_t)source_of(i, is_sound) << KID_SHIFT);
}

static void tell(size_t i, uint16_t port, const char *base_key)
{
    struct member *m = &loop.members[i];
    size_t pictures = m->slot_count;
    m->slot_count += m->sound_slot_count;
    json_t *line = json_pack("{s:s,s:s,s:i,s:o,s:o,s:s}", "type", "member", "address", "127.0.0.1",
                             "port", (int)port, "srtp", make_keys(m), "slots",
                             make_slots(i, 0, pictures, false), "base_key", base_key);
    if (m->has_sound)
        json_object_set_new(line, "sound_slots",
                            make_slots(i, pictures, m->sound_slot_count, true));
    if (m->sends)
        json_object_set_new(line, "send", make_send(i, false));
    if (m->sends && m->has_sound)
        json_object_set_new(line, "sound_send", make_send(i, true));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void read_members(void)
{
    char *line = NULL;
    size_t cap = 0, i;
    json_t *list, *each;
    if (getline(&line, &cap, stdin) <= 0)
        die("nothing to do");
    json_t *request = json_loads(line, 0, NULL);
    if (json_unpack(request, "{s:o}", "members", &list) != 0 || !json_is_array(list) ||
        json_array_size(list) > MEMBERS_MAX)
        die("not understood");
    loop.member_count = json_array_size(list);
    loop.members = calloc(loop.member_count, sizeof *loop.members);
    if (loop.members == NULL)
        die("no memory");
    json_array_foreach(list, i, each)
    {
        struct member *m = &loop.members[i];
        int sends;
        json_int_t ssrc, slots, sound_ssrc = 0, sound_slots = 0;
        if (json_unpack(each, "{s:b,s:I,s:I,s?I,s?I}", "sends", &sends, "ssrc", &ssrc, "slots",
                        &slots, "sound_ssrc", &sound_ssrc, "sound_slots", &sound_slots) != 0 ||
            slots < 0 || slots > SLOTS_MAX || sound_slots < 0 || sound_slots > SLOTS_MAX)
            die("not understood");
        m->sends = sends != 0;
        m->has_sound = sound_ssrc != 0;
        m->ssrc = (uint32_t)ssrc;
        m->sound_ssrc = (uint32_t)sound_ssrc;
        m->slot_count = (size_t)slots;
        m->sound_slot_count = (size_t)sound_slots;
    }
    json_decref(request);
    free(line);
}

static uint16_t open_socket(void)
{
    struct sockaddr_in s = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval idle = {.tv_usec = IDLE_MS * 1000};
    socklen_t len = sizeof s;
    int size = BUFFER, on = 1;
    loop.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (loop.fd < 0 || bind(loop.fd, (struct sockaddr *)&s, sizeof s) != 0 ||
        getsockname(loop.fd, (struct sockaddr *)&s, &len) != 0 ||
        setsockopt(loop.fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof idle) != 0 ||
        setsockopt(loop.fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)
        die("no socket");
    (void)setsockopt(loop.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(loop.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return ntohs(s.sin_port);
}

/* ---- in ---- */

static struct member *find_member(uint32_t ssrc)
{
    for (size_t i = 0; i < loop.member_count; i++) {
        struct member *m = &loop.members[i];
        if (m->ssrc == ssrc || (m->has_sound && m->sound_ssrc == ssrc))
            return m;
    }
    return NULL;
}

/* A report tells where somebody is; it is not looked into. */
static void on_report(const uint8_t *bytes, size_t len, const struct sockaddr_in *from)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    ic_rd_skip(&r, 4);
    struct member *m = find_member(ic_rd_u32(&r));
    if (m == NULL)
        return;
    m->address = *from;
    m->has_address = true;
}

static void on_media(uint8_t *bytes, size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct packet *p = &loop.packets[loop.packet_count];
    struct ic_rtp rtp;
    ic_rd_skip(&r, 8);
    struct member *m = find_member(ic_rd_u32(&r));
    if (m == NULL || ic_srtp_unprotect_rtp(&m->srtp, bytes, &len, &p->ext_seq) != IC_OK ||
        ic_rtp_parse(bytes, len, &rtp) != IC_OK)
        return;
    p->source = source_of((size_t)(m - loop.members), rtp.ssrc != m->ssrc);
    p->bytes = bytes;
    p->header_len = rtp.header_len;
    p->text_len = rtp.payload_len;
    loop.packet_count++;
}

static void on_datagram(uint8_t *bytes, size_t len, const struct sockaddr_in *from)
{
    if (len < IC_RTP_HEADER_LEN || loop.packet_count == PACKETS_MAX)
        return;
    if (bytes[1] >= 192 && bytes[1] <= 223)
        on_report(bytes, len, from);
    else
        on_media(bytes, len);
}

/* How long the datagrams are that the kernel left together. */
static size_t segment_of(struct msghdr *header, size_t len)
{
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    int segment = 0;
    if (c != NULL && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
        memcpy(&segment, CMSG_DATA(c), sizeof segment);
    return segment > 0 ? (size_t)segment : len;
}

/* False: nothing came for a while. */
static bool receive(void)
{
    for (size_t i = 0; i < READS; i++) {
        struct place *p = &loop.places[i];
        p->bytes = (struct iovec){.iov_base = loop.in[i], .iov_len = sizeof loop.in[i]};
        loop.reads[i].msg_hdr = (struct msghdr){.msg_name = &p->from,
                                                .msg_namelen = sizeof p->from,
                                                .msg_iov = &p->bytes,
                                                .msg_iovlen = 1,
                                                .msg_control = p->control,
                                                .msg_controllen = sizeof p->control};
    }
    int count = recvmmsg(loop.fd, loop.reads, READS, MSG_WAITFORONE, NULL);
    loop.packet_count = 0;
    for (int i = 0; i < count; i++) {
        size_t left = loop.reads[i].msg_len, segment = segment_of(&loop.reads[i].msg_hdr, left);
        for (uint8_t *at = loop.in[i]; left > 0;) {
            size_t len = left < segment ? left : segment;
            on_datagram(at, len, &loop.places[i].from);
            at += len;
            left -= len;
        }
    }
    return count > 0;
}

/* ---- out ---- */

static void flush(void)
{
    for (size_t done = 0; done < loop.message_count;) {
        int sent = sendmmsg(loop.fd, &loop.headers[done], (unsigned)(loop.message_count - done), 0);
        done += sent > 0 ? (size_t)sent : 1;
    }
    loop.message_count = 0;
    loop.stage_len = 0;
}

/* What was encrypted from here on, datagrams of one length but for the last, as one message. */
static void add_message(struct member *m, size_t begin, size_t end, size_t segment)
{
    struct message *message = &loop.messages[loop.message_count];
    struct msghdr *header = &loop.headers[loop.message_count++].msg_hdr;
    uint16_t value = (uint16_t)segment;
    message->bytes = (struct iovec){.iov_base = &loop.stage[begin], .iov_len = end - begin};
    *header = (struct msghdr){.msg_name = &m->address,
                              .msg_namelen = sizeof m->address,
                              .msg_iov = &message->bytes,
                              .msg_iovlen = 1};
    if (message->bytes.iov_len > segment) {
        header->msg_control = message->control;
        header->msg_controllen = sizeof message->control;
        struct cmsghdr *c = CMSG_FIRSTHDR(header);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_UDP,
                              .cmsg_type = UDP_SEGMENT,
                              .cmsg_len = CMSG_LEN(sizeof value)};
        memcpy(CMSG_DATA(c), &value, sizeof value);
    }
}

/* Header of one receiver, and the payload encrypted for it; the length of the datagram. */
static size_t stage_packet(struct member *m, uint32_t ssrc, const struct packet *p)
{
    uint8_t *out = &loop.stage[loop.stage_len];
    memcpy(out, p->bytes, IC_RTP_HEADER_LEN);
    out[0] = 0x80; /* without the publisher's extension */
    struct ic_wr w = ic_wr_init(&out[8], 4);
    ic_wr_u32(&w, ssrc);
    struct ic_srtp_job job = {.session = &m->srtp,
                              .ext_seq = p->ext_seq,
                              .header = out,
                              .header_len = IC_RTP_HEADER_LEN,
                              .payload = &p->bytes[p->header_len],
                              .payload_len = p->text_len,
                              .out = out};
    ic_srtp_protect_rtp(&job, 1);
    if (job.error != IC_OK)
        die("encryption failed");
    loop.stage_len += job.out_len;
    return job.out_len;
}

static bool has_slot_for(const struct member *m, size_t source, uint32_t *ssrc)
{
    for (size_t k = 0; k < m->slot_count; k++)
        if (m->slots[k].source == source) {
            *ssrc = m->slots[k].ssrc;
            return true;
        }
    return false;
}

static void forward_to(struct member *m)
{
    size_t begin = loop.stage_len, run = 0, segment = 0;
    bool is_closed = false; /* a shorter one was the last */
    for (size_t i = 0; i < loop.packet_count; i++) {
        uint32_t ssrc;
        if (!has_slot_for(m, loop.packets[i].source, &ssrc))
            continue;
        size_t end = loop.stage_len, len = stage_packet(m, ssrc, &loop.packets[i]);
        if (run > 0 && (is_closed || len > segment || run == RUN_MAX)) {
            add_message(m, begin, end, segment);
            begin = end;
            run = 0;
        }
        segment = run++ == 0 ? len : segment;
        is_closed = len < segment;
    }
    if (run > 0)
        add_message(m, begin, loop.stage_len, segment);
    if (loop.message_count >= BATCH || STAGE_BYTES - loop.stage_len < PACKETS_MAX * 1400)
        flush();
}

static bool is_over(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) != 0;
}

int main(void)
{
    uint8_t key[KEY_LEN];
    char base_key[IC_BASE64URL_LEN(KEY_LEN) + 1];
    loop.stage = malloc(STAGE_BYTES);
    loop.aead_mb = ic_aead_mb_create();
    if (loop.stage == NULL || getrandom(key, sizeof key, 0) != sizeof key)
        die("cannot start");
    encode(base_key, key, sizeof key);
    read_members();
    uint16_t port = open_socket();
    for (size_t i = 0; i < loop.member_count; i++)
        tell(i, port, base_key);
    printf("{\"type\":\"ready\",\"server_pid\":%d}\n", (int)getpid());
    fflush(stdout);
    for (;;) {
        if (!receive() && is_over())
            return 0;
        for (size_t i = 0; i < loop.member_count && loop.packet_count > 0; i++)
            if (loop.members[i].has_address && loop.members[i].slot_count > 0)
                forward_to(&loop.members[i]);
        flush();
    }
}
