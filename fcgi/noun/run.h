/*
 * run.h: a tool on its way to the sandbox, and the record of it.
 *
 * There is no registry of what may run.  Each call asks the database, in the
 * statement that fetches the code: approved as it is now, enabled, on a
 * running server.  (The run itself, as frames on a socket, is out/run.h.)
 */
#ifndef MCPBOX_NOUN_RUN_H
#define MCPBOX_NOUN_RUN_H

#include <jansson.h>

#include "noun/outcome.h"
#include "op/ctx.h"
#include "op/op.h"
#include "out/run.h"

struct run_tool {
	const char *tool_id;
	const char *server_id;
	const char *full_name; /* server__tool */
	const char *title;     /* NULL: none */
	const char *description;
	/* JSON text as stored, byte for byte; the latter two may be NULL. */
	const char *input_schema;
	const char *output_schema;
	const char *annotations;
	const char *code; /* NULL unless it may run */
	int64_t version;
	const char *digest;          /* hex */
	int64_t timeout_ms;          /* its own, else the server's */
	bool callable;               /* may a client call it now? */
	const char *approval_status; /* why not: this, */
	bool enabled;                /* this, */
	const char *server_status;   /* or this */
};

/*
 * By the two halves of the full name.  FAIL_NOT_FOUND when there is no such
 * tool; a tool that may not run now comes without its code.
 */
enum fail_code run_find(struct ctx *ctx, struct str server, struct str tool,
    struct run_tool *out) ATTR_NODISCARD;
/* For a trial run: with its code whatever its state. */
enum fail_code run_find_trial(
    struct ctx *ctx, struct str tool_id, struct run_tool *out) ATTR_NODISCARD;
/*
 * All that may be called now, by full name (byte order), after `after` (empty:
 * from the first), at most RUN_LIST_MAX: struct run_tool without code.
 */
#define RUN_LIST_MAX 101
enum fail_code run_list(
    struct ctx *ctx, struct str after, struct list *out) ATTR_NODISCARD;

/*
 * Starts the run (out/run.h run_start): the caller parks.  `arguments` is an
 * object.  FAIL_TOO_LARGE when they are over the sandbox's limit.
 */
enum fail_code run_begin(struct ctx *ctx, const struct run_tool *tool,
    const json_t *arguments) ATTR_NODISCARD;
/* The same for a trial: no secrets, no network. */
enum fail_code run_begin_trial(struct ctx *ctx, const struct run_tool *tool,
    const json_t *arguments) ATTR_NODISCARD;

/*
 * Writes the row of a run that has ended, call or trial.  Once it
 * returns the row is durable.  Arguments, result and output over a limit are
 * kept in part, or by their size only.
 */
enum fail_code run_log(struct ctx *ctx, const struct run_tool *tool,
    const json_t *arguments, const struct outcome *o) ATTR_NODISCARD;
enum fail_code run_log_trial(struct ctx *ctx, const struct run_tool *tool,
    const json_t *arguments, const struct outcome *o) ATTR_NODISCARD;

#endif
