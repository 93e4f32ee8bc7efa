/*
 * flight.h: one HTTP request and its answer, from start to end.
 *
 * What is common to all: connecting and asking again where nobody listens,
 * time limits, collecting the answer or taking a stream apart.  What a message
 * means is the business of its kind (call.h, note.h, stream.h, relist.h).
 */
#ifndef MCPBOX_BRIDGE_FLIGHT_H
#define MCPBOX_BRIDGE_FLIGHT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "bridge.h"
#include "buf.h"
#include "msg.h"
#include "sse.h"

/* Of a body, and of one event of a stream. */
#define FLIGHT_ANSWER_MAX ((size_t)64 * 1024 * 1024)

/* An end that curl does not tell. */
enum flight_end {
	FLIGHT_END_NONE,
	FLIGHT_END_TOO_LARGE, /* the answer */
	FLIGHT_END_IDLE,      /* options: idle_ms */
	FLIGHT_END_TOTAL      /* options: total_ms */
};

struct flight_kind {
	const char *name;
	const char *verb;
	/* One event of a stream. Must not free or start flights. */
	void (*event)(struct flight *f, struct str data);
	/* All is over: frees the flight, or lets it start again. */
	void (*ended)(struct flight *f);
	/* Before it is freed; NULL: nothing. */
	void (*freed)(struct flight *f);
};

struct flight {
	struct flight *next;
	struct flight *prev;
	struct bridge *b;
	const struct flight_kind *kind;
	struct msg *msg; /* the message that it carries, or NULL */
	bool endless;    /* no time limit once it is connected */

	/* Under way: easy is set. Waiting: due_ms is. Neither: at rest. */
	CURL *easy;
	struct curl_slist *headers;
	int64_t due_ms;   /* 0: not waiting */
	int64_t first_ms; /* when it was started first */
	int64_t start_ms; /* when it was started last */
	int64_t last_ms;  /* when something came */
	unsigned refused; /* times in a row that nobody listened */
	unsigned sent;    /* times that this start sent something */

	/* How it went, once it has ended. */
	CURLcode code;
	enum flight_end end;
	long status;
	bool paused;
	bool typed; /* the head of the answer was looked at */
	bool is_stream;
	bool is_json;
	struct buf body;
	struct sse sse;
	char error[CURL_ERROR_SIZE];

	/* The kind's own. */
	bool resuming; /* GET with the id of the last event */
	bool answered;
	bool cancelled;
	bool relisted;
	unsigned tries;
	struct flight *other;
	char last_id[SSE_ID_MAX + 1];
	int64_t retry_ms; /* -1: the server named none */
};

/* At rest. Takes the message (may be NULL) over. */
struct flight *flight_new(struct bridge *b, const struct flight_kind *kind,
    struct msg *m) ATTR_RETURNS_NONNULL;
/* At any time outside an event: ends the connection if it is under way. */
void flight_free(struct flight *f);
/* Sends the request, for the first time or again. */
void flight_start(struct flight *f);
/* Ends the connection; what came is kept. */
void flight_rest(struct flight *f);
/* Starts it later. */
void flight_wait(struct flight *f, int64_t ms);

/* A header of the answer, or STR_NONE; while its easy handle lives. */
struct str flight_header(const struct flight *f, const char *name);
/* Was the connection refused, so that nothing was sent? */
bool flight_was_refused(const struct flight *f);

/* --- for the loop ----------------------------------------------------------
 */

/* Takes up what has ended. */
void flight_reap(struct bridge *b);
/* Starts what is due, ends what took too long. */
void flight_tick(struct bridge *b, int64_t now);
/* When the next of these is to be done; `latest` at the latest. */
int64_t flight_next(const struct bridge *b, int64_t latest);
/* Lets those go on that waited for the client to read. */
void flight_resume_paused(struct bridge *b);

#endif
