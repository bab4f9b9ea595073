/* Against libsrtp2, in both directions: what one end seals the other opens, and on any walk through
 * the indices both give the same verdict. Seeds are fixed and printed with a failure. */
#include "support/srtp_packets.h"

#include "crypto/aead_mb.h"
#include "crypto/ctr_sha1_mb.h"

#include <srtp2/srtp.h>

#define SSRCS 4

static const struct ic_srtp_engine *engine; /* that is tried */

struct oracle {
    struct ic_srtp ours;
    srtp_t sender, receiver; /* libsrtp: to ours, from ours */
    struct ic_prng prng;
};

static void set_policy(enum ic_srtp_profile profile, srtp_policy_t *policy)
{
    static const srtp_profile_t names[] = {srtp_profile_aead_aes_128_gcm,
                                           srtp_profile_aead_aes_256_gcm,
                                           srtp_profile_aes128_cm_sha1_80};
    for (size_t i = 0; i < PROFILES; i++) {
        if (all_profiles[i] != profile)
            continue;
        assert_int_equal(srtp_crypto_policy_set_from_profile_for_rtp(&policy->rtp, names[i]),
                         srtp_err_status_ok);
        assert_int_equal(srtp_crypto_policy_set_from_profile_for_rtcp(&policy->rtcp, names[i]),
                         srtp_err_status_ok);
    }
}

static srtp_t make_session(enum ic_srtp_profile profile, const uint8_t *key, const uint8_t *salt,
                           srtp_ssrc_type_t direction)
{
    uint8_t both[IC_SRTP_KEY_MAX + IC_SRTP_SALT_MAX];
    srtp_policy_t policy;
    srtp_t session = NULL;
    memset(&policy, 0, sizeof policy);
    set_policy(profile, &policy);
    memcpy(both, key, ic_srtp_key_len(profile));
    memcpy(&both[ic_srtp_key_len(profile)], salt, ic_srtp_salt_len(profile));
    policy.key = both;
    policy.ssrc.type = direction;
    policy.window_size = IC_SRTP_REPLAY_WINDOW;
    assert_int_equal(srtp_create(&session, &policy), srtp_err_status_ok);
    return session;
}

static void open_oracle(struct oracle *o, enum ic_srtp_profile profile, uint64_t seed)
{
    struct ic_srtp_keys keys;
    ic_prng_init(&o->prng, seed);
    random_keys(&o->prng, profile, &keys);
    assert_int_equal(ic_srtp_init(&o->ours, &keys, engine), IC_OK);
    o->sender = make_session(profile, keys.remote_key, keys.remote_salt, ssrc_any_outbound);
    o->receiver = make_session(profile, keys.local_key, keys.local_salt, ssrc_any_inbound);
}

static void close_oracle(struct oracle *o)
{
    ic_srtp_deinit(&o->ours);
    srtp_dealloc(o->sender);
    srtp_dealloc(o->receiver);
}

static void shuffle(struct ic_prng *prng, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = ic_prng_below(prng, (uint32_t)i);
        size_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

#define GROUP 48 /* packets that overtake each other */

struct groups {
    struct packet plain[GROUP], wire[GROUP];
    size_t order[GROUP];
};

static struct groups groups;

/* The next packets of a few streams; the sequence numbers wrap in mid-run. */
static void next_group(struct oracle *o, uint64_t *next_index)
{
    for (size_t i = 0; i < GROUP; i++) {
        uint32_t ssrc = ic_prng_below(&o->prng, SSRCS);
        random_rtp(&o->prng, 1000 + ssrc, next_index[ssrc]++, 1400, &groups.plain[i]);
    }
    shuffle(&o->prng, groups.order, GROUP);
}

static void start_indices(uint64_t *next_index)
{
    for (uint32_t s = 0; s < SSRCS; s++)
        next_index[s] = 65536 - 100 * (uint64_t)s - 60;
}

static void libsrtp_opens_what_we_seal(void **state)
{
    (void)state;
    for (size_t p = 0; p < PROFILES; p++) {
        struct oracle o;
        uint64_t next_index[SSRCS];
        open_oracle(&o, all_profiles[p], 100 + p);
        start_indices(next_index);
        for (int turn = 0; turn < 60; turn++) {
            next_group(&o, next_index);
            for (size_t n = 0; n < GROUP; n++) {
                const struct packet *plain = &groups.plain[groups.order[n]];
                struct packet *wire = &groups.wire[n];
                if (turn > 0 && ic_prng_below(&o.prng, 10) == 0)
                    continue; /* lost */
                protect(&o.ours, plain, wire);
                int len = (int)wire->len;
                srtp_err_status_t err = srtp_unprotect(o.receiver, wire->bytes, &len);
                if (err != srtp_err_status_ok)
                    fail_msg("profile %zu turn %d packet %zu: %d", p, turn, n, (int)err);
                assert_int_equal(len, plain->len);
                assert_memory_equal(wire->bytes, plain->bytes, plain->len);
            }
        }
        close_oracle(&o);
    }
}

/* Padding is put behind the payload when the packet is sealed, and the header says so. */
static void libsrtp_opens_what_we_pad(void **state)
{
    (void)state;
    for (size_t p = 0; p < PROFILES; p++) {
        struct oracle o;
        open_oracle(&o, all_profiles[p], 300 + p);
        for (uint16_t i = 1; i < 1000; i++) {
            struct packet plain, wire;
            uint8_t pad = (uint8_t)i;
            random_rtp(&o.prng, 1000, i, 1100, &plain);
            plain.bytes[0] &= 0xdf;
            struct ic_srtp_job job = job_of(&o.ours, &plain, &wire);
            job.pad = pad;
            ic_srtp_protect_rtp(&job, 1);
            assert_int_equal(job.error, IC_OK);
            int len = (int)job.out_len;
            assert_int_equal(srtp_unprotect(o.receiver, wire.bytes, &len), srtp_err_status_ok);
            assert_int_equal(len, plain.len + pad);
            assert_int_equal(wire.bytes[0], plain.bytes[0] | (pad > 0 ? 0x20 : 0));
            assert_memory_equal(&wire.bytes[1], &plain.bytes[1], plain.len - 1);
            for (size_t k = 0; k < pad; k++)
                assert_int_equal(wire.bytes[plain.len + k], k + 1u == pad ? pad : 0);
        }
        close_oracle(&o);
    }
}

#define SESSIONS      5
#define TOGETHER_MAX  150
#define SEQ_BEGIN     (65536 - 300) /* the ROC changes in mid-run */
#define PREFIX_MAX    20
#define PAD_MAX       255
#define TOGETHER_RUNS 120

static struct {
    struct packet plain[TOGETHER_MAX], wire[TOGETHER_MAX];
    size_t session[TOGETHER_MAX];
    struct ic_srtp_job jobs[TOGETHER_MAX];
} together;

/* Packet i, of any session: its payload in two parts, and padded. */
static void make_one_of_many(struct oracle *o, uint64_t *next_index, size_t i)
{
    struct packet *plain = &together.plain[i];
    struct ic_prng *prng = &o[0].prng;
    size_t s = together.session[i] = ic_prng_below(prng, SESSIONS);
    size_t longest = ic_prng_below(prng, 2) == 0 ? 90 : 1100;
    random_rtp(prng, 1000, next_index[s]++, longest, plain);
    plain->bytes[0] &= 0xdf;
    struct ic_srtp_job job = job_of(&o[s].ours, plain, &together.wire[i]);
    job.prefix = job.payload;
    job.prefix_len = ic_prng_below(prng, PREFIX_MAX);
    if (job.prefix_len > job.payload_len)
        job.prefix_len = job.payload_len;
    job.payload = &job.prefix[job.prefix_len];
    job.payload_len -= job.prefix_len;
    job.pad = (uint8_t)(ic_prng_below(prng, 3) == 0 ? ic_prng_below(prng, PAD_MAX + 1) : 0);
    together.jobs[i] = job;
}

/* Packets of many sessions and lengths with one call, as few and as many as there are. */
static void libsrtp_opens_what_we_seal_together(void **state)
{
    (void)state;
    for (size_t p = 0; p < PROFILES; p++) {
        struct oracle o[SESSIONS];
        uint64_t next_index[SESSIONS];
        for (size_t s = 0; s < SESSIONS; s++) {
            open_oracle(&o[s], all_profiles[p], 500 + 10 * p + s);
            next_index[s] = SEQ_BEGIN;
        }
        for (size_t run = 0; run < TOGETHER_RUNS; run++) {
            size_t count = run < 20 ? run : 1 + ic_prng_below(&o[0].prng, TOGETHER_MAX);
            for (size_t i = 0; i < count; i++)
                make_one_of_many(o, next_index, i);
            ic_srtp_protect_rtp(together.jobs, count);
            for (size_t i = 0; i < count; i++) {
                const struct packet *plain = &together.plain[i];
                const struct ic_srtp_job *job = &together.jobs[i];
                uint8_t *wire = together.wire[i].bytes;
                int len = (int)job->out_len;
                assert_int_equal(job->error, IC_OK);
                srtp_err_status_t err = srtp_unprotect(o[together.session[i]].receiver, wire, &len);
                if (err != srtp_err_status_ok)
                    fail_msg("profile %zu run %zu packet %zu: %d", p, run, i, (int)err);
                assert_int_equal(len, plain->len + job->pad);
                assert_memory_equal(&wire[1], &plain->bytes[1], plain->len - 1);
            }
        }
        for (size_t s = 0; s < SESSIONS; s++)
            close_oracle(&o[s]);
    }
}

/* Into another buffer: what came stays as it was. */
static void open_elsewhere(struct oracle *o, const struct packet *wire, const struct packet *plain)
{
    struct packet out, came = *wire;
    size_t len = wire->len;
    uint64_t ext_seq;
    memset(&out, 0xa5, sizeof out);
    assert_int_equal(ic_srtp_unprotect_rtp_to(&o->ours, came.bytes, &len, out.bytes, &ext_seq),
                     IC_OK);
    assert_int_equal(len, plain->len);
    assert_int_equal(ext_seq, plain->ext_seq);
    assert_memory_equal(out.bytes, plain->bytes, len);
    assert_memory_equal(came.bytes, wire->bytes, wire->len);
    for (size_t i = len; i < sizeof out.bytes; i++)
        assert_int_equal(out.bytes[i], 0xa5);
}

static void we_open_what_libsrtp_seals(void **state)
{
    (void)state;
    for (size_t p = 0; p < PROFILES; p++) {
        struct oracle o;
        uint64_t next_index[SSRCS];
        open_oracle(&o, all_profiles[p], 200 + p);
        start_indices(next_index);
        for (int turn = 0; turn < 60; turn++) {
            next_group(&o, next_index);
            for (size_t n = 0; n < GROUP; n++) {
                int len = (int)groups.plain[n].len;
                groups.wire[n] = groups.plain[n];
                assert_int_equal(srtp_protect(o.sender, groups.wire[n].bytes, &len),
                                 srtp_err_status_ok);
                groups.wire[n].len = (size_t)len;
            }
            for (size_t n = 0; n < GROUP; n++) {
                const struct packet *plain = &groups.plain[groups.order[n]];
                struct packet *wire = &groups.wire[groups.order[n]];
                struct packet again = *wire;
                uint64_t ext_seq;
                if (turn > 0 && ic_prng_below(&o.prng, 10) == 0)
                    continue; /* lost */
                if (turn % 2 != 0) {
                    open_elsewhere(&o, wire, plain);
                    continue;
                }
                enum ic_err err = ic_srtp_unprotect_rtp(&o.ours, wire->bytes, &wire->len, &ext_seq);
                if (err != IC_OK)
                    fail_msg("profile %zu turn %d packet %zu: %d", p, turn, n, (int)err);
                assert_int_equal(wire->len, plain->len);
                assert_memory_equal(wire->bytes, plain->bytes, plain->len);
                assert_int_equal(ext_seq, plain->ext_seq);
                assert_int_equal(ic_srtp_unprotect_rtp(&o.ours, again.bytes, &again.len, &ext_seq),
                                 IC_ERR_REPLAY);
            }
        }
        close_oracle(&o);
    }
}

/* Rollover counters that no test lives to see: libsrtp is told of them. */
static void high_rollover_counters(void **state)
{
    (void)state;
    static const uint32_t rocs[] = {1, 0xffff, 0x10000, 0x01020304, 0xfffffffe};
    for (size_t p = 0; p < PROFILES; p++) {
        struct oracle o;
        struct packet plain, wire;
        open_oracle(&o, all_profiles[p], 250 + p);
        for (uint32_t r = 0; r < sizeof rocs / sizeof rocs[0]; r++) {
            for (uint64_t n = 0; n < 2; n++) { /* the first packet makes the stream */
                random_rtp(&o.prng, r, 5 + n + (n == 0 ? 0 : (uint64_t)rocs[r] << 16), 200, &plain);
                protect(&o.ours, &plain, &wire);
                int len = (int)wire.len;
                if (n == 1)
                    assert_int_equal(srtp_set_stream_roc(o.receiver, r, rocs[r]),
                                     srtp_err_status_ok);
                assert_int_equal(srtp_unprotect(o.receiver, wire.bytes, &len), srtp_err_status_ok);
                assert_int_equal(len, plain.len);
                assert_memory_equal(wire.bytes, plain.bytes, plain.len);
            }
        }
        close_oracle(&o);
    }
}

static void rtcp_in_both_directions(void **state)
{
    (void)state;
    for (size_t p = 0; p < PROFILES; p++) {
        struct oracle o;
        open_oracle(&o, all_profiles[p], 300 + p);
        for (uint32_t n = 0; n < 1500; n++) {
            struct packet plain, wire;
            random_rtcp(&o.prng, 1000 + n % SSRCS, 345, &plain);
            wire = plain;
            assert_int_equal(
                ic_srtp_protect_rtcp(&o.ours, wire.bytes, &wire.len, sizeof wire.bytes), IC_OK);
            int len = (int)wire.len;
            assert_int_equal(srtp_unprotect_rtcp(o.receiver, wire.bytes, &len), srtp_err_status_ok);
            assert_int_equal(len, plain.len);
            assert_memory_equal(wire.bytes, plain.bytes, plain.len);

            wire = plain;
            len = (int)wire.len;
            assert_int_equal(srtp_protect_rtcp(o.sender, wire.bytes, &len), srtp_err_status_ok);
            wire.len = (size_t)len;
            assert_int_equal(ic_srtp_unprotect_rtcp(&o.ours, wire.bytes, &wire.len), IC_OK);
            assert_int_equal(wire.len, plain.len);
            assert_memory_equal(wire.bytes, plain.bytes, plain.len);
        }
        close_oracle(&o);
    }
}

/* Where a packet of the walk goes: near, back, far, exactly half a cycle, anywhere. */
static uint64_t next_step(struct ic_prng *prng, uint64_t at)
{
    int64_t step = 0;
    switch (ic_prng_below(prng, 12)) {
    case 0:
        step = -(int64_t)ic_prng_below(prng, 1100);
        break;
    case 1:
        step = -1022 - (int64_t)ic_prng_below(prng, 4);
        break;
    case 2:
        step = ic_prng_below(prng, 32770);
        break;
    case 3:
        step = 32766 + (int64_t)ic_prng_below(prng, 4);
        break;
    case 4:
        step = (int64_t)ic_prng_below(prng, 200000) - 100000;
        break;
    case 5:
        step = 0; /* again */
        break;
    default:
        step = 1 + ic_prng_below(prng, 3);
        break;
    }
    int64_t to = (int64_t)at + step;
    return to < 0 ? 0 : (uint64_t)to;
}

static enum ic_err verdict_of(srtp_err_status_t status)
{
    switch ((int)status) {
    case srtp_err_status_ok:
        return IC_OK;
    case srtp_err_status_auth_fail:
        return IC_ERR_AUTH;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
        return IC_ERR_REPLAY;
    default:
        return IC_ERR_SYSTEM;
    }
}

/* Two receivers hear the same: theirs and a session of ours with the same keys. */
static void verdicts_agree_on_any_walk(void **state)
{
    (void)state;
    for (uint64_t run = 0; run < 24; run++) {
        enum ic_srtp_profile profile = all_profiles[run % PROFILES];
        struct oracle o;
        struct ic_srtp other;
        struct ic_srtp_keys keys;
        struct ic_prng key_prng;
        size_t good = 0, replayed = 0, refused = 0;
        open_oracle(&o, profile, 400 + run);
        ic_prng_init(&key_prng, 400 + run);
        random_keys(&key_prng, profile, &keys);
        keys = mirrored(&keys);
        assert_int_equal(ic_srtp_init(&other, &keys, engine), IC_OK);
        uint64_t at = ic_prng_below(&o.prng, 65536);
        for (int n = 0; n < 1500; n++) {
            struct packet plain, wire, copy;
            uint64_t ext_seq, to = n == 0 ? at : next_step(&o.prng, at);
            random_rtp(&o.prng, 7, to, 30, &plain);
            protect(&o.ours, &plain, &wire);
            copy = wire;
            enum ic_err ours = ic_srtp_unprotect_rtp(&other, wire.bytes, &wire.len, &ext_seq);
            int len = (int)copy.len;
            enum ic_err theirs = verdict_of(srtp_unprotect(o.receiver, copy.bytes, &len));
            if (ours != theirs)
                fail_msg("seed %d packet %d index %llu after %llu: %d, libsrtp %d", 400 + (int)run,
                         n, (unsigned long long)to, (unsigned long long)at, (int)ours, (int)theirs);
            good += ours == IC_OK;
            replayed += ours == IC_ERR_REPLAY;
            refused += ours == IC_ERR_AUTH;
            if (ours == IC_OK && to > at)
                at = to;
        }
        assert_true(good > 500 && replayed > 100 && refused > 10); /* the walk goes everywhere */
        ic_srtp_deinit(&other);
        close_oracle(&o);
    }
}

static int start_libsrtp(void **state)
{
    (void)state;
    return srtp_init() == srtp_err_status_ok ? 0 : -1;
}

static int stop_libsrtp(void **state)
{
    (void)state;
    return srtp_shutdown() == srtp_err_status_ok ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libsrtp_opens_what_we_pad),
        cmocka_unit_test(libsrtp_opens_what_we_seal),
        cmocka_unit_test(libsrtp_opens_what_we_seal_together),
        cmocka_unit_test(we_open_what_libsrtp_seals),
        cmocka_unit_test(high_rollover_counters),
        cmocka_unit_test(rtcp_in_both_directions),
        cmocka_unit_test(verdicts_agree_on_any_walk),
    };
    struct ic_aead_mb *mb = ic_aead_mb_create();
    struct ic_ctr_sha1_mb *many = ic_ctr_sha1_mb_create();
    const struct ic_srtp_engine fast = {ic_aead_mb_engine(mb), ic_ctr_sha1_mb_engine(many)};
    engine = NULL;
    int failed = cmocka_run_group_tests(tests, start_libsrtp, stop_libsrtp);
    engine = &fast;
    if (fast.aead != NULL && fast.ctr_sha1 != NULL)
        failed += cmocka_run_group_tests(tests, start_libsrtp, stop_libsrtp);
    ic_aead_mb_destroy(mb);
    ic_ctr_sha1_mb_destroy(many);
    return failed;
}
