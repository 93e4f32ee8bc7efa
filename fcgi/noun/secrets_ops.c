/*
 * secrets_ops.c: secrets, as REST and MCP show them.
 *
 * Setting a value has no MCP face: no value ever passes through a model.
 */
#include "noun/secrets.h"

#include "noun/server.h"

struct list_args {
	struct str server_id;
};

/* clang-format off */
#define SERVER_ROW(S) \
	PARAM_UUID(S, server_id, .from = FROM_PATH, .required = true, \
	    .doc = "The server's id.")
#define NAME_ROW(S) \
	PARAM_STR(S, key_name, .from = FROM_PATH, .required = true, \
	    .min = 1, .max = SECRETS_NAME_MAX, \
	    .pattern = SECRETS_NAME_PATTERN, .doc = "The secret's name.")

static const struct param list_params[] = {
	SERVER_ROW(struct list_args),
	PARAM_END
};

static const struct param create_params[] = {
	SERVER_ROW(struct secrets_create_args),
	PARAM_STR(struct secrets_create_args, key_name, .required = true,
	    .min = 1, .max = SECRETS_NAME_MAX, .pattern = SECRETS_NAME_PATTERN,
	    .doc = "Upper-case letters, digits and underscores; unique in the "
		   "server. Tools declare it in secret_names and read it as "
		   "secrets[\"NAME\"]."),
	PARAM_STR(struct secrets_create_args, description, .nullable = true,
	    .max = DESCRIPTION_MAX,
	    .doc = "What it is and where to get it, for the person who will "
		   "set the value."),
	PARAM_END
};

static const struct param set_params[] = {
	SERVER_ROW(struct secrets_set_args),
	NAME_ROW(struct secrets_set_args),
	PARAM_STR(struct secrets_set_args, value, .required = true, .min = 1,
	    .max = SECRETS_VALUE_MAX,
	    .doc = "The value: 1 to 65536 bytes of text. It is stored "
		   "encrypted and never shown again."),
	PARAM_END
};

static const struct param key_params[] = {
	SERVER_ROW(struct secrets_key_args),
	NAME_ROW(struct secrets_key_args),
	PARAM_END
};

static const struct field all_fields[] = {
	FIELD_LIST(struct secrets_all, items, .child = secrets_item_fields,
	    .child_size = sizeof(struct secrets_item), .child_name = "Secret",
	    .doc = "The server's secrets, by name."),
	FIELD_INT(struct secrets_all, total, .doc = "How many there are."),
	FIELD_END
};
/* clang-format on */

static enum fail_code
op_list(struct ctx *ctx, const void *args, void *result)
{
	const struct list_args *a = args;

	return secrets_list(ctx, a->server_id, result);
}

static enum fail_code
op_create(struct ctx *ctx, const void *args, void *result)
{
	return secrets_create(ctx, args, result);
}

static enum fail_code
op_set(struct ctx *ctx, const void *args, void *result)
{
	return secrets_set(ctx, args, result);
}

static enum fail_code
op_delete(struct ctx *ctx, const void *args, void *result)
{
	(void)result;
	return secrets_delete(ctx, args);
}

/* clang-format off */
enum { OP_LIST, OP_CREATE, OP_SET, OP_DELETE };

#define RESULT_SECRET \
	.result = secrets_item_fields, \
	.result_size = sizeof(struct secrets_item), .result_name = "Secret"

const struct op secrets_ops[] = {
	[OP_LIST] = {
		.name = "list_server_secrets",
		.title = "List the secrets of a server",
		.doc = "The names of a server's secrets, which of them have a "
		       "value, and which tools declare them. Values are never "
		       "shown to anybody.",
		.params = list_params, .args_size = sizeof(struct list_args),
		.result = all_fields,
		.result_size = sizeof(struct secrets_all),
		.result_name = "SecretList",
		.perm = PERM_READ, .faces = FACE_REST | FACE_MCP,
		.hints = HINT_READ_ONLY | HINT_IDEMPOTENT,
		.fn = op_list,
	},
	[OP_CREATE] = {
		.name = "create_server_secret",
		.title = "Create a secret",
		.doc = "Makes a named place for a secret, without a value: "
		       "only a person can set that, on the web page. Never "
		       "ask for the value itself, and never put it into code. "
		       "Declare the name in a tool's secret_names and read it "
		       "there as secrets[\"NAME\"]. A call of a tool whose "
		       "secret has no value fails and says so.",
		.params = create_params,
		.args_size = sizeof(struct secrets_create_args),
		RESULT_SECRET,
		.perm = PERM_EDIT, .faces = FACE_REST | FACE_MCP,
		.fn = op_create,
	},
	[OP_SET] = {
		.name = "set_server_secret",
		.title = "Set a secret's value",
		.doc = "Sets or replaces the value of a secret. The next call "
		       "of a tool that declares it uses the new one.",
		.params = set_params,
		.args_size = sizeof(struct secrets_set_args),
		RESULT_SECRET,
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_IDEMPOTENT,
		.fn = op_set,
	},
	[OP_DELETE] = {
		.name = "delete_server_secret",
		.title = "Delete a secret",
		.doc = "Deletes a secret with its value. Tools that declare "
		       "it cannot be called until it is there again.",
		.params = key_params,
		.args_size = sizeof(struct secrets_key_args),
		.perm = PERM_ADMIN, .faces = FACE_REST,
		.hints = HINT_DESTRUCTIVE,
		.fn = op_delete,
	},
	{.name = NULL},
};

#define ALL "/api/servers/{server_id}/secrets"
#define ONE ALL "/{key_name}"

const struct route secrets_routes[] = {
	{"GET",    ALL, &secrets_ops[OP_LIST],   200, false},
	{"POST",   ALL, &secrets_ops[OP_CREATE], 201, false},
	{"PUT",    ONE, &secrets_ops[OP_SET],    200, false},
	{"DELETE", ONE, &secrets_ops[OP_DELETE], 204, false},
	ROUTE_END
};
/* clang-format on */
