/*
 * complete.c: completion/complete.
 *
 * What a parameter's Literal allows is offered without a run.  For other
 * arguments the code's own `complete` is asked, if it has one; without, there
 * is nothing to offer, which is no error.
 */
#include "mcp/answer.h"
#include "mcp/kind_call.h"
#include "mcp/method.h"

#include <string.h>

#include "json.h"
#include "noun/resource.h"

#define VALUES_MAX 100 /* MCP's limit */
#define TYPES_MAX 16   /* looked at, of one parameter */

struct wish {
	struct kind_call call;
	const char *argument;
	struct str value;
	const json_t *context; /* an object of strings */
};

/* --- reading -------------------------------------------------------------- */

static enum step
bad(struct message *m, const char *text)
{
	return answer_error(m, 200, RPC_INVALID_PARAMS, NULL, "%s", text);
}

static bool
is_texts(json_t *v)
{
	const char *name;
	json_t *one;

	json_object_foreach(v, name, one)
	{
		if (!json_is_string(one))
			return false;
	}
	return json_is_object(v);
}

/* NULL, or what is wrong. */
static const char *
read_wish(struct message *m, struct wish *w)
{
	const json_t *argument = json_get_obj(m->rpc.params, "argument");
	const json_t *context = json_object_get(m->rpc.params, "context");
	const json_t *value = json_object_get(argument, "value");
	json_t *known = json_object_get(context, "arguments");

	w->argument = json_get_str(argument, "name");
	if (w->argument == NULL || !json_is_string(value))
		return "params.argument must have a name and a value, both "
		       "strings.";
	w->value = (struct str){
	    json_string_value(value), json_string_length(value)};
	if (context != NULL && !json_is_object(context))
		return "params.context must be an object.";
	if (known != NULL && !is_texts(known))
		return "params.context.arguments must be an object of strings.";
	w->context = known != NULL ? known
				   : json_keep(m->x->ctx.arena, json_obj());
	return NULL;
}

/* The template, or the resource, that has no arguments at all. */
static bool
find_uri(struct message *m, const char *uri, struct run_tool *out)
{
	struct ctx *ctx = &m->x->ctx;
	enum fail_code rc = ctx_require(ctx, PERM_CALL);

	if (rc == FAIL_NONE)
		rc = resource_find_template(ctx, str_from(uri), out);
	if (rc == FAIL_NONE)
		return true;
	if (rc == FAIL_NOT_FOUND)
		(void)answer_error(m, 200, RPC_INVALID_PARAMS,
		    kind_call_data(m, NULL, uri),
		    "There is no resource template %.200s.", uri);
	else
		(void)answer_fail(m);
	return false;
}

/* False after an answer was written. */
static bool
find(struct message *m, struct wish *w)
{
	const json_t *ref = json_get_obj(m->rpc.params, "ref");
	const char *type = json_get_str(ref, "type");
	const char *name = json_get_str(ref, "name");
	const char *uri = json_get_str(ref, "uri");

	if (type != NULL && strcmp(type, "ref/prompt") == 0 && name != NULL)
		return kind_call_prompt(m, name, &w->call);
	if (type != NULL && strcmp(type, "ref/resource") == 0 && uri != NULL)
		return find_uri(m, uri, &w->call.run.tool);
	(void)bad(m,
	    "params.ref must be {\"type\": \"ref/prompt\", \"name\": …} or "
	    "{\"type\": \"ref/resource\", \"uri\": …}.");
	return false;
}

/* --- answering ------------------------------------------------------------ */

static enum step
answer(struct message *m, const json_t *values, int64_t total, bool more)
{
	answer_open(m);
	answer_member(m, "completion");
	buf_puts(m->out, "{\"values\":");
	json_append(m->out, values);
	if (total >= 0)
		buf_printf(m->out, ",\"total\":%lld", (long long)total);
	buf_printf(m->out, ",\"hasMore\":%s}", more ? "true" : "false");
	return answer_close(m);
}

/* --- what a Literal allows ------------------------------------------------ */

static bool
begins(struct str text, struct str start)
{
	struct str head = str_sub(text, 0, start.n);

	if (head.n != start.n)
		return false;
	for (size_t i = 0; i < head.n; i++) {
		char a = head.p[i], b = start.p[i];

		a = (char)(a >= 'A' && a <= 'Z' ? a + 32 : a);
		b = (char)(b >= 'A' && b <= 'Z' ? b + 32 : b);
		if (a != b)
			return false;
	}
	return true;
}

static void
offer(json_t *values, json_t *v, struct str start)
{
	struct str text = {json_string_value(v), json_string_length(v)};

	if (json_is_string(v) && begins(text, start))
		json_add(values, json_incref(v));
}

/* The words of one schema; true if it has any. */
static bool
offer_words(json_t *values, const json_t *schema, struct str start)
{
	json_t *words = json_get_arr(schema, "enum"), *one;
	json_t *only = json_object_get(schema, "const");
	size_t i;

	json_array_foreach(words, i, one)
	{
		offer(values, one, start);
	}
	if (only != NULL)
		offer(values, only, start);
	return words != NULL || only != NULL;
}

/* NULL: it is no choice. */
static json_t *
choices(struct arena *a, const json_t *property, struct str start)
{
	json_t *values = json_keep(a, json_arr());
	const json_t *types = json_get_arr(property, "anyOf"), *one;
	bool any = offer_words(values, property, start);
	size_t i;

	json_array_foreach(types, i, one)
	{
		if (i < TYPES_MAX)
			any = offer_words(values, one, start) || any;
	}
	return any ? values : NULL;
}

static enum step
answer_choices(struct message *m, json_t *values)
{
	size_t total = json_array_size(values);

	while (json_array_size(values) > VALUES_MAX)
		(void)json_array_remove(values, json_array_size(values) - 1);
	return answer(m, values, (int64_t)total, total > VALUES_MAX);
}

/* --- what the code offers ------------------------------------------------- */

static bool
is_values(const json_t *values)
{
	const json_t *one;
	size_t i;

	json_array_foreach(values, i, one)
	{
		if (!json_is_string(one))
			return false;
	}
	return json_is_array(values) && json_array_size(values) <= VALUES_MAX;
}

static enum step
resume(struct message *m)
{
	struct wish *w = m->user;
	const json_t *values;
	json_t *value;
	enum step step;
	int64_t total;

	if (!kind_call_end(m, &w->call, &value, &step))
		return step;
	values = json_object_get(value, "values");
	if (!is_values(values))
		return kind_call_odd(
		    m, &w->call, "values are at most 100 texts");
	total = json_get_int(value, "total", -1);
	return answer(m, values, total, json_get_bool(value, "hasMore", false));
}

static enum step
ask(struct message *m, struct wish *w)
{
	json_t *args = json_keep(m->x->ctx.arena, json_obj());

	json_put_str(args, "argument", w->argument);
	json_put(args, "value", json_stringn(w->value.p, w->value.n));
	json_put(args, "context", json_incref((json_t *)(uintptr_t)w->context));
	return kind_call_begin(m, &w->call, BOX_ENTRY_COMPLETE, args, resume);
}

enum step
complete_run(struct message *m)
{
	struct ctx *ctx = &m->x->ctx;
	struct wish *w = arena_zalloc(ctx->arena, 1, sizeof(*w));
	const char *why = read_wish(m, w);
	const json_t *property;
	json_t *schema, *values;

	if (why != NULL)
		return bad(m, why);
	if (!find(m, w))
		return STEP_DONE;
	if (kind_call_schema(ctx, &w->call.run.tool, &schema) != FAIL_NONE)
		return answer_fail(m);
	property = json_object_get(
	    json_get_obj(schema, "properties"), w->argument);
	if (property == NULL)
		return answer_error(m, 200, RPC_INVALID_PARAMS, NULL,
		    "%s has no argument %.128s.", w->call.run.tool.full_name,
		    w->argument);
	values = choices(ctx->arena, property, w->value);
	if (values != NULL)
		return answer_choices(m, values);
	if (w->call.run.tool.completes)
		return ask(m, w);
	return answer(m, json_keep(ctx->arena, json_arr()), 0, false);
}
