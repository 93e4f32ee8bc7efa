/*
 * list_tools.c: tools/list.
 *
 * First the management tools that the caller may use, in the order of the
 * registry; then the callable tools, by name.  A page is built once and kept
 * (cache.h); only the id and the cursor are the caller's own.
 */
#include "mcp/answer.h"
#include "mcp/cache.h"
#include "noun/cursor.h"
#include "mcp/entry.h"
#include "mcp/method.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "noun/run.h"
#include "op/cachever.h"
#include "registry.h"

#define PAGE_SIZE 100
_Static_assert(RUN_LIST_MAX > PAGE_SIZE, "one more tells of another page");
/* Nothing tells a client that the list has changed: it is stale at once. */
#define LIST_TTL_MS 0
/* Of all entries of one page: 100 tools with large schemas. */
#define PAGE_MAX ((size_t)32 * 1024 * 1024)
#define LIST_NAME "tools"
/* What surrounds the text of a page. */
#define ANSWER_ROOM 1024

/*
 * The management tools are the same for the life of the process: their text is
 * made once for each revision and set of permissions (a few of each).
 */
#define OPS_TEXTS 32

static struct ops_text {
	struct str text; /* comma separated; never freed */
	size_t n;
	enum era_revision revision;
	unsigned perms;
} ops_texts[OPS_TEXTS]; /* under ops_lock */
static size_t ops_made; /* under ops_lock */
static pthread_mutex_t ops_lock = PTHREAD_MUTEX_INITIALIZER;

/* Management tools that the caller may use. Their number. */
static size_t
write_ops(struct buf *b, const struct ctx *ctx, const struct era *era)
{
	size_t n = 0;

	for (const struct op *const *table = registry_ops; *table != NULL;
	     table++) {
		for (const struct op *op = *table; op->name != NULL; op++) {
			if ((op->faces & FACE_MCP) == 0 ||
			    !ctx_may(ctx, op->perm))
				continue;
			if (n++ > 0)
				buf_putc(b, ',');
			entry_op(b, era, op);
		}
	}
	return n;
}

/* One that was made before, or {0}. */
static struct ops_text
find_ops(unsigned perms, enum era_revision revision)
{
	struct ops_text found = {.n = 0};

	pthread_mutex_lock(&ops_lock);
	for (size_t i = 0; i < ops_made; i++) {
		if (ops_texts[i].perms == perms &&
		    ops_texts[i].revision == revision)
			found = ops_texts[i];
	}
	pthread_mutex_unlock(&ops_lock);
	return found;
}

/* False when another thread was first, or there is no place. */
static bool
keep_ops(struct ops_text made)
{
	bool kept;

	pthread_mutex_lock(&ops_lock);
	kept = ops_made < OPS_TEXTS;
	for (size_t i = 0; i < ops_made; i++) {
		if (ops_texts[i].perms == made.perms &&
		    ops_texts[i].revision == made.revision)
			kept = false;
	}
	if (kept)
		ops_texts[ops_made++] = made;
	pthread_mutex_unlock(&ops_lock);
	return kept;
}

static size_t
put_ops(struct buf *b, const struct ctx *ctx, const struct era *era)
{
	struct ops_text t = find_ops(ctx->caller.perms, era->revision);
	struct buf text;
	char *p;

	if (t.text.p == NULL) {
		buf_init(&text, PAGE_MAX);
		t.n = write_ops(&text, ctx, era);
		t.perms = ctx->caller.perms;
		t.revision = era->revision;
		buf_putstr(b, buf_str(&text));
		p = buf_detach(&text, &t.text.n);
		t.text.p = p;
		if (!keep_ops(t))
			free(p);
	} else {
		buf_putstr(b, t.text);
	}
	return t.n;
}

static void
put_tools(struct buf *b, const struct era *era, const struct list *tools,
    size_t n, bool comma)
{
	const struct run_tool *v = tools->v;

	for (size_t i = 0; i < n; i++) {
		if (comma)
			buf_putc(b, ',');
		comma = true;
		entry_tool(b, era, &v[i]);
	}
}

/* The text of the page that begins behind key->after, into b, and kept. */
static enum fail_code
build(struct message *m, const struct cache_key *key, struct buf *b,
    struct cache_page **out)
{
	struct ctx *ctx = &m->x->ctx;
	struct str after = str_from(key->after);
	struct list tools = {0};
	const struct run_tool *v;
	size_t ops = 0, room;
	enum fail_code rc;

	buf_puts(b, "\"tools\":[");
	if (after.n == 0)
		ops = put_ops(b, ctx, m->era);
	room = ops < PAGE_SIZE ? PAGE_SIZE - ops : 1;
	if (ctx_may(ctx, PERM_CALL) &&
	    (rc = run_list(ctx, KIND_TOOL, after, &tools)) != FAIL_NONE)
		return rc;
	v = tools.v;
	room = tools.n < room ? tools.n : room;
	put_tools(b, m->era, &tools, room, ops > 0);
	buf_putc(b, ']');
	if (b->overflow)
		return fail(&ctx->fail, FAIL_INTERNAL,
		    "The list of tools is too large.");
	*out = cache_put(key, buf_str(b), tools.n > room,
	    room > 0 ? str_from(v[room - 1].full_name) : STR_NONE);
	return FAIL_NONE;
}

static enum step
answer(struct message *m, const struct cache_page *page)
{
	/* The text is most of the answer: copied once, not grown into. */
	(void)buf_reserve(m->out, page->text.n + ANSWER_ROOM);
	answer_open(m);
	answer_members(m, page->text);
	if (page->more)
		answer_member_str(m, "nextCursor",
		    str_from(cursor_make(
			&m->x->ctx, LIST_NAME, str_from(page->last))));
	if (m->era->modern) {
		answer_member(m, "ttlMs");
		buf_printf(m->out, "%d", LIST_TTL_MS);
		answer_member_str(m, "cacheScope", STR_LIT("private"));
	}
	return answer_close(m);
}

/* The cursor into key->after; false if there is one that is none of ours. */
static bool
read_cursor(struct message *m, struct cache_key *key)
{
	const json_t *cursor = json_object_get(m->rpc.params, "cursor");
	struct str after;

	if (cursor == NULL)
		return true;
	if (!json_is_string(cursor) ||
	    !cursor_read(&m->x->ctx, LIST_NAME,
		(struct str){
		    json_string_value(cursor), json_string_length(cursor)},
		&after) ||
	    after.n == 0 || after.n > CACHE_AFTER_MAX)
		return false;
	memcpy(key->after, after.p, after.n);
	return true;
}

enum step
list_tools_run(struct message *m)
{
	struct cache_key key = {
	    .revision = m->era->revision,
	    .perms = m->x->ctx.caller.perms,
	    .version = cache_version(CACHE_TOOLS),
	};
	struct cache_page *page;
	enum step step;
	struct buf b;

	if (!read_cursor(m, &key))
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "This cursor is not valid. List again from the start.");
	page = cache_get(&key);
	if (page == NULL) {
		buf_init(&b, PAGE_MAX);
		if (build(m, &key, &b, &page) != FAIL_NONE)
			page = NULL;
		buf_free(&b);
	}
	if (page == NULL)
		return answer_fail(m);
	step = answer(m, page);
	cache_release(page);
	return step;
}
