/*
 * run.h: a tool on its way to the sandbox, and the record of it.
 *
 * There is no registry of what may run.  Each call asks the database, in the
 * statement that fetches the code and all that the run may use: approved as it
 * is now, enabled, on a running server.  (The run itself, as frames on a
 * socket, is out/run.h.)
 *
 *	call	of a client: the approved version, with what it was approved
 *		to have
 *	test	by a person, of any version, with what it declares and the
 *		server has: for those who may decide about it, and for an
 *		approved version
 *	trial	by anybody else, of any version: no secrets, no network
 */
#ifndef MCPBOX_NOUN_RUN_H
#define MCPBOX_NOUN_RUN_H

#include <jansson.h>

#include "noun/kind.h"
#include "noun/limits.h"
#include "noun/outcome.h"
#include "noun/question.h"
#include "noun/redact.h"
#include "op/ctx.h"
#include "op/op.h"
#include "out/run.h"

struct run_tool {
	const char *tool_id;
	const char *server_id;
	const char *server_name;
	const char *kind;      /* KIND_WORDS */
	const char *full_name; /* server__tool */
	/* In a list: its name there, and its place, for a cursor behind it. */
	const char *listed_name;
	const char *place;
	const char *title; /* NULL: none */
	const char *description;
	/* JSON text as stored, byte for byte; the latter two may be NULL. */
	const char *input_schema;
	const char *output_schema;
	const char *annotations;
	const char *uri;       /* of a resource or a template; else NULL */
	const char *mime_type; /* NULL: none */
	struct opt_int size;   /* of a resource; not given: unknown */
	const char *icons;     /* JSON text; NULL: none */
	/* What a client must have declared: of KIND_CAPABILITIES. */
	struct strs client_capabilities;
	const char *task_mode;   /* KIND_TASK_MODES */
	bool input_schema_given; /* by the author, not derived from main */
	bool completes;   /* the code has a function that completes arguments */
	const char *code; /* NULL unless it may run */
	int64_t version;
	const char *digest;          /* hex */
	int64_t timeout_ms;          /* its own, else the server's */
	bool callable;               /* may a client call it now? */
	const char *approval_status; /* why not: this, */
	bool enabled;                /* this, */
	const char *server_status;   /* or this */
	struct strs secret_names;    /* that the version declares */
	/* Their values, sealed, in hex; "" where there is none.  Without an
	 * entry unless the run may have them. */
	struct strs secret_values;
	struct strs hosts; /* grants (lib/fetch.h), as far as the run may */
	bool approved;     /* is this the version whose approval stands? */
	struct limit_values limits; /* its own, or its server's */
};

extern const struct field run_tool_fields[];

/* The run may end to become a task (question_becomes); it is one. */
#define RUN_TASK_BEFORE "before"
#define RUN_TASK_IN "in"

/* One run from its beginning to its record.  In the arena, for both. */
struct run_call {
	struct run_tool tool;
	enum box_kind kind;
	enum box_entry entry;    /* of the tool's kind, or COMPLETE */
	const json_t *arguments; /* an object */
	bool debug;              /* tell outbound requests in full */
	/*
	 * What becomes of its questions (lib/box.h; as it is, there is nobody
	 * to ask), and what it knows of its caller: an object, or NULL.
	 */
	enum box_ask ask;
	uint32_t patience_ms;
	const json_t *talk;    /* "task": RUN_TASK_BEFORE, or RUN_TASK_IN */
	struct redact *redact; /* set by run_begin */
};

/*
 * By the two halves of the full name, of that kind (KIND_TOOL, ...).
 * FAIL_NOT_FOUND when there is no such thing; one that may not run now comes
 * without its code.
 */
enum fail_code run_find(struct ctx *ctx, const char *kind, struct str server,
    struct str name, struct run_tool *out) ATTR_NODISCARD;
/*
 * For a test or a trial, which is decided here (call->kind) by who asks: any
 * version (not given: the current one), with its code whatever its state.
 */
enum fail_code run_find_any(struct ctx *ctx, struct str tool_id,
    struct opt_int version, struct run_call *call) ATTR_NODISCARD;
/*
 * All of that kind that may be called now, by full name (byte order), behind
 * the place `after` (empty: from the first), at most RUN_LIST_MAX: struct
 * run_tool without code and secrets.  With ctx->scope those of that server, in
 * the order in which they were made; FAIL_INVALID for a place that is none
 * there.
 */
#define RUN_LIST_MAX 101
enum fail_code run_list(struct ctx *ctx, const char *kind, struct str after,
    struct list *out) ATTR_NODISCARD;

/*
 * Starts the run (out/run.h run_start): the caller parks.  FAIL_TOO_LARGE when
 * the arguments are over the sandbox's limit; FAIL_CONFLICT, with a sentence
 * for whoever called, when a secret has no value or cannot be opened.
 */
enum fail_code run_begin(struct ctx *ctx, struct run_call *call) ATTR_NODISCARD;

/*
 * Reads a run that has ended, without its secrets, and writes its record.
 * Once this returns FAIL_NONE the record is durable; else *out is nobody's to
 * see.  With BOX_OUTCOME_INPUT the questions are in out->asked; those that
 * cannot be read are BOX_OUTCOME_OUTPUT.  Arguments, result, output and
 * requests over a limit are kept in part, or by their size only.
 */
enum fail_code run_end(struct ctx *ctx, const struct run_call *call,
    const struct run *run, const json_t *output_schema,
    struct outcome *out) ATTR_NODISCARD;

#endif
