/*
 * pool.h: generations, zygotes and spares: who gets a process, and when new
 * ones are made.
 *
 * A ticket (queue) asks for a ready process of one environment.  One whose
 * environment has none ready waits while others pass.
 */
#ifndef MCPBOX_SANDBOXD_POOL_H
#define MCPBOX_SANDBOXD_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "cell.h"
#include "cgroup.h"
#include "config.h"
#include "jail.h"
#include "loop.h"
#include "queue.h"

struct pool;

enum pool_start { POOL_STARTING, POOL_STARTED, POOL_FAILED };

struct pool *pool_new(struct loop *loop, const struct config *c,
    struct cgroup *cgroup) ATTR_RETURNS_NONNULL;
/* Kills everything below; returns when it is dead. */
void pool_free(struct pool *p);

/*
 * How the first generation's start went; with POOL_FAILED, *step_out and
 * *err_out say where (step STEP__MAX: mcpbox-run did not start).
 */
enum pool_start pool_start(
    const struct pool *p, uint32_t *step_out, int *err_out);

/* `granted` or `refused` may be called before it returns. */
void pool_submit(struct pool *p, struct ticket *t);
/* It waits no longer; harmless when it does not wait. */
void pool_withdraw(struct pool *p, struct ticket *t);
/* A run that was granted is over; its cell was released.  pool_next must
 * follow, when there is time for it. */
void pool_done(struct pool *p, struct ticket *t);
/* A run waits for somebody outside: others may run meanwhile. */
void pool_pause(struct pool *p, struct ticket *t);
void pool_unpause(struct pool *p, struct ticket *t);
/* Serves those who wait. */
void pool_next(struct pool *p);

/*
 * A ready process for a run that has not come yet: now, or NULL.  Those that
 * wait go first, and some room is left.  pool_done ends it like a run.
 */
struct cell *pool_lease(struct pool *p, struct ticket *t) ATTR_NODISCARD;
struct pool_news {
	/* A run has to wait: what is leased for `name`, or at all, should
	 * come back. */
	void (*waiting)(void *arg, const char *name);
	/* A server has a ready process, and nobody waits. */
	void (*ready)(void *arg, const char *name);
};
void pool_tell(struct pool *p, const struct pool_news *news, void *arg);

/* A ready spare to look at; NULL when there is none. */
const struct cell *pool_specimen(const struct pool *p);

/* How ids are kept apart. */
enum ctl_ids pool_ids(const struct pool *p);

/*
 * Has the OOM killer just struck in this jail's cgroup (or, without one,
 * anywhere on the machine within the last seconds)?
 */
bool pool_oom_struck(struct pool *p, struct jail *j);

/* Members of a JSON object, comma-separated, for the report. */
void pool_report(const struct pool *p, struct buf *out);

#endif
