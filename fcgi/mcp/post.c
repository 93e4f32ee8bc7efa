/*
 * post.c: a POST to /mcp: one message, or in 2025-03-26 an array of them.
 *
 * The messages of a POST are answered one after the other into one buffer.
 * One that starts a run parks the whole exchange; the run's end goes on where
 * it stopped.  The answer to a lone request may become a stream meanwhile
 * (live.h).
 */
#include "mcp/post.h"

#include <string.h>

#include "json.h"
#include "log.h"
#include "mcp/announce.h"
#include "mcp/answer.h"
#include "mcp/legacy.h"
#include "mcp/live.h"
#include "mcp/message.h"
#include "mcp/method.h"
#include "mcp/modern.h"
#include "mcp/notes.h"
#include "out/run.h"

struct post {
	const json_t *body;
	bool batch;
	size_t next;    /* message to take up */
	size_t n;       /* messages in all */
	size_t answers; /* written to out */
	struct buf out;
	struct message m; /* the one at hand */
	bool in_session;  /* the request names one that there is */
	struct mcpsession session;
};

static void
free_buf(void *b)
{
	buf_free(b);
}

enum step
post_refuse(struct exchange *x, int status, int code, const char *text)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	rpc_put_error(&b, NULL, code, text, NULL);
	response_text(x, status, "application/json",
	    arena_str(x->ctx.arena, buf_str(&b)));
	buf_free(&b);
	return STEP_DONE;
}

enum step
post_fail(struct exchange *x)
{
	const struct fail *f = &x->ctx.fail;

	answer_log(f);
	if (f->retry_after > 0)
		response_header(x, "Retry-After",
		    arena_printf(x->ctx.arena, "%d", f->retry_after));
	return post_refuse(
	    x, fail_http(f->code), fail_rpc(f->code), f->message);
}

/* --- sessions ------------------------------------------------------------ */

/* Looks for the session that the request names, if it names one. */
static enum fail_code
find_session(struct exchange *x, struct post *p)
{
	struct str id = req_header(&x->req, "Mcp-Session-Id");
	enum fail_code rc;

	if (id.p == NULL || p->in_session)
		return FAIL_NONE;
	rc = mcpsession_find(&x->ctx, id, &p->session);
	p->in_session = rc == FAIL_NONE;
	return rc;
}

/* Sessions are a legacy thing; what was negotiated at their beginning counts,
 * whatever the headers say. */
static bool
legacy_check(struct post *p, struct message *m)
{
	const struct fail *f = &m->x->ctx.fail;
	enum fail_code rc = find_session(m->x, p);

	if (rc == FAIL_NOT_FOUND)
		(void)answer_error(
		    m, -404, RPC_INVALID_REQUEST, NULL, "%s", POST_NO_SESSION);
	else if (rc != FAIL_NONE)
		(void)answer_error(
		    m, -fail_http(rc), fail_rpc(rc), NULL, "%s", f->message);
	if (rc != FAIL_NONE || !p->in_session)
		return rc == FAIL_NONE;
	m->session = &p->session;
	m->era = era_find(str_from(p->session.revision));
	if (m->rpc.method == NULL || strcmp(m->rpc.method, "initialize") != 0)
		return true;
	(void)answer_error(m, -400, RPC_INVALID_REQUEST, NULL,
	    "This session was initialized before.");
	return false;
}

/* --- one message --------------------------------------------------------- */

/* Of 2026-07-28: there the level comes with each request. */
static bool
log_level_ok(const struct message *m)
{
	const json_t *level = json_object_get(
	    json_get_obj(m->rpc.params, "_meta"), ERA_META_LOG_LEVEL);

	return !m->era->modern || level == NULL ||
	    notes_level(json_string_value(level)) >= 0;
}

static enum step
request(struct message *m)
{
	const struct method *method = method_find(m->rpc.method, m->era);

	if (method == NULL) /* legacy only: modern_check has looked */
		return answer_error(m, 404, RPC_METHOD_NOT_FOUND, NULL,
		    "There is no such method here.");
	if (m->rpc.params_odd)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "params must be an object.");
	if (!log_level_ok(m))
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "There is no such " ERA_META_LOG_LEVEL ".");
	if (method->live && !m->batch)
		m->live = live_new(m->x, m->era, m->session, m->rpc.id,
		    req_accepts(&m->x->req, "text/event-stream"));
	return method->fn(m);
}

/* A legacy notification, or an answer to a question of ours. */
static enum step
take(struct message *m)
{
	const struct fail *f = &m->x->ctx.fail;

	if (m->era->modern || legacy_take(m) == FAIL_NONE)
		return STEP_DONE;
	answer_log(f);
	return answer_error(
	    m, -fail_http(f->code), fail_rpc(f->code), NULL, "%s", f->message);
}

/* An array may hold what a lone POST may, but for initialize (2025-03-26). */
static bool
batch_check(struct message *m)
{
	if (m->rpc.method == NULL || strcmp(m->rpc.method, "initialize") != 0)
		return true;
	(void)answer_error(m, 400, RPC_INVALID_REQUEST, NULL,
	    "initialize cannot be part of a batch.");
	return false;
}

static enum step
begin(struct post *p, struct message *m, const json_t *v)
{
	struct fail *f = &m->x->ctx.fail;
	struct str version = req_header(&m->x->req, "MCP-Protocol-Version");

	m->era = era_of(ERA_2025_03_26);
	m->batch = p->batch;
	if (rpc_read(v, &m->rpc, f) != FAIL_NONE) {
		m->rpc.kind = RPC_REQUEST; /* answered, with or without id */
		return answer_error(m, p->batch ? 400 : -400,
		    RPC_INVALID_REQUEST, NULL, "%s", f->message);
	}
	if (!p->batch)
		m->era = era_classify(&m->rpc, version,
		    req_header(&m->x->req, "Mcp-Method").p != NULL);
	m->status = 202;
	if (m->rpc.kind == RPC_RESPONSE && m->era->modern)
		return answer_error(m, 400, RPC_INVALID_REQUEST, NULL,
		    "This server asked nothing.");
	if (!m->era->modern && !legacy_check(p, m))
		return STEP_DONE;
	if (m->rpc.kind != RPC_REQUEST)
		return take(m);
	if (p->batch && !batch_check(m))
		return STEP_DONE;
	if (m->era->modern && !modern_check(m))
		return STEP_DONE;
	return request(m);
}

/* --- all of them --------------------------------------------------------- */

static enum step
finish(struct exchange *x, struct post *p)
{
	if (p->answers == 0) {
		response_empty(x, 202);
		return STEP_DONE;
	}
	if (p->m.live != NULL && live_finish(p->m.live, buf_str(&p->out))) {
		x->res.status = 200;
		return STEP_DONE;
	}
	if (p->batch)
		buf_putc(&p->out, ']');
	response_text(x, p->batch ? 200 : p->m.status, "application/json",
	    buf_str(&p->out));
	return STEP_DONE;
}

/* The message at hand is done: was it answered? */
static void
settle(struct post *p)
{
	if (p->out.n > p->m.start)
		p->answers++;
	else if (p->batch)
		answer_cut(&p->m, p->m.start - 1); /* takes back '[' or ',' */
}

static void
take_up(struct exchange *x, struct post *p)
{
	if (p->batch)
		buf_putc(&p->out, p->answers == 0 ? '[' : ',');
	p->m = (struct message){
	    .x = x,
	    .status = 202,
	    .out = &p->out,
	    .start = p->out.n,
	};
	fail_clear(&x->ctx.fail);
	x->ctx.run = NULL; /* that of the message before, if any, is over */
}

static enum step resume(struct exchange *x);

static enum step
park(struct exchange *x, struct post *p)
{
	struct run *run = x->ctx.run;

	if (run == NULL && x->hooks == NULL)
		log_panic("a method parked without a run", p->m.rpc.method);
	if (run != NULL) {
		run->cancel_on_leave = p->m.era->modern;
		if (p->m.live != NULL && run->said == NULL)
			notes_attach(&p->m, p->m.live);
		announce_attach(x, run);
	}
	x->step = resume;
	return STEP_PARK;
}

/* `step` is what the message at hand said; takes up the ones after it. */
static enum step
go_on(struct exchange *x, struct post *p, enum step step)
{
	for (;;) {
		if (step == STEP_PARK)
			return park(x, p);
		if (step == STEP_STREAM)
			return step;
		settle(p);
		if (p->next == p->n)
			return finish(x, p);
		take_up(x, p);
		step = begin(p, &p->m,
		    p->batch ? json_array_get(p->body, p->next) : p->body);
		p->next++;
	}
}

static enum step
resume(struct exchange *x)
{
	struct post *p = x->user;

	return go_on(x, p, p->m.resume(&p->m));
}

/* Before 2025-06-18 a body could be an array; no version header was known. */
static bool
may_batch(const struct req *r)
{
	struct str version = req_header(r, "MCP-Protocol-Version");

	return req_header(r, "Mcp-Method").p == NULL &&
	    (version.p == NULL || str_eq_c(version, "2025-03-26"));
}

static enum step
first(struct exchange *x, struct post *p)
{
	size_t n = json_array_size(p->body);

	p->batch = json_is_array(p->body);
	p->n = p->batch ? n : 1;
	if (p->batch && !may_batch(&x->req))
		return post_refuse(x, 400, RPC_INVALID_REQUEST,
		    "This revision has no batches: send one message.");
	if (p->batch && find_session(x, p) != FAIL_NONE)
		return x->ctx.fail.code == FAIL_NOT_FOUND
		    ? post_refuse(x, 404, RPC_INVALID_REQUEST, POST_NO_SESSION)
		    : post_fail(x);
	if (p->batch && p->in_session &&
	    !era_find(str_from(p->session.revision))->batch)
		return post_refuse(x, 400, RPC_INVALID_REQUEST,
		    "This session's revision has no batches.");
	if (p->batch && (n == 0 || n > POST_BATCH_MAX))
		return post_refuse(x, 400, RPC_INVALID_REQUEST,
		    "A batch has at least one message, and not that many.");
	take_up(x, p);
	p->next = 1;
	return go_on(x, p,
	    begin(p, &p->m, p->batch ? json_array_get(p->body, 0) : p->body));
}

enum step
post_handle(struct exchange *x)
{
	struct fail *f = &x->ctx.fail;
	struct post *p;
	json_t *body;

	if (!str_eq_c(x->req.content_type, "application/json"))
		return post_refuse(
		    x, 415, RPC_INVALID_REQUEST, "Send application/json.");
	if (!req_accepts(&x->req, "application/json"))
		return post_refuse(x, 406, RPC_INVALID_REQUEST,
		    "Accept must allow application/json and "
		    "text/event-stream.");
	if (json_parse(x->ctx.arena, x->req.body, REQ_BODY_MAX, &body, f) !=
	    FAIL_NONE)
		return post_refuse(
		    x, fail_http(f->code), fail_rpc(f->code), f->message);
	p = arena_zalloc(x->ctx.arena, 1, sizeof(*p));
	p->body = body;
	buf_init(&p->out, ANSWER_MAX);
	arena_defer(x->ctx.arena, free_buf, &p->out);
	x->user = p;
	return first(x, p);
}
