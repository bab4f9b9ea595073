/* AES-GCM against cases of the GCM specification (McGrew, Viega), and the tag under attack. */
#include "support/hex.h"

#include "crypto/aead_check.h"
#include "crypto/aead_mb.h"

static const struct ic_aead_engine *engine; /* that is tried */

struct vector {
    const char *key, *iv, *aad, *plain, *cipher, *tag;
};

#define PLAIN                                                                                      \
    "d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72"                            \
    "1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39"
#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"

static const struct vector vectors[] = {
    /* case 1, 2, 4; 13, 14, 16 */
    {"00000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", AAD, PLAIN,
     "42831ec2217774244b7221b784d0d49c e3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa05 1ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     AAD, PLAIN,
     "522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

struct bytes {
    uint8_t key[32], iv[12], aad[64], plain[64], cipher[64], tag[16];
    size_t key_len, aad_len, len;
};

static void load(const struct vector *v, struct bytes *b)
{
    b->key_len = hex_bytes(v->key, b->key, sizeof b->key);
    hex_bytes(v->iv, b->iv, sizeof b->iv);
    b->aad_len = hex_bytes(v->aad, b->aad, sizeof b->aad);
    b->len = hex_bytes(v->plain, b->plain, sizeof b->plain);
    assert_int_equal(hex_bytes(v->cipher, b->cipher, sizeof b->cipher), b->len);
    hex_bytes(v->tag, b->tag, sizeof b->tag);
}

static void vectors_of_the_gcm_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct bytes b;
        struct ic_aead seal, open;
        uint8_t out[64], tag[16];
        load(&vectors[i], &b);
        assert_int_equal(ic_aead_init(&seal, engine, IC_AEAD_SEAL, b.key, b.key_len), IC_OK);
        assert_int_equal(ic_aead_init(&open, engine, IC_AEAD_OPEN, b.key, b.key_len), IC_OK);
        const struct ic_part aad = {b.aad, b.aad_len}, text = {b.plain, b.len};
        const struct ic_part sealed = {b.cipher, b.len};
        for (int turn = 0; turn < 2; turn++) { /* the context serves again */
            assert_int_equal(ic_aead_seal(&seal, b.iv, &aad, 1, &text, 1, out, tag), IC_OK);
            assert_memory_equal(out, b.cipher, b.len);
            assert_memory_equal(tag, b.tag, 16);
            assert_int_equal(ic_aead_open(&open, b.iv, &aad, 1, &sealed, 1, tag, out), IC_OK);
            assert_memory_equal(out, b.plain, b.len);
        }
        ic_aead_deinit(&seal);
        ic_aead_deinit(&open);
        ic_aead_deinit(&open);
    }
}

static void parts_equal_the_whole_also_in_place(void **state)
{
    (void)state;
    struct bytes b;
    struct ic_aead seal, open;
    load(&vectors[2], &b);
    assert_int_equal(ic_aead_init(&seal, engine, IC_AEAD_SEAL, b.key, b.key_len), IC_OK);
    assert_int_equal(ic_aead_init(&open, engine, IC_AEAD_OPEN, b.key, b.key_len), IC_OK);
    for (size_t cut = 0; cut <= b.len; cut++) {
        uint8_t out[64], tag[16];
        size_t aad_cut = cut % (b.aad_len + 1);
        const struct ic_part aad[] = {{b.aad, aad_cut}, {&b.aad[aad_cut], b.aad_len - aad_cut}};
        const struct ic_part text[] = {{b.plain, cut}, {&b.plain[cut], b.len - cut}};
        assert_int_equal(ic_aead_seal(&seal, b.iv, aad, 2, text, 2, out, tag), IC_OK);
        assert_memory_equal(out, b.cipher, b.len);
        assert_memory_equal(tag, b.tag, 16);
        const struct ic_part here[] = {{out, cut}, {&out[cut], b.len - cut}};
        assert_int_equal(ic_aead_open(&open, b.iv, aad, 2, here, 2, tag, out), IC_OK);
        assert_memory_equal(out, b.plain, b.len);
        assert_int_equal(ic_aead_seal(&seal, b.iv, aad, 2, here, 2, out, tag), IC_OK);
        assert_memory_equal(out, b.cipher, b.len);
    }
    ic_aead_deinit(&seal);
    ic_aead_deinit(&open);
}

/* One changed bit in IV, associated data, text or tag; and the context is good afterwards. */
static void any_changed_bit_is_refused(void **state)
{
    (void)state;
    struct bytes b;
    struct ic_aead open;
    uint8_t out[64];
    load(&vectors[2], &b);
    assert_int_equal(ic_aead_init(&open, engine, IC_AEAD_OPEN, b.key, b.key_len), IC_OK);
    const struct ic_part aad = {b.aad, b.aad_len}, text = {b.cipher, b.len};
    struct {
        uint8_t *bytes;
        size_t len;
    } fields[] = {{b.iv, 12}, {b.aad, b.aad_len}, {b.cipher, b.len}, {b.tag, 16}};
    for (size_t f = 0; f < 4; f++) {
        for (size_t bit = 0; bit < fields[f].len * 8; bit++) {
            fields[f].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(ic_aead_open(&open, b.iv, &aad, 1, &text, 1, b.tag, out), IC_ERR_AUTH);
            fields[f].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(ic_aead_open(&open, b.iv, &aad, 1, &text, 1, b.tag, out), IC_OK);
        assert_memory_equal(out, b.plain, b.len);
    }
    ic_aead_deinit(&open);
}

/* An engine that is right but for the one length: the trial finds it. */
static enum ic_err seal_wrong(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                              size_t aad_count, const struct ic_part *text, size_t text_count,
                              uint8_t *out, uint8_t *tag)
{
    enum ic_err err = engine->seal(a, iv, aad, aad_count, text, text_count, out, tag);
    if (text[0].len + text[1].len == 77)
        out[76] ^= 1;
    return err;
}

static enum ic_err open_anything(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                                 size_t aad_count, const struct ic_part *text, size_t text_count,
                                 const uint8_t *tag, uint8_t *out)
{
    (void)!engine->open(a, iv, aad, aad_count, text, text_count, tag, out);
    return IC_OK;
}

static void an_engine_that_is_wrong_is_found(void **state)
{
    (void)state;
    struct ic_aead_engine wrong = *engine, lax = *engine;
    wrong.seal = seal_wrong;
    lax.open = open_anything;
    assert_true(ic_aead_agree(engine, ic_aead_evp()));
    assert_false(ic_aead_agree(&wrong, ic_aead_evp()));
    assert_false(ic_aead_agree(ic_aead_evp(), &wrong));
    assert_false(ic_aead_agree(&lax, ic_aead_evp()));
}

int main(void)
{
    struct ic_aead_mb *mb = ic_aead_mb_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_gcm_specification),
        cmocka_unit_test(parts_equal_the_whole_also_in_place),
        cmocka_unit_test(any_changed_bit_is_refused),
        cmocka_unit_test(an_engine_that_is_wrong_is_found),
    };
    engine = ic_aead_evp();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    engine = ic_aead_mb_engine(mb);
    if (engine == NULL)
        print_message("no ipsec-mb: not built in, or not for this CPU\n");
    else
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    ic_aead_mb_destroy(mb);
    return failed;
}
