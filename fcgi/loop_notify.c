/*
 * loop_notify.c: the connection that listens for PostgreSQL's notifications.
 *
 * All asynchronous: connecting, LISTEN, and reading happen when the socket is
 * ready.  What is notified moves the versions of op/cachever, and is told to
 * whoever waits or listens (loop_news.c).  After each (re)connection every
 * version moves, since something may have been missed, and everybody is told
 * that.  A lost connection is tried again with a back-off that never gives up;
 * until then caches may be stale, so they move once more when it is lost.
 *
 * The admin pool also hears orders to end runs.  The notification is the
 * number of a row that only the database's own triggers write: anyone may
 * notify, so what is to be done comes from the row.
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "box.h"
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

/* Channel of orders to end runs (sql/queries/kill.sql). */
#define KILL_CHANNEL "mcpbox_kill"
/* Text of the ids that are asked for at once. */
#define IDS_MAX 4096

enum notify_state {
	NOTIFY_WAITING,    /* for the next attempt */
	NOTIFY_CONNECTING, /* PQconnectPoll */
	NOTIFY_ASKING,     /* LISTEN is under way */
	NOTIFY_LISTENING
};

static bool everybody(const struct loop *l);
static bool is_gateway(const struct loop *l);
static bool hears_kills(const struct loop *l);

/* The channels, in the order in which they are asked for. */
static const struct {
	enum q listen;
	bool (*wanted)(const struct loop *l);
} channels[] = {
    {Q_db_listen, everybody},
    {Q_mcpsession_channel, is_gateway},
    {Q_kill_listen, hears_kills},
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
	bool quiet;     /* the failure was logged already */
	struct buf ids; /* "1,2": orders to read */
	bool reading;   /* a question about some is under way */
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
	buf_reset(&n->ids);
	n->reading = false;
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

static bool
everybody(const struct loop *l)
{
	(void)l;
	return true;
}

static bool
is_gateway(const struct loop *l)
{
	return l->setup.pool == POOL_GATEWAY;
}

static bool
hears_kills(const struct loop *l)
{
	return l->setup.ordered != NULL;
}

/* The next channel that this pool wants, if there is one. */
static bool
asked_all(struct notify *n)
{
	while (
	    n->nasked < NELEM(channels) && !channels[n->nasked].wanted(n->loop))
		n->nasked++;
	return n->nasked == NELEM(channels);
}

/* A query of a few bytes into an empty socket buffer. */
static bool
ask(struct notify *n)
{
	enum q q = channels[n->nasked++].listen;

	n->state = NOTIFY_ASKING;
	return PQsendQuery(n->conn, stmt_text(q)) == 1;
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
	if (hears_kills(n->loop))
		n->loop->setup.ordered(n->loop->setup.arg, true);
}

/* The answer to LISTEN. */
static bool
asked(struct notify *n)
{
	bool ok = true;
	PGresult *res;

	while (ok && !PQisBusy(n->conn)) {
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

/* --- orders to end runs --------------------------------------------------- */

static bool
read_kills(struct notify *n)
{
	const char *values[1];
	struct buf list;
	bool ok;

	if (n->reading || n->ids.n == 0)
		return true;
	if (n->ids.overflow) {
		/* So many that all of the last minutes are read. */
		buf_reset(&n->ids);
		n->loop->setup.ordered(n->loop->setup.arg, true);
		return true;
	}
	buf_init(&list, IDS_MAX + 2);
	buf_printf(&list, "{%s}", n->ids.p);
	buf_reset(&n->ids);
	values[0] = list.p;
	ok = PQsendQueryParams(n->conn, stmt_text(Q_kill_orders), 1, NULL,
		 values, NULL, NULL, 0) == 1;
	buf_free(&list);
	n->reading = ok;
	return ok;
}

static void
obey(struct notify *n, const PGresult *res)
{
	for (int i = 0; i < PQntuples(res); i++) {
		struct box_kill k = {
		    .what = strcmp(PQgetvalue(res, i, 0), "tool") == 0
			? BOX_KILL_TOOL
			: BOX_KILL_ENV,
		    .value = str_from(PQgetvalue(res, i, 1)),
		    .why = str_from(PQgetvalue(res, i, 2)),
		};

		log_info("an order to end runs", LOG_VIEW("target", k.value),
		    LOG_VIEW("why", k.why));
		loop_kill(n->loop, &k);
	}
	if (PQntuples(res) > 0)
		n->loop->setup.ordered(n->loop->setup.arg, false);
}

/* The answer to read_kills. */
static bool
take_kills(struct notify *n)
{
	PGresult *res;
	bool ok = true;

	while (n->reading && ok && !PQisBusy(n->conn)) {
		res = PQgetResult(n->conn);
		if (res == NULL) {
			n->reading = false;
			break;
		}
		ok = PQresultStatus(res) == PGRES_TUPLES_OK &&
		    PQnfields(res) == 3;
		if (ok)
			obey(n, res);
		PQclear(res);
	}
	return ok;
}

static void
hear_kill(struct notify *n, const char *id)
{
	int64_t number;

	if (hears_kills(n->loop) && str_to_i64(str_from(id), &number) &&
	    number > 0)
		buf_printf(&n->ids, "%s%lld", n->ids.n > 0 ? "," : "",
		    (long long)number);
}

static void
take_notifications(struct notify *n)
{
	PGnotify *one;

	while ((one = PQnotifies(n->conn)) != NULL) {
		if (strcmp(one->relname, KILL_CHANNEL) == 0) {
			hear_kill(n, one->extra);
		} else if (strcmp(one->relname, NEWS_SESSIONS) == 0) {
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
	    (n->state != NOTIFY_LISTENING && !asked(n)) || !take_kills(n)) {
		fall_back(n);
		return;
	}
	take_notifications(n);
	if (n->state == NOTIFY_LISTENING && !read_kills(n))
		fall_back(n);
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
	buf_init(&n->ids, IDS_MAX);
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
	buf_free(&n->ids);
	free(n);
}
