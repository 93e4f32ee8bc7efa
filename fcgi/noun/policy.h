/*
 * policy.h: the language policy, as the runner itself has it.
 *
 * There is one table (sandboxd/run/jail/policy.py): the checker, the runner
 * and this file read the same rows.  What is shown here is what the running
 * interpreter reports of itself, so it cannot differ from what is enforced.
 */
#ifndef MCPBOX_POLICY_H
#define MCPBOX_POLICY_H

#include "op/ctx.h"
#include "op/op.h"

struct policy_module {
	const char *name;
	bool all_public;     /* every public name but `without` */
	struct strs only;    /* else: these names */
	struct strs without; /* names that are refused all the same */
};

struct policy_builtin {
	const char *name;
	const char *reason;
};

struct policy_rule {
	const char *rule;
	const char *severity;
	const char *text;
	const char *refused; /* "before" anything runs, when it is "used"; or
			      * NULL: it is not */
};

struct policy {
	const char *python; /* "3.11.2" */
	bool enforced;      /* else: findings only, nothing is refused */
	struct list modules;
	struct list builtins_refused;
	struct list rules;
};

extern const struct op policy_ops[];
extern const struct route policy_routes[];

/* FAIL_UNAVAILABLE while the sandbox does not answer. */
enum fail_code policy_get(struct ctx *ctx, struct policy *out) ATTR_NODISCARD;

#endif
