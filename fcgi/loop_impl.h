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

/* Something that epoll watches.  Freed only at the end of a round: an event
 * of the same round may still name it, and finds `dead` set. */
struct source {
	void (*ready)(struct loop *l, struct source *s, uint32_t events);
	bool dead;
};

/* What a thread wants done with a link. */
enum link_news {
	LINK_PARK,    /* conn->x waits for its run */
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
	struct timer timer;       /* a request or an answer takes too long */

	enum link_news news;    /* under the inbox's lock */
	struct link *next_news; /* under the inbox's lock */
};

/* An exchange that waits for its run; in the exchange's arena. */
struct park {
	struct source source; /* first; watches run->fd */
	struct loop *loop;
	struct exchange *x;
	struct timer timer; /* the run's deadline */
	uint32_t events;    /* asked for now; 0 = not in the epoll set */
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
struct kill;   /* loop_kill.c */

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
	size_t nparked;
	struct link *dead; /* linked by ->next; freed at the end of the round */
	struct exchange *ready; /* for the queue at the end of the round */

	struct source signals;
	_Atomic bool leaving;
	int64_t leave_by_ms;
	struct timer tick; /* while leaving */

	/* inbox: news from the threads */
	struct source wake;
	int wake_fd;
	pthread_mutex_t lock;
	struct link *news;            /* under lock */
	struct scheduled *scheduling; /* under lock */
	struct scheduled *scheduled;  /* all that wait; the loop's */
	_Atomic size_t jobs; /* of loop_schedule, until they are done */

	struct notify *notify;
	struct kill *kills; /* orders on their way */
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
/* Has the peer of a parked link left?  Then loop_park_left is called. */
void loop_link_look(struct loop *l, struct link *link);

/* loop_park.c */
void loop_park_begin(struct loop *l, struct exchange *x);
/* The peer of a parked exchange has left. */
void loop_park_left(struct loop *l, struct exchange *x);

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
