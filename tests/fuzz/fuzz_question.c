/*
 * fuzz_question.c: any ASK of a child, any answer of a client; and any
 * requestState.
 *
 * The input is JSON, [asked, capabilities, answer], and what is asked is read
 * as a child would say it.  What passes is what a client can be asked, and is
 * read the same again.  An input that is no such JSON is a requestState, which
 * never opens.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "noun/question.h"
#include "noun/round.h"
#include "secret.h"
#include "settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
put(struct run *run, struct str json)
{
	buf_free(&run->asked);
	buf_init(&run->asked, SIZE_MAX);
	buf_putstr(&run->asked, json);
}

static void
ask(struct ctx *ctx, const json_t *all)
{
	const json_t *caps = json_array_get(all, 1);
	struct run run = {.fd = -1};
	struct questions q, again;
	json_t *wrapped;

	put(&run, json_text(ctx->arena, json_array_get(all, 0)));
	if (question_read(ctx, &run, caps, &q) != FAIL_NONE) {
		require(ctx->fail.code == FAIL_CONFLICT);
		require(ctx->fail.message[0] != '\0');
		buf_free(&run.asked);
		return;
	}
	require(q.n >= 1 && q.n <= QUESTION_MOST);
	for (size_t i = 0; i < q.n; i++) {
		const char *why = question_misfit(
		    ctx->arena, &q.v[i], json_array_get(all, 2));

		require(question_able(caps, str_from(q.v[i].need)));
		require(strlen(q.v[i].key) <= QUESTION_KEY_MAX);
		require(json_is_object(q.v[i].params));
		require(why == NULL || str_utf8_valid(str_from(why)));
	}
	wrapped = json_keep(ctx->arena, json_obj());
	json_put(wrapped, "requests",
	    json_incref(question_requests(ctx->arena, &q)));
	put(&run, json_text(ctx->arena, wrapped));
	require(question_read(ctx, &run, caps, &again) == FAIL_NONE);
	require(json_equal(question_requests(ctx->arena, &q),
	    question_requests(ctx->arena, &again)));
	buf_free(&run.asked);
}

static void
open_round(struct ctx *ctx, struct str text)
{
	struct round_of of = {.method = "tools/call",
	    .name = "a__b",
	    .digest = "00",
	    .arguments = json_keep(ctx->arena, json_obj())};
	struct round r;

	require(round_open(ctx, &of, text, &r) == FAIL_INVALID);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	struct ctx ctx = {.arena = arena_new((size_t)64 << 20),
	    .settings = &settings,
	    .caller = {.kind = CALLER_CLIENT, .id = "local"}};
	struct str text = {(const char *)data, size};
	json_t *all;

	if (settings.master_key == NULL)
		settings.master_key = secret_new(
		    "0123456789abcdef0123456789abcdef", 32);
	if (json_parse(ctx.arena, text, size, &all, NULL) == FAIL_NONE &&
	    json_array_size(all) == 3)
		ask(&ctx, all);
	else
		open_round(&ctx, text);
	arena_free(ctx.arena);
	return 0;
}
