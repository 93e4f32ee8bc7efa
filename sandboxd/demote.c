/*
 * demote.c: a run that computes for long makes way for short ones.
 */
#include "demote.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "clock.h"
#include "reap.h"

#define FIRST_MS 10 /* most runs are over by then */
#define LAST_MS 640 /* between looks at one that mostly waits */
#define LOWEST 19
#define ALLOWED_US 2500 /* of CPU time, at normal priority */

static void on_time(struct timer *t);

/* Where demoted runs may be; empty: anywhere. */
static cpu_set_t lower;
static bool confined;

void
demote_reserve(unsigned cpus)
{
	cpu_set_t all;

	confined = false;
	CPU_ZERO(&lower);
	if (cpus == 0 || sched_getaffinity(0, sizeof(all), &all) != 0)
		return;
	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		if (cpus > 0)
			cpus--;
		else
			CPU_SET(i, &lower);
	}
	confined = CPU_COUNT(&lower) > 0;
}

static void
demote_one(int tid)
{
	static const struct sched_param none;

	/* These fail only for one that has just ended. */
	(void)sched_setscheduler(tid, SCHED_BATCH, &none);
	(void)setpriority(PRIO_PROCESS, (id_t)tid, LOWEST);
	if (confined)
		(void)sched_setaffinity(tid, sizeof(lower), &lower);
}

/* A thread that is born meanwhile inherits from one that was moved, or is
 * seen by the second reading. */
static void
demote_all(int pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	for (int round = 0; round < 2; round++) {
		DIR *dir = opendir(path);
		const struct dirent *e;

		while (dir != NULL && (e = readdir(dir)) != NULL) {
			long tid = strtol(e->d_name, NULL, 10);

			if (tid > 0)
				demote_one((int)tid);
		}
		if (dir != NULL)
			(void)closedir(dir);
	}
}

static void
look_later(struct demote *d)
{
	loop_timer(d->loop, &d->timer, clock_mono_ms() + (int64_t)d->pause_ms,
	    on_time);
	if (d->pause_ms < LAST_MS)
		d->pause_ms *= 2;
}

static void
on_time(struct timer *t)
{
	struct demote *d = LOOP_OWNER(struct demote, timer, t);
	uint64_t cpu_us = 0, rss_kib = 0;

	reap_usage(d->pid, d->threads, &cpu_us, &rss_kib);
	if (cpu_us < d->before_us + ALLOWED_US) {
		look_later(d);
		return;
	}
	if (d->threads)
		demote_all(d->pid);
	else
		demote_one(d->pid);
}

void
demote_start(struct demote *d, struct loop *loop, int pid, uint64_t before_us,
    bool threads)
{
	*d = (struct demote){
	    .loop = loop,
	    .pid = pid,
	    .before_us = before_us,
	    .threads = threads,
	    .pause_ms = FIRST_MS,
	};
	if (pid > 0)
		look_later(d);
}

void
demote_stop(struct demote *d)
{
	loop_timer_off(&d->timer);
	d->pid = 0;
}
