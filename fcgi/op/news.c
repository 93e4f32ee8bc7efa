/*
 * news.c: what PostgreSQL's notifications say.
 */
#include "op/news.h"

#include <string.h>

#include "crypt.h"

/* clang-format off */
static const struct word {
	const char *word;
	enum news_kind kind;
	bool session; /* on which channel */
} words[] = {
	{"tools",     NEWS_TOOLS,     false},
	{"prompts",   NEWS_PROMPTS,   false},
	{"resources", NEWS_RESOURCES, false},
	{"updated",   NEWS_UPDATED,   false},
	{"end",       NEWS_END,       true},
	{"cancel",    NEWS_CANCEL,    true},
	{"answer",    NEWS_ANSWER,    true},
	{"stream",    NEWS_STREAM,    true},
	{"listen",    NEWS_LISTEN,    true},
	{"task",      NEWS_TASK,      true},
	{"input",     NEWS_INPUT,     true},
	{"stop",      NEWS_STOP,      true},
};
/* clang-format on */

bool
news_read(bool sessions, struct str payload, struct news *out)
{
	struct str rest = payload, word = str_split(&rest, ':');

	for (size_t i = 0; i < NELEM(words); i++) {
		if (words[i].session != sessions ||
		    !str_eq_c(word, words[i].word))
			continue;
		*out = (struct news){.kind = words[i].kind};
		if (sessions &&
		    !str_to_i64(str_split(&rest, ':'), &out->session))
			return false;
		out->what = rest;
		return true;
	}
	return false;
}

bool
news_concerns(const struct news *n, const char *server)
{
	return server == NULL || n->what.n == 0 ||
	    (unsigned)n->kind >= NEWS_LISTS ||
	    memmem(n->what.p, n->what.n, server, strlen(server)) != NULL;
}

void
news_request(struct str id, char out[NEWS_REQUEST_MAX])
{
	uint8_t hash[CRYPT_SHA256_LEN];

	crypt_sha256(id, hash);
	str_hex(hash, (NEWS_REQUEST_MAX - 1) / 2, out);
}
