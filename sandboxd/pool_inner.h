/*
 * pool_inner.h: what the files of the pool share.  Nobody else includes it.
 *
 *   pool.c         zygotes, who gets a process
 *   pool_spare.c   processes made ahead
 *   pool_gen.c     generations: start, succession, death
 *   pool_time.c    what happens by itself: expiry, eviction, rotation
 *   pool_report.c  the pool as JSON
 */
#ifndef MCPBOX_SANDBOXD_POOL_INNER_H
#define MCPBOX_SANDBOXD_POOL_INNER_H

#include "pool.h"

#include "gen.h"
#include "proc.h"

#define POOL_CHECK_NAME "check" /* the environment that reads tools */

struct pool {
	struct loop *loop;
	const struct config *config;
	struct cgroup *cgroup;
	enum ctl_ids ids;
	bool starting_over;  /* without user namespaces */
	struct gen *current; /* NULL while none is ready */
	struct gen *booting;
	struct gen *old; /* list */
	struct proc_backoff backoff;
	struct timer boot, tick, refill;
	struct jail *jails; /* list */
	unsigned njails;
	struct queue queue;
	uint32_t refill_ms; /* that a child takes to become ready, of late */
	uint64_t oom[2];    /* the machine's OOM kills, one and two ticks ago */
	const struct pool_news *news;
	void *news_arg;
	bool closing;
	enum pool_start start;
	uint32_t fail_step;
	int fail_err;
	struct {
		uint64_t generations, zygotes, zygotes_lost, evicted;
		uint64_t children, children_failed, granted, refused;
	} total;
};

/* pool.c */
void pool_pump(struct pool *p);
void pool_refuse(struct pool *p, struct ticket *t, enum box_outcome why,
    const char *message);
unsigned pool_waiting_for(const struct pool *p, const struct jail *j);
/* A zygote of the current generation; NULL when there can be none now. */
struct jail *pool_open_jail(struct pool *p, const char *name, bool checking);
/* `heir` takes over: those of its server from before take no new run. */
void pool_retire_elders(struct pool *p, const struct jail *heir);
/* It takes no new run, and goes when its last one is over. */
void pool_drain(struct jail *j);
void pool_kill_if_drained(struct jail *j);
/* The jail's process is gone. */
void pool_forget_jail(struct jail *j);
/* A step of the very first start failed: tries without user namespaces where
 * that is allowed, else notes it for pool_start. */
void pool_not_started(struct pool *p, uint32_t step, int err);

/* pool_spare.c */

/* The server was called lately: it keeps spares. */
bool pool_in_use(const struct pool *p, const struct jail *j);
/* Spares that it should have. */
unsigned pool_spares_for(const struct pool *p, const struct jail *j);
/* Makes what is missing for those who wait; `now` also the spares. */
void pool_fill(struct pool *p, struct jail *j, bool now);
/* The spares of all, in a moment. */
void pool_refill_later(struct pool *p);
/* One of its children became ready: how long does that take? */
void pool_learn_refill(struct pool *p, struct jail *j);
/* Spares that are old or not needed any more. */
void pool_tend_spares(struct pool *p, int64_t now_ms);

/* pool_gen.c */
void pool_boot(struct pool *p);
/* The environment that reads tools is always there, if there is room. */
void pool_keep_check(struct pool *p);

/* pool_time.c */
void pool_tick_start(struct pool *p);

#endif
