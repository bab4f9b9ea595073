/* Secret bytes from the kernel. */
#ifndef IC_SHELL_ENTROPY_H
#define IC_SHELL_ENTROPY_H

#include "base/prng.h"

/* The kernel's generator as the core takes it; a failure of the kernel aborts the process. */
struct ic_entropy ic_entropy_kernel(void);
uint64_t ic_entropy_u64(void);

#endif
