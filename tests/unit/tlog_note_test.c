/* Signed notes: the example of c2sp.org/signed-note, and what must be refused. */
#include "support/vectors.h"

#include "tlog/note.h"

#define VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define BODY "This is an example message.\n"
#define BLOB                                                                                       \
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
#define DASH  "\xe2\x80\x94 "
#define GOOD  DASH "example.com/foo " BLOB "\n"
#define OTHER DASH "example.com/bar AAAAAAA=\n" /* an unknown key */

static struct ic_note_key vkey(const char *text)
{
    struct ic_note_key key;
    assert_int_equal(ic_note_key_parse(&key, text, strlen(text)), IC_OK);
    return key;
}

/* Parsed and verified, from a copy of the exact size. */
static enum ic_err open_note(const char *bytes, size_t len, const struct ic_note_key *key)
{
    struct ic_note note;
    uint8_t *copy = exact_copy((const uint8_t *)bytes, len);
    enum ic_err err = ic_note_parse(copy, len, &note);
    if (err == IC_OK)
        err = ic_note_verify(&note, key);
    free(copy);
    return err;
}

static void the_example_of_the_specification(void **state)
{
    (void)state;
    size_t len, key_len;
    char *text = vectors_read("tlog/signed-note.txt", &len);
    char *key_text = vectors_read("tlog/signed-note.vkey", &key_len);
    struct ic_note note;
    struct ic_note_key key;
    uint8_t out[IC_NOTE_VKEY_MAX];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    assert_int_equal(ic_note_key_parse(&key, key_text, strcspn(key_text, "\n")), IC_OK);
    assert_string_equal(key.name, "example.com/foo");
    assert_int_equal(ic_note_parse((const uint8_t *)text, len, &note), IC_OK);
    assert_int_equal(note.text_len, strlen(BODY));
    assert_memory_equal(note.text, BODY, note.text_len);
    assert_int_equal(ic_note_verify(&note, &key), IC_OK);
    ic_note_key_write(&w, &key);
    assert_true(ic_wr_ok(&w) && w.len == strlen(VKEY));
    assert_memory_equal(out, VKEY, w.len);
    free(text);
    free(key_text);
}

static void any_changed_byte_is_refused(void **state)
{
    (void)state;
    char bytes[] = BODY "\n" GOOD;
    struct ic_note_key key = vkey(VKEY);
    size_t len = sizeof bytes - 1;
    assert_int_equal(open_note(bytes, len, &key), IC_OK);
    for (size_t at = 0; at < len; at++)
        for (unsigned change = 1; change < 256; change++) {
            bytes[at] = (char)((uint8_t)bytes[at] ^ change);
            assert_int_not_equal(open_note(bytes, len, &key), IC_OK);
            bytes[at] = (char)((uint8_t)bytes[at] ^ change);
        }
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(open_note(bytes, cut, &key), IC_ERR_INPUT);
}

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum ic_err expected;
    } rows[] = {
        {BODY "\n" GOOD OTHER, IC_OK},
        {BODY "\n" OTHER GOOD, IC_OK},
        {BODY "\n" GOOD GOOD, IC_OK},
        {BODY "\n" OTHER, IC_ERR_AUTH},
        /* the name of a known key, another id; its id, another name */
        {BODY "\n" DASH "example.com/foo AAAAAAA=\n", IC_ERR_AUTH},
        {BODY "\n" DASH "example.com/bar " BLOB "\n", IC_ERR_AUTH},
        {BODY "\n" GOOD DASH "example.com/foo AAAAAAA=\n", IC_OK},
        /* its own id with a wrong signature spoils the note, of any length */
        {BODY "\n" GOOD DASH "example.com/foo Uw2QOgA=\n", IC_ERR_AUTH},
        {BODY "\n" DASH "example.com/foo Uw2QOgAA\n" GOOD, IC_ERR_AUTH},
        {BODY "\n" DASH "example.com/foo Uw2QOgAAAAAA\n" GOOD, IC_ERR_AUTH},
        {"\n" BODY "\n" GOOD, IC_ERR_AUTH}, /* other text */
        {BODY "\n\n" GOOD, IC_ERR_AUTH},    /* an empty line is part of the text */
        {"\n\n" GOOD, IC_ERR_AUTH},
        {BODY GOOD, IC_ERR_INPUT}, /* no empty line */
        {BODY "\n", IC_ERR_INPUT}, /* no signature */
        {"\n\n", IC_ERR_INPUT},
        {"\n" GOOD, IC_ERR_INPUT},
        {BODY "\n" GOOD "\n", IC_ERR_INPUT},
        {BODY "\n" GOOD "x\n", IC_ERR_INPUT},
        {BODY "\n" DASH "example.com/foo " BLOB, IC_ERR_INPUT},
        {BODY "\n" DASH "example.com/foo  " BLOB "\n", IC_ERR_INPUT},
        {BODY "\n" DASH " " BLOB "\n", IC_ERR_INPUT},
        {BODY "\n" DASH "a+b AAAAAAA=\n", IC_ERR_INPUT},
        {BODY "\n" DASH "a\xc2\xa0"
              "b AAAAAAA=\n",
         IC_ERR_INPUT},
        {BODY "\n" DASH "a\xe3\x80\x80 AAAAAAA=\n", IC_ERR_INPUT},
        {BODY "\n" DASH "a\xff AAAAAAA=\n", IC_ERR_INPUT},
        {BODY "\n" DASH "a AAAAAA==\n", IC_ERR_INPUT}, /* an id without a signature */
        {BODY "\n" DASH "a AAAAAAB=\n", IC_ERR_INPUT}, /* not canonical */
        {BODY "\n" DASH "a AAAAAAA\n", IC_ERR_INPUT},
        {BODY "\n" DASH "a AAAAAAA= \n", IC_ERR_INPUT},
        {BODY "\n" DASH "a \n", IC_ERR_INPUT},
        {BODY "\n" DASH "a\n", IC_ERR_INPUT},
        {BODY "\n- example.com/foo " BLOB "\n", IC_ERR_INPUT},
        {"a\tb\n\n" GOOD, IC_ERR_INPUT},
        {"a\r\n\n" GOOD, IC_ERR_INPUT},
        {"\xc3\n\n" GOOD, IC_ERR_INPUT},
    };
    struct ic_note_key key = vkey(VKEY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (open_note(rows[i].bytes, strlen(rows[i].bytes), &key) != rows[i].expected)
            fail_msg("row %zu: %s", i, rows[i].bytes);
    assert_int_equal(open_note("a\0b\n\n" GOOD, sizeof "a\0b\n\n" GOOD - 1, &key), IC_ERR_INPUT);
}

static void at_most_16_signatures(void **state)
{
    (void)state;
    char bytes[4096];
    struct ic_note_key key = vkey(VKEY);
    for (int others = 14; others <= 16; others++) {
        int len = snprintf(bytes, sizeof bytes, "%s", BODY "\n" GOOD);
        for (int i = 0; i < others; i++)
            len += snprintf(bytes + len, sizeof bytes - (size_t)len, "%s", OTHER);
        assert_int_equal(open_note(bytes, (size_t)len, &key), others <= 15 ? IC_OK : IC_ERR_INPUT);
    }
}

static void at_most_128_kib(void **state)
{
    (void)state;
    static char bytes[IC_NOTE_BYTES_MAX + 1];
    static const char tail[] = "\n\n" OTHER;
    for (size_t len = sizeof bytes - 2; len <= sizeof bytes; len++) {
        struct ic_note note;
        memset(bytes, 'a', len);
        memcpy(&bytes[len - (sizeof tail - 1)], tail, sizeof tail - 1);
        assert_int_equal(ic_note_parse((const uint8_t *)bytes, len, &note),
                         len <= IC_NOTE_BYTES_MAX ? IC_OK : IC_ERR_INPUT);
    }
}

static void verifier_keys(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "",
        "+",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAAAA",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        " example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    struct ic_note_key key = vkey(VKEY), before = key;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (ic_note_key_parse(&key, refused[i], strlen(refused[i])) != IC_ERR_INPUT)
            fail_msg("accepted: %s", refused[i]);
    for (size_t cut = 0; cut < strlen(VKEY); cut++) {
        uint8_t *copy = exact_copy((const uint8_t *)VKEY, cut);
        assert_int_equal(ic_note_key_parse(&key, (const char *)copy, cut), IC_ERR_INPUT);
        free(copy);
    }
    assert_memory_equal(&key, &before, sizeof key);
}

static void names(void **state)
{
    (void)state;
    char name[IC_NOTE_NAME_MAX + 1];
    struct ic_note_key key;
    uint8_t public_key[32] = {1};
    memset(name, 'a', sizeof name);
    assert_int_equal(ic_note_key_init(&key, name, IC_NOTE_NAME_MAX, public_key), IC_OK);
    assert_int_equal(ic_note_key_init(&key, name, sizeof name, public_key), IC_ERR_INPUT);
    assert_int_equal(ic_note_key_init(&key, name, 0, public_key), IC_ERR_INPUT);
    assert_int_equal(ic_note_key_init(&key, "a b", 3, public_key), IC_ERR_INPUT);
    assert_int_equal(ic_note_key_init(&key, "a\0b", 3, public_key), IC_ERR_INPUT);
    assert_int_equal(ic_note_key_init(&key, "m\xc3\xbcnchen.example", 16, public_key), IC_OK);
}

static void what_is_signed_verifies(void **state)
{
    (void)state;
    static const char text[] = "one\n\ntwo\n";
    const uint8_t seed[32] = {42};
    struct ic_ed25519 private_key;
    struct ic_note_key key, other = vkey(VKEY);
    uint8_t out[512];
    assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&key, "log.example", 11, private_key.public_key), IC_OK);
    struct ic_wr w = ic_wr_init(out, sizeof out);
    assert_int_equal(ic_note_sign(&w, &key, &private_key, (const uint8_t *)text, sizeof text - 1),
                     IC_OK);
    assert_int_equal(w.len, sizeof text - 1 + IC_NOTE_LINE_MAX - IC_NOTE_NAME_MAX + 11 + 1);
    assert_int_equal(open_note((const char *)out, w.len, &key), IC_OK);
    assert_int_equal(open_note((const char *)out, w.len, &other), IC_ERR_AUTH);
    struct ic_wr small = ic_wr_init(out, w.len - 1);
    assert_int_equal(
        ic_note_sign(&small, &key, &private_key, (const uint8_t *)text, sizeof text - 1),
        IC_ERR_FULL);
    ic_ed25519_deinit(&private_key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification),
        cmocka_unit_test(any_changed_byte_is_refused),
        cmocka_unit_test(forms),
        cmocka_unit_test(at_most_16_signatures),
        cmocka_unit_test(at_most_128_kib),
        cmocka_unit_test(verifier_keys),
        cmocka_unit_test(names),
        cmocka_unit_test(what_is_signed_verifies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
