/*
 * list.c: lists of what may be called now.
 */
#include "mcp/list.h"

#include <string.h>

#include "json.h"
#include "mcp/answer.h"
#include "mcp/cache.h"
#include "noun/cursor.h"
#include "noun/scope.h"

_Static_assert(RUN_LIST_MAX > LIST_PAGE_SIZE, "one more tells of another page");
/* What surrounds the text of a page. */
#define ANSWER_ROOM 1024

static void
put_all(struct buf *b, const struct listing *l, const struct era *era,
    const struct run_tool *v, size_t n, bool comma)
{
	for (size_t i = 0; i < n; i++) {
		if (comma)
			buf_putc(b, ',');
		comma = true;
		l->put(b, era, &v[i]);
	}
}

/* The text of the page that begins behind key->after, into b, and kept. */
static enum fail_code
build(struct message *m, const struct listing *l, const struct cache_key *key,
    struct buf *b, struct cache_page **out)
{
	struct ctx *ctx = &m->x->ctx;
	struct str after = str_from(key->after);
	struct list tools = {0};
	const struct run_tool *v;
	size_t first = 0, room;
	enum fail_code rc;

	buf_printf(b, "\"%s\":[", l->member);
	if (after.n == 0 && l->head != NULL && ctx->scope == NULL)
		first = l->head(b, ctx, m->era);
	room = first < LIST_PAGE_SIZE ? LIST_PAGE_SIZE - first : 1;
	if (ctx_may(ctx, PERM_CALL) &&
	    (rc = run_list(ctx, l->kind, after, &tools)) != FAIL_NONE)
		return rc;
	v = tools.v;
	room = tools.n < room ? tools.n : room;
	put_all(b, l, m->era, v, room, first > 0);
	buf_putc(b, ']');
	if (b->overflow)
		return fail(&ctx->fail, FAIL_INTERNAL,
		    "The list of %s is too "
		    "large.",
		    l->member);
	*out = cache_put(key, buf_str(b), tools.n > room,
	    room > 0 ? str_from(v[room - 1].place) : STR_NONE);
	return FAIL_NONE;
}

void
list_caching(struct message *m)
{
	if (!m->era->modern)
		return;
	answer_member(m, "ttlMs");
	buf_printf(m->out, "%d", LIST_TTL_MS);
	answer_member_str(m, "cacheScope", STR_LIT("private"));
}

/* A cursor of one endpoint is none at another. */
static const char *
cursor_list(struct ctx *ctx, const struct listing *l)
{
	return ctx->scope == NULL
	    ? l->member
	    : arena_printf(ctx->arena, "%s %s", l->member, ctx->scope->id);
}

static enum step
answer(
    struct message *m, const struct listing *l, const struct cache_page *page)
{
	struct ctx *ctx = &m->x->ctx;

	/* The text is most of the answer: copied once, not grown into. */
	(void)buf_reserve(m->out, page->text.n + ANSWER_ROOM);
	answer_open(m);
	answer_members(m, page->text);
	if (page->more)
		answer_member_str(m, "nextCursor",
		    str_from(cursor_make(
			ctx, cursor_list(ctx, l), str_from(page->last))));
	list_caching(m);
	return answer_close(m);
}

/* The cursor into key->after; false if there is one that is none of ours. */
static bool
read_cursor(struct message *m, const struct listing *l, struct cache_key *key)
{
	const json_t *cursor = json_object_get(m->rpc.params, "cursor");
	struct ctx *ctx = &m->x->ctx;
	struct str after;

	if (cursor == NULL)
		return true;
	if (!json_is_string(cursor) ||
	    !cursor_read(ctx, cursor_list(ctx, l),
		(struct str){
		    json_string_value(cursor), json_string_length(cursor)},
		&after) ||
	    after.n == 0 || after.n > CACHE_AFTER_MAX)
		return false;
	memcpy(key->after, after.p, after.n);
	return true;
}

enum step
list_run(struct message *m, const struct listing *l)
{
	struct cache_key key = {
	    .revision = m->era->revision,
	    .perms = m->x->ctx.caller.perms,
	    .version = cache_version(l->topic),
	    .list = l->member,
	};
	const struct scope *scope = m->x->ctx.scope;
	struct cache_page *page;
	enum step step;
	struct buf b;

	if (scope != NULL)
		memcpy(
		    key.scope, scope->id, strnlen(scope->id, CACHE_SCOPE_MAX));
	if (!read_cursor(m, l, &key))
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "This cursor is not valid. List again from the start.");
	page = cache_get(&key);
	if (page == NULL) {
		buf_init(&b, LIST_PAGE_MAX);
		if (build(m, l, &key, &b, &page) != FAIL_NONE)
			page = NULL;
		buf_free(&b);
	}
	if (page == NULL)
		return answer_fail(m);
	step = answer(m, l, page);
	cache_release(page);
	return step;
}
