#include "media/sframe_cipher.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "crypto/ct.h"
#include "crypto/hkdf.h"
#include "wire/sframe.h"

static_assert(IC_SFRAME_SALT_LEN == IC_AEAD_IV_LEN, "the salt is as long as the nonce");
static_assert(IC_SFRAME_SALT_LEN == IC_CTR_HMAC_NONCE_LEN, "and that of all suites");
static_assert(IC_SFRAME_KEY_MAX == IC_CTR_HMAC_KEY_LEN, "the longest key");

/* RFC 9605 4.5, table 1. */
static const struct {
    enum ic_hkdf_hash hash;
    size_t key_len, tag_len;
} suites[] = {
    [IC_SFRAME_AES_128_CTR_HMAC_SHA256_80] = {IC_HKDF_SHA256, IC_CTR_HMAC_KEY_LEN, 10},
    [IC_SFRAME_AES_128_CTR_HMAC_SHA256_64] = {IC_HKDF_SHA256, IC_CTR_HMAC_KEY_LEN, 8},
    [IC_SFRAME_AES_128_CTR_HMAC_SHA256_32] = {IC_HKDF_SHA256, IC_CTR_HMAC_KEY_LEN, 4},
    [IC_SFRAME_AES_128_GCM_SHA256_128] = {IC_HKDF_SHA256, 16, IC_AEAD_TAG_LEN},
    [IC_SFRAME_AES_256_GCM_SHA512_128] = {IC_HKDF_SHA512, 32, IC_AEAD_TAG_LEN},
};

static bool is_gcm(enum ic_sframe_suite suite)
{
    return suite >= IC_SFRAME_AES_128_GCM_SHA256_128;
}

/* label || KID || suite */
static enum ic_err expand(const struct ic_hkdf_prk *prk, const char *label, uint64_t kid,
                          enum ic_sframe_suite suite, uint8_t *out, size_t out_len)
{
    uint8_t info[64];
    struct ic_wr w = ic_wr_init(info, sizeof info);
    ic_wr_text(&w, label);
    ic_wr_u64(&w, kid);
    ic_wr_u16(&w, (uint16_t)suite);
    IC_ASSERT(ic_wr_ok(&w));
    const struct ic_part part = {info, w.len};
    return ic_hkdf_expand(prk, &part, out, out_len);
}

enum ic_err ic_sframe_cipher_derive(enum ic_sframe_suite suite, const struct ic_part *base_key,
                                    uint64_t kid, struct ic_sframe_secrets *out)
{
    const struct ic_part no_salt = {NULL, 0};
    struct ic_hkdf_prk secret;
    IC_ASSERT(suite >= 1 && suite < sizeof suites / sizeof suites[0]);
    out->key_len = suites[suite].key_len;
    enum ic_err err = ic_hkdf_extract(suites[suite].hash, &no_salt, base_key, &secret);
    if (err == IC_OK)
        err = expand(&secret, "SFrame 1.0 Secret key ", kid, suite, out->key, out->key_len);
    if (err == IC_OK)
        err = expand(&secret, "SFrame 1.0 Secret salt ", kid, suite, out->salt, sizeof out->salt);
    ic_ct_wipe(&secret, sizeof secret);
    return err;
}

enum ic_err ic_sframe_cipher_init(struct ic_sframe_cipher *c, enum ic_sframe_suite suite,
                                  enum ic_aead_use use, const struct ic_part *base_key,
                                  uint64_t kid)
{
    struct ic_sframe_secrets secrets;
    memset(c, 0, sizeof *c);
    enum ic_err err = ic_sframe_cipher_derive(suite, base_key, kid, &secrets);
    if (err == IC_OK) {
        c->suite = suite;
        c->kid = kid;
        c->tag_len = suites[suite].tag_len;
        memcpy(c->salt, secrets.salt, sizeof c->salt);
        err = is_gcm(suite)
                  ? ic_aead_init(&c->aead, ic_aead_evp(), use, secrets.key, secrets.key_len)
                  : ic_ctr_hmac_init(&c->ctr_hmac, secrets.key, c->tag_len);
    }
    ic_ct_wipe(&secrets, sizeof secrets);
    if (err != IC_OK)
        ic_sframe_cipher_deinit(c);
    return err;
}

void ic_sframe_cipher_deinit(struct ic_sframe_cipher *c)
{
    ic_aead_deinit(&c->aead);
    ic_ctr_hmac_deinit(&c->ctr_hmac);
    ic_ct_wipe(c, sizeof *c);
}

/* RFC 9605 4.4.3: the counter in network order, as long as the salt, xor the salt. */
static void make_nonce(const struct ic_sframe_cipher *c, uint64_t counter,
                       uint8_t out[static IC_SFRAME_SALT_LEN])
{
    memcpy(out, c->salt, IC_SFRAME_SALT_LEN);
    for (size_t i = 0; i < 8; i++)
        out[IC_SFRAME_SALT_LEN - 1 - i] ^= (uint8_t)(counter >> (8 * i));
}

enum ic_err ic_sframe_cipher_seal(struct ic_sframe_cipher *c, uint64_t counter,
                                  const struct ic_part *metadata, const struct ic_part *plain,
                                  struct ic_wr *w)
{
    uint8_t header[IC_SFRAME_HEADER_MAX], nonce[IC_SFRAME_SALT_LEN];
    struct ic_wr h = ic_wr_init(header, sizeof header);
    ic_sframe_write(&h, c->kid, counter);
    ic_wr_bytes(w, header, h.len);
    uint8_t *text = ic_wr_reserve(w, plain->len);
    uint8_t *tag = ic_wr_reserve(w, c->tag_len);
    if (!ic_wr_ok(w))
        return IC_ERR_FULL;
    make_nonce(c, counter, nonce);
    if (is_gcm(c->suite)) {
        const struct ic_part aad[] = {{header, h.len}, *metadata};
        return ic_aead_seal(&c->aead, nonce, aad, 2, plain, 1, text, tag);
    }
    const struct ic_ctr_hmac_message message = {nonce, {{header, h.len}, *metadata}, *plain};
    return ic_ctr_hmac_seal(&c->ctr_hmac, &message, text, tag);
}

enum ic_err ic_sframe_cipher_open(struct ic_sframe_cipher *c, const struct ic_part *metadata,
                                  const struct ic_part *sealed, struct ic_wr *w)
{
    struct ic_sframe header;
    uint8_t nonce[IC_SFRAME_SALT_LEN];
    struct ic_rd r = ic_rd_init(sealed->bytes, sealed->len);
    if (ic_sframe_parse(sealed->bytes, sealed->len, &header) != IC_OK ||
        sealed->len - header.len < c->tag_len)
        return IC_ERR_INPUT;
    if (header.kid != c->kid)
        return IC_ERR_GONE;
    size_t len = sealed->len - header.len - c->tag_len;
    const struct ic_part aad = {ic_rd_take(&r, header.len), header.len};
    const struct ic_part text = {ic_rd_take(&r, len), len};
    const uint8_t *tag = ic_rd_take(&r, c->tag_len);
    uint8_t *out = ic_wr_reserve(w, len);
    IC_ASSERT(ic_rd_done(&r));
    if (!ic_wr_ok(w))
        return IC_ERR_FULL;
    make_nonce(c, header.counter, nonce);
    if (is_gcm(c->suite)) {
        const struct ic_part all[] = {aad, *metadata};
        return ic_aead_open(&c->aead, nonce, all, 2, &text, 1, tag, out);
    }
    const struct ic_ctr_hmac_message message = {nonce, {aad, *metadata}, text};
    return ic_ctr_hmac_open(&c->ctr_hmac, &message, tag, out);
}
