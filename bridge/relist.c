/*
 * relist.c: reading the lists of tools for ourselves.
 */
#include "relist.h"

#include <string.h>

#include "call.h"
#include "json.h"
#include "log.h"
#include "peek.h"

#define PAGES_MAX 200
#define REQUEST_MAX IN_LINE_MAX

static const struct flight_kind kind;

static const char *const meta_keys[] = {
    MSG_META_VERSION, MSG_META_CAPABILITIES, MSG_META_CLIENT};

/* What the call says about its client, without what it says about itself. */
static json_t *
make_params(const struct msg *call, const char *cursor)
{
	json_t *params = json_obj(), *meta = json_obj();

	for (size_t i = 0; i < NELEM(meta_keys); i++) {
		json_t *v = json_object_get(call->meta, meta_keys[i]);

		if (v != NULL)
			json_put(meta, meta_keys[i], json_incref(v));
	}
	json_put(params, "_meta", meta);
	if (cursor != NULL)
		json_put_str(params, "cursor", cursor);
	return params;
}

static struct msg *
make_request(const struct msg *call, const char *cursor)
{
	static unsigned last;
	json_t *params = make_params(call, cursor), *batch;
	struct msg *m = NULL;
	struct buf b;

	buf_init(&b, REQUEST_MAX);
	buf_printf(&b,
	    "{\"jsonrpc\":\"2.0\",\"id\":\"mcpbox-stdio:%u\","
	    "\"method\":\"tools/list\",\"params\":",
	    ++last);
	json_append(&b, params);
	buf_putc(&b, '}');
	json_decref(params);
	if (b.overflow ||
	    msg_read(buf_str(&b), REQUEST_MAX, &m, &batch, NULL) != FAIL_NONE)
		m = NULL;
	buf_free(&b);
	return m;
}

static void
ask(struct flight *call, const char *cursor, unsigned page)
{
	struct msg *m = page < PAGES_MAX ? make_request(call->msg, cursor)
					 : NULL;
	struct flight *f;

	if (m == NULL) {
		call_give_up(call);
		return;
	}
	f = flight_new(call->b, &kind, m);
	f->tries = page;
	f->other = call;
	call->other = f;
	flight_start(f);
}

/* Kept where a body would be: it is looked at when the stream has ended. */
static void
event(struct flight *f, struct str data)
{
	struct peek p;

	if (!peek_text(&p, data) || p.has_method || !p.has_result)
		return;
	buf_reset(&f->body);
	buf_putstr(&f->body, data);
	f->answered = true;
}

static void
go_on(struct flight *call, json_t *result, unsigned page)
{
	const char *cursor = json_get_str(result, "nextCursor");

	annot_learn(call->b->annot, result);
	if (annot_lists(result, call->msg->name) || cursor == NULL)
		call_again(call);
	else
		ask(call, cursor, page + 1);
}

static void
ended(struct flight *f)
{
	struct flight *call = f->other;
	unsigned page = f->tries;
	json_t *v = NULL, *result;

	if (f->status == 200 && (f->code == CURLE_OK || f->answered) &&
	    json_parse(NULL, buf_str(&f->body), FLIGHT_ANSWER_MAX, &v, NULL) !=
		FAIL_NONE)
		v = NULL;
	result = json_get_obj(v, "result");
	flight_free(f);
	if (call != NULL && result != NULL)
		go_on(call, result, page);
	else if (call != NULL)
		call_give_up(call);
	json_decref(v);
}

static void
freed(struct flight *f)
{
	if (f->other != NULL)
		f->other->other = NULL;
}

static const struct flight_kind kind = {
    .name = "list of tools",
    .verb = "POST",
    .event = event,
    .ended = ended,
    .freed = freed,
};

void
relist_start(struct flight *call)
{
	log_info("the server misses a header: its tools are listed again",
	    LOG_STR("tool", call->msg->name));
	flight_rest(call);
	ask(call, NULL, 0);
}
