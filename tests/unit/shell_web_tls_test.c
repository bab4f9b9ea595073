/* TLS of the web server over real sockets: versions, names, tickets, reload, garbage, slow peers.
 */
#include "web_fixture.h"

#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HOST  "Host: localhost\r\n"
#define LIVEZ "GET /livez HTTP/1.1\r\n" HOST "\r\n"
#define UPGRADE                                                                                    \
    "GET /signal HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n"                \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"                 \
    "Origin: https://localhost\r\n\r\n"

static struct ic_web_config tls_config(void)
{
    struct ic_web_config config = basic_config();
    config.tls = config.self_signed = true;
    config.head_timeout_ms = 1000;
    return config;
}

static int setup(void **state)
{
    static struct fixture f;
    struct ic_web_config config = tls_config();
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

/* ---- a TLS client ---- */

/* What a client asks for; all optional. */
struct wish {
    int version;         /* TLS1_2_VERSION: exactly this */
    const char *alpn;    /* with length bytes */
    const char *ciphers; /* of TLS 1.2 */
    SSL_SESSION *session;
};

static struct client tls_open(struct fixture *f, const struct wish *wish)
{
    struct client c = client_open(f);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (wish->version != 0) {
        SSL_CTX_set_min_proto_version(context, wish->version);
        SSL_CTX_set_max_proto_version(context, wish->version);
    }
    if (wish->version != 0 && wish->version < TLS1_2_VERSION)
        SSL_CTX_set_security_level(context, 0);
    if (wish->ciphers != NULL)
        assert_int_equal(SSL_CTX_set_cipher_list(context, wish->ciphers), 1);
    if (wish->alpn != NULL)
        SSL_CTX_set_alpn_protos(context, (const uint8_t *)wish->alpn, (unsigned)strlen(wish->alpn));
    assert_int_equal(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
    c.tls = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(c.tls, c.fd);
    SSL_set_connect_state(c.tls);
    if (wish->session != NULL)
        SSL_set_session(c.tls, wish->session);
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(WAIT_MS));
    int result = 0;
    while (result != 1 && ic_time_before(ic_clock_now(), until)) {
        ERR_clear_error();
        result = SSL_do_handshake(c.tls);
        int error = SSL_get_error(c.tls, result);
        if (result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            c.is_ended = true;
            break;
        }
        turn(f, 1);
    }
    ERR_clear_error();
    return c;
}

static struct client tls_open_any(struct fixture *f)
{
    const struct wish any = {0};
    struct client c = tls_open(f, &any);
    assert_false(c.is_ended);
    return c;
}

/* ---- certificates in files ---- */

struct files {
    char folder[64], cert[96], key[96];
};

static void make_files(struct files *files)
{
    snprintf(files->folder, sizeof files->folder, "/tmp/web_tls_test.XXXXXX");
    assert_non_null(mkdtemp(files->folder));
    snprintf(files->cert, sizeof files->cert, "%s/cert.pem", files->folder);
    snprintf(files->key, sizeof files->key, "%s/key.pem", files->folder);
}

static void remove_files(const struct files *files)
{
    unlink(files->cert);
    unlink(files->key);
    rmdir(files->folder);
}

static void write_pem(const char *path, X509 *cert, EVP_PKEY *key, const char *password)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    if (cert != NULL)
        assert_int_equal(PEM_write_X509(out, cert), 1);
    if (key != NULL)
        assert_int_equal(PEM_write_PrivateKey(out, key, password == NULL ? NULL : EVP_aes_128_cbc(),
                                              (const unsigned char *)password,
                                              password == NULL ? 0 : (int)strlen(password), NULL,
                                              NULL),
                         1);
    fclose(out);
}

/* A certificate of that name; which: 1 the certificate, 2 the key, 3 both files. */
static void write_certificate(const struct files *files, const char *name, int which,
                              const char *password)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_set_pubkey(cert, key);
    X509_sign(cert, key, EVP_sha256());
    if ((which & 1) != 0)
        write_pem(files->cert, cert, NULL, NULL);
    if ((which & 2) != 0)
        write_pem(files->key, NULL, key, password);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void assert_name(struct fixture *f, const char *expected)
{
    char name[64];
    struct client c = tls_open_any(f);
    X509 *cert = SSL_get1_peer_certificate(c.tls);
    assert_non_null(cert);
    X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name);
    assert_string_equal(name, expected);
    X509_free(cert);
    client_close(&c);
}

/* ---- handshakes ---- */

static void speaks_tls_12_and_13(void **state)
{
    struct fixture *f = *state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        const struct wish wish = {.version = versions[i]};
        struct client c = tls_open(f, &wish);
        assert_int_equal(SSL_version(c.tls), versions[i]);
        for (int j = 0; j < 3; j++) {
            struct answer a = ask_on(f, &c, LIVEZ);
            assert_int_equal(a.status, 200);
            assert_null(field(&a, "Strict-Transport-Security")); /* self-signed */
            answer_free(&a);
        }
        client_close(&c);
    }
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void refuses_old_versions_and_ciphers(void **state)
{
    struct fixture *f = *state;
    static const struct wish wishes[] = {
        {.version = TLS1_VERSION},
        {.version = TLS1_1_VERSION},
        {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"},
        {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES256-SHA"},
        {.version = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256"},
        {.alpn = "\x02h2"},
    };
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        struct client c = tls_open(f, &wishes[i]);
        assert_true(c.is_ended);
        client_close(&c);
    }
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void chooses_http11(void **state)
{
    struct fixture *f = *state;
    const struct wish wish = {.alpn = "\x02h2\x08http/1.1"};
    struct client c = tls_open(f, &wish);
    const unsigned char *chosen;
    unsigned len;
    SSL_get0_alpn_selected(c.tls, &chosen, &len);
    assert_int_equal(len, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
    client_close(&c);
}

static void names_itself(void **state)
{
    struct fixture *f = *state;
    struct client c = tls_open_any(f);
    X509 *cert = SSL_get1_peer_certificate(c.tls);
    assert_int_equal(X509_check_host(cert, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(cert, "example.org", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "::1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "192.0.2.1", 0), 0);
    assert_int_equal(X509_cmp_current_time(X509_get0_notBefore(cert)), -1);
    assert_int_equal(X509_cmp_current_time(X509_get0_notAfter(cert)), 1);
    assert_int_equal(X509_get_version(cert), X509_VERSION_3);
    assert_int_equal(X509_check_ca(cert), 0);
    X509_free(cert);
    client_close(&c);
}

static void names_all_addresses_when_it_listens_on_all(void **state)
{
    struct fixture f;
    struct ic_web_config config = tls_config();
    (void)state;
    config.listen[0] = ic_addr_v4(0, 0, 0, 0, 0);
    config.listen[1] = ic_addr_v4(127, 0, 0, 9, 0);
    config.listen_count = 2;
    fixture_init(&f, &config);
    struct client c = tls_open_any(&f);
    X509 *cert = SSL_get1_peer_certificate(c.tls);
    assert_int_equal(X509_check_ip_asc(cert, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "127.0.0.9", 0), 1);
    assert_int_equal(X509_check_ip_asc(cert, "0.0.0.0", 0), 0);
    X509_free(cert);
    client_close(&c);
    fixture_deinit(&f);
}

static void resumes_sessions(void **state)
{
    struct fixture *f = *state;
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 2; i++) {
        struct wish wish = {.version = versions[i]};
        struct client c = tls_open(f, &wish);
        struct answer a = ask_on(f, &c, LIVEZ); /* the ticket of TLS 1.3 comes with it */
        answer_free(&a);
        assert_int_equal(SSL_session_reused(c.tls), 0);
        wish.session = SSL_get1_session(c.tls);
        SSL_set_shutdown(c.tls, SSL_SENT_SHUTDOWN); /* or OpenSSL calls the session bad */
        client_close(&c);
        c = tls_open(f, &wish);
        a = ask_on(f, &c, LIVEZ);
        assert_int_equal(a.status, 200);
        answer_free(&a);
        assert_int_equal(SSL_session_reused(c.tls), 1);
        client_close(&c);
        SSL_SESSION_free(wish.session);
    }
}

static void renews_the_ticket_key(void **state)
{
    struct fixture *f = *state;
    struct wish wish = {0};
    struct client c = tls_open(f, &wish);
    struct answer a = ask_on(f, &c, LIVEZ);
    answer_free(&a);
    wish.session = SSL_get1_session(c.tls);
    SSL_set_shutdown(c.tls, SSL_SENT_SHUTDOWN);
    client_close(&c);
    ic_web_tick(f->web, ic_time_add(f->loop.now, IC_SEC(7 * 3600)));
    c = tls_open(f, &wish);
    a = ask_on(f, &c, LIVEZ);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    assert_int_equal(SSL_session_reused(c.tls), 0);
    client_close(&c);
    SSL_SESSION_free(wish.session);
}

static void survives_key_updates_and_renegotiation(void **state)
{
    struct fixture *f = *state;
    const struct wish new = {.version = TLS1_3_VERSION}, old = {.version = TLS1_2_VERSION};
    struct client c = tls_open(f, &new);
    for (int i = 0; i < 5; i++) {
        SSL_key_update(c.tls, SSL_KEY_UPDATE_REQUESTED);
        struct answer a = ask_on(f, &c, LIVEZ);
        assert_int_equal(a.status, 200);
        answer_free(&a);
    }
    client_close(&c);
    c = tls_open(f, &old);
    SSL_renegotiate(c.tls);
    (void)SSL_do_handshake(c.tls);
    ERR_clear_error();
    turn_for(f, 50);
    client_close(&c);
    WAIT_FOR(f, stats_of(f).connections == 0);
}

/* ---- garbage ---- */

static void closes_garbage_at_once(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *bytes;
        size_t len;
    } table[] = {
        {LIVEZ, sizeof LIVEZ - 1},
        {"\0", 1},
        {"\x80\x2e\x01\0\x02", 5},   /* SSL 2 */
        {"\x17\x03\x03\0\x01\0", 6}, /* application data */
        {"\x16\x03\x01\xff\xff\x01", 6},
        {"\x16\x03\x01\0\x05\x01\xff\xff\xff\0", 10},
        {"\x16GET / HTTP/1.1\r\n\r\n", 19},
        {"\x16\x03\x03\0\x04\x0e\0\0\0", 9}, /* ServerHelloDone */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct client c = client_open(f);
        struct ic_time start = ic_clock_now();
        client_write(f, &c, table[i].bytes, table[i].len);
        shutdown(c.fd, SHUT_WR);
        client_want_end(f, &c);
        assert_true(ic_time_sub(ic_clock_now(), start).us < 900000);
        /* an alert at most; silence for what is no TLS */
        assert_true(c.in_len <= (table[i].bytes[0] == '\x16' ? 7 : 0));
        client_close(&c);
    }
    WAIT_FOR(f, stats_of(f).connections == 0);
    assert_int_equal(stats_of(f).requests, 0);
}

static void closes_a_slow_handshake(void **state)
{
    struct fixture *f = *state;
    struct client silent = client_open(f), slow = client_open(f);
    client_write(f, &slow, "\x16\x03\x01\x02\0\x01\0\x01", 8);
    client_want_end(f, &slow);
    client_want_end(f, &silent);
    client_close(&slow);
    client_close(&silent);
    WAIT_FOR(f, stats_of(f).connections == 0);
}

/* ---- much data ---- */

static void serves_a_slow_reader(void **state)
{
    struct fixture *f = *state;
    struct client c = tls_open_any(f);
    int small = 131072;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client_text(f, &c, "GET /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
    turn_for(f, 100);
    struct answer a = client_answer(f, &c, true);
    assert_int_equal(a.body_len, BIG_LEN);
    assert_memory_equal(a.body, big_js, BIG_LEN);
    answer_free(&a);
    a = ask_on(f, &c, LIVEZ);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    client_close(&c);
}

static void carries_messages_both_ways(void **state)
{
    enum { LEN = 60000, COUNT = 40 };
    struct fixture *f = *state;
    struct client c = tls_open_any(f);
    struct answer a = ask_on(f, &c, UPGRADE);
    assert_int_equal(a.status, 101);
    answer_free(&a);
    /* Mask zero: the payload stands as it is. */
    static uint8_t frame[8 + LEN] = {0x81, 0xfe, LEN >> 8, LEN & 0xff};
    memset(frame + 8, 'm', LEN);
    size_t echoed = 0;
    for (int i = 0; i < COUNT; i++) {
        client_write(f, &c, frame, sizeof frame);
        if (i % 10 < 8)
            continue; /* let the echoes pile up below the limit, then read */
        echoed = (size_t)(i + 1) * (4 + LEN);
        assert_true(client_want(f, &c, echoed));
    }
    assert_true(client_want(f, &c, COUNT * (4 + LEN)));
    assert_int_equal(f->messages, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const uint8_t *at = c.in + i * (4 + LEN);
        assert_memory_equal(at, "\x81\x7e\xea\x60", 4);
        assert_memory_equal(at + 4, frame + 8, LEN);
    }
    client_close(&c);
    WAIT_FOR(f, f->closed == 1);
}

static void sends_close_notify(void **state)
{
    struct fixture *f = *state;
    struct client c = tls_open_any(f);
    SSL_clear_options(c.tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
    struct answer a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    client_want_end(f, &c);
    assert_true((SSL_get_shutdown(c.tls) & SSL_RECEIVED_SHUTDOWN) != 0);
    client_close(&c);
}

/* ---- files ---- */

static void reloads_certificates(void **state)
{
    struct fixture f;
    struct files files;
    struct ic_web_config config = tls_config();
    const char *why = "";
    (void)state;
    make_files(&files);
    write_certificate(&files, "first", 3, NULL);
    config.self_signed = false;
    config.tls_cert = files.cert;
    config.tls_key = files.key;
    fixture_init(&f, &config);
    struct client old = tls_open_any(&f);
    struct answer a = ask_on(&f, &old, LIVEZ);
    assert_string_equal(field(&a, "Strict-Transport-Security"), "max-age=31536000");
    answer_free(&a);
    assert_name(&f, "first");
    write_certificate(&files, "second", 3, NULL);
    assert_name(&f, "first");
    assert_int_equal(ic_web_reload(f.web, &why), IC_OK);
    assert_name(&f, "second");
    a = ask_on(&f, &old, LIVEZ);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    /* unusable ones change nothing */
    write_certificate(&files, "third", 1, NULL);
    assert_int_equal(ic_web_reload(f.web, &why), IC_ERR_SYSTEM);
    assert_non_null(strstr(why, "tls_key"));
    assert_name(&f, "second");
    write_certificate(&files, "fourth", 3, "password");
    assert_int_equal(ic_web_reload(f.web, &why), IC_ERR_SYSTEM);
    assert_non_null(strstr(why, "unencrypted"));
    unlink(files.cert);
    assert_int_equal(ic_web_reload(f.web, &why), IC_ERR_SYSTEM);
    assert_non_null(strstr(why, "No such file"));
    write_pem(files.cert, NULL, NULL, NULL);
    assert_int_equal(ic_web_reload(f.web, &why), IC_ERR_SYSTEM);
    assert_name(&f, "second");
    client_close(&old);
    fixture_deinit(&f);
    remove_files(&files);
}

static void says_why_it_cannot_start(void **state)
{
    struct fixture *f = *state;
    struct ic_web_config config = tls_config();
    const struct ic_web_handlers handlers = {.context = NULL};
    const char *why = NULL;
    config.self_signed = false;
    assert_null(ic_web_create(&config, &f->loop, &handlers, &why));
    assert_non_null(strstr(why, "set tls_cert and tls_key"));
    config.tls_cert = "/nonexistent/cert.pem";
    config.tls_key = "/nonexistent/key.pem";
    assert_null(ic_web_create(&config, &f->loop, &handlers, &why));
    assert_non_null(strstr(why, "/nonexistent/cert.pem"));
    assert_non_null(strstr(why, "No such file"));
    assert_int_equal(ic_web_reload(f->web, &why), IC_OK); /* self-signed: nothing to read */
}

/* ---- many ---- */

/* In a process of its own, so that the clients' memory is not counted: open sockets, hold them
 * until the pipe ends. */
static void hold_sockets(const struct fixture *f, int count, int until_fd)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    char byte;
    for (int i = 0; i < count; i++) {
        SSL *tls = SSL_new(context);
        SSL_set_fd(tls, connect_to(f));
        if (SSL_connect(tls) != 1 || SSL_write(tls, UPGRADE, sizeof UPGRADE - 1) <= 0 ||
            SSL_read(tls, &byte, 1) != 1)
            _exit(1);
    }
    (void)!read(until_fd, &byte, 1);
    _exit(0);
}

static void holds_many_idle_sockets(void **state)
{
    enum { COUNT = 500 };
    struct fixture f;
    struct ic_web_config config = tls_config();
    int ends[2], status;
    (void)state;
    raise_descriptor_limit();
    config.connections_max = config.connections_per_address_max = COUNT + 8;
    fixture_init(&f, &config);
    assert_int_equal(pipe(ends), 0);
    struct client warm = tls_open_any(&f); /* OpenSSL's own tables */
    client_close(&warm);
    WAIT_FOR(&f, stats_of(&f).connections == 0);
    size_t before = allocated();
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        hold_sockets(&f, COUNT, ends[0]);
    }
    close(ends[0]);
    WAIT_FOR(&f, f.opened == COUNT);
    turn_for(&f, 50);
    print_message("bytes of heap: %zu a WebSocket over TLS\n", (allocated() - before) / COUNT);
    assert_true(allocated() - before < COUNT * 40000);
    close(ends[1]);
    WAIT_FOR(&f, f.closed == COUNT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    WAIT_FOR(&f, stats_of(&f).connections == 0);
    assert_true(allocated() < before + 300000);
    fixture_deinit(&f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(speaks_tls_12_and_13),
        TEST(refuses_old_versions_and_ciphers),
        TEST(chooses_http11),
        TEST(names_itself),
        cmocka_unit_test(names_all_addresses_when_it_listens_on_all),
        TEST(resumes_sessions),
        TEST(renews_the_ticket_key),
        TEST(survives_key_updates_and_renegotiation),
        TEST(closes_garbage_at_once),
        TEST(closes_a_slow_handshake),
        TEST(serves_a_slow_reader),
        TEST(carries_messages_both_ways),
        TEST(sends_close_notify),
        cmocka_unit_test(reloads_certificates),
        TEST(says_why_it_cannot_start),
        cmocka_unit_test(holds_many_idle_sockets),
    };
    for (size_t i = 0; i < sizeof big_js; i++)
        big_js[i] = (uint8_t)(i * 2654435761U >> 24);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
