/* DTLS: the passive side against a plain OpenSSL client that stands for a browser, and misbehaves
 * on demand. */
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

#define FLIGHT_MAX 32

struct flight {
    uint8_t bytes[FLIGHT_MAX][1500];
    size_t lens[FLIGHT_MAX], count;
};

/* ---- a plain OpenSSL client ---- */

struct browser {
    SSL_CTX *ctx;
    SSL *ssl;
    EVP_PKEY *key;
    X509 *certificate;
    struct ic_dtls *server;
    int handshake; /* of the client: 1 done */
};

static X509 *certify(EVP_PKEY *key, size_t padding)
{
    X509 *x = X509_new();
    assert_non_null(x);
    const unsigned char name_text[] = "WebRTC";
    X509_NAME *name = X509_get_subject_name(x);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, name_text, -1, -1, 0), 1);
    X509_set_issuer_name(x, name);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 77);
    X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_set_version(x, X509_VERSION_3);
    X509_set_pubkey(x, key);
    if (padding > 0) {
        char *text = malloc(padding + 16);
        assert_non_null(text);
        memset(text, 'a', padding);
        text[padding] = '\0';
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, text);
        assert_non_null(e);
        assert_int_equal(X509_add_ext(x, e, -1), 1);
        X509_EXTENSION_free(e);
        free(text);
    }
    bool ed25519 = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519;
    assert_true(X509_sign(x, key, ed25519 ? NULL : EVP_sha256()) > 0);
    return x;
}

/* Takes key (NULL: P-256). The server is told this certificate's fingerprint. */
static struct browser make_browser(EVP_PKEY *key, size_t padding)
{
    struct browser b = {.key = key == NULL ? EVP_EC_gen("P-256") : key};
    assert_non_null(b.key);
    b.certificate = certify(b.key, padding);
    b.ctx = SSL_CTX_new(DTLS_client_method());
    assert_non_null(b.ctx);
    SSL_CTX_set_security_level(b.ctx, 0);
    SSL_CTX_set_options(b.ctx, SSL_OP_NO_QUERY_MTU);
    SSL_CTX_set_tlsext_use_srtp(b.ctx, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:"
                                       "SRTP_AEAD_AES_128_GCM");
    assert_int_equal(SSL_CTX_use_certificate(b.ctx, b.certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(b.ctx, b.key), 1);
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    unsigned len = 0;
    assert_int_equal(X509_digest(b.certificate, EVP_sha256(), fingerprint, &len), 1);
    b.server = real->create(server_credentials, IC_DTLS_PASSIVE, fingerprint, real_now());
    assert_non_null(b.server);
    return b;
}

/* After the options of b.ctx are set. */
static void start_browser(struct browser *b)
{
    b->ssl = SSL_new(b->ctx);
    assert_non_null(b->ssl);
    SSL_set_bio(b->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(b->ssl), -1);
    BIO_set_mem_eof_return(SSL_get_wbio(b->ssl), -1);
    SSL_set_connect_state(b->ssl);
    DTLS_set_link_mtu(b->ssl, 1200);
}

static void drop_browser(struct browser *b)
{
    real->destroy(b->server);
    SSL_free(b->ssl);
    SSL_CTX_free(b->ctx);
    X509_free(b->certificate);
    EVP_PKEY_free(b->key);
    ERR_clear_error();
}

/* What the client sends now, a datagram for each record. */
static void browser_speak(struct browser *b, struct flight *f)
{
    if (b->handshake != 1)
        b->handshake = SSL_do_handshake(b->ssl);
    f->count = 0;
    uint8_t head[13];
    while (f->count < FLIGHT_MAX && BIO_read(SSL_get_wbio(b->ssl), head, 13) == 13) {
        size_t len = (size_t)(head[11] << 8 | head[12]);
        assert_true(len + 13 <= sizeof f->bytes[0]);
        memcpy(f->bytes[f->count], head, 13);
        assert_int_equal(BIO_read(SSL_get_wbio(b->ssl), f->bytes[f->count] + 13, (int)len), len);
        f->lens[f->count++] = len + 13;
    }
}

static void browser_hear(struct browser *b)
{
    uint8_t out[1500];
    size_t len;
    while ((len = real->poll(b->server, out, sizeof out)) > 0) {
        assert_int_equal(BIO_write(SSL_get_rbio(b->ssl), out, (int)len), len);
        if (b->handshake != 1)
            b->handshake = SSL_do_handshake(b->ssl);
    }
}

static void browser_pump(struct browser *b)
{
    static struct flight f;
    for (int turn = 0; turn < 8; turn++) {
        browser_speak(b, &f);
        for (size_t i = 0; i < f.count; i++)
            real->input(b->server, real_now(), f.bytes[i], f.lens[i]);
        browser_hear(b);
    }
}

static void our_order_of_profiles_wins(void **state)
{
    (void)state;
    static const struct {
        const char *offer; /* NULL: none */
        enum ic_srtp_profile expected;
    } table[] = {
        /* Chromium */
        {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM",
         IC_SRTP_AEAD_AES_128_GCM},
        /* Firefox */
        {"SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:"
         "SRTP_AES128_CM_SHA1_32",
         IC_SRTP_AEAD_AES_128_GCM},
        {"SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM", IC_SRTP_AEAD_AES_128_GCM},
        {"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM", IC_SRTP_AEAD_AES_256_GCM},
        {"SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80", IC_SRTP_AEAD_AES_256_GCM},
        {"SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80},
        {"SRTP_AES128_CM_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80},
        {"SRTP_AEAD_AES_128_GCM", IC_SRTP_AEAD_AES_128_GCM},
        {"SRTP_AES128_CM_SHA1_32", IC_SRTP_NONE},
        {NULL, IC_SRTP_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct browser b = make_browser(NULL, 0);
        struct ic_srtp_keys keys;
        if (table[i].offer == NULL) { /* a context without the extension */
            SSL_CTX *plain = SSL_CTX_new(DTLS_client_method());
            SSL_CTX_use_certificate(plain, b.certificate);
            SSL_CTX_use_PrivateKey(plain, b.key);
            SSL_CTX_set_options(plain, SSL_OP_NO_QUERY_MTU);
            SSL_CTX_free(b.ctx);
            b.ctx = plain;
        } else {
            assert_int_equal(SSL_CTX_set_tlsext_use_srtp(b.ctx, table[i].offer), 0);
        }
        start_browser(&b);
        browser_pump(&b);
        if (table[i].expected == IC_SRTP_NONE) {
            assert_int_equal(real->state(b.server), IC_DTLS_FAILED);
            assert_int_equal(real->keys(b.server, &keys), IC_ERR_STATE);
        } else {
            assert_int_equal(real->state(b.server), IC_DTLS_CONNECTED);
            assert_int_equal(SSL_get_selected_srtp_profile(b.ssl)->id, table[i].expected);
            assert_int_equal(real->keys(b.server, &keys), IC_OK);
            assert_int_equal(keys.profile, table[i].expected);
        }
        drop_browser(&b);
    }
}

/* RFC 5764 4.2, by OpenSSL's exporter on the other side. */
static void exported_keys_are_those_of_the_client(void **state)
{
    (void)state;
    static const struct {
        const char *offer;
        size_t key, salt;
    } table[] = {{"SRTP_AEAD_AES_128_GCM", 16, 12},
                 {"SRTP_AEAD_AES_256_GCM", 32, 12},
                 {"SRTP_AES128_CM_SHA1_80", 16, 14}};
    for (size_t i = 0; i < 3; i++) {
        struct browser b = make_browser(NULL, 0);
        SSL_CTX_set_tlsext_use_srtp(b.ctx, table[i].offer);
        start_browser(&b);
        browser_pump(&b);
        struct ic_srtp_keys keys;
        assert_int_equal(real->keys(b.server, &keys), IC_OK);
        uint8_t m[2 * (32 + 14)];
        size_t k = table[i].key, s = table[i].salt;
        assert_int_equal(SSL_export_keying_material(b.ssl, m, 2 * (k + s), "EXTRACTOR-dtls_srtp",
                                                    19, NULL, 0, 0),
                         1);
        assert_memory_equal(keys.remote_key, m, k);
        assert_memory_equal(keys.local_key, m + k, k);
        assert_memory_equal(keys.remote_salt, m + 2 * k, s);
        assert_memory_equal(keys.local_salt, m + 2 * k + s, s);
        drop_browser(&b);
    }
}

/* A ClientHello of some 1,300 bytes over several datagrams, as browsers with post-quantum key
 * shares send it. */
static void browse_with_split_hello(bool reverse, bool duplicate)
{
    static struct flight f;
    struct browser b = make_browser(NULL, 0);
    start_browser(&b);
    uint8_t alpn[1200];
    for (size_t i = 0; i < sizeof alpn; i += 200) {
        memset(alpn + i, 'a' + (int)(i / 200), 200);
        alpn[i] = 199;
    }
    SSL_set_alpn_protos(b.ssl, alpn, sizeof alpn);
    DTLS_set_link_mtu(b.ssl, 576);
    browser_speak(&b, &f);
    assert_true(f.count >= 3);
    for (size_t i = 0; i < f.count; i++) {
        size_t k = reverse ? f.count - 1 - i : i;
        assert_int_equal(f.bytes[k][13], IC_DTLS_MESSAGE_CLIENT_HELLO);
        for (int times = duplicate ? 2 : 1; times > 0; times--)
            real->input(b.server, real_now(), f.bytes[k], f.lens[k]);
    }
    browser_hear(&b);
    browser_pump(&b);
    assert_int_equal(real->state(b.server), IC_DTLS_CONNECTED);
    assert_int_equal(b.handshake, 1);
    drop_browser(&b);
}

static void a_client_hello_may_span_datagrams(void **state)
{
    (void)state;
    browse_with_split_hello(false, false);
    browse_with_split_hello(false, true);
    browse_with_split_hello(true, false);
    browse_with_split_hello(true, true);
}

static EVP_PKEY *explicit_p256(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(ctx, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_keygen(ctx, &key), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static void certificates_of_other_types_or_sizes_fail_the_handshake(void **state)
{
    (void)state;
    struct {
        EVP_PKEY *key;
        size_t padding;
        enum ic_dtls_state expected;
    } table[] = {
        {EVP_EC_gen("P-256"), 0, IC_DTLS_CONNECTED},
        {EVP_RSA_gen(2048), 0, IC_DTLS_CONNECTED},
        {EVP_EC_gen("P-256"), 3600, IC_DTLS_CONNECTED},
        {EVP_EC_gen("P-256"), 4096, IC_DTLS_FAILED},
        {EVP_EC_gen("P-256"), 14000, IC_DTLS_HANDSHAKE}, /* not even reassembled */
        {EVP_EC_gen("P-384"), 0, IC_DTLS_FAILED},
        {EVP_EC_gen("secp256k1"), 0, IC_DTLS_FAILED},
        {explicit_p256(), 0, IC_DTLS_FAILED},
        {EVP_RSA_gen(1024), 0, IC_DTLS_FAILED},
        {EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), 0, IC_DTLS_FAILED},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct browser b = make_browser(table[i].key, table[i].padding);
        start_browser(&b);
        browser_pump(&b);
        if (real->state(b.server) != table[i].expected)
            print_error("certificate %zu\n", i);
        assert_int_equal(real->state(b.server), table[i].expected);
        drop_browser(&b);
    }
}

static void a_client_without_a_certificate_fails(void **state)
{
    (void)state;
    struct browser b = make_browser(NULL, 0);
    SSL_CTX_free(b.ctx);
    b.ctx = SSL_CTX_new(DTLS_client_method());
    SSL_CTX_set_tlsext_use_srtp(b.ctx, "SRTP_AEAD_AES_128_GCM");
    SSL_CTX_set_options(b.ctx, SSL_OP_NO_QUERY_MTU);
    start_browser(&b);
    browser_pump(&b);
    assert_int_equal(real->state(b.server), IC_DTLS_FAILED);
    drop_browser(&b);
}

static void weak_offers_fail(void **state)
{
    (void)state;
    static const char *ciphers[] = {"ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
                                    "AES128-GCM-SHA256", "DHE-RSA-AES128-GCM-SHA256",
                                    "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"};
    for (size_t i = 0; i < sizeof ciphers / sizeof ciphers[0]; i++) {
        struct browser b = make_browser(NULL, 0);
        assert_int_equal(SSL_CTX_set_cipher_list(b.ctx, ciphers[i]), 1);
        start_browser(&b);
        browser_pump(&b);
        assert_int_equal(real->state(b.server), IC_DTLS_FAILED);
        drop_browser(&b);
    }
    struct browser b = make_browser(NULL, 0);
    SSL_CTX_set_min_proto_version(b.ctx, DTLS1_VERSION);
    SSL_CTX_set_max_proto_version(b.ctx, DTLS1_VERSION);
    SSL_CTX_set_cipher_list(b.ctx, "ALL:@SECLEVEL=0");
    start_browser(&b);
    browser_pump(&b);
    assert_int_equal(real->state(b.server), IC_DTLS_FAILED);
    drop_browser(&b);
    b = make_browser(NULL, 0);
    SSL_CTX_set_options(b.ctx, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    start_browser(&b);
    browser_pump(&b);
    assert_int_equal(real->state(b.server), IC_DTLS_FAILED);
    drop_browser(&b);
    b = make_browser(NULL, 0);
    assert_int_equal(SSL_CTX_set1_groups_list(b.ctx, "P-521"), 1);
    start_browser(&b);
    browser_pump(&b);
    assert_int_equal(real->state(b.server), IC_DTLS_FAILED);
    drop_browser(&b);
}

static void every_cipher_of_our_list_connects(void **state)
{
    (void)state;
    static const char *ciphers[] = {"ECDHE-ECDSA-AES128-GCM-SHA256",
                                    "ECDHE-ECDSA-AES256-GCM-SHA384",
                                    "ECDHE-ECDSA-CHACHA20-POLY1305"};
    static const char *groups[] = {"X25519:P-256", "P-256"}; /* P-256 is for the certificate */
    for (size_t i = 0; i < 6; i++) {
        struct browser b = make_browser(NULL, 0);
        assert_int_equal(SSL_CTX_set_cipher_list(b.ctx, ciphers[i / 2]), 1);
        assert_int_equal(SSL_CTX_set1_groups_list(b.ctx, groups[i % 2]), 1);
        start_browser(&b);
        browser_pump(&b);
        assert_int_equal(real->state(b.server), IC_DTLS_CONNECTED);
        drop_browser(&b);
    }
}

static void application_data_is_dropped(void **state)
{
    (void)state;
    static struct flight f;
    struct browser b = make_browser(NULL, 0);
    start_browser(&b);
    browser_pump(&b);
    uint8_t data[1000] = {0};
    for (int i = 0; i < 100; i++) {
        assert_int_equal(SSL_write(b.ssl, data, sizeof data), sizeof data);
        browser_speak(&b, &f);
        assert_int_equal(f.count, 1);
        real->input(b.server, real_now(), f.bytes[0], f.lens[0]);
        uint8_t out[1500];
        assert_int_equal(real->poll(b.server, out, sizeof out), 0);
    }
    assert_int_equal(real->state(b.server), IC_DTLS_CONNECTED);
    drop_browser(&b);
}

static void renegotiation_is_refused(void **state)
{
    (void)state;
    struct browser b = make_browser(NULL, 0);
    start_browser(&b);
    browser_pump(&b);
    struct ic_srtp_keys before, after;
    assert_int_equal(real->keys(b.server, &before), IC_OK);
    SSL_renegotiate(b.ssl);
    b.handshake = 0;
    browser_pump(&b);
    assert_int_not_equal(b.handshake, 1);
    /* OpenSSL's client takes the refusal as fatal and says so; what counts: no other keys. */
    if (real->keys(b.server, &after) == IC_OK)
        assert_memory_equal(&before, &after, sizeof before);
    else
        assert_int_equal(real->state(b.server), IC_DTLS_CLOSED);
    drop_browser(&b);
}

static void a_session_is_never_resumed(void **state)
{
    (void)state;
    struct browser b = make_browser(NULL, 0);
    start_browser(&b);
    browser_pump(&b);
    SSL_SESSION *session = SSL_get1_session(b.ssl);
    assert_non_null(session);
    assert_false(SSL_SESSION_has_ticket(session));
    SSL_free(b.ssl);
    real->destroy(b.server);
    b.server = real->create(server_credentials, IC_DTLS_PASSIVE, client_fingerprint, real_now());
    b.handshake = 0;
    start_browser(&b);
    SSL_set_session(b.ssl, session);
    browser_pump(&b);
    assert_false(SSL_session_reused(b.ssl));
    assert_int_equal(real->state(b.server), IC_DTLS_FINGERPRINT); /* looked at again */
    SSL_SESSION_free(session);
    drop_browser(&b);
}

/* A flipped bit in any byte of the first two flights: no crash, and never a connection whose keys
 * the client does not share. */
static void flipped_bits_never_give_wrong_keys(void **state)
{
    (void)state;
    static struct flight f;
    struct browser probe = make_browser(NULL, 0);
    start_browser(&probe);
    browser_speak(&probe, &f);
    size_t hello_len = f.lens[0];
    drop_browser(&probe);
    size_t connected = 0;
    for (size_t at = 0; at < hello_len + 500; at++) {
        struct browser b = make_browser(NULL, 0);
        start_browser(&b);
        size_t seen = 0;
        for (int turn = 0; turn < 4; turn++) {
            browser_speak(&b, &f);
            for (size_t i = 0; i < f.count; i++) {
                if (at >= seen && at < seen + f.lens[i])
                    f.bytes[i][at - seen] ^= (uint8_t)(1U << at % 8);
                seen += f.lens[i];
                real->input(b.server, real_now(), f.bytes[i], f.lens[i]);
            }
            browser_hear(&b);
        }
        struct ic_srtp_keys keys;
        if (real->keys(b.server, &keys) == IC_OK) {
            uint8_t m[16];
            connected++;
            assert_int_equal(
                SSL_export_keying_material(b.ssl, m, 16, "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0), 1);
            assert_memory_equal(keys.remote_key, m, 16);
        }
        drop_browser(&b);
    }
    /* Sequence numbers of records in the clear and the like are not covered by any signature. */
    assert_true(connected < 80);
}

static void records_are_checked_at_every_cut(void **state)
{
    (void)state;
    static struct flight f;
    struct browser b = make_browser(NULL, 0);
    start_browser(&b);
    browser_speak(&b, &f);
    bool hello;
    assert_true(ic_dtls_record_check(f.bytes[0], f.lens[0], &hello));
    assert_true(hello);
    for (size_t len = 0; len < f.lens[0]; len++) {
        uint8_t *copy = malloc(len == 0 ? 1 : len);
        assert_non_null(copy);
        memcpy(copy, f.bytes[0], len);
        assert_false(ic_dtls_record_check(copy, len, &hello));
        assert_false(hello && len < 25);
        free(copy);
    }
    drop_browser(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_order_of_profiles_wins),
        cmocka_unit_test(exported_keys_are_those_of_the_client),
        cmocka_unit_test(a_client_hello_may_span_datagrams),
        cmocka_unit_test(certificates_of_other_types_or_sizes_fail_the_handshake),
        cmocka_unit_test(a_client_without_a_certificate_fails),
        cmocka_unit_test(weak_offers_fail),
        cmocka_unit_test(every_cipher_of_our_list_connects),
        cmocka_unit_test(application_data_is_dropped),
        cmocka_unit_test(renegotiation_is_refused),
        cmocka_unit_test(a_session_is_never_resumed),
        cmocka_unit_test(flipped_bits_never_give_wrong_keys),
        cmocka_unit_test(records_are_checked_at_every_cut),
    };
    return cmocka_run_group_tests(tests, make_fixtures, drop_fixtures);
}
