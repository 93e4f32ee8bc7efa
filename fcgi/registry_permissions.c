/*
 * registry_permissions.c: who may do what, as a table to be reviewed.
 */
#include <stdio.h>
#include <string.h>

#include "noun/role.h"
#include "op/ctx.h"
#include "registry.h"

/* Everybody there is, as the doors make them. */
struct column {
	const char *name;
	unsigned perms;
	unsigned faces; /* the doors that they come through */
};

#define COLUMNS 10

static const char *const scopes[] = {"reader", "caller", "author"};

static void
make_columns(struct column out[COLUMNS])
{
	static const char *const roles[] = {
	    "viewer", "operator", "reviewer", "admin"};
	size_t n = 0;

	out[n++] = (struct column){"anonymous", PERM_ANYONE, FACE_REST};
	for (size_t i = 0; i < NELEM(roles); i++)
		out[n++] = (struct column){
		    roles[i], role_perms(roles[i]), FACE_REST};
	/* An API token never reaches its owner's own affairs. */
	out[n++] = (struct column){
	    "admin_token", role_token_perms("admin"), FACE_REST};
	for (size_t i = 0; i < NELEM(scopes); i++) {
		struct str word = str_from(scopes[i]);
		struct strs one = {.n = 1, .v = &word};

		out[n++] = (struct column){scopes[i],
		    role_client_perms(role_scope_perms(&one)), FACE_MCP};
	}
	out[n++] = (struct column){"local", role_local_perms(), FACE_MCP};
}

/* "yes", "no", or "-" when the operation has no such door. */
static const char *
answer(const struct op *op, const struct column *c)
{
	struct ctx ctx = {.caller = {.perms = c->perms}};

	if ((op->faces & c->faces) == 0)
		return "-";
	return ctx_may(&ctx, op->perm) ? "yes" : "no";
}

static const struct route *
route_of(const struct op *op)
{
	for (size_t i = 0; registry_routes[i] != NULL; i++)
		for (const struct route *r = registry_routes[i];
		     r->method != NULL; r++)
			if (r->op == op && !r->alias)
				return r;
	return NULL;
}

void
registry_permissions(FILE *out)
{
	struct column columns[COLUMNS];

	make_columns(columns);
	(void)fputs("operation\troute\tneeds\tkind", out);
	for (size_t i = 0; i < COLUMNS; i++)
		(void)fprintf(out, "\t%s", columns[i].name);
	for (size_t i = 0; registry_ops[i] != NULL; i++) {
		for (const struct op *op = registry_ops[i]; op->name != NULL;
		     op++) {
			const struct route *r = route_of(op);
			bool reads = (op->hints & HINT_READ_ONLY) != 0;

			(void)fprintf(out, "\n%s\t%s%s%s\t%s\t%s", op->name,
			    r != NULL ? r->method : "-", r != NULL ? " " : "",
			    r != NULL ? r->path : "", registry_perm(op->perm),
			    reads ? "reads" : "writes");
			for (size_t j = 0; j < COLUMNS; j++)
				(void)fprintf(
				    out, "\t%s", answer(op, &columns[j]));
		}
	}
	(void)fputc('\n', out);
}
