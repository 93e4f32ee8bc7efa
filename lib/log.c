/*
 * log.c: one JSON object a line on standard error.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"

#define LINE_MAX_ (16 * 1024)
/* Room kept for what ends a line that had to be cut. */
#define CUT ",\"cut\":true"
#define END "}\n"
#define BODY_MAX (LINE_MAX_ - sizeof(CUT END))

static char log_program[64] = "mcpbox";
static enum log_level log_least = LOG_LEVEL_INFO;
static THREAD_LOCAL char log_request_id[64];

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

static void
copy(char *out, size_t size, const char *s)
{
	struct str cut = str_utf8_cut(str_from(s), size - 1);

	if (cut.n > 0)
		memcpy(out, cut.p, cut.n);
	out[cut.n] = '\0';
}

void
log_init(const char *program, enum log_level least)
{
	copy(log_program, sizeof(log_program), program);
	log_least = least;
}

bool
log_level_parse(struct str s, enum log_level *out)
{
	for (size_t i = 0; i < NELEM(level_names); i++) {
		if (str_eq_c(s, level_names[i])) {
			*out = (enum log_level)i;
			return true;
		}
	}
	return false;
}

void
log_request(const char *id)
{
	copy(log_request_id, sizeof(log_request_id), id);
}

static void
put_key(struct buf *b, const char *key)
{
	buf_putc(b, b->n > 0 ? ',' : '{');
	buf_json(b, str_from(key));
	buf_putc(b, ':');
}

static void
put_str(struct buf *b, const char *key, const char *value)
{
	put_key(b, key);
	buf_json(b, str_from(value));
}

static void
put_value(struct buf *b, const struct log_field *f)
{
	switch (f->type) {
	case LOG_F_STR:
		if (f->s.p == NULL)
			buf_puts(b, "null");
		else
			buf_json(b, f->s);
		break;
	case LOG_F_INT:
		buf_printf(b, "%lld", (long long)f->i);
		break;
	case LOG_F_BOOL:
		buf_puts(b, f->i != 0 ? "true" : "false");
		break;
	}
}

/*
 * Appends a field whole; or, when it does not fit, as much of its text as
 * does.  False when something is missing.
 */
static bool
put_field(struct buf *b, struct log_field f)
{
	size_t start = b->n;
	size_t room;

	put_key(b, f.key);
	put_value(b, &f);
	if (!b->overflow)
		return true;
	/* Undo, then try again with what fits even if each byte is escaped. */
	b->overflow = false;
	b->n = start;
	put_key(b, f.key);
	room = b->max - b->n;
	if (f.type == LOG_F_STR && room > 64) {
		f.s = str_utf8_cut(f.s, (room - 2) / 6);
		put_value(b, &f);
	} else {
		b->overflow = true;
	}
	if (b->overflow) {
		b->overflow = false;
		b->n = start;
	}
	return false;
}

static void
put_head(struct buf *b, enum log_level level)
{
	char time[CLOCK_RFC3339_MAX];

	clock_rfc3339(clock_wall_ms(), time);
	put_str(b, "time", time);
	put_str(b, "level", level_names[level]);
	put_str(b, "program", log_program);
	put_key(b, "pid");
	buf_printf(b, "%ld", (long)getpid());
	if (log_request_id[0] != '\0')
		put_str(b, "request_id", log_request_id);
}

static void
write_line(const struct buf *b)
{
	ssize_t n;

	do
		n = write(STDERR_FILENO, b->p, b->n);
	while (n < 0 && errno == EINTR);
	/* Nobody is left to tell when standard error is gone. */
}

void
log_at(enum log_level level, const char *message, ...)
{
	int saved = errno;
	bool whole;
	struct buf b;
	va_list ap;

	if (level < log_least)
		return;
	buf_init(&b, BODY_MAX);
	put_head(&b, level);
	whole = put_field(&b, LOG_STR("message", message));
	va_start(ap, message);
	for (;;) {
		struct log_field f = va_arg(ap, struct log_field);

		if (f.key == NULL)
			break;
		whole = whole && put_field(&b, f);
	}
	va_end(ap);
	b.max = LINE_MAX_;
	buf_puts(&b, whole ? END : CUT END);
	write_line(&b);
	buf_free(&b);
	errno = saved;
}

/*
 * _exit: another thread may be in the middle of something that the handlers
 * of exit(3) would take apart, and a forked child must not flush twice.
 */
void
log_fatal(const char *message, const char *detail)
{
	log_at(LOG_LEVEL_ERROR, message, LOG_STR("detail", detail), LOG_END_);
	_exit(1);
}

void
log_panic(const char *message, const char *detail)
{
	log_at(LOG_LEVEL_ERROR, message, LOG_STR("detail", detail), LOG_END_);
	abort();
}
