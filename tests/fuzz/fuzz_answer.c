/*
 * fuzz_answer.c: what a server says: header lines, and bodies in a coding.
 *
 * Byte 0 chooses; bodies are read in steps of odd sizes.
 */
#include <stdlib.h>
#include <string.h>

#include "egress/answer.h"
#include "egress/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
lines(struct str s)
{
	struct answer a;
	struct buf b;

	answer_init(&a);
	while (s.p != NULL) {
		const char *why;
		enum answer_next next;

		next = answer_line(&a, str_split(&s, '\n'), &why);
		if (next == ANSWER_BAD)
			break;
		require((next == ANSWER_HEAD) <= a.complete);
	}
	require(a.n <= FETCH_HEADERS_MAX);
	if (a.complete) {
		struct fetch_pair list[FETCH_HEADERS_MAX];
		struct fetch_head head = {
		    a.status, str_from(a.version), list, a.n};
		struct fetch_head back;

		for (size_t i = 0; i < a.n; i++)
			list[i] = answer_pair(&a, i);
		buf_init(&b, SIZE_MAX);
		fetch_head_encode(&b, &head);
		require(fetch_head_decode(buf_str(&b), &back));
		fetch_head_free(&back);
		buf_free(&b);
	}
	answer_free(&a);
}

static void
body(struct str s, const char *coding, size_t step)
{
	struct decode *d = decode_new(str_from(coding));
	char room[97];
	size_t total = 0;

	while ((s.n > 0 || decode_more(d)) && total < 1 << 20) {
		struct str some = str_sub(s, 0, step);
		size_t given = some.n, n;

		if (!decode_step(d, &some, room, sizeof(room), &n))
			break;
		require(n <= sizeof(room));
		/* It makes progress. */
		require(n > 0 || some.n < given || given == 0);
		total += n;
		s = str_sub(s, given - some.n, s.n);
	}
	(void)decode_whole(d);
	decode_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s;
	char *copy;

	if (size < 1)
		return 0;
	copy = malloc(size);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	s = (struct str){copy, size - 1};
	switch (data[0] % 4) {
	case 0:
	case 1:
		lines(s);
		break;
	case 2:
		body(s, "gzip", 1 + data[0] / 4u);
		break;
	default:
		body(s, "deflate", 1 + data[0] / 4u);
		break;
	}
	free(copy);
	return 0;
}
