/* Header extension elements of RFC 8285, both forms. */
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "wire/hdrext.h"

#define ONE IC_HDREXT_PROFILE_ONE_BYTE
#define TWO IC_HDREXT_PROFILE_TWO_BYTE

struct sample {
    const char *name;
    uint16_t profile;
    uint8_t bytes[32];
    size_t len;
    uint8_t ids[6]; /* in order, 0: end */
    uint8_t lens[6];
    bool bad;
};

static const struct sample samples[] = {
    {"nothing", ONE, {0}, 0, {0}, {0}, false},
    {"one element", ONE, {0x31, 0xaa, 0xbb, 0}, 4, {3}, {2}, false},
    {"shortest and longest",
     ONE,
     {0x10, 1, 0x2f, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     19,
     {1, 2},
     {1, 16},
     false},
    {"padding before, between, behind",
     ONE,
     {0, 0, 0x10, 1, 0, 0x20, 2, 0},
     8,
     {1, 2},
     {1, 1},
     false},
    {"padding byte with a length nibble is one byte",
     ONE,
     {0x03, 0x10, 1, 0x20, 2, 0, 0, 0},
     8,
     {1, 2},
     {1, 1},
     false},
    {"id 15 ends it, what came before stands",
     ONE,
     {0x10, 1, 0xf0, 9, 0x20, 2},
     6,
     {1},
     {1},
     false},
    {"id 15 ends it even with a length behind the end", ONE, {0x10, 1, 0xff}, 3, {1}, {1}, false},
    {"element reaches behind the end by one", ONE, {0x31, 0xaa}, 2, {0}, {0}, true},
    {"second element cut", ONE, {0x10, 1, 0x2f, 0}, 4, {1}, {1}, true},
    {"two-byte form", TWO, {3, 2, 0xaa, 0xbb, 200, 1, 9, 0}, 8, {3, 200}, {2, 1}, false},
    {"two-byte form with appbits", TWO | 0x7, {3, 1, 0xaa, 0}, 4, {3}, {1}, false},
    {"two-byte form, element without data", TWO, {3, 0, 4, 1, 9, 0}, 6, {3, 4}, {0, 1}, false},
    {"two-byte form, id 15 is an id", TWO, {15, 1, 9, 0}, 4, {15}, {1}, false},
    {"two-byte form, id without length", TWO, {0, 0, 0, 3}, 4, {0}, {0}, true},
    {"two-byte form, length 255 cut", TWO, {3, 255, 1, 2}, 4, {0}, {0}, true},
    {"two-byte form, empty element at the very end", TWO, {0, 0, 3, 0}, 4, {3}, {0}, false},
    {"another profile has no elements", 0xabcd, {0x31, 0xaa, 0xbb, 0}, 4, {0}, {0}, false},
};

/* Walk an exact copy; every byte handed out is touched. Returns how many elements. */
static size_t walk(const struct sample *s, size_t len, uint8_t ids[6], uint8_t lens[6], bool *bad)
{
    uint8_t *copy = exact_copy(s->bytes, len);
    struct ic_hdrext x;
    struct ic_hdrext_element e;
    size_t n = 0;
    ic_hdrext_begin(&x, s->profile, ic_rd_init(copy, len));
    while (ic_hdrext_next(&x, &e)) {
        unsigned sum = 0;
        for (size_t i = 0; i < e.len; i++)
            sum += e.data[i];
        assert_true(sum < 65536);
        assert_true(e.id != 0 && e.data != NULL && n < 6);
        ids[n] = e.id;
        lens[n++] = e.len;
    }
    *bad = x.bad;
    free(copy);
    return n;
}

static void elements_and_padding_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint8_t ids[6] = {0}, lens[6] = {0};
        bool bad = false;
        print_message("%s\n", samples[i].name);
        walk(&samples[i], samples[i].len, ids, lens, &bad);
        assert_memory_equal(ids, samples[i].ids, sizeof ids);
        assert_memory_equal(lens, samples[i].lens, sizeof lens);
        assert_int_equal(bad, samples[i].bad);
    }
}

static void truncation_at_every_byte_gives_a_prefix_of_the_elements(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        for (size_t len = 0; len < samples[i].len; len++) {
            uint8_t ids[6] = {0}, lens[6] = {0};
            bool bad;
            size_t n = walk(&samples[i], len, ids, lens, &bad);
            assert_memory_equal(ids, samples[i].ids, n);
        }
    }
}

static const struct ic_hdrext_ids ids = {.mid = 4, .rid = 5, .repaired_rid = 6, .transport_cc = 3};

static enum ic_err read_copy(uint16_t profile, const uint8_t *bytes, size_t len,
                             struct ic_hdrext_values *out)
{
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_hdrext_read(profile, ic_rd_init(copy, len), &ids, out);
    free(copy);
    return err;
}

static void the_known_elements_are_found(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x31, 0x12, 0x34, 0x41, '1', '7', 0x50, 'h',
                                    0x61, 'l',  'o',  0x90, 1,   0,   0,    0};
    struct ic_hdrext_values v;
    assert_int_equal(read_copy(ONE, bytes, sizeof bytes, &v), IC_OK);
    assert_true(v.has_transport_cc);
    assert_int_equal(v.transport_cc, 0x1234);
    assert_string_equal(v.mid, "17");
    assert_string_equal(v.rid, "h");
    assert_string_equal(v.repaired_rid, "lo");
}

static void unfit_elements_count_as_absent(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t profile;
        uint8_t bytes[24];
        size_t len;
    } table[] = {
        {"transport-cc of one byte", ONE, {0x30, 1}, 2},
        {"transport-cc of three bytes", ONE, {0x32, 1, 2, 3}, 4},
        {"mid of nine bytes", ONE, {0x48, '1', '2', '3', '4', '5', '6', '7', '8', '9'}, 10},
        {"mid with a null byte", ONE, {0x41, '1', 0}, 3},
        {"mid with a space", ONE, {0x41, '1', ' '}, 3},
        {"mid outside ASCII", ONE, {0x41, 0xc3, 0xa4}, 3},
        {"mid with DEL", ONE, {0x40, 0x7f}, 2},
        {"empty mid", TWO, {4, 0}, 2},
        {"rid of 17 bytes",
         TWO,
         {5, 17, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
          'g'},
         19},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_hdrext_values v;
        print_message("%s\n", table[i].name);
        assert_int_equal(read_copy(table[i].profile, table[i].bytes, table[i].len, &v), IC_OK);
        assert_false(v.has_transport_cc);
        assert_string_equal(v.mid, "");
        assert_string_equal(v.rid, "");
    }
}

static void texts_of_the_greatest_length_fit(void **state)
{
    (void)state;
    static const uint8_t mid[] = {0x47, '1', '2', '3', '4', '5', '6', '7', '8'};
    static const uint8_t rid[] = {0x5f, '0', '1', '2', '3', '4', '5', '6', '7',
                                  '8',  '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    struct ic_hdrext_values v;
    assert_int_equal(read_copy(ONE, mid, sizeof mid, &v), IC_OK);
    assert_string_equal(v.mid, "12345678");
    assert_int_equal(read_copy(ONE, rid, sizeof rid, &v), IC_OK);
    assert_string_equal(v.rid, "0123456789abcdef");
}

static void of_two_equal_elements_the_first_counts(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x40, 'a', 0x40, 'b', 0x31, 0, 1, 0x31, 0, 2};
    struct ic_hdrext_values v;
    assert_int_equal(read_copy(ONE, bytes, sizeof bytes, &v), IC_OK);
    assert_string_equal(v.mid, "a");
    assert_int_equal(v.transport_cc, 1);
}

static void ids_that_are_not_negotiated_match_nothing(void **state)
{
    (void)state;
    static const struct ic_hdrext_ids none = {0};
    static const uint8_t bytes[] = {0x00, 0x40, 'a', 0x31, 0, 1};
    struct ic_hdrext_values v;
    assert_int_equal(ic_hdrext_read(ONE, ic_rd_init(bytes, sizeof bytes), &none, &v), IC_OK);
    assert_false(v.has_transport_cc);
    assert_string_equal(v.mid, "");
}

static void a_malformed_extension_is_refused_and_writes_nothing(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x40, 'a', 0x3f, 1};
    struct ic_hdrext_values v = {.transport_cc = 9};
    assert_int_equal(read_copy(ONE, bytes, sizeof bytes, &v), IC_ERR_INPUT);
    assert_int_equal(v.transport_cc, 9);
    assert_string_equal(v.mid, "");
}

static void written_elements_are_padded_to_32_bits_and_read_back(void **state)
{
    (void)state;
    for (uint8_t len = 1; len <= IC_HDREXT_ONE_BYTE_LEN_MAX; len++) {
        uint8_t out[64];
        struct ic_wr w = ic_wr_init(out, sizeof out);
        struct ic_hdrext_item items[2] = {{.id = 1, .len = len}, {.id = 14, .len = 2}};
        memset(items[0].data, 0xa5, len);
        ic_hdrext_write(&w, items, 2);
        assert_true(ic_wr_ok(&w));
        assert_int_equal(w.len % 4, 0);

        struct ic_rd rd = ic_rd_init(out, w.len);
        uint16_t profile = ic_rd_u16(&rd);
        size_t words = ic_rd_u16(&rd);
        assert_int_equal(words * 4, rd.left);
        struct ic_hdrext x;
        struct ic_hdrext_element e;
        ic_hdrext_begin(&x, profile, rd);
        assert_true(ic_hdrext_next(&x, &e));
        assert_int_equal(e.id, 1);
        assert_int_equal(e.len, len);
        assert_memory_equal(e.data, items[0].data, len);
        assert_true(ic_hdrext_next(&x, &e));
        assert_int_equal(e.id, 14);
        assert_false(ic_hdrext_next(&x, &e));
        assert_false(x.bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_and_padding_follow_the_table),
        cmocka_unit_test(truncation_at_every_byte_gives_a_prefix_of_the_elements),
        cmocka_unit_test(the_known_elements_are_found),
        cmocka_unit_test(unfit_elements_count_as_absent),
        cmocka_unit_test(texts_of_the_greatest_length_fit),
        cmocka_unit_test(of_two_equal_elements_the_first_counts),
        cmocka_unit_test(ids_that_are_not_negotiated_match_nothing),
        cmocka_unit_test(a_malformed_extension_is_refused_and_writes_nothing),
        cmocka_unit_test(written_elements_are_padded_to_32_bits_and_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
