/*
 * gen.h: a generation: one root zygote.
 *
 * All interpreters of a generation share their hash seed, their addresses and
 * their stack canary, so a generation is replaced by age and by use.
 */
#ifndef MCPBOX_SANDBOXD_GEN_H
#define MCPBOX_SANDBOXD_GEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "loop.h"
#include "spawn.h"

enum gen_state { GEN_BOOTING, GEN_READY, GEN_DYING };

struct gen;

struct gen_user {
	void (*booted)(struct gen *g);
	/* Answers to what jail_new asked; `started` takes the pidfd. */
	void (*started)(struct gen *g, uint32_t index, pid_t pid, int pidfd);
	void (*refused)(struct gen *g, uint32_t index, uint32_t step, int err);
	/* Its process is gone; the user frees it. */
	void (*gone)(struct gen *g);
};

struct gen {
	struct loop *loop;
	const struct gen_user *user;
	void *arg;
	struct gen *next;
	enum gen_state state;
	uint64_t number;
	struct watch ctl;
	struct watch death;
	int sock, pidfd;
	pid_t pid;
	char *about; /* JSON from the interpreter, once booted */
	int64_t born_ms;
	uint64_t runs; /* given to its cells */
};

/* Executes mcpbox-run; NULL with errno. */
struct gen *gen_new(struct loop *loop, const struct gen_user *user, void *arg,
    const struct spawn *how, uint64_t number);
void gen_free(struct gen *g);
/* Kills it; its zygotes die with it. */
void gen_kill(struct gen *g);

#endif
