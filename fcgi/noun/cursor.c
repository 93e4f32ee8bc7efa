/*
 * cursor.c: where the next page of a list begins, as a client carries it.
 */
#include "noun/cursor.h"

#include <string.h>

#include "crypt.h"
#include "json.h"
#include "noun/signkey.h"
#include "secret.h"
#include "settings.h"

#define VERSION 1
#define MAC_LEN 16
#define RAW_MAX (1 + CURSOR_NAME_MAX + MAC_LEN)

/* Length before text: no two pairs of list and caller give one string. */
static void
mac(struct ctx *ctx, struct str key, const char *list, struct str name,
    uint8_t out[MAC_LEN])
{
	const char *text = arena_printf(ctx->arena, "%zu:%s%zu:%s%.*s",
	    strlen(list), list, strlen(ctx->caller.id), ctx->caller.id,
	    STR_FMT(name));
	uint8_t full[CRYPT_SHA256_LEN];

	crypt_hmac(key, str_from(text), full);
	memcpy(out, full, MAC_LEN);
}

const char *
cursor_make(struct ctx *ctx, const char *list, struct str name)
{
	uint8_t raw[RAW_MAX];
	char *out;

	name = str_sub(name, 0, CURSOR_NAME_MAX);
	out = arena_alloc(ctx->arena, STR_B64U_MAX(RAW_MAX));
	raw[0] = VERSION;
	if (name.n > 0)
		memcpy(raw + 1, name.p, name.n);
	mac(ctx, signkey_get(ctx->settings, SIGNKEY_CURSOR), list, name,
	    raw + 1 + name.n);
	(void)str_b64u(raw, 1 + name.n + MAC_LEN, out);
	return out;
}

bool
cursor_read(
    struct ctx *ctx, const char *list, struct str cursor, struct str *name_out)
{
	uint8_t *raw, want[MAC_LEN];
	bool ok = false;
	size_t n;

	if (cursor.n > STR_B64U_MAX(RAW_MAX))
		return false;
	raw = arena_alloc(ctx->arena, STR_B64U_MAX(RAW_MAX));
	if (!str_unb64u(cursor, raw, STR_B64U_MAX(RAW_MAX), &n) ||
	    n < 1 + MAC_LEN || n > RAW_MAX || raw[0] != VERSION)
		return false;
	*name_out = (struct str){(const char *)raw + 1, n - 1 - MAC_LEN};
	for (size_t i = 0; !ok && i < signkey_count(ctx->settings); i++) {
		mac(ctx, signkey_at(ctx->settings, SIGNKEY_CURSOR, i), list,
		    *name_out, want);
		ok = secret_equal((struct str){(const char *)want, MAC_LEN},
		    (struct str){(const char *)raw + n - MAC_LEN, MAC_LEN});
	}
	return ok;
}

/* --- filtered lists ------------------------------------------------------- */

const char *
cursor_filtered(struct ctx *ctx, const char *list, const json_t *where)
{
	char hex[CRYPT_SHA256_HEX_MAX];

	crypt_sha256_hex(json_canonical(ctx->arena, where), hex);
	return arena_printf(ctx->arena, "%s %s", list, hex);
}

enum fail_code
cursor_seek(struct ctx *ctx, const char *list, struct str cursor, json_t *where)
{
	struct str rest;

	if (cursor.p == NULL)
		return FAIL_NONE;
	if (!cursor_read(ctx, list, cursor, &rest))
		return fail_field(&ctx->fail, "/cursor",
		    "is not of this list: begin again without it");
	json_put_view(where, "at", str_split(&rest, ' '));
	json_put_view(where, "id", rest);
	return FAIL_NONE;
}

const char *
cursor_behind(struct ctx *ctx, const char *list, const char *at, const char *id)
{
	return cursor_make(
	    ctx, list, str_from(arena_printf(ctx->arena, "%s %s", at, id)));
}
