/*
 * textform.h: the "format" keyword of JSON Schema, leniently.
 *
 * A text that a careful program would accept passes; what is plainly
 * something else does not.  Formats not named here pass.
 *   date-time, date, time   RFC 3339 5.6, with ranges, leap seconds allowed
 *   email                   one '@', a name before it, a host behind it
 *   uri                     RFC 3986: a scheme, ':', no blanks or controls
 *   uuid                    RFC 9562 text form
 */
#ifndef MCPBOX_TEXTFORM_H
#define MCPBOX_TEXTFORM_H

#include <stdbool.h>

#include "str.h"

bool textform_ok(const char *format, struct str text);

#endif
