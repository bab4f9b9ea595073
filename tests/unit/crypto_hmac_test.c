/* HMAC against RFC 2202 (SHA-1) and RFC 4231 (SHA-256, SHA-512). */
#include "support/hex.h"

#include "crypto/hmac.h"

struct vector {
    const char *name;
    size_t key_len;
    int key_fill; /* -1: key_text */
    const char *key_text;
    int data_fill;
    size_t data_len;
    const char *data_text;
    const char *digest;
};

static const struct vector sha1_vectors[] = {
    {"2202-1", 20, 0x0b, NULL, -1, 0, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
    {"2202-2", 4, -1, "Jefe", -1, 0, "what do ya want for nothing?",
     "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {"2202-3", 20, 0xaa, NULL, 0xdd, 50, NULL, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
    {"2202-6", 80, 0xaa, NULL, -1, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
     "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
    {"2202-7", 80, 0xaa, NULL, -1, 0,
     "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
     "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
};

static const struct vector sha256_vectors[] = {
    {"4231-1", 20, 0x0b, NULL, -1, 0, "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"4231-2", 4, -1, "Jefe", -1, 0, "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"4231-3", 20, 0xaa, NULL, 0xdd, 50, NULL,
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"4231-6", 131, 0xaa, NULL, -1, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
};

static const struct vector sha512_vectors[] = {
    {"4231-1", 20, 0x0b, NULL, -1, 0, "Hi There",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"4231-2", 4, -1, "Jefe", -1, 0, "what do ya want for nothing?",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {"4231-6", 131, 0xaa, NULL, -1, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
     "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
};

static size_t fill(const char *text, int byte, size_t len, uint8_t *out)
{
    if (byte < 0) {
        memcpy(out, text, strlen(text));
        return strlen(text);
    }
    memset(out, byte, len);
    return len;
}

static size_t data_of(const struct vector *v, uint8_t *out)
{
    return fill(v->data_text, v->data_fill, v->data_len, out);
}

static size_t key_of(const struct vector *v, uint8_t *out)
{
    return fill(v->key_text, v->key_fill, v->key_len, out);
}

static void digests_of_rfc_2202(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sha1_vectors / sizeof sha1_vectors[0]; i++) {
        const struct vector *v = &sha1_vectors[i];
        uint8_t key[160], data[160], want[20], got[20];
        size_t key_len = key_of(v, key), data_len = data_of(v, data);
        hex_bytes(v->digest, want, sizeof want);
        struct ic_part part = {data, data_len};
        assert_int_equal(ic_hmac_sha1(key, key_len, &part, 1, got), IC_OK);
        assert_memory_equal(got, want, sizeof want);
    }
}

static void digests_of_rfc_4231(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sha256_vectors / sizeof sha256_vectors[0]; i++) {
        const struct vector *v = &sha256_vectors[i];
        uint8_t key[160], data[160], want[32], got[32];
        size_t key_len = key_of(v, key), data_len = data_of(v, data);
        hex_bytes(v->digest, want, sizeof want);
        struct ic_part part = {data, data_len};
        assert_int_equal(ic_hmac_sha256(key, key_len, &part, 1, got), IC_OK);
        assert_memory_equal(got, want, sizeof want);
    }
}

static void sha512_digests_of_rfc_4231(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sha512_vectors / sizeof sha512_vectors[0]; i++) {
        const struct vector *v = &sha512_vectors[i];
        uint8_t key[160], data[160], want[64], got[64];
        size_t key_len = key_of(v, key), data_len = data_of(v, data);
        hex_bytes(v->digest, want, sizeof want);
        struct ic_part part = {data, data_len};
        assert_int_equal(ic_hmac_sha512(key, key_len, &part, 1, got), IC_OK);
        assert_memory_equal(got, want, sizeof want);
    }
}

/* Every cut of the message into two parts, with an empty one between them. */
static void parts_equal_the_whole(void **state)
{
    (void)state;
    const struct vector *v = &sha1_vectors[4];
    uint8_t key[160], data[160], want[20], got[20];
    size_t key_len = key_of(v, key), data_len = data_of(v, data);
    hex_bytes(v->digest, want, sizeof want);
    for (size_t cut = 0; cut <= data_len; cut++) {
        struct ic_part parts[] = {{data, cut}, {NULL, 0}, {&data[cut], data_len - cut}};
        assert_int_equal(ic_hmac_sha1(key, key_len, parts, 3, got), IC_OK);
        assert_memory_equal(got, want, sizeof want);
    }
}

static void kept_key_serves_many_messages(void **state)
{
    (void)state;
    struct ic_hmac h;
    uint8_t key[20], want[20], got[20];
    memset(key, 0x0b, sizeof key);
    assert_int_equal(ic_hmac_init_sha1(&h, key, sizeof key), IC_OK);
    hex_bytes(sha1_vectors[0].digest, want, sizeof want);
    for (int i = 0; i < 3; i++) {
        struct ic_part other = {(const uint8_t *)"other", 5};
        struct ic_part hi = {(const uint8_t *)"Hi There", 8};
        assert_int_equal(ic_hmac_compute(&h, &other, 1, got), IC_OK);
        assert_memory_not_equal(got, want, sizeof want);
        assert_int_equal(ic_hmac_compute(&h, &hi, 1, got), IC_OK);
        assert_memory_equal(got, want, sizeof want);
    }
    ic_hmac_deinit(&h);
    const struct ic_hmac zero = {0};
    assert_memory_equal(&h, &zero, sizeof h);
    ic_hmac_deinit(&h);
}

static void empty_key_and_message(void **state)
{
    (void)state;
    uint8_t want[20], got[20];
    hex_bytes("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d", want, sizeof want);
    assert_int_equal(ic_hmac_sha1(NULL, 0, NULL, 0, got), IC_OK);
    assert_memory_equal(got, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_of_rfc_2202),           cmocka_unit_test(digests_of_rfc_4231),
        cmocka_unit_test(sha512_digests_of_rfc_4231),    cmocka_unit_test(parts_equal_the_whole),
        cmocka_unit_test(kept_key_serves_many_messages), cmocka_unit_test(empty_key_and_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
