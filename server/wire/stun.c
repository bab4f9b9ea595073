/* STUN parser and writer. RFC 8489 5 (header), 14 (attributes), RFC 8445 16.1 (ICE attributes).
 * Leaves out: long-term credentials, MESSAGE-INTEGRITY-SHA256 (ICE uses HMAC-SHA1, RFC 8445 7.1),
 * ALTERNATE-SERVER, the RFC 3489 form without a magic cookie. */
#include "wire/stun.h"

#include <string.h>

#include "base/rd.h"

enum attribute {
    ATTRIBUTE_MAPPED_ADDRESS = 0x0001,
    ATTRIBUTE_USERNAME = 0x0006,
    ATTRIBUTE_MESSAGE_INTEGRITY = 0x0008,
    ATTRIBUTE_ERROR_CODE = 0x0009,
    ATTRIBUTE_UNKNOWN_ATTRIBUTES = 0x000A,
    ATTRIBUTE_REALM = 0x0014,
    ATTRIBUTE_NONCE = 0x0015,
    ATTRIBUTE_XOR_MAPPED_ADDRESS = 0x0020,
    ATTRIBUTE_PRIORITY = 0x0024,
    ATTRIBUTE_USE_CANDIDATE = 0x0025,
    ATTRIBUTE_FINGERPRINT = 0x8028,
    ATTRIBUTE_ICE_CONTROLLED = 0x8029,
    ATTRIBUTE_ICE_CONTROLLING = 0x802A,
};

/* RFC 8489 14: types below are comprehension-required, from here on comprehension-optional. */
#define OPTIONAL_FROM 0x8000

/* RFC 8489 14.7: "XOR'ed with the 32-bit value 0x5354554e" */
#define FINGERPRINT_XOR 0x5354554EU

#define ATTRIBUTE_HEADER_LEN 4
#define FAMILY_IPV4          0x01
#define FAMILY_IPV6          0x02

/* CRC-32 of ITU V.42 (RFC 8489 14.7), four bits a step. */
static uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < len; i++) {
        crc = (crc >> 4) ^ table[(crc ^ bytes[i]) & 15];
        crc = (crc >> 4) ^ table[(crc ^ (uint32_t)(bytes[i] >> 4)) & 15];
    }
    return ~crc;
}

/* An IPv4 address comes out v4-mapped, an IPv6 address as it is: a v4-mapped one from the wire is
 * then the same address, normalised. */
static bool parse_mapped(struct ic_stun *m, struct ic_rd value)
{
    /* RFC 8489 14.2: XOR with the magic cookie, and beyond it with the transaction id. */
    uint8_t key[4 + IC_STUN_TRANSACTION_LEN];
    struct ic_wr key_writer = ic_wr_init(key, sizeof key);
    ic_wr_u32(&key_writer, IC_STUN_MAGIC_COOKIE);
    ic_wr_bytes(&key_writer, m->transaction, IC_STUN_TRANSACTION_LEN);
    ic_rd_skip(&value, 1);
    uint8_t family = ic_rd_u8(&value);
    uint16_t port = (uint16_t)(ic_rd_u16(&value) ^ (IC_STUN_MAGIC_COOKIE >> 16));
    size_t ip_len = value.left;
    const uint8_t *ip = ic_rd_take(&value, ip_len);
    if (!ic_rd_ok(&value) || ip == NULL)
        return false;
    if (family == FAMILY_IPV4 && ip_len == 4)
        m->mapped =
            ic_addr_v4(ip[0] ^ key[0], ip[1] ^ key[1], ip[2] ^ key[2], ip[3] ^ key[3], port);
    else if (family == FAMILY_IPV6 && ip_len == 16) {
        m->mapped.port = port;
        for (size_t i = 0; i < 16; i++)
            m->mapped.ip[i] = ip[i] ^ key[i];
    } else
        return false;
    m->has_mapped = true;
    return true;
}

static bool parse_error_code(struct ic_stun *m, struct ic_rd value)
{
    uint32_t word = ic_rd_u32(&value);
    uint32_t hundreds = word >> 8 & 7;
    uint32_t number = word & 0xff;
    /* RFC 8489 14.8: "The Class represents the hundreds digit of the error code. The value MUST be
     * between 3 and 6. The Number [...] value MUST be between 0 and 99." */
    if (!ic_rd_ok(&value) || hundreds < 3 || hundreds > 6 || number > 99)
        return false;
    m->error_code = (uint16_t)(hundreds * 100 + number);
    return true;
}

static bool parse_role(struct ic_stun *m, bool controlling, struct ic_rd value)
{
    uint64_t tie_breaker = ic_rd_u64(&value);
    if (!ic_rd_done(&value))
        return false;
    if (m->has_controlling || m->has_controlled)
        return m->has_controlling == controlling; /* both roles at once make no sense */
    m->has_controlling = controlling;
    m->has_controlled = !controlling;
    m->tie_breaker = tie_breaker;
    return true;
}

static bool parse_integrity(struct ic_stun *m, size_t offset, struct ic_rd value)
{
    const uint8_t *hmac = ic_rd_take(&value, IC_STUN_INTEGRITY_LEN);
    if (!ic_rd_done(&value))
        return false;
    /* RFC 5389 15.4: "the length field should be adjusted to point to the end of the
     * MESSAGE-INTEGRITY attribute prior to calculating the HMAC." */
    size_t length = offset + ATTRIBUTE_HEADER_LEN + IC_STUN_INTEGRITY_LEN - IC_STUN_HEADER_LEN;
    m->integrity = hmac;
    m->integrity_offset = offset;
    m->integrity_length[0] = (uint8_t)(length >> 8);
    m->integrity_length[1] = (uint8_t)length;
    return true;
}

static bool parse_fingerprint(struct ic_stun *m, const uint8_t *bytes, size_t offset,
                              struct ic_rd value)
{
    uint32_t fingerprint = ic_rd_u32(&value);
    m->has_fingerprint = true;
    return ic_rd_done(&value) && fingerprint == (crc32_of(bytes, offset) ^ FINGERPRINT_XOR);
}

static bool parse_priority(struct ic_stun *m, struct ic_rd value)
{
    uint32_t priority = ic_rd_u32(&value);
    if (!m->has_priority)
        m->priority = priority;
    m->has_priority = true;
    return ic_rd_done(&value);
}

static bool parse_username(struct ic_stun *m, struct ic_rd value)
{
    size_t len = value.left;
    if (len == 0 || len > IC_STUN_USERNAME_MAX)
        return false;
    if (m->username == NULL) {
        m->username_len = len;
        m->username = ic_rd_take(&value, len);
    }
    return true;
}

static bool note_unknown(struct ic_stun *m, uint16_t type)
{
    if (type < OPTIONAL_FROM && m->unknown_count < IC_STUN_UNKNOWN_MAX)
        m->unknown[m->unknown_count++] = type;
    return true;
}

/* One attribute that stands before MESSAGE-INTEGRITY, or is it. */
static bool parse_attribute(struct ic_stun *m, uint16_t type, size_t offset, struct ic_rd value)
{
    switch (type) {
    case ATTRIBUTE_USERNAME:
        return parse_username(m, value);
    case ATTRIBUTE_MESSAGE_INTEGRITY:
        return parse_integrity(m, offset, value);
    case ATTRIBUTE_ERROR_CODE:
        return m->error_code != 0 || parse_error_code(m, value);
    case ATTRIBUTE_XOR_MAPPED_ADDRESS:
        return m->has_mapped || parse_mapped(m, value);
    case ATTRIBUTE_PRIORITY:
        return parse_priority(m, value);
    case ATTRIBUTE_USE_CANDIDATE:
        m->has_use_candidate = true;
        return value.left == 0;
    case ATTRIBUTE_ICE_CONTROLLED:
    case ATTRIBUTE_ICE_CONTROLLING:
        return parse_role(m, type == ATTRIBUTE_ICE_CONTROLLING, value);
    case ATTRIBUTE_MAPPED_ADDRESS:
    case ATTRIBUTE_UNKNOWN_ATTRIBUTES:
    case ATTRIBUTE_REALM:
    case ATTRIBUTE_NONCE:
        return true; /* understood, of no use to ICE */
    default:
        return note_unknown(m, type);
    }
}

static bool parse_header(struct ic_stun *m, struct ic_rd *r, size_t len)
{
    uint16_t type = ic_rd_u16(r);
    uint16_t length = ic_rd_u16(r);
    uint32_t cookie = ic_rd_u32(r);
    m->transaction = ic_rd_take(r, IC_STUN_TRANSACTION_LEN);
    if (!ic_rd_ok(r))
        return false;
    /* RFC 8489 5: "The most significant 2 bits of every STUN message MUST be zeroes." "the last 2
     * bits of this field are always zero." */
    if (type >> 14 != 0 || length % 4 != 0 || cookie != IC_STUN_MAGIC_COOKIE)
        return false;
    if (length != len - IC_STUN_HEADER_LEN)
        return false;
    m->message_class = (enum ic_stun_class)((type >> 7 & 2) | (type >> 4 & 1));
    m->method = (uint16_t)((type & 0xf) | (type >> 1 & 0x70) | (type >> 2 & 0xf80));
    return true;
}

enum ic_err ic_stun_parse(const uint8_t *bytes, size_t len, struct ic_stun *out)
{
    struct ic_stun m = {0};
    struct ic_rd r = ic_rd_init(bytes, len);
    if (!parse_header(&m, &r, len))
        return IC_ERR_INPUT;
    while (r.left > 0) {
        size_t offset = len - r.left;
        uint16_t type = ic_rd_u16(&r);
        uint16_t length = ic_rd_u16(&r);
        struct ic_rd value = ic_rd_sub(&r, length);
        ic_rd_skip(&r, -(size_t)length & 3);
        /* RFC 8489 14.7: "the FINGERPRINT attribute MUST be the last attribute in the message" */
        if (!ic_rd_ok(&r) || m.has_fingerprint)
            return IC_ERR_INPUT;
        bool good = true;
        if (type == ATTRIBUTE_FINGERPRINT)
            good = parse_fingerprint(&m, bytes, offset, value);
        else if (m.integrity == NULL) /* RFC 8489 14.5: "agents MUST ignore all other attributes" */
            good = parse_attribute(&m, type, offset, value);
        if (!good)
            return IC_ERR_INPUT;
    }
    *out = m;
    return IC_OK;
}

void ic_stun_write_header(struct ic_wr *w, enum ic_stun_class message_class, uint16_t method,
                          const uint8_t transaction[static IC_STUN_TRANSACTION_LEN])
{
    unsigned c = (unsigned)message_class;
    ic_wr_u16(w, (uint16_t)((method & 0xfU) | (method & 0x70U) << 1 | (method & 0xf80U) << 2 |
                            (c & 1U) << 4 | (c & 2U) << 7));
    ic_wr_u16(w, 0);
    ic_wr_u32(w, IC_STUN_MAGIC_COOKIE);
    ic_wr_bytes(w, transaction, IC_STUN_TRANSACTION_LEN);
}

/* Zeros up to a multiple of 4. */
static void write_padding(struct ic_wr *w)
{
    ic_wr_zeros(w, -w->len & 3);
}

void ic_stun_write_username(struct ic_wr *w, const char *receiver, const char *sender)
{
    ic_wr_u16(w, ATTRIBUTE_USERNAME);
    size_t mark = ic_wr_open16(w);
    ic_wr_text(w, receiver);
    ic_wr_u8(w, ':');
    ic_wr_text(w, sender);
    ic_wr_close16(w, mark);
    write_padding(w);
}

void ic_stun_write_priority(struct ic_wr *w, uint32_t priority)
{
    ic_wr_u16(w, ATTRIBUTE_PRIORITY);
    ic_wr_u16(w, 4);
    ic_wr_u32(w, priority);
}

void ic_stun_write_use_candidate(struct ic_wr *w)
{
    ic_wr_u16(w, ATTRIBUTE_USE_CANDIDATE);
    ic_wr_u16(w, 0);
}

void ic_stun_write_role(struct ic_wr *w, bool controlling, uint64_t tie_breaker)
{
    ic_wr_u16(w, controlling ? ATTRIBUTE_ICE_CONTROLLING : ATTRIBUTE_ICE_CONTROLLED);
    ic_wr_u16(w, 8);
    ic_wr_u64(w, tie_breaker);
}

void ic_stun_write_mapped(struct ic_wr *w, const struct ic_addr *addr)
{
    bool v4 = ic_addr_is_v4(addr);
    size_t first = v4 ? 12 : 0;
    ic_wr_u16(w, ATTRIBUTE_XOR_MAPPED_ADDRESS);
    size_t mark = ic_wr_open16(w);
    ic_wr_u8(w, 0);
    ic_wr_u8(w, v4 ? FAMILY_IPV4 : FAMILY_IPV6);
    ic_wr_u16(w, (uint16_t)(addr->port ^ (IC_STUN_MAGIC_COOKIE >> 16)));
    /* The key is the message's own cookie and transaction id: its bytes 4 to 19. */
    for (size_t i = first; i < 16 && ic_wr_ok(w); i++)
        ic_wr_u8(w, addr->ip[i] ^ w->base[4 + i - first]);
    ic_wr_close16(w, mark);
}

void ic_stun_write_error(struct ic_wr *w, enum ic_stun_error code)
{
    unsigned value = (unsigned)code;
    ic_wr_u16(w, ATTRIBUTE_ERROR_CODE);
    ic_wr_u16(w, 4);
    ic_wr_u16(w, 0);
    ic_wr_u8(w, (uint8_t)(value / 100));
    ic_wr_u8(w, (uint8_t)(value % 100));
}

void ic_stun_write_unknown(struct ic_wr *w, const uint16_t *types, size_t count)
{
    ic_wr_u16(w, ATTRIBUTE_UNKNOWN_ATTRIBUTES);
    size_t mark = ic_wr_open16(w);
    for (size_t i = 0; i < count; i++)
        ic_wr_u16(w, types[i]);
    ic_wr_close16(w, mark);
    write_padding(w);
}

size_t ic_stun_write_integrity(struct ic_wr *w)
{
    size_t offset = w->len;
    ic_wr_u16(w, ATTRIBUTE_MESSAGE_INTEGRITY);
    ic_wr_u16(w, IC_STUN_INTEGRITY_LEN);
    ic_wr_zeros(w, IC_STUN_INTEGRITY_LEN);
    ic_wr_patch16(w, 2, (uint16_t)(w->len - IC_STUN_HEADER_LEN));
    return offset;
}

void ic_stun_set_integrity(struct ic_wr *w, size_t offset,
                           const uint8_t value[static IC_STUN_INTEGRITY_LEN])
{
    if (w->bad || w->len - offset < ATTRIBUTE_HEADER_LEN + IC_STUN_INTEGRITY_LEN)
        w->bad = true;
    else
        memcpy(&w->base[offset + ATTRIBUTE_HEADER_LEN], value, IC_STUN_INTEGRITY_LEN);
}

void ic_stun_write_fingerprint(struct ic_wr *w)
{
    size_t offset = w->len;
    ic_wr_u16(w, ATTRIBUTE_FINGERPRINT);
    ic_wr_u16(w, 4);
    /* RFC 8489 14.7: "prior to computation of the CRC, this value must be correct and include the
     * CRC attribute as part of the message length." */
    ic_wr_patch16(w, 2, (uint16_t)(offset + ATTRIBUTE_HEADER_LEN + 4 - IC_STUN_HEADER_LEN));
    if (ic_wr_ok(w))
        ic_wr_u32(w, crc32_of(w->base, offset) ^ FINGERPRINT_XOR);
}
