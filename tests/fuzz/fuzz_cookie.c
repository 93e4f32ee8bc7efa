/*
 * fuzz_cookie.c: the Cookie header, and Host and Origin, from strangers.
 */
#include <stdlib.h>
#include <string.h>

#include "settings.h"
#include "web/auth.h"
#include "web/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char listen_[] = "127.0.0.1:8080";
static char hosts[] = "box.lan,proxy.example:9443";

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* The value must lie in the header, and must be the only one of its name. */
static void
cookie(struct str header)
{
	struct req_param params[] = {{STR_LIT("HTTP_COOKIE"), header}};
	struct req r = {.params = params, .nparams = 1};
	struct str v = req_cookie(&r, "mcpbox_session");

	if (v.p == NULL || v.n == 0)
		return;
	require(v.p >= header.p && v.p + v.n <= header.p + header.n);
	require(memchr(v.p, ';', v.n) == NULL);
}

/* What is accepted holds one of our names and nothing that ends a name. */
static void
host(const struct settings *s, struct str text)
{
	if (!auth_host_ok(s, text))
		return;
	require(text.n >= sizeof("[::1]") - 1 && text.n < 64);
	for (size_t i = 0; i < text.n; i++)
		require(text.p[i] > ' ' && text.p[i] < 0x7f &&
		    strchr("/\\@?#,", text.p[i]) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct settings s = {.listen = listen_, .allowed_hosts = hosts};
	/* A view of its own size: a read past it is seen. */
	char *copy = malloc(size > 0 ? size : 1);
	struct str text = {copy, size};

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	cookie(text);
	host(&s, text);
	(void)auth_origin_ok(&s, text);
	free(copy);
	return 0;
}
