/*
 * jail.h: the zygote of one server as the supervisor sees it.
 *
 * Made by asking the root zygote; its ids are mapped and its cgroup is set
 * when it exists; it locks itself down; then it makes cells.  It is freed
 * when the kernel says that its process is gone, and with it all of its
 * cells: its index and user ids are free only then.
 */
#ifndef MCPBOX_SANDBOXD_JAIL_H
#define MCPBOX_SANDBOXD_JAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "cell.h"
#include "cgroup.h"
#include "ctl.h"
#include "loop.h"

enum jail_state {
	JAIL_STARTING, /* asked for */
	JAIL_LOCKING,  /* exists, locks itself down */
	JAIL_OPEN,     /* makes cells */
	JAIL_DYING     /* killed or failed; waiting for its end */
};

#define JAIL_NAME_MAX 128

struct jail;
struct record;

struct jail_user {
	/* It opened, or one of its cells became ready. */
	void (*progress)(struct jail *j);
	/* A step of the lockdown failed, in it or in a cell; step as in
	 * step.h.  The jail itself is being killed when `fatal`. */
	void (*failed)(struct jail *j, uint32_t step, int err, bool fatal);
	/* A cell ended (already freed). */
	void (*ended)(struct jail *j);
	/* It is gone; the caller frees it. */
	void (*gone)(struct jail *j);
};

struct jail_counts {
	unsigned warming, ready, busy, dying;
	unsigned held; /* of the busy ones: by a worker, without a run */
};

struct jail {
	struct loop *loop;
	const struct jail_user *user;
	void *owner;         /* the pool */
	const void *gen;     /* whose root zygote made it; NULL: it died */
	uint64_t generation; /* its number */
	struct jail *next, *prev;
	enum jail_state state;
	uint32_t index;
	char name[JAIL_NAME_MAX];
	bool checking;
	bool draining; /* takes no new run */
	enum ctl_ids ids;
	uint32_t base;
	struct cgroup *cgroup; /* borrowed; NULL = none */
	struct watch ctl;      /* socket to the zygote */
	struct watch death;    /* pidfd */
	int sock, pidfd;
	pid_t pid;
	struct cell *cells; /* oldest first */
	unsigned failures;  /* of cells, in a row */
	uint32_t took_ms;   /* its last cell, to become ready; 0 = told */
	int64_t used_ms;    /* last run began */
	uint64_t runs;
	bool pinned;           /* forks copy the pages of a call */
	struct record *record; /* which pages its calls write; NULL = off */
	uint64_t oom_seen;     /* OOM kills in its cgroup, told already */
};

/*
 * A jail that the root zygote at the other end of `root` is asked for.  NULL
 * with errno when it could not be asked.
 */
struct jail *jail_new(struct loop *loop, const struct jail_user *user, int root,
    uint32_t index, const char *name, bool checking);
void jail_free(struct jail *j);

/* STARTED came: takes the pidfd, maps the ids, lets it go on. */
void jail_started(struct jail *j, pid_t pid, int pidfd);
/* REFUSED came, or the root zygote is gone before it answered. */
void jail_refused(struct jail *j, uint32_t step, int err);

/* Asks for one more cell. */
void jail_spawn(struct jail *j);
/* The oldest ready cell, or NULL. */
struct cell *jail_ready(struct jail *j);
/* Kills ready cells that died unnoticed; then the oldest ready one. */
struct cell *jail_take(struct jail *j);
void jail_count(const struct jail *j, struct jail_counts *out);

/* Ends what does not become ready, or does not end. */
void jail_expire(struct jail *j, int64_t now_ms);

/* Kills what waits for a run. */
void jail_drop_spares(struct jail *j);
/* Kills it and all of its cells. */
void jail_kill(struct jail *j);

#endif
