#include "transport/dtls_record.h"

#include "base/limits.h"
#include "base/rd.h"

#define VERSION_1_0 0xFEFF /* RFC 6347 4.2.1: in the record that carries the first ClientHello */

/* One or more handshake messages, or fragments of them. */
static bool check_handshake(struct ic_rd body, bool *hello)
{
    *hello = false;
    for (bool first = true; body.left > 0; first = false) {
        uint8_t type = ic_rd_u8(&body);
        uint32_t length = ic_rd_u24(&body);
        uint16_t message_seq = ic_rd_u16(&body);
        uint32_t offset = ic_rd_u24(&body);
        uint32_t fragment_length = ic_rd_u24(&body);
        ic_rd_skip(&body, fragment_length);
        if (!ic_rd_ok(&body) || length > IC_DTLS_MESSAGE_MAX ||
            message_seq >= IC_DTLS_MESSAGES_MAX || offset > length ||
            fragment_length > length - offset)
            return false;
        if (first)
            *hello = type == IC_DTLS_MESSAGE_CLIENT_HELLO;
    }
    return ic_rd_done(&body);
}

static bool check_record(struct ic_rd *r, bool *hello)
{
    uint8_t type = ic_rd_u8(r);
    uint16_t version = ic_rd_u16(r);
    uint16_t epoch = ic_rd_u16(r);
    ic_rd_skip(r, 6); /* sequence_number */
    uint16_t length = ic_rd_u16(r);
    struct ic_rd body = ic_rd_sub(r, length);
    *hello = false;
    if (!ic_rd_ok(r) || (version != IC_DTLS_VERSION_1_2 && version != VERSION_1_0))
        return false;
    if (type < IC_DTLS_CONTENT_CHANGE_CIPHER_SPEC || type > IC_DTLS_CONTENT_APPLICATION)
        return false;
    if (epoch != 0)
        return true; /* encrypted */
    if (type == IC_DTLS_CONTENT_HANDSHAKE)
        return length > 0 && check_handshake(body, hello);
    return type == IC_DTLS_CONTENT_CHANGE_CIPHER_SPEC;
}

bool ic_dtls_record_check(const uint8_t *bytes, size_t len, bool *hello)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    *hello = false;
    if (!check_record(&r, hello))
        return false;
    while (r.left > 0) {
        bool further;
        if (!check_record(&r, &further))
            return false;
    }
    return true;
}
