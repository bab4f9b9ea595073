#include "audit/input.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool dump_open(struct dump *d, const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size <= 0) {
        fprintf(stderr, "%s: not a dump that can be read\n", path);
        if (fd >= 0)
            close(fd);
        return false;
    }
    d->len = (size_t)info.st_size;
    void *at = mmap(NULL, d->len, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (at == MAP_FAILED) {
        fprintf(stderr, "%s: cannot be mapped\n", path);
        return false;
    }
    madvise(at, d->len, MADV_SEQUENTIAL);
    d->bytes = at;
    return true;
}

void dump_close(struct dump *d)
{
    munmap((void *)(uintptr_t)d->bytes, d->len);
}

bool dump_is_zero(const uint8_t *bytes, size_t len)
{
    return len == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, len - 1) == 0);
}

json_t *input_list(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root != NULL && json_array_size(root) > 0)
        return root;
    fprintf(stderr, "%s: %s\n", path, root == NULL ? error.text : "not a list, or empty");
    json_decref(root);
    return NULL;
}

const char *input_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

uint8_t *input_bytes(const json_t *object, const char *key, size_t *len)
{
    const char *text = input_text(object, key);
    size_t digits = text == NULL ? 1 : strlen(text);
    uint8_t *bytes = malloc(digits / 2 + 1);
    if (bytes == NULL)
        abort();
    for (size_t i = 0; digits % 2 == 0 && i < digits; i += 2) {
        int high = digit(text[i]), low = digit(text[i + 1]);
        if (high < 0 || low < 0)
            digits = 1;
        else
            bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    if (digits % 2 != 0) {
        fprintf(stderr, "no bytes in hex as %s\n", key);
        free(bytes);
        return NULL;
    }
    *len = digits / 2;
    return bytes;
}
