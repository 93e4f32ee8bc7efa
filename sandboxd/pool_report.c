/*
 * pool_report.c: the pool as JSON.
 */
#include "pool_inner.h"

#include "clock.h"
#include "record.h"

#define ZYGOTES_SHOWN 100

static void
report_jail(const struct pool *p, const struct jail *j, struct buf *out)
{
	struct jail_counts n;

	jail_count(j, &n);
	buf_puts(out, "{\"server\":");
	buf_json(out, str_from(j->name));
	buf_printf(out,
	    ",\"generation\":%llu,\"state\":\"%s\",\"draining\":%s,"
	    "\"ready\":%u,\"warming\":%u,\"busy\":%u,"
	    "\"held\":%u,\"dying\":%u,"
	    "\"waiting\":%u,\"wanted\":%u,\"runs\":%llu,"
	    "\"idle_ms\":%lld,\"pinned\":%s,\"learning\":\"%s\","
	    "\"pages\":%u}",
	    (unsigned long long)j->generation,
	    j->state == JAIL_OPEN        ? "open"
		: j->state == JAIL_DYING ? "dying"
					 : "starting",
	    j->draining ? "true" : "false", n.ready, n.warming, n.busy - n.held,
	    n.held, n.dying, pool_waiting_for(p, j), pool_spares_for(p, j),
	    (unsigned long long)j->runs,
	    (long long)(clock_mono_ms() - j->used_ms),
	    j->pinned ? "true" : "false", record_state(j->record),
	    record_pages(j->record));
}

static void
report_queue(const struct queue *q, struct buf *out)
{
	buf_printf(out,
	    "\"queue\":{\"servers\":%u,\"away\":%u,\"typical_us\":%llu,"
	    "\"full\":%llu,"
	    "\"full_server\":%llu,\"rate_limited\":%llu,\"expired\":%llu},",
	    q->lanes, q->away, (unsigned long long)q->typical_us,
	    (unsigned long long)q->total.full,
	    (unsigned long long)q->total.full_server,
	    (unsigned long long)q->total.rate,
	    (unsigned long long)q->total.expired);
}

void
pool_report(const struct pool *p, struct buf *out)
{
	unsigned shown = 0;

	report_queue(&p->queue, out);
	buf_printf(out,
	    "\"waiting\":%u,\"running\":%u,\"generation\":%llu,"
	    "\"refill_ms\":%u,\"zygote_count\":%u,\"totals\":{\"generations\":%llu,"
	    "\"zygotes\":%llu,\"zygotes_ended\":%llu,\"evicted\":%llu,"
	    "\"children\":%llu,\"children_failed\":%llu,\"granted\":%llu,"
	    "\"refused\":%llu},\"zygotes\":[",
	    p->queue.waiting, p->queue.running,
	    p->current != NULL ? (unsigned long long)p->current->number : 0,
	    p->refill_ms, p->njails, (unsigned long long)p->total.generations,
	    (unsigned long long)p->total.zygotes,
	    (unsigned long long)p->total.zygotes_lost,
	    (unsigned long long)p->total.evicted,
	    (unsigned long long)p->total.children,
	    (unsigned long long)p->total.children_failed,
	    (unsigned long long)p->total.granted,
	    (unsigned long long)p->total.refused);
	for (const struct jail *j = p->jails;
	     j != NULL && shown < ZYGOTES_SHOWN; j = j->next) {
		if (shown++ > 0)
			buf_putc(out, ',');
		report_jail(p, j, out);
	}
	buf_puts(out, "],\"interpreter\":");
	buf_puts(out, p->current != NULL ? p->current->about : "null");
}
