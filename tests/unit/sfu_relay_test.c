/* A relay between two workers, datagrams handed over at once: what each command may and may not do.
 * (Media, losses and wrong certificates are in the scenarios.) */
#include "support/cmocka_all.h"

#include "sfu/worker.h"
#include "sfu/worker_state.h"
#include "unit/sfu_offer.h"

#define RELAY   1000 /* keys of the two ends of the relay: and + 1 */
#define MEETING 2000

static struct ic_dtls_null_credentials credentials[2] = {
    {.fingerprint = {1}, .profile = IC_SRTP_AEAD_AES_128_GCM},
    {.fingerprint = {2}, .profile = IC_SRTP_AEAD_AES_128_GCM}};

struct world {
    struct ic_worker *w[2];
    struct ic_addr at[2];
    struct ic_time now;
    uint64_t handed[2]; /* datagrams to worker i */
};

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

static struct world make(uint32_t relays, uint32_t meetings)
{
    static struct ic_prng prng;
    struct world world = {.now = {5000000}};
    ic_prng_init(&prng, 1);
    for (int i = 0; i < 2; i++) {
        world.at[i] = ic_addr_v4(192, 0, 2, (uint8_t)(1 + i), 10000);
        struct ic_worker_config config = {
            .entropy = {.fill = fill, .context = &prng},
            .seed = 2,
            .dtls = ic_dtls_null(),
            .dtls_credentials = &credentials[i],
            .candidates = {ic_addr_v4(198, 51, 100, 1, 1)},
            .candidate_count = 1,
            .peers_max = 4,
            .rooms_max = 4,
            .packets_max = 512,
            .relays_max = relays,
            .relay_meetings_max = meetings,
            .relay_address = world.at[i],
        };
        memcpy(config.fingerprint, credentials[i].fingerprint, IC_FINGERPRINT_LEN);
        world.w[i] = ic_worker_create(&config, world.now);
        assert_non_null(world.w[i]);
    }
    return world;
}

static void drop(struct world *world)
{
    for (int i = 0; i < 2; i++)
        ic_worker_destroy(world->w[i]);
}

/* Hand over what they have for each other, until there is nothing. */
static void pump(struct world *world)
{
    static uint8_t bytes[IC_PACKET_CAP];
    struct ic_dgram d;
    bool more = true;
    while (more) {
        more = false;
        for (int i = 0; i < 2; i++) {
            while (ic_worker_flush(world->w[i], &d, 1) == 1) {
                if (!ic_addr_eq(&d.path.remote, &world->at[1 - i]))
                    continue;
                more = true;
                size_t len = d.len;
                memcpy(bytes, d.bytes, len);
                struct ic_path path = {.remote = world->at[i], .local = world->at[1 - i]};
                ic_worker_input(world->w[1 - i], world->now, &path, bytes, len);
                world->handed[1 - i]++;
            }
        }
    }
}

static void run(struct world *world, int ms)
{
    for (int i = 0; i < ms; i += 10) {
        world->now = ic_time_add(world->now, IC_MS(10));
        for (int k = 0; k < 2; k++)
            if (ic_time_reached(ic_worker_deadline(world->w[k]), world->now))
                ic_worker_tick(world->w[k], world->now);
        pump(world);
    }
}

static void tell(struct world *world, int worker, struct ic_cmd cmd)
{
    ic_worker_cmd(world->w[worker], world->now, &cmd);
    pump(world);
}

static struct ic_evt next(struct world *world, int worker)
{
    struct ic_evt evt = {0};
    assert_true(ic_worker_poll(world->w[worker], &evt));
    return evt;
}

static void require_silence(struct world *world)
{
    struct ic_evt evt;
    for (int i = 0; i < 2; i++)
        assert_false(ic_worker_poll(world->w[i], &evt));
}

static struct ic_evt expect(struct world *world, int worker, enum ic_evt_kind kind, uint64_t peer)
{
    struct ic_evt evt = next(world, worker);
    assert_int_equal(evt.kind, kind);
    assert_int_equal(evt.peer, peer);
    return evt;
}

/* Both ends ready and told of each other; worker 0 calls. */
static void begin(struct world *world)
{
    struct ic_server_transport names[2];
    for (int i = 0; i < 2; i++) {
        tell(world, i, (struct ic_cmd){.kind = IC_CMD_RELAY_ADD, .peer = RELAY});
        names[i] = expect(world, i, IC_EVT_PEER_READY, RELAY).transport;
        assert_int_equal(names[i].slot_count, 0);
        assert_int_equal(names[i].candidate_count, 1);
        assert_true(ic_addr_eq(&names[i].candidates[0], &world->at[i]));
    }
    for (int i = 1; i >= 0; i--) {
        struct ic_cmd cmd = {.kind = IC_CMD_RELAY_CONNECT,
                             .peer = RELAY,
                             .address = names[1 - i].candidates[0],
                             .local = names[i].candidates[0],
                             .is_caller = i == 0};
        memcpy(cmd.transport.ufrag, names[1 - i].ufrag, sizeof names[0].ufrag);
        memcpy(cmd.transport.pwd, names[1 - i].pwd, sizeof names[0].pwd);
        memcpy(cmd.transport.fingerprint, names[1 - i].fingerprint, IC_FINGERPRINT_LEN);
        tell(world, i, cmd);
    }
}

static struct world make_connected(uint32_t meetings)
{
    struct world world = make(1, meetings);
    begin(&world);
    run(&world, 100);
    for (int i = 0; i < 2; i++)
        expect(&world, i, IC_EVT_PEER_CONNECTED, RELAY);
    require_silence(&world);
    return world;
}

static struct ic_cmd meeting(uint64_t key, uint64_t room, uint32_t number)
{
    return (struct ic_cmd){
        .kind = IC_CMD_RELAY_MEETING, .peer = key, .room = room, .relay = RELAY, .number = number};
}

static void expect_refused(struct world *world, int worker, struct ic_cmd cmd,
                           enum ic_peer_reason reason)
{
    tell(world, worker, cmd);
    assert_int_equal(expect(world, worker, IC_EVT_PEER_REFUSED, cmd.peer).reason, reason);
    require_silence(world);
}

static void a_relay_connects_and_carries_a_meeting(void **state)
{
    (void)state;
    struct world world = make_connected(1);
    struct ic_worker_stats stats;
    for (int i = 0; i < 2; i++) {
        tell(&world, i, meeting(MEETING, 7, 1));
        expect(&world, i, IC_EVT_PEER_CONNECTED, MEETING);
        ic_worker_stats(world.w[i], &stats);
        assert_int_equal(stats.peers, 0); /* no person */
        assert_int_equal(stats.rooms, 1);
    }
    run(&world, 3000); /* reports cross, and are understood */
    for (int i = 0; i < 2; i++) {
        ic_worker_stats(world.w[i], &stats);
        assert_int_equal(stats.dropped_malformed + stats.dropped_unknown + stats.dropped_auth, 0);
        tell(&world, i, (struct ic_cmd){.kind = IC_CMD_PEER_COUNT, .peer = MEETING});
        struct ic_evt evt = expect(&world, i, IC_EVT_PEER_COUNTS, MEETING);
        assert_true(evt.counts.packets_in >= 2 && evt.counts.packets_out >= 2);
        assert_int_equal(evt.counts.dropped, 0);
    }
    drop(&world);
}

static void a_worker_without_relays_refuses_them(void **state)
{
    (void)state;
    struct world world = make(0, 0);
    expect_refused(&world, 0, (struct ic_cmd){.kind = IC_CMD_RELAY_ADD, .peer = RELAY},
                   IC_PEER_REASON_FULL);
    expect_refused(&world, 0, meeting(MEETING, 7, 1), IC_PEER_REASON_UNFIT);
    drop(&world);
}

static void a_second_relay_or_meeting_than_there_is_room_for_is_refused(void **state)
{
    (void)state;
    struct world world = make_connected(1);
    expect_refused(&world, 0, (struct ic_cmd){.kind = IC_CMD_RELAY_ADD, .peer = RELAY + 1},
                   IC_PEER_REASON_FULL);
    expect_refused(&world, 0, (struct ic_cmd){.kind = IC_CMD_RELAY_ADD, .peer = RELAY},
                   IC_PEER_REASON_FULL);
    tell(&world, 0, meeting(MEETING, 7, 1));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING);
    expect_refused(&world, 0, meeting(MEETING + 1, 8, 2), IC_PEER_REASON_FULL);
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_PEER_REMOVE, .peer = MEETING});
    tell(&world, 0, meeting(MEETING + 1, 8, 2));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING + 1);
    drop(&world);
}

/* It would use SSRCs, and with them nonces, a second time. */
static void a_number_that_does_not_rise_is_refused(void **state)
{
    (void)state;
    struct world world = make_connected(4);
    expect_refused(&world, 0, meeting(MEETING, 7, 0), IC_PEER_REASON_UNFIT);
    expect_refused(&world, 0, meeting(MEETING, 7, IC_RELAY_NUMBER_MAX + 1), IC_PEER_REASON_UNFIT);
    tell(&world, 0, meeting(MEETING, 7, 5));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING);
    expect_refused(&world, 0, meeting(MEETING + 1, 8, 5), IC_PEER_REASON_UNFIT);
    expect_refused(&world, 0, meeting(MEETING + 1, 8, 3), IC_PEER_REASON_UNFIT);
    tell(&world, 0, meeting(MEETING + 2, 9, 4)); /* even ones are counted apart */
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING + 2);
    expect_refused(&world, 0, meeting(MEETING + 1, 8, 2), IC_PEER_REASON_UNFIT);
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_PEER_REMOVE, .peer = MEETING});
    expect_refused(&world, 0, meeting(MEETING + 1, 8, 5), IC_PEER_REASON_UNFIT);
    tell(&world, 0, meeting(MEETING + 1, 8, IC_RELAY_NUMBER_MAX));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING + 1);
    drop(&world);
}

/* What was refused is not used up; what was carried is. */
static void a_number_without_a_place_is_kept(void **state)
{
    (void)state;
    struct world world = make_connected(1);
    tell(&world, 0, meeting(MEETING, 7, 1));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING);
    expect_refused(&world, 0, meeting(MEETING + 1, 8, 3), IC_PEER_REASON_FULL);
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_PEER_REMOVE, .peer = MEETING});
    tell(&world, 0, meeting(MEETING + 2, 9, 5));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING + 2);
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_PEER_REMOVE, .peer = MEETING + 2});
    tell(&world, 0, meeting(MEETING + 3, 8, 3));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING + 3);
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_PEER_REMOVE, .peer = MEETING + 3});
    expect_refused(&world, 0, meeting(MEETING + 4, 8, 3), IC_PEER_REASON_UNFIT);
    expect_refused(&world, 0, meeting(MEETING + 4, 8, 5), IC_PEER_REASON_UNFIT);
    drop(&world);
}

static void a_meeting_needs_a_relay_that_is_connected(void **state)
{
    (void)state;
    struct world world = make(1, 1);
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_RELAY_ADD, .peer = RELAY});
    expect(&world, 0, IC_EVT_PEER_READY, RELAY);
    expect_refused(&world, 0, meeting(MEETING, 7, 1), IC_PEER_REASON_UNFIT);
    /* ... and a person is no relay. */
    struct ic_cmd person = {
        .kind = IC_CMD_PEER_ADD, .peer = 5, .room = 7, .transport = test_offer()};
    tell(&world, 0, person);
    expect(&world, 0, IC_EVT_PEER_READY, 5);
    struct ic_cmd cmd = meeting(MEETING, 7, 1);
    cmd.relay = 5;
    expect_refused(&world, 0, cmd, IC_PEER_REASON_UNFIT);
    drop(&world);
}

static void a_relay_that_goes_takes_its_meetings_along(void **state)
{
    (void)state;
    struct world world = make_connected(2);
    for (uint32_t i = 0; i < 2; i++) {
        tell(&world, 0, meeting(MEETING + i, 7 + i, 1 + i));
        expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING + i);
    }
    tell(&world, 0, (struct ic_cmd){.kind = IC_CMD_PEER_REMOVE, .peer = RELAY});
    expect(&world, 0, IC_EVT_PEER_CLOSED, MEETING);
    expect(&world, 0, IC_EVT_PEER_CLOSED, MEETING + 1);
    struct ic_evt evt = expect(&world, 1, IC_EVT_PEER_CLOSED, RELAY); /* goodbye was said */
    assert_int_equal(evt.reason, IC_PEER_REASON_CLOSED_BY_PEER);
    require_silence(&world);
    struct ic_worker *w = world.w[0];
    assert_int_equal(w->peers.used + w->relay_members.used + w->tracks.used + w->stores.used, 0);
    assert_int_equal(w->by_number.count + w->by_key.count + w->by_ufrag.count, 0);
    assert_int_equal(w->relay_count + w->rooms.pool.used, 0);
    drop(&world);
}

static void what_names_nothing_changes_nothing(void **state)
{
    (void)state;
    struct world world = make_connected(1);
    tell(&world, 0, meeting(MEETING, 7, 1));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING);
    uint64_t handed = world.handed[1];
    static const enum ic_cmd_kind kinds[] = {IC_CMD_RELAY_SOURCE, IC_CMD_RELAY_WANTED,
                                             IC_CMD_RELAY_CONNECT};
    for (size_t k = 0; k < 3; k++)
        for (uint64_t key = RELAY; key <= MEETING; key += 500) {
            bool is_source = kinds[k] == IC_CMD_RELAY_SOURCE && key == MEETING;
            tell(&world, 0,
                 (struct ic_cmd){.kind = kinds[k],
                                 .peer = key,
                                 .slot = is_source ? IC_SLOTS_MAX : 0,
                                 .source_peer = 9,
                                 .epoch = 99,
                                 .is_wanted = true});
        }
    require_silence(&world);
    assert_int_equal(world.handed[1], handed);
    /* A second connect does not begin anew. */
    run(&world, 2000);
    require_silence(&world);
    drop(&world);
}

/* Who is in a slot of the other end is in a local slot, and the other end hears whether he is. */
static void what_is_wanted_is_told(void **state)
{
    (void)state;
    struct world world = make_connected(1);
    tell(&world, 0, meeting(MEETING, 7, 1));
    expect(&world, 0, IC_EVT_PEER_CONNECTED, MEETING);
    struct ic_cmd source = {.kind = IC_CMD_RELAY_SOURCE,
                            .peer = MEETING,
                            .slot = 3,
                            .epoch = 4,
                            .source_peer = 55,
                            .source = IC_SOURCE_MICROPHONE};
    tell(&world, 0, source);
    require_silence(&world); /* nobody is here */
    struct ic_cmd person = {
        .kind = IC_CMD_PEER_ADD, .peer = 5, .room = 7, .transport = test_offer()};
    tell(&world, 0, person);
    expect(&world, 0, IC_EVT_PEER_READY, 5);
    struct ic_evt evt = expect(&world, 0, IC_EVT_SLOT, 5);
    assert_int_equal(evt.source_peer, 55);
    assert_int_equal(evt.source, IC_SOURCE_MICROPHONE);
    require_silence(&world); /* he is not connected: nothing is wanted yet */
    source.source_peer = 0;
    tell(&world, 0, source);
    evt = expect(&world, 0, IC_EVT_SLOT, 5);
    assert_int_equal(evt.source_peer, 0);
    require_silence(&world);
    drop(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_connects_and_carries_a_meeting),
        cmocka_unit_test(a_worker_without_relays_refuses_them),
        cmocka_unit_test(a_second_relay_or_meeting_than_there_is_room_for_is_refused),
        cmocka_unit_test(a_number_that_does_not_rise_is_refused),
        cmocka_unit_test(a_number_without_a_place_is_kept),
        cmocka_unit_test(a_meeting_needs_a_relay_that_is_connected),
        cmocka_unit_test(a_relay_that_goes_takes_its_meetings_along),
        cmocka_unit_test(what_names_nothing_changes_nothing),
        cmocka_unit_test(what_is_wanted_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
