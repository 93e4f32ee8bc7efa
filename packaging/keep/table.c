#include "table.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fdio.h"
#include "log.h"
#include "str.h"

#define TABLE_MAX (64 * 1024)
#define STOP_SECONDS_MAX 600

static const struct {
	const char *name;
	int signal;
} signals[] = {
    {"TERM", SIGTERM},
    {"INT", SIGINT},
    {"QUIT", SIGQUIT},
    {"HUP", SIGHUP},
    {"KILL", SIGKILL},
};

static bool
signal_named(struct str name, int *out)
{
	for (size_t i = 0; i < NELEM(signals); i++) {
		if (str_eq_c(name, signals[i].name)) {
			*out = signals[i].signal;
			return true;
		}
	}
	return false;
}

static bool
set_text(const char **slot, const char *value)
{
	if (*slot != NULL || value[0] == '\0')
		return false;
	*slot = value;
	return true;
}

static bool
set_path(const char **slot, const char *value)
{
	return value[0] == '/' && set_text(slot, value);
}

static bool
set_stamp(const char **slot, const char *value)
{
	return strlen(value) < TABLE_STAMP_MAX && strchr(value, ' ') == NULL &&
	    set_text(slot, value);
}

static bool
add_word(char **words, size_t max, char *value)
{
	size_t n = 0;

	while (words[n] != NULL)
		n++;
	if (n >= max)
		return false;
	words[n] = value;
	return true;
}

static bool
on_user(struct table_row *r, char *value)
{
	return set_text(&r->user, value);
}

static bool
on_log(struct table_row *r, char *value)
{
	return set_path(&r->log, value);
}

static bool
on_unlink(struct table_row *r, char *value)
{
	return value[0] == '/' && add_word(r->unlink, TABLE_UNLINK_MAX, value);
}

static bool
on_stop(struct table_row *r, char *value)
{
	struct str rest = str_from(value);
	struct str name = str_split(&rest, ' ');
	int64_t seconds;

	if (!signal_named(name, &r->stop_signal) ||
	    !str_to_i64(rest, &seconds) || seconds < 1 ||
	    seconds > STOP_SECONDS_MAX)
		return false;
	r->stop_seconds = (int)seconds;
	return true;
}

static bool
on_reload(struct table_row *r, char *value)
{
	return signal_named(str_from(value), &r->reload_signal);
}

static bool
on_orphans(struct table_row *r, char *value)
{
	return signal_named(str_from(value), &r->orphans_signal);
}

static bool
on_stamp(struct table_row *r, char *value)
{
	return set_stamp(&r->stamp, value);
}

static bool
on_conf(struct table_row *r, char *value)
{
	return set_stamp(&r->conf, value);
}

static bool
on_env(struct table_row *r, char *value)
{
	return strchr(value, '=') != NULL &&
	    add_word(r->envp, TABLE_WORDS_MAX, value);
}

static bool
on_run(struct table_row *r, char *value)
{
	r->argv[0] = value;
	return set_path(&r->program, value);
}

static bool
on_arg(struct table_row *r, char *value)
{
	return r->program != NULL &&
	    add_word(r->argv, TABLE_WORDS_MAX + 1, value);
}

static const struct directive {
	const char *name;
	bool (*set)(struct table_row *, char *);
} directives[] = {
    {"user", on_user},
    {"log", on_log},
    {"unlink", on_unlink},
    {"stop", on_stop},
    {"reload", on_reload},
    {"orphans", on_orphans},
    {"stamp", on_stamp},
    {"conf", on_conf},
    {"env", on_env},
    {"run", on_run},
    {"arg", on_arg},
};

static bool
row_complete(const struct table_row *r)
{
	return r->log != NULL && r->program != NULL && r->stamp != NULL &&
	    r->conf != NULL && r->stop_seconds != 0;
}

/* The name becomes a file name, so it is letters only. */
static bool
row_open(struct table *t, const char *name)
{
	if (t->n == TABLE_SERVICES_MAX || name[0] == '\0' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz") != strlen(name) ||
	    table_find(t, name) != NULL)
		return false;
	if (t->n > 0 && !row_complete(&t->row[t->n - 1]))
		return false;
	t->row[t->n++].name = name;
	return true;
}

static bool
take_line(struct table *t, char *line)
{
	char *value = strchr(line, ' ');

	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(line, "service") == 0)
		return row_open(t, value);
	if (t->n == 0)
		return false;
	for (size_t i = 0; i < NELEM(directives); i++) {
		if (strcmp(line, directives[i].name) == 0)
			return directives[i].set(&t->row[t->n - 1], value);
	}
	return false;
}

struct table *
table_read(const char *path)
{
	struct table *t = calloc(1, sizeof(*t));
	char *line, *next;
	int64_t number = 0;

	if (t == NULL)
		log_panic("out of memory", "table");
	t->text = fdio_read_file(path, TABLE_MAX, NULL);
	if (t->text == NULL) {
		log_error("the service table cannot be read",
		    LOG_STR("path", path), LOG_STR("error", strerror(errno)));
		table_free(t);
		return NULL;
	}
	for (line = t->text; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		number++;
		if (!take_line(t, line)) {
			log_error("the service table has a wrong line",
			    LOG_STR("path", path), LOG_INT("line", number));
			table_free(t);
			return NULL;
		}
	}
	if (t->n == 0 || !row_complete(&t->row[t->n - 1])) {
		log_error(
		    "the service table is incomplete", LOG_STR("path", path));
		table_free(t);
		return NULL;
	}
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->text);
	free(t);
}

const struct table_row *
table_find(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->row[i].name, name) == 0)
			return &t->row[i];
	}
	return NULL;
}
