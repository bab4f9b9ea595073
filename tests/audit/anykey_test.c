/* The scan for keys must find keys: at each place of a dump where one can lie. */
#include "audit/tool_run.h"

#include <openssl/evp.h>

#include "audit/gcm_try.h"
#include "base/prng.h"

#define DUMP_LEN  (3 * 1048576 + 777)
#define FRAME_LEN 41

static uint8_t dump[DUMP_LEN];

static void fill(struct ic_prng *prng, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)ic_prng_u32(prng);
}

/* Of random contents, sealed by the library; the caller frees it. */
static struct gcm_frame sealed(struct ic_prng *prng, const uint8_t *key, size_t aad_len,
                               size_t text_len)
{
    struct gcm_frame f = {.aad_len = aad_len, .text_len = text_len};
    int done;
    uint8_t *plain = malloc(text_len + 1);
    f.aad = malloc(aad_len + 1);
    f.text = malloc(text_len + 1);
    fill(prng, f.nonce, sizeof f.nonce);
    fill(prng, f.aad, aad_len);
    fill(prng, plain, text_len);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, f.nonce), 1);
    if (aad_len > 0)
        assert_int_equal(EVP_EncryptUpdate(c, NULL, &done, f.aad, (int)aad_len), 1);
    if (text_len > 0)
        assert_int_equal(EVP_EncryptUpdate(c, f.text, &done, plain, (int)text_len), 1);
    assert_int_equal(EVP_EncryptFinal_ex(c, f.text, &done), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, sizeof f.tag, f.tag), 1);
    EVP_CIPHER_CTX_free(c);
    free(plain);
    gcm_frame_prepare(&f);
    return f;
}

static void drop(struct gcm_frame *f)
{
    free(f->aad);
    free(f->text);
    free(f->blocks);
}

static void write_frames(const char *path, const struct gcm_frame *frames, size_t count)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%s{\"name\":\"f%zu\",\"nonce\":\"", i == 0 ? "[" : ",", i);
        hex_write(file, frames[i].nonce, sizeof frames[i].nonce);
        fprintf(file, "\",\"aad\":\"");
        hex_write(file, frames[i].aad, frames[i].aad_len);
        fprintf(file, "\",\"ciphertext\":\"");
        hex_write(file, frames[i].text, frames[i].text_len);
        fprintf(file, "\",\"tag\":\"");
        hex_write(file, frames[i].tag, sizeof frames[i].tag);
        fprintf(file, "\"}");
    }
    fprintf(file, "]\n");
    fclose(file);
}

/* The fast way against the library, for each lane and all lengths around the block size. */
static void the_fast_way_agrees_with_the_library(void **state)
{
    (void)state;
    struct ic_prng prng;
    struct gcm_schedules schedules;
    uint8_t window[GCM_KEY_LEN + GCM_LANES - 1];
    ic_prng_init(&prng, 1);
    if (!gcm_is_fast())
        skip();
    for (size_t len = 0; len < 1200; len++) {
        size_t lane = len % GCM_LANES;
        fill(&prng, window, sizeof window);
        struct gcm_frame f = sealed(&prng, &window[lane], len % 35, len % 51);
        assert_true(gcm_opens(&f, &window[lane]));
        gcm_expand(&schedules, window);
        assert_int_equal(gcm_try(&schedules, &f), 1 << lane);
        f.tag[len % 16] ^= (uint8_t)(1 << len % 8);
        assert_false(gcm_opens(&f, &window[lane]));
        assert_int_equal(gcm_try(&schedules, &f), 0);
        drop(&f);
    }
}

/* Random bytes, but for some pages that are zero. */
static void make_dump(struct ic_prng *prng)
{
    fill(prng, dump, sizeof dump);
    memset(&dump[40 * 4096], 0, 10 * 4096);
    memset(&dump[DUMP_LEN - 3000], 0, 3000);
}

static void each_planted_key_is_found(void **state)
{
    (void)state;
    static const size_t places[] = {
        0,
        1,
        2,
        3,
        4095,        /* over the end of a page */
        1048576 - 5, /* of the part of one thread */
        2 * 1048576 - 1,
        40 * 4096 - 1, /* before pages that are zero */
        45 * 4096 + 5, /* alone in one */
        50 * 4096 - 7, /* its head in one, its tail behind */
        DUMP_LEN - 3000 + 100,
        DUMP_LEN - 16, /* the very end */
    };
    struct workspace w;
    struct ic_prng prng;
    uint8_t key[GCM_KEY_LEN];
    char line[64];
    workspace_make(&w);
    ic_prng_init(&prng, 100);
    make_dump(&prng);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        uint8_t before[GCM_KEY_LEN];
        fill(&prng, key, sizeof key);
        struct gcm_frame frames[2];
        frames[0] = sealed(&prng, (const uint8_t *)"another key, no!", 9, FRAME_LEN);
        frames[1] = sealed(&prng, key, 9, FRAME_LEN);
        write_frames(w.list, frames, 2);
        if (i % 4 == 0) { /* not there yet */
            file_write(w.dump, dump, sizeof dump);
            assert_int_equal(tool_run(&w, "--threads 2"), 0);
            assert_non_null(strstr(w.output, "0 keys found"));
        }
        memcpy(before, &dump[places[i]], sizeof before);
        memcpy(&dump[places[i]], key, sizeof key);
        file_write(w.dump, dump, sizeof dump);
        assert_int_equal(tool_run(&w, "--threads 2"), 1);
        snprintf(line, sizeof line, "key at 0x%zx opens frame 1 (f1)\n1 keys found", places[i]);
        assert_non_null(strstr(w.output, line));
        memcpy(&dump[places[i]], before, sizeof before);
        drop(&frames[0]);
        drop(&frames[1]);
    }
    workspace_drop(&w);
}

static void the_slow_way_finds_it_too(void **state)
{
    (void)state;
    struct workspace w;
    struct ic_prng prng;
    ic_prng_init(&prng, 7);
    workspace_make(&w);
    fill(&prng, dump, 9000);
    struct gcm_frame f = sealed(&prng, &dump[4321], 0, 20);
    write_frames(w.list, &f, 1);
    file_write(w.dump, dump, 9000);
    assert_int_equal(tool_run(&w, "--slow"), 1);
    assert_non_null(strstr(w.output, "key at 0x10e1 opens frame 0"));
    assert_non_null(strstr(w.output, "(slow way)"));
    drop(&f);
    workspace_drop(&w);
}

/* What could not be searched is never reported as clean. */
static void what_was_not_done_is_said(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "",
        "[]",
        "{}",
        "[{}]",
        "[{\"nonce\":\"00\",\"aad\":\"\",\"ciphertext\":\"\",\"tag\":\"00\"}]",
        "[{\"nonce\":\"00112233445566778899aabb\",\"aad\":\"0\",\"ciphertext\":\"\","
        "\"tag\":\"00112233445566778899aabbccddeeff\"}]",
        "[{\"nonce\":\"00112233445566778899aabb\",\"aad\":\"\",\"ciphertext\":\"0g\","
        "\"tag\":\"00112233445566778899aabbccddeeff\"}]",
    };
    static const char good[] = "[{\"nonce\":\"00112233445566778899aabb\",\"aad\":\"\","
                               "\"ciphertext\":\"\",\"tag\":\"00112233445566778899aabbccddeeff\"}]";
    struct workspace w;
    workspace_make(&w);
    file_write(w.dump, dump, 4096);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        file_write(w.list, lists[i], strlen(lists[i]));
        assert_int_equal(tool_run(&w, ""), 2);
    }
    file_write(w.list, good, strlen(good));
    assert_int_equal(tool_run(&w, ""), 0);
    assert_int_equal(tool_run(&w, "--threads 0"), 2);
    assert_int_equal(tool_run(&w, "--unknown"), 2);
    file_write(w.dump, dump, 0);
    assert_int_equal(tool_run(&w, ""), 2);
    unlink(w.dump);
    assert_int_equal(tool_run(&w, ""), 2);
    workspace_drop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fast_way_agrees_with_the_library),
        cmocka_unit_test(each_planted_key_is_found),
        cmocka_unit_test(the_slow_way_finds_it_too),
        cmocka_unit_test(what_was_not_done_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
