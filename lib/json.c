/*
 * json.c: jansson behind limits.
 */
#include "json.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rnd.h"

/* Where a scan stands, for messages: both from 1, columns in characters. */
struct place {
	int line;
	int column;
};

/*
 * Seeds jansson's hash tables from the kernel: left alone, it would open
 * /dev/urandom, and fall back to the time of day where that does not exist.
 */
static void
seed(void)
{
	size_t v;

	do
		rnd_bytes(&v, sizeof(v));
	while (v == 0); /* 0 means "choose yourself" */
	json_object_seed(v);
}

static void
seed_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (pthread_once(&once, seed) != 0)
		fail_abort("json: pthread_once failed");
}

/* False when brackets nest deeper than allowed; *at says where. */
static bool
depth_ok(struct str text, struct place *at)
{
	bool quoted = false;
	int depth = 0;

	*at = (struct place){1, 0};
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (((unsigned char)c & 0xc0) != 0x80)
			at->column++;
		if (c == '\n')
			*at = (struct place){at->line + 1, 0};
		if (quoted && c == '\\') {
			i++; /* an escaped quote ends nothing */
			at->column++;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && (c == '[' || c == '{')) {
			if (++depth > JSON_DEPTH_MAX)
				return false;
		} else if (!quoted && (c == ']' || c == '}')) {
			depth--;
		}
	}
	return true;
}

/* Our own words for jansson's codes: its texts quote the input. */
static const char *
reason(const json_error_t *error)
{
	static const struct {
		enum json_error_code code;
		const char *text;
	} reasons[] = {
	    {json_error_premature_end_of_input, "it ends too early"},
	    {json_error_end_of_input_expected, "there is more after its end"},
	    {json_error_invalid_utf8, "it is not UTF-8"},
	    {json_error_duplicate_key, "a key occurs twice in one object"},
	    {json_error_numeric_overflow, "a number is out of range"},
	    {json_error_null_character, "it has a NUL character"},
	    {json_error_null_byte_in_key, "it has a NUL character"},
	};
	enum json_error_code code = json_error_code(error);

	for (size_t i = 0; i < NELEM(reasons); i++) {
		if (reasons[i].code == code)
			return reasons[i].text;
	}
	return "it is not well-formed";
}

static void
drop(void *v)
{
	json_decref(v);
}

json_t *
json_keep(struct arena *a, json_t *v)
{
	if (v != NULL)
		arena_defer(a, drop, v);
	return v;
}

enum fail_code
json_parse(
    struct arena *a, struct str text, size_t max, json_t **out, struct fail *f)
{
	json_error_t error;
	struct place at;
	json_t *v;

	*out = NULL;
	if (text.n > max)
		return fail(f, FAIL_TOO_LARGE,
		    "The JSON is larger than %zu bytes.", max);
	if (!depth_ok(text, &at))
		return fail(f, FAIL_SYNTAX,
		    "The JSON nests deeper than %d levels: "
		    "line %d, column %d.",
		    JSON_DEPTH_MAX, at.line, at.column);
	seed_once();
	v = json_loadb(text.n > 0 ? text.p : "", text.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (v == NULL && json_error_code(&error) == json_error_out_of_memory)
		fail_abort("json: out of memory");
	if (v == NULL)
		return fail(f, FAIL_SYNTAX,
		    "The JSON is not valid, %s: line %d, column %d.",
		    reason(&error), error.line, error.column);
	*out = a != NULL ? json_keep(a, v) : v;
	return FAIL_NONE;
}

static int
put_piece(const char *p, size_t n, void *b)
{
	buf_put(b, p, n);
	return 0;
}

static void
dump(struct buf *b, const json_t *v, size_t flags)
{
	if (v == NULL)
		buf_puts(b, "null");
	else if (json_dump_callback(v, put_piece, b,
		     flags | JSON_COMPACT | JSON_ENCODE_ANY) != 0)
		fail_abort("json: cannot write a value");
}

static struct str
dump_arena(struct arena *a, const json_t *v, size_t flags)
{
	struct buf b;
	struct str s;

	buf_init(&b, SIZE_MAX);
	dump(&b, v, flags);
	s = arena_str(a, buf_str(&b));
	buf_free(&b);
	return s;
}

struct str
json_text(struct arena *a, const json_t *v)
{
	return dump_arena(a, v, 0);
}

struct str
json_canonical(struct arena *a, const json_t *v)
{
	/* Reals keep jansson's 17 digits: what is read back is the same. */
	return dump_arena(a, v, JSON_SORT_KEYS);
}

void
json_append(struct buf *b, const json_t *v)
{
	dump(b, v, 0);
}

const char *
json_get_str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

int64_t
json_get_int(const json_t *o, const char *key, int64_t def)
{
	const json_t *v = json_object_get(o, key);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) : def;
}

bool
json_get_bool(const json_t *o, const char *key, bool def)
{
	const json_t *v = json_object_get(o, key);

	return json_is_boolean(v) ? json_is_true(v) : def;
}

json_t *
json_get_obj(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return json_is_object(v) ? v : NULL;
}

json_t *
json_get_arr(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return json_is_array(v) ? v : NULL;
}

/* A fresh value, or the end. */
static json_t *
must(json_t *v)
{
	if (v == NULL)
		fail_abort("json: out of memory");
	return v;
}

void
json_put(json_t *o, const char *key, json_t *v)
{
	if (json_object_set_new(o, key, v != NULL ? v : json_null()) != 0)
		fail_abort("json: cannot set a member");
}

/* A string; bytes that are not UTF-8 become U+FFFD, as in buf_json. */
static json_t *
string(struct str s)
{
	struct buf b;
	json_t *v;

	if (str_utf8_valid(s))
		return must(json_stringn(s.n > 0 ? s.p : "", s.n));
	buf_init(&b, SIZE_MAX);
	while (s.n > 0) {
		size_t n = str_utf8_seq(s);

		buf_put(&b, n > 0 ? s.p : "\xef\xbf\xbd", n > 0 ? n : 3);
		s = str_sub(s, n > 0 ? n : 1, s.n);
	}
	v = must(json_stringn(b.p, b.n));
	buf_free(&b);
	return v;
}

void
json_put_str(json_t *o, const char *key, const char *v)
{
	json_put(o, key, v != NULL ? string(str_from(v)) : NULL);
}

void
json_put_view(json_t *o, const char *key, struct str v)
{
	json_put(o, key, v.p != NULL ? string(v) : NULL);
}

void
json_put_int(json_t *o, const char *key, int64_t v)
{
	json_put(o, key, must(json_integer(v)));
}

void
json_put_bool(json_t *o, const char *key, bool v)
{
	json_put(o, key, json_boolean(v));
}

void
json_add(json_t *array, json_t *v)
{
	if (json_array_append_new(array, v != NULL ? v : json_null()) != 0)
		fail_abort("json: cannot append");
}

json_t *
json_obj(void)
{
	seed_once();
	return must(json_object());
}

json_t *
json_arr(void)
{
	return must(json_array());
}
