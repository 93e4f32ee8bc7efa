/*
 * mask.c: which headers look like credentials.
 *
 * Records of debug runs are read by people and models; rather one header too
 * many is hidden than one too few.
 */
#include "egress/mask.h"

#include <string.h>
#include <strings.h>

#include "attr.h"

/* Anywhere in the name. */
static const char *const words[] = {
    "auth",
    "cookie",
    "token",
    "secret",
    "key",
    "pass",
    "pwd",
    "cred",
    "session",
    "signature",
    "csrf",
    "xsrf",
    "jwt",
    "saml",
    "assertion",
};

/* These have such a word in them and no secret. */
static const char *const harmless[] = {
    "www-authenticate",
    "authority",
    "x-ratelimit-limit-tokens",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-tokens",
};

/* In front of a value. */
static const char *const schemes[] = {
    "bearer ",
    "basic ",
    "digest ",
    "negotiate ",
    "token ",
    "apikey ",
    "aws4-hmac-",
    "eyJ", /* {" in base64: a JSON web token */
    "sk-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xox",
    "AKIA",
    "AIza",
};

static bool
contains(struct str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++) {
		if (strncasecmp(s.p + i, word, n) == 0)
			return true;
	}
	return false;
}

bool
mask_header(struct str name, struct str value)
{
	value = str_trim(value);
	for (size_t i = 0; i < NELEM(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (value.n > n && strncasecmp(value.p, schemes[i], n) == 0)
			return true;
	}
	for (size_t i = 0; i < NELEM(harmless); i++) {
		if (str_ieq_c(name, harmless[i]))
			return false;
	}
	for (size_t i = 0; i < NELEM(words); i++) {
		if (contains(name, words[i]))
			return true;
	}
	return false;
}
