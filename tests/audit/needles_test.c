/* The search for secrets must find secrets, in each form. */
#include "audit/tool_run.h"

#include "base/prng.h"
#include "base/text.h"

#define DUMP_LEN   500000
#define SECRET_LEN 32

static uint8_t dump[DUMP_LEN], secret[SECRET_LEN], other[SECRET_LEN];

static void list(struct workspace *w)
{
    FILE *file = fopen(w->list, "w");
    assert_non_null(file);
    fprintf(file, "[{\"label\":\"one\",\"secret\":\"");
    hex_write(file, secret, SECRET_LEN);
    fprintf(file, "\"},{\"label\":\"two\",\"secret\":\"");
    hex_write(file, other, SECRET_LEN);
    fprintf(file, "\"}]");
    fclose(file);
}

static void make(struct workspace *w, uint64_t seed)
{
    struct ic_prng prng;
    ic_prng_init(&prng, seed);
    for (size_t i = 0; i < DUMP_LEN; i++)
        dump[i] = (uint8_t)ic_prng_u32(&prng);
    for (size_t i = 0; i < SECRET_LEN; i++) {
        secret[i] = (uint8_t)ic_prng_u32(&prng);
        other[i] = (uint8_t)ic_prng_u32(&prng);
    }
    list(w);
}

static void expect(struct workspace *w, int status, const char *line)
{
    file_write(w->dump, dump, DUMP_LEN);
    assert_int_equal(tool_run(w, ""), status);
    if (strstr(w->output, line) == NULL)
        fail_msg("no \"%s\" in: %s", line, w->output);
    /* Never the secret itself. */
    char hex[2 * SECRET_LEN + 1];
    for (size_t i = 0; i < SECRET_LEN; i++)
        snprintf(&hex[2 * i], 3, "%02x", secret[i]);
    assert_null(strstr(w->output, hex));
}

static void nothing_there(void **state)
{
    (void)state;
    struct workspace w;
    workspace_make(&w);
    make(&w, 1);
    expect(&w, 0, "one: 0\ntwo: 0\n0 of 2 secrets found in 500000 bytes\n");
    workspace_drop(&w);
}

static void raw_at_both_ends(void **state)
{
    (void)state;
    struct workspace w;
    workspace_make(&w);
    make(&w, 2);
    memcpy(dump, secret, SECRET_LEN);
    memcpy(&dump[DUMP_LEN - SECRET_LEN], secret, SECRET_LEN);
    memcpy(&dump[100001], other, SECRET_LEN);
    expect(&w, 1,
           "one: 6, raw 2 (first at 0x0), first-half 2 (first at 0x0), second-half 2 (first at "
           "0x10)\ntwo: 3, raw 1 (first at 0x186a1)");
    workspace_drop(&w);
}

static void halves_and_reversed(void **state)
{
    (void)state;
    struct workspace w;
    workspace_make(&w);
    make(&w, 3);
    memcpy(&dump[1000], secret, SECRET_LEN / 2);
    memcpy(&dump[3000], &secret[SECRET_LEN / 2], SECRET_LEN / 2);
    for (size_t i = 0; i < SECRET_LEN; i++)
        dump[5000 + i] = secret[SECRET_LEN - 1 - i];
    expect(&w, 1,
           "one: 3, reversed 1 (first at 0x1388), first-half 1 (first at 0x3e8), second-half 1 "
           "(first at 0xbb8)\ntwo: 0\n");
    workspace_drop(&w);
}

static void hex_of_both_cases(void **state)
{
    (void)state;
    struct workspace w;
    workspace_make(&w);
    make(&w, 4);
    for (size_t i = 0; i < SECRET_LEN; i++) {
        char text[3];
        snprintf(text, sizeof text, "%02x", secret[i]);
        memcpy(&dump[1000 + 2 * i], text, 2);
        snprintf(text, sizeof text, "%02X", other[i]);
        memcpy(&dump[2000 + 2 * i], text, 2);
    }
    expect(&w, 1, "one: 1, hex 1 (first at 0x3e8)\ntwo: 1, HEX 1 (first at 0x7d0)\n");
    workspace_drop(&w);
}

/* Pages of zeros are passed over, but for what begins in them and is more than zeros. */
static void zeros_at_the_end_of_a_page_of_zeros(void **state)
{
    (void)state;
    struct workspace w;
    workspace_make(&w);
    make(&w, 6);
    memset(secret, 0, 10);
    list(&w);
    memset(&dump[4096], 0, 8192 + 6);
    memcpy(&dump[4096 + 8192 - 4], secret, SECRET_LEN);
    expect(&w, 1,
           "one: 3, raw 1 (first at 0x2ffc), first-half 1 (first at 0x2ffc), second-half 1 "
           "(first at 0x300c)\ntwo: 0\n");
    workspace_drop(&w);
}

/* Alone, and inside of something longer at each of the three places that it can have in it. */
static void base64_of_both_alphabets(void **state)
{
    (void)state;
    struct workspace w;
    workspace_make(&w);
    for (size_t before = 0; before < 7; before++)
        for (size_t behind = 0; behind < 4; behind++) {
            uint8_t longer[SECRET_LEN + 12];
            char text[IC_BASE64_LEN(sizeof longer) + 1];
            make(&w, 5 + 10 * before + behind);
            /* Bytes whose text differs in both alphabets, so that each has a form of its own. */
            memset(secret, 0xff, 12);
            memset(other, 0xfb, 12);
            list(&w);
            memset(longer, 0x41, sizeof longer);
            memcpy(&longer[before], secret, SECRET_LEN);
            ic_base64_encode(longer, before + SECRET_LEN + behind, text);
            memcpy(&dump[10000], text, strlen(text));
            memcpy(&longer[before], other, SECRET_LEN);
            ic_base64url_encode(longer, before + SECRET_LEN + behind, text);
            memcpy(&dump[20000], text, strlen(text));
            expect(&w, 1, "one: 1, base64 1 (");
            expect(&w, 1, "two: 1, base64url 1 (");
        }
    workspace_drop(&w);
}

static void what_was_not_done_is_said(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "",
        "[]",
        "[{}]",
        "[{\"label\":\"a\"}]",
        "[{\"label\":\"a\",\"secret\":\"00112233445566\"}]", /* too short */
        "[{\"label\":\"a\",\"secret\":\"001122334455667\"}]",
        "[{\"secret\":\"0011223344556677\"}]",
    };
    static const char good[] = "[{\"label\":\"a\",\"secret\":\"0011223344556677\"}]";
    struct workspace w;
    workspace_make(&w);
    file_write(w.dump, dump, 4096);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        file_write(w.list, lists[i], strlen(lists[i]));
        assert_int_equal(tool_run(&w, ""), 2);
    }
    file_write(w.list, good, strlen(good));
    assert_int_equal(tool_run(&w, ""), 0);
    file_write(w.dump, dump, 0);
    assert_int_equal(tool_run(&w, ""), 2);
    unlink(w.dump);
    assert_int_equal(tool_run(&w, ""), 2);
    workspace_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_there),
        cmocka_unit_test(raw_at_both_ends),
        cmocka_unit_test(halves_and_reversed),
        cmocka_unit_test(hex_of_both_cases),
        cmocka_unit_test(zeros_at_the_end_of_a_page_of_zeros),
        cmocka_unit_test(base64_of_both_alphabets),
        cmocka_unit_test(what_was_not_done_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
