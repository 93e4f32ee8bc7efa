/*
 * answer.h: the head of an HTTP answer, as its lines come in.
 */
#ifndef MCPBOX_EGRESS_ANSWER_H
#define MCPBOX_EGRESS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "fetch.h"
#include "str.h"

/* Bytes of interim answers (1xx), heads and trailers together. */
#define ANSWER_BYTES_MAX ((size_t)256 * 1024)

struct answer {
	bool complete; /* a final head is here; what follows is trailers */
	uint32_t status;
	char version[16];
	struct buf text; /* names and values, one after the other */
	struct answer_span {
		size_t at, name, value;
	} spans[FETCH_HEADERS_MAX];
	size_t n;
	size_t bytes;
};

enum answer_next {
	ANSWER_MORE,
	ANSWER_HEAD, /* this line ended the final head */
	ANSWER_BAD   /* *why_out follows "the answer " */
};

void answer_init(struct answer *a);
void answer_free(struct answer *a);
enum answer_next answer_line(
    struct answer *a, struct str line, const char **why_out);

/* Views, valid until the next line. */
struct fetch_pair answer_pair(const struct answer *a, size_t i);
/* The value of the last header of that (lower-case) name; empty when none. */
struct str answer_get(const struct answer *a, const char *name);

#endif
