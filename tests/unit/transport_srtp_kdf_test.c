/* Key derivation against RFC 3711 B.3 and RFC 6188 7.2, and the key stream of RFC 3711 B.2. */
#include "support/hex.h"

#include "crypto/ctr.h"
#include "transport/srtp_kdf.h"

#define KEY_128  "E1F97A0D3E018BE0D64FA32C06DE4139"
#define SALT_128 "0EC675AD498AFEEBB6960B3AABE6"
#define KEY_256  "f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6"
#define SALT_256 "3b04803de51ee7c96423ab5b78d2"
/* A salt of 96 bits: key and salt of the GCM test of libsrtp 2, results by `openssl enc`. */
#define KEY_GCM  "000102030405060708090a0b0c0d0e0f"
#define SALT_GCM "a0a1a2a3a4a5a6a7a8a9aaab"

static const struct {
    const char *key, *salt;
    uint8_t label;
    const char *want;
} rows[] = {
    {KEY_128, SALT_128, 0, "C61E7A93744F39EE10734AFE3FF7A087"},
    {KEY_128, SALT_128, 2, "30CBBC08863D8C85D49DB34A9AE1"},
    {KEY_128, SALT_128, 1,
     "CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE"
     "E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25"
     "6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2"},
    {KEY_256, SALT_256, 0, "5ba1064e30ec51613cad926c5a28ef73 1ec7fb397f70a960653caf06554cd8c4"},
    {KEY_256, SALT_256, 2, "fa31791685ca444a9e07c6c64e93"},
    {KEY_256, SALT_256, 1, "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"},
    {KEY_GCM, SALT_GCM, 0, "077c6143cb221bc355ff23d5f984a16e"},
    {KEY_GCM, SALT_GCM, 2, "9af3e95364ebac9c99c5a7c4"},
    {KEY_GCM, SALT_GCM, 3, "615dcd9042600666f6fd4d9e4fe4519f"},
    {KEY_GCM, SALT_GCM, 5, "fcca937b9112a500dac72269"},
};

static void vectors_of_the_pseudo_random_function(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t key[32], salt[14], want[94], got[94];
        size_t key_len = hex_bytes(rows[i].key, key, sizeof key);
        size_t salt_len = hex_bytes(rows[i].salt, salt, sizeof salt);
        size_t n = hex_bytes(rows[i].want, want, sizeof want);
        assert_int_equal(ic_srtp_kdf_prf(key, key_len, salt, salt_len, rows[i].label, got, n),
                         IC_OK);
        assert_memory_equal(got, want, n);
    }
}

/* Each of the six values comes from its own label. */
static void session_keys_use_labels_0_to_5(void **state)
{
    (void)state;
    uint8_t key[32], salt[14], want[32];
    hex_bytes(KEY_128, key, sizeof key);
    hex_bytes(SALT_128, salt, sizeof salt);
    for (int kind = 0; kind < 2; kind++) {
        struct ic_srtp_session_keys got;
        assert_int_equal(ic_srtp_kdf_derive(IC_SRTP_AES128_CM_HMAC_SHA1_80,
                                            kind == 0 ? IC_SRTP_RTP : IC_SRTP_RTCP, key, salt,
                                            &got),
                         IC_OK);
        uint8_t base = (uint8_t)(3 * kind);
        assert_int_equal(ic_srtp_kdf_prf(key, 16, salt, 14, base, want, 16), IC_OK);
        assert_memory_equal(got.key, want, 16);
        assert_int_equal(ic_srtp_kdf_prf(key, 16, salt, 14, base + 1, want, 20), IC_OK);
        assert_memory_equal(got.auth, want, 20);
        assert_int_equal(ic_srtp_kdf_prf(key, 16, salt, 14, base + 2, want, 14), IC_OK);
        assert_memory_equal(got.salt, want, 14);
    }
}

static void unknown_profile_is_refused(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0};
    struct ic_srtp_session_keys got;
    assert_int_equal(ic_srtp_kdf_derive(IC_SRTP_NONE, IC_SRTP_RTP, bytes, bytes, &got),
                     IC_ERR_INPUT);
}

/* RFC 3711 B.2: the first and the last three of 0xff02 blocks. */
static void key_stream_of_appendix_b_2(void **state)
{
    (void)state;
    static uint8_t stream[0xff02 * 16];
    uint8_t key[16], iv[16], want[48];
    struct ic_ctr ctr;
    hex_bytes("2B7E151628AED2A6ABF7158809CF4F3C", key, sizeof key);
    hex_bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000", iv, sizeof iv);
    const struct ic_part zeros = {stream, sizeof stream};
    assert_int_equal(ic_ctr_init(&ctr, key, sizeof key), IC_OK);
    assert_int_equal(ic_ctr_xor(&ctr, iv, &zeros, 1, stream), IC_OK);
    hex_bytes("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
              "41E95B3BB0A2E8DD477901E4FCA894C0",
              want, sizeof want);
    assert_memory_equal(stream, want, sizeof want);
    hex_bytes("EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE"
              "6A2CC3787889374FBEB4C81B17BA6C44",
              want, sizeof want);
    assert_memory_equal(&stream[0xfeff * 16], want, sizeof want);
    ic_ctr_deinit(&ctr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_pseudo_random_function),
        cmocka_unit_test(session_keys_use_labels_0_to_5),
        cmocka_unit_test(unknown_profile_is_refused),
        cmocka_unit_test(key_stream_of_appendix_b_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
