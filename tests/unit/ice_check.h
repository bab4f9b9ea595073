/* What the tests of ICE share: two sets of credentials, addresses, a lite agent, signed messages.
 */
#ifndef IC_TESTS_ICE_CHECK_H
#define IC_TESTS_ICE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hmac.h"
#include "transport/ice.h"
#include "wire/stun.h"

#define LOCAL_UFRAG  "serverufrag1"
#define LOCAL_PWD    "server-password-24-chars"
#define REMOTE_UFRAG "cLiE"
#define REMOTE_PWD   "client-password-24-chars"

static const struct ic_time start = {1000000};

static inline struct ic_time at_ms(int64_t ms)
{
    return ic_time_add(start, IC_MS(ms));
}

static inline struct ic_path path_of(uint8_t host)
{
    return (struct ic_path){.remote = ic_addr_v4(192, 0, 2, host, 4000),
                            .local = ic_addr_v4(198, 51, 100, 1, 10000)};
}

static inline void init_lite(struct ic_ice *ice)
{
    struct ic_ice_config config = {.role = IC_ICE_LITE,
                                   .local_ufrag = LOCAL_UFRAG,
                                   .local_pwd = LOCAL_PWD,
                                   .remote_ufrag = REMOTE_UFRAG,
                                   .remote_pwd = REMOTE_PWD};
    ic_ice_init(ice, &config, start);
}

struct message {
    uint8_t bytes[IC_ICE_MESSAGE_MAX];
    size_t len;
};

static inline void finish(struct ic_wr *w, const char *pwd, bool fingerprint)
{
    size_t offset = ic_stun_write_integrity(w);
    uint8_t integrity[IC_HMAC_SHA1_LEN];
    struct ic_part part = {.bytes = w->base, .len = offset};
    assert_int_equal(ic_hmac_sha1((const uint8_t *)pwd, strlen(pwd), &part, 1, integrity), IC_OK);
    ic_stun_set_integrity(w, offset, integrity);
    if (fingerprint)
        ic_stun_write_fingerprint(w);
    assert_true(ic_wr_ok(w));
}

static inline bool integrity_holds(const char *pwd, const uint8_t *bytes, const struct ic_stun *s)
{
    uint8_t expected[IC_HMAC_SHA1_LEN];
    struct ic_part parts[] = {
        {bytes, 2}, {s->integrity_length, 2}, {bytes + 4, s->integrity_offset - 4}};
    assert_int_equal(ic_hmac_sha1((const uint8_t *)pwd, strlen(pwd), parts, 3, expected), IC_OK);
    return s->integrity != NULL && memcmp(expected, s->integrity, sizeof expected) == 0;
}

#endif
