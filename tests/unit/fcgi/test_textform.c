/*
 * test_textform.c: formats, leniently.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "op/textform.h"

/* clang-format off */
static const struct {
	const char *format;
	const char *text;
	bool ok;
} samples[] = {
	{"date", "2026-07-28", true},
	{"date", "2024-02-29", true},
	{"date", "2000-02-29", true},
	{"date", "1900-02-29", false},
	{"date", "2026-02-29", false},
	{"date", "2026-04-31", false},
	{"date", "2026-13-01", false},
	{"date", "2026-00-01", false},
	{"date", "2026-1-1", false},
	{"date", "20260728", false},
	{"date", "2026-07-28x", false},
	{"date", "", false},
	{"time", "12:00:00Z", true},
	{"time", "23:59:60.5+02:00", true},
	{"time", "12:00:00", false},
	{"time", "24:00:00Z", false},
	{"time", "12:00:00.Z", false},
	{"time", "12:00", false},
	{"date-time", "2026-07-28T12:00:00Z", true},
	{"date-time", "2026-07-28t12:00:00.123-11:30", true},
	{"date-time", "2026-07-28", false},
	{"date-time", "2026-07-28T12:00:00", false},
	{"date-time", "2026-07-28X12:00:00Z", false},
	{"date-time", "2026-07-28T12:00:00+2:00", false},
	{"email", "a@b.example", true},
	{"email", "a@b@c", false},
	{"email", "@b", false},
	{"email", "a@", false},
	{"email", "a b@c", false},
	{"email", "a", false},
	{"uri", "https://example.org/x?y#z", true},
	{"uri", "urn:x:y", true},
	{"uri", "a+b-c.d:", true},
	{"uri", "//example.org", false},
	{"uri", "1x:y", false},
	{"uri", "http://a b", false},
	{"uri", "", false},
	{"uuid", "00000000-0000-4000-8000-000000000000", true},
	{"uuid", "00000000000040008000000000000000", false},
	{"hostname", "anything goes", true},
};
/* clang-format on */

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		if (textform_ok(samples[i].format, str_from(samples[i].text)) !=
		    samples[i].ok)
			fail_msg("%s: %s", samples[i].format, samples[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
