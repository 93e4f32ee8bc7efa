/*
 * rpc.h: the JSON-RPC 2.0 envelope.
 */
#ifndef MCPBOX_RPC_H
#define MCPBOX_RPC_H

#include <jansson.h>
#include <stdbool.h>

#include "arena.h"
#include "buf.h"
#include "fail.h"
#include "str.h"

/* JSON-RPC 2.0 section 5.1, and those that MCP 2026-07-28 adds. */
enum rpc_code {
	RPC_PARSE = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL = -32603,
	RPC_NO_RESOURCE = -32002, /* legacy only */
	RPC_HEADER_MISMATCH = -32020,
	RPC_MISSING_CAPABILITY = -32021,
	RPC_UNSUPPORTED_VERSION = -32022
};

enum rpc_kind {
	RPC_REQUEST,
	RPC_NOTIFICATION, /* no id: no answer */
	RPC_RESPONSE      /* to a question of ours (ask.h) */
};

struct rpc_msg {
	enum rpc_kind kind;
	const json_t *id;     /* a string or an integer; NULL if none */
	const char *method;   /* NULL for a response */
	const json_t *params; /* an object, or NULL */
	bool params_odd;      /* there were params, and no object */
	const json_t *whole;  /* the message; borrowed, like the rest */
};

/*
 * Is this JSON value one message?  FAIL_REQUEST if not; out->id is then the
 * id to answer with, when it could be read.
 */
enum fail_code rpc_read(
    const json_t *v, struct rpc_msg *out, struct fail *f) ATTR_NODISCARD;

/* {"jsonrpc":"2.0","id":…,"result":{ : what comes next are its members. */
void rpc_put_open(struct buf *b, const json_t *id);
void rpc_put_close(struct buf *b);
/* A whole error response; id and data may be NULL, and are then left out. */
void rpc_put_error(struct buf *b, const json_t *id, int code,
    const char *message, const json_t *data);

#endif
