/*
 * profile.h: the system calls of a zygote and of a child.
 *
 * Default: the process is killed.  What ordinary library code may try without
 * meaning harm fails softly instead; a tool that trips over nothing worse
 * than a missing feature gets an exception.  See profile.c for the tables.
 */
#ifndef MCPBOX_SANDBOXD_WALL_PROFILE_H
#define MCPBOX_SANDBOXD_WALL_PROFILE_H

#include "filter.h"

/* NULL with *why_out on failure.  Build once, load often. */

/* A child inherits this one too, so it allows all that a child may do. */
struct filter *profile_zygote(const char **why_out);
/*
 * What a child loads on top of it: the difference.  A fifth of the whole, and
 * loading is what each call pays for.
 */
struct filter *profile_narrow(const char **why_out);
/* What the two together come to: all that a child may do. */
struct filter *profile_child(const char **why_out);

#endif
