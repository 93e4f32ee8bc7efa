/*
 * options.h: what the supervisor tells mcpbox-run, and what the root zygote
 * makes once for all its descendants.
 */
#ifndef MCPBOX_SANDBOXD_RUN_OPTIONS_H
#define MCPBOX_SANDBOXD_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct filter;

struct options {
	bool enforce; /* the language policy */
	bool lean;    /* children skip the interpreter's fork hooks */
	bool userns;  /* zygotes get a user namespace */
	pid_t parent; /* the supervisor */
};

struct heritage {
	struct options options;
	const struct filter *child;
	const struct filter *zygote;
	uint64_t size; /* bytes of address space before any call */
};

#endif
