/*
 * uri.h: URIs (RFC 3986), and templates of them (RFC 6570, levels 1 to 3).
 *
 * A template is used backwards: which values did its variables have, when it
 * made this URI?  That needs rules that RFC 6570 does not give.  A variable
 * is at least one character, except in {?...}, {&...} and {;...}, where each
 * pair may be missing and the order is free.  {x} stops at "/", "?" and "#"
 * (several names in one expression: at the "," between them, too), {/x} and
 * {.x} at their own mark as well, {+x} and {#x} at nothing.  Where several
 * readings are possible the first variables take as much as they can.
 */
#ifndef MCPBOX_URI_H
#define MCPBOX_URI_H

#include <jansson.h>
#include <stdbool.h>

#include "arena.h"
#include "str.h"

/* The longest URI that is looked at; a longer one fits no template. */
#define URI_MATCH_MAX 8192
#define URI_VARIABLES_MAX 32

/* "scheme:" and something behind it, all of it characters of a URI. */
bool uri_valid(struct str uri) ATTR_NODISCARD;

/*
 * A template that begins with "scheme:" and has at least one variable, each
 * once, whose names Python could have, too ([A-Za-z_][A-Za-z0-9_]*); without
 * modifiers (level 4).  Else *why_out is a sentence for its author.
 */
bool uri_template_valid(
    struct str template, const char **why_out) ATTR_NODISCARD;

/* What is before the first variable: all URIs of the template begin so. */
struct str uri_template_prefix(struct str template);

/*
 * The variables' values, decoded, into *out: an object of strings, kept by the
 * arena.  False when the URI cannot have come from this (valid) template, or
 * when a value is not UTF-8.
 */
bool uri_template_match(struct arena *a, struct str template, struct str uri,
    json_t **out) ATTR_NODISCARD;

/*
 * The names, in order, and whether a URI may be without them, into arrays of
 * URI_VARIABLES_MAX; their number.
 */
size_t uri_template_names(
    struct str template, struct str *names, bool *optional);

#endif
