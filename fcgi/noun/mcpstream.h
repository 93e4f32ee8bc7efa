/*
 * mcpstream.h: what a legacy client may have to fetch again: the events of a
 * call's answer, and the questions it was asked.
 *
 * Of a session; forgotten minutes after their end.
 */
#ifndef MCPBOX_NOUN_MCPSTREAM_H
#define MCPBOX_NOUN_MCPSTREAM_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"
#include "str.h"

/* A stream's name, 12 characters of base64url and a NUL. */
#define MCPSTREAM_NAME_MAX 13
void mcpstream_name(char out[MCPSTREAM_NAME_MAX]);

struct mcpstream {
	int64_t session;
	const char *name;
	const char *worker;  /* that waits for the call: a UUID */
	const char *request; /* the id that its answer will have, as JSON */
};

/*
 * Adds events numbered first, first + 1, … (from 1); none is allowed: then the
 * stream is known.  *follower_out: whose business sending them is from now on
 * (they are told), 0 = the caller's own.  FAIL_NOT_FOUND: the session ended.
 */
enum fail_code mcpstream_append(struct ctx *ctx, const struct mcpstream *s,
    int64_t first, struct strs events, bool done,
    int64_t *follower_out) ATTR_NODISCARD;

/* `follower` (any number but 0) sends it on; FAIL_NOT_FOUND: no such stream. */
enum fail_code mcpstream_follow(struct ctx *ctx, int64_t session,
    struct str name, int64_t follower) ATTR_NODISCARD;

struct mcpstream_event {
	int64_t last_seq; /* of the stream, the same in each */
	bool done;        /* nothing comes behind last_seq */
	bool alive;       /* somebody waits for what is to come */
	const char *request;
	int64_t follower; /* whose business it is */
	int64_t seq;      /* 0: no event, just the stream */
	const char *data; /* NULL: no event */
};
/* Those behind `after`, at most `limit`; without any, one row without one. */
enum fail_code mcpstream_read(struct ctx *ctx, int64_t session, struct str name,
    int64_t after, int64_t limit, struct list *out) ATTR_NODISCARD;

/* --- questions ------------------------------------------------------------ */

/* Before it is sent. */
enum fail_code mcpstream_ask(
    struct ctx *ctx, int64_t session, const char *id) ATTR_NODISCARD;
/* The client's answer, {"result": …} or {"error": …}.  To a question that
 * nobody asked, or that was answered: nothing happens. */
enum fail_code mcpstream_answer(struct ctx *ctx, int64_t session, struct str id,
    const json_t *answer) ATTR_NODISCARD;

struct mcpstream_reply {
	const char *id;
	json_t *answer;
};
/* Which of these are answered: struct mcpstream_reply. */
enum fail_code mcpstream_answers(struct ctx *ctx, int64_t session,
    struct strs ids, struct list *out) ATTR_NODISCARD;
/* Nobody waits for them any more. */
enum fail_code mcpstream_forget(
    struct ctx *ctx, int64_t session, struct strs ids) ATTR_NODISCARD;

#endif
