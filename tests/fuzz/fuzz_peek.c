/*
 * fuzz_peek.c: a message looked at in passing is what it is when it is read,
 * and what it puts into headers can be read back.
 */
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "json.h"
#include "msg.h"
#include "peek.h"

#define MAX ((size_t)65536)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* The id's text must mean what the reader found. */
static void
same_id(const struct peek *p, const json_t *id)
{
	json_t *v;

	if (id == NULL) {
		require(p->id_n == 0);
		return;
	}
	require(json_parse(NULL, (struct str){p->id, p->id_n}, MAX, &v, NULL) ==
	    FAIL_NONE);
	require(json_equal(v, id));
	json_decref(v);
}

static void
header(const char *text)
{
	struct str s = str_from(text), value, inner;
	struct buf b;
	char *out;
	size_t n = 0;

	buf_init(&b, MAX * 2);
	codec_text(&b, s);
	value = buf_str(&b);
	for (size_t i = 0; i < value.n; i++)
		require(value.p[i] >= ' ' && value.p[i] <= '~');
	require(str_trim(value).n == value.n);
	if (!codec_plain(s)) {
		require(str_starts(value, "=?base64?"));
		inner = str_sub(value, 9, value.n - 11);
		out = malloc(inner.n + 1);
		require(out != NULL && str_unb64(inner, out, inner.n, &n));
		require(str_eq((struct str){out, n}, s));
		free(out);
	} else {
		require(str_eq(value, s));
	}
	buf_free(&b);
}

/* A key written with escapes is the same key to a reader, and not to peek. */
static bool
has_escapes(struct str text)
{
	return str_index(text, '\\') < text.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size};
	struct peek p, q;
	json_t *batch = NULL;
	struct msg *m;
	bool whole = peek_text(&p, text);

	peek_init(&q);
	for (size_t i = 0; i < size; i++)
		peek_feed(&q, str_sub(text, i, 1));
	require(peek_whole(&q) == whole && q.id_n == p.id_n);
	if (msg_read(text, MAX, &m, &batch, NULL) != FAIL_NONE) {
		json_decref(batch);
		return 0;
	}
	if (!has_escapes(text) && !p.bad) {
		require(whole);
		same_id(&p, m->id);
		require(p.has_method == (m->method != NULL));
	}
	if (m->method != NULL)
		header(m->method);
	if (m->name != NULL)
		header(m->name);
	msg_free(m);
	return 0;
}
