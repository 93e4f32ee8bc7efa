/*
 * invite.h: one-time links, for who has no password yet or no more.
 *
 * The link holds 32 random bytes behind its '#', so that no server on the way
 * writes them down; here is only their SHA-256.  A link works once and for
 * some hours; of parallel uses one succeeds.
 */
#ifndef MCPBOX_INVITE_H
#define MCPBOX_INVITE_H

#include "op/ctx.h"
#include "op/op.h"

#define INVITE_HOURS_MAX (30 * 24)
#define INVITE_HOURS_DEF "72"
#define INVITE_NOTE_MAX 200

struct invite {
	const char *id;
	const char *role;
	const char *note;
	const char *created_by;
	const char *created_at;
	const char *expires_at;
	const char *used_at;  /* NULL: not yet */
	const char *username; /* who came of it, or NULL */
	const char *status;   /* "open", "used", "expired" */
};

struct invite_link {
	const char *id;
	const char *token; /* shown once */
	const char *link;
	const char *expires_at;
};

/* What a link is for, told to whoever holds it. */
struct invite_about {
	const char *kind; /* "invite" or "reset" */
	const char *role;
	const char *username; /* of a reset, else NULL */
	const char *expires_at;
};

struct invite_create_args {
	struct str role;
	struct str note;
	struct opt_int hours;
};

struct invite_reset_args {
	struct str user_id;
	struct opt_bool remove_totp;
	struct opt_int hours;
};

struct invite_accept_args {
	struct str token;
	struct str username;
	struct str password;
};

struct invite_done {
	const char *username;
	const char *role;
};

extern const struct field invite_fields[];
extern const struct op invite_ops[];
extern const struct route invite_routes[];

/* struct invite, newest first. */
enum fail_code invite_list(struct ctx *ctx, struct opt_int page,
    struct opt_int page_size, struct page *out) ATTR_NODISCARD;
enum fail_code invite_create(struct ctx *ctx,
    const struct invite_create_args *args,
    struct invite_link *out) ATTR_NODISCARD;
/* A link for a new password; one made before works no more. */
enum fail_code invite_reset(struct ctx *ctx,
    const struct invite_reset_args *args,
    struct invite_link *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND without such an invitation, FAIL_CONFLICT when it was used. */
enum fail_code invite_revoke(struct ctx *ctx, struct str id) ATTR_NODISCARD;

/* FAIL_NOT_FOUND for a link that is unknown, used or over. */
enum fail_code invite_look(
    struct ctx *ctx, struct str token, struct invite_about *out) ATTR_NODISCARD;
/*
 * Uses the link: an account with the invitation's role, or a new password (then
 * all sessions of the account end).  FAIL_INVALID, FAIL_DUPLICATE for a name
 * that is taken: the link stays good.
 */
enum fail_code invite_accept(struct ctx *ctx,
    const struct invite_accept_args *args,
    struct invite_done *out) ATTR_NODISCARD;

#endif
