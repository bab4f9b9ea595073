/* room: media */
/* A slot under any order of switches, packets, NACKs and time steps: no output number is used
 * twice, none runs away, and each leads back to its source packet. Input: records of eight bytes:
 * action (bit 3: the packet is VP9, else VP8), time step in ms, sequence step (16 bits, signed),
 * timestamp, picture id. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "media/rtx_stream.h"
#include "media/tx_head.h"
#include "media/tx_stream.h"

#define SOURCES 3
#define NUMBERS (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct turn {
    uint8_t action, ms;
    int16_t step;
    uint16_t ts, picture_id;
};

struct world {
    struct ic_tx_stream tx;
    struct ic_rtx_stream rtx;
    struct ic_rtx_budget budget;
    struct ic_time now;
    uint64_t at[SOURCES];
    uint64_t first, advances;
    uint8_t used[NUMBERS / 8];
};

static const uint8_t vp8[] = {0x90, 0xf0, 0x81, 0x02, 0x07, 0x43, 0};
static const uint8_t vp9[] = {0xa8, 0x81, 0x02, 0x00, 0x07, 0xaa, 0};

static struct ic_media_packet packet(const struct world *w, uint64_t ext_seq, const struct turn *t)
{
    struct ic_media_packet p = {
        .ext_seq = ext_seq,
        .arrived = w->now,
        .ts = (uint32_t)t->ts << 16,
        .payload_len = sizeof vp8,
        .codec = (t->action & 0x08) != 0 ? IC_CODEC_VP9 : IC_CODEC_VP8,
    };
    struct ic_pdesc_vp8 d8;
    struct ic_pdesc_vp9 d9;
    IC_ASSERT(ic_pdesc_vp8_parse(vp8, sizeof vp8, &d8) == IC_OK);
    IC_ASSERT(ic_pdesc_vp9_parse(vp9, sizeof vp9, &d9) == IC_OK);
    p.pdesc = p.codec == IC_CODEC_VP9 ? d9.common : d8.common;
    p.pdesc.picture_id = t->picture_id & 0x7fff;
    p.pdesc.tl0 = (uint8_t)t->picture_id;
    return p;
}

/* A number goes out with new content once. */
static void use(struct world *w, uint64_t ext_seq)
{
    uint64_t n = ext_seq - w->first;
    IC_ASSERT(n < NUMBERS);
    IC_ASSERT((w->used[n / 8] >> (n % 8) & 1) == 0);
    w->used[n / 8] = (uint8_t)(w->used[n / 8] | 1U << (n % 8));
}

static void map(struct world *w, uint32_t source, const struct turn *t, bool begin)
{
    int64_t next = (int64_t)w->at[source] + t->step;
    struct ic_media_packet p = packet(w, next < 0 ? 0 : (uint64_t)next, t);
    struct ic_ref ref = {source, 1};
    struct ic_tx_out out;
    struct ic_tx_head head;
    struct ic_tx_origin origin;
    uint64_t before = w->tx.highest;
    const uint8_t *payload = p.codec == IC_CODEC_VP9 ? vp9 : vp8;
    if (begin)
        ic_tx_stream_switch(&w->tx, w->now, ref, &p);
    else if (ic_ref_eq(ic_tx_stream_source(&w->tx), ref) && ic_tx_stream_changes_codec(&w->tx, &p))
        ic_tx_stream_change_codec(&w->tx, &p);
    enum ic_err err = ic_tx_stream_map(&w->tx, w->now, ref, &p, &out);
    IC_ASSERT(!begin || (err == IC_OK && out.ext_seq == before + 1));
    if (err != IC_OK)
        return;
    w->at[source] = p.ext_seq;
    use(w, out.ext_seq);
    w->advances += w->tx.highest > before;
    IC_ASSERT(ic_tx_stream_find(&w->tx, (uint16_t)out.ext_seq, &origin) == IC_OK);
    IC_ASSERT(ic_ref_eq(origin.source, ref) && origin.source_seq == p.ext_seq && origin.sent);
    IC_ASSERT(ic_tx_stream_map(&w->tx, w->now, ref, &p, &out) == IC_ERR_REPLAY);
    IC_ASSERT(ic_tx_head_write(&head, w->tx.ssrc, 96, &out, &p, payload) == IC_OK);
    ic_rtx_budget_on_media(&w->budget, w->now, p.payload_len);
}

static void answer_nack(struct world *w, const struct turn *t)
{
    struct ic_tx_origin origin;
    struct ic_tx_out out;
    uint64_t rtx_seq;
    if (ic_tx_stream_find(&w->tx, (uint16_t)t->step, &origin) != IC_OK)
        return;
    IC_ASSERT(origin.ext_seq <= w->tx.highest);
    struct ic_media_packet p = packet(w, origin.source_seq, t);
    if (ic_rtx_stream_admit(&w->rtx, w->now, origin.ext_seq, w->now, p.payload_len, &w->budget,
                            &rtx_seq) != IC_OK)
        return;
    if (!origin.sent)
        use(w, origin.ext_seq);
    ic_tx_stream_remap(&w->tx, &origin, &p, &out);
    IC_ASSERT(out.ext_seq == origin.ext_seq);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w;
    struct ic_rd rd = ic_rd_init(data, size);
    struct ic_prng prng;
    memset(&w, 0, sizeof w);
    ic_prng_init(&prng, ic_rd_u16(&rd));
    ic_tx_stream_init(&w.tx, 5, 90000, &prng, w.now);
    ic_rtx_stream_init(&w.rtx, 6, &prng);
    ic_rtx_budget_init(&w.budget);
    w.first = w.tx.highest;
    while (rd.left >= 8) {
        struct turn t = {ic_rd_u8(&rd), ic_rd_u8(&rd), (int16_t)ic_rd_u16(&rd), ic_rd_u16(&rd),
                         ic_rd_u16(&rd)};
        uint32_t source = 1 + (t.action >> 4) % (SOURCES - 1);
        w.now = ic_time_add(w.now, IC_MS(t.ms));
        switch (t.action & 0x07) {
        case 0:
            map(&w, source, &t, true);
            break;
        case 1:
            ic_tx_stream_clear(&w.tx);
            break;
        case 2:
            answer_nack(&w, &t);
            break;
        default:
            map(&w, source, &t, false);
            break;
        }
        /* LIMIT of tx_stream.h: what may be missing between the packets that went out */
        int64_t missing = (int64_t)(w.tx.highest - w.first - w.advances);
        IC_ASSERT(missing <=
                  IC_TX_GAP_BURST + (int64_t)w.advances + w.now.us * IC_TX_GAP_RATE / 1000000);
    }
    return 0;
}
