/*
 * conf.h: settings, declared once.
 *
 * A program lists its settings in conf.def; this reads them from a file
 * ("NAME = value" lines, '#' comments) and from the environment, which wins.
 * NAME_FILE names a file that holds the value (for secrets).  An unknown
 * MCPBOX_* name in either place is an error: a typo must not mean the
 * default.  --help, -T and the manual come from the same table.
 */
#ifndef MCPBOX_CONF_H
#define MCPBOX_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "attr.h"

enum conf_type {
	CONF_STRING, /* char *; NULL when unset and without default */
	CONF_SECRET, /* struct secret *; never printed */
	CONF_INT,    /* int64_t, within min..max */
	CONF_BOOL,   /* bool: 1 0 true false yes no on off */
	CONF_CHOICE  /* char *, one of the words in `choices` ("a|b") */
};

struct conf_def {
	const char *name; /* "MCPBOX_HOME"; NULL ends the table */
	enum conf_type type;
	size_t offset;       /* in the caller's struct */
	const char *def;     /* text of the default, or NULL */
	int64_t min, max;    /* CONF_INT */
	const char *choices; /* CONF_CHOICE */
	const char *doc;     /* one or two sentences, for --help and mdoc */
};

/*
 * Names that other programs of the house read: known, but not ours.  NULL-
 * terminated array of names, or NULL.
 */
struct conf_source {
	const char *file;          /* settings file, NULL = none */
	char *const *environ;      /* environment to read */
	const char *const *others; /* names accepted and ignored */
};

/*
 * Fills `out` (zeroed by the caller).  On error prints one line a mistake to
 * `err` ("NAME: what is wrong") and returns false.
 */
bool conf_load(const struct conf_def *defs, const struct conf_source *src,
    void *out, FILE *err) ATTR_NODISCARD;
/* Releases what conf_load allocated. */
void conf_free(const struct conf_def *defs, void *out);
/* The settings as a file that conf_load would read; secrets as "(set)". */
void conf_dump(const struct conf_def *defs, const void *conf, FILE *out);
/* Name, type, range, default and doc of each, for --help. */
void conf_help(const struct conf_def *defs, FILE *out);
/* The same as an mdoc list, for mcpbox.conf(5). */
void conf_mdoc(const struct conf_def *defs, FILE *out);

#endif
