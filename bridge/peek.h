/*
 * peek.h: what a JSON-RPC message is, without taking it apart.
 *
 * Messages are passed on byte for byte; to know whom one is for, a few members
 * of the outermost object are enough.  The scan takes the text in pieces of
 * any size and keeps nothing of it but the id.  It looks at brackets, strings
 * and commas, not at numbers and words: whether a text is JSON in every detail
 * is for its reader to say.
 */
#ifndef MCPBOX_BRIDGE_PEEK_H
#define MCPBOX_BRIDGE_PEEK_H

#include <stdbool.h>
#include <stddef.h>

#include "str.h"

#define PEEK_ID_MAX 1024
#define PEEK_KEY_MAX 8 /* longer than any name we ask for */
#define PEEK_DEPTH_MAX 1024

struct peek {
	bool has_method;
	bool has_result;
	bool has_error;
	char id[PEEK_ID_MAX + 1]; /* its JSON text; empty without one */
	size_t id_n;
	/* The rest is the scan's own. */
	bool bad;
	bool begun;
	bool in_string;
	bool escaped;
	bool in_key; /* a string at depth 1 that names a member */
	bool want_key;
	bool take; /* the value at hand is the id */
	char key[PEEK_KEY_MAX + 1];
	size_t key_n;
	size_t depth;
	unsigned char is_array[PEEK_DEPTH_MAX / 8 + 1]; /* a bit a level */
};

void peek_init(struct peek *p);
void peek_feed(struct peek *p, struct str s);
/* True when what was fed is one object, whole, with at most one id. */
bool peek_whole(const struct peek *p);
/* All three at once. */
bool peek_text(struct peek *p, struct str s);

#endif
