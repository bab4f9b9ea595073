/* The HTTP/1.1 parser: what it takes, and a table of what it refuses with which status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/http1.h"

#define GET  "GET / HTTP/1.1\r\n"
#define HOST "Host: a.example\r\n"
#define END  "\r\n"

/* The verdict on a whole message: 0 for a head that is taken, 1 for one that is incomplete, else
 * the status. The head is copied to a buffer of its exact size, so that the sanitizer sees each
 * byte read beyond it. */
static unsigned verdict(const void *bytes, size_t len, struct ic_http1_request *out)
{
    static uint8_t kept[65536];
    struct ic_http1_scan scan = {0};
    size_t head_len = 0;
    unsigned status = 0;
    uint8_t *exact = malloc(len == 0 ? 1 : len);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    enum ic_http1_step step = ic_http1_scan_input(&scan, exact, len, &head_len, &status);
    if (step == IC_HTTP1_DONE) {
        assert_true(head_len <= len && head_len <= sizeof kept);
        memcpy(kept, exact, head_len);
        status = 0;
        if (ic_http1_request_parse(kept, head_len, out, &status) == IC_OK)
            assert_int_equal(status, 0);
        else
            assert_int_not_equal(status, 0);
    }
    free(exact);
    return step == IC_HTTP1_MORE ? 1 : status;
}

static struct ic_http1_request parsed(const char *text)
{
    struct ic_http1_request request;
    assert_int_equal(verdict(text, strlen(text), &request), 0);
    return request;
}

static void assert_text(const struct ic_http1_text *text, const char *expected)
{
    assert_int_equal(text->len, strlen(expected));
    assert_memory_equal(text->at, expected, text->len);
}

static void reads_a_browser_request(void **state)
{
    (void)state;
    struct ic_http1_request request =
        parsed("GET /m/abc%20d?x=1&y={z} HTTP/1.1\r\nHost: meet.example:8443\r\n"
               "Accept-Encoding: gzip, deflate, br\r\nCookie:\r\nX-Odd:  \t two words \t\r\n"
               "Accept: a\r\nAccept: b\r\n\r\n");
    assert_int_equal(request.method, IC_HTTP1_GET);
    assert_text(&request.path, "/m/abc%20d");
    assert_text(&request.query, "x=1&y={z}");
    assert_text(&request.host, "meet.example:8443");
    assert_int_equal(request.field_count, 6);
    assert_text(ic_http1_field_one(&request, "x-odd"), "two words");
    assert_int_equal(ic_http1_field_one(&request, "COOKIE")->len, 0);
    assert_null(ic_http1_field_one(&request, "accept"));
    assert_int_equal(ic_http1_field_count(&request, "accept"), 2);
    assert_null(ic_http1_field_one(&request, "absent"));
    assert_false(request.has_content_length);
    assert_false(request.is_close);
}

static void reads_methods_lengths_and_close(void **state)
{
    (void)state;
    struct ic_http1_request request =
        parsed("POST /api HTTP/1.1\r\nHOST: [::1]:80\r\ncontent-length: 17\r\n"
               "Connection: keep-alive, Close\r\n\r\n");
    assert_int_equal(request.method, IC_HTTP1_POST);
    assert_true(request.has_content_length && request.content_length == 17);
    assert_true(request.is_close);
    request = parsed("HEAD / HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(request.method, IC_HTTP1_HEAD);
    assert_true(request.has_content_length && request.content_length == 0);
    request = parsed("get / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(request.method, IC_HTTP1_OTHER);
    request = parsed("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(request.method, IC_HTTP1_OPTIONS);
    request = parsed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n");
    assert_true(request.content_length == 999999999999999999);
}

static const struct hostile {
    const char *name, *text;
    size_t len; /* 0: strlen */
    unsigned status;
} hostile[] = {
    /* request line */
    {"no method", " / HTTP/1.1\r\n" HOST END, 0, 400},
    {"only a line end", "\r\n" GET HOST END, 0, 400},
    {"bare LF first", "\n" GET HOST END, 0, 400},
    {"method with a colon", "G:T / HTTP/1.1\r\n" HOST END, 0, 400},
    {"method in brackets", "(GET) / HTTP/1.1\r\n" HOST END, 0, 400},
    {"two spaces before target", "GET  / HTTP/1.1\r\n" HOST END, 0, 400},
    {"two spaces before version", "GET /  HTTP/1.1\r\n" HOST END, 0, 400},
    {"tab as separator", "GET\t/\tHTTP/1.1\r\n" HOST END, 0, 400},
    {"trailing space", "GET / HTTP/1.1 \r\n" HOST END, 0, 400},
    {"no version (HTTP/0.9)", "GET /\r\n\r\n", 0, 400},
    {"no target", "GET HTTP/1.1\r\n" HOST END, 0, 400},
    {"empty target", "GET  HTTP/1.1\r\n" HOST END, 0, 400},
    {"HTTP/1.0", "GET / HTTP/1.0\r\n" HOST END, 0, 505},
    {"HTTP/2.0 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n" HOST END, 0, 505},
    {"HTTP/0.9", "GET / HTTP/0.9\r\n" HOST END, 0, 505},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n" HOST END, 0, 400},
    {"HTTP/11", "GET / HTTP/11\r\n" HOST END, 0, 400},
    {"HTTP/1", "GET / HTTP/1\r\n" HOST END, 0, 400},
    {"lower-case version", "GET / http/1.1\r\n" HOST END, 0, 400},
    {"other protocol", "GET / ICAP/1.0\r\n" HOST END, 0, 400},
    {"absolute-form", "GET http://a.example/ HTTP/1.1\r\n" HOST END, 0, 400},
    {"absolute-form, other host", "GET http://b.example/ HTTP/1.1\r\n" HOST END, 0, 400},
    {"authority-form", "CONNECT a.example:443 HTTP/1.1\r\n" HOST END, 0, 400},
    {"asterisk-form", "OPTIONS * HTTP/1.1\r\n" HOST END, 0, 400},
    {"relative target", "GET index.html HTTP/1.1\r\n" HOST END, 0, 400},
    {"fragment in target", "GET /m/a#0.secret HTTP/1.1\r\n" HOST END, 0, 400},
    {"fragment in query", "GET /?a#b HTTP/1.1\r\n" HOST END, 0, 400},
    {"space in target", "GET /a b HTTP/1.1\r\n" HOST END, 0, 400},
    {"quote in path", "GET /\" HTTP/1.1\r\n" HOST END, 0, 400},
    {"angle bracket in path", "GET /<script> HTTP/1.1\r\n" HOST END, 0, 400},
    {"angle bracket in query", "GET /?<script> HTTP/1.1\r\n" HOST END, 0, 400},
    {"backslash in path", "GET /..\\..\\a HTTP/1.1\r\n" HOST END, 0, 400},
    {"brace in path", "GET /${jndi:a} HTTP/1.1\r\n" HOST END, 0, 400},
    {"8-bit byte in path", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST END, 0, 400},
    {"8-bit byte in query", "GET /?\xff HTTP/1.1\r\n" HOST END, 0, 400},
    {"escape cut short", "GET /%4 HTTP/1.1\r\n" HOST END, 0, 400},
    {"escape at the end", "GET /% HTTP/1.1\r\n" HOST END, 0, 400},
    {"escape without digits", "GET /%zz HTTP/1.1\r\n" HOST END, 0, 400},
    {"NUL in target", "GET /\0 HTTP/1.1\r\n" HOST END, sizeof "GET /\0 HTTP/1.1\r\n" HOST END - 1,
     400},
    {"DEL in target", "GET /\x7f HTTP/1.1\r\n" HOST END, 0, 400},
    {"TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11, 400},
    {"SSH banner", "SSH-2.0-x\r\n\r\n", 0, 400},
    {"SOCKS", "\x05\x01\x00", 3, 400},
    /* line ends */
    {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 0, 400},
    {"bare LF at the end", GET "Host: a\r\n\n", 0, 400},
    {"bare CR in a value", GET "Host: a\r\nX: b\rc\r\n\r\n", 0, 400},
    {"CR CR LF", GET "Host: a\r\r\n\r\n", 0, 400},
    {"CR instead of CRLF", "GET / HTTP/1.1\rHost: a\r\r", 0, 400},
    /* fields */
    {"obs-fold", GET HOST "X: a\r\n b\r\n\r\n", 0, 400},
    {"obs-fold with tab", GET HOST "X: a\r\n\tb\r\n\r\n", 0, 400},
    {"folded first field", GET " Host: a\r\n\r\n", 0, 400},
    {"space before colon", GET "Host : a\r\n\r\n", 0, 400},
    {"tab before colon", GET HOST "Content-Length\t: 0\r\n\r\n", 0, 400},
    {"no colon", GET HOST "X\r\n\r\n", 0, 400},
    {"no name", GET HOST ": a\r\n\r\n", 0, 400},
    {"8-bit name", GET HOST "X\xc3\xa4: a\r\n\r\n", 0, 400},
    {"name with parenthesis", GET HOST "X(a): a\r\n\r\n", 0, 400},
    {"NUL in a value", GET HOST "X: \0\r\n\r\n", sizeof GET HOST "X: \0\r\n\r\n" - 1, 400},
    {"ESC in a value", GET HOST "X: \x1b[2J\r\n\r\n", 0, 400},
    /* host */
    {"no Host", GET END, 0, 400},
    {"two Hosts", GET HOST HOST END, 0, 400},
    {"two different Hosts", GET HOST "host: b\r\n" END, 0, 400},
    {"empty Host", GET "Host:\r\n\r\n", 0, 400},
    {"Host with userinfo", GET "Host: a@b\r\n\r\n", 0, 400},
    {"Host with path", GET "Host: a/b\r\n\r\n", 0, 400},
    {"Host list", GET "Host: a, b\r\n\r\n", 0, 400},
    {"Host with space", GET "Host: a b\r\n\r\n", 0, 400},
    {"Host with empty port", GET "Host: a:\r\n\r\n", 0, 400},
    {"Host with long port", GET "Host: a:123456\r\n\r\n", 0, 400},
    {"Host with odd port", GET "Host: a:8o\r\n\r\n", 0, 400},
    {"Host: only a port", GET "Host: :80\r\n\r\n", 0, 400},
    {"Host: open bracket", GET "Host: [::1\r\n\r\n", 0, 400},
    {"Host: empty brackets", GET "Host: []\r\n\r\n", 0, 400},
    {"Host: zone", GET "Host: [fe80::1%25eth0]\r\n\r\n", 0, 400},
    {"Host with semicolon", GET "Host: a;script-src *\r\n\r\n", 0, 400},
    /* bodies */
    {"chunked", GET HOST "Transfer-Encoding: chunked\r\n\r\n", 0, 501},
    {"identity coding", GET HOST "Transfer-Encoding: identity\r\n\r\n", 0, 501},
    {"disguised chunked",
     GET HOST "Transfer-Encoding: \x0b"
              "chunked\r\n\r\n",
     0, 400},
    {"CL.TE", GET HOST "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n", 0, 400},
    {"TE.CL", GET HOST "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n", 0, 400},
    {"two lengths", GET HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 0, 400},
    {"length list", GET HOST "Content-Length: 6, 6\r\n\r\n", 0, 400},
    {"negative length", GET HOST "Content-Length: -1\r\n\r\n", 0, 400},
    {"plus length", GET HOST "Content-Length: +1\r\n\r\n", 0, 400},
    {"hexadecimal length", GET HOST "Content-Length: 0x10\r\n\r\n", 0, 400},
    {"length with leading zero", GET HOST "Content-Length: 06\r\n\r\n", 0, 400},
    {"empty length", GET HOST "Content-Length:\r\n\r\n", 0, 400},
    {"fraction", GET HOST "Content-Length: 1.0\r\n\r\n", 0, 400},
    {"length beyond 64 bits", GET HOST "Content-Length: 18446744073709551617\r\n\r\n", 0, 413},
    {"expectation", GET HOST "Expect: 100-continue\r\n\r\n", 0, 417},
    {"unknown expectation", GET HOST "Expect: a-miracle\r\n\r\n", 0, 417},
};

static void refuses_hostile_requests(void **state)
{
    (void)state;
    assert_true(sizeof hostile / sizeof hostile[0] >= 80);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct ic_http1_request request;
        size_t len = hostile[i].len == 0 ? strlen(hostile[i].text) : hostile[i].len;
        unsigned status = verdict(hostile[i].text, len, &request);
        if (status != hostile[i].status)
            print_message("%s: %u\n", hostile[i].name, status);
        assert_int_equal(status, hostile[i].status);
    }
}

static const char *const good[] = {
    GET HOST END,
    "OPTIONS / HTTP/1.1\r\n" HOST END,
    "M-SEARCH!#$%&'*+-.^_`|~ /a/../b//;c=@:!$&'()*+,[]^|~ HTTP/1.1\r\nHost: a_b.-\r\n\r\n",
    "GET /?%zz&a=b|c`{}^\\[]' HTTP/1.1\r\nHost: 127.0.0.1:65535\r\n\r\n",
    "GET /? HTTP/1.1\r\nHost: [::ffff:1.2.3.4]:1\r\n\r\n",
    GET HOST "X: \x80\xff obs-text\tand tab\r\nY:\r\nZ: \t \r\n\r\n",
    GET HOST "TE: trailers\r\nUpgrade: h2c\r\nConnection: upgrade, , TE\r\n\r\n",
};

static void takes_what_the_grammar_allows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        parsed(good[i]);
}

/* Every prefix of a good head asks for more, and never reads beyond its end. */
static void asks_for_more_at_every_truncation(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct ic_http1_request request;
        for (size_t len = 0; len < strlen(good[i]); len++)
            assert_int_equal(verdict(good[i], len, &request), 1);
    }
}

/* A head that is not complete but given to the parser all the same is refused. */
static void parser_alone_refuses_truncated_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        for (size_t len = 0; len < strlen(good[i]); len++) {
            struct ic_http1_request request;
            unsigned status = 0;
            uint8_t *exact = malloc(len == 0 ? 1 : len);
            assert_non_null(exact);
            memcpy(exact, good[i], len);
            assert_int_equal(ic_http1_request_parse(exact, len, &request, &status), IC_ERR_INPUT);
            assert_int_equal(status, 400);
            free(exact);
        }
    }
}

static enum ic_http1_step scan_bytewise(const char *text, size_t len, size_t *head_len,
                                        unsigned *status, size_t *fed)
{
    struct ic_http1_scan scan = {0};
    for (*fed = 1; *fed <= len; ++*fed) {
        enum ic_http1_step step =
            ic_http1_scan_input(&scan, (const uint8_t *)text, *fed, head_len, status);
        if (step != IC_HTTP1_MORE)
            return step;
    }
    return IC_HTTP1_MORE;
}

static void scans_the_same_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        size_t len = hostile[i].len == 0 ? strlen(hostile[i].text) : hostile[i].len;
        struct ic_http1_scan scan = {0};
        size_t whole_len = 0, part_len = 0, fed;
        unsigned whole_status = 0, part_status = 0;
        enum ic_http1_step whole = ic_http1_scan_input(&scan, (const uint8_t *)hostile[i].text, len,
                                                       &whole_len, &whole_status);
        enum ic_http1_step part =
            scan_bytewise(hostile[i].text, len, &part_len, &part_status, &fed);
        assert_int_equal(part, whole);
        assert_int_equal(part_len, whole_len);
        assert_int_equal(part_status, whole_status);
    }
}

static void finds_nonsense_as_soon_as_it_arrives(void **state)
{
    (void)state;
    size_t head_len, fed;
    unsigned status;
    assert_int_equal(scan_bytewise("\x16\x03\x01", 3, &head_len, &status, &fed), IC_HTTP1_BAD);
    assert_int_equal(fed, 1);
    assert_int_equal(scan_bytewise("GET\n /", 6, &head_len, &status, &fed), IC_HTTP1_BAD);
    assert_int_equal(fed, 4);
}

static void leaves_the_body_alone(void **state)
{
    (void)state;
    struct ic_http1_scan scan = {0};
    size_t head_len;
    unsigned status;
    static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\n\r\n\n\0body";
    assert_int_equal(
        ic_http1_scan_input(&scan, (const uint8_t *)text, sizeof text - 1, &head_len, &status),
        IC_HTTP1_DONE);
    assert_int_equal(head_len, 28);
}

/* A head of exactly len bytes: one field is filled up. */
static size_t make_head(char *out, size_t len, const char *filled_line)
{
    size_t used = (size_t)snprintf(out, len + 1, "%s", filled_line);
    assert_true(used + 4 <= len);
    memset(out + used, 'a', len - 4 - used);
    memcpy(out + len - 4, "\r\n\r\n", 4);
    return len;
}

static void bounds_the_head(void **state)
{
    (void)state;
    static char text[IC_HTTP_HEAD_MAX + 64];
    struct ic_http1_request request;
    make_head(text, IC_HTTP_HEAD_MAX, GET HOST "X: ");
    assert_int_equal(verdict(text, IC_HTTP_HEAD_MAX, &request), 0);
    make_head(text, IC_HTTP_HEAD_MAX + 1, GET HOST "X: ");
    assert_int_equal(verdict(text, IC_HTTP_HEAD_MAX + 1, &request), 431);
    assert_int_equal(verdict(text, IC_HTTP_HEAD_MAX, &request), 431);
    make_head(text, IC_HTTP_HEAD_MAX + 4, "GET /");
    assert_int_equal(verdict(text, IC_HTTP_HEAD_MAX, &request), 414);
}

static void bounds_the_fields(void **state)
{
    (void)state;
    char text[4096];
    struct ic_http1_request request;
    size_t len = (size_t)snprintf(text, sizeof text, GET HOST);
    for (int i = 1; i < IC_HTTP_HEADERS_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "X-%d: y\r\n", i);
    snprintf(text + len, sizeof text - len, "\r\n");
    assert_int_equal(verdict(text, strlen(text), &request), 0);
    assert_int_equal(request.field_count, IC_HTTP_HEADERS_MAX);
    snprintf(text + len, sizeof text - len, "One: more\r\n\r\n");
    assert_int_equal(verdict(text, strlen(text), &request), 431);
}

static void reads_lists(void **state)
{
    (void)state;
    struct ic_http1_request request =
        parsed(GET HOST "Connection: , Upgrade ,keep-alive\r\nConnection:x\r\n"
                        "Upgrade: websocketx, xwebsocket\r\n\r\n");
    assert_true(ic_http1_list_has(&request, "connection", "upgrade"));
    assert_true(ic_http1_list_has(&request, "connection", "x"));
    assert_false(ic_http1_list_has(&request, "connection", "keep"));
    assert_false(ic_http1_list_has(&request, "upgrade", "websocket"));
    assert_false(ic_http1_list_has(&request, "absent", "x"));
}

static void weighs_codings(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        unsigned brotli, gzip;
    } table[] = {
        {"", 0, 0},
        {"br", 1000, 0},
        {"gzip, deflate, br, zstd", 1000, 1000},
        {"GZIP;q=0.5 , Br ; q=1.000", 1000, 500},
        {"br;q=0, gzip;q=0.001", 0, 1},
        {"*", 1000, 1000},
        {"*;q=0.2, br;q=0", 0, 200},
        {"identity", 0, 0},
        {"brx, xgzip", 0, 0},
        {"br;q=nonsense, gzip;q=0.1234", 0, 0},
        {"br;q=, gzip;q", 0, 0},
        {"br;q=.5, gzip;q=0", 0, 0},
        {"br;level=3;q=1", 0, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, GET HOST "Accept-Encoding: %s\r\n\r\n", table[i].accept);
        struct ic_http1_request request = parsed(text);
        assert_int_equal(ic_http1_coding_weight(&request, "br"), table[i].brotli);
        assert_int_equal(ic_http1_coding_weight(&request, "gzip"), table[i].gzip);
    }
}

static void compares_entity_tags(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool is_match;
    } table[] = {
        {"\"a\"", true}, {"W/\"a\"", true},      {"\"b\", W/\"a\" ,\"c\"", true},
        {"*", true},     {"\"b\"", false},       {"a", false},
        {"\"a", false},  {"\"ab\"", false},      {"w/\"a\"", false},
        {"W/", false},   {"\"a\";\"a\"", false}, {"", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, GET HOST "If-None-Match: %s\r\n\r\n", table[i].value);
        struct ic_http1_request request = parsed(text);
        assert_int_equal(ic_http1_none_match_has(&request, "\"a\""), table[i].is_match);
    }
}

static void compares_media_types(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool is_json;
    } table[] = {
        {"application/json", true},
        {"Application/JSON; charset=utf-8", true},
        {"application/json ;x", true},
        {"application/jsonx", false},
        {"text/plain", false},
        {"text/plain;application/json", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_http1_text value = {.at = (const uint8_t *)table[i].value,
                                      .len = strlen(table[i].value)};
        assert_int_equal(ic_http1_media_is(&value, "application/json"), table[i].is_json);
    }
}

static void writes_heads(void **state)
{
    (void)state;
    uint8_t buffer[256];
    struct ic_wr w = ic_wr_init(buffer, sizeof buffer);
    ic_http1_write_status(&w, 404);
    ic_http1_write_field(&w, "Allow", "GET, HEAD");
    ic_http1_write_number(&w, "Content-Length", 18446744073709551615U);
    ic_http1_write_end(&w);
    static const char expected[] = "HTTP/1.1 404 Not Found\r\nAllow: GET, HEAD\r\n"
                                   "Content-Length: 18446744073709551615\r\n\r\n";
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, sizeof expected - 1);
    assert_memory_equal(buffer, expected, w.len);
    struct ic_wr small = ic_wr_init(buffer, 10);
    ic_http1_write_status(&small, 200);
    assert_false(ic_wr_ok(&small));
}

static void writes_dates(void **state)
{
    (void)state;
    static const struct {
        int64_t unix_s;
        const char *text;
    } table[] = {
        {0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
        {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"}, /* RFC 9110 5.6.7 */
        {951782399, "Date: Mon, 28 Feb 2000 23:59:59 GMT\r\n"},
        {951782400, "Date: Tue, 29 Feb 2000 00:00:00 GMT\r\n"},
        {1798761599, "Date: Thu, 31 Dec 2026 23:59:59 GMT\r\n"},
        {4107542400, "Date: Mon, 01 Mar 2100 00:00:00 GMT\r\n"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t buffer[64];
        struct ic_wr w = ic_wr_init(buffer, sizeof buffer);
        ic_http1_write_date(&w, table[i].unix_s);
        assert_int_equal(w.len, strlen(table[i].text));
        assert_memory_equal(buffer, table[i].text, w.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_browser_request),
        cmocka_unit_test(reads_methods_lengths_and_close),
        cmocka_unit_test(refuses_hostile_requests),
        cmocka_unit_test(takes_what_the_grammar_allows),
        cmocka_unit_test(asks_for_more_at_every_truncation),
        cmocka_unit_test(parser_alone_refuses_truncated_heads),
        cmocka_unit_test(scans_the_same_byte_by_byte),
        cmocka_unit_test(finds_nonsense_as_soon_as_it_arrives),
        cmocka_unit_test(leaves_the_body_alone),
        cmocka_unit_test(bounds_the_head),
        cmocka_unit_test(bounds_the_fields),
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(weighs_codings),
        cmocka_unit_test(compares_entity_tags),
        cmocka_unit_test(compares_media_types),
        cmocka_unit_test(writes_heads),
        cmocka_unit_test(writes_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
