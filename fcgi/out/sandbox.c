/*
 * sandbox.c: questions to sandboxd that are no runs.
 */
#include "out/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "json.h"
#include "log.h"
#include "settings.h"

#define ASK_TIMEOUT_MS 1000
#define REPORT_MAX ((size_t)256 * 1024)
#define KILL_MAX ((size_t)4 * 1024)

/* --- one question --------------------------------------------------------- */

static enum fail_code
no_answer(struct fail *f, const char *step)
{
	fail_detail(f, "sandboxd: %s: %s", step, strerror(errno));
	return fail(f, FAIL_UNAVAILABLE, "The sandbox is not reachable.");
}

/* Reads until a frame has come; it must be of type `want`. */
static enum fail_code
read_answer(struct fail *f, int fd, int64_t deadline, enum wire_type want,
    struct wire_reader *r, struct buf *out)
{
	struct wire_frame frame;

	for (;;) {
		size_t room;
		char *p = wire_reader_room(r, &room);
		ssize_t n;

		if (p == NULL)
			break;
		if (fdio_poll(fd, POLLIN, deadline) <= 0) {
			errno = ETIMEDOUT;
			return no_answer(f, "wait");
		}
		n = read(fd, p, room);
		if (n <= 0) {
			errno = n == 0 ? ECONNRESET : errno;
			return no_answer(f, "read");
		}
		wire_reader_added(r, (size_t)n);
		switch (wire_reader_next(r, &frame)) {
		case WIRE_NEXT_MORE:
			continue;
		case WIRE_NEXT_FRAME:
			if (frame.type != (uint16_t)want)
				break;
			buf_putstr(out, frame.payload);
			return FAIL_NONE;
		case WIRE_NEXT_BAD:
			break;
		}
		break;
	}
	errno = EPROTO;
	return no_answer(f, "answer");
}

enum fail_code
sandbox_ask(struct fail *f, const char *socket_path, int64_t timeout_ms,
    const struct wire_frame *ask, enum wire_type want, struct buf *out)
{
	int64_t deadline = clock_mono_ms() + timeout_ms;
	struct wire_reader reader;
	enum fail_code rc;
	struct buf frame;
	int fd = fdio_connect_unix(socket_path, true);

	if (fd < 0)
		return no_answer(f, "connect");
	buf_init(&frame, WIRE_HEADER_LEN + ask->payload.n);
	wire_put(&frame, (enum wire_type)ask->type, ask->id, ask->flags,
	    ask->payload);
	wire_reader_init(&reader, WIRE_DOWN, REPORT_MAX);
	if (fdio_write_full(fd, frame.p, frame.n, deadline) != 0)
		rc = no_answer(f, "write");
	else
		rc = read_answer(f, fd, deadline, want, &reader, out);
	wire_reader_free(&reader);
	buf_free(&frame);
	(void)close(fd);
	return rc;
}

/* --- kills ---------------------------------------------------------------- */

void
sandbox_put_kill(struct buf *b, const struct box_kill *k)
{
	struct buf payload;

	buf_init(&payload, KILL_MAX);
	box_kill_encode(&payload, k);
	wire_put(b, WIRE_T_KILL, 0, 0, buf_str(&payload));
	buf_free(&payload);
}

bool
sandbox_get_killed(struct str payload, uint32_t *n_out)
{
	struct rd r = rd_from(payload);

	*n_out = rd_u32(&r);
	return rd_done(&r);
}

enum fail_code
sandbox_kill(struct ctx *ctx, const struct box_kill *k, uint32_t *n_out)
{
	struct wire_frame ask = {.type = WIRE_T_KILL};
	struct buf payload, answer;
	enum fail_code rc;

	buf_init(&payload, KILL_MAX);
	buf_init(&answer, KILL_MAX);
	box_kill_encode(&payload, k);
	ask.payload = buf_str(&payload);
	rc = sandbox_ask(&ctx->fail, ctx->settings->sandbox_socket,
	    ASK_TIMEOUT_MS, &ask, WIRE_T_KILLED, &answer);
	if (rc == FAIL_NONE && !sandbox_get_killed(buf_str(&answer), n_out)) {
		errno = EPROTO;
		rc = no_answer(&ctx->fail, "killed");
	}
	buf_free(&payload);
	buf_free(&answer);
	return rc;
}

/* --- the report ----------------------------------------------------------- */

/* The last one; empty: sandboxd did not answer, and `why` says so. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	struct buf text;
	int64_t asked_ms; /* 0 = never */
	char why[FAIL_DETAIL_MAX];
} last; /* under lock */

static void
refresh(struct ctx *ctx)
{
	struct wire_frame ask = {.type = WIRE_T_HEALTH};

	if (last.asked_ms == 0)
		buf_init(&last.text, REPORT_MAX);
	buf_reset(&last.text);
	last.why[0] = '\0';
	/* Before the question: what the answer tells is not older. */
	last.asked_ms = clock_mono_ms();
	if (sandbox_ask(&ctx->fail, ctx->settings->sandbox_socket,
		ASK_TIMEOUT_MS, &ask, WIRE_T_REPORT, &last.text) != FAIL_NONE) {
		memcpy(last.why, ctx->fail.detail, sizeof(last.why));
		log_debug(
		    "the sandbox does not answer", LOG_STR("detail", last.why));
		buf_reset(&last.text);
		fail_clear(&ctx->fail);
	}
}

enum fail_code
sandbox_report(struct ctx *ctx, int64_t max_age_ms, json_t **out)
{
	int64_t since = clock_mono_ms();
	struct str text;

	pthread_mutex_lock(&lock);
	/* Who waited for another's question may have its answer. */
	if (last.asked_ms == 0 || last.asked_ms + max_age_ms < since)
		refresh(ctx);
	text = arena_str(ctx->arena, buf_str(&last.text));
	if (text.n == 0)
		fail_detail(&ctx->fail, "%s", last.why);
	pthread_mutex_unlock(&lock);
	if (text.n == 0)
		return fail(&ctx->fail, FAIL_UNAVAILABLE,
		    "The sandbox is not reachable.");
	if (json_parse(ctx->arena, text, REPORT_MAX, out, NULL) == FAIL_NONE)
		return FAIL_NONE;
	fail_detail(&ctx->fail, "sandboxd: the report is not JSON");
	return fail(&ctx->fail, FAIL_UNAVAILABLE,
	    "The sandbox's report cannot be read.");
}
