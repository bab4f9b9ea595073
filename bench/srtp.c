/* What SRTP costs a packet that goes out, in ns, by each engine that runs here and each profile:
 * packets of 1,200 and of 120 bytes, of 64 sessions in turn, so many with one call. A line of JSON
 * each; the median of many rounds, in which all have their turn. Use: build/release/srtp [rounds]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/wr.h"
#include "crypto/aead_mb.h"
#include "crypto/ctr_sha1_mb.h"
#include "transport/srtp.h"

#define SESSIONS   64
#define PACKETS    64 /* of a round; all in the cache, as one shared payload is */
#define REPEATS    16
#define ROUNDS     100
#define ROUNDS_MAX 10000
#define HEADER_LEN 12
#define OUT_MAX    1536
#define PREFIX_LEN 4 /* a payload descriptor that is written anew */

struct kind {
    const char *profile;
    enum ic_srtp_profile number;
    bool is_fast; /* libipsec-mb */
    size_t len, batch, prefix_len;
};

static const struct kind kinds[] = {
#define EACH(profile, number, len, prefix)                                                         \
    {profile, number, false, len, 64, prefix},                                                     \
    {                                                                                              \
        profile, number, true, len, 64, prefix                                                     \
    }
    EACH("AEAD_AES_128_GCM", IC_SRTP_AEAD_AES_128_GCM, 1200, 0),
    EACH("AEAD_AES_128_GCM", IC_SRTP_AEAD_AES_128_GCM, 120, 0),
    EACH("AES128_CM_HMAC_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80, 1200, 0),
    EACH("AES128_CM_HMAC_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80, 1200, PREFIX_LEN),
    EACH("AES128_CM_HMAC_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80, 120, 0),
#undef EACH
#define BATCH(batch)                                                                               \
    {"AES128_CM_HMAC_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80, true, 1200, batch, 0},              \
    {                                                                                              \
        "AES128_CM_HMAC_SHA1_80", IC_SRTP_AES128_CM_HMAC_SHA1_80, true, 120, batch, 0              \
    }
    BATCH(1),
    BATCH(2),
    BATCH(4),
    BATCH(5),
    BATCH(6),
    BATCH(8),
    BATCH(12),
    BATCH(16),
    BATCH(32),
#undef BATCH
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static struct {
    struct ic_srtp sessions[KINDS][SESSIONS];
    uint8_t payload[OUT_MAX], headers[PACKETS][HEADER_LEN], out[PACKETS][OUT_MAX];
    struct ic_srtp_job jobs[PACKETS];
    double ns[KINDS][ROUNDS_MAX];
    uint64_t seq;
} bench;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "srtp: %s\n", what);
    exit(1);
}

static void open_sessions(size_t kind, const struct ic_srtp_engine *fast)
{
    struct ic_srtp_keys keys;
    for (size_t i = 0; i < SESSIONS; i++) {
        if (getrandom(&keys, sizeof keys, 0) != sizeof keys)
            die("no random bytes");
        keys.profile = kinds[kind].number;
        if (ic_srtp_init(&bench.sessions[kind][i], &keys, kinds[kind].is_fast ? fast : NULL) !=
            IC_OK)
            die("no session");
    }
}

static void lay_out(size_t kind)
{
    const struct kind *k = &kinds[kind];
    for (size_t i = 0; i < PACKETS; i++) {
        struct ic_wr w = ic_wr_init(bench.headers[i], HEADER_LEN);
        uint64_t seq = bench.seq++;
        ic_wr_u8(&w, 0x80);
        ic_wr_u8(&w, 96);
        ic_wr_u16(&w, (uint16_t)seq);
        ic_wr_u32(&w, 0);
        ic_wr_u32(&w, 1);
        bench.jobs[i] = (struct ic_srtp_job){.session = &bench.sessions[kind][i % SESSIONS],
                                             .ext_seq = seq,
                                             .header = bench.headers[i],
                                             .header_len = HEADER_LEN,
                                             .prefix = bench.payload,
                                             .prefix_len = k->prefix_len,
                                             .payload = &bench.payload[1],
                                             .payload_len = k->len - HEADER_LEN - k->prefix_len,
                                             .out = bench.out[i]};
    }
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static double measure(size_t kind)
{
    int64_t ns = 0;
    for (size_t n = 0; n < REPEATS; n++) {
        lay_out(kind);
        int64_t began = now_ns();
        for (size_t i = 0; i < PACKETS; i += kinds[kind].batch) {
            size_t left = PACKETS - i;
            ic_srtp_protect_rtp(&bench.jobs[i],
                                left < kinds[kind].batch ? left : kinds[kind].batch);
        }
        ns += now_ns() - began;
        for (size_t i = 0; i < PACKETS; i++)
            if (bench.jobs[i].error != IC_OK)
                die("encryption failed");
    }
    return (double)ns / (PACKETS * REPEATS);
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS;
    struct ic_aead_mb *aead = ic_aead_mb_create();
    struct ic_ctr_sha1_mb *ctr_sha1 = ic_ctr_sha1_mb_create();
    const struct ic_srtp_engine fast = {ic_aead_mb_engine(aead), ic_ctr_sha1_mb_engine(ctr_sha1)};
    bool has_fast = fast.aead != NULL && fast.ctr_sha1 != NULL;
    if (rounds == 0 || rounds > ROUNDS_MAX)
        die("1 to 10000 rounds");
    for (size_t k = 0; k < KINDS; k++)
        open_sessions(k, &fast);
    for (size_t round = 0; round < rounds; round++)
        for (size_t k = 0; k < KINDS; k++)
            bench.ns[k][round] = measure(k);
    for (size_t k = 0; k < KINDS; k++) {
        const struct kind *kind = &kinds[k];
        if (kind->is_fast && !has_fast)
            continue;
        qsort(bench.ns[k], rounds, sizeof bench.ns[k][0], compare);
        printf("{\"profile\":\"%s\",\"engine\":\"%s\",\"bytes\":%zu,\"batch\":%zu,\"prefix\":%zu,"
               "\"ns\":%.1f,\"p10\":%.1f,\"p90\":%.1f}\n",
               kind->profile, kind->is_fast ? "ipsec-mb" : "openssl", kind->len, kind->batch,
               kind->prefix_len, bench.ns[k][rounds / 2], bench.ns[k][rounds / 10],
               bench.ns[k][rounds * 9 / 10]);
    }
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < SESSIONS; i++)
            ic_srtp_deinit(&bench.sessions[k][i]);
    ic_aead_mb_destroy(aead);
    ic_ctr_sha1_mb_destroy(ctr_sha1);
    return 0;
}
