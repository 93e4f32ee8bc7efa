/*
 * ecmare_impl.h: the program that a pattern becomes.
 */
#ifndef MCPBOX_ECMARE_IMPL_H
#define MCPBOX_ECMARE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "op/ecmare.h"

enum ecmare_op {
	ECMARE_CHAR,  /* this character: x */
	ECMARE_SET,   /* one of set x, or, with y, none of it */
	ECMARE_SPLIT, /* goes on at both x and y */
	ECMARE_JUMP,  /* goes on at x */
	ECMARE_FIRST, /* ^ */
	ECMARE_LAST,  /* $ */
	ECMARE_BOUND, /* \b, or, with y, \B */
	ECMARE_FOUND
};

/* Jumps are relative to the instruction, so that code can be copied. */
struct ecmare_inst {
	enum ecmare_op op;
	int32_t x, y;
};

struct ecmare_range {
	uint32_t low, high;
};

/* Ranges first..first+n of the program's list. */
struct ecmare_set {
	uint16_t first, n;
};

#define ECMARE_SETS_MAX 256
#define ECMARE_RANGES_MAX 1024

struct ecmare_program {
	size_t n, nsets, nranges;
	struct ecmare_inst inst[ECMARE_PROGRAM_MAX];
	struct ecmare_set sets[ECMARE_SETS_MAX];
	struct ecmare_range ranges[ECMARE_RANGES_MAX];
};

/* False where the pattern is not one of ours, or too large. */
bool ecmare_compile(
    const char *pattern, struct ecmare_program *out) ATTR_NODISCARD;
/* The ranges of \d \w \s by their letter; NULL for another. */
const struct ecmare_range *ecmare_class(char name, size_t *n_out);
/* The character at s, which must not be empty, and its length. */
uint32_t ecmare_char(struct str s, size_t *n_out);

#endif
