/*
 * in.c: lines from the client.
 */
#include "in.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define CHUNK ((size_t)64 * 1024)

void
in_init(struct in *in, int fd)
{
	*in = (struct in){.fd = fd};
	buf_init(&in->buf, IN_LINE_MAX + CHUNK);
}

void
in_free(struct in *in)
{
	buf_free(&in->buf);
}

static void
give(struct in *in, struct str line, in_line_fn *fn, in_long_fn *too_long,
    void *arg)
{
	if (in->skipping) {
		peek_feed(&in->peek, line);
		too_long(arg, &in->peek);
		in->skipping = false;
		return;
	}
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n <= IN_LINE_MAX) {
		fn(arg, line);
		return;
	}
	(void)peek_text(&in->peek, line);
	too_long(arg, &in->peek);
}

/* All lines that are whole; what is left begins a line. */
static void
split(struct in *in, in_line_fn *fn, in_long_fn *too_long, void *arg)
{
	struct str rest = buf_str(&in->buf);
	size_t used = 0, from = in->scanned;

	for (;;) {
		struct str more = str_sub(rest, from, rest.n);
		size_t n = str_index(more, '\n');

		if (n == more.n)
			break;
		give(in, str_sub(rest, 0, from + n), fn, too_long, arg);
		used += from + n + 1;
		rest = str_sub(more, n + 1, more.n);
		from = 0;
	}
	buf_consume(&in->buf, used);
	in->scanned = in->buf.n;
}

/* A line that cannot be kept is looked at as it goes by. */
static void
skip(struct in *in)
{
	if (in->skipping || in->buf.n > IN_LINE_MAX) {
		if (!in->skipping)
			peek_init(&in->peek);
		in->skipping = true;
		peek_feed(&in->peek, buf_str(&in->buf));
		buf_reset(&in->buf);
		in->scanned = 0;
	}
}

void
in_read(struct in *in, in_line_fn *fn, in_long_fn *too_long, void *arg)
{
	char *room = buf_reserve(&in->buf, CHUNK);
	ssize_t n;

	if (room == NULL)
		log_panic("no room for input", "in_read");
	do
		n = read(in->fd, room, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		log_warning("standard input cannot be read",
		    LOG_STR("error", strerror(errno)));
	if (n > 0) {
		in->buf.n += (size_t)n;
		split(in, fn, too_long, arg);
		skip(in);
		return;
	}
	in->ended = true;
	if (in->skipping || in->buf.n > 0)
		give(in, buf_str(&in->buf), fn, too_long, arg);
	buf_reset(&in->buf);
}
