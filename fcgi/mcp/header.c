/*
 * header.c: the HTTP headers of MCP.
 */
#include "mcp/header.h"

#include <string.h>

static const char *const single[] = {"HTTP_HOST", "HTTP_ORIGIN",
    "HTTP_AUTHORIZATION", "HTTP_ACCEPT", "CONTENT_TYPE", "HTTP_LAST_EVENT_ID"};

static bool
must_be_single(struct str name)
{
	if (str_starts(name, "HTTP_MCP_"))
		return true;
	for (size_t i = 0; i < NELEM(single); i++) {
		if (str_eq_c(name, single[i]))
			return true;
	}
	return false;
}

const char *
header_doubled(const struct req *r, struct arena *a)
{
	/* A few dozen parameters at most (FCGI_PAIRS_MAX): no need of a set. */
	for (size_t i = 0; i < r->nparams; i++) {
		struct str name = r->params[i].name;

		if (!must_be_single(name))
			continue;
		for (size_t j = 0; j < i; j++) {
			if (str_eq(name, r->params[j].name))
				return arena_strndup(a, name.p, name.n);
		}
	}
	return NULL;
}

static bool
plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c > 0x7e)
			return false;
	}
	return true;
}

bool
header_decode(struct str value, struct arena *a, struct str *out)
{
	static const char prefix[] = "=?base64?", suffix[] = "?=";
	size_t extra = sizeof(prefix) - 1 + sizeof(suffix) - 1;
	struct str text;
	char *p;

	value = str_trim(value);
	if (!plain(value))
		return false;
	*out = value;
	if (value.n < extra || !str_starts(value, prefix) ||
	    !str_ends(value, suffix))
		return true;
	text = str_sub(value, sizeof(prefix) - 1, value.n - extra);
	p = arena_alloc(a, text.n + 1);
	if (!str_unb64(text, p, text.n, &out->n))
		return false;
	p[out->n] = '\0';
	out->p = p;
	return str_utf8_valid(*out);
}

bool
header_is(
    const struct req *r, struct arena *a, const char *name, struct str text)
{
	struct str value = req_header(r, name), decoded;

	return value.p != NULL && header_decode(value, a, &decoded) &&
	    str_eq(decoded, text);
}
