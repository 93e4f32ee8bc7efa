/*
 * fuzz_fcgi.c: the FastCGI codec and the request that is made of it.
 *
 * The first byte chooses the size of the pieces in which the rest arrives;
 * the whole, and everything in one piece, must give the same requests.
 */
#include <stdlib.h>
#include <string.h>

#include "web/fcgi.h"
#include "web/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BODY_MAX 4096
#define REQUESTS_MAX 64

static void
require(bool ok)
{
	if (!ok)
		abort();
}

struct seen {
	enum fcgi_got last;
	size_t n;
	size_t params[REQUESTS_MAX], body[REQUESTS_MAX];
};

/* What follows a complete request, as far as it needs no socket. */
static void
use(struct arena *a, struct fcgi_in *in)
{
	struct param_text *query;
	struct fail f;
	struct req r;
	size_t n;

	fail_clear(&f);
	if (req_parse(&r, a, buf_str(&in->params), buf_str(&in->body), &f) ==
	    FAIL_NONE) {
		require(r.path.n > 0 && r.path.p[0] == '/');
		require(r.nparams <= FCGI_PAIRS_MAX);
		if (req_query(&r, a, &query, &n, &f) == FAIL_NONE)
			require(n <= REQ_QUERY_MAX);
	}
	/* A refused request is asked too: for its id, its address. */
	(void)req_param(&r, "REQUEST_ID");
	(void)req_header_count(&r, "Host");
	(void)req_cookie(&r, "mcpbox_session");
	(void)req_accepts(&r, "application/json");
	arena_reset(a);
}

static struct seen
feed(struct arena *a, struct str bytes, size_t step)
{
	struct seen s = {.last = FCGI_GOT_MORE};
	struct fcgi_in in;

	fcgi_in_init(&in, BODY_MAX);
	while (bytes.n > 0 && s.last != FCGI_GOT_BAD && s.n < REQUESTS_MAX) {
		struct str piece = str_sub(bytes, 0, step), rest = piece;

		s.last = fcgi_feed(&in, &rest);
		require(rest.n <= piece.n);
		require(s.last != FCGI_GOT_MORE || rest.n == 0);
		require(
		    in.params.n <= FCGI_PARAMS_MAX && in.body.n <= BODY_MAX);
		bytes = str_sub(bytes, piece.n - rest.n, bytes.n);
		if (s.last == FCGI_GOT_REQUEST) {
			s.params[s.n] = in.params.n;
			s.body[s.n++] = in.body.n;
			use(a, &in);
			fcgi_next(&in);
		}
	}
	fcgi_in_free(&in);
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;
	struct str bytes = {(const char *)data, size};
	struct seen whole, pieces;
	size_t step;

	if (arena == NULL)
		arena = arena_new((size_t)16 * 1024 * 1024);
	if (size < 1)
		return 0;
	step = (size_t)data[0] + 1;
	bytes = str_sub(bytes, 1, size);
	whole = feed(arena, bytes, size);
	pieces = feed(arena, bytes, step);
	require(whole.n == pieces.n);
	require((whole.last == FCGI_GOT_BAD) == (pieces.last == FCGI_GOT_BAD));
	for (size_t i = 0; i < whole.n; i++)
		require(whole.params[i] == pieces.params[i] &&
		    whole.body[i] == pieces.body[i]);
	return 0;
}
