/*
 * get.c: GET and DELETE on /mcp.
 */
#include "mcp/get.h"

#include "mcp/era.h"
#include "mcp/post.h"
#include "mcp/replay.h"
#include "mcp/rpc.h"
#include "mcp/sse.h"
#include "mcp/standing.h"
#include "noun/mcpsession.h"

/* The answer for x->ctx.fail. */
static enum step
failed(struct exchange *x)
{
	return post_fail(x);
}

/* False after the answer has been made. */
static bool
find(struct exchange *x, struct mcpsession *session, enum step *step)
{
	struct str id = req_header(&x->req, "Mcp-Session-Id");
	struct str version = req_header(&x->req, "MCP-Protocol-Version");
	const struct era *era = era_find(version);

	if (id.p == NULL) {
		response_header(x, "Allow", GET_ALLOW);
		*step = post_refuse(x, 405, RPC_METHOD_NOT_FOUND,
		    "Without a session this endpoint takes POST.");
	} else if (version.p != NULL && (era == NULL || era->modern)) {
		*step = post_refuse(x, 400, RPC_INVALID_REQUEST,
		    "Sessions belong to revisions that are older than that.");
	} else if (mcpsession_find(&x->ctx, id, session) == FAIL_NONE) {
		return true;
	} else if (x->ctx.fail.code == FAIL_NOT_FOUND) {
		*step = post_refuse(
		    x, 404, RPC_INVALID_REQUEST, POST_NO_SESSION);
	} else {
		*step = failed(x);
	}
	return false;
}

static enum step
replay(struct exchange *x, const struct mcpsession *session, struct str name,
    int64_t seq)
{
	enum step step = replay_begin(x, session, name, seq);

	if (step == STEP_STREAM)
		return step;
	/* 404 would say that the session is over. */
	if (x->ctx.fail.code == FAIL_NOT_FOUND)
		return post_refuse(x, 400, RPC_INVALID_REQUEST,
		    "There is nothing behind this Last-Event-ID any more.");
	return failed(x);
}

enum step
get_handle(struct exchange *x)
{
	struct str last = req_header(&x->req, "Last-Event-ID"), name;
	struct mcpsession session;
	enum step step;
	int64_t seq;

	if (!find(x, &session, &step))
		return step;
	if (req_header(&x->req, "Accept").p == NULL ||
	    !req_accepts(&x->req, "text/event-stream"))
		return post_refuse(x, 406, RPC_INVALID_REQUEST,
		    "Accept must allow text/event-stream.");
	if (last.p != NULL && last.n > 0) {
		if (!sse_id_read(last, &name, &seq))
			return post_refuse(x, 400, RPC_INVALID_REQUEST,
			    "This Last-Event-ID is none of ours.");
		if (!str_eq_c(name, STANDING_NAME))
			return replay(x, &session, name, seq);
	}
	step = standing_begin(
	    x, era_find(str_from(session.revision)), &session, last.n > 0);
	return step == STEP_STREAM ? step : failed(x);
}

enum step
delete_handle(struct exchange *x)
{
	struct mcpsession session;
	enum step step;

	if (!find(x, &session, &step))
		return step;
	if (mcpsession_end(&x->ctx, session.id) != FAIL_NONE)
		return failed(x);
	response_empty(x, 204);
	return STEP_DONE;
}
