/* The look at a DTLS datagram before it costs anything: record and handshake headers (RFC 6347 4.1,
 * 4.2.2), nothing behind them. */
#ifndef IC_TRANSPORT_DTLS_RECORD_H
#define IC_TRANSPORT_DTLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IC_DTLS_VERSION_1_2 0xFEFD

enum ic_dtls_content {
    IC_DTLS_CONTENT_CHANGE_CIPHER_SPEC = 20,
    IC_DTLS_CONTENT_ALERT = 21,
    IC_DTLS_CONTENT_HANDSHAKE = 22,
    IC_DTLS_CONTENT_APPLICATION = 23,
};

enum ic_dtls_message {
    IC_DTLS_MESSAGE_CLIENT_HELLO = 1,
    IC_DTLS_MESSAGE_SERVER_HELLO = 2,
};

/* The datagram consists of whole DTLS 1.2 records (of versions that a first flight may carry), and
 * no handshake message in the clear declares more than IC_DTLS_MESSAGE_MAX bytes or stands beyond
 * the IC_DTLS_MESSAGES_MAX-th: what is reserved for reassembly is bounded by that. Alerts in the
 * clear are refused: anybody can forge them, and a handshake that really failed ends by its
 * deadline. hello  set when it begins with (a fragment of) a ClientHello in the clear */
bool ic_dtls_record_check(const uint8_t *bytes, size_t len, bool *hello);

#endif
