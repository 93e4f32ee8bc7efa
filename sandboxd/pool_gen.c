/*
 * pool_gen.c: generations: start, succession, death.
 */
#include "pool_inner.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "step.h"

static bool
has_check(const struct pool *p)
{
	for (const struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->checking && j->gen == p->current &&
		    j->state != JAIL_DYING)
			return true;
	}
	return false;
}

void
pool_keep_check(struct pool *p)
{
	if (p->current != NULL && p->current->state == GEN_READY &&
	    !has_check(p))
		(void)pool_open_jail(p, POOL_CHECK_NAME, true);
}

/* Servers in use get a zygote of the new generation before the old goes. */
static void
succeed(struct pool *p, const struct gen *elder)
{
	struct jail *next;

	for (struct jail *j = p->jails; j != NULL; j = next) {
		next = j->next;
		if (j->gen != elder || j->state == JAIL_DYING ||
		    (j->checking && has_check(p)))
			continue;
		if (!pool_in_use(p, j) ||
		    pool_open_jail(p, j->name, j->checking) == NULL) {
			pool_drain(j);
			pool_kill_if_drained(j);
		}
	}
}

static void
gen_booted(struct gen *g)
{
	struct pool *p = g->arg;
	struct gen *elder = p->current;

	log_info("mcpbox-run is ready", LOG_INT("pid", g->pid),
	    LOG_INT("generation", g->number));
	p->booting = NULL;
	p->current = g;
	pool_keep_check(p);
	if (elder != NULL) {
		elder->next = p->old;
		p->old = elder;
		succeed(p, elder);
	}
	pool_pump(p);
}

static struct jail *
asked(const struct gen *g, uint32_t index)
{
	const struct pool *p = g->arg;

	for (struct jail *j = p->jails; j != NULL; j = j->next) {
		if (j->gen == g && j->index == index)
			return j;
	}
	return NULL;
}

static void
gen_started(struct gen *g, uint32_t index, pid_t pid, int pidfd)
{
	struct jail *j = asked(g, index);

	if (j != NULL && j->pidfd < 0)
		jail_started(j, pid, pidfd);
	else
		(void)close(pidfd);
}

static void
gen_refused(struct gen *g, uint32_t index, uint32_t step, int err)
{
	struct jail *j = asked(g, index);

	if (j != NULL && j->pidfd < 0)
		jail_refused(j, step, err);
}

static void
forget(struct pool *p, struct gen *g)
{
	struct gen **at = &p->old;

	while (*at != NULL && *at != g)
		at = &(*at)->next;
	if (*at == g)
		*at = g->next;
	if (p->current == g)
		p->current = NULL;
	if (p->booting == g)
		p->booting = NULL;
}

static void
on_boot(struct timer *t)
{
	pool_boot(LOOP_OWNER(struct pool, boot, t));
}

static void
gen_gone(struct gen *g)
{
	struct pool *p = g->arg;
	bool needed = g == p->current || g == p->booting;
	struct jail *next;

	forget(p, g);
	for (struct jail *j = p->jails; j != NULL; j = next) {
		next = j->next;
		if (j->gen != g)
			continue;
		j->gen = NULL;
		if (j->pidfd >= 0)
			jail_kill(j);
		else
			pool_forget_jail(j); /* never came to be */
	}
	pool_not_started(p, STEP__MAX, 0);
	p->starting_over = false;
	gen_free(g);
	if (needed && !p->closing)
		loop_timer(p->loop, &p->boot,
		    clock_mono_ms() + proc_backoff_ended(&p->backoff), on_boot);
}

static const struct gen_user gen_user = {
    .booted = gen_booted,
    .started = gen_started,
    .refused = gen_refused,
    .gone = gen_gone,
};

void
pool_boot(struct pool *p)
{
	struct spawn how = {
	    .program = p->config->program,
	    .options =
		{
		    .enforce = config_enforce(p->config),
		    .userns = p->ids != CTL_IDS_REAL,
		    .lean = p->config->lean,
		    .rehearse = p->config->rehearse,
		    .populate = p->config->populate,
		    .pin = p->config->pin,
		    .pack = p->config->pack,
		    .huge_text = p->config->huge_text,
		    .huge_heap = p->config->huge_heap,
		},
	};

	if (p->booting != NULL || p->closing)
		return;
	proc_backoff_started(&p->backoff);
	p->booting = gen_new(
	    p->loop, &gen_user, p, &how, ++p->total.generations);
	if (p->booting == NULL) {
		log_error("cannot start mcpbox-run",
		    LOG_STR("error", strerror(errno)));
		loop_timer(p->loop, &p->boot,
		    clock_mono_ms() + proc_backoff_ended(&p->backoff), on_boot);
	}
}
