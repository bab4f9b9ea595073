/* One peer's transport: server (ICE-lite, passive) and client (controlling, active) over a link in
 * virtual time with the null DTLS, and once for real with OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "crypto/hmac.h"
#include "transport/peer_io.h"
#include "wire/stun.h"

static const struct ic_time start = {5000000};

static struct ic_time at_ms(int64_t ms)
{
    return ic_time_add(start, IC_MS(ms));
}

static struct ic_dtls_null_credentials null_server = {{1, 2, 3}, IC_SRTP_AEAD_AES_128_GCM};
static struct ic_dtls_null_credentials null_client = {{9, 8, 7}, IC_SRTP_AEAD_AES_128_GCM};

struct world {
    struct ic_peer_io server, client;
    struct ic_path client_path, server_path; /* as each side sees it */
    uint32_t pending;
    struct ic_time now;
    bool cut;
    bool drop_dtls;
    uint8_t last_dtls[IC_PEER_IO_SEND_MAX]; /* the client's last DTLS datagram */
    size_t last_dtls_len;
};

static struct world world; /* large */

static struct ic_peer_io_config config_of(struct world *w, bool server)
{
    struct ic_peer_io_config c = {
        .ice = {.role = server ? IC_ICE_LITE : IC_ICE_CONTROLLING,
                .local_ufrag = server ? "serverserver" : "client",
                .local_pwd = server ? "server-password-24-chars" : "client-password-24-chars",
                .remote_ufrag = server ? "client" : "serverserver",
                .remote_pwd = server ? "client-password-24-chars" : "server-password-24-chars",
                .path = w->client_path,
                .tie_breaker = 1,
                .seed = 2},
        .dtls = ic_dtls_null(),
        .dtls_credentials = server ? &null_server : &null_client,
        .dtls_role = server ? IC_DTLS_PASSIVE : IC_DTLS_ACTIVE,
        .dtls_pending = server ? &w->pending : NULL,
    };
    memcpy(c.fingerprint, server ? null_client.fingerprint : null_server.fingerprint,
           IC_FINGERPRINT_LEN);
    return c;
}

static struct world *make_world(void)
{
    struct world *w = &world;
    memset(w, 0, sizeof *w);
    w->client_path.remote = ic_addr_v4(198, 51, 100, 1, 10000);
    w->server_path.remote = ic_addr_v4(192, 0, 2, 7, 4000);
    w->server_path.local = w->client_path.remote;
    w->now = start;
    struct ic_peer_io_config server = config_of(w, true), client = config_of(w, false);
    ic_peer_io_init(&w->server, &server, start);
    ic_peer_io_init(&w->client, &client, start);
    return w;
}

static void drop_world(struct world *w)
{
    ic_peer_io_deinit(&w->server);
    ic_peer_io_deinit(&w->client);
    assert_int_equal(w->pending, 0);
}

static enum ic_err input(struct ic_peer_io *io, struct ic_time now, const struct ic_path *path,
                         const uint8_t *bytes, size_t len)
{
    uint8_t copy[IC_PACKET_CAP];
    enum ic_peer_io_kind kind;
    uint64_t ext_seq;
    memcpy(copy, bytes, len);
    return ic_peer_io_input(io, now, path, copy, &len, &kind, &ext_seq);
}

static bool is_dtls(const struct ic_peer_io_out *out)
{
    return out->bytes[0] >= 20 && out->bytes[0] <= 63;
}

static bool carry(struct world *w, struct ic_peer_io *from, struct ic_peer_io *to,
                  const struct ic_path *path)
{
    struct ic_peer_io_out out;
    bool any = false;
    while (ic_peer_io_poll(from, &out)) {
        any = true;
        if (from == &w->client && is_dtls(&out)) {
            memcpy(w->last_dtls, out.bytes, out.len);
            w->last_dtls_len = out.len;
        }
        if (!w->cut && !(w->drop_dtls && is_dtls(&out)))
            (void)!input(to, w->now, path, out.bytes, out.len);
    }
    return any;
}

static void pump(struct world *w)
{
    bool more;
    do {
        more = carry(w, &w->client, &w->server, &w->server_path);
        more = carry(w, &w->server, &w->client, &w->client_path) || more;
    } while (more);
}

/* Virtual time: from deadline to deadline. */
static void run(struct world *w, int64_t end_ms)
{
    pump(w);
    for (;;) {
        struct ic_time next =
            ic_time_min(ic_peer_io_deadline(&w->client), ic_peer_io_deadline(&w->server));
        if (ic_time_before(at_ms(end_ms), next))
            break;
        assert_false(ic_time_before(next, w->now)); /* nobody asks for the past again and again */
        w->now = next;
        ic_peer_io_tick(&w->client, w->now);
        ic_peer_io_tick(&w->server, w->now);
        pump(w);
    }
    w->now = at_ms(end_ms);
}

static struct world *make_connected_world(void)
{
    struct world *w = make_world();
    run(w, 100);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    assert_int_equal(ic_peer_io_state(&w->client), IC_PEER_IO_CONNECTED);
    return w;
}

/* ---- media ---- */

struct packet {
    uint8_t bytes[IC_PACKET_CAP];
    size_t len;
};

static struct packet rtp_from(struct ic_peer_io *io, uint16_t seq)
{
    struct packet p;
    const uint8_t header[12] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 9, 0, 0,
                                0,    7};
    static const uint8_t payload[] = "a payload that nobody reads";
    struct ic_srtp_job job = {.session = ic_peer_io_srtp(io),
                              .ext_seq = seq,
                              .header = header,
                              .header_len = sizeof header,
                              .payload = payload,
                              .payload_len = sizeof payload,
                              .out = p.bytes};
    assert_non_null(job.session);
    ic_srtp_protect_rtp(&job, 1);
    assert_int_equal(job.error, IC_OK);
    p.len = job.out_len;
    return p;
}

static struct packet rtcp_from(struct ic_peer_io *io)
{
    struct packet p = {.bytes = {0x80, 201, 0, 1, 0, 0, 0, 7}, .len = 8};
    assert_int_equal(ic_srtp_protect_rtcp(ic_peer_io_srtp(io), p.bytes, &p.len, sizeof p.bytes),
                     IC_OK);
    return p;
}

static void assert_rtp_arrives(struct world *w, struct ic_peer_io *from, struct ic_peer_io *to,
                               const struct ic_path *path, uint16_t seq)
{
    struct packet p = rtp_from(from, seq);
    enum ic_peer_io_kind kind;
    uint64_t ext_seq = 0;
    assert_int_equal(ic_peer_io_input(to, w->now, path, p.bytes, &p.len, &kind, &ext_seq), IC_OK);
    assert_int_equal(kind, IC_PEER_IO_RTP);
    assert_int_equal(ext_seq, seq);
    assert_int_equal(p.len, 12 + sizeof "a payload that nobody reads");
    assert_string_equal((const char *)p.bytes + 12, "a payload that nobody reads");
}

static void assert_rtcp_arrives(struct world *w, struct ic_peer_io *from, struct ic_peer_io *to,
                                const struct ic_path *path)
{
    struct packet p = rtcp_from(from);
    enum ic_peer_io_kind kind;
    uint64_t ext_seq;
    assert_int_equal(ic_peer_io_input(to, w->now, path, p.bytes, &p.len, &kind, &ext_seq), IC_OK);
    assert_int_equal(kind, IC_PEER_IO_RTCP);
    assert_int_equal(p.len, 8);
}

static void assert_media_flows(struct world *w, uint16_t seq)
{
    assert_rtp_arrives(w, &w->client, &w->server, &w->server_path, seq);
    assert_rtp_arrives(w, &w->server, &w->client, &w->client_path, seq);
    assert_rtcp_arrives(w, &w->client, &w->server, &w->server_path);
    assert_rtcp_arrives(w, &w->server, &w->client, &w->client_path);
}

static void media_flows_both_ways_with_every_profile(void **state)
{
    (void)state;
    static const enum ic_srtp_profile profiles[] = {
        IC_SRTP_AEAD_AES_128_GCM, IC_SRTP_AEAD_AES_256_GCM, IC_SRTP_AES128_CM_HMAC_SHA1_80};
    for (size_t i = 0; i < 3; i++) {
        null_server.profile = profiles[i];
        struct world *w = make_connected_world();
        assert_media_flows(w, 1);
        drop_world(w);
    }
    null_server.profile = IC_SRTP_AEAD_AES_128_GCM;
}

static void media_before_keys_is_refused(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    struct packet rtp = rtp_from(&w->client, 1), rtcp = rtcp_from(&w->client);
    drop_world(w);
    w = make_world();
    w->drop_dtls = true;
    run(w, 100);
    assert_non_null(ic_peer_io_path(&w->server)); /* ICE is up */
    assert_null(ic_peer_io_srtp(&w->server));
    assert_int_equal(input(&w->server, w->now, &w->server_path, rtp.bytes, rtp.len), IC_ERR_STATE);
    assert_int_equal(input(&w->server, w->now, &w->server_path, rtcp.bytes, rtcp.len),
                     IC_ERR_STATE);
    drop_world(w);
}

static void media_from_a_stranger_is_refused_and_moves_nothing(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    struct ic_path stranger = w->server_path;
    stranger.remote = ic_addr_v4(203, 0, 113, 66, 4000);
    struct packet valid = rtp_from(&w->client, 1), forged = valid;
    forged.bytes[forged.len - 1] ^= 1;
    /* Even an authentic packet, overheard and sent from elsewhere. */
    assert_int_equal(input(&w->server, w->now, &stranger, valid.bytes, valid.len), IC_ERR_STATE);
    assert_int_equal(input(&w->server, w->now, &stranger, forged.bytes, forged.len), IC_ERR_STATE);
    assert_true(ic_path_eq(ic_peer_io_path(&w->server), &w->server_path));
    struct ic_peer_io_out out;
    assert_false(ic_peer_io_poll(&w->server, &out));
    assert_media_flows(w, 1);
    drop_world(w);
}

/* A nominating check of the client that arrives over another path. */
static void check_from(struct world *w, const struct ic_path *path)
{
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_peer_io_config c = config_of(w, false);
    c.ice.seed = 99;
    ic_ice_init(&ice, &c.ice, w->now);
    ic_ice_tick(&ice, w->now);
    assert_true(ic_ice_poll(&ice, &out));
    assert_int_equal(input(&w->server, w->now, path, out.bytes, out.len), IC_OK);
    struct ic_peer_io_out reply;
    assert_true(ic_peer_io_poll(&w->server, &reply));
    assert_true(ic_path_eq(&reply.path, path));
}

static void media_on_the_former_path_is_taken_and_does_not_move_back(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    struct ic_path rebound = w->server_path;
    rebound.remote.port = 4001;
    check_from(w, &rebound);
    assert_true(ic_path_eq(ic_peer_io_path(&w->server), &rebound));
    assert_rtp_arrives(w, &w->client, &w->server, &w->server_path, 5); /* a late one */
    assert_rtp_arrives(w, &w->client, &w->server, &rebound, 6);
    assert_true(ic_path_eq(ic_peer_io_path(&w->server), &rebound));
    drop_world(w);
}

static void bad_tags_never_end_the_call(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    struct packet good = rtp_from(&w->client, 1);
    for (unsigned i = 0; i < 20000; i++) {
        struct packet bad = good;
        bad.bytes[12 + i % (bad.len - 12)] ^= (uint8_t)(1U << i % 8);
        assert_int_equal(input(&w->server, w->now, &w->server_path, bad.bytes, bad.len),
                         IC_ERR_AUTH);
    }
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    assert_media_flows(w, 1);
    drop_world(w);
}

static void a_replayed_packet_is_refused(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    struct packet p = rtp_from(&w->client, 1);
    assert_int_equal(input(&w->server, w->now, &w->server_path, p.bytes, p.len), IC_OK);
    assert_int_equal(input(&w->server, w->now, &w->server_path, p.bytes, p.len), IC_ERR_REPLAY);
    drop_world(w);
}

static void oversized_and_foreign_datagrams_are_refused(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    uint8_t bytes[IC_DATAGRAM_MAX + 1] = {0x80, 96};
    assert_int_equal(input(&w->server, w->now, &w->server_path, bytes, sizeof bytes), IC_ERR_INPUT);
    assert_int_equal(input(&w->server, w->now, &w->server_path, bytes, 0), IC_ERR_INPUT);
    for (unsigned first = 0; first < 256; first++) {
        bytes[0] = (uint8_t)first;
        assert_int_not_equal(input(&w->server, w->now, &w->server_path, bytes, 100), IC_OK);
    }
    assert_media_flows(w, 1);
    drop_world(w);
}

/* ---- DTLS ---- */

static struct packet null_hello(void)
{
    struct packet p;
    const struct ic_dtls_vtable *v = ic_dtls_null();
    struct ic_dtls *d = v->create(&null_client, IC_DTLS_ACTIVE, null_server.fingerprint, start);
    p.len = v->poll(d, p.bytes, sizeof p.bytes);
    v->destroy(d);
    assert_true(p.len > 0);
    return p;
}

static void dtls_before_ice_gets_no_answer_and_no_state(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct packet hello = null_hello();
    struct ic_peer_io_out out;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(input(&w->server, start, &w->server_path, hello.bytes, hello.len),
                         IC_ERR_STATE);
        assert_false(ic_peer_io_poll(&w->server, &out));
    }
    assert_int_equal(w->pending, 0);
    run(w, 100);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    drop_world(w);
}

static void dtls_from_a_stranger_gets_no_answer_during_a_join(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct packet hello = null_hello();
    struct ic_path stranger = w->server_path;
    struct ic_peer_io_out out;
    stranger.remote = ic_addr_v4(203, 0, 113, 66, 4000);
    w->drop_dtls = true;
    run(w, 100);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(input(&w->server, w->now, &stranger, hello.bytes, hello.len),
                         IC_ERR_STATE);
        assert_false(ic_peer_io_poll(&w->server, &out));
    }
    assert_int_equal(w->pending, 0);
    w->drop_dtls = false;
    run(w, 1000);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    drop_world(w);
}

static void a_failed_handshake_is_thrown_away_and_the_peer_stays(void **state)
{
    (void)state;
    struct world *w = make_world();
    w->drop_dtls = true;
    run(w, 100);
    struct ic_peer_io_out out;
    for (size_t i = 0; i < 500; i++) {
        struct packet bad = null_hello();
        bad.bytes[25] ^= 0xff; /* the hello's magic: the handshake fails at once */
        assert_int_equal(input(&w->server, w->now, &w->server_path, bad.bytes, bad.len), IC_OK);
        assert_int_equal(w->pending, 0);
        if (i % 2 == 0)
            assert_false(ic_peer_io_poll(&w->server, &out));
    }
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTING);
    assert_int_equal(ic_peer_io_end(&w->server), IC_PEER_IO_END_NONE);
    w->drop_dtls = false;
    run(w, 1000);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    assert_media_flows(w, 1);
    drop_world(w);
}

/* The passive side of the null DTLS is done with the hello; only OpenSSL can be left hanging. */
static void a_handshake_that_stalls_ends_after_ten_seconds_and_the_peer_stays(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct ic_dtls_credentials *credentials = ic_dtls_credentials_create(1700000000);
    struct ic_peer_io_config c = config_of(w, true);
    c.dtls = ic_dtls_openssl();
    c.dtls_credentials = credentials;
    ic_peer_io_deinit(&w->server);
    ic_peer_io_init(&w->server, &c, start);
    w->drop_dtls = true;
    run(w, 100);
    struct packet fragment = null_hello(); /* the first byte of a hello of 38 */
    fragment.bytes[12] = 13;
    fragment.bytes[24] = 1;
    assert_int_equal(input(&w->server, w->now, &w->server_path, fragment.bytes, 26), IC_OK);
    assert_int_equal(w->pending, 1);
    struct ic_time end = ic_time_add(w->now, IC_MS(IC_DTLS_HANDSHAKE_TIMEOUT_MS));
    assert_false(ic_time_before(end, ic_peer_io_deadline(&w->server)));
    ic_peer_io_tick(&w->server, ic_time_add(end, IC_US(-1)));
    assert_int_equal(w->pending, 1);
    ic_peer_io_tick(&w->server, end);
    assert_int_equal(w->pending, 0);
    struct ic_peer_io_out out;
    assert_false(ic_peer_io_poll(&w->server, &out));
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTING);
    assert_int_equal(input(&w->server, end, &w->server_path, fragment.bytes, 26), IC_OK);
    assert_int_equal(w->pending, 1);
    drop_world(w);
    ic_dtls_credentials_destroy(credentials);
}

static void the_active_side_tries_again_after_a_failure(void **state)
{
    (void)state;
    struct world *w = make_world();
    w->drop_dtls = true;
    run(w, 9900);
    assert_int_equal(ic_peer_io_state(&w->client), IC_PEER_IO_CONNECTING);
    w->last_dtls_len = 0;
    run(w, 10900); /* failed at 10 s, silent for one */
    assert_int_equal(w->last_dtls_len, 0);
    w->drop_dtls = false;
    run(w, 11100);
    assert_int_equal(ic_peer_io_state(&w->client), IC_PEER_IO_CONNECTED);
    assert_media_flows(w, 1);
    drop_world(w);
}

static void only_a_client_hello_begins_a_handshake(void **state)
{
    (void)state;
    struct world *w = make_world();
    w->drop_dtls = true;
    run(w, 100);
    struct packet p = null_hello();
    p.bytes[13] = 2; /* ServerHello */
    assert_int_equal(input(&w->server, w->now, &w->server_path, p.bytes, p.len), IC_ERR_STATE);
    static const uint8_t sealed[] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9};
    assert_int_equal(input(&w->server, w->now, &w->server_path, sealed, sizeof sealed),
                     IC_ERR_STATE);
    static const uint8_t broken[] = {22, 0xfe, 0xfd, 0, 0};
    assert_int_equal(input(&w->server, w->now, &w->server_path, broken, sizeof broken),
                     IC_ERR_INPUT);
    assert_int_equal(w->pending, 0);
    drop_world(w);
}

static void another_fingerprint_ends_the_peer_without_keys(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct ic_peer_io_config c = config_of(w, true);
    c.fingerprint[31] ^= 1;
    ic_peer_io_deinit(&w->server);
    ic_peer_io_init(&w->server, &c, start);
    run(w, 100);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CLOSED);
    assert_int_equal(ic_peer_io_end(&w->server), IC_PEER_IO_END_FINGERPRINT);
    assert_null(ic_peer_io_srtp(&w->server));
    assert_null(ic_peer_io_path(&w->server));
    assert_true(ic_time_is_never(ic_peer_io_deadline(&w->server)));
    struct packet hello = null_hello();
    assert_int_equal(input(&w->server, w->now, &w->server_path, hello.bytes, hello.len),
                     IC_ERR_STATE);
    drop_world(w);
}

static void handshakes_under_way_are_bounded(void **state)
{
    (void)state;
    struct world *w = make_world();
    w->drop_dtls = true;
    run(w, 100);
    w->pending = IC_DTLS_PENDING_MAX; /* of other peers */
    struct packet hello = null_hello();
    assert_int_equal(input(&w->server, w->now, &w->server_path, hello.bytes, hello.len),
                     IC_ERR_FULL);
    assert_int_equal(w->pending, IC_DTLS_PENDING_MAX);
    w->pending--;
    assert_int_equal(input(&w->server, w->now, &w->server_path, hello.bytes, hello.len), IC_OK);
    assert_int_equal(w->pending, IC_DTLS_PENDING_MAX - 1); /* done already: not under way */
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    w->pending = 0;
    drop_world(w);
}

static void a_repeated_hello_does_not_disturb_the_connection(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    struct packet hello = null_hello();
    for (int i = 0; i < 10; i++)
        assert_int_equal(input(&w->server, w->now, &w->server_path, hello.bytes, hello.len), IC_OK);
    assert_media_flows(w, 1);
    drop_world(w);
}

/* A lite server, a proved path without nomination, then a nomination elsewhere. */
static void the_handshake_is_answered_on_the_proving_path_then_on_the_selected(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct packet hello = null_hello();
    struct ic_path proving = w->server_path, selected = w->server_path;
    selected.remote.port = 4001;
    /* Not nominated: build the check by hand. */
    uint8_t bytes[256];
    uint8_t transaction[IC_STUN_TRANSACTION_LEN] = {1};
    struct ic_wr wr = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&wr, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, transaction);
    ic_stun_write_username(&wr, "serverserver", "client");
    ic_stun_write_role(&wr, true, 1);
    size_t offset = ic_stun_write_integrity(&wr);
    uint8_t integrity[20];
    struct ic_part part = {bytes, offset};
    const char *pwd = "server-password-24-chars";
    assert_int_equal(ic_hmac_sha1((const uint8_t *)pwd, strlen(pwd), &part, 1, integrity), IC_OK);
    ic_stun_set_integrity(&wr, offset, integrity);
    ic_stun_write_fingerprint(&wr);
    struct ic_peer_io_out out;
    assert_int_equal(input(&w->server, w->now, &proving, bytes, wr.len), IC_OK);
    assert_true(ic_peer_io_poll(&w->server, &out));
    assert_null(ic_peer_io_path(&w->server));

    assert_int_equal(input(&w->server, w->now, &proving, hello.bytes, hello.len), IC_OK);
    assert_true(ic_peer_io_poll(&w->server, &out));
    assert_true(is_dtls(&out));
    assert_true(ic_path_eq(&out.path, &proving));

    check_from(w, &selected);
    assert_int_equal(input(&w->server, w->now, &proving, hello.bytes, hello.len), IC_OK);
    assert_true(ic_peer_io_poll(&w->server, &out));
    assert_true(ic_path_eq(&out.path, &selected));
    drop_world(w);
}

/* ---- ends ---- */

static void close_is_heard_by_the_other_side(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    ic_peer_io_close(&w->client);
    assert_int_equal(ic_peer_io_state(&w->client), IC_PEER_IO_CLOSED);
    assert_int_equal(ic_peer_io_end(&w->client), IC_PEER_IO_END_NONE);
    assert_null(ic_peer_io_srtp(&w->client));
    pump(w);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CLOSED);
    assert_int_equal(ic_peer_io_end(&w->server), IC_PEER_IO_END_BY_PEER);
    assert_null(ic_peer_io_path(&w->server));
    ic_peer_io_close(&w->client);
    ic_peer_io_tick(&w->client, w->now);
    drop_world(w);
}

static void no_check_at_all_is_an_ice_timeout(void **state)
{
    (void)state;
    struct world *w = make_world();
    w->cut = true;
    run(w, IC_ICE_CONNECT_TIMEOUT_MS - 1);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTING);
    run(w, IC_ICE_CONNECT_TIMEOUT_MS);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CLOSED);
    assert_int_equal(ic_peer_io_end(&w->server), IC_PEER_IO_END_ICE_TIMEOUT);
    assert_int_equal(ic_peer_io_end(&w->client), IC_PEER_IO_END_ICE_TIMEOUT);
    drop_world(w);
}

static void thirty_silent_seconds_are_the_end_of_consent(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    run(w, 60000);
    w->cut = true;
    run(w, 83000);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    run(w, 91000);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CLOSED);
    assert_int_equal(ic_peer_io_end(&w->server), IC_PEER_IO_END_CONSENT_LOST);
    assert_int_equal(ic_peer_io_end(&w->client), IC_PEER_IO_END_CONSENT_LOST);
    assert_null(ic_peer_io_path(&w->server));
    assert_null(ic_peer_io_srtp(&w->server));
    drop_world(w);
}

static void ten_seconds_of_a_cut_link_are_survived(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    w->cut = true;
    run(w, 10100);
    w->cut = false;
    run(w, 100000);
    assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
    assert_media_flows(w, 1);
    drop_world(w);
}

static void a_wiped_peer_keeps_no_password(void **state)
{
    (void)state;
    struct world *w = make_connected_world();
    drop_world(w);
    const uint8_t *bytes = (const uint8_t *)&w->server;
    size_t len = strlen("server-password-24-chars");
    assert_null(memmem(bytes, sizeof w->server, "server-password-24-chars", len));
    assert_null(memmem(bytes, sizeof w->server, "client-password-24-chars", len));
}

/* ---- for real ---- */

static struct ic_time real_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (struct ic_time){(int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000};
}

static bool has_keys(const struct ic_peer_io *io)
{
    struct ic_srtp_keys keys;
    return ic_peer_io_keys(io, &keys) == IC_OK;
}

/* With media at once, without it 10 s after the end; never where the keys are still needed. */
static void assert_handshake_is_forgotten(struct world *w)
{
    struct ic_time end = ic_time_add(w->now, IC_MS(IC_DTLS_LINGER_MS));
    assert_true(has_keys(&w->server) && has_keys(&w->client));
    ic_peer_io_tick(&w->server, w->now);
    assert_false(has_keys(&w->server));
    w->client.has_heard = false;
    ic_peer_io_tick(&w->client, ic_time_add(end, IC_US(-1)));
    assert_true(has_keys(&w->client));
    assert_false(ic_time_before(end, ic_peer_io_deadline(&w->client)));
    ic_peer_io_tick(&w->client, end);
    assert_false(has_keys(&w->client));
    pump(w);
    assert_media_flows(w, 200);
}

static void a_relay_keeps_its_keys(void **state)
{
    (void)state;
    struct world *w = make_world();
    ic_peer_io_deinit(&w->server);
    struct ic_peer_io_config c = config_of(w, true);
    c.keeps_dtls = true;
    ic_peer_io_init(&w->server, &c, start);
    run(w, 20000);
    assert_true(has_keys(&w->server));
    assert_true(ic_time_is_never(w->server.dtls_settle));
    assert_true(ic_time_is_never(w->client.dtls_settle)); /* done */
    drop_world(w);
}

static void real_dtls_and_srtp_carry_media_both_ways(void **state)
{
    (void)state;
    struct world *w = make_world();
    struct ic_dtls_credentials *credentials[2] = {ic_dtls_credentials_create(1700000000),
                                                  ic_dtls_credentials_create(1700000000)};
    uint8_t fingerprint[2][IC_FINGERPRINT_LEN];
    struct ic_peer_io *sides[2] = {&w->client, &w->server};
    for (int i = 0; i < 2; i++)
        ic_dtls_credentials_fingerprint(credentials[i], fingerprint[i]);
    for (int wrong = 0; wrong < 3; wrong++) {
        w->now = real_now();
        for (int i = 0; i < 2; i++) {
            struct ic_peer_io_config c = config_of(w, i == 1);
            c.dtls = ic_dtls_openssl();
            c.dtls_credentials = credentials[i];
            memcpy(c.fingerprint, fingerprint[1 - i], IC_FINGERPRINT_LEN);
            if (wrong == i + 1)
                c.fingerprint[0] ^= 0x80;
            ic_peer_io_deinit(sides[i]);
            ic_peer_io_init(sides[i], &c, w->now);
        }
        ic_peer_io_tick(&w->client, w->now);
        pump(w);
        if (wrong == 0) {
            assert_int_equal(ic_peer_io_state(&w->client), IC_PEER_IO_CONNECTED);
            assert_int_equal(ic_peer_io_state(&w->server), IC_PEER_IO_CONNECTED);
            for (uint16_t seq = 1; seq < 200; seq++)
                assert_media_flows(w, seq);
            assert_handshake_is_forgotten(w);
            ic_peer_io_close(&w->client);
            pump(w);
            assert_int_equal(ic_peer_io_end(&w->server), IC_PEER_IO_END_BY_PEER);
            continue;
        }
        assert_int_equal(ic_peer_io_end(sides[wrong - 1]), IC_PEER_IO_END_FINGERPRINT);
        assert_null(ic_peer_io_srtp(sides[wrong - 1]));
        assert_null(ic_peer_io_path(sides[wrong - 1]));
    }
    drop_world(w);
    ic_dtls_credentials_destroy(credentials[0]);
    ic_dtls_credentials_destroy(credentials[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_flows_both_ways_with_every_profile),
        cmocka_unit_test(media_before_keys_is_refused),
        cmocka_unit_test(media_from_a_stranger_is_refused_and_moves_nothing),
        cmocka_unit_test(media_on_the_former_path_is_taken_and_does_not_move_back),
        cmocka_unit_test(bad_tags_never_end_the_call),
        cmocka_unit_test(a_replayed_packet_is_refused),
        cmocka_unit_test(oversized_and_foreign_datagrams_are_refused),
        cmocka_unit_test(dtls_before_ice_gets_no_answer_and_no_state),
        cmocka_unit_test(dtls_from_a_stranger_gets_no_answer_during_a_join),
        cmocka_unit_test(a_failed_handshake_is_thrown_away_and_the_peer_stays),
        cmocka_unit_test(a_handshake_that_stalls_ends_after_ten_seconds_and_the_peer_stays),
        cmocka_unit_test(the_active_side_tries_again_after_a_failure),
        cmocka_unit_test(only_a_client_hello_begins_a_handshake),
        cmocka_unit_test(another_fingerprint_ends_the_peer_without_keys),
        cmocka_unit_test(handshakes_under_way_are_bounded),
        cmocka_unit_test(a_repeated_hello_does_not_disturb_the_connection),
        cmocka_unit_test(the_handshake_is_answered_on_the_proving_path_then_on_the_selected),
        cmocka_unit_test(close_is_heard_by_the_other_side),
        cmocka_unit_test(no_check_at_all_is_an_ice_timeout),
        cmocka_unit_test(thirty_silent_seconds_are_the_end_of_consent),
        cmocka_unit_test(ten_seconds_of_a_cut_link_are_survived),
        cmocka_unit_test(a_wiped_peer_keeps_no_password),
        cmocka_unit_test(a_relay_keeps_its_keys),
        cmocka_unit_test(real_dtls_and_srtp_carry_media_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
