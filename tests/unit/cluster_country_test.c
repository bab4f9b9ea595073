/* Countries and groups: the table of the release, and nothing beside it. */
#include "support/cmocka_all.h"

#include <string.h>

#include "cluster/country.h"
#include "cluster/node_cert.h"

static void the_assigned_codes_are_known(void **state)
{
    (void)state;
    char code[IC_COUNTRY_LEN];
    unsigned known = 0;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            code[0] = (char)a;
            code[1] = (char)b;
            if (!ic_country_is_known(code))
                continue;
            known++;
            assert_true(a >= 'A' && a <= 'Z' && b >= 'A' && b <= 'Z');
        }
    assert_int_equal(known, 249);
    assert_true(ic_country_is_known("AD") && ic_country_is_known("DE") &&
                ic_country_is_known("ZW"));
    /* two that are reserved, one that users may take, one of old */
    assert_false(ic_country_is_known("UK") || ic_country_is_known("EU") ||
                 ic_country_is_known("XX") || ic_country_is_known("YU"));
}

static unsigned members(enum ic_country_group group)
{
    unsigned n = 0;
    for (char a = 'A'; a <= 'Z'; a++)
        for (char b = 'A'; b <= 'Z'; b++) {
            const char code[IC_COUNTRY_LEN] = {a, b};
            if (!ic_country_is_in(code, group))
                continue;
            assert_true(ic_country_is_known(code));
            n++;
        }
    return n;
}

static void groups_hold_whom_they_should(void **state)
{
    (void)state;
    enum ic_country_group group = IC_COUNTRY_FVEY;
    assert_int_equal(members(IC_COUNTRY_EU), 27);
    assert_int_equal(members(IC_COUNTRY_EEA), 30);
    assert_int_equal(members(IC_COUNTRY_EFTA), 4);
    assert_int_equal(members(IC_COUNTRY_FVEY), 5);
    assert_true(ic_country_is_in("DE", IC_COUNTRY_EU) && ic_country_is_in("NO", IC_COUNTRY_EEA));
    assert_false(ic_country_is_in("GB", IC_COUNTRY_EU) || ic_country_is_in("CH", IC_COUNTRY_EEA) ||
                 ic_country_is_in("CN", IC_COUNTRY_EU));
    for (unsigned i = 0; i < IC_COUNTRY_GROUPS; i++) {
        const char *name = ic_country_group_name((enum ic_country_group)i);
        assert_true(strlen(name) <= IC_COUNTRY_GROUP_MAX);
        assert_true(ic_country_group_find(name, strlen(name), &group) && group == i);
    }
    group = IC_COUNTRY_EU;
    assert_false(ic_country_group_find("EUX", 3, &group) || ic_country_group_find("E", 1, &group) ||
                 ic_country_group_find("", 0, &group) || ic_country_group_find("eu", 2, &group));
    assert_int_equal(group, IC_COUNTRY_EU);
}

/* The reasons stand beside the countries because both are tables of words. */
static void every_reason_has_a_word_and_a_sentence_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < IC_NODE_REASONS; i++) {
        uint8_t text[IC_NODE_SENTENCE_MAX];
        struct ic_wr w = ic_wr_init(text, sizeof text);
        ic_node_reason_write(&w, (enum ic_node_reason)i, "operator key list of 32 bytes ...");
        assert_true(ic_wr_ok(&w) && w.len > 10 && text[w.len - 1] == '.');
        assert_null(memchr(text, '*', w.len));
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(ic_node_reason_word((enum ic_node_reason)i),
                                    ic_node_reason_word((enum ic_node_reason)k));
    }
    uint8_t text[IC_NODE_SENTENCE_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    ic_node_reason_write(&w, IC_NODE_EXPIRED, "node set");
    assert_int_equal(w.len, strlen("The node set has expired. The operator must sign a new one."));
    assert_memory_equal(text, "The node set has expired. The operator must sign a new one.", w.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_assigned_codes_are_known),
        cmocka_unit_test(groups_hold_whom_they_should),
        cmocka_unit_test(every_reason_has_a_word_and_a_sentence_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
