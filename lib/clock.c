/*
 * clock.c: the monotonic and the wall clock.
 */
#include "clock.h"

#include <stdio.h>
#include <time.h>

#include "fail.h"

static struct timespec
now(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) != 0)
		fail_abort("clock: clock_gettime failed");
	return ts;
}

int64_t
clock_mono_ns(void)
{
	struct timespec ts = now(CLOCK_MONOTONIC);

	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t
clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000;
}

int64_t
clock_wall_ms(void)
{
	struct timespec ts = now(CLOCK_REALTIME);

	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_wall_s(void)
{
	return (int64_t)now(CLOCK_REALTIME).tv_sec;
}

static char *
put_digits(char *out, int v, int width, char after)
{
	for (int i = width - 1; i >= 0; i--) {
		out[i] = (char)('0' + v % 10);
		v /= 10;
	}
	out[width] = after;
	return out + width + 1;
}

void
clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_MAX])
{
	/* RFC 3339 knows the years 0000 to 9999. */
	static const int64_t first = -62167219200000, last = 253402300799999;
	struct tm tm;
	time_t s;
	int ms;

	wall_ms = wall_ms < first ? first : wall_ms > last ? last : wall_ms;
	ms = (int)(wall_ms % 1000);
	s = (time_t)(wall_ms / 1000);
	if (ms < 0) {
		ms += 1000;
		s--;
	}
	if (gmtime_r(&s, &tm) == NULL)
		fail_abort("clock: gmtime_r failed");
	out = put_digits(out, tm.tm_year + 1900, 4, '-');
	out = put_digits(out, tm.tm_mon + 1, 2, '-');
	out = put_digits(out, tm.tm_mday, 2, 'T');
	out = put_digits(out, tm.tm_hour, 2, ':');
	out = put_digits(out, tm.tm_min, 2, ':');
	out = put_digits(out, tm.tm_sec, 2, '.');
	out = put_digits(out, ms, 3, 'Z');
	*out = '\0';
}
