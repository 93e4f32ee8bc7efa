/*
 * worker.c: request threads around an event loop.
 *
 * Threads and what they own:
 *
 *	main thread	the event loop and all that loop.h says it owns
 *	request threads	(MCPBOX_THREADS) each its own struct db; the exchange
 *			and connection it took from the queue, until it gives
 *			them back
 *
 * Shared: the queue (its lock), the free list of exchanges (its lock), the
 * loop's inbox (its lock), atomics; settings, tables and compiled patterns
 * are only read.
 */
#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "db/db.h"
#include "log.h"
#include "loop.h"
#include "noun/account.h"
#include "noun/running.h"
#include "op/metric.h"
#include "proc.h"
#include "web/dispatch.h"
#include "worker_queue.h"

#define FILES_WANTED 65536
/* Between attempts to make the first account while there is no database. */
#define BOOTSTRAP_AGAIN_MS 1000
/* From an order to end runs to a look at who came through. */
#define CATCH_UP_AFTER_MS 500
/* Between attempts at it. */
#define CATCH_UP_AGAIN_MS 1000

struct worker {
	const struct settings *settings;
	enum pool pool;
	struct loop *loop;
	struct queue *queue;
	pthread_t *threads;
	size_t nthreads;
	int ready_fd; /* -1 once the byte was written */
	_Atomic bool misconfigured;
};

/* --- requests ------------------------------------------------------------- */

static void
log_access(const struct exchange *x)
{
	log_debug("request", LOG_VIEW("method", x->req.method),
	    LOG_VIEW("path", x->req.path), LOG_INT("status", x->res.status),
	    LOG_INT("bytes", x->res.body.n),
	    LOG_INT("us", (clock_mono_ns() - x->ctx.start_ns) / 1000),
	    LOG_STR("caller", x->ctx.caller.name));
}

/* The answer is built: on its way with it. */
static void
answer(struct worker *w, struct exchange *x)
{
	enum conn_sent sent = CONN_SENT;

	if (x->conn != NULL) {
		log_access(x);
		metric_request(w->pool, x->res.status, x->ctx.fail.code,
		    (uint64_t)(clock_mono_ns() - x->ctx.start_ns) / 1000);
		sent = conn_answer(x->conn, x, loop_leaving(w->loop));
	}
	log_request(NULL);
	loop_answered(w->loop, x, sent);
}

/* One step of one exchange. */
static void
serve(struct worker *w, struct db *db, struct exchange *x)
{
	struct ctx *ctx = &x->ctx;
	bool fresh = x->step == NULL;
	enum step step;

	ctx->db = db;
	ctx->settings = w->settings;
	ctx->pool = w->pool;
	if (fresh)
		x->step = conn_open(x->conn, x) == FAIL_NONE ? dispatch_request
							     : dispatch_failure;
	log_request(ctx->request_id);
	step = x->step(x);
	db_tidy(db);
	ctx->db = NULL;
	switch (step) {
	case STEP_DONE:
		answer(w, x);
		break;
	case STEP_PARK:
		log_request(NULL);
		loop_park(w->loop, x);
		break;
	case STEP_STREAM:
		log_access(x);
		log_request(NULL);
		loop_stream(w->loop, x);
		break;
	}
}

static void *
thread_main(void *arg)
{
	struct worker *w = arg;
	struct db *db = db_new(w->settings, w->pool);
	struct exchange *x;

	while ((x = queue_take(w->queue)) != NULL)
		serve(w, db, x);
	db_free(db);
	return NULL;
}

/* --- the first thing that a worker does ----------------------------------- */

static void
tell_ready(struct worker *w)
{
	if (w->ready_fd < 0)
		return;
	(void)!write(w->ready_fd, "r", 1);
	(void)close(w->ready_fd);
	w->ready_fd = -1;
}

static enum step bootstrap(struct exchange *x);

/* Work of our own, on a request thread. */
static void
schedule(struct worker *w, enum step (*step)(struct exchange *x),
    const char *name, int64_t at_ms)
{
	struct exchange *x = exchange_new();

	x->user = w;
	x->step = step;
	x->ctx.request_id = name;
	x->ctx.client_ip = x->ctx.user_agent = "";
	x->ctx.caller = (struct caller){.perms = PERM_ANYONE};
	loop_schedule(w->loop, x, at_ms);
}

static void
schedule_bootstrap(struct worker *w, int64_t at_ms)
{
	schedule(w, bootstrap, "start", at_ms);
}

/*
 * On a request thread, since it needs the database.  The admin pool makes the
 * first account when the settings name one; without a database it serves
 * (errors) all the same and tries again.
 */
static enum step
bootstrap(struct exchange *x)
{
	struct worker *w = x->user;
	enum fail_code rc = FAIL_NONE;

	if (w->pool == POOL_ADMIN)
		rc = account_bootstrap(&x->ctx);
	if (rc == FAIL_INVALID) {
		atomic_store(&w->misconfigured, true);
		(void)kill(getpid(), SIGTERM);
		return STEP_DONE;
	}
	tell_ready(w);
	if (rc == FAIL_NONE)
		return STEP_DONE;
	log_warning("the first account was not made yet",
	    LOG_STR("reason", fail_slug(rc)),
	    LOG_STR("detail", x->ctx.fail.detail));
	if (!loop_leaving(w->loop))
		schedule_bootstrap(w, clock_mono_ms() + BOOTSTRAP_AGAIN_MS);
	return STEP_DONE;
}

/* --- runs that should have ended ------------------------------------------ */

static enum step
catch_up(struct exchange *x)
{
	struct worker *w = x->user;
	enum fail_code rc = running_catch_up(&x->ctx);

	if (rc == FAIL_NONE)
		return STEP_DONE;
	/* Without a sandbox nothing runs, and what runs later began later. */
	log_debug("orders to end runs were not read again",
	    LOG_STR("reason", fail_slug(rc)),
	    LOG_STR("detail", x->ctx.fail.detail));
	if (!loop_leaving(w->loop))
		schedule(w, catch_up, "catch-up",
		    clock_mono_ms() + CATCH_UP_AGAIN_MS);
	return STEP_DONE;
}

/* In the loop. */
static void
on_ordered(void *arg, bool missed)
{
	schedule(arg, catch_up, "catch-up",
	    clock_mono_ms() + (missed ? 0 : CATCH_UP_AFTER_MS));
}

/* --- process -------------------------------------------------------------- */

/* Two descriptors a parked call, one a connection. */
static void
raise_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max
						       : FILES_WANTED;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void
start_threads(struct worker *w)
{
	w->nthreads = (size_t)w->settings->threads;
	w->threads = calloc(w->nthreads, sizeof(*w->threads));
	if (w->threads == NULL)
		log_panic("out of memory", "threads");
	for (size_t i = 0; i < w->nthreads; i++) {
		if (pthread_create(&w->threads[i], NULL, thread_main, w) != 0)
			log_fatal("a thread cannot start", NULL);
	}
}

static void
stop_threads(struct worker *w)
{
	queue_close(w->queue);
	for (size_t i = 0; i < w->nthreads; i++)
		(void)pthread_join(w->threads[i], NULL);
	free(w->threads);
}

int
worker_run(const struct settings *s, enum pool pool, int listener, int ready_fd)
{
	static const int signals[] = {SIGTERM, SIGINT, 0};
	struct worker w = {
	    .settings = s,
	    .pool = pool,
	    .queue = queue_new(),
	    .ready_fd = ready_fd,
	};
	int signal_fd = proc_signalfd(signals);

	if (signal_fd < 0)
		log_fatal("no signals", NULL);
	raise_files();
	w.loop = loop_new(&(struct loop_setup){
	    .settings = s,
	    .pool = pool,
	    .listener = listener,
	    .signal_fd = signal_fd,
	    .queue = w.queue,
	    /* One pool of a node is enough, and this one models don't reach. */
	    .ordered = pool == POOL_ADMIN ? on_ordered : NULL,
	    .arg = &w,
	});
	start_threads(&w);
	schedule_bootstrap(&w, 0);
	if (!loop_run(w.loop))
		_exit(0); /* a thread that hangs cannot be joined */
	stop_threads(&w);
	loop_free(w.loop);
	queue_free(w.queue);
	exchange_free_all();
	(void)close(signal_fd);
	return atomic_load(&w.misconfigured) ? WORKER_EXIT_CONFIG : 0;
}
