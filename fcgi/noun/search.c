/*
 * search.c: tools by what they do.
 */
#include "noun/search.h"

#include <string.h>

#include "crypt.h"
#include "db/db.h"
#include "noun/cursor.h"

#define MARK_OPEN '\x02'
#define MARK_CLOSE '\x03'
#define MATCHES_MAX 16 /* of one field */

/* clang-format off */
const struct field search_row_fields[] = {
	FIELD_STR(struct search_hit, name, .doc = "server__tool."),
	FIELD_STR(struct search_hit, kind, .doc = "Of KIND_WORDS."),
	FIELD_STR(struct search_hit, title, .flags = FIELD_NULLABLE,
	    .doc = "For people."),
	FIELD_STR(struct search_hit, description, .doc = "For models."),
	FIELD_UUID(struct search_hit, tool_id, .doc = "The tool."),
	FIELD_UUID(struct search_hit, server_id, .doc = "Its server."),
	FIELD_STR(struct search_hit, server_name, .doc = "Name of that."),
	FIELD_STR(struct search_hit, approval_status, .doc = "Its state."),
	FIELD_BOOL(struct search_hit, enabled, .doc = "Is it switched on?"),
	FIELD_BOOL(struct search_hit, callable, .doc = "May it be called?"),
	FIELD_JSON(struct search_hit, input_schema, .flags = FIELD_NULLABLE,
	    .doc = "If asked for."),
	FIELD_STR(struct search_hit, score, .doc = "A number."),
	FIELD_STR(struct search_hit, in_name, .flags = FIELD_NULLABLE,
	    .doc = "Marked text."),
	FIELD_STR(struct search_hit, in_title, .flags = FIELD_NULLABLE,
	    .doc = "Marked text."),
	FIELD_STR(struct search_hit, in_description, .flags = FIELD_NULLABLE,
	    .doc = "Marked text."),
	FIELD_STR(struct search_hit, in_parameters, .flags = FIELD_NULLABLE,
	    .doc = "Marked text."),
	FIELD_END
};
/* clang-format on */

/* --- why ------------------------------------------------------------------ */

static void
add_match(struct strs *matches, struct str word)
{
	if (word.n == 0 || matches->n == MATCHES_MAX)
		return;
	for (size_t i = 0; i < matches->n; i++) {
		if (str_eq(matches->v[i], word))
			return;
	}
	matches->v[matches->n++] = word;
}

void
search_unmark(struct ctx *ctx, const char *marked, struct search_why *out)
{
	size_t n = 0, from = 0;
	char *text = arena_strdup(ctx->arena, marked);
	bool open = false;

	out->matches = (struct strs){.given = true};
	out->matches.v = arena_zalloc(
	    ctx->arena, MATCHES_MAX, sizeof(*out->matches.v));
	for (const char *p = marked; *p != '\0'; p++) {
		if (*p == MARK_OPEN) {
			open = true;
			from = n;
		} else if (*p == MARK_CLOSE && open) {
			open = false;
			add_match(
			    &out->matches, (struct str){text + from, n - from});
		} else if (*p != MARK_CLOSE) {
			text[n++] = *p;
		}
	}
	text[n] = '\0';
	out->snippet = text;
}

static void
explain(struct ctx *ctx, struct search_hit *hit)
{
	const struct {
		const char *field;
		const char *marked;
	} all[] = {
	    {"name", hit->in_name},
	    {"title", hit->in_title},
	    {"description", hit->in_description},
	    {"parameters", hit->in_parameters},
	};
	struct search_why *why = arena_zalloc(
	    ctx->arena, NELEM(all), sizeof(*why));

	hit->why = (struct list){0, why};
	for (size_t i = 0; i < NELEM(all); i++) {
		if (all[i].marked == NULL)
			continue;
		why[hit->why.n].field = all[i].field;
		search_unmark(ctx, all[i].marked, &why[hit->why.n++]);
	}
}

/* --- pages ------------------------------------------------------------------
 */

/* What a cursor is good for: these words, this kind of search. */
static const char *
list_name(struct ctx *ctx, const struct search_args *args, bool callable)
{
	char hex[CRYPT_SHA256_HEX_MAX];

	crypt_sha256_hex(args->search, hex);
	return arena_printf(ctx->arena, "search %s %.*s %s",
	    callable ? "callable" : "all", STR_FMT(args->kind), hex);
}

/* The place "score name" of the last hit that was sent. */
static enum fail_code
read_place(struct ctx *ctx, const struct search_args *args, const char *list,
    struct db_arg *score, struct db_arg *name)
{
	struct str rest;

	*score = *name = DB_NULL;
	if (args->cursor.p == NULL)
		return FAIL_NONE;
	if (!cursor_read(ctx, list, args->cursor, &rest))
		return fail_field(&ctx->fail, "/cursor",
		    "is not of this search: search again without it");
	*score = DB_STR(arena_str(ctx->arena, str_split(&rest, ' ')));
	*name = DB_STR(arena_str(ctx->arena, rest));
	return FAIL_NONE;
}

enum fail_code
search_tools(struct ctx *ctx, const struct search_args *args, bool callable,
    struct search_result *out)
{
	const char *list = list_name(ctx, args, callable);
	struct db_arg score, name;
	struct search_hit *hits;
	size_t limit = (size_t)args->limit.v;
	enum fail_code rc;

	*out = (struct search_result){.next_cursor = NULL};
	if ((rc = read_place(ctx, args, list, &score, &name)) != FAIL_NONE)
		return rc;
	/* One more than is shown: is there another page? */
	rc = db_all(ctx, Q_search_tools,
	    DB_ARGS(DB_STR(args->search), DB_BOOL(callable), score, name,
		DB_INT(args->limit.v + 1), DB_BOOL(args->schemas.v),
		str_eq_c(args->kind, "all") ? DB_NULL : DB_STR(args->kind)),
	    search_row_fields, sizeof(*hits), &out->hits);
	if (rc != FAIL_NONE)
		return rc;
	hits = out->hits.v;
	if (out->hits.n > limit) {
		out->hits.n = limit;
		out->next_cursor = cursor_make(ctx, list,
		    str_from(arena_printf(ctx->arena, "%s %s",
			hits[limit - 1].score, hits[limit - 1].name)));
	}
	for (size_t i = 0; i < out->hits.n; i++)
		explain(ctx, &hits[i]);
	return FAIL_NONE;
}
