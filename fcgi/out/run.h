/*
 * run.h: one run in the sandbox, as a worker sees it.
 *
 * A request thread describes the run (run_start) and returns; the exchange is
 * parked in the event loop, which connects to sandboxd, sends the RUN frame,
 * gathers what comes back and hands the exchange to a thread again when EXIT
 * came, the deadline passed, or the connection broke.  So a waiting call
 * holds no thread.  A run is never retried.
 */
#ifndef MCPBOX_RUN_H
#define MCPBOX_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "box.h"
#include "buf.h"
#include "lease.h"
#include "op/ctx.h"
#include "wire.h"

#define RUN_ENV_MAX 40 /* a UUID, and its end */

struct run {
	struct buf frame; /* the encoded RUN, freed when sent */
	size_t sent;
	int fd;               /* -1 until connected, or leased */
	int64_t deadline_ms;  /* monotonic; wall limit + margin */
	bool cancel_on_leave; /* client gone: kill (else the run goes on) */
	struct wire_reader reader;

	char env[RUN_ENV_MAX]; /* whose it is: the server's id */

	/* Of a run that a held process may take, and that one (lease.h). */
	bool may_lease;
	uint32_t concurrency;
	struct box_limits limits;
	struct buf begin;   /* the payload of BEGIN */
	struct lease lease; /* LEASE_NONE: it goes through sandboxd */

	/*
	 * The last ASK of the child (box.h): JSON, as it came.  With `asking`
	 * it waits, and the exchange is resumed while the run goes on: whoever
	 * holds it parks again when it has called run_answer, or before, to
	 * wait for answers itself (x->wake_ms is heeded then, 0 is no time).
	 * Without, the run is over, and with BOX_OUTCOME_INPUT ended by this.
	 */
	struct buf asked;
	uint32_t asking;     /* the ASK's id; 0: it waits for no answer */
	enum box_ask ask;    /* as run_start was told */
	int64_t patience_ms; /* that sandboxd still has */
	int64_t asked_ms;    /* monotonic: since when it waits */
	int64_t left_ms;     /* of deadline_ms, meanwhile */

	/* filled by the loop, read by resume */
	bool have_result, have_error, have_asked;
	bool content;         /* the result is what BOX_RESULT_CONTENT says */
	struct buf result;    /* RESULT payload: JSON text */
	struct buf error;     /* ERROR payload: JSON text */
	struct buf output;    /* OUTPUT payloads in order */
	struct buf requests;  /* REQUEST payloads, each a buf_lstr; a limit */
	uint32_t nrequests;   /* all that came, kept or not */
	struct box_exit exit; /* outcome; message points into exit_text */
	char exit_text[256];
	bool client_gone; /* the client left while it ran */
	uint64_t ticket;  /* of the circuit breaker */
	bool judged;      /* which has heard of it */

	/*
	 * What a PROGRESS, LOG or DETACH frame says, as it comes: its payload,
	 * whatever that is.  NULL: nobody wants to know.  Called on the loop's
	 * thread.
	 */
	void (*said)(
	    void *user, struct run *run, uint16_t type, struct str payload);
	void *said_user;
	/*
	 * What a CHANGED frame says: a tool of the server `changed_of` (NULL:
	 * of none that counts) tells clients that something is not what it
	 * was.  NULL, and called on the loop's thread, like said.
	 */
	void (*changed)(void *user, struct run *run, struct str payload);
	void *changed_user;
	const char *changed_of;
	/*
	 * Hides what must not leave in a text that the run said (valid JSON,
	 * and the result is, too); the same text when there is nothing.  NULL:
	 * nothing to hide.
	 */
	struct str (*clean)(void *user, struct arena *a, struct str json);
	void *clean_user;
};

/*
 * Encodes `box` into ctx->run (freed with the arena).  The caller returns
 * FAIL_NONE from its fn(); the run starts after that.  FAIL_TOO_LARGE when
 * code or arguments pass the limits of box.h.
 */
enum fail_code run_start(
    struct ctx *ctx, const struct box_run *box) ATTR_NODISCARD;

/*
 * The answers to what it asks: JSON {"answers": {key: value}, "errors": {key:
 * {"code": n, "message": "…"}}}, by the keys of the question.  The caller
 * parks again, which sends it.  FAIL_TOO_LARGE over the cap of the frame: the
 * child still waits.  Nothing happens when it waits for nothing.
 */
enum fail_code run_answer(
    struct run *run, struct fail *f, struct str json) ATTR_NODISCARD;

/* Loop side: connect and send (non-blocking), read, give up. ------------- */

/*
 * Instead of run_connect: gives the run to a process that is held; *l is
 * empty then.  run_send and run_read follow.
 */
void run_lend(struct run *run, struct lease *l);
bool run_is_lent(const struct run *run);
/* 0, or -1: run->exit is then FAILED with a reason. */
int run_connect(struct run *run, const char *socket_path) ATTR_NODISCARD;
/* Sends what is left. 1 = all sent, 0 = would block, -1 = broken. */
int run_send(struct run *run) ATTR_NODISCARD;
/* Reads what is there. */
enum run_read { RUN_MORE, RUN_ENDED, RUN_ASKS };
enum run_read run_read(struct run *run) ATTR_NODISCARD;
/* Is it connected to a child that has not ended? */
bool run_is_on(const struct run *run);
/* Ends it from our side: closes, outcome TIMEOUT, CANCELLED or FAILED. */
void run_abandon(struct run *run, enum box_outcome outcome, const char *why);

/*
 * A blocking exchange of HEALTH/REPORT for /health, at most timeout_ms; the
 * JSON text goes to `out`.  FAIL_UNAVAILABLE when sandboxd does not answer.
 */
enum fail_code run_health(struct fail *f, const char *socket_path,
    int64_t timeout_ms, struct buf *out) ATTR_NODISCARD;

#endif
