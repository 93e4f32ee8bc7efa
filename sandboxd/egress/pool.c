/*
 * pool.c: connections to servers, kept apart by who may use them.
 */
#include "egress/pool.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "log.h"

#define CONNECTIONS_MAX 16 /* unused ones of a pool */
#define NAMES_MAX 64
#define NAME_MS 60000

struct name {
	char *text;
	int64_t until;
	struct dns_answer answer;
};

struct pool {
	struct pool *next, *prev;
	struct pools *all;
	char *key;
	size_t nkey;
	unsigned users;
	int64_t unused_ms; /* since when, if users is 0 */
	CURLM *multi;
	struct timer timer;
	struct sock *socks;
	struct name names[NAMES_MAX];
	size_t nnames;
};

struct pools {
	struct loop *loop;
	struct pool *list; /* most recently used first */
	size_t n, max;
	int64_t idle_ms;
	struct timer timer;
};

/* A socket of libcurl's. */
struct sock {
	struct sock *next, *prev;
	struct pool *pool;
	struct watch watch;
};

static void on_idle(struct timer *t);

/* --- libcurl's sockets and timer
 * ---------------------------------------------- */

/* A transfer's end may start others and end more of them. */
static void
messages(struct pool *p)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(p->multi, &left)) != NULL) {
		CURLcode code = m->data.result;
		char *private = NULL;
		struct pool_transfer *t;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, &private);
		t = (struct pool_transfer *)(void *)private;
		pool_remove(t);
		t->fn(t, code);
	}
}

static void
act(struct pool *p, curl_socket_t fd, int what)
{
	int running;

	/* The last user may leave in the middle. */
	p->users++;
	if (curl_multi_socket_action(p->multi, fd, what, &running) != CURLM_OK)
		log_panic("libcurl", "socket action");
	messages(p);
	pool_put(p);
}

static void
on_socket(struct watch *w, uint32_t events)
{
	struct sock *s = LOOP_OWNER(struct sock, watch, w);
	int what = 0;

	if ((events & (EPOLLIN | EPOLLHUP)) != 0)
		what |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		what |= CURL_CSELECT_OUT;
	if ((events & EPOLLERR) != 0)
		what |= CURL_CSELECT_ERR;
	act(s->pool, w->fd, what);
}

static void
on_time(struct timer *t)
{
	act(LOOP_OWNER(struct pool, timer, t), CURL_SOCKET_TIMEOUT, 0);
}

static int
want_timer(CURLM *multi, long ms, void *arg)
{
	struct pool *p = arg;

	(void)multi;
	if (ms < 0)
		loop_timer_off(&p->timer);
	else
		loop_timer(
		    p->all->loop, &p->timer, clock_mono_ms() + ms, on_time);
	return 0;
}

static void
add_sock(struct pool *p, curl_socket_t fd, uint32_t events)
{
	struct sock *s = calloc(1, sizeof(*s));

	if (s == NULL)
		log_panic("out of memory", "pool");
	s->pool = p;
	s->next = p->socks;
	if (s->next != NULL)
		s->next->prev = s;
	p->socks = s;
	loop_watch(p->all->loop, &s->watch, fd, events, on_socket);
	(void)curl_multi_assign(p->multi, fd, s);
}

static void
free_sock(struct sock *s)
{
	if (s->prev != NULL)
		s->prev->next = s->next;
	else
		s->pool->socks = s->next;
	if (s->next != NULL)
		s->next->prev = s->prev;
	/* Sockets that never got connected are closed before we hear of it. */
	if (fcntl(s->watch.fd, F_GETFD) == -1)
		loop_forget(s->pool->all->loop, &s->watch);
	else
		loop_unwatch(s->pool->all->loop, &s->watch);
	free(s);
}

static int
want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct pool *p = arg;
	struct sock *s = known;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			free_sock(s);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	if (s != NULL)
		loop_events(p->all->loop, &s->watch, events);
	else
		add_sock(p, fd, events);
	return 0;
}

void
pool_opened(struct pool *p, curl_socket_t fd)
{
	for (struct sock *s = p->socks; s != NULL; s = s->next) {
		if (s->watch.fd != fd)
			continue;
		loop_forget(p->all->loop, &s->watch);
		loop_watch(
		    p->all->loop, &s->watch, fd, s->watch.events, on_socket);
	}
}

/* --- transfers
 * ------------------------------------------------------------------ */

void
pool_add(struct pool *p, struct pool_transfer *t)
{
	t->pool = p;
	p->users++;
	(void)curl_easy_setopt(t->easy, CURLOPT_PRIVATE, (void *)t);
	if (curl_multi_add_handle(p->multi, t->easy) != CURLM_OK)
		log_panic("libcurl", "add");
}

void
pool_remove(struct pool_transfer *t)
{
	struct pool *p = t->pool;

	if (p == NULL)
		return;
	t->pool = NULL;
	(void)curl_multi_remove_handle(p->multi, t->easy);
	pool_put(p);
}

/* --- pools
 * ---------------------------------------------------------------------- */

static void
link_first(struct pool *p)
{
	struct pools *all = p->all;

	p->prev = NULL;
	p->next = all->list;
	if (p->next != NULL)
		p->next->prev = p;
	all->list = p;
}

static void
unlink_pool(struct pool *p)
{
	if (p->prev != NULL)
		p->prev->next = p->next;
	else
		p->all->list = p->next;
	if (p->next != NULL)
		p->next->prev = p->prev;
}

static void
forget(struct pool *p, size_t i)
{
	free(p->names[i].text);
	p->nnames--;
	if (i < p->nnames)
		p->names[i] = p->names[p->nnames];
}

static void
free_pool(struct pool *p)
{
	unlink_pool(p);
	p->all->n--;
	(void)curl_multi_cleanup(p->multi);
	/* Each takes one off the list. */
	while (p->socks != NULL)
		free_sock(p->socks); /* NOLINT(clang-analyzer-unix.Malloc) */
	loop_timer_off(&p->timer);
	while (p->nnames > 0)
		forget(p, p->nnames - 1);
	free(p->key);
	free(p);
}

static CURLM *
new_multi(struct pool *p)
{
	CURLM *m = curl_multi_init();

	if (m == NULL)
		log_panic("out of memory", "pool");
	(void)curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, want_socket);
	(void)curl_multi_setopt(m, CURLMOPT_SOCKETDATA, p);
	(void)curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, want_timer);
	(void)curl_multi_setopt(m, CURLMOPT_TIMERDATA, p);
	(void)curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
	/*
	 * One request at a time on an HTTP/2 connection: on a shared one, a
	 * run that does not read would hold up the others.
	 */
	(void)curl_multi_setopt(m, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return m;
}

struct pool *
pool_get(struct pools *all, struct str key)
{
	struct pool *p;

	for (p = all->list; p != NULL; p = p->next) {
		if (str_eq((struct str){p->key, p->nkey}, key))
			break;
	}
	if (p != NULL) {
		unlink_pool(p);
	} else {
		p = calloc(1, sizeof(*p));
		if (p == NULL || (p->key = malloc(key.n + 1)) == NULL)
			log_panic("out of memory", "pool");
		memcpy(p->key, key.p, key.n);
		p->nkey = key.n;
		p->all = all;
		p->multi = new_multi(p);
		all->n++;
	}
	p->users++;
	link_first(p);
	return p;
}

void
pool_put(struct pool *p)
{
	if (--p->users > 0)
		return;
	p->unused_ms = clock_mono_ms();
	/* Not at once: libcurl may be on the stack. */
	if (p->all->timer.due == 0 || p->all->n > p->all->max)
		loop_timer(p->all->loop, &p->all->timer,
		    p->unused_ms +
			(p->all->n > p->all->max ? 0 : p->all->idle_ms),
		    on_idle);
}

/* Closes what has been unused for too long, or is one too many. */
static void
expire(struct pools *all)
{
	int64_t now = clock_mono_ms(), due = INT64_MAX;
	struct pool *p, *prev;

	for (p = all->list; p != NULL && p->next != NULL;)
		p = p->next;
	for (; p != NULL; p = prev) {
		prev = p->prev;
		if (p->users > 0)
			continue;
		if (all->n > all->max || now - p->unused_ms >= all->idle_ms)
			free_pool(p);
		else if (p->unused_ms + all->idle_ms < due)
			due = p->unused_ms + all->idle_ms;
	}
	if (due != INT64_MAX)
		loop_timer(all->loop, &all->timer, due, on_idle);
}

static void
on_idle(struct timer *t)
{
	expire(LOOP_OWNER(struct pools, timer, t));
}

struct pools *
pools_new(struct loop *loop, size_t max, int64_t idle_ms)
{
	struct pools *all = calloc(1, sizeof(*all));

	if (all == NULL)
		log_panic("out of memory", "pools");
	all->loop = loop;
	all->max = max;
	all->idle_ms = idle_ms;
	return all;
}

void
pools_free(struct pools *all)
{
	if (all == NULL)
		return;
	while (all->list != NULL)
		free_pool(all->list); /* NOLINT(clang-analyzer-unix.Malloc) */
	loop_timer_off(&all->timer);
	free(all);
}

size_t
pools_count(const struct pools *p)
{
	return p->n;
}

/* --- names
 * ---------------------------------------------------------------------- */

const struct dns_answer *
pool_name(struct pool *p, const char *name)
{
	int64_t now = clock_mono_ms();

	for (size_t i = 0; i < p->nnames; i++) {
		if (strcmp(p->names[i].text, name) != 0)
			continue;
		if (p->names[i].until > now)
			return &p->names[i].answer;
		forget(p, i);
		break;
	}
	return NULL;
}

void
pool_learn(struct pool *p, const char *name, const struct dns_answer *answer)
{
	int64_t ms = (int64_t)answer->ttl * 1000;
	struct name *n;

	if (answer->status != DNS_OK || ms == 0)
		return;
	for (size_t i = 0; i < p->nnames; i++) {
		if (strcmp(p->names[i].text, name) == 0) {
			forget(p, i);
			break;
		}
	}
	if (p->nnames == NAMES_MAX)
		forget(p, 0);
	n = &p->names[p->nnames++];
	n->text = strdup(name);
	if (n->text == NULL)
		log_panic("out of memory", "pool");
	n->answer = *answer;
	n->until = clock_mono_ms() + (ms < NAME_MS ? ms : NAME_MS);
}
