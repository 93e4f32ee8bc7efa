/*
 * policy_ops.c: the language policy, as REST and MCP show it.
 */
#include "noun/policy.h"

#include "noun/code.h"

struct no_args {
	char unused;
};

/* clang-format off */
static const struct param no_params[] = {
	PARAM_END
};

static const struct field module_fields[] = {
	FIELD_STR(struct policy_module, name, .doc = "The module."),
	FIELD_BOOL(struct policy_module, all_public,
	    .doc = "May every public name of it be used, but those in "
		   "`without`? Else only those in `only`."),
	FIELD_STRS(struct policy_module, only,
	    .doc = "The names that may be used, unless all_public."),
	FIELD_STRS(struct policy_module, without,
	    .doc = "Names that may not be used."),
	FIELD_END
};

static const struct field builtin_fields[] = {
	FIELD_STR(struct policy_builtin, name, .doc = "The built-in."),
	FIELD_STR(struct policy_builtin, reason, .doc = "Why."),
	FIELD_END
};

static const struct field rule_fields[] = {
	FIELD_STR(struct policy_rule, rule, .doc = "Name of the rule."),
	FIELD_STR(struct policy_rule, severity, .choices = CODE_SEVERITIES,
	    .doc = "high: refused at run time; warning: a reviewer looks at "
		   "it; note: worth knowing."),
	FIELD_STR(struct policy_rule, text, .doc = "What a reviewer reads."),
	FIELD_STR(struct policy_rule, refused, .flags = FIELD_NULLABLE,
	    .choices = "before|used",
	    .doc = "Is it refused where the policy is enforced: before "
		   "anything runs, or when it is used? null: it is not."),
	FIELD_END
};

static const struct field policy_fields[] = {
	FIELD_STR(struct policy, python,
	    .doc = "Version of the interpreter that runs tools."),
	FIELD_BOOL(struct policy, enforced,
	    .doc = "Is it enforced at run time? Else nothing is refused."),
	FIELD_LIST(struct policy, modules, .child = module_fields,
	    .child_size = sizeof(struct policy_module),
	    .child_name = "PolicyModule",
	    .doc = "Modules that a tool may import."),
	FIELD_LIST(struct policy, builtins_refused, .child = builtin_fields,
	    .child_size = sizeof(struct policy_builtin),
	    .child_name = "PolicyBuiltin",
	    .doc = "Built-in functions that tools do not have."),
	FIELD_LIST(struct policy, rules, .child = rule_fields,
	    .child_size = sizeof(struct policy_rule),
	    .child_name = "PolicyRule",
	    .doc = "What the checker looks for, and the runner refuses."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_get(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return policy_get(ctx, result);
}

/* clang-format off */
const struct op policy_ops[] = {
	{
		.name = "get_policy",
		.title = "What tool code may use",
		.doc = "The language policy: modules that a tool may import "
		       "and what of them, built-in functions it does not have, "
		       "and the rules of the checker. The runner enforces the "
		       "same table. Look here before you write a tool that "
		       "needs more than plain Python.",
		.params = no_params, .args_size = sizeof(struct no_args),
		.result = policy_fields, .result_size = sizeof(struct policy),
		.result_name = "Policy",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_get,
	},
	{.name = NULL},
};

const struct route policy_routes[] = {
	{"GET", "/api/policy", &policy_ops[0], 200, false},
	ROUTE_END
};
/* clang-format on */
