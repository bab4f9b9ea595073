#include "crypto/ctr_sha1_check.h"

#include <string.h>

#include "base/pool.h"

#define TEXT_MAX   1500
#define SHORT_MAX  80 /* each length up to it: the ends of blocks */
#define LONG_STEP  61
#define HEADER_LEN 12
#define WORD_LEN   4 /* authentic behind the text, where the tag then is */
#define WHOLE_MAX  (HEADER_LEN + TEXT_MAX + IC_CTR_SHA1_TAG_LEN)

struct trial {
    uint8_t key[IC_CTR_SHA1_KEY_LEN], auth[IC_CTR_SHA1_AUTH_LEN], iv[IC_CTR_IV_LEN];
    uint8_t text[TEXT_MAX], whole[WHOLE_MAX], expected[WHOLE_MAX];
    size_t len, first, last; /* of the text, its first part, and its last one, which is in place */
    struct ic_ctr_sha1 keys;
};

/* Different bytes everywhere, the same each time. */
static void fill(uint8_t *bytes, size_t len, uint32_t *seed)
{
    for (size_t i = 0; i < len; i++) {
        *seed = *seed * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(*seed >> 24);
    }
}

static bool expect(struct trial *t)
{
    struct ic_ctr ctr;
    uint8_t digest[IC_HMAC_SHA1_LEN];
    const struct ic_part text = {t->text, t->len};
    const struct ic_part authentic = {t->expected, HEADER_LEN + t->len + WORD_LEN};
    memcpy(t->expected, t->whole, sizeof t->expected);
    if (ic_ctr_init(&ctr, t->key, sizeof t->key) != IC_OK)
        return false;
    bool is_good = ic_ctr_xor(&ctr, t->iv, &text, 1, &t->expected[HEADER_LEN]) == IC_OK &&
                   ic_hmac_sha1(t->auth, sizeof t->auth, &authentic, 1, digest) == IC_OK;
    memcpy(&t->expected[HEADER_LEN + t->len], digest, IC_CTR_SHA1_TAG_LEN);
    ic_ctr_deinit(&ctr);
    return is_good;
}

static bool begin(struct trial *t, const struct ic_ctr_sha1_engine *engine, size_t len,
                  uint32_t *seed)
{
    memset(t, 0, sizeof *t);
    fill(t->key, sizeof t->key, seed);
    fill(t->auth, sizeof t->auth, seed);
    fill(t->iv, sizeof t->iv - 2, seed); /* RFC 3711 4.1.1: blocks count in the last two bytes */
    fill(t->text, sizeof t->text, seed);
    fill(t->whole, sizeof t->whole, seed);
    t->len = len;
    t->first = len % 3 == 0 ? 0 : (*seed >> 8) % (len < 40 ? len : 40);
    t->last = len % 2 == 0 ? 0 : (*seed >> 16) % (len - t->first < 40 ? len - t->first : 40);
    return expect(t) && ic_ctr_sha1_init(&t->keys, engine, t->key, t->auth) == IC_OK;
}

static struct ic_ctr_sha1_message message_of(struct trial *t)
{
    size_t last_at = t->len - t->last;
    uint8_t *out = &t->whole[HEADER_LEN];
    struct ic_ctr_sha1_message m = {
        .key = &t->keys,
        .text = {{t->text, t->first},
                 {&t->text[t->first], last_at - t->first},
                 {&out[last_at], t->last}},
        .out = out,
        .authentic = {t->whole, HEADER_LEN + t->len + WORD_LEN},
        .tag = &out[t->len],
    };
    memcpy(m.iv, t->iv, sizeof m.iv);
    memcpy(&out[last_at], &t->text[last_at], t->last);
    return m;
}

/* So many together, of lengths from len on. */
static bool agrees_on(const struct ic_ctr_sha1_engine *engine, struct trial *trials, size_t len,
                      size_t count, uint32_t *seed)
{
    struct ic_ctr_sha1_message messages[IC_CTR_SHA1_MAX];
    bool is_good = true;
    size_t n = 0;
    for (; n < count && is_good; n++) {
        is_good = begin(&trials[n], engine, (len + n * n) % (TEXT_MAX + 1), seed);
        messages[n] = message_of(&trials[n]);
    }
    is_good = is_good && ic_ctr_sha1_seal(engine, messages, count) == IC_OK;
    for (size_t i = 0; i < n; i++) {
        struct trial *t = &trials[i];
        is_good = is_good && memcmp(t->whole, t->expected, sizeof t->whole) == 0;
        ic_ctr_sha1_deinit(&t->keys);
    }
    return is_good;
}

bool ic_ctr_sha1_agrees(const struct ic_ctr_sha1_engine *engine)
{
    uint32_t seed = 1;
    struct trial *trials = ic_array_alloc(IC_CTR_SHA1_MAX, sizeof *trials);
    bool is_good = trials != NULL;
    for (size_t len = 0; len <= TEXT_MAX && is_good; len += len < SHORT_MAX ? 1 : LONG_STEP)
        is_good =
            agrees_on(engine, trials, len, len % 2 == 0 ? 1 : len % IC_CTR_SHA1_MAX + 1, &seed);
    ic_array_free(trials);
    return is_good;
}
