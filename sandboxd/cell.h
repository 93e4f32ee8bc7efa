/*
 * cell.h: a child as the supervisor sees it: data socket, pidfd, life.
 *
 * A cell is made by its jail, becomes ready, is given one run, and is freed
 * by its jail when the kernel has said how the process ended.  Killing it
 * only asks for that end.
 */
#ifndef MCPBOX_SANDBOXD_CELL_H
#define MCPBOX_SANDBOXD_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "buf.h"
#include "ctl.h"
#include "loop.h"
#include "wire.h"

enum cell_state {
	CELL_WARMING, /* locks itself down, rehearses */
	CELL_READY,   /* waits for its run */
	CELL_BUSY,    /* has it */
	CELL_DYING    /* killed or ended; the exit report is due */
};

struct cell;
struct jail;

/* What happens to a busy cell, told to whoever gave it the run. */
struct cell_user {
	void (*frame)(struct cell *c, const struct wire_frame *f);
	/* Not a frame, or it cannot be: kill it. */
	void (*bad)(struct cell *c);
	/* It takes more again (cell_full). */
	void (*room)(struct cell *c);
	/* The last event: `m` is the kernel's report, NULL when the zygote
	 * died with it.  The cell is freed afterwards. */
	void (*ended)(struct cell *c, const struct ctl *m);
};

/* Who cannot take more of what it says; a bit each. */
enum cell_pause { CELL_PAUSE_WORKER = 1 << 0, CELL_PAUSE_EGRESS = 1 << 1 };

struct cell {
	struct loop *loop;
	struct jail *jail;
	struct cell *next, *prev; /* in the jail's list, oldest first */
	enum cell_state state;
	int64_t since_ms; /* born, or killed */
	uint32_t slot;
	int fd;          /* data socket */
	int pidfd;       /* -1 until SPAWNED */
	int pid;         /* in our pid namespace; 0 = unknown */
	uint64_t cpu_us; /* used until it was ready: not the run's */
	struct watch watch;
	size_t greeted; /* bytes of hello */
	unsigned char hello[CTL_HELLO];
	struct wire_reader reader;
	struct buf out;
	bool full;       /* `out` went over its mark */
	bool lent;       /* a worker reads and writes the socket */
	bool held;       /* lent, and no run has begun */
	unsigned paused; /* enum cell_pause */
	/* Of the run. */
	const struct cell_user *user;
	void *arg;
	/* To the jail: its state may have changed (ready, failed). */
	void (*changed)(struct cell *c, uint32_t step, int err);
};

/* Takes the data socket (non-blocking). */
struct cell *cell_new(struct loop *loop, struct jail *jail, uint32_t slot,
    int fd, void (*changed)(struct cell *, uint32_t, int)) ATTR_RETURNS_NONNULL;
void cell_free(struct cell *c);

/* SPAWNED came: takes the pidfd. */
void cell_spawned(struct cell *c, int pidfd);

/* Not dead without our having been told. */
bool cell_alive(const struct cell *c);

/*
 * Gives a ready cell its run: the payload of RUN.  The child may answer with
 * frames of up to `limit` bytes.
 */
void cell_start(struct cell *c, struct str payload, size_t limit,
    const struct cell_user *user, void *arg);

/*
 * Leaves a ready cell's socket to a worker, who may give it a run: nothing is
 * read or written here any more, only its end is told.
 */
void cell_lend(struct cell *c, const struct cell_user *user, void *arg);
/* Somebody else is told from now on. */
void cell_pass(struct cell *c, const struct cell_user *user, void *arg);
/* It is read here again, `rest` first, which the worker had read already. */
void cell_take_back(struct cell *c, struct str rest, size_t limit);

/* Forgets its user and hears no more of it; cell_release must follow. */
void cell_let_go(struct cell *c);
/* Kills it and forgets its user: nothing of it is of interest any more. */
void cell_release(struct cell *c);

/* To a busy cell; nothing when it is not. */
void cell_send(
    struct cell *c, enum wire_type type, uint32_t id, struct str payload);
/* It does not take what it is sent: send no more until `room`. */
bool cell_full(const struct cell *c);

/* Stops or goes on reading from it. */
void cell_pause(struct cell *c, enum cell_pause who, bool paused);

/* SIGKILL, and no more reading.  Harmless when repeated. */
void cell_kill(struct cell *c);

/* The kernel's report came, or the zygote died (NULL): tells the user what
 * was still in the socket, then that it ended. */
void cell_ended(struct cell *c, const struct ctl *m);

#endif
