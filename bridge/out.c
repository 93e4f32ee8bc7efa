/*
 * out.c: lines to the client.
 */
#include "out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fail.h"
#include "log.h"

/* Of one out_write: others want their turn. */
#define TURN_MAX ((size_t)256 * 1024)

struct out_line {
	struct out_line *next;
	size_t n;
	size_t sent;
	char bytes[];
};

void
out_init(struct out *o, int fd)
{
	*o = (struct out){.fd = fd};
}

static void
drop_first(struct out *o)
{
	struct out_line *line = o->first;

	o->first = line->next;
	if (o->first == NULL)
		o->last = NULL;
	o->bytes -= line->n - line->sent;
	free(line);
}

void
out_free(struct out *o)
{
	while (o->first != NULL)
		drop_first(o);
}

void
out_put(struct out *o, struct str message)
{
	struct out_line *line;

	if (o->broken)
		return;
	line = malloc(sizeof(*line) + message.n + 1);
	if (line == NULL)
		fail_abort("out: out of memory");
	*line = (struct out_line){.n = message.n + 1};
	for (size_t i = 0; i < message.n; i++) {
		char c = message.p[i];

		line->bytes[i] = c;
		if (c == '\n' || c == '\r')
			line->bytes[i] = ' ';
	}
	line->bytes[message.n] = '\n';
	if (o->last != NULL)
		o->last->next = line;
	else
		o->first = line;
	o->last = line;
	o->bytes += line->n;
}

bool
out_empty(const struct out *o)
{
	return o->first == NULL;
}

bool
out_full(const struct out *o)
{
	return o->bytes > OUT_HIGH;
}

/*
 * The descriptor is shared with whoever started us, so it is left as it is,
 * blocking or not.  A socket can be told not to block for once; a pipe that is
 * ready takes PIPE_BUF bytes.
 */
static ssize_t
write_some(int fd, const char *p, size_t n)
{
	ssize_t done = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (done < 0 && errno == ENOTSOCK)
		done = write(fd, p, n < PIPE_BUF ? n : PIPE_BUF);
	return done;
}

static bool
is_ready(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) == 1;
}

void
out_write(struct out *o)
{
	size_t done = 0;

	while (o->first != NULL && done < TURN_MAX && is_ready(o->fd)) {
		struct out_line *line = o->first;
		ssize_t n = write_some(
		    o->fd, line->bytes + line->sent, line->n - line->sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			log_info("the client reads no more",
			    LOG_STR("error", strerror(errno)));
			o->broken = true;
			out_free(o);
			return;
		}
		line->sent += (size_t)n;
		o->bytes -= (size_t)n;
		done += (size_t)n;
		if (line->sent == line->n)
			drop_first(o);
	}
}
