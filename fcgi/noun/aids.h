/*
 * aids.h: the remarks on all the texts of a version: code, title, description,
 * and every string of its schemas and annotations.
 */
#ifndef MCPBOX_AIDS_H
#define MCPBOX_AIDS_H

#include "noun/remark.h"
#include "noun/version.h"
#include "op/ctx.h"

struct aids {
	struct list hidden; /* struct remark, of noun/hidden */
	struct list lint;   /* struct remark, of noun/lint */
	int64_t high;       /* how many of them are */
	int64_t warning;
};

/* Always anew, by the tables of this program: what is stored with a version
 * (aids_json) only serves to sort the queue. */
void aids_read(struct ctx *ctx, const struct version *v, struct aids *out);

/* [{"severity", "rule", "where"}]: what is stored. */
json_t *aids_json(struct ctx *ctx, const struct version *v);

/* Every rule that there is: struct remark_rule. */
void aids_rules(struct ctx *ctx, struct list *out);

#endif
