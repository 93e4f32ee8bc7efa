/*
 * Settings: derived paths, rules between them, secrets of a role.
 */
#include "core_test.h"

#include <stdio.h>
#include <sys/stat.h>

#include "db/conninfo.h"
#include "keyring.h"
#include "settings.h"

static char home[] = "/tmp/mcpbox-settings-XXXXXX";

static bool
load(struct settings *s, const char *a, const char *b, const char *c)
{
	char where[128], one[256], two[256], three[256];
	char *env[] = {where, one, two, three, NULL};

	(void)snprintf(where, sizeof(where), "MCPBOX_HOME=%s", home);
	(void)snprintf(one, sizeof(one), "%s", a != NULL ? a : "A=1");
	(void)snprintf(two, sizeof(two), "%s", b != NULL ? b : "B=1");
	(void)snprintf(three, sizeof(three), "%s", c != NULL ? c : "C=1");
	*s = (struct settings){.home = NULL};
	return settings_load(s, NULL, env);
}

static void
accepted(const char *a, const char *b, const char *c, bool want)
{
	struct settings s;

	assert_int_equal(load(&s, a, b, c), want);
	settings_free(&s);
}

static void
test_derived(void **state)
{
	struct settings s;
	char path[128];

	(void)state;
	assert_true(load(&s, NULL, NULL, NULL));
	assert_string_equal(s.home, home);
	(void)snprintf(path, sizeof(path), "%s/run/fcgi/gateway.sock", home);
	assert_string_equal(s.gateway_socket, path);
	assert_int_equal(s.threads, 4);
	assert_null(s.database_url);
	settings_free(&s);
	assert_true(load(&s, "MCPBOX_ADMIN_SOCKET=./x.sock", NULL, NULL));
	assert_int_equal(s.admin_socket[0], '/');
	assert_true(str_ends(str_from(s.admin_socket), "/x.sock"));
	assert_null(strstr(s.admin_socket, "./"));
	settings_free(&s);
}

static void
test_rules(void **state)
{
	(void)state;
	accepted("MCPBOX_LANGUAGE_POLICY=off", NULL, NULL, true);
	accepted("MCPBOX_LANGUAGE_POLICY=off", "MCPBOX_LISTEN=0.0.0.0:80",
	    "MCPBOX_MCP_AUTH=required", false);
	accepted("MCPBOX_LANGUAGE_POLICY=off", "MCPBOX_GATEWAY_LISTEN=[::]:80",
	    "MCPBOX_MCP_AUTH=required", false);
	accepted("MCPBOX_LISTEN=192.0.2.1:80", NULL, NULL, false);
	accepted("MCPBOX_LISTEN=192.0.2.1:80", "MCPBOX_MCP_AUTH=required", NULL,
	    true);
	accepted("MCPBOX_ADMIN_USERNAME=anna", NULL, NULL, false);
	accepted("MCPBOX_ADMIN_USERNAME=anna", "MCPBOX_ADMIN_PASSWORD=x", NULL,
	    true);
	accepted("MCPBOX_ADMIN_SOCKET=/0123456789012345678901234567890123456789"
		 "0123456789012345678901234567890123456789012345678901234567"
		 "890123456789",
	    NULL, NULL, false);
	accepted("MCPBOX_THREADS=0", NULL, NULL, false);
	accepted("MCPBOX_RUN_MEMORY_MIB=2048", NULL, NULL, false);
	accepted("MCPBOX_RUN_MEMORY_MIB=2048", "MCPBOX_RUN_MEMORY_MIB_MAX=2048",
	    NULL, true);
	accepted("MCPBOX_RUN_MEMORY_MIB_MAX=100", NULL, NULL, false);
	accepted("MCPBOX_RUN_RESULT_KIB=8193", "MCPBOX_RUN_RESULT_KIB_MAX=8192",
	    NULL, false);
	accepted(
	    "MCPBOX_RUN_CPU_MS=0", "MCPBOX_RUN_CPU_MS_MAX=100", NULL, true);
	accepted("MCPBOX_SERVER_CONCURRENCY=900", NULL, NULL, true);
	accepted("MCPBOX_THREDS=4", NULL, NULL, false);
	accepted("MCPBOX_SANDBOX_SPARES=2", NULL, NULL, true); /* another's */
}

static void
test_loopback(void **state)
{
	(void)state;
	assert_true(settings_loopback("127.0.0.1:8080"));
	assert_true(settings_loopback("127.9.9.9:1"));
	assert_true(settings_loopback("[::1]:8080"));
	assert_true(settings_loopback("localhost:8080"));
	assert_false(settings_loopback("0.0.0.0:8080"));
	assert_false(settings_loopback("[::]:8080"));
	assert_false(settings_loopback("example.com:80"));
	assert_false(settings_loopback("8080"));
	assert_false(settings_loopback(""));
}

static void
write_secret(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/secrets", home);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/secrets/%s", home, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_secrets(void **state)
{
	struct settings s;
	struct str key;

	(void)state;
	assert_true(load(&s, NULL, NULL, NULL));
	assert_false(settings_load_secrets(&s, POOL_GATEWAY)); /* no file */
	settings_free(&s);

	write_secret("db-gateway.pw", "hush\n");
	write_secret("db-jobs.pw", "quiet\n");
	write_secret("encryption.key",
	    "00112233445566778899aabbccddeeff"
	    "00112233445566778899aabbccddeeff\n");
	assert_true(load(
	    &s, "MCPBOX_ADMIN_USERNAME=anna", "MCPBOX_ADMIN_PASSWORD=x", NULL));
	assert_true(settings_load_secrets(&s, POOL_GATEWAY));
	assert_string_equal(s.db_user, "mcpbox_gateway");
	assert_true(str_eq_c(secret_view(s.db_password), "hush"));
	key = secret_view(keyring_key(s.keys, 0));
	assert_int_equal(key.n, 32);
	assert_int_equal(key.p[1], 0x11);
	assert_null(s.admin_password); /* not this pool's business */
	settings_free(&s);

	assert_true(load(&s, NULL, NULL, NULL));
	assert_true(settings_load_secrets(&s, POOL_JOBS));
	assert_null(s.keys);
	settings_free(&s);

	/* Another database may bring its own way in. */
	assert_true(load(&s, "MCPBOX_DATABASE_URL=postgresql://h/d",
	    "MCPBOX_ENCRYPTION_KEY=zz", NULL));
	assert_false(settings_load_secrets(&s, POOL_ADMIN));
	settings_free(&s);
}

static const char *
value_of(const struct conninfo *c, const char *key)
{
	const char *found = NULL;

	for (size_t i = 0; c->keys[i] != NULL; i++) {
		if (strcmp(c->keys[i], key) == 0)
			found = c->values[i];
	}
	return found;
}

static void
test_conninfo(void **state)
{
	struct settings s;
	struct conninfo c;
	char url[160];

	(void)state;
	assert_true(load(&s, NULL, NULL, NULL));
	assert_true(settings_load_secrets(&s, POOL_JOBS));
	conninfo_build(&c, &s, "test");
	(void)snprintf(
	    url, sizeof(url), "postgresql:///mcpbox?host=%s/run/pg", home);
	assert_string_equal(value_of(&c, "dbname"), url);
	assert_string_equal(value_of(&c, "user"), "mcpbox_jobs");
	assert_string_equal(value_of(&c, "password"), "quiet");
	assert_string_equal(c.keys[0], "dbname"); /* the rest overrides it */
	assert_non_null(strstr(value_of(&c, "options"), "statement_timeout"));
	settings_free(&s);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(home) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", home);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_derived),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_loopback),
	    cmocka_unit_test(test_secrets),
	    cmocka_unit_test(test_conninfo),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
