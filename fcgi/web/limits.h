/*
 * limits.h: how often a caller may ask.
 */
#ifndef MCPBOX_WEB_LIMITS_H
#define MCPBOX_WEB_LIMITS_H

#include "web/exchange.h"

/*
 * By account and by session or token; without a credential by address, but for
 * loopback, where every client of the machine looks alike.  Of all workers
 * together, over both doors.  Sets the headers that tell the caller how it
 * stands (of the nearest limit); FAIL_RATE with a time when one is passed.
 */
enum fail_code limits_check(struct exchange *x) ATTR_NODISCARD;

#endif
