/*
 * proxy.c: the corporate proxy.
 */
#include "egress/proxy.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static char *
part(CURLU *u, CURLUPart what, unsigned flags)
{
	char *text = NULL, *copy = NULL;

	if (curl_url_get(u, what, &text, flags) == CURLUE_OK && text != NULL) {
		copy = strdup(text);
		if (copy == NULL)
			log_panic("out of memory", "proxy");
	}
	curl_free(text);
	return copy;
}

static bool
read_host(struct proxy *p, CURLU *u)
{
	char *text = part(u, CURLUPART_HOST, CURLU_PUNYCODE);
	const char *why;
	bool ok = text != NULL && host_read(str_from(text), &p->host, &why);

	free(text);
	return ok;
}

static bool
read_port(struct proxy *p, CURLU *u)
{
	char *text = part(u, CURLUPART_PORT, 0);
	int64_t port;
	bool ok = text != NULL && str_to_i64(str_from(text), &port) &&
	    port >= 1 && port <= 65535;

	free(text);
	if (ok)
		p->port = (uint16_t)port;
	return ok;
}

static bool
read_all(struct proxy *p, CURLU *u)
{
	char *scheme = part(u, CURLUPART_SCHEME, 0);
	struct str s = str_from(scheme);
	bool v6, ok = str_eq_c(s, "http") || str_eq_c(s, "https");

	if (ok)
		ok = read_host(p, u) && read_port(p, u);
	if (ok) {
		v6 = p->host.literal && p->host.addr.family == AF_INET6;
		p->user = part(u, CURLUPART_USER, CURLU_URLDECODE);
		p->password = part(u, CURLUPART_PASSWORD, CURLU_URLDECODE);
		if (asprintf(&p->url, "%s://%s%s%s:%u", scheme, v6 ? "[" : "",
			p->host.name, v6 ? "]" : "", p->port) < 0)
			log_panic("out of memory", "proxy");
	}
	free(scheme);
	return ok;
}

struct proxy *
proxy_new(const struct secret *text, bool names, FILE *err)
{
	struct proxy *p = calloc(1, sizeof(*p));
	CURLU *u = curl_url();

	if (p == NULL || u == NULL)
		log_panic("out of memory", "proxy");
	p->names = names;
	if (curl_url_set(u, CURLUPART_URL, secret_view(text).p, 0) !=
		CURLUE_OK ||
	    !read_all(p, u)) {
		(void)fputs("MCPBOX_EGRESS_PROXY: it must look like "
			    "http://[user:password@]host:port\n",
		    err);
		proxy_free(p);
		p = NULL;
	}
	curl_url_cleanup(u);
	return p;
}

void
proxy_free(struct proxy *p)
{
	if (p == NULL)
		return;
	if (p->password != NULL)
		secret_wipe(p->password, strlen(p->password));
	free(p->url);
	free(p->user);
	free(p->password);
	free(p);
}
