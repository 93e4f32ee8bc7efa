/*
 * probe.h: is this node alive, can it serve, and what is it doing in detail?
 *
 * live	this process answers; nothing else is asked
 * ready	the database answers, and the circuit breaker lets runs through:
 *	503 otherwise, for whoever spreads the load
 * detail	all parts, for administrators
 */
#ifndef MCPBOX_PROBE_H
#define MCPBOX_PROBE_H

#include "op/op.h"

extern const struct op probe_ops[];
extern const struct route probe_routes[];

#endif
