/*
 * fuzz_jsonschema.c: any schema, any value.
 *
 * The input is JSON: [schema, value].  Whatever they are, the answer comes
 * within the bounds; the same one each time; and a schema that jsonschema_check
 * accepts never turns out to be at fault.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "op/jsonschema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
check_fields(const struct fail *f)
{
	for (size_t i = 0; i < f->nfields; i++) {
		require(str_utf8_valid(str_from(f->fields[i].pointer)));
		require(str_utf8_valid(str_from(f->fields[i].message)));
		require(f->fields[i].message[0] != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new((size_t)64 << 20);
	const json_t *schema, *value;
	enum fail_code rc, again;
	struct fail f;
	json_t *pair;
	bool good;

	if (json_parse(a, (struct str){(const char *)data, size}, size, &pair,
		NULL) == FAIL_NONE &&
	    json_array_size(pair) == 2) {
		schema = json_array_get(pair, 0);
		value = json_array_get(pair, 1);
		fail_clear(&f);
		good = jsonschema_check(schema, "/s", &f) == FAIL_NONE;
		check_fields(&f);
		fail_clear(&f);
		rc = jsonschema_validate(schema, value, &f);
		check_fields(&f);
		require((rc == FAIL_INVALID) == (f.nfields > 0));
		require(!good || rc != FAIL_CONFLICT);
		fail_clear(&f);
		again = jsonschema_validate(schema, value, &f);
		require(rc == again);
	}
	arena_free(a);
	return 0;
}
