/*
 * cachever.c: one counter a topic.
 */
#include "op/cachever.h"

#include <stdatomic.h>
#include <stddef.h>

#include "str.h"

static _Atomic uint64_t versions[CACHE__MAX];

static const char *const topics[CACHE__MAX] = {
#define X(name, text) [CACHE_##name] = (text),
    CACHE_TOPICS(X)
#undef X
};

uint64_t
cache_version(enum cache_topic topic)
{
	return atomic_load(&versions[topic]);
}

void
cache_bump(const char *payload)
{
	struct str rest = str_from(payload), topic = str_split(&rest, ':');

	for (size_t i = 0; i < CACHE__MAX; i++) {
		if (str_eq_c(topic, topics[i])) {
			atomic_fetch_add(&versions[i], 1);
			return;
		}
	}
	for (size_t i = 0; i < CACHE__MAX; i++)
		atomic_fetch_add(&versions[i], 1);
}
