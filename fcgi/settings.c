/*
 * settings.c: the effective configuration.
 */
#include "settings.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "addr.h"
#include "crypt.h"
#include "fdio.h"
#include "keyring.h"
#include "log.h"
#include "op/ctx.h"

#define SECRET_FILE_MAX 4096

#define ROW(name_, m, T, ...)                                                  \
	{.name = #name_,                                                       \
	    .offset = offsetof(struct settings, m) +                           \
		0 * sizeof((T *)0 == &((struct settings *)0)->m),              \
	    __VA_ARGS__},
#define STRING(n, m, d, text)                                                  \
	ROW(n, m, char *, .type = CONF_STRING, .def = (d), .doc = (text))
#define SECRET(n, m, text)                                                     \
	ROW(n, m, struct secret *, .type = CONF_SECRET, .doc = (text))
#define INT(n, m, d, lo, hi, text)                                             \
	ROW(n, m, int64_t, .type = CONF_INT, .def = (d), .min = (lo),          \
	    .max = (hi), .doc = (text))
#define CHOICE(n, m, d, words, text)                                           \
	ROW(n, m, char *, .type = CONF_CHOICE, .def = (d), .choices = (words), \
	    .doc = (text))

const struct conf_def settings_defs[] = {
#include "conf.def"
    {.name = NULL},
};

#undef STRING
#undef SECRET
#undef INT
#undef CHOICE
#undef ROW

static const char *const all_names[] = {
#define NAME(name) #name,
#include "conf_names.def"
#undef NAME
    NULL,
};

/* --- derived values ------------------------------------------------------- */

static char *ATTR_PRINTF(1, 2) text(const char *fmt, ...)
{
	va_list ap;
	char *out;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&out, fmt, ap);
	va_end(ap);
	if (n < 0)
		log_panic("out of memory", "settings");
	return out;
}

/* "./var" as "/where/we/are/var"; the folder need not exist yet. */
static void
make_absolute(char **path)
{
	char here[PATH_MAX], *whole;
	const char *rest = *path;

	if (rest[0] == '/')
		return;
	while (rest[0] == '.' && rest[1] == '/')
		rest += 2;
	if (getcwd(here, sizeof(here)) == NULL)
		log_fatal("the working directory is unreadable", NULL);
	whole = text("%s/%s", here, rest);
	free(*path);
	*path = whole;
}

static void
derive_path(char **path, const char *home, const char *below)
{
	if (*path == NULL)
		*path = text("%s/%s", home, below);
	else
		make_absolute(path);
}

bool
settings_loopback(const char *listen)
{
	struct str s = str_from(listen);
	struct addr a;
	size_t colon = s.n;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	s = str_sub(s, 0, colon - 1);
	if (str_ieq_c(s, "localhost"))
		return true;
	return addr_parse(s, &a) && addr_class(&a) == ADDR_LOOPBACK;
}

/* --- rules that concern more than one setting ----------------------------- */

static bool
mistake(const char *name, const char *why)
{
	(void)fprintf(stderr, "%s: %s\n", name, why);
	return false;
}

static bool
path_fits(const char *name, const char *path)
{
	struct sockaddr_un sun;

	if (strlen(path) < sizeof(sun.sun_path))
		return true;
	return mistake(
	    name, "the path is longer than a Unix socket allows (107 bytes)");
}

static const char *
name_at(size_t offset)
{
	const struct conf_def *d = settings_defs;

	while (d->name != NULL && d->offset != offset)
		d++;
	return d->name;
}

/* No default over its maximum. */
static bool
limits_fit(const struct settings *s)
{
	const struct {
		int64_t value, max;
		size_t at;
	} all[] = {
#define LIMIT(m, setting, least, most, doc)                                    \
	{s->setting, s->setting##_max, offsetof(struct settings, setting)},
#define SERVER_LIMIT(m, setting, least, most, doc)
#include "limits.def"
#undef LIMIT
#undef SERVER_LIMIT
	};
	bool ok = true;

	for (size_t i = 0; i < NELEM(all); i++) {
		if (all[i].value > all[i].max)
			ok = mistake(name_at(all[i].at),
			    "is over its maximum, the setting of this name "
			    "with _MAX");
	}
	return ok;
}

static bool
check(const struct settings *s)
{
	bool loopback = settings_loopback(s->listen) &&
	    settings_loopback(s->gateway_listen);
	bool ok = true;

	ok = path_fits("MCPBOX_ADMIN_SOCKET", s->admin_socket) && ok;
	ok = path_fits("MCPBOX_GATEWAY_SOCKET", s->gateway_socket) && ok;
	ok = path_fits("MCPBOX_SANDBOX_SOCKET", s->sandbox_socket) && ok;
	if (strcmp(s->language_policy, "off") == 0 && !loopback)
		ok = mistake("MCPBOX_LANGUAGE_POLICY",
		    "off is only allowed while both listeners are loopback");
	if (strcmp(s->mcp_auth, "local") == 0 && !loopback)
		ok = mistake("MCPBOX_MCP_AUTH",
		    "must be \"required\" unless both listeners are loopback");
	ok = limits_fit(s) && ok;
	if (s->metrics_listen != NULL && !settings_loopback(s->metrics_listen))
		ok = mistake("MCPBOX_METRICS_LISTEN",
		    "must be a loopback address: it asks for no credential");
	if ((s->admin_username == NULL) != (s->admin_password == NULL))
		ok = mistake("MCPBOX_ADMIN_USERNAME",
		    "and MCPBOX_ADMIN_PASSWORD belong together");
	return ok;
}

bool
settings_load(struct settings *s, const char *file, char *const *env)
{
	struct conf_source src = {
	    .file = file,
	    .environ = env,
	    .others = all_names,
	};

	if (!conf_load(settings_defs, &src, s, stderr))
		return false;
	make_absolute(&s->home);
	derive_path(&s->admin_socket, s->home, "run/fcgi/admin.sock");
	derive_path(&s->gateway_socket, s->home, "run/fcgi/gateway.sock");
	derive_path(&s->sandbox_socket, s->home, "run/sandboxd/sandboxd.sock");
	return check(s);
}

void
settings_free(struct settings *s)
{
	keyring_free(s->keys);
	secret_free(s->db_password);
	s->keys = NULL;
	s->db_password = NULL;
	conf_free(settings_defs, s);
}

/* --- secrets -------------------------------------------------------------- */

static const struct {
	const char *user;
	const char *file;
	bool key; /* needs the encryption key */
} roles[] = {
    [POOL_ADMIN] = {"mcpbox_admin", "secrets/db-admin.pw", true},
    [POOL_GATEWAY] = {"mcpbox_gateway", "secrets/db-gateway.pw", true},
    [POOL_JOBS] = {"mcpbox_jobs", "secrets/db-jobs.pw", false},
};

/* A file of the instance without its last line break; NULL with errno. */
static struct secret *
read_secret(const struct settings *s, const char *below)
{
	char *path = text("%s/%s", s->home, below);
	struct secret *out = NULL;
	size_t n;
	char *p = fdio_read_file(path, SECRET_FILE_MAX, &n);
	int saved = errno;

	if (p != NULL) {
		struct str value = str_trim((struct str){p, n});

		out = secret_new(value.p, value.n);
		secret_wipe(p, n);
		free(p);
	}
	free(path);
	errno = saved;
	return out;
}

static bool
load_key(struct settings *s)
{
	struct secret *hex = s->encryption_key != NULL
	    ? s->encryption_key
	    : read_secret(s, "secrets/encryption.key");
	const char *why;

	if (hex == NULL) {
		log_error("no encryption key",
		    LOG_STR("file", "secrets/encryption.key"),
		    LOG_STR("error", strerror(errno)));
		return false;
	}
	s->keys = keyring_read(secret_view(hex), &why);
	if (s->keys == NULL)
		log_error("the encryption key cannot be used",
		    LOG_STR("reason", why));
	secret_free(hex);
	s->encryption_key = NULL;
	return s->keys != NULL;
}

bool
settings_load_secrets(struct settings *s, int pool)
{
	s->db_user = roles[pool].user;
	s->db_password = read_secret(s, roles[pool].file);
	/* An own URL may bring its own way to authenticate. */
	if (s->db_password == NULL &&
	    (s->database_url == NULL || errno != ENOENT)) {
		log_error("no database password",
		    LOG_STR("file", roles[pool].file),
		    LOG_STR("error", strerror(errno)));
		return false;
	}
	if (pool != POOL_ADMIN) {
		secret_free(s->admin_password);
		s->admin_password = NULL;
	}
	if (roles[pool].key)
		return load_key(s);
	secret_free(s->encryption_key);
	s->encryption_key = NULL;
	return true;
}
