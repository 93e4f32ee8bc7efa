/* What the unit tests of sandboxd share. */
#ifndef MCPBOX_TESTS_UNIT_SANDBOXD_H
#define MCPBOX_TESTS_UNIT_SANDBOXD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#endif
