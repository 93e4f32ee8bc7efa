/*
 * loop.c: rounds of the event loop.
 *
 * A round: wait, let every ready source act, take the threads' news, fire
 * timers; then hand over what became ready and free what died.  Everything
 * except `lock`-ed fields and atomics belongs to the loop's thread.
 */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "loop_impl.h"
#include "mcp/mcp.h"
#include "web/host.h"

#define EVENTS 128

/*
 * After the signal: connections that nginx keeps are served on until nothing
 * came for LINGER_MS; parked calls may end in peace (the longest tool runs
 * 300 s, plus the margin of out/run).
 */
#define LINGER_MS 300
#define TICK_MS 20
#define LEAVE_MS 330000

/* --- hand-over ------------------------------------------------------------ */

void
loop_watch(struct loop *l, int op, int fd, uint32_t events, struct source *s)
{
	struct epoll_event e = {.events = events, .data.ptr = s};

	if (epoll_ctl(l->epoll, op, fd, &e) != 0)
		log_panic("epoll_ctl failed", strerror(errno));
}

void
loop_ready(struct loop *l, struct exchange *x)
{
	x->next = l->ready;
	l->ready = x;
}

void
loop_wake(struct loop *l)
{
	uint64_t one = 1;

	/* It can only fail when the counter is full: then it is awake. */
	(void)!write(l->wake_fd, &one, sizeof(one));
}

void
loop_news(struct loop *l, struct link *link, enum link_news news)
{
	bool first;

	pthread_mutex_lock(&l->lock);
	link->news = news;
	link->next_news = l->news;
	first = l->news == NULL;
	l->news = link;
	pthread_mutex_unlock(&l->lock);
	if (first)
		loop_wake(l);
}

bool
loop_leaving(const struct loop *l)
{
	return atomic_load(&l->leaving);
}

/* --- scheduled work ------------------------------------------------------- */

void
loop_schedule(struct loop *l, struct exchange *x, int64_t at_ms)
{
	struct scheduled *s = arena_zalloc(x->ctx.arena, 1, sizeof(*s));

	*s = (struct scheduled){.loop = l, .x = x, .at_ms = at_ms};
	x->loop = l;
	atomic_fetch_add(&l->jobs, 1);
	pthread_mutex_lock(&l->lock);
	s->next = l->scheduling;
	l->scheduling = s;
	pthread_mutex_unlock(&l->lock);
	loop_wake(l);
}

static void
unschedule(struct loop *l, struct scheduled *s)
{
	struct scheduled **p = &l->scheduled;

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
}

static void
due(void *owner)
{
	struct scheduled *s = owner;
	struct loop *l = s->loop;

	unschedule(l, s);
	loop_ready(l, s->x);
}

static void
take_scheduled(struct loop *l, struct scheduled *list)
{
	struct scheduled *s;

	while ((s = list) != NULL) {
		list = s->next;
		s->next = l->scheduled;
		l->scheduled = s;
		s->timer = (struct timer){.fire = due, .owner = s};
		timer_set(&l->timers, &s->timer, s->at_ms);
	}
}

/* What has not begun when we leave does not begin. */
static void
drop_scheduled(struct loop *l)
{
	struct scheduled *s;

	while ((s = l->scheduled) != NULL) {
		l->scheduled = s->next;
		timer_clear(&l->timers, &s->timer);
		if (s->x->dropped != NULL)
			s->x->dropped(s->x);
		exchange_free(s->x);
		atomic_fetch_sub(&l->jobs, 1);
	}
}

/* --- sources of the loop itself ------------------------------------------- */

static void
on_wake(struct loop *l, struct source *s, uint32_t events)
{
	struct exchange *landed, *parking, *x;
	struct scheduled *scheduling;
	struct link *news, *link;
	uint64_t n;

	(void)s;
	(void)events;
	(void)!read(l->wake_fd, &n, sizeof(n));
	pthread_mutex_lock(&l->lock);
	news = l->news;
	scheduling = l->scheduling;
	landed = l->landed;
	parking = l->parking;
	l->news = NULL;
	l->scheduling = NULL;
	l->landed = l->parking = NULL;
	pthread_mutex_unlock(&l->lock);
	take_scheduled(l, scheduling);
	loop_land(l, landed);
	while ((x = parking) != NULL) {
		parking = x->next;
		loop_park_begin(l, x);
	}
	while ((link = news) != NULL) {
		news = link->next_news;
		atomic_store(&link->state, LINK_LOOP);
		loop_link_news(l, link, link->news);
	}
}

static void
on_tick(void *owner)
{
	struct loop *l = owner;

	drop_scheduled(l);
	(void)loop_close_idle(l, LINGER_MS);
	timer_set(&l->timers, &l->tick, clock_mono_ms() + TICK_MS);
}

static void
on_signal(struct loop *l, struct source *s, uint32_t events)
{
	struct signalfd_siginfo info;
	bool again = false;

	(void)s;
	(void)events;
	while (read(l->setup.signal_fd, &info, sizeof(info)) > 0)
		again = true;
	if (!again || atomic_exchange(&l->leaving, true))
		return;
	log_info("leaving", LOG_INT("connections", l->nlinks),
	    LOG_INT("parked", l->nparked));
	l->leave_by_ms = clock_mono_ms() + LEAVE_MS;
	loop_unlisten(l);
	loop_stream_end_all(l);
	loop_lease_leave(l);
	timer_set(&l->timers, &l->tick, 0);
}

/* --- the beat ------------------------------------------------------------- */

static void
on_beat(void *owner)
{
	struct loop *l = owner;

	timer_set(&l->timers, &l->beat, clock_mono_ms() + HOST_BEAT_MS);
	mcp_beat(l);
}

void
host_beat(struct loop *l)
{
	if (l->beat.place == 0)
		timer_set(&l->timers, &l->beat, clock_mono_ms() + HOST_BEAT_MS);
}

/* --- rounds --------------------------------------------------------------- */

static void
hand_over(struct loop *l)
{
	struct exchange *list = NULL, *x;

	/* Oldest first: loop_ready put the newest in front. */
	while ((x = l->ready) != NULL) {
		l->ready = x->next;
		x->next = list;
		list = x;
	}
	if (list == NULL)
		return;
	list = queue_put(l->setup.queue, list);
	while ((x = list) != NULL) {
		list = x->next;
		loop_refuse(l, x);
	}
}

static void
one_round(struct loop *l)
{
	struct epoll_event events[EVENTS];
	int n;

	n = epoll_wait(
	    l->epoll, events, EVENTS, timers_wait(&l->timers, clock_mono_ms()));
	if (n < 0 && errno != EINTR)
		log_panic("epoll_wait failed", strerror(errno));
	for (int i = 0; i < n; i++) {
		struct source *s = events[i].data.ptr;

		if (!s->dead)
			s->ready(l, s, events[i].events);
	}
	timers_fire(&l->timers, clock_mono_ms());
	hand_over(l);
	loop_bury(l);
}

/* Everything was answered, and nobody is connected any more. */
static bool
is_done(const struct loop *l)
{
	return atomic_load(&l->leaving) && l->nlinks == 0 &&
	    atomic_load(&l->jobs) == 0;
}

bool
loop_run(struct loop *l)
{
	loop_listen(l);
	while (!is_done(l)) {
		one_round(l);
		if (atomic_load(&l->leaving) &&
		    clock_mono_ms() > l->leave_by_ms) {
			log_warning("left with requests in flight",
			    LOG_INT("connections", l->nlinks));
			return false;
		}
	}
	return true;
}

struct loop *
loop_new(const struct loop_setup *setup)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (l == NULL || (l->scratch = malloc(CONN_READ_SIZE)) == NULL ||
	    pthread_mutex_init(&l->lock, NULL) != 0)
		log_panic("out of memory", "loop");
	l->setup = *setup;
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->epoll < 0 || l->wake_fd < 0)
		log_panic("the event loop cannot start", strerror(errno));
	l->tick = (struct timer){.fire = on_tick, .owner = l};
	l->beat = (struct timer){.fire = on_beat, .owner = l};
	l->wake.ready = on_wake;
	loop_watch(l, EPOLL_CTL_ADD, l->wake_fd, EPOLLIN, &l->wake);
	l->signals.ready = on_signal;
	loop_watch(l, EPOLL_CTL_ADD, setup->signal_fd, EPOLLIN, &l->signals);
	rnd_uuid(l->worker);
	loop_news_init(l);
	l->notify = notify_new(l);
	return l;
}

void
loop_free(struct loop *l)
{
	notify_free(l->notify);
	loop_kill_end(l);
	loop_lease_free(l);
	mcp_free(l);
	(void)loop_close_idle(l, -1);
	loop_bury(l);
	timers_free(&l->timers);
	pthread_mutex_destroy(&l->lock);
	(void)close(l->wake_fd);
	(void)close(l->epoll);
	free(l->scratch);
	free(l);
}
