/*
 * answer.c: the head of an HTTP answer.
 *
 * libcurl checks the form and hands over one line at a time, those of interim
 * answers and trailers too.
 */
#include "egress/answer.h"

#include <string.h>

#include "egress/header.h"

void
answer_init(struct answer *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->text, FETCH_HEADER_BYTES);
}

void
answer_free(struct answer *a)
{
	buf_free(&a->text);
}

/* "HTTP/1.1 200 OK" */
static bool
status_line(struct answer *a, struct str line)
{
	struct str version = str_split(&line, ' ');
	struct str code = str_split(&line, ' ');
	int64_t status;

	if (version.n >= sizeof(a->version) || !str_utf8_valid(version) ||
	    str_has_control(version, "") || !str_to_i64(code, &status) ||
	    code.n != 3 || status < 100 || status > 599)
		return false;
	a->status = (uint32_t)status;
	memcpy(a->version, version.p, version.n);
	a->version[version.n] = '\0';
	buf_reset(&a->text);
	a->n = 0;
	return true;
}

/* A line that begins with white space goes on with the one before. */
static bool
unfold(struct answer *a, struct str more)
{
	struct answer_span *s;

	if (a->n == 0 || str_has_control(more, "\t"))
		return true;
	s = &a->spans[a->n - 1];
	if (more.n > 0 && s->value > 0)
		buf_putc(&a->text, ' ');
	buf_putstr(&a->text, more);
	s->value = a->text.n - s->at - s->name;
	return !a->text.overflow;
}

static bool
header(struct answer *a, struct str line)
{
	struct str value = line;
	struct str name = str_split(&value, ':');

	/* Not a header: nothing that anybody could use. */
	if (value.p == NULL || !header_is_token(name) ||
	    str_has_control(value, "\t"))
		return true;
	if (a->n == FETCH_HEADERS_MAX)
		return false;
	value = str_trim(value);
	a->spans[a->n] = (struct answer_span){a->text.n, name.n, value.n};
	a->n++;
	buf_putstr(&a->text, name);
	buf_putstr(&a->text, value);
	return !a->text.overflow;
}

enum answer_next
answer_line(struct answer *a, struct str line, const char **why_out)
{
	bool more;

	a->bytes += line.n;
	*why_out = "has too many headers";
	if (a->bytes > ANSWER_BYTES_MAX)
		return ANSWER_BAD;
	if (a->complete)
		return ANSWER_MORE; /* trailers */
	more = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
	line = str_trim(line);
	if (more && line.n > 0)
		return unfold(a, line) ? ANSWER_MORE : ANSWER_BAD;
	if (str_starts(line, "HTTP/")) {
		*why_out = "has no status that HTTP knows";
		return status_line(a, line) ? ANSWER_MORE : ANSWER_BAD;
	}
	if (line.n > 0)
		return header(a, line) ? ANSWER_MORE : ANSWER_BAD;
	/* Switching protocols was not asked for. */
	*why_out = "is not HTTP any more";
	if (a->status == 0 || a->status == 101)
		return ANSWER_BAD;
	if (a->status < 200)
		return ANSWER_MORE;
	a->complete = true;
	return ANSWER_HEAD;
}

struct fetch_pair
answer_pair(const struct answer *a, size_t i)
{
	const struct answer_span *s = &a->spans[i];
	struct str all = buf_str(&a->text);

	return (struct fetch_pair){
	    str_sub(all, s->at, s->name),
	    str_sub(all, s->at + s->name, s->value),
	};
}

struct str
answer_get(const struct answer *a, const char *name)
{
	struct str found = STR_NONE;

	for (size_t i = 0; i < a->n; i++) {
		struct fetch_pair h = answer_pair(a, i);

		if (str_ieq_c(h.name, name))
			found = h.value;
	}
	return found;
}
