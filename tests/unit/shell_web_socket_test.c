/* WebSocket over real sockets: the opening handshake and its refusals, messages, limits, pings,
 * both ways of closing. Frames are made by hand, so that they can be wrong. */
#include "web_fixture.h"

#define HOST    "Host: localhost\r\n"
#define ORIGIN  "Origin: http://localhost\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define START   "GET /signal HTTP/1.1\r\n" HOST
#define ASK     "Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define V13     "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE START ASK V13 KEY ORIGIN "\r\n"

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10, FIN = 0x80 };

static int setup(void **state)
{
    static struct fixture f;
    struct ic_web_config config = basic_config();
    config.ping_interval_ms = 60000;
    fixture_init(&f, &config);
    f.is_echo = true;
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture_deinit(*state);
    return 0;
}

/* ---- frames by hand ---- */

/* A masked frame; the length is said as `claimed`. Returns the length in out. */
static size_t make_frame(uint8_t *out, unsigned first, const void *payload, size_t len,
                         uint64_t claimed)
{
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    size_t at = 0;
    out[at++] = (uint8_t)first;
    if (claimed < 126) {
        out[at++] = (uint8_t)(0x80 | claimed);
    } else {
        size_t width = claimed < 65536 ? 2 : 8;
        out[at++] = (uint8_t)(0x80 | (width == 2 ? 126 : 127));
        for (size_t i = width; i > 0; i--)
            out[at++] = (uint8_t)(claimed >> (8 * (i - 1)));
    }
    memcpy(out + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < len; i++)
        out[at + i] = (uint8_t)(((const uint8_t *)payload)[i] ^ mask[i % 4]);
    return at + len;
}

static void send_frame(struct fixture *f, struct client *c, unsigned first, const void *payload,
                       size_t len)
{
    static uint8_t frame[200000];
    assert_true(len + 14 <= sizeof frame);
    client_write(f, c, frame, make_frame(frame, first, payload, len, len));
}

static void send_text(struct fixture *f, struct client *c, const char *text)
{
    send_frame(f, c, FIN | TEXT, text, strlen(text));
}

static void send_close(struct fixture *f, struct client *c, unsigned code)
{
    uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};
    send_frame(f, c, FIN | CLOSE, payload, sizeof payload);
}

struct frame {
    unsigned first; /* 0: the connection ended */
    uint8_t *payload;
    size_t len;
};

static void frame_free(struct frame *frame)
{
    free(frame->payload);
    memset(frame, 0, sizeof *frame);
}

/* The next frame of the server; checks that it is not masked. */
static struct frame next_frame(struct fixture *f, struct client *c)
{
    struct frame frame = {0};
    if (!client_want(f, c, 2))
        return frame;
    size_t len = c->in[1], head_len = 2;
    assert_true(len < 128);
    if (len >= 126) {
        size_t width = len == 126 ? 2 : 8;
        head_len += width;
        assert_true(client_want(f, c, head_len));
        len = 0;
        for (size_t i = 0; i < width; i++)
            len = len << 8 | c->in[2 + i];
    }
    assert_true(client_want(f, c, head_len + len));
    frame.first = c->in[0];
    frame.len = len;
    frame.payload = malloc(len + 1);
    IC_ASSERT(frame.payload != NULL);
    memcpy(frame.payload, c->in + head_len, len);
    frame.payload[len] = '\0';
    client_drop(c, head_len + len);
    return frame;
}

static void want_text(struct fixture *f, struct client *c, const char *expected)
{
    struct frame frame = next_frame(f, c);
    assert_int_equal(frame.first, FIN | TEXT);
    assert_string_equal((const char *)frame.payload, expected);
    frame_free(&frame);
}

/* A close frame with this code comes, then the end. */
static void want_close(struct fixture *f, struct client *c, unsigned code)
{
    struct frame frame = next_frame(f, c);
    assert_int_equal(frame.first, FIN | CLOSE);
    assert_true(frame.len >= 2);
    assert_int_equal(frame.payload[0] << 8 | frame.payload[1], code);
    frame_free(&frame);
    client_want_end(f, c);
    assert_int_equal(c->in_len, 0);
}

static struct client open_socket(struct fixture *f)
{
    struct client c = client_open(f);
    struct answer a = ask_on(f, &c, UPGRADE);
    assert_int_equal(a.status, 101);
    answer_free(&a);
    return c;
}

/* What the server says and tells when it is sent these bytes. */
static void assert_fails(struct fixture *f, const void *bytes, size_t len, unsigned code)
{
    struct client c = open_socket(f);
    int closed = f->closed, clean = f->closed_clean, messages = f->messages;
    client_write(f, &c, bytes, len);
    want_close(f, &c, code);
    client_close(&c);
    assert_int_equal(f->closed, closed + 1);
    assert_int_equal(f->closed_clean, clean);
    assert_int_equal(f->messages, messages);
}

/* ---- opening ---- */

static void opens(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    struct answer a = ask_on(f, &c, UPGRADE);
    assert_int_equal(a.status, 101);
    /* RFC 6455 1.3: the key and its answer */
    assert_string_equal(field(&a, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_string_equal(field(&a, "Upgrade"), "websocket");
    assert_string_equal(field(&a, "Connection"), "Upgrade");
    assert_null(field(&a, "Sec-WebSocket-Extensions"));
    answer_free(&a);
    WAIT_FOR(f, f->opened == 1);
    assert_int_equal(stats_of(f).sockets, 1);
    client_close(&c);
    WAIT_FOR(f, f->closed == 1);
    assert_int_equal(f->closed_clean, 0);
    assert_int_equal(stats_of(f).sockets, 0);
    assert_int_equal(stats_of(f).connections, 0);
}

static void opens_for_browsers(void **state)
{
    struct fixture *f = *state;
    static const char *const requests[] = {
        START "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" V13 KEY ORIGIN
              "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
              "Pragma: no-cache\r\nCookie: a=b\r\n\r\n",
        "GET /signal?x=y HTTP/1.1\r\nHost: LOCALHOST\r\n" ASK V13 KEY ORIGIN "\r\n",
        START ASK V13 KEY ORIGIN "Sec-WebSocket-Protocol: chat\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        assert_int_equal(status_of(f, requests[i]), 101);
}

static void refuses_bad_handshakes(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request;
        unsigned status;
    } table[] = {
        {"POST /signal HTTP/1.1\r\n" HOST ASK V13 KEY ORIGIN "Content-Length: 0\r\n\r\n", 405},
        {"GET /signal HTTP/1.0\r\n" HOST ASK V13 KEY ORIGIN "\r\n", 505},
        {START V13 KEY ORIGIN "\r\n", 426},
        {START "Connection: Upgrade\r\n" V13 KEY ORIGIN "\r\n", 426},
        {START "Connection: Upgrade\r\nUpgrade: h2c\r\n" V13 KEY ORIGIN "\r\n", 426},
        {START "Upgrade: websocket\r\n" V13 KEY ORIGIN "\r\n", 400},
        {START "Connection: keep-alive\r\nUpgrade: websocket\r\n" V13 KEY ORIGIN "\r\n", 400},
        {START "Connection: Upgraded\r\nUpgrade: websocket\r\n" V13 KEY ORIGIN "\r\n", 400},
        {START ASK KEY ORIGIN "\r\n", 426},
        {START ASK "Sec-WebSocket-Version: 8\r\n" KEY ORIGIN "\r\n", 426},
        {START ASK "Sec-WebSocket-Version: 13, 8\r\n" KEY ORIGIN "\r\n", 426},
        {START ASK V13 V13 KEY ORIGIN "\r\n", 426},
        {START ASK V13 ORIGIN "\r\n", 400},
        {START ASK V13 KEY KEY ORIGIN "\r\n", 400},
        {START ASK V13 "Sec-WebSocket-Key: c2hvcnQ=\r\n" ORIGIN "\r\n", 400},
        {START ASK V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSEh\r\n" ORIGIN "\r\n", 400},
        {START ASK V13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ-==\r\n" ORIGIN "\r\n", 400},
        {START ASK V13 "Sec-WebSocket-Key:\r\n" ORIGIN "\r\n", 400},
        {START ASK V13 KEY "\r\n", 403},
        {START ASK V13 KEY "Origin: null\r\n\r\n", 403},
        {START ASK V13 KEY "Origin: https://localhost\r\n\r\n", 403},
        {START ASK V13 KEY "Origin: http://localhost:8080\r\n\r\n", 403},
        {START ASK V13 KEY "Origin: http://evil.example\r\n\r\n", 403},
        {START ASK V13 KEY "Origin: http://localhost.evil.example\r\n\r\n", 403},
        {START ASK V13 KEY ORIGIN ORIGIN "\r\n", 403},
        {START ASK V13 KEY ORIGIN "Content-Length: 1\r\n\r\nx", 400},
        {START ASK V13 KEY ORIGIN "\r\n\x81\x80"
                                  "abcd",
         400},
        {START ASK V13 KEY "Origin : http://localhost\r\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct answer a = ask(f, table[i].request);
        if (a.status != table[i].status)
            print_message("%zu: %u\n", i, a.status);
        assert_int_equal(a.status, table[i].status);
        if (a.status == 426) {
            assert_string_equal(field(&a, "Upgrade"), "websocket");
            assert_string_equal(field(&a, "Sec-WebSocket-Version"), "13");
        }
        answer_free(&a);
    }
    assert_int_equal(f->opened, 0);
    assert_int_equal(f->closed, 0);
}

static void closes_when_the_hub_is_full(void **state)
{
    struct fixture *f = *state;
    f->is_full = true;
    struct client c = open_socket(f);
    want_close(f, &c, 1013);
    client_close(&c);
    WAIT_FOR(f, stats_of(f).connections == 0);
    assert_int_equal(f->closed, 0);
}

static void refuses_while_draining(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f), socket = open_socket(f);
    client_text(f, &c, "GET /si");
    turn_for(f, 10);
    ic_web_drain(f->web);
    struct answer a = ask_on(f, &c, &UPGRADE[strlen("GET /si")]);
    assert_int_equal(a.status, 503);
    answer_free(&a);
    send_text(f, &socket, "still here");
    want_text(f, &socket, "still here");
    client_close(&c);
    client_close(&socket);
}

/* ---- messages ---- */

static void carries_messages(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    static const size_t sizes[] = {0, 1, 125, 126, 127, 65535, 65536, IC_WS_MESSAGE_MAX};
    static char text[IC_WS_MESSAGE_MAX + 1];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(text, 'x', sizes[i]);
        text[sizes[i]] = '\0';
        send_text(f, &c, text);
        want_text(f, &c, text);
        assert_int_equal(f->message_len, sizes[i]);
    }
    client_close(&c);
}

static void joins_fragments_around_control_frames(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    send_frame(f, &c, TEXT, "one ", 4);
    send_frame(f, &c, FIN | PING, "p", 1);
    send_frame(f, &c, 0, "", 0);
    send_frame(f, &c, 0, "two\xe2", 4); /* cut inside of a character */
    send_frame(f, &c, FIN | PONG, "", 0);
    send_frame(f, &c, FIN, "\x82\xac", 2);
    struct frame pong = next_frame(f, &c);
    assert_int_equal(pong.first, FIN | PONG);
    assert_string_equal((const char *)pong.payload, "p");
    frame_free(&pong);
    want_text(f, &c, "one two\xe2\x82\xac");
    assert_int_equal(f->messages, 1);
    client_close(&c);
}

static void takes_bytes_one_by_one(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    uint8_t frame[64];
    size_t len = make_frame(frame, FIN | TEXT, "slowly", 6, 6);
    for (size_t i = 0; i < len; i++)
        client_write(f, &c, &frame[i], 1);
    want_text(f, &c, "slowly");
    /* two and a half at once */
    uint8_t several[64];
    size_t first = make_frame(several, FIN | TEXT, "a", 1, 1);
    size_t second = make_frame(several + first, FIN | TEXT, "b", 1, 1);
    size_t third = make_frame(several + first + second, FIN | TEXT, "c", 1, 1);
    client_write(f, &c, several, first + second + third - 3);
    want_text(f, &c, "a");
    want_text(f, &c, "b");
    client_write(f, &c, several + first + second + third - 3, 3);
    want_text(f, &c, "c");
    client_close(&c);
}

static void fails_what_is_not_allowed(void **state)
{
    struct fixture *f = *state;
    static uint8_t frame[200000];
    static uint8_t zeros[70000];
    static const struct {
        const char *name; /* for the reader */
        unsigned first, code;
        const char *payload;
        size_t len;
    } table[] = {
        {"binary", FIN | BINARY, 1003, "x", 1},
        {"empty binary", FIN | BINARY, 1003, "", 0},
        {"first fragment of binary", BINARY, 1003, "x", 1},
        {"bad UTF-8", FIN | TEXT, 1007, "\xff", 1},
        {"overlong UTF-8", FIN | TEXT, 1007, "\xc0\x80", 2},
        {"surrogate", FIN | TEXT, 1007, "\xed\xa0\x80", 3},
        {"beyond Unicode", FIN | TEXT, 1007, "\xf4\x90\x80\x80", 4},
        {"UTF-8 cut short", FIN | TEXT, 1007, "abc\xe2\x82", 5},
        {"reserved bit 1", FIN | 0x40 | TEXT, 1002, "x", 1},
        {"reserved bit 2", FIN | 0x20 | TEXT, 1002, "x", 1},
        {"reserved bit 3", FIN | 0x10 | PING, 1002, "", 0},
        {"opcode 3", FIN | 3, 1002, "x", 1},
        {"opcode 7", FIN | 7, 1002, "", 0},
        {"opcode 11", FIN | 11, 1002, "", 0},
        {"opcode 15", FIN | 15, 1002, "", 0},
        {"continuation of nothing", FIN, 1002, "x", 1},
        {"open continuation of nothing", 0, 1002, "x", 1},
        {"fragmented ping", PING, 1002, "", 0},
        {"fragmented close", CLOSE, 1002, "", 0},
        {"close with one byte", FIN | CLOSE, 1002, "\x03", 1},
        {"close with code 999", FIN | CLOSE, 1002, "\x03\xe7", 2},
        {"close with code 1005", FIN | CLOSE, 1002, "\x03\xed", 2},
        {"close with code 5000", FIN | CLOSE, 1002, "\x13\x88", 2},
        {"close with bad UTF-8", FIN | CLOSE, 1007, "\x03\xe8\xff", 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t len =
            make_frame(frame, table[i].first, table[i].payload, table[i].len, table[i].len);
        assert_fails(f, frame, len, table[i].code);
    }
    assert_fails(f, frame, make_frame(frame, FIN | PING, zeros, 126, 126), 1002);
    assert_fails(f, frame, make_frame(frame, FIN | TEXT, zeros, 1, IC_WS_MESSAGE_MAX + 1), 1009);
    assert_fails(f, frame, make_frame(frame, FIN | TEXT, zeros, 1, INT64_MAX), 1009);
    assert_fails(f, frame, make_frame(frame, FIN | TEXT, zeros, 0, UINT64_MAX), 1002);
    assert_fails(f, "\x81\x05hello", 7, 1002); /* not masked */
    assert_fails(f,
                 "\x81\xfe\x00\x05"
                 "abcd",
                 8, 1002); /* length not minimal */
    assert_fails(f,
                 "\x81\xff\0\0\0\0\0\0\xff\xff"
                 "abcd",
                 14, 1002);
}

static void measures_fragments_together(void **state)
{
    struct fixture *f = *state;
    static char half[IC_WS_MESSAGE_MAX / 2];
    struct client c = open_socket(f);
    memset(half, 'h', sizeof half);
    send_frame(f, &c, TEXT, half, sizeof half);
    send_frame(f, &c, FIN, half, sizeof half);
    WAIT_FOR(f, f->messages == 1);
    assert_int_equal(f->message_len, IC_WS_MESSAGE_MAX);
    struct frame echo = next_frame(f, &c);
    frame_free(&echo);
    send_frame(f, &c, TEXT, half, sizeof half);
    send_frame(f, &c, 0, half, sizeof half);
    send_frame(f, &c, FIN, "x", 1);
    want_close(f, &c, 1009);
    assert_int_equal(f->messages, 1);
    client_close(&c);
}

static void fails_text_between_fragments(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    send_frame(f, &c, TEXT, "a", 1);
    send_frame(f, &c, FIN | TEXT, "b", 1);
    want_close(f, &c, 1002);
    client_close(&c);
    assert_int_equal(f->messages, 0);
}

static void limits_the_rate_of_frames(void **state)
{
    struct fixture *f = *state;
    static uint8_t flood[4000 * 6];
    struct client c = open_socket(f);
    size_t len = 0;
    f->is_echo = false;
    for (int i = 0; i < 4000; i++)
        len += make_frame(flood + len, i % 2 == 0 ? FIN | PONG : 0, "", 0, 0);
    flood[0] = TEXT; /* then endless empty fragments, with pongs between */
    flood[6] = FIN | PONG;
    for (size_t i = 2; i < 4000; i++)
        flood[6 * i] = i % 2 == 0 ? FIN | PONG : 0;
    client_write(f, &c, flood, len);
    want_close(f, &c, 1008);
    client_close(&c);
    WAIT_FOR(f, f->closed == 1);
}

/* ---- pings ---- */

static void answers_pings(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    char payload[126];
    memset(payload, 'p', 125);
    payload[125] = '\0';
    send_frame(f, &c, FIN | PING, payload, 125);
    struct frame pong = next_frame(f, &c);
    assert_int_equal(pong.first, FIN | PONG);
    assert_string_equal((const char *)pong.payload, payload);
    frame_free(&pong);
    client_close(&c);
}

static void pings_and_closes_the_dead(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    config.ping_interval_ms = 60;
    config.pong_timeout_ms = 120;
    fixture_init(&f, &config);
    struct client c = open_socket(&f);
    for (int i = 0; i < 4; i++) {
        struct frame ping = next_frame(&f, &c);
        assert_int_equal(ping.first, FIN | PING);
        send_frame(&f, &c, FIN | PONG, ping.payload, ping.len);
        frame_free(&ping);
    }
    assert_int_equal(f.closed, 0);
    struct ic_time start = ic_clock_now();
    struct frame ping = next_frame(&f, &c);
    assert_int_equal(ping.first, FIN | PING);
    frame_free(&ping);
    send_text(&f, &c, "talking is no pong");
    WAIT_FOR(&f, f.closed == 1);
    assert_true(ic_time_sub(ic_clock_now(), start).us >= 110000);
    assert_int_equal(f.closed_clean, 0);
    client_want_end(&f, &c);
    client_close(&c);
    fixture_deinit(&f);
}

/* ---- closing ---- */

static void tells_a_clean_close(void **state)
{
    struct fixture *f = *state;
    static const struct {
        unsigned code;
        enum ic_hub_end end;
    } table[] = {{1000, IC_HUB_LEFT}, {1001, IC_HUB_AWAY}, {1002, IC_HUB_LOST},
                 {1011, IC_HUB_LOST}, {3000, IC_HUB_LOST}, {4999, IC_HUB_LOST}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct client c = open_socket(f);
        int closed = f->closed;
        send_close(f, &c, table[i].code);
        want_close(f, &c, table[i].code);
        client_close(&c);
        assert_int_equal(f->closed, closed + 1);
        assert_int_equal(f->end, table[i].end);
    }
    struct client c = open_socket(f);
    int clean = f->closed_clean;
    send_frame(f, &c, FIN | CLOSE, "", 0);
    struct frame answer = next_frame(f, &c);
    assert_int_equal(answer.first, FIN | CLOSE);
    frame_free(&answer);
    client_want_end(f, &c);
    client_close(&c);
    assert_int_equal(f->closed_clean, clean);
    WAIT_FOR(f, stats_of(f).connections == 0);
    assert_int_equal(stats_of(f).sockets, 0);
}

/* A page that goes away may reset the connection right behind its close frame. */
static void hears_a_close_before_a_reset(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    uint8_t frame[16];
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    size_t len = make_frame(frame, FIN | CLOSE, "\x03\xe9", 2, 2);
    assert_int_equal(send(c.fd, frame, len, MSG_NOSIGNAL), len);
    setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    client_close(&c);
    WAIT_FOR(f, f->closed == 1);
    assert_int_equal(f->closed_clean, 1);
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void hears_nothing_after_a_close(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    uint8_t frames[64];
    size_t len = make_frame(frames, FIN | CLOSE, "\x03\xe8", 2, 2);
    len += make_frame(frames + len, FIN | TEXT, "late", 4, 4);
    client_write(f, &c, frames, len);
    want_close(f, &c, 1000);
    client_close(&c);
    assert_int_equal(f->messages, 0);
    assert_int_equal(f->closed, 1);
}

static void closes_behind_what_was_sent(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    static char text[60000];
    memset(text, 't', sizeof text - 1);
    for (int i = 0; i < 10; i++)
        ic_web_send(f->web, f->conn, text, sizeof text - 1);
    ic_web_close(f->web, f->conn, 1001, "restart");
    ic_web_send(f->web, f->conn, "late", 4);
    for (int i = 0; i < 10; i++)
        want_text(f, &c, text);
    struct frame frame = next_frame(f, &c);
    assert_int_equal(frame.first, FIN | CLOSE);
    assert_string_equal((const char *)frame.payload + 2, "restart");
    frame_free(&frame);
    send_text(f, &c, "not heard");
    send_close(f, &c, 1001);
    client_want_end(f, &c);
    client_close(&c);
    assert_int_equal(f->messages, 0);
    assert_int_equal(f->closed, 0);
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void does_not_wait_for_a_silent_peer(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    struct ic_time start = ic_clock_now();
    ic_web_close(f->web, f->conn, 1008, "policy");
    WAIT_FOR(f, stats_of(f).connections == 0);
    int64_t us = ic_time_sub(ic_clock_now(), start).us;
    assert_true(us >= 1900000 && us < 10000000);
    want_close(f, &c, 1008);
    client_close(&c);
}

static void closes_the_slow_with_1013(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    static char text[60000];
    memset(text, 't', sizeof text - 1);
    struct ic_conn_id conn = f->conn;
    int sent = 0;
    for (; f->closed == 0 && sent < 1000; sent++) {
        ic_web_send(f->web, conn, text, sizeof text - 1);
        turn(f, 0);
    }
    /* over a mebibyte and what the kernel takes, and not much more */
    assert_true((size_t)sent * sizeof text > 1048576 && sent < 1000);
    assert_int_equal(f->closed, 1);
    assert_int_equal(f->closed_clean, 0);
    struct frame frame = next_frame(f, &c);
    int received = 0;
    for (; frame.first == (FIN | TEXT); received++) {
        frame_free(&frame);
        frame = next_frame(f, &c);
    }
    assert_true(received > 0 && received < sent);
    assert_int_equal(frame.first, FIN | CLOSE);
    assert_int_equal(frame.payload[0] << 8 | frame.payload[1], 1013);
    frame_free(&frame);
    client_close(&c);
    WAIT_FOR(f, stats_of(f).connections == 0);
    assert_int_equal(f->closed, 1);
}

/* One turn in which much is sent to a client that never reads: bounded as well. */
static void bounds_the_queue_within_one_turn(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    for (int i = 0; i < 100000; i++)
        ic_web_send(f->web, f->conn, "", 0);
    assert_int_equal(f->closed, 0); /* the hub is not called back from its own call */
    turn(f, 0);
    assert_int_equal(f->closed, 1);
    client_close(&c);
}

static void bounds_unread_pongs(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    static char payload[125];
    static uint8_t pings[131 * 2000];
    size_t len = 0;
    for (int i = 0; i < 2000; i++)
        len += make_frame(pings + len, FIN | PING, payload, sizeof payload, sizeof payload);
    client_write(f, &c, pings, len);
    turn_for(f, 50);
    assert_int_equal(f->closed, 0); /* within the rate, and they are read below */
    for (int i = 0; i < 2000; i++) {
        struct frame pong = next_frame(f, &c);
        assert_int_equal(pong.first, FIN | PONG);
        frame_free(&pong);
    }
    client_close(&c);
}

static void ignores_unknown_connections(void **state)
{
    struct fixture *f = *state;
    struct client c = open_socket(f);
    struct ic_conn_id stale = f->conn;
    client_close(&c);
    WAIT_FOR(f, f->closed == 1);
    c = open_socket(f);
    const struct ic_conn_id odd[] = {{0}, {1}, {stale.value}, {stale.value + 1}, {UINT64_MAX}};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        ic_web_send(f->web, odd[i], "x", 1);
        ic_web_close(f->web, odd[i], 1000, "");
        ic_web_answer_meeting(f->web, odd[i], IC_HUB_MADE, "x");
    }
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "a socket is no request");
    send_text(f, &c, "fine");
    want_text(f, &c, "fine");
    client_close(&c);
}

/* ---- many ---- */

static void holds_many_idle_sockets(void **state)
{
    enum { COUNT = 2000 };
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    raise_descriptor_limit();
    config.connections_max = config.connections_per_address_max = COUNT + 8;
    config.ping_interval_ms = 600000;
    fixture_init(&f, &config);
    struct client *clients = calloc(COUNT, sizeof *clients);
    assert_non_null(clients);
    size_t before = allocated();
    for (int i = 0; i < COUNT; i++)
        clients[i] = client_open(&f);
    WAIT_FOR(&f, stats_of(&f).connections == COUNT);
    size_t plain = allocated();
    for (int i = 0; i < COUNT; i++)
        client_text(&f, &clients[i], UPGRADE);
    WAIT_FOR(&f, f.opened == COUNT);
    size_t sockets = allocated();
    print_message("bytes of heap: %zu an idle connection, %zu a WebSocket\n",
                  (plain - before) / COUNT, (sockets - before) / COUNT);
    assert_true(plain - before < COUNT * 64);
    assert_true(HAS_THREAD_SANITIZER || sockets - before < COUNT * 10000);
    struct client *some = &clients[COUNT / 2];
    struct answer a = client_answer(&f, some, false);
    answer_free(&a);
    f.is_echo = true;
    send_text(&f, some, "hello");
    want_text(&f, some, "hello");
    for (int i = 0; i < COUNT; i++)
        client_close(&clients[i]);
    WAIT_FOR(&f, stats_of(&f).connections == 0);
    assert_int_equal(f.closed, COUNT);
    assert_true(allocated() < before + 300000);
    free(clients);
    fixture_deinit(&f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(opens),
        TEST(opens_for_browsers),
        TEST(refuses_bad_handshakes),
        TEST(closes_when_the_hub_is_full),
        TEST(refuses_while_draining),
        TEST(carries_messages),
        TEST(joins_fragments_around_control_frames),
        TEST(takes_bytes_one_by_one),
        TEST(fails_what_is_not_allowed),
        TEST(measures_fragments_together),
        TEST(fails_text_between_fragments),
        TEST(limits_the_rate_of_frames),
        TEST(answers_pings),
        cmocka_unit_test(pings_and_closes_the_dead),
        TEST(tells_a_clean_close),
        TEST(hears_a_close_before_a_reset),
        TEST(hears_nothing_after_a_close),
        TEST(closes_behind_what_was_sent),
        TEST(does_not_wait_for_a_silent_peer),
        TEST(closes_the_slow_with_1013),
        TEST(bounds_the_queue_within_one_turn),
        TEST(bounds_unread_pongs),
        TEST(ignores_unknown_connections),
        cmocka_unit_test(holds_many_idle_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
