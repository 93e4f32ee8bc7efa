/*
 * job.h: one outbound request, from its frame to its record.
 */
#ifndef MCPBOX_EGRESS_JOB_H
#define MCPBOX_EGRESS_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "egress/engine.h"
#include "egress/run.h"
#include "str.h"
#include "wire.h"

/* The connection that it came by. */
struct job;
struct job_user {
	/* A frame for the peer. */
	void (*frame)(
	    void *arg, enum wire_type type, uint32_t id, struct str payload);
	/* Enough frames wait for the peer already. */
	bool (*full)(void *arg);
	/* It is over; the job belongs to the user again.  Never called from
	 * job_new, and the last thing that the job does. */
	void (*done)(void *arg, struct job *job);
};

/* Links of the list that the user keeps. */
struct job_links {
	struct job *next, *prev;
};

/* NULL when the payload is not a FETCH.  Its time begins to run. */
struct job *job_new(struct engine *e, struct run *run, uint32_t id,
    struct str payload, const struct job_user *user, void *arg);
/* Without a word to the peer; a line in the log if it was not over. */
void job_free(struct job *j);

uint32_t job_id(const struct job *j);
size_t job_size(const struct job *j); /* bytes of the request */
struct job_links *job_links(struct job *j);

/* Each of these may end the job, and so call `done`. */
void job_start(struct job *j);
void job_refuse(struct job *j); /* one request too many */
void job_cancel(struct job *j);
/* The peer can take more. */
void job_resume(struct job *j);

/* It has something for the peer and waits. */
bool job_stalled(const struct job *j);

#endif
