#include "cluster/node_cert.h"

#include <string.h>

#include "cluster/node_note.h"
#include "cluster/node_text.h"

static const char kind[] = "in-camera/node-cert/v1";
static const char receipt_suffix[] = "/receipt";

static const struct {
    enum ic_node_role role;
    const char *name;
} roles[] = {
    {IC_NODE_ROLE_MEDIA, "media"},
    {IC_NODE_ROLE_RELAY, "relay"},
    {IC_NODE_ROLE_SIGNAL, "signal"},
};

#define ROLE_COUNT (sizeof roles / sizeof roles[0])

static void copy(char *out, struct ic_node_value v)
{
    memcpy(out, v.at, v.len);
    out[v.len] = '\0';
}

/* ---- parsing, line by line ---- */

static void parse_name(struct ic_node_text *t, struct ic_node_cert *cert)
{
    struct ic_node_value v = ic_node_text_line(t, "node");
    if (ic_node_value_name(v))
        copy(cert->name, v);
    else
        ic_node_text_refuse(t, IC_NODE_NODE);
}

static void parse_region(struct ic_node_text *t, struct ic_node_cert *cert)
{
    struct ic_node_value v = ic_node_text_line(t, "region");
    if (v.len == IC_COUNTRY_LEN && ic_country_is_known(v.at))
        copy(cert->country, v);
    else
        ic_node_text_refuse(t, IC_NODE_REGION);
}

/* The names come in the order of their numbers, so that a bit below one that is set is out of
 * order, as is one that is set already. */
static bool add_bit(uint8_t *bits, unsigned bit)
{
    if (*bits >= bit)
        return false;
    *bits = (uint8_t)(*bits | bit);
    return true;
}

static bool read_groups(struct ic_node_value v, const char *country, uint8_t *groups)
{
    enum ic_country_group group;
    if (ic_node_value_is(v, "-"))
        return true;
    if (v.len == 0 || v.at[v.len - 1] == ' ')
        return false;
    while (v.len > 0) {
        struct ic_node_value name = ic_node_value_split(&v, ' ');
        if (!ic_country_group_find(name.at, name.len, &group) ||
            !ic_country_is_in(country, group) || !add_bit(groups, 1u << group))
            return false;
    }
    return true;
}

static bool find_role(struct ic_node_value name, enum ic_node_role *out)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (ic_node_value_is(name, roles[i].name)) {
            *out = roles[i].role;
            return true;
        }
    return false;
}

static bool read_roles(struct ic_node_value v, uint8_t *bits)
{
    enum ic_node_role role;
    if (v.len == 0 || v.at[v.len - 1] == ' ')
        return false;
    while (v.len > 0)
        if (!find_role(ic_node_value_split(&v, ' '), &role) || !add_bit(bits, role))
            return false;
    return true;
}

/* Degrees with two decimals, "-7.05" is -705; at most max hundredths either way. */
static bool read_degrees(struct ic_node_value v, uint64_t max, int16_t *out)
{
    uint64_t whole, part;
    bool is_negative = v.len > 0 && v.at[0] == '-';
    if (is_negative) {
        v.at++;
        v.len--;
    }
    struct ic_node_value degrees = ic_node_value_split(&v, '.');
    /* "1" in front makes a number without leading zeros of any two digits. */
    char decimals[3] = {'1', v.len == 2 ? v.at[0] : 'x', v.len == 2 ? v.at[1] : 'x'};
    struct ic_node_value d = {decimals, sizeof decimals};
    if (!ic_node_value_number(degrees, 0, 180, &whole) || !ic_node_value_number(d, 100, 199, &part))
        return false;
    uint64_t hundredths = whole * 100 + part - 100;
    if (hundredths > max || (is_negative && hundredths == 0))
        return false;
    *out = (int16_t)(is_negative ? -(int)hundredths : (int)hundredths);
    return true;
}

bool ic_node_site_parse(struct ic_node_value v, struct ic_node_site *out)
{
    struct ic_node_value latitude = ic_node_value_split(&v, ' ');
    struct ic_node_value longitude = ic_node_value_split(&v, ' ');
    struct ic_node_site site;
    uint64_t radius;
    if (!read_degrees(latitude, 9000, &site.latitude_cdeg) ||
        !read_degrees(longitude, 18000, &site.longitude_cdeg) || site.longitude_cdeg == -18000 ||
        !ic_node_value_number(v, 1, IC_NODE_RADIUS_KM_MAX, &radius))
        return false;
    site.radius_km = (uint16_t)radius;
    *out = site;
    return true;
}

static void parse_entity(struct ic_node_text *t, struct ic_node_cert *cert)
{
    struct ic_node_value v = ic_node_text_line(t, "entity");
    if (ic_node_value_words(v, IC_NODE_ENTITY_MAX))
        copy(cert->entity, v);
    else
        ic_node_text_refuse(t, IC_NODE_ENTITY);
}

static void parse_receipt_key(struct ic_node_text *t, struct ic_node_cert *cert)
{
    struct ic_node_value v = ic_node_text_line(t, "receipt-key");
    enum ic_err err = ic_note_key_parse(&cert->receipt_key, v.at, v.len);
    size_t len = strlen(cert->name);
    if (err == IC_ERR_SYSTEM)
        ic_node_text_refuse(t, IC_NODE_SYSTEM);
    else if (err != IC_OK || strncmp(cert->receipt_key.name, cert->name, len) != 0 ||
             strcmp(&cert->receipt_key.name[len], receipt_suffix) != 0)
        ic_node_text_refuse(t, IC_NODE_RECEIPT_KEY);
}

static void parse_addresses(struct ic_node_text *t, struct ic_node_cert *cert)
{
    do {
        struct ic_node_value v = ic_node_text_line(t, "addr");
        struct ic_node_prefix prefix;
        if (cert->address_count == IC_NODE_ADDRESSES_MAX || !ic_node_prefix_parse(v, &prefix) ||
            (cert->address_count > 0 &&
             !ic_node_prefix_is_after(&cert->addresses[cert->address_count - 1], &prefix)))
            ic_node_text_refuse(t, IC_NODE_ADDR);
        else
            cert->addresses[cert->address_count++] = prefix;
    } while (ic_node_text_is_next(t, "addr"));
}

static void parse_build(struct ic_node_text *t, struct ic_node_cert *cert)
{
    struct ic_node_value v = ic_node_text_line(t, "build");
    if (!ic_node_value_is(ic_node_value_split(&v, ':'), "sha256") ||
        !ic_node_value_hex(v, cert->build_sha256))
        ic_node_text_refuse(t, IC_NODE_BUILD);
}

enum ic_node_reason ic_node_cert_parse(const uint8_t *text, size_t len, struct ic_node_cert *out)
{
    struct ic_node_cert cert = {0};
    if (len > IC_NODE_CERT_MAX)
        return IC_NODE_TOO_LARGE;
    struct ic_node_text t = ic_node_text_init(text, len, kind);
    parse_name(&t, &cert);
    if (!ic_node_value_number(ic_node_text_line(&t, "serial"), 1, IC_NODE_SERIAL_MAX, &cert.serial))
        ic_node_text_refuse(&t, IC_NODE_SERIAL);
    parse_region(&t, &cert);
    if (!read_groups(ic_node_text_line(&t, "region-groups"), cert.country, &cert.groups))
        ic_node_text_refuse(&t, IC_NODE_REGION_GROUPS);
    if (!ic_node_site_parse(ic_node_text_line(&t, "site"), &cert.site))
        ic_node_text_refuse(&t, IC_NODE_SITE);
    parse_entity(&t, &cert);
    if (!read_roles(ic_node_text_line(&t, "roles"), &cert.roles))
        ic_node_text_refuse(&t, IC_NODE_ROLES);
    if (!ic_node_value_hex(ic_node_text_line(&t, "dtls-sha256"), cert.dtls_sha256))
        ic_node_text_refuse(&t, IC_NODE_DTLS_SHA256);
    parse_receipt_key(&t, &cert);
    parse_addresses(&t, &cert);
    ic_node_note_parse_times(&t, &cert.not_before_s, &cert.not_after_s);
    parse_build(&t, &cert);
    enum ic_node_reason reason = ic_node_text_end(&t);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_note_check_span(cert.not_before_s, cert.not_after_s,
                                         IC_NODE_CERT_VALIDITY_MAX_S);
    if (reason == IC_NODE_GOOD)
        *out = cert;
    return reason;
}

enum ic_node_reason ic_node_cert_open(const uint8_t *bytes, size_t len,
                                      const struct ic_operator_keys *keys, uint64_t now_s,
                                      struct ic_node_cert *out)
{
    struct ic_node_cert cert;
    struct ic_note note;
    enum ic_node_reason reason = ic_node_note_parse(bytes, len, IC_NODE_CERT_MAX, &note);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_cert_parse(note.text, note.text_len, &cert);
    if (reason == IC_NODE_GOOD)
        reason = ic_operator_keys_verify(keys, &note);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_note_check_time(cert.not_before_s, cert.not_after_s, now_s);
    if (reason == IC_NODE_GOOD)
        *out = cert;
    return reason;
}

/* ---- writing ---- */

static void write_groups(struct ic_wr *w, uint8_t groups)
{
    ic_wr_text(w, groups == 0 ? "region-groups -" : "region-groups");
    for (unsigned i = 0; i < IC_COUNTRY_GROUPS; i++)
        if ((groups & 1u << i) != 0) {
            ic_wr_u8(w, ' ');
            ic_wr_text(w, ic_country_group_name((enum ic_country_group)i));
        }
    ic_wr_u8(w, '\n');
}

static void write_degrees(struct ic_wr *w, int hundredths)
{
    unsigned n = (unsigned)(hundredths < 0 ? -hundredths : hundredths);
    ic_wr_text(w, hundredths < 0 ? " -" : " ");
    ic_wr_decimal(w, n / 100);
    ic_wr_u8(w, '.');
    ic_wr_u8(w, (uint8_t)('0' + n / 10 % 10));
    ic_wr_u8(w, (uint8_t)('0' + n % 10));
}

static void write_site(struct ic_wr *w, const struct ic_node_site *site)
{
    ic_wr_text(w, "site");
    write_degrees(w, site->latitude_cdeg);
    write_degrees(w, site->longitude_cdeg);
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, site->radius_km);
    ic_wr_u8(w, '\n');
}

static void write_roles(struct ic_wr *w, uint8_t bits)
{
    ic_wr_text(w, "roles");
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if ((bits & roles[i].role) != 0) {
            ic_wr_u8(w, ' ');
            ic_wr_text(w, roles[i].name);
        }
    ic_wr_u8(w, '\n');
}

static void write_keys(struct ic_wr *w, const struct ic_node_cert *cert)
{
    ic_wr_text(w, "dtls-sha256 ");
    ic_node_text_write_hex(w, cert->dtls_sha256);
    ic_wr_text(w, "\nreceipt-key ");
    ic_note_key_write(w, &cert->receipt_key);
    ic_wr_u8(w, '\n');
}

void ic_node_cert_write(struct ic_wr *w, const struct ic_node_cert *cert)
{
    ic_wr_text(w, kind);
    ic_wr_u8(w, '\n');
    ic_node_text_write(w, "node", cert->name);
    ic_node_text_write_number(w, "serial", cert->serial);
    ic_node_text_write(w, "region", cert->country);
    write_groups(w, cert->groups);
    write_site(w, &cert->site);
    ic_node_text_write(w, "entity", cert->entity);
    write_roles(w, cert->roles);
    write_keys(w, cert);
    for (size_t i = 0; i < cert->address_count; i++) {
        ic_wr_text(w, "addr ");
        ic_node_prefix_write(w, &cert->addresses[i]);
        ic_wr_u8(w, '\n');
    }
    ic_node_text_write_time(w, "not-before", cert->not_before_s);
    ic_node_text_write_time(w, "not-after", cert->not_after_s);
    ic_wr_text(w, "build sha256:");
    ic_node_text_write_hex(w, cert->build_sha256);
    ic_wr_u8(w, '\n');
}

/* ---- addresses ---- */

void ic_node_cert_sort(struct ic_node_cert *cert)
{
    for (size_t i = 1; i < cert->address_count; i++)
        for (size_t k = i;
             k > 0 && ic_node_prefix_compare(&cert->addresses[k], &cert->addresses[k - 1]) < 0;
             k--) {
            struct ic_node_prefix later = cert->addresses[k];
            cert->addresses[k] = cert->addresses[k - 1];
            cert->addresses[k - 1] = later;
        }
}

bool ic_node_cert_covers(const struct ic_node_cert *cert, const struct ic_addr *addr)
{
    for (size_t i = 0; i < cert->address_count; i++)
        if (ic_node_prefix_has(&cert->addresses[i], addr))
            return true;
    return false;
}
