/*
 * remark.h: what a reviewer is told about a text, beside the checker's
 * findings: characters that do not show (noun/hidden) and sentences that seem
 * meant for a model (noun/lint).
 *
 * It is lint.  Nothing is refused because of it, and a text without remarks is
 * not proved harmless; but no auto-approval passes one that is more than a note
 * (noun/approval_auto).
 */
#ifndef MCPBOX_REMARK_H
#define MCPBOX_REMARK_H

#include "arena.h"
#include "op/op.h"
#include "str.h"

#define REMARK_SEVERITIES "high|warning|note"
#define REMARK_MAX 200 /* of a list; what comes later is left out */

struct remark {
	const char *where; /* which text: "code", "description", … */
	const char *rule;  /* slug */
	const char *severity;
	const char *message; /* what it is, and why it matters */
	const char
	    *excerpt; /* the place, with what does not show spelled out */
	int64_t line, column;   /* from 1, in characters */
	int64_t end_column;     /* behind it, on the same line */
	const char *code_point; /* "U+202E"; NULL: it is about words */
	const char *name;       /* of the character; NULL likewise */
};

/* A rule, for who wants to read them all. */
struct remark_rule {
	const char *rule;
	const char *severity;
	const char *text;
};

/* A list that is filled up to REMARK_MAX. */
struct remarks {
	struct arena *arena;
	struct list list; /* struct remark */
};

extern const struct field remark_fields[];
extern const struct field remark_rule_fields[];

struct remarks remarks_new(struct arena *a);
/* Copies *r; the texts that it points to must live in the arena or be
 * static.  False when the list is full. */
bool remarks_add(struct remarks *out, const struct remark *r);

/*
 * A text from the first byte on, one character at a time.  What is not UTF-8
 * counts as U+FFFD, a byte each.  A line ends with LF; a CR before it is part
 * of the line.
 */
struct remark_cursor {
	struct str text;
	struct str rest;
	size_t at;    /* offset of the character that was read last */
	uint32_t cp;  /* that character */
	int64_t line; /* where it is */
	int64_t column;
};

struct remark_cursor remark_begin(struct str text);
/* The next character; false at the end. */
bool remark_next(struct remark_cursor *c);

/*
 * Some characters around byte `at` of the text, on its line; what does not
 * show is written as <U+202E>.
 */
const char *remark_excerpt(struct arena *a, struct str text, size_t at);

#endif
