#include "shell/cores.h"

#include <sched.h>
#include <stddef.h>

uint32_t ic_cores_list(int cores[static IC_CORES_MAX])
{
    cpu_set_t set;
    uint32_t count = 0;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 0;
    for (int i = 0; i < CPU_SETSIZE && count < IC_CORES_MAX; i++) {
        if (CPU_ISSET((size_t)i, &set))
            cores[count++] = i;
    }
    return count;
}

uint32_t ic_cores_or(uint32_t count)
{
    int cores[IC_CORES_MAX];
    if (count > 0)
        return count;
    uint32_t core_count = ic_cores_list(cores);
    return core_count == 0 ? 1 : core_count;
}
