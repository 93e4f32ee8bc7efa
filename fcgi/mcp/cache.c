/*
 * cache.c: pages of lists as text, kept by the process.
 */
#include "mcp/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fail.h"

struct shared {
	struct cache_page page; /* first: what callers hold */
	atomic_uint refs;
	char bytes[];
};

struct entry {
	struct cache_key key;
	struct shared *shared; /* NULL: free */
	int64_t made_ms;
	uint64_t used; /* by the count of all uses */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry entries[CACHE_ENTRIES]; /* under lock */
static uint64_t uses;                       /* under lock */

static bool
same_list(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_key(const struct cache_key *a, const struct cache_key *b)
{
	return a->revision == b->revision && a->perms == b->perms &&
	    a->version == b->version && same_list(a->list, b->list) &&
	    strcmp(a->scope, b->scope) == 0 && strcmp(a->after, b->after) == 0;
}

static void
unref(struct shared *s)
{
	if (s != NULL &&
	    atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
		free(s);
}

struct cache_page *
cache_get(const struct cache_key *key)
{
	int64_t now = clock_mono_ms();
	struct shared *found = NULL;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < NELEM(entries) && found == NULL; i++) {
		struct entry *e = &entries[i];

		if (e->shared == NULL || !same_key(&e->key, key) ||
		    now - e->made_ms > CACHE_AGE_MS)
			continue;
		e->used = ++uses;
		found = e->shared;
		atomic_fetch_add_explicit(
		    &found->refs, 1, memory_order_relaxed);
	}
	pthread_mutex_unlock(&lock);
	return found != NULL ? &found->page : NULL;
}

/* The entry with this key, else a free one, else the one not used longest. */
static struct entry *
place(const struct cache_key *key)
{
	struct entry *best = &entries[0];

	for (size_t i = 0; i < NELEM(entries); i++) {
		struct entry *e = &entries[i];

		if (e->shared != NULL && same_key(&e->key, key))
			return e;
		if ((e->shared == NULL && best->shared != NULL) ||
		    (e->shared != NULL && best->shared != NULL &&
			e->used < best->used))
			best = e;
	}
	return best;
}

static struct shared *
copy(struct str text, bool more, struct str last)
{
	struct shared *s = malloc(sizeof(*s) + text.n);

	if (s == NULL)
		fail_abort("cache: out of memory");
	memset(s, 0, sizeof(*s));
	if (text.n > 0)
		memcpy(s->bytes, text.p, text.n);
	s->page.text = (struct str){s->bytes, text.n};
	s->page.more = more;
	last = str_sub(last, 0, CACHE_AFTER_MAX);
	if (last.n > 0)
		memcpy(s->page.last, last.p, last.n);
	atomic_init(&s->refs, 2); /* the table's and the caller's */
	return s;
}

struct cache_page *
cache_put(
    const struct cache_key *key, struct str text, bool more, struct str last)
{
	struct shared *s = copy(text, more, last), *old;
	struct entry *e;

	pthread_mutex_lock(&lock);
	e = place(key);
	old = e->shared;
	*e = (struct entry){*key, s, clock_mono_ms(), ++uses};
	pthread_mutex_unlock(&lock);
	unref(old);
	return &s->page;
}

void
cache_release(struct cache_page *page)
{
	unref((struct shared *)(void *)page);
}

void
cache_clear(void)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < NELEM(entries); i++) {
		unref(entries[i].shared);
		entries[i] = (struct entry){.shared = NULL};
	}
	pthread_mutex_unlock(&lock);
}
