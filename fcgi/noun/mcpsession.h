/*
 * mcpsession.h: sessions of legacy MCP clients, as rows.
 *
 * `initialize` makes one; every later request of the client names it.  Any
 * worker serves it.  The id alone opens nothing: a session is found only for
 * the principal that made it and at the endpoint where it did (ctx->scope), and
 * without a day's use it ends.
 *
 * Changes that running work must hear of are told to all workers (op/news.h).
 */
#ifndef MCPBOX_NOUN_MCPSESSION_H
#define MCPBOX_NOUN_MCPSESSION_H

#include <jansson.h>

#include "op/ctx.h"
#include "op/op.h"
#include "rnd.h"
#include "str.h"

/* Of one principal; the one that was idle longest makes room. */
#define MCPSESSION_MOST 4096
/* Of one session. */
#define MCPSESSION_SUBSCRIPTIONS 256
#define MCPSESSION_URI_MAX 2000

struct mcpsession {
	int64_t id;            /* the row's number: never shown */
	const char *revision;  /* negotiated: "2025-11-25" */
	json_t *capabilities;  /* the client's, as it declared them */
	const char *log_level; /* NULL until the client sets one */
	bool stale;            /* the last visit was noted over a minute ago */
};

/*
 * A new one for ctx->caller.  The id, for the Mcp-Session-Id header, goes to
 * id_out.  FAIL_RATE when the principal has as many as it may, all in use.
 * `client` is what it calls itself; cut when long.
 */
enum fail_code mcpsession_open(struct ctx *ctx, const char *revision,
    struct str client, const json_t *capabilities,
    char id_out[RND_TOKEN_MAX]) ATTR_NODISCARD;
/* FAIL_NOT_FOUND: ended, expired, another principal's or endpoint's, or no id
 * at all.  Notes the visit. */
enum fail_code mcpsession_find(
    struct ctx *ctx, struct str id, struct mcpsession *out) ATTR_NODISCARD;
enum fail_code mcpsession_end(struct ctx *ctx, int64_t id) ATTR_NODISCARD;

/* One of the eight words. */
enum fail_code mcpsession_level(
    struct ctx *ctx, int64_t id, const char *level) ATTR_NODISCARD;
/* The client does not want the answer to its request `request` (JSON text of
 * the id) any more, wherever it runs. */
enum fail_code mcpsession_cancel(
    struct ctx *ctx, int64_t id, struct str request) ATTR_NODISCARD;

/* FAIL_INVALID at the limit. */
enum fail_code mcpsession_subscribe(
    struct ctx *ctx, int64_t id, struct str uri) ATTR_NODISCARD;
enum fail_code mcpsession_unsubscribe(
    struct ctx *ctx, int64_t id, struct str uri) ATTR_NODISCARD;
/* Which of these n sessions want to hear of `uri`: int64_t. */
enum fail_code mcpsession_subscribed(struct ctx *ctx, struct str uri,
    const int64_t *ids, size_t n, struct list *out) ATTR_NODISCARD;

/* --- the standalone stream ------------------------------------------------ */

/*
 * Worker `worker` (a UUID) holds it from now on, as its stream `serial`.
 * FAIL_CONFLICT when another stream is open and `take` is false.
 */
enum fail_code mcpsession_listen(struct ctx *ctx, int64_t id,
    const char *worker, int64_t serial, bool take) ATTR_NODISCARD;
/* These n streams of the worker are closed. */
enum fail_code mcpsession_unlisten(struct ctx *ctx, const char *worker,
    const int64_t *serials, size_t n) ATTR_NODISCARD;
/* The worker lives.  To be said while it holds any, or waits for calls whose
 * events are kept, much more often than every 25 seconds. */
enum fail_code mcpsession_lease(
    struct ctx *ctx, const char *worker) ATTR_NODISCARD;

#endif
