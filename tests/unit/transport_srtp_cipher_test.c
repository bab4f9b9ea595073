/* The transform against RFC 7714 16 and 17. Those vectors give session keys, so that they enter
 * below the key derivation. */
#include "support/hex.h"

#include "transport/srtp_cipher.h"

#define KEY_128 "000102030405060708090a0b0c0d0e0f"
#define KEY_256 KEY_128 "101112131415161718191a1b1c1d1e1f"
#define SALT    "517569642070726f2071756f"

struct vector {
    const char *name;
    enum ic_srtp_profile profile;
    enum ic_srtp_kind kind;
    const char *key;
    uint32_t ssrc;
    uint64_t index;
    const char *header, *plain, *sealed, *tag;
};

#define RTP_HEADER "8040f17b 8041f8d3 5501a0b2"
#define RTP_PLAIN                                                                                  \
    "47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573"
#define RTCP_HEADER "81c8000d 4d617273"
#define RTCP_PLAIN                                                                                 \
    "4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef "   \
    "deadbeef"

static const struct vector vectors[] = {
    {"16.1", IC_SRTP_AEAD_AES_128_GCM, IC_SRTP_RTP, KEY_128, 0x5501a0b2, 0xf17b, RTP_HEADER,
     RTP_PLAIN,
     "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf 8833",
     "899d7f27 beb16a91 52cf765e e4390cce"},
    {"16.2", IC_SRTP_AEAD_AES_256_GCM, IC_SRTP_RTP, KEY_256, 0x5501a0b2, 0xf17b, RTP_HEADER,
     RTP_PLAIN,
     "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b",
     "7aa3db36 dfffd6b0 f9bb7878 d7a76c13"},
    {"17.1", IC_SRTP_AEAD_AES_128_GCM, IC_SRTP_RTCP, KEY_128, 0x4d617273, 0x5d4, RTCP_HEADER,
     RTCP_PLAIN,
     "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded "
     "0bb9275b",
     "c84aa458 96cf4d2f c5abf872 45d9eade"},
    {"17.2", IC_SRTP_AEAD_AES_256_GCM, IC_SRTP_RTCP, KEY_256, 0x4d617273, 0x5d4, RTCP_HEADER,
     RTCP_PLAIN,
     "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047 "
     "6f1b6fad",
     "1d1eb30c 4446839f 57ff6f6c b26ac3be"},
};

struct loaded {
    struct ic_srtp_session_keys keys;
    uint8_t header[16], plain[64], sealed[64], tag[16];
    size_t header_len, len;
};

static void load(const struct vector *v, struct loaded *l)
{
    memset(l, 0, sizeof *l);
    hex_bytes(v->key, l->keys.key, sizeof l->keys.key);
    hex_bytes(SALT, l->keys.salt, sizeof l->keys.salt);
    l->header_len = hex_bytes(v->header, l->header, sizeof l->header);
    l->len = hex_bytes(v->plain, l->plain, sizeof l->plain);
    assert_int_equal(hex_bytes(v->sealed, l->sealed, sizeof l->sealed), l->len);
    hex_bytes(v->tag, l->tag, sizeof l->tag);
}

static void vectors_of_rfc_7714_seal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];
        struct ic_srtp_cipher c;
        struct loaded l;
        uint8_t out[64], tag[16];
        load(v, &l);
        assert_int_equal(ic_srtp_cipher_init(&c, v->profile, v->kind, NULL, IC_AEAD_SEAL, &l.keys),
                         IC_OK);
        for (size_t cut = 0; cut <= l.len; cut++) {
            const struct ic_srtp_unit unit = {
                .ssrc = v->ssrc,
                .index = v->index,
                .header = {l.header, l.header_len},
                .text = {{l.plain, cut}, {&l.plain[cut], l.len - cut}},
                .out = out,
                .tag = tag,
            };
            assert_int_equal(ic_srtp_cipher_seal(&c, &unit), IC_OK);
            assert_memory_equal(out, l.sealed, l.len);
            assert_memory_equal(tag, l.tag, sizeof tag);
        }
        ic_srtp_cipher_deinit(&c);
    }
}

static void vectors_of_rfc_7714_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *v = &vectors[i];
        struct ic_srtp_cipher c;
        struct loaded l;
        load(v, &l);
        assert_int_equal(ic_srtp_cipher_init(&c, v->profile, v->kind, NULL, IC_AEAD_OPEN, &l.keys),
                         IC_OK);
        struct ic_srtp_unit unit = {
            .ssrc = v->ssrc,
            .index = v->index,
            .header = {l.header, l.header_len},
            .text = {{l.sealed, l.len}},
            .out = l.sealed,
            .tag = l.tag,
        };
        assert_int_equal(ic_srtp_cipher_open(&c, &unit), IC_OK);
        assert_memory_equal(l.sealed, l.plain, l.len);
        /* Any other index or SSRC is another IV. */
        for (int bit = 0; bit < 31; bit++) {
            load(v, &l);
            unit.index = v->index ^ UINT64_C(1) << bit;
            assert_int_equal(ic_srtp_cipher_open(&c, &unit), IC_ERR_AUTH);
            load(v, &l);
            unit.index = v->index;
            unit.ssrc = v->ssrc ^ 1U << bit;
            assert_int_equal(ic_srtp_cipher_open(&c, &unit), IC_ERR_AUTH);
            unit.ssrc = v->ssrc;
        }
        ic_srtp_cipher_deinit(&c);
        ic_srtp_cipher_deinit(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_7714_seal),
        cmocka_unit_test(vectors_of_rfc_7714_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
