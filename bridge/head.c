/*
 * head.c: the HTTP headers of a flight.
 *
 * A modern request is described by its own body, message by message; a legacy
 * one by what the session knows.  The two never mix.
 */
#include "head.h"

#include <string.h>

#include "codec.h"
#include "fail.h"
#include "secret.h"
#include "token.h"

/* What a header can be: a body's member may be as long as a line. */
#define VALUE_MAX (IN_LINE_MAX * 2)

struct head {
	struct curl_slist *list;
};

static void
add_line(struct head *h, const char *line)
{
	struct curl_slist *list = curl_slist_append(h->list, line);

	if (list == NULL)
		fail_abort("head: out of memory");
	h->list = list;
}

/* "Name;" is how curl is told of an empty value. */
static void
add(struct head *h, const char *name, struct str value)
{
	struct buf b;

	buf_init(&b, VALUE_MAX);
	buf_puts(&b, name);
	buf_puts(&b, value.n > 0 ? ": " : ";");
	buf_putstr(&b, value);
	if (!b.overflow)
		add_line(h, b.p);
	secret_wipe(b.p, b.n);
	buf_free(&b);
}

static void
add_text(struct head *h, const char *name, struct str text)
{
	struct buf b;

	buf_init(&b, VALUE_MAX);
	codec_text(&b, text);
	add(h, name, buf_str(&b));
	buf_free(&b);
}

static void
add_param(void *arg, const char *header, const json_t *value)
{
	struct buf name, b;

	buf_init(&name, ANNOT_HEADER_MAX + sizeof("Mcp-Param-"));
	buf_init(&b, VALUE_MAX);
	buf_printf(&name, "Mcp-Param-%s", header);
	if (codec_json(&b, value) && !name.overflow)
		add(arg, name.p, buf_str(&b));
	buf_free(&b);
	buf_free(&name);
}

/* A revision that is no header's text goes without: the server will say so. */
static void
add_version(struct head *h, const char *version)
{
	struct str v = str_from(version);

	if (v.n > 0 && codec_plain(v))
		add(h, "MCP-Protocol-Version", v);
}

static void
add_modern(struct head *h, const struct flight *f)
{
	const struct msg *m = f->msg;

	add_version(h, m->version);
	add_text(h, "Mcp-Method", str_from(m->method));
	if (m->name != NULL)
		add_text(h, "Mcp-Name", str_from(m->name));
	if (m->name != NULL && m->arguments != NULL)
		annot_each(f->b->annot, m->name, m->arguments, add_param, h);
}

static void
add_legacy(struct head *h, const struct flight *f)
{
	const struct session *s = &f->b->session;

	if (f->msg != NULL && msg_is(f->msg, "initialize"))
		return;
	if (s->open) {
		add_version(h, s->version);
		if (s->id[0] != '\0')
			add(h, "Mcp-Session-Id", str_from(s->id));
	} else if (f->b->modern[0] != '\0' && f->msg != NULL &&
	    f->msg->kind == MSG_NOTIFICATION) {
		/* A notification has no _meta to tell its era by. */
		add_version(h, f->b->modern);
		add_text(h, "Mcp-Method", str_from(f->msg->method));
	}
}

static void
add_token(struct head *h, const struct flight *f)
{
	struct str token = token_now(f->b->token);
	struct buf b;

	if (token.n == 0)
		return;
	buf_init(&b, TOKEN_MAX + sizeof("Bearer "));
	buf_puts(&b, "Bearer ");
	buf_putstr(&b, token);
	add(h, "Authorization", buf_str(&b));
	secret_wipe(b.p, b.n);
	buf_free(&b);
}

struct curl_slist *
head_make(const struct flight *f, bool get)
{
	struct head h = {NULL};

	add_line(&h,
	    get ? "Accept: text/event-stream"
		: "Accept: application/json, text/event-stream");
	add_line(&h, "Expect:");
	if (f->msg != NULL && !get)
		add_line(&h, "Content-Type: application/json");
	if (get && f->last_id[0] != '\0')
		add(&h, "Last-Event-ID", str_from(f->last_id));
	if (f->msg != NULL && f->msg->modern)
		add_modern(&h, f);
	else
		add_legacy(&h, f);
	add_token(&h, f);
	return h.list;
}
