/* Is every frame in this capture sealed, and none with a nonce or a keystream of another?
 *
 *   payloads TAP
 *
 * TAP is what incamera_tap wrote: media packets as the server has them, SRTP taken off. Of each
 * whole frame the SFrame header is read; a frame without one, a (KID, counter) that comes twice,
 * and 16 bytes of ciphertext that come twice are findings. Exit status: 0 none, 1 some, 2 not done.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/input.h"
#include "audit/tap_frames.h"
#include "wire/sframe.h"

#define BLOCK   16
#define TAG_LEN 16 /* suites 4 and 5 */

struct nonce {
    uint64_t kid, counter;
};

struct audit {
    struct nonce *nonces;
    uint8_t (*blocks)[BLOCK];
    size_t nonce_count, nonce_cap, block_count, block_cap;
    size_t frames[IC_CODECS], unsealed;
};

static void *grown(void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = *cap == 0 ? 4096 : *cap * 2;
    items = realloc(items, *cap * size);
    if (items == NULL)
        abort();
    return items;
}

static void note(struct audit *a, const struct tap_frame *frame)
{
    struct ic_sframe header;
    a->frames[frame->codec]++;
    if (ic_sframe_parse(frame->bytes, frame->len, &header) != IC_OK ||
        frame->len < header.len + TAG_LEN) {
        a->unsealed++;
        return;
    }
    a->nonces = grown(a->nonces, a->nonce_count, &a->nonce_cap, sizeof a->nonces[0]);
    a->nonces[a->nonce_count++] = (struct nonce){header.kid, header.counter};
    for (size_t at = header.len; at + BLOCK <= frame->len - TAG_LEN; at += BLOCK) {
        a->blocks = grown(a->blocks, a->block_count, &a->block_cap, BLOCK);
        memcpy(a->blocks[a->block_count++], &frame->bytes[at], BLOCK);
    }
}

static int compare_nonces(const void *a, const void *b)
{
    const struct nonce *x = a, *y = b;
    if (x->kid != y->kid)
        return x->kid < y->kid ? -1 : 1;
    return x->counter < y->counter ? -1 : x->counter > y->counter;
}

static int compare_blocks(const void *a, const void *b)
{
    return memcmp(a, b, BLOCK);
}

/* How many items stand behind one that is the same. */
static size_t repeated(void *items, size_t count, size_t size,
                       int (*compare)(const void *, const void *))
{
    size_t found = 0;
    if (count > 1)
        qsort(items, count, size, compare);
    for (size_t i = 1; i < count; i++) {
        const uint8_t *at = (const uint8_t *)items + i * size;
        found += compare(at - size, at) == 0;
    }
    return found;
}

int main(int argc, char **argv)
{
    struct dump tap;
    struct tap_frames frames;
    struct tap_frame frame;
    static struct audit a;
    if (argc != 2) {
        fprintf(stderr, "use: payloads TAP\n");
        return 2;
    }
    if (!dump_open(&tap, argv[1]))
        return 2;
    if (!tap_frames_open(&frames, tap.bytes, tap.len))
        return 2;
    size_t packets = frames.count;
    while (tap_frames_next(&frames, &frame))
        note(&a, &frame);
    size_t nonces = repeated(a.nonces, a.nonce_count, sizeof a.nonces[0], compare_nonces);
    size_t blocks = repeated(a.blocks, a.block_count, BLOCK, compare_blocks);
    printf("%zu packets; frames: %zu opus, %zu vp8, %zu vp9, %zu av1; %zu not whole\n", packets,
           a.frames[IC_CODEC_OPUS], a.frames[IC_CODEC_VP8], a.frames[IC_CODEC_VP9],
           a.frames[IC_CODEC_AV1], frames.incomplete);
    printf("%zu frames not sealed\n", a.unsealed);
    printf("%zu of %zu (KID, counter) repeated\n", nonces, a.nonce_count);
    printf("%zu of %zu blocks repeated\n", blocks, a.block_count);
    tap_frames_close(&frames);
    dump_close(&tap);
    free(a.nonces);
    free(a.blocks);
    if (a.nonce_count + a.unsealed == 0) {
        fprintf(stderr, "no whole frame in the tap\n");
        return 2;
    }
    return a.unsealed + nonces + blocks > 0 ? 1 : 0;
}
