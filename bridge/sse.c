/*
 * sse.c: a stream of server-sent events, in pieces as they come.
 */
#include "sse.h"

#include <string.h>

void
sse_init(struct sse *s, size_t max)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->line, max);
	buf_init(&s->data, max);
	s->retry_ms = -1;
}

void
sse_free(struct sse *s)
{
	buf_free(&s->line);
	buf_free(&s->data);
}

/* --- fields ----------------------------------------------------------------
 */

static void
on_data(struct sse *s, struct str value)
{
	if (s->has_data)
		buf_putc(&s->data, '\n');
	buf_putstr(&s->data, value);
	s->has_data = true;
}

static void
on_event(struct sse *s, struct str value)
{
	s->other_type = value.n > 0 && !str_eq_c(value, "message");
}

/* An id that we could not send back in a header is as good as none. */
static void
on_id(struct sse *s, struct str value)
{
	if (value.n > SSE_ID_MAX || str_has_control(value, ""))
		return;
	if (value.n > 0)
		memcpy(s->next_id, value.p, value.n);
	s->next_id[value.n] = '\0';
}

static void
on_retry(struct sse *s, struct str value)
{
	int64_t ms;

	if (value.n > 0 && value.p[0] != '-' && str_to_i64(value, &ms) &&
	    ms <= SSE_RETRY_MAX_MS)
		s->retry_ms = ms;
}

static const struct {
	const char *name;
	void (*fn)(struct sse *s, struct str value);
} fields[] = {
    {"data", on_data},
    {"event", on_event},
    {"id", on_id},
    {"retry", on_retry},
};

/* --- lines ------------------------------------------------------------------
 */

static void
dispatch(struct sse *s, sse_fn *fn, void *arg)
{
	memcpy(s->id, s->next_id, sizeof(s->id));
	if (s->data.n > 0 && !s->other_type)
		fn(arg, buf_str(&s->data));
	buf_reset(&s->data);
	s->has_data = false;
	s->other_type = false;
}

static void
end_line(struct sse *s, sse_fn *fn, void *arg)
{
	struct str value = buf_str(&s->line), name;

	if (value.n == 0) {
		dispatch(s, fn, arg);
		return;
	}
	name = str_split(&value, ':');
	if (value.n > 0 && value.p[0] == ' ')
		value = str_sub(value, 1, value.n);
	for (size_t i = 0; i < NELEM(fields); i++) {
		if (str_eq_c(name, fields[i].name))
			fields[i].fn(s, value);
	}
	buf_reset(&s->line);
}

/* The bytes up to a line's end, however many. */
static size_t
run_length(struct str bytes)
{
	size_t n = 0;

	while (n < bytes.n && bytes.p[n] != '\n' && bytes.p[n] != '\r')
		n++;
	return n;
}

/* A byte order mark may come in three pieces, so it is cut from the line. */
static void
cut_mark(struct sse *s)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (!s->begun && str_starts(buf_str(&s->line), mark))
		buf_consume(&s->line, sizeof(mark) - 1);
	s->begun = true;
}

bool
sse_feed(struct sse *s, struct str bytes, sse_fn *fn, void *arg)
{
	while (bytes.n > 0 && !s->too_large) {
		size_t n = run_length(bytes);

		if (s->after_cr && bytes.p[0] == '\n') {
			s->after_cr = false;
			bytes = str_sub(bytes, 1, bytes.n);
			continue;
		}
		s->after_cr = false;
		buf_putstr(&s->line, str_sub(bytes, 0, n));
		bytes = str_sub(bytes, n, bytes.n);
		if (bytes.n > 0) {
			cut_mark(s);
			end_line(s, fn, arg);
			s->after_cr = bytes.p[0] == '\r';
			bytes = str_sub(bytes, 1, bytes.n);
		}
		s->too_large = s->line.overflow || s->data.overflow;
	}
	return !s->too_large;
}
