#include "shell/entropy.h"

#include <errno.h>
#include <sys/random.h>

#include "base/assert.h"

static void fill(void *context, uint8_t *out, size_t n)
{
    (void)context;
    size_t done = 0;
    while (done < n) {
        ssize_t got = getrandom(&out[done], n - done, 0);
        IC_ASSERT(got >= 0 || errno == EINTR);
        if (got > 0)
            done += (size_t)got;
    }
}

struct ic_entropy ic_entropy_kernel(void)
{
    return (struct ic_entropy){.fill = fill};
}

uint64_t ic_entropy_u64(void)
{
    uint64_t value;
    fill(NULL, (uint8_t *)&value, sizeof value);
    return value;
}
