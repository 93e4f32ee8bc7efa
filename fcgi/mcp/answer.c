/*
 * answer.c: writing the answer to a message.
 */
#include "mcp/answer.h"

#include <stdarg.h>
#include <stdlib.h>

#include "json.h"
#include "log.h"
#include "noun/scope.h"

void
answer_server_info(struct buf *b, const struct era *era, const char *scope)
{
	buf_puts(b, "{\"name\":");
	buf_json(b, str_from(scope != NULL ? scope : "mcpbox"));
	buf_puts(b, ",\"version\":\"" MCPBOX_VERSION "\"");
	if (era->titles && scope == NULL)
		buf_puts(b, ",\"title\":\"mcpbox\"");
	else if (era->titles)
		buf_printf(b, ",\"title\":\"%s (mcpbox)\"", scope);
	buf_putc(b, '}');
}

const char *
answer_scope(const struct exchange *x)
{
	return x->ctx.scope != NULL ? x->ctx.scope->name : NULL;
}

void
answer_open_as(struct message *m, const char *type)
{
	m->status = 200;
	m->members = false;
	if (m->bare)
		buf_putc(m->out, '{');
	else
		rpc_put_open(m->out, m->rpc.id);
	if (m->era->modern)
		answer_member_str(m, "resultType", str_from(type));
}

void
answer_open(struct message *m)
{
	answer_open_as(m, "complete");
}

void
answer_member(struct message *m, const char *name)
{
	if (m->members)
		buf_putc(m->out, ',');
	m->members = true;
	buf_json(m->out, str_from(name));
	buf_putc(m->out, ':');
}

void
answer_member_str(struct message *m, const char *name, struct str value)
{
	answer_member(m, name);
	buf_json(m->out, value);
}

void
answer_members(struct message *m, struct str text)
{
	if (m->members)
		buf_putc(m->out, ',');
	m->members = true;
	buf_putstr(m->out, text);
}

void
answer_meta(struct message *m, const char *name, struct str value)
{
	if (m->meta == NULL)
		m->meta = json_keep(m->x->ctx.arena, json_obj());
	json_put_view(m->meta, name, value);
}

static void
put_meta(struct message *m)
{
	struct buf *b = m->out;
	const char *name;
	json_t *value;
	bool info = m->era->modern && !m->bare, comma = info;

	if (!info && m->meta == NULL)
		return;
	answer_member(m, "_meta");
	buf_putc(b, '{');
	if (info) {
		buf_puts(b, "\"" ERA_META_SERVER_INFO "\":");
		answer_server_info(b, m->era, answer_scope(m->x));
	}
	json_object_foreach(m->meta, name, value)
	{
		if (comma)
			buf_putc(b, ',');
		comma = true;
		buf_json(b, str_from(name));
		buf_putc(b, ':');
		json_append(b, value);
	}
	buf_putc(b, '}');
}

void
answer_cut(struct message *m, size_t n)
{
	if (m->out->p == NULL)
		return;
	m->out->n = n;
	m->out->p[n] = '\0';
	m->out->overflow = false;
	m->members = false;
}

enum step
answer_close(struct message *m)
{
	put_meta(m);
	if (m->bare) {
		buf_putc(m->out, '}');
		return STEP_DONE; /* whoever wants it looks at the buffer */
	}
	rpc_put_close(m->out);
	if (m->out->overflow)
		return answer_error(m, 500, RPC_INTERNAL, NULL,
		    "The answer is larger than %zu bytes.", ANSWER_MAX);
	return STEP_DONE;
}

enum step
answer_error(struct message *m, int status, int code, const json_t *data,
    const char *fmt, ...)
{
	char *message;
	va_list ap;

	va_start(ap, fmt);
	message = arena_vprintf(m->x->ctx.arena, fmt, ap);
	va_end(ap);
	answer_cut(m, m->start);
	if (status < 0)
		m->status = -status;
	else
		m->status = m->era->modern ? status : 200;
	rpc_put_error(m->out, m->rpc.id, code, message, data);
	return STEP_DONE;
}

void
answer_log(const struct fail *f)
{
	if (f->code == FAIL_UNAVAILABLE || f->code == FAIL_BUSY ||
	    f->code == FAIL_TIMEOUT)
		log_warning("mcp request failed",
		    LOG_STR("reason", fail_slug(f->code)),
		    LOG_STR("detail", f->detail));
	else if (fail_http(f->code) >= 500)
		log_error("mcp request failed",
		    LOG_STR("reason", fail_slug(f->code)),
		    LOG_STR("detail", f->detail));
}

enum step
answer_fail(struct message *m)
{
	struct fail *f = &m->x->ctx.fail;

	/* Failing without saying how would be a bug of ours. */
	if (f->code == FAIL_NONE)
		(void)fail(f, FAIL_INTERNAL, NULL);
	answer_log(f);
	if (f->retry_after > 0)
		response_header(m->x, "Retry-After",
		    arena_printf(m->x->ctx.arena, "%d", f->retry_after));
	return answer_error(
	    m, fail_http(f->code), fail_rpc(f->code), NULL, "%s", f->message);
}
