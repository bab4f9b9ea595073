/* DTLS: the real implementation on both sides over memory, its bounds, its credentials, and the
 * null implementation. OpenSSL reads the real clock, so `now` is the real clock here, and tests
 * that wait for a retransmission take a quarter of a second each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "transport/dtls.h"
#include "transport/dtls_record.h"

/* ---- what OpenSSL has allocated, for the memory bound ---- */

static size_t heap_bytes;

static void *count_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    size_t *block = malloc(n + 16);
    if (block == NULL)
        return NULL;
    block[0] = n;
    heap_bytes += n;
    return &block[2];
}

static void count_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    if (p == NULL)
        return;
    size_t *block = (size_t *)p - 2;
    heap_bytes -= block[0];
    free(block);
}

static void *count_realloc(void *p, size_t n, const char *file, int line)
{
    if (p == NULL)
        return count_malloc(n, file, line);
    size_t *block = (size_t *)p - 2, old = block[0];
    block = realloc(block, n + 16);
    if (block == NULL)
        return NULL;
    block[0] = n;
    heap_bytes = heap_bytes - old + n;
    return &block[2];
}

/* ---- fixtures ---- */

static struct ic_dtls_credentials *server_credentials, *client_credentials;
static uint8_t server_fingerprint[IC_FINGERPRINT_LEN], client_fingerprint[IC_FINGERPRINT_LEN];
static const struct ic_dtls_vtable *real;

static struct ic_time real_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (struct ic_time){(int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000};
}

static void sleep_until(struct ic_time t)
{
    int64_t us = ic_time_sub(t, real_now()).us;
    assert_true(us < 5000000);
    struct timespec span = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (us > 0)
        nanosleep(&span, NULL);
}

static int make_fixtures(void **state)
{
    (void)state;
    real = ic_dtls_openssl();
    server_credentials = ic_dtls_credentials_create(1700000000);
    client_credentials = ic_dtls_credentials_create(1700000000);
    assert_non_null(server_credentials);
    assert_non_null(client_credentials);
    ic_dtls_credentials_fingerprint(server_credentials, server_fingerprint);
    ic_dtls_credentials_fingerprint(client_credentials, client_fingerprint);
    return 0;
}

static int drop_fixtures(void **state)
{
    (void)state;
    ic_dtls_credentials_destroy(server_credentials);
    ic_dtls_credentials_destroy(client_credentials);
    return 0;
}

/* ---- our two roles over a link ---- */

#define FLIGHT_MAX 32

struct flight {
    uint8_t bytes[FLIGHT_MAX][1500];
    size_t lens[FLIGHT_MAX], count;
};

struct link {
    const struct ic_dtls_vtable *vtable;
    struct ic_dtls *active, *passive;
    bool reorder, duplicate;
    int lose; /* the n-th datagram of all; -1: none */
    int sent;
};

static struct link make_link(void)
{
    struct link l = {.vtable = real, .lose = -1};
    l.passive = real->create(server_credentials, IC_DTLS_PASSIVE, client_fingerprint, real_now());
    l.active = real->create(client_credentials, IC_DTLS_ACTIVE, server_fingerprint, real_now());
    assert_non_null(l.passive);
    assert_non_null(l.active);
    return l;
}

static void drop_link(struct link *l)
{
    l->vtable->destroy(l->active);
    l->vtable->destroy(l->passive);
}

static void collect(const struct ic_dtls_vtable *v, struct ic_dtls *d, struct flight *f)
{
    f->count = 0;
    size_t len;
    while (f->count < FLIGHT_MAX &&
           (len = v->poll(d, f->bytes[f->count], sizeof f->bytes[0])) > 0) {
        assert_true(len <= IC_DTLS_MTU);
        assert_in_range(f->bytes[f->count][0], 20, 63); /* RFC 7983 */
        f->lens[f->count++] = len;
    }
}

/* Carry everything that from has to say over to to. False when it had nothing. */
static bool carry(struct link *l, struct ic_dtls *from, struct ic_dtls *to)
{
    static struct flight f;
    collect(l->vtable, from, &f);
    for (size_t i = 0; i < f.count; i++) {
        size_t k = l->reorder ? f.count - 1 - i : i;
        if (l->sent++ == l->lose)
            continue;
        for (int times = l->duplicate ? 2 : 1; times > 0; times--)
            l->vtable->input(to, real_now(), f.bytes[k], f.lens[k]);
    }
    return f.count > 0;
}

static void pump(struct link *l)
{
    bool more;
    do {
        more = carry(l, l->active, l->passive);
        more = carry(l, l->passive, l->active) || more;
    } while (more);
}

static bool is_connected(const struct link *l)
{
    return l->vtable->state(l->active) == IC_DTLS_CONNECTED &&
           l->vtable->state(l->passive) == IC_DTLS_CONNECTED;
}

/* Pump, waiting for retransmissions, until both are connected; at most four seconds. */
static void pump_in_real_time(struct link *l)
{
    struct ic_time end = ic_time_add(real_now(), IC_SEC(4));
    pump(l);
    while (!is_connected(l) && ic_time_before(real_now(), end)) {
        sleep_until(ic_time_min(l->vtable->deadline(l->active), l->vtable->deadline(l->passive)));
        l->vtable->tick(l->active, real_now());
        l->vtable->tick(l->passive, real_now());
        pump(l);
    }
}

static void assert_keys_cross(struct link *l, enum ic_srtp_profile profile)
{
    struct ic_srtp_keys a, p;
    assert_int_equal(l->vtable->keys(l->active, &a), IC_OK);
    assert_int_equal(l->vtable->keys(l->passive, &p), IC_OK);
    assert_int_equal(a.profile, profile);
    assert_int_equal(p.profile, profile);
    assert_memory_equal(a.local_key, p.remote_key, sizeof a.local_key);
    assert_memory_equal(a.remote_key, p.local_key, sizeof a.local_key);
    assert_memory_equal(a.local_salt, p.remote_salt, sizeof a.local_salt);
    assert_memory_equal(a.remote_salt, p.local_salt, sizeof a.local_salt);
    assert_memory_not_equal(a.local_key, a.remote_key, ic_srtp_key_len(profile));
    uint8_t zeros[IC_SRTP_KEY_MAX] = {0};
    assert_memory_not_equal(a.local_key, zeros, ic_srtp_key_len(profile));
}

static void passive_and_active_agree_on_keys(void **state)
{
    (void)state;
    struct link l = make_link();
    struct ic_srtp_keys keys;
    assert_int_equal(real->keys(l.passive, &keys), IC_ERR_STATE);
    pump(&l);
    assert_true(is_connected(&l));
    assert_keys_cross(&l, IC_SRTP_AEAD_AES_128_GCM);
    assert_true(ic_time_is_never(real->deadline(l.passive)));
    assert_true(ic_time_is_never(real->deadline(l.active)));
    drop_link(&l);
}

static void two_handshakes_never_share_keys(void **state)
{
    (void)state;
    struct ic_srtp_keys keys[2];
    for (int i = 0; i < 2; i++) {
        struct link l = make_link();
        pump(&l);
        assert_int_equal(real->keys(l.passive, &keys[i]), IC_OK);
        drop_link(&l);
    }
    assert_memory_not_equal(keys[0].local_key, keys[1].local_key, 16);
}

static void each_lost_datagram_is_made_good_by_retransmission(void **state)
{
    (void)state;
    struct link whole = make_link();
    pump(&whole);
    assert_true(whole.sent >= 4);
    for (int lose = 0; lose < whole.sent; lose++) {
        struct link l = make_link();
        l.lose = lose;
        pump_in_real_time(&l);
        assert_true(is_connected(&l));
        assert_keys_cross(&l, IC_SRTP_AEAD_AES_128_GCM);
        drop_link(&l);
    }
    drop_link(&whole);
}

static void duplicated_datagrams_do_no_harm(void **state)
{
    (void)state;
    struct link l = make_link();
    l.duplicate = true;
    pump_in_real_time(&l);
    assert_true(is_connected(&l));
    drop_link(&l);
}

static void reordered_datagrams_do_no_harm(void **state)
{
    (void)state;
    struct link l = make_link();
    l.reorder = true;
    pump_in_real_time(&l);
    assert_true(is_connected(&l));
    drop_link(&l);
}

static void another_fingerprint_gives_no_keys_on_the_passive_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < IC_FINGERPRINT_LEN; i++) {
        struct link l = make_link();
        struct ic_srtp_keys keys;
        uint8_t wrong[IC_FINGERPRINT_LEN];
        memcpy(wrong, client_fingerprint, sizeof wrong);
        wrong[i] ^= (uint8_t)(1U << i % 8);
        real->destroy(l.passive);
        l.passive = real->create(server_credentials, IC_DTLS_PASSIVE, wrong, real_now());
        pump(&l);
        assert_int_equal(real->state(l.passive), IC_DTLS_FINGERPRINT);
        assert_int_equal(real->keys(l.passive, &keys), IC_ERR_STATE);
        assert_int_equal(real->state(l.active), IC_DTLS_CLOSED); /* it is told */
        drop_link(&l);
    }
}

static void another_fingerprint_gives_no_keys_on_the_active_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < IC_FINGERPRINT_LEN; i++) {
        struct link l = make_link();
        struct ic_srtp_keys keys;
        uint8_t wrong[IC_FINGERPRINT_LEN];
        memcpy(wrong, server_fingerprint, sizeof wrong);
        wrong[i] ^= (uint8_t)(1U << i % 8);
        real->destroy(l.active);
        l.active = real->create(client_credentials, IC_DTLS_ACTIVE, wrong, real_now());
        pump(&l);
        assert_int_equal(real->state(l.active), IC_DTLS_FINGERPRINT);
        assert_int_equal(real->keys(l.active, &keys), IC_ERR_STATE);
        drop_link(&l);
    }
}

/* The announced fingerprint is the server's own: "compared with itself" would let this through. */
static void a_certificate_is_not_compared_with_our_own(void **state)
{
    (void)state;
    struct link l = make_link();
    real->destroy(l.passive);
    l.passive = real->create(server_credentials, IC_DTLS_PASSIVE, server_fingerprint, real_now());
    pump(&l);
    assert_int_equal(real->state(l.passive), IC_DTLS_FINGERPRINT);
    drop_link(&l);
}

static void the_handshake_fails_after_ten_seconds(void **state)
{
    (void)state;
    struct ic_time now = real_now();
    struct ic_time end = ic_time_add(now, IC_MS(IC_DTLS_HANDSHAKE_TIMEOUT_MS));
    struct ic_dtls *d = real->create(server_credentials, IC_DTLS_PASSIVE, client_fingerprint, now);
    assert_true(real->deadline(d).us == end.us);
    real->tick(d, ic_time_add(end, IC_US(-1)));
    assert_int_equal(real->state(d), IC_DTLS_HANDSHAKE);
    real->tick(d, end);
    assert_int_equal(real->state(d), IC_DTLS_FAILED);
    assert_true(ic_time_is_never(real->deadline(d)));
    real->destroy(d);
}

static void close_notify_reaches_the_other_side(void **state)
{
    (void)state;
    for (int active = 0; active < 2; active++) {
        struct link l = make_link();
        pump(&l);
        assert_true(is_connected(&l));
        real->close(active ? l.active : l.passive);
        real->close(active ? l.active : l.passive); /* once is enough */
        pump(&l);
        assert_int_equal(real->state(active ? l.passive : l.active), IC_DTLS_CLOSED);
        drop_link(&l);
    }
}

/* ---- settled: the handshake is forgotten ---- */

static void settled_or_not_the_end_is_said_and_heard(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct link l = make_link();
        pump(&l);
        struct ic_dtls *from = i & 1 ? l.active : l.passive, *to = i & 1 ? l.passive : l.active;
        if (i & 2)
            real->settle(from);
        if (i & 4)
            real->settle(to);
        assert_true(is_connected(&l));
        real->close(from);
        real->close(from); /* once is enough */
        assert_true(carry(&l, from, to));
        assert_false(carry(&l, from, to));
        assert_int_equal(real->state(to), IC_DTLS_CLOSED);
        drop_link(&l);
    }
}

static void a_settled_connection_takes_little_and_has_no_keys(void **state)
{
    (void)state;
    struct ic_srtp_keys keys;
    struct link l = make_link();
    real->settle(l.passive); /* too early: nothing happens */
    pump(&l);
    assert_keys_cross(&l, IC_SRTP_AEAD_AES_128_GCM);
    size_t before = heap_bytes;
    real->settle(l.passive);
    size_t given = before - heap_bytes;
    real->settle(l.active);
    print_message("a settled connection gave back %zu bytes of OpenSSL's\n", given);
    assert_true(given > 16384);
    real->destroy(l.active);
    l.active = real->create(client_credentials, IC_DTLS_ACTIVE, server_fingerprint, real_now());
    before = heap_bytes;
    real->destroy(l.passive);
    assert_true(heap_bytes == before); /* nothing of OpenSSL's was left */
    l.passive = real->create(server_credentials, IC_DTLS_PASSIVE, client_fingerprint, real_now());
    pump(&l);
    real->settle(l.passive);
    assert_int_equal(real->keys(l.passive, &keys), IC_ERR_STATE);
    assert_int_equal(real->state(l.passive), IC_DTLS_CONNECTED);
    assert_true(ic_time_is_never(real->deadline(l.passive)));
    drop_link(&l);
}

/* Whole, cut anywhere, and with each bit changed. */
static void only_an_authentic_alert_ends_a_settled_connection(void **state)
{
    (void)state;
    struct link l = make_link();
    pump(&l);
    real->settle(l.passive);
    real->close(l.active);
    static struct flight f;
    collect(real, l.active, &f);
    assert_int_equal(f.count, 1);
    for (size_t len = 0; len < f.lens[0]; len++)
        real->input(l.passive, real_now(), f.bytes[0], len);
    for (size_t bit = 0; bit < f.lens[0] * 8; bit++) {
        f.bytes[0][bit / 8] ^= (uint8_t)(1U << bit % 8);
        real->input(l.passive, real_now(), f.bytes[0], f.lens[0]);
        f.bytes[0][bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(real->state(l.passive), IC_DTLS_CONNECTED);
    real->input(l.passive, real_now(), f.bytes[0], f.lens[0]);
    assert_int_equal(real->state(l.passive), IC_DTLS_CLOSED);
    drop_link(&l);
}

/* What one side says to another one cannot be turned round, and is not good for the next one. */
static void an_alert_of_another_connection_ends_nothing(void **state)
{
    (void)state;
    struct link l = make_link(), other = make_link();
    static struct flight f;
    pump(&l);
    pump(&other);
    real->settle(l.passive);
    real->settle(other.passive);
    real->close(l.passive);
    collect(real, l.passive, &f);
    assert_int_equal(f.count, 1);
    real->input(other.passive, real_now(), f.bytes[0], f.lens[0]);
    real->input(l.passive, real_now(), f.bytes[0], f.lens[0]);
    assert_int_equal(real->state(other.passive), IC_DTLS_CONNECTED);
    assert_int_equal(real->state(l.passive), IC_DTLS_CONNECTED); /* it said so, it did not hear */
    drop_link(&l);
    drop_link(&other);
}

static void an_alert_in_the_clear_ends_nothing(void **state)
{
    (void)state;
    static const uint8_t fatal[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
    struct link l = make_link();
    bool more = true;
    while (more) {
        real->input(l.passive, real_now(), fatal, sizeof fatal);
        real->input(l.active, real_now(), fatal, sizeof fatal);
        more = carry(&l, l.active, l.passive);
        real->input(l.passive, real_now(), fatal, sizeof fatal);
        more = carry(&l, l.passive, l.active) || more;
    }
    assert_true(is_connected(&l));
    drop_link(&l);
}

static void throw_garbage(bool is_settled)
{
    struct link l = make_link();
    pump(&l);
    if (is_settled)
        real->settle(l.passive);
    uint32_t random = 1;
    for (int i = 0; i < 2000; i++) {
        uint8_t bytes[80];
        for (size_t k = 0; k < sizeof bytes; k++) {
            random = random * 1664525 + 1013904223;
            bytes[k] = (uint8_t)(random >> 16);
        }
        bytes[0] = (uint8_t)(20 + i % 4);
        bytes[1] = 0xfe;
        bytes[2] = 0xfd;
        bytes[3] = 0;
        bytes[4] = (uint8_t)(i / 4 % 3); /* epoch */
        bytes[11] = 0;
        bytes[12] = sizeof bytes - 13;
        real->input(l.passive, real_now(), bytes, sizeof bytes);
    }
    assert_true(is_connected(&l));
    if (!is_settled)
        assert_keys_cross(&l, IC_SRTP_AEAD_AES_128_GCM);
    real->close(l.active);
    pump(&l);
    assert_int_equal(real->state(l.passive), IC_DTLS_CLOSED);
    drop_link(&l);
}

static void garbage_after_the_handshake_ends_nothing(void **state)
{
    (void)state;
    throw_garbage(false);
    throw_garbage(true);
}

static void datagrams_that_nobody_polls_are_lost_not_stored(void **state)
{
    (void)state;
    struct ic_dtls *d =
        real->create(client_credentials, IC_DTLS_ACTIVE, server_fingerprint, real_now());
    uint8_t out[1500];
    for (int i = 0; i < 4; i++) {
        sleep_until(ic_time_min(real->deadline(d), ic_time_add(real_now(), IC_MS(300))));
        real->tick(d, real_now());
    }
    size_t count = 0;
    while (real->poll(d, out, sizeof out) > 0)
        count++;
    assert_in_range(count, 1, IC_DTLS_QUEUE_MAX);
    real->destroy(d);
}

/* ---- bounds ---- */

static size_t write_fragment(uint8_t *out, uint16_t message_seq, uint32_t length, uint8_t type)
{
    static uint8_t record_seq;
    uint8_t head[26] = {22, 0xfe, 0xfd, [12] = 13, [24] = 1};
    head[10] = record_seq++;
    head[13] = type;
    head[14] = (uint8_t)(length >> 16);
    head[15] = (uint8_t)(length >> 8);
    head[16] = (uint8_t)length;
    head[17] = (uint8_t)(message_seq >> 8);
    head[18] = (uint8_t)message_seq;
    memcpy(out, head, sizeof head);
    return sizeof head;
}

static void large_declared_messages_are_not_looked_at(void **state)
{
    (void)state;
    uint8_t bytes[64];
    bool hello = false;
    size_t len = write_fragment(bytes, 0, IC_DTLS_MESSAGE_MAX, 1);
    assert_true(ic_dtls_record_check(bytes, len, &hello));
    assert_true(hello);
    len = write_fragment(bytes, 0, IC_DTLS_MESSAGE_MAX + 1, 1);
    assert_false(ic_dtls_record_check(bytes, len, &hello));
    len = write_fragment(bytes, 0, 0xffffff, 1);
    assert_false(ic_dtls_record_check(bytes, len, &hello));
    len = write_fragment(bytes, IC_DTLS_MESSAGES_MAX - 1, 100, 1);
    assert_true(ic_dtls_record_check(bytes, len, &hello));
    len = write_fragment(bytes, IC_DTLS_MESSAGES_MAX, 100, 1);
    assert_false(ic_dtls_record_check(bytes, len, &hello));
}

static void a_half_open_handshake_holds_a_bounded_memory(void **state)
{
    (void)state;
    struct ic_dtls *many[16];
    size_t before = heap_bytes;
    for (size_t i = 0; i < 16; i++) {
        many[i] = real->create(server_credentials, IC_DTLS_PASSIVE, client_fingerprint, real_now());
        uint8_t bytes[64];
        for (uint16_t seq = 0; seq < 64; seq++) {
            size_t len = write_fragment(bytes, seq, IC_DTLS_MESSAGE_MAX, 11);
            real->input(many[i], real_now(), bytes, len);
            len = write_fragment(bytes, seq, 0xffffff, 11);
            real->input(many[i], real_now(), bytes, len);
        }
    }
    /* 64 MB for all handshakes that may be under way. */
    size_t each = (heap_bytes - before) / 16;
    print_message("a half-open handshake holds %zu bytes of OpenSSL's memory\n", each);
    size_t queue = IC_DTLS_QUEUE_MAX * IC_DTLS_MTU; /* ours, beside it */
    assert_true((each + queue) * IC_DTLS_PENDING_MAX < 64U << 20);
    for (size_t i = 0; i < 16; i++)
        real->destroy(many[i]);
}

static void record_headers_at_their_bounds(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        uint16_t version, epoch;
        bool good;
    } table[] = {{19, 0xfefd, 1, false}, {20, 0xfefd, 0, true},  {20, 0xfeff, 0, true},
                 {21, 0xfefd, 0, false}, {21, 0xfefd, 1, true},  {22, 0xfefd, 1, true},
                 {22, 0xfefd, 0, false}, {23, 0xfefd, 0, false}, {23, 0xfefd, 1, true},
                 {24, 0xfefd, 1, false}, {22, 0x0303, 1, false}, {22, 0xfefc, 1, false},
                 {22, 0x0100, 1, false}, {63, 0xfefd, 1, false}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t bytes[] = {table[i].type,
                           (uint8_t)(table[i].version >> 8),
                           (uint8_t)table[i].version,
                           0,
                           (uint8_t)table[i].epoch,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           1,
                           1};
        bool hello;
        assert_int_equal(ic_dtls_record_check(bytes, sizeof bytes, &hello), table[i].good);
        assert_false(hello);
    }
}

/* ---- credentials ---- */

static void credentials_survive_writing_and_reading(void **state)
{
    (void)state;
    char pem[4096];
    size_t len = ic_dtls_credentials_write(server_credentials, pem, sizeof pem);
    assert_true(len > 0);
    assert_int_equal(ic_dtls_credentials_write(server_credentials, pem, len - 1), 0);
    len = ic_dtls_credentials_write(server_credentials, pem, sizeof pem);
    struct ic_dtls_credentials *again = ic_dtls_credentials_read(pem, len);
    assert_non_null(again);
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    ic_dtls_credentials_fingerprint(again, fingerprint);
    assert_memory_equal(fingerprint, server_fingerprint, sizeof fingerprint);
    ic_dtls_credentials_destroy(again);
    /* Cut anywhere, it is no such text; the last line break may be missing. */
    for (size_t cut = 0; cut + 1 < len; cut += 7)
        assert_null(ic_dtls_credentials_read(pem, cut));
    assert_null(ic_dtls_credentials_read("nonsense", 8));
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    (void)state;
    char a[4096], b[4096], mixed[8192];
    size_t a_len = ic_dtls_credentials_write(server_credentials, a, sizeof a);
    size_t b_len = ic_dtls_credentials_write(client_credentials, b, sizeof b);
    const char *mark = "-----BEGIN CERTIFICATE-----";
    b[b_len] = a[a_len] = '\0';
    size_t key_len = (size_t)(strstr(a, mark) - a);
    const char *certificate = strstr(b, mark);
    memcpy(mixed, a, key_len);
    memcpy(mixed + key_len, certificate, strlen(certificate));
    assert_null(ic_dtls_credentials_read(mixed, key_len + strlen(certificate)));
}

static void an_encrypted_key_is_refused_without_asking(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    unsigned char pass[] = "secret";
    assert_int_equal(PEM_write_bio_PrivateKey(bio, key, EVP_aes_128_cbc(), pass, 6, NULL, NULL), 1);
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    assert_null(ic_dtls_credentials_read(text, (size_t)len));
    BIO_free(bio);
    EVP_PKEY_free(key);
}

static void certificates_are_fresh_and_say_nothing(void **state)
{
    (void)state;
    char pem[4096];
    size_t len = ic_dtls_credentials_write(server_credentials, pem, sizeof pem);
    BIO *bio = BIO_new_mem_buf(pem, (int)len);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(x);
    char name[64];
    X509_NAME_oneline(X509_get_subject_name(x), name, sizeof name);
    assert_string_equal(name, "/CN=incamera");
    assert_int_equal(X509_NAME_entry_count(X509_get_subject_name(x)), 1);
    assert_int_equal(X509_get_ext_count(x), 0);
    time_t begin = 1700000000 - 86400, end = 1700000000 + 3650L * 86400;
    assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notBefore(x), begin), 0);
    assert_int_equal(ASN1_TIME_cmp_time_t(X509_get0_notAfter(x), end), 0);
    uint8_t digest[IC_FINGERPRINT_LEN];
    unsigned digest_len = 0;
    X509_digest(x, EVP_sha256(), digest, &digest_len);
    assert_memory_equal(digest, server_fingerprint, sizeof digest);
    assert_memory_not_equal(server_fingerprint, client_fingerprint, IC_FINGERPRINT_LEN);
    X509_free(x);
    BIO_free(bio);
}

/* ---- the null implementation ---- */

static struct ic_dtls_null_credentials null_server = {{1, 2, 3}, IC_SRTP_AEAD_AES_128_GCM};
static struct ic_dtls_null_credentials null_client = {{9, 8, 7}, IC_SRTP_AES128_CM_HMAC_SHA1_80};

static struct link make_null_link(void)
{
    const struct ic_dtls_vtable *v = ic_dtls_null();
    struct link l = {.vtable = v, .lose = -1};
    struct ic_time now = {0};
    l.passive = v->create(&null_server, IC_DTLS_PASSIVE, null_client.fingerprint, now);
    l.active = v->create(&null_client, IC_DTLS_ACTIVE, null_server.fingerprint, now);
    return l;
}

static void null_connects_with_the_profile_of_the_passive_side(void **state)
{
    (void)state;
    struct link l = make_null_link();
    pump(&l);
    assert_true(is_connected(&l));
    assert_keys_cross(&l, IC_SRTP_AEAD_AES_128_GCM);
    l.vtable->close(l.active);
    pump(&l);
    assert_int_equal(l.vtable->state(l.passive), IC_DTLS_CLOSED);
    drop_link(&l);
}

static void null_survives_loss_by_time_alone(void **state)
{
    (void)state;
    for (int lose = 0; lose < 2; lose++) {
        struct link l = make_null_link();
        l.lose = lose;
        pump(&l);
        assert_false(is_connected(&l));
        l.vtable->tick(l.active, l.vtable->deadline(l.active));
        pump(&l);
        assert_true(is_connected(&l));
        drop_link(&l);
    }
}

static void null_notices_fingerprints_nonsense_and_time(void **state)
{
    (void)state;
    struct link l = make_null_link();
    uint8_t other[IC_FINGERPRINT_LEN] = {5};
    l.vtable->destroy(l.passive);
    l.passive = l.vtable->create(&null_server, IC_DTLS_PASSIVE, other, (struct ic_time){0});
    pump(&l);
    assert_int_equal(l.vtable->state(l.passive), IC_DTLS_FINGERPRINT);
    struct ic_srtp_keys keys;
    assert_int_equal(l.vtable->keys(l.passive, &keys), IC_ERR_STATE);
    l.vtable->tick(l.active, (struct ic_time){IC_DTLS_HANDSHAKE_TIMEOUT_MS * 1000});
    assert_int_equal(l.vtable->state(l.active), IC_DTLS_FAILED);
    drop_link(&l);
    l = make_null_link();
    uint8_t bytes[64];
    size_t len = write_fragment(bytes, 0, 1, IC_DTLS_MESSAGE_CLIENT_HELLO);
    l.vtable->input(l.passive, (struct ic_time){0}, bytes, len);
    assert_int_equal(l.vtable->state(l.passive), IC_DTLS_FAILED);
    drop_link(&l);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passive_and_active_agree_on_keys),
        cmocka_unit_test(two_handshakes_never_share_keys),
        cmocka_unit_test(each_lost_datagram_is_made_good_by_retransmission),
        cmocka_unit_test(duplicated_datagrams_do_no_harm),
        cmocka_unit_test(reordered_datagrams_do_no_harm),
        cmocka_unit_test(another_fingerprint_gives_no_keys_on_the_passive_side),
        cmocka_unit_test(another_fingerprint_gives_no_keys_on_the_active_side),
        cmocka_unit_test(a_certificate_is_not_compared_with_our_own),
        cmocka_unit_test(the_handshake_fails_after_ten_seconds),
        cmocka_unit_test(close_notify_reaches_the_other_side),
        cmocka_unit_test(settled_or_not_the_end_is_said_and_heard),
        cmocka_unit_test(a_settled_connection_takes_little_and_has_no_keys),
        cmocka_unit_test(only_an_authentic_alert_ends_a_settled_connection),
        cmocka_unit_test(an_alert_of_another_connection_ends_nothing),
        cmocka_unit_test(an_alert_in_the_clear_ends_nothing),
        cmocka_unit_test(garbage_after_the_handshake_ends_nothing),
        cmocka_unit_test(datagrams_that_nobody_polls_are_lost_not_stored),
        cmocka_unit_test(large_declared_messages_are_not_looked_at),
        cmocka_unit_test(a_half_open_handshake_holds_a_bounded_memory),
        cmocka_unit_test(record_headers_at_their_bounds),
        cmocka_unit_test(credentials_survive_writing_and_reading),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
        cmocka_unit_test(an_encrypted_key_is_refused_without_asking),
        cmocka_unit_test(certificates_are_fresh_and_say_nothing),
        cmocka_unit_test(null_connects_with_the_profile_of_the_passive_side),
        cmocka_unit_test(null_survives_loss_by_time_alone),
        cmocka_unit_test(null_notices_fingerprints_nonsense_and_time),
    };
    return cmocka_run_group_tests(tests, make_fixtures, drop_fixtures);
}
