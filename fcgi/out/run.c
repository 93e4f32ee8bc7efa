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
#include "out/breaker.h"
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
#define ASKED_MAX ((size_t)256 * 1024) /* the cap of an ASK frame */

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
	buf_free(&run->asked);
}

/* A rate is counted by sandboxd before a run begins, and drafts are rare. */
static void
prepare_lease(struct run *run, const struct box_run *box)
{
	if (box->env.n > 0 && box->env.n < RUN_ENV_MAX)
		memcpy(run->env, box->env.p, box->env.n);
	run->may_lease = box->kind == BOX_KIND_CALL && box->limits.rate == 0 &&
	    run->env[0] != '\0';
	if (!run->may_lease)
		return;
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
	enum fail_code rc;
	uint64_t ticket;
	uint32_t cap;

	if (box->code.n > BOX_CODE_MAX)
		return fail(&ctx->fail, FAIL_TOO_LARGE,
		    "The code is larger than %d bytes.", BOX_CODE_MAX);
	if (box->args.n > BOX_ARGS_MAX)
		return fail(&ctx->fail, FAIL_TOO_LARGE,
		    "The arguments are larger than %d bytes.", BOX_ARGS_MAX);
	if (box->talk.n > BOX_TALK_MAX)
		return fail(&ctx->fail, FAIL_TOO_LARGE,
		    "The answers are larger than %d bytes.", BOX_TALK_MAX);
	(void)wire_known(WIRE_T_RUN, WIRE_UP, &cap);
	buf_init(&payload, cap);
	box_run_encode(&payload, box);
	if (payload.overflow) {
		explicit_bzero(payload.p, payload.cap);
		buf_free(&payload);
		return fail(&ctx->fail, FAIL_TOO_LARGE, NULL);
	}
	rc = breaker_enter(ctx, &ticket);
	if (rc != FAIL_NONE) {
		explicit_bzero(payload.p, payload.cap);
		buf_free(&payload);
		return rc;
	}
	run = arena_zalloc(ctx->arena, 1, sizeof(*run));
	run->ticket = ticket;
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
	buf_init(&run->asked, ASKED_MAX);
	run->ask = box->ask;
	run->patience_ms = box->patience_ms;
	prepare_lease(run, box);
	arena_defer(ctx->arena, run_free, run);
	ctx->run = run;
	return FAIL_NONE;
}

bool
run_is_on(const struct run *run)
{
	return run->fd >= 0 ||
	    (run->lease.state >= LEASE_RUNNING &&
		run->lease.state < LEASE_OVER);
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
	run->asking = 0;
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
	lease_begin(&run->lease, &run->limits, run->ask, buf_str(&run->begin),
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

static enum run_read
lost(struct run *run)
{
	run_abandon(
	    run, BOX_OUTCOME_FAILED, "the sandbox ended while the tool ran");
	return RUN_ENDED;
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

static enum run_read
broken(struct run *run)
{
	run_abandon(
	    run, BOX_OUTCOME_FAILED, "the sandbox sent something unexpected");
	return RUN_ENDED;
}

static enum run_read
ended(struct run *run, struct str payload)
{
	if (!box_exit_decode(payload, &run->exit) ||
	    (run->exit.outcome == BOX_OUTCOME_RESULT && !run->have_result) ||
	    (run->exit.outcome == BOX_OUTCOME_ERROR && !run->have_error) ||
	    (run->exit.outcome == BOX_OUTCOME_INPUT && !run->have_asked))
		return broken(run);
	(void)snprintf(run->exit_text, sizeof(run->exit_text), "%.*s",
	    STR_FMT(run->exit.message));
	run->exit.message = str_from(run->exit_text);
	disconnect(run);
	run->asking = 0;
	return RUN_ENDED;
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

/* sandboxd has stopped its clock, and so do we. */
static enum run_read
asks(struct run *run, const struct wire_frame *frame)
{
	bool wait = run->ask == BOX_ASK_WAIT;

	if (run->ask == BOX_ASK_NONE || run->asking != 0 || run->have_asked ||
	    wait != (frame->id != 0))
		return broken(run);
	buf_reset(&run->asked);
	buf_putstr(&run->asked, frame->payload);
	run->have_asked = !wait;
	if (!wait)
		return RUN_MORE;
	run->asking = frame->id;
	run->asked_ms = clock_mono_ms();
	run->left_ms = run->deadline_ms - run->asked_ms;
	run->deadline_ms = run->asked_ms + run->patience_ms + MARGIN_MS;
	return RUN_ASKS;
}

/* One frame. */
static enum run_read
take(struct run *run, const struct wire_frame *frame)
{
	switch (frame->type) {
	case WIRE_T_OUTPUT:
		buf_putstr(&run->output, frame->payload);
		return RUN_MORE;
	case WIRE_T_PROGRESS:
	case WIRE_T_LOG:
	case WIRE_T_DETACH:
		if (run->said != NULL)
			run->said(
			    run->said_user, run, frame->type, frame->payload);
		return RUN_MORE;
	case WIRE_T_CHANGED:
		if (run->changed != NULL)
			run->changed(run->changed_user, run, frame->payload);
		return RUN_MORE;
	case WIRE_T_REQUEST:
		keep_request(run, frame->payload);
		return RUN_MORE;
	case WIRE_T_RESULT:
	case WIRE_T_ERROR:
		if (run->have_result || run->have_error || run->have_asked)
			return broken(run);
		run->have_result = frame->type == WIRE_T_RESULT;
		run->have_error = !run->have_result;
		run->content = run->have_result &&
		    (frame->flags & BOX_RESULT_CONTENT) != 0;
		buf_putstr(run->have_result ? &run->result : &run->error,
		    frame->payload);
		return RUN_MORE;
	case WIRE_T_ASK:
		return asks(run, frame);
	case WIRE_T_EXIT:
		return ended(run, frame->payload);
	default: /* a number, not our enum: what else a peer may send */
		return broken(run);
	}
}

static enum run_read
take_all(struct run *run)
{
	struct wire_frame frame;
	enum wire_next next;
	enum run_read got;

	while ((next = wire_reader_next(&run->reader, &frame)) ==
	    WIRE_NEXT_FRAME) {
		got = take(run, &frame);
		if (got != RUN_MORE)
			return got;
	}
	return next == WIRE_NEXT_BAD ? broken(run) : RUN_MORE;
}

static enum run_read
read_lent(struct run *run)
{
	struct wire_frame frame;
	enum run_read got;

	for (;;) {
		switch (lease_next(&run->lease, &frame)) {
		case LEASE_NEXT_FRAME:
			got = take(run, &frame);
			if (got != RUN_MORE)
				return got;
			break;
		case LEASE_NEXT_MORE:
			return RUN_MORE;
		case LEASE_NEXT_LOST:
			return lost(run);
		}
	}
}

enum run_read
run_read(struct run *run)
{
	enum run_read got;

	if (run_is_lent(run))
		return read_lent(run);
	/* What came together with a question is still in the reader. */
	while ((got = take_all(run)) == RUN_MORE) {
		size_t room;
		char *p = wire_reader_room(&run->reader, &room);
		ssize_t n;

		if (p == NULL)
			return broken(run);
		n = read(run->fd, p, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return RUN_MORE;
		if (n <= 0)
			return lost(run);
		wire_reader_added(&run->reader, (size_t)n);
	}
	return got;
}

/* --- answers -------------------------------------------------------------- */

enum fail_code
run_answer(struct run *run, struct fail *f, struct str json)
{
	int64_t now = clock_mono_ms();
	uint32_t cap;

	if (run->asking == 0 || !run_is_on(run))
		return FAIL_NONE;
	(void)wire_known(WIRE_T_ANSWER, WIRE_UP, &cap);
	if (json.n > cap)
		return fail(f, FAIL_TOO_LARGE,
		    "The answers are larger than %u bytes.", cap);
	buf_init(&run->frame, WIRE_HEADER_LEN + (size_t)cap);
	wire_put(&run->frame, WIRE_T_ANSWER, run->asking, 0, json);
	if (run_is_lent(run)) {
		lease_answer(&run->lease, buf_str(&run->frame));
		wipe_frame(run);
	}
	run->asking = 0;
	run->patience_ms -= now - run->asked_ms;
	run->patience_ms = run->patience_ms > 0 ? run->patience_ms : 0;
	run->deadline_ms = now + run->left_ms;
	return FAIL_NONE;
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
