/*
 * apitoken.c: tokens of programs.
 */
#include "noun/apitoken.h"

#include <string.h>

#include "crypt.h"
#include "db/db.h"
#include "json.h"
#include "noun/account.h"
#include "noun/audit.h"
#include "noun/paged.h"
#include "noun/role.h"
#include "noun/tx.h"
#include "op/view.h"
#include "rnd.h"
#include "secret.h"

#define KIND "api_token"
#define SHOWN 6 /* characters behind the prefix */

struct token_hash {
	uint8_t b[CRYPT_SHA256_LEN];
};

struct use {
	const char *account_id;
	const char *username;
	const char *role;
	bool must_enrol;
	const char *token_name;
	const char *token_role;
	struct strs scopes;
};

struct made_id {
	const char *id;
};

struct counted {
	int64_t n;
};

/* clang-format off */
#define ROWS \
	FIELD_UUID(struct apitoken, id, .doc = "Identifies the token."), \
	FIELD_STR(struct apitoken, username, .doc = "Whose it is."), \
	FIELD_STR(struct apitoken, name, .doc = "What it is for."), \
	FIELD_STR(struct apitoken, prefix, .doc = "How it begins."), \
	FIELD_STRS(struct apitoken, scopes, \
	    .doc = "What it may do at the MCP endpoint: reader, caller, " \
		   "author."), \
	FIELD_STR(struct apitoken, role, .flags = FIELD_NULLABLE, \
	    .choices = ROLE_CHOICES, \
	    .doc = "What it may do with the API; null: nothing."), \
	FIELD_TIME(struct apitoken, created_at, .doc = "When it was made."), \
	FIELD_TIME(struct apitoken, expires_at, .doc = "When it ends."), \
	FIELD_TIME(struct apitoken, last_used_at, .flags = FIELD_NULLABLE, \
	    .doc = "When it was last used, to the minute."), \
	FIELD_STR(struct apitoken, last_used_ip, .flags = FIELD_NULLABLE, \
	    .doc = "From where."), \
	FIELD_TIME(struct apitoken, revoked_at, .flags = FIELD_NULLABLE, \
	    .doc = "When it was revoked."), \
	FIELD_STR(struct apitoken, status, \
	    .choices = "active|expired|revoked", .doc = "Does it work?")

const struct field apitoken_fields[] = {
	ROWS,
	FIELD_END
};

const struct field apitoken_made_fields[] = {
	ROWS,
	FIELD_STR(struct apitoken_made, token,
	    .doc = "The token. Shown once; send it as 'Authorization: Bearer "
		   "<token>'."),
	FIELD_END
};

static const struct field use_fields[] = {
	FIELD_UUID(struct use, account_id, .doc = "Whose."),
	FIELD_STR(struct use, username, .doc = "Name."),
	FIELD_STR(struct use, role, .doc = "The owner's."),
	FIELD_BOOL(struct use, must_enrol, .doc = "A factor is missing."),
	FIELD_STR(struct use, token_name, .doc = "The token's."),
	FIELD_STR(struct use, token_role, .flags = FIELD_NULLABLE,
	    .doc = "The token's."),
	FIELD_STRS(struct use, scopes, .doc = "The token's."),
	FIELD_END
};

static const struct field id_fields[] = {
	FIELD_UUID(struct made_id, id, .doc = "The token."),
	FIELD_END
};

static const struct field count_fields[] = {
	FIELD_INT(struct counted, n, .doc = "Tokens that work."),
	FIELD_END
};
/* clang-format on */

_Static_assert(offsetof(struct apitoken_made, row) == 0,
    "an answer begins with the row, so that field rows fit both");

static struct str
hash_token(struct str token, struct token_hash *out)
{
	crypt_sha256(token, out->b);
	return (struct str){(const char *)out->b, sizeof(out->b)};
}

/* --- using -----------------------------------------------------------------
 */

bool
apitoken_is(struct str credential)
{
	return str_starts(credential, APITOKEN_PREFIX);
}

static enum fail_code
wrong_door(struct ctx *ctx, bool mcp)
{
	return fail(&ctx->fail, FAIL_UNAUTHORIZED,
	    mcp ? "This token has no scope for MCP."
		: "This token is for MCP only: it has no role for the API.");
}

enum fail_code
apitoken_identify(struct ctx *ctx, struct str token, bool mcp)
{
	struct token_hash hash;
	struct use u;
	unsigned owner, own;
	enum fail_code rc = db_one(ctx, Q_apitoken_use,
	    DB_ARGS(
		DB_BYTES(hash_token(token, &hash)), DB_CSTR(ctx->client_ip)),
	    use_fields, &u);

	if (rc == FAIL_NOT_FOUND)
		return fail(&ctx->fail, FAIL_UNAUTHORIZED,
		    "The API token is not valid, or not any more.");
	if (rc != FAIL_NONE)
		return rc;
	if (mcp ? u.scopes.n == 0 : u.token_role == NULL)
		return wrong_door(ctx, mcp);
	owner = u.must_enrol ? role_enrol_perms() : role_perms(u.role);
	own = mcp ? role_client_perms(role_scope_perms(&u.scopes))
		  : role_token_perms(u.token_role);
	ctx->caller = (struct caller){
	    .kind = mcp ? CALLER_CLIENT : CALLER_PERSON,
	    .id = u.account_id,
	    .name = u.username,
	    .role = mcp ? NULL : u.token_role,
	    .perms = (own & owner) | PERM_ANYONE,
	    .must_enrol = u.must_enrol,
	    .token = u.token_name,
	};
	return FAIL_NONE;
}

/* --- having ----------------------------------------------------------------
 */

enum fail_code
apitoken_list(struct ctx *ctx, const char *account_id, struct opt_int page,
    struct opt_int page_size, struct page *out)
{
	return paged(ctx, Q_apitoken_list,
	    DB_ARGS(account_id != NULL ? DB_CSTR(account_id) : DB_NULL),
	    apitoken_fields, sizeof(struct apitoken), page, page_size, out);
}

static enum fail_code
get(struct ctx *ctx, struct str id, const char *account_id,
    struct apitoken *out)
{
	return tx_not_found(ctx,
	    db_one(ctx, Q_apitoken_get,
		DB_ARGS(DB_STR(id),
		    account_id != NULL ? DB_CSTR(account_id) : DB_NULL),
		apitoken_fields, out),
	    "token");
}

static bool
is_scope(struct str s)
{
	struct str rest = STR_LIT(ROLE_SCOPES);

	while (rest.p != NULL)
		if (str_eq(str_split(&rest, '|'), s))
			return true;
	return false;
}

/* Every word a scope that the owner could use, each once. */
static void
check_scopes(struct ctx *ctx, const struct strs *scopes)
{
	for (size_t i = 0; i < scopes->n; i++) {
		struct strs one = {.n = 1, .v = &scopes->v[i]};
		unsigned perms = role_scope_perms(&one);

		if (!is_scope(scopes->v[i]))
			(void)fail_field(&ctx->fail, "/scopes",
			    "are some of reader, caller, author");
		else if ((perms & ~ctx->caller.perms) != 0)
			(void)fail_field(
			    &ctx->fail, "/scopes", "go beyond your own role");
		for (size_t j = 0; j < i; j++)
			if (str_eq(scopes->v[i], scopes->v[j]))
				(void)fail_field(&ctx->fail, "/scopes",
				    "name a scope twice");
	}
}

static enum fail_code
check(struct ctx *ctx, const struct apitoken_create_args *a)
{
	if (a->scopes.n == 0 && a->role.p == NULL)
		(void)fail_field(&ctx->fail, "/scopes",
		    "are needed for MCP, or a role for the API");
	check_scopes(ctx, &a->scopes);
	if (a->role.p != NULL &&
	    (role_perms(a->role.p) & ~ctx->caller.perms) != 0)
		(void)fail_field(
		    &ctx->fail, "/role", "goes beyond your own role");
	return ctx->fail.code;
}

static json_t *
summary(struct ctx *ctx, const struct apitoken *t)
{
	json_t *o = json_keep(ctx->arena, json_obj());
	json_t *scopes = json_arr();

	for (size_t i = 0; i < t->scopes.n; i++)
		json_add(
		    scopes, json_stringn(t->scopes.v[i].p, t->scopes.v[i].n));
	json_put_str(o, "username", t->username);
	json_put_str(o, "name", t->name);
	json_put_str(o, "prefix", t->prefix);
	json_put(o, "scopes", scopes);
	json_put_str(o, "role", t->role);
	json_put_str(o, "expires_at", t->expires_at);
	return o;
}

/* In a transaction. */
static enum fail_code
insert(struct ctx *ctx, const struct apitoken_create_args *a, const char *token,
    struct apitoken_made *out)
{
	const char *owner = ctx->caller.id;
	struct strs scopes = {
	    .given = true, .n = a->scopes.n, .v = a->scopes.v};
	struct token_hash hash;
	struct made_id made;
	struct counted count;
	enum fail_code rc;

	if ((rc = db_run(ctx, Q_apitoken_clear_name,
		 DB_ARGS(DB_CSTR(owner), DB_STR(a->name)), NULL)) !=
		FAIL_NONE ||
	    (rc = db_one(ctx, Q_apitoken_count, DB_ARGS(DB_CSTR(owner)),
		 count_fields, &count)) != FAIL_NONE)
		return rc;
	if (count.n >= APITOKEN_MAX)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "You have %d tokens. Revoke some first.", APITOKEN_MAX);
	rc = db_one(ctx, Q_apitoken_insert,
	    DB_ARGS(DB_CSTR(owner), DB_STR(a->name),
		DB_STR(str_sub(
		    str_from(token), 0, strlen(APITOKEN_PREFIX) + SHOWN)),
		DB_BYTES(hash_token(str_from(token), &hash)), DB_STRS(scopes),
		DB_STR(a->role), DB_INT(a->expires_days.v)),
	    id_fields, &made);
	if (rc == FAIL_DUPLICATE)
		return fail(&ctx->fail, FAIL_DUPLICATE,
		    "You have a token of this name.");
	if (rc != FAIL_NONE ||
	    (rc = get(ctx, str_from(made.id), owner, &out->row)) != FAIL_NONE)
		return rc;
	out->token = token;
	return audit_write(
	    ctx, "create_token", KIND, made.id, NULL, summary(ctx, &out->row));
}

enum fail_code
apitoken_create(struct ctx *ctx, const struct apitoken_create_args *args,
    struct apitoken_made *out)
{
	char random[RND_TOKEN_MAX];
	const char *token;
	enum fail_code rc;

	if ((rc = check(ctx, args)) != FAIL_NONE ||
	    (rc = db_begin(ctx)) != FAIL_NONE)
		return rc;
	rnd_token(random);
	token = arena_printf(ctx->arena, APITOKEN_PREFIX "%s", random);
	secret_wipe(random, sizeof(random));
	return tx_end(ctx, insert(ctx, args, token, out));
}

static enum fail_code
revoke(struct ctx *ctx, struct str id, const char *account_id)
{
	struct apitoken before;
	int64_t n = 0;
	enum fail_code rc = get(ctx, id, account_id, &before);

	if (rc != FAIL_NONE ||
	    (rc = db_run(ctx, Q_apitoken_revoke, DB_ARGS(DB_CSTR(before.id)),
		 &n)) != FAIL_NONE)
		return rc;
	if (n != 1)
		return fail(
		    &ctx->fail, FAIL_CONFLICT, "It was revoked before.");
	return audit_write(
	    ctx, "revoke_token", KIND, before.id, summary(ctx, &before), NULL);
}

enum fail_code
apitoken_revoke(struct ctx *ctx, struct str id, const char *account_id)
{
	enum fail_code rc = db_begin(ctx);

	return rc != FAIL_NONE ? rc : tx_end(ctx, revoke(ctx, id, account_id));
}
