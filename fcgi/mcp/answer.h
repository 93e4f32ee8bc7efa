/*
 * answer.h: writing the answer to a message.
 *
 *	answer_open(m);
 *	answer_member(m, "tools");  -> then the value's text into m->out
 *	return answer_close(m);
 *
 * or one of answer_error, answer_fail.  Modern results get resultType and
 * the server's name in _meta by themselves; legacy ones never do.
 */
#ifndef MCPBOX_ANSWER_H
#define MCPBOX_ANSWER_H

#include "attr.h"
#include "mcp/message.h"

/* Most that all answers to one POST may take. */
#define ANSWER_MAX ((size_t)48 * 1024 * 1024)

void answer_open(struct message *m);
/* The same with another resultType, for a modern client. */
void answer_open_as(struct message *m, const char *type);
/* "name": , with a comma before it where one is needed. */
void answer_member(struct message *m, const char *name);
void answer_member_str(struct message *m, const char *name, struct str value);
/* Members as ready text: "a":1,"b":2 */
void answer_members(struct message *m, struct str text);
/* A member of _meta, for this answer. */
void answer_meta(struct message *m, const char *name, struct str value);
/* Always STEP_DONE, so that methods can return it. */
enum step answer_close(struct message *m);

/* Takes back all but the first n bytes of m->out. */
void answer_cut(struct message *m, size_t n);

/*
 * An error; data may be NULL.  The HTTP status is `status` for the modern era
 * and, unless `status` is below 0, 200 for the legacy ones; -400 is 400 for
 * both.
 */
enum step answer_error(struct message *m, int status, int code,
    const json_t *data, const char *fmt, ...) ATTR_PRINTF(5, 6);
/* From x->ctx.fail: with status and code of its row in fail.def; logged if it
 * is our fault. */
enum step answer_fail(struct message *m);

/* Tells the log of a failure that is ours and not the client's. */
void answer_log(const struct fail *f);

/* Name, version and title as JSON: "mcpbox", or at the endpoint of one server
 * its own name; `scope` may be NULL. */
void answer_server_info(
    struct buf *b, const struct era *era, const char *scope);
/* The name of the server whose endpoint this is; NULL: that of all. */
const char *answer_scope(const struct exchange *x);

#endif
