/* Does a key open a frame that AES-128-GCM has sealed? Asked hundreds of millions of times. */
#ifndef IC_TESTS_AUDIT_GCM_TRY_H
#define IC_TESTS_AUDIT_GCM_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GCM_KEY_LEN   16
#define GCM_NONCE_LEN 12
#define GCM_TAG_LEN   16
#define GCM_LANES     4 /* keys that are tried at a time */

/* A sealed frame, and its form that GHASH takes: associated data and ciphertext, each filled up to
 * whole blocks, and their lengths. */
struct gcm_frame {
    uint8_t nonce[GCM_NONCE_LEN], tag[GCM_TAG_LEN];
    uint8_t *aad, *text;
    size_t aad_len, text_len;
    uint8_t *blocks;
    size_t block_count;
};

/* Fill blocks from the rest; they are on the heap. */
void gcm_frame_prepare(struct gcm_frame *frame);
/* This processor has AES and carry-less multiplication. */
bool gcm_is_fast(void);
/* Bit i: the 16 bytes at window + i open the frame. Reads GCM_KEY_LEN + GCM_LANES - 1 bytes. Only
 * when gcm_is_fast. */
struct gcm_schedules;
void gcm_expand(struct gcm_schedules *s, const uint8_t *window);
unsigned gcm_try(const struct gcm_schedules *s, const struct gcm_frame *frame);
/* The same for one key, by the library: slow, and the judge of what the fast one finds. */
bool gcm_opens(const struct gcm_frame *frame, const uint8_t key[static GCM_KEY_LEN]);

#if defined(__x86_64__)
#include <immintrin.h>
/* Of GCM_LANES keys: round keys, and H as the multiplication takes it. */
struct gcm_schedules {
    __m128i round[11][GCM_LANES], h[GCM_LANES];
};
#else
struct gcm_schedules {
    int none;
};
#endif

#endif
