/*
 * config.c: the settings of mcpbox-sandboxd.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

const struct conf_def config_defs[] = {
#define STRING(name, member, def, doc)                                         \
	{#name, CONF_STRING, offsetof(struct config, member), (def), 0, 0,     \
	    NULL, (doc)},
#define CHOICE(name, member, def, words, doc)                                  \
	{#name, CONF_CHOICE, offsetof(struct config, member), (def), 0, 0,     \
	    (words), (doc)},
#define INT(name, member, def, min, max, doc)                                  \
	{#name, CONF_INT, offsetof(struct config, member), (def), (min),       \
	    (max), NULL, (doc)},
#define BOOL(name, member, def, doc)                                           \
	{#name, CONF_BOOL, offsetof(struct config, member), (def), 0, 0, NULL, \
	    (doc)},
#include "conf.def"
#undef STRING
#undef CHOICE
#undef INT
#undef BOOL
    {NULL, CONF_STRING, 0, NULL, 0, 0, NULL, NULL},
};

static const char *const others[] = {
#define NAME(name) #name,
#include "conf_names.def"
#undef NAME
    NULL,
};

static char *
format(const char *dir, const char *rest)
{
	char *p;

	if (asprintf(&p, "%s/%s", dir, rest) < 0)
		log_panic("out of memory", "config");
	return p;
}

char *
config_path(const struct config *c, const char *rest)
{
	return format(c->home, rest);
}

bool
config_enforce(const struct config *c)
{
	return strcmp(c->policy, "enforce") == 0;
}

/* The other programs lie beside this very one. */
static char *
beside(const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		return format(".", name);
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL)
		*slash = '\0';
	return format(self, name);
}

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
	path = format(home, "etc/mcpbox.conf");
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

bool
config_load(struct config *c, const char *file, char *const *env, FILE *err)
{
	char *found = file == NULL ? default_file(env) : NULL;
	struct conf_source src = {
	    .file = file != NULL ? file : found,
	    .environ = env,
	    .others = others,
	};
	bool ok;

	memset(c, 0, sizeof(*c));
	ok = conf_load(config_defs, &src, c, err);
	free(found);
	if (!ok)
		return false;
	if (c->socket == NULL)
		c->socket = config_path(c, "run/sandboxd/sandboxd.sock");
	if (c->program == NULL)
		c->program = beside("mcpbox-run");
	if (c->egress_program == NULL)
		c->egress_program = beside("mcpbox-egress");
	if (strcmp(c->userns, "off") == 0 && geteuid() != 0) {
		(void)fputs(
		    "MCPBOX_SANDBOX_USERNS: off works as root only\n", err);
		return false;
	}
	return true;
}

void
config_free(struct config *c)
{
	conf_free(config_defs, c);
}
