/*
 * redact_impl.h: what the files of noun/redact share.
 *
 * redact_match.c: the automaton (Aho and Corasick, CACM 18:6, 1975) over the
 * values, without regard to ASCII case.  Nodes are kept sparse, a child list
 * each: values hardly ever share beginnings, so the lists are short.
 *
 * redact_view.c: the ways in which a text can be read.  Each of them feeds the
 * automaton with bytes and where they came from; a match becomes a span of
 * the text.
 *
 * redact.c: texts and JSON, with the spans replaced.
 */
#ifndef MCPBOX_REDACT_IMPL_H
#define MCPBOX_REDACT_IMPL_H

#include <stdint.h>

#include "buf.h"
#include "noun/redact.h"

#define REDACT_ROOT 0 /* the state in which nothing has been seen */

struct redact_node {
	uint32_t child;   /* first; 0: none */
	uint32_t sibling; /* next; 0: none */
	uint32_t fail;    /* the longest other suffix that is in the trie */
	uint32_t depth;   /* bytes from the root */
	uint16_t hit;     /* longest value that ends here, from 1; 0: none */
	uint8_t byte;     /* that leads here */
};

struct redact_value {
	const char *mark; /* "[secret NAME]" */
	uint32_t n;
};

struct redact {
	struct redact_node *nodes; /* [0] is the root */
	uint32_t nnodes;
	uint32_t first[256]; /* children of the root by byte */
	struct redact_value *values;
	uint16_t nvalues;
	uint32_t longest, shortest; /* of the values */
	bool spaces;                /* a value has a space in it */
};

/* A part of the text that is to be hidden. */
struct redact_span {
	uint32_t from, to;
	uint16_t hit;
};

/* One text being searched. */
struct redact_scan {
	const struct redact *r;
	struct buf spans; /* struct redact_span; by view, in order within it */
	size_t view;      /* index of this view's first */
	uint32_t state;
	uint32_t *starts; /* ring: where the last bytes came from */
	uint32_t mask, count;
};

/* --- redact_match.c ------------------------------------------------------- */

/* The node that `byte` (in lower case) leads to from `state`. */
uint32_t redact_step(const struct redact *r, uint32_t state, uint8_t byte);
uint8_t redact_fold(uint8_t byte);

void redact_scan_init(struct redact_scan *s, const struct redact *r);
void redact_scan_free(struct redact_scan *s);
/* Before each text. */
void redact_scan_reset(struct redact_scan *s);
/* Before each view of it. */
void redact_scan_view(struct redact_scan *s);
/* What comes next does not continue what came before. */
void redact_scan_break(struct redact_scan *s);
/* A byte that text[from, to) stands for. */
void redact_scan_feed(
    struct redact_scan *s, uint8_t byte, uint32_t from, uint32_t to);
/* The text was cut here: the beginning of a value is one. */
void redact_scan_cut(struct redact_scan *s, uint32_t to);
/* All spans, sorted and apart from each other. */
const struct redact_span *redact_scan_spans(
    struct redact_scan *s, size_t *n_out);

/* --- redact_view.c -------------------------------------------------------- */

/* Searches the text in every view. */
void redact_views(struct redact_scan *s, struct str text, bool cut);
/*
 * The escape of JSON or of Python's repr at text.p[at] (a backslash): its
 * bytes to out, its length; 0 when it is none.
 */
size_t redact_unescape(
    struct str text, size_t at, unsigned char out[4], size_t *n_out);

#endif
