/* room: wire */
/* Transport-wide feedback: what parses is walked; what was walked is written again from its
 * arrivals and must read the same. */
#include "base/assert.h"
#include "wire/twcc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Statuses of one feedback, the first IC_TWCC_STATUSES_MAX of them kept. Returns how many kept. */
static size_t walk(struct ic_twcc *t, int64_t arrivals[static IC_TWCC_STATUSES_MAX])
{
    struct ic_twcc_status s;
    size_t count = 0;
    while (ic_twcc_next(t, &s)) {
        IC_ASSERT(s.seq == (uint16_t)(t->head.base_seq + count));
        if (count < IC_TWCC_STATUSES_MAX)
            arrivals[count] = s.received ? s.ticks : IC_TWCC_LOST;
        count++;
    }
    IC_ASSERT(count == t->status_count && ic_rd_done(&t->deltas));
    return count < IC_TWCC_STATUSES_MAX ? count : IC_TWCC_STATUSES_MAX;
}

static bool parse(const uint8_t *data, size_t size, struct ic_twcc *t)
{
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    ic_rtcp_begin(&r, data, size);
    return ic_rtcp_next(&r, &p) && ic_twcc_parse(&p, t) == IC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_twcc t;
    int64_t before[IC_TWCC_STATUSES_MAX], after[IC_TWCC_STATUSES_MAX];
    if (!parse(data, size, &t))
        return 0;
    size_t count = walk(&t, before);

    uint8_t out[1400];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    size_t told = ic_twcc_write(&w, &t.head, before, count);
    IC_ASSERT(ic_wr_ok(&w) && told <= count && w.len % 4 == 0);
    if (told == 0)
        return 0;
    IC_ASSERT(parse(out, w.len, &t));
    IC_ASSERT(walk(&t, after) == told);
    const int64_t lap = (int64_t)IC_TWCC_REFERENCE_TICKS << 24; /* the reference time wraps */
    for (size_t i = 0; i < told; i++) {
        bool same = before[i] == IC_TWCC_LOST || after[i] == IC_TWCC_LOST
                        ? before[i] == after[i]
                        : (before[i] - after[i]) % lap == 0;
        IC_ASSERT(same);
    }
    return 0;
}
