/*
 * settings.c: the settings of mcpbox-egress.
 */
#include "egress/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

const struct conf_def settings_defs[] = {
#define STRING(name, member, def, doc)                                         \
	{#name, CONF_STRING, offsetof(struct settings, member), (def), 0, 0,   \
	    NULL, (doc)},
#define SECRET(name, member, doc)                                              \
	{#name, CONF_SECRET, offsetof(struct settings, member), NULL, 0, 0,    \
	    NULL, (doc)},
#define CHOICE(name, member, def, words, doc)                                  \
	{#name, CONF_CHOICE, offsetof(struct settings, member), (def), 0, 0,   \
	    (words), (doc)},
#define INT(name, member, def, min, max, doc)                                  \
	{#name, CONF_INT, offsetof(struct settings, member), (def), (min),     \
	    (max), NULL, (doc)},
#include "egress/conf.def"
#undef STRING
#undef SECRET
#undef CHOICE
#undef INT
    {NULL, CONF_STRING, 0, NULL, 0, 0, NULL, NULL},
};

static const char *const others[] = {
#define NAME(name) #name,
#include "conf_names.def"
#undef NAME
    NULL,
};

/* The folder decides which file is read, so it is looked up first. */
static char *
default_file(char *const *env)
{
	static const char name[] = "MCPBOX_HOME=";
	const char *home = "./var";
	char *path;

	for (; env != NULL && *env != NULL; env++) {
		if (strncmp(*env, name, sizeof(name) - 1) == 0)
			home = *env + sizeof(name) - 1;
	}
	if (asprintf(&path, "%s/etc/mcpbox.conf", home) < 0)
		log_panic("out of memory", "settings");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

bool
settings_load(struct settings *s, const char *file, char *const *env, FILE *err)
{
	char *found = file == NULL ? default_file(env) : NULL;
	struct conf_source src = {
	    .file = file != NULL ? file : found,
	    .environ = env,
	    .others = others,
	};
	bool ok;

	memset(s, 0, sizeof(*s));
	ok = conf_load(settings_defs, &src, s, err);
	free(found);
	return ok;
}

void
settings_free(struct settings *s)
{
	conf_free(settings_defs, s);
}
