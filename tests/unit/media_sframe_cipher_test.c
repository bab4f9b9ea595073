/* SFrame with keys: the vectors of RFC 9605 for all five suites, and frames under attack. */
#include "support/vectors.h"

#include "media/sframe_cipher.h"
#include "wire/sframe.h"

#define FRAME_MAX 256

struct frame {
    enum ic_sframe_suite suite;
    uint64_t kid, counter;
    struct ic_part base_key, metadata, plain, sealed;
};

static struct ic_part part_of(const json_t *vector, const char *key)
{
    struct ic_part part;
    part.bytes = vectors_bytes(vector, key, &part.len);
    return part;
}

static void load(const json_t *vector, struct frame *f)
{
    f->suite = (enum ic_sframe_suite)vectors_u64(vector, "cipher_suite");
    f->kid = vectors_u64(vector, "kid");
    f->counter = vectors_u64(vector, "ctr");
    f->base_key = part_of(vector, "base_key");
    f->metadata = part_of(vector, "metadata");
    f->plain = part_of(vector, "pt");
    f->sealed = part_of(vector, "ct");
}

static void unload(struct frame *f)
{
    free((void *)(uintptr_t)f->base_key.bytes);
    free((void *)(uintptr_t)f->metadata.bytes);
    free((void *)(uintptr_t)f->plain.bytes);
    free((void *)(uintptr_t)f->sealed.bytes);
}

static void vectors_of_rfc_9605(void **state)
{
    const json_t *list = json_object_get(*state, "sframe"), *vector;
    size_t i;
    json_array_foreach(list, i, vector)
    {
        struct frame f;
        struct ic_sframe_secrets secrets;
        struct ic_sframe_cipher seal, open;
        uint8_t out[FRAME_MAX];
        load(vector, &f);
        assert_int_equal(f.suite, i + 1);
        assert_int_equal(ic_sframe_cipher_derive(f.suite, &f.base_key, f.kid, &secrets), IC_OK);
        vectors_assert_bytes(vector, "sframe_key", secrets.key, secrets.key_len);
        vectors_assert_bytes(vector, "sframe_salt", secrets.salt, sizeof secrets.salt);
        assert_int_equal(ic_sframe_cipher_init(&seal, f.suite, IC_AEAD_SEAL, &f.base_key, f.kid),
                         IC_OK);
        assert_int_equal(ic_sframe_cipher_init(&open, f.suite, IC_AEAD_OPEN, &f.base_key, f.kid),
                         IC_OK);
        for (int turn = 0; turn < 2; turn++) { /* the key serves again */
            struct ic_wr w = ic_wr_init(out, sizeof out);
            assert_int_equal(ic_sframe_cipher_seal(&seal, f.counter, &f.metadata, &f.plain, &w),
                             IC_OK);
            assert_int_equal(w.len, f.sealed.len);
            assert_memory_equal(out, f.sealed.bytes, w.len);
            w = ic_wr_init(out, sizeof out);
            assert_int_equal(ic_sframe_cipher_open(&open, &f.metadata, &f.sealed, &w), IC_OK);
            assert_int_equal(w.len, f.plain.len);
            assert_memory_equal(out, f.plain.bytes, w.len);
        }
        struct ic_wr small = ic_wr_init(out, f.sealed.len - 1);
        assert_int_equal(ic_sframe_cipher_seal(&seal, f.counter, &f.metadata, &f.plain, &small),
                         IC_ERR_FULL);
        small = ic_wr_init(out, f.plain.len - 1);
        assert_int_equal(ic_sframe_cipher_open(&open, &f.metadata, &f.sealed, &small), IC_ERR_FULL);
        ic_sframe_cipher_deinit(&seal);
        ic_sframe_cipher_deinit(&open);
        ic_sframe_cipher_deinit(&open);
        unload(&f);
    }
    assert_int_equal(i, 5);
}

/* One changed bit in metadata, header, ciphertext or tag, and each truncation. */
static void any_change_is_refused(void **state)
{
    const json_t *list = json_object_get(*state, "sframe"), *vector;
    size_t i;
    json_array_foreach(list, i, vector)
    {
        struct frame f;
        struct ic_sframe_cipher open;
        uint8_t out[FRAME_MAX], bytes[FRAME_MAX], metadata[FRAME_MAX];
        load(vector, &f);
        memcpy(bytes, f.sealed.bytes, f.sealed.len);
        memcpy(metadata, f.metadata.bytes, f.metadata.len);
        const struct ic_part sealed = {bytes, f.sealed.len}, meta = {metadata, f.metadata.len};
        assert_int_equal(ic_sframe_cipher_init(&open, f.suite, IC_AEAD_OPEN, &f.base_key, f.kid),
                         IC_OK);
        for (size_t bit = 0; bit < (sealed.len + meta.len) * 8; bit++) {
            uint8_t *at = bit / 8 < sealed.len ? &bytes[bit / 8] : &metadata[bit / 8 - sealed.len];
            struct ic_wr w = ic_wr_init(out, sizeof out);
            *at ^= (uint8_t)(1 << bit % 8);
            enum ic_err err = ic_sframe_cipher_open(&open, &meta, &sealed, &w);
            bool is_kid = bit / 8 < 3; /* config byte and KID of the vectors */
            assert_true(err == IC_ERR_AUTH ||
                        (is_kid && (err == IC_ERR_GONE || err == IC_ERR_INPUT)));
            *at ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t cut = 0; cut < sealed.len; cut++) {
            uint8_t *copy = exact_copy(bytes, cut);
            const struct ic_part prefix = {copy, cut};
            struct ic_wr w = ic_wr_init(out, sizeof out);
            enum ic_err err = ic_sframe_cipher_open(&open, &meta, &prefix, &w);
            assert_int_equal(err, cut < 5 + open.tag_len ? IC_ERR_INPUT : IC_ERR_AUTH);
            free(copy);
        }
        ic_sframe_cipher_deinit(&open);
        unload(&f);
    }
}

/* Nothing to encrypt, and the numbers at their ends: only the key of the same KID opens it. */
static void ends_of_the_numbers(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 7, 8, 255, 256, UINT32_MAX, UINT64_MAX};
    const uint8_t key[32] = {1, 2, 3};
    const struct ic_part base_key = {key, sizeof key}, nothing = {NULL, 0};
    for (int suite = 1; suite <= 5; suite++)
        for (size_t k = 0; k < 7; k++)
            for (size_t c = 0; c < 7; c++) {
                struct ic_sframe_cipher seal, open, other;
                uint8_t bytes[FRAME_MAX], out[1];
                struct ic_wr w = ic_wr_init(bytes, sizeof bytes), o = ic_wr_init(out, 0);
                enum ic_sframe_suite s = (enum ic_sframe_suite)suite;
                assert_int_equal(
                    ic_sframe_cipher_init(&seal, s, IC_AEAD_SEAL, &base_key, numbers[k]), IC_OK);
                assert_int_equal(
                    ic_sframe_cipher_init(&open, s, IC_AEAD_OPEN, &base_key, numbers[k]), IC_OK);
                assert_int_equal(ic_sframe_cipher_init(&other, s, IC_AEAD_OPEN, &base_key, 77),
                                 IC_OK);
                assert_int_equal(ic_sframe_cipher_seal(&seal, numbers[c], &nothing, &nothing, &w),
                                 IC_OK);
                const struct ic_part sealed = {bytes, w.len};
                assert_int_equal(ic_sframe_cipher_open(&open, &nothing, &sealed, &o), IC_OK);
                assert_int_equal(o.len, 0);
                assert_int_equal(ic_sframe_cipher_open(&other, &nothing, &sealed, &o), IC_ERR_GONE);
                ic_sframe_cipher_deinit(&seal);
                ic_sframe_cipher_deinit(&open);
                ic_sframe_cipher_deinit(&other);
            }
}

static int load_file(void **state)
{
    *state = vectors_load("sframe/rfc9605-test-vectors.json");
    return 0;
}

static int drop_file(void **state)
{
    json_decref(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_9605),
        cmocka_unit_test(any_change_is_refused),
        cmocka_unit_test(ends_of_the_numbers),
    };
    return cmocka_run_group_tests(tests, load_file, drop_file);
}
