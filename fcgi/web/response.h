/*
 * response.h: the whole answer, built in memory, sent with Content-Length.
 */
#ifndef MCPBOX_RESPONSE_H
#define MCPBOX_RESPONSE_H

#include <jansson.h>

#include "arena.h"
#include "fail.h"
#include "str.h"

struct exchange;

struct response_header {
	const char *name;
	const char *value;
	struct response_header *next;
};

struct response {
	int status;
	const char *content_type; /* NULL = no body */
	struct str body; /* arena, static, or kept alive by the arena */
	struct response_header *headers;
};

/* Adds a header; CR, LF or NUL in the value is a bug of ours and aborts. */
void response_header(struct exchange *x, const char *name, const char *value);
void response_empty(struct exchange *x, int status);
/* Borrows the json until the arena ends. */
void response_json(struct exchange *x, int status, const json_t *body);
void response_text(
    struct exchange *x, int status, const char *content_type, struct str body);
/*
 * RFC 9457 problem from x->ctx.fail: type "urn:mcpbox:problem:<slug>", title,
 * status, detail, errors[], request_id; Retry-After and WWW-Authenticate
 * where they belong.  INTERNAL and UNAVAILABLE are logged with their detail.
 */
void response_problem(struct exchange *x);

#endif
