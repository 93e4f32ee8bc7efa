/*
 * log.h: one JSON object a line on standard error.
 *
 * {"time":"…","level":"info","program":"…","pid":1,"request_id":"…",
 *  "message":"fixed text", …fields}
 *
 * The message is a literal: what varies goes into fields, so that logs can be
 * searched and no user text can pose as a message.  There is no way to pass a
 * struct secret.  A line is written by one write(2), cut at 16 KiB.
 */
#ifndef MCPBOX_LOG_H
#define MCPBOX_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"
#include "str.h"

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_ERROR
};

struct log_field {
	const char *key; /* NULL ends the list */
	enum { LOG_F_STR, LOG_F_INT, LOG_F_BOOL } type;
	struct str s;
	int64_t i;
};

#define LOG_STR(k, v) ((struct log_field){(k), LOG_F_STR, str_from(v), 0})
#define LOG_VIEW(k, v) ((struct log_field){(k), LOG_F_STR, (v), 0})
#define LOG_INT(k, v)                                                          \
	((struct log_field){(k), LOG_F_INT, STR_NONE, (int64_t)(v)})
#define LOG_BOOL(k, v)                                                         \
	((struct log_field){(k), LOG_F_BOOL, STR_NONE, (v) ? 1 : 0})

/* Program name for every line, and the lowest level that is written. */
void log_init(const char *program, enum log_level least);
bool log_level_parse(struct str s, enum log_level *out);
/* Request id of this thread's lines; NULL for none.  Copied. */
void log_request(const char *id);

#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__, LOG_END_)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__, LOG_END_)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__, LOG_END_)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_END_)

#define LOG_END_ ((struct log_field){NULL, LOG_F_INT, STR_NONE, 0})
/* Internal: message, then struct log_field values up to LOG_END_. */
void log_at(enum log_level level, const char *message, ...);

/* Logs at error level, then exits with status 1 (abort for log_panic). */
void log_fatal(const char *message, const char *detail) ATTR_NORETURN;
void log_panic(const char *message, const char *detail) ATTR_NORETURN;

#endif
