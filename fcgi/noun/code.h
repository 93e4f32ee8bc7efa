/*
 * code.h: Python source that somebody submits: checked, or tried out.
 *
 * The check runs in the sandbox like everything that touches such text: it
 * parses, lints and derives the input schema, and never executes it.
 */
#ifndef MCPBOX_CODE_H
#define MCPBOX_CODE_H

#include <jansson.h>

#include "noun/kind.h"
#include "op/ctx.h"
#include "op/op.h"
#include "out/run.h"

#define CODE_MAX 100000 /* characters */

struct code_error {
	int64_t line;   /* from 1 */
	int64_t column; /* from 1, in characters */
	const char *message;
};

struct code_param {
	const char *name;
	const char *type; /* its annotation, as written; "Any" without one */
	bool required;
	const char *description; /* NULL: none */
};

/* A remark of the checker, tied to a place. */
struct code_finding {
	const char *severity; /* CODE_SEVERITIES */
	const char *rule;     /* slug */
	const char *message;
	int64_t line, column;
	int64_t end_line, end_column;
};
#define CODE_SEVERITIES "high|warning|note"

struct code_check {
	bool valid; /* parses, and has a main that can be called */
	bool has_main;
	struct code_error *error; /* NULL when valid */
	struct list parameters;   /* struct code_param */
	json_t *input_schema;     /* NULL: none could be derived */
	const char *description;  /* from the docstring, or NULL */
	bool completes;           /* has a function that completes arguments */
	struct list findings;     /* struct code_finding */
	struct list hosts;        /* struct code_host, see noun/code_host */
	json_t *findings_json;    /* the same, to be stored */
	struct strs imports;      /* modules that it names, sorted */
};

extern const struct field code_finding_fields[];
extern const struct op code_ops[];
extern const struct route code_routes[];

/*
 * Starts a check (out/run.h run_start): the caller returns, then is resumed.
 * The code is to be of this kind (noun/kind); `given`: its author gives the
 * input schema.  FAIL_INVALID when it is over the sandbox's limit.
 */
enum fail_code code_check_begin(struct ctx *ctx, struct str code,
    const char *kind, bool given) ATTR_NODISCARD;
/*
 * Reads the run of a check.  A checker that was killed over the code (too
 * deep, too large) makes it not valid, with a sentence; one that could not be
 * started is FAIL_BUSY or FAIL_UNAVAILABLE.
 */
enum fail_code code_check_read(struct ctx *ctx, const struct run *run,
    struct code_check *out) ATTR_NODISCARD;
/* The same, and FAIL_INVALID with the line at /python_code unless valid. */
enum fail_code code_check_accept(struct ctx *ctx, const struct run *run,
    struct code_check *out) ATTR_NODISCARD;

/* A tool's description from the docstring, cut to what fits; "" without one. */
const char *code_description(struct ctx *ctx, const struct code_check *check);

/* Findings as stored (a JSON array) into structs; odd entries are left out. */
void code_findings(struct ctx *ctx, const json_t *stored, struct list *out);

/* FAIL_BUSY, FAIL_RATE (both say when to try again) or FAIL_UNAVAILABLE when
 * the run could not even be started. */
enum fail_code code_run_started(
    struct ctx *ctx, const struct run *run) ATTR_NODISCARD;

#endif
