/* SHA-256 against FIPS 180-4 examples. */
#include "support/hex.h"

#include "crypto/hash.h"

static void digest_of_abc_in_any_parts(void **state)
{
    (void)state;
    const uint8_t *abc = (const uint8_t *)"abc";
    uint8_t want[32], got[32];
    hex_bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", want, 32);
    for (size_t cut = 0; cut <= 3; cut++) {
        struct ic_part parts[] = {{abc, cut}, {NULL, 0}, {&abc[cut], 3 - cut}};
        assert_int_equal(ic_hash_sha256(parts, 3, got), IC_OK);
        assert_memory_equal(got, want, 32);
    }
}

static void digest_of_nothing(void **state)
{
    (void)state;
    uint8_t want[32], got[32];
    hex_bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", want, 32);
    assert_int_equal(ic_hash_sha256(NULL, 0, got), IC_OK);
    assert_memory_equal(got, want, 32);
}

static void digest_of_two_blocks(void **state)
{
    (void)state;
    const char *text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    struct ic_part part = {(const uint8_t *)text, strlen(text)};
    uint8_t want[32], got[32];
    hex_bytes("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", want, 32);
    assert_int_equal(ic_hash_sha256(&part, 1, got), IC_OK);
    assert_memory_equal(got, want, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digest_of_abc_in_any_parts),
        cmocka_unit_test(digest_of_nothing),
        cmocka_unit_test(digest_of_two_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
