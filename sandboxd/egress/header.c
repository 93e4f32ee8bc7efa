/*
 * header.c: which headers and methods a tool may send.
 *
 * What frames the message or speaks to the next hop is ours: a tool that
 * could set it could make one request look like two.
 */
#include "egress/header.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	bool prefix;
	const char *why;
} forbidden[] = {
    {"host", false, "it is taken from the URL"},
    {"content-length", false, "it is taken from the body"},
    {"transfer-encoding", false, "the body is sent as it is"},
    {"connection", false, "connections are not a tool's to manage"},
    {"keep-alive", false, "connections are not a tool's to manage"},
    {"proxy-", true, "a proxy is not a tool's to speak to"},
    {"upgrade", false, "only HTTP is spoken"},
    {"http2-settings", false, "only HTTP is spoken"},
    {"te", false, "trailers are not passed on"},
    {"trailer", false, "trailers are not sent"},
    {"expect", false, "the body is sent at once"},
};

static const struct {
	const char *name;
	bool idempotent;
	bool body;
} methods[] = {
    {"GET", true, false},
    {"HEAD", true, false},
    {"OPTIONS", true, false},
    {"PUT", true, true},
    {"DELETE", true, false},
    {"POST", false, true},
    {"PATCH", false, true},
};

bool
header_is_token(struct str s)
{
	static const char more[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') &&
		    memchr(more, c, sizeof(more) - 1) == NULL)
			return false;
	}
	return s.n > 0;
}

bool
header_method(struct str method, struct outcome *o)
{
	if (!header_is_token(method))
		return outcome(o, FETCH_END_METHOD,
		    "The method is not a word such as GET or POST.");
	if (str_ieq_c(method, "CONNECT") || str_ieq_c(method, "TRACE") ||
	    str_ieq_c(method, "TRACK"))
		return outcome(o, FETCH_END_METHOD,
		    "The method %.*s is not available to tools.",
		    STR_FMT(method));
	return true;
}

static bool
check_one(const struct fetch_pair *h, struct outcome *o)
{
	if (!header_is_token(h->name))
		return outcome(o, FETCH_END_HEADER,
		    "A header's name is empty or has characters that names "
		    "cannot have.");
	if (str_has_control(h->value, "\t"))
		return outcome(o, FETCH_END_HEADER,
		    "The value of the header %.*s has control characters.",
		    STR_FMT(str_utf8_cut(h->name, 64)));
	for (size_t i = 0; i < NELEM(forbidden); i++) {
		size_t n = strlen(forbidden[i].name);

		if (h->name.n < n || (h->name.n > n && !forbidden[i].prefix) ||
		    strncasecmp(h->name.p, forbidden[i].name, n) != 0)
			continue;
		return outcome(o, FETCH_END_HEADER,
		    "The header %.*s cannot be set by a tool: %s.",
		    STR_FMT(str_utf8_cut(h->name, 64)), forbidden[i].why);
	}
	return true;
}

bool
header_check(const struct fetch_pair *list, size_t n, struct outcome *o)
{
	for (size_t i = 0; i < n; i++) {
		if (!check_one(&list[i], o))
			return false;
	}
	return true;
}

bool
header_has(const struct fetch_pair *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_ieq_c(list[i].name, name))
			return true;
	}
	return false;
}

bool
header_idempotent(struct str method)
{
	for (size_t i = 0; i < NELEM(methods); i++) {
		if (str_eq_c(method, methods[i].name))
			return methods[i].idempotent;
	}
	return false;
}

bool
header_wants_body(struct str method)
{
	for (size_t i = 0; i < NELEM(methods); i++) {
		if (str_eq_c(method, methods[i].name))
			return methods[i].body;
	}
	return false;
}
