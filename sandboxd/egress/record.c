/*
 * record.c: what was asked and decided.
 */
#include "egress/record.h"

#include <string.h>

#include "buf.h"
#include "egress/mask.h"
#include "log.h"

/*
 * A frame holds 32 KiB.  JSON makes six bytes of one at worst, so the parts
 * that are a stranger's are cut well before that.
 */
#define URL_MAX ((size_t)1024)
#define METHOD_MAX ((size_t)32)
#define VALUE_MAX ((size_t)256)
#define HEADERS_JSON_MAX ((size_t)6 * 1024)

static void
key(struct buf *b, const char *name)
{
	if (b->p[b->n - 1] != '{')
		buf_putc(b, ',');
	buf_putc(b, '"');
	buf_puts(b, name);
	buf_puts(b, "\":");
}

static void
text(struct buf *b, const char *name, struct str value)
{
	key(b, name);
	if (value.p == NULL)
		buf_puts(b, "null");
	else
		buf_json(b, value);
}

static void
number(struct buf *b, const char *name, uint64_t value)
{
	key(b, name);
	buf_printf(b, "%llu", (unsigned long long)value);
}

/* [["name","value"], …], as many as fit. */
static void
header(struct buf *b, struct fetch_pair h, size_t start)
{
	size_t before = b->n;

	if (b->n > start)
		buf_putc(b, ',');
	buf_putc(b, '[');
	buf_json(b, str_utf8_cut(h.name, VALUE_MAX));
	buf_putc(b, ',');
	buf_json(b,
	    mask_header(h.name, h.value) ? STR_LIT(MASK_TEXT)
					 : str_utf8_cut(h.value, VALUE_MAX));
	buf_putc(b, ']');
	if (b->n - start > HEADERS_JSON_MAX)
		b->n = before;
}

/* A byte that is no UTF-8 will be shown as one character. */
static struct str
beginning(struct str s)
{
	size_t at = 0;

	for (size_t i = 0; i < RECORD_PREVIEW_MAX && at < s.n; i++) {
		size_t n = str_utf8_seq(str_sub(s, at, 4));

		at += n > 0 ? n : 1;
	}
	return s.p != NULL ? str_sub(s, 0, at) : STR_LIT("");
}

static void
debug(struct buf *b, const struct record *r)
{
	const struct answer *a = r->answer;
	size_t start;

	key(b, "request_headers");
	buf_putc(b, '[');
	start = b->n;
	for (size_t i = 0; i < r->nheaders; i++)
		header(b, r->headers[i], start);
	buf_putc(b, ']');
	if (r->status == 0)
		return;
	key(b, "response_headers");
	buf_putc(b, '[');
	start = b->n;
	for (size_t i = 0; i < a->n; i++)
		header(b, answer_pair(a, i), start);
	buf_putc(b, ']');
	text(b, "response_preview", beginning(r->preview));
}

void
record_json(struct buf *b, const struct record *r)
{
	buf_putc(b, '{');
	number(b, "id", r->id);
	text(b, "method", str_utf8_cut(r->method, METHOD_MAX));
	text(b, "url", str_utf8_cut(r->url, URL_MAX));
	text(b, "host", str_from(r->host));
	key(b, "port");
	if (r->host == NULL)
		buf_puts(b, "null");
	else
		buf_printf(b, "%u", r->port);
	text(b, "address",
	    r->address[0] != '\0' ? str_from(r->address) : STR_NONE);
	text(b, "decision",
	    r->refused ? STR_LIT("refused") : STR_LIT("allowed"));
	text(b, "reason", str_from(fetch_end_name(r->outcome->end)));
	text(b, "message", str_from(r->outcome->text));
	key(b, "status");
	if (r->status == 0)
		buf_puts(b, "null");
	else
		buf_printf(b, "%u", r->status);
	number(b, "sent", r->sent);
	number(b, "received", r->received);
	number(b, "duration_ms", (uint64_t)r->duration_ms);
	if (r->debug)
		debug(b, r);
	buf_putc(b, '}');
}

void
record_log(const struct record *r)
{
	log_info("request", LOG_VIEW("trace", r->trace),
	    LOG_VIEW("env", r->env), LOG_VIEW("tool", r->tool),
	    LOG_STR(
		"host", r->refused && r->address[0] == '\0' ? NULL : r->host),
	    LOG_INT("port", r->port),
	    LOG_STR("decision", r->refused ? "refused" : "allowed"),
	    LOG_STR("reason", fetch_end_name(r->outcome->end)),
	    LOG_STR("address", r->address[0] != '\0' ? r->address : NULL),
	    LOG_INT("status", r->status), LOG_INT("sent", r->sent),
	    LOG_INT("received", r->received), LOG_INT("ms", r->duration_ms));
}
