/* Archives: what is written is read again, nothing can be cut, and what else tar can do is refused.
 */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/exact.h"
#include "wire/ustar.h"

static uint8_t archive[16384];

static size_t make(void)
{
    static uint8_t large[1000];
    struct ic_wr w = ic_wr_init(archive, sizeof archive);
    memset(large, 'x', sizeof large);
    ic_ustar_write(&w, "policy", (const uint8_t *)"abc", 3);
    ic_ustar_write(&w, "empty", NULL, 0);
    ic_ustar_write(&w, "receipt/1", large, sizeof large);
    ic_ustar_write(&w, "whole", large, 512);
    ic_ustar_write_end(&w);
    assert_true(ic_wr_ok(&w));
    return w.len;
}

/* How many files there are; -1: it is refused. */
static int count(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = exact_copy(bytes, len);
    struct ic_ustar u = ic_ustar_init(copy, len);
    struct ic_ustar_file file;
    enum ic_err err;
    int files = 0;
    while ((err = ic_ustar_next(&u, &file)) == IC_OK)
        files++;
    free(copy);
    return err == IC_ERR_GONE ? files : -1;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t len;
    } rows[] = {{"policy", 3}, {"empty", 0}, {"receipt/1", 1000}, {"whole", 512}};
    size_t len = make();
    struct ic_ustar u = ic_ustar_init(archive, len);
    struct ic_ustar_file file;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ic_ustar_next(&u, &file), IC_OK);
        assert_string_equal(file.name, rows[i].name);
        assert_int_equal(file.len, rows[i].len);
        if (file.len > 0)
            assert_int_equal(file.bytes[file.len - 1], i == 0 ? 'c' : 'x');
    }
    assert_int_equal(ic_ustar_next(&u, &file), IC_ERR_GONE);
}

static void no_end_is_missing(void **state)
{
    (void)state;
    size_t len = make();
    assert_int_equal(count(archive, len), 4);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(count(archive, cut), -1);
    /* More blocks of zeros are how tar fills its records. */
    memset(&archive[len], 0, 1024);
    assert_int_equal(count(archive, len + 512), 4);
    assert_int_equal(count(archive, len + 100), -1);
    archive[len + 10] = 1;
    assert_int_equal(count(archive, len + 512), -1);
}

/* A changed header has the checksum of what it says. */
static void seal(void)
{
    char text[8];
    unsigned sum = 0;
    memset(&archive[148], ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += archive[i];
    snprintf(text, sizeof text, "%06o", sum);
    memcpy(&archive[148], text, 7);
}

static void what_a_header_must_be(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        const char *bytes;
        size_t len;
        bool is_good;
    } rows[] = {
        {"a space in the name", 2, " ", 1, false},
        {"a control character in the name", 2, "\n", 1, false},
        {"bytes behind the name", 20, "x", 1, false},
        {"no name", 0, "\0\0\0\0\0\0", 6, false},
        {"another owner", 108, "0001750", 7, true},
        {"an owner that is no number", 108, "000175x", 7, false},
        {"another time", 136, "14713202734", 11, true},
        {"a size with a space in front", 124, " 0000000003", 11, false},
        {"a size of binary", 124, "\x80\0\0\0\0\0\0\0\0\0\0\3", 12, false},
        {"a size without an end", 124, "000000000003", 12, false},
        {"a larger size", 124, "77777777777", 11, false},
        {"a directory", 156, "5", 1, false},
        {"a symbolic link", 156, "2", 1, false},
        {"a pax header", 156, "x", 1, false},
        {"an old regular file", 156, "\0", 1, false},
        {"a link's name", 157, "x", 1, false},
        {"GNU magic", 257, "ustar  \0", 8, false},
        {"the owner's name", 265, "me", 2, true},
        {"a prefix", 345, "x", 1, false},
        {"padding", 500, "x", 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = make();
        memcpy(&archive[rows[i].at], rows[i].bytes, rows[i].len);
        assert_int_equal(count(archive, len), -1); /* by its checksum */
        seal();
        if ((count(archive, len) == 4) != rows[i].is_good)
            fail_msg("%s", rows[i].what);
    }
    size_t len = make();
    archive[512 + 3] = 'd'; /* padding of the first file */
    assert_int_equal(count(archive, len), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(no_end_is_missing),
        cmocka_unit_test(what_a_header_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
