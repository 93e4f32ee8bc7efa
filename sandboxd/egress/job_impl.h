/*
 * job_impl.h: inside a job: job.c decides and ends, transfer.c talks to
 * libcurl, body.c moves the answer.
 */
#ifndef MCPBOX_EGRESS_JOB_IMPL_H
#define MCPBOX_EGRESS_JOB_IMPL_H

#include "egress/answer.h"
#include "egress/decode.h"
#include "egress/dns.h"
#include "egress/job.h"
#include "egress/outcome.h"
#include "egress/pool.h"
#include "egress/record.h"
#include "egress/url.h"

#define JOB_SENT_MAX (FETCH_HEADERS_MAX + 4)

enum job_state {
	JOB_WAITING,    /* for its turn */
	JOB_LOOKING,    /* a name up */
	JOB_CONNECTING, /* libcurl has it, nothing was sent yet */
	JOB_ASKING,     /* sent, or being sent */
	JOB_RECEIVING,  /* the head is here */
	JOB_DRAINING,   /* all is here, but not all is with the peer */
	JOB_OVER
};

struct job {
	struct job_links links;
	struct engine *engine;
	struct run *run;
	const struct job_user *user;
	void *arg;
	uint32_t id;
	enum job_state state;
	struct outcome outcome;
	struct timer timer;
	int64_t born_ns, deadline_ms, connect_by_ms;
	int64_t moved_ms;  /* something moved, or the state changed */
	uint64_t uploaded; /* bytes of the body */

	/* what is asked */
	char *payload;
	size_t npayload;
	struct fetch_request request;
	struct url url;
	bool private;   /* the grant says so */
	bool let_loose; /* it was allowed to go out */

	/* where it goes */
	struct dns_lookup *lookup;
	bool looking_for_proxy;
	struct dns_answer where; /* of the URL's host */
	struct dns_answer proxy; /* of the proxy's */
	char address[ADDR_TEXT_MAX];

	/* libcurl */
	struct pool_transfer transfer;
	struct curl_slist *headers, *resolve, *connect_to;
	struct fetch_pair sent_headers[JOB_SENT_MAX];
	size_t nsent_headers;
	char error[CURL_ERROR_SIZE];
	unsigned sends; /* how often it was about to be sent */

	/* what comes back */
	struct answer answer;
	struct decode *decode; /* NULL: as it is */
	struct buf stash;      /* came, but could not be passed on yet */
	bool paused;           /* libcurl waits with more */
	uint64_t sent, received;
	struct buf preview;
};

/* Puts an easy handle together and starts it. */
void transfer_start(struct job *j);
/* What libcurl's code means (verdict.c); an outcome that is there stays. */
void transfer_outcome(struct job *j, CURLcode code);
/* There is an outcome, but libcurl is on the stack: ends the job from the
 * loop, whatever libcurl would try next. */
void job_end_soon(struct job *j);
/* Goes on to the next part. */
void job_enter(struct job *j, enum job_state state);
/* What is due may be sooner than it was. */
void job_look_again(struct job *j);
/* libcurl is done with it; may end the job. */
void job_over(struct job *j);
/* Lets a paused one go on.  False with an outcome. */
bool transfer_resume(struct job *j) ATTR_NODISCARD;
void transfer_free(struct job *j);

/* --- how long the parts may take (phase.c) --- */

/* The part that it is in, or the whole, took too long. */
bool phase_over(struct job *j) ATTR_NODISCARD;
/* When to look again. */
int64_t phase_due(const struct job *j);
/* A piece came. */
void phase_moved(struct job *j);
/* So many bytes of the body are sent. */
void phase_sent(struct job *j, uint64_t bytes);
/* How it ends when it took too long, and a phrase about it. */
enum fetch_end phase_end(const struct job *j);
const char *phase_text(const struct job *j);

/* Every address of the answer may be talked to; else false with an outcome. */
bool job_judge(struct job *j, const struct dns_answer *where) ATTR_NODISCARD;
/* The same for one address. */
bool job_judge_one(struct job *j, const struct addr *a) ATTR_NODISCARD;

/* Sends HEAD and gets ready for a body. */
void body_begin(struct job *j);
/* A piece from libcurl: false with an outcome, or *taken_out is false and
 * libcurl is to wait with it. */
bool body_piece(
    struct job *j, struct str piece, bool *taken_out) ATTR_NODISCARD;
/* Moves what is stashed, as far as the peer takes it; false with an outcome. */
bool body_move(struct job *j) ATTR_NODISCARD;
/* Something is still to be moved. */
bool body_left(const struct job *j);
/* All has come: an outcome when it did not end where it should. */
void body_close(struct job *j);

#endif
