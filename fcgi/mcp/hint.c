/*
 * hint.c: what a tool says about things other than its own call.
 */
#include "mcp/hint.h"

#include <string.h>

#include "json.h"
#include "log.h"
#include "noun/mcpsession.h"
#include "web/host.h"

struct change_note {
	const char *server;
	const char *what;
	bool list;
};

static enum step
tell_step(struct exchange *work)
{
	const struct change_note *n = work->user;
	enum fail_code rc = n->list
	    ? mcpsession_list_changed(&work->ctx, n->what, n->server)
	    : mcpsession_updated(&work->ctx, n->what, n->server);

	if (rc != FAIL_NONE)
		log_warning("clients were not told of a change",
		    LOG_STR("reason", fail_slug(rc)),
		    LOG_STR("detail", work->ctx.fail.detail));
	return STEP_DONE;
}

static bool
is_list(const char *what)
{
	return strcmp(what, "tools") == 0 || strcmp(what, "prompts") == 0 ||
	    strcmp(what, "resources") == 0;
}

static bool
is_note(const json_t *note, const char *name)
{
	const char *word = json_get_str(note, "note");

	return word != NULL && strcmp(word, name) == 0;
}

void
hint_changed(
    struct loop *l, const struct run *run, const json_t *note, unsigned *count)
{
	const char *what = json_get_str(note, "what");
	struct exchange *work;
	struct change_note *n;

	if (!is_note(note, "changed") || what == NULL || what[0] == '\0' ||
	    strlen(what) > MCPSESSION_URI_MAX || run->env[0] == '\0' ||
	    ++*count > HINT_CHANGES_MAX)
		return;
	work = host_work(l, tell_step);
	n = arena_zalloc(work->ctx.arena, 1, sizeof(*n));
	n->what = arena_str(work->ctx.arena, str_from(what)).p;
	n->server = arena_str(work->ctx.arena, str_from(run->env)).p;
	n->list = is_list(what);
	work->user = n;
	host_do(work);
}

bool
hint_is_detach(const json_t *note)
{
	return is_note(note, "detach");
}
