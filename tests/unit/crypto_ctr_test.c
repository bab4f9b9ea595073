/* AES counter mode against NIST SP 800-38A F.5. */
#include "support/hex.h"

#include "crypto/ctr.h"

#define PLAIN                                                                                      \
    "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51"                            \
    "30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710"

struct vector {
    const char *key, *cipher;
};

static const struct vector vectors[] = {
    {"2b7e151628aed2a6abf7158809cf4f3c",
     "874d6191b620e3261bef6864990db6ce 9806f66b7970fdff8617187bb9fffdff"
     "5ae4df3edbd5d35e5b4f09020db03eab 1e031dda2fbe03d1792170a0f3009cee"},
    {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
     "601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5"
     "2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6"},
};

static void vectors_of_sp_800_38a_at_every_cut(void **state)
{
    (void)state;
    uint8_t iv[16], plain[64];
    hex_bytes("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", iv, sizeof iv);
    size_t len = hex_bytes(PLAIN, plain, sizeof plain);
    for (size_t i = 0; i < 2; i++) {
        struct ic_ctr c;
        uint8_t key[32], want[64], out[64];
        size_t key_len = hex_bytes(vectors[i].key, key, sizeof key);
        hex_bytes(vectors[i].cipher, want, sizeof want);
        assert_int_equal(ic_ctr_init(&c, key, key_len), IC_OK);
        for (size_t cut = 0; cut <= len; cut++) {
            const struct ic_part parts[] = {{plain, cut}, {&plain[cut], len - cut}};
            const struct ic_part here = {out, len};
            assert_int_equal(ic_ctr_xor(&c, iv, parts, 2, out), IC_OK);
            assert_memory_equal(out, want, len);
            assert_int_equal(ic_ctr_xor(&c, iv, &here, 1, out), IC_OK); /* and back, in place */
            assert_memory_equal(out, plain, len);
        }
        ic_ctr_deinit(&c);
        ic_ctr_deinit(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_sp_800_38a_at_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
