/*
 * limits.h: what bounds a run.
 *
 * Each limit has a value of the tool, else of its server, else of the instance
 * (MCPBOX_RUN_…).  People set the first two, up to the maxima of the instance;
 * a maximum that was lowered since then holds at once.  The time limit is the
 * tool's own (noun/tool), since a reviewer approves it.
 */
#ifndef MCPBOX_LIMITS_H
#define MCPBOX_LIMITS_H

#include "box.h"
#include "op/ctx.h"
#include "op/op.h"

/* Not given: what is next wider. */
struct limit_values {
#define LIMIT(m, setting, least, most, doc) struct opt_int m;
#define SERVER_LIMIT(m, setting, least, most, doc) struct opt_int m;
#include "limits.def"
#undef LIMIT
#undef SERVER_LIMIT
};

struct limits {
	const char *server_id;
	const char *tool_id;            /* NULL: of the server */
	struct limit_values *own;       /* its own overrides */
	struct limit_values *inherited; /* what holds without them */
	struct limit_values *effective; /* what holds; cpu_ms not given: as
					 * much as the time limit */
	const char *updated_by;         /* NULL: never set */
	const char *updated_at;
};

struct limits_instance {
	struct limit_values *defaults;
	struct limit_values *maxima;
};

struct limits_args {
	struct str id;           /* of the server or tool */
	struct limit_values set; /* absent: leave; null: inherit */
};

extern const struct field limits_value_fields[];
extern const struct op limits_ops[];
extern const struct route limits_routes[];

/*
 * The columns of view run_limit as fields of a struct that has a
 * `struct limit_values m`: for a statement that joins it.
 */
#define LIMITS_ROW(S, m, f)                                                    \
	{                                                                      \
		.name = #f, .type = FIELD_T_OPT_INT,                           \
		.offset = offsetof(S, m) + offsetof(struct limit_values, f),   \
		.flags = FIELD_NULLABLE, .doc = "See fcgi/limits.def."         \
	}
#define LIMITS_ROWS(S, m)                                                      \
	LIMITS_ROW(S, m, memory_mib), LIMITS_ROW(S, m, cpu_ms),                \
	    LIMITS_ROW(S, m, result_kib), LIMITS_ROW(S, m, output_kib),        \
	    LIMITS_ROW(S, m, threads), LIMITS_ROW(S, m, requests),             \
	    LIMITS_ROW(S, m, transfer_kib),                                    \
	    LIMITS_ROW(S, m, calls_per_minute), LIMITS_ROW(S, m, concurrency), \
	    LIMITS_ROW(S, m, rate_per_minute)

/*
 * What a run is bounded by: `own` is its row of view run_limit, `wall_ms` the
 * time limit (1000 .. 300000) of the version that runs.
 */
void limits_for_run(const struct ctx *ctx, const struct limit_values *own,
    int64_t wall_ms, struct box_limits *out);

/* Calls of the tool a minute; 0: no limit. */
int64_t limits_calls(const struct ctx *ctx, const struct limit_values *own);

void limits_of_instance(struct ctx *ctx, struct limits_instance *out);
/* FAIL_NOT_FOUND without such a server or tool (as all below). */
enum fail_code limits_of_server(
    struct ctx *ctx, struct str id, struct limits *out) ATTR_NODISCARD;
enum fail_code limits_of_tool(
    struct ctx *ctx, struct str id, struct limits *out) ATTR_NODISCARD;
/* FAIL_INVALID for a value over the instance's maximum. */
enum fail_code limits_set_server(struct ctx *ctx,
    const struct limits_args *args, struct limits *out) ATTR_NODISCARD;
enum fail_code limits_set_tool(struct ctx *ctx, const struct limits_args *args,
    struct limits *out) ATTR_NODISCARD;

#endif
