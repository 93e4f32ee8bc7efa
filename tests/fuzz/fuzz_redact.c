/*
 * fuzz_redact: the first lines of the input are secrets (up to four), the
 * rest is the text, and JSON if it can be.
 *
 * What comes out is what the slow reference says; UTF-8 stays UTF-8, JSON
 * stays JSON.
 */
#include <stdlib.h>

#include "arena.h"
#include "json.h"
#include "noun/redact.h"
#include "tests/unit/fcgi/redact_ref.h"

#define TEXT_MAX 2048
#define SECRETS_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
read_secrets(struct str *rest, struct box_pair *out)
{
	static const char *const names[SECRETS_MAX] = {"A", "B", "C", "D"};
	size_t n = 0;

	while (n < SECRETS_MAX && rest->n > 0) {
		struct str line = str_split(rest, '\n');

		if (line.n == 0)
			break;
		/* The reference leaves the ends as they are. */
		line = str_trim(line);
		/* As all that JSON brings. */
		if (!str_utf8_valid(line))
			line = STR_NONE;
		out[n] = (struct box_pair){str_from(names[n]), line};
		n++;
	}
	return n;
}

static void
check_text(struct arena *a, const struct redact *r, struct str text,
    const struct box_pair *secrets, size_t n)
{
	struct str got = redact_text(a, r, text, 0);

	if (!str_eq(got, ref_redact(a, text, secrets, n)))
		abort();
	if (str_utf8_valid(text) && !str_utf8_valid(got))
		abort();
	(void)redact_text(a, r, text, 1);
}

/* Has it no key twice?  Such a document need not stay without. */
static void
check_json(struct arena *a, const struct redact *r, struct str text)
{
	struct str got;
	struct fail f;
	json_t *v;

	if (json_parse(a, text, TEXT_MAX, &v, NULL) != FAIL_NONE) {
		(void)redact_json(a, r, text, 1);
		return;
	}
	got = redact_json(a, r, text, 0);
	fail_clear(&f);
	if (json_parse(a, got, SIZE_MAX, &v, &f) != FAIL_NONE &&
	    strstr(f.message, "twice") == NULL)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {(const char *)data, size};
	struct box_pair secrets[SECRETS_MAX];
	struct arena *a;
	struct redact *r;
	size_t n;

	if (size > TEXT_MAX)
		return 0;
	a = arena_new((size_t)256 * 1024 * 1024);
	n = read_secrets(&rest, secrets);
	r = redact_new(a, secrets, n);
	if (rest.p != NULL) {
		check_text(a, r, rest, secrets, n);
		check_json(a, r, rest);
	}
	arena_free(a);
	return 0;
}
