/* ICE: the lite role and the controlling role over a link with loss, in virtual time. */
#include "ice_check.h"

struct pair {
    struct ic_ice client, server;
    struct ic_path client_path, server_path;
    uint32_t random, loss_percent;
    bool cut;
    struct ic_time now;
    unsigned sent, lost;
};

static void init_pair(struct pair *p, uint32_t loss_percent, uint32_t seed)
{
    memset(p, 0, sizeof *p);
    p->client_path = (struct ic_path){.remote = ic_addr_v4(198, 51, 100, 1, 10000)};
    p->server_path = path_of(7);
    p->random = seed;
    p->loss_percent = loss_percent;
    p->now = start;
    init_lite(&p->server);
    struct ic_ice_config config = {.role = IC_ICE_CONTROLLING,
                                   .local_ufrag = REMOTE_UFRAG,
                                   .local_pwd = REMOTE_PWD,
                                   .remote_ufrag = LOCAL_UFRAG,
                                   .remote_pwd = LOCAL_PWD,
                                   .path = p->client_path,
                                   .tie_breaker = 1,
                                   .seed = seed};
    ic_ice_init(&p->client, &config, start);
}

static bool passes(struct pair *p)
{
    p->random = p->random * 1664525 + 1013904223;
    p->sent++;
    bool lost = p->cut || (p->random >> 8) % 100 < p->loss_percent;
    p->lost += lost;
    return !lost;
}

/* Run to end; each step is the next deadline of either side. */
static void run_pair(struct pair *p, int64_t end_ms)
{
    struct ic_ice_out out;
    for (;;) {
        struct ic_time next = ic_time_min(ic_ice_deadline(&p->client), ic_ice_deadline(&p->server));
        if (ic_time_before(at_ms(end_ms), next))
            break;
        p->now = next;
        ic_ice_tick(&p->client, p->now);
        ic_ice_tick(&p->server, p->now);
        while (ic_ice_poll(&p->client, &out)) {
            assert_true(ic_path_eq(&out.path, &p->client_path));
            if (!passes(p))
                continue;
            assert_int_equal(ic_ice_input(&p->server, p->now, &p->server_path, out.bytes, out.len),
                             IC_OK);
            while (ic_ice_poll(&p->server, &out)) {
                if (passes(p))
                    assert_int_equal(
                        ic_ice_input(&p->client, p->now, &p->client_path, out.bytes, out.len),
                        IC_OK);
            }
        }
    }
    p->now = at_ms(end_ms);
}

static void controlling_connects_to_lite_at_once(void **state)
{
    (void)state;
    struct pair p;
    init_pair(&p, 0, 1);
    run_pair(&p, 10);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CONNECTED);
    assert_int_equal(ic_ice_state(&p.server), IC_ICE_CONNECTED);
    assert_true(ic_path_eq(ic_ice_path(&p.client), &p.client_path));
    assert_true(ic_path_eq(ic_ice_path(&p.server), &p.server_path));
    assert_true(ic_ice_is_proved(&p.client, &p.client_path));
}

static void controlling_connects_through_loss(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 50; seed++) {
        struct pair p;
        init_pair(&p, 40, seed);
        run_pair(&p, 29000);
        assert_int_equal(ic_ice_state(&p.client), IC_ICE_CONNECTED);
        assert_int_equal(ic_ice_state(&p.server), IC_ICE_CONNECTED);
    }
}

static void consent_is_kept_with_loss_for_minutes(void **state)
{
    (void)state;
    struct pair p;
    init_pair(&p, 10, 3);
    run_pair(&p, 300000);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CONNECTED);
    assert_int_equal(ic_ice_state(&p.server), IC_ICE_CONNECTED);
    assert_true(p.lost > 0);
    /* 4 to 6 s between checks: 50 to 75 of them, two datagrams each at most. */
    assert_in_range(p.sent, 80, 160);
}

static void a_cut_link_is_lost_on_both_sides_after_thirty_seconds(void **state)
{
    (void)state;
    struct pair p;
    init_pair(&p, 0, 4);
    run_pair(&p, 60000);
    p.cut = true;
    run_pair(&p, 83000); /* at most 6 s before the cut, a check went through */
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CONNECTED);
    assert_int_equal(ic_ice_state(&p.server), IC_ICE_CONNECTED);
    run_pair(&p, 91000);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_LOST);
    assert_int_equal(ic_ice_state(&p.server), IC_ICE_LOST);
}

static void a_ten_second_cut_is_survived(void **state)
{
    (void)state;
    struct pair p;
    init_pair(&p, 0, 5);
    run_pair(&p, 60000);
    p.cut = true;
    run_pair(&p, 70000);
    p.cut = false;
    run_pair(&p, 200000);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CONNECTED);
    assert_int_equal(ic_ice_state(&p.server), IC_ICE_CONNECTED);
}

static void a_dead_address_is_lost_by_the_controlling_side(void **state)
{
    (void)state;
    struct pair p;
    init_pair(&p, 100, 6);
    run_pair(&p, 40000);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_LOST);
    /* 0, 0.5, 1.5, 3.5, then every 2 s. */
    assert_in_range(p.sent, 15, 20);
}

/* The next request of the controlling side, and the reply of a server with these credentials. */
static struct message reply_to(struct pair *p, const char *pwd, enum ic_stun_class message_class)
{
    struct ic_ice_out out;
    struct ic_stun s;
    struct message m;
    ic_ice_tick(&p->client, p->now);
    assert_true(ic_ice_poll(&p->client, &out));
    assert_int_equal(ic_stun_parse(out.bytes, out.len, &s), IC_OK);
    assert_true(s.has_use_candidate && s.has_controlling && s.has_priority && s.has_fingerprint);
    assert_true(integrity_holds(LOCAL_PWD, out.bytes, &s));
    assert_int_equal(s.username_len, strlen(LOCAL_UFRAG ":" REMOTE_UFRAG));
    assert_memory_equal(s.username, LOCAL_UFRAG ":" REMOTE_UFRAG, s.username_len);
    struct ic_wr w = ic_wr_init(m.bytes, sizeof m.bytes);
    ic_stun_write_header(&w, message_class, IC_STUN_METHOD_BINDING, s.transaction);
    if (message_class == IC_STUN_SUCCESS)
        ic_stun_write_mapped(&w, &p->server_path.remote);
    else
        ic_stun_write_error(&w, IC_STUN_ROLE_CONFLICT);
    finish(&w, pwd, true);
    m.len = w.len;
    return m;
}

static void controlling_believes_authentic_responses_to_its_own_checks_alone(void **state)
{
    (void)state;
    struct pair p;
    struct ic_path elsewhere = {.remote = ic_addr_v4(203, 0, 113, 5, 10000)};
    init_pair(&p, 0, 7);
    struct message m = reply_to(&p, REMOTE_PWD, IC_STUN_SUCCESS);
    assert_int_equal(ic_ice_input(&p.client, p.now, &p.client_path, m.bytes, m.len), IC_ERR_AUTH);
    p.now = at_ms(500);
    m = reply_to(&p, LOCAL_PWD, IC_STUN_ERROR);
    assert_int_equal(ic_ice_input(&p.client, p.now, &p.client_path, m.bytes, m.len), IC_ERR_INPUT);
    p.now = at_ms(1500);
    m = reply_to(&p, LOCAL_PWD, IC_STUN_SUCCESS);
    assert_int_equal(ic_ice_input(&p.client, p.now, &elsewhere, m.bytes, m.len), IC_ERR_INPUT);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CHECKING);
    struct message foreign = m;
    foreign.bytes[8] ^= 1; /* another transaction, re-signed */
    struct ic_wr w = {.base = foreign.bytes, .cap = sizeof foreign.bytes, .len = m.len - 32};
    finish(&w, LOCAL_PWD, true);
    assert_int_equal(ic_ice_input(&p.client, p.now, &p.client_path, foreign.bytes, w.len),
                     IC_ERR_INPUT);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CHECKING);
    assert_int_equal(ic_ice_input(&p.client, p.now, &p.client_path, m.bytes, m.len), IC_OK);
    assert_int_equal(ic_ice_state(&p.client), IC_ICE_CONNECTED);
    /* A second time it is no answer any more. */
    assert_int_equal(ic_ice_input(&p.client, p.now, &p.client_path, m.bytes, m.len), IC_ERR_INPUT);
}

static void a_lite_agent_ignores_responses(void **state)
{
    (void)state;
    struct pair p;
    init_pair(&p, 0, 8);
    struct message m = reply_to(&p, LOCAL_PWD, IC_STUN_SUCCESS);
    assert_int_equal(ic_ice_input(&p.server, p.now, &p.server_path, m.bytes, m.len), IC_ERR_INPUT);
    assert_int_equal(ic_ice_state(&p.server), IC_ICE_CHECKING);
}

static void the_longest_names_fit(void **state)
{
    (void)state;
    char ufrag[IC_REMOTE_UFRAG_MAX + 1], pwd[IC_REMOTE_PWD_MAX + 1];
    memset(ufrag, 'u', sizeof ufrag);
    memset(pwd, 'p', sizeof pwd);
    ufrag[IC_REMOTE_UFRAG_MAX] = pwd[IC_REMOTE_PWD_MAX] = '\0';
    struct ic_ice_config config = {.local_ufrag = ufrag,
                                   .local_pwd = pwd,
                                   .remote_ufrag = ufrag,
                                   .remote_pwd = pwd,
                                   .path = path_of(1)};
    struct ic_ice client, server;
    struct ic_ice_out out;
    struct ic_path path = path_of(1);
    ic_ice_init(&server, &config, start);
    config.role = IC_ICE_CONTROLLING;
    ic_ice_init(&client, &config, start);
    ic_ice_tick(&client, start);
    assert_true(ic_ice_poll(&client, &out));
    assert_int_equal(ic_ice_input(&server, start, &path, out.bytes, out.len), IC_OK);
    assert_true(ic_ice_poll(&server, &out));
    assert_int_equal(ic_ice_input(&client, start, &path, out.bytes, out.len), IC_OK);
    assert_int_equal(ic_ice_state(&client), IC_ICE_CONNECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controlling_connects_to_lite_at_once),
        cmocka_unit_test(controlling_connects_through_loss),
        cmocka_unit_test(consent_is_kept_with_loss_for_minutes),
        cmocka_unit_test(a_cut_link_is_lost_on_both_sides_after_thirty_seconds),
        cmocka_unit_test(a_ten_second_cut_is_survived),
        cmocka_unit_test(a_dead_address_is_lost_by_the_controlling_side),
        cmocka_unit_test(controlling_believes_authentic_responses_to_its_own_checks_alone),
        cmocka_unit_test(a_lite_agent_ignores_responses),
        cmocka_unit_test(the_longest_names_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
