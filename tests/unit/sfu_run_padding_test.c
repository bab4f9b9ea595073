#include "support/cmocka_all.h"

#include "sfu/run_padding.h"

/* The lengths, with the padding of each, as text. */
static void require(struct ic_run_padding *p, const uint16_t *len, size_t count,
                    const char *expected)
{
    uint8_t pad[16];
    char text[128] = "";
    ic_run_padding_choose(p, len, pad, count);
    for (size_t i = 0; i < count; i++)
        snprintf(&text[strlen(text)], sizeof text - strlen(text), "%s%u+%u", i == 0 ? "" : " ",
                 len[i], pad[i]);
    assert_string_equal(text, expected);
}

static void equal_lengths_need_no_padding(void **state)
{
    (void)state;
    struct ic_run_padding p = {0};
    require(&p, (const uint16_t[]){100, 100, 100}, 3, "100+0 100+0 100+0");
    require(&p, (const uint16_t[]){7}, 1, "7+0");
}

static void the_last_of_a_run_may_be_shorter(void **state)
{
    (void)state;
    struct ic_run_padding p = {0};
    require(&p, (const uint16_t[]){120, 80}, 2, "120+0 80+0");
    require(&p, (const uint16_t[]){80, 120}, 2, "80+0 120+0");
    require(&p, (const uint16_t[]){120, 119, 121}, 3, "120+0 119+0 121+0"); /* saves nothing */
}

static void a_byte_that_lacks_is_put_there(void **state)
{
    (void)state;
    struct ic_run_padding p = {0};
    require(&p, (const uint16_t[]){1171, 1170, 1170, 1170}, 4, "1171+0 1170+1 1170+1 1170+0");
}

static void padding_takes_three_percent_and_no_more(void **state)
{
    (void)state;
    struct ic_run_padding p = {0};
    uint64_t bytes = 0, padding = 0, padded = 0;
    for (uint16_t i = 0; i < 2000; i++) {
        uint16_t len[3] = {(uint16_t)(100 + i % 7), (uint16_t)(90 + i % 11),
                           (uint16_t)(60 + i % 5)};
        uint8_t pad[3];
        ic_run_padding_choose(&p, len, pad, 3);
        for (size_t k = 0; k < 3; k++) {
            bytes += len[k];
            padding += pad[k];
            padded += pad[k] > 0;
        }
        assert_true(padding * 100 <= bytes * IC_RUN_PADDING_PERCENT);
    }
    assert_true(padded > 500);
}

static void what_was_saved_up_is_not_kept_for_ever(void **state)
{
    (void)state;
    struct ic_run_padding p = {0};
    for (int i = 0; i < 100; i++)
        require(&p, (const uint16_t[]){1200, 1200, 1200}, 3, "1200+0 1200+0 1200+0");
    /* 400: one byte cannot say that */
    require(&p, (const uint16_t[]){1400, 1000, 1000}, 3, "1400+0 1000+0 1000+0");
    require(&p, (const uint16_t[]){1200, 950, 940}, 3, "1200+0 950+250 940+0");
    require(&p, (const uint16_t[]){1200, 950, 940}, 3, "1200+0 950+0 940+0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_lengths_need_no_padding),
        cmocka_unit_test(the_last_of_a_run_may_be_shorter),
        cmocka_unit_test(a_byte_that_lacks_is_put_there),
        cmocka_unit_test(padding_takes_three_percent_and_no_more),
        cmocka_unit_test(what_was_saved_up_is_not_kept_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
