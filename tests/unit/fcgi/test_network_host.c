/*
 * One spelling for each host, and what nobody may ask for.
 */
#include "core_test.h"

#include <stdio.h>

#include "fetch.h"
#include "noun/network_host.h"

static void
test_spellings(void **state)
{
	static const struct {
		const char *text, *name;
		bool literal, private;
	} rows[] = {
	    {"api.example.com", "api.example.com", false, false},
	    {"  API.Example.COM.\n", "api.example.com", false, false},
	    {"b\xc3\xbc"
	     "cher.example",
		"xn--bcher-kva.example", false, false},
	    {"B\xc3\x9c"
	     "CHER.example",
		"xn--bcher-kva.example", false, false},
	    {"bu\xcc\x88"
	     "cher.example",
		"xn--bcher-kva.example", false, false},
	    {"xn--bcher-kva.example", "xn--bcher-kva.example", false, false},
	    {"fa\xc3\x9f.de", "xn--fa-hia.de", false, false},
	    {"\xef\xbd\x81\xef\xbd\x82\xef\xbd\x83.example", "abc.example",
		false, false},
	    {"a\xe3\x80\x82"
	     "example",
		"a.example", false, false},
	    {"_srv.example.com", "_srv.example.com", false, false},
	    {"r3---sn-4g5e.example.com", "r3---sn-4g5e.example.com", false,
		false},
	    {"1.example", "1.example", false, false},
	    {"0xabc.example", "0xabc.example", false, false},
	    {"printer", "printer", false, true},
	    {"nas.local", "nas.local", false, true},
	    {"NAS.Lan.", "nas.lan", false, true},
	    {"x.home", "x.home", false, true},
	    {"x.internal", "x.internal", false, true},
	    {"x.home.arpa", "x.home.arpa", false, true},
	    {"x.corp", "x.corp", false, true},
	    {"local.example", "local.example", false, false},
	    {"9.9.9.9", "9.9.9.9", true, false},
	    {"10.1.2.3", "10.1.2.3", true, true},
	    {"172.16.0.1", "172.16.0.1", true, true},
	    {"192.168.0.1", "192.168.0.1", true, true},
	    {"100.64.0.1", "100.64.0.1", true, true},
	    {"192.0.2.1", "192.0.2.1", true, true},
	    {"240.0.0.1", "240.0.0.1", true, true},
	    {"2620:FE::fe", "2620:fe::fe", true, false},
	    {"[2620:fe:0:0:0:0:0:fe]", "2620:fe::fe", true, false},
	    {"fd12:3456::1", "fd12:3456::1", true, true},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct network_host h;
		const char *why = "";

		if (!network_host_read(
			test_ctx()->arena, str_from(rows[i].text), &h, &why))
			fail_test("%s: %s", rows[i].text, why);
		assert_string_equal(h.name, rows[i].name);
		assert_int_equal(h.literal, rows[i].literal);
		assert_int_equal(h.private, rows[i].private);
	}
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *text, *word; /* in the reason */
	} rows[] = {
	    {"", "empty"},
	    {" \t ", "empty"},
	    {"https://api.example.com", "scheme"},
	    {"//api.example.com", "path"},
	    {"api.example.com/v1", "path"},
	    {"api.example.com\\v1", "backslash"},
	    {"api.example.com?x", "query"},
	    {"api.example.com#x", "fragment"},
	    {"user@api.example.com", "user name"},
	    {"u:p@api.example.com", "user name"},
	    {"*.example.com", "wildcard"},
	    {"*", "wildcard"},
	    {"api.example.com:443", "port"},
	    {"[2620:fe::fe]:443", "port"},
	    {"a.example, b.example", "comma"},
	    {"a b.example", "space"},
	    {"%61pi.example.com", "percent"},
	    {"fe80::1%eth0", "percent"},
	    {"a\nb.example", "control"},
	    {"a\x7f.example", "control"},
	    {"\xff\xfe.example", "control"},
	    {".", "DNS name"},
	    {".example.com", "DNS name"},
	    {"a..example.com", "DNS name"},
	    {"example.com..", "DNS name"},
	    {"-a.example", "DNS name"},
	    {"a-.example", "DNS name"},
	    {"a$b.example", "DNS name"},
	    {"xn--zzzzzz99999-.example", "DNS name"},
	    {"xn--a.example", "DNS name"},
	    {"\xe2\x84\x80.example", "DNS name"}, /* becomes a/c */
	    {"\xf0\x9f\x98\x80\x01.example", "control"},
	    /* Numbers that somebody takes for an address. */
	    {"2130706433", "four decimal"},
	    {"0x7f000001", "four decimal"},
	    {"017700000001", "four decimal"},
	    {"0177.0.0.1", "four decimal"},
	    {"127.1", "four decimal"},
	    {"10.1", "four decimal"},
	    {"0x7f.1", "four decimal"},
	    {"1.2.3.256", "four decimal"},
	    {"1.2.3.4.5", "four decimal"},
	    {"01.2.3.4", "four decimal"},
	    {"example.123", "four decimal"},
	    {"example.0x1f", "four decimal"},
	    {"\xef\xbc\x91\xef\xbc\x90.0.0.1", "four decimal"},
	    {"127\xe3\x80\x82"
	     "0\xe3\x80\x82"
	     "0\xe3\x80\x82"
	     "1",
		"four decimal"},
	    /* What no grant makes reachable. */
	    {"localhost", "this machine"},
	    {"LOCALHOST.", "this machine"},
	    {"x.localhost", "this machine"},
	    {"localhost.localdomain", "this machine"},
	    {"ip6-loopback", "this machine"},
	    {"metadata.google.internal", "metadata"},
	    {"Instance-Data", "metadata"},
	    {"127.0.0.1", "loopback"},
	    {"127.255.0.1", "loopback"},
	    {"::1", "loopback"},
	    {"[::1]", "loopback"},
	    {"0.0.0.0", "unspecified"},
	    {"::", "unspecified"},
	    {"169.254.1.1", "link-local"},
	    {"fe80::1", "link-local"},
	    {"169.254.169.254", "metadata"},
	    {"168.63.129.16", "metadata"},
	    {"fd00:ec2::254", "metadata"},
	    {"224.0.0.1", "multicast"},
	    {"255.255.255.255", "multicast"},
	    {"ff02::1", "multicast"},
	    {"::ffff:10.0.0.1", "disguise"},
	    {"::ffff:127.0.0.1", "loopback"},
	    {"64:ff9b::8.8.8.8", "disguise"},
	    {"2002:808:808::1", "disguise"},
	    {"1::2::3", "colon"},
	    {"[api.example.com]", "colon"},
	    {"[10.0.0.1]", "colon"},
	    {"[", "colon"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct network_host h;
		const char *why = "";

		if (network_host_read(
			test_ctx()->arena, str_from(rows[i].text), &h, &why))
			fail_test("%s was taken for %s", rows[i].text, h.name);
		if (strstr(why, rows[i].word) == NULL)
			fail_test("%s: %s", rows[i].text, why);
	}
}

static void
test_lengths(void **state)
{
	char text[2000];
	struct network_host h;
	const char *why;

	(void)state;
	for (size_t i = 0; i < 253; i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	assert_true(network_host_read(
	    test_ctx()->arena, (struct str){text, 253}, &h, &why));
	assert_int_equal(strlen(h.name), NETWORK_HOST_MAX);
	text[253] = 'a';
	assert_false(network_host_read(
	    test_ctx()->arena, (struct str){text, 254}, &h, &why));
	memset(text, 'a', sizeof(text));
	assert_true(network_host_read(
	    test_ctx()->arena, (struct str){text, 63}, &h, &why));
	assert_false(network_host_read(
	    test_ctx()->arena, (struct str){text, 64}, &h, &why));
	assert_false(network_host_read(
	    test_ctx()->arena, (struct str){text, sizeof(text)}, &h, &why));
}

/* What comes out is read again as itself, and fits in a grant. */
static void
test_stable(void **state)
{
	static const char *const texts[] = {"B\xc3\xbc"
					    "cher.Example.",
	    "2620:FE:0::FE", "9.9.9.9", "printer"};

	(void)state;
	for (size_t i = 0; i < NELEM(texts); i++) {
		struct arena *a = test_ctx()->arena;
		struct network_host once, twice;
		const char *why;

		assert_true(
		    network_host_read(a, str_from(texts[i]), &once, &why));
		assert_true(
		    network_host_read(a, str_from(once.name), &twice, &why));
		assert_string_equal(once.name, twice.name);
		assert_int_equal(once.literal, twice.literal);
		assert_int_equal(once.private, twice.private);
	}
	assert_true(
	    NETWORK_HOST_MAX + sizeof("private []:65535") <= FETCH_GRANT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spellings),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
