/*
 * monitor.c: which frame is allowed when.
 */
#include "monitor.h"

#include <string.h>

static enum monitor_verdict pass(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);
static enum monitor_verdict message(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);
static enum monitor_verdict output(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);
static enum monitor_verdict result(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);
static enum monitor_verdict fetch(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);
static enum monitor_verdict cancel(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);
static enum monitor_verdict ask(
    struct monitor *m, const struct wire_frame *f, size_t *pass_out);

#define KEEP ((enum monitor_state)0)

/* clang-format off */
static const struct row {
	enum wire_type type;
	unsigned permit;           /* states */
	bool once;
	bool text;                 /* UTF-8: it goes to people */
	enum monitor_state next;   /* KEEP: stays */
	enum monitor_verdict (*judge)(struct monitor *,
	    const struct wire_frame *, size_t *);
} rows[] = {
	/* from a worker */
	{WIRE_T_RUN,      MONITOR_FRESH,   true,  false, MONITOR_RUNNING,  pass},
	{WIRE_T_HEALTH,   MONITOR_FRESH,   true,  false, MONITOR_SERVED,   pass},
	{WIRE_T_KILL,     MONITOR_FRESH,   true,  false, MONITOR_SERVED,   pass},
	{WIRE_T_LEASE,    MONITOR_FRESH,   true,  false, MONITOR_LEASING,  pass},
	{WIRE_T_BEGIN,    MONITOR_LEASING, true,  false, MONITOR_LENT,     pass},
	{WIRE_T_DONE,     MONITOR_LENT,    true,  false, MONITOR_SERVED,   pass},
	{WIRE_T_HANDOVER, MONITOR_LENT,    true,  false, MONITOR_RUNNING,  pass},
	{WIRE_T_CANCEL,   MONITOR_RUNNING | MONITOR_LENT,
	                                   true,  false, KEEP,             pass},
	{WIRE_T_ANSWER,   MONITOR_RUNNING, false, true,  KEEP,             pass},
	/* from a child */
	{WIRE_T_OUTPUT,   MONITOR_BUSY,    false, true,  KEEP,             output},
	{WIRE_T_PROGRESS, MONITOR_BUSY,    false, true,  KEEP,             message},
	{WIRE_T_LOG,      MONITOR_BUSY,    false, true,  KEEP,             message},
	{WIRE_T_DETACH,   MONITOR_BUSY,    false, false, KEEP,             message},
	{WIRE_T_CHANGED,  MONITOR_BUSY,    false, true,  KEEP,             message},
	{WIRE_T_RESULT,   MONITOR_BUSY,    true,  true,  MONITOR_ANSWERED, result},
	{WIRE_T_ERROR,    MONITOR_BUSY,    true,  true,  MONITOR_ANSWERED, pass},
	{WIRE_T_FETCH,    MONITOR_BUSY,    false, false, KEEP,             fetch},
	{WIRE_T_FETCH_CANCEL, MONITOR_BUSY, false, false, KEEP,            cancel},
	{WIRE_T_ASK,      MONITOR_BUSY,    false, true,  KEEP,             ask},
};
/* clang-format on */

void
monitor_worker(struct monitor *m)
{
	*m = (struct monitor){.state = MONITOR_FRESH};
}

void
monitor_child(struct monitor *m, uint32_t limit_result, uint32_t limit_output,
    uint32_t limit_requests)
{
	*m = (struct monitor){
	    .state = MONITOR_BUSY,
	    .result = limit_result,
	    .output = limit_output,
	    .requests = limit_requests,
	    .ask = BOX_ASK_NONE,
	};
}

void
monitor_may_ask(struct monitor *m, enum box_ask what)
{
	m->ask = what;
}

static enum monitor_verdict
pass(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	(void)m;
	*pass_out = f->payload.n;
	return MONITOR_PASS;
}

static enum monitor_verdict
message(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	m->messages++;
	m->bytes += f->payload.n;
	if (m->messages > MONITOR_MESSAGES_MAX || m->bytes > MONITOR_BYTES_MAX)
		return MONITOR_BAD;
	return pass(m, f, pass_out);
}

static enum monitor_verdict
output(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	struct str kept;

	if (f->payload.n <= m->output) {
		m->output -= (uint32_t)f->payload.n;
		/* Frames without bytes are free otherwise. */
		return f->payload.n > 0 ? pass(m, f, pass_out)
					: message(m, f, pass_out);
	}
	kept = str_utf8_cut(f->payload, m->output);
	*pass_out = kept.n;
	m->output = 0;
	m->excess += (uint32_t)(f->payload.n - kept.n);
	return m->excess > MONITOR_EXCESS_MAX ? MONITOR_BAD : MONITOR_DROP;
}

static enum monitor_verdict
result(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	if (f->payload.n > m->result)
		return MONITOR_BAD;
	return pass(m, f, pass_out);
}

static enum monitor_verdict
fetch(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	if (f->id == 0 || f->flags != 0)
		return MONITOR_BAD;
	if (m->fetches >= m->requests &&
	    m->fetches - m->requests >= MONITOR_REFUSED_MAX)
		return MONITOR_BAD;
	m->fetches++;
	return pass(m, f, pass_out);
}

static enum monitor_verdict
cancel(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	if (f->id == 0 || f->flags != 0)
		return MONITOR_BAD;
	return message(m, f, pass_out);
}

static enum monitor_verdict
ask(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	m->asks++;
	m->asked += f->payload.n;
	if (m->ask == BOX_ASK_NONE || f->flags != 0 || m->asking != 0 ||
	    m->asks > MONITOR_ASKS_MAX || m->asked > m->result)
		return MONITOR_BAD;
	if (m->ask == BOX_ASK_END)
		m->state = MONITOR_ANSWERED;
	else if (f->id == 0)
		return MONITOR_BAD;
	else
		m->asking = f->id;
	return pass(m, f, pass_out);
}

bool
monitor_answer(struct monitor *m, uint32_t id)
{
	if (id == 0 || m->asking != id)
		return false;
	m->asking = 0;
	return true;
}

enum monitor_verdict
monitor_frame(struct monitor *m, const struct wire_frame *f, size_t *pass_out)
{
	*pass_out = 0;
	for (unsigned i = 0; i < NELEM(rows); i++) {
		const struct row *row = &rows[i];
		enum monitor_verdict v;

		if ((uint16_t)row->type != f->type)
			continue;
		if ((row->permit & (unsigned)m->state) == 0 ||
		    (row->once && (m->seen & 1u << i) != 0))
			return MONITOR_BAD;
		if (row->text && !str_utf8_valid(f->payload))
			return MONITOR_BAD;
		m->seen |= 1u << i;
		v = row->judge(m, f, pass_out);
		if (v != MONITOR_BAD && row->next != KEEP)
			m->state = row->next;
		return v;
	}
	return MONITOR_BAD;
}
