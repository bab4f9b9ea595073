/* What a subscriber of a load test finds out: a source and a stream without a server between them,
 * and each fault that a server can make. */
#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "shell/load_source.h"
#include "shell/load_stream.h"

#define KID    0x30
#define FRAMES 6
#define RTP_AT 1 /* byte of the marker bit */

#define MEMBER 1
#define OTHER  2

static const uint8_t KEY[16] = "0123456789abcdef", OTHER_KEY[16] = "fedcba9876543210";

struct packet {
    uint8_t bytes[IC_DATAGRAM_MAX];
    size_t len;
    uint64_t ext_seq;
};

struct world {
    const struct ic_load_shape *shape;
    struct ic_load_common common;
    struct ic_load_keys keys;
    struct ic_load_source source;
    struct ic_load_stream stream;
    struct ic_srtp out, in;
    struct packet packets[2 * FRAMES * IC_LOAD_FRAME_PACKETS_MAX];
    size_t count;
    size_t frame_ends[2 * FRAMES], frames; /* packets that had been made behind each of them */
};

static void make_sessions(struct world *w)
{
    struct ic_srtp_keys keys = {.profile = IC_SRTP_AEAD_AES_128_GCM};
    assert_int_equal(ic_srtp_init(&w->out, &keys, NULL), IC_OK);
    assert_int_equal(ic_srtp_init(&w->in, &keys, NULL), IC_OK);
}

/* As they come out of the hop's decryption. */
static void send_frame(struct world *w, int64_t now_us)
{
    static uint8_t bytes[IC_LOAD_SOURCE_BYTES];
    struct ic_load_source_out out = {.bytes = bytes};
    struct ic_time now = {now_us};
    assert_int_equal(ic_load_source_make(&w->source, now, &w->out, &out), IC_OK);
    for (size_t i = 0; i < out.packets; i++) {
        struct packet *p = &w->packets[w->count++];
        size_t at = i * out.datagram_len;
        p->len = out.len - at < out.datagram_len ? out.len - at : out.datagram_len;
        memcpy(p->bytes, &bytes[at], p->len);
        assert_int_equal(ic_srtp_unprotect_rtp(&w->in, p->bytes, &p->len, &p->ext_seq), IC_OK);
    }
    w->frame_ends[w->frames++] = w->count;
}

static struct ic_load_source_config config_of(const struct world *w, uint32_t member, uint64_t kid)
{
    return (struct ic_load_source_config){.shape = w->shape,
                                          .base_key = KEY,
                                          .kid = kid,
                                          .member = member,
                                          .ssrc = 7,
                                          .payload_type = 96,
                                          .mid = "0",
                                          .mid_id = 4,
                                          .transport_cc_id = 3,
                                          .frames_per_s = 100,
                                          .seed = 1};
}

static struct world *make_world_of(const struct ic_load_shape *shape)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->shape = shape;
    w->common.tally.is_timed = true;
    struct ic_load_source_config config = config_of(w, MEMBER, KID);
    make_sessions(w);
    ic_load_keys_add(&w->keys, 0, KEY);
    assert_int_equal(ic_load_roster_init(&w->common.roster, 8), IC_OK);
    ic_load_roster_add(&w->common.roster, 0, 0x10, 0);
    ic_load_roster_add(&w->common.roster, 0, KID, MEMBER);
    assert_int_equal(ic_load_stream_init(&w->stream, w->shape), IC_OK);
    assert_int_equal(ic_load_source_init(&w->source, &config, (struct ic_time){0}), IC_OK);
    for (int i = 0; i < FRAMES; i++)
        send_frame(w, i * 10000);
    return w;
}

static struct world *make_world(const char *shape)
{
    return make_world_of(ic_load_shape_find(shape));
}

static void end_world(struct world *w)
{
    ic_load_source_deinit(&w->source);
    ic_load_stream_deinit(&w->stream);
    ic_load_roster_deinit(&w->common.roster);
    ic_srtp_deinit(&w->in);
    ic_srtp_deinit(&w->out);
    free(w);
}

static void receive(struct world *w, size_t i, int64_t now_us)
{
    const struct packet *p = &w->packets[i];
    ic_load_stream_input(&w->stream, &w->common, &w->keys, (struct ic_time){now_us}, p->ext_seq,
                         p->bytes, p->len);
}

static void receive_all(struct world *w)
{
    for (size_t i = 0; i < w->count; i++)
        receive(w, i, 1000000);
}

static void test_all_is_well(void **state)
{
    (void)state;
    static const char *const shapes[] = {"V", "T", "L", "A", "M"};
    for (size_t i = 0; i <= 5; i++) {
        struct world *w =
            i < 5 ? make_world(shapes[i]) : make_world_of(ic_load_shape_find("M")->sound);
        receive_all(w);
        assert_true(ic_load_tally_is_clean(&w->common.tally));
        assert_int_equal(w->common.tally.frames, FRAMES);
        assert_int_equal(w->common.tally.packets, w->count);
        assert_int_equal(w->common.tally.delays.count, w->count);
        assert_int_equal(w->common.tally.delays.max_us, 1000000);
        assert_int_equal(w->stream.publisher, MEMBER);
        assert_int_equal(w->stream.frame_next, w->source.frame);
        end_world(w);
    }
}

/* The kernel cuts what is sent into datagrams of one length. */
static void test_a_frame_is_a_run(void **state)
{
    (void)state;
    struct world *w = make_world("V");
    for (size_t i = 1; i < w->count; i++)
        assert_int_equal(w->packets[i].len, w->packets[0].len);
    end_world(w);
}

static void test_delay_counts_from_sending(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    receive(w, 2, 20000 + 33);
    assert_int_equal(w->common.tally.delays.max_us, 33);
    end_world(w);
}

static void test_a_gap(void **state)
{
    (void)state;
    struct world *w = make_world("V");
    for (size_t i = 0; i < w->count; i++)
        if (i != 13 && i != 14)
            receive(w, i, 1000000);
    assert_int_equal(w->common.tally.gaps, 2);
    assert_int_equal(w->common.tally.frames, FRAMES - 1);
    assert_int_equal(w->common.tally.content, 0);
    end_world(w);
}

static void test_order(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    receive(w, 0, 0);
    receive(w, 2, 0);
    receive(w, 1, 0);
    assert_int_equal(w->common.tally.late, 1);
    assert_int_equal(w->common.tally.gaps, 0);
    assert_false(ic_load_tally_is_clean(&w->common.tally));
    end_world(w);
}

/* A number that goes on while the frame does not. */
static void test_a_frame_that_is_not_the_next(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    receive(w, 0, 0);
    w->packets[2].ext_seq = w->packets[1].ext_seq;
    receive(w, 2, 0);
    assert_int_equal(w->common.tally.content, 1);
    assert_int_equal(w->common.tally.gaps, 0);
    end_world(w);
}

static void test_another_key_or_bytes(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    memcpy(w->keys.held[0].base_key, OTHER_KEY, sizeof OTHER_KEY);
    receive(w, 0, 0);
    assert_int_equal(w->common.tally.content, 1);
    end_world(w);
    w = make_world("V");
    w->packets[15].bytes[w->packets[15].len - 1] ^= 1;
    receive_all(w);
    assert_int_equal(w->common.tally.content, 1);
    end_world(w);
}

static void test_a_frame_of_nobody(void **state)
{
    (void)state;
    struct world *w = make_world("T");
    w->common.roster.count = 1; /* without the one that sends */
    receive_all(w);
    assert_int_equal(w->common.tally.content, FRAMES);
    assert_int_equal(w->common.tally.frames, 0);
    end_world(w);
}

static void test_no_media(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    w->packets[0].len = 12;
    receive(w, 0, 0);
    assert_int_equal(w->common.tally.unknown, 1);
    end_world(w);
}

/* A marker that never comes: a frame grows only as far as there is room. */
static void test_a_frame_without_an_end(void **state)
{
    (void)state;
    struct world *w = make_world("V");
    for (size_t i = 0; i < w->count; i++) {
        w->packets[i].bytes[RTP_AT] &= 0x7f;
        if (i > 0)
            w->packets[i].bytes[12] &= 0xef; /* no start of a frame */
    }
    for (size_t i = 0; i < w->count; i++)
        receive(w, i, 0);
    assert_int_equal(w->common.tally.frames, 0);
    assert_int_equal(w->common.tally.packets, w->count);
    end_world(w);
}

/* ---- a recording ---- */

static bool is_key_packet(const struct world *w, size_t frame)
{
    const struct packet *p = &w->packets[frame == 0 ? 0 : w->frame_ends[frame - 1]];
    struct ic_rtp rtp;
    struct ic_pdesc_vp8 vp8;
    assert_int_equal(ic_rtp_parse(p->bytes, p->len, &rtp), IC_OK);
    const uint8_t *payload = &p->bytes[rtp.header_len];
    assert_int_equal(ic_pdesc_vp8_parse(payload, rtp.payload_len, &vp8), IC_OK);
    return vp8.common.key_frame;
}

/* Frames are as long as the recorded ones, in as few packets as they need, of one length. */
static void test_a_recording_is_played(void **state)
{
    (void)state;
    struct world *w = make_world("M");
    size_t chunk = ic_load_shape_chunk_len(w->shape), first = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        size_t bytes = w->shape->recording->frames[i].bytes;
        size_t packets = w->frame_ends[i] - first;
        assert_in_range(packets, bytes / chunk, (bytes + 64) / chunk + 1);
        for (size_t k = first; k + 1 < w->frame_ends[i]; k++)
            assert_true(w->packets[k].len == w->packets[first].len);
        assert_true(w->packets[w->frame_ends[i] - 1].len <= w->packets[first].len);
        assert_int_equal(is_key_packet(w, i), w->shape->recording->frames[i].is_key || i == 0);
        first = w->frame_ends[i];
    }
    end_world(w);
}

/* Four times as fast as it was recorded, since 100 frames are asked for, not 25. */
static void test_a_recording_keeps_its_times(void **state)
{
    (void)state;
    struct world *w = make_world("M");
    const struct ic_load_recording *r = w->shape->recording;
    int64_t due_us = (r->frames[FRAMES].at_ms - r->frames[0].at_ms) * 1000 / 4;
    assert_int_equal(ic_load_source_deadline(&w->source).us, due_us);
    w->source.at = r->count - 1;
    w->source.recorded_ms = r->frames[r->count - 1].at_ms;
    send_frame(w, 0);
    assert_int_equal(w->source.at, 0);
    assert_int_equal(ic_load_source_deadline(&w->source).us,
                     (r->length_ms + r->frames[0].at_ms) * 1000 / 4);
    end_world(w);
}

static void test_a_key_frame_that_is_asked_for(void **state)
{
    (void)state;
    struct world *w = make_world("M");
    assert_false(w->shape->recording->frames[FRAMES].is_key);
    w->source.is_key_wanted = true;
    send_frame(w, 60000);
    send_frame(w, 70000);
    assert_true(is_key_packet(w, FRAMES));
    assert_false(is_key_packet(w, FRAMES + 1));
    receive_all(w);
    assert_true(ic_load_tally_is_clean(&w->common.tally));
    end_world(w);
}

/* ---- a meeting that goes on ---- */

static struct world *make_live_world(void)
{
    struct world *w = make_world("M");
    w->common.is_live = true;
    ic_load_stream_announce(&w->stream, MEMBER);
    return w;
}

/* Another source takes the slot: what it sends next is numbered on by the server. */
static void take_over(struct world *w, uint32_t member, uint64_t kid, uint64_t frame, bool is_key)
{
    struct ic_load_source_config config = config_of(w, member, kid);
    uint64_t ext_seq = w->source.ext_seq;
    ic_load_source_deinit(&w->source);
    assert_int_equal(ic_load_source_init(&w->source, &config, (struct ic_time){0}), IC_OK);
    w->source.ext_seq = ext_seq;
    w->source.frame = frame;
    w->source.at = 1; /* no key frame */
    w->source.is_key_wanted = is_key;
}

static void test_a_slot_goes_over_with_a_key_frame(void **state)
{
    (void)state;
    for (int is_key = 0; is_key < 2; is_key++) {
        struct world *w = make_live_world();
        ic_load_roster_add(&w->common.roster, 0, 0x40, OTHER);
        take_over(w, OTHER, 0x40, 77, is_key != 0);
        send_frame(w, 60000);
        receive_all(w);
        assert_int_equal(w->common.tally.content, is_key ? 0 : 1);
        assert_int_equal(w->common.tally.switches, is_key);
        end_world(w);
    }
}

/* The same without a life: nobody may change. */
static void test_no_slot_goes_over_where_nobody_comes(void **state)
{
    (void)state;
    struct world *w = make_world("M");
    ic_load_roster_add(&w->common.roster, 0, 0x40, OTHER);
    take_over(w, OTHER, 0x40, 77, true);
    send_frame(w, 60000);
    receive_all(w);
    assert_int_equal(w->common.tally.content, 1);
    end_world(w);
}

/* A source that was off may go on with any later frame; one that was not may not. */
static void test_a_source_that_was_off(void **state)
{
    (void)state;
    for (int was_off = 0; was_off < 2; was_off++) {
        struct world *w = make_live_world();
        if (was_off) {
            struct ic_time now = {100000};
            ic_load_source_switch(&w->source, now, false);
            assert_int_equal(ic_load_source_deadline(&w->source).us, IC_NEVER.us);
            ic_load_source_switch(&w->source, now, true);
            assert_int_equal(ic_load_source_deadline(&w->source).us, now.us);
        }
        w->source.frame += 5; /* which the server did not forward */
        w->source.is_key_wanted = true;
        send_frame(w, 100000);
        receive_all(w);
        assert_int_equal(w->common.tally.content, was_off ? 0 : 1);
        end_world(w);
    }
}

/* A frame whose key comes later is held until then, those behind it, too; and not for ever. */
static void test_a_frame_before_its_key(void **state)
{
    (void)state;
    struct world *w = make_live_world();
    ic_load_roster_add(&w->common.roster, 1, KID + 1, MEMBER);
    assert_int_equal(ic_load_source_rekey(&w->source, OTHER_KEY, KID + 1, 1), IC_OK);
    send_frame(w, 60000);
    send_frame(w, 70000);
    receive_all(w);
    assert_int_equal(w->common.tally.frames, FRAMES);
    assert_int_equal(w->common.tally.content, 0);
    struct ic_time now = {1400000};
    ic_load_stream_retry(&w->stream, &w->common, &w->keys, now);
    assert_int_equal(w->common.tally.frames, FRAMES);
    ic_load_keys_add(&w->keys, 1, OTHER_KEY);
    ic_load_stream_retry(&w->stream, &w->common, &w->keys, now);
    assert_int_equal(w->common.tally.frames, FRAMES + 2);
    assert_int_equal(w->common.tally.held, 2);
    assert_int_equal(w->common.tally.held_max_us, 400000);
    assert_true(ic_load_tally_is_clean(&w->common.tally));
    end_world(w);
}

static void test_a_key_that_never_comes(void **state)
{
    (void)state;
    struct world *w = make_live_world();
    assert_int_equal(ic_load_source_rekey(&w->source, OTHER_KEY, KID + 1, 1), IC_OK);
    send_frame(w, 60000);
    receive_all(w);
    ic_load_stream_retry(&w->stream, &w->common, &w->keys, (struct ic_time){9000000});
    assert_int_equal(w->common.tally.content, 1);
    end_world(w);
}

/* Which epoch's key it was stands in the frame: the number alone would not tell, 16 epochs later.
 */
static void test_the_key_of_another_epoch(void **state)
{
    (void)state;
    struct world *w = make_live_world();
    ic_load_roster_add(&w->common.roster, 16, KID, MEMBER);
    ic_load_keys_add(&w->keys, 16, KEY);
    receive_all(w);
    assert_int_equal(w->common.tally.content, FRAMES);
    end_world(w);
}

/* For a moment what the server says may be behind what it sends. */
static void test_a_source_that_nobody_announced(void **state)
{
    (void)state;
    struct world *w = make_live_world();
    ic_load_stream_announce(&w->stream, OTHER);
    for (size_t i = 0; i < w->frame_ends[FRAMES - 2]; i++)
        receive(w, i, 1000000);
    assert_int_equal(w->common.tally.sources, 0);
    for (size_t i = w->frame_ends[FRAMES - 2]; i < w->count; i++)
        receive(w, i, 5000000);
    assert_int_equal(w->common.tally.sources, 1);
    assert_false(ic_load_tally_is_clean(&w->common.tally));
    end_world(w);
}

static void test_old_keys_are_forgotten(void **state)
{
    (void)state;
    struct ic_load_keys keys = {.count = 0};
    uint64_t epoch;
    for (uint64_t i = 0; i <= IC_LOAD_EPOCHS_HELD; i++)
        ic_load_keys_add(&keys, i, KEY);
    assert_null(ic_load_keys_find(&keys, 0x30, &epoch));
    assert_non_null(ic_load_keys_find(&keys, 0x34, &epoch));
    assert_int_equal(epoch, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_is_well),
        cmocka_unit_test(test_a_frame_is_a_run),
        cmocka_unit_test(test_delay_counts_from_sending),
        cmocka_unit_test(test_a_gap),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_a_frame_that_is_not_the_next),
        cmocka_unit_test(test_another_key_or_bytes),
        cmocka_unit_test(test_a_frame_of_nobody),
        cmocka_unit_test(test_no_media),
        cmocka_unit_test(test_a_frame_without_an_end),
        cmocka_unit_test(test_a_recording_is_played),
        cmocka_unit_test(test_a_recording_keeps_its_times),
        cmocka_unit_test(test_a_key_frame_that_is_asked_for),
        cmocka_unit_test(test_a_slot_goes_over_with_a_key_frame),
        cmocka_unit_test(test_no_slot_goes_over_where_nobody_comes),
        cmocka_unit_test(test_a_source_that_was_off),
        cmocka_unit_test(test_a_frame_before_its_key),
        cmocka_unit_test(test_a_key_that_never_comes),
        cmocka_unit_test(test_the_key_of_another_epoch),
        cmocka_unit_test(test_a_source_that_nobody_announced),
        cmocka_unit_test(test_old_keys_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
