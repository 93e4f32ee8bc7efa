/*
 * call_ask.c: a call while it waits for an answer.
 *
 * Its clock stands still, and others of its server may run meanwhile: how
 * long a person thinks is neither the tool's fault nor theirs.  What its
 * other threads and tasks do in that time costs CPU time, which has a limit
 * of its own, and patience has an end.
 */
#include "call_inner.h"

#include "clock.h"

uint32_t
call_asking(const struct call *c)
{
	return c->monitor.asking;
}

void
call_ask_begin(struct call *c)
{
	int64_t now = clock_mono_ms();

	c->paused_ns = clock_mono_ns();
	c->left_ms = c->deadline.due > now ? c->deadline.due - now : 0;
	loop_timer(
	    c->all->loop, &c->deadline, now + c->patience_ms, call_on_deadline);
	pool_pause(c->all->pool, &c->ticket);
}

void
call_ask_end(struct call *c)
{
	int64_t waited = clock_mono_ns() - c->paused_ns;

	if (c->paused_ns == 0)
		return;
	c->paused_ns = 0;
	c->waited_ns += waited;
	waited /= 1000000;
	c->patience_ms -= waited < c->patience_ms ? waited : c->patience_ms;
}

bool
call_answer(struct call *c, const struct wire_frame *f)
{
	/* Killed, or dead: what is said to it now is of no interest. */
	if (c->cell == NULL || c->cause != REAP_NOT_US)
		return true;
	if (!monitor_answer(&c->monitor, f->id))
		return false;
	call_ask_end(c);
	pool_unpause(c->all->pool, &c->ticket);
	loop_timer(c->all->loop, &c->deadline, clock_mono_ms() + c->left_ms,
	    call_on_deadline);
	cell_send(c->cell, WIRE_T_ANSWER, f->id, f->payload);
	return true;
}
