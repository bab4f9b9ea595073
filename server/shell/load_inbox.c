#include "shell/load_inbox.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/pool.h"

#define BATCH     64
#define RUN_BYTES 65536

struct place {
    struct iovec bytes;
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))];
};

struct ic_load_inbox {
    size_t place_bytes;
    uint8_t *bytes;
    struct mmsghdr headers[BATCH];
    struct place places[BATCH];
    size_t count, at;       /* messages: read, under way */
    size_t offset, segment; /* in the one under way; length of its datagrams but the last */
};

struct ic_load_inbox *ic_load_inbox_create(bool has_runs)
{
    struct ic_load_inbox *inbox = ic_array_alloc(1, sizeof *inbox);
    if (inbox == NULL)
        return NULL;
    inbox->place_bytes = has_runs ? RUN_BYTES : IC_PACKET_CAP;
    inbox->bytes = ic_array_alloc(BATCH, inbox->place_bytes);
    if (inbox->bytes == NULL) {
        ic_load_inbox_destroy(inbox);
        return NULL;
    }
    return inbox;
}

void ic_load_inbox_destroy(struct ic_load_inbox *inbox)
{
    if (inbox == NULL)
        return;
    ic_array_free(inbox->bytes);
    ic_array_free(inbox);
}

/* How long the datagrams are that the kernel left together. */
static size_t segment_of(struct msghdr *header, size_t len)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        int segment;
        if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
            continue;
        memcpy(&segment, CMSG_DATA(c), sizeof segment);
        return segment > 0 ? (size_t)segment : len;
    }
    return len;
}

static void open_message(struct ic_load_inbox *inbox)
{
    inbox->offset = 0;
    if (inbox->at < inbox->count)
        inbox->segment =
            segment_of(&inbox->headers[inbox->at].msg_hdr, inbox->headers[inbox->at].msg_len);
}

bool ic_load_inbox_read(struct ic_load_inbox *inbox, int fd)
{
    for (size_t i = 0; i < BATCH; i++) {
        struct place *p = &inbox->places[i];
        p->bytes = (struct iovec){.iov_base = &inbox->bytes[i * inbox->place_bytes],
                                  .iov_len = inbox->place_bytes};
        inbox->headers[i].msg_hdr = (struct msghdr){.msg_iov = &p->bytes,
                                                    .msg_iovlen = 1,
                                                    .msg_control = p->control,
                                                    .msg_controllen = sizeof p->control};
    }
    int count = recvmmsg(fd, inbox->headers, BATCH, MSG_DONTWAIT, NULL);
    inbox->count = count > 0 ? (size_t)count : 0;
    inbox->at = 0;
    open_message(inbox);
    return inbox->count > 0;
}

bool ic_load_inbox_next(struct ic_load_inbox *inbox, uint8_t **bytes, size_t *len)
{
    while (inbox->at < inbox->count && inbox->offset >= inbox->headers[inbox->at].msg_len) {
        inbox->at++;
        open_message(inbox);
    }
    if (inbox->at == inbox->count)
        return false;
    size_t left = inbox->headers[inbox->at].msg_len - inbox->offset;
    *bytes = &inbox->bytes[inbox->at * inbox->place_bytes + inbox->offset];
    *len = left < inbox->segment ? left : inbox->segment;
    inbox->offset += *len;
    return true;
}

bool ic_load_inbox_is_full(const struct ic_load_inbox *inbox)
{
    return inbox->count == BATCH;
}
