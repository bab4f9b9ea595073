/* What is left of a DTLS 1.2 connection when its handshake is over and the keys for media are
 * exported: enough to say that it ends, and to understand the peer that says so. RFC 6347 4.1,
 * RFC 5246 6.3 (key expansion), 7.2 (alerts), RFC 5288 (AES-GCM records); AES-128 alone. */
#ifndef IC_TRANSPORT_DTLS_ALERT_H
#define IC_TRANSPORT_DTLS_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IC_DTLS_ALERT_KEY_LEN  16
#define IC_DTLS_ALERT_SALT_LEN 4
#define IC_DTLS_RANDOM_LEN     32
#define IC_DTLS_MASTER_LEN     48
#define IC_DTLS_ALERT_MAX      39 /* header, nonce, alert, tag */

/* The last encrypted record that went out: the next one needs numbers that were never used. */
struct ic_dtls_sent {
    uint64_t number; /* epoch and sequence number; 0: none went out */
    uint64_t nonce;  /* its explicit part */
};

struct ic_dtls_alert {
    uint8_t write_key[IC_DTLS_ALERT_KEY_LEN], read_key[IC_DTLS_ALERT_KEY_LEN];
    uint8_t write_salt[IC_DTLS_ALERT_SALT_LEN], read_salt[IC_DTLS_ALERT_SALT_LEN];
    struct ic_dtls_sent sent;
};

/* What the record keys are made of. */
struct ic_dtls_secrets {
    uint8_t master[IC_DTLS_MASTER_LEN];
    uint8_t client_random[IC_DTLS_RANDOM_LEN], server_random[IC_DTLS_RANDOM_LEN];
};

/* Look at a datagram of ours, with whole records: those of epoch 1 are noted. */
void ic_dtls_sent_note(struct ic_dtls_sent *s, const uint8_t *bytes, size_t len);
/* Derive the record keys. The secrets are borrowed; the caller wipes them.
 *  sent  copied; a record went out encrypted (else IC_ERR_STATE)
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_dtls_alert_init(struct ic_dtls_alert *a,
                                            const struct ic_dtls_secrets *secrets, bool is_client,
                                            const struct ic_dtls_sent *sent);
/* Write the datagram that says close_notify and wipe the keys: there is nothing to say behind it.
 * Returns its length, 0 when there are no keys or no room. */
size_t ic_dtls_alert_write_close(struct ic_dtls_alert *a, uint8_t *out, size_t cap);
/* Does this datagram of the peer hold an authentic alert that ends the connection (close_notify, or
 * a fatal one)? Everything else is passed over. */
bool ic_dtls_alert_is_end(const struct ic_dtls_alert *a, const uint8_t *bytes, size_t len);
void ic_dtls_alert_wipe(struct ic_dtls_alert *a);

#endif
