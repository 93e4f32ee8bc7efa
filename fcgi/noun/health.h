/*
 * health.h: are the parts of this instance alive, and what is it?
 */
#ifndef MCPBOX_HEALTH_H
#define MCPBOX_HEALTH_H

#include "op/op.h"

extern const struct op health_ops[];
extern const struct route health_routes[];

#endif
