/* Ed25519 against RFC 8032 7.1, and what a verifier must refuse. */
#include "support/hex.h"

#include "crypto/ed25519.h"
#include "support/exact.h"

struct vector {
    const char *seed, *key, *message, *signature;
};

static const struct vector vectors[] = {
    /* TEST 1, 2, 3, SHA(abc) */
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
     "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"},
};

struct bytes {
    uint8_t seed[32], key[32], message[64], signature[64];
    size_t len;
};

static void load(const struct vector *v, struct bytes *b)
{
    hex_bytes(v->seed, b->seed, sizeof b->seed);
    hex_bytes(v->key, b->key, sizeof b->key);
    b->len = hex_bytes(v->message, b->message, sizeof b->message);
    hex_bytes(v->signature, b->signature, sizeof b->signature);
}

static void vectors_of_rfc_8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct bytes b;
        struct ic_ed25519 k;
        uint8_t key[32], signature[64];
        load(&vectors[i], &b);
        uint8_t *message = exact_copy(b.message, b.len);
        assert_int_equal(ic_ed25519_public_key(b.seed, key), IC_OK);
        assert_memory_equal(key, b.key, 32);
        assert_int_equal(ic_ed25519_init(&k, b.seed), IC_OK);
        assert_memory_equal(k.public_key, b.key, 32);
        for (int turn = 0; turn < 2; turn++) { /* the key serves again */
            assert_int_equal(ic_ed25519_sign(&k, message, b.len, signature), IC_OK);
            assert_memory_equal(signature, b.signature, 64);
        }
        assert_true(ic_ed25519_verify(b.key, message, b.len, b.signature));
        free(message);
        ic_ed25519_deinit(&k);
        ic_ed25519_deinit(&k);
    }
    struct bytes b;
    load(&vectors[0], &b);
    assert_true(ic_ed25519_verify(b.key, NULL, 0, b.signature));
}

/* One changed bit in key, message or signature. */
static void any_changed_bit_is_refused(void **state)
{
    (void)state;
    struct bytes b;
    load(&vectors[2], &b);
    struct {
        uint8_t *bytes;
        size_t len;
    } fields[] = {{b.key, 32}, {b.message, b.len}, {b.signature, 64}};
    for (size_t f = 0; f < 3; f++)
        for (size_t bit = 0; bit < fields[f].len * 8; bit++) {
            fields[f].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(ic_ed25519_verify(b.key, b.message, b.len, b.signature));
            fields[f].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    assert_true(ic_ed25519_verify(b.key, b.message, b.len, b.signature));
    assert_false(ic_ed25519_verify(b.key, b.message, b.len - 1, b.signature));
}

/* RFC 8032 5.1.7: "decode ... S as an integer ... in the range 0 <= s < L": else each signature
 * could be turned into a second one. */
static void a_second_form_of_a_signature_is_refused(void **state)
{
    (void)state;
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                      0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                      0,    0,    0,    0,    0,    0,    0,    0,
                                      0,    0,    0,    0,    0,    0,    0,    0x10};
    struct bytes b;
    load(&vectors[1], &b);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)b.signature[32 + i] + order[i];
        b.signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(ic_ed25519_verify(b.key, b.message, b.len, b.signature));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_8032),
        cmocka_unit_test(any_changed_bit_is_refused),
        cmocka_unit_test(a_second_form_of_a_signature_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
