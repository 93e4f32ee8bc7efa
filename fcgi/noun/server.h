/*
 * server.h: a server is a named set of tools that is switched on as one.
 *
 * Starting and stopping change a row, nothing else: each call of a tool asks
 * the database whether its server runs, so both take effect with the next
 * call.  The name is half of each tool's full name ("server__tool") and never
 * changes.
 */
#ifndef MCPBOX_SERVER_H
#define MCPBOX_SERVER_H

#include "op/ctx.h"
#include "op/op.h"

#define SERVER_NAME_MAX 40
/* No "__" inside and no "_" at its end: the first "__" of a full name must end
 * the server's part. */
#define SERVER_NAME_PATTERN "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
#define SERVER_STATUSES "stopped|running"
#define TIMEOUT_MS_MIN 1000
#define TIMEOUT_MS_MAX 300000
#define DESCRIPTION_MAX 2000

struct server {
	const char *id;
	const char *name;
	const char *description; /* NULL: none */
	const char *status;      /* SERVER_STATUSES */
	int64_t default_timeout_ms;
	int64_t tool_count;
	int64_t pending_count; /* tools that wait for review */
	const char *created_by;
	const char *created_at;
	const char *updated_at;
};

/* A tool as its server lists it. */
struct server_tool {
	const char *id;
	const char *name;
	const char *description;
	bool enabled;
	const char *approval_status;
	int64_t current_version;
};

struct server_detail {
	struct server server; /* first: shares its field rows */
	struct list tools;    /* struct server_tool, by name */
	/* Grants of every tool, as lib/fetch.h spells them. */
	struct strs allowed_hosts;
};

struct server_list_args {
	struct opt_int page;
	struct opt_int page_size;
	struct str search; /* taken literally */
	struct str status;
};

struct server_create_args {
	struct str name;
	struct str description;
	struct opt_int default_timeout_ms;
};

struct server_update_args {
	struct str server_id;
	struct str description; /* p == NULL: leave; "": none */
	struct opt_int default_timeout_ms;
};

struct server_delete_args {
	struct str server_id;
	struct opt_bool force;
};

extern const struct field server_fields[];
extern const struct field server_detail_fields[];
extern const struct op server_ops[];
extern const struct route server_routes[];

/* Newest first. */
enum fail_code server_list(struct ctx *ctx, const struct server_list_args *args,
    struct page *out) ATTR_NODISCARD;
/* FAIL_NOT_FOUND without such a server (as all below). */
enum fail_code server_get(
    struct ctx *ctx, struct str id, struct server *out) ATTR_NODISCARD;
enum fail_code server_get_detail(
    struct ctx *ctx, struct str id, struct server_detail *out) ATTR_NODISCARD;

/* Stopped at first.  FAIL_DUPLICATE when the name is taken. */
enum fail_code server_create(struct ctx *ctx,
    const struct server_create_args *args,
    struct server_detail *out) ATTR_NODISCARD;
enum fail_code server_update(struct ctx *ctx,
    const struct server_update_args *args,
    struct server_detail *out) ATTR_NODISCARD;
/* With all its tools.  FAIL_CONFLICT while it runs, unless forced. */
enum fail_code server_delete(
    struct ctx *ctx, const struct server_delete_args *args) ATTR_NODISCARD;

/* FAIL_CONFLICT when it is (start) or is not (stop, restart) running. */
enum fail_code server_start(
    struct ctx *ctx, struct str id, struct server_detail *out) ATTR_NODISCARD;
enum fail_code server_stop(
    struct ctx *ctx, struct str id, struct server_detail *out) ATTR_NODISCARD;
enum fail_code server_restart(
    struct ctx *ctx, struct str id, struct server_detail *out) ATTR_NODISCARD;

#endif
