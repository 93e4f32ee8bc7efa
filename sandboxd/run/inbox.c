/*
 * inbox.c: frames that come to a child while its tool runs.
 */
#include "inbox.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "glue.h"

#define FRAME_MAX ((size_t)1024 * 1024) /* ANSWER, the largest of them */
#define WAKE SIGURG

static struct wire_reader reader;
static bool begun;

static void
begin(void)
{
	if (begun)
		return;
	wire_reader_init(&reader, WIRE_UP, FRAME_MAX);
	begun = true;
}

bool
inbox_next(struct wire_frame *frame_out)
{
	begin();
	switch (wire_reader_next(&reader, frame_out)) {
	case WIRE_NEXT_FRAME:
		return true;
	case WIRE_NEXT_MORE:
		return false;
	case WIRE_NEXT_BAD:
		break;
	}
	_exit(1);
}

/* 1: readable; 0: time is over; -1: a signal. */
static int
readable(int64_t until, bool hold)
{
	struct pollfd p = {.fd = GLUE_FD, .events = POLLIN};
	struct timespec t, *limit = NULL;
	sigset_t none;

	(void)sigemptyset(&none);
	if (until != INBOX_FOREVER) {
		int64_t left = until - clock_mono_ms();

		left = left > 0 ? left : 0;
		t.tv_sec = (time_t)(left / 1000);
		t.tv_nsec = (long)(left % 1000) * 1000000;
		limit = &t;
	}
	return ppoll(&p, 1, limit, hold ? &none : NULL);
}

static void
fill(void)
{
	size_t room;
	char *p = wire_reader_room(&reader, &room);
	ssize_t n;

	if (p == NULL)
		_exit(1);
	do
		n = read(GLUE_FD, p, room);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		_exit(0); /* not needed any more */
	wire_reader_added(&reader, (size_t)n);
}

bool
inbox_wait(int64_t until, bool hold)
{
	int n;

	begin();
	while ((n = readable(until, hold)) < 0) {
		if (errno != EINTR)
			_exit(1);
		if (hold)
			return false;
	}
	if (n > 0)
		fill();
	return n > 0;
}

static void
on_wake(int sig)
{
	(void)sig; /* that it came is all */
}

pid_t
inbox_hold(void)
{
	static bool installed;
	struct sigaction sa = {.sa_handler = on_wake};
	sigset_t wake;

	(void)sigemptyset(&wake);
	(void)sigaddset(&wake, WAKE);
	if (!installed && sigaction(WAKE, &sa, NULL) != 0)
		_exit(1);
	installed = true;
	if (pthread_sigmask(SIG_BLOCK, &wake, NULL) != 0)
		_exit(1);
	return gettid();
}

void
inbox_wake(pid_t thread)
{
	(void)syscall(SYS_tgkill, getpid(), thread, WAKE);
}
