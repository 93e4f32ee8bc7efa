/*
 * list_tools.c: tools/list.
 *
 * First the management tools that the caller may use, in the order of the
 * registry; then the callable tools, by name.  At the endpoint of one server
 * there is nothing but its own.
 */
#include "mcp/entry.h"
#include "mcp/list.h"
#include "mcp/method.h"

#include <pthread.h>
#include <stdlib.h>

#include "registry.h"

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
		buf_init(&text, LIST_PAGE_MAX);
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

static const struct listing listing = {
    .member = "tools",
    .kind = KIND_TOOL,
    .topic = CACHE_TOOLS,
    .head = put_ops,
    .put = entry_tool,
};

enum step
list_tools_run(struct message *m)
{
	return list_run(m, &listing);
}
