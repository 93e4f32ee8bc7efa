/*
 * hold_end.c: what becomes of a task when its run is over.
 */
#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/hold_impl.h"
#include "mcp/result.h"
#include "out/run.h"
#include "settings.h"

static struct str
error_text(
    struct arena *a, int code, struct str message, const struct outcome *o)
{
	json_t *error = json_keep(a, json_obj()), *data = json_obj();

	json_put_int(error, "code", code);
	json_put_view(error, "message", message);
	json_put_str(data, "outcome", box_outcome_name(o->code));
	if (o->retry_after > 0)
		json_put_int(data, "retryAfter", o->retry_after);
	json_put(error, "data", data);
	return json_text(a, error);
}

/* What tools/call would have answered, as it will be sent. */
static struct str
result_of(struct hold *h, const struct outcome *o)
{
	struct ctx *ctx = &h->x->ctx;
	int64_t most = ctx->settings->task_result_kib;
	struct message m = *h->m;
	struct str text;
	struct buf b;

	buf_init(&b, (size_t)most * 1024);
	m.out = &b;
	m.start = 0;
	m.meta = NULL;
	m.bare = true;
	(void)call_result(&m, h->call, o);
	if (b.overflow) {
		buf_free(&b);
		buf_init(&b, 16384);
		m.meta = NULL;
		(void)result_error(&m, "too-large",
		    "The result is larger than %lld KiB, which is the most "
		    "that is kept of a task. The tool has run.",
		    (long long)most);
	}
	text = arena_str(ctx->arena, buf_str(&b));
	buf_free(&b);
	return text;
}

/* Did it run, and end for a reason that is its own? */
static bool
has_run(enum box_outcome code)
{
	return code != BOX_OUTCOME_FAILED && code != BOX_OUTCOME_BUSY &&
	    code != BOX_OUTCOME_RATE;
}

static void
end(void *user, const struct outcome *o, struct mcptask_end *out)
{
	struct hold *h = user;
	struct arena *a = h->x->ctx.arena;

	if (o->rpc_code != 0) {
		out->status = "failed";
		out->message = arena_str(a, o->rpc_text).p;
		out->error = error_text(a, o->rpc_code, o->rpc_text, o);
	} else if (o->code == BOX_OUTCOME_CANCELLED) {
		out->status = "cancelled";
		out->message = arena_str(a, o->text).p;
	} else if (!has_run(o->code)) {
		out->status = "failed";
		out->message = arena_str(a, o->text).p;
		out->error = error_text(a, RPC_INTERNAL, o->text, o);
	} else {
		out->status = "completed";
		out->result = result_of(h, o);
	}
}

bool
hold_may_pass(enum fail_code code)
{
	return code == FAIL_UNAVAILABLE || code == FAIL_UNCERTAIN ||
	    code == FAIL_BUSY || code == FAIL_TIMEOUT;
}

static enum fail_code
save(struct hold *h, bool *over)
{
	struct ctx *ctx = &h->x->ctx;

	if (h->withheld)
		return mcptask_withhold(ctx, &h->row, over);
	return mcptask_settle(ctx, &h->row, &h->call->run, h->run,
	    h->call->output_schema, end, h, over);
}

/*
 * The run is over.  As long as its end is not saved the task is not over, and
 * its row is kept alive by the beat.
 */
enum step
hold_ended(struct message *m)
{
	struct hold *h = m->user;
	struct ctx *ctx = &m->x->ctx;
	bool over;
	enum fail_code rc = save(h, &over);

	if (rc == FAIL_NONE)
		return STEP_DONE;
	log_error("the end of a task could not be saved",
	    LOG_INT("task", h->row.number), LOG_STR("reason", fail_slug(rc)),
	    LOG_STR("detail", ctx->fail.detail));
	fail_clear(&ctx->fail);
	if (!hold_may_pass(rc)) {
		if (h->withheld)
			return STEP_DONE; /* the row fails by our silence */
		h->withheld = true;
	}
	ctx->run = NULL;
	m->x->wake_ms = clock_mono_ms() + HOLD_AGAIN_MS;
	return STEP_PARK;
}
