#include "wire/rtcp.h"

#include "base/assert.h"

#define VERSION    2
#define BLOCK_LEN  24
#define SDES_CNAME 1 /* RFC 3550 6.5.1 */

bool ic_rtcp_is_rtcp(const uint8_t *packet, size_t len)
{
    struct ic_rd rd = ic_rd_init(packet, len);
    ic_rd_skip(&rd, 1);
    uint8_t type = ic_rd_u8(&rd);
    return ic_rd_ok(&rd) && type >= 192 && type <= 223;
}

void ic_rtcp_begin(struct ic_rtcp *r, const uint8_t *bytes, size_t len)
{
    *r = (struct ic_rtcp){.rd = ic_rd_init(bytes, len), .bad = false};
}

/* The body without its padding; false when the count is wrong. */
static bool cut_padding(struct ic_rd *body)
{
    struct ic_rd end = *body;
    if (end.left == 0)
        return false;
    ic_rd_skip(&end, end.left - 1);
    size_t padding = ic_rd_u8(&end);
    if (padding == 0 || padding > body->left)
        return false;
    *body = ic_rd_sub(body, body->left - padding);
    return true;
}

bool ic_rtcp_next(struct ic_rtcp *r, struct ic_rtcp_packet *out)
{
    if (r->bad || r->rd.left == 0)
        return false;
    uint8_t first = ic_rd_u8(&r->rd);
    uint8_t type = ic_rd_u8(&r->rd);
    size_t len = (size_t)ic_rd_u16(&r->rd) * 4;
    struct ic_rd body = ic_rd_sub(&r->rd, len);
    bool padded = (first & 0x20) != 0;
    if (!ic_rd_ok(&body) || first >> 6 != VERSION || (padded && !cut_padding(&body))) {
        r->bad = true;
        return false;
    }
    *out = (struct ic_rtcp_packet){.type = type, .count = first & 0x1f, .body = body};
    return true;
}

enum ic_err ic_rtcp_parse_sr(const struct ic_rtcp_packet *p, struct ic_rtcp_sender *sender,
                             struct ic_rtcp_blocks *blocks)
{
    struct ic_rd rd = p->body;
    struct ic_rtcp_sender s = {0};
    s.ssrc = ic_rd_u32(&rd);
    s.ntp = ic_rd_u64(&rd);
    s.rtp_ts = ic_rd_u32(&rd);
    s.packets = ic_rd_u32(&rd);
    s.octets = ic_rd_u32(&rd);
    struct ic_rd list = ic_rd_sub(&rd, (size_t)p->count * BLOCK_LEN);
    if (p->type != IC_RTCP_SR || !ic_rd_ok(&list))
        return IC_ERR_INPUT;
    *sender = s;
    *blocks = (struct ic_rtcp_blocks){.rd = list, .left = p->count};
    return IC_OK;
}

enum ic_err ic_rtcp_parse_rr(const struct ic_rtcp_packet *p, uint32_t *reporter,
                             struct ic_rtcp_blocks *blocks)
{
    struct ic_rd rd = p->body;
    uint32_t ssrc = ic_rd_u32(&rd);
    struct ic_rd list = ic_rd_sub(&rd, (size_t)p->count * BLOCK_LEN);
    if (p->type != IC_RTCP_RR || !ic_rd_ok(&list))
        return IC_ERR_INPUT;
    *reporter = ssrc;
    *blocks = (struct ic_rtcp_blocks){.rd = list, .left = p->count};
    return IC_OK;
}

static int32_t sign_extend24(uint32_t v)
{
    return (v & 0x800000U) != 0 ? (int32_t)v - 0x1000000 : (int32_t)v;
}

bool ic_rtcp_blocks_next(struct ic_rtcp_blocks *blocks, struct ic_rtcp_block *out)
{
    if (blocks->left == 0)
        return false;
    struct ic_rd *rd = &blocks->rd;
    struct ic_rtcp_block b = {0};
    b.ssrc = ic_rd_u32(rd);
    b.fraction_lost = ic_rd_u8(rd);
    b.cumulative_lost = sign_extend24(ic_rd_u24(rd));
    b.highest_seq = ic_rd_u32(rd);
    b.jitter = ic_rd_u32(rd);
    b.lsr = ic_rd_u32(rd);
    b.dlsr = ic_rd_u32(rd);
    if (!ic_rd_ok(rd))
        return false;
    blocks->left--;
    *out = b;
    return true;
}

/* One chunk: items up to a null byte, then to the next 32-bit boundary of the body. */
static bool read_chunk(struct ic_rd *rd, uint32_t *ssrc, struct ic_rd *cname)
{
    *ssrc = ic_rd_u32(rd);
    for (;;) {
        uint8_t type = ic_rd_u8(rd);
        if (!ic_rd_ok(rd))
            return false;
        if (type == 0)
            break;
        struct ic_rd text = ic_rd_sub(rd, ic_rd_u8(rd));
        if (type == SDES_CNAME && cname->p == NULL)
            *cname = text;
    }
    ic_rd_skip(rd, rd->left % 4); /* the body is a multiple of four bytes */
    return ic_rd_ok(rd);
}

enum ic_err ic_rtcp_parse_cname(const struct ic_rtcp_packet *p, uint32_t *ssrc,
                                char cname[static IC_RTCP_CNAME_MAX + 1])
{
    if (p->type != IC_RTCP_SDES)
        return IC_ERR_INPUT;
    struct ic_rd rd = p->body;
    for (uint8_t i = 0; i < p->count; i++) {
        uint32_t chunk_ssrc = 0;
        struct ic_rd text = {0};
        if (!read_chunk(&rd, &chunk_ssrc, &text))
            return IC_ERR_INPUT;
        if (text.p == NULL)
            continue;
        size_t n = text.left;
        struct ic_wr w = ic_wr_init((uint8_t *)cname, IC_RTCP_CNAME_MAX + 1);
        ic_wr_bytes(&w, ic_rd_take(&text, n), n);
        ic_wr_u8(&w, 0);
        IC_ASSERT(ic_wr_ok(&w)); /* n came from one byte */
        *ssrc = chunk_ssrc;
        return IC_OK;
    }
    return IC_ERR_INPUT;
}

enum ic_err ic_rtcp_parse_bye(const struct ic_rtcp_packet *p, struct ic_rd *ssrcs)
{
    struct ic_rd rd = p->body;
    struct ic_rd list = ic_rd_sub(&rd, (size_t)p->count * 4);
    if (p->type != IC_RTCP_BYE || !ic_rd_ok(&list))
        return IC_ERR_INPUT;
    *ssrcs = list;
    return IC_OK;
}

bool ic_rtcp_bye_next(struct ic_rd *ssrcs, uint32_t *ssrc)
{
    if (ssrcs->left == 0)
        return false;
    uint32_t v = ic_rd_u32(ssrcs);
    if (!ic_rd_ok(ssrcs))
        return false;
    *ssrc = v;
    return true;
}

/* The two SSRCs that every feedback begins with (RFC 4585 6.1). */
static bool read_feedback(const struct ic_rtcp_packet *p, uint8_t type, uint8_t format,
                          struct ic_rd *rest, uint32_t *sender_ssrc, uint32_t *media_ssrc)
{
    *rest = p->body;
    *sender_ssrc = ic_rd_u32(rest);
    *media_ssrc = ic_rd_u32(rest);
    return p->type == type && p->count == format && ic_rd_ok(rest);
}

enum ic_err ic_rtcp_parse_nack(const struct ic_rtcp_packet *p, struct ic_rtcp_nack *out)
{
    struct ic_rtcp_nack n = {0};
    if (!read_feedback(p, IC_RTCP_RTPFB, IC_RTCP_RTPFB_NACK, &n.rd, &n.sender_ssrc, &n.media_ssrc))
        return IC_ERR_INPUT;
    if (n.rd.left == 0 || n.rd.left % 4 != 0)
        return IC_ERR_INPUT;
    *out = n;
    return IC_OK;
}

bool ic_rtcp_nack_next(struct ic_rtcp_nack *n, uint16_t *seq)
{
    if (n->given >= IC_RTCP_NACK_SEQS_MAX)
        return false;
    if (n->blp == 0) {
        if (n->rd.left == 0)
            return false;
        n->base = ic_rd_u16(&n->rd);
        n->blp = (uint32_t)ic_rd_u16(&n->rd) << 1 | 1;
        if (!ic_rd_ok(&n->rd)) {
            n->blp = 0;
            return false;
        }
    }
    while ((n->blp & 1) == 0) {
        n->blp >>= 1;
        n->base++;
    }
    *seq = n->base;
    n->blp >>= 1;
    n->base++;
    n->given++;
    return true;
}

enum ic_err ic_rtcp_parse_pli(const struct ic_rtcp_packet *p, uint32_t *media_ssrc)
{
    struct ic_rd rest;
    uint32_t sender, media;
    if (!read_feedback(p, IC_RTCP_PSFB, IC_RTCP_PSFB_PLI, &rest, &sender, &media))
        return IC_ERR_INPUT;
    *media_ssrc = media;
    return IC_OK;
}

enum ic_err ic_rtcp_parse_fir(const struct ic_rtcp_packet *p, struct ic_rd *entries)
{
    struct ic_rd rest;
    uint32_t sender, media;
    if (!read_feedback(p, IC_RTCP_PSFB, IC_RTCP_PSFB_FIR, &rest, &sender, &media))
        return IC_ERR_INPUT;
    if (rest.left == 0 || rest.left % 8 != 0)
        return IC_ERR_INPUT;
    *entries = rest;
    return IC_OK;
}

bool ic_rtcp_fir_next(struct ic_rd *entries, uint32_t *media_ssrc, uint8_t *command)
{
    if (entries->left == 0)
        return false;
    uint32_t ssrc = ic_rd_u32(entries);
    uint8_t number = ic_rd_u8(entries);
    ic_rd_skip(entries, 3);
    if (!ic_rd_ok(entries))
        return false;
    *media_ssrc = ssrc;
    *command = number;
    return true;
}

/* Begin a packet; the result is for close_packet. */
static size_t open_packet(struct ic_wr *w, uint8_t type, size_t count)
{
    size_t start = w->len;
    IC_ASSERT(count <= IC_RTCP_BLOCKS_MAX);
    ic_wr_u8(w, (uint8_t)(VERSION << 6 | count));
    ic_wr_u8(w, type);
    ic_wr_u16(w, 0);
    return start;
}

/* RFC 3550 6.4.1: "The length of this RTCP packet in 32-bit words minus one" */
static void close_packet(struct ic_wr *w, size_t start)
{
    if (!ic_wr_ok(w))
        return;
    IC_ASSERT((w->len - start) % 4 == 0);
    ic_wr_patch16(w, start + 2, (uint16_t)((w->len - start) / 4 - 1));
}

static void write_blocks(struct ic_wr *w, const struct ic_rtcp_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct ic_rtcp_block *b = &blocks[i];
        ic_wr_u32(w, b->ssrc);
        ic_wr_u8(w, b->fraction_lost);
        ic_wr_u24(w, (uint32_t)b->cumulative_lost & 0xffffffU);
        ic_wr_u32(w, b->highest_seq);
        ic_wr_u32(w, b->jitter);
        ic_wr_u32(w, b->lsr);
        ic_wr_u32(w, b->dlsr);
    }
}

void ic_rtcp_write_sr(struct ic_wr *w, const struct ic_rtcp_sender *sender,
                      const struct ic_rtcp_block *blocks, size_t count)
{
    size_t start = open_packet(w, IC_RTCP_SR, count);
    ic_wr_u32(w, sender->ssrc);
    ic_wr_u64(w, sender->ntp);
    ic_wr_u32(w, sender->rtp_ts);
    ic_wr_u32(w, sender->packets);
    ic_wr_u32(w, sender->octets);
    write_blocks(w, blocks, count);
    close_packet(w, start);
}

void ic_rtcp_write_rr(struct ic_wr *w, uint32_t reporter, const struct ic_rtcp_block *blocks,
                      size_t count)
{
    size_t start = open_packet(w, IC_RTCP_RR, count);
    ic_wr_u32(w, reporter);
    write_blocks(w, blocks, count);
    close_packet(w, start);
}

void ic_rtcp_write_cname(struct ic_wr *w, uint32_t ssrc, const char *cname)
{
    size_t n = strlen(cname);
    IC_ASSERT(n >= 1 && n <= IC_RTCP_CNAME_MAX);
    size_t start = open_packet(w, IC_RTCP_SDES, 1);
    ic_wr_u32(w, ssrc);
    ic_wr_u8(w, SDES_CNAME);
    ic_wr_u8(w, (uint8_t)n);
    ic_wr_bytes(w, cname, n);
    /* RFC 3550 6.5: "terminated by one or more null octets ... to pad until the next 32-bit
     * boundary" */
    ic_wr_zeros(w, 4 - (n + 2) % 4);
    close_packet(w, start);
}

void ic_rtcp_write_bye(struct ic_wr *w, const uint32_t *ssrcs, size_t count)
{
    IC_ASSERT(count >= 1);
    size_t start = open_packet(w, IC_RTCP_BYE, count);
    for (size_t i = 0; i < count; i++)
        ic_wr_u32(w, ssrcs[i]);
    close_packet(w, start);
}

static size_t open_feedback(struct ic_wr *w, uint8_t type, uint8_t format, uint32_t sender_ssrc,
                            uint32_t media_ssrc)
{
    size_t start = open_packet(w, type, format);
    ic_wr_u32(w, sender_ssrc);
    ic_wr_u32(w, media_ssrc);
    return start;
}

void ic_rtcp_write_nack(struct ic_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc,
                        const uint16_t *seqs, size_t count)
{
    IC_ASSERT(count > 0);
    size_t start = open_feedback(w, IC_RTCP_RTPFB, IC_RTCP_RTPFB_NACK, sender_ssrc, media_ssrc);
    for (size_t i = 0; i < count;) {
        uint16_t base = seqs[i++];
        uint16_t mask = 0;
        for (; i < count; i++) {
            uint16_t distance = (uint16_t)(seqs[i] - base);
            if (distance > 16)
                break;
            if (distance > 0)
                mask = (uint16_t)(mask | 1U << (distance - 1));
        }
        ic_wr_u16(w, base);
        ic_wr_u16(w, mask);
    }
    close_packet(w, start);
}

void ic_rtcp_write_pli(struct ic_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc)
{
    close_packet(w, open_feedback(w, IC_RTCP_PSFB, IC_RTCP_PSFB_PLI, sender_ssrc, media_ssrc));
}

void ic_rtcp_write_fir(struct ic_wr *w, uint32_t sender_ssrc, uint32_t media_ssrc, uint8_t command)
{
    /* RFC 5104 4.3.1.2: "The SSRC of media source ... SHALL be set to 0"; the stream is named in
     * the entry */
    size_t start = open_feedback(w, IC_RTCP_PSFB, IC_RTCP_PSFB_FIR, sender_ssrc, 0);
    ic_wr_u32(w, media_ssrc);
    ic_wr_u8(w, command);
    ic_wr_u24(w, 0);
    close_packet(w, start);
}
