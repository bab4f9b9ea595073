/* Cosignatures: those of four public witnesses under a checkpoint of a public log, those that
 * another program made, and what must not count. */
#include "support/vectors.h"

#include "base/text.h"
#include "tlog/checkpoint.h"
#include "tlog/cosignature.h"

static struct ic_witness witness_of(const char *vkey)
{
    struct ic_witness w;
    assert_int_equal(ic_witness_parse(&w, vkey, strlen(vkey)), IC_OK);
    return w;
}

/* From a copy of the exact size. */
static enum ic_err verify(const char *bytes, size_t len, const struct ic_witness *witness,
                          uint64_t *time_s)
{
    struct ic_note note;
    uint8_t *copy = exact_copy((const uint8_t *)bytes, len);
    enum ic_err err = ic_note_parse(copy, len, &note);
    if (err == IC_OK)
        err = ic_cosignature_verify(&note, witness, time_s);
    free(copy);
    return err;
}

static void of_public_witnesses(void **state)
{
    (void)state;
    json_t *file = vectors_load("tlog/cosignature.json");
    const json_t *real = json_object_get(file, "real"), *vkey;
    const char *note = vectors_text(real, "note"), *log = vectors_text(real, "log");
    struct ic_note_key key;
    struct ic_checkpoint c;
    size_t i;
    assert_int_equal(ic_note_key_parse(&key, log, strlen(log)), IC_OK);
    assert_int_equal(ic_checkpoint_open((const uint8_t *)note, strlen(note), &key, &c), IC_OK);
    assert_int_equal(c.head.size, 1432088532);
    json_array_foreach(json_object_get(real, "witnesses"), i, vkey)
    {
        struct ic_witness w = witness_of(json_string_value(vkey));
        uint64_t time = 0;
        assert_int_equal(verify(note, strlen(note), &w, &time), IC_OK);
        assert_int_equal(time, vectors_u64(real, "time"));
    }
    assert_int_equal(i, 4);
    json_decref(file);
}

static void what_counts_and_what_does_not(void **state)
{
    (void)state;
    json_t *file = vectors_load("tlog/cosignature.json");
    const json_t *vector;
    struct ic_witness w = witness_of(vectors_text(file, "vkey"));
    size_t i;
    json_array_foreach(json_object_get(file, "notes"), i, vector)
    {
        const char *note = vectors_text(vector, "note");
        const json_t *times = json_object_get(vector, "times");
        size_t count = json_array_size(times);
        enum ic_err expected = json_is_null(times) ? IC_ERR_AUTH : count > 0 ? IC_OK : IC_ERR_GONE;
        uint64_t time = 77, last = 77;
        if (verify(note, strlen(note), &w, &time) != expected)
            fail_msg("%s", vectors_text(vector, "name"));
        if (count > 0) {
            const char *text = json_string_value(json_array_get(times, count - 1));
            assert_int_equal(ic_decimal_decode(text, strlen(text), &last), IC_OK);
        }
        assert_true(time == last);
    }
    assert_int_equal(i, 20);
    json_decref(file);
}

static void each_changed_byte_is_noticed(void **state)
{
    (void)state;
    json_t *file = vectors_load("tlog/cosignature.json");
    struct ic_witness w = witness_of(vectors_text(file, "vkey"));
    const json_t *first = json_array_get(json_object_get(file, "notes"), 2);
    const char *note = vectors_text(first, "note");
    size_t len = strlen(note);
    char *copy = (char *)exact_copy((const uint8_t *)note, len);
    uint64_t time = 77;
    assert_string_equal(vectors_text(first, "name"), "alone");
    for (size_t at = 0; at < len; at++)
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            copy[at] = (char)((uint8_t)copy[at] ^ bit);
            assert_int_not_equal(verify(copy, len, &w, &time), IC_OK);
            copy[at] = note[at];
        }
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(verify(note, cut, &w, &time), IC_ERR_INPUT);
    assert_int_equal(time, 77);
    free(copy);
    json_decref(file);
}

static void what_we_sign_is_what_others_sign(void **state)
{
    (void)state;
    json_t *file = vectors_load("tlog/cosignature.json");
    const json_t *vector;
    size_t i;
    json_array_foreach(json_object_get(file, "signed"), i, vector)
    {
        const char *name = vectors_text(vector, "name"), *vkey = vectors_text(vector, "vkey");
        const char *text = vectors_text(vector, "text"), *line = vectors_text(vector, "line");
        struct ic_ed25519 private_key;
        struct ic_witness w;
        uint8_t out[IC_COSIGNATURE_LINE_MAX], written[IC_NOTE_VKEY_MAX];
        size_t len;
        uint8_t *seed = vectors_bytes(vector, "seed", &len);
        assert_int_equal(len, IC_ED25519_SEED_LEN);
        assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
        assert_int_equal(ic_witness_init(&w, name, strlen(name), private_key.public_key), IC_OK);
        struct ic_wr v = ic_wr_init(written, sizeof written);
        ic_note_key_write(&v, &w.key);
        assert_int_equal(v.len, strlen(vkey));
        assert_memory_equal(written, vkey, v.len);
        struct ic_wr o = ic_wr_init(out, sizeof out);
        assert_int_equal(ic_cosignature_sign(&o, &w, &private_key, (const uint8_t *)text,
                                             strlen(text), vectors_u64(vector, "time")),
                         IC_OK);
        assert_int_equal(o.len, strlen(line));
        assert_memory_equal(out, line, o.len);
        struct ic_wr small = ic_wr_init(out, o.len - 1);
        assert_int_equal(ic_cosignature_sign(&small, &w, &private_key, (const uint8_t *)text,
                                             strlen(text), vectors_u64(vector, "time")),
                         IC_ERR_FULL);
        ic_ed25519_deinit(&private_key);
        free(seed);
    }
    assert_int_equal(i, 4);
    json_decref(file);
}

static void keys(void **state)
{
    (void)state;
    json_t *file = vectors_load("tlog/cosignature.json");
    const json_t *vkey;
    struct ic_witness w;
    struct ic_note_key key;
    const char *good = vectors_text(file, "vkey");
    size_t i;
    json_array_foreach(json_object_get(file, "not_vkeys"), i, vkey)
    {
        const char *text = json_string_value(vkey);
        assert_int_equal(ic_witness_parse(&w, text, strlen(text)), IC_ERR_INPUT);
    }
    assert_int_equal(i, 6);
    for (size_t cut = 0; cut < strlen(good); cut++)
        assert_int_equal(ic_witness_parse(&w, good, cut), IC_ERR_INPUT);
    /* A witness is no log. */
    assert_int_equal(ic_note_key_parse(&key, good, strlen(good)), IC_ERR_INPUT);
    json_decref(file);
}

static void a_text_that_is_too_long(void **state)
{
    (void)state;
    static char bytes[IC_TLOG_COSIGNED_MAX + 512];
    json_t *file = vectors_load("tlog/cosignature.json");
    struct ic_witness w = witness_of(vectors_text(file, "vkey"));
    for (size_t len = IC_TLOG_COSIGNED_MAX; len <= IC_TLOG_COSIGNED_MAX + 1; len++) {
        uint64_t time;
        memset(bytes, 'a', len - 1);
        int tail = snprintf(&bytes[len - 1], 256, "\n\n\xe2\x80\x94 other AAAAAAA=\n");
        assert_int_equal(verify(bytes, len - 1 + (size_t)tail, &w, &time),
                         len == IC_TLOG_COSIGNED_MAX ? IC_ERR_GONE : IC_ERR_INPUT);
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_public_witnesses),
        cmocka_unit_test(what_counts_and_what_does_not),
        cmocka_unit_test(each_changed_byte_is_noticed),
        cmocka_unit_test(what_we_sign_is_what_others_sign),
        cmocka_unit_test(keys),
        cmocka_unit_test(a_text_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
