/*
 * child.c: the process of one call.
 *
 * It locks itself down, rehearses, says that it is ready, takes exactly one
 * RUN, answers, and waits for the end: the supervisor looks at what it used
 * while it still exists, then kills it.
 */
#include "child.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "box.h"
#include "caps.h"
#include "filter.h"
#include "glue.h"
#include "landlock.h"
#include "limit.h"
#include "py.h"
#include "step.h"
#include "wire.h"

#define REHEARSALS 2
#define REHEARSAL_MAX ((size_t)64 * 1024)

static int
take_id(const struct zygote *z, uint32_t slot)
{
	uint32_t id = 1 + slot;

	if (z->ids == CTL_IDS_SINGLE)
		return 0;
	if (z->ids == CTL_IDS_REAL)
		id += z->base;
	if (setresgid(id, id, id) != 0)
		return -1;
	return setresuid(id, id, id);
}

static int
no_caps(void)
{
	if (caps_drop() != 0)
		return -1;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* The one legal order.  Returns the step that failed, errno says how. */
static enum step
lockdown(const struct zygote *z, uint32_t slot)
{
	if (limit_child() != 0)
		return STEP_LIMITS;
	if (take_id(z, slot) != 0)
		return STEP_SETID;
	if (z->ruleset >= 0 && landlock_enter(z->ruleset) != 0)
		return STEP_LANDLOCK;
	if (no_caps() != 0)
		return STEP_NOCAPS;
	if (close_range(GLUE_FD + 1, ~0U, 0) != 0)
		return STEP_CLOSE;
	if (filter_load(z->h->narrow) != 0)
		return STEP_FILTER;
	return STEP_READY;
}

static void
hello(enum step step, int err)
{
	unsigned char b[CTL_HELLO];

	ctl_hello_encode(step, err, b);
	glue_write(b, sizeof(b));
}

/* --- rehearsal -------------------------------------------------------------
 */

/*
 * Every page that a call touches and a rehearsal has not is a page fault
 * while somebody waits.  So the rehearsal is a call, of a sample, through the
 * same functions; only nothing is sent.
 */
static const char sample[] = "async def main(a: int, b: int = 1) -> dict:\n"
			     "    \"\"\"Add two numbers.\"\"\"\n"
			     "    return {\"sum\": a + b}\n";
void
child_rehearse(bool checking)
{
	struct box_run run = {
	    .kind = checking ? BOX_KIND_CHECK : BOX_KIND_CALL,
	    .env = STR_LIT("00000000-0000-0000-0000-000000000000"),
	    .tool = STR_LIT("rehearsal"),
	    .code = {sample, sizeof(sample) - 1},
	    .args = STR_LIT("{\"a\":2,\"b\":40}"),
	    .limits = {.wall_ms = 1000,
		.cpu_ms = 1000,
		.memory = 1 << 20,
		.result = 65536,
		.output = 65536,
		.threads = 1},
	};
	struct wire_reader r;
	struct wire_frame f;
	struct buf payload, frame;
	size_t room;
	char *p;

	buf_init(&payload, REHEARSAL_MAX);
	buf_init(&frame, REHEARSAL_MAX);
	box_run_encode(&payload, &run);
	wire_put(&frame, WIRE_T_RUN, 0, 0, buf_str(&payload));
	wire_reader_init(&r, WIRE_UP, REHEARSAL_MAX);
	p = wire_reader_room(&r, &room);
	if (p == NULL || room < frame.n)
		_exit(1);
	memcpy(p, frame.p, frame.n);
	wire_reader_added(&r, frame.n);
	if (wire_reader_next(&r, &f) != WIRE_NEXT_FRAME ||
	    !box_run_decode(f.payload, &run))
		_exit(1);
	py_rehearse(&run);
	box_run_free(&run);
	wire_reader_free(&r);
	buf_free(&frame);
	buf_free(&payload);
}

/* --- the run -----------------------------------------------------------------
 */

/* Points into the reader. */
static void
take(struct wire_reader *r, struct box_run *run)
{
	struct wire_frame f;
	enum wire_next next;

	wire_reader_init(r, WIRE_UP, SIZE_MAX / 4);
	while ((next = wire_reader_next(r, &f)) == WIRE_NEXT_MORE) {
		size_t room;
		char *p = wire_reader_room(r, &room);
		ssize_t n = p != NULL ? read(GLUE_FD, p, room) : 0;

		if (n <= 0)
			_exit(0); /* not needed any more */
		wire_reader_added(r, (size_t)n);
	}
	if (next != WIRE_NEXT_FRAME || f.type != WIRE_T_RUN ||
	    !box_run_decode(f.payload, run))
		_exit(1);
}

/* As every child begins: signals as usual, the socket in its place. */
static void
begin(int sock)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (sock != GLUE_FD && dup2(sock, GLUE_FD) < 0)
		_exit(1);
}

void
child_train(int sock)
{
	char c;

	begin(sock);
	py_reseed();
	child_rehearse(false);
	hello(STEP_READY, 0);
	while (read(GLUE_FD, &c, 1) > 0)
		;
	_exit(0);
}

void
child_run(const struct zygote *z, uint32_t slot, int sock)
{
	struct wire_reader reader;
	struct box_run run;
	enum step step;
	char c;

	pages_populate(&z->pages);
	begin(sock);
	step = lockdown(z, slot);
	if (step != STEP_READY) {
		hello(step, errno);
		_exit(1);
	}
	py_reseed();
	/* The second time shows what the first one left behind. */
	for (int i = 0; i < REHEARSALS && z->h->options.rehearse; i++)
		child_rehearse(z->checking);
	hello(STEP_READY, 0);
	take(&reader, &run);
	if (limit_run(z->h->size, run.limits.memory, run.limits.cpu_ms,
		run.limits.threads, z->ids == CTL_IDS_SINGLE) != 0)
		_exit(1);
	py_run(&run);
	/* Not exit: nothing of the interpreter is torn down. */
	while (read(GLUE_FD, &c, 1) > 0)
		;
	_exit(0);
}
