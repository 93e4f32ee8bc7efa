/*
 * filter.h: seccomp filters from tables.
 *
 * A profile is a table of rows; the default action for what is not listed is
 * KILL_PROCESS.  Building (libseccomp) is slow, loading is fast: build once,
 * load in each child.
 */
#ifndef MCPBOX_FILTER_H
#define MCPBOX_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "attr.h"

enum filter_act { FILTER_ALLOW, FILTER_ERRNO, FILTER_KILL };
enum filter_cmp {
	FILTER_ANY,   /* no argument test */
	FILTER_EQ,    /* argument == value */
	FILTER_NE,    /* argument != value */
	FILTER_MASKED /* (argument & mask) == value */
};

struct filter_arg {
	unsigned index; /* argument 0..5 */
	enum filter_cmp cmp;
	uint64_t value;
	uint64_t mask;
};

struct filter_rule {
	const char *call; /* system call name; NULL ends the table */
	enum filter_act act;
	int err; /* errno for FILTER_ERRNO */
	struct filter_arg args[2];
};

struct filter; /* compiled program */

/*
 * Compiles one or more tables (NULL-terminated list) into a program.  Unknown
 * call names are skipped (another architecture); a rule that libseccomp
 * refuses is an error.  NULL with *why_out (static text) on failure.
 */
struct filter *filter_build(
    const struct filter_rule *const *tables, const char **why_out);
/*
 * The opposite, to be loaded on top of another filter: what is not listed is
 * allowed as far as that one goes.  Rows may kill or fail, with conditions;
 * it is short, because each child pays for every instruction when it loads.
 */
struct filter *filter_build_narrow(
    const struct filter_rule *const *tables, const char **why_out);
void filter_free(struct filter *f);
size_t filter_len(const struct filter *f); /* BPF instructions */
/* The program, filter_len() times struct sock_filter. */
const void *filter_code(const struct filter *f);
/* Loads it into this thread (no_new_privs must be set). 0 or -1 with errno.
 * Async-signal-safe, allocates nothing. */
int filter_load(const struct filter *f) ATTR_NODISCARD;

#endif
