/* The worker as the shell sees it, without any peer that connects (those are in the scenarios). */
#include "support/cmocka_all.h"

#include "crypto/hmac.h"
#include "sfu/worker.h"
#include "sfu/worker_state.h"
#include "unit/sfu_offer.h"
#include "wire/stun.h"

static const struct ic_time NOW = {.us = 5000000};
static struct ic_dtls_null_credentials credentials = {.profile = IC_SRTP_AEAD_AES_128_GCM};

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

static struct ic_worker *make(uint32_t peers_max, uint32_t rooms_max)
{
    static struct ic_prng prng;
    ic_prng_init(&prng, 1);
    struct ic_worker_config config = {
        .entropy = {.fill = fill, .context = &prng},
        .seed = 2,
        .dtls = ic_dtls_null(),
        .dtls_credentials = &credentials,
        .fingerprint = {9, 8, 7},
        .candidates = {ic_addr_v4(192, 0, 2, 1, 10000), ic_addr_v4(192, 0, 2, 2, 10000)},
        .candidate_count = 2,
        .peers_max = peers_max,
        .rooms_max = rooms_max,
        .packets_max = 512,
    };
    struct ic_worker *w = ic_worker_create(&config, NOW);
    assert_non_null(w);
    return w;
}

static void add(struct ic_worker *w, uint64_t peer, uint64_t room)
{
    struct ic_cmd cmd = {
        .kind = IC_CMD_PEER_ADD, .peer = peer, .room = room, .transport = test_offer()};
    ic_worker_cmd(w, NOW, &cmd);
}

static void remove_peer(struct ic_worker *w, uint64_t peer)
{
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_REMOVE, .peer = peer};
    ic_worker_cmd(w, NOW, &cmd);
}

static struct ic_evt next(struct ic_worker *w)
{
    struct ic_evt evt = {0};
    assert_true(ic_worker_poll(w, &evt));
    return evt;
}

static void require_silence(struct ic_worker *w)
{
    struct ic_evt evt;
    struct ic_dgram dgrams[4];
    assert_false(ic_worker_poll(w, &evt));
    assert_int_equal(ic_worker_flush(w, dgrams, 4), 0);
}

static void ready_says_all_that_the_client_needs(void **state)
{
    (void)state;
    struct ic_worker *w = make(4, 2);
    add(w, 77, 1);
    struct ic_evt evt = next(w);
    const struct ic_server_transport *t = &evt.transport;
    assert_int_equal(evt.kind, IC_EVT_PEER_READY);
    assert_int_equal(evt.peer, 77);
    assert_int_equal(strlen(t->ufrag), IC_UFRAG_LEN);
    assert_int_equal(strlen(t->pwd), IC_PWD_LEN);
    assert_int_equal(strlen(t->cname), IC_CNAME_LEN);
    assert_int_equal(t->fingerprint[0], 9);
    assert_int_equal(t->candidate_count, 2);
    assert_int_equal(t->slot_count, IC_SLOTS_MAX);
    uint32_t ssrcs[2 * IC_SLOTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < t->slot_count; i++) {
        char mid[8];
        snprintf(mid, sizeof mid, "%zu", i + 2);
        assert_string_equal(t->slots[i].mid, mid);
        assert_int_equal(t->slots[i].kind, i < 9 ? IC_KIND_AUDIO : IC_KIND_VIDEO);
        assert_int_not_equal(t->slots[i].ssrc, 0);
        assert_int_equal(t->slots[i].rtx_ssrc != 0, i >= 9);
        ssrcs[count++] = t->slots[i].ssrc;
        if (t->slots[i].rtx_ssrc != 0)
            ssrcs[count++] = t->slots[i].rtx_ssrc;
    }
    assert_int_equal(count, 27);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(ssrcs[i], ssrcs[k]);
    require_silence(w);
    ic_worker_destroy(w);
}

static void names_are_never_the_same_twice(void **state)
{
    (void)state;
    struct ic_worker *w = make(4, 2);
    struct ic_evt a, b;
    add(w, 1, 1);
    a = next(w);
    remove_peer(w, 1);
    add(w, 2, 1);
    b = next(w);
    assert_string_not_equal(a.transport.ufrag, b.transport.ufrag);
    assert_string_not_equal(a.transport.pwd, b.transport.pwd);
    assert_string_not_equal(a.transport.cname, b.transport.cname);
    assert_int_not_equal(a.transport.slots[0].ssrc, b.transport.slots[0].ssrc);
    ic_worker_destroy(w);
}

static void the_unfit_and_the_surplus_are_refused(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD, .peer = 1, .room = 1};
    ic_worker_cmd(w, NOW, &cmd); /* no sections at all */
    struct ic_evt evt = next(w);
    assert_int_equal(evt.kind, IC_EVT_PEER_REFUSED);
    assert_int_equal(evt.reason, IC_PEER_REASON_UNFIT);
    add(w, 2, 1);
    assert_int_equal(next(w).kind, IC_EVT_PEER_READY);
    add(w, 2, 1); /* the key is taken */
    assert_int_equal(next(w).reason, IC_PEER_REASON_UNFIT);
    add(w, 3, 2); /* a second room */
    evt = next(w);
    assert_int_equal(evt.kind, IC_EVT_PEER_REFUSED);
    assert_int_equal(evt.peer, 3);
    assert_int_equal(evt.reason, IC_PEER_REASON_FULL);
    add(w, 4, 1);
    assert_int_equal(next(w).kind, IC_EVT_PEER_READY);
    add(w, 5, 1); /* a third peer */
    assert_int_equal(next(w).reason, IC_PEER_REASON_FULL);
    struct ic_worker_stats stats;
    ic_worker_stats(w, &stats);
    assert_int_equal(stats.peers, 2);
    assert_int_equal(stats.rooms, 1);
    ic_worker_destroy(w);
}

static void a_room_has_two_hundred_seats(void **state)
{
    (void)state;
    struct ic_worker *w = make(IC_ROOM_MEMBERS_MAX + 2, 2);
    for (uint64_t i = 1; i <= IC_ROOM_MEMBERS_MAX; i++) {
        add(w, i, 1);
        assert_int_equal(next(w).kind, IC_EVT_PEER_READY);
    }
    add(w, 1000, 1);
    assert_int_equal(next(w).reason, IC_PEER_REASON_FULL);
    add(w, 1000, 2); /* another room has */
    assert_int_equal(next(w).kind, IC_EVT_PEER_READY);
    ic_worker_destroy(w);
}

static void commands_about_nobody_are_ignored(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    remove_peer(w, 99);
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_MEDIA, .peer = 99, .microphone = true};
    ic_worker_cmd(w, NOW, &cmd);
    require_silence(w);
    ic_worker_destroy(w);
}

static void shutdown_empties_the_house_without_a_word(void **state)
{
    (void)state;
    struct ic_worker *w = make(4, 2);
    for (uint64_t i = 1; i <= 4; i++) {
        add(w, i, i % 2);
        next(w);
    }
    struct ic_cmd cmd = {.kind = IC_CMD_SHUTDOWN};
    ic_worker_cmd(w, NOW, &cmd);
    require_silence(w);
    assert_int_equal(w->peers.used + w->tracks.used + w->rooms.pool.used, 0);
    assert_int_equal(w->by_key.count + w->by_ufrag.count + w->by_address.count, 0);
    ic_worker_destroy(w);
}

/* Nobody asks for events for ever: refusals instead of overflow, and nothing of the living is lost.
 */
static void events_that_nobody_takes_are_bounded(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    for (uint64_t i = 1; i < 5000; i++) {
        add(w, i, 1);
        remove_peer(w, i);
    }
    struct ic_evt evt;
    uint32_t refused = 0, others = 0;
    while (ic_worker_poll(w, &evt)) {
        refused += evt.kind == IC_EVT_PEER_REFUSED;
        others += evt.kind != IC_EVT_PEER_REFUSED;
    }
    assert_true(refused > 0); /* the rest of the ring was names of the gone */
    assert_int_equal(others, 0);
    add(w, 9999, 1);
    assert_int_equal(next(w).kind, IC_EVT_PEER_READY);
    ic_worker_destroy(w);
}

static void statistics_come_every_few_seconds_and_do_not_pile_up(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    struct ic_time t = NOW;
    for (int i = 0; i < 10; i++) {
        t = ic_worker_deadline(w);
        assert_int_equal(t.us, NOW.us + (i + 1) * IC_MS(IC_STATS_INTERVAL_MS).us);
        ic_worker_tick(w, t);
    }
    assert_int_equal(next(w).kind, IC_EVT_STATS);
    require_silence(w);
    ic_worker_tick(w, ic_worker_deadline(w));
    assert_int_equal(next(w).kind, IC_EVT_STATS);
    ic_worker_destroy(w);
}

static void who_never_connects_is_given_up(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    add(w, 5, 1);
    assert_int_equal(next(w).kind, IC_EVT_PEER_READY);
    struct ic_evt evt = {.kind = IC_EVT_STATS};
    struct ic_time end = ic_time_add(NOW, IC_MS(IC_ICE_CONNECT_TIMEOUT_MS + 1000));
    while (evt.kind == IC_EVT_STATS) {
        assert_true(ic_time_before(ic_worker_deadline(w), end));
        ic_worker_tick(w, ic_worker_deadline(w));
        while (ic_worker_poll(w, &evt) && evt.kind == IC_EVT_STATS)
            continue;
    }
    assert_int_equal(evt.kind, IC_EVT_PEER_CLOSED);
    assert_int_equal(evt.peer, 5);
    assert_int_equal(evt.reason, IC_PEER_REASON_ICE_TIMEOUT);
    assert_int_equal(w->peers.used, 0);
    ic_worker_destroy(w);
}

static void nonsense_is_counted_and_met_with_silence(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    struct ic_path path = {.remote = ic_addr_v4(203, 0, 113, 1, 999)};
    struct ic_worker_stats stats;
    add(w, 5, 1);
    next(w);
    static const struct {
        uint8_t first, second;
        size_t len;
    } datagrams[] = {
        {0, 0, 0},       {0, 1, 20},     {0, 1, 1500}, {22, 254, 100},   {0x80, 96, 12},
        {0x80, 200, 28}, {0xff, 0, 100}, {64, 0, 100}, {0x80, 96, 1501}, {0x80, 96, IC_PACKET_CAP},
    };
    size_t count = sizeof datagrams / sizeof datagrams[0];
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[IC_PACKET_CAP] = {0};
        bytes[0] = datagrams[i].first;
        bytes[1] = datagrams[i].second;
        ic_worker_input(w, NOW, &path, bytes, datagrams[i].len);
    }
    ic_worker_refuse(w);
    ic_worker_stats(w, &stats);
    assert_int_equal(stats.packets_in, count + 1);
    assert_int_equal(stats.dropped_unknown, 3); /* DTLS, RTP, RTCP of nobody */
    assert_int_equal(stats.dropped_malformed, count - 3 + 1);
    require_silence(w);
    assert_int_equal(w->by_address.count, 0);
    assert_int_equal(w->packets.free_count + 1, w->packets.count);
    ic_worker_destroy(w);
}

/* The check by which the client of this peer nominates the path. */
static void check_from(struct ic_worker *w, const struct ic_server_transport *server,
                       const struct ic_addr *from)
{
    struct ic_path path = {.remote = *from, .local = ic_addr_v4(192, 0, 2, 1, 10000)};
    static const uint8_t transaction[IC_STUN_TRANSACTION_LEN] = {1};
    uint8_t bytes[IC_PACKET_CAP];
    struct ic_wr m = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&m, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, transaction);
    ic_stun_write_username(&m, server->ufrag, "abcd");
    ic_stun_write_priority(&m, 1);
    ic_stun_write_role(&m, true, 1);
    ic_stun_write_use_candidate(&m);
    size_t offset = ic_stun_write_integrity(&m);
    uint8_t code[IC_HMAC_SHA1_LEN];
    struct ic_part part = {.bytes = m.base, .len = offset};
    assert_int_equal(
        ic_hmac_sha1((const uint8_t *)server->pwd, strlen(server->pwd), &part, 1, code), IC_OK);
    ic_stun_set_integrity(&m, offset, code);
    ic_stun_write_fingerprint(&m);
    ic_worker_input(w, NOW, &path, bytes, m.len);
}

static uint64_t owner_of(const struct ic_worker *w, const struct ic_addr *addr)
{
    uint8_t key[IC_ADDRESS_KEY_LEN];
    uint32_t index = 0;
    ic_worker_address_key(addr, key);
    return ic_map_find(&w->by_address, key, &index) ? ic_worker_peer(w, index)->key : 0;
}

/* Somebody in the same building can send from another's address. An honest check of his own peer
 * from there must not draw the other's media to him, where it would be thrown away. */
static void nobody_takes_the_address_that_another_sends_from(void **state)
{
    (void)state;
    struct ic_worker *w = make(2, 1);
    struct ic_addr x = ic_addr_v4(203, 0, 113, 1, 999), y = ic_addr_v4(203, 0, 113, 1, 1000);
    add(w, 5, 1);
    struct ic_server_transport honest = next(w).transport;
    add(w, 6, 1);
    struct ic_server_transport thief = next(w).transport;
    check_from(w, &honest, &x);
    assert_int_equal(owner_of(w, &x), 5);
    check_from(w, &thief, &x);
    assert_int_equal(owner_of(w, &x), 5);
    /* The honest one has moved on: a NAT may give the port to somebody else. */
    check_from(w, &honest, &y);
    check_from(w, &thief, &x);
    assert_int_equal(owner_of(w, &x), 6);
    assert_int_equal(owner_of(w, &y), 5);
    remove_peer(w, 5);
    assert_int_equal(owner_of(w, &x), 6);
    check_from(w, &thief, &y);
    assert_int_equal(owner_of(w, &y), 6);
    ic_worker_destroy(w);
}

static void give(struct ic_worker *w, const struct ic_addr *from, const uint8_t *bytes, size_t len)
{
    struct ic_path path = {.remote = *from, .local = ic_addr_v4(192, 0, 2, 1, 10000)};
    uint8_t copy[IC_PACKET_CAP];
    memcpy(copy, bytes, len);
    ic_worker_input(w, NOW, &path, copy, len);
}

/* Who knocks has no transport at the worker: the control plane adds a peer when its leaf is in the
 * group. Until then, and after a removal, whatever it sends is nobody's: no datagram comes back,
 * and none of it reaches the members. */
static void without_a_peer_add_nothing_goes_in_or_out(void **state)
{
    (void)state;
    struct ic_worker *w = make(3, 1);
    struct ic_addr member = ic_addr_v4(198, 51, 100, 1, 5000);
    struct ic_addr waiting = ic_addr_v4(198, 51, 100, 2, 5000);
    static const uint8_t hello[100] = {22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 87, 1};
    static const uint8_t rtp[200] = {0x80, 96, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5};
    static const uint8_t rtcp[60] = {0x80, 201, 0, 1, 0, 0, 0, 5};
    struct ic_dgram dgrams[4];
    struct ic_worker_stats stats;
    add(w, 5, 1);
    struct ic_server_transport members = next(w).transport;
    check_from(w, &members, &member);
    while (ic_worker_flush(w, dgrams, 4) > 0)
        continue; /* the answer to the member */
    /* Removed before it came: it knows names that were good once. */
    add(w, 6, 1);
    struct ic_server_transport former = next(w).transport;
    remove_peer(w, 6);
    struct ic_server_transport guessed = members;
    guessed.pwd[0] ^= 1;
    struct ic_cmd media = {
        .kind = IC_CMD_PEER_MEDIA, .peer = 6, .microphone = true, .camera = true};
    ic_worker_cmd(w, NOW, &media);
    for (int round = 0; round < 50; round++) {
        check_from(w, &former, &waiting);
        check_from(w, &guessed, &waiting);
        give(w, &waiting, hello, sizeof hello);
        give(w, &waiting, rtp, sizeof rtp);
        give(w, &waiting, rtcp, sizeof rtcp);
        struct ic_cmd demand = {.kind = IC_CMD_ROOM_KEY_FRAMES, .room = 1};
        ic_worker_cmd(w, NOW, &demand);
    }
    require_silence(w);
    ic_worker_stats(w, &stats);
    assert_int_equal(stats.packets_forwarded, 0);
    assert_int_equal(stats.peers, 1);
    assert_int_equal(owner_of(w, &waiting), 0);
    assert_int_equal(stats.dropped_unknown, 50 * 4);
    assert_int_equal(stats.dropped_auth, 50);
    ic_worker_destroy(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_says_all_that_the_client_needs),
        cmocka_unit_test(names_are_never_the_same_twice),
        cmocka_unit_test(the_unfit_and_the_surplus_are_refused),
        cmocka_unit_test(a_room_has_two_hundred_seats),
        cmocka_unit_test(commands_about_nobody_are_ignored),
        cmocka_unit_test(shutdown_empties_the_house_without_a_word),
        cmocka_unit_test(events_that_nobody_takes_are_bounded),
        cmocka_unit_test(statistics_come_every_few_seconds_and_do_not_pile_up),
        cmocka_unit_test(who_never_connects_is_given_up),
        cmocka_unit_test(nonsense_is_counted_and_met_with_silence),
        cmocka_unit_test(nobody_takes_the_address_that_another_sends_from),
        cmocka_unit_test(without_a_peer_add_nothing_goes_in_or_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
