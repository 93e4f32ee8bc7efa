/*
 * jail.c: the zygote of one server as the supervisor sees it.
 */
#include "jail.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "proc.h"
#include "record.h"
#include "step.h"
#include "userns.h"

/* For getting ready, and for the report of an end, on a loaded machine. */
#define CELL_PATIENCE_MS 20000

static void on_ctl(struct watch *w, uint32_t events);
static void on_death(struct watch *w, uint32_t events);

/* --- beginning and end ------------------------------------------------------
 */

struct jail *
jail_new(struct loop *loop, const struct jail_user *user, int root,
    uint32_t index, const char *name, bool checking)
{
	struct ctl m = {.type = CTL_START,
	    .slot = index,
	    .arg = checking ? CTL_FLAG_CHECK : 0};
	struct jail *j;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return NULL;
	r = fdio_nonblock(pair[0]);
	if (r == 0)
		r = ctl_send(root, &m, &pair[1], 1);
	(void)close(pair[1]);
	if (r != 0) {
		(void)close(pair[0]);
		return NULL;
	}
	j = calloc(1, sizeof(*j));
	if (j == NULL)
		log_panic("out of memory", "jail");
	j->loop = loop;
	j->user = user;
	j->index = index;
	j->checking = checking;
	j->sock = pair[0];
	j->pidfd = -1;
	j->death.fd = -1;
	j->used_ms = clock_mono_ms();
	(void)strncpy(j->name, name, sizeof(j->name) - 1);
	loop_watch(loop, &j->ctl, j->sock, EPOLLIN, on_ctl);
	return j;
}

static void
unlink_cell(struct jail *j, struct cell *c)
{
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		j->cells = c->next;
	if (c->next != NULL)
		c->next->prev = c->prev;
}

static void
end_cell(struct jail *j, struct cell *c, const struct ctl *m)
{
	if (c->state == CELL_WARMING && m != NULL) {
		j->failures++;
		log_error("a child ended before it was ready",
		    LOG_STR("server", j->name),
		    LOG_INT("signal",
			WIFSIGNALED(m->status) ? WTERMSIG(m->status) : 0),
		    LOG_INT("status",
			WIFEXITED(m->status) ? WEXITSTATUS(m->status) : 0));
	}
	cell_ended(c, m);
	unlink_cell(j, c);
	cell_free(c);
	j->user->ended(j);
}

void
jail_free(struct jail *j)
{
	while (j->cells != NULL) {
		struct cell *c = j->cells;

		unlink_cell(j, c);
		cell_free(c);
	}
	loop_unwatch(j->loop, &j->ctl);
	loop_unwatch(j->loop, &j->death);
	(void)close(j->sock);
	if (j->pidfd >= 0)
		(void)close(j->pidfd);
	if (j->cgroup != NULL)
		cgroup_remove(j->cgroup, j->index);
	record_free(j->record);
	free(j);
}

void
jail_kill(struct jail *j)
{
	if (j->pidfd >= 0)
		(void)proc_pidfd_kill(j->pidfd, SIGKILL);
	if (j->state == JAIL_DYING)
		return;
	j->state = JAIL_DYING;
	/* The namespace's init takes all of them with it. */
	for (struct cell *c = j->cells; c != NULL; c = c->next)
		cell_kill(c);
}

static void
fail(struct jail *j, uint32_t step, int err)
{
	log_error("a zygote could not lock itself down",
	    LOG_STR("server", j->name), LOG_STR("step", step_what(step)),
	    LOG_STR("error", strerror(err)),
	    LOG_STR("remedy", step_remedy(step)));
	jail_kill(j);
	j->user->failed(j, step, err, true);
}

/* --- starting ----------------------------------------------------------------
 */

void
jail_refused(struct jail *j, uint32_t step, int err)
{
	/* No process: nothing to wait for. */
	fail(j, step, err);
	j->user->gone(j);
}

void
jail_started(struct jail *j, pid_t pid, int pidfd)
{
	struct ctl go = {.type = CTL_GO, .arg = j->ids, .base = j->base};

	j->pid = pid;
	j->pidfd = pidfd;
	loop_watch(j->loop, &j->death, pidfd, EPOLLIN, on_death);
	if (j->state == JAIL_DYING) {
		jail_kill(j);
		return;
	}
	if (j->ids != CTL_IDS_REAL &&
	    userns_map(pid, pidfd, j->ids, j->base) != 0) {
		fail(j, STEP_MAP, errno);
		return;
	}
	if (j->cgroup != NULL && cgroup_add(j->cgroup, j->index, pid) != 0)
		log_warning("cannot put a zygote into its cgroup",
		    LOG_STR("server", j->name),
		    LOG_STR("error", strerror(errno)));
	j->state = JAIL_LOCKING;
	if (ctl_send(j->sock, &go, NULL, 0) != 0)
		jail_kill(j);
}

/* --- cells -------------------------------------------------------------------
 */

static void
cell_changed(struct cell *c, uint32_t step, int err)
{
	struct jail *j = c->jail;

	if (step == STEP_READY) {
		j->failures = 0;
		j->took_ms = (uint32_t)(clock_mono_ms() - c->since_ms) + 1;
		j->user->progress(j);
		return;
	}
	log_error("a child could not lock itself down",
	    LOG_STR("server", j->name), LOG_STR("step", step_what(step)),
	    LOG_STR("error", strerror(err)),
	    LOG_STR("remedy", step_remedy(step)));
	cell_kill(c);
	j->failures++;
	j->user->failed(j, step, err, false);
}

static bool
slot_taken(const struct jail *j, uint32_t slot)
{
	for (const struct cell *c = j->cells; c != NULL; c = c->next) {
		if (c->slot == slot)
			return true;
	}
	return false;
}

/* CTL_IDS_RANGE - 1 children have an id; id 0 is the zygote's. */
static uint32_t
free_slot(const struct jail *j)
{
	uint32_t slot = 0;

	while (slot < CTL_IDS_RANGE - 1 && slot_taken(j, slot))
		slot++;
	return slot;
}

static void
append(struct jail *j, struct cell *c)
{
	struct cell *last = j->cells;

	while (last != NULL && last->next != NULL)
		last = last->next;
	c->prev = last;
	if (last != NULL)
		last->next = c;
	else
		j->cells = c;
}

void
jail_spawn(struct jail *j)
{
	struct ctl m = {.type = CTL_SPAWN, .slot = free_slot(j)};
	int pair[2], r;

	if (j->state != JAIL_OPEN || m.slot >= CTL_IDS_RANGE - 1)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		log_error(
		    "cannot make a socket", LOG_STR("error", strerror(errno)));
		return;
	}
	r = fdio_nonblock(pair[0]);
	if (r == 0)
		r = ctl_send(j->sock, &m, &pair[1], 1);
	(void)close(pair[1]);
	if (r != 0) {
		/* Its queue holds dozens: full means stuck or dead. */
		(void)close(pair[0]);
		jail_kill(j);
		return;
	}
	append(j, cell_new(j->loop, j, m.slot, pair[0], cell_changed));
}

struct cell *
jail_ready(struct jail *j)
{
	struct cell *c = j->cells;

	while (c != NULL && c->state != CELL_READY)
		c = c->next;
	return c;
}

struct cell *
jail_take(struct jail *j)
{
	struct cell *c;

	while ((c = jail_ready(j)) != NULL && !cell_alive(c))
		cell_kill(c);
	return c;
}

void
jail_count(const struct jail *j, struct jail_counts *out)
{
	*out = (struct jail_counts){0};
	for (const struct cell *c = j->cells; c != NULL; c = c->next) {
		switch (c->state) {
		case CELL_WARMING:
			out->warming++;
			break;
		case CELL_READY:
			out->ready++;
			break;
		case CELL_BUSY:
			out->busy++;
			out->held += c->held;
			break;
		case CELL_DYING:
			out->dying++;
			break;
		}
	}
}

void
jail_expire(struct jail *j, int64_t now_ms)
{
	for (struct cell *c = j->cells; c != NULL; c = c->next) {
		if (now_ms - c->since_ms < CELL_PATIENCE_MS)
			continue;
		if (c->state == CELL_WARMING) {
			log_warning("a child does not become ready",
			    LOG_STR("server", j->name));
			cell_kill(c);
		} else if (c->state == CELL_DYING) {
			log_warning("a zygote does not report an end",
			    LOG_STR("server", j->name));
			jail_kill(j);
			return;
		}
	}
}

void
jail_drop_spares(struct jail *j)
{
	for (struct cell *c = j->cells; c != NULL; c = c->next) {
		if (c->state != CELL_BUSY)
			cell_kill(c);
	}
}

/* --- what the zygote says
 * ------------------------------------------------------ */

static struct cell *
cell_at(struct jail *j, uint32_t slot)
{
	struct cell *c = j->cells;

	while (c != NULL && c->slot != slot)
		c = c->next;
	return c;
}

static void
opened(struct jail *j)
{
	if (j->state != JAIL_LOCKING)
		return;
	j->state = JAIL_OPEN;
	j->user->progress(j);
}

/* False: it said something that it cannot mean. */
static bool
handle(struct jail *j, const struct ctl *m, int fd)
{
	struct cell *c = cell_at(j, m->slot);

	switch (m->type) {
	case CTL_READY:
		j->pinned = (m->arg & CTL_FLAG_PINNED) != 0;
		opened(j);
		return true;
	case CTL_FAILED:
		fail(j, m->arg, m->status);
		return true;
	case CTL_SPAWNED:
		if (c == NULL) {
			(void)close(fd);
			return false;
		}
		cell_spawned(c, fd);
		return true;
	case CTL_UNBORN:
		if (c == NULL)
			return false;
		cell_changed(c, m->arg, m->status);
		end_cell(j, c, NULL);
		return true;
	case CTL_EXITED:
		if (c == NULL)
			return false;
		end_cell(j, c, m);
		return true;
	case CTL_START:
	case CTL_GO:
	case CTL_SPAWN:
	case CTL_PAGES:
	case CTL_BOOTED:
	case CTL_STARTED:
	case CTL_REFUSED:
	case CTL_GONE:
		break;
	}
	return false;
}

static void
on_ctl(struct watch *w, uint32_t events)
{
	struct jail *j = LOOP_OWNER(struct jail, ctl, w);
	static char room[CTL_PACKET_MAX];
	struct ctl m;
	int fd = -1, r;

	(void)events;
	r = ctl_recv(j->sock, CTL_FROM_ZYGOTE, room, &m, &fd);
	if (r > 0 && handle(j, &m, fd))
		return;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (j->state != JAIL_DYING)
		log_warning("a zygote broke off", LOG_STR("server", j->name));
	loop_unwatch(j->loop, &j->ctl);
	jail_kill(j);
}

static void
on_death(struct watch *w, uint32_t events)
{
	struct jail *j = LOOP_OWNER(struct jail, death, w);
	static char room[CTL_PACKET_MAX];
	struct ctl m;
	int fd = -1;

	(void)events;
	loop_unwatch(j->loop, &j->death);
	/* Its last words first. */
	while (j->ctl.fd >= 0 &&
	    ctl_recv(j->sock, CTL_FROM_ZYGOTE, room, &m, &fd) > 0) {
		if (!handle(j, &m, fd))
			break;
	}
	jail_kill(j);
	while (j->cells != NULL)
		end_cell(j, j->cells, NULL);
	j->user->gone(j);
}
