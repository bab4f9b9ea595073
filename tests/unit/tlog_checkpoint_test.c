/* Checkpoints: the example of c2sp.org/tlog-checkpoint, forms, and ours. */
#include "support/vectors.h"

#include "tlog/checkpoint.h"

#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

static enum ic_err parse(const char *text, size_t len, struct ic_checkpoint *out)
{
    uint8_t *copy = exact_copy((const uint8_t *)text, len);
    enum ic_err err = ic_checkpoint_parse(copy, len, out);
    out->origin = NULL; /* was lent by the copy */
    free(copy);
    return err;
}

static void the_example_of_the_specification(void **state)
{
    (void)state;
    size_t len;
    struct ic_note note;
    struct ic_checkpoint c;
    uint8_t out[256], root[32];
    char *text = vectors_read("tlog/checkpoint-format-example.txt", &len);
    assert_int_equal(ic_note_parse((const uint8_t *)text, len, &note), IC_OK);
    assert_int_equal(ic_checkpoint_parse(note.text, note.text_len, &c), IC_OK);
    assert_int_equal(c.origin_len, strlen("example.com/behind-the-sofa"));
    assert_memory_equal(c.origin, "example.com/behind-the-sofa", c.origin_len);
    assert_int_equal(c.head.size, 20852163);
    hex_bytes("0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62", root, 32);
    assert_memory_equal(c.head.root.bytes, root, 32);
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_checkpoint_write(&w, &c);
    assert_true(ic_wr_ok(&w) && w.len == note.text_len);
    assert_memory_equal(out, note.text, w.len);
    free(text);
}

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t size;
        enum ic_err expected;
    } rows[] = {
        {"o\n0\n" ROOT, 0, IC_OK},
        {"o\n7\n" ROOT, 7, IC_OK},
        {"two words\n7\n" ROOT, 7, IC_OK},
        {"o\n18446744073709551615\n" ROOT, UINT64_MAX, IC_OK},
        {"o\n7\n" ROOT "more\nand more\n", 7, IC_OK},
        {"o\n18446744073709551616\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n99999999999999999999\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n184467440737095516150\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n00\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n07\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n+7\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n-7\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n 7\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n7 \n" ROOT, 0, IC_ERR_INPUT},
        {"o\n0x7\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n7a\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n\n" ROOT, 0, IC_ERR_INPUT},
        {"\n7\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n7\n\n" ROOT, 0, IC_ERR_INPUT},
        {"o\n7\n" ROOT "\n", 0, IC_ERR_INPUT},
        {"o\n7\n" ROOT "more", 0, IC_ERR_INPUT},
        {"o\n7\n" ROOT "more\n\n", 0, IC_ERR_INPUT},
        {"o\n7\n", 0, IC_ERR_INPUT},
        {"o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n", 0, IC_ERR_INPUT},
        {"o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", 0, IC_ERR_INPUT},
        {"o\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2Ir\n", 0, IC_ERR_INPUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ic_checkpoint c = {0};
        if (parse(rows[i].text, strlen(rows[i].text), &c) != rows[i].expected)
            fail_msg("row %zu: %s", i, rows[i].text);
        assert_true(c.head.size == rows[i].size);
    }
}

static void each_truncation_is_refused(void **state)
{
    (void)state;
    static const char text[] = "example.com/log\n7\n" ROOT "more\n";
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        struct ic_checkpoint c = {0};
        bool is_whole = cut == sizeof text - 1 - strlen("more\n");
        assert_int_equal(parse(text, cut, &c), is_whole ? IC_OK : IC_ERR_INPUT);
    }
}

static void ours_is_opened_with_our_key_only(void **state)
{
    (void)state;
    static char name[IC_NOTE_NAME_MAX + 1], origin[IC_CHECKPOINT_ORIGIN_MAX + 1];
    const uint8_t seed[32] = {7}, other_seed[32] = {8};
    struct ic_ed25519 private_key, other_private;
    struct ic_note_key key, other;
    uint8_t out[IC_CHECKPOINT_MAX];
    memset(name, 'n', sizeof name - 1);
    memset(origin, 'o', sizeof origin - 1);
    assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
    assert_int_equal(ic_ed25519_init(&other_private, other_seed), IC_OK);
    assert_int_equal(ic_note_key_init(&key, name, strlen(name), private_key.public_key), IC_OK);
    assert_int_equal(ic_note_key_init(&other, name, strlen(name), other_private.public_key), IC_OK);
    struct ic_checkpoint c = {origin, strlen(origin), {UINT64_MAX, {{1, 2, 3}}}}, opened;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    assert_int_equal(ic_checkpoint_sign(&w, &c, &key, &private_key), IC_OK);
    assert_int_equal(w.len, sizeof out); /* the longest one */
    assert_int_equal(ic_checkpoint_open(out, w.len, &key, &opened), IC_OK);
    assert_true(opened.head.size == c.head.size && opened.origin_len == c.origin_len);
    assert_memory_equal(opened.origin, c.origin, c.origin_len);
    assert_memory_equal(&opened.head.root, &c.head.root, sizeof c.head.root);
    assert_int_equal(ic_checkpoint_open(out, w.len, &other, &opened), IC_ERR_AUTH);
    assert_int_equal(ic_checkpoint_open(out, w.len - 1, &key, &opened), IC_ERR_INPUT);
    struct ic_wr small = ic_wr_init(out, sizeof out - 1);
    assert_int_equal(ic_checkpoint_sign(&small, &c, &key, &private_key), IC_ERR_FULL);
    /* A good note whose text is no checkpoint. */
    w = ic_wr_init(out, sizeof out);
    assert_int_equal(ic_note_sign(&w, &key, &private_key, (const uint8_t *)"hello\n", 6), IC_OK);
    assert_int_equal(ic_checkpoint_open(out, w.len, &key, &opened), IC_ERR_INPUT);
    ic_ed25519_deinit(&private_key);
    ic_ed25519_deinit(&other_private);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification),
        cmocka_unit_test(forms),
        cmocka_unit_test(each_truncation_is_refused),
        cmocka_unit_test(ours_is_opened_with_our_key_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
