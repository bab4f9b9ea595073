/* ICE: the lite role against checks made by hand. */
#include "hex_file.h"
#include "ice_check.h"

/* ---- checks made by hand ---- */

struct check {
    const char *receiver, *sender, *pwd;
    enum ic_stun_class message_class;
    uint16_t method;
    uint8_t id;
    bool nominate, controlled, no_role, no_integrity, no_fingerprint, no_username;
    uint16_t unknown; /* a comprehension-required attribute */
};

static const struct check good_check = {.receiver = LOCAL_UFRAG,
                                        .sender = REMOTE_UFRAG,
                                        .pwd = LOCAL_PWD,
                                        .message_class = IC_STUN_REQUEST,
                                        .method = IC_STUN_METHOD_BINDING,
                                        .id = 1};

static struct message build(const struct check *c)
{
    struct message m;
    uint8_t transaction[IC_STUN_TRANSACTION_LEN] = {c->id, 0xaa, 0x55};
    struct ic_wr w = ic_wr_init(m.bytes, sizeof m.bytes);
    ic_stun_write_header(&w, c->message_class, c->method, transaction);
    if (!c->no_username)
        ic_stun_write_username(&w, c->receiver, c->sender);
    if (c->unknown != 0)
        ic_wr_u32(&w, (uint32_t)c->unknown << 16);
    if (!c->no_role)
        ic_stun_write_role(&w, !c->controlled, 42);
    if (c->nominate)
        ic_stun_write_use_candidate(&w);
    if (c->no_integrity)
        ic_stun_write_fingerprint(&w);
    else
        finish(&w, c->pwd, !c->no_fingerprint);
    assert_true(ic_wr_ok(&w));
    m.len = w.len;
    return m;
}

static enum ic_err feed(struct ic_ice *ice, int64_t ms, uint8_t host, const struct check *c)
{
    struct message m = build(c);
    struct ic_path path = path_of(host);
    return ic_ice_input(ice, at_ms(ms), &path, m.bytes, m.len);
}

static void feed_good(struct ic_ice *ice, int64_t ms, uint8_t host, bool nominate)
{
    struct check c = good_check;
    struct ic_ice_out out;
    c.nominate = nominate;
    assert_int_equal(feed(ice, ms, host, &c), IC_OK);
    assert_true(ic_ice_poll(ice, &out));
    assert_false(ic_ice_poll(ice, &out));
}

/* ---- vectors ---- */

static void rfc5769_integrity_verifies_with_the_parsed_place(void **state)
{
    (void)state;
    static const char *names[] = {"stun/request.hex", "stun/response_ipv4.hex",
                                  "stun/response_ipv6.hex"};
    for (size_t i = 0; i < 3; i++) {
        struct message m;
        struct ic_stun s;
        m.len = hex_file_read(names[i], m.bytes, sizeof m.bytes);
        assert_int_equal(ic_stun_parse(m.bytes, m.len, &s), IC_OK);
        assert_true(integrity_holds("VOkJxbRl1RmTxUk/WvJxBt", m.bytes, &s));
        assert_false(integrity_holds("VOkJxbRl1RmTxUk/WvJxBT", m.bytes, &s));
    }
}

/* The sample request is an ICE check with role CONTROLLED: a lite agent takes it as authentic. */
static void rfc5769_request_is_authentic_for_its_agent(void **state)
{
    (void)state;
    struct ic_ice_config config = {.role = IC_ICE_LITE,
                                   .local_ufrag = "evtj",
                                   .local_pwd = "VOkJxbRl1RmTxUk/WvJxBt",
                                   .remote_ufrag = "h6vY",
                                   .remote_pwd = "unused-unused-unused-un"};
    struct ic_ice ice;
    struct message m;
    struct ic_path path = path_of(2);
    m.len = hex_file_read("stun/request.hex", m.bytes, sizeof m.bytes);
    ic_ice_init(&ice, &config, start);
    assert_int_equal(ic_ice_input(&ice, start, &path, m.bytes, m.len), IC_OK);
    config.local_pwd = "VOkJxbRl1RmTxUk/WvJxBu";
    ic_ice_init(&ice, &config, start);
    assert_int_equal(ic_ice_input(&ice, start, &path, m.bytes, m.len), IC_ERR_AUTH);
}

/* ---- lite: answers ---- */

static void an_authentic_check_is_answered_with_the_mapped_address(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_path path = path_of(7);
    init_lite(&ice);
    assert_int_equal(feed(&ice, 0, 7, &good_check), IC_OK);
    assert_true(ic_ice_poll(&ice, &out));
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(out.bytes, out.len, &s), IC_OK);
    assert_int_equal(s.message_class, IC_STUN_SUCCESS);
    assert_int_equal(s.method, IC_STUN_METHOD_BINDING);
    assert_int_equal(s.transaction[0], good_check.id);
    assert_true(s.has_mapped && ic_addr_eq(&s.mapped, &path.remote));
    assert_true(s.has_fingerprint);
    assert_true(integrity_holds(LOCAL_PWD, out.bytes, &s));
    assert_true(ic_path_eq(&out.path, &path));
    assert_false(ic_ice_poll(&ice, &out));
}

static void assert_silent(struct ic_ice *ice, const struct check *c, enum ic_err expected)
{
    struct ic_ice_out out;
    struct ic_path path = path_of(66);
    assert_int_equal(feed(ice, 10, 66, c), expected);
    assert_false(ic_ice_poll(ice, &out));
    assert_false(ic_ice_is_proved(ice, &path));
}

static void strangers_get_silence(void **state)
{
    (void)state;
    struct ic_ice ice;
    init_lite(&ice);
    struct check c = good_check;
    c.pwd = REMOTE_PWD;
    assert_silent(&ice, &c, IC_ERR_AUTH);
    c = good_check;
    c.pwd = "";
    assert_silent(&ice, &c, IC_ERR_AUTH);
    c = good_check;
    c.no_integrity = true;
    assert_silent(&ice, &c, IC_ERR_INPUT);
    c = good_check;
    c.no_fingerprint = true;
    assert_silent(&ice, &c, IC_ERR_INPUT);
    c = good_check;
    c.no_username = true;
    assert_silent(&ice, &c, IC_ERR_INPUT);
    assert_int_equal(ic_ice_state(&ice), IC_ICE_CHECKING);
    assert_null(ic_ice_path(&ice));
}

static void usernames_must_match_in_both_parts(void **state)
{
    (void)state;
    static const char *wrong[][2] = {
        {REMOTE_UFRAG, LOCAL_UFRAG}, {LOCAL_UFRAG, "cLiF"},    {"serverufrag2", REMOTE_UFRAG},
        {"serverufrag", "1:cLiE"},   {LOCAL_UFRAG, "cLiEx"},   {LOCAL_UFRAG, ""},
        {"", REMOTE_UFRAG},          {LOCAL_UFRAG ":", "LiE"},
    };
    struct ic_ice ice;
    init_lite(&ice);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct check c = good_check;
        c.receiver = wrong[i][0];
        c.sender = wrong[i][1];
        assert_silent(&ice, &c, IC_ERR_INPUT);
    }
}

static void every_other_method_and_class_gets_silence(void **state)
{
    (void)state;
    struct ic_ice ice;
    init_lite(&ice);
    for (uint16_t method = 0; method < 16; method++) {
        for (unsigned k = 0; k < 4; k++) {
            struct check c = good_check;
            c.method = method;
            c.message_class = (enum ic_stun_class)k;
            if (method == IC_STUN_METHOD_BINDING && c.message_class == IC_STUN_REQUEST)
                continue;
            assert_silent(&ice, &c, IC_ERR_INPUT);
        }
    }
}

static void a_flipped_bit_anywhere_gets_silence(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_path path = path_of(66);
    struct check c = good_check;
    c.nominate = true;
    struct message m = build(&c);
    init_lite(&ice);
    for (size_t bit = 0; bit < m.len * 8; bit++) {
        struct message flipped = m;
        flipped.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_not_equal(ic_ice_input(&ice, start, &path, flipped.bytes, flipped.len), IC_OK);
        assert_false(ic_ice_poll(&ice, &out));
    }
    assert_false(ic_ice_is_proved(&ice, &path));
    assert_int_equal(ic_ice_input(&ice, start, &path, m.bytes, m.len), IC_OK);
}

/* The same with the fingerprint, which is no secret, made right again. */
static void a_forger_of_fingerprints_still_fails_the_integrity(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_path path = path_of(66);
    struct message m = build(&good_check);
    init_lite(&ice);
    for (size_t bit = 8 * IC_STUN_HEADER_LEN; bit < (m.len - 8) * 8; bit++) {
        struct message forged = m;
        forged.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct ic_wr w = {.base = forged.bytes, .cap = sizeof forged.bytes, .len = m.len - 8};
        ic_stun_write_fingerprint(&w);
        assert_int_not_equal(ic_ice_input(&ice, start, &path, forged.bytes, w.len), IC_OK);
        assert_false(ic_ice_poll(&ice, &out));
    }
}

static void truncated_checks_get_silence(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path path = path_of(66);
    struct message m = build(&good_check);
    init_lite(&ice);
    for (size_t len = 0; len < m.len; len++)
        assert_int_equal(ic_ice_input(&ice, start, &path, m.bytes, len), IC_ERR_INPUT);
}

static void unknown_required_attributes_get_420_and_prove_nothing(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_stun s;
    struct ic_path path = path_of(7);
    struct check c = good_check;
    c.unknown = 0x7001;
    c.nominate = true;
    init_lite(&ice);
    assert_int_equal(feed(&ice, 0, 7, &c), IC_OK);
    assert_true(ic_ice_poll(&ice, &out));
    assert_int_equal(ic_stun_parse(out.bytes, out.len, &s), IC_OK);
    assert_int_equal(s.message_class, IC_STUN_ERROR);
    assert_int_equal(s.error_code, 420);
    assert_true(integrity_holds(LOCAL_PWD, out.bytes, &s));
    assert_false(ic_ice_is_proved(&ice, &path));
}

static void a_role_conflict_gets_487_at_most_once_a_second(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_stun s;
    struct ic_path path = path_of(7);
    struct check c = good_check;
    c.controlled = true;
    c.nominate = true;
    init_lite(&ice);
    int answers = 0;
    for (int64_t ms = 0; ms < 3000; ms += 50) {
        assert_int_equal(feed(&ice, ms, 7, &c), IC_OK);
        if (!ic_ice_poll(&ice, &out))
            continue;
        answers++;
        assert_int_equal(ms % 1000, 0);
        assert_int_equal(ic_stun_parse(out.bytes, out.len, &s), IC_OK);
        assert_int_equal(s.error_code, 487);
        assert_true(integrity_holds(LOCAL_PWD, out.bytes, &s));
    }
    assert_int_equal(answers, 3);
    assert_false(ic_ice_is_proved(&ice, &path));
    c.pwd = REMOTE_PWD; /* and a forged one never */
    assert_silent(&ice, &c, IC_ERR_AUTH);
}

static void a_check_without_a_role_is_answered(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    struct check c = good_check;
    c.no_role = true;
    init_lite(&ice);
    assert_int_equal(feed(&ice, 0, 7, &c), IC_OK);
    assert_true(ic_ice_poll(&ice, &out));
}

/* trust: no amplification; the shortest request and the longest reply. */
static void replies_are_no_longer_than_requests_plus_twelve(void **state)
{
    (void)state;
    static const char *addresses[] = {"192.0.2.9", "2001:db8::9"};
    for (size_t i = 0; i < 4; i++) {
        struct ic_ice ice;
        struct ic_ice_out out;
        struct check c = good_check;
        c.no_role = true;
        c.unknown = i < 2 ? 0 : 0x7001;
        struct message m = build(&c);
        struct ic_path path = {0};
        const char *text = addresses[i % 2];
        assert_int_equal(ic_addr_parse(text, strlen(text), &path.remote), IC_OK);
        init_lite(&ice);
        assert_int_equal(ic_ice_input(&ice, start, &path, m.bytes, m.len), IC_OK);
        assert_true(ic_ice_poll(&ice, &out));
        assert_true(out.len <= m.len + 12);
        assert_true(2 * out.len <= 3 * m.len);
    }
}

/* With names as short as ours never are, the reply would be longer: then there is none. */
static void a_reply_that_would_amplify_is_not_sent(void **state)
{
    (void)state;
    struct ic_ice_config config = {.role = IC_ICE_LITE,
                                   .local_ufrag = "a",
                                   .local_pwd = LOCAL_PWD,
                                   .remote_ufrag = "b",
                                   .remote_pwd = REMOTE_PWD};
    struct ic_ice ice;
    struct ic_ice_out out;
    struct check c = good_check;
    struct ic_path v4 = path_of(7), v6 = {.remote = {.ip = {0x20, 0x01}, .port = 9}};
    c.receiver = "a";
    c.sender = "b";
    c.no_role = true;
    struct message m = build(&c);
    ic_ice_init(&ice, &config, start);
    assert_int_equal(ic_ice_input(&ice, start, &v4, m.bytes, m.len), IC_OK);
    assert_true(ic_ice_poll(&ice, &out));
    assert_int_equal(ic_ice_input(&ice, start, &v6, m.bytes, m.len), IC_OK);
    assert_false(ic_ice_poll(&ice, &out));
}

/* ---- lite: paths ---- */

static void an_authentic_check_proves_its_path_and_no_other(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path path = path_of(7), other_port = path_of(7), other_host = path_of(8);
    other_port.remote.port++;
    init_lite(&ice);
    assert_false(ic_ice_is_proved(&ice, &path));
    feed_good(&ice, 0, 7, false);
    assert_true(ic_ice_is_proved(&ice, &path));
    assert_false(ic_ice_is_proved(&ice, &other_port));
    assert_false(ic_ice_is_proved(&ice, &other_host));
    /* Proved is not selected. */
    assert_null(ic_ice_path(&ice));
    assert_int_equal(ic_ice_state(&ice), IC_ICE_CHECKING);
}

static void regular_nomination_selects_the_path(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path chosen = path_of(8);
    init_lite(&ice);
    feed_good(&ice, 0, 7, false);
    feed_good(&ice, 10, 8, false);
    feed_good(&ice, 20, 8, true);
    assert_int_equal(ic_ice_state(&ice), IC_ICE_CONNECTED);
    assert_true(ic_path_eq(ic_ice_path(&ice), &chosen));
}

static void aggressive_nomination_selects_at_the_first_check(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path chosen = path_of(7);
    init_lite(&ice);
    feed_good(&ice, 0, 7, true);
    assert_int_equal(ic_ice_state(&ice), IC_ICE_CONNECTED);
    assert_true(ic_path_eq(ic_ice_path(&ice), &chosen));
}

static void a_nominating_check_from_a_new_address_moves_the_path(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path old = path_of(7), rebound = path_of(9);
    init_lite(&ice);
    feed_good(&ice, 0, 7, true);
    feed_good(&ice, 100, 9, false); /* not nominated: stays */
    assert_true(ic_path_eq(ic_ice_path(&ice), &old));
    feed_good(&ice, 200, 9, true);
    assert_true(ic_path_eq(ic_ice_path(&ice), &rebound));
}

static void a_forged_nomination_does_not_move_the_path(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path old = path_of(7);
    struct check c = good_check;
    c.nominate = true;
    c.pwd = "guess-guess-guess-guess-";
    init_lite(&ice);
    feed_good(&ice, 0, 7, true);
    assert_silent(&ice, &c, IC_ERR_AUTH);
    assert_true(ic_path_eq(ic_ice_path(&ice), &old));
}

static void the_least_recently_checked_path_is_replaced_never_the_selected(void **state)
{
    (void)state;
    struct ic_ice ice;
    init_lite(&ice);
    feed_good(&ice, 0, 1, true);
    for (uint8_t host = 2; host <= IC_ICE_PATHS_MAX; host++)
        feed_good(&ice, host, host, false);
    feed_good(&ice, 100, 2, false); /* host 3 is the oldest that is not selected */
    feed_good(&ice, 200, 50, false);
    struct ic_path selected = path_of(1), second = path_of(2), third = path_of(3),
                   newest = path_of(50);
    assert_true(ic_ice_is_proved(&ice, &selected));
    assert_true(ic_ice_is_proved(&ice, &second));
    assert_false(ic_ice_is_proved(&ice, &third));
    assert_true(ic_ice_is_proved(&ice, &newest));
    for (uint8_t host = 60; host < 250; host++)
        feed_good(&ice, 300 + host, host, false);
    assert_true(ic_ice_is_proved(&ice, &selected));
    assert_true(ic_path_eq(ic_ice_path(&ice), &selected));
}

/* ---- lite: consent ---- */

static void no_path_within_the_connect_timeout_is_lost(void **state)
{
    (void)state;
    struct ic_ice ice;
    init_lite(&ice);
    feed_good(&ice, 20000, 7, false); /* a check without nomination is not enough */
    assert_true(ic_ice_deadline(&ice).us == at_ms(IC_ICE_CONNECT_TIMEOUT_MS).us);
    ic_ice_tick(&ice, at_ms(IC_ICE_CONNECT_TIMEOUT_MS - 1));
    assert_int_equal(ic_ice_state(&ice), IC_ICE_CHECKING);
    ic_ice_tick(&ice, at_ms(IC_ICE_CONNECT_TIMEOUT_MS));
    assert_int_equal(ic_ice_state(&ice), IC_ICE_LOST);
    assert_true(ic_time_is_never(ic_ice_deadline(&ice)));
}

static void consent_lives_by_checks_on_the_selected_path_alone(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path path = path_of(7);
    init_lite(&ice);
    feed_good(&ice, 0, 7, true);
    feed_good(&ice, 25000, 7, false); /* any authentic check on it counts */
    feed_good(&ice, 50000, 8, false); /* one on another path does not */
    assert_true(ic_ice_deadline(&ice).us == at_ms(25000 + IC_CONSENT_TIMEOUT_MS).us);
    ic_ice_tick(&ice, at_ms(54999));
    assert_int_equal(ic_ice_state(&ice), IC_ICE_CONNECTED);
    ic_ice_tick(&ice, at_ms(55000));
    assert_int_equal(ic_ice_state(&ice), IC_ICE_LOST);
    assert_null(ic_ice_path(&ice));
    assert_false(ic_ice_is_proved(&ice, &path));
}

static void a_lost_agent_answers_nothing_more(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_ice_out out;
    init_lite(&ice);
    feed_good(&ice, 0, 7, true);
    /* Not even when the check comes before the tick that would have noticed. */
    assert_int_equal(feed(&ice, IC_CONSENT_TIMEOUT_MS, 7, &good_check), IC_ERR_STATE);
    assert_int_equal(ic_ice_state(&ice), IC_ICE_LOST);
    assert_false(ic_ice_poll(&ice, &out));
}

static void a_proved_path_is_forgotten_without_checks(void **state)
{
    (void)state;
    struct ic_ice ice;
    struct ic_path stale = path_of(8);
    init_lite(&ice);
    feed_good(&ice, 0, 8, false);
    feed_good(&ice, 100, 7, true);
    feed_good(&ice, 20000, 7, true);
    assert_true(ic_ice_is_proved(&ice, &stale));
    feed_good(&ice, 30000, 7, true);
    assert_false(ic_ice_is_proved(&ice, &stale));
}

/* ---- look-up ---- */

static void the_target_ufrag_is_read_before_authentication(void **state)
{
    (void)state;
    struct check c = good_check;
    c.pwd = "whatever";
    struct message m = build(&c);
    const uint8_t *ufrag = NULL;
    size_t len = 0;
    assert_int_equal(ic_ice_target_ufrag(m.bytes, m.len, &ufrag, &len), IC_OK);
    assert_int_equal(len, strlen(LOCAL_UFRAG));
    assert_memory_equal(ufrag, LOCAL_UFRAG, len);
    for (size_t cut = 0; cut < m.len; cut++)
        assert_int_equal(ic_ice_target_ufrag(m.bytes, cut, &ufrag, &len), IC_ERR_INPUT);
}

static void no_target_ufrag_without_a_binding_request_and_a_colon(void **state)
{
    (void)state;
    const uint8_t *ufrag;
    size_t len;
    struct check c = good_check;
    c.no_username = true;
    struct message m = build(&c);
    assert_int_equal(ic_ice_target_ufrag(m.bytes, m.len, &ufrag, &len), IC_ERR_INPUT);
    c = good_check;
    c.receiver = ""; /* ":cLiE" */
    m = build(&c);
    assert_int_equal(ic_ice_target_ufrag(m.bytes, m.len, &ufrag, &len), IC_ERR_INPUT);
    c = good_check;
    c.message_class = IC_STUN_INDICATION;
    m = build(&c);
    assert_int_equal(ic_ice_target_ufrag(m.bytes, m.len, &ufrag, &len), IC_ERR_INPUT);
    c = good_check;
    c.method = 3; /* TURN Allocate */
    m = build(&c);
    assert_int_equal(ic_ice_target_ufrag(m.bytes, m.len, &ufrag, &len), IC_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5769_integrity_verifies_with_the_parsed_place),
        cmocka_unit_test(rfc5769_request_is_authentic_for_its_agent),
        cmocka_unit_test(an_authentic_check_is_answered_with_the_mapped_address),
        cmocka_unit_test(strangers_get_silence),
        cmocka_unit_test(usernames_must_match_in_both_parts),
        cmocka_unit_test(every_other_method_and_class_gets_silence),
        cmocka_unit_test(a_flipped_bit_anywhere_gets_silence),
        cmocka_unit_test(a_forger_of_fingerprints_still_fails_the_integrity),
        cmocka_unit_test(truncated_checks_get_silence),
        cmocka_unit_test(unknown_required_attributes_get_420_and_prove_nothing),
        cmocka_unit_test(a_role_conflict_gets_487_at_most_once_a_second),
        cmocka_unit_test(a_check_without_a_role_is_answered),
        cmocka_unit_test(replies_are_no_longer_than_requests_plus_twelve),
        cmocka_unit_test(a_reply_that_would_amplify_is_not_sent),
        cmocka_unit_test(an_authentic_check_proves_its_path_and_no_other),
        cmocka_unit_test(regular_nomination_selects_the_path),
        cmocka_unit_test(aggressive_nomination_selects_at_the_first_check),
        cmocka_unit_test(a_nominating_check_from_a_new_address_moves_the_path),
        cmocka_unit_test(a_forged_nomination_does_not_move_the_path),
        cmocka_unit_test(the_least_recently_checked_path_is_replaced_never_the_selected),
        cmocka_unit_test(no_path_within_the_connect_timeout_is_lost),
        cmocka_unit_test(consent_lives_by_checks_on_the_selected_path_alone),
        cmocka_unit_test(a_lost_agent_answers_nothing_more),
        cmocka_unit_test(a_proved_path_is_forgotten_without_checks),
        cmocka_unit_test(the_target_ufrag_is_read_before_authentication),
        cmocka_unit_test(no_target_ufrag_without_a_binding_request_and_a_colon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
