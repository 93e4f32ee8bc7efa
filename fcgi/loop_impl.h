/*
 * loop_impl.h: the inside of the event loop, shared by the loop_*.c files.
 */
#ifndef MCPBOX_LOOP_IMPL_H
#define MCPBOX_LOOP_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "loop.h"
#include "loop_timer.h"
#include "op/news.h"
#include "rnd.h"
#include "web/host.h"
#include "web/stream.h"

/* Something that epoll watches.  Freed only at the end of a round: an event
 * of the same round may still name it, and finds `dead` set. */
struct source {
	void (*ready)(struct loop *l, struct source *s, uint32_t events);
	bool dead;
};

/* What a thread wants done with a link. */
enum link_news {
	LINK_PARK,    /* conn->x waits for its run */
	LINK_STREAM,  /* link->stream begins */
	LINK_BLOCKED, /* the answer is stuck half-way */
	LINK_PENDING, /* answered; bytes of the next request are here already */
	LINK_CLOSE    /* answered, and done with */
};

enum link_state {
	LINK_LOOP,   /* the loop's */
	LINK_THREAD, /* a request thread's, or on its way there */
	LINK_MISSED  /* the same, and an edge came: see loop_conn.c */
};

/* A connection in the loop. */
struct link {
	struct source source; /* first: a source is its link */
	struct loop *loop;
	struct conn *conn;
	struct link *prev, *next; /* of all links; the loop's */
	_Atomic int state;        /* enum link_state: who touches conn */
	bool hup;                 /* the peer will send no more */
	bool sending;             /* EPOLLOUT is asked for */
	int64_t since_ms;         /* last request or arrival */
	int64_t stuck_ms;         /* it takes nothing since then; 0: it does */
	struct stream *stream; /* what it is instead of an exchange, or NULL */
	struct timer timer;    /* too late with a request or an answer; or
				* time for another heartbeat */

	enum link_news news;    /* under the inbox's lock */
	struct link *next_news; /* under the inbox's lock */
};

/* An exchange that waits for its run; in the exchange's arena. */
struct park {
	struct source source; /* first; watches the run's descriptor */
	struct source above;  /* of a leased run: that of sandboxd */
	struct loop *loop;
	struct exchange *x;
	struct park *prev, *next; /* of all that are parked */
	struct timer timer;       /* the run's deadline */
	/* Asked for now, of each; 0 = not in the epoll set. */
	uint32_t events, events_above;
	bool over; /* the run has ended, but x is not ready to go on */
};

/* Work of our own that waits for its time. */
struct scheduled {
	struct scheduled *next;
	struct loop *loop;
	struct exchange *x;
	struct timer timer;
	int64_t at_ms;
};

struct notify; /* loop_notify.c */
struct held;   /* loop_lease.c */
struct kill;   /* loop_kill.c */

/* The same news about a list, come too often, are told once: for up to some
 * servers, or for any. */
#define LIST_SERVERS_MAX 600
struct list_news {
	struct loop *loop;
	enum news_kind kind;
	struct timer timer; /* set: it was told not long ago */
	bool again;         /* and has changed since */
	/* Of which servers: as news.what, gathered until it is told. */
	char servers[LIST_SERVERS_MAX];
	size_t nservers; /* bytes; LIST_SERVERS_MAX: of any */
};

#define OWNERS 1024

struct loop {
	struct loop_setup setup;
	int epoll;
	struct timers timers;
	char *scratch; /* CONN_READ_SIZE bytes for reading */

	struct source listener;
	bool listening;
	struct timer listen_again;

	struct link *links;
	size_t nlinks;
	struct park *parks;
	size_t nparked;
	struct stream *streams;
	_Atomic size_t nstreams;         /* by stream_reserve */
	_Atomic uint32_t owners[OWNERS]; /* the same, by a hash of the owner */
	struct list_news lists[NEWS_LISTS];
	struct link *dead; /* linked by ->next; freed at the end of the round */
	struct exchange *ready; /* for the queue at the end of the round */

	struct source signals;
	_Atomic bool leaving;
	int64_t leave_by_ms;
	struct timer tick; /* while leaving */
	struct timer beat; /* by host_beat */

	/* inbox: news from the threads */
	struct source wake;
	int wake_fd;
	pthread_mutex_t lock;
	struct link *news;            /* under lock */
	struct scheduled *scheduling; /* under lock */
	struct exchange *landed;  /* under lock; work of ours that is done */
	struct exchange *parking; /* under lock; parked, without connection */
	struct scheduled *scheduled; /* all that wait; the loop's */
	/* Exchanges without a connection: of loop_schedule and host_do, and
	 * those that lost theirs; until they are done. */
	_Atomic size_t jobs;

	struct notify *notify;
	struct kill *kills; /* orders on their way */
	struct held *held;  /* processes for the next calls; NULL: none */
	char worker[RND_UUID_MAX];
	void *slots[HOST_SLOTS]; /* mcp/'s */
};

/* loop.c */
/* epoll_ctl(2); failure is a bug and ends the process. */
void loop_watch(
    struct loop *l, int op, int fd, uint32_t events, struct source *s);
/* A complete or resumed exchange leaves for the threads this round. */
void loop_ready(struct loop *l, struct exchange *x);
void loop_news(struct loop *l, struct link *link, enum link_news news);
/* Any thread: the loop looks into its inbox. */
void loop_wake(struct loop *l);

/* loop_conn.c */
void loop_listen(struct loop *l);
void loop_unlisten(struct loop *l);
void loop_link_news(struct loop *l, struct link *link, enum link_news news);
/* Closes connections on which nothing happens; true when none is left. */
bool loop_close_idle(struct loop *l, int64_t idle_ms);
void loop_bury(struct loop *l); /* frees the dead links */
/* An exchange that found the queue full: 503. */
void loop_refuse(struct loop *l, struct exchange *x);
/* A finished link: closed now, freed at the end of the round. */
void loop_link_close(struct loop *l, struct link *link);
/* From now on it is a thread's. */
void loop_link_lend(struct link *link);
/* Has the peer of a parked link or a stream left? */
bool loop_link_gone(struct loop *l, struct link *link);
/* Sends what was put on it; what it said.  BROKEN: nothing was done yet. */
enum conn_sent loop_link_flush(struct loop *l, struct link *link);
/* Has it taken nothing for too long? */
bool loop_link_stuck(const struct link *link);
/* What was put is the last of an answer whose exchange is gone. */
void loop_link_finish(struct loop *l, struct link *link);

/* loop_park.c */
void loop_park_begin(struct loop *l, struct exchange *x);
/* The peer of a parked exchange has left. */
void loop_park_left(struct loop *l, struct exchange *x);
/* Its connection is readable or writable, or its timer fired. */
void loop_park_ready(struct loop *l, struct link *link);
void loop_park_tick(struct loop *l, struct link *link);
/* It goes on, unless it is not ready to. */
void loop_park_end(struct park *p);
/* It goes on without its connection; `gone`: which is closed. */
void loop_park_detach(struct loop *l, struct exchange *x, bool gone);
void loop_park_hear(struct loop *l, const struct news *n);

/* loop_stream.c */
void loop_stream_begin(struct loop *l, struct link *link);
void loop_stream_ready(struct loop *l, struct link *link);
void loop_stream_tick(struct loop *l, struct link *link);
void loop_stream_hear(struct loop *l, const struct news *n);
/* All of them, in order: the process leaves. */
void loop_stream_end_all(struct loop *l);

/* loop_news.c */
void loop_news_init(struct loop *l);
/* A payload of one of the two channels. */
void loop_hear(struct loop *l, bool sessions, const char *payload);
/* Nothing was heard for a while. */
void loop_missed(struct loop *l);

/* loop_host.c */
void loop_land(struct loop *l, struct exchange *list);

/* loop_lease.c */

/* Gives the parked run to a process that is held, if there is one for it. */
bool loop_lease_use(struct loop *l, struct park *p);
/* A call of this server came: another may. */
void loop_lease_want(struct loop *l, const struct run *run);
/* Asks epoll for what a lent run waits for. */
void loop_lease_watch(struct park *p);
/* All that is held is given back; events of this round may still come. */
void loop_lease_leave(struct loop *l);
/* Not from within a round. */
void loop_lease_free(struct loop *l);

/* loop_notify.c */
struct notify *notify_new(struct loop *l);
void notify_free(struct notify *n);

/* loop_kill.c */
struct box_kill;
/* Ends runs of this node; `order` is copied. */
void loop_kill(struct loop *l, const struct box_kill *order);
/* Forgets those that are on their way. */
void loop_kill_end(struct loop *l);

#endif
