#include "transport/srtp_replay.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"

/* RFC 3711 3.3.1: "i = 2^16 * v + SEQ, where v is chosen from the set { ROC-1, ROC, ROC+1 } (modulo
 * 2^32) such that i is closest (in modulo 2^48 sense) to the value 2^16 * ROC + s_l". At a distance
 * of exactly 2^15 the pseudo-code of appendix A stays in the current cycle, which is why
 * ic_seq16_extend does not serve.
 * DEVIATION RFC 3711 A: at ROC 0 there is no earlier cycle; 2^32 - 1 could never authenticate, so
 * the current one is taken. */
uint64_t ic_srtp_replay_estimate(uint64_t highest, uint16_t seq)
{
    uint64_t roc = highest >> 16;
    uint16_t highest_seq = (uint16_t)highest;
    if (highest_seq < 0x8000) {
        if (seq - highest_seq > 0x8000 && roc > 0)
            roc--;
    } else if (highest_seq - 0x8000 > seq) {
        roc++;
    }
    return roc << 16 | seq;
}

static uint64_t bit_of(uint64_t index)
{
    return UINT64_C(1) << (index % 64);
}

static size_t word_of(size_t size, uint64_t index)
{
    return (size_t)(index % size) / 64;
}

enum ic_err ic_srtp_replay_check(const uint64_t *bits, size_t size, uint64_t highest,
                                 uint64_t index)
{
    if (index > highest)
        return IC_OK;
    if (highest - index >= size || (bits[word_of(size, index)] & bit_of(index)) != 0)
        return IC_ERR_REPLAY;
    return IC_OK;
}

void ic_srtp_replay_mark(uint64_t *bits, size_t size, uint64_t *highest, uint64_t index)
{
    IC_ASSERT(size >= 64 && (size & (size - 1)) == 0);
    if (index > *highest) {
        if (index - *highest >= size) {
            memset(bits, 0, size / 8);
        } else {
            for (uint64_t i = *highest + 1; i < index; i++)
                bits[word_of(size, i)] &= ~bit_of(i);
        }
        *highest = index;
    }
    bits[word_of(size, index)] |= bit_of(index);
}
