/* DTLS 1.2 over OpenSSL, bytes in and bytes out. RFC 6347, RFC 5764 (use_srtp, exporter), RFC 5763
 * 5 (fingerprint), RFC 8827 6.5.
 *
 * Between OpenSSL and us stands a BIO of our own: it gives one datagram at a time and keeps the
 * boundaries of those that go out. (A memory BIO is a stream of bytes, and OpenSSL 3.0 has no
 * datagram BIO in memory.)
 *
 * Timers: retransmission by OpenSSL, which reads the clock itself: our deadline says when to ask
 * it. Handshake: IC_DTLS_HANDSHAKE_TIMEOUT_MS, then failed.
 *
 * The peer's certificate is judged by type and size when it comes, and by fingerprint once the
 * handshake is complete, that is once its owner has proved to hold the key and to receive what we
 * send. So a stranger who forges the source address of a first flight can spoil that handshake, but
 * not end the peer. Keys are exported after that check only.
 *
 * OpenSSL's connection takes some 60 KB, and nothing but an alert comes of it after the handshake:
 * once the peer has our last flight it goes, and the keys of alerts stay (dtls_alert.h).
 *
 * Leaves out: cookies (RFC 6347 4.2.1: ICE has proved the address), resumption, renegotiation,
 * application data (dropped), MKI. */
#include "transport/dtls.h"

#include <openssl/err.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <stdlib.h> /* struct timeval, as DTLSv1_get_timeout wants it */
#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "base/rd.h"
#include "crypto/ct.h"
#include "transport/dtls_alert.h"
#include "transport/dtls_credentials.h"
#include "transport/dtls_record.h"

/* RFC 8827 6.5: "MUST support TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"; forward secrecy and AEAD
 * without exception. RSA is for an active side that meets an RSA certificate. */
#define CIPHERS                                                                                    \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"   \
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305"
#define GROUPS     "X25519:P-256"
#define SIGNATURES "ECDSA+SHA256:rsa_pss_rsae_sha256:RSA+SHA256"
/* Our order of preference; OpenSSL's server walks the client's list and keeps the profile that
 * stands first in ours. */
#define SRTP_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"

/* DEVIATION RFC 6347 4.2.4.1: "Implementations SHOULD use an initial timer value of 1 second",
 * because ICE has just measured a path of some tens of milliseconds and people wait. */
#define RETRANSMIT_US     250000U
#define RETRANSMIT_MAX_US 4000000U

/* Sizes the write buffer of each connection; no record of ours is longer than a datagram. */
#define SEND_FRAGMENT 1536

/* Never asked again sooner: OpenSSL's clock and ours are not the same. */
#define TIMER_MIN_US 1000

/* RFC 5764 4.2: "EXTRACTOR-dtls_srtp" */
static const char exporter_label[] = "EXTRACTOR-dtls_srtp";

struct outgoing {
    size_t len;
    uint8_t bytes[IC_DTLS_MTU];
};

/* Until they are polled. */
struct queue {
    uint32_t first, count;
    struct outgoing items[IC_DTLS_QUEUE_MAX];
};

struct ic_dtls {
    SSL *ssl;            /* NULL once settled, as the queue */
    struct queue *queue; /* out */
    enum ic_dtls_role role;
    enum ic_dtls_state state;
    uint8_t fingerprint[IC_FINGERPRINT_LEN]; /* announced */
    bool certificate_seen, fingerprint_right;
    bool broken;   /* OpenSSL gave up after the handshake: media goes on, DTLS does not */
    bool says_end; /* settled: close_notify is to be polled */
    struct ic_time handshake_end, timer;
    const uint8_t *in; /* the datagram of the current input; NULL once it is read */
    size_t in_len;
    struct ic_dtls_sent sent;
    struct ic_dtls_alert alert; /* settled: its keys */
};

static void move_to(struct ic_dtls *d, enum ic_dtls_state state)
{
    bool legal = d->state == IC_DTLS_HANDSHAKE
                     ? state != IC_DTLS_HANDSHAKE
                     : d->state == IC_DTLS_CONNECTED && state == IC_DTLS_CLOSED;
    IC_ASSERT(legal);
    d->state = state;
}

/* ---- BIO: whole datagrams ---- */

static int bio_read(BIO *bio, char *out, int cap)
{
    struct ic_dtls *d = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (d == NULL || d->in == NULL || cap <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t len = d->in_len < (size_t)cap ? d->in_len : (size_t)cap;
    memcpy(out, d->in, len);
    d->in = NULL;
    return (int)len;
}

/* A datagram that finds no room is lost, as on a network: OpenSSL sends it again. */
static int bio_write(BIO *bio, const char *bytes, int len)
{
    struct ic_dtls *d = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (d == NULL || len <= 0)
        return -1;
    ic_dtls_sent_note(&d->sent, (const uint8_t *)bytes, (size_t)len);
    struct queue *q = d->queue;
    if (len > IC_DTLS_MTU || q->count == IC_DTLS_QUEUE_MAX)
        return len;
    struct outgoing *o = &q->items[(q->first + q->count) % IC_DTLS_QUEUE_MAX];
    memcpy(o->bytes, bytes, (size_t)len);
    o->len = (size_t)len;
    q->count++;
    return len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *make_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "datagram queue");
    if (m == NULL)
        return NULL;
    if (BIO_meth_set_read(m, bio_read) != 1 || BIO_meth_set_write(m, bio_write) != 1 ||
        BIO_meth_set_ctrl(m, bio_ctrl) != 1 || BIO_meth_set_create(m, bio_create) != 1) {
        BIO_meth_free(m);
        return NULL;
    }
    return m;
}

/* ---- context ---- */

/* In the place of OpenSSL's chain verification: there is no chain. 1: go on, 0: fatal alert. */
static int judge_certificate(X509_STORE_CTX *store, void *context)
{
    (void)context;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ic_dtls *d = ssl == NULL ? NULL : SSL_get_app_data(ssl);
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    if (d == NULL || certificate == NULL || !ic_dtls_certificate_is_acceptable(certificate) ||
        !ic_dtls_certificate_fingerprint(certificate, fingerprint)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
        return 0;
    }
    d->certificate_seen = true;
    d->fingerprint_right = ic_ct_equal(fingerprint, d->fingerprint, sizeof fingerprint);
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static bool configure(SSL_CTX *ctx, const struct ic_dtls_credentials *c)
{
    SSL_CTX_set_security_level(ctx, 2); /* RSA from 2048 bits, no SHA-1 */
    SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_QUERY_MTU |
                                 SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, IC_DTLS_CERTIFICATE_MAX + 6); /* a list of one */
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, judge_certificate, NULL);
    /* RFC 5764 4.1: SSL_CTX_set_tlsext_use_srtp gives 0 for success. */
    return SSL_CTX_set_max_send_fragment(ctx, SEND_FRAGMENT) == 1 &&
           SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1 &&
           SSL_CTX_set1_groups_list(ctx, GROUPS) == 1 &&
           SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) == 1 &&
           SSL_CTX_set_tlsext_use_srtp(ctx, SRTP_PROFILES) == 0 &&
           SSL_CTX_use_certificate(ctx, c->certificate) == 1 &&
           SSL_CTX_use_PrivateKey(ctx, c->key) == 1;
}

bool ic_dtls_equip(struct ic_dtls_credentials *c)
{
    c->bio = make_bio_method();
    c->context = SSL_CTX_new(DTLS_method());
    return c->bio != NULL && c->context != NULL && configure(c->context, c);
}

/* ---- machine ---- */

static void ask_timer(struct ic_dtls *d, struct ic_time now)
{
    struct timeval left;
    d->timer = IC_NEVER;
    if (d->state > IC_DTLS_CONNECTED || d->broken || !DTLSv1_get_timeout(d->ssl, &left))
        return;
    int64_t us = (int64_t)left.tv_sec * 1000000 + left.tv_usec;
    d->timer = ic_time_add(now, IC_US(us < TIMER_MIN_US ? TIMER_MIN_US : us));
}

static unsigned next_retransmission(SSL *ssl, unsigned last_us)
{
    (void)ssl;
    if (last_us == 0)
        return RETRANSMIT_US;
    return last_us * 2 > RETRANSMIT_MAX_US ? RETRANSMIT_MAX_US : last_us * 2;
}

/* Everything that a connection needs, looked at in one place before any key is exported. */
static void on_handshake_done(struct ic_dtls *d)
{
    /* RFC 7627 5.4: no keying material is exported without the extended master secret. */
    bool complete = d->certificate_seen && SSL_get_extms_support(d->ssl) == 1 &&
                    SSL_get_selected_srtp_profile(d->ssl) != NULL;
    if (complete && d->fingerprint_right) {
        move_to(d, IC_DTLS_CONNECTED);
        return;
    }
    /* RFC 5763 5: "If the fingerprint does not match the hashed certificate, then the endpoint MUST
     * tear down the media session immediately." */
    move_to(d, complete ? IC_DTLS_FINGERPRINT : IC_DTLS_FAILED);
    (void)SSL_shutdown(d->ssl);
}

static bool wants_more(const struct ic_dtls *d, int result)
{
    int error = SSL_get_error(d->ssl, result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static void shake_hands(struct ic_dtls *d)
{
    int result = SSL_do_handshake(d->ssl);
    if (result == 1)
        on_handshake_done(d);
    else if (!wants_more(d, result))
        move_to(d, IC_DTLS_FAILED);
}

/* Alerts and retransmissions are handled inside SSL_read; application data has no taker here. */
static void drain_records(struct ic_dtls *d)
{
    uint8_t dropped[256];
    int result;
    do
        result = SSL_read(d->ssl, dropped, sizeof dropped);
    while (result > 0);
    ic_ct_wipe(dropped, sizeof dropped);
    if (wants_more(d, result))
        return;
    d->broken = true;
    if (SSL_get_shutdown(d->ssl) & SSL_RECEIVED_SHUTDOWN)
        move_to(d, IC_DTLS_CLOSED);
}

/* OpenSSL keeps its errors per thread: none of ours is left there. */
static void drive(struct ic_dtls *d, struct ic_time now)
{
    ERR_clear_error();
    if (d->state == IC_DTLS_HANDSHAKE)
        shake_hands(d);
    if (d->state == IC_DTLS_CONNECTED && !d->broken)
        drain_records(d);
    ERR_clear_error();
    ask_timer(d, now);
}

static void drop_connection(struct ic_dtls *d)
{
    SSL_free(d->ssl);
    if (d->queue != NULL)
        ic_ct_wipe(d->queue, sizeof *d->queue);
    ic_array_free(d->queue);
    d->ssl = NULL;
    d->queue = NULL;
}

static void dtls_destroy(struct ic_dtls *d)
{
    if (d == NULL)
        return;
    drop_connection(d);
    ic_ct_wipe(d, sizeof *d);
    ic_array_free(d);
}

static struct ic_dtls *dtls_create(void *credentials, enum ic_dtls_role role,
                                   const uint8_t fingerprint[IC_FINGERPRINT_LEN],
                                   struct ic_time now)
{
    const struct ic_dtls_credentials *c = credentials;
    struct ic_dtls *d = ic_array_alloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    BIO *bio = BIO_new(c->bio);
    d->ssl = SSL_new(c->context);
    d->queue = ic_array_alloc(1, sizeof *d->queue);
    if (bio == NULL || d->ssl == NULL || d->queue == NULL) {
        BIO_free(bio);
        dtls_destroy(d);
        return NULL;
    }
    BIO_set_data(bio, d);
    SSL_set_bio(d->ssl, bio, bio);
    SSL_set_app_data(d->ssl, d);
    DTLS_set_link_mtu(d->ssl, IC_DTLS_MTU);
    DTLS_set_timer_cb(d->ssl, next_retransmission);
    memcpy(d->fingerprint, fingerprint, IC_FINGERPRINT_LEN);
    d->role = role;
    d->state = IC_DTLS_HANDSHAKE;
    d->handshake_end = ic_time_add(now, IC_MS(IC_DTLS_HANDSHAKE_TIMEOUT_MS));
    d->timer = IC_NEVER;
    if (role == IC_DTLS_PASSIVE) {
        SSL_set_accept_state(d->ssl);
        return d;
    }
    SSL_set_connect_state(d->ssl);
    drive(d, now);
    return d;
}

static void dtls_input(struct ic_dtls *d, struct ic_time now, const uint8_t *bytes, size_t len)
{
    bool hello;
    if (d->state > IC_DTLS_CONNECTED || !ic_dtls_record_check(bytes, len, &hello))
        return;
    if (d->ssl == NULL) {
        if (ic_dtls_alert_is_end(&d->alert, bytes, len))
            move_to(d, IC_DTLS_CLOSED);
        return;
    }
    d->in = bytes;
    d->in_len = len;
    drive(d, now);
    d->in = NULL;
}

static void dtls_tick(struct ic_dtls *d, struct ic_time now)
{
    if (d->state == IC_DTLS_HANDSHAKE && ic_time_reached(d->handshake_end, now)) {
        move_to(d, IC_DTLS_FAILED);
        d->timer = IC_NEVER;
        return;
    }
    if (!ic_time_reached(d->timer, now))
        return;
    ERR_clear_error();
    bool failed = DTLSv1_handle_timeout(d->ssl) < 0;
    ERR_clear_error();
    if (failed && d->state == IC_DTLS_HANDSHAKE)
        move_to(d, IC_DTLS_FAILED);
    ask_timer(d, now);
}

static struct ic_time dtls_deadline(const struct ic_dtls *d)
{
    return d->state == IC_DTLS_HANDSHAKE ? ic_time_min(d->timer, d->handshake_end) : d->timer;
}

static size_t dtls_poll(struct ic_dtls *d, uint8_t *out, size_t cap)
{
    struct queue *q = d->queue;
    if (d->says_end) {
        d->says_end = false;
        return ic_dtls_alert_write_close(&d->alert, out, cap);
    }
    while (q != NULL && q->count > 0) {
        const struct outgoing *o = &q->items[q->first];
        q->first = (q->first + 1) % IC_DTLS_QUEUE_MAX;
        q->count--;
        if (o->len > cap)
            continue; /* lost */
        memcpy(out, o->bytes, o->len);
        return o->len;
    }
    return 0;
}

static enum ic_dtls_state dtls_state(const struct ic_dtls *d)
{
    return d->state;
}

/* RFC 5764 4.2: client_write_SRTP_master_key, server_write_SRTP_master_key, then the salts. */
static void split_keys(struct ic_srtp_keys *keys, enum ic_dtls_role role, const uint8_t *material,
                       size_t len)
{
    size_t key_len = ic_srtp_key_len(keys->profile), salt_len = ic_srtp_salt_len(keys->profile);
    bool client = role == IC_DTLS_ACTIVE;
    struct ic_rd r = ic_rd_init(material, len);
    const uint8_t *client_key = ic_rd_take(&r, key_len), *server_key = ic_rd_take(&r, key_len);
    const uint8_t *client_salt = ic_rd_take(&r, salt_len), *server_salt = ic_rd_take(&r, salt_len);
    IC_ASSERT(ic_rd_ok(&r));
    memcpy(keys->local_key, client ? client_key : server_key, key_len);
    memcpy(keys->remote_key, client ? server_key : client_key, key_len);
    memcpy(keys->local_salt, client ? client_salt : server_salt, salt_len);
    memcpy(keys->remote_salt, client ? server_salt : client_salt, salt_len);
}

static enum ic_srtp_profile selected_profile(const struct ic_dtls *d)
{
    const SRTP_PROTECTION_PROFILE *selected = SSL_get_selected_srtp_profile(d->ssl);
    switch (selected == NULL ? 0 : selected->id) {
    case SRTP_AES128_CM_SHA1_80:
        return IC_SRTP_AES128_CM_HMAC_SHA1_80;
    case SRTP_AEAD_AES_128_GCM:
        return IC_SRTP_AEAD_AES_128_GCM;
    case SRTP_AEAD_AES_256_GCM:
        return IC_SRTP_AEAD_AES_256_GCM;
    default:
        return IC_SRTP_NONE;
    }
}

static enum ic_err dtls_keys(struct ic_dtls *d, struct ic_srtp_keys *keys)
{
    if (d->state != IC_DTLS_CONNECTED || d->ssl == NULL)
        return IC_ERR_STATE;
    IC_ASSERT(d->certificate_seen && d->fingerprint_right);
    memset(keys, 0, sizeof *keys);
    keys->profile = selected_profile(d);
    size_t len = 2 * (ic_srtp_key_len(keys->profile) + ic_srtp_salt_len(keys->profile));
    uint8_t material[2 * (IC_SRTP_KEY_MAX + IC_SRTP_SALT_MAX)];
    if (len == 0 || len > sizeof material ||
        SSL_export_keying_material(d->ssl, material, len, exporter_label, sizeof exporter_label - 1,
                                   NULL, 0, 0) != 1) {
        ERR_clear_error();
        return IC_ERR_SYSTEM;
    }
    split_keys(keys, d->role, material, len);
    ic_ct_wipe(material, sizeof material);
    return IC_OK;
}

/* False when they cannot be had: the connection is under another cipher. */
static bool take_alert_keys(struct ic_dtls *d)
{
    struct ic_dtls_secrets secrets;
    const SSL_CIPHER *cipher = SSL_get_current_cipher(d->ssl);
    uint32_t id = cipher == NULL ? 0 : SSL_CIPHER_get_id(cipher);
    if (id != TLS1_CK_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 &&
        id != TLS1_CK_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
        return false;
    bool is_good =
        SSL_SESSION_get_master_key(SSL_get_session(d->ssl), secrets.master,
                                   sizeof secrets.master) == sizeof secrets.master &&
        SSL_get_client_random(d->ssl, secrets.client_random, sizeof secrets.client_random) ==
            sizeof secrets.client_random &&
        SSL_get_server_random(d->ssl, secrets.server_random, sizeof secrets.server_random) ==
            sizeof secrets.server_random &&
        ic_dtls_alert_init(&d->alert, &secrets, d->role == IC_DTLS_ACTIVE, &d->sent) == IC_OK;
    ic_ct_wipe(&secrets, sizeof secrets);
    ERR_clear_error();
    return is_good;
}

static void dtls_settle(struct ic_dtls *d)
{
    if (d->state != IC_DTLS_CONNECTED || d->ssl == NULL)
        return;
    if (!d->broken && !take_alert_keys(d))
        return;
    drop_connection(d);
    d->timer = IC_NEVER;
}

static void dtls_close(struct ic_dtls *d)
{
    if (d->state != IC_DTLS_CONNECTED || d->broken)
        return;
    if (d->ssl == NULL)
        d->says_end = true;
    else
        (void)SSL_shutdown(d->ssl);
    ERR_clear_error();
    d->broken = true;
    d->timer = IC_NEVER;
}

const struct ic_dtls_vtable *ic_dtls_openssl(void)
{
    static const struct ic_dtls_vtable vtable = {
        .create = dtls_create,
        .destroy = dtls_destroy,
        .input = dtls_input,
        .tick = dtls_tick,
        .deadline = dtls_deadline,
        .poll = dtls_poll,
        .state = dtls_state,
        .keys = dtls_keys,
        .settle = dtls_settle,
        .close = dtls_close,
    };
    return &vtable;
}
