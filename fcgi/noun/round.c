/*
 * round.c: what a call keeps between its rounds.
 */
#include "noun/round.h"

#include <string.h>

#include "clock.h"
#include "crypt.h"
#include "json.h"
#include "keyring.h"
#include "noun/digest.h"
#include "secret.h"
#include "settings.h"

#define PURPOSE "mcp round"
#define PLAIN_MAX ((size_t)SECRET_MAX)

/* Length before text: no two calls give one string. */
static struct str
identity(struct ctx *ctx, const struct round_of *of)
{
	const char *arguments = digest_json(ctx->arena, of->arguments);

	return str_from(arena_printf(ctx->arena, "%zu:%s%zu:%s%s:%s:%d:%s",
	    strlen(of->method), of->method, strlen(of->name), of->name,
	    of->digest, arguments, (int)ctx->caller.kind, ctx->caller.id));
}

enum fail_code
round_seal(struct ctx *ctx, const struct round_of *of, const struct round *r,
    const char **out)
{
	json_t *v = json_keep(ctx->arena, json_obj());
	struct str plain;
	struct buf b;
	char *text;

	json_put_int(v, "n", r->number);
	json_put_int(v, "exp", clock_wall_s() + ROUND_LIFE_S);
	json_put(v, "answers", json_incref((json_t *)(uintptr_t)r->answers));
	if (r->state != NULL)
		json_put(
		    v, "state", json_incref((json_t *)(uintptr_t)r->state));
	plain = json_text(ctx->arena, v);
	if (plain.n > PLAIN_MAX)
		return fail(&ctx->fail, FAIL_TOO_LARGE,
		    "The answers and mcp.state of this call have %zu bytes; "
		    "%zu can be kept for another round.",
		    plain.n, PLAIN_MAX);
	buf_init(&b, CRYPT_SEALED(PLAIN_MAX));
	keyring_seal(
	    ctx->settings->keys, PURPOSE, identity(ctx, of), plain, &b);
	text = arena_alloc(ctx->arena, STR_B64U_MAX(b.n));
	(void)str_b64u(b.p, b.n, text);
	buf_free(&b);
	*out = text;
	return FAIL_NONE;
}

/* --- opening -------------------------------------------------------------- */

static enum fail_code
refuse(struct ctx *ctx)
{
	return fail(&ctx->fail, FAIL_INVALID,
	    "requestState is not one that this call was given, or it is too "
	    "old. Call again without requestState and inputResponses.");
}

static struct secret *
unseal(struct ctx *ctx, const struct round_of *of, struct str text)
{
	char *raw = arena_alloc(ctx->arena, text.n);
	struct secret *plain = NULL;
	size_t n;

	if (!str_unb64u(text, raw, text.n, &n) || n > CRYPT_SEALED(PLAIN_MAX))
		return NULL;
	return keyring_open(ctx->settings->keys, PURPOSE, identity(ctx, of),
		   (struct str){raw, n}, &plain)
	    ? plain
	    : NULL;
}

enum fail_code
round_open(struct ctx *ctx, const struct round_of *of, struct str text,
    struct round *out)
{
	struct secret *plain;
	enum fail_code rc;
	json_t *v;

	if (text.n == 0 || text.n > ROUND_TEXT_MAX)
		return refuse(ctx);
	plain = unseal(ctx, of, text);
	if (plain == NULL)
		return refuse(ctx);
	rc = json_parse(ctx->arena, secret_view(plain), PLAIN_MAX, &v, NULL);
	secret_free(plain);
	if (rc != FAIL_NONE || json_get_int(v, "exp", 0) <= clock_wall_s())
		return refuse(ctx);
	out->number = json_get_int(v, "n", 0);
	out->answers = json_get_obj(v, "answers");
	out->state = json_object_get(v, "state");
	return out->answers != NULL ? FAIL_NONE : refuse(ctx);
}
