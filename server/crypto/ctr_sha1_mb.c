/* The blocks of all messages first, then their HMACs, each with one call of the library, which does
 * not return before all is done. */
#include "crypto/ctr_sha1_mb.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "base/assert.h"
#include "base/pool.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/ct.h"
#include "crypto/ctr_sha1_check.h"

#define BLOCK_LEN  16
#define SHA1_BLOCK 64
#define ROUND_KEYS 11
#define DIGEST_LEN 12 /* of an HMAC: what the library writes for IPsec, or all of it */
#define COUNTER_AT 12 /* in the IV: 32 bits */
#define PIECES_MAX IMB_MAX_BURST_SIZE
#define WORTH      4    /* measured: bench/srtp.c */
#define IPAD       0x36 /* RFC 2104 2 */
#define OPAD       0x5c

struct ic_ctr_sha1_mb {
    struct ic_ctr_sha1_engine engine;
    IMB_MGR *manager;
    IMB_JOB jobs[PIECES_MAX];
    uint32_t job_count;
    uint8_t ivs[PIECES_MAX][IC_CTR_IV_LEN];
    uint8_t digests[IC_CTR_SHA1_MAX][DIGEST_LEN];
};

static_assert(IC_CTR_SHA1_MAX <= PIECES_MAX, "all HMACs are one burst");
static_assert(_Alignof(max_align_t) >= BLOCK_LEN, "round keys are aligned");
static_assert(DIGEST_LEN >= IC_CTR_SHA1_TAG_LEN, "the tag is its first bytes");

struct key {
    _Alignas(BLOCK_LEN) uint8_t round_keys[ROUND_KEYS * BLOCK_LEN];
    uint8_t inner[IC_HMAC_SHA1_LEN], outer[IC_HMAC_SHA1_LEN]; /* SHA-1 of the padded keys */
};

/* ---- keys ---- */

/* RFC 2104 2: SHA-1 goes on from what is the same for all messages of one key. */
static void hash_pad(IMB_MGR *manager, const uint8_t *auth, uint8_t pad, uint8_t *out)
{
    uint8_t bytes[SHA1_BLOCK];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((i < IC_CTR_SHA1_AUTH_LEN ? auth[i] : 0) ^ pad);
    IMB_SHA1_ONE_BLOCK(manager, bytes, out);
    ic_ct_wipe(bytes, sizeof bytes);
}

static enum ic_err init(struct ic_ctr_sha1 *c, const uint8_t *key, const uint8_t *auth)
{
    const struct ic_ctr_sha1_mb *mb = c->engine->context;
    _Alignas(BLOCK_LEN) uint8_t unused[ROUND_KEYS * BLOCK_LEN]; /* to decrypt with */
    struct key *k = ic_array_alloc(1, sizeof *k);               /* aligned for any type */
    if (k == NULL)
        return IC_ERR_SYSTEM;
    IMB_AES_KEYEXP_128(mb->manager, key, k->round_keys, unused);
    hash_pad(mb->manager, auth, IPAD, k->inner);
    hash_pad(mb->manager, auth, OPAD, k->outer);
    ic_ct_wipe(unused, sizeof unused);
    c->state = k;
    return IC_OK;
}

static void deinit(struct ic_ctr_sha1 *c)
{
    ic_ct_wipe(c->state, sizeof(struct key));
    ic_array_free(c->state);
}

/* ---- counter mode ---- */

static bool run_pieces(struct ic_ctr_sha1_mb *mb)
{
    uint32_t count = mb->job_count;
    mb->job_count = 0;
    return count == 0 ||
           IMB_SUBMIT_CIPHER_BURST_NOCHECK(mb->manager, mb->jobs, count, IMB_CIPHER_CNTR,
                                           IMB_DIR_ENCRYPT, IMB_KEY_128_BYTES) == count;
}

static void set_counter(uint8_t *iv, const uint8_t *first, size_t block)
{
    struct ic_rd r = ic_rd_init(&first[COUNTER_AT], 4);
    uint32_t counter = ic_rd_u32(&r) + (uint32_t)block;
    memcpy(iv, first, COUNTER_AT);
    struct ic_wr w = ic_wr_init(&iv[COUNTER_AT], 4);
    ic_wr_u32(&w, counter);
    IC_ASSERT(ic_wr_ok(&w));
}

/* Bytes of one block, from `at` in the text on. */
static void xor_edge(struct ic_ctr_sha1_mb *mb, const struct ic_ctr_sha1_message *m, size_t at,
                     const uint8_t *in, size_t len)
{
    static const uint8_t zeros[BLOCK_LEN];
    uint8_t iv[IC_CTR_IV_LEN], stream[BLOCK_LEN];
    const struct key *k = m->key->state;
    set_counter(iv, m->iv, at / BLOCK_LEN);
    /* CFB of one block of zeros is the encrypted IV. */
    IMB_AES128_CFB_ONE(mb->manager, stream, zeros, iv, k->round_keys, BLOCK_LEN);
    for (size_t i = 0; i < len; i++)
        m->out[at + i] = in[i] ^ stream[at % BLOCK_LEN + i];
}

/* From the beginning of a block on. */
static bool add_piece(struct ic_ctr_sha1_mb *mb, const struct ic_ctr_sha1_message *m, size_t at,
                      const uint8_t *in, size_t len)
{
    const struct key *k = m->key->state;
    if (mb->job_count == PIECES_MAX && !run_pieces(mb))
        return false;
    uint8_t *iv = mb->ivs[mb->job_count];
    IMB_JOB *job = &mb->jobs[mb->job_count++];
    set_counter(iv, m->iv, at / BLOCK_LEN);
    job->enc_keys = k->round_keys;
    job->key_len_in_bytes = IC_CTR_SHA1_KEY_LEN;
    job->src = in;
    job->dst = &m->out[at];
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = len;
    job->iv = iv;
    job->iv_len_in_bytes = IC_CTR_IV_LEN;
    return true;
}

/* A part begins where the one before it ends, which need not be the end of a block. */
static bool add_text(struct ic_ctr_sha1_mb *mb, const struct ic_ctr_sha1_message *m)
{
    size_t at = 0;
    for (size_t i = 0; i < IC_CTR_SHA1_PARTS; i++) {
        const uint8_t *in = m->text[i].bytes;
        size_t len = m->text[i].len, edge = (BLOCK_LEN - at % BLOCK_LEN) % BLOCK_LEN;
        if (len < BLOCK_LEN && edge == 0)
            edge = len;
        edge = edge < len ? edge : len;
        if (edge > 0)
            xor_edge(mb, m, at, in, edge);
        if (len > edge && !add_piece(mb, m, at + edge, &in[edge], len - edge))
            return false;
        at += len;
    }
    return true;
}

/* ---- HMAC ---- */

static bool run_hmacs(struct ic_ctr_sha1_mb *mb, const struct ic_ctr_sha1_message *m, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct key *k = m[i].key->state;
        IMB_JOB *job = &mb->jobs[i];
        job->src = m[i].authentic.bytes;
        job->hash_start_src_offset_in_bytes = 0;
        job->msg_len_to_hash_in_bytes = m[i].authentic.len;
        job->auth_tag_output = mb->digests[i];
        job->auth_tag_output_len_in_bytes = DIGEST_LEN;
        job->u.HMAC._hashed_auth_key_xor_ipad = k->inner;
        job->u.HMAC._hashed_auth_key_xor_opad = k->outer;
    }
    return IMB_SUBMIT_HASH_BURST_NOCHECK(mb->manager, mb->jobs, (uint32_t)count,
                                         IMB_AUTH_HMAC_SHA_1) == count;
}

static enum ic_err seal(const struct ic_ctr_sha1_engine *engine,
                        const struct ic_ctr_sha1_message *messages, size_t count)
{
    struct ic_ctr_sha1_mb *mb = engine->context;
    mb->job_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!add_text(mb, &messages[i]))
            return IC_ERR_SYSTEM;
    if (!run_pieces(mb) || !run_hmacs(mb, messages, count))
        return IC_ERR_SYSTEM;
    for (size_t i = 0; i < count; i++)
        memcpy(messages[i].tag, mb->digests[i], IC_CTR_SHA1_TAG_LEN);
    return IC_OK;
}

/* ---- life ---- */

struct ic_ctr_sha1_mb *ic_ctr_sha1_mb_create(void)
{
    IMB_ARCH arch = IMB_ARCH_NONE;
    struct ic_ctr_sha1_mb *mb = ic_array_alloc(1, sizeof *mb);
    if (mb == NULL)
        return NULL;
    mb->manager = alloc_mb_mgr(0);
    if (mb->manager != NULL)
        init_mb_mgr_auto(mb->manager, &arch);
    mb->engine = (struct ic_ctr_sha1_engine){.name = "ipsec-mb",
                                             .context = mb,
                                             .worth = WORTH,
                                             .init = init,
                                             .deinit = deinit,
                                             .seal = seal};
    /* NOAESNI computes in tables: slower than EVP, and its time tells of the key. */
    if (arch != IMB_ARCH_NONE && arch != IMB_ARCH_NOAESNI && ic_ctr_sha1_agrees(&mb->engine))
        return mb;
    ic_ctr_sha1_mb_destroy(mb);
    return NULL;
}

void ic_ctr_sha1_mb_destroy(struct ic_ctr_sha1_mb *mb)
{
    if (mb == NULL)
        return;
    if (mb->manager != NULL)
        free_mb_mgr(mb->manager);
    ic_array_free(mb);
}

const struct ic_ctr_sha1_engine *ic_ctr_sha1_mb_engine(const struct ic_ctr_sha1_mb *mb)
{
    return mb == NULL ? NULL : &mb->engine;
}
