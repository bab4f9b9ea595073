/* The bus on a real server: what goes to whom, what is dropped, and that it comes back for ever. */
#include <nats/nats.h>
#include <poll.h>

#include "support/nats_server.h"

#include "shell/bus_nats.h"

#define WAIT_MS 10000

struct node {
    struct ic_config config;
    uint8_t id[IC_NODE_ID_LEN];
    struct ic_mailbox letters;
    struct ic_bus *bus;
};

static const char *const none[] = {NULL};

static void node_open(struct node *n, const struct nats_servers *servers, uint8_t id,
                      uint32_t capacity)
{
    char why[IC_CONFIG_WHY_MAX];
    *n = (struct node){.id = {id}};
    nats_config(servers, NULL, &n->config);
    assert_int_equal(ic_mailbox_init(&n->letters, sizeof(struct ic_bus_letter), capacity), IC_OK);
    n->bus = ic_bus_open(&n->config, n->id, &n->letters, why);
    assert_non_null(n->bus);
}

static void node_close(struct node *n)
{
    ic_bus_close(n->bus);
    ic_mailbox_deinit(&n->letters);
}

/* The next letter of this kind; others are dropped. Its bytes are freed by the next call. */
static bool node_take(struct node *n, enum ic_bus_kind kind, int wait_ms, struct ic_bus_letter *out)
{
    static uint8_t bytes[IC_BUS_MESSAGE_MAX];
    for (int waited = 0;; waited += 10) {
        while (ic_mailbox_take(&n->letters, out)) {
            if (out->len > 0)
                memcpy(bytes, out->bytes, out->len);
            free(out->bytes);
            out->bytes = bytes;
            if (out->kind == kind)
                return true;
        }
        if (waited >= wait_ms)
            return false;
        nats_sleep_ms(10);
    }
}

static void node_await(struct node *n, enum ic_bus_kind kind)
{
    struct ic_bus_letter letter;
    assert_true(node_take(n, kind, WAIT_MS, &letter));
}

static const uint8_t hello[] = {'h', 'e', 'l', 'l', 'o'};

static void beats_reach_all_and_asks_one(void **state)
{
    (void)state;
    struct nats_servers servers;
    struct node a, b;
    struct ic_bus_letter letter;
    nats_start_all(&servers, 1, none);
    node_open(&a, &servers, 1, 64);
    node_open(&b, &servers, 2, 64);
    node_await(&a, IC_BUS_UP);
    node_await(&b, IC_BUS_UP);
    for (int i = 0; i < 100 && !node_take(&b, IC_BUS_BEAT, 50, &letter); i++)
        assert_int_equal(ic_bus_beat(a.bus, hello, sizeof hello), IC_OK);
    assert_int_equal(letter.len, sizeof hello);
    assert_memory_equal(letter.bytes, hello, sizeof hello);
    assert_true(node_take(&a, IC_BUS_BEAT, WAIT_MS, &letter)); /* our own comes back */
    assert_int_equal(ic_bus_ask(a.bus, b.id, 0xfedcba9876543210, hello, 4), IC_OK);
    assert_true(node_take(&b, IC_BUS_ASK, WAIT_MS, &letter));
    assert_int_equal(letter.len, 4);
    assert_int_equal(ic_bus_answer(b.bus, letter.reply, hello, 3), IC_OK);
    assert_true(node_take(&a, IC_BUS_ANSWER, WAIT_MS, &letter));
    assert_true(letter.token == 0xfedcba9876543210);
    assert_int_equal(letter.len, 3);
    a.id[0] = 77; /* nobody has this id: silence */
    assert_int_equal(ic_bus_ask(b.bus, a.id, 5, hello, 4), IC_OK);
    assert_false(node_take(&b, IC_BUS_ANSWER, 300, &letter));
    node_close(&a);
    node_close(&b);
    nats_stop_all(&servers);
}

static uint64_t count(_Atomic uint64_t *counter, uint64_t least)
{
    for (int i = 0; i < WAIT_MS / 10 && atomic_load(counter) < least; i++)
        nats_sleep_ms(10);
    return atomic_load(counter);
}

static void what_has_no_form_or_no_room_is_dropped(void **state)
{
    (void)state;
    static uint8_t large[IC_BUS_MESSAGE_MAX + 1];
    struct nats_servers servers;
    struct node n;
    struct ic_bus_letter letter;
    nats_start_all(&servers, 1, none);
    node_open(&n, &servers, 1, 4);
    node_await(&n, IC_BUS_UP);
    struct ic_bus_counters *counters = (struct ic_bus_counters *)(uintptr_t)ic_bus_counters(n.bus);
    natsConnection *raw = ic_bus_connection(n.bus);
    char ask[96] = "incamera.ask.01";
    memset(&ask[strlen(ask)], '0', 62);
    static const char *const bad_replies[] = {
        "$JS.API.STREAM.DELETE.KV_incamera-directory", "incamera.beat", "_INBOX",
        "_INBOX.0123456789012345678901234567890123456789012345678901234567890"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(natsConnection_PublishRequest(raw, ask, bad_replies[i], "x", 1), NATS_OK);
    assert_int_equal(natsConnection_Publish(raw, ask, "x", 1), NATS_OK);
    assert_int_equal(natsConnection_Publish(raw, "incamera.beat", NULL, 0), NATS_OK);
    assert_int_equal(natsConnection_Publish(raw, "incamera.beat", large, sizeof large), NATS_OK);
    assert_true(count(&counters->dropped_form, 7) == 7);
    assert_false(node_take(&n, IC_BUS_ASK, 100, &letter));
    for (int i = 0; i < 20; i++)
        assert_int_equal(ic_bus_beat(n.bus, hello, sizeof hello), IC_OK);
    assert_true(count(&counters->dropped_in, 16) == 16); /* four have room */
    for (int i = 0; i < 4; i++)
        assert_true(node_take(&n, IC_BUS_BEAT, 0, &letter));
    assert_false(node_take(&n, IC_BUS_BEAT, 100, &letter));
    node_close(&n);
    nats_stop_all(&servers);
}

static void it_comes_back_for_ever_and_keeps_nothing(void **state)
{
    (void)state;
    struct nats_servers servers;
    struct node n;
    struct ic_bus_letter letter;
    nats_start_all(&servers, 1, none);
    nats_stop(&servers, 0);
    node_open(&n, &servers, 1, 64);
    for (int round = 0; round < 2; round++) {
        assert_false(ic_bus_is_up(n.bus));
        assert_int_equal(ic_bus_beat(n.bus, hello, sizeof hello), IC_ERR_SYSTEM);
        nats_start(&servers, 0);
        node_await(&n, IC_BUS_UP);
        assert_false(node_take(&n, IC_BUS_BEAT, 300, &letter)); /* the late one was dropped */
        assert_int_equal(ic_bus_beat(n.bus, hello, 2), IC_OK);
        assert_true(node_take(&n, IC_BUS_BEAT, WAIT_MS, &letter));
        assert_int_equal(letter.len, 2);
        nats_stop(&servers, 0);
        node_await(&n, IC_BUS_DOWN);
    }
    assert_true(atomic_load(&ic_bus_counters(n.bus)->dropped_out) == 2);
    node_close(&n);
    nats_stop_all(&servers);
}

static void rewrite(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void assert_refused(const struct ic_config *config, const char *words)
{
    static const uint8_t id[IC_NODE_ID_LEN] = {1};
    char why[IC_CONFIG_WHY_MAX];
    struct ic_mailbox letters;
    assert_int_equal(ic_mailbox_init(&letters, sizeof(struct ic_bus_letter), 4), IC_OK);
    assert_null(ic_bus_open(config, id, &letters, why));
    if (strstr(why, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", why, words);
    assert_null(strstr(why, "sesame"));
    ic_mailbox_deinit(&letters);
}

static void settings_that_cannot_be_used_are_told(void **state)
{
    (void)state;
    struct nats_servers servers = {.folder = "/tmp/incamera-nats-XXXXXX", .count = 1};
    struct ic_config config, good;
    assert_non_null(mkdtemp(servers.folder));
    nats_config(&servers, NULL, &good);
    config = good;
    rewrite(good.nats_credentials, "node:sesame\n", 0644);
    assert_refused(&config, "can be read by others");
    static const char *const bad[] = {"", "sesame", ":sesame", "node:sesame\nsesame\n",
                                      "a\n:sesame"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rewrite(good.nats_credentials, bad[i], 0600);
        assert_refused(&config, "neither a credentials file");
    }
    rewrite(good.nats_credentials, "node:sesame", 0600);
    snprintf(config.nats_ca, sizeof config.nats_ca, "%s/none.pem", servers.folder);
    assert_refused(&config, "none.pem cannot be used");
    assert_int_equal(unlink(good.nats_credentials), 0);
    assert_refused(&good, "cannot be read");
    nats_stop_all(&servers);
}

/* Whoever is refused by the servers waits for them as for servers that are gone. */
static void a_wrong_password_waits_until_it_is_right(void **state)
{
    (void)state;
    static const uint8_t id[IC_NODE_ID_LEN] = {1};
    struct nats_servers servers;
    struct ic_config config;
    struct ic_mailbox letters;
    char why[IC_CONFIG_WHY_MAX];
    nats_start_all(&servers, 1, none);
    nats_sleep_ms(500);
    nats_config(&servers, NULL, &config);
    rewrite(config.nats_credentials, "node:other", 0600);
    assert_int_equal(ic_mailbox_init(&letters, sizeof(struct ic_bus_letter), 64), IC_OK);
    struct ic_bus *bus = ic_bus_open(&config, id, &letters, why);
    assert_non_null(bus);
    for (int i = 0; i < 60; i++) {
        assert_false(ic_bus_is_up(bus));
        assert_int_equal(ic_bus_beat(bus, hello, sizeof hello), IC_ERR_SYSTEM);
        nats_sleep_ms(50);
    }
    servers.password = "other";
    nats_stop(&servers, 0);
    nats_write_config(&servers, 0);
    nats_start(&servers, 0);
    for (int i = 0; i < WAIT_MS / 50 && !ic_bus_is_up(bus); i++) {
        nats_sleep_ms(50);
        ic_bus_tend(bus);
    }
    assert_true(ic_bus_is_up(bus));
    ic_bus_close(bus);
    ic_mailbox_deinit(&letters);
    nats_stop_all(&servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beats_reach_all_and_asks_one),
        cmocka_unit_test(what_has_no_form_or_no_room_is_dropped),
        cmocka_unit_test(it_comes_back_for_ever_and_keeps_nothing),
        cmocka_unit_test(settings_that_cannot_be_used_are_told),
        cmocka_unit_test(a_wrong_password_waits_until_it_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
