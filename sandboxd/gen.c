/*
 * gen.c: a generation: one root zygote.
 */
#include "gen.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "ctl.h"
#include "log.h"
#include "proc.h"

static void on_ctl(struct watch *w, uint32_t events);
static void on_death(struct watch *w, uint32_t events);

struct gen *
gen_new(struct loop *loop, const struct gen_user *user, void *arg,
    const struct spawn *how, uint64_t number)
{
	struct gen *g = calloc(1, sizeof(*g));

	if (g == NULL)
		log_panic("out of memory", "gen");
	g->pid = spawn_root(how, &g->sock, &g->pidfd);
	if (g->pid < 0) {
		free(g);
		return NULL;
	}
	g->loop = loop;
	g->user = user;
	g->arg = arg;
	g->number = number;
	g->born_ms = clock_mono_ms();
	loop_watch(loop, &g->ctl, g->sock, EPOLLIN, on_ctl);
	loop_watch(loop, &g->death, g->pidfd, EPOLLIN, on_death);
	return g;
}

void
gen_free(struct gen *g)
{
	loop_unwatch(g->loop, &g->ctl);
	loop_unwatch(g->loop, &g->death);
	(void)close(g->sock);
	(void)close(g->pidfd);
	free(g->about);
	free(g);
}

void
gen_kill(struct gen *g)
{
	g->state = GEN_DYING;
	(void)proc_pidfd_kill(g->pidfd, SIGKILL);
}

static void
booted(struct gen *g, struct str about)
{
	if (g->state != GEN_BOOTING)
		return;
	g->about = strndup(about.n > 0 ? about.p : "", about.n);
	if (g->about == NULL)
		log_panic("out of memory", "gen");
	g->state = GEN_READY;
	g->user->booted(g);
}

static bool
handle(struct gen *g, const struct ctl *m, int fd)
{
	switch (m->type) {
	case CTL_BOOTED:
		booted(g, m->text);
		return true;
	case CTL_STARTED:
		g->user->started(g, m->slot, (pid_t)m->base, fd);
		return true;
	case CTL_REFUSED:
		g->user->refused(g, m->slot, m->arg, m->status);
		return true;
	case CTL_GONE:
		return true; /* its pidfd says so too */
	case CTL_START:
	case CTL_GO:
	case CTL_SPAWN:
	case CTL_PAGES:
	case CTL_READY:
	case CTL_FAILED:
	case CTL_SPAWNED:
	case CTL_UNBORN:
	case CTL_EXITED:
		break;
	}
	return false;
}

static void
on_ctl(struct watch *w, uint32_t events)
{
	struct gen *g = LOOP_OWNER(struct gen, ctl, w);
	static char room[CTL_PACKET_MAX];
	struct ctl m;
	int fd = -1, r;

	(void)events;
	r = ctl_recv(g->sock, CTL_FROM_ROOT, room, &m, &fd);
	if (r > 0 && handle(g, &m, fd))
		return;
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	loop_unwatch(g->loop, &g->ctl);
	gen_kill(g);
}

static void
on_death(struct watch *w, uint32_t events)
{
	struct gen *g = LOOP_OWNER(struct gen, death, w);
	int status = 0;

	(void)events;
	loop_unwatch(g->loop, &g->death);
	/* Ours and dead: this does not wait. */
	(void)waitpid(g->pid, &status, 0);
	if (g->state != GEN_DYING)
		log_error("mcpbox-run ended", LOG_INT("pid", g->pid),
		    LOG_INT(
			"signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		    LOG_INT(
			"status", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
	g->state = GEN_DYING;
	g->user->gone(g);
}
