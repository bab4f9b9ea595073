#include "audit/gcm_try.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static size_t whole_blocks(size_t len)
{
    return (len + 15) / 16;
}

static void put_bits(uint8_t *out, size_t bytes)
{
    uint64_t bits = (uint64_t)bytes * 8;
    for (size_t i = 0; i < 8; i++)
        out[i] = (uint8_t)(bits >> (56 - 8 * i));
}

void gcm_frame_prepare(struct gcm_frame *frame)
{
    size_t aad_blocks = whole_blocks(frame->aad_len), text_blocks = whole_blocks(frame->text_len);
    frame->block_count = aad_blocks + text_blocks + 1;
    frame->blocks = calloc(frame->block_count, 16);
    if (frame->blocks == NULL)
        abort();
    memcpy(frame->blocks, frame->aad, frame->aad_len);
    memcpy(&frame->blocks[16 * aad_blocks], frame->text, frame->text_len);
    put_bits(&frame->blocks[16 * (aad_blocks + text_blocks)], frame->aad_len);
    put_bits(&frame->blocks[16 * (aad_blocks + text_blocks) + 8], frame->text_len);
}

bool gcm_opens(const struct gcm_frame *frame, const uint8_t key[static GCM_KEY_LEN])
{
    uint8_t tag[GCM_TAG_LEN];
    int done = 0;
    uint8_t *plain = malloc(frame->text_len + 16);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (plain == NULL || c == NULL)
        abort();
    memcpy(tag, frame->tag, sizeof tag);
    bool ok = EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, frame->nonce) == 1 &&
              (frame->aad_len == 0 ||
               EVP_DecryptUpdate(c, NULL, &done, frame->aad, (int)frame->aad_len) == 1) &&
              (frame->text_len == 0 ||
               EVP_DecryptUpdate(c, plain, &done, frame->text, (int)frame->text_len) == 1) &&
              EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
              EVP_DecryptFinal_ex(c, plain, &done) == 1;
    EVP_CIPHER_CTX_free(c);
    free(plain);
    return ok;
}

#if defined(__x86_64__)

#define FAST   __attribute__((target("aes,pclmul,ssse3,sse4.1")))
#define INLINE static inline __attribute__((target("aes,pclmul,ssse3,sse4.1"), always_inline))

bool gcm_is_fast(void)
{
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1");
}

/* GHASH counts its bits from the other end. */
INLINE __m128i reversed(__m128i x)
{
    return _mm_shuffle_epi8(x, _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* FIPS 197 5.2. SubWord and RotWord of the last word by AESENCLAST on four copies of it, whose rows
 * are all equal, so that ShiftRows moves nothing. */
INLINE __m128i next_round_key(__m128i key, int constant)
{
    const __m128i rotate = _mm_set1_epi32(0x0c0f0e0d);
    __m128i word = _mm_shuffle_epi8(key, rotate);
    word = _mm_aesenclast_si128(word, _mm_set1_epi32(constant));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
    key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
    return _mm_xor_si128(key, word);
}

/* Times x, which takes the shift out of each multiplication. */
INLINE __m128i times_x(__m128i h)
{
    const __m128i poly = _mm_set_epi32((int)0xc2000000, 0, 0, 1);
    __m128i carry = _mm_srli_epi64(h, 63);
    __m128i top = _mm_shuffle_epi32(_mm_srai_epi32(h, 31), 0xff);
    h = _mm_or_si128(_mm_slli_epi64(h, 1), _mm_slli_si128(carry, 8));
    return _mm_xor_si128(h, _mm_and_si128(top, poly));
}

/* In the field of GCM; h comes from times_x. */
INLINE __m128i times(__m128i x, __m128i h)
{
    const __m128i poly = _mm_set_epi32(0, 0, (int)0xc2000000, 0);
    __m128i low = _mm_clmulepi64_si128(x, h, 0x00), high = _mm_clmulepi64_si128(x, h, 0x11);
    __m128i middle =
        _mm_xor_si128(_mm_clmulepi64_si128(x, h, 0x01), _mm_clmulepi64_si128(x, h, 0x10));
    low = _mm_xor_si128(low, _mm_slli_si128(middle, 8));
    high = _mm_xor_si128(high, _mm_srli_si128(middle, 8));
    for (int i = 0; i < 2; i++) {
        __m128i fold = _mm_clmulepi64_si128(low, poly, 0x00);
        low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e), fold);
    }
    return _mm_xor_si128(high, low);
}

FAST void gcm_expand(struct gcm_schedules *s, const uint8_t *window)
{
    static const int constants[10] = {1, 2, 4, 8, 16, 32, 64, 128, 0x1b, 0x36};
    __m128i key[GCM_LANES], h[GCM_LANES];
    for (int i = 0; i < GCM_LANES; i++) {
        key[i] = _mm_loadu_si128((const __m128i *)(const void *)(window + i));
        s->round[0][i] = key[i];
        h[i] = key[i]; /* the block of zeros, after the first key */
    }
    for (int r = 1; r <= 10; r++)
        for (int i = 0; i < GCM_LANES; i++) {
            key[i] = next_round_key(key[i], constants[r - 1]);
            s->round[r][i] = key[i];
            h[i] = r < 10 ? _mm_aesenc_si128(h[i], key[i]) : _mm_aesenclast_si128(h[i], key[i]);
        }
    for (int i = 0; i < GCM_LANES; i++)
        s->h[i] = times_x(reversed(h[i]));
}

FAST unsigned gcm_try(const struct gcm_schedules *s, const struct gcm_frame *frame)
{
    uint8_t counter[16] = {[15] = 1};
    __m128i pad[GCM_LANES], hash[GCM_LANES];
    unsigned hits = 0;
    memcpy(counter, frame->nonce, GCM_NONCE_LEN);
    const __m128i first = _mm_loadu_si128((const __m128i *)(const void *)counter);
    for (int i = 0; i < GCM_LANES; i++) {
        pad[i] = _mm_xor_si128(first, s->round[0][i]);
        hash[i] = _mm_setzero_si128();
    }
    for (int r = 1; r < 10; r++)
        for (int i = 0; i < GCM_LANES; i++)
            pad[i] = _mm_aesenc_si128(pad[i], s->round[r][i]);
    for (size_t b = 0; b < frame->block_count; b++) {
        const __m128i block =
            reversed(_mm_loadu_si128((const __m128i *)(const void *)&frame->blocks[16 * b]));
        for (int i = 0; i < GCM_LANES; i++)
            hash[i] = times(_mm_xor_si128(hash[i], block), s->h[i]);
    }
    const __m128i tag = _mm_loadu_si128((const __m128i *)(const void *)frame->tag);
    for (int i = 0; i < GCM_LANES; i++) {
        pad[i] = _mm_aesenclast_si128(pad[i], s->round[10][i]);
        __m128i wrong = _mm_xor_si128(_mm_xor_si128(pad[i], reversed(hash[i])), tag);
        hits |= (unsigned)_mm_testz_si128(wrong, wrong) << i;
    }
    return hits;
}

#else

bool gcm_is_fast(void)
{
    return false;
}

void gcm_expand(struct gcm_schedules *s, const uint8_t *window)
{
    (void)window;
    s->none = 0;
}

unsigned gcm_try(const struct gcm_schedules *s, const struct gcm_frame *frame)
{
    (void)s;
    (void)frame;
    return 0;
}

#endif
