/* room: wire */
/* IcPolicy: what is accepted is the one encoding of what was read. */
#include "base/assert.h"
#include "wire/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[IC_POLICY_BYTES_MAX];
    struct ic_policy p;
    if (ic_policy_parse(data, size, &p) != IC_OK)
        return 0;
    IC_ASSERT(!ic_policy_is_unbound(data, size));
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_policy_write(&w, &p);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    IC_ASSERT(p.country_count > 0 && p.country_count <= IC_POLICY_COUNTRIES_MAX);
    IC_ASSERT(p.host_key_count <= IC_POLICY_HOST_KEYS_MAX);
    IC_ASSERT(p.host_key_count > 0 || p.lobby_mode == IC_LOBBY_OPEN);
    return 0;
}
