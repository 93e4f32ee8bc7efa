/*
 * fuzz_param.c: binding whatever JSON, path and query to a parameter table.
 *
 * What binds must keep the table's promises; what does not must say why.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "op/param.h"
#include "web/request.h"
#include "web/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct thing_args {
	struct str id;
	struct str name;
	struct str note;
	struct str color;
	struct opt_int size;
	struct opt_int page;
	struct opt_bool force;
	struct strs words;
	json_t *extra;
};

static const struct param params[] = {
    PARAM_UUID(
	struct thing_args, id, .from = FROM_PATH, .required = true, .doc = "d"),
    PARAM_STR(struct thing_args, name, .required = true, .min = 1, .max = 10,
	.pattern = "^[a-z][a-z0-9_]*$", .doc = "d"),
    PARAM_STR(struct thing_args, note, .nullable = true, .max = 20, .doc = "d"),
    PARAM_ENUM(struct thing_args, color, .choices = "red|green", .def = "red",
	.doc = "d"),
    PARAM_INT(struct thing_args, size, .min = 1, .max = 100, .nullable = true,
	.doc = "d"),
    PARAM_INT(struct thing_args, page, .from = FROM_QUERY, .min = 1,
	.max = 1000, .def = "1", .doc = "d"),
    PARAM_BOOL(struct thing_args, force, .from = FROM_QUERY, .def = "false",
	.doc = "d"),
    PARAM_STRS(struct thing_args, words, .max = 3, .doc = "d"),
    PARAM_JSON(struct thing_args, extra, .nullable = true, .doc = "d"),
    PARAM_END,
};

static const struct op op = {
    .name = "thing",
    .params = params,
    .args_size = sizeof(struct thing_args),
};

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
check_bound(const struct thing_args *t)
{
	require(str_is_uuid(t->id));
	require(str_utf8_len(t->name) >= 1 && str_utf8_len(t->name) <= 10);
	require(param_matches(&params[1], t->name));
	require(t->name.p[t->name.n] == '\0');
	require(str_utf8_valid(t->note) && str_utf8_len(t->note) <= 20);
	require(str_eq_c(t->color, "red") || str_eq_c(t->color, "green"));
	require(!t->size.given || t->size.null ||
	    (t->size.v >= 1 && t->size.v <= 100));
	require(t->page.given && t->page.v >= 1 && t->page.v <= 1000);
	require(t->force.given);
	require(t->words.n <= 3);
	require(t->extra == NULL || json_is_object(t->extra) ||
	    json_is_null(t->extra));
}

static void
check_failed(const struct ctx *ctx)
{
	require(ctx->fail.nfields > 0);
	require(ctx->fail.message[0] != '\0');
	for (size_t i = 0; i < ctx->fail.nfields; i++) {
		const struct fail_field *f = &ctx->fail.fields[i];

		require(f->message[0] != '\0');
		require(f->pointer[0] == '\0' || f->pointer[0] == '/');
		require(str_utf8_valid(str_from(f->pointer)));
	}
}

/* "path \n query \n body" */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct route routes[] = {
	    {"POST", "/api/things/{id}", &op, 200, false}, ROUTE_END};
	static const struct route *const tables[] = {routes, NULL};
	static struct ctx ctx;
	struct str rest = {(const char *)data, size};
	struct param_text *query;
	struct route_match match;
	struct thing_args args;
	json_t *body = NULL;
	struct req req;
	size_t n;

	if (ctx.arena == NULL) {
		ctx.arena = arena_new((size_t)16 * 1024 * 1024);
		require(param_check_table(&op));
	}
	fail_clear(&ctx.fail);
	req.path = str_split(&rest, '\n');
	req.query = str_split(&rest, '\n');
	route_find(tables, STR_LIT("POST"), req.path, &match);
	if (req_query(&req, ctx.arena, &query, &n, &ctx.fail) == FAIL_NONE &&
	    (rest.n == 0 ||
		json_parse(ctx.arena, rest, REQ_BODY_MAX, &body, NULL) ==
		    FAIL_NONE)) {
		if (param_bind_rest(&ctx, &op, match.params, match.nparams,
			query, n, body, &args) == FAIL_NONE)
			check_bound(&args);
		else
			check_failed(&ctx);
		fail_clear(&ctx.fail);
		if (param_bind_mcp(&ctx, &op, body, &args) == FAIL_NONE)
			check_bound(&args);
		else
			check_failed(&ctx);
	}
	arena_reset(ctx.arena);
	return 0;
}
