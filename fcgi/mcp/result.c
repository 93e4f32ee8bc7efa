/*
 * result.c: results of tools/call.
 */
#include "mcp/result.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mcp/answer.h"

static void
put_text(struct message *m, struct str text)
{
	buf_puts(m->out, "{\"type\":\"text\",\"text\":");
	buf_json(m->out, text);
	buf_putc(m->out, '}');
}

static enum step
close_result(struct message *m, struct str structured, bool is_error)
{
	if (structured.p != NULL && m->era->titles) {
		answer_member(m, "structuredContent");
		buf_putstr(m->out, structured);
	}
	if (is_error)
		answer_members(m, STR_LIT("\"isError\":true"));
	return answer_close(m);
}

enum step
result_text(
    struct message *m, struct str text, struct str structured, bool is_error)
{
	answer_open(m);
	answer_member(m, "content");
	buf_putc(m->out, '[');
	put_text(m, text);
	buf_putc(m->out, ']');
	return close_result(m, structured, is_error);
}

/* The first revision knows no links: it gets the address as text. */
void
result_block(struct message *m, const json_t *block)
{
	const char *uri = json_get_str(block, "uri");
	const char *type = json_get_str(block, "type");

	if (!m->era->titles && uri != NULL &&
	    strcmp(type, "resource_link") == 0)
		put_text(m, str_from(uri));
	else
		buf_putstr(m->out, json_text(m->x->ctx.arena, block));
}

enum step
result_content(struct message *m, const json_t *blocks, struct str structured,
    bool is_error)
{
	answer_open(m);
	answer_member(m, "content");
	buf_putc(m->out, '[');
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		if (i > 0)
			buf_putc(m->out, ',');
		result_block(m, json_array_get(blocks, i));
	}
	buf_putc(m->out, ']');
	return close_result(m, structured, is_error);
}

enum step
result_error(struct message *m, const char *reason, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(m->x->ctx.arena, fmt, ap);
	va_end(ap);
	answer_meta(m, RESULT_META_REASON, str_from(reason));
	return result_text(m, str_from(text), STR_NONE, true);
}

const char *
result_fields(struct arena *a, const char *lead, const struct fail *f)
{
	const char *text;
	struct buf b;

	buf_init(&b, 16384);
	buf_puts(&b, lead);
	for (size_t i = 0; i < f->nfields; i++)
		buf_printf(&b, "\n- %s: %s",
		    f->fields[i].pointer[0] != '\0' ? f->fields[i].pointer
						    : "(the whole)",
		    f->fields[i].message);
	text = arena_strndup(a, b.n > 0 ? b.p : "", b.n);
	buf_free(&b);
	return text;
}

enum step
result_fail(struct message *m)
{
	const struct fail *f = &m->x->ctx.fail;

	if (f->code == FAIL_NONE || f->code == FAIL_INTERNAL)
		return answer_fail(m);
	answer_log(f);
	if (f->retry_after > 0)
		answer_meta(m, RESULT_META_RETRY,
		    str_from(
			arena_printf(m->x->ctx.arena, "%d", f->retry_after)));
	return result_error(m, fail_slug(f->code), "%s",
	    result_fields(m->x->ctx.arena, f->message, f));
}
