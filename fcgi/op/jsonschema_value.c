/*
 * jsonschema_value.c: when are two JSON values equal, which is more.
 */
#include "op/jsonschema_impl.h"

#include <stdlib.h>
#include <string.h>

#define TWO_63 9223372036854775808.0L

/*
 * json_int_t is 64 bits and long double has at least a 64-bit mantissa, on
 * x86-64 and arm64 alike: mixed comparison loses nothing.
 */
static long double
number(const json_t *v)
{
	return json_is_integer(v) ? (long double)json_integer_value(v)
				  : (long double)json_real_value(v);
}

int
js_compare(const json_t *a, const json_t *b)
{
	long double x = number(a), y = number(b);

	return x < y ? -1 : x > y;
}

/* Beyond 2^63 a double has no fraction. */
static bool
whole(long double x)
{
	return x >= TWO_63 || x <= -TWO_63 || (long double)(long long)x == x;
}

bool
js_is_integer(const json_t *v)
{
	return json_is_integer(v) || (json_is_real(v) && whole(number(v)));
}

bool
js_multiple(const json_t *a, const json_t *b)
{
	long double q, near;

	if (json_is_integer(a) && json_is_integer(b))
		return json_integer_value(b) != 0 &&
		    json_integer_value(a) % json_integer_value(b) == 0;
	if (number(b) == 0.0L)
		return false;
	q = number(a) / number(b);
	if (whole(q))
		return true;
	/* 0.3 is a multiple of 0.1 to everyone but binary. */
	near = (long double)(long long)(q + (q < 0 ? -0.5L : 0.5L));
	q = q > near ? q - near : near - q;
	return q <= (near < 0 ? -near : near) * 1e-15L;
}

static bool
equal_arrays(struct js *v, const json_t *a, const json_t *b)
{
	if (json_array_size(a) != json_array_size(b))
		return false;
	for (size_t i = 0; i < json_array_size(a); i++) {
		if (!js_equal(v, json_array_get(a, i), json_array_get(b, i)))
			return false;
	}
	return true;
}

static bool
equal_objects(struct js *v, const json_t *a, const json_t *b)
{
	const char *key;
	json_t *member;

	if (json_object_size(a) != json_object_size(b))
		return false;
	JS_EACH(a, key, member)
	{
		const json_t *other = json_object_get(b, key);

		if (other == NULL || !js_equal(v, member, other))
			return false;
	}
	return true;
}

/* As deep as the parser lets a value be (JSON_DEPTH_MAX), no deeper. */
bool
js_equal(struct js *v, const json_t *a, const json_t *b)
{
	if (!js_spend(v, 1))
		return false;
	if (json_is_number(a) && json_is_number(b))
		return js_compare(a, b) == 0;
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_array(a))
		return equal_arrays(v, a, b);
	if (json_is_object(a))
		return equal_objects(v, a, b);
	if (json_is_string(a))
		return strcmp(json_string_value(a), json_string_value(b)) == 0;
	return true; /* null, true, false: the type says it all */
}

/* Any total order in which equal scalars are neighbours. */
static int
order(const void *pa, const void *pb)
{
	const json_t *a = *(const json_t *const *)pa;
	const json_t *b = *(const json_t *const *)pb;
	bool na = json_is_number(a), nb = json_is_number(b);

	if (na && nb)
		return js_compare(a, b);
	if (na != nb)
		return na ? -1 : 1;
	/* Elements that are there: jansson gives no NULL for them. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	if (json_typeof(a) != json_typeof(b))
		return json_typeof(a) < json_typeof(b) ? -1 : 1;
	if (json_is_string(a))
		return strcmp(json_string_value(a), json_string_value(b));
	return 0;
}

static bool
unique_scalars(const json_t *array)
{
	size_t n = json_array_size(array);
	const json_t **v = calloc(n, sizeof(*v));
	bool unique = true;

	if (v == NULL)
		fail_abort("jsonschema: out of memory");
	for (size_t i = 0; i < n; i++)
		v[i] = json_array_get(array, i);
	qsort(v, n, sizeof(*v), order);
	for (size_t i = 1; i < n && unique; i++)
		unique = order(&v[i - 1], &v[i]) != 0;
	free(v);
	return unique;
}

bool
js_unique(struct js *v, const json_t *array)
{
	size_t n = json_array_size(array);
	bool scalars = true;

	for (size_t i = 0; i < n && scalars; i++)
		scalars = !json_is_array(json_array_get(array, i)) &&
		    !json_is_object(json_array_get(array, i));
	if (scalars)
		return n < 2 || unique_scalars(array);
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (js_equal(v, json_array_get(array, i),
				json_array_get(array, j)))
				return false;
			if (v->broken != FAIL_NONE)
				return true; /* no verdict: said elsewhere */
		}
	}
	return true;
}
