/* Test vectors as hexadecimal text: white space is free, `#` begins a comment. */
#ifndef IC_TESTS_HEX_FILE_H
#define IC_TESTS_HEX_FILE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Read a file below tests/vectors into out; returns the length. Ends the program when the file is
 * not there or not of this form. */
static inline size_t hex_file_read(const char *name, uint8_t *out, size_t cap)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", IC_VECTORS, name);
    FILE *file = fopen(path, "r");
    size_t digits = 0;
    bool comment = false;
    for (int c; file != NULL && (c = fgetc(file)) != EOF;) {
        comment = c == '#' || (comment && c != '\n');
        if (comment || isspace(c))
            continue;
        int value = isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
        if (value < 0 || value > 15 || digits / 2 >= cap) {
            file = NULL;
            break;
        }
        out[digits / 2] = (uint8_t)(digits % 2 == 0 ? value << 4 : out[digits / 2] | value);
        digits++;
    }
    if (file == NULL || digits % 2 != 0) {
        fprintf(stderr, "no vector in %s\n", path);
        exit(1);
    }
    fclose(file);
    return digits / 2;
}

#endif
