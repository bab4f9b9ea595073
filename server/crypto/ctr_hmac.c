#include "crypto/ctr_hmac.h"

#include <string.h>

#include "base/assert.h"
#include "base/wr.h"
#include "crypto/ct.h"
#include "crypto/hmac.h"

#define ENC_KEY_LEN 16

enum ic_err ic_ctr_hmac_init(struct ic_ctr_hmac *c, const uint8_t key[static IC_CTR_HMAC_KEY_LEN],
                             size_t tag_len)
{
    IC_ASSERT(tag_len == 4 || tag_len == 8 || tag_len == 10);
    memset(c, 0, sizeof *c);
    enum ic_err err = ic_ctr_init(&c->ctr, key, ENC_KEY_LEN);
    if (err != IC_OK)
        return err;
    memcpy(c->auth_key, &key[ENC_KEY_LEN], sizeof c->auth_key);
    c->tag_len = tag_len;
    return IC_OK;
}

void ic_ctr_hmac_deinit(struct ic_ctr_hmac *c)
{
    ic_ctr_deinit(&c->ctr);
    ic_ct_wipe(c, sizeof *c);
}

/* Over the lengths of associated data, ciphertext and tag, then nonce, data, ciphertext. */
static enum ic_err compute_tag(const struct ic_ctr_hmac *c, const struct ic_ctr_hmac_message *m,
                               const uint8_t *sealed, uint8_t digest[static IC_HMAC_SHA256_LEN])
{
    uint8_t lengths[24];
    struct ic_wr w = ic_wr_init(lengths, sizeof lengths);
    ic_wr_u64(&w, m->aad[0].len + m->aad[1].len);
    ic_wr_u64(&w, m->text.len);
    ic_wr_u64(&w, c->tag_len);
    const struct ic_part parts[] = {
        {lengths, sizeof lengths}, {m->nonce, IC_CTR_HMAC_NONCE_LEN}, m->aad[0], m->aad[1],
        {sealed, m->text.len},
    };
    IC_ASSERT(ic_wr_ok(&w) && w.len == sizeof lengths);
    return ic_hmac_sha256(c->auth_key, sizeof c->auth_key, parts, 5, digest);
}

/* The counter block is the nonce and 32 bits that begin at zero. */
static enum ic_err xor_text(struct ic_ctr_hmac *c, const struct ic_ctr_hmac_message *m,
                            uint8_t *out)
{
    uint8_t iv[IC_CTR_IV_LEN] = {0};
    memcpy(iv, m->nonce, IC_CTR_HMAC_NONCE_LEN);
    return ic_ctr_xor(&c->ctr, iv, &m->text, 1, out);
}

enum ic_err ic_ctr_hmac_seal(struct ic_ctr_hmac *c, const struct ic_ctr_hmac_message *plain,
                             uint8_t *out, uint8_t *tag)
{
    uint8_t digest[IC_HMAC_SHA256_LEN];
    enum ic_err err = xor_text(c, plain, out);
    if (err == IC_OK)
        err = compute_tag(c, plain, out, digest);
    if (err == IC_OK)
        memcpy(tag, digest, c->tag_len);
    return err;
}

enum ic_err ic_ctr_hmac_open(struct ic_ctr_hmac *c, const struct ic_ctr_hmac_message *sealed,
                             const uint8_t *tag, uint8_t *out)
{
    uint8_t digest[IC_HMAC_SHA256_LEN];
    enum ic_err err = compute_tag(c, sealed, sealed->text.bytes, digest);
    if (err != IC_OK)
        return err;
    return ic_ct_equal(digest, tag, c->tag_len) ? xor_text(c, sealed, out) : IC_ERR_AUTH;
}
