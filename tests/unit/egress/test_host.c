/* Unit tests of sandboxd/egress/host.c and grant.c. */
#include "egress/grant.h"
#include "egress/host.h"

#include "lib_test.h"

static void
test_names(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
	    {"example.com", "example.com"},
	    {"EXAMPLE.Com", "example.com"},
	    {"example.com.", "example.com"},
	    {"a", "a"},
	    {"_dmarc.example.com", "_dmarc.example.com"},
	    {"xn--bcher-kva.example", "xn--bcher-kva.example"},
	    {"1.example", "1.example"},
	    {"1e100.net", "1e100.net"},
	    {"0x7f.example", "0x7f.example"},
	    {"127.0.0.1.nip.io", "127.0.0.1.nip.io"},
	    {"0xg", "0xg"},
	    {"1a", "1a"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct host h;
		const char *why;

		if (!host_read(str_from(cases[i].text), &h, &why))
			fail_test("%s: %s", cases[i].text, why);
		assert_false(h.literal);
		assert_string_equal(h.name, cases[i].want);
	}
}

/* Every spelling that inet_aton(3) knows. */
static void
test_literals(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
	    {"127.0.0.1", "127.0.0.1"},
	    {"127.0.0.1.", "127.0.0.1"},
	    {"2130706433", "127.0.0.1"},
	    {"0x7f000001", "127.0.0.1"},
	    {"0x7F.1", "127.0.0.1"},
	    {"017700000001", "127.0.0.1"},
	    {"0177.0.0.1", "127.0.0.1"},
	    {"0177.0.0.01", "127.0.0.1"},
	    {"127.1", "127.0.0.1"},
	    {"127.0.1", "127.0.0.1"},
	    {"127.0x1", "127.0.0.1"},
	    {"0x7f.0x0.0x0.0x1", "127.0.0.1"},
	    {"00000177.0.0.1", "127.0.0.1"},
	    {"0x0000007f.1", "127.0.0.1"},
	    {"0x00000000000000007f000001", "127.0.0.1"},
	    {"0", "0.0.0.0"},
	    {"0x", "0.0.0.0"},
	    {"00", "0.0.0.0"},
	    {"4294967295", "255.255.255.255"},
	    {"1.2.65535", "1.2.255.255"},
	    {"1.16777215", "1.255.255.255"},
	    {"3232255233", "192.168.77.1"},
	    {"0251.0376.0251.0376", "169.254.169.254"},
	    {"2852039166", "169.254.169.254"},
	    {"[::1]", "::1"},
	    {"[0:0:0:0:0:0:0:1]", "::1"},
	    {"[::FFFF:127.0.0.1]", "::ffff:127.0.0.1"},
	    {"[2001:DB8::]", "2001:db8::"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		char text[ADDR_TEXT_MAX];
		struct host h;
		const char *why;

		if (!host_read(str_from(cases[i].text), &h, &why))
			fail_test("%s: %s", cases[i].text, why);
		assert_true(h.literal);
		assert_string_equal(h.name, cases[i].want);
		addr_text(&h.addr, text);
		assert_string_equal(text, cases[i].want);
	}
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {"", ".", "..", "a..b", ".a", "a.b..",
	    "-a", "a-", "a.-b", "a b", "a/b", "a@b", "a:b", "a\\b", "a%41",
	    "b\xc3\xbc"
	    "cher",
	    "127.0.0.256", "256.1.1.1", "1.2.3.4.5", "1.2.3.65536",
	    "4294967296", "0x100000000", "08", "09.1.1.1", "1.2.3.08", "1..2",
	    "99999999999999999999", "a.1", "a.0x1", "example.08", "[", "[]",
	    "[::1", "::1", "[127.0.0.1]", "[::1%lo]", "[::1%25lo]", "[::g]",
	    "[::1]x", "x[::1]", "*", "*.example.com", "a,b", "a!b"};
	char text[300];
	struct host h;
	const char *why;

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		if (host_read(str_from(bad[i]), &h, &why))
			fail_test("accepted %s as %s", bad[i], h.name);
		assert_non_null(why);
	}
	assert_false(host_read(STR_LIT("a\0b"), &h, &why));
	memset(text, 'a', sizeof(text));
	for (size_t i = 60; i < sizeof(text); i += 61)
		text[i] = '.';
	assert_true(host_read((struct str){text, 253}, &h, &why));
	assert_int_equal(strlen(h.name), 253);
	assert_false(host_read((struct str){text, 254}, &h, &why));
	memset(text, 'a', sizeof(text));
	assert_true(host_read((struct str){text, 63}, &h, &why));
	assert_false(host_read((struct str){text, 64}, &h, &why));
}

/* --- grants --- */

static bool
grants(const char *line, const char *host, uint16_t port, bool *private)
{
	struct str lines[] = {str_from(line)};
	struct grants g;
	struct host h;
	const char *why;
	bool ok;

	assert_true(host_read(str_from(host), &h, &why));
	grants_read(&g, lines, 1);
	ok = grants_match(&g, &h, port, private);
	grants_free(&g);
	return ok;
}

static void
test_grants(void **state)
{
	static const struct {
		const char *line;
		const char *host;
		uint16_t port;
		bool want;
		bool private;
	} cases[] = {
	    {"example.com:443", "example.com", 443, true, false},
	    {"example.com:443", "example.com", 80, false, false},
	    {"example.com:443", "example.com", 4430, false, false},
	    {"example.com:*", "example.com", 80, true, false},
	    {"example.com:*", "example.com", 65535, true, false},
	    {"private example.com:443", "example.com", 443, true, true},
	    {"example.com:443", "www.example.com", 443, false, false},
	    {"www.example.com:443", "example.com", 443, false, false},
	    {"example.com:443", "example.com.evil.test", 443, false, false},
	    {"example.com:443", "xexample.com", 443, false, false},
	    {"EXAMPLE.com:443", "example.com", 443, true, false},
	    {"93.184.216.34:80", "0x5db8d822", 80, true, false},
	    {"93.184.216.34:80", "93.184.216.35", 80, false, false},
	    {"[2606:4700::1111]:80", "[2606:4700:0::1111]", 80, true, false},
	    {"private [fd00::1]:*", "[fd00::1]", 9, true, true},
	    {"1.2.3.4:80", "[::ffff:1.2.3.4]", 80, false, false},
	    /* These are no grants. */
	    {"example.com", "example.com", 443, false, false},
	    {"example.com:", "example.com", 443, false, false},
	    {"example.com:0", "example.com", 443, false, false},
	    {"example.com:65536", "example.com", 443, false, false},
	    {"example.com:0443", "example.com", 443, false, false},
	    {"example.com:-1", "example.com", 443, false, false},
	    {"example.com:443 ", "example.com", 443, false, false},
	    {" example.com:443", "example.com", 443, false, false},
	    {"*:443", "example.com", 443, false, false},
	    {"*.com:443", "example.com", 443, false, false},
	    {"Private example.com:443", "example.com", 443, false, false},
	    {"private  example.com:443", "example.com", 443, false, false},
	    {"https://example.com:443", "example.com", 443, false, false},
	    {"2606:4700::1111:80", "[2606:4700::1111]", 80, false, false},
	    {":443", "example.com", 443, false, false},
	    {"", "example.com", 443, false, false},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		bool private;

		if (grants(cases[i].line, cases[i].host, cases[i].port,
			&private) != cases[i].want)
			fail_test("'%s' and %s:%u", cases[i].line,
			    cases[i].host, cases[i].port);
		assert_int_equal(private, cases[i].private);
	}
}

/* The better of two counts, and a bad one takes nothing away. */
static void
test_several_grants(void **state)
{
	struct str lines[] = {STR_LIT("a.test:80"), STR_LIT("nonsense"),
	    STR_LIT("private a.test:*"), STR_LIT("b.test:80")};
	struct grants g;
	struct host a, b;
	const char *why;
	bool private;

	(void)state;
	assert_true(host_read(STR_LIT("a.test"), &a, &why));
	assert_true(host_read(STR_LIT("b.test"), &b, &why));
	grants_read(&g, lines, NELEM(lines));
	assert_int_equal(g.n, 3);
	assert_true(grants_match(&g, &a, 80, &private));
	assert_true(private);
	assert_true(grants_match(&g, &b, 80, &private));
	assert_false(private);
	assert_false(grants_match(&g, &b, 81, &private));
	grants_free(&g);
	grants_read(&g, NULL, 0);
	assert_false(grants_match(&g, &a, 80, &private));
	grants_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_literals),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_grants),
	    cmocka_unit_test(test_several_grants),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
