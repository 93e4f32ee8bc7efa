/*
 * outcome.c: how a request ended.
 */
#include "egress/outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

bool
outcome(struct outcome *o, enum fetch_end end, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	o->end = end;
	va_start(ap, fmt);
	(void)vsnprintf(o->text, sizeof(o->text), fmt, ap);
	va_end(ap);
	for (char *p = o->text; *p != '\0'; p++) {
		if (!is_plain((unsigned char)*p))
			*p = '?';
	}
	/* Cut where a sequence ends, and where it goes wrong. */
	s = str_from(o->text);
	while (s.n > 0 && !str_utf8_valid(s))
		s = str_utf8_cut(s, s.n - 1);
	o->text[s.n] = '\0';
	return false;
}

bool
outcome_refused(enum fetch_end end)
{
	switch (end) {
	case FETCH_END_NOT_GRANTED:
	case FETCH_END_ADDRESS:
	case FETCH_END_URL:
	case FETCH_END_SCHEME:
	case FETCH_END_HEADER:
	case FETCH_END_METHOD:
		return true;
	case FETCH_END_OK:
	case FETCH_END_LIMIT:
	case FETCH_END_DNS:
	case FETCH_END_CONNECT:
	case FETCH_END_TLS:
	case FETCH_END_TIMEOUT:
	case FETCH_END_PROTOCOL:
	case FETCH_END_CANCELLED:
	case FETCH_END_UNAVAILABLE:
	case FETCH_END_CONNECT_TIMEOUT:
	case FETCH_END_WRITE_TIMEOUT:
	case FETCH_END_POOL_TIMEOUT:
		break;
	}
	return false;
}
