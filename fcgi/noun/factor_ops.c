/*
 * factor_ops.c: the caller's second factor, over REST.
 */
#include "noun/factor.h"

#include "noun/password.h"

struct no_args {
	char unused;
};

struct prove_args {
	struct str current_password;
	struct str code;
};

/* clang-format off */
#define PASSWORD_ROW \
	PARAM_STR(struct prove_args, current_password, .required = true, \
	    .min = 1, .max = PASSWORD_MAX, .doc = "The caller's password.")
#define CODE_ROW(text) \
	PARAM_STR(struct prove_args, code, .required = true, \
	    .min = 1, .max = FACTOR_CODE_MAX, .doc = text)

static const struct param enrol_params[] = {
	PASSWORD_ROW,
	PARAM_END
};

static const struct param confirm_params[] = {
	CODE_ROW("What the authenticator shows for the new key."),
	PARAM_END
};

static const struct param both_params[] = {
	PASSWORD_ROW,
	CODE_ROW("The authenticator's code, or a recovery code."),
	PARAM_END
};

const struct field factor_status_fields[] = {
	FIELD_BOOL(struct factor_status, enabled,
	    .doc = "Does a sign-in need a code?"),
	FIELD_BOOL(struct factor_status, required,
	    .doc = "Does the policy ask for it?"),
	FIELD_TIME(struct factor_status, confirmed_at, .flags = FIELD_NULLABLE,
	    .doc = "Since when it is in use."),
	FIELD_INT(struct factor_status, recovery_codes,
	    .doc = "Recovery codes that are left."),
	FIELD_END
};

static const struct field enrolment_fields[] = {
	FIELD_STR(struct factor_enrolment, secret,
	    .doc = "The key in base32, to be typed. Shown once."),
	FIELD_STR(struct factor_enrolment, otpauth_url,
	    .doc = "The same for an authenticator, to be shown as a picture."),
	FIELD_END
};

static const struct field codes_fields[] = {
	FIELD_STRS(struct factor_codes, recovery_codes,
	    .doc = "Each signs in once when the authenticator is lost. Shown "
		   "once."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_status(struct ctx *ctx, const void *args, void *result)
{
	(void)args;
	return factor_status(ctx, result);
}

static enum fail_code
op_enrol(struct ctx *ctx, const void *args, void *result)
{
	const struct prove_args *a = args;

	return factor_enrol(ctx, a->current_password, result);
}

static enum fail_code
op_confirm(struct ctx *ctx, const void *args, void *result)
{
	const struct prove_args *a = args;

	return factor_confirm(ctx, a->code, result);
}

static enum fail_code
op_renew(struct ctx *ctx, const void *args, void *result)
{
	const struct prove_args *a = args;

	return factor_renew_codes(ctx, a->current_password, a->code, result);
}

static enum fail_code
op_remove(struct ctx *ctx, const void *args, void *result)
{
	const struct prove_args *a = args;

	(void)result;
	return factor_remove(ctx, a->current_password, a->code);
}

enum { OP_STATUS, OP_ENROL, OP_CONFIRM, OP_RENEW, OP_REMOVE };

/* clang-format off */
#define CODES \
	.result = codes_fields, .result_size = sizeof(struct factor_codes), \
	.result_name = "RecoveryCodes"

const struct op factor_ops[] = {
	[OP_STATUS] = {
		.name = "get_totp",
		.title = "The caller's second factor",
		.doc = "Whether a second factor is in use or asked for, and "
		       "how many recovery codes are left.",
		.args_size = sizeof(struct no_args),
		.result = factor_status_fields,
		.result_size = sizeof(struct factor_status),
		.result_name = "SecondFactor",
		.perm = PERM_SELF, .faces = FACE_REST,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_status,
	},
	[OP_ENROL] = {
		.name = "enrol_totp",
		.title = "Begin with an authenticator",
		.doc = "Makes a key for the caller's authenticator. Nothing is "
		       "asked for at a sign-in until confirm_totp has seen a "
		       "code of it.",
		.params = enrol_params, .args_size = sizeof(struct prove_args),
		.result = enrolment_fields,
		.result_size = sizeof(struct factor_enrolment),
		.result_name = "TotpEnrolment",
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_enrol,
	},
	[OP_CONFIRM] = {
		.name = "confirm_totp",
		.title = "Put the authenticator to use",
		.doc = "Takes the first code of the new key. From now on each "
		       "sign-in needs a code. Answers with recovery codes.",
		.params = confirm_params,
		.args_size = sizeof(struct prove_args),
		CODES,
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_confirm,
	},
	[OP_RENEW] = {
		.name = "renew_recovery_codes",
		.title = "New recovery codes",
		.doc = "Makes new recovery codes; those before work no more.",
		.params = both_params, .args_size = sizeof(struct prove_args),
		CODES,
		.perm = PERM_SELF, .faces = FACE_REST,
		.fn = op_renew,
	},
	[OP_REMOVE] = {
		.name = "remove_totp",
		.title = "Do without the second factor",
		.doc = "Removes the caller's second factor and its recovery "
		       "codes.",
		.params = both_params, .args_size = sizeof(struct prove_args),
		.perm = PERM_SELF, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_remove,
	},
	{.name = NULL},
};

const struct route factor_routes[] = {
	{"GET",  "/auth/totp",         &factor_ops[OP_STATUS],  200, false},
	{"POST", "/auth/totp",         &factor_ops[OP_ENROL],   201, false},
	{"POST", "/auth/totp/confirm", &factor_ops[OP_CONFIRM], 200, false},
	{"POST", "/auth/totp/recovery-codes", &factor_ops[OP_RENEW], 200, false},
	{"POST", "/auth/totp/remove",  &factor_ops[OP_REMOVE],  204, false},
	ROUTE_END
};
/* clang-format on */
