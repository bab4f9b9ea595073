#include "cluster/beat.h"

#include <string.h>

#include "base/rd.h"

#define VERSION 1

uint64_t ic_beat_key(const uint8_t node[static IC_NODE_ID_LEN])
{
    struct ic_rd r = ic_rd_init(node, IC_NODE_ID_LEN);
    return ic_rd_u64(&r);
}

static void take(struct ic_rd *r, void *out, size_t n)
{
    const uint8_t *at = ic_rd_take(r, n);
    if (at != NULL)
        memcpy(out, at, n);
}

static void parse_load(struct ic_rd *r, struct ic_node_load *out)
{
    out->people = ic_rd_u16(r);
    out->people_max = ic_rd_u16(r);
    out->videos = ic_rd_u16(r);
    out->videos_max = ic_rd_u16(r);
    uint8_t flags = ic_rd_u8(r);
    out->is_draining = flags == 1;
    if (flags > 1)
        r->bad = true;
}

enum ic_err ic_beat_parse(const uint8_t *bytes, size_t len, struct ic_beat *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_beat b = {0};
    uint8_t version = ic_rd_u8(&r);
    take(&r, b.node, sizeof b.node);
    take(&r, b.leaf, sizeof b.leaf);
    take(&r, b.country, sizeof b.country);
    b.incarnation = ic_rd_u64(&r);
    b.seq = ic_rd_u64(&r);
    parse_load(&r, &b.load);
    b.ack_count = ic_rd_u16(&r);
    if (!ic_rd_ok(&r) || version != VERSION || b.ack_count > IC_NODES_MAX)
        return IC_ERR_INPUT;
    for (size_t i = 0; i < b.ack_count; i++) {
        b.acks[i].node = ic_rd_u64(&r); /* one after the other: the order counts */
        b.acks[i].seq = ic_rd_u64(&r);
    }
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = b;
    return IC_OK;
}

void ic_beat_write(struct ic_wr *w, const struct ic_beat *beat)
{
    ic_wr_u8(w, VERSION);
    ic_wr_bytes(w, beat->node, sizeof beat->node);
    ic_wr_bytes(w, beat->leaf, sizeof beat->leaf);
    ic_wr_bytes(w, beat->country, sizeof beat->country);
    ic_wr_u64(w, beat->incarnation);
    ic_wr_u64(w, beat->seq);
    ic_wr_u16(w, beat->load.people);
    ic_wr_u16(w, beat->load.people_max);
    ic_wr_u16(w, beat->load.videos);
    ic_wr_u16(w, beat->load.videos_max);
    ic_wr_u8(w, beat->load.is_draining ? 1 : 0);
    ic_wr_u16(w, beat->ack_count);
    for (size_t i = 0; i < beat->ack_count; i++) {
        ic_wr_u64(w, beat->acks[i].node);
        ic_wr_u64(w, beat->acks[i].seq);
    }
}
