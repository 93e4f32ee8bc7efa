/*
 * policy.c: the language policy, as the runner itself has it.
 */
#include "noun/policy.h"

#include <string.h>

#include "json.h"
#include "out/sandbox.h"

/* The policy changes with the sandbox's own programs only. */
#define REPORT_AGE_MS 1000

static struct strs
read_names(struct ctx *ctx, const json_t *list)
{
	size_t n = json_array_size(list);
	struct strs out = {.given = true};

	out.v = arena_zalloc(ctx->arena, n, sizeof(*out.v));
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s != NULL)
			out.v[out.n++] = str_from(s);
	}
	return out;
}

static void
read_modules(struct ctx *ctx, const json_t *list, struct list *out)
{
	size_t n = json_array_size(list);
	struct policy_module *v = arena_zalloc(ctx->arena, n, sizeof(*v));

	*out = (struct list){.v = v};
	for (size_t i = 0; i < n; i++) {
		const json_t *m = json_array_get(list, i);
		const json_t *only = json_get_arr(m, "only");

		if (json_get_str(m, "name") == NULL)
			continue;
		v[out->n++] = (struct policy_module){
		    .name = json_get_str(m, "name"),
		    .all_public = only == NULL,
		    .only = read_names(ctx, only),
		    .without = read_names(ctx, json_get_arr(m, "without")),
		};
	}
}

static void
read_builtins(struct ctx *ctx, json_t *all, struct list *out)
{
	struct policy_builtin *v = arena_zalloc(
	    ctx->arena, json_object_size(all), sizeof(*v));
	const char *name;
	json_t *reason;

	*out = (struct list){.v = v};
	json_object_foreach(all, name, reason)
	{
		if (json_is_string(reason))
			v[out->n++] = (struct policy_builtin){
			    name, json_string_value(reason)};
	}
}

static void
read_rules(struct ctx *ctx, const json_t *list, struct list *out)
{
	size_t n = json_array_size(list);
	struct policy_rule *v = arena_zalloc(ctx->arena, n, sizeof(*v));

	*out = (struct list){.v = v};
	for (size_t i = 0; i < n; i++) {
		const json_t *r = json_array_get(list, i);
		struct policy_rule one = {
		    .rule = json_get_str(r, "rule"),
		    .severity = json_get_str(r, "severity"),
		    .text = json_get_str(r, "text"),
		    .refused = json_get_str(r, "refused"),
		};

		if (one.rule != NULL && one.severity != NULL &&
		    one.text != NULL)
			v[out->n++] = one;
	}
}

enum fail_code
policy_get(struct ctx *ctx, struct policy *out)
{
	json_t *report, *about;
	enum fail_code rc = sandbox_report(ctx, REPORT_AGE_MS, &report);

	if (rc != FAIL_NONE)
		return rc;
	about = json_get_obj(report, "interpreter");
	if (json_get_str(about, "python") == NULL)
		return fail(&ctx->fail, FAIL_UNAVAILABLE,
		    "The sandbox's interpreter is starting. Try again in a "
		    "moment.");
	*out = (struct policy){
	    .python = json_get_str(about, "python"),
	    .enforced = json_get_bool(about, "enforced", true),
	};
	read_modules(ctx, json_get_arr(about, "modules"), &out->modules);
	read_builtins(ctx, json_get_obj(about, "builtins_refused"),
	    &out->builtins_refused);
	read_rules(ctx, json_get_arr(about, "rules"), &out->rules);
	return FAIL_NONE;
}
