#include "shell/rx_run.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>

void ic_rx_run_read(const struct cmsghdr *c, int *segment)
{
    if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
        return;
    *segment = -1;
    if (c->cmsg_len != CMSG_LEN(sizeof *segment))
        return;
    memcpy(segment, CMSG_DATA(c), sizeof *segment);
    if (*segment <= 0)
        *segment = -1;
}

bool ic_rx_run_open(struct ic_rx_run *r, int flags, int segment, uint8_t *bytes, size_t len)
{
    if ((flags & MSG_CTRUNC) != 0 || segment < 0 || (segment > 0 && (flags & MSG_TRUNC) != 0))
        return false;
    *r = (struct ic_rx_run){
        .bytes = bytes, .left = len, .segment = segment == 0 ? len : (size_t)segment};
    return true;
}

bool ic_rx_run_open_header(struct ic_rx_run *r, struct msghdr *header, uint8_t *bytes, size_t len)
{
    int segment = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c))
        ic_rx_run_read(c, &segment);
    return ic_rx_run_open(r, header->msg_flags, segment, bytes, len);
}

uint8_t *ic_rx_run_next(struct ic_rx_run *r, size_t *len)
{
    uint8_t *bytes = r->bytes;
    *len = r->left < r->segment ? r->left : r->segment;
    r->left -= *len;
    r->bytes = &bytes[*len];
    return bytes;
}
