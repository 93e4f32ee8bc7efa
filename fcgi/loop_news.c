/*
 * loop_news.c: who is told what PostgreSQL notified.
 */
#include <string.h>

#include "clock.h"
#include "loop_impl.h"
#include "mcp/mcp.h"

/* A list that changes all the time is told once in so long. */
#define LIST_MS 200

static void
tell(struct loop *l, const struct news *n)
{
	mcp_hear(l, n);
	loop_park_hear(l, n);
	loop_stream_hear(l, n);
}

/* One more server, or any. */
static void
gather(struct list_news *list, struct str server)
{
	struct str have = {list->servers, list->nservers};

	if (list->nservers == LIST_SERVERS_MAX ||
	    (server.n > 0 && have.n > 0 &&
		memmem(have.p, have.n, server.p, server.n) != NULL))
		return;
	if (server.n == 0 || have.n + 1 + server.n >= LIST_SERVERS_MAX) {
		list->nservers = LIST_SERVERS_MAX;
		return;
	}
	if (have.n > 0)
		list->servers[list->nservers++] = ',';
	memcpy(list->servers + list->nservers, server.p, server.n);
	list->nservers += server.n;
}

static void
tell_list(struct list_news *list)
{
	struct news n = {.kind = list->kind};
	struct timers *timers = &list->loop->timers;

	list->again = list->timer.place != 0;
	if (list->again)
		return;
	timer_set(timers, &list->timer, clock_mono_ms() + LIST_MS);
	if (list->nservers < LIST_SERVERS_MAX)
		n.what = (struct str){list->servers, list->nservers};
	tell(list->loop, &n);
	list->nservers = 0;
}

static void
on_list(void *owner)
{
	struct list_news *list = owner;

	if (list->again)
		tell_list(list);
}

void
loop_news_init(struct loop *l)
{
	for (unsigned i = 0; i < NEWS_LISTS; i++) {
		struct list_news *list = &l->lists[i];

		*list = (struct list_news){
		    .loop = l,
		    .kind = (enum news_kind)i,
		    .timer = {.fire = on_list, .owner = list},
		};
	}
}

void
loop_hear(struct loop *l, bool sessions, const char *payload)
{
	struct news n;

	if (!news_read(sessions, str_from(payload), &n))
		return;
	if ((unsigned)n.kind < NEWS_LISTS) {
		gather(&l->lists[n.kind], n.what);
		tell_list(&l->lists[n.kind]);
	} else {
		tell(l, &n);
	}
}

void
loop_missed(struct loop *l)
{
	const struct news n = {.kind = NEWS_MISSED};

	for (unsigned i = 0; i < NEWS_LISTS; i++) {
		gather(&l->lists[i], STR_NONE);
		tell_list(&l->lists[i]);
	}
	tell(l, &n);
}
