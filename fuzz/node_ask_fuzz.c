/* room: cluster */
/* Asks and answers between nodes, as the bus brings them: what parses is written back byte for
 * byte, and what it lends lies within. */
#include <string.h>

#include "base/assert.h"
#include "cluster/node_ask.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct ic_wr *w, const uint8_t *data, size_t size)
{
    IC_ASSERT(ic_wr_ok(w) && w->len == size && memcmp(w->base, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[IC_NODE_CERT_MAX + IC_TLOG_PROOF_MAX + 16];
    struct ic_node_ask ask;
    struct ic_node_answer answer;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    if (ic_node_ask_parse(data, size, &ask) == IC_OK) {
        ic_node_ask_write(&w, &ask);
        check_same(&w, data, size);
    }
    w = ic_wr_init(out, sizeof out);
    if (ic_node_answer_parse(data, size, &answer) == IC_OK) {
        ic_node_answer_write(&w, &answer);
        check_same(&w, data, size);
    }
    return 0;
}
