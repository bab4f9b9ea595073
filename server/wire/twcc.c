#include "wire/twcc.h"

#include "base/assert.h"

/* draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1.1 */
enum symbol { NOT_RECEIVED = 0, SMALL_DELTA = 1, LARGE_DELTA = 2, RESERVED = 3 };

#define HEAD_LEN 20
#define RUN_MAX  0x1fff
#define VECTOR_1 14 /* symbols of one bit in a chunk */
#define VECTOR_2 7  /* symbols of two bits */

/* ---- writing ---- */

struct plan {
    uint8_t symbols[IC_TWCC_STATUSES_MAX];
    int16_t deltas[IC_TWCC_STATUSES_MAX]; /* of received ones */
    size_t count;
    int64_t reference; /* in 64 ms */
};

/* Most statuses that surely fit: two bytes a delta, two a chunk of seven, padding. */
static size_t fitting(const struct ic_wr *w)
{
    size_t room = w->bad ? 0 : w->cap - w->len;
    size_t fixed = HEAD_LEN + 2 + 3;
    return room <= fixed ? 0 : (room - fixed) * 7 / 16;
}

/* Symbols and deltas up to the first delta that does not fit. False: nothing received in it. */
static bool make_plan(struct plan *plan, const int64_t *arrivals, size_t count)
{
    bool any = false;
    int64_t last = 0;
    plan->count = 0;
    for (size_t i = 0; i < count; i++) {
        plan->symbols[i] = NOT_RECEIVED;
        plan->deltas[i] = 0;
        if (arrivals[i] != IC_TWCC_LOST) {
            if (!any) {
                plan->reference = arrivals[i] / IC_TWCC_REFERENCE_TICKS;
                last = plan->reference * IC_TWCC_REFERENCE_TICKS;
                any = true;
            }
            int64_t delta = arrivals[i] - last;
            if (delta < INT16_MIN || delta > INT16_MAX)
                return true;
            last = arrivals[i];
            plan->deltas[i] = (int16_t)delta;
            plan->symbols[i] = delta >= 0 && delta <= UINT8_MAX ? SMALL_DELTA : LARGE_DELTA;
        }
        plan->count = i + 1;
    }
    return any;
}

/* How many symbols from i on equal symbols[i]. */
static size_t run_length(const struct plan *plan, size_t i)
{
    size_t n = 1;
    while (i + n < plan->count && plan->symbols[i + n] == plan->symbols[i] && n < RUN_MAX)
        n++;
    return n;
}

/* None of the next VECTOR_1 symbols needs two bits. */
static bool is_narrow(const struct plan *plan, size_t i)
{
    for (size_t n = 0; n < VECTOR_1 && i + n < plan->count; n++) {
        if (plan->symbols[i + n] == LARGE_DELTA)
            return false;
    }
    return true;
}

static void write_vector(struct ic_wr *w, const struct plan *plan, size_t i, size_t symbols,
                         unsigned bits)
{
    uint32_t chunk = bits == 1 ? 0x2 : 0x3; /* vector flag and symbol size */
    for (size_t n = 0; n < symbols; n++)
        chunk = chunk << bits | (i + n < plan->count ? plan->symbols[i + n] : 0U);
    ic_wr_u16(w, (uint16_t)chunk);
}

static void write_chunks(struct ic_wr *w, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count;) {
        size_t run = run_length(plan, i);
        bool narrow = is_narrow(plan, i);
        size_t symbols = narrow ? VECTOR_1 : VECTOR_2;
        if (run >= symbols || i + run == plan->count) {
            ic_wr_u16(w, (uint16_t)((unsigned)plan->symbols[i] << 13 | run));
            i += run;
        } else {
            write_vector(w, plan, i, symbols, narrow ? 1 : 2);
            i += symbols;
        }
    }
}

static void write_deltas(struct ic_wr *w, const struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->symbols[i] == SMALL_DELTA)
            ic_wr_u8(w, (uint8_t)plan->deltas[i]);
        else if (plan->symbols[i] == LARGE_DELTA)
            ic_wr_u16(w, (uint16_t)plan->deltas[i]);
    }
}

size_t ic_twcc_write(struct ic_wr *w, const struct ic_twcc_head *head, const int64_t *arrivals,
                     size_t count)
{
    IC_ASSERT(count >= 1 && count <= IC_TWCC_STATUSES_MAX);
    struct plan plan;
    size_t room = fitting(w);
    if (!make_plan(&plan, arrivals, count < room ? count : room))
        return 0;
    size_t start = w->len;
    ic_wr_u8(w, 2 << 6 | IC_RTCP_RTPFB_TWCC);
    ic_wr_u8(w, IC_RTCP_RTPFB);
    ic_wr_u16(w, 0);
    ic_wr_u32(w, head->sender_ssrc);
    ic_wr_u32(w, head->media_ssrc);
    ic_wr_u16(w, head->base_seq);
    ic_wr_u16(w, (uint16_t)plan.count);
    ic_wr_u24(w, (uint32_t)plan.reference & 0xffffffU);
    ic_wr_u8(w, head->feedback_count);
    write_chunks(w, &plan);
    write_deltas(w, &plan);
    ic_wr_zeros(w, (4 - (w->len - start) % 4) % 4);
    ic_wr_patch16(w, start + 2, (uint16_t)((w->len - start) / 4 - 1));
    IC_ASSERT(ic_wr_ok(w));
    return plan.count;
}

/* ---- reading ---- */

/* Take the next chunk as the one at hand; false when it is cut or an empty run. */
static bool load_chunk(struct ic_twcc *t)
{
    uint16_t chunk = ic_rd_u16(&t->chunks);
    if (!ic_rd_ok(&t->chunks))
        return false;
    if ((chunk & 0x8000) == 0) {
        t->symbol_bits = 0;
        t->symbol = (uint8_t)(chunk >> 13);
        t->run_left = chunk & RUN_MAX;
        return t->run_left > 0;
    }
    bool two_bits = (chunk & 0x4000) != 0;
    t->symbol_bits = two_bits ? 2 : 1;
    t->run_left = two_bits ? VECTOR_2 : VECTOR_1;
    t->vector = (uint16_t)(chunk << 2); /* the first symbol on top */
    return true;
}

/* The next symbol of the chunk at hand. */
static uint8_t next_symbol(struct ic_twcc *t)
{
    t->run_left--;
    if (t->symbol_bits == 0)
        return t->symbol;
    uint8_t symbol = (uint8_t)(t->vector >> (16 - t->symbol_bits));
    t->vector = (uint16_t)(t->vector << t->symbol_bits);
    return symbol;
}

/* Bytes of delta that the statuses need; false when chunks end early or a symbol is reserved. */
static bool measure(struct ic_twcc *t, size_t *delta_len)
{
    size_t len = 0, done = 0;
    while (done < t->status_count) {
        if (!load_chunk(t))
            return false;
        if (t->symbol_bits == 0) {
            size_t left = t->status_count - done;
            size_t run = t->run_left < left ? t->run_left : left;
            if (t->symbol == RESERVED)
                return false;
            len += run * t->symbol;
            done += run;
            continue;
        }
        for (; t->run_left > 0 && done < t->status_count; done++) {
            uint8_t symbol = next_symbol(t);
            if (symbol == RESERVED)
                return false;
            len += symbol;
        }
    }
    *delta_len = len;
    return true;
}

enum ic_err ic_twcc_parse(const struct ic_rtcp_packet *p, struct ic_twcc *out)
{
    struct ic_rd rd = p->body;
    struct ic_twcc t = {0};
    t.head.sender_ssrc = ic_rd_u32(&rd);
    t.head.media_ssrc = ic_rd_u32(&rd);
    t.head.base_seq = ic_rd_u16(&rd);
    t.status_count = ic_rd_u16(&rd);
    uint32_t reference = ic_rd_u24(&rd);
    t.head.feedback_count = ic_rd_u8(&rd);
    if (p->type != IC_RTCP_RTPFB || p->count != IC_RTCP_RTPFB_TWCC || !ic_rd_ok(&rd) ||
        t.status_count == 0)
        return IC_ERR_INPUT;
    t.reference =
        (reference & 0x800000U) != 0 ? (int32_t)reference - 0x1000000 : (int32_t)reference;
    t.chunks = rd;

    struct ic_twcc probe = t;
    size_t delta_len = 0;
    if (!measure(&probe, &delta_len))
        return IC_ERR_INPUT;
    t.deltas = ic_rd_sub(&probe.chunks, delta_len);
    if (!ic_rd_ok(&t.deltas))
        return IC_ERR_INPUT;
    t.time_ticks = (int64_t)t.reference * IC_TWCC_REFERENCE_TICKS;
    *out = t;
    return IC_OK;
}

bool ic_twcc_next(struct ic_twcc *t, struct ic_twcc_status *out)
{
    if (t->done >= t->status_count || (t->run_left == 0 && !load_chunk(t)))
        return false;
    uint8_t symbol = next_symbol(t);
    if (symbol == SMALL_DELTA)
        t->time_ticks += ic_rd_u8(&t->deltas);
    else if (symbol == LARGE_DELTA)
        t->time_ticks += (int16_t)ic_rd_u16(&t->deltas);
    *out = (struct ic_twcc_status){
        .seq = (uint16_t)(t->head.base_seq + t->done),
        .received = symbol == SMALL_DELTA || symbol == LARGE_DELTA,
        .ticks = t->time_ticks,
    };
    t->done++;
    return true;
}
