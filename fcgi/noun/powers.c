/*
 * powers.c: what a version may do once it is approved, in sentences.
 */
#include "noun/powers.h"

#include <string.h>

#include "attr.h"
#include "json.h"
#include "noun/digest.h"

/* clang-format off */
const struct field powers_fields[] = {
	FIELD_STR(struct power, kind, .choices = POWERS_KINDS,
	    .doc = "What it is about."),
	FIELD_STR(struct power, text, .doc = "What it may do, in words."),
	FIELD_BOOL(struct power, new,
	    .doc = "True if what was approved last did not have it."),
	FIELD_END
};
/* clang-format on */

static const char *
seconds(struct ctx *ctx, int64_t ms)
{
	if (ms == 1000)
		return "1 second";
	if (ms % 1000 == 0)
		return arena_printf(
		    ctx->arena, "%lld seconds", (long long)(ms / 1000));
	return arena_printf(ctx->arena, "%lld.%03lld seconds",
	    (long long)(ms / 1000), (long long)(ms % 1000));
}

/* "[private ]HOST:PORT|*", in words. */
static const char *
reach(struct ctx *ctx, struct str line)
{
	static const char word[] = "private ";
	const char *more = "";
	struct str host, port;
	size_t colon;

	if (str_starts(line, word)) {
		line = str_sub(line, sizeof(word) - 1, line.n);
		more = ", also in private address space";
	}
	for (colon = line.n; colon > 1 && line.p[colon - 1] != ':'; colon--)
		;
	host = str_sub(line, 0, colon - 1);
	port = str_sub(line, colon, line.n);
	if (str_eq_c(port, "*"))
		return arena_printf(ctx->arena, "Reaches %.*s, any port%s",
		    STR_FMT(host), more);
	return arena_printf(ctx->arena, "Reaches %.*s, port %.*s%s",
	    STR_FMT(host), STR_FMT(port), more);
}

/* What it asks of its caller. */
static const char *
asks(struct ctx *ctx, struct str capability)
{
	/* clang-format off */
	static const struct {
		const char *name, *text;
	} known[] = {
		{"elicitation",     "Asks the client's user to fill in forms"},
		{"elicitation.url", "Asks the client's user to open pages"},
		{"sampling",        "Asks the client's model to answer its prompts"},
		{"roots",           "Asks which folders the client works with"},
	};
	/* clang-format on */

	for (size_t i = 0; i < NELEM(known); i++) {
		if (str_eq_c(capability, known[i].name))
			return known[i].text;
	}
	return arena_printf(
	    ctx->arena, "Asks the client for %.*s", STR_FMT(capability));
}

/* What it is for clients, when that is not a tool which they call. */
static const char *
service(struct ctx *ctx, const struct powers_source *s)
{
	if (s->kind == NULL || strcmp(s->kind, KIND_TOOL) == 0)
		return NULL;
	if (strcmp(s->kind, KIND_PROMPT) == 0)
		return "Puts messages before a client's model, as a prompt";
	return arena_printf(ctx->arena, "Is read by clients as %s%s",
	    strcmp(s->kind, KIND_TEMPLATE) == 0 ? "any URI of " : "", s->uri);
}

static const char *
task(const struct powers_source *s)
{
	if (s->task_mode == NULL || strcmp(s->task_mode, "none") == 0)
		return NULL;
	return strcmp(s->task_mode, "required") == 0
	    ? "Runs as a task, and goes on after the call"
	    : "Runs as a task where a client can, and goes on after the call";
}

/* --- the list ---------------------------------------------------------- */

#define LIMITS_TOLD 5

static void
add(struct list *out, const char *kind, const char *text)
{
	struct power *v = out->v;

	if (text != NULL)
		v[out->n++] = (struct power){.kind = kind, .text = text};
}

/* Each of them is set for the tool or its server; else it is the instance's. */
static void
add_limits(struct ctx *ctx, const struct limit_values *l, struct list *out)
{
	const struct {
		const struct opt_int *value;
		const char *of;
	} rows[LIMITS_TOLD] = {
	    {&l->memory_mib, "MiB of memory"},
	    {&l->cpu_ms, "ms of processor time"},
	    {&l->threads, "threads"},
	    {&l->requests, "outbound requests"},
	    {&l->transfer_kib, "KiB to and from hosts"},
	};

	for (size_t i = 0; i < NELEM(rows); i++) {
		if (rows[i].value->given)
			add(out, "run",
			    arena_printf(ctx->arena, "Runs with up to %lld %s",
				(long long)rows[i].value->v, rows[i].of));
	}
}

static struct list
sentences(struct ctx *ctx, const struct powers_source *s)
{
	struct list out = {
	    .v = arena_zalloc(ctx->arena,
		3 + LIMITS_TOLD + s->secret_names.n + s->hosts.n +
		    s->imports.n + s->client_capabilities.n,
		sizeof(struct power)),
	};

	add(&out, "run",
	    arena_printf(ctx->arena, "Runs in the sandbox for up to %s",
		seconds(ctx, s->timeout_ms)));
	add(&out, "run", task(s));
	add_limits(ctx, &s->limits, &out);
	add(&out, "serve", service(ctx, s));
	for (size_t i = 0; i < s->secret_names.n; i++)
		add(&out, "secret",
		    arena_printf(ctx->arena, "Reads the secret %.*s",
			STR_FMT(s->secret_names.v[i])));
	for (size_t i = 0; i < s->hosts.n; i++)
		add(&out, "host", reach(ctx, s->hosts.v[i]));
	for (size_t i = 0; i < s->imports.n; i++)
		add(&out, "module",
		    arena_printf(
			ctx->arena, "Imports %.*s", STR_FMT(s->imports.v[i])));
	for (size_t i = 0; i < s->client_capabilities.n; i++)
		add(&out, "client", asks(ctx, s->client_capabilities.v[i]));
	return out;
}

static bool
contains(const struct list *powers, const struct power *p)
{
	const struct power *v = powers->v;

	for (size_t i = 0; i < powers->n; i++) {
		if (strcmp(v[i].kind, p->kind) == 0 &&
		    strcmp(v[i].text, p->text) == 0)
			return true;
	}
	return false;
}

void
powers_list(struct ctx *ctx, const struct powers_source *now,
    const struct powers_source *base, struct list *out)
{
	struct list before = {0};
	struct power *v;

	if (base != NULL)
		before = sentences(ctx, base);
	*out = sentences(ctx, now);
	v = out->v;
	for (size_t i = 0; i < out->n; i++)
		v[i].new = !contains(&before, &v[i]);
}

json_t *
powers_json(struct ctx *ctx, const struct list *powers)
{
	json_t *list = json_keep(ctx->arena, json_arr());
	const struct power *v = powers->v;

	for (size_t i = 0; i < powers->n; i++) {
		json_t *one = json_obj();

		json_put_str(one, "kind", v[i].kind);
		json_put_str(one, "text", v[i].text);
		json_add(list, one);
	}
	return list;
}

static bool
told(const json_t *before, const struct power *p)
{
	for (size_t i = 0; i < json_array_size(before); i++) {
		const json_t *one = json_array_get(before, i);
		const char *kind = json_get_str(one, "kind");
		const char *text = json_get_str(one, "text");

		if (kind != NULL && text != NULL &&
		    strcmp(kind, p->kind) == 0 && strcmp(text, p->text) == 0)
			return true;
	}
	return false;
}

void
powers_mark(struct list *powers, const json_t *before)
{
	struct power *v = powers->v;

	for (size_t i = 0; i < powers->n; i++)
		v[i].new = !told(before, &v[i]);
}

void
powers_new(struct ctx *ctx, const struct list *powers, struct list *out)
{
	const struct power *v = powers->v;
	struct power *to = arena_zalloc(ctx->arena, powers->n, sizeof(*to));

	*out = (struct list){.v = to};
	for (size_t i = 0; i < powers->n; i++) {
		if (v[i].new)
			to[out->n++] = v[i];
	}
}

const char *
powers_digest(struct ctx *ctx, const struct list *powers)
{
	return digest_json(ctx->arena, powers_json(ctx, powers));
}
