/*
 * search.h: tools by what they do.
 *
 * PostgreSQL's full text search over names, titles, descriptions and
 * parameters, with its own copy of them (sql/migrations/0010_search.sql).
 */
#ifndef MCPBOX_SEARCH_H
#define MCPBOX_SEARCH_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"

#define SEARCH_TEXT_MAX 200
#define SEARCH_HITS_MAX 50
#define SEARCH_CURSOR_MAX 256
#define SEARCH_FIELDS "name|title|description|parameters"

/* Why a tool was found: where, and what there.  All of it is plain text. */
struct search_why {
	const char *field; /* SEARCH_FIELDS */
	const char *snippet;
	struct strs matches; /* words of the snippet, each once */
};

struct search_hit {
	const char *name;  /* server__tool */
	const char *kind;  /* KIND_WORDS */
	const char *title; /* NULL: none */
	const char *description;
	const char *tool_id;
	const char *server_id;
	const char *server_name;
	const char *approval_status;
	bool enabled;
	bool callable;
	json_t *input_schema; /* NULL unless asked for */
	struct list why;      /* struct search_why, at least one */
	/* As the database has it; not shown. */
	const char *score;
	const char *in_name; /* marked text, or NULL */
	const char *in_title;
	const char *in_description;
	const char *in_parameters;
};

struct search_args {
	struct str search;
	struct opt_int limit;
	struct str cursor; /* p == NULL: from the best */
	struct opt_bool schemas;
	struct opt_bool callable; /* people only */
	struct str kind;          /* KIND_WORDS, or "all" */
};

struct search_result {
	struct list hits;        /* struct search_hit, best first */
	const char *next_cursor; /* NULL: that was all */
};

extern const struct field search_row_fields[];
extern const struct op search_ops[];
extern const struct route search_routes[];

/*
 * One page.  callable: only what can be called now, whatever args say.
 * FAIL_INVALID for a cursor that is not of this search and caller.
 */
enum fail_code search_tools(struct ctx *ctx, const struct search_args *args,
    bool callable, struct search_result *out) ATTR_NODISCARD;

/*
 * What is between U+0002 and U+0003 in `marked`, as matches, each word once,
 * and the text without those marks as snippet.
 */
void search_unmark(struct ctx *ctx, const char *marked, struct search_why *out);

#endif
