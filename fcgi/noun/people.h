/*
 * people.h: accounts as an admin handles them, and the house's policy.
 *
 * There is always an active admin: the database refuses what would leave none
 * (account_keeps_admin in the migration), also when two admins act at once.
 * Whatever is changed holds for the very next request, on every worker.
 */
#ifndef MCPBOX_PEOPLE_H
#define MCPBOX_PEOPLE_H

#include "noun/account.h"
#include "op/ctx.h"
#include "op/op.h"

struct person {
	const char *id;
	const char *username;
	const char *role;
	bool is_active;
	const char *last_login_at; /* NULL before the first */
	const char *created_at;
	bool totp;        /* has a second factor */
	int64_t sessions; /* that live */
	int64_t tokens;   /* API tokens that work */
};

struct people_policy {
	bool author_may_approve;
	int64_t approvals_needed; /* 1 to 5 */
	bool admins_need_totp;
	const char *updated_by; /* NULL: as it was made */
	const char *updated_at;
};

struct people_list_args {
	struct opt_int page;
	struct opt_int page_size;
	struct str role;
	struct opt_bool is_active;
	struct str search; /* in the name, taken literally */
};

struct people_create_args {
	struct str username;
	struct str password;
	struct str role;
};

struct people_update_args {
	struct str user_id;
	struct str role;
	struct opt_bool is_active;
};

struct people_policy_args {
	struct opt_bool author_may_approve;
	struct opt_int approvals_needed;
	struct opt_bool admins_need_totp;
};

extern const struct field people_fields[];
extern const struct field people_policy_fields[];
extern const struct op people_ops[];
extern const struct route people_routes[];

/* struct person, oldest first. */
enum fail_code people_list(struct ctx *ctx, const struct people_list_args *args,
    struct page *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND without such a person (as all below). */
enum fail_code people_get(
    struct ctx *ctx, struct str id, struct person *out) ATTR_NODISCARD;
/* FAIL_DUPLICATE for a name that is taken, in any case. */
enum fail_code people_create(struct ctx *ctx,
    const struct people_create_args *args, struct person *out) ATTR_NODISCARD;
/*
 * A role, or switched off and on.  Who is switched off is signed out for good
 * and their tokens rest.  FAIL_CONFLICT for the last active admin.
 */
enum fail_code people_update(struct ctx *ctx,
    const struct people_update_args *args, struct person *out) ATTR_NODISCARD;
/* With sessions, tokens and second factor.  FAIL_CONFLICT as above. */
enum fail_code people_delete(struct ctx *ctx, struct str id) ATTR_NODISCARD;
/* Takes somebody's second factor away.  FAIL_CONFLICT if there is none. */
enum fail_code people_remove_totp(
    struct ctx *ctx, struct str id) ATTR_NODISCARD;
/* Ends one session, or (STR_NONE) all; FAIL_NOT_FOUND if that one is not
 * there or over. */
enum fail_code people_end_sessions(
    struct ctx *ctx, struct str id, struct str session) ATTR_NODISCARD;

/*
 * In the caller's transaction: a new account, with its audit row as
 * `operation`.  The password's hash must be made before (people_hash).
 */
enum fail_code people_insert(struct ctx *ctx, struct str username,
    const char *role, const char *hash, const char *operation,
    struct account *out) ATTR_NODISCARD;
/* Outside a transaction: the hash of a new password.  FAIL_BUSY. */
enum fail_code people_hash(
    struct ctx *ctx, struct str password, const char **hash_out) ATTR_NODISCARD;

enum fail_code people_policy(
    struct ctx *ctx, struct people_policy *out) ATTR_NODISCARD;
/* What is not given stays.  FAIL_CONFLICT when the caller would be the first
 * to be locked out: an admin without a second factor asking for one. */
enum fail_code people_set_policy(struct ctx *ctx,
    const struct people_policy_args *args,
    struct people_policy *out) ATTR_NODISCARD;

#endif
