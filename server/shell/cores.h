/* The cores that this process may use. */
#ifndef IC_SHELL_CORES_H
#define IC_SHELL_CORES_H

#include <stdint.h>

#define IC_CORES_MAX 64

/* Their numbers, in order; the result is how many, 0 when the kernel does not tell. */
uint32_t ic_cores_list(int cores[static IC_CORES_MAX]);
/* Threads for a setting where 0 means one per core. */
uint32_t ic_cores_or(uint32_t count);

#endif
