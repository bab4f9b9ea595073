/* The audit of captured payloads finds what has been planted, and the tap captures. */
#include "audit/tool_run.h"

#include "audit/tap.h"
#include "base/prng.h"
#include "base/wr.h"
#include "media/sframe_cipher.h"
#include "sim/world.h"

#define PLAIN_LEN 3000
#define MTU       1100

enum plant { PLANT_NOTHING, PLANT_NONCE, PLANT_BLOCK, PLANT_PLAIN };

struct tap {
    struct ic_wr w;
    uint8_t *bytes;
    struct ic_prng prng;
    uint64_t counter;
    uint64_t seq[IC_CODECS];
    uint16_t picture_id;
    enum plant plant;
    uint8_t sealed[PLAIN_LEN + 64];
    size_t sealed_len;
};

#define TAP_CAP 4000000

static void tap_begin(struct tap *t, enum plant plant)
{
    *t = (struct tap){.bytes = malloc(TAP_CAP), .plant = plant};
    assert_non_null(t->bytes);
    t->w = ic_wr_init(t->bytes, TAP_CAP);
    ic_prng_init(&t->prng, 5);
    ic_wr_bytes(&t->w, TAP_MAGIC, TAP_MAGIC_LEN);
}

static void add_packet(struct tap *t, enum ic_codec codec, bool marker, const uint8_t *payload,
                       size_t len)
{
    ic_wr_u64(&t->w, codec); /* a track each */
    ic_wr_u64(&t->w, t->seq[codec]++);
    ic_wr_u8(&t->w, (uint8_t)codec);
    ic_wr_u8(&t->w, marker);
    ic_wr_u16(&t->w, (uint16_t)len);
    ic_wr_bytes(&t->w, payload, len);
}

/* What a client would encrypt: all the same, so that a keystream used twice shows. */
static void seal(struct tap *t, size_t len)
{
    static const uint8_t base_key[16] = {7}, plain[PLAIN_LEN];
    struct ic_part key = {base_key, sizeof base_key}, none = {NULL, 0}, text = {plain, len};
    struct ic_wr w = ic_wr_init(t->sealed, sizeof t->sealed);
    struct ic_sframe_cipher cipher;
    assert_int_equal(
        ic_sframe_cipher_init(&cipher, IC_SFRAME_AES_128_GCM_SHA256_128, IC_AEAD_SEAL, &key, 0x123),
        IC_OK);
    assert_int_equal(ic_sframe_cipher_seal(&cipher, t->counter++, &none, &text, &w), IC_OK);
    ic_sframe_cipher_deinit(&cipher);
    t->sealed_len = w.len;
    if (t->plant == PLANT_PLAIN)
        memset(t->sealed, 0xa5, t->sealed_len);
}

/* The frame's bytes behind the descriptor, cut into packets. */
static void send_vpx(struct tap *t, enum ic_codec codec, bool key, const uint8_t *frame, size_t len)
{
    for (size_t at = 0; at < len; at += MTU) {
        uint8_t payload[MTU + 8];
        struct ic_wr w = ic_wr_init(payload, sizeof payload);
        size_t part = len - at < MTU ? len - at : MTU;
        bool first = at == 0, last = at + part == len;
        if (codec == IC_CODEC_VP8)
            ic_wr_u8(&w, first ? 0x10 : 0x00);
        else
            ic_wr_u8(&w, (uint8_t)(0x80 | (key ? 0 : 0x40) | (first ? 0x08 : 0) | (last ? 4 : 0)));
        if (codec == IC_CODEC_VP9)
            ic_wr_u16(&w, (uint16_t)(0x8000 | t->picture_id));
        ic_wr_bytes(&w, &frame[at], part);
        add_packet(t, codec, last, payload, w.len);
    }
    t->picture_id++;
}

static void send_vp8(struct tap *t, bool key)
{
    uint8_t frame[PLAIN_LEN + 128];
    struct ic_wr w = ic_wr_init(frame, sizeof frame);
    static const uint8_t clear[10] = {0x10, 1, 2, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1};
    if (key)
        ic_wr_bytes(&w, clear, sizeof clear);
    else
        ic_wr_u8(&w, 0x11);
    ic_wr_bytes(&w, t->sealed, t->sealed_len);
    send_vpx(t, IC_CODEC_VP8, key, frame, w.len);
}

/* A sequence header, if it is a key frame, and one OBU of type 6.
 *  stray  an OBU that does not belong there comes first */
static void send_av1(struct tap *t, bool key, bool with_lengths, bool stray)
{
    uint8_t payload[PLAIN_LEN + 128];
    static const uint8_t sequence[] = {0x08, 1, 2, 3}, tiles[] = {0x20, 1, 2, 3};
    struct ic_wr w = ic_wr_init(payload, sizeof payload);
    size_t half = t->sealed_len / 2;
    unsigned elements = with_lengths ? 0 : key || stray ? 2 : 1;
    ic_wr_u8(&w, (uint8_t)(0x40 | elements << 4 | (key ? 0x08 : 0)));
    if (key || stray) {
        ic_wr_u8(&w, sizeof sequence);
        ic_wr_bytes(&w, stray ? tiles : sequence, sizeof sequence);
    }
    if (with_lengths) { /* of the element, in front of the OBU's own */
        ic_wr_u8(&w, (uint8_t)(0x80 | ((half + 3) & 0x7f)));
        ic_wr_u8(&w, (uint8_t)((half + 3) >> 7));
        ic_wr_u8(&w, 0x32);
        ic_wr_u8(&w, (uint8_t)(0x80 | (t->sealed_len & 0x7f)));
        ic_wr_u8(&w, (uint8_t)(t->sealed_len >> 7));
    } else {
        ic_wr_u8(&w, 0x30);
    }
    ic_wr_bytes(&w, t->sealed, half);
    add_packet(t, IC_CODEC_AV1, false, payload, w.len);
    w = ic_wr_init(payload, sizeof payload);
    ic_wr_u8(&w, 0x90);
    ic_wr_bytes(&w, &t->sealed[half], t->sealed_len - half);
    add_packet(t, IC_CODEC_AV1, true, payload, w.len);
}

/* Ten frames of each codec. */
static void send_all(struct tap *t)
{
    for (size_t i = 0; i < 10; i++) {
        seal(t, 80 + i);
        add_packet(t, IC_CODEC_OPUS, i == 0, t->sealed, t->sealed_len);
        seal(t, 300 * (i + 1));
        send_vp8(t, i == 0);
        seal(t, 300 * (i + 1));
        send_vpx(t, IC_CODEC_VP9, i == 0, t->sealed, t->sealed_len);
        seal(t, 200 * (i + 1));
        send_av1(t, i == 0, i % 2 == 1, false);
    }
}

static int run_tool(struct workspace *w, const uint8_t *bytes, size_t len)
{
    char command[256];
    file_write(w->dump, bytes, len);
    snprintf(command, sizeof command, IC_TOOL " %s 2>/dev/null", w->dump);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(w->output, 1, sizeof w->output - 1, pipe);
    w->output[n] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(struct tap *t, int status, const char *const *texts)
{
    struct workspace w;
    assert_true(ic_wr_ok(&t->w));
    workspace_make(&w);
    int got = run_tool(&w, t->bytes, t->w.len);
    print_message("%s", w.output);
    assert_int_equal(got, status);
    for (; *texts != NULL; texts++)
        assert_non_null(strstr(w.output, *texts));
    file_write(w.list, "", 0);
    workspace_drop(&w);
    free(t->bytes);
}

#define EXPECT(t, status, ...) expect(t, status, (const char *const[]){__VA_ARGS__, NULL})

static void sealed_frames_of_all_codecs_pass(void **state)
{
    (void)state;
    struct tap t;
    tap_begin(&t, PLANT_NOTHING);
    send_all(&t);
    EXPECT(&t, 0, "10 opus, 10 vp8, 10 vp9, 10 av1; 0 not whole", "0 frames not sealed",
           "0 of 40 (KID, counter)", "0 of ");
}

static void a_counter_that_comes_twice_is_found(void **state)
{
    (void)state;
    for (enum ic_codec codec = IC_CODEC_OPUS; codec < IC_CODECS; codec++) {
        struct tap t;
        tap_begin(&t, PLANT_NONCE);
        send_all(&t);
        t.counter = 17;
        seal(&t, 0); /* too short for a block: the counter alone tells */
        if (codec == IC_CODEC_OPUS)
            add_packet(&t, codec, false, t.sealed, t.sealed_len);
        else if (codec == IC_CODEC_VP8)
            send_vp8(&t, false);
        else if (codec == IC_CODEC_VP9)
            send_vpx(&t, codec, false, t.sealed, t.sealed_len);
        else
            send_av1(&t, false, false, false);
        EXPECT(&t, 1, "0 frames not sealed", "1 of 41 (KID, counter) repeated", "0 of ");
    }
}

static void a_keystream_that_comes_twice_is_found(void **state)
{
    (void)state;
    struct tap t;
    tap_begin(&t, PLANT_BLOCK);
    send_all(&t);
    t.counter = 0;
    seal(&t, 64);
    t.sealed[1] = 99; /* says another counter */
    add_packet(&t, IC_CODEC_OPUS, false, t.sealed, t.sealed_len);
    EXPECT(&t, 1, "0 frames not sealed", "4 of ");
}

static void frames_that_were_never_encrypted_are_found(void **state)
{
    (void)state;
    struct tap t;
    tap_begin(&t, PLANT_PLAIN);
    seal(&t, 500);
    send_vp8(&t, true);
    seal(&t, 500);
    send_vp8(&t, false);
    EXPECT(&t, 1, "1 of 2 (KID, counter) repeated");
    tap_begin(&t, PLANT_NOTHING);
    add_packet(&t, IC_CODEC_OPUS, false, (const uint8_t[]){0xf8, 0xff, 0xfe}, 3);
    EXPECT(&t, 1, "1 frames not sealed");
    tap_begin(&t, PLANT_NOTHING);
    seal(&t, 300);
    send_av1(&t, true, false, false);
    seal(&t, 300);
    send_av1(&t, false, false, true); /* tiles beside the frame */
    EXPECT(&t, 1, "1 frames not sealed", "0 of 1 (KID");
}

/* A frame without all of its packets says nothing; order and repetition do not matter. */
static void lost_and_repeated_packets_do_no_harm(void **state)
{
    (void)state;
    struct tap t;
    tap_begin(&t, PLANT_NOTHING);
    size_t start = t.w.len;
    send_all(&t);
    size_t len = t.w.len - start;
    uint8_t *copy = malloc(len);
    assert_non_null(copy);
    memcpy(copy, &t.bytes[start], len);
    ic_wr_bytes(&t.w, copy, len); /* everything comes again, behind its time */
    free(copy);
    EXPECT(&t, 0, "10 opus, 10 vp8, 10 vp9, 10 av1; 0 not whole", "0 of 40");
    tap_begin(&t, PLANT_NOTHING);
    for (int i = 0; i < 4; i++) {
        seal(&t, 2500); /* three packets */
        struct ic_wr before = t.w;
        send_vpx(&t, IC_CODEC_VP9, i == 0, t.sealed, t.sealed_len);
        if (i == 1) { /* none of the frame but its first packet came */
            t.w = before;
            t.w.len += TAP_RECORD_LEN + 3 + MTU;
        }
    }
    EXPECT(&t, 0, "3 vp9", "1 not whole", "0 of 3");
}

static void what_is_no_tap_is_not_passed(void **state)
{
    (void)state;
    struct tap t;
    struct workspace w;
    tap_begin(&t, PLANT_NOTHING);
    seal(&t, 40);
    add_packet(&t, IC_CODEC_OPUS, false, t.sealed, t.sealed_len);
    workspace_make(&w);
    for (size_t len = 1; len < t.w.len; len++)
        assert_int_equal(run_tool(&w, t.bytes, len), 2);
    assert_int_equal(run_tool(&w, t.bytes, t.w.len), 0);
    t.bytes[0] ^= 1;
    assert_int_equal(run_tool(&w, t.bytes, t.w.len), 2);
    t.bytes[0] ^= 1;
    t.bytes[TAP_MAGIC_LEN + 16] = IC_CODECS; /* no codec */
    assert_int_equal(run_tool(&w, t.bytes, t.w.len), 2);
    free(t.bytes);
    tap_begin(&t, PLANT_NOTHING); /* a part of a frame, and nothing else */
    seal(&t, 400);
    send_vpx(&t, IC_CODEC_VP9, false, t.sealed, t.sealed_len);
    t.bytes[TAP_MAGIC_LEN + 17] = 0; /* the marker */
    assert_int_equal(run_tool(&w, t.bytes, t.w.len), 2);
    free(t.bytes);
    file_write(w.list, "", 0);
    workspace_drop(&w);
}

/* The simulator's people send without SFrame: the tap behind SRTP gets it, and the audit says so.
 */
static void the_tap_captures_what_the_worker_decrypted(void **state)
{
    (void)state;
    struct workspace w;
    char command[256];
    workspace_make(&w);
    assert_int_equal(setenv("TEST_TAP", w.dump, 1), 0);
    struct ic_world *world = ic_world_create(&(struct ic_world_config){.seed = 1});
    ic_world_join(world, 1, true, true);
    ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    for (uint32_t i = 0; i < 2; i++)
        ic_world_set_codec(world, i, i == 0 ? IC_CODEC_VP9 : IC_CODEC_AV1);
    ic_world_run(world, IC_SEC(2));
    struct ic_worker_stats stats;
    ic_worker_stats(world->worker, &stats);
    ic_world_destroy(world);
    snprintf(command, sizeof command, IC_TOOL " %s", w.dump);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    unsigned packets = 0, opus = 0, vp8 = 0, vp9 = 0, av1 = 0;
    assert_int_equal(fscanf(pipe, "%u packets; frames: %u opus, %u vp8, %u vp9, %u av1;", &packets,
                            &opus, &vp8, &vp9, &av1),
                     5);
    while (fgetc(pipe) != EOF)
        continue;
    assert_int_equal(WEXITSTATUS(pclose(pipe)), 1);
    assert_int_equal(packets, stats.packets_forwarded); /* each went to one other */
    assert_true(opus > 300 && vp8 > 40 && vp9 > 20 && av1 > 20);
    file_write(w.list, "", 0);
    workspace_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_frames_of_all_codecs_pass),
        cmocka_unit_test(a_counter_that_comes_twice_is_found),
        cmocka_unit_test(a_keystream_that_comes_twice_is_found),
        cmocka_unit_test(frames_that_were_never_encrypted_are_found),
        cmocka_unit_test(lost_and_repeated_packets_do_no_harm),
        cmocka_unit_test(what_is_no_tap_is_not_passed),
        cmocka_unit_test(the_tap_captures_what_the_worker_decrypted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
