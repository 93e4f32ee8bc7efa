/*
 * lease.c: a run in a process that this worker holds.
 */
#include "lease.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"

#define UP_MAX ((size_t)32 * 1024 * 1024)
#define FRAME_MAX ((size_t)64 * 1024) /* of all frames but RESULT and FETCH */
#define LEASED_ROOM 256
#define SMALL_MAX 4096

/* Flags of a child's ERROR frame: sandboxd/run/glue.h. */
#define CLAIM_MEMORY 1u
#define CLAIM_OUTPUT 2u

/* --- beginning and end -----------------------------------------------------
 */

static void
close_data(struct lease *l)
{
	if (l->data < 0)
		return;
	if (l->closing != NULL)
		l->closing(l->closing_arg, l->data);
	(void)close(l->data);
	l->data = -1;
}

void
lease_close(struct lease *l)
{
	if (l->state == LEASE_NONE)
		return;
	close_data(l);
	if (l->conn >= 0)
		(void)close(l->conn);
	l->conn = -1;
	l->state = LEASE_OVER;
	wire_reader_free(&l->above);
	wire_reader_free(&l->below);
	buf_free(&l->up);
	if (l->down.p != NULL)
		explicit_bzero(l->down.p, l->down.cap);
	buf_free(&l->down);
}

int
lease_ask(struct lease *l, const char *socket, const struct box_lease *ask)
{
	int fd = fdio_connect_unix(socket, true);
	struct buf payload;

	if (fd < 0)
		return -1;
	*l = (struct lease){.state = LEASE_ASKED, .conn = fd, .data = -1};
	wire_reader_init(&l->above, WIRE_DOWN, SIZE_MAX / 4);
	buf_init(&l->up, UP_MAX);
	buf_init(&l->down, UP_MAX);
	buf_init(&payload, SMALL_MAX);
	box_lease_encode(&payload, ask);
	wire_put(&l->up, WIRE_T_LEASE, 0, 0, buf_str(&payload));
	buf_free(&payload);
	if (lease_flush(l))
		return 0;
	lease_close(l);
	errno = ECONNRESET;
	return -1;
}

/* --- what sandboxd says before the run
 * ------------------------------------------ */

static bool
take_leased(struct lease *l, const char *p, size_t n, const int *fd, size_t nfd)
{
	struct box_leased terms;
	struct wire_frame f;
	size_t room;
	char *at = wire_reader_room(&l->above, &room);

	if (at == NULL || room < n)
		return false;
	memcpy(at, p, n);
	wire_reader_added(&l->above, n);
	if (wire_reader_next(&l->above, &f) != WIRE_NEXT_FRAME ||
	    f.type != WIRE_T_LEASED || nfd != 1 ||
	    !box_leased_decode(f.payload, &terms))
		return false;
	l->data = *fd;
	l->until_ms = clock_mono_ms() + terms.hold_ms;
	l->state = LEASE_READY;
	return true;
}

/* LEASED is one small packet, with the descriptor. */
static bool
read_leased(struct lease *l)
{
	char room[LEASED_ROOM];
	int fd = -1;
	size_t nfd = 1;
	ssize_t n = fdio_recv_fds(l->conn, room, sizeof(room), &fd, &nfd);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n > 0 && take_leased(l, room, (size_t)n, &fd, nfd))
		return true;
	if (nfd == 1 && l->data != fd)
		(void)close(fd);
	return false;
}

bool
lease_look(struct lease *l)
{
	char byte;
	ssize_t n;

	if (l->state == LEASE_ASKED)
		return lease_flush(l) && read_leased(l);
	if (l->state != LEASE_READY)
		return false;
	/* Whatever it says now, it wants it back. */
	n = recv(l->conn, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

bool
lease_usable(const struct lease *l, int64_t now_ms)
{
	return l->state == LEASE_READY && now_ms < l->until_ms;
}

/* --- sending
 * -------------------------------------------------------------------- */

/* False: the other side is gone. */
static bool
send_some(int fd, struct buf *b)
{
	while (b->n > 0) {
		ssize_t n = send(fd, b->p, b->n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		buf_consume(b, (size_t)n);
	}
	return true;
}

static void
wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_free(b);
}

bool
lease_flush(struct lease *l)
{
	if (l->conn < 0 || !send_some(l->conn, &l->up))
		return false;
	/* A child that is gone: its EXIT will say why. */
	if (l->data >= 0 && l->down.n > 0 && !send_some(l->data, &l->down))
		wipe(&l->down);
	if (l->down.n == 0 && l->down.p != NULL)
		wipe(&l->down);
	return true;
}

void
lease_answer(struct lease *l, struct str frame)
{
	if (l->state == LEASE_THROUGH)
		buf_putstr(&l->up, frame);
}

bool
lease_wants_write(const struct lease *l, bool *conn_out, bool *data_out)
{
	*conn_out = l->conn >= 0 && l->up.n > 0;
	*data_out = l->data >= 0 && l->down.n > 0;
	return *conn_out || *data_out;
}

/* As sandboxd reckons it: a FETCH may be longer than all else. */
static size_t
frame_limit(const struct box_limits *limits)
{
	size_t n = limits->result > FRAME_MAX ? limits->result : FRAME_MAX;
	uint32_t cap;

	if (wire_known(WIRE_T_FETCH, WIRE_DOWN, &cap) && n < cap)
		n = cap;
	return n;
}

void
lease_begin(struct lease *l, const struct box_limits *limits, enum box_ask ask,
    struct str begin, struct str run_frame)
{
	l->state = LEASE_RUNNING;
	l->limits = *limits;
	l->begun_ns = clock_mono_ns();
	monitor_child(
	    &l->monitor, limits->result, limits->output, limits->requests);
	monitor_may_ask(&l->monitor, ask);
	wire_reader_init(&l->below, WIRE_DOWN, frame_limit(limits));
	(void)buf_reserve(&l->down, run_frame.n); /* it leaves no copies */
	buf_putstr(&l->down, run_frame);
	wire_put(&l->up, WIRE_T_BEGIN, 0, 0, begin);
}

/* --- ending
 * ---------------------------------------------------------------------- */

static void
tell_done(struct lease *l, enum box_outcome outcome)
{
	struct box_done d = {outcome, l->monitor.excess,
	    (uint64_t)(clock_mono_ns() - l->begun_ns) / 1000};
	struct buf payload;

	buf_init(&payload, SMALL_MAX);
	box_done_encode(&payload, &d);
	wire_put(&l->up, WIRE_T_DONE, 0, 0, buf_str(&payload));
	buf_free(&payload);
}

/* The child is done, or as good as that; sandboxd says how it ended. */
static void
await_exit(struct lease *l)
{
	close_data(l);
	wipe(&l->down);
	l->state = LEASE_ENDING;
}

static enum box_outcome
claimed(const struct wire_frame *f)
{
	if (f->type == WIRE_T_RESULT)
		return BOX_OUTCOME_RESULT;
	if (f->type == WIRE_T_ASK)
		return BOX_OUTCOME_INPUT;
	if ((f->flags & CLAIM_MEMORY) != 0)
		return BOX_OUTCOME_MEMORY;
	if ((f->flags & CLAIM_OUTPUT) != 0)
		return BOX_OUTCOME_OUTPUT;
	return BOX_OUTCOME_ERROR;
}

/* An answer in full, in time and within its limits: what it took is for
 * sandboxd to find out. */
static void
answer(struct lease *l, const struct wire_frame *f)
{
	if (UINT32_MAX - l->monitor.excess > f->id)
		l->monitor.excess += f->id;
	tell_done(l, claimed(f));
	await_exit(l);
	(void)!lease_flush(l); /* told by the next look */
}

/* --- reading
 * ---------------------------------------------------------------------- */

/* What is in the reader and was not handed out, the frame in hand included. */
static void
hand_over(struct lease *l, const struct wire_frame *f)
{
	struct buf frame, payload;
	struct box_handover h = {
	    .output = l->monitor.output,
	    .cut = l->monitor.excess,
	    .messages = l->monitor.messages,
	    .bytes = l->monitor.bytes,
	};

	buf_init(&frame, UP_MAX);
	buf_init(&payload, UP_MAX);
	wire_put(&frame, (enum wire_type)f->type, f->id, f->flags, f->payload);
	buf_putstr(&frame, wire_reader_rest(&l->below));
	h.rest = buf_str(&frame);
	box_handover_encode(&payload, &h);
	wire_put(&l->up, WIRE_T_HANDOVER, 0, 0, buf_str(&payload));
	buf_free(&payload);
	buf_free(&frame);
	close_data(l);
	l->state = LEASE_THROUGH;
	(void)!lease_flush(l); /* told by the next look */
}

/* What goes on through sandboxd: it carries requests, and it stops the clock
 * of who waits for an answer. */
static bool
is_above(const struct lease *l, const struct wire_frame *f)
{
	return f->type == WIRE_T_FETCH || f->type == WIRE_T_FETCH_CANCEL ||
	    (f->type == WIRE_T_ASK && l->monitor.ask == BOX_ASK_WAIT);
}

/* One frame of the child.  True: it is for the worker. */
static bool
judge(struct lease *l, struct wire_frame *f)
{
	size_t pass = 0;

	if (is_above(l, f)) {
		hand_over(l, f);
		return false;
	}
	switch (monitor_frame(&l->monitor, f, &pass)) {
	case MONITOR_BAD:
		tell_done(l, BOX_OUTCOME_OUTPUT);
		await_exit(l);
		return false;
	case MONITOR_DROP:
		f->payload = str_sub(f->payload, 0, pass);
		f->id = f->flags = 0;
		return pass > 0;
	case MONITOR_PASS:
		break;
	}
	if (l->monitor.state == MONITOR_ANSWERED)
		answer(l, f);
	/* As sandboxd passes them on: numbers of a child mean nothing. */
	f->flags = f->type == WIRE_T_RESULT ? f->flags & BOX_RESULT_CONTENT : 0;
	f->id = 0;
	return true;
}

/* Reads once.  1 = something came, 0 = nothing now, -1 = the end. */
static int
read_more(int fd, struct wire_reader *r)
{
	size_t room;
	char *p = wire_reader_room(r, &room);
	ssize_t n;

	if (p == NULL)
		return 1; /* wire_reader_next will call it bad */
	n = read(fd, p, room);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0)
		return -1;
	wire_reader_added(r, (size_t)n);
	return 1;
}

static enum lease_next
from_child(struct lease *l, struct wire_frame *f)
{
	while (l->state == LEASE_RUNNING) {
		switch (wire_reader_next(&l->below, f)) {
		case WIRE_NEXT_FRAME:
			if (judge(l, f))
				return LEASE_NEXT_FRAME;
			continue;
		case WIRE_NEXT_BAD:
			tell_done(l, BOX_OUTCOME_OUTPUT);
			await_exit(l);
			continue;
		case WIRE_NEXT_MORE:
			break;
		}
		switch (read_more(l->data, &l->below)) {
		case 0:
			return LEASE_NEXT_MORE;
		case -1:
			await_exit(l);
			break;
		default:
			break;
		}
	}
	return LEASE_NEXT_MORE;
}

static enum lease_next
from_sandboxd(struct lease *l, struct wire_frame *f)
{
	for (;;) {
		enum wire_next next = wire_reader_next(&l->above, f);

		if (next == WIRE_NEXT_BAD)
			return LEASE_NEXT_LOST;
		if (next == WIRE_NEXT_FRAME && f->type == WIRE_T_RECLAIM)
			continue; /* it crossed our BEGIN */
		if (next == WIRE_NEXT_FRAME) {
			if (f->type == WIRE_T_EXIT)
				l->state = LEASE_OVER;
			return LEASE_NEXT_FRAME;
		}
		switch (read_more(l->conn, &l->above)) {
		case 0:
			return LEASE_NEXT_MORE;
		case -1:
			return LEASE_NEXT_LOST;
		default:
			break;
		}
	}
}

enum lease_next
lease_next(struct lease *l, struct wire_frame *frame_out)
{
	if (l->state == LEASE_RUNNING) {
		enum lease_next next = from_child(l, frame_out);

		/* While the child runs, only an end is told from above. */
		if (next == LEASE_NEXT_FRAME || l->state == LEASE_RUNNING)
			return next;
	}
	if (!lease_flush(l) || l->state == LEASE_OVER)
		return LEASE_NEXT_LOST;
	return from_sandboxd(l, frame_out);
}
