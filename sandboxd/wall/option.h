/*
 * option.h: what the supervisor tells mcpbox-run (option.def).
 */
#ifndef MCPBOX_SANDBOXD_WALL_OPTION_H
#define MCPBOX_SANDBOXD_WALL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "attr.h"

struct options {
#define OPTION(name, def, doc) bool name;
#include "option.def"
#undef OPTION
};

#define OPTION_MAX 16 /* rows of option.def, at most */
#define OPTION_LEN 32 /* bytes of an argument */

/* As option.def says. */
void option_defaults(struct options *o);

/* "--name=1" into *o; false when it is nothing of the kind. */
bool option_parse(struct options *o, const char *arg) ATTR_NODISCARD;

/* One argument for each row; returns how many. */
size_t option_args(
    const struct options *o, char out[OPTION_MAX][OPTION_LEN]) ATTR_NODISCARD;

#endif
