/* HTTP/1.1 heads: RFC 9110 (fields, conditional requests, content negotiation), RFC 9112 (syntax),
 * RFC 3986 (targets). A head is split into lines first, then each line is read by a bounded cursor.
 * Strictness against request smuggling: nothing is repaired, what is not exactly the grammar is
 * refused and the connection ends. */
#include "wire/http1.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"

#define WEIGHT_ONE 1000

/* ---- characters ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

/* RFC 9110 5.6.2: tchar */
static bool is_tchar(uint8_t c)
{
    return is_alpha(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-.^_`|~");
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* RFC 9110 5.5: field-vchar, SP, HTAB; obs-text is let through and never interpreted. */
static bool is_value_char(uint8_t c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

/* RFC 3986 3.3: pchar without pct-encoded, and "/".
 * DEVIATION RFC 3986 3.3: [ ] ^ | are let through because browsers send them as they are. */
static bool is_path_char(uint8_t c)
{
    return is_alpha(c) || is_digit(c) || is_one_of(c, "-._~!$&'()*+,;=:@/[]^|");
}

/* DEVIATION RFC 3986 3.4: all visible characters but # " < > because browsers send them as they
 * are; no route of ours reads the query. */
static bool is_query_char(uint8_t c)
{
    return c > 0x20 && c < 0x7f && !is_one_of(c, "#\"<>");
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* ---- text ---- */

bool ic_http1_text_is(const struct ic_http1_text *text, const char *expected)
{
    return text->len == strlen(expected) && memcmp(text->at, expected, text->len) == 0;
}

bool ic_http1_text_same_nocase(const struct ic_http1_text *a, const struct ic_http1_text *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++) {
        if (lower(a->at[i]) != lower(b->at[i]))
            return false;
    }
    return true;
}

bool ic_http1_text_is_nocase(const struct ic_http1_text *text, const char *expected)
{
    struct ic_http1_text other = {.at = (const uint8_t *)expected, .len = strlen(expected)};
    return ic_http1_text_same_nocase(text, &other);
}

/* The next len bytes; empty when the reader is bad. */
static struct ic_http1_text text_of(struct ic_rd *r, size_t len)
{
    const uint8_t *at = len == 0 ? r->p : ic_rd_take(r, len);
    return (struct ic_http1_text){.at = at, .len = at == NULL ? 0 : len};
}

/* What is left in the reader. */
static struct ic_http1_text rest(struct ic_rd *r)
{
    return text_of(r, r->left);
}

/* The longest run of characters that pass, possibly empty. */
static struct ic_http1_text take_while(struct ic_rd *r, bool (*is_in)(uint8_t))
{
    size_t len = 0;
    while (len < r->left && is_in(r->p[len]))
        len++;
    return text_of(r, len);
}

/* Step over one expected byte. */
static bool take_byte(struct ic_rd *r, uint8_t expected)
{
    return ic_rd_u8(r) == expected && ic_rd_ok(r);
}

static struct ic_http1_text trim(struct ic_http1_text text)
{
    struct ic_rd r = ic_rd_init(text.at, text.len);
    take_while(&r, is_space);
    while (r.left > 0 && is_space(r.p[r.left - 1]))
        r.left--;
    return rest(&r);
}

static bool is_all(const struct ic_http1_text *text, bool (*is_in)(uint8_t))
{
    struct ic_rd r = ic_rd_init(text->at, text->len);
    return take_while(&r, is_in).len == text->len;
}

/* ---- the end of a head ---- */

enum ic_http1_step ic_http1_scan_input(struct ic_http1_scan *scan, const uint8_t *bytes, size_t len,
                                       size_t *head_len, unsigned *status)
{
    IC_ASSERT(scan->done <= len);
    *status = 400;
    for (; scan->done < len && scan->done < IC_HTTP_HEAD_MAX; scan->done++) {
        uint8_t c = bytes[scan->done];
        /* RFC 9112 2.2: "A recipient of such a bare CR MUST consider that element to be invalid".
         * DEVIATION RFC 9112 2.2: a single LF is no line end here, and an empty line before the
         * request line is refused: both are only sent by attackers. */
        if (scan->is_after_cr != (c == '\n'))
            return IC_HTTP1_BAD;
        bool is_control = (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
        if (is_control || (c == '\r' && scan->done == 0))
            return IC_HTTP1_BAD;
        scan->is_after_cr = c == '\r';
        if (c != '\n')
            continue;
        if (scan->done == scan->line_start + 1) {
            *head_len = ++scan->done;
            return IC_HTTP1_DONE;
        }
        scan->line_start = scan->done + 1;
    }
    /* LIMIT: IC_HTTP_HEAD_MAX */
    if (scan->done < IC_HTTP_HEAD_MAX)
        return IC_HTTP1_MORE;
    *status = scan->line_start == 0 ? 414 : 431;
    return IC_HTTP1_BAD;
}

/* ---- request line ---- */

/* The next line without its CRLF; the reader goes bad when there is none. */
static struct ic_rd take_line(struct ic_rd *r)
{
    size_t len = 0;
    while (len + 1 < r->left && !(r->p[len] == '\r' && r->p[len + 1] == '\n'))
        len++;
    struct ic_rd line = ic_rd_sub(r, len);
    ic_rd_skip(r, 2);
    return line;
}

static enum ic_http1_method method_of(const struct ic_http1_text *token)
{
    if (ic_http1_text_is(token, "GET"))
        return IC_HTTP1_GET;
    if (ic_http1_text_is(token, "HEAD"))
        return IC_HTTP1_HEAD;
    if (ic_http1_text_is(token, "POST"))
        return IC_HTTP1_POST;
    return ic_http1_text_is(token, "OPTIONS") ? IC_HTTP1_OPTIONS : IC_HTTP1_OTHER;
}

static bool is_not_query_mark(uint8_t c)
{
    return c != '?';
}

/* RFC 3986 2.1: pct-encoded = "%" HEXDIG HEXDIG */
static bool is_path(const struct ic_http1_text *path)
{
    struct ic_rd r = ic_rd_init(path->at, path->len);
    if (path->len == 0 || path->at[0] != '/')
        return false;
    while (r.left > 0) {
        uint8_t c = ic_rd_u8(&r);
        bool is_escape = c == '%' && is_hex(ic_rd_u8(&r)) && is_hex(ic_rd_u8(&r));
        if (!is_escape && !is_path_char(c))
            return false;
    }
    return ic_rd_ok(&r);
}

/* RFC 9112 3.2.1: origin-form only. Absolute-form is for proxies, which we are not. */
static bool parse_target(const struct ic_http1_text *target, struct ic_http1_request *out)
{
    struct ic_rd r = ic_rd_init(target->at, target->len);
    out->path = take_while(&r, is_not_query_mark);
    out->query = (struct ic_http1_text){.at = NULL, .len = 0};
    if (r.left > 0) {
        ic_rd_skip(&r, 1);
        out->query = rest(&r);
    }
    return is_path(&out->path) && is_all(&out->query, is_query_char);
}

static bool is_not_space(uint8_t c)
{
    return c != ' ';
}

/* RFC 9112 2.3: HTTP-version = "HTTP/" DIGIT "." DIGIT, case-sensitive. Returns a status, 0: ours.
 */
static unsigned check_version(const struct ic_http1_text *version)
{
    if (ic_http1_text_is(version, "HTTP/1.1"))
        return 0;
    struct ic_rd r = ic_rd_init(version->at, version->len);
    const uint8_t *name = ic_rd_take(&r, 5);
    bool is_version = name != NULL && memcmp(name, "HTTP/", 5) == 0 && is_digit(ic_rd_u8(&r)) &&
                      take_byte(&r, '.') && is_digit(ic_rd_u8(&r)) && ic_rd_done(&r);
    return is_version ? 505 : 400;
}

/* RFC 9112 3: request-line = method SP request-target SP HTTP-version; single spaces. */
static unsigned parse_request_line(struct ic_rd line, struct ic_http1_request *out)
{
    struct ic_http1_text method = take_while(&line, is_tchar);
    if (method.len == 0 || !take_byte(&line, ' '))
        return 400;
    struct ic_http1_text target = take_while(&line, is_not_space);
    if (!take_byte(&line, ' '))
        return 400;
    struct ic_http1_text version = rest(&line);
    out->method = method_of(&method);
    unsigned status = check_version(&version);
    if (status != 0)
        return status;
    return parse_target(&target, out) ? 0 : 400;
}

/* ---- fields ---- */

/* RFC 9112 5: field-line = field-name ":" OWS field-value OWS.
 * RFC 9112 5.1: "No whitespace is allowed between the field name and colon." A line that begins
 * with white space (obs-fold) has no name and is refused by the same test. */
static bool parse_field(struct ic_rd line, struct ic_http1_field *out)
{
    out->name = take_while(&line, is_tchar);
    if (out->name.len == 0 || !take_byte(&line, ':'))
        return false;
    out->value = trim(rest(&line));
    return is_all(&out->value, is_value_char);
}

static unsigned parse_fields(struct ic_rd *r, struct ic_http1_request *out)
{
    for (;;) {
        struct ic_rd line = take_line(r);
        if (!ic_rd_ok(r))
            return 400;
        if (line.left == 0)
            return ic_rd_done(r) ? 0 : 400;
        if (out->field_count == IC_HTTP_HEADERS_MAX)
            return 431;
        if (!parse_field(line, &out->fields[out->field_count++]))
            return 400;
    }
}

size_t ic_http1_field_count(const struct ic_http1_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++)
        count += ic_http1_text_is_nocase(&request->fields[i].name, name);
    return count;
}

const struct ic_http1_text *ic_http1_field_one(const struct ic_http1_request *request,
                                               const char *name)
{
    const struct ic_http1_text *found = NULL;
    for (size_t i = 0; i < request->field_count; i++) {
        if (!ic_http1_text_is_nocase(&request->fields[i].name, name))
            continue;
        if (found != NULL)
            return NULL;
        found = &request->fields[i].value;
    }
    return found;
}

/* ---- fields that steer ---- */

static bool is_name_char(uint8_t c)
{
    return is_alpha(c) || is_digit(c) || is_one_of(c, ".-_");
}

static bool is_ipv6_char(uint8_t c)
{
    return is_hex(c) || c == ':' || c == '.';
}

/* RFC 9110 7.2: Host = uri-host [ ":" port ]; of reg-name only what host names are made of. */
static bool is_host(const struct ic_http1_text *host)
{
    struct ic_rd r = ic_rd_init(host->at, host->len);
    size_t name_len;
    if (host->len > 0 && host->at[0] == '[') {
        ic_rd_skip(&r, 1);
        name_len = take_while(&r, is_ipv6_char).len;
        if (!take_byte(&r, ']'))
            return false;
    } else {
        name_len = take_while(&r, is_name_char).len;
    }
    if (name_len == 0 || name_len > 255)
        return false;
    if (r.left == 0)
        return true;
    if (!take_byte(&r, ':'))
        return false;
    struct ic_http1_text port = take_while(&r, is_digit);
    return port.len > 0 && port.len <= 5 && ic_rd_done(&r);
}

/* RFC 9112 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request
 * message that lacks a Host header field and to any request message that contains more than one".
 */
static unsigned check_host(struct ic_http1_request *out)
{
    const struct ic_http1_text *host = ic_http1_field_one(out, "host");
    if (host == NULL || !is_host(host))
        return 400;
    out->host = *host;
    return 0;
}

/* RFC 9112 6.1: "A server MAY reject a request that contains both Content-Length and
 * Transfer-Encoding"; without chunked bodies each transfer coding is one we do not understand:
 * "SHOULD respond with 501". DEVIATION RFC 9112 6.3: a repeated Content-Length is refused even when
 * the values agree, and so are leading zeros. */
static unsigned check_length(struct ic_http1_request *out)
{
    size_t count = ic_http1_field_count(out, "content-length");
    if (ic_http1_field_count(out, "transfer-encoding") > 0)
        return count > 0 ? 400 : 501;
    if (count == 0)
        return 0;
    const struct ic_http1_text *value = ic_http1_field_one(out, "content-length");
    if (value == NULL || value->len == 0 || !is_all(value, is_digit))
        return 400;
    if (value->len > 1 && value->at[0] == '0')
        return 400;
    if (value->len > 18)
        return 413;
    for (size_t i = 0; i < value->len; i++)
        out->content_length = out->content_length * 10 + (uint64_t)(value->at[i] - '0');
    out->has_content_length = true;
    return 0;
}

enum ic_err ic_http1_request_parse(const uint8_t *head, size_t len, struct ic_http1_request *out,
                                   unsigned *status)
{
    struct ic_http1_request request = {.field_count = 0};
    struct ic_rd r = ic_rd_init(head, len);
    struct ic_rd line = take_line(&r);
    unsigned bad = !ic_rd_ok(&r) || len > IC_HTTP_HEAD_MAX ? 400 : 0;
    if (bad == 0)
        bad = parse_request_line(line, &request);
    if (bad == 0)
        bad = parse_fields(&r, &request);
    if (bad == 0)
        bad = check_host(&request);
    if (bad == 0)
        bad = check_length(&request);
    /* RFC 9110 10.1.1: "A server that receives an Expect field value containing a member other than
     * 100-continue MAY respond with a 417". DEVIATION: 100-continue is refused too; bodies of ours
     * are smaller than the question. */
    if (bad == 0 && ic_http1_field_count(&request, "expect") > 0)
        bad = 417;
    if (bad != 0) {
        *status = bad;
        return IC_ERR_INPUT;
    }
    request.is_close = ic_http1_list_has(&request, "connection", "close");
    *out = request;
    return IC_OK;
}

/* ---- lists, weights, tags ---- */

static bool is_not_comma(uint8_t c)
{
    return c != ',';
}

/* The next element of a comma-separated list, trimmed; empty elements are given too. */
static bool next_element(struct ic_rd *list, struct ic_http1_text *element)
{
    if (list->left == 0)
        return false;
    *element = trim(take_while(list, is_not_comma));
    if (list->left > 0)
        ic_rd_skip(list, 1);
    return true;
}

bool ic_http1_list_has(const struct ic_http1_request *request, const char *name, const char *token)
{
    for (size_t i = 0; i < request->field_count; i++) {
        const struct ic_http1_field *field = &request->fields[i];
        if (!ic_http1_text_is_nocase(&field->name, name))
            continue;
        struct ic_rd list = ic_rd_init(field->value.at, field->value.len);
        struct ic_http1_text element;
        while (next_element(&list, &element)) {
            if (ic_http1_text_is_nocase(&element, token))
                return true;
        }
    }
    return false;
}

static bool is_not_semicolon(uint8_t c)
{
    return c != ';';
}

/* RFC 9110 12.4.2: weight = OWS ";" OWS "q=" qvalue. No parameter: 1; nonsense: 0. */
static unsigned parse_weight(struct ic_http1_text parameter)
{
    struct ic_http1_text text = trim(parameter);
    if (text.len == 0)
        return WEIGHT_ONE;
    struct ic_rd r = ic_rd_init(text.at, text.len);
    if (lower(ic_rd_u8(&r)) != 'q' || !take_byte(&r, '='))
        return 0;
    uint8_t whole = ic_rd_u8(&r);
    if (whole == '1')
        return WEIGHT_ONE;
    if (whole != '0' || r.left == 0 || !take_byte(&r, '.'))
        return 0;
    unsigned weight = 0;
    for (unsigned scale = 100; scale > 0 && r.left > 0; scale /= 10) {
        uint8_t digit = ic_rd_u8(&r);
        if (!is_digit(digit))
            return 0;
        weight += scale * (unsigned)(digit - '0');
    }
    return ic_rd_done(&r) ? weight : 0;
}

unsigned ic_http1_coding_weight(const struct ic_http1_request *request, const char *coding)
{
    unsigned any = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        const struct ic_http1_field *field = &request->fields[i];
        if (!ic_http1_text_is_nocase(&field->name, "accept-encoding"))
            continue;
        struct ic_rd list = ic_rd_init(field->value.at, field->value.len);
        struct ic_http1_text element;
        while (next_element(&list, &element)) {
            struct ic_rd r = ic_rd_init(element.at, element.len);
            struct ic_http1_text name = trim(take_while(&r, is_not_semicolon));
            if (r.left > 0)
                ic_rd_skip(&r, 1);
            unsigned weight = parse_weight(rest(&r));
            if (ic_http1_text_is_nocase(&name, coding))
                return weight;
            if (ic_http1_text_is(&name, "*"))
                any = weight;
        }
    }
    return any;
}

/* RFC 9110 8.8.3.2: weak comparison ignores the "W/". Commas inside of a tag split it, which can
 * only make it match nothing: ours have none. */
bool ic_http1_none_match_has(const struct ic_http1_request *request, const char *etag)
{
    for (size_t i = 0; i < request->field_count; i++) {
        const struct ic_http1_field *field = &request->fields[i];
        if (!ic_http1_text_is_nocase(&field->name, "if-none-match"))
            continue;
        if (ic_http1_text_is(&field->value, "*"))
            return true;
        struct ic_rd list = ic_rd_init(field->value.at, field->value.len);
        struct ic_http1_text element;
        while (next_element(&list, &element)) {
            struct ic_rd r = ic_rd_init(element.at, element.len);
            if (element.len > 2 && memcmp(element.at, "W/", 2) == 0)
                ic_rd_skip(&r, 2);
            struct ic_http1_text tag = rest(&r);
            if (ic_http1_text_is(&tag, etag))
                return true;
        }
    }
    return false;
}

bool ic_http1_media_is(const struct ic_http1_text *value, const char *type)
{
    struct ic_rd r = ic_rd_init(value->at, value->len);
    struct ic_http1_text name = trim(take_while(&r, is_not_semicolon));
    return ic_http1_text_is_nocase(&name, type);
}

/* ---- writing ---- */

const char *ic_http1_reason(unsigned status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } reasons[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status)
            return reasons[i].reason;
    }
    return "Error";
}

void ic_http1_write_status(struct ic_wr *w, unsigned status)
{
    char line[64];
    IC_ASSERT(status >= 100 && status <= 599);
    snprintf(line, sizeof line, "HTTP/1.1 %u %s\r\n", status, ic_http1_reason(status));
    ic_wr_text(w, line);
}

void ic_http1_write_field(struct ic_wr *w, const char *name, const char *value)
{
    for (const char *c = value; *c != '\0'; c++)
        IC_ASSERT(*c >= 0x20 && *c < 0x7f);
    ic_wr_text(w, name);
    ic_wr_text(w, ": ");
    ic_wr_text(w, value);
    ic_wr_text(w, "\r\n");
}

void ic_http1_write_number(struct ic_wr *w, const char *name, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    ic_http1_write_field(w, name, text);
}

/* Year, month (1..12), day (1..31) of a day since 1970-01-01, proleptic Gregorian: years counted
 * from March so that the leap day comes last (era of 400 years, 146,097 days). */
static void civil_date(int64_t days, int *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* RFC 9110 5.6.7: IMF-fixdate. 6.6.1: "An origin server with a clock MUST generate a Date header
 * field in all 2xx (Successful), 3xx (Redirection), and 4xx (Client Error) responses". */
void ic_http1_write_date(struct ic_wr *w, int64_t unix_s)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    /* years 1970 to 9999, so that the text has its fixed width */
    IC_ASSERT(unix_s >= 0 && unix_s < 253402300800);
    int year, month, day, of_day = (int)(unix_s % 86400);
    civil_date(unix_s / 86400, &year, &month, &day);
    char text[64];
    snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[unix_s / 86400 % 7],
             day, months[month - 1], year, of_day / 3600, of_day / 60 % 60, of_day % 60);
    ic_http1_write_field(w, "Date", text);
}

void ic_http1_write_end(struct ic_wr *w)
{
    ic_wr_text(w, "\r\n");
}
