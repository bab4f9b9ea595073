/* Are these secrets in this memory? Each is searched as it is, from its end, by halves, in hex and
 * in base64, alone or inside of something longer.
 *
 *   needles DUMP SECRETS.json
 *
 * SECRETS.json: [{"label": text, "secret": hex}, …]. Prints labels, forms and counts, never a
 * secret. Exit status: 0 none found, 1 found, 2 not done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/input.h"

#define SECRET_MIN 8    /* shorter ones are found by chance */
#define SECRET_MAX 4096 /* bytes */
#define HALF_MIN   8
#define PREFIX     3
#define PAGE       4096

enum form {
    FORM_RAW,
    FORM_REVERSED,
    FORM_FIRST_HALF,
    FORM_SECOND_HALF,
    FORM_HEX,
    FORM_HEX_UPPER,
    FORM_BASE64,
    FORM_BASE64URL,
    FORM_COUNT,
};

static const char *const form_names[FORM_COUNT] = {
    "raw", "reversed", "first-half", "second-half", "hex", "HEX", "base64", "base64url",
};

struct needle {
    uint8_t *bytes;
    size_t len, secret;
    enum form form;
    struct needle *next; /* with the same first three bytes, or their hash */
};

struct secret {
    const char *label;
    size_t counts[FORM_COUNT], first[FORM_COUNT];
};

#define BUCKETS 65536

struct search {
    struct secret *secrets;
    size_t secret_count;
    struct needle *buckets[BUCKETS];
    uint8_t present[1 << 21]; /* a bit for each three bytes that a needle begins with */
    size_t zero_reach;        /* the longest needle that begins with three zeros */
};

static uint32_t prefix(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
}

static size_t bucket(uint32_t three)
{
    return (three * 2654435761U) >> 16;
}

static void *need(void *allocated)
{
    if (allocated == NULL)
        abort();
    return allocated;
}

/* The bytes are copied. The same needle twice for one secret and form counts once: base64 and
 * base64url are often the same text. */
static void add(struct search *s, size_t secret, enum form form, const void *bytes, size_t len)
{
    if (len < SECRET_MIN)
        return;
    uint32_t three = prefix(bytes);
    struct needle **head = &s->buckets[bucket(three)];
    for (const struct needle *n = *head; n != NULL; n = n->next)
        if (n->secret == secret && n->len == len && memcmp(n->bytes, bytes, len) == 0)
            return;
    struct needle *n = need(calloc(1, sizeof *n));
    n->bytes = need(malloc(len));
    memcpy(n->bytes, bytes, len);
    n->len = len;
    n->secret = secret;
    n->form = form;
    n->next = *head;
    *head = n;
    s->present[three >> 3] |= (uint8_t)(1 << (three & 7));
    size_t reach = dump_is_zero(bytes, len) && len < PAGE ? PAGE : len;
    if (three == 0 && reach > s->zero_reach)
        s->zero_reach = reach;
}

static void add_hex(struct search *s, size_t secret, const uint8_t *bytes, size_t len)
{
    static const char *const digits[] = {"0123456789abcdef", "0123456789ABCDEF"};
    char text[2 * SECRET_MAX];
    for (int upper = 0; upper < 2; upper++) {
        for (size_t i = 0; i < len; i++) {
            text[2 * i] = digits[upper][bytes[i] >> 4];
            text[2 * i + 1] = digits[upper][bytes[i] & 15];
        }
        add(s, secret, upper == 0 ? FORM_HEX : FORM_HEX_UPPER, text, 2 * len);
    }
}

/* The characters that hold bits of the secret alone, when it begins `shift` bytes after a group of
 * three: what stands before and behind is not known. */
static size_t base64_inside(const char *alphabet, const uint8_t *bytes, size_t len, size_t shift,
                            char *text)
{
    size_t n = 0, end = 8 * (shift + len);
    for (size_t bit = (8 * shift + 5) / 6 * 6; bit + 6 <= end; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++) {
            size_t at = i - 8 * shift;
            value = value << 1 | (bytes[at / 8] >> (7 - at % 8) & 1U);
        }
        text[n++] = alphabet[value];
    }
    return n;
}

static void add_base64(struct search *s, size_t secret, const uint8_t *bytes, size_t len)
{
#define SHARED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    static const char *const alphabets[] = {SHARED "+/", SHARED "-_"};
    char text[2 * SECRET_MAX];
    for (int url = 0; url < 2; url++)
        for (size_t shift = 0; shift < 3; shift++) {
            size_t n = base64_inside(alphabets[url], bytes, len, shift, text);
            add(s, secret, url == 0 ? FORM_BASE64 : FORM_BASE64URL, text, n);
        }
}

static void add_secret(struct search *s, size_t secret, const uint8_t *bytes, size_t len)
{
    uint8_t reversed[SECRET_MAX];
    for (size_t i = 0; i < len; i++)
        reversed[i] = bytes[len - 1 - i];
    add(s, secret, FORM_RAW, bytes, len);
    add(s, secret, FORM_REVERSED, reversed, len);
    if (len / 2 >= HALF_MIN) {
        add(s, secret, FORM_FIRST_HALF, bytes, len / 2);
        add(s, secret, FORM_SECOND_HALF, &bytes[len / 2], len - len / 2);
    }
    add_hex(s, secret, bytes, len);
    add_base64(s, secret, bytes, len);
}

static bool load(struct search *s, const json_t *list)
{
    s->secret_count = json_array_size(list);
    s->secrets = need(calloc(s->secret_count, sizeof *s->secrets));
    for (size_t i = 0; i < s->secret_count; i++) {
        const json_t *object = json_array_get(list, i);
        size_t len = 0;
        uint8_t *bytes = input_bytes(object, "secret", &len);
        s->secrets[i].label = input_text(object, "label");
        bool ok =
            bytes != NULL && s->secrets[i].label != NULL && len >= SECRET_MIN && len <= SECRET_MAX;
        if (ok)
            add_secret(s, i, bytes, len);
        else
            fprintf(stderr, "secret %zu: needs a label and %d to %d bytes\n", i, SECRET_MIN,
                    SECRET_MAX);
        free(bytes);
        if (!ok)
            return false;
    }
    return true;
}

static void find_at(struct search *s, const struct dump *d, size_t at)
{
    const struct needle *n = s->buckets[bucket(prefix(&d->bytes[at]))];
    for (; n != NULL; n = n->next) {
        if (n->len > d->len - at || memcmp(n->bytes, &d->bytes[at], n->len) != 0)
            continue;
        struct secret *secret = &s->secrets[n->secret];
        if (secret->counts[n->form]++ == 0)
            secret->first[n->form] = at;
    }
}

static bool is_present(const struct search *s, uint32_t three)
{
    return (s->present[three >> 3] >> (three & 7) & 1) != 0;
}

/* Needles that begin in [from, to). */
static void find_in(struct search *s, const struct dump *d, size_t from, size_t to)
{
    for (size_t at = from; at < to; at++)
        if (is_present(s, prefix(&d->bytes[at])))
            find_at(s, d, at);
}

static void find_all(struct search *s, const struct dump *d)
{
    size_t end = d->len < PREFIX ? 0 : d->len - PREFIX + 1;
    for (size_t page = 0; page < end; page += PAGE) {
        size_t to = page + PAGE < end ? page + PAGE : end, from = page;
        /* Of zeros, with the bytes that its last prefixes reach into: what is not all zeros can
         * begin so near its end only that it reaches out of it. */
        if (dump_is_zero(&d->bytes[page], to - page + PREFIX - 1))
            from = to - page > s->zero_reach ? to - s->zero_reach : page;
        find_in(s, d, from, to);
    }
}

/* Returns how many of the secrets were found. */
static size_t report(const struct search *s, const struct dump *d)
{
    size_t found = 0;
    for (size_t i = 0; i < s->secret_count; i++) {
        const struct secret *secret = &s->secrets[i];
        size_t total = 0;
        for (size_t f = 0; f < FORM_COUNT; f++)
            total += secret->counts[f];
        printf("%s: %zu", secret->label, total);
        for (size_t f = 0; f < FORM_COUNT; f++)
            if (secret->counts[f] > 0)
                printf(", %s %zu (first at 0x%zx)", form_names[f], secret->counts[f],
                       secret->first[f]);
        printf("\n");
        found += total > 0;
    }
    printf("%zu of %zu secrets found in %zu bytes\n", found, s->secret_count, d->len);
    return found;
}

static void unload(struct search *s)
{
    for (size_t b = 0; b < BUCKETS; b++)
        while (s->buckets[b] != NULL) {
            struct needle *n = s->buckets[b];
            s->buckets[b] = n->next;
            free(n->bytes);
            free(n);
        }
    free(s->secrets);
}

int main(int argc, char **argv)
{
    static struct search s;
    struct dump d;
    int status = 2;
    if (argc != 3) {
        fprintf(stderr, "use: needles DUMP SECRETS.json\n");
        return 2;
    }
    json_t *list = input_list(argv[2]);
    if (list != NULL && load(&s, list) && dump_open(&d, argv[1])) {
        find_all(&s, &d);
        status = report(&s, &d) > 0 ? 1 : 0;
        dump_close(&d);
    }
    unload(&s);
    json_decref(list);
    return status;
}
