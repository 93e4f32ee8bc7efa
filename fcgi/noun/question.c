/*
 * question.c: what a run asks its client, and the answers.
 */
#include "noun/question.h"

#include <string.h>

#include "json.h"
#include "op/jsonschema.h"

#define ASKED_MAX ((size_t)256 * 1024) /* the cap of an ASK frame */
#define URL_MAX 2000

/* --- capabilities --------------------------------------------------------- */

/* An empty elicitation has always meant forms. */
static bool
has_form(const json_t *elicitation)
{
	return json_is_object(elicitation) &&
	    (json_object_size(elicitation) == 0 ||
		json_is_object(json_object_get(elicitation, "form")));
}

bool
question_able(const json_t *caps, struct str need)
{
	char name[32], *part;
	const json_t *one;

	if (need.n >= sizeof(name) || need.n == 0)
		return false;
	memcpy(name, need.p, need.n);
	name[need.n] = '\0';
	part = strchr(name, '.');
	if (part != NULL)
		*part++ = '\0';
	one = json_get_obj(caps, name);
	if (strcmp(name, "elicitation") == 0 &&
	    (part == NULL || strcmp(part, "form") == 0))
		return has_form(one);
	return one != NULL && (part == NULL || json_get_obj(one, part) != NULL);
}

json_t *
question_needs(struct arena *a, const struct strs *needs)
{
	json_t *out = json_keep(a, json_obj());

	for (size_t i = 0; i < needs->n; i++) {
		const char *name = arena_str(a, needs->v[i]).p;
		const char *dot = strchr(name, '.');
		json_t *one;

		if (dot != NULL)
			name = arena_strndup(a, name, (size_t)(dot - name));
		one = json_object_get(out, name);
		if (one == NULL) {
			one = json_obj();
			json_put(out, name, one);
		}
		if (dot != NULL)
			json_put(one, dot + 1, json_obj());
	}
	return out;
}

json_t *
question_caps(struct arena *a, const json_t *caps)
{
	/* clang-format off */
	static const struct {
		const char *name, *parts[2];
	} known[] = {
		{"elicitation", {"form", "url"}},
		{"sampling",    {"tools", "context"}},
		{"roots",       {NULL, NULL}},
	};
	/* clang-format on */
	json_t *out = json_keep(a, json_obj());

	for (size_t i = 0; i < NELEM(known); i++) {
		const json_t *one = json_get_obj(caps, known[i].name);
		json_t *kept;

		if (one == NULL)
			continue;
		kept = json_obj();
		for (size_t k = 0; k < 2 && known[i].parts[k] != NULL; k++) {
			if (json_get_obj(one, known[i].parts[k]) != NULL)
				json_put(kept, known[i].parts[k], json_obj());
		}
		json_put(out, known[i].name, kept);
	}
	return out;
}

/* --- reading -------------------------------------------------------------- */

static enum fail_code
odd(struct ctx *ctx, const char *what)
{
	return fail(&ctx->fail, FAIL_CONFLICT,
	    "The tool asked something that cannot be passed on: %s.", what);
}

static bool
is_key(const char *key)
{
	size_t n = strspn(key,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

	return n > 0 && n <= QUESTION_KEY_MAX && key[n] == '\0';
}

static bool
is_url(const char *url)
{
	return url != NULL && strncmp(url, "https://", 8) == 0 &&
	    strlen(url) <= URL_MAX && url[strcspn(url, " \t\r\n")] == '\0';
}

/* A flat object with properties that are objects with a type. */
static bool
is_form(const json_t *form)
{
	const json_t *properties = json_get_obj(form, "properties"), *one;
	const char *type = json_get_str(form, "type"), *name;
	struct fail f;

	if (type == NULL || strcmp(type, "object") != 0 || properties == NULL)
		return false;
	json_object_foreach((json_t *)(uintptr_t)properties, name, one)
	{
		if (json_get_str(one, "type") == NULL)
			return false;
	}
	fail_clear(&f);
	return jsonschema_check(form, "", &f) == FAIL_NONE;
}

static const char *
read_elicitation(struct question *q)
{
	const char *mode = json_get_str(q->params, "mode");

	if (json_get_str(q->params, "message") == NULL)
		return "a question without a message";
	if (mode != NULL && strcmp(mode, "url") == 0) {
		q->need = "elicitation.url";
		return is_url(json_get_str(q->params, "url"))
		    ? NULL
		    : "a page that is not an https:// address";
	}
	q->need = "elicitation.form";
	return is_form(json_get_obj(q->params, "requestedSchema"))
	    ? NULL
	    : "a form whose schema is not a flat object";
}

static const char *
read_sampling(struct question *q)
{
	q->need = json_object_get(q->params, "tools") != NULL ? "sampling.tools"
							      : "sampling";
	if (json_array_size(json_get_arr(q->params, "messages")) == 0 ||
	    json_get_int(q->params, "maxTokens", 0) < 1)
		return "a sampling request without messages or maxTokens";
	return NULL;
}

static const char *
read_roots(struct question *q)
{
	q->need = "roots";
	return NULL;
}

static bool fits_elicitation(struct arena *a, const struct question *q,
    const json_t *v, const char **why);
static bool fits_sampling(struct arena *a, const struct question *q,
    const json_t *v, const char **why);
static bool fits_roots(struct arena *a, const struct question *q,
    const json_t *v, const char **why);

static const struct method {
	const char *name;
	const char *(*read)(struct question *q);
	bool (*fits)(struct arena *a, const struct question *q, const json_t *v,
	    const char **why);
} methods[] = {
    {"elicitation/create", read_elicitation, fits_elicitation},
    {"sampling/createMessage", read_sampling, fits_sampling},
    {"roots/list", read_roots, fits_roots},
};

static const struct method *
find_method(const char *name)
{
	for (size_t i = 0; name != NULL && i < NELEM(methods); i++) {
		if (strcmp(name, methods[i].name) == 0)
			return &methods[i];
	}
	return NULL;
}

/* NULL, or what is wrong with it. */
static const char *
read_one(struct arena *a, const char *key, const json_t *v, struct question *q)
{
	const struct method *method = find_method(json_get_str(v, "method"));

	if (!is_key(key))
		return "a key that is none";
	if (method == NULL)
		return "a method that a client does not have";
	*q = (struct question){.key = key, .method = method->name};
	q->params = json_get_obj(v, "params");
	if (q->params == NULL)
		q->params = json_keep(a, json_obj());
	return method->read(q);
}

/* The requests alone, as others may see them. */
static json_t *
clean(struct ctx *ctx, const struct run *run, const json_t *requests)
{
	struct arena *a = ctx->arena;
	struct str text = json_text(a, requests);
	json_t *v;

	if (run->clean != NULL)
		text = run->clean(run->clean_user, a, text);
	return json_parse(a, text, SIZE_MAX, &v, NULL) == FAIL_NONE ? v : NULL;
}

enum fail_code
question_read(struct ctx *ctx, const struct run *run, const json_t *caps,
    struct questions *out)
{
	json_t *all, *requests, *one;
	const char *key, *why;

	*out = (struct questions){.n = 0};
	if (json_parse(ctx->arena, buf_str(&run->asked), ASKED_MAX, &all,
		NULL) != FAIL_NONE)
		return odd(ctx, "it is no JSON");
	requests = clean(ctx, run, json_get_obj(all, "requests"));
	if (json_object_size(requests) == 0 ||
	    json_object_size(requests) > QUESTION_MOST)
		return odd(ctx, "none or too many at once");
	json_object_foreach(requests, key, one)
	{
		struct question *q = &out->v[out->n++];

		why = read_one(ctx->arena, key, one, q);
		if (why != NULL)
			return odd(ctx, why);
		if (!question_able(caps, str_from(q->need)))
			return odd(ctx, "the client cannot be asked that");
	}
	out->state = json_object_get(all, "state");
	out->used = json_get_arr(all, "used");
	return FAIL_NONE;
}

bool
question_becomes(struct ctx *ctx, const struct run *run, struct questions *out)
{
	json_t *all;

	*out = (struct questions){.n = 0};
	if (json_parse(ctx->arena, buf_str(&run->asked), ASKED_MAX, &all,
		NULL) != FAIL_NONE ||
	    !json_get_bool(all, "task", false))
		return false;
	out->state = json_object_get(all, "state");
	out->used = json_get_arr(all, "used");
	return true;
}

json_t *
question_requests(struct arena *a, const struct questions *q)
{
	json_t *out = json_keep(a, json_obj());

	for (size_t i = 0; i < q->n; i++) {
		json_t *one = json_obj();

		json_put_str(one, "method", q->v[i].method);
		json_put(one, "params",
		    json_incref((json_t *)(uintptr_t)q->v[i].params));
		json_put(out, q->v[i].key, one);
	}
	return out;
}

const char *
question_text(struct arena *a, const struct questions *q)
{
	const char *text = "";

	for (size_t i = 0; i < q->n; i++)
		text = arena_printf(a, "%s%s%s (%s)", text, i > 0 ? ", " : "",
		    q->v[i].key, q->v[i].method);
	return text;
}

/* --- answers -------------------------------------------------------------- */

/* What was left out has its default. */
static json_t *
completed(struct arena *a, const json_t *form, const json_t *content)
{
	json_t *out = json_keep(a, json_deep_copy(content)), *one;
	const char *name;

	json_object_foreach(json_get_obj(form, "properties"), name, one)
	{
		json_t *value = json_object_get(one, "default");

		if (value != NULL && json_object_get(out, name) == NULL)
			json_put(out, name, json_incref(value));
	}
	return out;
}

static bool
fits_elicitation(struct arena *a, const struct question *q, const json_t *v,
    const char **why)
{
	const json_t *form = json_get_obj(q->params, "requestedSchema");
	const json_t *content = json_get_obj(v, "content");
	const char *action = json_get_str(v, "action");
	struct fail f;

	*why = "action is none of accept, decline, cancel";
	if (action == NULL)
		return false;
	if (strcmp(action, "decline") == 0 || strcmp(action, "cancel") == 0)
		return true;
	if (strcmp(action, "accept") != 0)
		return false;
	if (form == NULL)
		return true;
	*why = "content is no object";
	if (content == NULL)
		return false;
	fail_clear(&f);
	if (jsonschema_validate(form, completed(a, form, content), &f) ==
	    FAIL_NONE)
		return true;
	*why = f.nfields > 0 ? arena_printf(a, "content%s: %s",
				   f.fields[0].pointer, f.fields[0].message)
			     : arena_printf(a, "content: %s", f.message);
	return false;
}

static bool
is_block(const json_t *v)
{
	return json_get_str(v, "type") != NULL;
}

static bool
fits_sampling(struct arena *a, const struct question *q, const json_t *v,
    const char **why)
{
	const json_t *content = json_object_get(v, "content"), *one;
	size_t i;

	(void)a;
	(void)q;
	*why = "role, model or content is missing";
	if (json_get_str(v, "role") == NULL || json_get_str(v, "model") == NULL)
		return false;
	if (!json_is_array(content))
		return is_block(content);
	json_array_foreach((json_t *)(uintptr_t)content, i, one)
	{
		if (!is_block(one))
			return false;
	}
	return true;
}

static bool
fits_roots(struct arena *a, const struct question *q, const json_t *v,
    const char **why)
{
	const json_t *roots = json_get_arr(v, "roots"), *one;
	size_t i;

	(void)a;
	(void)q;
	*why = "roots is no list of roots with an uri";
	if (roots == NULL)
		return false;
	json_array_foreach((json_t *)(uintptr_t)roots, i, one)
	{
		if (json_get_str(one, "uri") == NULL)
			return false;
	}
	return true;
}

const char *
question_misfit(struct arena *a, const struct question *q, const json_t *answer)
{
	const struct method *method = find_method(q->method);
	const char *why = "it is no object";

	if (method != NULL && json_is_object(answer) &&
	    method->fits(a, q, answer, &why))
		return NULL;
	return why;
}
