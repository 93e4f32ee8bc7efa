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

	/* Of a run that a held process may take, and that one (lease.h). */
	bool may_lease;
	char env[RUN_ENV_MAX];
	uint32_t concurrency;
	struct box_limits limits;
	struct buf begin;   /* the payload of BEGIN */
	struct lease lease; /* LEASE_NONE: it goes through sandboxd */

	/* filled by the loop, read by resume */
	bool have_result, have_error;
	bool content;         /* the result is what BOX_RESULT_CONTENT says */
	struct buf result;    /* RESULT payload: JSON text */
	struct buf error;     /* ERROR payload: JSON text */
	struct buf output;    /* OUTPUT payloads in order */
	struct buf requests;  /* REQUEST payloads, each a buf_lstr; a limit */
	uint32_t nrequests;   /* all that came, kept or not */
	struct box_exit exit; /* outcome; message points into exit_text */
	char exit_text[256];
	bool client_gone; /* the client left while it ran */

	/*
	 * What a PROGRESS or LOG frame says, as it comes: its payload, whatever
	 * that is.  NULL: nobody wants to know.  Called on the loop's thread.
	 */
	void (*said)(
	    void *user, struct run *run, uint16_t type, struct str payload);
	void *said_user;
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
/* Reads what is there. 1 = the run has ended, 0 = more to come. */
int run_read(struct run *run) ATTR_NODISCARD;
/* Ends it from our side: closes, outcome TIMEOUT, CANCELLED or FAILED. */
void run_abandon(struct run *run, enum box_outcome outcome, const char *why);

/*
 * A blocking exchange of HEALTH/REPORT for /health, at most timeout_ms; the
 * JSON text goes to `out`.  FAIL_UNAVAILABLE when sandboxd does not answer.
 */
enum fail_code run_health(struct fail *f, const char *socket_path,
    int64_t timeout_ms, struct buf *out) ATTR_NODISCARD;

#endif
