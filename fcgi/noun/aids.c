/*
 * aids.c: the remarks on all the texts of a version.
 */
#include "noun/aids.h"

#include <string.h>

#include "json.h"
#include "noun/hidden.h"
#include "noun/lint.h"

#define DEPTH_MAX 64         /* of a schema */
#define STRINGS_MAX 400      /* of all schemas together that are looked at */
#define LINT_MIN ((size_t)8) /* bytes; an order needs more */

/* What is read of one version. */
struct reader {
	struct ctx *ctx;
	struct remarks hidden, lint;
	size_t strings;
};

static void
read_text(struct reader *r, const char *where, struct str text)
{
	hidden_scan(where, text, &r->hidden);
	if (text.n >= LINT_MIN)
		lint_scan(where, text, &r->lint);
}

/* --- JSON ------------------------------------------------------------------
 */

struct level {
	json_t *node;
	void *iter;   /* of an object */
	size_t index; /* of an array */
	const char *path;
};

/* The next member of the level and its path; NULL at the end. */
static json_t *
next_of(struct reader *r, struct level *l, const char **path_out)
{
	json_t *v;
	const char *key;

	if (json_is_array(l->node)) {
		v = json_array_get(l->node, l->index);
		*path_out = arena_printf(
		    r->ctx->arena, "%s/%zu", l->path, l->index++);
		return v;
	}
	if (l->iter == NULL)
		return NULL;
	key = json_object_iter_key(l->iter);
	v = json_object_iter_value(l->iter);
	*path_out = arena_printf(
	    r->ctx->arena, "%s/%.80s", l->path, key != NULL ? key : "");
	/* A name is shown to models, too. */
	hidden_scan(*path_out, str_from(key), &r->hidden);
	l->iter = json_object_iter_next(l->node, l->iter);
	return v;
}

static struct level
enter(json_t *node, const char *path)
{
	return (struct level){
	    .node = node,
	    .iter = json_is_object(node) ? json_object_iter(node) : NULL,
	    .path = path,
	};
}

static void
read_json(struct reader *r, const char *where, json_t *v)
{
	struct level stack[DEPTH_MAX];
	size_t depth = 0;

	if (!json_is_object(v) && !json_is_array(v))
		return;
	stack[depth++] = enter(v, where);
	while (depth > 0 && r->strings < STRINGS_MAX) {
		const char *path;
		json_t *one = next_of(r, &stack[depth - 1], &path);

		if (one == NULL) {
			depth--;
		} else if (json_is_string(one)) {
			r->strings++;
			read_text(r, path,
			    (struct str){json_string_value(one),
				json_string_length(one)});
		} else if ((json_is_object(one) || json_is_array(one)) &&
		    depth < DEPTH_MAX) {
			stack[depth++] = enter(one, path);
		}
	}
}

/* --- a version --------------------------------------------------------------
 */

static void
count(struct aids *out, const struct list *list)
{
	const struct remark *v = list->v;

	for (size_t i = 0; i < list->n; i++) {
		out->high += strcmp(v[i].severity, "high") == 0;
		out->warning += strcmp(v[i].severity, "warning") == 0;
	}
}

void
aids_read(struct ctx *ctx, const struct version *v, struct aids *out)
{
	struct reader r = {
	    .ctx = ctx,
	    .hidden = remarks_new(ctx->arena),
	    .lint = remarks_new(ctx->arena),
	};

	read_text(&r, "title", str_from(v->title));
	read_text(&r, "description", str_from(v->description));
	/* What is in the code is the checker's; only how it looks is ours. */
	hidden_scan("python_code", str_from(v->python_code), &r.hidden);
	read_json(&r, "input_schema", v->input_schema);
	read_json(&r, "output_schema", v->output_schema);
	read_json(&r, "annotations", v->annotations);
	*out = (struct aids){.hidden = r.hidden.list, .lint = r.lint.list};
	count(out, &out->hidden);
	count(out, &out->lint);
}

static void
put_all(json_t *all, const struct list *list)
{
	const struct remark *v = list->v;

	for (size_t i = 0; i < list->n; i++) {
		json_t *one = json_obj();

		json_put_str(one, "severity", v[i].severity);
		json_put_str(one, "rule", v[i].rule);
		json_put_str(one, "where", v[i].where);
		json_add(all, one);
	}
}

json_t *
aids_json(struct ctx *ctx, const struct version *v)
{
	json_t *all = json_keep(ctx->arena, json_arr());
	struct aids aids;

	aids_read(ctx, v, &aids);
	put_all(all, &aids.hidden);
	put_all(all, &aids.lint);
	return all;
}

void
aids_rules(struct ctx *ctx, struct list *out)
{
	struct remark_rule *v = arena_zalloc(
	    ctx->arena, hidden_nrules + lint_nrules, sizeof(*v));

	memcpy(v, hidden_rules, hidden_nrules * sizeof(*v));
	memcpy(v + hidden_nrules, lint_rules, lint_nrules * sizeof(*v));
	*out = (struct list){.v = v, .n = hidden_nrules + lint_nrules};
}
