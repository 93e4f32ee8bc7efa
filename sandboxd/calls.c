/*
 * calls.c: all calls: kills and the report.
 */
#include "call_inner.h"

#include <string.h>

#include "clock.h"
#include "log.h"

#define SHOWN 200

static const char *const kind_names[] = {
    [BOX_KIND_CALL] = "call",
    [BOX_KIND_TRIAL] = "trial",
    [BOX_KIND_CHECK] = "check",
    [BOX_KIND_TEST] = "test",
};

/* --- kills
 * ------------------------------------------------------------------- */

static bool
is_meant(const struct call *c, const struct box_kill *k)
{
	switch (k->what) {
	case BOX_KILL_TRACE:
		return str_eq_c(k->value, c->trace);
	case BOX_KILL_TOOL:
		return str_eq_c(k->value, c->tool);
	case BOX_KILL_ENV:
		return c->kind != BOX_KIND_CHECK && str_eq_c(k->value, c->env);
	}
	return false;
}

unsigned
calls_kill(struct calls *all, const struct box_kill *k)
{
	struct call *next;
	unsigned n = 0;

	all->total.kills++;
	for (struct call *c = all->first; c != NULL; c = next) {
		/* Ending one frees no other. */
		next = c->next;
		if (c->over || c->cause != REAP_NOT_US || !is_meant(c, k))
			continue;
		memcpy(c->why, k->why.n > 0 ? k->why.p : "", k->why.n);
		c->why[k->why.n] = '\0';
		call_cancel(c);
		n++;
	}
	all->total.killed += n;
	return n;
}

/* --- the report
 * -------------------------------------------------------------- */

static void
report_call(const struct call *c, int64_t now_ms, struct buf *out)
{
	buf_puts(out, "{\"trace\":");
	buf_json(out, str_from(c->trace));
	buf_puts(out, ",\"tool\":");
	buf_json(out, str_from(c->tool));
	buf_printf(out,
	    ",\"env\":\"%s\",\"kind\":\"%s\",\"since_ms\":%lld,"
	    "\"waiting\":%s}",
	    c->env, kind_names[c->kind], (long long)(now_ms - c->asked_ms),
	    c->ticket.queued ? "true" : "false");
}

void
calls_report(const struct calls *all, struct buf *out)
{
	int64_t now = clock_mono_ms();
	unsigned shown = 0;

	buf_printf(out, "\"open_calls\":%u,\"calls\":{", all->open);
	for (unsigned i = 0; i < BOX_OUTCOME__MAX; i++)
		buf_printf(out, "%s\"%s\":%llu", i > 0 ? "," : "",
		    box_outcome_name((enum box_outcome)i),
		    (unsigned long long)all->total.outcome[i]);
	buf_printf(out,
	    "},\"kills\":{\"asked\":%llu,\"ended\":%llu},"
	    "\"requests\":{\"asked\":%llu,\"refused_here\":%llu},\"runs\":[",
	    (unsigned long long)all->total.kills,
	    (unsigned long long)all->total.killed,
	    (unsigned long long)all->total.requests,
	    (unsigned long long)all->total.refused);
	for (const struct call *c = all->first; c != NULL && shown < SHOWN;
	     c = c->next) {
		if (shown++ > 0)
			buf_putc(out, ',');
		report_call(c, now, out);
	}
	buf_putc(out, ']');
}
