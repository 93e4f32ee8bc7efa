/*
 * request.c: FastCGI parameters as an HTTP request.
 */
#include "web/request.h"

#include <ctype.h>
#include <string.h>

#include "web/fcgi.h"

#define HEADER_NAME_MAX 64

struct str
req_param(const struct req *r, const char *name)
{
	for (size_t i = 0; i < r->nparams; i++) {
		if (str_eq_c(r->params[i].name, name))
			return r->params[i].value;
	}
	return STR_NONE;
}

/* "Mcp-Session-Id" as "HTTP_MCP_SESSION_ID". */
static bool
header_param(const char *name, char out[HEADER_NAME_MAX])
{
	size_t n = strlen(name), prefix = sizeof("HTTP_") - 1;

	if (n + prefix >= HEADER_NAME_MAX)
		return false;
	memcpy(out, "HTTP_", prefix);
	for (size_t i = 0; i <= n; i++) {
		unsigned char c = (unsigned char)name[i];

		out[prefix + i] = (char)(c == '-' ? '_' : toupper(c));
	}
	return true;
}

struct str
req_header(const struct req *r, const char *name)
{
	char param[HEADER_NAME_MAX];

	/* These two FastCGI (CGI, RFC 3875) names differently. */
	if (str_ieq_c(str_from(name), "content-type"))
		return req_param(r, "CONTENT_TYPE");
	if (str_ieq_c(str_from(name), "content-length"))
		return req_param(r, "CONTENT_LENGTH");
	return header_param(name, param) ? req_param(r, param) : STR_NONE;
}

size_t
req_header_count(const struct req *r, const char *name)
{
	char param[HEADER_NAME_MAX];
	size_t n = 0;

	if (!header_param(name, param))
		return 0;
	for (size_t i = 0; i < r->nparams; i++) {
		if (str_eq_c(r->params[i].name, param))
			n++;
	}
	return n;
}

struct str
req_cookie(const struct req *r, const char *name)
{
	struct str rest = req_header(r, "Cookie"), found = STR_NONE;

	while (rest.p != NULL) {
		struct str pair = str_trim(str_split(&rest, ';'));
		struct str value = pair, key = str_split(&value, '=');

		if (!str_eq_c(key, name))
			continue;
		if (found.p != NULL)
			return STR_NONE;
		found = value.p != NULL ? value : STR_LIT("");
	}
	return found;
}

/* "q=0" or "q=0.000": not acceptable (RFC 9110 section 12.4.2). */
static bool
refused(struct str parameters)
{
	while (parameters.p != NULL) {
		struct str p = str_trim(str_split(&parameters, ';'));

		if (p.n < 3 || (p.p[0] != 'q' && p.p[0] != 'Q') ||
		    p.p[1] != '=' || p.p[2] != '0')
			continue;
		for (size_t i = 3; i < p.n; i++) {
			if (p.p[i] != '.' && p.p[i] != '0')
				return false;
		}
		return true;
	}
	return false;
}

bool
req_accepts(const struct req *r, const char *media_type)
{
	struct str rest = req_header(r, "Accept");
	struct str want = str_from(media_type);
	size_t major = str_index(want, '/');

	if (rest.p == NULL)
		return true;
	while (rest.p != NULL) {
		struct str range = str_split(&rest, ',');
		struct str parameters = range;
		struct str type = str_trim(str_split(&parameters, ';'));
		struct str wild = str_sub(type, 0, major + 1);
		bool match = str_ieq_c(type, media_type) ||
		    str_eq_c(type, "*/*") ||
		    (type.n == major + 2 && str_ends(type, "/*") &&
			str_eq(wild, str_sub(want, 0, major + 1)));

		if (match && !refused(parameters))
			return true;
	}
	return false;
}

/* --- parsing -------------------------------------------------------------- */

static enum fail_code
read_pairs(struct req *r, struct arena *a, struct str pairs, struct fail *f)
{
	struct str name, value, rest = pairs;
	size_t n = 0;
	bool bad;

	while (fcgi_pair(&rest, &name, &value, &bad))
		n++;
	if (bad)
		return fail(f, FAIL_REQUEST, NULL);
	if (n > FCGI_PAIRS_MAX)
		return fail(f, FAIL_REQUEST, "There are too many headers.");
	r->params = arena_zalloc(a, n, sizeof(*r->params));
	r->nparams = n;
	rest = pairs;
	for (size_t i = 0; fcgi_pair(&rest, &name, &value, &bad); i++) {
		if (memchr(value.p, '\0', value.n) != NULL)
			return fail(f, FAIL_REQUEST, NULL);
		r->params[i] = (struct req_param){name, arena_str(a, value)};
	}
	return FAIL_NONE;
}

/* "application/json; charset=utf-8" as "application/json". */
static struct str
media_type(struct arena *a, struct str value)
{
	struct str type = arena_str(a, str_trim(str_split(&value, ';')));
	char *p = arena_strndup(a, type.p, type.n);

	for (size_t i = 0; i < type.n; i++)
		p[i] = (char)tolower((unsigned char)p[i]);
	return (struct str){p, type.n};
}

/* nginx has decoded and normalized it; REQUEST_URI is as the client sent it. */
static enum fail_code
read_path(struct req *r, struct arena *a, struct fail *f)
{
	struct str raw, path = req_param(r, "DOCUMENT_URI");
	char *out;

	if (path.p == NULL) {
		raw = req_param(r, "REQUEST_URI");
		raw = str_sub(raw, 0, str_index(raw, '?'));
		out = arena_alloc(a, raw.n + 1);
		if (!str_percent_decode(raw, false, out, &path.n))
			return fail(f, FAIL_REQUEST, NULL);
		path.p = out;
	}
	if (path.n == 0 || path.p[0] != '/')
		return fail(f, FAIL_REQUEST, NULL);
	r->path = path;
	return FAIL_NONE;
}

enum fail_code
req_parse(struct req *r, struct arena *a, struct str pairs, struct str body,
    struct fail *f)
{
	struct str https, length;
	enum fail_code rc;
	int64_t n;

	*r = (struct req){.body = body};
	pairs = arena_str(a, pairs);
	if ((rc = read_pairs(r, a, pairs, f)) != FAIL_NONE ||
	    (rc = read_path(r, a, f)) != FAIL_NONE)
		return rc;
	r->method = req_param(r, "REQUEST_METHOD");
	if (r->method.n == 0)
		return fail(f, FAIL_REQUEST, NULL);
	r->query = req_param(r, "QUERY_STRING");
	r->content_type = media_type(a, req_param(r, "CONTENT_TYPE"));
	https = req_param(r, "HTTPS");
	r->https = str_ieq_c(https, "on") || str_eq_c(https, "1");
	r->gateway = str_eq_c(req_param(r, "MCPBOX_LISTENER"), "gateway");
	/* A body that broke off must not pass for a whole one. */
	length = req_param(r, "CONTENT_LENGTH");
	if (length.n > 0 &&
	    (!str_to_i64(length, &n) || n < 0 || (size_t)n != body.n))
		return fail(f, FAIL_REQUEST, "The body is incomplete.");
	return FAIL_NONE;
}

static bool
decode(struct arena *a, struct str in, struct str *out)
{
	char *p = arena_alloc(a, in.n + 1);

	if (!str_percent_decode(in, true, p, &out->n))
		return false;
	out->p = p;
	return str_utf8_valid(*out);
}

enum fail_code
req_query(const struct req *r, struct arena *a, struct param_text **out,
    size_t *n_out, struct fail *f)
{
	struct str rest = r->query;
	struct param_text *list;
	size_t n = 0;

	*out = NULL;
	*n_out = 0;
	if (rest.n == 0)
		return FAIL_NONE;
	list = arena_zalloc(a, REQ_QUERY_MAX, sizeof(*list));
	while (rest.p != NULL) {
		struct str value = str_split(&rest, '&');
		struct str name;

		if (value.n == 0)
			continue;
		name = str_split(&value, '=');
		if (n == REQ_QUERY_MAX)
			return fail(f, FAIL_REQUEST,
			    "There are too many query parameters.");
		if (!decode(a, name, &list[n].name) ||
		    !decode(a, value, &list[n].value))
			return fail(f, FAIL_REQUEST,
			    "The query string is not well-formed.");
		n++;
	}
	*out = list;
	*n_out = n;
	return FAIL_NONE;
}
