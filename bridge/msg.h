/*
 * msg.h: one message of the client.
 */
#ifndef MCPBOX_BRIDGE_MSG_H
#define MCPBOX_BRIDGE_MSG_H

#include <jansson.h>
#include <stdbool.h>

#include "fail.h"
#include "str.h"

#define MSG_META "io.modelcontextprotocol/"
#define MSG_META_VERSION MSG_META "protocolVersion"
#define MSG_META_CAPABILITIES MSG_META "clientCapabilities"
#define MSG_META_CLIENT MSG_META "clientInfo"

#define MSG_VERSION_MAX 64 /* bytes of a revision that we send on */

enum msg_kind { MSG_REQUEST, MSG_NOTIFICATION, MSG_RESPONSE };

/* Strings and values belong to the message. */
struct msg {
	enum msg_kind kind;
	char *text; /* as it goes out, byte for byte */
	size_t n;
	const char *method; /* NULL for a response */
	const json_t *id;   /* NULL for a notification */
	/* Of the modern era (2026-07-28): its _meta says so. */
	bool modern;
	const char *version; /* that its _meta names, or NULL */
	/* What Mcp-Name repeats, or NULL. */
	const char *name;
	const json_t *meta;      /* params._meta, or NULL */
	const json_t *arguments; /* of a tools/call, or NULL */
	const json_t *cancels;   /* params.requestId of a cancellation, or
				  * NULL */
	json_t *root;            /* holds what the rest points to */
};

/*
 * A message from one line (no line break in it) of at most `max` bytes; *out
 * is the caller's (msg_free).  FAIL_SYNTAX when it is not JSON, FAIL_REQUEST
 * when it is no message; then *out is NULL, and *batch_out is the array (a
 * new reference) if that is what it was, else NULL.
 */
enum fail_code msg_read(struct str line, size_t max, struct msg **out,
    json_t **batch_out, struct fail *f) ATTR_NODISCARD;
void msg_free(struct msg *m);

/* Is it a message of this method? */
bool msg_is(const struct msg *m, const char *method);

#endif
