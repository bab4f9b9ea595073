/* HKDF against RFC 5869 A.1 to A.3; SHA-512 comes with the vectors of SFrame (suite 5). */
#include "support/hex.h"

#include "crypto/hkdf.h"

struct vector {
    const char *ikm, *salt, *info, *prk, *okm;
};

static const struct vector vectors[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
     "404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
     "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
     "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
     "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
     "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
     "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void vectors_of_rfc_5869(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t ikm[80], salt[80], info[80], expected[82], out[82];
        struct ic_hkdf_prk prk;
        const struct ic_part ikm_part = {ikm, hex_bytes(vectors[i].ikm, ikm, sizeof ikm)};
        const struct ic_part salt_part = {salt, hex_bytes(vectors[i].salt, salt, sizeof salt)};
        const struct ic_part info_part = {info, hex_bytes(vectors[i].info, info, sizeof info)};
        assert_int_equal(ic_hkdf_extract(IC_HKDF_SHA256, &salt_part, &ikm_part, &prk), IC_OK);
        assert_int_equal(hex_bytes(vectors[i].prk, expected, sizeof expected), 32);
        assert_memory_equal(prk.bytes, expected, 32);
        size_t len = hex_bytes(vectors[i].okm, expected, sizeof expected);
        for (size_t n = 0; n <= len; n++) { /* each shorter output begins the longer one */
            memset(out, 0, sizeof out);
            assert_int_equal(ic_hkdf_expand(&prk, &info_part, out, n), IC_OK);
            assert_memory_equal(out, expected, n);
            for (size_t k = n; k < sizeof out; k++)
                assert_int_equal(out[k], 0);
        }
    }
}

static void the_longest_output(void **state)
{
    (void)state;
    static uint8_t out[255 * 64];
    const struct ic_hkdf_prk prks[] = {{IC_HKDF_SHA256, {1}}, {IC_HKDF_SHA512, {1}}};
    const struct ic_part info = {NULL, 0};
    for (size_t i = 0; i < 2; i++) {
        size_t len = ic_hkdf_hash_len(prks[i].hash);
        memset(out, 0, sizeof out);
        assert_int_equal(len, i == 0 ? 32 : 64);
        assert_int_equal(ic_hkdf_expand(&prks[i], &info, out, 255 * len), IC_OK);
        assert_memory_not_equal(&out[253 * len], &out[254 * len], len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_5869),
        cmocka_unit_test(the_longest_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
