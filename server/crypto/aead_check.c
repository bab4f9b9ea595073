#include "crypto/aead_check.h"

#include <string.h>

#define TEXT_MAX   1500
#define SHORT_MAX  80 /* each length up to it: the ends of blocks */
#define LONG_STEP  61
#define HEADER_LEN 20

struct message {
    uint8_t key[32], iv[IC_AEAD_IV_LEN], header[HEADER_LEN], text[TEXT_MAX];
    size_t key_len, header_len, len, first; /* first: of the first part of the text */
};

/* Different bytes everywhere, the same each time. */
static void fill(uint8_t *bytes, size_t len, uint32_t *seed)
{
    for (size_t i = 0; i < len; i++) {
        *seed = *seed * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(*seed >> 24);
    }
}

static bool seal(const struct ic_aead_engine *engine, const struct message *m, uint8_t *out,
                 uint8_t tag[static IC_AEAD_TAG_LEN])
{
    struct ic_aead a;
    const struct ic_part aad = {m->header, m->header_len};
    const struct ic_part text[2] = {{m->text, m->first}, {&m->text[m->first], m->len - m->first}};
    if (ic_aead_init(&a, engine, IC_AEAD_SEAL, m->key, m->key_len) != IC_OK)
        return false;
    bool is_good = ic_aead_seal(&a, m->iv, &aad, 1, text, 2, out, tag) == IC_OK;
    ic_aead_deinit(&a);
    return is_good;
}

/* In place, and a second time with a bit of the tag altered. */
static bool open(const struct ic_aead_engine *engine, const struct message *m, uint8_t *sealed,
                 uint8_t tag[static IC_AEAD_TAG_LEN])
{
    struct ic_aead a;
    uint8_t copy[TEXT_MAX];
    const struct ic_part aad = {m->header, m->header_len};
    const struct ic_part first = {sealed, m->len}, second = {copy, m->len};
    memcpy(copy, sealed, m->len);
    if (ic_aead_init(&a, engine, IC_AEAD_OPEN, m->key, m->key_len) != IC_OK)
        return false;
    bool is_good = ic_aead_open(&a, m->iv, &aad, 1, &first, 1, tag, sealed) == IC_OK &&
                   memcmp(sealed, m->text, m->len) == 0;
    tag[m->len % IC_AEAD_TAG_LEN] ^= 1;
    is_good = is_good && ic_aead_open(&a, m->iv, &aad, 1, &second, 1, tag, copy) == IC_ERR_AUTH;
    ic_aead_deinit(&a);
    return is_good;
}

static bool agree_on(const struct ic_aead_engine *one, const struct ic_aead_engine *other,
                     const struct message *m)
{
    uint8_t a[TEXT_MAX], b[TEXT_MAX], tag_a[IC_AEAD_TAG_LEN], tag_b[IC_AEAD_TAG_LEN];
    return seal(one, m, a, tag_a) && seal(other, m, b, tag_b) && memcmp(a, b, m->len) == 0 &&
           memcmp(tag_a, tag_b, sizeof tag_a) == 0 && open(one, m, b, tag_b) &&
           open(other, m, a, tag_a);
}

bool ic_aead_agree(const struct ic_aead_engine *one, const struct ic_aead_engine *other)
{
    struct message m;
    uint32_t seed = 1;
    for (size_t len = 0; len <= TEXT_MAX; len += len < SHORT_MAX ? 1 : LONG_STEP) {
        m = (struct message){.key_len = len % 2 == 0 ? 16 : 32,
                             .header_len = 12 + len % 3 * 4,
                             .len = len,
                             .first = len < 6 ? 0 : len % 6};
        fill(m.key, sizeof m.key, &seed);
        fill(m.iv, sizeof m.iv, &seed);
        fill(m.header, sizeof m.header, &seed);
        fill(m.text, sizeof m.text, &seed);
        if (!agree_on(one, other, &m))
            return false;
    }
    return true;
}
