/*
 * clock.h: time.  Deadlines use the monotonic clock, records the wall clock.
 */
#ifndef MCPBOX_CLOCK_H
#define MCPBOX_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_mono_ns(void);
int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void); /* since 1970-01-01T00:00:00Z */
int64_t clock_wall_s(void);
/* "2026-07-28T12:00:00.123Z" (RFC 3339, UTC); out holds 25 bytes. */
#define CLOCK_RFC3339_MAX 25
void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_MAX]);

#endif
