/*
 * response.c: answers, and the one way in which failures become answers.
 */
#include "web/response.h"

#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "web/exchange.h"

#define PROBLEM_TYPE "urn:mcpbox:problem:"

void
response_header(struct exchange *x, const char *name, const char *value)
{
	struct response_header *h;

	if (strpbrk(value, "\r\n") != NULL)
		log_panic("line break in a header value", name);
	h = arena_alloc(x->ctx.arena, sizeof(*h));
	*h = (struct response_header){
	    name, arena_strdup(x->ctx.arena, value), x->res.headers};
	x->res.headers = h;
}

void
response_empty(struct exchange *x, int status)
{
	x->res.status = status;
	x->res.content_type = NULL;
	x->res.body = STR_NONE;
}

void
response_text(
    struct exchange *x, int status, const char *content_type, struct str body)
{
	x->res.status = status;
	x->res.content_type = content_type;
	x->res.body = body;
}

void
response_json(struct exchange *x, int status, const json_t *body)
{
	response_text(
	    x, status, "application/json", json_text(x->ctx.arena, body));
}

static json_t *
field_errors(const struct fail *f)
{
	json_t *list = json_arr();

	for (size_t i = 0; i < f->nfields; i++) {
		json_t *e = json_obj();

		json_put_str(e, "pointer", f->fields[i].pointer);
		json_put_str(e, "message", f->fields[i].message);
		json_add(list, e);
	}
	return list;
}

/* While a part is down every request fails alike: a line a second is enough
 * from each thread. */
static enum log_level
unavailable_level(void)
{
	static THREAD_LOCAL int64_t last_ms;
	int64_t now = clock_mono_ms();

	if (last_ms != 0 && now - last_ms < 1000)
		return LOG_LEVEL_DEBUG;
	last_ms = now;
	return LOG_LEVEL_WARNING;
}

/* What an operator must see; the rest is the client's own business. */
static void
log_failure(const struct fail *f)
{
	enum log_level level = LOG_LEVEL_DEBUG;

	if (f->code == FAIL_INTERNAL || f->code == FAIL_UNCERTAIN)
		level = LOG_LEVEL_ERROR;
	else if (f->code == FAIL_UNAVAILABLE || f->code == FAIL_TIMEOUT)
		level = unavailable_level();
	log_at(level, "request failed", LOG_STR("reason", fail_slug(f->code)),
	    LOG_STR("detail", f->detail), LOG_END_);
}

void
response_problem(struct exchange *x)
{
	struct arena *a = x->ctx.arena;
	struct fail *f = &x->ctx.fail;
	json_t *o = json_keep(a, json_obj());
	int status;

	/* Failing without saying how would be a bug of ours. */
	if (f->code == FAIL_NONE)
		(void)fail(f, FAIL_INTERNAL, NULL);
	log_failure(f);
	status = fail_http(f->code);
	json_put_str(
	    o, "type", arena_printf(a, PROBLEM_TYPE "%s", fail_slug(f->code)));
	json_put_str(o, "title", fail_text(f->code));
	json_put_int(o, "status", status);
	json_put_str(o, "detail",
	    f->message[0] != '\0' ? f->message : fail_text(f->code));
	if (f->nfields > 0)
		json_put(o, "errors", field_errors(f));
	json_put_str(o, "request_id",
	    x->ctx.request_id != NULL ? x->ctx.request_id : "");
	response_text(x, status, "application/problem+json", json_text(a, o));
	if (f->retry_after > 0)
		response_header(
		    x, "Retry-After", arena_printf(a, "%d", f->retry_after));
	if (status == 401)
		response_header(
		    x, "WWW-Authenticate", "Bearer realm=\"mcpbox\"");
}
