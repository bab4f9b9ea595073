#include "shell/load_inbox.h"

#include <sys/socket.h>

#include "base/limits.h"
#include "base/pool.h"
#include "shell/rx_run.h"

#define BATCH 64

struct place {
    struct iovec bytes;
    _Alignas(struct cmsghdr) uint8_t control[IC_RX_RUN_CONTROL];
};

struct ic_load_inbox {
    size_t place_bytes;
    uint8_t *bytes;
    struct mmsghdr headers[BATCH];
    struct place places[BATCH];
    size_t count, at;     /* messages: read, under way */
    struct ic_rx_run run; /* what is left of the one under way */
};

struct ic_load_inbox *ic_load_inbox_create(bool has_runs)
{
    struct ic_load_inbox *inbox = ic_array_alloc(1, sizeof *inbox);
    if (inbox == NULL)
        return NULL;
    inbox->place_bytes = has_runs ? IC_RX_RUN_BYTES : IC_PACKET_CAP;
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

/* The message under way, or the first behind it of which it can be said what is in it. */
static void open_message(struct ic_load_inbox *inbox)
{
    for (; inbox->at < inbox->count; inbox->at++) {
        struct mmsghdr *header = &inbox->headers[inbox->at];
        if (ic_rx_run_open_header(&inbox->run, &header->msg_hdr,
                                  inbox->places[inbox->at].bytes.iov_base, header->msg_len))
            return;
    }
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
    if (inbox->at == inbox->count)
        return false;
    *bytes = ic_rx_run_next(&inbox->run, len);
    if (inbox->run.left == 0) {
        inbox->at++;
        open_message(inbox);
    }
    return true;
}

bool ic_load_inbox_is_full(const struct ic_load_inbox *inbox)
{
    return inbox->count == BATCH;
}
