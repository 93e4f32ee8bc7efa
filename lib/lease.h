/*
 * lease.h: a run in a process that this worker holds, the worker's side
 * (docs/decisions/0005-leases.md).
 *
 * Asked for ahead of the call; when it is ready, a run given to it reaches the
 * child without a detour.  What comes back is handed out as sandboxd would
 * send it, however the run goes on: from the child, or through sandboxd after
 * the first outbound request, or question that it waits with.  EXIT, the last,
 * is always sandboxd's: it tells what the run used.
 *
 * Nothing here blocks.  Two descriptors are to be watched: `conn`, and `data`
 * while a run is on; for writing when lease_wants_write says so.
 */
#ifndef MCPBOX_LEASE_H
#define MCPBOX_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "box.h"
#include "buf.h"
#include "monitor.h"
#include "str.h"
#include "wire.h"

enum lease_state {
	LEASE_NONE,
	LEASE_ASKED,   /* sandboxd has not answered */
	LEASE_READY,   /* may be given a run */
	LEASE_RUNNING, /* the child has it */
	LEASE_ENDING,  /* the child is done with: EXIT is due */
	LEASE_THROUGH, /* handed over: frames come from sandboxd */
	LEASE_OVER     /* EXIT was handed out, or it is lost */
};

struct lease {
	enum lease_state state;
	int conn, data;   /* -1: none (any more) */
	int64_t until_ms; /* READY: monotonic; not to be begun after it */
	int64_t begun_ns;
	struct box_limits limits;
	struct monitor monitor;
	struct wire_reader above; /* of conn */
	struct wire_reader below; /* of data */
	struct buf up, down;      /* to sandboxd, to the child */
	/*
	 * Before `data` is closed, if not NULL.  sandboxd has the same socket:
	 * an epoll set would not notice that it is closed here.
	 */
	void (*closing)(void *arg, int fd);
	void *closing_arg;
};

/*
 * Connects and asks.  0, or -1 with errno (the lease is as new).  End it with
 * lease_close in any case.
 */
int lease_ask(struct lease *l, const char *socket,
    const struct box_lease *ask) ATTR_NODISCARD;
/* Closes what is open; the child dies.  Harmless when repeated. */
void lease_close(struct lease *l);

/*
 * While ASKED or READY: looks at what sandboxd says.  False when there is no
 * lease (any more): refused, called back, gone.
 */
bool lease_look(struct lease *l) ATTR_NODISCARD;

/* May it be given a run now? */
bool lease_usable(const struct lease *l, int64_t now_ms);

/*
 * Gives it the run: the payload of BEGIN (box_begin_encode), and the frame
 * RUN, complete.  Both are copied; RUN's copy is wiped when it is sent.
 */
void lease_begin(struct lease *l, const struct box_limits *limits,
    enum box_ask ask, struct str begin, struct str run_frame);

/* Once it goes through sandboxd: the frame ANSWER, complete. */
void lease_answer(struct lease *l, struct str frame);

/* Sends what waits.  False: nobody will ever say how it ended. */
bool lease_flush(struct lease *l) ATTR_NODISCARD;
bool lease_wants_write(const struct lease *l, bool *conn_out, bool *data_out);

enum lease_next {
	LEASE_NEXT_FRAME,
	LEASE_NEXT_MORE, /* watch the descriptors; `data` may be -1 by now */
	LEASE_NEXT_LOST  /* nobody will ever say how it ended */
};

/*
 * The run's next frame, for the worker; valid until the next call.  After
 * EXIT the lease is over.
 */
enum lease_next lease_next(
    struct lease *l, struct wire_frame *frame_out) ATTR_NODISCARD;

#endif
