/*
 * url.c: what a request asks for, parsed once.
 */
#include "egress/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define FLAGS                                                                  \
	(CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER | CURLU_PATH_AS_IS)

/* A malloc'ed copy of a part, or NULL. */
static char *
part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *text = NULL, *copy = NULL;

	if (curl_url_get(u, what, &text, flags) == CURLUE_OK && text != NULL) {
		copy = strdup(text);
		if (copy == NULL)
			log_panic("out of memory", "url");
	}
	curl_free(text);
	return copy;
}

/*
 * libcurl takes http:/host and http:///host for what was meant; others take
 * them for something else.
 */
static bool
shape(struct str text, struct outcome *o)
{
	struct str rest = text;
	struct str scheme = str_split(&rest, ':');
	struct str authority;
	size_t n = 0;

	if (rest.p == NULL || scheme.n == 0)
		return outcome(o, FETCH_END_URL,
		    "The URL has no scheme: begin it with https://.");
	if (!str_ieq_c(scheme, "http") && !str_ieq_c(scheme, "https"))
		return outcome(o, FETCH_END_SCHEME,
		    "Only http:// and https:// URLs can be requested.");
	if (!str_starts(rest, "//") || rest.n < 3 || rest.p[2] == '/' ||
	    rest.p[2] == '\\')
		return outcome(o, FETCH_END_URL,
		    "The URL has no host: it must look like "
		    "https://host/path.");
	authority = str_sub(rest, 2, rest.n);
	while (n < authority.n && strchr("/?#\\", authority.p[n]) == NULL)
		n++;
	if (memchr(authority.p, '@', n) != NULL)
		return outcome(o, FETCH_END_URL,
		    "The URL has a user name or password before the host: "
		    "send an Authorization header instead.");
	return true;
}

static bool
set_url(CURLU *u, struct str text, struct outcome *o)
{
	char *copy = strndup(text.p, text.n);
	CURLUcode code;

	if (copy == NULL)
		log_panic("out of memory", "url");
	code = curl_url_set(u, CURLUPART_URL, copy, FLAGS);
	free(copy);
	if (code == CURLUE_OK)
		return true;
	if (code == CURLUE_OUT_OF_MEMORY)
		log_panic("out of memory", "url");
	return outcome(o, FETCH_END_URL, "The URL cannot be read: %s.",
	    curl_url_strerror(code));
}

static bool
get_scheme(struct url *u, struct outcome *o)
{
	char *scheme = part(u->handle, CURLUPART_SCHEME, 0);
	struct str s = str_from(scheme);
	bool ok = str_eq_c(s, "http") || str_eq_c(s, "https");

	u->tls = str_eq_c(s, "https");
	free(scheme);
	return ok ||
	    outcome(o, FETCH_END_SCHEME,
		"Only http:// and https:// URLs can be requested.");
}

static bool
get_host(struct url *u, struct outcome *o)
{
	char *zone = part(u->handle, CURLUPART_ZONEID, 0);
	const char *why;
	char *text;
	bool ok;

	if (zone != NULL) {
		free(zone);
		return outcome(o, FETCH_END_ADDRESS,
		    "The URL names an IPv6 zone: link-local addresses are "
		    "never reachable from a tool.");
	}
	text = part(u->handle, CURLUPART_HOST, CURLU_PUNYCODE);
	if (text == NULL)
		return outcome(
		    o, FETCH_END_URL, "The URL's host is not a DNS name.");
	ok = host_read(str_from(text), &u->host, &why);
	free(text);
	return ok || outcome(o, FETCH_END_URL, "The URL's host %s.", why);
}

static bool
get_port(struct url *u, struct outcome *o)
{
	char *text = part(u->handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	int64_t port;
	bool ok = text != NULL && str_to_i64(str_from(text), &port) &&
	    port >= 1 && port <= 65535;

	free(text);
	if (!ok)
		return outcome(o, FETCH_END_URL,
		    "The URL's port is not a number from 1 to 65535.");
	u->port = (uint16_t)port;
	return true;
}

/* What goes out is what was judged: host in its one spelling, no fragment. */
static bool
put_back(struct url *u, struct outcome *o)
{
	char host[HOST_MAX + 3];
	bool v6 = u->host.literal && u->host.addr.family == AF_INET6;

	(void)snprintf(host, sizeof(host), "%s%s%s", v6 ? "[" : "",
	    u->host.name, v6 ? "]" : "");
	if (curl_url_set(u->handle, CURLUPART_HOST, host, 0) == CURLUE_OK &&
	    curl_url_set(u->handle, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK)
		u->text = part(u->handle, CURLUPART_URL, 0);
	return u->text != NULL ||
	    outcome(o, FETCH_END_URL, "The URL cannot be read.");
}

bool
url_parse(struct url *out, struct str text, struct outcome *o)
{
	struct url u = {.handle = NULL};

	*out = u;
	if (text.n == 0)
		return outcome(o, FETCH_END_URL, "The URL is empty.");
	if (text.n > FETCH_URL_MAX)
		return outcome(o, FETCH_END_URL,
		    "The URL is longer than %d bytes.", FETCH_URL_MAX);
	if (!str_utf8_valid(text) || str_has_control(text, ""))
		return outcome(o, FETCH_END_URL,
		    "The URL has control characters or is not UTF-8.");
	if (!shape(text, o))
		return false;
	u.handle = curl_url();
	if (u.handle == NULL)
		log_panic("out of memory", "url");
	if (set_url(u.handle, text, o) && get_scheme(&u, o) &&
	    get_host(&u, o) && get_port(&u, o) && put_back(&u, o)) {
		*out = u;
		return true;
	}
	url_free(&u);
	return false;
}

void
url_free(struct url *u)
{
	curl_url_cleanup(u->handle);
	free(u->text);
	*u = (struct url){.handle = NULL};
}
