/*
 * listen.c: subscriptions/listen.
 */
#include "mcp/listen.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "mcp/answer.h"
#include "mcp/change.h"
#include "mcp/method.h"
#include "mcp/sse.h"
#include "mcp/task.h"
#include "mcp/watch.h"
#include "noun/scope.h"
#include "settings.h"
#include "web/conn.h"
#include "web/stream.h"

/* The id comes back with each notification. */
#define ID_MAX 256
/* Who came with a token comes again with another one. */
#define TOKEN_LIFE_MS 900000

/* --- the filter ----------------------------------------------------------- */

static enum fail_code
read_uris(struct arena *a, const json_t *list, struct listen_filter *out,
    struct fail *f)
{
	size_t n = json_array_size(list), bytes = 0, i;
	const json_t *v;

	if (!json_is_array(list) || n > LISTEN_URIS)
		return fail(f, FAIL_INVALID,
		    "resourceSubscriptions must be an array of at most %d URIs.",
		    LISTEN_URIS);
	out->uris = arena_zalloc(a, n, sizeof(*out->uris));
	json_array_foreach(list, i, v)
	{
		if (!json_is_string(v) || json_string_length(v) == 0)
			return fail(f, FAIL_INVALID,
			    "resourceSubscriptions must hold URIs.");
		out->uris[i] = (struct str){
		    json_string_value(v), json_string_length(v)};
		bytes += json_string_length(v) + 1;
	}
	out->nuris = n;
	if (bytes > LISTEN_URIS_MAX)
		return fail(f, FAIL_INVALID,
		    "The URIs of resourceSubscriptions are too long.");
	return FAIL_NONE;
}

static enum fail_code
read_tasks(
    struct arena *a, const json_t *list, struct strs *out, struct fail *f)
{
	const json_t *v;
	size_t i;

	if (list == NULL)
		return FAIL_NONE;
	if (!json_is_array(list) || json_array_size(list) > WATCH_MAX)
		return fail(f, FAIL_INVALID,
		    "taskIds must be an array of at most %d task ids.",
		    WATCH_MAX);
	out->given = true;
	out->v = arena_zalloc(a, json_array_size(list), sizeof(*out->v));
	json_array_foreach(list, i, v)
	{
		if (!json_is_string(v))
			return fail(
			    f, FAIL_INVALID, "taskIds must hold task ids.");
		out->v[out->n++] = (struct str){
		    json_string_value(v), json_string_length(v)};
	}
	return FAIL_NONE;
}

enum fail_code
listen_read(struct arena *a, const json_t *notifications, unsigned served,
    struct listen_filter *out, struct fail *f)
{
	const struct change *c;
	const json_t *v;

	*out = (struct listen_filter){.kinds = 0};
	if (!json_is_object(notifications))
		return fail(
		    f, FAIL_INVALID, "params.notifications must be an object.");
	for (size_t i = 0; (c = change_at(i)) != NULL; i++) {
		bool there = (served & 1U << c->kind) != 0;
		enum fail_code rc;

		v = json_object_get(notifications, c->filter);
		if (v == NULL)
			continue;
		if (c->kind != NEWS_UPDATED && !json_is_boolean(v))
			return fail(f, FAIL_INVALID,
			    "%s must be true or false.", c->filter);
		if (c->kind == NEWS_UPDATED &&
		    (rc = read_uris(a, v, out, f)) != FAIL_NONE)
			return rc;
		if (there && (json_is_true(v) || out->nuris > 0))
			out->kinds |= 1U << c->kind;
	}
	if ((out->kinds & 1U << NEWS_UPDATED) == 0)
		out->nuris = 0;
	return read_tasks(
	    a, json_object_get(notifications, "taskIds"), &out->tasks, f);
}

static void
put_list(struct buf *b, const struct str *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_putc(b, i == 0 ? '[' : ',');
		buf_json(b, v[i]);
	}
	buf_putc(b, ']');
}

void
listen_put(struct buf *b, const struct listen_filter *filter)
{
	const struct change *c;
	bool comma = false;

	buf_putc(b, '{');
	for (size_t i = 0; (c = change_at(i)) != NULL; i++) {
		if ((filter->kinds & 1U << c->kind) == 0)
			continue;
		buf_printf(b, "%s\"%s\":", comma ? "," : "", c->filter);
		comma = true;
		if (c->kind != NEWS_UPDATED) {
			buf_puts(b, "true");
			continue;
		}
		put_list(b, filter->uris, filter->nuris);
	}
	if (filter->tasks.n > 0) {
		buf_printf(b, "%s\"taskIds\":", comma ? "," : "");
		put_list(b, filter->tasks.v, filter->tasks.n);
	}
	buf_putc(b, '}');
}

/* --- the stream ----------------------------------------------------------- */

/* All that is kept of a listener, in one piece. */
struct listener {
	struct stream stream; /* first */
	struct watch *watch;  /* tasks; NULL: none */
	unsigned kinds;
	unsigned nid; /* bytes of the id's JSON text */
	size_t nuris; /* bytes of the URIs behind it, each with a NUL */
	size_t scope; /* behind them: the server's id and its name, each with
		       * a NUL; 0: at the endpoint of all */
	char text[];
};

static struct str
listener_id(const struct listener *l)
{
	return (struct str){l->text, l->nid};
}

static bool
wants_uri(const struct listener *l, struct str uri)
{
	const char *p = l->text + l->nid, *end = p + l->nuris;

	for (; p < end; p += strlen(p) + 1) {
		if (str_eq_c(uri, p))
			return true;
	}
	return false;
}

static const char *
scope_id(const struct listener *l)
{
	return l->scope != 0 ? l->text + l->scope : NULL;
}

static const char *
scope_name(const struct listener *l)
{
	const char *id = scope_id(l);

	return id != NULL ? id + strlen(id) + 1 : NULL;
}

static void
on_heard(struct stream *s, const struct news *n)
{
	struct listener *l = (struct listener *)(void *)s;
	struct buf json, event;

	/* Who has `drained` is not closed for that by the loop. */
	if (l->watch != NULL && conn_unsent(s->conn) > STREAM_UNSENT_MAX) {
		stream_end(s);
		return;
	}
	if ((l->kinds & 1U << n->kind) == 0 || !news_concerns(n, scope_id(l)) ||
	    (n->kind == NEWS_UPDATED && !wants_uri(l, n->what)))
		return;
	buf_init(&json, 32768);
	buf_init(&event, 32768);
	change_put(&json, change_of(n->kind),
	    n->kind == NEWS_UPDATED ? n->what : STR_NONE, listener_id(l));
	sse_event(&event, NULL, buf_str(&json));
	stream_put(s, buf_str(&event));
	buf_free(&json);
	buf_free(&event);
}

static void
on_ending(struct stream *s)
{
	const struct listener *l = (struct listener *)(void *)s;
	struct str id = listener_id(l);
	struct buf json, event;

	buf_init(&json, 4096);
	buf_init(&event, 4096);
	buf_printf(&json,
	    "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"result\":{\"resultType\":"
	    "\"complete\",\"_meta\":{\"" ERA_META_SUBSCRIPTION
	    "\":%.*s,\"" ERA_META_SERVER_INFO "\":",
	    STR_FMT(id), STR_FMT(id));
	answer_server_info(&json, era_of(ERA_2026_07_28), scope_name(l));
	buf_puts(&json, "}}}");
	sse_event(&event, NULL, buf_str(&json));
	stream_put(s, buf_str(&event));
	buf_free(&json);
	buf_free(&event);
}

static void
on_closed(struct stream *s)
{
	struct listener *l = (struct listener *)(void *)s;

	if (l->watch != NULL)
		watch_closed(l->watch);
	free(s);
}

static const struct stream_ops ops = {
    .heard = on_heard,
    .ending = on_ending,
    .closed = on_closed,
};

/* Of those that want to hear of tasks. */
static void
on_begun(struct stream *s)
{
	watch_begun(((struct listener *)(void *)s)->watch, s);
}

static void
on_drained(struct stream *s)
{
	watch_drained(((struct listener *)(void *)s)->watch);
}

static const struct stream_ops task_ops = {
    .begun = on_begun,
    .heard = on_heard,
    .drained = on_drained,
    .ending = on_ending,
    .closed = on_closed,
};

static struct listener *
new_listener(const struct listen_filter *filter, struct str id,
    const struct scope *scope)
{
	size_t n = id.n, nscope = 0;
	struct listener *l;
	char *p;

	for (size_t i = 0; i < filter->nuris; i++)
		n += filter->uris[i].n + 1;
	if (scope != NULL)
		nscope = strlen(scope->id) + strlen(scope->name) + 2;
	l = calloc(1, sizeof(*l) + n + nscope);
	if (l == NULL)
		log_panic("out of memory", "listener");
	l->stream.ops = &ops;
	l->kinds = filter->kinds;
	l->nid = (unsigned)id.n;
	l->nuris = n - id.n;
	memcpy(l->text, id.p, id.n);
	p = l->text + id.n;
	for (size_t i = 0; i < filter->nuris; i++) {
		memcpy(p, filter->uris[i].p, filter->uris[i].n);
		p += filter->uris[i].n + 1;
	}
	if (scope != NULL) {
		l->scope = n;
		memcpy(p, scope->id, strlen(scope->id));
		p += strlen(scope->id) + 1;
		memcpy(p, scope->name, strlen(scope->name));
	}
	return l;
}

/* --- the request ---------------------------------------------------------- */

static unsigned
served(const struct era *era)
{
	const struct change *c;
	unsigned kinds = 0;

	for (size_t i = 0; (c = change_at(i)) != NULL; i++) {
		if (change_served(c, era))
			kinds |= 1U << c->kind;
	}
	return kinds;
}

static struct str
acknowledge(struct arena *a, const struct listen_filter *filter, struct str id)
{
	struct buf json, event;
	struct str text;

	buf_init(&json, 8 * LISTEN_URIS_MAX);
	buf_init(&event, 8 * LISTEN_URIS_MAX);
	buf_puts(&json,
	    "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
	    "subscriptions/acknowledged\",\"params\":{"
	    "\"notifications\":");
	listen_put(&json, filter);
	buf_printf(&json, ",\"_meta\":{\"" ERA_META_SUBSCRIPTION "\":%.*s}}}",
	    STR_FMT(id));
	sse_event(&event, NULL, buf_str(&json));
	text = arena_str(a, buf_str(&event));
	buf_free(&json);
	buf_free(&event);
	return text;
}

static enum step
begin(struct message *m, struct listen_filter *filter)
{
	struct exchange *x = m->x;
	struct str id = json_text(x->ctx.arena, m->rpc.id);
	uint64_t owner = stream_owner(str_from(x->ctx.caller.id));
	struct watch *watch = NULL;
	struct listener *l;

	if (id.n > ID_MAX)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "The id of a subscription has at most %d bytes.", ID_MAX);
	if (filter->tasks.n > 0 &&
	    watch_new(&x->ctx, filter->tasks, id, &filter->tasks, &watch) !=
		FAIL_NONE)
		return answer_fail(m);
	if (!stream_reserve(x->loop, owner)) {
		if (watch != NULL)
			watch_closed(watch);
		x->ctx.fail.retry_after = 5;
		(void)fail(
		    &x->ctx.fail, FAIL_BUSY, "Too many streams are open.");
		return answer_fail(m);
	}
	l = new_listener(filter, id, x->ctx.scope);
	l->stream.owner = owner;
	l->watch = watch;
	if (watch != NULL)
		l->stream.ops = &task_ops;
	if (strcmp(x->ctx.caller.id, "local") != 0) /* by a token */
		l->stream.end_ms = clock_mono_ms() + TOKEN_LIFE_MS;
	x->stream = &l->stream;
	x->res.status = 200;
	x->res.body = acknowledge(x->ctx.arena, filter, id);
	return STEP_STREAM;
}

enum step
listen_run(struct message *m)
{
	struct fail *f = &m->x->ctx.fail;
	struct listen_filter filter;

	if (!req_accepts(&m->x->req, "text/event-stream"))
		return answer_error(m, 406, RPC_INVALID_REQUEST, NULL,
		    "Accept must allow text/event-stream.");
	if (listen_read(m->x->ctx.arena,
		json_object_get(m->rpc.params, "notifications"), served(m->era),
		&filter, f) != FAIL_NONE)
		return answer_error(
		    m, 200, RPC_INVALID_PARAMS, NULL, "%s", f->message);
	if (filter.tasks.n > 0 && !task_declared(m))
		return task_refuse(m,
		    "taskIds need the client's capability " TASK_EXTENSION ".");
	return begin(m, &filter);
}
