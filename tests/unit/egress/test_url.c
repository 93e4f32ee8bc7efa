/* Unit tests of sandboxd/egress/url.c and outcome.c. */
#include "egress/url.h"

#include "lib_test.h"

#include <locale.h>

static void
test_accepted(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		uint16_t port;
		bool tls;
		const char *shown;
	} cases[] = {
	    {"http://example.com", "example.com", 80, false,
		"http://example.com/"},
	    {"https://example.com/a?b#c", "example.com", 443, true,
		"https://example.com/a?b"},
	    {"HTTPS://EXAMPLE.COM./", "example.com", 443, true,
		"https://example.com/"},
	    {"http://example.com:8080/", "example.com", 8080, false,
		"http://example.com:8080/"},
	    {"http://example.com:/", "example.com", 80, false,
		"http://example.com/"},
	    {"http://example.com:65535/", "example.com", 65535, false,
		"http://example.com:65535/"},
	    {"http://example.com/../a/./b", "example.com", 80, false,
		"http://example.com/../a/./b"},
	    {"http://example.com?q=a@b", "example.com", 80, false,
		"http://example.com/?q=a@b"},
	    {"http://example.com/a@b:c", "example.com", 80, false,
		"http://example.com/a@b:c"},
	    {"http://2130706433/", "127.0.0.1", 80, false, "http://127.0.0.1/"},
	    {"http://0x7f.1/", "127.0.0.1", 80, false, "http://127.0.0.1/"},
	    {"http://0177.0.0.1:81/", "127.0.0.1", 81, false,
		"http://127.0.0.1:81/"},
	    {"http://127.1/", "127.0.0.1", 80, false, "http://127.0.0.1/"},
	    {"http://[::1]:81/", "::1", 81, false, "http://[::1]:81/"},
	    {"http://[0:0:0:0:0:ffff:7f00:1]/", "::ffff:127.0.0.1", 80, false,
		"http://[::ffff:127.0.0.1]/"},
	    {"http://%6c%6fcalhost/", "localhost", 80, false,
		"http://localhost/"},
	    {"http://%31%32%37.0.0.1/", "127.0.0.1", 80, false,
		"http://127.0.0.1/"},
	    {"http://b\xc3\xbc"
	     "cher.example/",
		"xn--bcher-kva.example", 80, false,
		"http://xn--bcher-kva.example/"},
	    {"http://B\xc3\x9c"
	     "CHER.example/",
		"xn--bcher-kva.example", 80, false,
		"http://xn--bcher-kva.example/"},
	    /* Digits and dots that IDNA takes for the plain ones. */
	    {"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/", "127.0.0.1",
		80, false, "http://127.0.0.1/"},
	    {"http://127\xe3\x80\x82"
	     "0\xe3\x80\x82"
	     "0\xe3\x80\x82"
	     "1/",
		"127.0.0.1", 80, false, "http://127.0.0.1/"},
	    {"http://\xe2\x93\x9b\xe2\x93\x9e\xe2\x93\x92\xe2\x93\x90\xe2\x93"
	     "\x9b\xe2\x93\x97\xe2\x93\x9e\xe2\x93\xa2\xe2\x93\xa3/",
		"localhost", 80, false, "http://localhost/"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct outcome o = {.end = FETCH_END_OK};
		struct url u;

		if (!url_parse(&u, str_from(cases[i].text), &o))
			fail_test("%s: %s", cases[i].text, o.text);
		assert_string_equal(u.host.name, cases[i].host);
		assert_int_equal(u.port, cases[i].port);
		assert_int_equal(u.tls, cases[i].tls);
		assert_string_equal(u.text, cases[i].shown);
		assert_int_equal(o.end, FETCH_END_OK);
		url_free(&u);
		assert_null(u.handle);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text;
		enum fetch_end want;
	} cases[] = {
	    {"", FETCH_END_URL},
	    {"example.com", FETCH_END_URL},
	    {"//example.com/", FETCH_END_URL},
	    {"/path", FETCH_END_URL},
	    {"://example.com/", FETCH_END_URL},
	    {"http:", FETCH_END_URL},
	    {"http:/", FETCH_END_URL},
	    {"http://", FETCH_END_URL},
	    {"http:///", FETCH_END_URL},
	    {"http:/example.com/", FETCH_END_URL},
	    {"http:///example.com/", FETCH_END_URL},
	    {"http:////example.com/", FETCH_END_URL},
	    {"http:example.com", FETCH_END_URL},
	    {"http:\\\\example.com/", FETCH_END_URL},
	    {"http://\\example.com/", FETCH_END_URL},
	    {"http://:80/", FETCH_END_URL},
	    {"http://?", FETCH_END_URL},
	    {"http://#", FETCH_END_URL},
	    {"http://./", FETCH_END_URL},
	    {"http://a..b/", FETCH_END_URL},
	    {" http://example.com/", FETCH_END_SCHEME},
	    {"http://example.com/ ", FETCH_END_URL},
	    {"http://example.com/a b", FETCH_END_URL},
	    {"http://exa mple.com/", FETCH_END_URL},
	    {"http://example.com\t/", FETCH_END_URL},
	    {"http://example.com/\r\nX: y", FETCH_END_URL},
	    {"http://example.com/\x7f", FETCH_END_URL},
	    {"http://example.com/\xff", FETCH_END_URL},
	    {"http://user@example.com/", FETCH_END_URL},
	    {"http://user:pw@example.com/", FETCH_END_URL},
	    {"http://@example.com/", FETCH_END_URL},
	    {"http://:@example.com/", FETCH_END_URL},
	    {"http://good.test@evil.test/", FETCH_END_URL},
	    {"http://good.test\\@evil.test/", FETCH_END_URL},
	    {"http://good.test%40evil.test/", FETCH_END_URL},
	    {"http://good.test%2f@evil.test/", FETCH_END_URL},
	    {"http://good.test%00.evil.test/", FETCH_END_URL},
	    {"http://good.test%0d%0aX/", FETCH_END_URL},
	    {"http://good.test;evil.test/", FETCH_END_URL},
	    {"http://a,b/", FETCH_END_URL},
	    {"http://*/", FETCH_END_URL},
	    {"http://-a/", FETCH_END_URL},
	    {"http://example.com:0/", FETCH_END_URL},
	    {"http://example.com:65536/", FETCH_END_URL},
	    {"http://example.com:99999999999/", FETCH_END_URL},
	    {"http://example.com:80a/", FETCH_END_URL},
	    {"http://example.com:-1/", FETCH_END_URL},
	    {"http://example.com:+80/", FETCH_END_URL},
	    {"http://example.com:80:80/", FETCH_END_URL},
	    {"http://example.com: 80/", FETCH_END_URL},
	    {"http://256.0.0.1/", FETCH_END_URL},
	    {"http://1.2.3.4.5/", FETCH_END_URL},
	    {"http://4294967296/", FETCH_END_URL},
	    {"http://0x1ffffffff/", FETCH_END_URL},
	    {"http://08.0.0.1/", FETCH_END_URL},
	    {"http://[::1/", FETCH_END_URL},
	    {"http://::1/", FETCH_END_URL},
	    {"http://[::1]x/", FETCH_END_URL},
	    {"http://[1.2.3.4]/", FETCH_END_URL},
	    {"http://[v1.a]/", FETCH_END_URL},
	    {"http://[::1]@evil.test/", FETCH_END_URL},
	    {"http://[fe80::1%25lo]/", FETCH_END_ADDRESS},
	    {"http://[fe80::1%lo]/", FETCH_END_ADDRESS},
	    {"file:///etc/passwd", FETCH_END_SCHEME},
	    {"ftp://example.com/", FETCH_END_SCHEME},
	    {"gopher://127.0.0.1:6379/_X", FETCH_END_SCHEME},
	    {"dict://127.0.0.1:11211/", FETCH_END_SCHEME},
	    {"ldap://127.0.0.1/", FETCH_END_SCHEME},
	    {"ws://example.com/", FETCH_END_SCHEME},
	    {"javascript:alert(1)", FETCH_END_SCHEME},
	    {"data:text/plain,x", FETCH_END_SCHEME},
	    {"http+unix://%2frun%2fdocker.sock/", FETCH_END_SCHEME},
	    {"httpx://example.com/", FETCH_END_SCHEME},
	    {"smb://h/", FETCH_END_SCHEME},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct outcome o = {.end = FETCH_END_OK};
		struct url u;

		if (url_parse(&u, str_from(cases[i].text), &o))
			fail_test("accepted '%s' as %s", cases[i].text, u.text);
		if (o.end != cases[i].want)
			fail_test("'%s': %s (%s)", cases[i].text,
			    fetch_end_name(o.end), o.text);
		assert_true(o.text[0] != '\0');
		assert_null(u.handle);
		assert_null(u.text);
	}
}

static void
test_nul_and_length(void **state)
{
	static char text[FETCH_URL_MAX + 2] = "http://example.com/";
	struct outcome o;
	struct url u;

	(void)state;
	assert_false(url_parse(&u, STR_LIT("http://a.test\0/"), &o));
	assert_int_equal(o.end, FETCH_END_URL);
	memset(text + 19, 'a', sizeof(text) - 19);
	assert_true(url_parse(&u, (struct str){text, FETCH_URL_MAX}, &o));
	url_free(&u);
	assert_false(url_parse(&u, (struct str){text, FETCH_URL_MAX + 1}, &o));
	assert_int_equal(o.end, FETCH_END_URL);
}

/* What is shown of one that is refused has no password in it. */
static void
test_show(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
	    {"http://user:secret@h/p", "http://h/p"},
	    {"https://user:secret@h/p@q", "https://q"},
	    {"ftp://user:secret@h/", "h/"},
	    {"nonsense", "nonsense"},
	    {"", ""},
	    {"@", ""},
	};
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	for (size_t i = 0; i < NELEM(cases); i++) {
		buf_reset(&b);
		fetch_url_show(&b, str_from(cases[i].text), 100);
		assert_str_is(buf_str(&b), cases[i].want);
	}
	buf_reset(&b);
	fetch_url_show(&b, STR_LIT("0123456789"), 5);
	assert_str_is(buf_str(&b), "01234");
	buf_free(&b);
}

static void
test_outcome(void **state)
{
	static char text[2 * OUTCOME_TEXT_MAX];
	struct outcome o;

	(void)state;
	assert_false(outcome(&o, FETCH_END_DNS, "%s\n%s", "a\x1b", "\x7f"));
	assert_int_equal(o.end, FETCH_END_DNS);
	assert_string_equal(o.text, "a???");
	/* Cut between characters. */
	for (size_t i = 0; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	(void)outcome(&o, FETCH_END_DNS, "%.*s", (int)sizeof(text), text);
	assert_int_equal(strlen(o.text), OUTCOME_TEXT_MAX - 2);
	assert_true(str_utf8_valid(str_from(o.text)));
	(void)outcome(&o, FETCH_END_DNS, "ok\xff more");
	assert_true(str_utf8_valid(str_from(o.text)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_nul_and_length),
	    cmocka_unit_test(test_show),
	    cmocka_unit_test(test_outcome),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 1;
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
