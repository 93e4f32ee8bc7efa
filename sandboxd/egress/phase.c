/*
 * phase.c: how long each part of a request may take.
 *
 * A tool can give a time to wait for its turn, to connect, to send and to
 * receive.  The last two are about silence: they begin anew with every piece
 * that moves.  One timer serves them all; it is not touched when something
 * moves, but looks what is due when it fires.
 */
#include "clock.h"
#include "egress/job_impl.h"

/* Everything that is to be sent was sent. */
static bool
is_sent(const struct job *j)
{
	return j->uploaded >= j->request.body.n;
}

/* When the part that it is in has taken too long; not before the whole. */
static int64_t
part_due(const struct job *j)
{
	const struct fetch_request *r = &j->request;
	uint32_t silence = 0;

	switch (j->state) {
	case JOB_WAITING:
		return r->pool_ms > 0 ? j->born_ns / 1000000 + r->pool_ms
				      : j->deadline_ms;
	case JOB_LOOKING:
		return j->connect_by_ms;
	case JOB_ASKING:
		silence = is_sent(j) ? r->read_ms : r->write_ms;
		break;
	case JOB_RECEIVING:
		silence = r->read_ms;
		break;
	case JOB_CONNECTING: /* libcurl counts */
	case JOB_DRAINING:
	case JOB_OVER:
		break;
	}
	return silence > 0 ? j->moved_ms + silence : j->deadline_ms;
}

static int64_t
due(const struct job *j)
{
	int64_t part = part_due(j);

	return part < j->deadline_ms ? part : j->deadline_ms;
}

bool
phase_over(struct job *j)
{
	/* Our side does not take it: that is no silence. */
	if (job_stalled(j))
		phase_moved(j);
	return clock_mono_ms() >= due(j);
}

int64_t
phase_due(const struct job *j)
{
	return due(j);
}

void
phase_moved(struct job *j)
{
	j->moved_ms = clock_mono_ms();
}

void
phase_sent(struct job *j, uint64_t bytes)
{
	if (bytes <= j->uploaded)
		return;
	j->uploaded = bytes;
	phase_moved(j);
	/* The time to receive may be shorter than that to send. */
	if (is_sent(j))
		job_look_again(j);
}

enum fetch_end
phase_end(const struct job *j)
{
	switch (j->state) {
	case JOB_WAITING:
		return FETCH_END_POOL_TIMEOUT;
	case JOB_LOOKING:
	case JOB_CONNECTING:
		return FETCH_END_CONNECT_TIMEOUT;
	case JOB_ASKING:
		return is_sent(j) ? FETCH_END_TIMEOUT : FETCH_END_WRITE_TIMEOUT;
	case JOB_RECEIVING:
	case JOB_DRAINING:
	case JOB_OVER:
		break;
	}
	return FETCH_END_TIMEOUT;
}

const char *
phase_text(const struct job *j)
{
	switch (j->state) {
	case JOB_WAITING:
		return "still waiting for its turn, as many others of this "
		       "call are under way";
	case JOB_LOOKING:
		return "the name is still being looked up";
	case JOB_CONNECTING:
		return "not connected yet";
	case JOB_ASKING:
		return is_sent(j) ? "no answer yet"
				  : "the request is not sent yet";
	case JOB_RECEIVING:
	case JOB_DRAINING:
		return "the answer is not complete";
	case JOB_OVER:
		break;
	}
	return "";
}
