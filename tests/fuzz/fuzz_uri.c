/*
 * fuzz_uri.c: URI templates against URIs.
 *
 * The input is a template, a line end, and a URI.  What is accepted as a
 * template is never one that matching cannot work with; what fits begins with
 * the template's prefix, and its values are texts of the template's names.
 */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "op/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static bool
is_name(const struct str *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_c(names[i], name))
			return true;
	}
	return false;
}

static void
try_match(struct arena *a, struct str template, struct str uri)
{
	struct str names[URI_VARIABLES_MAX];
	bool optional[URI_VARIABLES_MAX];
	struct str prefix = uri_template_prefix(template);
	size_t n = uri_template_names(template, names, optional), must = 0;
	const char *name;
	json_t *values, *v;

	require(n > 0 && n <= URI_VARIABLES_MAX && prefix.n > 0);
	if (!uri_template_match(a, template, uri, &values))
		return;
	require(uri_valid(uri));
	require(str_eq(str_sub(uri, 0, prefix.n), prefix));
	for (size_t i = 0; i < n; i++)
		must += !optional[i];
	require(json_object_size(values) >= must);
	require(json_object_size(values) <= n);
	json_object_foreach(values, name, v)
	{
		require(is_name(names, n, name) && json_is_string(v));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new((size_t)64 * 1024 * 1024);
	struct str uri = {(const char *)data, size};
	struct str template = str_split(&uri, '\n');
	const char *why;

	if (uri_template_valid(template, &why)) {
		require(why == NULL);
		try_match(a, template, uri.p != NULL ? uri : template);
	} else {
		require(why != NULL);
	}
	arena_free(a);
	return 0;
}
