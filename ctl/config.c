/*
 * config.c: the settings of an instance, as far as mcpboxctl needs them.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fdio.h"
#include "log.h"

#define PASSWORD_FILE "secrets/db-admin.pw"
#define PASSWORD_MAX 256

extern char **environ;

const struct conf_def config_defs[] = {
#define STRING(name, member, def, doc)                                         \
	{#name, CONF_STRING, offsetof(struct config, member), (def), 0, 0,     \
	    NULL, (doc)},
#define SECRET(name, member, doc)                                              \
	{#name, CONF_SECRET, offsetof(struct config, member), NULL, 0, 0,      \
	    NULL, (doc)},
#include "ctl/conf.def"
#undef STRING
#undef SECRET
    {NULL, CONF_STRING, 0, NULL, 0, 0, NULL, NULL},
};

static const char *const others[] = {
#define NAME(name) #name,
#include "conf_names.def"
#undef NAME
    NULL,
};

static char *
path_in(const char *home, const char *rest)
{
	char *p;

	if (asprintf(&p, "%s/%s", home, rest) < 0)
		log_panic("out of memory", "config");
	return p;
}

/* The first that can be read; NULL: neither. */
static char *
settings_file(const char *home)
{
	static const char *const names[] = {
	    "run/mcpbox.conf", "etc/mcpbox.conf"};

	for (size_t i = 0; i < NELEM(names); i++) {
		char *p = path_in(home, names[i]);

		if (access(p, R_OK) == 0)
			return p;
		free(p);
	}
	return NULL;
}

static void
load_password(struct config *c)
{
	char *path = path_in(c->home, PASSWORD_FILE), *text;
	struct str trimmed;
	size_t n;

	text = fdio_read_file(path, PASSWORD_MAX, &n);
	if (text == NULL)
		(void)fprintf(stderr, "mcpboxctl: %s cannot be read: %s\n",
		    PASSWORD_FILE, strerror(errno));
	free(path);
	if (text == NULL)
		return;
	trimmed = str_trim((struct str){text, n});
	c->password = secret_new(trimmed.p, trimmed.n);
	secret_wipe(text, n);
	free(text);
}

bool
config_load(struct config *c, const char *home)
{
	struct conf_source src = {.others = others};
	char *file;
	bool ok;

	memset(c, 0, sizeof(*c));
	if (home != NULL && setenv("MCPBOX_HOME", home, 1) != 0)
		log_panic("out of memory", "config");
	home = getenv("MCPBOX_HOME");
	file = settings_file(home != NULL ? home : "./var");
	src.file = file;
	src.environ = environ; /* which setenv may have moved */
	ok = conf_load(config_defs, &src, c, stderr);
	free(file);
	if (!ok)
		return false;
	load_password(c);
	return c->password != NULL;
}

void
config_free(struct config *c)
{
	secret_free(c->password);
	conf_free(config_defs, c);
}
