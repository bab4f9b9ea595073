#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void ic_assert_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "incamera: bug: %s is false at %s:%d\n", condition, file, line);
    abort();
}
