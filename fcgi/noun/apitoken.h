/*
 * apitoken.h: tokens that a person makes for programs.
 *
 * A token is "mcpb_" and 32 random bytes, shown once; here are its SHA-256 and
 * the first characters, to tell it from others.  It has scopes, which count at
 * the MCP endpoint, or a role, which counts for the API, or both; and never
 * more than its owner has at the moment it is used.
 */
#ifndef MCPBOX_APITOKEN_H
#define MCPBOX_APITOKEN_H

#include <stdbool.h>

#include "op/ctx.h"
#include "op/op.h"

#define APITOKEN_PREFIX "mcpb_"
#define APITOKEN_NAME_MAX 40
#define APITOKEN_DAYS_MAX 3650
#define APITOKEN_MAX 100 /* that work at a time, of one person */

struct apitoken {
	const char *id;
	const char *username;
	const char *name;
	const char *prefix;
	struct strs scopes;
	const char *role; /* NULL: not for the API */
	const char *created_at;
	const char *expires_at;
	const char *last_used_at; /* NULL: never, to the minute */
	const char *last_used_ip;
	const char *revoked_at;
	const char *status; /* "active", "expired", "revoked" */
};

struct apitoken_made {
	struct apitoken row; /* first: shares its field rows */
	const char *token;   /* shown once */
};

struct apitoken_create_args {
	struct str name;
	struct strs scopes;
	struct str role;
	struct opt_int expires_days;
};

extern const struct field apitoken_fields[];
extern const struct field apitoken_made_fields[];
extern const struct op apitoken_ops[];
extern const struct route apitoken_routes[];

/* Does this credential look like one? */
bool apitoken_is(struct str credential);
/*
 * Who holds it?  Sets ctx->caller: for the API (`mcp` false) a person with the
 * token's role, else a client with its scopes.  FAIL_UNAUTHORIZED when it is
 * not ours, over, or not for this door.  Works for the gateway's database
 * role.
 */
enum fail_code apitoken_identify(
    struct ctx *ctx, struct str token, bool mcp) ATTR_NODISCARD;

/* struct apitoken, newest first; of one account or (NULL) of all. */
enum fail_code apitoken_list(struct ctx *ctx, const char *account_id,
    struct opt_int page, struct opt_int page_size,
    struct page *out) ATTR_NODISCARD;
/* For the caller.  FAIL_INVALID for what the caller could not do, or for a
 * token without use; FAIL_DUPLICATE for a name in use. */
enum fail_code apitoken_create(struct ctx *ctx,
    const struct apitoken_create_args *args,
    struct apitoken_made *out) ATTR_NODISCARD;
/* Of one account or (NULL) of anyone.  FAIL_NOT_FOUND; FAIL_CONFLICT when it
 * was revoked before. */
enum fail_code apitoken_revoke(
    struct ctx *ctx, struct str id, const char *account_id) ATTR_NODISCARD;

#endif
