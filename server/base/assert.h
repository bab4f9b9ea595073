/* Assertions stay on in release: pre- and postconditions of our own code, never peer input. */
#ifndef IC_BASE_ASSERT_H
#define IC_BASE_ASSERT_H

#include <assert.h>

/* Print the broken condition with its place and abort. */
_Noreturn void ic_assert_fail(const char *condition, const char *file, int line);

#define IC_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : ic_assert_fail(#condition, __FILE__, __LINE__))

#endif
