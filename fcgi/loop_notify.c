/*
 * loop_notify.c: the connection that listens for PostgreSQL's notifications.
 *
 * All asynchronous: connecting, LISTEN, and reading happen when the socket is
 * ready.  What is notified moves the versions of op/cachever, and is told to
 * whoever waits or listens (loop_news.c).  After each (re)connection every
 * version moves, since something may have been missed, and everybody is told
 * that.  A lost connection is tried again with a back-off that never gives up;
 * until then caches may be stale, so they move once more when it is lost.
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "db/conninfo.h"
#include "db/stmt.h"
#include "log.h"
#include "loop_impl.h"
#include "op/cachever.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 5000
/* Connecting and LISTEN, together. */
#define CONNECT_MS 10000

enum notify_state {
	NOTIFY_WAITING,    /* for the next attempt */
	NOTIFY_CONNECTING, /* PQconnectPoll */
	NOTIFY_ASKING,     /* LISTEN is under way */
	NOTIFY_LISTENING
};

/* The channels, in the order in which they are asked for. */
static const struct {
	enum q listen;
	bool gateway; /* its pool only */
} channels[] = {
    {Q_db_listen, false},
    {Q_mcpsession_channel, true},
};

struct notify {
	struct source source; /* first */
	struct loop *loop;
	enum notify_state state;
	size_t nasked; /* channels */
	PGconn *conn;
	int fd;             /* in the epoll set; -1 = none */
	struct timer timer; /* next attempt, or: this one takes too long */
	int64_t backoff_ms;
	bool quiet; /* the failure was logged already */
};

static void
unwatch(struct notify *n)
{
	/* libpq may have closed it, which took it out of the set. */
	if (n->fd >= 0 && PQsocket(n->conn) == n->fd)
		(void)epoll_ctl(n->loop->epoll, EPOLL_CTL_DEL, n->fd, NULL);
	n->fd = -1;
}

/* While it connects libpq may change the socket (several hosts). */
static void
watch(struct notify *n, uint32_t events)
{
	unwatch(n);
	n->fd = PQsocket(n->conn);
	loop_watch(n->loop, EPOLL_CTL_ADD, n->fd, events, &n->source);
}

static void
fall_back(struct notify *n)
{
	if (!n->quiet)
		log_warning("not listening for notifications",
		    LOG_STR("detail",
			n->conn != NULL ? PQerrorMessage(n->conn) : ""));
	n->quiet = true;
	if (n->state == NOTIFY_LISTENING)
		cache_bump(NULL);
	if (n->conn != NULL) {
		unwatch(n);
		PQfinish(n->conn);
		n->conn = NULL;
	}
	n->state = NOTIFY_WAITING;
	timer_set(&n->loop->timers, &n->timer, clock_mono_ms() + n->backoff_ms);
	n->backoff_ms *= 2;
	if (n->backoff_ms > BACKOFF_MAX_MS)
		n->backoff_ms = BACKOFF_MAX_MS;
}

/* libpq would write it to standard error; a lost connection is logged by us. */
static void
on_notice(void *arg, const char *text)
{
	(void)arg;
	log_debug("notice of the database", LOG_STR("text", text));
}

static void
start(struct notify *n)
{
	struct conninfo info;

	conninfo_build(&info, n->loop->setup.settings, "mcpbox notify");
	n->state = NOTIFY_CONNECTING;
	n->nasked = 0;
	n->conn = PQconnectStartParams(info.keys, info.values, 1);
	if (n->conn == NULL)
		log_panic("out of memory", "libpq");
	(void)PQsetNoticeProcessor(n->conn, on_notice, NULL);
	if (PQstatus(n->conn) == CONNECTION_BAD) {
		fall_back(n);
		return;
	}
	timer_set(&n->loop->timers, &n->timer, clock_mono_ms() + CONNECT_MS);
	watch(n, EPOLLOUT);
}

static void
on_timer(void *owner)
{
	struct notify *n = owner;

	if (n->state == NOTIFY_WAITING)
		start(n);
	else
		fall_back(n);
}

/* A query of a few bytes into an empty socket buffer. */
static bool
ask(struct notify *n)
{
	enum q q = channels[n->nasked++].listen;

	n->state = NOTIFY_ASKING;
	return PQsendQuery(n->conn, stmt_text(q)) == 1;
}

static bool
asked_all(const struct notify *n)
{
	return n->nasked == NELEM(channels) ||
	    (channels[n->nasked].gateway &&
		n->loop->setup.pool != POOL_GATEWAY);
}

static void
connecting(struct notify *n)
{
	PostgresPollingStatusType next = PQconnectPoll(n->conn);

	if (next == PGRES_POLLING_READING ||
	    (next == PGRES_POLLING_OK && ask(n))) {
		watch(n, EPOLLIN);
	} else if (next == PGRES_POLLING_WRITING) {
		watch(n, EPOLLOUT);
	} else {
		fall_back(n);
	}
}

static void
listening(struct notify *n)
{
	n->state = NOTIFY_LISTENING;
	n->backoff_ms = BACKOFF_FIRST_MS;
	timer_clear(&n->loop->timers, &n->timer);
	if (n->quiet)
		log_info("listening for notifications again");
	n->quiet = false;
	cache_bump(NULL);
	loop_missed(n->loop);
}

/* The answer to LISTEN. */
static bool
asked(struct notify *n)
{
	bool ok = true;
	PGresult *res;

	while (!PQisBusy(n->conn)) {
		res = PQgetResult(n->conn);
		if (res == NULL) {
			if (!ok)
				return false;
			if (!asked_all(n))
				return ask(n);
			listening(n);
			return true;
		}
		ok = ok && PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
	}
	return ok;
}

static void
take_notifications(struct notify *n)
{
	PGnotify *one;

	while ((one = PQnotifies(n->conn)) != NULL) {
		if (strcmp(one->relname, NEWS_SESSIONS) == 0) {
			loop_hear(n->loop, true, one->extra);
		} else {
			cache_bump(one->extra);
			loop_hear(n->loop, false, one->extra);
		}
		PQfreemem(one);
	}
}

static void
on_ready(struct loop *l, struct source *s, uint32_t events)
{
	struct notify *n = (struct notify *)s;

	(void)l;
	(void)events;
	if (n->state == NOTIFY_CONNECTING) {
		connecting(n);
		return;
	}
	if (PQconsumeInput(n->conn) != 1 ||
	    (n->state == NOTIFY_ASKING && !asked(n))) {
		fall_back(n);
		return;
	}
	take_notifications(n);
}

struct notify *
notify_new(struct loop *l)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (n == NULL)
		log_panic("out of memory", "notify");
	n->source.ready = on_ready;
	n->loop = l;
	n->fd = -1;
	n->backoff_ms = BACKOFF_FIRST_MS;
	n->timer = (struct timer){.fire = on_timer, .owner = n};
	timer_set(&l->timers, &n->timer, 0);
	return n;
}

void
notify_free(struct notify *n)
{
	timer_clear(&n->loop->timers, &n->timer);
	if (n->conn != NULL) {
		unwatch(n);
		PQfinish(n->conn);
	}
	free(n);
}
