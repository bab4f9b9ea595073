#include "transport/srtp_cipher.h"

#include <string.h>

#include "base/assert.h"
#include "base/wr.h"
#include "crypto/ct.h"

#define SRTCP_E_FLAG 0x80000000U
#define COUNTED_LEN  10 /* SSRC and index in an IV */
#define WORD_LEN     4  /* authentic beyond the packet's own bytes */

static_assert(IC_SRTP_TAG_MAX == IC_AEAD_TAG_LEN, "the longest tag is that of GCM");
static_assert(IC_CTR_SHA1_PARTS == IC_SRTP_TEXT_PARTS &&
                  IC_CTR_SHA1_AUTH_LEN == IC_SRTP_AUTH_KEY_LEN,
              "a unit is a message");
static_assert(WORD_LEN <= IC_CTR_SHA1_TAG_LEN, "the ROC fits where the tag will be");

enum ic_err ic_srtp_cipher_init(struct ic_srtp_cipher *c, enum ic_srtp_profile profile,
                                enum ic_srtp_kind kind, const struct ic_srtp_engine *engine,
                                enum ic_aead_use use, const struct ic_srtp_session_keys *keys)
{
    static const struct ic_srtp_engine openssl;
    const struct ic_srtp_engine *e = engine == NULL ? &openssl : engine;
    size_t key_len = ic_srtp_key_len(profile);
    memset(c, 0, sizeof *c);
    if (key_len == 0)
        return IC_ERR_INPUT;
    c->profile = profile;
    c->kind = kind;
    c->is_aead = ic_srtp_is_aead(profile);
    c->tag_len = (uint8_t)ic_srtp_tag_len(profile);
    memcpy(c->salt, keys->salt, ic_srtp_salt_len(profile));
    enum ic_err err;
    if (c->is_aead) {
        err = ic_aead_init(&c->aead, e->aead == NULL ? ic_aead_evp() : e->aead, use, keys->key,
                           key_len);
    } else {
        err = ic_ctr_init(&c->ctr, keys->key, key_len);
        if (err == IC_OK)
            err = ic_hmac_init_sha1(&c->hmac, keys->auth, sizeof keys->auth);
        if (err == IC_OK && kind == IC_SRTP_RTP && use == IC_AEAD_SEAL && e->ctr_sha1 != NULL)
            err = ic_ctr_sha1_init(&c->many, e->ctr_sha1, keys->key, keys->auth);
    }
    if (err != IC_OK)
        ic_srtp_cipher_deinit(c);
    return err;
}

void ic_srtp_cipher_deinit(struct ic_srtp_cipher *c)
{
    ic_aead_deinit(&c->aead);
    ic_ctr_deinit(&c->ctr);
    ic_hmac_deinit(&c->hmac);
    ic_ctr_sha1_deinit(&c->many);
    ic_ct_wipe(c, sizeof *c);
}

/* RFC 7714 8.1, 9.1: two zero bytes, SSRC, ROC and SEQ (SRTCP: two zero bytes and the index in
 * four), XOR salt. RFC 3711 4.1.1: (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16). Apart from the
 * place of the SSRC both are the salt XOR an SSRC and an index of 48 bits. */
static void make_iv(const struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit, uint8_t *iv,
                    size_t iv_len)
{
    uint8_t counted[COUNTED_LEN];
    struct ic_wr w = ic_wr_init(counted, sizeof counted);
    ic_wr_u32(&w, unit->ssrc);
    ic_wr_u16(&w, (uint16_t)(unit->index >> 32));
    ic_wr_u32(&w, (uint32_t)unit->index);
    IC_ASSERT(ic_wr_ok(&w) && w.len == sizeof counted);
    uint8_t *at = &iv[c->is_aead ? 2 : 4];
    memcpy(iv, c->salt, iv_len);
    for (size_t i = 0; i < sizeof counted; i++)
        at[i] ^= counted[i];
}

/* What is authenticated beyond the packet's own bytes. RFC 3711 4.2: the ROC; RFC 3711 3.4 and
 * RFC 7714 9.2: the SRTCP index with its E flag. */
static void make_word(const struct ic_srtp_cipher *c, uint64_t index, uint8_t word[static WORD_LEN])
{
    struct ic_wr w = ic_wr_init(word, WORD_LEN);
    ic_wr_u32(&w,
              c->kind == IC_SRTP_RTP ? (uint32_t)(index >> 16) : SRTCP_E_FLAG | (uint32_t)index);
    IC_ASSERT(ic_wr_ok(&w));
}

/* The whole HMAC over header, encrypted text and word. RFC 3711 4.2.1: "The HMAC output SHALL then
 * be truncated to the n_tag left-most bits": the caller does that. */
static enum ic_err compute_tag(struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit,
                               const struct ic_part *cipher_text, size_t count,
                               uint8_t tag[static IC_HMAC_SHA1_LEN])
{
    uint8_t word[WORD_LEN];
    struct ic_part parts[IC_SRTP_TEXT_PARTS + 2] = {unit->header};
    IC_ASSERT(count <= IC_SRTP_TEXT_PARTS);
    memcpy(&parts[1], cipher_text, count * sizeof parts[0]);
    make_word(c, unit->index, word);
    parts[count + 1] = (struct ic_part){word, sizeof word};
    return ic_hmac_compute(&c->hmac, parts, count + 2, tag);
}

/* RFC 7714 8.2: the associated data of SRTP is the RTP header; 9.2: that of SRTCP is the first
 * eight bytes and the word of E flag and index. */
static size_t make_aad(const struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit,
                       uint8_t word[static WORD_LEN], struct ic_part aad[static 2])
{
    make_word(c, unit->index, word);
    aad[0] = unit->header;
    aad[1] = (struct ic_part){word, WORD_LEN};
    return c->kind == IC_SRTP_RTP ? 1 : 2;
}

static enum ic_err seal_aead(struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit)
{
    uint8_t iv[IC_AEAD_IV_LEN], word[WORD_LEN];
    struct ic_part aad[2];
    size_t aad_count = make_aad(c, unit, word, aad);
    make_iv(c, unit, iv, sizeof iv);
    return ic_aead_seal(&c->aead, iv, aad, aad_count, unit->text, IC_SRTP_TEXT_PARTS, unit->out,
                        unit->tag);
}

static enum ic_err open_aead(struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit)
{
    uint8_t iv[IC_AEAD_IV_LEN], word[WORD_LEN];
    struct ic_part aad[2];
    size_t aad_count = make_aad(c, unit, word, aad);
    make_iv(c, unit, iv, sizeof iv);
    return ic_aead_open(&c->aead, iv, aad, aad_count, unit->text, IC_SRTP_TEXT_PARTS, unit->tag,
                        unit->out);
}

static size_t text_len(const struct ic_srtp_unit *unit)
{
    size_t len = 0;
    for (size_t i = 0; i < IC_SRTP_TEXT_PARTS; i++)
        len += unit->text[i].len;
    return len;
}

enum ic_err ic_srtp_cipher_seal(struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit)
{
    if (c->is_aead)
        return seal_aead(c, unit);
    uint8_t iv[IC_CTR_IV_LEN], tag[IC_HMAC_SHA1_LEN];
    const struct ic_part sealed = {unit->out, text_len(unit)};
    make_iv(c, unit, iv, sizeof iv);
    enum ic_err err = ic_ctr_xor(&c->ctr, iv, unit->text, IC_SRTP_TEXT_PARTS, unit->out);
    if (err == IC_OK)
        err = compute_tag(c, unit, &sealed, 1, tag);
    if (err == IC_OK)
        memcpy(unit->tag, tag, c->tag_len);
    return err;
}

/* RFC 3711 4.2 authenticates the ROC behind the packet, where it is never sent: it is written where
 * the tag will be, so that all that is authentic is one piece. */
static struct ic_ctr_sha1_message message_of(const struct ic_srtp_seal *seal)
{
    const struct ic_srtp_unit *unit = &seal->unit;
    size_t len = text_len(unit);
    struct ic_ctr_sha1_message m = {
        .key = &seal->cipher->many,
        .out = unit->out,
        .authentic = {unit->header.bytes, unit->header.len + len + WORD_LEN},
        .tag = unit->tag,
    };
    IC_ASSERT(unit->out == &unit->header.bytes[unit->header.len] && unit->tag == &unit->out[len]);
    memcpy(m.text, unit->text, sizeof m.text);
    make_iv(seal->cipher, unit, m.iv, sizeof m.iv);
    make_word(seal->cipher, unit->index, unit->tag);
    return m;
}

/* Those have the same engine. */
static void seal_together(struct ic_srtp_seal *seals, size_t count)
{
    struct ic_ctr_sha1_message messages[IC_CTR_SHA1_MAX];
    IC_ASSERT(count > 0 && count <= IC_CTR_SHA1_MAX);
    for (size_t i = 0; i < count; i++)
        messages[i] = message_of(&seals[i]);
    enum ic_err err = ic_ctr_sha1_seal(seals[0].cipher->many.engine, messages, count);
    for (size_t i = 0; i < count; i++)
        seals[i].error = err;
}

void ic_srtp_cipher_seal_many(struct ic_srtp_seal *seals, size_t count)
{
    const struct ic_ctr_sha1_engine *engine = count == 0 ? NULL : seals[0].cipher->many.engine;
    bool is_same = true;
    for (size_t i = 0; i < count; i++)
        is_same = is_same && seals[i].cipher->many.engine == engine;
    if (is_same && engine != NULL && count >= engine->worth) {
        seal_together(seals, count);
        return;
    }
    for (size_t i = 0; i < count; i++)
        seals[i].error = ic_srtp_cipher_seal(seals[i].cipher, &seals[i].unit);
}

enum ic_err ic_srtp_cipher_open(struct ic_srtp_cipher *c, const struct ic_srtp_unit *unit)
{
    if (c->is_aead)
        return open_aead(c, unit);
    uint8_t iv[IC_CTR_IV_LEN], tag[IC_HMAC_SHA1_LEN];
    enum ic_err err = compute_tag(c, unit, unit->text, IC_SRTP_TEXT_PARTS, tag);
    if (err != IC_OK)
        return err;
    if (!ic_ct_equal(tag, unit->tag, c->tag_len))
        return IC_ERR_AUTH;
    make_iv(c, unit, iv, sizeof iv);
    return ic_ctr_xor(&c->ctr, iv, unit->text, IC_SRTP_TEXT_PARTS, unit->out);
}
