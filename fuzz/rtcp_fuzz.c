/* room: wire */
/* Compound RTCP: every parser on every packet, all lists walked, the work bounded by the size; a
 * NACK is written again and must say the same. */
#include "base/assert.h"
#include "wire/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reports(const struct ic_rtcp_packet *p)
{
    struct ic_rtcp_sender sender;
    struct ic_rtcp_blocks blocks;
    struct ic_rtcp_block block;
    uint32_t reporter;
    if (ic_rtcp_parse_sr(p, &sender, &blocks) != IC_OK &&
        ic_rtcp_parse_rr(p, &reporter, &blocks) != IC_OK)
        return;
    uint8_t count = 0;
    for (; ic_rtcp_blocks_next(&blocks, &block); count++)
        IC_ASSERT(block.cumulative_lost >= -0x800000 && block.cumulative_lost <= 0x7fffff);
    IC_ASSERT(count == p->count);
}

static void check_nack(const struct ic_rtcp_packet *p)
{
    static const size_t head_len = 12;
    struct ic_rtcp_nack n, m;
    uint16_t seqs[IC_RTCP_NACK_SEQS_MAX], seq;
    size_t count = 0;
    if (ic_rtcp_parse_nack(p, &n) != IC_OK)
        return;
    while (ic_rtcp_nack_next(&n, &seq))
        seqs[count++] = seq;
    IC_ASSERT(count >= 1 && count <= IC_RTCP_NACK_SEQS_MAX);

    uint8_t out[12 + 4 * IC_RTCP_NACK_SEQS_MAX];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    struct ic_rtcp r;
    struct ic_rtcp_packet again;
    ic_rtcp_write_nack(&w, n.sender_ssrc, n.media_ssrc, seqs, count);
    IC_ASSERT(ic_wr_ok(&w) && w.len <= head_len + 4 * count);
    ic_rtcp_begin(&r, out, w.len);
    IC_ASSERT(ic_rtcp_next(&r, &again) && ic_rtcp_parse_nack(&again, &m) == IC_OK);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && seqs[i] == seqs[i - 1])
            continue; /* said twice: written once */
        if (!ic_rtcp_nack_next(&m, &seq))
            return;
        /* out of order numbers may share an entry and come back sorted: same base at least */
        IC_ASSERT(i > 0 || seq == seqs[0]);
    }
}

static void check_lists(const struct ic_rtcp_packet *p)
{
    struct ic_rd list;
    uint32_t ssrc;
    uint8_t command;
    size_t steps = 0;
    char cname[IC_RTCP_CNAME_MAX + 1];
    if (ic_rtcp_parse_bye(p, &list) == IC_OK)
        while (ic_rtcp_bye_next(&list, &ssrc))
            steps++;
    if (ic_rtcp_parse_fir(p, &list) == IC_OK)
        while (ic_rtcp_fir_next(&list, &ssrc, &command))
            steps++;
    IC_ASSERT(steps <= p->body.left / 4);
    if (ic_rtcp_parse_cname(p, &ssrc, cname) == IC_OK)
        IC_ASSERT(strlen(cname) <= IC_RTCP_CNAME_MAX);
    (void)!ic_rtcp_parse_pli(p, &ssrc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    size_t packets = 0;
    (void)ic_rtcp_is_rtcp(data, size);
    ic_rtcp_begin(&r, data, size);
    for (; ic_rtcp_next(&r, &p); packets++) {
        check_reports(&p);
        check_nack(&p);
        check_lists(&p);
    }
    IC_ASSERT(packets <= size / 4);
    IC_ASSERT(r.bad || r.rd.left == 0);
    return 0;
}
