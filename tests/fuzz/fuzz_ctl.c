/*
 * fuzz_ctl.c: packets on a control socket, and the sets of pages in them.
 *
 * Byte 0: which side listens; the rest: the packet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl.h"
#include "pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool ok)
{
	if (!ok)
		abort();
}

static void
check_set(const struct pages *p)
{
	uint64_t end = 0;

	require(p->n <= PAGES_RANGES_MAX && pages_count(p) <= PAGES_MAX);
	for (size_t i = 0; i < p->n; i++) {
		require(p->v[i].n > 0 && (i == 0 || p->v[i].first > end));
		end = p->v[i].first + p->v[i].n;
		require(end > p->v[i].first);
	}
}

static bool
has(const struct pages *p, uint64_t page)
{
	for (size_t i = 0; i < p->n; i++) {
		if (page >= p->v[i].first && page - p->v[i].first < p->v[i].n)
			return true;
	}
	return false;
}

/* What is left has nothing of what was taken, and all the rest. */
static void
check_rest(const struct pages *all, const struct pages *less)
{
	static struct pages rest;

	rest = *all;
	pages_take_out(&rest, less);
	check_set(&rest);
	for (size_t i = 0; i < all->n; i++) {
		for (uint64_t k = 0; k < all->v[i].n; k++) {
			uint64_t page = all->v[i].first + k;

			require(has(&rest, page) == !has(less, page));
		}
	}
}

/* The first half of the ranges against the second, moved into it. */
static void
check_sums(const struct pages *p)
{
	static struct pages a, b, sum;

	a.n = p->n / 2;
	memcpy(a.v, p->v, a.n * sizeof(a.v[0]));
	b.n = p->n - a.n;
	memcpy(b.v, p->v + a.n, b.n * sizeof(b.v[0]));
	for (size_t i = 0; i < b.n; i++)
		b.v[i].first -= p->v[0].first;
	check_rest(p, &a);
	check_rest(&a, &b);
	sum = a;
	(void)pages_add(&sum, &b);
	check_set(&sum);
	require(pages_count(&sum) >= pages_count(&a));
}

static void
check_text(struct str text)
{
	static struct pages p;
	struct buf again;

	if (!pages_decode(text, &p))
		return;
	check_set(&p);
	buf_init(&again, CTL_TEXT_MAX);
	pages_encode(&again, &p);
	require(str_eq(buf_str(&again), text));
	buf_free(&again);
	if (p.n > 0)
		check_sums(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[CTL_PACKET_MAX];
	enum ctl_side side;
	struct ctl m;
	int pair[2], fd = -1;

	if (size < 2)
		return 0;
	side = (enum ctl_side)(data[0] % 3);
	require(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	require(send(pair[0], data + 1, size - 1, 0) == (ssize_t)size - 1);
	if (ctl_recv(pair[1], side, room, &m, &fd) == 1) {
		require(strcmp(ctl_name(m.type), "?") != 0 && fd == -1);
		if (m.type == CTL_PAGES)
			check_text(m.text);
	} else {
		require(errno == EPROTO);
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
	check_text((struct str){(const char *)data + 1, size - 1});
	return 0;
}
