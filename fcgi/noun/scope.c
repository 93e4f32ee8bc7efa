/*
 * scope.c: the endpoint of one server.
 */
#include "noun/scope.h"

#include <pthread.h>
#include <string.h>

#include "clock.h"
#include "db/db.h"
#include "op/cachever.h"

/* Should notifications fail to come, nothing stays wrong for long. */
#define AGE_MS 3000

/* One a slot, found by its name: a few servers are asked for all the time. */
#define SLOTS 64

struct slot {
	char name[SCOPE_NAME_MAX + 1]; /* "": free */
	char id[SCOPE_ID_MAX + 1];
	uint64_t version;
	int64_t made_ms;
};

static struct slot slots[SLOTS]; /* under lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct about {
	const char *text;
};

/* clang-format off */
static const struct field scope_fields[] = {
	FIELD_UUID(struct scope, id, .doc = "The server."),
	FIELD_STR(struct scope, name, .doc = "Its name."),
	FIELD_END
};

static const struct field about_fields[] = {
	FIELD_STR(struct about, text, .doc = "What it is for."),
	FIELD_END
};
/* clang-format on */

/* What no server can be called is not worth a question. */
static bool
is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_')
			return false;
	}
	return name.n > 0 && name.n <= SCOPE_NAME_MAX;
}

static struct slot *
slot_of(struct str name)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619U;
	return &slots[h % SLOTS];
}

static bool
remembered(
    struct ctx *ctx, struct str name, uint64_t version, struct scope *out)
{
	const struct slot *s = slot_of(name);
	bool found;

	pthread_mutex_lock(&lock);
	found = str_eq_c(name, s->name) && s->version == version &&
	    clock_mono_ms() - s->made_ms <= AGE_MS;
	if (found) {
		out->id = arena_strndup(ctx->arena, s->id, SCOPE_ID_MAX);
		out->name = arena_strndup(ctx->arena, name.p, name.n);
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static void
remember(const struct scope *scope, uint64_t version)
{
	struct slot *s = slot_of(str_from(scope->name));

	pthread_mutex_lock(&lock);
	*s = (struct slot){.version = version, .made_ms = clock_mono_ms()};
	memcpy(s->name, scope->name, strnlen(scope->name, SCOPE_NAME_MAX));
	memcpy(s->id, scope->id, strnlen(scope->id, SCOPE_ID_MAX));
	pthread_mutex_unlock(&lock);
}

enum fail_code
scope_find(struct ctx *ctx, struct str name, const struct scope **out)
{
	uint64_t version = cache_version(CACHE_TOOLS);
	struct scope *scope = arena_zalloc(ctx->arena, 1, sizeof(*scope));
	enum fail_code rc = FAIL_NONE;

	if (!is_name(name))
		return fail(&ctx->fail, FAIL_NOT_FOUND, NULL);
	if (!remembered(ctx, name, version, scope)) {
		rc = db_one(ctx, Q_scope_find, DB_ARGS(DB_STR(name)),
		    scope_fields, scope);
		if (rc == FAIL_NONE)
			remember(scope, version);
	}
	*out = scope;
	return rc;
}

enum fail_code
scope_about(struct ctx *ctx, const char **out)
{
	struct about about = {.text = ""};
	enum fail_code rc = db_one(ctx, Q_scope_about,
	    DB_ARGS(DB_CSTR(ctx->scope->id)), about_fields, &about);

	*out = about.text;
	return rc;
}
