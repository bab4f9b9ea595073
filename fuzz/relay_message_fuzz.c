/* room: cluster */
/* What another node says on the channel: what parses is written back byte for byte, what it lends
 * lies within, and lengths of a stream never lead past its end. */
#include <string.h>

#include "base/assert.h"
#include "cluster/relay_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[IC_RELAY_MESSAGE_MAX];
    static struct ic_relay_message m;
    size_t len = 0;
    while (ic_relay_message_len(data, size, &len) == IC_OK && len <= size) {
        struct ic_wr w = ic_wr_init(out, sizeof out);
        if (ic_relay_message_parse(data, len, &m) == IC_OK) {
            IC_ASSERT(m.policy == NULL ||
                      (m.policy >= data && m.policy + m.policy_len <= data + len));
            IC_ASSERT(m.note == NULL || (m.note >= data && m.note + m.note_len <= data + len));
            ic_relay_message_write(&w, &m);
            IC_ASSERT(ic_wr_ok(&w) && w.len == len && memcmp(out, data, len) == 0);
        }
        data += len;
        size -= len;
    }
    return 0;
}
