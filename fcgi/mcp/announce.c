/*
 * announce.c: what a tool says has changed, told to all clients.
 *
 * The frame comes on the loop's thread, which has no database: each is handed
 * to a request thread as work of its own, which may outlive the call.
 */
#include "mcp/announce.h"

#include <string.h>

#include "json.h"
#include "log.h"
#include "noun/resource.h"
#include "web/host.h"

#define PAYLOAD_MAX ((size_t)4096) /* the cap of a CHANGED frame */

struct announcer {
	struct loop *loop;
	unsigned n;
};

/* One announcement, in the arena of its work. */
struct announcement {
	const char *server_id;
	struct str payload;
};

static const char *const lists[] = {"tools", "prompts", "resources"};

static const char *
known_list(const char *word)
{
	for (size_t i = 0; word != NULL && i < NELEM(lists); i++) {
		if (strcmp(lists[i], word) == 0)
			return lists[i];
	}
	return NULL;
}

/* It comes from the sandbox: what is none of the two forms is nothing. */
static enum fail_code
tell(struct ctx *ctx, const struct announcement *a)
{
	const char *list, *uri;
	bool is = true;
	json_t *v;
	enum fail_code rc;

	if (json_parse(ctx->arena, a->payload, PAYLOAD_MAX, &v, NULL) !=
	    FAIL_NONE)
		return FAIL_NONE;
	list = known_list(json_get_str(v, "list"));
	uri = json_get_str(v, "uri");
	if (list != NULL)
		return resource_list_changed(ctx, a->server_id, list);
	if (uri == NULL)
		return FAIL_NONE;
	rc = resource_updated(ctx, a->server_id, str_from(uri), &is);
	if (rc == FAIL_NONE && !is)
		log_debug("a tool announced what is not its server's",
		    LOG_STR("server", a->server_id));
	return rc;
}

static enum step
announce_step(struct exchange *work)
{
	if (tell(&work->ctx, work->user) != FAIL_NONE)
		log_warning("clients were not told of a change",
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static void
on_changed(void *user, struct run *run, struct str payload)
{
	struct announcer *who = user;
	struct announcement *a;
	struct exchange *work;

	if (who->n == ANNOUNCE_MOST)
		return;
	who->n++;
	work = host_work(who->loop, announce_step);
	a = arena_zalloc(work->ctx.arena, 1, sizeof(*a));
	a->server_id = arena_strdup(work->ctx.arena, run->changed_of);
	a->payload = arena_str(work->ctx.arena, payload);
	work->user = a;
	host_do(work);
}

void
announce_attach(struct exchange *x, struct run *run)
{
	struct announcer *who;

	if (run->changed_of == NULL || run->changed != NULL)
		return;
	who = arena_zalloc(x->ctx.arena, 1, sizeof(*who));
	who->loop = x->loop;
	run->changed = on_changed;
	run->changed_user = who;
}
