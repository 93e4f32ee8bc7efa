/*
 * fuzz_json.c: JSON text from strangers.
 *
 * What parses prints as text that parses to an equal value, and its canonical
 * text is its own canonical text.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX ((size_t)1 << 20)

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static json_t *
again(struct arena *a, struct str text)
{
	json_t *v;

	require(json_parse(a, text, SIZE_MAX, &v, NULL) == FAIL_NONE);
	return v;
}

static void
check(struct arena *a, json_t *v)
{
	struct str text = json_text(a, v);
	struct str canonical = json_canonical(a, v);
	json_t *back = again(a, text);

	require(json_equal(v, back));
	require(str_eq(json_text(a, back), text));
	require(str_utf8_valid(text));
	back = again(a, canonical);
	require(json_equal(v, back));
	require(str_eq(json_canonical(a, back), canonical));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new((size_t)64 << 20);
	struct fail f;
	char *copy = malloc(size > 0 ? size : 1);
	json_t *v;

	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	fail_clear(&f);
	if (json_parse(a, (struct str){copy, size}, MAX, &v, &f) == FAIL_NONE) {
		check(a, v);
	} else {
		require(v == NULL && f.code != FAIL_NONE);
		require(f.message[0] != '\0');
	}
	free(copy);
	arena_free(a);
	return 0;
}
