/*
 * conf.c: reading settings from the file and the environment.
 *
 * Both sources are first sorted into one slot per setting and source; only
 * then is the winner of each setting converted.  All mistakes are reported,
 * not just the first.
 */
#include "conf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "fdio.h"
#include "secret.h"
#include "str.h"

#define PREFIX "MCPBOX_"
#define SETTINGS_MAX ((size_t)1024 * 1024) /* the settings file */
#define VALUE_MAX ((size_t)SECRET_MAX)     /* a file named by NAME_FILE */

/* What one source says about one setting. */
struct slot {
	char *text;    /* of NAME; malloc'ed, NULL = not said */
	char *path;    /* of NAME_FILE */
	bool mistaken; /* said, but reported as wrong already */
};

struct load {
	const struct conf_def *defs;
	const struct conf_source *src;
	size_t n;
	struct slot *file; /* n slots */
	struct slot *env;
	FILE *err;
	bool ok;
};

static size_t
count(const struct conf_def *defs)
{
	size_t n = 0;

	while (defs[n].name != NULL)
		n++;
	return n;
}

static void mistake(struct load *l, const char *where, const char *fmt, ...)
    ATTR_PRINTF(3, 4);

static void
mistake(struct load *l, const char *where, const char *fmt, ...)
{
	va_list ap;

	l->ok = false;
	(void)fprintf(l->err, "%s: ", where);
	va_start(ap, fmt);
	(void)vfprintf(l->err, fmt, ap);
	va_end(ap);
	(void)fputc('\n', l->err);
}

static char *
copy(struct str s)
{
	char *p = malloc(s.n + 1);

	if (p == NULL)
		fail_abort("conf: out of memory");
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

/* Texts may be secrets. */
static void
drop(char **p)
{
	if (*p != NULL)
		secret_wipe(*p, strlen(*p));
	free(*p);
	*p = NULL;
}

/* --- sorting into slots --------------------------------------------------- */

static size_t
index_of(const struct load *l, struct str name)
{
	size_t i = 0;

	while (i < l->n && !str_eq_c(name, l->defs[i].name))
		i++;
	return i;
}

/* Index of the setting that NAME or NAME_FILE belongs to, l->n if none. */
static size_t
find(const struct load *l, struct str name, bool *is_path)
{
	size_t i = index_of(l, name);

	*is_path = i == l->n && str_ends(name, "_FILE");
	if (*is_path)
		i = index_of(l, str_sub(name, 0, name.n - strlen("_FILE")));
	return i;
}

static bool
is_other(const struct load *l, struct str name)
{
	const char *const *o = l->src->others;

	for (; o != NULL && *o != NULL; o++) {
		if (str_eq_c(name, *o))
			return true;
		if (str_starts(name, *o) && name.n == strlen(*o) + 5 &&
		    str_ends(name, "_FILE"))
			return true;
	}
	return false;
}

static void
say(struct load *l, struct slot *slots, struct str name, struct str value)
{
	bool is_path;
	size_t i = find(l, name, &is_path);
	char **text;

	if (i == l->n) {
		char *unknown;

		if (is_other(l, name))
			return;
		unknown = copy(str_utf8_cut(name, 100));
		mistake(l, unknown, "there is no such setting");
		free(unknown);
		return;
	}
	text = is_path ? &slots[i].path : &slots[i].text;
	if (*text != NULL) {
		mistake(l, l->defs[i].name, "it is set twice");
		slots[i].mistaken = true;
	} else if (str_has_control(value, "\t") || !str_utf8_valid(value)) {
		mistake(l, l->defs[i].name,
		    "it has control characters or is not UTF-8");
		slots[i].mistaken = true;
	} else {
		*text = copy(value);
	}
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_')
			return false;
	}
	return s.n > 0;
}

static void
say_line(struct load *l, int number, struct str line)
{
	struct str name;

	line = str_trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return;
	name = str_trim(str_split(&line, '='));
	if (line.p == NULL || !is_name(name)) {
		mistake(l, l->src->file, "line %d is not NAME = value", number);
		return;
	}
	say(l, l->file, name, str_trim(line));
}

static void
say_file(struct load *l)
{
	struct str rest;
	size_t n;
	char *text;

	if (l->src->file == NULL)
		return;
	text = fdio_read_file(l->src->file, SETTINGS_MAX, &n);
	if (text == NULL) {
		mistake(l, l->src->file, "cannot read it: %s", strerror(errno));
		return;
	}
	rest = (struct str){text, n};
	for (int number = 1; rest.p != NULL; number++)
		say_line(l, number, str_split(&rest, '\n'));
	secret_wipe(text, n);
	free(text);
}

static void
say_environ(struct load *l)
{
	char *const *e = l->src->environ;

	for (; e != NULL && *e != NULL; e++) {
		struct str value = str_from(*e);
		struct str name = str_split(&value, '=');

		if (str_starts(name, PREFIX) && value.p != NULL)
			say(l, l->env, name, value);
	}
}

/* --- converting ----------------------------------------------------------- */

/* Is s one of the words of "a|b|c"? */
static bool
is_choice(struct str s, const char *choices)
{
	struct str rest = str_from(choices);

	while (rest.p != NULL) {
		if (str_eq(s, str_split(&rest, '|')))
			return true;
	}
	return false;
}

static bool
to_bool(struct str s, bool *out)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
	    {"1", true},
	    {"true", true},
	    {"yes", true},
	    {"on", true},
	    {"0", false},
	    {"false", false},
	    {"no", false},
	    {"off", false},
	};

	for (size_t i = 0; i < NELEM(words); i++) {
		if (str_ieq_c(s, words[i].word)) {
			*out = words[i].value;
			return true;
		}
	}
	return false;
}

static void
set(void *out, size_t offset, const void *value, size_t n)
{
	memcpy((char *)out + offset, value, n);
}

static void *
get_pointer(const void *conf, size_t offset)
{
	void *p;

	memcpy(&p, (const char *)conf + offset, sizeof(p));
	return p;
}

static void
set_text(void *out, size_t offset, struct str s)
{
	char *p = copy(s);

	set(out, offset, &p, sizeof(p));
}

static void
convert(struct load *l, const struct conf_def *d, struct str s, void *out)
{
	struct secret *secret;
	int64_t number;
	bool yes;

	switch (d->type) {
	case CONF_STRING:
		set_text(out, d->offset, s);
		break;
	case CONF_SECRET:
		if (s.n == 0 || s.n > SECRET_MAX) {
			mistake(l, d->name, "it is empty or too long");
			break;
		}
		secret = secret_new(s.p, s.n);
		set(out, d->offset, &secret, sizeof(secret));
		break;
	case CONF_INT:
		if (!str_to_i64(s, &number) || number < d->min ||
		    number > d->max)
			mistake(l, d->name,
			    "it must be a number from %lld to %lld",
			    (long long)d->min, (long long)d->max);
		else
			set(out, d->offset, &number, sizeof(number));
		break;
	case CONF_BOOL:
		if (!to_bool(s, &yes))
			mistake(l, d->name, "it must be true or false");
		else
			set(out, d->offset, &yes, sizeof(yes));
		break;
	case CONF_CHOICE:
		if (!is_choice(s, d->choices))
			mistake(l, d->name, "it must be one of %s", d->choices);
		else
			set_text(out, d->offset, s);
		break;
	}
}

/* The content of the file that NAME_FILE names, less one newline. */
static void
convert_path(
    struct load *l, const struct conf_def *d, const char *path, void *out)
{
	size_t n = 0;
	char *text = fdio_read_file(path, VALUE_MAX, &n);
	struct str s = {text, n};

	if (text == NULL) {
		mistake(
		    l, d->name, "cannot read %s: %s", path, strerror(errno));
		return;
	}
	if (str_ends(s, "\n"))
		s.n--;
	if (str_ends(s, "\r"))
		s.n--;
	if (memchr(s.p, 0, s.n) != NULL)
		mistake(l, d->name, "%s has a NUL byte", path);
	else
		convert(l, d, s, out);
	secret_wipe(text, n);
	free(text);
}

static void
convert_slot(struct load *l, size_t i, void *out)
{
	const struct conf_def *d = &l->defs[i];
	struct slot *s = &l->env[i];

	if (s->text == NULL && s->path == NULL && !s->mistaken)
		s = &l->file[i];
	if (s->mistaken)
		return;
	if (s->text != NULL && s->path != NULL)
		mistake(l, d->name, "both it and %s_FILE are set", d->name);
	else if (s->path != NULL)
		convert_path(l, d, s->path, out);
	else if (s->text != NULL)
		convert(l, d, str_from(s->text), out);
	else if (d->def != NULL)
		convert(l, d, str_from(d->def), out);
}

static struct slot *
slots_new(size_t n)
{
	struct slot *s = calloc(n + 1, sizeof(*s));

	if (s == NULL)
		fail_abort("conf: out of memory");
	return s;
}

static void
slots_free(struct slot *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		drop(&s[i].text);
		drop(&s[i].path);
	}
	free(s);
}

bool
conf_load(const struct conf_def *defs, const struct conf_source *src, void *out,
    FILE *err)
{
	struct load l = {defs, src, count(defs), NULL, NULL, err, true};

	l.file = slots_new(l.n);
	l.env = slots_new(l.n);
	say_file(&l);
	say_environ(&l);
	for (size_t i = 0; i < l.n; i++)
		convert_slot(&l, i, out);
	slots_free(l.file, l.n);
	slots_free(l.env, l.n);
	if (!l.ok)
		conf_free(defs, out);
	return l.ok;
}

void
conf_free(const struct conf_def *defs, void *out)
{
	static void *const null = NULL;

	for (const struct conf_def *d = defs; d->name != NULL; d++) {
		switch (d->type) {
		case CONF_STRING:
		case CONF_CHOICE:
			free(get_pointer(out, d->offset));
			set(out, d->offset, &null, sizeof(null));
			break;
		case CONF_SECRET:
			secret_free(get_pointer(out, d->offset));
			set(out, d->offset, &null, sizeof(null));
			break;
		case CONF_INT:
		case CONF_BOOL:
			break;
		}
	}
}

/* --- showing -------------------------------------------------------------- */

static void
dump_one(const struct conf_def *d, const void *conf, FILE *out)
{
	const char *text;
	int64_t number;
	bool yes;

	switch (d->type) {
	case CONF_STRING:
	case CONF_CHOICE:
		text = get_pointer(conf, d->offset);
		if (text != NULL)
			(void)fprintf(out, "%s = %s\n", d->name, text);
		else
			(void)fprintf(out, "# %s is not set\n", d->name);
		break;
	case CONF_SECRET:
		/* A comment, or reading it back would make it the secret. */
		if (get_pointer(conf, d->offset) != NULL)
			(void)fprintf(out, "# %s = (set)\n", d->name);
		else
			(void)fprintf(out, "# %s is not set\n", d->name);
		break;
	case CONF_INT:
		memcpy(&number, (const char *)conf + d->offset, sizeof(number));
		(void)fprintf(out, "%s = %lld\n", d->name, (long long)number);
		break;
	case CONF_BOOL:
		memcpy(&yes, (const char *)conf + d->offset, sizeof(yes));
		(void)fprintf(
		    out, "%s = %s\n", d->name, yes ? "true" : "false");
		break;
	}
}

void
conf_dump(const struct conf_def *defs, const void *conf, FILE *out)
{
	for (const struct conf_def *d = defs; d->name != NULL; d++)
		dump_one(d, conf, out);
}

/* "number from 1 to 10, default 5" */
static void
put_type(const struct conf_def *d, FILE *out)
{
	struct str rest = str_from(d->choices);
	const char *sep = "";

	switch (d->type) {
	case CONF_STRING:
		(void)fputs("text", out);
		break;
	case CONF_SECRET:
		(void)fputs("secret", out);
		break;
	case CONF_INT:
		(void)fprintf(out, "number from %lld to %lld",
		    (long long)d->min, (long long)d->max);
		break;
	case CONF_BOOL:
		(void)fputs("true or false", out);
		break;
	case CONF_CHOICE:
		while (rest.p != NULL) {
			struct str word = str_split(&rest, '|');

			(void)fprintf(out, "%s%.*s", sep, STR_FMT(word));
			sep = " or ";
		}
		break;
	}
	if (d->def != NULL && d->def[0] != '\0')
		(void)fprintf(out, ", default %s", d->def);
}

/* Words wrapped at 78 columns behind an indent of 8. */
static void
put_wrapped(const char *text, FILE *out)
{
	struct str rest = str_from(text);
	size_t column = 0;

	while (rest.p != NULL) {
		struct str word = str_split(&rest, ' ');

		if (word.n == 0)
			continue;
		if (column > 0 && column + 1 + word.n > 78) {
			(void)fputc('\n', out);
			column = 0;
		}
		(void)fprintf(out, "%s%.*s", column == 0 ? "        " : " ",
		    STR_FMT(word));
		column += word.n + (column == 0 ? 8 : 1);
	}
	(void)fputc('\n', out);
}

void
conf_help(const struct conf_def *defs, FILE *out)
{
	for (const struct conf_def *d = defs; d->name != NULL; d++) {
		(void)fprintf(out, "  %s (", d->name);
		put_type(d, out);
		(void)fputs(")\n", out);
		put_wrapped(d->doc != NULL ? d->doc : "", out);
	}
}

/* Running text for roff: one sentence a line, nothing taken for a request. */
static void
put_roff(const char *text, FILE *out)
{
	bool start = true;

	for (const char *p = text; *p != '\0'; p++) {
		if (start && *p == ' ')
			continue; /* a line that begins with a space breaks */
		if (start && (*p == '.' || *p == '\''))
			(void)fputs("\\&", out);
		start = (p[0] == ' ' && p > text && p[-1] == '.') || *p == '\n';
		if (*p == '\\')
			(void)fputs("\\e", out);
		else
			(void)fputc(start ? '\n' : *p, out);
	}
	(void)fputc('\n', out);
}

void
conf_mdoc(const struct conf_def *defs, FILE *out)
{
	(void)fputs(".Bl -tag -width Ds\n", out);
	for (const struct conf_def *d = defs; d->name != NULL; d++) {
		(void)fprintf(out, ".It Ev %s\n", d->name);
		put_roff(d->doc != NULL ? d->doc : "", out);
		(void)fputc('(', out);
		put_type(d, out);
		(void)fputs(").\n", out);
	}
	(void)fputs(".El\n", out);
}
