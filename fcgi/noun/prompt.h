/*
 * prompt.h: prompts: messages that a client puts before its model.
 *
 * What they are, and their life, is noun/tool's, with another kind; clients
 * name them server__prompt.
 */
#ifndef MCPBOX_PROMPT_H
#define MCPBOX_PROMPT_H

#include "op/op.h"

extern const struct op prompt_ops[];
extern const struct route prompt_routes[];

#endif
