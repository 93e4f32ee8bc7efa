/*
 * ctx.h: all that a service sees of the world during one request.
 */
#ifndef MCPBOX_CTX_H
#define MCPBOX_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "fail.h"
#include "op/op.h"
#include "secret.h"

struct db;
struct run;
struct scope;
struct settings;

enum caller_kind {
	CALLER_NOBODY, /* no credential */
	CALLER_PERSON, /* an account, by session cookie or token */
	CALLER_CLIENT  /* an MCP client: never a decision */
};

struct caller {
	enum caller_kind kind;
	const char *id;   /* account id; "local": an unauthenticated client */
	const char *name; /* username, or what the client calls itself */
	const char *role; /* "viewer" … "admin", NULL unless a person */
	unsigned perms;   /* enum perm, incl. PERM_ANYONE */
	const char *session; /* a person's session id, by cookie or token */
	bool cookie;         /* credential came by cookie: CSRF rules apply */
	bool must_enrol;     /* a person without the second factor that the
			      * policy asks for: perms are few */
	const char *token;   /* name of the API token, NULL: none */
};

enum pool { POOL_ADMIN, POOL_GATEWAY, POOL_JOBS };

struct ctx {
	struct arena *arena; /* this request's; see arena.h */
	struct fail fail;
	struct caller caller;
	struct db *db; /* this thread's connection; not held while parked */
	const struct settings *settings; /* fcgi/settings.h, read-only */
	enum pool pool;
	enum face face; /* which door: rules must not depend on it,
			 * records (change_source) may */
	/* MCP: the server whose endpoint this is (noun/scope.h); NULL: that of
	 * all. */
	const struct scope *scope;
	const char *request_id; /* 32 hex */
	const char *trace_id;   /* W3C trace id that came along, or NULL */
	/* Of a client that comes back to a stream (Last-Event-ID), or NULL. */
	const char *last_event_id;
	const char *client_ip;
	const char *user_agent; /* "" when absent; cut at 256 */
	bool https;             /* the client's connection is TLS */
	int64_t start_ns;       /* clock_mono_ns() at arrival */
	const char *set_cookie; /* Set-Cookie value for the answer, or NULL:
				 * written by noun/session, sent by web/ */
	struct run *run;        /* started by run_start, else NULL */
	int status; /* REST: success status other than the route's; 0 = that */
};

/* True if the caller holds every bit of `perm` (PERM_ANYONE is held by all). */
bool ctx_may(const struct ctx *ctx, enum perm perm);
/* FAIL_NONE, or UNAUTHORIZED (nobody) / FORBIDDEN with a sentence. */
enum fail_code ctx_require(struct ctx *ctx, enum perm perm) ATTR_NODISCARD;
/* "person:anna", "client:local"; by an API token "token:anna/ci" (REST) or
 * "client:anna/ci" (MCP): for created_by and the audit trail. */
const char *ctx_actor(struct ctx *ctx);
/* The trace that this request belongs to: 32 hex, the caller's or its own. */
const char *ctx_trace(const struct ctx *ctx);
/* "llm" through MCP, else "manual". */
const char *ctx_change_source(const struct ctx *ctx);

#endif
