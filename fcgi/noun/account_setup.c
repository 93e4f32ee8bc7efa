/*
 * account_setup.c: the first account, by token or from the environment.
 */
#include "noun/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/db.h"
#include "fdio.h"
#include "json.h"
#include "log.h"
#include "noun/audit.h"
#include "noun/password.h"
#include "secret.h"
#include "settings.h"

#define TOKEN_FILE "secrets/setup.token"
#define TOKEN_MAX 256

struct setup_state {
	bool setup_required;
};

static const struct field setup_fields[] = {
    FIELD_BOOL(struct setup_state, setup_required,
	.doc = "Whether the first account is still to be made."),
    FIELD_END,
};

enum fail_code
account_setup_required(struct ctx *ctx, bool *required_out)
{
	struct setup_state state;
	enum fail_code code = db_one(
	    ctx, Q_account_setup_required, DB_NOARGS, setup_fields, &state);

	*required_out = code == FAIL_NONE && state.setup_required;
	return code;
}

static enum fail_code
require_first(struct ctx *ctx)
{
	bool required;
	enum fail_code code = account_setup_required(ctx, &required);

	if (code == FAIL_NONE && !required)
		return fail(&ctx->fail, FAIL_CONFLICT,
		    "mcpbox is set up already. Sign in instead.");
	return code;
}

static const char *
token_path(struct ctx *ctx)
{
	return arena_printf(
	    ctx->arena, "%s/%s", ctx->settings->home, TOKEN_FILE);
}

static enum fail_code
check_token(struct ctx *ctx, struct str given)
{
	size_t n;
	char *text = fdio_read_file(token_path(ctx), TOKEN_MAX, &n);
	struct str expected;
	bool match;

	if (text == NULL) {
		log_warning("setup refused: no readable setup token",
		    LOG_STR("file", TOKEN_FILE),
		    LOG_STR("error", strerror(errno)));
		return fail(&ctx->fail, FAIL_FORBIDDEN,
		    "There is no setup token to compare with (%s in the "
		    "instance folder). 'make up' makes one.",
		    TOKEN_FILE);
	}
	expected = str_trim((struct str){text, n});
	match = expected.n > 0 && secret_equal(expected, str_trim(given));
	secret_wipe(text, n);
	free(text);
	if (match)
		return FAIL_NONE;
	return fail(&ctx->fail, FAIL_FORBIDDEN,
	    "The setup token is wrong. 'make up' printed it.");
}

/* In a transaction: the lock, a second look, the row, the record. */
static enum fail_code
insert_first(
    struct ctx *ctx, struct str username, const char *hash, const char *how)
{
	struct account who;
	json_t *after;
	enum fail_code code;

	if ((code = db_run(ctx, Q_account_setup_lock, DB_NOARGS, NULL)) ||
	    (code = require_first(ctx)) ||
	    (code = account_insert(ctx, username, hash, "admin", &who)) ||
	    (code = db_run(
		 ctx, Q_account_setup_done, DB_ARGS(DB_CSTR(who.id)), NULL)))
		return code;
	account_become(ctx, &who);
	after = json_keep(ctx->arena, json_obj());
	json_put_str(after, "username", who.username);
	json_put_str(after, "role", who.role);
	json_put_str(after, "how", how);
	return audit_write(ctx, "setup", "account", who.id, NULL, after);
}

static bool
name_ok(struct str name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_";

	if (name.n < ACCOUNT_NAME_MIN || name.n > ACCOUNT_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		size_t usable = i == 0 ? 52 : sizeof(letters) - 1;

		if (memchr(letters, name.p[i], usable) == NULL)
			return false;
	}
	return true;
}

/* What the parameter table of setup says, for values from anywhere. */
static enum fail_code
check_rules(struct fail *f, struct str username, struct str password)
{
	size_t n = str_utf8_len(password);

	if (!name_ok(username))
		fail_field(f, "/username",
		    "needs %d to %d letters, digits or _, a letter first",
		    ACCOUNT_NAME_MIN, ACCOUNT_NAME_MAX);
	if (n < PASSWORD_MIN || n > PASSWORD_MAX || !str_utf8_valid(password))
		fail_field(f, "/password", "needs %d to %d characters",
		    PASSWORD_MIN, PASSWORD_MAX);
	return f->code;
}

static enum fail_code
create_first(
    struct ctx *ctx, struct str username, struct str password, const char *how)
{
	char hash[CRYPT_PASSWORD_MAX];
	enum fail_code code;

	if ((code = check_rules(&ctx->fail, username, password)) ||
	    (code = password_enter(ctx)))
		return code;
	code = password_hash(ctx, password, hash);
	password_leave();
	if (code != FAIL_NONE || (code = db_begin(ctx)) != FAIL_NONE)
		return code;
	if ((code = insert_first(ctx, username, hash, how)) != FAIL_NONE) {
		db_rollback(ctx);
		return code;
	}
	return db_commit(ctx);
}

enum fail_code
account_setup(
    struct ctx *ctx, struct str token, struct str username, struct str password)
{
	enum fail_code code;

	if ((code = require_first(ctx)) || (code = check_token(ctx, token)) ||
	    (code = create_first(ctx, username, password, "token")))
		return code;
	/* Left behind it opens nothing: the table says that setup is done.
	 * The folder may be another user's, the file is ours: empty it then. */
	if (unlink(token_path(ctx)) != 0 && errno != ENOENT &&
	    truncate(token_path(ctx), 0) != 0)
		log_info("setup token file not removed",
		    LOG_STR("error", strerror(errno)));
	log_info("first account made", LOG_STR("how", "token"));
	return FAIL_NONE;
}

enum fail_code
account_bootstrap(struct ctx *ctx)
{
	const struct settings *s = ctx->settings;
	struct str username = str_from(s->admin_username);
	struct str password;
	enum fail_code code;
	bool required;

	/* settings_load lets them come together only. */
	if (s->admin_username == NULL || s->admin_password == NULL)
		return FAIL_NONE;
	if ((code = account_setup_required(ctx, &required)) || !required)
		return code;
	password = secret_view(s->admin_password);
	code = create_first(ctx, username, password, "environment");
	if (code == FAIL_CONFLICT) { /* another worker was faster */
		fail_clear(&ctx->fail);
		return FAIL_NONE;
	}
	for (size_t i = 0; code == FAIL_INVALID && i < ctx->fail.nfields; i++)
		log_error("first account refused: "
			  "MCPBOX_ADMIN_USERNAME, MCPBOX_ADMIN_PASSWORD",
		    LOG_STR("value", ctx->fail.fields[i].pointer + 1),
		    LOG_STR("error", ctx->fail.fields[i].message));
	if (code == FAIL_NONE)
		log_info("first account made", LOG_STR("how", "environment"));
	return code;
}
