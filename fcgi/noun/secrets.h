/*
 * secrets.h: values that a server's tools may use and nobody may see.
 *
 * A secret is first a place (a name, no value), which a model may make; only
 * a person can put a value there, replace it or take the place away.  Values
 * go in and come out nowhere but in the runs of versions that declare the name
 * (noun/run); noun/redact then hides them in all that such a run says.
 *
 * (The plural keeps this header apart from lib/secret.h.)
 */
#ifndef MCPBOX_SECRETS_H
#define MCPBOX_SECRETS_H

#include "op/ctx.h"
#include "op/op.h"

#define SECRETS_NAME_MAX 64
#define SECRETS_NAME_PATTERN "^[A-Z][A-Z0-9_]{0,63}$"
#define SECRETS_VALUE_MAX 65536 /* bytes */
#define SECRETS_EACH_MAX 200    /* of one server */

/* A tool whose current version declares it. */
struct secrets_use {
	const char *key_name;
	const char *tool_id;
	const char *full_name;
	const char *approval_status;
};

struct secrets_item {
	const char *id;
	const char *server_id;
	const char *key_name;
	const char *description; /* NULL: none */
	bool has_value;
	const char *set_by; /* NULL: no value */
	const char *set_at; /* the same */
	const char *created_by;
	const char *created_at;
	const char *updated_at;
	struct list used_by; /* struct secrets_use, by full name */
	const char *warning; /* about the value just set, or NULL */
};

struct secrets_all {
	struct list items; /* struct secrets_item, by name */
	int64_t total;
};

/* One secret by its name. */
struct secrets_key_args {
	struct str server_id;
	struct str key_name;
};

struct secrets_create_args {
	struct str server_id;
	struct str key_name;
	struct str description;
};

struct secrets_set_args {
	struct str server_id;
	struct str key_name;
	struct str value;
};

extern const struct field secrets_item_fields[];
extern const struct field secrets_row_fields[]; /* without used_by */
extern const struct field secrets_use_fields[];
extern const struct op secrets_ops[];
extern const struct route secrets_routes[];

/* FAIL_NOT_FOUND without such a server. */
enum fail_code secrets_list(struct ctx *ctx, struct str server_id,
    struct secrets_all *out) ATTR_NODISCARD;
/* A place without a value.  FAIL_DUPLICATE when the name is taken,
 * FAIL_CONFLICT when the server has SECRETS_EACH_MAX. */
enum fail_code secrets_create(struct ctx *ctx,
    const struct secrets_create_args *args,
    struct secrets_item *out) ATTR_NODISCARD;
/*
 * Seals and stores the value; what is in flight keeps the old one.
 * FAIL_NOT_FOUND without such a place (as below), FAIL_INVALID over
 * SECRETS_VALUE_MAX bytes.
 */
enum fail_code secrets_set(struct ctx *ctx, const struct secrets_set_args *args,
    struct secrets_item *out) ATTR_NODISCARD;
enum fail_code secrets_delete(
    struct ctx *ctx, const struct secrets_key_args *args) ATTR_NODISCARD;

#endif
