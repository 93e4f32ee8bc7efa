/*
 * mask.h: which headers look like credentials.
 */
#ifndef MCPBOX_EGRESS_MASK_H
#define MCPBOX_EGRESS_MASK_H

#include <stdbool.h>

#include "str.h"

/* To be shown as MASK_TEXT instead of its value. */
#define MASK_TEXT "***"
bool mask_header(struct str name, struct str value);

#endif
