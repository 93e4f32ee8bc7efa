/*
 * compare.h: two versions, field by field and line by line.
 */
#ifndef MCPBOX_COMPARE_H
#define MCPBOX_COMPARE_H

#include <jansson.h>

#include "noun/version.h"
#include "op/ctx.h"
#include "op/op.h"

struct compare_difference {
	const char *field;
	json_t *old_value; /* NULL: none */
	json_t *new_value;
};

struct compare {
	int64_t from_version;
	int64_t to_version;
	struct list differences;  /* struct compare_difference */
	const char *unified_diff; /* of the code; "": none */
};

extern const struct field compare_fields[];

/* Borrows from both. */
void compare_versions(struct ctx *ctx, const struct version *from,
    const struct version *to, struct compare *out);

#endif
