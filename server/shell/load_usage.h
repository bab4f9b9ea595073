/* What a process has used of the machine (/proc). */
#ifndef IC_SHELL_LOAD_USAGE_H
#define IC_SHELL_LOAD_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct ic_load_usage {
    int64_t user_us, system_us; /* of the processor, all threads; the kernel counts in 10 ms */
    int64_t run_us;             /* the two together, exactly; 0: the kernel does not say */
    int64_t main_us;            /* of that by its first thread, which does the signalling */
    int64_t resident_kib;
};

/* False: there is no such process, or it may not be looked at. */
bool ic_load_usage_read(int64_t pid, struct ic_load_usage *out);

#endif
