/*
 * stream_test.h: a web server that reads answers as they come, for tests of
 * the event loop.
 */
#ifndef MCPBOX_STREAM_TEST_H
#define MCPBOX_STREAM_TEST_H

#include "core_test.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#include "clock.h"
#include "fdio.h"

#define WAIT_MS 10000

/* One request and what came of its answer. */
struct client {
	int fd;
	struct buf raw;  /* records that are not complete */
	struct buf text; /* STDOUT */
	bool ended;      /* END_REQUEST came */
	bool closed;     /* the connection ended */
};

ATTR_UNUSED static void
client_ask(struct client *c, const char *path, const char *const *pairs,
    struct str body)
{
	struct buf b;

	*c = (struct client){.fd = fdio_connect_unix(path, false)};
	assert_true(c->fd >= 0);
	buf_init(&c->raw, (size_t)1 << 26);
	buf_init(&c->text, (size_t)1 << 26);
	buf_init(&b, (size_t)1 << 22);
	put_request(&b, 1, true, pairs, body);
	assert_int_equal(
	    fdio_write_full(c->fd, b.p, b.n, clock_mono_ms() + WAIT_MS), 0);
	buf_free(&b);
}

ATTR_UNUSED static void
client_take(struct client *c)
{
	size_t at = 0;

	while (c->raw.n - at >= FCGI_HEADER_LEN) {
		const unsigned char *h = (const unsigned char *)c->raw.p + at;
		size_t n = (size_t)h[4] << 8 | h[5], all;

		all = FCGI_HEADER_LEN + n + h[6];
		if (c->raw.n - at < all)
			break;
		if (h[1] == FCGI_STDOUT)
			buf_put(&c->text, h + FCGI_HEADER_LEN, n);
		c->ended = c->ended || h[1] == FCGI_END_REQUEST;
		at += all;
	}
	buf_consume(&c->raw, at);
}

/* Reads once, waiting at most so long; false if nothing came. */
ATTR_UNUSED static bool
client_read(struct client *c, int64_t wait_ms)
{
	char bytes[65536];
	ssize_t n;

	if (fdio_poll(c->fd, POLLIN, clock_mono_ms() + wait_ms) <= 0)
		return false;
	n = recv(c->fd, bytes, sizeof(bytes), 0);
	c->closed = n <= 0;
	if (n > 0)
		buf_put(&c->raw, bytes, (size_t)n);
	client_take(c);
	return n > 0;
}

ATTR_UNUSED static bool
client_has(const struct client *c, const char *text)
{
	return c->text.n > 0 && strstr(c->text.p, text) != NULL;
}

/* How often. */
ATTR_UNUSED static size_t
client_count(const struct client *c, const char *text)
{
	size_t n = 0;

	for (const char *p = c->text.p;
	     p != NULL && (p = strstr(p, text)) != NULL; p += strlen(text))
		n++;
	return n;
}

ATTR_UNUSED static void
client_until(struct client *c, const char *text)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;

	while (!client_has(c, text)) {
		if (c->closed || clock_mono_ms() > deadline)
			fail_test("no \"%s\" in: %s", text,
			    c->text.n > 0 ? c->text.p : "");
		(void)client_read(c, WAIT_MS);
	}
}

ATTR_UNUSED static void
client_end(struct client *c)
{
	int64_t deadline = clock_mono_ms() + WAIT_MS;

	while (!c->ended) {
		if (c->closed || clock_mono_ms() > deadline)
			fail_test("no end: %s", c->text.n > 0 ? c->text.p : "");
		(void)client_read(c, WAIT_MS);
	}
}

ATTR_UNUSED static void
client_leave(struct client *c)
{
	(void)close(c->fd);
	buf_free(&c->raw);
	buf_free(&c->text);
}

#endif
