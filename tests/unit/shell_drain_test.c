/* What `incamera drain` asks and hears: bytes of the request, words and marks of the answer. */
#include "support/cmocka_all.h"

#include <string.h>

#include "shell/drain.h"

static const struct ic_drain_request words = {.seconds = 60},
                                     json = {.is_json = true, .seconds = 1};

static void a_request_comes_back_as_it_was(void **state)
{
    (void)state;
    uint8_t bytes[IC_DRAIN_REQUEST_LEN];
    struct ic_drain_request back;
    ic_drain_request_write(&json, bytes);
    assert_int_equal(ic_drain_request_parse(bytes, sizeof bytes, &back), IC_OK);
    assert_true(back.is_json && back.seconds == 1);
    for (size_t len = 0; len < sizeof bytes; len++)
        assert_int_equal(ic_drain_request_parse(bytes, len, &back), IC_ERR_INPUT);
}

static void another_form_is_no_request(void **state)
{
    (void)state;
    static const uint8_t bad[][8] = {
        {0, 1, 0, 0, 0, 0, 9},       {2, 1, 0, 0, 0, 0, 9},         {1, 0, 0, 0, 0, 0, 9},
        {1, 2, 0, 0, 0, 0, 9},       {1, 1, 2, 0, 0, 0, 9},         {1, 1, 0, 0, 0, 0, 0},
        {1, 1, 0, 0, 1, 0x51, 0x81}, {1, 1, 0, 255, 255, 255, 255},
    };
    struct ic_drain_request out;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ic_drain_request_parse(bad[i], IC_DRAIN_REQUEST_LEN, &out), IC_ERR_INPUT);
    static const uint8_t good[8] = {1, 1, 0, 0, 1, 0x51, 0x80};
    assert_int_equal(ic_drain_request_parse(good, IC_DRAIN_REQUEST_LEN, &out), IC_OK);
    assert_int_equal(out.seconds, IC_DRAIN_SECONDS_MAX);
    assert_int_equal(ic_drain_request_parse(good, 8, &out), IC_ERR_INPUT);
}

static void expect(const struct ic_drain_state *s, const struct ic_drain_request *request,
                   bool is_over, const char *line)
{
    char out[IC_DRAIN_LINE_MAX + 1];
    size_t len = ic_drain_line(s, request, is_over, out);
    assert_true(len <= IC_DRAIN_LINE_MAX && out[len - 1] == '\n');
    out[len - 1] = '\0';
    assert_string_equal(out, line);
}

static void words_say_how_far_it_is(void **state)
{
    (void)state;
    struct ic_drain_state s = {.people = 1, .meetings = 1};
    expect(&s, &words, false, ".1 person in 1 meeting; moved so far: 0.");
    s = (struct ic_drain_state){.people = 5, .meetings = 1, .moving = 1, .moved = 3};
    expect(&s, &words, false, ".5 people in 2 meetings; moved so far: 3.");
    s.reason = IC_PLACE_NO_CAPACITY_IN_REGION;
    expect(&s, &words, false,
           ".5 people in 2 meetings; moved so far: 3. Not yet: 1 (no_capacity_in_region).");
    s = (struct ic_drain_state){.moved = 1};
    expect(
        &s, &words, true,
        "+Drained. 1 meeting moved. Nobody is here, and nobody gets in until the node is started "
        "again: systemctl restart incamera.");
    s = (struct ic_drain_state){.is_alone = true};
    expect(
        &s, &words, false,
        "+Drained. Nobody is here, and nobody gets in until the node is started again: systemctl "
        "restart incamera.");
}

static void words_say_whose_media_are_here(void **state)
{
    (void)state;
    struct ic_drain_state s = {.people = 1, .meetings = 1, .guests = 1};
    expect(&s, &words, false,
           ".1 person in 1 meeting, and the media of 1 person of another node's meeting; moved so "
           "far: 0.");
    s = (struct ic_drain_state){.guests = 2};
    expect(&s, &words, false, ".the media of 2 people of other nodes' meetings; moved so far: 0.");
    expect(&s, &words, true,
           "!Not drained after 60 s: the media of 2 people of other nodes' meetings, for whom no "
           "other node that their policy allows has a place; start one more there, or ask again to "
           "wait for longer. Nobody new gets in meanwhile, and nothing was sent elsewhere.");
    expect(&s, &json, false,
           ".{\"state\":\"draining\",\"alone\":false,\"people\":0,\"guests\":2,\"meetings\":0,"
           "\"moving\":0,\"moved\":0,\"reason\":null}");
}

static void words_say_what_is_left_and_why(void **state)
{
    (void)state;
    struct ic_drain_state s = {
        .people = 2, .meetings = 1, .reason = IC_PLACE_NO_CAPACITY_IN_REGION};
    expect(
        &s, &words, true,
        "!Not drained after 60 s: 2 people in 1 meeting, of which 1 cannot move "
        "(no_capacity_in_region): the other nodes of their region are full; start one more there, "
        "or wait. Nobody new gets in meanwhile, and nothing was sent elsewhere.");
    s.reason = IC_PLACE_BUSY;
    expect(&s, &words, true,
           "!Not drained after 60 s: 2 people in 1 meeting, of which 1 cannot move (busy): "
           "docs/protocol/cluster.md 3 says what that means. Nobody new gets in meanwhile, and "
           "nothing was sent elsewhere.");
    s = (struct ic_drain_state){.people = 2, .moving = 1, .moved = 1};
    expect(
        &s, &words, true,
        "!Not drained after 60 s: 2 people in 1 meeting. Their meetings have moved already; they "
        "follow within seconds. Ask again. Nobody new gets in meanwhile, and nothing was sent "
        "elsewhere.");
    s = (struct ic_drain_state){.is_alone = true, .people = 2, .meetings = 1};
    expect(
        &s, &words, true,
        "!Not drained after 60 s: 2 people in 1 meeting. This node is alone, so they cannot move. "
        "Ask again to wait for longer; after a restart they come back by themselves. Nobody new "
        "gets in meanwhile, and nothing was sent elsewhere.");
}

static void programs_get_one_object_a_line(void **state)
{
    (void)state;
    struct ic_drain_state s = {.people = 2, .meetings = 1, .reason = IC_PLACE_DRAINING};
    expect(&s, &json, false,
           ".{\"state\":\"draining\",\"alone\":false,\"people\":2,\"guests\":0,\"meetings\":1,"
           "\"moving\":0,"
           "\"moved\":0,\"reason\":\"draining\"}");
    expect(&s, &json, true,
           "!{\"state\":\"over\",\"alone\":false,\"people\":2,\"guests\":0,\"meetings\":1,"
           "\"moving\":0,"
           "\"moved\":0,\"reason\":\"draining\"}");
    s = (struct ic_drain_state){.is_alone = true};
    expect(
        &s, &json, true,
        "+{\"state\":\"done\",\"alone\":true,\"people\":0,\"guests\":0,\"meetings\":0,\"moving\":0,"
        "\"moved\":0,\"reason\":null}");
}

/* However large the numbers and long the reason: one line, and room for it. */
static void every_line_fits(void **state)
{
    (void)state;
    for (int reason = 0; reason < IC_PLACE_REASONS; reason++) {
        struct ic_drain_state s = {.people = UINT32_MAX,
                                   .meetings = UINT32_MAX / 2,
                                   .moving = UINT32_MAX / 2,
                                   .moved = UINT32_MAX,
                                   .reason = (enum ic_place_reason)reason};
        for (int form = 0; form < 4; form++) {
            char out[IC_DRAIN_LINE_MAX];
            size_t len = ic_drain_line(&s, form % 2 == 0 ? &words : &json, form > 1, out);
            assert_true(len < IC_DRAIN_LINE_MAX - 1 && out[len - 1] == '\n');
            assert_ptr_equal(memchr(out, '\n', len), out + len - 1);
            assert_true(out[len - 2] == '.' || out[len - 2] == '}');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_back_as_it_was),
        cmocka_unit_test(another_form_is_no_request),
        cmocka_unit_test(words_say_how_far_it_is),
        cmocka_unit_test(words_say_whose_media_are_here),
        cmocka_unit_test(words_say_what_is_left_and_why),
        cmocka_unit_test(programs_get_one_object_a_line),
        cmocka_unit_test(every_line_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
