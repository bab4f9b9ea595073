/* cmocka with the headers that it wants before itself. */
#ifndef IC_TESTS_CMOCKA_ALL_H
#define IC_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#endif
