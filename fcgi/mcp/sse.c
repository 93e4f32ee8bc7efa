/*
 * sse.c: server-sent events.
 */
#include "mcp/sse.h"

static void
put_id(struct buf *b, const char *id)
{
	if (id == NULL)
		return;
	buf_puts(b, "id: ");
	buf_puts(b, id);
	buf_putc(b, '\n');
}

void
sse_event(struct buf *b, const char *id, struct str json)
{
	size_t start;

	put_id(b, id);
	buf_puts(b, "data: ");
	start = b->n;
	buf_putstr(b, json);
	for (size_t i = start; i < b->n; i++) {
		if (b->p[i] == '\n' || b->p[i] == '\r')
			b->p[i] = ' ';
	}
	buf_puts(b, "\n\n");
}

void
sse_prime(struct buf *b, const char *id)
{
	put_id(b, id);
	buf_printf(b, "retry: %d\ndata: \n\n", SSE_RETRY_MS);
}

bool
sse_id_read(struct str id, struct str *name_out, int64_t *seq_out)
{
	size_t at = id.n;

	while (at > 0 && id.p[at - 1] != '-')
		at--;
	if (at < 2 || !str_to_i64(str_sub(id, at, id.n), seq_out) ||
	    *seq_out < 0)
		return false;
	*name_out = str_sub(id, 0, at - 1);
	return true;
}
