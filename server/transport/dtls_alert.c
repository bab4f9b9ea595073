/* Alerts of DTLS 1.2 under AES-128-GCM, without the library that shook hands. Leaves out: every
 * other content, other ciphers (their connections stay with the library). */
#include "transport/dtls_alert.h"

#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/aead.h"
#include "crypto/ct.h"
#include "crypto/hmac.h"
#include "transport/dtls_record.h"

#define EPOCH         1
#define EPOCH_SHIFT   48
#define HEADER_LEN    13
#define NONCE_LEN     8 /* RFC 5288 3: nonce_explicit */
#define ALERT_LEN     2
#define FRAGMENT_LEN  (NONCE_LEN + ALERT_LEN + IC_AEAD_TAG_LEN)
#define AAD_LEN       13
#define LEVEL_WARNING 1
#define LEVEL_FATAL   2
#define CLOSE_NOTIFY  0
#define KEY_BLOCK_LEN (2 * (IC_DTLS_ALERT_KEY_LEN + IC_DTLS_ALERT_SALT_LEN))
#define KEY_BLOCK_CAP (2 * IC_HMAC_SHA256_LEN) /* of whole hashes */

static_assert(HEADER_LEN + FRAGMENT_LEN == IC_DTLS_ALERT_MAX, "one record");
static_assert(KEY_BLOCK_LEN <= KEY_BLOCK_CAP, "two hashes are enough");
static_assert(IC_DTLS_ALERT_SALT_LEN + NONCE_LEN == IC_AEAD_IV_LEN, "RFC 5288 3");

/* One record as it stands in a datagram. */
struct record {
    uint8_t type;
    uint64_t number; /* epoch and sequence number */
    struct ic_rd fragment;
};

static bool read_record(struct ic_rd *r, struct record *out)
{
    out->type = ic_rd_u8(r);
    uint16_t version = ic_rd_u16(r);
    out->number = ic_rd_u64(r);
    out->fragment = ic_rd_sub(r, ic_rd_u16(r));
    return ic_rd_ok(r) && version == IC_DTLS_VERSION_1_2;
}

void ic_dtls_sent_note(struct ic_dtls_sent *s, const uint8_t *bytes, size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct record record;
    while (r.left > 0 && read_record(&r, &record)) {
        uint64_t nonce = ic_rd_u64(&record.fragment);
        if (!ic_rd_ok(&record.fragment) || record.number >> EPOCH_SHIFT != EPOCH ||
            record.number < s->number)
            continue;
        *s = (struct ic_dtls_sent){.number = record.number, .nonce = nonce};
    }
}

/* RFC 5246 5: P_SHA256(secret, label + seed), label and seed in `seed` here. */
static enum ic_err expand(const uint8_t *secret, size_t len, const struct ic_part seed[static 3],
                          uint8_t out[static KEY_BLOCK_CAP])
{
    uint8_t a[IC_HMAC_SHA256_LEN];
    enum ic_err err = ic_hmac_sha256(secret, len, seed, 3, a);
    for (size_t at = 0; err == IC_OK && at < KEY_BLOCK_CAP; at += IC_HMAC_SHA256_LEN) {
        const struct ic_part parts[] = {{a, sizeof a}, seed[0], seed[1], seed[2]};
        const struct ic_part last = {a, sizeof a};
        uint8_t next[IC_HMAC_SHA256_LEN];
        err = ic_hmac_sha256(secret, len, parts, 4, &out[at]);
        if (err == IC_OK)
            err = ic_hmac_sha256(secret, len, &last, 1, next);
        memcpy(a, next, sizeof a);
        ic_ct_wipe(next, sizeof next);
    }
    ic_ct_wipe(a, sizeof a);
    return err;
}

/* RFC 5246 6.3: client and server key, then client and server salt; a GCM suite has no MAC keys. */
static void split(struct ic_dtls_alert *a, bool is_client, const uint8_t *block)
{
    struct ic_rd r = ic_rd_init(block, KEY_BLOCK_LEN);
    const uint8_t *keys[2] = {ic_rd_take(&r, IC_DTLS_ALERT_KEY_LEN),
                              ic_rd_take(&r, IC_DTLS_ALERT_KEY_LEN)};
    const uint8_t *salts[2] = {ic_rd_take(&r, IC_DTLS_ALERT_SALT_LEN),
                               ic_rd_take(&r, IC_DTLS_ALERT_SALT_LEN)};
    IC_ASSERT(ic_rd_done(&r));
    memcpy(a->write_key, keys[is_client ? 0 : 1], sizeof a->write_key);
    memcpy(a->read_key, keys[is_client ? 1 : 0], sizeof a->read_key);
    memcpy(a->write_salt, salts[is_client ? 0 : 1], sizeof a->write_salt);
    memcpy(a->read_salt, salts[is_client ? 1 : 0], sizeof a->read_salt);
}

enum ic_err ic_dtls_alert_init(struct ic_dtls_alert *a, const struct ic_dtls_secrets *secrets,
                               bool is_client, const struct ic_dtls_sent *sent)
{
    static const uint8_t label[] = {'k', 'e', 'y', ' ', 'e', 'x', 'p',
                                    'a', 'n', 's', 'i', 'o', 'n'};
    const struct ic_part seed[3] = {{label, sizeof label},
                                    {secrets->server_random, sizeof secrets->server_random},
                                    {secrets->client_random, sizeof secrets->client_random}};
    uint8_t block[KEY_BLOCK_CAP];
    memset(a, 0, sizeof *a);
    if (sent->number == 0)
        return IC_ERR_STATE;
    enum ic_err err = expand(secrets->master, sizeof secrets->master, seed, block);
    if (err == IC_OK) {
        split(a, is_client, block);
        a->sent = *sent;
    }
    ic_ct_wipe(block, sizeof block);
    return err;
}

/* RFC 5288 3: salt and explicit nonce. */
static void make_iv(uint8_t iv[static IC_AEAD_IV_LEN], const uint8_t *salt, uint64_t nonce)
{
    struct ic_wr w = ic_wr_init(iv, IC_AEAD_IV_LEN);
    ic_wr_bytes(&w, salt, IC_DTLS_ALERT_SALT_LEN);
    ic_wr_u64(&w, nonce);
    IC_ASSERT(ic_wr_ok(&w));
}

/* RFC 5246 6.2.3.3: seq_num + TLSCompressed.type + version + length; RFC 6347 4.1.2.1: epoch and
 * sequence number are the seq_num of DTLS. */
static void make_aad(uint8_t aad[static AAD_LEN], uint64_t number)
{
    struct ic_wr w = ic_wr_init(aad, AAD_LEN);
    ic_wr_u64(&w, number);
    ic_wr_u8(&w, IC_DTLS_CONTENT_ALERT);
    ic_wr_u16(&w, IC_DTLS_VERSION_1_2);
    ic_wr_u16(&w, ALERT_LEN);
    IC_ASSERT(ic_wr_ok(&w));
}

static bool seal(const struct ic_dtls_alert *a, uint64_t number, uint64_t nonce, uint8_t *text,
                 uint8_t *tag)
{
    uint8_t iv[IC_AEAD_IV_LEN], aad[AAD_LEN], sealed[ALERT_LEN];
    const struct ic_part aad_part = {aad, sizeof aad}, text_part = {text, ALERT_LEN};
    struct ic_aead aead;
    make_iv(iv, a->write_salt, nonce);
    make_aad(aad, number);
    if (ic_aead_init(&aead, ic_aead_evp(), IC_AEAD_SEAL, a->write_key, sizeof a->write_key) !=
        IC_OK)
        return false;
    bool is_good = ic_aead_seal(&aead, iv, &aad_part, 1, &text_part, 1, sealed, tag) == IC_OK;
    ic_aead_deinit(&aead);
    memcpy(text, sealed, sizeof sealed);
    return is_good;
}

size_t ic_dtls_alert_write_close(struct ic_dtls_alert *a, uint8_t *out, size_t cap)
{
    struct ic_wr w = ic_wr_init(out, cap);
    uint64_t number = a->sent.number + 1, nonce = a->sent.nonce + 1;
    bool has_keys = a->sent.number != 0 && number >> EPOCH_SHIFT == EPOCH;
    ic_wr_u8(&w, IC_DTLS_CONTENT_ALERT);
    ic_wr_u16(&w, IC_DTLS_VERSION_1_2);
    ic_wr_u64(&w, number);
    ic_wr_u16(&w, FRAGMENT_LEN);
    ic_wr_u64(&w, nonce);
    uint8_t *text = ic_wr_reserve(&w, ALERT_LEN), *tag = ic_wr_reserve(&w, IC_AEAD_TAG_LEN);
    bool is_good = has_keys && text != NULL && tag != NULL;
    if (is_good) {
        text[0] = LEVEL_WARNING;
        text[1] = CLOSE_NOTIFY;
        is_good = seal(a, number, nonce, text, tag);
    }
    ic_dtls_alert_wipe(a);
    return is_good ? w.len : 0;
}

static bool open_alert(const struct ic_dtls_alert *a, const struct record *record,
                       uint8_t alert[static ALERT_LEN])
{
    struct ic_rd r = record->fragment;
    uint8_t iv[IC_AEAD_IV_LEN], aad[AAD_LEN];
    uint64_t nonce = ic_rd_u64(&r);
    const struct ic_part aad_part = {aad, sizeof aad};
    const struct ic_part text_part = {ic_rd_take(&r, ALERT_LEN), ALERT_LEN};
    const uint8_t *tag = ic_rd_take(&r, IC_AEAD_TAG_LEN);
    struct ic_aead aead;
    if (!ic_rd_done(&r) || tag == NULL)
        return false;
    make_iv(iv, a->read_salt, nonce);
    make_aad(aad, record->number);
    if (ic_aead_init(&aead, ic_aead_evp(), IC_AEAD_OPEN, a->read_key, sizeof a->read_key) != IC_OK)
        return false;
    bool is_good = ic_aead_open(&aead, iv, &aad_part, 1, &text_part, 1, tag, alert) == IC_OK;
    ic_aead_deinit(&aead);
    return is_good;
}

bool ic_dtls_alert_is_end(const struct ic_dtls_alert *a, const uint8_t *bytes, size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct record record;
    if (a->sent.number == 0)
        return false;
    /* One a datagram: so nobody can make us try many keys with one. */
    while (r.left > 0 && read_record(&r, &record)) {
        uint8_t alert[ALERT_LEN];
        if (record.type == IC_DTLS_CONTENT_ALERT && record.number >> EPOCH_SHIFT == EPOCH)
            return open_alert(a, &record, alert) &&
                   (alert[0] == LEVEL_FATAL || alert[1] == CLOSE_NOTIFY);
    }
    return false;
}

void ic_dtls_alert_wipe(struct ic_dtls_alert *a)
{
    ic_ct_wipe(a, sizeof *a);
}
