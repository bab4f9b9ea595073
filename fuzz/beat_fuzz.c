/* room: cluster */
/* Beats as the bus brings them: what parses is written back byte for byte, and whatever a node
 * hears, its leases never run longer than three seconds from now. */
#include "base/assert.h"
#include "cluster/lease.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[IC_BEAT_BYTES_MAX];
    static struct ic_beat beat, own;
    static struct ic_leases leases;
    const struct ic_lease_config config = {.node = {1}, .incarnation = 1, .first_seq = 8};
    struct ic_time now = {1000000};
    if (ic_beat_parse(data, size, &beat) != IC_OK)
        return 0;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_beat_write(&w, &beat);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    ic_leases_init(&leases, &config);
    for (int i = 0; i < 3; i++) {
        ic_leases_beat(&leases, now, &own);
        now = ic_time_add(now, IC_SEC(1));
        if (ic_leases_input(&leases, now, &beat) != IC_OK)
            continue;
        const struct ic_lease *lease = ic_leases_find(&leases, beat.node);
        struct ic_time last = ic_time_add(now, IC_MS(IC_LEASE_EXPIRY_MS));
        IC_ASSERT(lease == NULL || ic_time_before(ic_lease_end(lease), last));
        IC_ASSERT(ic_time_before(ic_leases_own_end(&leases), last));
    }
    return 0;
}
