#include "cluster/node_text.h"

#include <string.h>

#include "base/assert.h"
#include "base/limits.h"
#include "base/text.h"

#define TIME_LEN 20 /* of "2026-11-23T00:00:00Z" */
#define YEAR_MAX 9999
#define DAY_S    86400

/* ---- lines ---- */

/* How many bytes the next line has, without its line feed; false: there is no whole line. */
static bool find_end(const struct ic_rd *r, size_t *len)
{
    const uint8_t *end = r->left == 0 ? NULL : memchr(r->p, '\n', r->left);
    if (end == NULL)
        return false;
    *len = (size_t)(end - r->p);
    return true;
}

struct ic_node_text ic_node_text_init(const uint8_t *text, size_t len, const char *kind)
{
    struct ic_node_text t = {.r = ic_rd_init(text, len), .reason = IC_NODE_GOOD};
    size_t line_len, kind_len = strlen(kind);
    if (!find_end(&t.r, &line_len) || line_len != kind_len || memcmp(t.r.p, kind, kind_len) != 0)
        t.reason = IC_NODE_KIND;
    else
        ic_rd_skip(&t.r, line_len + 1);
    return t;
}

bool ic_node_text_is_next(const struct ic_node_text *t, const char *keyword)
{
    size_t len, keyword_len = strlen(keyword);
    return t->reason == IC_NODE_GOOD && find_end(&t->r, &len) && len > keyword_len &&
           memcmp(t->r.p, keyword, keyword_len) == 0 && t->r.p[keyword_len] == ' ';
}

struct ic_node_value ic_node_text_line(struct ic_node_text *t, const char *keyword)
{
    struct ic_node_value value = {.at = "", .len = 0};
    size_t len = 0, head = strlen(keyword) + 1;
    if (!ic_node_text_is_next(t, keyword) || !find_end(&t->r, &len)) {
        ic_node_text_refuse(t, IC_NODE_LINE);
        return value;
    }
    const char *line = (const char *)ic_rd_take(&t->r, len + 1);
    value.at = &line[head];
    value.len = len - head;
    return value;
}

void ic_node_text_refuse(struct ic_node_text *t, enum ic_node_reason reason)
{
    if (t->reason == IC_NODE_GOOD)
        t->reason = reason;
}

enum ic_node_reason ic_node_text_end(struct ic_node_text *t)
{
    if (t->r.left > 0)
        ic_node_text_refuse(t, IC_NODE_LINE);
    return t->reason;
}

/* ---- values ---- */

struct ic_node_value ic_node_value_split(struct ic_node_value *v, char separator)
{
    const char *end = v->len == 0 ? NULL : memchr(v->at, separator, v->len);
    struct ic_node_value first = *v;
    size_t taken = end == NULL ? v->len : (size_t)(end - v->at) + 1;
    if (end != NULL)
        first.len = taken - 1;
    v->at += taken;
    v->len -= taken;
    return first;
}

bool ic_node_value_is(struct ic_node_value v, const char *text)
{
    return v.len == strlen(text) && memcmp(v.at, text, v.len) == 0;
}

bool ic_node_value_number(struct ic_node_value v, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t number;
    if (ic_decimal_decode(v.at, v.len, &number) != IC_OK || number < min || number > max)
        return false;
    *out = number;
    return true;
}

/* Digits of a fixed width. */
static bool read_digits(const char *at, size_t width, unsigned min, unsigned max, unsigned *out)
{
    unsigned number = 0;
    for (size_t i = 0; i < width; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        number = number * 10 + (unsigned)(at[i] - '0');
    }
    *out = number;
    return number >= min && number <= max;
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days from 1970 to the first of January of a year from 1970 on. */
static uint64_t days_before(unsigned year)
{
    unsigned y = year - 1;
    return (uint64_t)(year - 1970) * 365 + (y / 4 - y / 100 + y / 400) -
           (1969 / 4 - 1969 / 100 + 1969 / 400);
}

bool ic_node_value_time(struct ic_node_value v, uint64_t *out)
{
    unsigned year, month, day, hour, minute, second;
    if (v.len != TIME_LEN || v.at[4] != '-' || v.at[7] != '-' || v.at[10] != 'T' ||
        v.at[13] != ':' || v.at[16] != ':' || v.at[19] != 'Z')
        return false;
    if (!read_digits(&v.at[0], 4, 1970, YEAR_MAX, &year) ||
        !read_digits(&v.at[5], 2, 1, 12, &month) ||
        !read_digits(&v.at[8], 2, 1, days_of(year, month), &day) ||
        !read_digits(&v.at[11], 2, 0, 23, &hour) || !read_digits(&v.at[14], 2, 0, 59, &minute) ||
        !read_digits(&v.at[17], 2, 0, 59, &second))
        return false;
    uint64_t days = days_before(year) + day - 1;
    for (unsigned m = 1; m < month; m++)
        days += days_of(year, m);
    *out = days * DAY_S + hour * 3600u + minute * 60u + second;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool ic_node_value_hex(struct ic_node_value v, uint8_t out[static IC_MERKLE_HASH_LEN])
{
    uint8_t bytes[IC_MERKLE_HASH_LEN];
    if (v.len != 2 * sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        int high = hex_digit(v.at[2 * i]), low = hex_digit(v.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, bytes, sizeof bytes);
    return true;
}

bool ic_node_value_hash(struct ic_node_value v, uint8_t out[static IC_MERKLE_HASH_LEN])
{
    return ic_base64_decode(v.at, v.len, out, IC_MERKLE_HASH_LEN) == IC_OK;
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_label(struct ic_node_value v)
{
    if (v.len == 0 || v.len > 63 || v.at[0] == '-' || v.at[v.len - 1] == '-')
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (!is_lower(v.at[i]) && v.at[i] != '-')
            return false;
    return true;
}

bool ic_node_value_name(struct ic_node_value v)
{
    if (v.len == 0 || v.len > IC_NODE_NAME_MAX || v.at[v.len - 1] == '.')
        return false;
    while (v.len > 0)
        if (!is_label(ic_node_value_split(&v, '.')))
            return false;
    return true;
}

/* Ranges of code points that nobody sees, that change what is seen, or that have no meaning
 * (nodes.md 7). */
static bool is_seen(int32_t point)
{
    static const struct {
        int32_t first, last;
    } hidden[] = {
        {0x0, 0x1f},        {0x7f, 0xa0},       {0xad, 0xad},         {0x34f, 0x34f},
        {0x61c, 0x61c},     {0x115f, 0x1160},   {0x1680, 0x1680},     {0x17b4, 0x17b5},
        {0x180b, 0x180f},   {0x2000, 0x200f},   {0x2028, 0x202f},     {0x205f, 0x206f},
        {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},     {0xe000, 0xf8ff},
        {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},     {0xfff0, 0xffff},
        {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, INT32_MAX},
    };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (point >= hidden[i].first && point <= hidden[i].last)
            return false;
    return point >= 0; /* below: not UTF-8 */
}

bool ic_node_value_words(struct ic_node_value v, size_t max)
{
    bool was_space = true;
    if (v.len == 0 || v.len > max)
        return false;
    for (size_t at = 0; at < v.len;) {
        int32_t point = ic_utf8_next(v.at, v.len, &at);
        if (!is_seen(point) || (point == ' ' && was_space))
            return false;
        was_space = point == ' ';
    }
    return !was_space;
}

/* ---- writing ---- */

void ic_node_text_write(struct ic_wr *w, const char *keyword, const char *value)
{
    ic_wr_text(w, keyword);
    ic_wr_u8(w, ' ');
    ic_wr_text(w, value);
    ic_wr_u8(w, '\n');
}

void ic_node_text_write_number(struct ic_wr *w, const char *keyword, uint64_t value)
{
    ic_wr_text(w, keyword);
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, value);
    ic_wr_u8(w, '\n');
}

static void write_digits(struct ic_wr *w, unsigned number, unsigned place, char behind)
{
    for (; place > 0; place /= 10)
        ic_wr_u8(w, (uint8_t)('0' + number / place % 10));
    ic_wr_u8(w, (uint8_t)behind);
}

void ic_node_text_write_time(struct ic_wr *w, const char *keyword, uint64_t time_s)
{
    unsigned year = 1970, month = 1;
    uint64_t days = time_s / DAY_S;
    unsigned second = (unsigned)(time_s % DAY_S);
    IC_ASSERT(days < days_before(YEAR_MAX + 1));
    while (days_before(year + 1) <= days)
        year++;
    days -= days_before(year);
    for (; days >= days_of(year, month); month++)
        days -= days_of(year, month);
    ic_wr_text(w, keyword);
    ic_wr_u8(w, ' ');
    write_digits(w, year, 1000, '-');
    write_digits(w, month, 10, '-');
    write_digits(w, (unsigned)days + 1, 10, 'T');
    write_digits(w, second / 3600, 10, ':');
    write_digits(w, second / 60 % 60, 10, ':');
    write_digits(w, second % 60, 10, 'Z');
    ic_wr_u8(w, '\n');
}

void ic_node_text_write_hash(struct ic_wr *w, const char *keyword,
                             const uint8_t hash[static IC_MERKLE_HASH_LEN])
{
    char text[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
    ic_base64_encode(hash, IC_MERKLE_HASH_LEN, text);
    ic_node_text_write(w, keyword, text);
}

void ic_node_text_write_hex(struct ic_wr *w, const uint8_t bytes[static IC_MERKLE_HASH_LEN])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < IC_MERKLE_HASH_LEN; i++) {
        ic_wr_u8(w, (uint8_t)hex[bytes[i] >> 4]);
        ic_wr_u8(w, (uint8_t)hex[bytes[i] & 15]);
    }
}
