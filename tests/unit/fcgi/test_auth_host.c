/* Unit tests of fcgi/web/auth_host.c. */
#include "web/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "settings.h"

static char listen_[] = "127.0.0.1:8080";
static char gateway[] = "0.0.0.0:8081";
static char hosts[] = "box.lan, proxy.example:9443 ,[2001:db8::1]";
static char url[] = "https://Public.example.org/mcpbox";

static const struct settings plain = {
    .listen = listen_,
    .gateway_listen = gateway,
};
static const struct settings full = {
    .listen = listen_,
    .gateway_listen = gateway,
    .allowed_hosts = hosts,
    .public_url = url,
};

static bool
host(const struct settings *s, const char *text)
{
	return auth_host_ok(s, str_from(text));
}

static bool
origin(const struct settings *s, const char *text)
{
	return auth_origin_ok(s, str_from(text));
}

static void
test_loopback_and_listeners(void **state)
{
	static const char *const good[] = {
	    "localhost",
	    "localhost:8080",
	    "localhost:8081",
	    "127.0.0.1",
	    "127.0.0.1:8080",
	    "127.0.0.1:8081",
	    "[::1]",
	    "[::1]:8080",
	    "LocalHost:8080",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++)
		assert_true(host(&plain, good[i]));
}

static void
test_settings(void **state)
{
	static const char *const good[] = {
	    "box.lan",
	    "BOX.lan:8080",
	    "proxy.example",
	    "proxy.example:9443",
	    "[2001:db8::1]:8081",
	    "public.example.org",
	    "public.example.org:8080",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++) {
		assert_true(host(&full, good[i]));
		assert_false(host(&plain, good[i]));
	}
}

static void
test_strangers(void **state)
{
	static const char *const bad[] = {
	    "",
	    "evil.example.com",
	    "evil.example.com:8080",
	    "localhost:80",
	    "localhost:",
	    "localhost:8080:8080",
	    "localhost:08080",
	    "localhost:8080 ",
	    " localhost",
	    "localhost.",
	    "xlocalhost",
	    "localhost.evil.example",
	    "127.0.0.1.nip.example",
	    "127.0.0.2",
	    "0.0.0.0",
	    "0.0.0.0:8081",
	    "[::]:8080",
	    "[::1",
	    "::1",
	    "[::1]x",
	    "localhost/",
	    "localhost@evil",
	    "user@localhost",
	    "localhost,evil.example",
	    "box.lan:9443",
	    "proxy.example:9444",
	    "[2001:db8::2]",
	    "*",
	    "\xc5\x82ocalhost",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_false(host(&full, bad[i]));
	assert_false(auth_host_ok(&full, STR_LIT("localhost\0")));
	assert_false(auth_host_ok(&full, STR_NONE));
}

static void
test_origins(void **state)
{
	static const char *const good[] = {
	    "http://localhost:8080",
	    "https://localhost:8080",
	    "http://127.0.0.1:8081",
	    "http://[::1]:8080",
	    "https://public.example.org",
	    "http://localhost",
	};
	static const char *const bad[] = {
	    "",
	    "null",
	    "localhost:8080",
	    "http://",
	    "https://",
	    "HTTP://localhost:8080",
	    "ftp://localhost:8080",
	    "file://localhost",
	    "http://evil.example.com",
	    "http://localhost:8080/",
	    "http://localhost:8080/x",
	    "http://localhost:8080?",
	    "http://user@localhost:8080",
	    "http://http://localhost",
	    "http://localhost:8080 http://evil",
	    "http://localhost:1",
	    "chrome-extension://localhost",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(good); i++)
		assert_true(origin(&full, good[i]));
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_false(origin(&full, bad[i]));
}

static void
test_odd_settings_open_nothing(void **state)
{
	static char odd[] = ",, ,:80,http://x,*,[::]";
	static char wild[] = "0.0.0.0:8080";
	const struct settings s = {
	    .listen = wild,
	    .allowed_hosts = odd,
	};
	static const char *const bad[] = {
	    "",
	    ":80",
	    "x",
	    "*",
	    "0.0.0.0",
	    "[::]",
	    "http://x",
	    "http:80",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++)
		assert_false(host(&s, bad[i]));
	assert_true(host(&s, "localhost:8080"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_loopback_and_listeners),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_strangers),
	    cmocka_unit_test(test_origins),
	    cmocka_unit_test(test_odd_settings_open_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
