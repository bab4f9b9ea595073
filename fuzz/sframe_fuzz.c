/* room: media */
/* SFrame: a header that parses is written back; a sealed frame opens to what it was; foreign bytes
 * with a short tag never open. Input: suite, then a sealed frame or a plaintext. */
#include <string.h>

#include "base/assert.h"
#include "media/sframe_cipher.h"
#include "wire/sframe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAME_MAX 4200

static const uint8_t key[32] = {0x5a, 1, 2, 3};

static void try_header(const uint8_t *data, size_t size)
{
    struct ic_sframe header;
    uint8_t out[IC_SFRAME_HEADER_MAX];
    if (ic_sframe_parse(data, size, &header) != IC_OK)
        return;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_sframe_write(&w, header.kid, header.counter);
    IC_ASSERT(ic_wr_ok(&w) && w.len == header.len && header.len <= size);
    IC_ASSERT(memcmp(out, data, w.len) == 0);
}

static void try_open(enum ic_sframe_suite suite, const uint8_t *data, size_t size)
{
    static uint8_t out[FRAME_MAX];
    const struct ic_part base_key = {key, sizeof key}, metadata = {key, 4}, sealed = {data, size};
    struct ic_sframe header;
    struct ic_sframe_cipher c;
    uint64_t kid = ic_sframe_parse(data, size, &header) == IC_OK ? header.kid : 0;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    IC_ASSERT(ic_sframe_cipher_init(&c, suite, IC_AEAD_OPEN, &base_key, kid) == IC_OK);
    enum ic_err err = ic_sframe_cipher_open(&c, &metadata, &sealed, &w);
    IC_ASSERT(err == IC_ERR_INPUT || err == IC_ERR_AUTH);
    ic_sframe_cipher_deinit(&c);
}

static void try_both(enum ic_sframe_suite suite, const uint8_t *data, size_t size)
{
    static uint8_t sealed[FRAME_MAX], out[FRAME_MAX];
    const struct ic_part base_key = {key, sizeof key}, metadata = {data, size / 2};
    const struct ic_part plain = {data, size};
    struct ic_sframe_cipher seal, open;
    uint64_t counter = size > 0 ? 1ULL << (data[0] % 64) : 0;
    IC_ASSERT(ic_sframe_cipher_init(&seal, suite, IC_AEAD_SEAL, &base_key, size) == IC_OK);
    IC_ASSERT(ic_sframe_cipher_init(&open, suite, IC_AEAD_OPEN, &base_key, size) == IC_OK);
    struct ic_wr w = ic_wr_init(sealed, sizeof sealed), o = ic_wr_init(out, sizeof out);
    IC_ASSERT(ic_sframe_cipher_seal(&seal, counter, &metadata, &plain, &w) == IC_OK);
    const struct ic_part frame = {sealed, w.len};
    IC_ASSERT(ic_sframe_cipher_open(&open, &metadata, &frame, &o) == IC_OK);
    IC_ASSERT(o.len == size && (size == 0 || memcmp(out, data, size) == 0));
    ic_sframe_cipher_deinit(&seal);
    ic_sframe_cipher_deinit(&open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    enum ic_sframe_suite suite = (enum ic_sframe_suite)(1 + data[0] % 5);
    try_header(&data[1], size - 1);
    /* With a tag of 32 bits, a fuzzer would find a frame that opens. */
    if (suite != IC_SFRAME_AES_128_CTR_HMAC_SHA256_32)
        try_open(suite, &data[1], size - 1);
    try_both(suite, &data[1], size - 1);
    return 0;
}
