/*
 * token.c: the credential, from a file or the environment.
 */
#include "token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fail.h"
#include "fdio.h"
#include "log.h"
#include "secret.h"

struct token {
	const char *file; /* NULL: it stays as it is */
	struct stat seen;
	struct secret *value; /* NULL: none */
};

/* What may stand behind "Bearer " (RFC 6750 section 2.1, and a little more). */
static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	}
	return s.n > 0 && s.n <= TOKEN_MAX;
}

static bool
keep(struct token *t, struct str s)
{
	s = str_trim(s);
	if (!is_token(s))
		return false;
	secret_free(t->value);
	t->value = secret_new(s.p, s.n);
	return true;
}

/* 0, or what is wrong. */
static const char *
read_file(struct token *t)
{
	char *text;
	bool good;
	size_t n;

	if (stat(t->file, &t->seen) != 0)
		return strerror(errno);
	text = fdio_read_file(t->file, TOKEN_MAX + 16, &n);
	if (text == NULL)
		return strerror(errno);
	good = keep(t, (struct str){text, n});
	secret_wipe(text, n);
	free(text);
	return good ? NULL : "there is no token in it";
}

struct token *
token_new(const struct options *o)
{
	struct token *t = calloc(1, sizeof(*t));
	const char *why = NULL, *what = "MCPBOX_TOKEN";

	if (t == NULL)
		fail_abort("token: out of memory");
	t->file = o->token_file;
	if (t->file != NULL) {
		why = read_file(t);
		what = t->file;
	} else if (o->token != NULL && !keep(t, str_from(o->token))) {
		why = "this is not a token";
	}
	if (why == NULL)
		return t;
	(void)fprintf(stderr, "mcpbox-stdio: %s: %s\n", what, why);
	token_free(t);
	return NULL;
}

void
token_free(struct token *t)
{
	if (t == NULL)
		return;
	secret_free(t->value);
	free(t);
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	    a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	    a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

struct str
token_now(struct token *t)
{
	struct stat now;
	const char *why;

	if (t->file != NULL &&
	    (stat(t->file, &now) != 0 || !same_file(&now, &t->seen))) {
		why = read_file(t);
		if (why != NULL)
			log_warning("the token's file cannot be read, the old "
				    "token stays",
			    LOG_STR("file", t->file), LOG_STR("error", why));
	}
	return t->value != NULL ? secret_view(t->value) : STR_NONE;
}
