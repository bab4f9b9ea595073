#include "wire/policy.h"

#include <string.h>

#include "base/rd.h"

#define VERSION         1
#define HOPS_MAX        16
#define THUMBPRINTS_MAX 8

/* Elements of one size behind a length of two bytes. Bad when the length is no multiple or above
 * max elements. */
static const uint8_t *list(struct ic_rd *r, size_t size, size_t max, size_t *count)
{
    size_t len = ic_rd_u16(r);
    const uint8_t *at = ic_rd_take(r, len);
    if (len % size != 0 || len / size > max)
        r->bad = true;
    *count = len / size;
    return at;
}

/* Ascending without equals. */
static bool is_sorted(const uint8_t *elements, size_t size, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (memcmp(&elements[(i - 1) * size], &elements[i * size], size) >= 0)
            return false;
    return true;
}

static bool is_unique(const uint8_t *elements, size_t size, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (memcmp(&elements[k * size], &elements[i * size], size) == 0)
                return false;
    return true;
}

static bool are_countries(const uint8_t *countries, size_t count)
{
    for (size_t i = 0; i < count * IC_POLICY_COUNTRY_LEN; i++)
        if (countries[i] < 'A' || countries[i] > 'Z')
            return false;
    return is_sorted(countries, IC_POLICY_COUNTRY_LEN, count);
}

static bool begins(const uint8_t *text, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);
    return len >= n && memcmp(text, prefix, n) == 0;
}

/* OpenID Connect Discovery 1.0 3: "URL using the https scheme with no query or fragment
 * components"; and the developer's own machine. */
static bool is_issuer(const uint8_t *text, size_t len)
{
    static const char https[] = "https://", local[] = "http://localhost";
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x21 || text[i] > 0x7e || text[i] == '?' || text[i] == '#')
            return false;
    if (begins(text, len, https))
        return len > sizeof https - 1 && text[sizeof https - 1] != '/';
    if (!begins(text, len, local))
        return false;
    return len == sizeof local - 1 || text[sizeof local - 1] == ':' ||
           text[sizeof local - 1] == '/';
}

/* RFC 6749 A.1: a client id is of the characters 0x20 to 0x7e. */
static bool is_audience(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return len > 0;
}

static int compare_text(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    if (order != 0 || a_len == b_len)
        return order;
    return a_len < b_len ? -1 : 1;
}

static bool is_after(const struct ic_policy_issuer *i, const struct ic_policy_issuer *before)
{
    int order = compare_text(i->issuer, i->issuer_len, before->issuer, before->issuer_len);
    if (order == 0)
        order = compare_text(i->audience, i->audience_len, before->audience, before->audience_len);
    return order > 0;
}

static bool parse_issuer(struct ic_rd *r, struct ic_policy_issuer *out)
{
    size_t count;
    out->issuer_len = ic_rd_u8(r);
    out->issuer = ic_rd_take(r, out->issuer_len);
    out->audience_len = ic_rd_u8(r);
    out->audience = ic_rd_take(r, out->audience_len);
    out->thumbprints = list(r, IC_POLICY_KEY_LEN, THUMBPRINTS_MAX, &count);
    if (!ic_rd_ok(r) || !is_issuer(out->issuer, out->issuer_len) ||
        !is_audience(out->audience, out->audience_len) ||
        !is_sorted(out->thumbprints, IC_POLICY_KEY_LEN, count))
        return false;
    out->thumbprint_count = (uint8_t)count;
    return true;
}

static bool parse_issuers(struct ic_rd *r, struct ic_policy *out)
{
    size_t len = ic_rd_u16(r);
    struct ic_rd issuers = ic_rd_sub(r, len);
    if (len > IC_POLICY_ISSUERS_BYTES_MAX || !ic_rd_ok(r))
        return false;
    out->issuer_count = 0;
    while (issuers.left > 0) {
        if (out->issuer_count == IC_POLICY_ISSUERS_MAX)
            return false;
        struct ic_policy_issuer *i = &out->issuers[out->issuer_count];
        if (!parse_issuer(&issuers, i) || (out->issuer_count > 0 && !is_after(i, i - 1)))
            return false;
        out->issuer_count++;
    }
    return true;
}

static void parse_bytes(struct ic_rd *r, uint8_t *out, size_t n)
{
    const uint8_t *at = ic_rd_take(r, n);
    if (at != NULL)
        memcpy(out, at, n);
}

static bool parse_mode(struct ic_rd *r, struct ic_policy *out)
{
    uint8_t mode = ic_rd_u8(r);
    out->sframe_suite = ic_rd_u16(r);
    if (!ic_rd_done(r) || (out->sframe_suite != 4 && out->sframe_suite != 5))
        return false;
    if (mode != IC_LOBBY_OPEN && (mode != IC_LOBBY_CLOSED || out->host_key_count == 0))
        return false; /* a lobby that nobody could let anybody out of */
    out->lobby_mode = mode == IC_LOBBY_OPEN ? IC_LOBBY_OPEN : IC_LOBBY_CLOSED;
    return true;
}

static enum ic_err parse_form(const uint8_t *bytes, size_t len, struct ic_policy *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    struct ic_policy p = {0};
    size_t countries, excluded, host_keys;
    if (len > IC_POLICY_BYTES_MAX)
        return IC_ERR_INPUT;
    uint8_t version = ic_rd_u8(&r);
    parse_bytes(&r, p.policy_id, sizeof p.policy_id);
    parse_bytes(&r, p.meeting_id, sizeof p.meeting_id);
    p.countries = list(&r, IC_POLICY_COUNTRY_LEN, IC_POLICY_COUNTRIES_MAX, &countries);
    parse_bytes(&r, p.operator_keys_sha256, sizeof p.operator_keys_sha256);
    parse_bytes(&r, p.log_policy_sha256, sizeof p.log_policy_sha256);
    p.min_node_set_serial = ic_rd_u64(&r);
    p.max_hops = ic_rd_u8(&r);
    p.flags = ic_rd_u8(&r);
    p.excluded = list(&r, IC_POLICY_COUNTRY_LEN, IC_POLICY_COUNTRIES_MAX, &excluded);
    p.host_keys = list(&r, IC_POLICY_KEY_LEN, IC_POLICY_HOST_KEYS_MAX, &host_keys);
    if (!ic_rd_ok(&r) || version != VERSION || countries == 0 || p.max_hops == 0 ||
        p.max_hops > HOPS_MAX || (p.flags & ~IC_POLICY_FLAGS) != 0)
        return IC_ERR_INPUT;
    p.country_count = (uint16_t)countries;
    p.excluded_count = (uint16_t)excluded;
    p.host_key_count = (uint8_t)host_keys;
    if (!are_countries(p.countries, countries) || !are_countries(p.excluded, excluded) ||
        !is_unique(p.host_keys, IC_POLICY_KEY_LEN, host_keys) || !parse_issuers(&r, &p) ||
        !parse_mode(&r, &p))
        return IC_ERR_INPUT;
    *out = p;
    return IC_OK;
}

/* encryption.md 3: "Neither hash is SHA-256 of the empty string." */
static bool is_bound(const struct ic_policy *p)
{
    static const uint8_t nothing[IC_POLICY_KEY_LEN] = {
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
        0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
        0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
    return memcmp(p->operator_keys_sha256, nothing, sizeof nothing) != 0 &&
           memcmp(p->log_policy_sha256, nothing, sizeof nothing) != 0;
}

enum ic_err ic_policy_parse(const uint8_t *bytes, size_t len, struct ic_policy *out)
{
    struct ic_policy p;
    if (parse_form(bytes, len, &p) != IC_OK || !is_bound(&p))
        return IC_ERR_INPUT;
    *out = p;
    return IC_OK;
}

bool ic_policy_is_unbound(const uint8_t *bytes, size_t len)
{
    struct ic_policy p;
    return parse_form(bytes, len, &p) == IC_OK && !is_bound(&p);
}

static void write_list(struct ic_wr *w, const uint8_t *elements, size_t len)
{
    size_t mark = ic_wr_open16(w);
    ic_wr_bytes(w, elements, len);
    ic_wr_close16(w, mark);
}

static void write_issuers(struct ic_wr *w, const struct ic_policy *policy)
{
    size_t mark = ic_wr_open16(w);
    for (size_t k = 0; k < policy->issuer_count; k++) {
        const struct ic_policy_issuer *i = &policy->issuers[k];
        ic_wr_u8(w, i->issuer_len);
        ic_wr_bytes(w, i->issuer, i->issuer_len);
        ic_wr_u8(w, i->audience_len);
        ic_wr_bytes(w, i->audience, i->audience_len);
        write_list(w, i->thumbprints, (size_t)i->thumbprint_count * IC_POLICY_KEY_LEN);
    }
    ic_wr_close16(w, mark);
}

void ic_policy_write(struct ic_wr *w, const struct ic_policy *policy)
{
    ic_wr_u8(w, VERSION);
    ic_wr_bytes(w, policy->policy_id, sizeof policy->policy_id);
    ic_wr_bytes(w, policy->meeting_id, sizeof policy->meeting_id);
    write_list(w, policy->countries, (size_t)policy->country_count * IC_POLICY_COUNTRY_LEN);
    ic_wr_bytes(w, policy->operator_keys_sha256, sizeof policy->operator_keys_sha256);
    ic_wr_bytes(w, policy->log_policy_sha256, sizeof policy->log_policy_sha256);
    ic_wr_u64(w, policy->min_node_set_serial);
    ic_wr_u8(w, policy->max_hops);
    ic_wr_u8(w, policy->flags);
    write_list(w, policy->excluded, (size_t)policy->excluded_count * IC_POLICY_COUNTRY_LEN);
    write_list(w, policy->host_keys, (size_t)policy->host_key_count * IC_POLICY_KEY_LEN);
    write_issuers(w, policy);
    ic_wr_u8(w, (uint8_t)policy->lobby_mode);
    ic_wr_u16(w, policy->sframe_suite);
}

const uint8_t *ic_policy_host_key(const struct ic_policy *policy, size_t index)
{
    return index < policy->host_key_count ? &policy->host_keys[index * IC_POLICY_KEY_LEN] : NULL;
}
