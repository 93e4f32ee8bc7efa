/*
 * monitor.h: which frame is allowed when.
 *
 * Two peers, two tables: the worker's side of a connection and the child's
 * side of a run, which sandboxd reads, or the worker to whom it is leased.  A
 * frame that the table does not permit in the present state, or permits once
 * and is there again, or that exceeds a budget, ends its sender.  Answers of
 * outbound requests have their own: flight.h.
 */
#ifndef MCPBOX_MONITOR_H
#define MCPBOX_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "box.h"
#include "wire.h"

enum monitor_state {
	/* a worker */
	MONITOR_FRESH = 1 << 0,   /* connected, has asked for nothing */
	MONITOR_RUNNING = 1 << 1, /* its run is queued or runs */
	MONITOR_SERVED = 1 << 2,  /* the last frame went out */
	MONITOR_LEASING = 1 << 6, /* it has a lease, whose run has not begun */
	MONITOR_LENT = 1 << 7,    /* a leased run runs */
	/* a child */
	MONITOR_SPARE = 1 << 3,   /* has no run: nothing to say */
	MONITOR_BUSY = 1 << 4,    /* has a run */
	MONITOR_ANSWERED = 1 << 5 /* has answered: nothing more to say */
};

enum monitor_verdict {
	MONITOR_PASS,
	MONITOR_DROP, /* over a budget that only cuts; *cut_out bytes of it */
	MONITOR_BAD
};

struct monitor {
	enum monitor_state state;
	uint32_t seen;     /* bit per table row, for ONCE */
	uint32_t output;   /* OUTPUT bytes that may still pass */
	uint32_t result;   /* RESULT bytes allowed */
	uint32_t excess;   /* OUTPUT bytes dropped so far */
	uint32_t messages; /* PROGRESS, LOG, CHANGED, FETCH_CANCEL so far */
	uint64_t bytes;    /* their bytes */
	uint32_t fetches;  /* FETCH frames so far */
	uint32_t requests; /* FETCH frames that would be served */
	enum box_ask ask;  /* what becomes of ASK */
	uint32_t asking;   /* id of the one without an answer; 0 = none */
	uint32_t asks;     /* so far */
	uint64_t asked;    /* their bytes */
};

/* A child that floods is ended after this much beyond its limits. */
#define MONITOR_EXCESS_MAX (1024 * 1024)
#define MONITOR_MESSAGES_MAX 10000
#define MONITOR_BYTES_MAX (8 * 1024 * 1024)
/* FETCH frames beyond those that would be served; each is refused. */
#define MONITOR_REFUSED_MAX 1000
/* ASK frames of a run, which are short or few: all together they have at most
 * as many bytes as its result may have. */
#define MONITOR_ASKS_MAX 64

void monitor_worker(struct monitor *m);
/* Budgets as in struct box_limits. */
void monitor_child(
    struct monitor *m, uint32_t result, uint32_t output, uint32_t requests);
/* What becomes of its questions: else they are a breach. */
void monitor_may_ask(struct monitor *m, enum box_ask ask);
/* The child is sent an answer: false when it waits for none with this id. */
bool monitor_answer(struct monitor *m, uint32_t id) ATTR_NODISCARD;

/*
 * Judges a frame and moves the state on.  With DROP, the first *pass_out
 * bytes of the payload (whole UTF-8 sequences) may still be passed on.
 */
enum monitor_verdict monitor_frame(struct monitor *m,
    const struct wire_frame *f, size_t *pass_out) ATTR_NODISCARD;

#endif
