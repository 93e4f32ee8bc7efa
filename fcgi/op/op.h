/*
 * op.h: what an operation is.
 *
 * A capability of mcpbox is one row of struct op.  REST reaches it through a
 * struct route, MCP through its name with "mcpbox_" in front.  From the row
 * come: binding and validation of the arguments, the input and output schema
 * of the management tool, the OpenAPI document, the permission test.
 *
 * Life: op/param binds the request to the args struct -> fn() -> (when fn
 * asked for a sandbox run: the exchange is parked, then resume()) -> op/view
 * renders the result struct.  No step after binding sees JSON text, no
 * step before fn() sees SQL.
 */
#ifndef MCPBOX_OP_H
#define MCPBOX_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"
#include "str.h"

struct ctx;
struct run;

/* --- permissions ---------------------------------------------------------- */

/* What an operation needs, and a caller holds (a mask). */
enum perm {
	PERM_ANYONE = 1 << 0, /* no credential needed */
	PERM_SELF = 1 << 1,   /* any person who is signed in, for own things */
	PERM_READ = 1 << 2,
	PERM_EDIT = 1 << 3,   /* create, change, delete, ask for review */
	PERM_RUN = 1 << 4,    /* start and stop servers, trial runs */
	PERM_DECIDE = 1 << 5, /* approve, reject, revoke: people only */
	PERM_ADMIN = 1 << 6,
	PERM_CALL = 1 << 7 /* call approved tools */
};

/* --- values --------------------------------------------------------------- */

struct opt_int {
	bool given; /* present in the request / not NULL in the row */
	bool null;  /* params only: present as JSON null */
	int64_t v;
};

struct opt_bool {
	bool given;
	bool v;
};

struct strs {
	bool given;
	size_t n;
	struct str *v;
};

/* Rows of one kind, in the request's arena. */
struct list {
	size_t n;
	void *v; /* n structs of the field table's size */
};

/* --- parameters ----------------------------------------------------------- */

enum param_type {
	PARAM_T_STR,   /* struct str; p == NULL when absent, "" for null */
	PARAM_T_UUID,  /* struct str of 36 characters */
	PARAM_T_ENUM,  /* struct str, one of `choices` */
	PARAM_T_INT,   /* struct opt_int */
	PARAM_T_BOOL,  /* struct opt_bool */
	PARAM_T_STRS,  /* struct strs */
	PARAM_T_JSON,  /* json_t *, an object; NULL when absent; json_null()
			* for null */
	PARAM_T_ARRAY, /* the same, an array */
	PARAM_T_LIST   /* struct list of structs that `child` describes */
};

enum param_from { FROM_BODY, FROM_PATH, FROM_QUERY }; /* REST's business */

struct param {
	const char *name;
	enum param_type type;
	enum param_from from;
	size_t offset;
	bool required;
	bool nullable;       /* JSON null is accepted */
	int64_t min, max;    /* characters, value, or number of entries;
			      * an INT with 0, 0 has no range */
	const char *pattern; /* POSIX extended regular expression, anchored */
	const char *choices; /* "a|b|c" */
	const char *def;     /* text of the default, NULL = absent */
	const char *doc;     /* never NULL */
	const struct param *child; /* LIST: rows of each entry, an object */
	size_t child_size;
};

/*
 * PARAM_STR(struct x_args, name, .required = true, .max = 40, .doc = "...")
 * A wrong member type does not compile.
 */
#define PARAM_ROW(S, m, T, t, ...)                                             \
	{                                                                      \
		.name = #m, .type = (t),                                       \
		.offset = offsetof(S, m) + 0 * sizeof((T *)0 == &((S *)0)->m), \
		__VA_ARGS__                                                    \
	}
#define PARAM_STR(S, m, ...)                                                   \
	PARAM_ROW(S, m, struct str, PARAM_T_STR, __VA_ARGS__)
#define PARAM_UUID(S, m, ...)                                                  \
	PARAM_ROW(S, m, struct str, PARAM_T_UUID, __VA_ARGS__)
#define PARAM_ENUM(S, m, ...)                                                  \
	PARAM_ROW(S, m, struct str, PARAM_T_ENUM, __VA_ARGS__)
#define PARAM_INT(S, m, ...)                                                   \
	PARAM_ROW(S, m, struct opt_int, PARAM_T_INT, __VA_ARGS__)
#define PARAM_BOOL(S, m, ...)                                                  \
	PARAM_ROW(S, m, struct opt_bool, PARAM_T_BOOL, __VA_ARGS__)
#define PARAM_STRS(S, m, ...)                                                  \
	PARAM_ROW(S, m, struct strs, PARAM_T_STRS, __VA_ARGS__)
#define PARAM_JSON(S, m, ...)                                                  \
	PARAM_ROW(S, m, json_t *, PARAM_T_JSON, __VA_ARGS__)
#define PARAM_LIST(S, m, ...)                                                  \
	PARAM_ROW(S, m, struct list, PARAM_T_LIST, __VA_ARGS__)
#define PARAM_ARRAY(S, m, ...)                                                 \
	PARAM_ROW(S, m, json_t *, PARAM_T_ARRAY, __VA_ARGS__)
#define PARAM_END                                                              \
	{                                                                      \
		.name = NULL                                                   \
	}

/* --- fields --------------------------------------------------------------- */

enum field_type {
	FIELD_T_STR,     /* const char *; NULL is null */
	FIELD_T_UUID,    /* const char * */
	FIELD_T_TIME,    /* const char *, RFC 3339 (SQL: rfc3339(col)) */
	FIELD_T_INT,     /* int64_t */
	FIELD_T_OPT_INT, /* struct opt_int */
	FIELD_T_BOOL,    /* bool */
	FIELD_T_JSON,    /* json_t *, borrowed; NULL is null */
	FIELD_T_STRS,    /* struct strs */
	FIELD_T_LIST,    /* struct list of `child` */
	FIELD_T_OBJECT   /* pointer to a `child` struct; NULL is null */
};

enum field_flag {
	FIELD_NULLABLE = 1 << 0, /* may be null; otherwise null is our bug */
	FIELD_SECRET = 1 << 1    /* read from rows, never written to a client */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	unsigned flags;
	const char *choices;       /* enum words, for the schema */
	const struct field *child; /* LIST and OBJECT */
	size_t child_size;
	const char *child_name; /* schema component name ("Tool"), or NULL */
	const char *doc;
};

#define FIELD_ROW(S, m, T, t, ...)                                             \
	{                                                                      \
		.name = #m, .type = (t),                                       \
		.offset = offsetof(S, m) + 0 * sizeof((T *)0 == &((S *)0)->m), \
		__VA_ARGS__                                                    \
	}
#define FIELD_STR(S, m, ...)                                                   \
	FIELD_ROW(S, m, const char *, FIELD_T_STR, __VA_ARGS__)
#define FIELD_UUID(S, m, ...)                                                  \
	FIELD_ROW(S, m, const char *, FIELD_T_UUID, __VA_ARGS__)
#define FIELD_TIME(S, m, ...)                                                  \
	FIELD_ROW(S, m, const char *, FIELD_T_TIME, __VA_ARGS__)
#define FIELD_INT(S, m, ...) FIELD_ROW(S, m, int64_t, FIELD_T_INT, __VA_ARGS__)
#define FIELD_OPT_INT(S, m, ...)                                               \
	FIELD_ROW(S, m, struct opt_int, FIELD_T_OPT_INT, __VA_ARGS__)
#define FIELD_BOOL(S, m, ...) FIELD_ROW(S, m, bool, FIELD_T_BOOL, __VA_ARGS__)
#define FIELD_JSON(S, m, ...)                                                  \
	FIELD_ROW(S, m, json_t *, FIELD_T_JSON, __VA_ARGS__)
#define FIELD_STRS(S, m, ...)                                                  \
	FIELD_ROW(S, m, struct strs, FIELD_T_STRS, __VA_ARGS__)
#define FIELD_LIST(S, m, ...)                                                  \
	FIELD_ROW(S, m, struct list, FIELD_T_LIST, __VA_ARGS__)
#define FIELD_END                                                              \
	{                                                                      \
		.name = NULL                                                   \
	}

/* --- operations ----------------------------------------------------------- */

enum face { FACE_REST = 1 << 0, FACE_MCP = 1 << 1 };

enum op_hint {
	HINT_READ_ONLY = 1 << 0,   /* MCP readOnlyHint; REST: safe, no CSRF */
	HINT_DESTRUCTIVE = 1 << 1, /* MCP destructiveHint */
	HINT_IDEMPOTENT = 1 << 2   /* MCP idempotentHint */
};

/* Returns FAIL_NONE with *result filled, or after fail(&ctx->fail, ...). */
typedef enum fail_code op_fn(struct ctx *ctx, const void *args, void *result);
/*
 * Second half of an operation whose fn() called run_start() (out/run.h).  The
 * run has ended; run->exit tells how.  args, result and the arena are those of
 * fn(), with what it left there; no transaction was open in between.
 */
typedef enum fail_code op_resume_fn(
    struct ctx *ctx, const void *args, const struct run *run, void *result);

struct op {
	const char *name; /* "create_server": OpenAPI operationId, mcpbox_… */
	const char *title; /* a few words */
	const char *doc;   /* for people and models; never NULL */
	const struct param *params;
	size_t args_size;
	const struct field *result; /* NULL: no content */
	size_t result_size;
	const char *result_name; /* schema component name ("Tool") */
	enum perm perm;
	unsigned faces; /* enum face */
	unsigned hints; /* enum op_hint */
	op_fn *fn;
	op_resume_fn *resume; /* NULL unless fn may start a run */
	/* "a|b": the answer is one of these types, piece by piece: fn fills a
	 * struct source (op/source.h), and `result` is NULL.  REST only. */
	const char *media;
};

/* A REST way in.  Path: "/api/tools/{tool_id}/versions/{version}". */
struct route {
	const char *method;
	const char *path;
	const struct op *op;
	int status; /* on success: 200, 201, 204 */
	bool alias; /* left out of the OpenAPI document */
};
#define ROUTE_END                                                              \
	{                                                                      \
		.method = NULL                                                 \
	}

/* --- paged lists ---------------------------------------------------------- */

#define PAGE_PARAMS(S, size_default)                                           \
	PARAM_INT(S, page, .from = FROM_QUERY, .min = 1, .max = 1000000,       \
	    .def = "1", .doc = "Page number, from 1."),                        \
	    PARAM_INT(S, page_size, .from = FROM_QUERY, .min = 1, .max = 100,  \
		.def = size_default, .doc = "Rows a page.")

struct page {
	struct list items;
	int64_t total;
	int64_t page;
	int64_t page_size;
	int64_t pages; /* ceil(total / page_size) */
};

/* Field table of a page whose rows have `fields` (of struct T, named name). */
#define PAGE_FIELDS(fields, T, name_)                                          \
	FIELD_LIST(struct page, items, .child = (fields),                      \
	    .child_size = sizeof(T), .child_name = (name_),                    \
	    .doc = "The rows of this page."),                                  \
	    FIELD_INT(struct page, total, .doc = "Rows in all."),              \
	    FIELD_INT(struct page, page, .doc = "This page's number."),        \
	    FIELD_INT(struct page, page_size, .doc = "Rows a page."),          \
	    FIELD_INT(struct page, pages, .doc = "Pages in all."), FIELD_END

/* Sets page, page_size and pages from bound parameters and the total. */
void page_fill(struct page *p, int64_t page, int64_t page_size, int64_t total);
/* Rows to skip. */
int64_t page_offset(struct opt_int page, struct opt_int page_size);

#endif
