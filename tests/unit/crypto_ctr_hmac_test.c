/* AES-CTR with a truncated HMAC: the vectors of SFrame, and the tag under attack. */
#include "support/vectors.h"

#include "crypto/ctr_hmac.h"

static const size_t tag_lens[] = {0, 10, 8, 4}; /* by cipher suite */

struct bytes {
    uint8_t *key, *nonce, *aad, *plain, *sealed;
    size_t key_len, nonce_len, aad_len, len, sealed_len, tag_len;
};

static void load(const json_t *v, struct bytes *b)
{
    b->key = vectors_bytes(v, "key", &b->key_len);
    b->nonce = vectors_bytes(v, "nonce", &b->nonce_len);
    b->aad = vectors_bytes(v, "aad", &b->aad_len);
    b->plain = vectors_bytes(v, "pt", &b->len);
    b->sealed = vectors_bytes(v, "ct", &b->sealed_len);
    assert_in_range(vectors_u64(v, "cipher_suite"), 1, 3);
    b->tag_len = tag_lens[vectors_u64(v, "cipher_suite")];
    assert_int_equal(b->key_len, IC_CTR_HMAC_KEY_LEN);
    assert_int_equal(b->nonce_len, IC_CTR_HMAC_NONCE_LEN);
    assert_int_equal(b->sealed_len, b->len + b->tag_len);
}

static void unload(struct bytes *b)
{
    free(b->key);
    free(b->nonce);
    free(b->aad);
    free(b->plain);
    free(b->sealed);
}

static void vectors_of_rfc_9605(void **state)
{
    (void)state;
    json_t *root = vectors_load("sframe/rfc9605-test-vectors.json"), *vector;
    size_t i;
    json_array_foreach(json_object_get(root, "aes_ctr_hmac"), i, vector)
    {
        struct bytes b;
        struct ic_ctr_hmac c;
        uint8_t out[64], tag[IC_CTR_HMAC_TAG_MAX];
        load(vector, &b);
        assert_int_equal(ic_ctr_hmac_init(&c, b.key, b.tag_len), IC_OK);
        for (size_t cut = 0; cut <= b.aad_len; cut++) { /* two parts equal the whole */
            const struct ic_ctr_hmac_message plain = {
                b.nonce, {{b.aad, cut}, {&b.aad[cut], b.aad_len - cut}}, {b.plain, b.len}};
            struct ic_ctr_hmac_message sealed = plain;
            sealed.text.bytes = b.sealed;
            assert_int_equal(ic_ctr_hmac_seal(&c, &plain, out, tag), IC_OK);
            assert_memory_equal(out, b.sealed, b.len);
            assert_memory_equal(tag, &b.sealed[b.len], b.tag_len);
            assert_int_equal(ic_ctr_hmac_open(&c, &sealed, &b.sealed[b.len], out), IC_OK);
            assert_memory_equal(out, b.plain, b.len);
        }
        ic_ctr_hmac_deinit(&c);
        ic_ctr_hmac_deinit(&c);
        unload(&b);
    }
    assert_int_equal(i, 3);
    json_decref(root);
}

static void any_changed_bit_is_refused(void **state)
{
    (void)state;
    json_t *root = vectors_load("sframe/rfc9605-test-vectors.json");
    struct bytes b;
    struct ic_ctr_hmac c;
    uint8_t out[64] = {0xee};
    load(json_array_get(json_object_get(root, "aes_ctr_hmac"), 2), &b);
    assert_int_equal(ic_ctr_hmac_init(&c, b.key, b.tag_len), IC_OK);
    const struct ic_ctr_hmac_message m = {
        b.nonce, {{b.aad, b.aad_len}, {NULL, 0}}, {b.sealed, b.len}};
    struct {
        uint8_t *bytes;
        size_t len;
    } fields[] = {{b.nonce, b.nonce_len}, {b.aad, b.aad_len}, {b.sealed, b.sealed_len}};
    for (size_t f = 0; f < 3; f++)
        for (size_t bit = 0; bit < fields[f].len * 8; bit++) {
            fields[f].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(ic_ctr_hmac_open(&c, &m, &b.sealed[b.len], out), IC_ERR_AUTH);
            fields[f].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    assert_int_equal(out[0], 0xee); /* nothing was decrypted */
    assert_int_equal(ic_ctr_hmac_open(&c, &m, &b.sealed[b.len], out), IC_OK);
    ic_ctr_hmac_deinit(&c);
    unload(&b);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_9605),
        cmocka_unit_test(any_changed_bit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
