/*
 * roll.h: the workers of an instance, replaced.
 */
#ifndef MCPBOX_CTL_ROLL_H
#define MCPBOX_CTL_ROLL_H

#include <stdbool.h>

#include "attr.h"

/*
 * Tells mcpbox-fcgi of the instance to read its settings and keys again, and
 * waits until every worker that knew the old ones is gone, which may take as
 * long as the longest call.  Nothing to do where none runs.  False after a
 * line to stderr.
 */
bool roll_workers(const char *home) ATTR_NODISCARD;

#endif
