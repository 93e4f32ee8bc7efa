/*
 * powers.h: what a version may do once it is approved, in sentences.
 *
 * A reviewer sees these before the code.  The decision names their digest, so
 * that it fails when a power moved in the meantime (a server's time limit and
 * what it is granted to reach are not part of a version's own digest).
 */
#ifndef MCPBOX_POWERS_H
#define MCPBOX_POWERS_H

#include "noun/kind.h"
#include "noun/limits.h"
#include "op/ctx.h"
#include "op/op.h"

#define POWERS_KINDS "run|secret|host|module|serve|client"

struct power {
	const char *kind; /* POWERS_KINDS */
	const char *text; /* "Reads the secret API_KEY" */
	bool new;         /* what was approved last did not have it */
};

/* Where powers come from. */
struct powers_source {
	int64_t timeout_ms; /* effective */
	struct strs secret_names;
	struct strs hosts; /* grants in force, as lib/fetch.h spells them */
	const char *kind;  /* KIND_WORDS */
	const char *uri;   /* of a resource or a template */
	struct strs client_capabilities;
	const char *task_mode;      /* KIND_TASK_MODES */
	struct limit_values limits; /* those that somebody set */
	struct strs imports;        /* modules that the code names */
};

extern const struct field powers_fields[];

/* struct power of `now`; new against `base` (NULL: nothing is approved). */
void powers_list(struct ctx *ctx, const struct powers_source *now,
    const struct powers_source *base, struct list *out);

/* The same list as [{"kind", "text"}, …]: kept with an approval. */
json_t *powers_json(struct ctx *ctx, const struct list *powers);
/* Says anew which are new: those that are not in `before`, such a list. */
void powers_mark(struct list *powers, const json_t *before);
/* Those that are new, as a list of their own. */
void powers_new(struct ctx *ctx, const struct list *powers, struct list *out);

/* SHA-256 (hex) of the canonical JSON [{"kind", "text"}, ...]. */
const char *powers_digest(struct ctx *ctx, const struct list *powers);

#endif
