/* Unit tests of lib/addr.c. */
#include "addr.h"

#include "lib_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

static void
test_parse_refuses(void **state)
{
	static const char *const bad[] = {
	    "",
	    "1",
	    "1.2.3",
	    "1.2.3.4.5",
	    "1.2.3.",
	    ".1.2.3",
	    "1..2.3",
	    "256.1.1.1",
	    "1.1.1.256",
	    "01.2.3.4",
	    "1.2.3.00",
	    "0x7f.0.0.1",
	    "0177.0.0.1",
	    "2130706433",
	    "127.1",
	    "1.2.3.4 ",
	    " 1.2.3.4",
	    "1.2.3.4:80",
	    "+1.2.3.4",
	    "-1.2.3.4",
	    "1.2.3.4/8",
	    "[1.2.3.4]",
	    "999999999999.1.1.1",
	    "\xd9\xa1.2.3.4",
	    "[",
	    "[]",
	    "[::1",
	    "::1]",
	    "[[::1]]",
	    "fe80::1%lo",
	    "fe80::1%25lo",
	    "[fe80::1%lo]",
	    ":::",
	    "1::2::3",
	    "12345::",
	    "g::",
	    "::1/128",
	    "[::1]:80",
	    "1:2:3:4:5:6:7",
	    "1:2:3:4:5:6:7:8:9",
	    ":1:2:3:4:5:6:7",
	    "::ffff:256.0.0.1",
	    "::ffff:1.2.3",
	    "::ffff:01.2.3.4",
	    "::1.2.3.4.5",
	    "localhost",
	    "1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:0:1:2:3",
	};
	struct addr a;

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		if (addr_parse(str_from(bad[i]), &a))
			fail_test("accepted %s", bad[i]);
	}
	assert_false(addr_parse(STR_NONE, &a));
	assert_false(addr_parse(STR_LIT("1.2.3.4\0"), &a));
	assert_false(addr_parse(STR_LIT("::1\0"), &a));
}

static void
test_parse_accepts(void **state)
{
	static const char *const good[] = {
	    "0.0.0.0",
	    "255.255.255.255",
	    "1.2.3.4",
	    "10.0.0.1",
	    "::",
	    "::1",
	    "1:2:3:4:5:6:7:8",
	    "2001:db8::1",
	    "::ffff:1.2.3.4",
	    "fe80::1",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	char text[INET6_ADDRSTRLEN], bracketed[64];
	struct addr a, b;

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++) {
		if (!addr_parse(str_from(good[i]), &a))
			fail_test("refused %s", good[i]);
		assert_int_equal(a.scope, 0);
		assert_non_null(inet_ntop(a.family, a.b, text, sizeof(text)));
		assert_string_equal(text, good[i]);
		if (a.family != AF_INET6)
			continue;
		(void)snprintf(bracketed, sizeof(bracketed), "[%s]", good[i]);
		assert_true(addr_parse(str_from(bracketed), &b));
		assert_memory_equal(a.b, b.b, 16);
	}
	assert_true(addr_parse(STR_LIT("2001:DB8::A"), &a));
	assert_true(addr_parse(
	    STR_LIT("0001:0002:0003:0004:0005:0006:255.255.255.255"), &a));
}

static void
test_parse_agrees_with_the_system(void **state)
{
	uint64_t seed = 37;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		int family = i % 2 == 0 ? AF_INET : AF_INET6;
		char text[INET6_ADDRSTRLEN];
		uint8_t bytes[16];
		struct addr a;

		for (size_t k = 0; k < 16; k++) {
			uint64_t r = next_random(&seed);

			bytes[k] = r % 3 == 0 ? 0 : (uint8_t)(r >> 8);
		}
		assert_non_null(inet_ntop(family, bytes, text, sizeof(text)));
		assert_true(addr_parse(str_from(text), &a));
		assert_int_equal(a.family, family);
		assert_memory_equal(a.b, bytes, family == AF_INET ? 4 : 16);
	}
}

static void
test_classes(void **state)
{
	static const struct {
		const char *text;
		enum addr_class want;
	} cases[] = {
	    /* First and last of each range, and the neighbours outside. */
	    {"0.0.0.0", ADDR_UNSPECIFIED},
	    {"0.255.255.255", ADDR_UNSPECIFIED},
	    {"1.0.0.0", ADDR_PUBLIC},
	    {"9.255.255.255", ADDR_PUBLIC},
	    {"10.0.0.0", ADDR_PRIVATE},
	    {"10.255.255.255", ADDR_PRIVATE},
	    {"11.0.0.0", ADDR_PUBLIC},
	    {"100.63.255.255", ADDR_PUBLIC},
	    {"100.64.0.0", ADDR_PRIVATE},
	    {"100.127.255.255", ADDR_PRIVATE},
	    {"100.128.0.0", ADDR_PUBLIC},
	    {"100.100.100.200", ADDR_METADATA},
	    {"100.100.100.201", ADDR_PRIVATE},
	    {"126.255.255.255", ADDR_PUBLIC},
	    {"127.0.0.0", ADDR_LOOPBACK},
	    {"127.0.0.1", ADDR_LOOPBACK},
	    {"127.255.255.255", ADDR_LOOPBACK},
	    {"128.0.0.0", ADDR_PUBLIC},
	    {"169.253.255.255", ADDR_PUBLIC},
	    {"169.254.0.0", ADDR_LINKLOCAL},
	    {"169.254.169.254", ADDR_METADATA},
	    {"169.254.170.2", ADDR_METADATA},
	    {"169.254.170.3", ADDR_LINKLOCAL},
	    {"169.254.255.255", ADDR_LINKLOCAL},
	    {"169.255.0.0", ADDR_PUBLIC},
	    {"172.15.255.255", ADDR_PUBLIC},
	    {"172.16.0.0", ADDR_PRIVATE},
	    {"172.31.255.255", ADDR_PRIVATE},
	    {"172.32.0.0", ADDR_PUBLIC},
	    {"191.255.255.255", ADDR_PUBLIC},
	    {"192.0.0.0", ADDR_SPECIAL},
	    {"192.0.0.192", ADDR_METADATA},
	    {"192.0.0.255", ADDR_SPECIAL},
	    {"192.0.1.0", ADDR_PUBLIC},
	    {"192.0.2.0", ADDR_SPECIAL},
	    {"192.0.3.0", ADDR_PUBLIC},
	    {"192.31.195.255", ADDR_PUBLIC},
	    {"192.31.196.0", ADDR_SPECIAL},
	    {"192.31.197.0", ADDR_PUBLIC},
	    {"192.52.193.1", ADDR_SPECIAL},
	    {"192.52.194.0", ADDR_PUBLIC},
	    {"192.88.98.255", ADDR_PUBLIC},
	    {"192.88.99.1", ADDR_SPECIAL},
	    {"192.88.100.0", ADDR_PUBLIC},
	    {"192.167.255.255", ADDR_PUBLIC},
	    {"192.168.0.0", ADDR_PRIVATE},
	    {"192.168.255.255", ADDR_PRIVATE},
	    {"192.169.0.0", ADDR_PUBLIC},
	    {"192.175.48.1", ADDR_SPECIAL},
	    {"192.175.49.0", ADDR_PUBLIC},
	    {"198.17.255.255", ADDR_PUBLIC},
	    {"198.18.0.0", ADDR_SPECIAL},
	    {"198.19.255.255", ADDR_SPECIAL},
	    {"198.20.0.0", ADDR_PUBLIC},
	    {"198.51.100.1", ADDR_SPECIAL},
	    {"198.51.101.0", ADDR_PUBLIC},
	    {"203.0.112.255", ADDR_PUBLIC},
	    {"203.0.113.1", ADDR_SPECIAL},
	    {"203.0.114.0", ADDR_PUBLIC},
	    {"223.255.255.255", ADDR_PUBLIC},
	    {"224.0.0.0", ADDR_MULTICAST},
	    {"239.255.255.255", ADDR_MULTICAST},
	    {"240.0.0.0", ADDR_SPECIAL},
	    {"255.255.255.254", ADDR_SPECIAL},
	    {"255.255.255.255", ADDR_MULTICAST},
	    {"168.63.129.16", ADDR_METADATA},
	    {"168.63.129.15", ADDR_PUBLIC},
	    {"168.63.129.17", ADDR_PUBLIC},
	    {"8.8.8.8", ADDR_PUBLIC},
	    {"93.184.216.34", ADDR_PUBLIC},

	    {"::", ADDR_UNSPECIFIED},
	    {"::1", ADDR_LOOPBACK},
	    {"::2", ADDR_EMBEDDED},
	    {"::7f00:1", ADDR_LOOPBACK},
	    {"::808:808", ADDR_EMBEDDED},
	    {"100::1", ADDR_SPECIAL},
	    {"100:0:0:1::1", ADDR_SPECIAL},
	    {"1fff:ffff::1", ADDR_SPECIAL},
	    {"2000::", ADDR_PUBLIC},
	    {"2001::1", ADDR_EMBEDDED},
	    {"2001:0:ffff:ffff::1", ADDR_EMBEDDED},
	    {"2001:1::1", ADDR_SPECIAL},
	    {"2001:2::1", ADDR_SPECIAL},
	    {"2001:3::1", ADDR_SPECIAL},
	    {"2001:4:112::1", ADDR_SPECIAL},
	    {"2001:10::1", ADDR_SPECIAL},
	    {"2001:2f::1", ADDR_SPECIAL},
	    {"2001:30::1", ADDR_SPECIAL},
	    {"2001:1ff:ffff::1", ADDR_SPECIAL},
	    {"2001:200::1", ADDR_PUBLIC},
	    {"2001:4860:4860::8888", ADDR_PUBLIC},
	    {"2001:db7:ffff::1", ADDR_PUBLIC},
	    {"2001:db8::1", ADDR_SPECIAL},
	    {"2001:db8:ffff::1", ADDR_SPECIAL},
	    {"2001:db9::1", ADDR_PUBLIC},
	    {"2606:4700::1111", ADDR_PUBLIC},
	    {"2620:4f:8000::1", ADDR_SPECIAL},
	    {"2620:4f:8001::1", ADDR_PUBLIC},
	    {"3ffe:ffff::1", ADDR_PUBLIC},
	    {"3fff::1", ADDR_SPECIAL},
	    {"3fff:fff:ffff::1", ADDR_SPECIAL},
	    {"3fff:1000::1", ADDR_PUBLIC},
	    {"3fff:ffff::1", ADDR_PUBLIC},
	    {"4000::1", ADDR_SPECIAL},
	    {"5f00::1", ADDR_SPECIAL},
	    {"fbff::1", ADDR_SPECIAL},
	    {"fc00::1", ADDR_PRIVATE},
	    {"fd00::1", ADDR_PRIVATE},
	    {"fdff:ffff::1", ADDR_PRIVATE},
	    {"fd00:ec2::254", ADDR_METADATA},
	    {"fd00:ec2::253", ADDR_PRIVATE},
	    {"fd20:ce::254", ADDR_METADATA},
	    {"fe00::1", ADDR_SPECIAL},
	    {"fe80::1", ADDR_LINKLOCAL},
	    {"febf:ffff::1", ADDR_LINKLOCAL},
	    {"fec0::1", ADDR_SPECIAL},
	    {"ff02::1", ADDR_MULTICAST},
	    {"ff0e::1", ADDR_MULTICAST},

	    /* IPv4 in disguise. */
	    {"::ffff:127.0.0.1", ADDR_LOOPBACK},
	    {"::ffff:169.254.169.254", ADDR_METADATA},
	    {"::ffff:168.63.129.16", ADDR_METADATA},
	    {"::ffff:10.0.0.1", ADDR_EMBEDDED},
	    {"::ffff:8.8.8.8", ADDR_EMBEDDED},
	    {"::ffff:0:127.0.0.1", ADDR_LOOPBACK},
	    {"::ffff:0:8.8.8.8", ADDR_EMBEDDED},
	    {"64:ff9b::127.0.0.1", ADDR_LOOPBACK},
	    {"64:ff9b::a9fe:a9fe", ADDR_METADATA},
	    {"64:ff9b::8.8.8.8", ADDR_EMBEDDED},
	    {"64:ff9b::192.168.0.1", ADDR_EMBEDDED},
	    {"64:ff9b:1::8.8.8.8", ADDR_EMBEDDED},
	    {"2002:7f00:1::1", ADDR_LOOPBACK},
	    {"2002:a9fe:a9fe::1", ADDR_METADATA},
	    {"2002:808:808::1", ADDR_EMBEDDED},
	    {"2002:a00:1::1", ADDR_EMBEDDED},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		enum addr_class got;
		struct addr a;

		assert_true(addr_parse(str_from(cases[i].text), &a));
		got = addr_class(&a);
		if (got != cases[i].want)
			fail_test("%s is %s, not %s", cases[i].text,
			    addr_class_name(got),
			    addr_class_name(cases[i].want));
	}
}

static void
test_scope_and_family(void **state)
{
	struct addr a;

	(void)state;
	assert_true(addr_parse(STR_LIT("2606:4700::1111"), &a));
	a.scope = 1;
	assert_int_equal(addr_class(&a), ADDR_LINKLOCAL);
	a.family = AF_UNIX;
	assert_int_equal(addr_class(&a), ADDR_UNKNOWN);
	assert_string_equal(addr_class_name(ADDR_PUBLIC), "public");
	assert_string_equal(addr_class_name(ADDR_UNKNOWN), "unknown");
}

static void
test_from_sockaddr(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct addr a;

	(void)state;
	in.sin_addr.s_addr = htonl(0x01020304);
	assert_true(addr_from_sockaddr((struct sockaddr *)&in, sizeof(in), &a));
	assert_int_equal(a.family, AF_INET);
	assert_memory_equal(a.b, "\1\2\3\4", 4);
	assert_false(
	    addr_from_sockaddr((struct sockaddr *)&in, sizeof(in) - 1, &a));
	in6.sin6_addr.s6_addr[15] = 1;
	in6.sin6_scope_id = 3;
	assert_true(
	    addr_from_sockaddr((struct sockaddr *)&in6, sizeof(in6), &a));
	assert_int_equal(a.family, AF_INET6);
	assert_int_equal(a.b[15], 1);
	assert_int_equal(a.scope, 3);
	assert_int_equal(addr_class(&a), ADDR_LINKLOCAL);
	assert_false(
	    addr_from_sockaddr((struct sockaddr *)&in6, sizeof(in6) - 1, &a));
	assert_false(
	    addr_from_sockaddr((struct sockaddr *)&un, sizeof(un), &a));
	assert_false(addr_from_sockaddr((struct sockaddr *)&un, 0, &a));
}

static void
test_in(void **state)
{
	static const struct {
		const char *text;
		const char *cidr;
		bool want;
	} cases[] = {
	    {"10.1.2.3", "10.0.0.0/8", true},
	    {"11.1.2.3", "10.0.0.0/8", false},
	    {"10.1.2.3", "0.0.0.0/0", true},
	    {"10.1.2.3", "10.1.2.3/32", true},
	    {"10.1.2.2", "10.1.2.3/32", false},
	    {"10.1.2.2", "10.1.2.3/31", true},
	    {"fd12::1", "fd00::/8", true},
	    {"fe80::1", "fd00::/8", false},
	    {"fe80::1", "::/0", true},
	    {"fe80::1", "fe80::1/128", true},
	    {"fe80::2", "fe80::1/128", false},
	    {"fe80::2", "fe80::/127", false},
	    {"10.0.0.1", "::/0", false},
	    {"::ffff:10.0.0.1", "10.0.0.0/8", false},
	    {"10.0.0.1", "10.0.0.0", false},
	    {"10.0.0.1", "10.0.0.0/", false},
	    {"10.0.0.1", "10.0.0.0/33", false},
	    {"10.0.0.1", "10.0.0.0/-1", false},
	    {"10.0.0.1", "10.0.0.0/8x", false},
	    {"10.0.0.1", "10.0.0.0/8/8", false},
	    {"10.0.0.1", "10/8", false},
	    {"10.0.0.1", "", false},
	    {"10.0.0.1", "/8", false},
	    {"fe80::1", "fe80::/129", false},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct addr a;

		assert_true(addr_parse(str_from(cases[i].text), &a));
		if (addr_in(&a, cases[i].cidr) != cases[i].want)
			fail_test("%s in %s", cases[i].text, cases[i].cidr);
	}
}

/* RFC 6052, section 2.4: one address under a prefix of each length. */
static void
test_nat64(void **state)
{
	static const struct {
		const char *prefix;
		const char *text;
	} cases[] = {
	    {"2001:db8::/32", "2001:db8:c000:221::"},
	    {"2001:db8:100::/40", "2001:db8:1c0:2:21::"},
	    {"2001:db8:122::/48", "2001:db8:122:c000:2:2100::"},
	    {"2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"},
	    {"2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"},
	    {"2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"},
	    {"64:ff9b::/96", "64:ff9b::192.0.2.33"},
	};
	static const char *const bad[] = {"2001:db8::/33", "2001:db8::/128",
	    "2001:db8::/24", "2001:db8::/72", "10.0.0.0/32", "::/0"};
	struct addr_net net;
	struct addr a, inside;
	char text[ADDR_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		assert_true(addr_net_parse(str_from(cases[i].prefix), &net));
		assert_true(addr_nat64_prefix(&net));
		assert_true(addr_parse(str_from(cases[i].text), &a));
		assert_true(addr_nat64(&a, &net, &inside));
		addr_text(&inside, text);
		assert_string_equal(text, "192.0.2.33");
		a.b[0] ^= 0x80;
		assert_false(addr_nat64(&a, &net, &inside));
	}
	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_true(addr_net_parse(str_from(bad[i]), &net));
		assert_false(addr_nat64_prefix(&net));
	}
}

static void
test_text_and_equal(void **state)
{
	char text[ADDR_TEXT_MAX];
	struct addr a, b;

	(void)state;
	assert_true(addr_parse(STR_LIT("[2001:DB8:0::0001]"), &a));
	addr_text(&a, text);
	assert_string_equal(text, "2001:db8::1");
	assert_true(addr_parse(STR_LIT("2001:db8::1"), &b));
	assert_true(addr_equal(&a, &b));
	b.scope = 1;
	assert_false(addr_equal(&a, &b));
	assert_true(addr_parse(STR_LIT("::ffff:1.2.3.4"), &a));
	assert_true(addr_parse(STR_LIT("1.2.3.4"), &b));
	assert_false(addr_equal(&a, &b));
	a.family = AF_UNIX;
	addr_text(&a, text);
	assert_string_equal(text, "?");
}

/* No IPv6 address outside 2000::/3 is ever public. */
static void
test_default_is_not_public(void **state)
{
	uint64_t seed = 41;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct addr a = {.family = AF_INET6};

		for (size_t k = 0; k < 16; k++)
			a.b[k] = (uint8_t)next_random(&seed);
		if ((a.b[0] & 0xe0) != 0x20)
			assert_int_not_equal(addr_class(&a), ADDR_PUBLIC);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse_refuses),
	    cmocka_unit_test(test_parse_accepts),
	    cmocka_unit_test(test_parse_agrees_with_the_system),
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_scope_and_family),
	    cmocka_unit_test(test_from_sockaddr),
	    cmocka_unit_test(test_in),
	    cmocka_unit_test(test_nat64),
	    cmocka_unit_test(test_text_and_equal),
	    cmocka_unit_test(test_default_is_not_public),
	};

	return cmocka_run_group_tests_name("addr", tests, NULL, NULL);
}
