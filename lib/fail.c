/*
 * fail.c: the table behind fail.def, and filling a record.
 */
#include "fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "str.h"

static const struct fact {
	int http;
	int rpc;
	const char *slug;
	const char *text;
} facts[] = {
#define FAIL(name, http, rpc, slug, text)                                      \
	[FAIL_##name] = {(http), (rpc), (slug), (text)},
#include "fail.def"
#undef FAIL
};

static const struct fact *
fact(enum fail_code code)
{
	if ((unsigned)code >= FAIL__MAX)
		code = FAIL_INTERNAL;
	return &facts[code];
}

static void print(char *out, size_t size, const char *fmt, va_list ap)
    ATTR_PRINTF(3, 0);

/*
 * vsnprintf that never ends in half a character: messages become JSON, and
 * JSON must be UTF-8.
 */
static void
print(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	if (n < 0)
		out[0] = '\0';
	else if ((size_t)n >= size)
		out[str_utf8_cut(str_from(out), size - 2).n] = '\0';
}

void
fail_clear(struct fail *f)
{
	/* Not the whole record: 5 KiB for each request would be waste. */
	f->code = FAIL_NONE;
	f->message[0] = '\0';
	f->detail[0] = '\0';
	f->retry_after = 0;
	f->nfields = 0;
}

enum fail_code
fail(struct fail *f, enum fail_code code, const char *fmt, ...)
{
	va_list ap;

	if ((unsigned)code >= FAIL__MAX)
		code = FAIL_INTERNAL;
	if (f == NULL)
		return code;
	f->code = code;
	f->message[0] = '\0';
	if (fmt != NULL) {
		va_start(ap, fmt);
		print(f->message, sizeof(f->message), fmt, ap);
		va_end(ap);
	}
	if (f->message[0] == '\0')
		(void)snprintf(
		    f->message, sizeof(f->message), "%s", fact(code)->text);
	return code;
}

void
fail_detail(struct fail *f, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return;
	va_start(ap, fmt);
	print(f->detail, sizeof(f->detail), fmt, ap);
	va_end(ap);
}

enum fail_code
fail_field(struct fail *f, const char *pointer, const char *fmt, ...)
{
	struct fail_field *field;
	struct str cut;
	va_list ap;

	if (f == NULL)
		return FAIL_INVALID;
	if (f->code != FAIL_INVALID || f->message[0] == '\0')
		(void)fail(f, FAIL_INVALID, NULL);
	if (f->nfields == FAIL_FIELDS_MAX)
		return FAIL_INVALID;
	field = &f->fields[f->nfields++];
	cut = str_utf8_cut(str_from(pointer), sizeof(field->pointer) - 1);
	if (cut.n > 0)
		memcpy(field->pointer, cut.p, cut.n);
	field->pointer[cut.n] = '\0';
	va_start(ap, fmt);
	print(field->message, sizeof(field->message), fmt, ap);
	va_end(ap);
	return FAIL_INVALID;
}

int
fail_http(enum fail_code code)
{
	return fact(code)->http;
}

int
fail_rpc(enum fail_code code)
{
	return fact(code)->rpc;
}

const char *
fail_slug(enum fail_code code)
{
	return fact(code)->slug;
}

const char *
fail_text(enum fail_code code)
{
	return fact(code)->text;
}

void
fail_abort(const char *why)
{
	/* No stdio, no heap: both may be what is broken. */
	if (write(STDERR_FILENO, why, strlen(why)) < 0 ||
	    write(STDERR_FILENO, "\n", 1) < 0)
		abort();
	abort();
}
