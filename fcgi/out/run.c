/*
 * run.c: one run in the sandbox, as a worker sees it.
 */
#include "out/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "out/sandbox.h"

/*
 * The supervisor kills at the wall limit; we wait this much longer for it to
 * say so, including its queue.
 */
#define MARGIN_MS 10000
#define OUTPUT_MAX ((size_t)1024 * 1024)
#define ANSWER_MAX ((size_t)8 * 1024 * 1024)
#define BEGIN_MAX ((size_t)256 * 1024)
#define REQUESTS_MAX ((size_t)256 * 1024)

static void
run_free(void *p)
{
	struct run *run = p;

	if (run->fd >= 0)
		(void)close(run->fd);
	/* The frame may hold secrets. */
	if (run->frame.p != NULL)
		explicit_bzero(run->frame.p, run->frame.cap);
	buf_free(&run->frame);
	lease_close(&run->lease);
	buf_free(&run->begin);
	wire_reader_free(&run->reader);
	buf_free(&run->result);
	buf_free(&run->error);
	buf_free(&run->output);
	buf_free(&run->requests);
}

/* A rate is counted by sandboxd before a run begins, and drafts are rare. */
static void
prepare_lease(struct run *run, const struct box_run *box)
{
	run->may_lease = box->kind == BOX_KIND_CALL && box->limits.rate == 0 &&
	    box->env.n > 0 && box->env.n < RUN_ENV_MAX;
	if (!run->may_lease)
		return;
	memcpy(run->env, box->env.p, box->env.n);
	run->concurrency = box->limits.concurrency;
	run->limits = box->limits;
	buf_init(&run->begin, BEGIN_MAX);
	box_begin_encode(&run->begin, box);
	run->may_lease = !run->begin.overflow;
}

enum fail_code
run_start(struct ctx *ctx, const struct box_run *box)
{
	struct buf payload;
	struct run *run;
	uint32_t cap;

	if (box->code.n > BOX_CODE_MAX)
		return fail(&ctx->fail, FAIL_TOO_LARGE,
		    "The code is larger than %d bytes.", BOX_CODE_MAX);
	if (box->args.n > BOX_ARGS_MAX)
		return fail(&ctx->fail, FAIL_TOO_LARGE,
		    "The arguments are larger than %d bytes.", BOX_ARGS_MAX);
	(void)wire_known(WIRE_T_RUN, WIRE_UP, &cap);
	buf_init(&payload, cap);
	box_run_encode(&payload, box);
	if (payload.overflow) {
		explicit_bzero(payload.p, payload.cap);
		buf_free(&payload);
		return fail(&ctx->fail, FAIL_TOO_LARGE, NULL);
	}
	run = arena_zalloc(ctx->arena, 1, sizeof(*run));
	run->fd = -1;
	run->deadline_ms = clock_mono_ms() + box->limits.wall_ms + MARGIN_MS;
	buf_init(&run->frame, WIRE_HEADER_LEN + (size_t)cap);
	wire_put(&run->frame, WIRE_T_RUN, 0, 0, buf_str(&payload));
	explicit_bzero(payload.p, payload.cap);
	buf_free(&payload);
	wire_reader_init(&run->reader, WIRE_DOWN, ANSWER_MAX);
	buf_init(&run->result, ANSWER_MAX);
	buf_init(&run->error, ANSWER_MAX);
	buf_init(&run->output, OUTPUT_MAX);
	buf_init(&run->requests, REQUESTS_MAX);
	prepare_lease(run, box);
	arena_defer(ctx->arena, run_free, run);
	ctx->run = run;
	return FAIL_NONE;
}

static void
disconnect(struct run *run)
{
	if (run->fd >= 0)
		(void)close(run->fd);
	run->fd = -1;
	lease_close(&run->lease);
}

void
run_abandon(struct run *run, enum box_outcome outcome, const char *why)
{
	disconnect(run);
	(void)snprintf(run->exit_text, sizeof(run->exit_text), "%s", why);
	run->exit = (struct box_exit){
	    .outcome = outcome,
	    .message = str_from(run->exit_text),
	};
}

static void
wipe_frame(struct run *run)
{
	explicit_bzero(run->frame.p, run->frame.cap);
	buf_free(&run->frame);
	run->sent = 0;
}

void
run_lend(struct run *run, struct lease *l)
{
	run->lease = *l;
	*l = (struct lease){.state = LEASE_NONE};
	lease_begin(&run->lease, &run->limits, buf_str(&run->begin),
	    buf_str(&run->frame));
	wipe_frame(run);
}

bool
run_is_lent(const struct run *run)
{
	return run->lease.state != LEASE_NONE;
}

int
run_connect(struct run *run, const char *socket_path)
{
	run->fd = fdio_connect_unix(socket_path, true);
	if (run->fd >= 0)
		return 0;
	/* EAGAIN: its backlog is full, which is another way to be busy. */
	if (errno == EAGAIN)
		run_abandon(run, BOX_OUTCOME_BUSY, "");
	else
		run_abandon(
		    run, BOX_OUTCOME_FAILED, "the sandbox is not running");
	return -1;
}

static int
lost(struct run *run)
{
	run_abandon(
	    run, BOX_OUTCOME_FAILED, "the sandbox ended while the tool ran");
	return 1;
}

static int
send_lent(struct run *run)
{
	bool above, below;

	if (!lease_flush(&run->lease)) {
		(void)lost(run);
		return -1;
	}
	return lease_wants_write(&run->lease, &above, &below) ? 0 : 1;
}

int
run_send(struct run *run)
{
	if (run_is_lent(run))
		return send_lent(run);
	while (run->sent < run->frame.n) {
		ssize_t n = send(run->fd, run->frame.p + run->sent,
		    run->frame.n - run->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			run->sent += (size_t)n;
			continue;
		}
		if (errno == EAGAIN)
			return 0;
		if (errno == EINTR)
			continue;
		/* It may have refused us (BUSY) before reading everything. */
		if (errno == EPIPE || errno == ECONNRESET)
			break;
		run_abandon(run, BOX_OUTCOME_FAILED,
		    "the connection to the sandbox broke");
		return -1;
	}
	wipe_frame(run);
	return 1;
}

static int
broken(struct run *run)
{
	run_abandon(
	    run, BOX_OUTCOME_FAILED, "the sandbox sent something unexpected");
	return 1;
}

static int
ended(struct run *run, struct str payload)
{
	if (!box_exit_decode(payload, &run->exit) ||
	    (run->exit.outcome == BOX_OUTCOME_RESULT && !run->have_result) ||
	    (run->exit.outcome == BOX_OUTCOME_ERROR && !run->have_error))
		return broken(run);
	(void)snprintf(run->exit_text, sizeof(run->exit_text), "%.*s",
	    STR_FMT(run->exit.message));
	run->exit.message = str_from(run->exit_text);
	disconnect(run);
	return 1;
}

/* A record that does not fit any more is only counted, like all after it. */
static void
keep_request(struct run *run, struct str record)
{
	run->nrequests++;
	if (!run->requests.overflow &&
	    record.n + 4 > REQUESTS_MAX - run->requests.n)
		run->requests.overflow = true;
	if (!run->requests.overflow)
		buf_lstr(&run->requests, record);
}

/* One frame: 1 = it was the last, 0 = more to come. */
static int
take(struct run *run, const struct wire_frame *frame)
{
	switch (frame->type) {
	case WIRE_T_OUTPUT:
		buf_putstr(&run->output, frame->payload);
		return 0;
	case WIRE_T_PROGRESS:
	case WIRE_T_LOG:
		if (run->said != NULL)
			run->said(
			    run->said_user, run, frame->type, frame->payload);
		return 0;
	case WIRE_T_REQUEST:
		keep_request(run, frame->payload);
		return 0;
	case WIRE_T_RESULT:
	case WIRE_T_ERROR:
		if (run->have_result || run->have_error)
			return broken(run);
		run->have_result = frame->type == WIRE_T_RESULT;
		run->have_error = !run->have_result;
		run->content = run->have_result &&
		    (frame->flags & BOX_RESULT_CONTENT) != 0;
		buf_putstr(run->have_result ? &run->result : &run->error,
		    frame->payload);
		return 0;
	case WIRE_T_EXIT:
		return ended(run, frame->payload);
	default: /* a number, not our enum: what else a peer may send */
		return broken(run);
	}
}

static int
take_all(struct run *run)
{
	struct wire_frame frame;
	enum wire_next next;

	while ((next = wire_reader_next(&run->reader, &frame)) ==
	    WIRE_NEXT_FRAME) {
		if (take(run, &frame) != 0)
			return 1;
	}
	return next == WIRE_NEXT_BAD ? broken(run) : 0;
}

static int
read_lent(struct run *run)
{
	struct wire_frame frame;

	for (;;) {
		switch (lease_next(&run->lease, &frame)) {
		case LEASE_NEXT_FRAME:
			if (take(run, &frame) != 0)
				return 1;
			break;
		case LEASE_NEXT_MORE:
			return 0;
		case LEASE_NEXT_LOST:
			return lost(run);
		}
	}
}

int
run_read(struct run *run)
{
	if (run_is_lent(run))
		return read_lent(run);
	for (;;) {
		size_t room;
		char *p = wire_reader_room(&run->reader, &room);
		ssize_t n;

		if (p == NULL)
			return broken(run);
		n = read(run->fd, p, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return lost(run);
		wire_reader_added(&run->reader, (size_t)n);
		if (take_all(run) != 0)
			return 1;
	}
}

/* --- health --------------------------------------------------------------- */

enum fail_code
run_health(struct fail *f, const char *socket_path, int64_t timeout_ms,
    struct buf *out)
{
	struct wire_frame ask = {.type = WIRE_T_HEALTH};

	return sandbox_ask(
	    f, socket_path, timeout_ms, &ask, WIRE_T_REPORT, out);
}
