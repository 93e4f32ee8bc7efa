/*
 * key.c: another key for what is at rest.
 *
 * The key file says at any moment how far a rotation is; each step leaves a
 * state in which every worker opens every row, and from which the command
 * goes on when it was interrupted:
 *
 *	1:…         nothing is going on
 *	1:… 2:…     workers learn to open with the new key
 *	2:… 1:…     workers seal with it; rows are sealed anew, in one
 *	            transaction; access tokens of the old key expire
 *	2:…         no row needs the old one: it is gone
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "crypt.h"
#include "fdio.h"
#include "keyring.h"
#include "log.h"
#include "pg.h"
#include "roll.h"

#define KEY_FILE "secrets/encryption.key"
#define ID_MAX 255
#define TOKEN_S 900 /* what an access token lives (fcgi/noun/jwt.h) */

struct rotation {
	const struct config *config;
	char *path;
	struct keyring *keys; /* as the file has them */
	long resealed;
};

/* --- the file ------------------------------------------------------------- */

static bool
read_file(struct rotation *r)
{
	struct stat st;
	const char *why = NULL;
	size_t n;
	char *text;

	if (stat(r->path, &st) == 0 && st.st_uid != geteuid()) {
		(void)fprintf(stderr,
		    "mcpboxctl: " KEY_FILE " belongs to user %u: run this as "
		    "its owner.\n",
		    st.st_uid);
		return false;
	}
	text = fdio_read_file(r->path, KEYRING_TEXT_MAX, &n);
	if (text == NULL) {
		(void)fprintf(stderr,
		    "mcpboxctl: " KEY_FILE " cannot be read: %s\n",
		    strerror(errno));
		return false;
	}
	r->keys = keyring_read((struct str){text, n}, &why);
	secret_wipe(text, n);
	free(text);
	if (r->keys == NULL)
		(void)fprintf(stderr, "mcpboxctl: " KEY_FILE ": %s\n", why);
	return r->keys != NULL;
}

/* The file and r->keys become `keys`, at once or not at all. */
static bool
write_file(struct rotation *r, struct keyring *keys)
{
	struct buf text;
	bool ok;

	buf_init(&text, KEYRING_TEXT_MAX);
	keyring_text(keys, &text);
	ok = !text.overflow &&
	    fdio_write_file(r->path, text.p, text.n, 0600) == 0;
	if (!ok)
		(void)fprintf(stderr,
		    "mcpboxctl: " KEY_FILE " cannot be written: %s\n",
		    strerror(errno));
	secret_wipe(text.p, text.n);
	buf_free(&text);
	keyring_free(r->keys);
	r->keys = keys;
	return ok;
}

static uint8_t
next_id(uint8_t id)
{
	return (uint8_t)(id % ID_MAX + 1);
}

/* Two keys, the older one first. */
static bool
is_learning(const struct keyring *k)
{
	return keyring_count(k) == 2 &&
	    keyring_id(k, 1) == next_id(keyring_id(k, 0));
}

/* --- rows ----------------------------------------------------------------- */

/* *hex_out: the same text under the key in use; the caller frees it. */
static bool
reseal(struct keyring *k, const char *purpose, struct str aad, const char *hex,
    char **hex_out)
{
	size_t n = strlen(hex) / 2;
	struct secret *plain = NULL;
	char *raw = malloc(n + 1);
	struct buf sealed;

	if (raw == NULL)
		log_panic("out of memory", "key");
	*hex_out = NULL;
	if (!str_unhex(str_from(hex), raw, n) ||
	    !keyring_open(k, purpose, aad, (struct str){raw, n}, &plain)) {
		free(raw);
		return false;
	}
	free(raw);
	buf_init(&sealed, CRYPT_SEALED(SECRET_MAX));
	keyring_seal(k, purpose, aad, secret_view(plain), &sealed);
	secret_free(plain);
	*hex_out = malloc(2 * sealed.n + 1);
	if (*hex_out == NULL)
		log_panic("out of memory", "key");
	str_hex(sealed.p, sealed.n, *hex_out);
	buf_free(&sealed);
	return true;
}

/* As fcgi/noun/secrets_seal names a row. */
static bool
reseal_secret(struct rotation *r, const PGresult *res, int i)
{
	char *aad, *hex;
	bool ok;

	if (asprintf(&aad, "server_secret:%s:%s", pg_text(res, i, "server_id"),
		pg_text(res, i, "name")) < 0)
		log_panic("out of memory", "key");
	ok = reseal(
	    r->keys, "secrets", str_from(aad), pg_text(res, i, "sealed"), &hex);
	free(aad);
	if (!ok) {
		(void)fprintf(stderr,
		    "mcpboxctl: the secret %s of server %s opens with neither "
		    "key. Set its value again or delete it, then run this "
		    "again.\n",
		    pg_text(res, i, "name"), pg_text(res, i, "server"));
		return false;
	}
	(void)pg_run(Q_key_secret_set,
	    (const char *const[]){pg_text(res, i, "id"), hex});
	free(hex);
	return true;
}

/* As fcgi/noun/factor does. */
static bool
reseal_factor(struct rotation *r, const PGresult *res, int i)
{
	const char *account = pg_text(res, i, "account_id");
	char *aad, *hex;
	bool ok;

	if (asprintf(&aad, "totp:%s", account) < 0)
		log_panic("out of memory", "key");
	ok = reseal(
	    r->keys, "totp", str_from(aad), pg_text(res, i, "sealed"), &hex);
	free(aad);
	if (!ok) {
		(void)fprintf(stderr,
		    "mcpboxctl: the second factor of %s opens with neither "
		    "key. Remove it (mcpboxctl user reset %s --totp), then run "
		    "this again.\n",
		    pg_text(res, i, "username"), pg_text(res, i, "username"));
		return false;
	}
	(void)pg_run(Q_key_factor_set, (const char *const[]){account, hex});
	free(hex);
	return true;
}

static const struct {
	enum q rows;
	bool (*one)(struct rotation *r, const PGresult *res, int i);
} tables[] = {
    {Q_key_secrets, reseal_secret},
    {Q_key_factors, reseal_factor},
};

static bool
reseal_table(struct rotation *r, size_t t, const char *id)
{
	bool ok = true;
	int n;

	do {
		PGresult *res = pg_query(
		    tables[t].rows, (const char *const[]){id});

		n = PQntuples(res);
		for (int i = 0; ok && i < n; i++)
			ok = tables[t].one(r, res, i);
		r->resealed += n;
		PQclear(res);
	} while (ok && n > 0);
	return ok;
}

static void
record(const struct rotation *r, const char *id)
{
	char *after;

	if (asprintf(&after, "{\"key\":%s,\"resealed\":%ld}", id, r->resealed) <
	    0)
		log_panic("out of memory", "key");
	pg_audit("rotate_key", "key", id, after);
	free(after);
}

/* All rows, or none. */
static bool
reseal_all(struct rotation *r)
{
	char id[8];

	(void)snprintf(id, sizeof(id), "%u", keyring_id(r->keys, 0));
	(void)pg_run(Q_begin, NULL);
	for (size_t t = 0; t < NELEM(tables); t++) {
		if (!reseal_table(r, t, id))
			return false; /* the connection ends, and takes it back
				       */
	}
	record(r, id);
	(void)pg_run(Q_commit, NULL);
	return true;
}

/* --- the steps ------------------------------------------------------------ */

/* Rows that none of the keys in the file opens. */
static bool
check_rows(const struct rotation *r)
{
	size_t last = keyring_count(r->keys) - 1;
	char one[8], two[8];
	PGresult *res;
	bool ok;

	(void)snprintf(one, sizeof(one), "%u", keyring_id(r->keys, 0));
	(void)snprintf(two, sizeof(two), "%u", keyring_id(r->keys, last));
	res = pg_query(Q_key_left, (const char *const[]){one, two});
	ok = strcmp(pg_text(res, 0, "n"), "0") == 0;
	if (!ok)
		(void)fprintf(stderr,
		    "mcpboxctl: %s values are sealed with a key that is not in " KEY_FILE
		    ". Put it there again, or set these values "
		    "again.\n",
		    pg_text(res, 0, "n"));
	PQclear(res);
	return ok;
}

static bool
step(struct rotation *r, const char *what, struct keyring *keys)
{
	(void)printf("%s\n", what);
	(void)fflush(stdout);
	if (keys != NULL && !write_file(r, keys))
		return false;
	return roll_workers(r->config->home);
}

/* What the old key signed is still around. */
static void
wait_for_tokens(bool now)
{
	int64_t until = clock_mono_ms() + TOKEN_S * 1000;

	if (now)
		return;
	(void)puts("Waiting 15 minutes: access tokens that the old key signed "
		   "expire (--now: not to wait; this can be interrupted).");
	(void)fflush(stdout);
	while (clock_mono_ms() < until)
		(void)poll(NULL, 0, 1000);
}

static bool
rotate(struct rotation *r, bool now)
{
	struct keyring *k = r->keys, *fresh;

	if (keyring_count(k) == 1) {
		fresh = keyring_random(next_id(keyring_id(k, 0)));
		k = keyring_pair(k, 0, fresh, 0);
		keyring_free(fresh);
		if (!step(r, "Workers learn the new key.", k))
			return false;
	} else {
		(void)puts("A rotation was interrupted; going on.");
		if (!step(r, "Workers learn both keys.", NULL))
			return false;
	}
	if (is_learning(r->keys) &&
	    !step(r, "Workers seal with the new key.",
		keyring_pair(r->keys, 1, r->keys, 0)))
		return false;
	(void)puts("Stored values are sealed anew.");
	(void)fflush(stdout);
	if (!reseal_all(r))
		return false;
	wait_for_tokens(now);
	if (!step(r, "The old key is removed.",
		keyring_pair(r->keys, 0, NULL, 0)))
		return false;
	return check_rows(r);
}

int
key_rotate(const struct config *c, int argc, char **argv)
{
	struct rotation r = {.config = c};
	PGresult *res;
	bool mine, ok, now = argc == 1 && strcmp(argv[0], "--now") == 0;

	if (argc != now)
		return command_usage("key rotate");
	if (c->encryption_key != NULL) {
		(void)fputs("mcpboxctl: MCPBOX_ENCRYPTION_KEY is set. Only a "
			    "key in " KEY_FILE " can be rotated: write it "
			    "there (mode 0600), remove the setting, make up.\n",
		    stderr);
		return 1;
	}
	res = pg_query(Q_key_lock, NULL);
	mine = strcmp(pg_text(res, 0, "mine"), "t") == 0;
	PQclear(res);
	if (!mine) {
		(void)fputs(
		    "mcpboxctl: another rotation is going on.\n", stderr);
		return 1;
	}
	if (asprintf(&r.path, "%s/" KEY_FILE, c->home) < 0)
		log_panic("out of memory", "key");
	ok = read_file(&r) && check_rows(&r) && rotate(&r, now);
	if (ok)
		(void)printf("Key %u is in use; %ld values were sealed anew. "
			     "Back up " KEY_FILE ".\n",
		    keyring_id(r.keys, 0), r.resealed);
	keyring_free(r.keys);
	free(r.path);
	return ok ? 0 : 1;
}
