/*
 * ctl.c: messages between the supervisor and the zygotes.
 */
#include "ctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "fdio.h"

static const struct row {
	enum ctl_type type;
	enum ctl_side from;
	size_t nfds;
	const char *name;
} rows[] = {
#define CTL(name, number, from, nfds)                                          \
	{CTL_##name, CTL_FROM_##from, (nfds), #name},
#include "ctl.def"
#undef CTL
};

static const struct row *
find(uint32_t type)
{
	for (size_t i = 0; i < NELEM(rows); i++) {
		if ((uint32_t)rows[i].type == type)
			return &rows[i];
	}
	return NULL;
}

const char *
ctl_name(enum ctl_type t)
{
	const struct row *row = find((uint32_t)t);

	return row != NULL ? row->name : "?";
}

static void
put(unsigned char **at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*(*at)++ = (unsigned char)(v >> (8 * i) & 0xff);
}

static void
encode(const struct ctl *m, unsigned char head[CTL_HEAD])
{
	unsigned char *at = head;

	put(&at, (uint32_t)m->type, 4);
	put(&at, m->slot, 4);
	put(&at, m->arg, 4);
	put(&at, (uint32_t)m->status, 4);
	put(&at, m->base, 4);
	put(&at, m->rss, 4);
	put(&at, m->cpu_us, 8);
}

int
ctl_send(int sock, const struct ctl *m, const int *fds, size_t nfds)
{
	unsigned char head[CTL_HEAD];
	struct buf b;
	ssize_t n;

	encode(m, head);
	/* Without malloc: a zygote that writes to its heap takes it out of
	 * the huge pages that its children share. */
	if (m->text.n == 0)
		return fdio_send_fds(sock, head, sizeof(head), fds, nfds) < 0
		    ? -1
		    : 0;
	buf_init(&b, CTL_PACKET_MAX);
	buf_put(&b, head, sizeof(head));
	buf_putstr(&b, m->text);
	if (b.overflow) {
		buf_free(&b);
		errno = EMSGSIZE;
		return -1;
	}
	n = fdio_send_fds(sock, b.p, b.n, fds, nfds);
	buf_free(&b);
	return n < 0 ? -1 : 0;
}

static bool
decode(struct str packet, struct ctl *m)
{
	struct rd r = rd_from(packet);
	const struct row *row;
	uint32_t type = rd_u32(&r);

	m->slot = rd_u32(&r);
	m->arg = rd_u32(&r);
	m->status = (int32_t)rd_u32(&r);
	m->base = rd_u32(&r);
	m->rss = rd_u32(&r);
	m->cpu_us = rd_u64(&r);
	row = find(type);
	if (r.bad || row == NULL)
		return false;
	m->type = row->type;
	m->text = str_sub(packet, CTL_HEAD, packet.n);
	return m->text.n == 0 || m->type == CTL_BOOTED || m->type == CTL_PAGES;
}

int
ctl_recv(
    int sock, enum ctl_side from, char *room, struct ctl *m_out, int *fds_out)
{
	int fds[FDIO_FDS_MAX];
	size_t nfds = NELEM(fds);
	const struct row *row;
	ssize_t n;

	memset(m_out, 0, sizeof(*m_out));
	n = fdio_recv_fds(sock, room, CTL_PACKET_MAX, fds, &nfds);
	if (n <= 0)
		return (int)n;
	if (decode((struct str){room, (size_t)n}, m_out)) {
		row = find((uint32_t)m_out->type);
		if (row != NULL && row->from == from && row->nfds == nfds) {
			memcpy(fds_out, fds, nfds * sizeof(fds[0]));
			return 1;
		}
	}
	for (size_t i = 0; i < nfds; i++)
		(void)close(fds[i]);
	errno = EPROTO;
	return -1;
}

#define HELLO_MAGIC 0x6a41U

void
ctl_hello_encode(uint32_t step, int err, unsigned char out[CTL_HELLO])
{
	uint32_t e = (uint32_t)err;

	out[0] = HELLO_MAGIC & 0xff;
	out[1] = HELLO_MAGIC >> 8;
	out[2] = (unsigned char)(step & 0xff);
	out[3] = (unsigned char)(step >> 8 & 0xff);
	for (int i = 0; i < 4; i++)
		out[4 + i] = (unsigned char)(e >> (8 * i) & 0xff);
}

void
ctl_hello_decode(
    const unsigned char in[CTL_HELLO], uint32_t *step_out, int *err_out)
{
	uint32_t e = 0;

	for (int i = 0; i < 4; i++)
		e |= (uint32_t)in[4 + i] << (8 * i);
	*step_out = (uint32_t)in[2] | (uint32_t)in[3] << 8;
	*err_out = (int)e;
	/* Anything else cannot come from our code: no step has this number. */
	if ((in[0] | in[1] << 8) != HELLO_MAGIC)
		*step_out = UINT32_MAX;
}
