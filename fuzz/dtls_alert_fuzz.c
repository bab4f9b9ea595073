/* room: transport
 * Datagrams to a settled connection, and of our own to what notes their numbers: nothing but an
 * authentic alert ends it, and what is said last is understood at the other end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/dtls_alert.h"

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* The numbers of the last record that we sent come from the input, too. */
static void say_the_end(const struct ic_dtls_secrets *secrets, const uint8_t *data, size_t size)
{
    struct ic_dtls_sent sent = {0};
    struct ic_dtls_alert client, server;
    uint8_t out[IC_DTLS_ALERT_MAX];
    ic_dtls_sent_note(&sent, data, size);
    if (ic_dtls_alert_init(&client, secrets, true, &sent) != IC_OK) {
        require(sent.number == 0);
        return;
    }
    require(ic_dtls_alert_init(&server, secrets, false, &sent) == IC_OK);
    require(!ic_dtls_alert_is_end(&server, data, size));
    size_t len = ic_dtls_alert_write_close(&client, out, sizeof out);
    require(len == sizeof out || (len == 0 && (sent.number + 1) >> 48 != 1));
    require(len == 0 || out[20] == (uint8_t)(sent.nonce + 1)); /* never used before */
    require(ic_dtls_alert_is_end(&server, out, len) == (len > 0));
    require(ic_dtls_alert_write_close(&client, out, sizeof out) == 0);
    ic_dtls_alert_wipe(&server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct ic_dtls_secrets secrets = {
        .master = {1}, .client_random = {2}, .server_random = {3}};
    const struct ic_dtls_sent sent = {.number = UINT64_C(1) << 48 | 1, .nonce = 7};
    struct ic_dtls_alert alert;
    require(ic_dtls_alert_init(&alert, &secrets, false, &sent) == IC_OK);
    require(!ic_dtls_alert_is_end(&alert, data, size));
    say_the_end(&secrets, data, size);
    return 0;
}
