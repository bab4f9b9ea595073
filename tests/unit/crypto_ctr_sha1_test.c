/* The trial at the start of a server finds an engine that is wrong in one place; the one that
 * there is passes, and leaves everything but the texts and tags as it was. */
#include "support/cmocka_all.h"

#include "crypto/aead_mb.h"
#include "crypto/ctr_sha1_check.h"
#include "crypto/ctr_sha1_mb.h"

#define TEXT_LEN  100
#define SPARE_LEN 64

static const struct ic_ctr_sha1_engine *engine; /* NULL: none runs here */

static void it_computes_what_openssl_does(void **state)
{
    (void)state;
    assert_true(ic_ctr_sha1_agrees(engine));
}

/* What is wrong below; the rest is the engine's. */
static enum { NOTHING, ONE_BYTE, TAG, LAST_OF_MANY, WORD, REFUSAL } wrong;

static enum ic_err seal_wrong(const struct ic_ctr_sha1_engine *e,
                              const struct ic_ctr_sha1_message *m, size_t count)
{
    (void)e;
    size_t len = m[0].text[0].len + m[0].text[1].len + m[0].text[2].len;
    struct ic_ctr_sha1_message copy[IC_CTR_SHA1_MAX];
    memcpy(copy, m, count * sizeof copy[0]);
    if (wrong == WORD)
        copy[0].authentic.len -= 1;
    enum ic_err err = ic_ctr_sha1_seal(engine, copy, count);
    if (wrong == ONE_BYTE && len == 77)
        m[0].out[76] ^= 1;
    if (wrong == TAG && len == 16)
        m[0].tag[IC_CTR_SHA1_TAG_LEN - 1] ^= 1;
    if (wrong == LAST_OF_MANY && count > 60)
        m[count - 1].tag[0] ^= 0x80;
    return wrong == REFUSAL ? IC_ERR_SYSTEM : err;
}

static void an_engine_that_is_wrong_is_found(void **state)
{
    (void)state;
    struct ic_ctr_sha1_engine bad = *engine;
    bad.seal = seal_wrong;
    wrong = NOTHING;
    assert_true(ic_ctr_sha1_agrees(&bad));
    for (wrong = ONE_BYTE; wrong <= REFUSAL; wrong++)
        assert_false(ic_ctr_sha1_agrees(&bad));
}

/* Only the text and the tag are written, also by the longest batch. */
static void nothing_else_is_written(void **state)
{
    (void)state;
    static const uint8_t key[IC_CTR_SHA1_KEY_LEN] = "0123456789abcde", auth[IC_CTR_SHA1_AUTH_LEN];
    static uint8_t text[TEXT_LEN], out[IC_CTR_SHA1_MAX][SPARE_LEN + TEXT_LEN + SPARE_LEN];
    struct ic_ctr_sha1_message m[IC_CTR_SHA1_MAX];
    struct ic_ctr_sha1 keys;
    assert_int_equal(ic_ctr_sha1_init(&keys, engine, key, auth), IC_OK);
    memset(out, 0xa5, sizeof out);
    for (size_t i = 0; i < IC_CTR_SHA1_MAX; i++) {
        uint8_t *at = &out[i][SPARE_LEN];
        m[i] = (struct ic_ctr_sha1_message){.key = &keys,
                                            .iv = {(uint8_t)i},
                                            .text = {{text, i}, {text, TEXT_LEN - i}},
                                            .out = at,
                                            .authentic = {at, TEXT_LEN},
                                            .tag = &at[TEXT_LEN]};
    }
    assert_int_equal(ic_ctr_sha1_seal(engine, m, IC_CTR_SHA1_MAX), IC_OK);
    for (size_t i = 0; i < IC_CTR_SHA1_MAX; i++) {
        for (size_t k = 0; k < SPARE_LEN; k++)
            assert_int_equal(out[i][k], 0xa5);
        for (size_t k = SPARE_LEN + TEXT_LEN + IC_CTR_SHA1_TAG_LEN; k < sizeof out[i]; k++)
            assert_int_equal(out[i][k], 0xa5);
    }
    ic_ctr_sha1_deinit(&keys);
    ic_ctr_sha1_deinit(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_computes_what_openssl_does),
        cmocka_unit_test(an_engine_that_is_wrong_is_found),
        cmocka_unit_test(nothing_else_is_written),
    };
    struct ic_ctr_sha1_mb *mb = ic_ctr_sha1_mb_create();
    struct ic_aead_mb *aead = ic_aead_mb_create();
    bool runs_here = aead != NULL; /* the library: so this of it has to */
    int failed = 0;
    engine = ic_ctr_sha1_mb_engine(mb);
    ic_aead_mb_destroy(aead);
    if (engine == NULL && runs_here)
        failed = 1;
    else if (engine == NULL)
        print_message("no ipsec-mb: not built in, or not for this CPU\n");
    else
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    ic_ctr_sha1_mb_destroy(mb);
    return failed;
}
