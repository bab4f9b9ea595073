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

static const uint8_t KEY[16] = "0123456789abcdef", OTHER_KEY[16] = "fedcba9876543210";
static const uint64_t KIDS[] = {0x10, KID};

struct packet {
    uint8_t bytes[IC_DATAGRAM_MAX];
    size_t len;
    uint64_t ext_seq;
};

struct world {
    struct ic_load_common common;
    struct ic_load_source source;
    struct ic_load_stream stream;
    struct ic_srtp out, in;
    struct packet packets[FRAMES * IC_LOAD_FRAME_PACKETS_MAX];
    size_t count;
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
    uint8_t bytes[IC_LOAD_SOURCE_BYTES];
    size_t len;
    struct ic_time now = {now_us};
    assert_int_equal(ic_load_source_make(&w->source, now, &w->out, bytes, &len), IC_OK);
    for (size_t i = 0; i < w->common.shape->packets; i++) {
        struct packet *p = &w->packets[w->count++];
        memcpy(p->bytes, &bytes[i * len], len);
        p->len = len;
        assert_int_equal(ic_srtp_unprotect_rtp(&w->in, p->bytes, &p->len, &p->ext_seq), IC_OK);
    }
}

static struct world *make_world(const char *shape)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    w->common = (struct ic_load_common){.shape = ic_load_shape_find(shape),
                                        .kids = KIDS,
                                        .publisher_count = 2,
                                        .tally = {.is_timed = true}};
    struct ic_load_source_config config = {.shape = w->common.shape,
                                           .base_key = KEY,
                                           .kid = KID,
                                           .ssrc = 7,
                                           .payload_type = 96,
                                           .mid = "0",
                                           .mid_id = 4,
                                           .transport_cc_id = 3,
                                           .frames_per_s = 100,
                                           .seed = 1};
    make_sessions(w);
    assert_int_equal(ic_load_source_init(&w->source, &config, (struct ic_time){0}), IC_OK);
    for (int i = 0; i < FRAMES; i++)
        send_frame(w, i * 10000);
    return w;
}

static void end_world(struct world *w)
{
    ic_load_source_deinit(&w->source);
    ic_load_stream_deinit(&w->stream);
    ic_srtp_deinit(&w->in);
    ic_srtp_deinit(&w->out);
    free(w);
}

static void receive(struct world *w, size_t i, const uint8_t *key, int64_t now_us)
{
    const struct packet *p = &w->packets[i];
    ic_load_stream_input(&w->stream, &w->common, key, (struct ic_time){now_us}, p->ext_seq,
                         p->bytes, p->len);
}

static void receive_all(struct world *w, const uint8_t *key)
{
    for (size_t i = 0; i < w->count; i++)
        receive(w, i, key, 1000000);
}

static void test_all_is_well(void **state)
{
    (void)state;
    static const char *const shapes[] = {"V", "T", "L", "A"};
    for (size_t i = 0; i < 4; i++) {
        struct world *w = make_world(shapes[i]);
        receive_all(w, KEY);
        assert_true(ic_load_tally_is_clean(&w->common.tally));
        assert_int_equal(w->common.tally.frames, FRAMES);
        assert_int_equal(w->common.tally.packets, w->count);
        assert_int_equal(w->common.tally.delays.count, w->count);
        assert_int_equal(w->common.tally.delays.max_us, 1000000);
        assert_int_equal(w->stream.publisher, 1);
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
    receive(w, 2, KEY, 20000 + 33);
    assert_int_equal(w->common.tally.delays.max_us, 33);
    end_world(w);
}

static void test_a_gap(void **state)
{
    (void)state;
    struct world *w = make_world("V");
    for (size_t i = 0; i < w->count; i++)
        if (i != 13 && i != 14)
            receive(w, i, KEY, 1000000);
    assert_int_equal(w->common.tally.gaps, 2);
    assert_int_equal(w->common.tally.frames, FRAMES - 1);
    assert_int_equal(w->common.tally.content, 0);
    end_world(w);
}

static void test_order(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    receive(w, 0, KEY, 0);
    receive(w, 2, KEY, 0);
    receive(w, 1, KEY, 0);
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
    receive(w, 0, KEY, 0);
    w->packets[2].ext_seq = w->packets[1].ext_seq;
    receive(w, 2, KEY, 0);
    assert_int_equal(w->common.tally.content, 1);
    assert_int_equal(w->common.tally.gaps, 0);
    end_world(w);
}

static void test_another_key_or_bytes(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    receive(w, 0, OTHER_KEY, 0);
    assert_int_equal(w->common.tally.content, 1);
    end_world(w);
    w = make_world("V");
    w->packets[15].bytes[w->packets[15].len - 1] ^= 1;
    receive_all(w, KEY);
    assert_int_equal(w->common.tally.content, 1);
    end_world(w);
}

static void test_a_frame_of_nobody(void **state)
{
    (void)state;
    struct world *w = make_world("T");
    w->common.publisher_count = 1; /* without the one that sends */
    receive_all(w, KEY);
    assert_int_equal(w->common.tally.content, FRAMES);
    assert_int_equal(w->common.tally.frames, 0);
    end_world(w);
}

static void test_no_media(void **state)
{
    (void)state;
    struct world *w = make_world("L");
    w->packets[0].len = 12;
    receive(w, 0, KEY, 0);
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
        receive(w, i, KEY, 0);
    assert_int_equal(w->common.tally.frames, 0);
    assert_int_equal(w->common.tally.packets, w->count);
    end_world(w);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
