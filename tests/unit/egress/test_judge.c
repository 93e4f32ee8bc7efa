/* Unit tests of sandboxd/egress/judge.c and own.c, on this very host. */
#include "egress/judge.h"

#include "lib_test.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>

#include "egress/own.h"

static enum judge_verdict
verdict(struct judge *j, const char *text)
{
	struct addr a;
	const char *what = NULL;
	enum judge_verdict v;

	assert_true(addr_parse(str_from(text), &a));
	v = judge_address(j, &a, &what);
	assert_true(v == JUDGE_YES || what != NULL);
	return v;
}

static struct judge *
make(struct loop *loop, const char *nat64)
{
	struct judge *j = judge_new(loop, nat64, stderr);

	assert_non_null(j);
	return j;
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *text;
		enum judge_verdict want;
	} cases[] = {
	    {"93.184.216.34", JUDGE_YES},
	    {"2606:4700::1111", JUDGE_YES},
	    {"10.255.1.2", JUDGE_GRANT},
	    {"192.168.253.77", JUDGE_GRANT},
	    {"100.64.250.1", JUDGE_GRANT},
	    {"198.18.0.1", JUDGE_GRANT},
	    {"203.0.113.1", JUDGE_GRANT},
	    {"240.0.0.1", JUDGE_GRANT},
	    {"fd12:3456:7890::1", JUDGE_GRANT},
	    {"2001:db8::1", JUDGE_GRANT},
	    {"127.0.0.1", JUDGE_NEVER},
	    {"127.8.8.8", JUDGE_NEVER},
	    {"0.0.0.0", JUDGE_NEVER},
	    {"0.1.2.3", JUDGE_NEVER},
	    {"169.254.169.254", JUDGE_NEVER},
	    {"169.254.1.1", JUDGE_NEVER},
	    {"168.63.129.16", JUDGE_NEVER},
	    {"100.100.100.200", JUDGE_NEVER},
	    {"224.0.0.1", JUDGE_NEVER},
	    {"255.255.255.255", JUDGE_NEVER},
	    {"::", JUDGE_NEVER},
	    {"::1", JUDGE_NEVER},
	    {"fe80::1", JUDGE_NEVER},
	    {"ff02::1", JUDGE_NEVER},
	    {"fd00:ec2::254", JUDGE_NEVER},
	    {"::ffff:93.184.216.34", JUDGE_NEVER},
	    {"::93.184.216.34", JUDGE_NEVER},
	    {"64:ff9b::93.184.216.34", JUDGE_NEVER},
	    {"2002:5db8:d822::1", JUDGE_NEVER},
	    {"2001:0:53aa:64c::1", JUDGE_NEVER},
	};
	struct loop *loop = loop_new();
	struct judge *j = make(loop, "");

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		if (verdict(j, cases[i].text) != cases[i].want)
			fail_test("%s", cases[i].text);
	}
	judge_free(j);
	loop_free(loop);
}

/* Behind a prefix of the setting, the address inside counts. */
static void
test_nat64(void **state)
{
	struct loop *loop = loop_new();
	struct judge *j = make(loop, "64:ff9b::/96, 2a00:64::/96");

	(void)state;
	assert_int_equal(verdict(j, "64:ff9b::93.184.216.34"), JUDGE_YES);
	assert_int_equal(verdict(j, "2a00:64::93.184.216.34"), JUDGE_YES);
	assert_int_equal(verdict(j, "2a00:64::192.168.9.9"), JUDGE_GRANT);
	assert_int_equal(verdict(j, "2a00:64::127.0.0.1"), JUDGE_NEVER);
	assert_int_equal(verdict(j, "64:ff9b::169.254.169.254"), JUDGE_NEVER);
	assert_int_equal(verdict(j, "2a00:65::127.0.0.1"), JUDGE_YES);
	judge_free(j);
	loop_free(loop);
}

static void
test_bad_prefixes(void **state)
{
	static const char *const bad[] = {"64:ff9b::", "64:ff9b::/97",
	    "10.0.0.0/8", "x", "64:ff9b::/96 2a00::/96", "64:ff9b::/96,x",
	    "::/0"};
	struct loop *loop = loop_new();
	FILE *null = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(null);
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_null(judge_new(loop, bad[i], null));
	(void)fclose(null);
	loop_free(loop);
}

/* Whatever this host has, it never talks to itself. */
static void
test_own(void **state)
{
	struct loop *loop = loop_new();
	struct own *own = own_new(loop);
	struct judge *j = make(loop, "64:ff9b::/96");
	struct ifaddrs *all, *it;
	struct addr a;
	const char *what;
	int n = 0;

	(void)state;
	assert_non_null(own);
	assert_int_equal(getifaddrs(&all), 0);
	for (it = all; it != NULL; it = it->ifa_next) {
		if (it->ifa_addr == NULL ||
		    !addr_from_sockaddr(it->ifa_addr,
			it->ifa_addr->sa_family == AF_INET
			    ? sizeof(struct sockaddr_in)
			    : sizeof(struct sockaddr_in6),
			&a))
			continue;
		a.scope = 0;
		n++;
		assert_true(own_has(own, &a));
		assert_int_equal(judge_address(j, &a, &what), JUDGE_NEVER);
		assert_string_equal(what, "this machine itself");
		if (a.family != AF_INET)
			continue;
		/* Nor through a translator. */
		memmove(a.b + 12, a.b, 4);
		memcpy(a.b, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12);
		a.family = AF_INET6;
		assert_int_equal(judge_address(j, &a, &what), JUDGE_NEVER);
	}
	freeifaddrs(all);
	assert_true(n > 0);
	assert_true(addr_parse(STR_LIT("93.184.216.34"), &a));
	assert_false(own_has(own, &a));
	own_free(own);
	judge_free(j);
	loop_free(loop);
}

static void
test_names(void **state)
{
	static const char *const never[] = {"localhost", "LOCALHOST.",
	    "x.localhost", "a.b.localhost", "localhost.localdomain",
	    "ip6-localhost", "metadata.google.internal", "metadata",
	    "instance-data.ec2.internal", "metadata.azure.com"};
	static const char *const fine[] = {"example.com", "notlocalhost",
	    "localhost.example.com", "xmetadata.google.internal",
	    "metadata.example.com", "127.0.0.1"};
	struct host h;
	const char *why, *what;

	(void)state;
	for (size_t i = 0; i < NELEM(never); i++) {
		assert_true(host_read(str_from(never[i]), &h, &why));
		if (judge_name(&h, &what))
			fail_test("%s", never[i]);
	}
	for (size_t i = 0; i < NELEM(fine); i++) {
		assert_true(host_read(str_from(fine[i]), &h, &why));
		if (!judge_name(&h, &what))
			fail_test("%s", fine[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_nat64),
	    cmocka_unit_test(test_bad_prefixes),
	    cmocka_unit_test(test_own),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
