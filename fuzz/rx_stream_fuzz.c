/* room: media */
/* A received stream under any order of packets, NACK turns, reports and time steps. Input: records
 * of eight bytes: action, time step in ms, sequence step (32 bits, signed), timestamp (16 bits). */
#include "base/assert.h"
#include "base/rd.h"
#include "media/rx_stream.h"

#define NACKS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct turn {
    uint8_t action, ms;
    int32_t step;
    uint16_t ts;
};

static void input(struct ic_rx_stream *s, struct ic_time now, uint64_t *at, const struct turn *t)
{
    int64_t next = (int64_t)*at + t->step % 40000;
    struct ic_media_packet p = {
        .ext_seq = next < 0 ? 0 : (uint64_t)next,
        .arrived = now,
        .ts = (uint32_t)t->ts << 16,
        .payload_len = t->ts,
        .codec = IC_CODEC_VP8,
        .pdesc = {.len = 1, .frame_start = true, .key_frame = (t->action & 0x40) != 0},
    };
    bool recovered = (t->action & 0x80) != 0;
    uint64_t before = ic_rx_stream_highest(s);
    if (ic_rx_stream_input(s, now, &p, recovered) != IC_OK) {
        IC_ASSERT(ic_rx_stream_highest(s) == before);
        return;
    }
    IC_ASSERT(ic_rx_stream_highest(s) >= p.ext_seq);
    IC_ASSERT(ic_rx_stream_input(s, now, &p, recovered) == IC_ERR_REPLAY);
    *at = p.ext_seq;
}

static void take_nacks(struct ic_rx_stream *s, struct ic_time now, size_t cap)
{
    uint16_t seqs[NACKS_MAX];
    size_t n = ic_rx_stream_take_nacks(s, now, seqs, cap);
    IC_ASSERT(n <= cap);
    if (n < cap) /* all that was due is taken */
        IC_ASSERT(ic_time_before(now, ic_rx_stream_deadline(s)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rd rd = ic_rd_init(data, size);
    struct ic_rx_stream s;
    struct ic_time now = {0};
    struct ic_rtcp_block block;
    uint64_t at = ic_rd_u16(&rd);
    ic_rx_stream_init(&s, 1, 90000, (at & 1) == 0);
    while (rd.left >= 8) {
        struct turn t = {ic_rd_u8(&rd), ic_rd_u8(&rd), (int32_t)ic_rd_u32(&rd), ic_rd_u16(&rd)};
        now = ic_time_add(now, IC_MS(t.ms));
        switch (t.action & 0x07) {
        case 0:
            take_nacks(&s, now, t.ts % NACKS_MAX);
            break;
        case 1:
            (void)ic_rx_stream_report(&s, (uint64_t)now.us << 12, &block);
            break;
        case 2:
            ic_rx_stream_set_rtt(&s, IC_MS(t.step % 20000));
            break;
        case 3:
            ic_rx_stream_on_sr(&s, (uint64_t)now.us << 12,
                               &(struct ic_rtcp_sender){.ntp = (uint64_t)t.ts << 48});
            break;
        default:
            input(&s, now, &at, &t);
            break;
        }
        (void)ic_rx_stream_needs_key_frame(&s);
        IC_ASSERT(s.missing_count <= IC_RX_MISSING_MAX);
    }
    return 0;
}
