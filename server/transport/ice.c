/* ICE of one peer. RFC 8445 (lite: 2.5, 7.3; nomination: 8.1), RFC 8489 9.1 (short-term
 * credentials), RFC 7675 (consent).
 *
 * Timers: no path within IC_ICE_CONNECT_TIMEOUT_MS: lost. No authenticated check (lite) or response
 * (controlling) on the selected path for IC_CONSENT_TIMEOUT_MS: lost. A proved path that is not
 * selected is forgotten after the same time. Controlling: retransmission of the first check, then
 * one consent check every 4 to 6 s.
 *
 * Leaves out: candidates and check lists (a lite agent has none; the controlling role has one
 * pair), trickle, restart (a new peer is made instead), role switching, TCP. A captured check that
 * is replayed from another address moves the path until the next genuine one: its contents stay
 * protected by SRTP. */
#include "transport/ice.h"

#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/ct.h"
#include "crypto/hmac.h"
#include "wire/stun.h"

#define NO_PATH IC_ICE_PATHS_MAX

/* At most one answer to a role conflict in this time. */
#define CONFLICT_INTERVAL_MS 1000

/* LIMIT: a reply is at most this much longer than its request, so that nobody gains by making us
 * speak to a forged source. The success response over IPv6 is the longest: 76 bytes to the 68 of
 * the shortest authenticated request. */
#define REPLY_EXCESS_MAX 12

/* RFC 8445 14.3: "RTO = MAX (500ms, ...)" */
#define RTO_MS     500
#define RTO_MAX_MS 2000

/* RFC 7675 5.1: "each interval MUST be randomized from between 0.8 and 1.2 times the basic period",
 * "SHOULD set a default interval of 5 seconds" */
#define CONSENT_INTERVAL_MIN_MS 4000
#define CONSENT_INTERVAL_MAX_MS 6000

/* RFC 8445 5.1.2.1: peer-reflexive type preference, one component. The far side of the controlling
 * role is lite and does not use it. */
#define CHECK_PRIORITY (110U << 24 | 65535U << 8 | 255U)

static_assert(IC_ICE_TRANSACTION_LEN == IC_STUN_TRANSACTION_LEN, "one id");
static_assert(IC_HMAC_SHA1_LEN == IC_STUN_INTEGRITY_LEN, "one code");
static_assert(IC_CONSENT_TIMEOUT_MS > 3 * CONSENT_INTERVAL_MAX_MS, "three checks may get lost");
static_assert(IC_STUN_HEADER_LEN + 4 + IC_STUN_USERNAME_MAX + 3 + 8 + 4 + 12 + 24 + 8 <=
                  IC_ICE_MESSAGE_MAX,
              "the longest request fits");

static void copy_name(char *to, const char *from, size_t max)
{
    size_t len = strnlen(from, max + 1);
    IC_ASSERT(len <= max);
    memcpy(to, from, len);
    to[len] = '\0';
}

static void move_to(struct ic_ice *ice, enum ic_ice_state state)
{
    bool legal = (ice->state == IC_ICE_CHECKING && state == IC_ICE_CONNECTED) ||
                 (ice->state != IC_ICE_LOST && state == IC_ICE_LOST);
    IC_ASSERT(legal);
    ice->state = state;
    if (state == IC_ICE_LOST) {
        ice->selected = NO_PATH;
        memset(ice->paths, 0, sizeof ice->paths);
    }
}

/* ---- messages ---- */

static bool integrity_of(const char *pwd, const struct ic_part *parts, size_t count,
                         uint8_t out[static IC_HMAC_SHA1_LEN])
{
    /* RFC 8489 9.1.1: the key of a short-term credential is the password itself. */
    return ic_hmac_sha1((const uint8_t *)pwd, strlen(pwd), parts, count, out) == IC_OK;
}

static bool integrity_is_good(const char *pwd, const uint8_t *bytes, const struct ic_stun *m)
{
    struct ic_rd r = ic_rd_init(bytes, m->integrity_offset);
    struct ic_part parts[3] = {{.bytes = ic_rd_take(&r, 2), .len = 2},
                               {.bytes = m->integrity_length, .len = 2}};
    ic_rd_skip(&r, 2);
    parts[2].len = r.left;
    parts[2].bytes = ic_rd_take(&r, r.left);
    uint8_t expected[IC_HMAC_SHA1_LEN];
    return ic_rd_ok(&r) && integrity_of(pwd, parts, 3, expected) &&
           ic_ct_equal(expected, m->integrity, sizeof expected);
}

/* Integrity and fingerprint; then the message is the effect. One that nobody polled is replaced:
 * a lost datagram, as far as ICE can tell. */
static void send_message(struct ic_ice *ice, const struct ic_path *path, const char *pwd,
                         struct ic_wr *w, size_t len_max)
{
    size_t offset = ic_stun_write_integrity(w);
    uint8_t integrity[IC_HMAC_SHA1_LEN];
    ice->has_out = false;
    struct ic_part part = {.bytes = w->base, .len = offset};
    if (!ic_wr_ok(w) || !integrity_of(pwd, &part, 1, integrity))
        return;
    ic_stun_set_integrity(w, offset, integrity);
    ic_stun_write_fingerprint(w);
    if (!ic_wr_ok(w) || w->len > len_max)
        return;
    ice->out.path = *path;
    ice->out.len = w->len;
    ice->has_out = true;
}

static struct ic_wr begin_reply(struct ic_ice *ice, const struct ic_stun *request,
                                enum ic_stun_class message_class)
{
    struct ic_wr w = ic_wr_init(ice->out.bytes, sizeof ice->out.bytes);
    ic_stun_write_header(&w, message_class, IC_STUN_METHOD_BINDING, request->transaction);
    return w;
}

static void send_success(struct ic_ice *ice, const struct ic_path *path,
                         const struct ic_stun *request, size_t request_len)
{
    struct ic_wr w = begin_reply(ice, request, IC_STUN_SUCCESS);
    ic_stun_write_mapped(&w, &path->remote);
    send_message(ice, path, ice->local_pwd, &w, request_len + REPLY_EXCESS_MAX);
}

static void send_error(struct ic_ice *ice, const struct ic_path *path,
                       const struct ic_stun *request, size_t request_len, enum ic_stun_error code)
{
    struct ic_wr w = begin_reply(ice, request, IC_STUN_ERROR);
    ic_stun_write_error(&w, code);
    /* RFC 8489 6.3.1: "the server MUST include an UNKNOWN-ATTRIBUTES attribute" */
    if (code == IC_STUN_UNKNOWN_ATTRIBUTE)
        ic_stun_write_unknown(&w, request->unknown, request->unknown_count);
    send_message(ice, path, ice->local_pwd, &w, request_len + REPLY_EXCESS_MAX);
}

static void send_check(struct ic_ice *ice)
{
    struct ic_wr w = ic_wr_init(ice->out.bytes, sizeof ice->out.bytes);
    ic_stun_write_header(&w, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING,
                         ice->checks[ice->check_last].transaction);
    ic_stun_write_username(&w, ice->remote_ufrag, ice->local_ufrag);
    ic_stun_write_priority(&w, CHECK_PRIORITY);
    ic_stun_write_role(&w, true, ice->tie_breaker);
    ic_stun_write_use_candidate(&w);
    send_message(ice, &ice->target, ice->remote_pwd, &w, IC_ICE_MESSAGE_MAX);
}

/* ---- paths ---- */

static uint32_t find_path(const struct ic_ice *ice, const struct ic_path *path)
{
    for (uint32_t i = 0; i < IC_ICE_PATHS_MAX; i++) {
        if (ice->paths[i].used && ic_path_eq(&ice->paths[i].path, path))
            return i;
    }
    return NO_PATH;
}

/* A free place, else that of the path that was checked least recently; never the selected one. */
static uint32_t place_for_path(const struct ic_ice *ice)
{
    uint32_t best = NO_PATH;
    for (uint32_t i = 0; i < IC_ICE_PATHS_MAX; i++) {
        if (!ice->paths[i].used)
            return i;
        if (i != ice->selected &&
            (best == NO_PATH || ic_time_before(ice->paths[i].checked, ice->paths[best].checked)))
            best = i;
    }
    IC_ASSERT(best != NO_PATH);
    return best;
}

static void on_path_checked(struct ic_ice *ice, struct ic_time now, const struct ic_path *path,
                            bool nominated)
{
    uint32_t i = find_path(ice, path);
    if (i == NO_PATH)
        i = place_for_path(ice);
    ice->paths[i] = (struct ic_ice_proved){.used = true, .path = *path, .checked = now};
    /* RFC 8445 7.3.1.5, 8.1.1: the controlling agent nominates; the last nomination counts, so that
     * a client behind a rebound NAT or on another network takes its path along. */
    if (!nominated)
        return;
    ice->selected = i;
    if (ice->state == IC_ICE_CHECKING)
        move_to(ice, IC_ICE_CONNECTED);
}

static struct ic_time path_expiry(const struct ic_ice_proved *p)
{
    return ic_time_add(p->checked, IC_MS(IC_CONSENT_TIMEOUT_MS));
}

/* Consent and patience that ended by now. */
static void expire(struct ic_ice *ice, struct ic_time now)
{
    if (ice->state == IC_ICE_LOST)
        return;
    if (ice->state == IC_ICE_CHECKING &&
        ic_time_reached(ic_time_add(ice->started, IC_MS(IC_ICE_CONNECT_TIMEOUT_MS)), now)) {
        move_to(ice, IC_ICE_LOST);
        return;
    }
    for (uint32_t i = 0; i < IC_ICE_PATHS_MAX; i++) {
        if (!ice->paths[i].used || !ic_time_reached(path_expiry(&ice->paths[i]), now))
            continue;
        /* RFC 7675 5.1: "If consent expires, the endpoint MUST cease transmission" */
        if (i == ice->selected) {
            move_to(ice, IC_ICE_LOST);
            return;
        }
        ice->paths[i].used = false;
    }
}

/* ---- input ---- */

/* RFC 8445 7.2.2: "the username fragment provided by the peer and the username fragment of the ICE
 * agent sending the request, separated by a colon" */
static bool username_is_ours(const struct ic_ice *ice, const struct ic_stun *m)
{
    size_t local_len = strlen(ice->local_ufrag), remote_len = strlen(ice->remote_ufrag);
    if (m->username == NULL || m->username_len != local_len + 1 + remote_len)
        return false;
    struct ic_rd r = ic_rd_init(m->username, m->username_len);
    const uint8_t *local = ic_rd_take(&r, local_len);
    uint8_t colon = ic_rd_u8(&r);
    const uint8_t *remote = ic_rd_take(&r, remote_len);
    return ic_rd_done(&r) && colon == ':' && memcmp(local, ice->local_ufrag, local_len) == 0 &&
           memcmp(remote, ice->remote_ufrag, remote_len) == 0;
}

static bool roles_conflict(const struct ic_ice *ice, const struct ic_stun *m)
{
    return ice->role == IC_ICE_LITE ? m->has_controlled : m->has_controlling;
}

static enum ic_err on_request(struct ic_ice *ice, struct ic_time now, const struct ic_path *path,
                              const uint8_t *bytes, size_t len, const struct ic_stun *m)
{
    /* DEVIATION RFC 8489 9.1.3: silence instead of 400 and 401, because a stranger gets no answer.
     */
    if (!username_is_ours(ice, m) || m->integrity == NULL)
        return IC_ERR_INPUT;
    if (!integrity_is_good(ice->local_pwd, bytes, m))
        return IC_ERR_AUTH;
    if (m->unknown_count > 0) {
        send_error(ice, path, m, len, IC_STUN_UNKNOWN_ATTRIBUTE);
        return IC_OK;
    }
    if (roles_conflict(ice, m)) {
        /* DEVIATION RFC 8445 7.3.1.1: no look at the tie-breaker, because a lite agent never takes
         * the controlling role; the peer has to switch. */
        if (ic_time_before(now, ice->conflict_next))
            return IC_OK;
        ice->conflict_next = ic_time_add(now, IC_MS(CONFLICT_INTERVAL_MS));
        send_error(ice, path, m, len, IC_STUN_ROLE_CONFLICT);
        return IC_OK;
    }
    send_success(ice, path, m, len);
    if (ice->role == IC_ICE_LITE)
        on_path_checked(ice, now, path, m->has_use_candidate);
    return IC_OK;
}

static struct ic_ice_check *find_check(struct ic_ice *ice, const struct ic_stun *m)
{
    for (uint32_t i = 0; i < IC_ICE_CHECKS_MAX; i++) {
        if (ice->checks[i].open &&
            memcmp(ice->checks[i].transaction, m->transaction, IC_STUN_TRANSACTION_LEN) == 0)
            return &ice->checks[i];
    }
    return NULL;
}

static void plan_consent(struct ic_ice *ice, struct ic_time now)
{
    uint32_t spread = CONSENT_INTERVAL_MAX_MS - CONSENT_INTERVAL_MIN_MS + 1;
    uint32_t ms = CONSENT_INTERVAL_MIN_MS + ic_prng_below(&ice->prng, spread);
    ice->check_next = ic_time_add(now, IC_MS(ms));
}

static enum ic_err on_success(struct ic_ice *ice, struct ic_time now, const struct ic_path *path,
                              const uint8_t *bytes, const struct ic_stun *m)
{
    struct ic_ice_check *check = find_check(ice, m);
    if (ice->role != IC_ICE_CONTROLLING || check == NULL || m->integrity == NULL)
        return IC_ERR_INPUT;
    if (!integrity_is_good(ice->remote_pwd, bytes, m))
        return IC_ERR_AUTH;
    /* RFC 8445 7.2.5.2.1: "If the source and destination transport addresses are not symmetric, the
     * agent MUST set the candidate pair state to Failed." */
    if (!m->has_mapped || m->unknown_count > 0 || !ic_addr_eq(&path->remote, &ice->target.remote))
        return IC_ERR_INPUT;
    check->open = false;
    if (ice->state == IC_ICE_CHECKING)
        plan_consent(ice, now);
    on_path_checked(ice, now, path, true);
    return IC_OK;
}

enum ic_err ic_ice_input(struct ic_ice *ice, struct ic_time now, const struct ic_path *path,
                         const uint8_t *bytes, size_t len)
{
    struct ic_stun m;
    expire(ice, now);
    if (ice->state == IC_ICE_LOST)
        return IC_ERR_STATE;
    if (ic_stun_parse(bytes, len, &m) != IC_OK || m.method != IC_STUN_METHOD_BINDING)
        return IC_ERR_INPUT;
    /* RFC 8445 7.1: "the FINGERPRINT mechanism MUST be used" */
    if (!m.has_fingerprint)
        return IC_ERR_INPUT;
    switch (m.message_class) {
    case IC_STUN_REQUEST:
        return on_request(ice, now, path, bytes, len, &m);
    case IC_STUN_SUCCESS:
        return on_success(ice, now, path, bytes, &m);
    case IC_STUN_INDICATION:
    case IC_STUN_ERROR: /* 487 included: our controlling role does not switch */
        break;
    }
    return IC_ERR_INPUT;
}

/* ---- machine ---- */

/* A fresh transaction in the place of the oldest. */
static void begin_check(struct ic_ice *ice)
{
    ice->check_last = (ice->check_last + 1) % IC_ICE_CHECKS_MAX;
    struct ic_ice_check *check = &ice->checks[ice->check_last];
    struct ic_wr w = ic_wr_init(check->transaction, sizeof check->transaction);
    ic_wr_u64(&w, ic_prng_u64(&ice->prng));
    ic_wr_u32(&w, ic_prng_u32(&ice->prng));
    IC_ASSERT(ic_wr_ok(&w));
    check->open = true;
}

void ic_ice_init(struct ic_ice *ice, const struct ic_ice_config *config, struct ic_time now)
{
    memset(ice, 0, sizeof *ice);
    ice->role = config->role;
    ice->state = IC_ICE_CHECKING;
    copy_name(ice->local_ufrag, config->local_ufrag, IC_REMOTE_UFRAG_MAX);
    copy_name(ice->local_pwd, config->local_pwd, IC_REMOTE_PWD_MAX);
    copy_name(ice->remote_ufrag, config->remote_ufrag, IC_REMOTE_UFRAG_MAX);
    copy_name(ice->remote_pwd, config->remote_pwd, IC_REMOTE_PWD_MAX);
    IC_ASSERT(ice->local_ufrag[0] != '\0' && ice->local_pwd[0] != '\0');
    ice->tie_breaker = config->tie_breaker;
    ice->started = now;
    ice->selected = NO_PATH;
    ice->conflict_next = now;
    ice->target = config->path;
    ice->check_next = config->role == IC_ICE_CONTROLLING ? now : IC_NEVER;
    ice->rto = IC_MS(RTO_MS);
    ic_prng_init(&ice->prng, config->seed);
    begin_check(ice);
}

void ic_ice_tick(struct ic_ice *ice, struct ic_time now)
{
    expire(ice, now);
    if (ice->state == IC_ICE_LOST || !ic_time_reached(ice->check_next, now))
        return;
    if (ice->state == IC_ICE_CHECKING) {
        ice->check_next = ic_time_add(now, ice->rto);
        ice->rto.us =
            ice->rto.us * 2 > IC_MS(RTO_MAX_MS).us ? IC_MS(RTO_MAX_MS).us : ice->rto.us * 2;
    } else {
        begin_check(ice);
        plan_consent(ice, now);
    }
    send_check(ice);
}

struct ic_time ic_ice_deadline(const struct ic_ice *ice)
{
    if (ice->state == IC_ICE_LOST)
        return IC_NEVER;
    struct ic_time end = ic_time_add(ice->started, IC_MS(IC_ICE_CONNECT_TIMEOUT_MS));
    if (ice->selected != NO_PATH)
        end = path_expiry(&ice->paths[ice->selected]);
    return ic_time_min(end, ice->check_next);
}

bool ic_ice_poll(struct ic_ice *ice, struct ic_ice_out *out)
{
    if (!ice->has_out)
        return false;
    *out = ice->out;
    ice->has_out = false;
    return true;
}

enum ic_ice_state ic_ice_state(const struct ic_ice *ice)
{
    return ice->state;
}

const struct ic_path *ic_ice_path(const struct ic_ice *ice)
{
    return ice->selected == NO_PATH ? NULL : &ice->paths[ice->selected].path;
}

bool ic_ice_is_proved(const struct ic_ice *ice, const struct ic_path *path)
{
    return find_path(ice, path) != NO_PATH;
}

enum ic_err ic_ice_target_ufrag(const uint8_t *bytes, size_t len, const uint8_t **ufrag,
                                size_t *ufrag_len)
{
    struct ic_stun m;
    if (ic_stun_parse(bytes, len, &m) != IC_OK || m.message_class != IC_STUN_REQUEST ||
        m.method != IC_STUN_METHOD_BINDING || m.username == NULL)
        return IC_ERR_INPUT;
    const uint8_t *colon = memchr(m.username, ':', m.username_len);
    if (colon == NULL || colon == m.username)
        return IC_ERR_INPUT;
    *ufrag = m.username;
    *ufrag_len = (size_t)(colon - m.username);
    return IC_OK;
}
