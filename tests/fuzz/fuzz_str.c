/*
 * fuzz_str.c: the conversions of str.h and the JSON literal of buf.h, each
 * against its own inverse or a second way to say the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* `out` holds s.n + 1 bytes in all of these. */

static void
percent(struct str s, char *out)
{
	size_t n;

	for (int plus = 0; plus < 2; plus++) {
		if (!str_percent_decode(s, plus == 1, out, &n))
			continue;
		require(n <= s.n && out[n] == '\0');
	}
}

static void
base64(struct str s, char *out)
{
	char text[4096];
	size_t n;

	if (s.n >= 2048)
		return;
	if (str_unb64u(s, out, s.n, &n)) {
		require(n <= s.n * 3 / 4 && STR_B64U_MAX(n) < sizeof(text));
		require(str_b64u(out, n, text) == s.n);
		require(str_eq_c(s, text));
	}
	if (str_unb64(s, out, s.n, &n))
		require(n <= s.n * 3 / 4);
	(void)str_b64u(s.p, s.n, text);
	require(str_unb64u(str_from(text), out, s.n, &n) && n == s.n);
	require(s.n == 0 || memcmp(out, s.p, n) == 0);
}

static void
hex(struct str s, char *out)
{
	char text[4096];

	if (s.n >= 2048)
		return;
	str_hex(s.p, s.n, text);
	require(str_unhex(str_from(text), out, s.n));
	require(s.n == 0 || memcmp(out, s.p, s.n) == 0);
	if (str_unhex(s, out, s.n / 2)) {
		str_hex(out, s.n / 2, text);
		require(str_ieq_c(s, text));
	}
}

static void
number(struct str s)
{
	char text[32];
	int64_t v, again;

	if (!str_to_i64(s, &v))
		return;
	(void)snprintf(text, sizeof(text), "%lld", (long long)v);
	require(str_to_i64(str_from(text), &again) && again == v);
}

static void
pieces(struct str s)
{
	struct str rest = s, t = str_trim(s);
	size_t n = 0;

	require(t.n <= s.n && str_eq(str_trim(t), t));
	while (rest.p != NULL) {
		n += str_split(&rest, ',').n;
		n += rest.p != NULL; /* the comma */
	}
	require(n == s.n);
	for (size_t max = 0; max < 8; max++) {
		struct str cut = str_utf8_cut(s, max);

		require(cut.n <= max);
		require(!str_utf8_valid(s) || str_utf8_valid(cut));
	}
	require(str_utf8_len(s) <= s.n);
}

/* buf_json writes what a JSON parser reads back. */
static void
literal(struct str s)
{
	struct buf b;
	json_t *v = NULL;
	bool has_nul = s.n > 0 && memchr(s.p, 0, s.n) != NULL;

	buf_init(&b, SIZE_MAX);
	buf_json(&b, s);
	require(!b.overflow && str_utf8_valid(buf_str(&b)));
	/* The parser refuses NUL, as it should; the literal stays valid. */
	require((json_parse(NULL, buf_str(&b), SIZE_MAX, &v, NULL) ==
		    FAIL_NONE) == !has_nul);
	if (v != NULL && str_utf8_valid(s))
		require(str_eq_c(s, json_string_value(v)));
	json_decref(v);
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Views of their own size: an access past them is seen. */
	char *copy = malloc(size > 0 ? size : 1);
	char *out = malloc(size + 1);
	struct str s = {copy, size};

	if (copy == NULL || out == NULL)
		abort();
	memcpy(copy, data, size);
	percent(s, out);
	base64(s, out);
	hex(s, out);
	number(s);
	pieces(s);
	literal(s);
	(void)str_is_uuid(s);
	(void)str_has_control(s, "\t\n");
	free(out);
	free(copy);
	return 0;
}
