/* room: shell */
/* Bytes on the control socket as a request to drain: what parses is written back byte for byte. */
#include <string.h>

#include "base/assert.h"
#include "shell/drain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t out[IC_DRAIN_REQUEST_LEN];
    struct ic_drain_request request;
    if (ic_drain_request_parse(data, size, &request) != IC_OK)
        return 0;
    IC_ASSERT(request.seconds > 0 && request.seconds <= IC_DRAIN_SECONDS_MAX);
    ic_drain_request_write(&request, out);
    IC_ASSERT(size == sizeof out && memcmp(out, data, size) == 0);
    return 0;
}
