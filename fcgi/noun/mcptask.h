/*
 * mcptask.h: tasks of MCP clients, as rows.
 *
 * A task is a call that goes on without its client.  Its row is the truth: the
 * client hears of a task once the row is there, and gets what the row says,
 * from any worker.  The run is held by the worker that took the call
 * (mcp/task_host), and by nobody else, ever.
 *
 * A client's tasks are found by their id together with its principal.  Workers
 * and people know them by the number of the row, which opens nothing.
 *
 * What happens to a task is told to all workers of the gateway (op/news.h).
 */
#ifndef MCPBOX_NOUN_MCPTASK_H
#define MCPBOX_NOUN_MCPTASK_H

#include <jansson.h>

#include "noun/run.h"
#include "op/ctx.h"
#include "op/op.h"
#include "rnd.h"
#include "str.h"

#define MCPTASK_STATUSES "working|input_required|completed|failed|cancelled"
/* Bytes of a status message. */
#define MCPTASK_MESSAGE_MAX 1000

struct mcptask {
	int64_t number; /* of the row: never shown to a client */
	const char *tool_name;
	const char *status;         /* MCPTASK_STATUSES */
	const char *status_message; /* NULL: none */
	json_t *requests;           /* input_required: what is asked, by key */
	const char *result;         /* completed: JSON text, as it is sent */
	const char *error;          /* failed: JSON text of {code, message} */
	int64_t poll_ms;
	int64_t ttl_ms; /* after its creation */
	const char *created_at;
	const char *updated_at;
	bool lost; /* its worker is gone, and the row does not say so yet */
};

extern const struct field mcptask_fields[];

/* --- for its client ------------------------------------------------------- */

/*
 * A new one for ctx->caller, held by `worker`: durable when this returns
 * FAIL_NONE.  Its id goes to id_out.  FAIL_RATE, with a date, when the caller
 * has as many as it may.
 */
enum fail_code mcptask_create(struct ctx *ctx, const struct run_tool *tool,
    const char *worker, char id_out[RND_TOKEN_MAX],
    struct mcptask *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND: no task of ctx->caller, or over long ago. */
enum fail_code mcptask_find(
    struct ctx *ctx, struct str id, struct mcptask *out) ATTR_NODISCARD;
/* Answers, by key; what was not asked, or is answered, is left out. */
enum fail_code mcptask_update(
    struct ctx *ctx, struct str id, const json_t *responses) ATTR_NODISCARD;
/* Ends it, unless it is over. */
enum fail_code mcptask_cancel(struct ctx *ctx, struct str id) ATTR_NODISCARD;

struct mcptask_place {
	int64_t place; /* in ids */
	int64_t number;
};
/* Which of these are tasks of ctx->caller: struct mcptask_place, in order. */
enum fail_code mcptask_watched(
    struct ctx *ctx, struct strs ids, struct list *out) ATTR_NODISCARD;
/* By number, for those who were found to own them: struct mcptask. */
enum fail_code mcptask_read(struct ctx *ctx, const int64_t *numbers, size_t n,
    struct list *out) ATTR_NODISCARD;

/* --- for the worker that holds it ----------------------------------------- */

/* Which one of this worker's; both its own. */
struct mcptask_hold {
	int64_t number;
	const char *worker;
};

/*
 * The tool asks: requests by key, each {method, params}.  FAIL_NOT_FOUND when
 * the task is over, FAIL_CONFLICT when a key was used before.
 */
enum fail_code mcptask_ask(struct ctx *ctx, const struct mcptask_hold *hold,
    const json_t *requests) ATTR_NODISCARD;
/* The answers to all that it asked, by key; NULL: some are still out. */
enum fail_code mcptask_take(struct ctx *ctx, const struct mcptask_hold *hold,
    json_t **out) ATTR_NODISCARD;

/* How it ended. */
struct mcptask_end {
	const char *status;  /* completed, failed or cancelled */
	const char *message; /* NULL: none; cut when long */
	struct str result;   /* of completed: JSON text; else STR_NONE */
	struct str error;    /* of failed: JSON text of {code, message} */
};
/* Says how an outcome ends the task. */
typedef void mcptask_end_fn(
    void *user, const struct outcome *o, struct mcptask_end *out);
/*
 * Reads the run and writes its record (run_end), and the end of the task: both
 * or neither.  *over_out: the task was over already, and stays what it is; its
 * record is written all the same.
 */
enum fail_code mcptask_settle(struct ctx *ctx, const struct mcptask_hold *hold,
    const struct run_call *call, const struct run *run,
    const json_t *output_schema, mcptask_end_fn *fn, void *user,
    bool *over_out) ATTR_NODISCARD;

/* Fails it without a record of its run, which cannot be saved. */
enum fail_code mcptask_withhold(struct ctx *ctx,
    const struct mcptask_hold *hold, bool *over_out) ATTR_NODISCARD;

struct mcptask_alive {
	int64_t number;
	bool answered; /* there are answers to take */
};
/*
 * The worker lives, and holds these n.  Those that are under way, as far as it
 * knows: struct mcptask_alive.  To be said every HOST_BEAT_MS.
 */
enum fail_code mcptask_beat(struct ctx *ctx, const char *worker,
    const int64_t *numbers, size_t n, struct list *out) ATTR_NODISCARD;
/* A sentence about how far it is, for its client; cut when long. */
enum fail_code mcptask_say(struct ctx *ctx, const struct mcptask_hold *hold,
    struct str message) ATTR_NODISCARD;

/* --- for people ----------------------------------------------------------- */

struct mcptask_row {
	int64_t task_id; /* the row's number */
	const char *request_id;
	const char *tool_id;
	const char *server_id;
	const char *tool_name;
	int64_t version;
	const char *principal;
	const char *caller;
	const char *status;
	const char *status_message;
	bool live;
	int64_t questions;
	const char *created_at;
	const char *updated_at;
	const char *expires_at;
};

struct mcptask_list_args {
	struct str status;
	struct str server_id;
	struct str tool;
	struct str principal;
	struct opt_int page;
	struct opt_int page_size;
};

extern const struct field mcptask_row_fields[];
extern const struct op mcptask_ops[];
extern const struct route mcptask_routes[];

/* Newest first, of all clients. */
enum fail_code mcptask_list(struct ctx *ctx,
    const struct mcptask_list_args *args, struct page *out) ATTR_NODISCARD;
/* A person ends it.  FAIL_CONFLICT when it is over. */
enum fail_code mcptask_stop(
    struct ctx *ctx, int64_t number, struct mcptask_row *out) ATTR_NODISCARD;

#endif
