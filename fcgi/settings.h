/*
 * settings.h: the effective configuration of mcpbox-fcgi (conf.def).
 */
#ifndef MCPBOX_SETTINGS_H
#define MCPBOX_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf.h"
#include "secret.h"

struct keyring;

struct settings {
	char *home;   /* absolute */
	char *listen; /* admin listener as nginx has it, "host:port" */
	char *gateway_listen;
	char *database_url; /* NULL: the embedded cluster under home */
	struct secret *encryption_key; /* 64 hex; else secrets/encryption.key */
	char *admin_username;
	struct secret *admin_password;
	char *mcp_auth;        /* "local" or "required" */
	char *language_policy; /* "enforce" or "off" */
	int64_t workers_admin;
	int64_t workers_gateway;
	int64_t threads;
	char *admin_socket;
	char *gateway_socket;
	char *sandbox_socket;
	int64_t leases; /* processes held for the next calls; 0: none */
	char *pool;     /* for a listener on descriptor 0 */
	char *user;
	char *gateway_user;
	char *nginx_user;
	char *allowed_hosts; /* comma separated */
	char *public_url;
	char *log_level;

	/* What bounds a run (noun/limits): defaults, and the most that an
	 * override can say. */
	int64_t memory_mib;
	int64_t memory_mib_max;
	int64_t cpu_ms;
	int64_t cpu_ms_max;
	int64_t result_kib;
	int64_t result_kib_max;
	int64_t output_kib;
	int64_t output_kib_max;
	int64_t run_threads;
	int64_t run_threads_max;
	int64_t requests;
	int64_t requests_max;
	int64_t transfer_kib;
	int64_t transfer_kib_max;
	int64_t server_concurrency;
	int64_t server_rate;
	int64_t tool_rate;
	int64_t tool_rate_max;

	/* Requests a minute; 0: no limit (web/limits). */
	int64_t rate_address;
	int64_t rate_account;
	int64_t rate_token;

	int64_t breaker_failures; /* 0: it never opens */
	int64_t breaker_seconds;
	int64_t log_retention_days;
	char *metrics_listen; /* "host:port" of nginx; NULL: off */

	/* Tasks of MCP clients (noun/mcptask). */
	int64_t tasks_live;
	int64_t tasks_kept;
	int64_t task_ttl_ms;
	int64_t task_poll_ms;
	int64_t task_result_kib;

	/* derived by settings_load, in memory only */
	struct keyring *keys;       /* lib/keyring; NULL: this pool has none */
	struct secret *db_password; /* of this process's role; NULL: none */
	const char *db_user;        /* "mcpbox_admin", ... */
};

extern const struct conf_def settings_defs[];

/* Loads into a zeroed *s, derives paths, checks cross rules.  Prints mistakes
 * to stderr.  Free it in either case. */
bool settings_load(
    struct settings *s, const char *file, char *const *env) ATTR_NODISCARD;
void settings_free(struct settings *s);
/*
 * After the fork, before privileges are dropped: reads what this pool (enum
 * pool) needs, the database password of its role and the key, and forgets
 * what it does not need.  Logs what is missing.
 */
bool settings_load_secrets(struct settings *s, int pool) ATTR_NODISCARD;
/* Is "host:port" an address of this machine only? */
bool settings_loopback(const char *listen);

#endif
