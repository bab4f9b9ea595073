#include "crypto/aead_mb.h"

#include <stdbool.h>
#include <string.h>

#include <intel-ipsec-mb.h>

#include "base/assert.h"
#include "base/pool.h"
#include "crypto/aead_check.h"
#include "crypto/ct.h"

#define KEY_ALIGN 64
#define AAD_MAX   64 /* of several parts together: they are joined */

struct ic_aead_mb {
    struct ic_aead_engine engine;
    IMB_MGR *manager; /* GCM takes nothing of it but pointers to functions */
};

struct key {
    struct gcm_key_data data; /* aligned to KEY_ALIGN */
    void *block;              /* that it stands in */
    bool is_256;
};

static enum ic_err init(struct ic_aead *a, const uint8_t *key, size_t key_len)
{
    IMB_MGR *manager = a->engine->context;
    uint8_t *block = ic_array_alloc(1, sizeof(struct key) + KEY_ALIGN);
    if (block == NULL)
        return IC_ERR_SYSTEM;
    size_t shift = (KEY_ALIGN - (uintptr_t)block % KEY_ALIGN) % KEY_ALIGN;
    struct key *k = (struct key *)(void *)&block[shift];
    k->block = block;
    k->is_256 = key_len == 32;
    if (k->is_256)
        IMB_AES256_GCM_PRE(manager, key, &k->data);
    else
        IMB_AES128_GCM_PRE(manager, key, &k->data);
    a->state = k;
    return IC_OK;
}

static void deinit(struct ic_aead *a)
{
    struct key *k = a->state;
    void *block = k->block;
    ic_ct_wipe(k, sizeof *k);
    ic_array_free(block);
}

/* The associated data in one piece; joined: room for it. */
static struct ic_part join(const struct ic_part *parts, size_t count, uint8_t joined[AAD_MAX])
{
    size_t len = 0;
    if (count == 1)
        return parts[0];
    for (size_t i = 0; i < count; i++) {
        IC_ASSERT(parts[i].len <= AAD_MAX - len);
        memcpy(&joined[len], parts[i].bytes, parts[i].len);
        len += parts[i].len;
    }
    return (struct ic_part){joined, len};
}

static void begin(IMB_MGR *manager, const struct key *k, struct gcm_context_data *context,
                  const uint8_t *iv, const struct ic_part *aad)
{
    if (k->is_256)
        IMB_AES256_GCM_INIT(manager, &k->data, context, iv, aad->bytes, aad->len);
    else
        IMB_AES128_GCM_INIT(manager, &k->data, context, iv, aad->bytes, aad->len);
}

static void seal_part(IMB_MGR *manager, const struct key *k, struct gcm_context_data *context,
                      uint8_t *out, const struct ic_part *text)
{
    if (k->is_256)
        IMB_AES256_GCM_ENC_UPDATE(manager, &k->data, context, out, text->bytes, text->len);
    else
        IMB_AES128_GCM_ENC_UPDATE(manager, &k->data, context, out, text->bytes, text->len);
}

static void open_part(IMB_MGR *manager, const struct key *k, struct gcm_context_data *context,
                      uint8_t *out, const struct ic_part *text)
{
    if (k->is_256)
        IMB_AES256_GCM_DEC_UPDATE(manager, &k->data, context, out, text->bytes, text->len);
    else
        IMB_AES128_GCM_DEC_UPDATE(manager, &k->data, context, out, text->bytes, text->len);
}

static void end(IMB_MGR *manager, const struct key *k, struct gcm_context_data *context,
                enum ic_aead_use use, uint8_t *tag)
{
    if (use == IC_AEAD_SEAL && k->is_256)
        IMB_AES256_GCM_ENC_FINALIZE(manager, &k->data, context, tag, IC_AEAD_TAG_LEN);
    else if (use == IC_AEAD_SEAL)
        IMB_AES128_GCM_ENC_FINALIZE(manager, &k->data, context, tag, IC_AEAD_TAG_LEN);
    else if (k->is_256)
        IMB_AES256_GCM_DEC_FINALIZE(manager, &k->data, context, tag, IC_AEAD_TAG_LEN);
    else
        IMB_AES128_GCM_DEC_FINALIZE(manager, &k->data, context, tag, IC_AEAD_TAG_LEN);
}

static void run(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad, size_t aad_count,
                const struct ic_part *text, size_t text_count, uint8_t *out, uint8_t *tag)
{
    struct gcm_context_data context;
    uint8_t joined[AAD_MAX];
    IMB_MGR *manager = a->engine->context;
    const struct key *k = a->state;
    const struct ic_part whole = join(aad, aad_count, joined);
    begin(manager, k, &context, iv, &whole);
    for (size_t i = 0; i < text_count; i++) {
        if (text[i].len == 0)
            continue;
        if (a->use == IC_AEAD_SEAL)
            seal_part(manager, k, &context, out, &text[i]);
        else
            open_part(manager, k, &context, out, &text[i]);
        out += text[i].len;
    }
    end(manager, k, &context, a->use, tag);
}

static enum ic_err seal(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                        size_t aad_count, const struct ic_part *text, size_t text_count,
                        uint8_t *out, uint8_t *tag)
{
    run(a, iv, aad, aad_count, text, text_count, out, tag);
    return IC_OK;
}

static enum ic_err open(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                        size_t aad_count, const struct ic_part *text, size_t text_count,
                        const uint8_t *tag, uint8_t *out)
{
    uint8_t expected[IC_AEAD_TAG_LEN];
    run(a, iv, aad, aad_count, text, text_count, out, expected);
    return ic_ct_equal(expected, tag, sizeof expected) ? IC_OK : IC_ERR_AUTH;
}

struct ic_aead_mb *ic_aead_mb_create(void)
{
    IMB_ARCH arch = IMB_ARCH_NONE;
    struct ic_aead_mb *mb = ic_array_alloc(1, sizeof *mb);
    if (mb == NULL)
        return NULL;
    mb->manager = alloc_mb_mgr(0);
    if (mb->manager != NULL)
        init_mb_mgr_auto(mb->manager, &arch);
    mb->engine = (struct ic_aead_engine){.name = "ipsec-mb",
                                         .context = mb->manager,
                                         .init = init,
                                         .deinit = deinit,
                                         .seal = seal,
                                         .open = open};
    /* NOAESNI computes in tables: slower than EVP, and its time tells of the key. */
    bool is_good = arch != IMB_ARCH_NONE && arch != IMB_ARCH_NOAESNI &&
                   ic_aead_agree(&mb->engine, ic_aead_evp());
    if (is_good)
        return mb;
    ic_aead_mb_destroy(mb);
    return NULL;
}

void ic_aead_mb_destroy(struct ic_aead_mb *mb)
{
    if (mb == NULL)
        return;
    if (mb->manager != NULL)
        free_mb_mgr(mb->manager);
    ic_array_free(mb);
}

const struct ic_aead_engine *ic_aead_mb_engine(const struct ic_aead_mb *mb)
{
    return mb == NULL ? NULL : &mb->engine;
}
