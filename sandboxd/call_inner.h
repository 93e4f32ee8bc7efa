/*
 * call_inner.h: what the files of a call share.  Nobody else includes it.
 *
 *   call.c         beginning, ending, what the worker wants
 *   call_run.c     while its process runs
 *   call_fetch.c   its outbound requests
 *   call_ask.c     while it waits for an answer
 *   calls.c        all of them: kills, report
 */
#ifndef MCPBOX_SANDBOXD_CALL_INNER_H
#define MCPBOX_SANDBOXD_CALL_INNER_H

#include "call.h"
#include "demote.h"

#include "egress_link.h"
#include "monitor.h"
#include "reap.h"

#define CALL_TOOL_MAX 256
#define CALL_TRACE_MAX 64
#define CALL_ENV_MAX 36
#define CALL_WHY_MAX 256

struct call {
	struct calls *all;
	struct call *next, *prev;
	struct call_peer peer;
	const struct call_user *user;
	void *arg;
	struct ticket ticket;
	struct cell *cell; /* while it runs */
	struct timer deadline;
	struct demote demote;
	struct monitor monitor;
	struct buf run;  /* payload; has secrets; gone once it is sent */
	struct buf open; /* FETCH_OPEN, until the first request */
	struct egress_link *link;
	unsigned refusals; /* of its requests, told */
	struct box_limits limits;
	enum box_kind kind;
	enum box_ask ask;
	int64_t patience_ms; /* that it may still wait for answers */
	int64_t paused_ns;   /* since when it waits for one; 0: it does not */
	int64_t left_ms;     /* of its time limit, meanwhile */
	int64_t waited_ns;   /* in all */
	enum reap_cause cause;
	uint64_t code; /* record_code */
	bool over;     /* it has ended; records of requests may still come */
	struct box_exit end;
	int64_t asked_ms, begun_ns;
	char env[CALL_ENV_MAX + 1];
	char tool[CALL_TOOL_MAX + 1];
	char trace[CALL_TRACE_MAX + 1];
	char why[CALL_WHY_MAX + 1]; /* it was killed */
};

/* call.c */

/*
 * It has ended as *e says, and holds no cell any more.  Says so, and frees
 * it, now or when egress has told what became of its requests.
 */
void call_end(struct call *c, struct box_exit *e);
/* Says the end and frees it. */
void call_finish(struct call *c);

/* call_run.c */

/* Its process, for the pool's ticket. */
void call_granted(struct ticket *t, struct cell *cell);
/* It has been running, elsewhere, from now on. */
void call_run_lent(struct call *c, struct cell *cell);
/* Kills the process; the kernel's report ends the call. */
void call_end_by(struct call *c, enum reap_cause cause);

/* It ran longer than it may. */
void call_on_deadline(struct timer *t);

/* call_ask.c */

/* ASK, which passed the monitor: its clock stops. */
void call_ask_begin(struct call *c);
/* Its clock goes on, or it is over. */
void call_ask_end(struct call *c);

/* call_fetch.c */

/* Keeps what egress is to be told when the first request comes. */
void call_fetch_allow(struct call *c, const struct box_run *run);
/* FETCH or FETCH_CANCEL, which passed the monitor. */
void call_fetch_frame(struct call *c, const struct wire_frame *f);
/* The child takes more again. */
void call_fetch_room(struct call *c);
/* The run is over.  False: there is nothing to wait for; else call_finish
 * follows. */
bool call_fetch_settle(struct call *c) ATTR_NODISCARD;
void call_fetch_free(struct call *c);

#endif
