/*
 * fuzz_url.c: URLs, hosts and grants.
 *
 * What is accepted is checked by an independent rule: the host that libcurl
 * will use is the one that was judged, and reading it again changes nothing.
 */
#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "egress/grant.h"
#include "egress/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	require(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
	return 0;
}

static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((*s < 'a' || *s > 'z') && (*s < '0' || *s > '9') &&
		    strchr(".-_:", *s) == NULL)
			return false;
	}
	return true;
}

static void
try_url(struct str s)
{
	struct outcome o = {.end = FETCH_END_OK}, o2 = {.end = FETCH_END_OK};
	struct url u, again;
	char *host = NULL;
	size_t n;

	if (!url_parse(&u, s, &o)) {
		require(o.end == FETCH_END_URL || o.end == FETCH_END_SCHEME ||
		    o.end == FETCH_END_ADDRESS);
		require(o.text[0] != '\0');
		require(str_utf8_valid(str_from(o.text)));
		return;
	}
	require(u.port != 0 && u.host.name[0] != '\0');
	require(is_plain(u.host.name));
	require(strncmp(u.text, u.tls ? "https://" : "http://",
		    u.tls ? 8 : 7) == 0);
	/* libcurl's view of it, brackets aside. */
	require(curl_url_get(u.handle, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	n = strlen(host);
	if (host[0] == '[') {
		require(u.host.literal && u.host.addr.family == AF_INET6);
		require(strncmp(host + 1, u.host.name, n - 2) == 0 &&
		    strlen(u.host.name) == n - 2);
	} else {
		require(strcmp(host, u.host.name) == 0);
	}
	curl_free(host);
	require(url_parse(&again, str_from(u.text), &o2));
	require(host_equal(&u.host, &again.host) && u.port == again.port &&
	    strcmp(u.text, again.text) == 0);
	url_free(&again);
	url_free(&u);
}

static void
try_host(struct str s)
{
	struct host h, again;
	const char *why;
	char text[HOST_MAX + 3];
	bool v6;

	if (!host_read(s, &h, &why))
		return;
	require(is_plain(h.name));
	v6 = h.literal && h.addr.family == AF_INET6;
	(void)snprintf(
	    text, sizeof(text), "%s%s%s", v6 ? "[" : "", h.name, v6 ? "]" : "");
	require(host_read(str_from(text), &again, &why));
	require(host_equal(&h, &again) && strcmp(h.name, again.name) == 0);
}

static void
try_grant(struct str s)
{
	struct grant g;
	struct grants all = {&g, 1};
	bool private;

	if (!grant_read(s, &g))
		return;
	require(
	    grants_match(&all, &g.host, g.port != 0 ? g.port : 1, &private));
	require(private == g.private);
	require(str_starts(s, "private ") == g.private);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[])(struct str) = {
	    try_url, try_url, try_host, try_grant};
	char *copy;

	if (size < 1)
		return 0;
	copy = malloc(size);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	tries[data[0] % 4]((struct str){copy, size - 1});
	free(copy);
	return 0;
}
