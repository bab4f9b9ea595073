/* People whose media another node carries, and the relays between workers of both: two bridges over
 * two channels, with workers of the test that do what they are told and remember it. Names, numbers
 * and slots arrive where they belong; what is lost begins anew; what ends is said; and stories of
 * any order, after which both nodes agree. */
#include "unit/cluster_bridges.h"

/* ---- tests ---- */

static void a_person_is_at_the_other_node(void **state)
{
    (void)state;
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_ERR_GONE); /* nothing is at both */
    open_meeting(0, meeting, 1);
    assert_int_equal(ends[0].reason, IC_PLACE_GOOD);
    assert_int_equal(ends[0].places, 3);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    const struct ic_evt *ready = last_evt(0);
    assert_int_equal(ready->kind, IC_EVT_PEER_READY);
    assert_int_equal(ready->peer, 501);
    assert_string_equal(ready->node, "b.example.org");
    assert_int_equal(ready->transport.fingerprint[0], 0xf1);
    struct held *guest = person_at(1, 1);
    assert_non_null(guest);
    assert_true(guest->key != 501 && guest->room != HOME_ROOM);
    tell_kind(1, guest->key, IC_EVT_PEER_CONNECTED);
    settle();
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CONNECTED);
    assert_int_equal(cmd(0, IC_CMD_PEER_COUNT, 501), IC_ERR_GONE); /* its node counts */
    struct ic_evt slot = {.kind = IC_EVT_SLOT, .peer = guest->key, .mid = "3", .source_peer = 44};
    tell(1, &slot);
    settle();
    assert_int_equal(last_evt(0)->source_peer, 44);
    slot.source_peer = guest->key; /* whom the meeting's node calls 501 */
    tell(1, &slot);
    settle();
    assert_int_equal(last_evt(0)->source_peer, 501);
    assert_int_equal(cmd(0, IC_CMD_ROOM_KEY_FRAMES, 0), IC_OK);
    assert_int_equal(ends[1].key_frames, 1);
    assert_int_equal(ic_relay_bridge_people(ends[0].bridge, meeting), 1);
    assert_int_equal(ic_relay_bridge_guests(ends[1].bridge), 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_OK);
    assert_int_equal(held_at(1), 0);
    assert_int_equal(ic_relay_bridge_guests(ends[1].bridge), 0);
    check_whole();
}

static void people_have_places_and_no_more(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501 + i), IC_OK);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 504), IC_ERR_FULL);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 502), IC_OK);
    ic_relay_bridge_set_room(ends[1].bridge, 0); /* its own people have come meanwhile */
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 505), IC_OK);
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_REFUSED);
    assert_int_equal(last_evt(0)->reason, IC_PEER_REASON_FULL);
    assert_int_equal(ic_relay_bridge_people(ends[0].bridge, meeting), 2);
    check_whole();
}

static void a_transport_that_ends_there_ends_here(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    struct held *guest = person_at(1, 1);
    uint64_t key = guest->key;
    *guest = (struct held){0};
    tell_kind(1, key, IC_EVT_PEER_CLOSED);
    settle();
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
    assert_int_equal(last_evt(0)->reason, IC_PEER_REASON_CONSENT_LOST);
    assert_int_equal(cmd(0, IC_CMD_PEER_MEDIA, 501), IC_ERR_GONE);
    check_whole();
}

/* Two nodes that carry a meeting of a third one: one relay, between the workers where its people
 * are, whom both know by the numbers of the meeting's node. */
static void what_both_carry_is_joined(void **state)
{
    (void)state;
    join_meeting(0);
    assert_int_equal(ends[0].joined, 1);
    assert_int_equal(ends[0].reason, IC_PLACE_GOOD);
    struct held *own = member_at(0, JOIN_AT, 0), *other = member_at(1, JOIN_AT, 0);
    assert_true(own != NULL && other != NULL);
    assert_null(member_at(0, 0, 0));
    assert_true(own->room == JOIN_ROOM && other->room == JOIN_ROOM);
    assert_int_equal(own->number, 1);
    for (uint32_t i = 0; i < 2; i++) {
        struct ic_evt slot = {.kind = IC_EVT_SLOT,
                              .peer = i == 0 ? own->key : other->key,
                              .slot = 3,
                              .epoch = 1,
                              .source_peer = 500 + i};
        tell(i, &slot);
        settle();
        assert_int_equal((i == 0 ? other : own)->source, 500 + i);
        assert_int_equal(cmd(i, IC_CMD_PEER_ADD, 501), IC_ERR_GONE); /* nobody has places */
        assert_int_equal(cmd(i, IC_CMD_ROOM_KEY_FRAMES, 0), IC_ERR_GONE);
        struct ic_relay_guest_room room;
        assert_false(ic_relay_bridge_guest_room(ends[i].bridge, meeting, &room));
    }
    set_workers(0, 3); /* of no meeting of ours */
    assert_null(member_at(0, 0, 0));
    /* The relay is lost at one end: it begins anew. */
    uint64_t lost = own->key;
    own->key = 0;
    tell_kind(0, lost, IC_EVT_PEER_CLOSED);
    settle();
    pass(IC_RELAY_REDIAL_MS);
    assert_non_null(member_at(0, JOIN_AT, 0));
    assert_non_null(member_at(1, JOIN_AT, 0));
    ic_relay_bridge_close(ends[1].bridge, now, meeting);
    settle();
    assert_true(ends[0].closed == 1 && ends[1].closed == 1);
    assert_int_equal(held_at(0) + held_at(1), 0);
    ends[1].says_no = IC_PLACE_POLICY_MISMATCH;
    join_meeting(0);
    assert_int_equal(ends[0].reason, IC_PLACE_POLICY_MISMATCH);
    assert_int_equal(held_at(0) + held_at(1), 0);
    ends[1].says_no = IC_PLACE_GOOD;
    join_meeting(0);
    assert_non_null(member_at(1, JOIN_AT, 0));
    check_whole();
}

static void carriers_are_named_and_guests_have_numbers(void **state)
{
    (void)state;
    struct ic_relay_carrier carrier = {.node = {9}, .generation = 4, .carries = true};
    uint64_t number;
    struct ic_relay_guest_room room;
    assert_int_equal(ic_relay_bridge_carrier(ends[0].bridge, meeting, &carrier), IC_ERR_STATE);
    open_meeting(0, meeting, 1);
    assert_int_equal(ic_relay_bridge_carrier(ends[1].bridge, meeting, &carrier), IC_ERR_STATE);
    assert_int_equal(ic_relay_bridge_carrier(ends[0].bridge, meeting, &carrier), IC_OK);
    settle();
    assert_memory_equal(ends[1].carrier.node, carrier.node, sizeof carrier.node);
    assert_true(ends[1].carrier.generation == 4 && ends[1].carrier.carries);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    const struct held *guest = person_at(1, 1);
    assert_true(ic_relay_bridge_guest_room(ends[1].bridge, meeting, &room));
    assert_true(room.room == guest->room && room.worker == 1);
    assert_false(ic_relay_bridge_guest_room(ends[0].bridge, meeting, &room)); /* its own */
    assert_true(ic_relay_bridge_number(ends[1].bridge, guest->key, &number));
    assert_int_equal(number, 501);
    assert_false(ic_relay_bridge_number(ends[1].bridge, guest->key + 1, &number));
    assert_false(ic_relay_bridge_number(ends[0].bridge, 501, &number));
    check_whole();
}

/* Whoever had no room is not asked at once for the next one: another node may have. */
static void a_node_that_was_full_is_asked_again_after_a_while(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    ic_relay_bridge_set_room(ends[1].bridge, 0);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_REFUSED);
    ic_relay_bridge_set_room(ends[1].bridge, 10);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 502), IC_ERR_FULL);
    pass(IC_RELAY_FULL_MS);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 502), IC_OK);
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_READY);
    check_whole();
}

static void each_worker_of_the_meeting_has_a_relay(void **state)
{
    (void)state;
    set_workers(0, 1); /* before there is such a meeting */
    open_meeting(0, meeting, 1);
    assert_int_equal(held_at(0), 0);
    set_workers(0, 1);
    struct held *own = member_at(0, 0, 0), *other = member_at(1, 1, 0);
    assert_true(own != NULL && other != NULL);
    assert_int_equal(own->number, 1);
    assert_int_equal(other->number, 1);
    assert_int_equal(own->room, HOME_ROOM);
    set_workers(0, 3);
    assert_non_null(member_at(0, 1, 0));
    assert_non_null(member_at(1, 1, 1));
    set_workers(0, 2);
    assert_null(member_at(0, 0, 0));
    check_whole();
}

static void what_is_in_slots_crosses(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    set_workers(0, 1);
    struct held *own = member_at(0, 0, 0), *other = member_at(1, 1, 0);
    struct ic_evt slot = {
        .kind = IC_EVT_SLOT, .peer = own->key, .slot = 3, .epoch = 1, .source_peer = 44};
    tell(0, &slot);
    settle();
    assert_int_equal(other->source, 44);
    slot.peer = other->key;
    slot.source_peer = person_at(1, 1)->key;
    tell(1, &slot);
    settle();
    assert_int_equal(own->source, 501);
    struct ic_evt wanted = {
        .kind = IC_EVT_RELAY_WANTED, .peer = other->key, .slot = 3, .epoch = 1, .is_wanted = true};
    tell(1, &wanted);
    settle();
    assert_true(own->is_wanted);
    check_whole();
}

/* Its own end is not up yet when the other node puts a meeting on the relay: the worker hears of it
 * once it is, with all that was said of slots. */
static void what_comes_early_waits(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    struct ic_relay_message m = {.kind = IC_RELAY_NAMES, .own_worker = 0, .other_worker = 1};
    memcpy(m.meeting, meeting, sizeof meeting);
    strcpy(m.ufrag, "abcdefghijkl");
    strcpy(m.pwd, "abcdefghijklmnopqrstuvwx");
    m.address = address_of(0, 0);
    assert_int_equal(ic_relay_channel_say(ends[0].channel, &m), IC_OK);
    settle(); /* both have said their names; nobody connects at our side */
    m.kind = IC_RELAY_MEETING;
    m.number = 5;
    assert_int_equal(ic_relay_channel_say(ends[0].channel, &m), IC_OK);
    m.kind = IC_RELAY_SOURCE;
    m.slot = 3;
    m.person = 44;
    assert_int_equal(ic_relay_channel_say(ends[0].channel, &m), IC_OK);
    settle();
    assert_null(member_at(1, 1, 0));
    struct held *relay = &ends[1].workers[1].held[0];
    assert_true(relay->is_relay);
    relay->is_connected = true;
    tell_kind(1, relay->key, IC_EVT_PEER_CONNECTED);
    settle();
    assert_non_null(member_at(1, 1, 0));
    assert_int_equal(member_at(1, 1, 0)->source, 44);
    check_whole();
}

/* An end that is lost is begun anew, by whichever node saw it. */
static void a_relay_that_is_lost_is_begun_anew(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    set_workers(0, 1);
    for (uint32_t round = 0; round < 4; round++) {
        uint32_t end = round % 2;
        struct held *member = member_at(end, end, 0);
        uint64_t key = member->relay;
        remove_held(end, end, find(end, end, key));
        tell_kind(end, key, IC_EVT_PEER_CLOSED);
        settle();
        assert_null(member_at(end, end, 0));
        pass(IC_RELAY_REDIAL_MS);
        struct held *own = member_at(0, 0, 0), *other = member_at(1, 1, 0);
        assert_true(own != NULL && other != NULL);
        assert_int_equal(own->number, other->number);
        assert_int_equal(own->number, 1 + 2 * (round + 1)); /* never a number twice */
        assert_int_equal(held_at(0), 2);
        assert_int_equal(held_at(1), 2);
    }
    check_whole();
}

static void a_worker_without_room_is_asked_again(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    ends[1].refuses_relays = true;
    set_workers(0, 1);
    pass(IC_RELAY_REDIAL_MS);
    assert_null(member_at(0, 0, 0));
    ends[1].refuses_relays = false;
    pass(IC_RELAY_REDIAL_MS);
    assert_non_null(member_at(0, 0, 0));
    assert_non_null(member_at(1, 1, 0));
    check_whole();
}

static void meetings_of_both_nodes_share_a_relay(void **state)
{
    (void)state;
    static const uint8_t other[IC_MEETING_ID_LEN] = "another one";
    open_meeting(0, meeting, 1);
    open_meeting(1, other, 1);
    set_workers(0, 2);
    ic_relay_bridge_set_workers(ends[1].bridge, now, other, 2);
    settle();
    struct held *first = member_at(0, 1, 0), *second = member_at(0, 1, 1);
    assert_true(first != NULL && second != NULL);
    assert_int_equal(first->relay, second->relay);
    assert_int_equal(first->number + second->number, 3); /* 1 of the lower id, 2 of the other */
    check_whole();
}

static void what_closes_leaves_nothing(void **state)
{
    (void)state;
    for (uint32_t by = 0; by < 2; by++) {
        open_meeting(0, meeting, 1 + by);
        assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501 + by), IC_OK);
        set_workers(0, 3);
        assert_true(held_at(0) == 4 && held_at(1) == 5);
        ic_relay_bridge_close(ends[by].bridge, now, meeting);
        settle();
        assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
        assert_int_equal(last_evt(0)->peer, 501 + by);
        assert_int_equal(held_at(0), 0);
        assert_int_equal(held_at(1), 0);
        assert_int_equal(ends[0].closed, by + 1);
        assert_int_equal(ends[1].closed, by + 1);
    }
    check_whole();
}

static void what_dies_leaves_nothing(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    set_workers(0, 3);
    for (uint32_t i = 0; i < 2; i++) {
        ic_relay_channel_end(ends[i].channel);
        hear(i);
        take(i);
        assert_int_equal(held_at(i), 0);
        assert_int_equal(ends[i].closed, 1);
    }
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_ERR_GONE);
}

/* An address that the certificate does not have is nobody's to send people, or media, to. */
static void addresses_are_those_of_the_certificate(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    struct ic_relay_message m = {.kind = IC_RELAY_NAMES, .own_worker = 1, .other_worker = 0};
    strcpy(m.ufrag, "abcdefghijkl");
    strcpy(m.pwd, "abcdefghijklmnopqrstuvwx");
    m.address = ic_addr_v4(198, 51, 100, 1, 10000);
    assert_int_equal(ic_relay_channel_say(ends[1].channel, &m), IC_OK);
    settle();
    assert_true(ic_relay_bridge_is_broken(ends[0].bridge));
    assert_int_equal(held_at(0), 0);
}

static void a_candidate_of_somebody_else(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    struct ic_evt evt = {.kind = IC_EVT_PEER_READY, .peer = person_at(1, 1)->key};
    strcpy(evt.transport.ufrag, "abcdefghijkl");
    strcpy(evt.transport.pwd, "abcdefghijklmnopqrstuvwx");
    strcpy(evt.transport.cname, "0123456789abcdef");
    evt.transport.candidates[0] = address_of(1, 0);
    evt.transport.candidates[1] = ic_addr_v4(198, 51, 100, 1, 10000);
    evt.transport.candidate_count = 2;
    tell(1, &evt);
    settle();
    assert_true(ic_relay_bridge_is_broken(ends[0].bridge));
}

/* ---- stories ---- */

static void lose_some_relay(struct ic_prng *prng, uint32_t end)
{
    uint32_t w = ic_prng_below(prng, WORKERS);
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[w].held[i];
        uint64_t key = h->key;
        if (key == 0 || !h->is_relay)
            continue;
        remove_held(end, w, h);
        tell_kind(end, key, IC_EVT_PEER_CLOSED);
        return;
    }
}

static void step(struct ic_prng *prng, uint64_t *peer, bool *is_open)
{
    uint64_t someone = 501 + ic_prng_below(prng, (uint32_t)(*peer - 500));
    switch (ic_prng_below(prng, 8)) {
    case 0:
        (void)!cmd(0, IC_CMD_PEER_ADD, ++*peer);
        break;
    case 1:
        (void)!cmd(0, IC_CMD_PEER_REMOVE, someone);
        break;
    case 2:
        (void)!cmd(0, IC_CMD_PEER_MEDIA, someone);
        break;
    case 3:
        set_workers(0, ic_prng_below(prng, 4));
        break;
    case 4:
        lose_some_relay(prng, 0);
        break;
    case 5:
        lose_some_relay(prng, 1);
        break;
    case 6:
        pass(ic_prng_below(prng, 1500));
        break;
    default:
        if (*is_open && ic_prng_below(prng, 4) > 0)
            break;
        settle();
        if (*is_open)
            ic_relay_bridge_close(ends[ic_prng_below(prng, 2)].bridge, now, meeting);
        else
            open_meeting(0, meeting, *peer);
        *is_open = !*is_open;
    }
    if (ic_prng_below(prng, 2) == 0)
        settle();
}

static void stories_end_in_agreement(void **state)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct ic_prng prng;
        uint64_t peer = 501;
        bool is_open = false;
        ic_prng_init(&prng, seed);
        for (uint32_t i = 0; i < 60; i++)
            step(&prng, &peer, &is_open);
        settle();
        pass(1100);
        if (!is_open)
            open_meeting(0, meeting, peer + 1);
        for (uint32_t end = 0; end < 2; end++)
            ic_relay_bridge_set_room(ends[end].bridge, 10);
        set_workers(0, 3);
        for (uint32_t i = 0; i < 4; i++)
            pass(1100);
        check_whole();
        for (uint32_t w = 0; w < WORKERS; w++) {
            struct held *own = member_at(0, w, 0);
            assert_non_null(own);
            assert_null(member_at(0, w, 1));
            bool is_there = false;
            for (uint32_t k = 0; k < WORKERS; k++)
                is_there = is_there || (member_at(1, 1, k) != NULL &&
                                        member_at(1, 1, k)->number == own->number);
            assert_true(is_there);
        }
        assert_null(member_at(1, 1, 2));
        uint32_t people = ic_relay_bridge_people(ends[0].bridge, meeting);
        assert_int_equal(people, ic_relay_bridge_guests(ends[1].bridge));
        assert_int_equal(held_at(1), people + 4);
        tear_down(state);
        set_up(state);
    }
}

/* A second meeting of end 0 at end 1, whose workers have room for one. */
static const uint8_t another[IC_MEETING_ID_LEN] = "another one";

static void a_meeting_without_a_place_waits_alone(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    set_workers(0, 1);
    uint64_t before = member_at(1, 1, 0)->key;
    ends[1].members_max = 1;
    open_meeting(0, another, 1);
    ic_relay_bridge_set_workers(ends[0].bridge, now, another, 1);
    for (uint32_t i = 0; i < 10; i++) {
        settle();
        assert_non_null(member_at(1, 1, 0));
        assert_int_equal(member_at(1, 1, 0)->key, before);
        pass(IC_RELAY_REDIAL_MS);
    }
    struct ic_evt slot = {.kind = IC_EVT_SLOT,
                          .peer = member_at(0, 0, 1)->key,
                          .slot = 3,
                          .epoch = 1,
                          .source_peer = 77,
                          .source = IC_SOURCE_CAMERA};
    tell(0, &slot); /* while it waits */
    settle();
    ends[1].members_max = 0;
    pass(IC_RELAY_REDIAL_MS);
    assert_non_null(member_at(1, 1, 1));
    assert_int_equal(member_at(1, 1, 1)->number, member_at(0, 0, 1)->number);
    assert_int_equal(member_at(1, 1, 1)->source, 77);
    assert_int_equal(member_at(1, 1, 0)->key, before);
    check_whole();
}

static void what_a_third_node_has_takes_nothing_along(void **state)
{
    (void)state;
    open_meeting(0, another, 1);
    ic_relay_bridge_set_workers(ends[0].bridge, now, another, 2);
    settle();
    uint64_t before = member_at(1, 1, 0)->key;
    ends[1].members_max = 1;
    join_meeting(0); /* both carry it, at the same workers */
    for (uint32_t i = 0; i < 10; i++) {
        settle();
        assert_non_null(member_at(1, 1, 0));
        assert_int_equal(member_at(1, 1, 0)->key, before);
        pass(IC_RELAY_REDIAL_MS);
    }
    ends[1].members_max = 0;
    pass(IC_RELAY_REDIAL_MS);
    assert_int_equal(members_at(1, 1), 2);
    check_whole();
}

/* Whatever the other node says: its words, without its bridge. */
static void say_to(uint32_t end, struct ic_relay_message *m)
{
    uint8_t bytes[512];
    m->address = address_of(1 - end, 0);
    memset(m->ufrag, 'a', IC_UFRAG_LEN);
    memset(m->pwd, 'a', IC_PWD_LEN);
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_relay_message_write(&w, m);
    assert_int_equal(ic_relay_channel_input(ends[end].channel, bytes, w.len), w.len);
    hear(end);
}

/* Of a room that has 11 places for relays, others that carry the meeting keep theirs. */
static void one_node_has_its_share_of_a_room(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    for (uint8_t own = 0; own < IC_ROOM_RELAYS_MAX; own++) {
        struct ic_relay_message m = {.kind = IC_RELAY_NAMES, .own_worker = own, .other_worker = 1};
        struct held *h = NULL;
        say_to(1, &m);
        for (uint32_t i = 0; i < PEERS_MAX; i++)
            if (ends[1].workers[1].held[i].is_relay && !ends[1].workers[1].held[i].is_connected)
                h = &ends[1].workers[1].held[i];
        if (h == NULL)
            continue;
        h->is_connected = true;
        tell_kind(1, h->key, IC_EVT_PEER_CONNECTED);
        m.kind = IC_RELAY_MEETING;
        memcpy(m.meeting, meeting, sizeof m.meeting);
        for (m.number = 1; m.number < 4; m.number += 2)
            say_to(1, &m);
    }
    assert_int_equal(members_at(1, 1), IC_SPREAD_RELAYS_MAX + 1);
    assert_false(ends[1].is_dead);
}

static void workers_know_what_is_on_them(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(ic_relay_bridge_load(ends[1].bridge, 0), 0);
    assert_int_equal(ic_relay_bridge_load(ends[1].bridge, 1), 1); /* it is to come */
    set_workers(0, 3);
    assert_int_equal(ic_relay_bridge_load(ends[1].bridge, 1), 2);
    assert_int_equal(ic_relay_bridge_load(ends[0].bridge, 0), 1);
    ic_relay_bridge_close(ends[0].bridge, now, meeting);
    settle();
    assert_int_equal(ic_relay_bridge_load(ends[1].bridge, 1), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_person_is_at_the_other_node),
        TEST(people_have_places_and_no_more),
        TEST(a_transport_that_ends_there_ends_here),
        TEST(what_both_carry_is_joined),
        TEST(carriers_are_named_and_guests_have_numbers),
        TEST(a_node_that_was_full_is_asked_again_after_a_while),
        TEST(each_worker_of_the_meeting_has_a_relay),
        TEST(what_is_in_slots_crosses),
        TEST(what_comes_early_waits),
        TEST(a_relay_that_is_lost_is_begun_anew),
        TEST(a_worker_without_room_is_asked_again),
        TEST(meetings_of_both_nodes_share_a_relay),
        TEST(what_closes_leaves_nothing),
        TEST(what_dies_leaves_nothing),
        TEST(addresses_are_those_of_the_certificate),
        TEST(a_candidate_of_somebody_else),
        TEST(stories_end_in_agreement),
        TEST(a_meeting_without_a_place_waits_alone),
        TEST(what_a_third_node_has_takes_nothing_along),
        TEST(one_node_has_its_share_of_a_room),
        TEST(workers_know_what_is_on_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
