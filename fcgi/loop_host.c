/*
 * loop_host.c: what the loop does for parked exchanges and streams: the code
 * of web/host.h.
 */
#include "web/host.h"

#include "clock.h"
#include "loop_impl.h"

const char *
host_worker(const struct loop *l)
{
	return l->worker;
}

void **
host_slot(struct loop *l, enum host_slot which)
{
	return &l->slots[which];
}

struct exchange *
host_work(struct loop *l, exchange_fn *step)
{
	struct exchange *x = exchange_new();

	x->loop = l;
	x->step = step;
	x->ctx.request_id = "stream";
	x->ctx.client_ip = x->ctx.user_agent = "";
	x->ctx.caller = (struct caller){.perms = PERM_ANYONE};
	return x;
}

void
host_do(struct exchange *x)
{
	atomic_fetch_add(&x->loop->jobs, 1);
	loop_ready(x->loop, x);
}

void
host_do_later(struct exchange *x, int64_t ms)
{
	loop_schedule(x->loop, x, clock_mono_ms() + ms);
}

void
loop_land(struct loop *l, struct exchange *list)
{
	struct exchange *x;

	while ((x = list) != NULL) {
		list = x->next;
		x->next = NULL;
		x->landed(x);
		exchange_free(x);
		atomic_fetch_sub(&l->jobs, 1);
	}
}

void
host_resume(struct exchange *x)
{
	loop_park_end(x->park);
}

void
host_flush(struct exchange *x)
{
	struct link *link;

	if (x->conn == NULL)
		return;
	link = x->conn->user;
	if (loop_link_flush(link->loop, link) == CONN_BROKEN)
		loop_park_left(link->loop, x);
}

size_t
host_unsent(const struct exchange *x)
{
	return x->conn != NULL ? conn_unsent(x->conn) : 0;
}

void
host_detach(struct exchange *x)
{
	if (x->conn != NULL)
		loop_park_detach(x->loop, x, false);
}

void
host_answer(struct exchange *x)
{
	if (x->conn == NULL)
		return;
	conn_put_answer(x->conn, x);
	loop_park_detach(x->loop, x, false);
}
