/*
 * test_addr_name.c: names that have one meaning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "addr_name.h"
#include "attr.h"

static const struct {
	const char *name;
	enum addr_class want;
} cases[] = {
    {"localhost", ADDR_LOOPBACK},
    {"a.localhost", ADDR_LOOPBACK},
    {"a.b.localhost", ADDR_LOOPBACK},
    {"localhost.localdomain", ADDR_LOOPBACK},
    {"ip6-loopback", ADDR_LOOPBACK},
    {"metadata", ADDR_METADATA},
    {"metadata.google.internal", ADDR_METADATA},
    {"instance-data.ec2.internal", ADDR_METADATA},
    {"", ADDR_PUBLIC},
    {".", ADDR_PUBLIC},
    {"notlocalhost", ADDR_PUBLIC},
    {"localhost.example.com", ADDR_PUBLIC},
    {"metadata.example.com", ADDR_PUBLIC},
    {"a.metadata.google.internal", ADDR_PUBLIC},
    {"example.com", ADDR_PUBLIC},
};

static void
test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		if (addr_name_class(str_from(cases[i].name)) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
