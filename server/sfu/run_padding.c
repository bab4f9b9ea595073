#include "sfu/run_padding.h"

#include <stdbool.h>

#define PAD_MAX    255 /* RFC 3550 5.1: one byte counts the padding */
#define HUNDREDTHS 100

static void save_up(struct ic_run_padding *p, const uint16_t *len, size_t count)
{
    for (size_t i = 0; i < count; i++)
        p->spare += len[i] * IC_RUN_PADDING_PERCENT;
    if (p->spare > PAD_MAX * HUNDREDTHS)
        p->spare = PAD_MAX * HUNDREDTHS;
}

void ic_run_padding_choose(struct ic_run_padding *p, const uint16_t *len, uint8_t *pad,
                           size_t count)
{
    uint16_t segment = 0; /* length of the run that goes on; 0: none does */
    save_up(p, len, count);
    for (size_t i = 0; i < count; i++) {
        pad[i] = 0;
        if (segment == 0 || len[i] > segment) {
            segment = len[i];
            continue;
        }
        uint32_t lack = segment - len[i];
        bool has_next = i + 1 < count && len[i + 1] <= segment;
        if (lack > 0 && has_next && lack * HUNDREDTHS <= p->spare) {
            p->spare -= lack * HUNDREDTHS;
            pad[i] = (uint8_t)lack;
        } else if (lack > 0) {
            segment = 0; /* a shorter one is the last of its run */
        }
    }
}
