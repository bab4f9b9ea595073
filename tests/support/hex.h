/* Bytes from the hexadecimal text of a test vector; blanks are skipped. */
#ifndef IC_TESTS_HEX_H
#define IC_TESTS_HEX_H

#include "support/cmocka_all.h"

static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static inline size_t hex_bytes(const char *text, uint8_t *out, size_t cap)
{
    size_t digits = 0;
    for (; *text != '\0'; text++) {
        int value = hex_digit(*text);
        if (value < 0) {
            assert_int_equal(*text, ' ');
            continue;
        }
        assert_true(digits / 2 < cap);
        int high = digits % 2 == 0 ? value << 4 : out[digits / 2];
        out[digits / 2] = (uint8_t)(digits % 2 == 0 ? high : high | value);
        digits++;
    }
    assert_int_equal(digits % 2, 0);
    return digits / 2;
}

#endif
