/* Unit tests of sandboxd/config.c. */
#include "config.h"

#include "box_test.h"

static char message[1024];

static bool
load(struct config *c, char *const *env)
{
	FILE *err = fmemopen(message, sizeof(message), "w");
	bool ok;

	memset(message, 0, sizeof(message));
	ok = config_load(c, NULL, env, err);
	(void)fclose(err);
	if (!ok)
		config_free(c);
	return ok;
}

static void
test_defaults(void **state)
{
	static char home[] = "MCPBOX_HOME=/nowhere";
	char *env[] = {home, NULL};
	struct config c;
	char *p;

	(void)state;
	assert_true(load(&c, env));
	assert_string_equal(c.socket, "/nowhere/run/sandboxd/sandboxd.sock");
	assert_non_null(strstr(c.program, "/mcpbox-run"));
	assert_true(config_enforce(&c));
	assert_int_equal(c.spares, 2);
	assert_int_equal(c.uid_base, 1000000);
	assert_string_equal(c.userns, "auto");
	assert_true(c.lean);
	assert_string_equal(c.user, "mcpbox");
	p = config_path(&c, "a/b");
	assert_string_equal(p, "/nowhere/a/b");
	free(p);
	config_free(&c);
}

static void
test_values(void **state)
{
	static char a[] = "MCPBOX_LANGUAGE_POLICY=off",
		    b[] = "MCPBOX_SANDBOX_SPARES=5",
		    d[] = "MCPBOX_SANDBOX_SOCKET=/tmp/s",
		    e[] = "MCPBOX_RUN_PROGRAM=/x/run",
		    f[] = "MCPBOX_SANDBOX_MIN_LEVEL=landlock",
		    /* another program's */
	    g[] = "MCPBOX_DATABASE_URL=postgresql://", h[] = "PATH=/bin";
	char *env[] = {a, b, d, e, f, g, h, NULL};
	struct config c;

	(void)state;
	assert_true(load(&c, env));
	assert_false(config_enforce(&c));
	assert_int_equal(c.spares, 5);
	assert_string_equal(c.socket, "/tmp/s");
	assert_string_equal(c.program, "/x/run");
	assert_string_equal(c.min_level, "landlock");
	config_free(&c);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *line;
		const char *part;
	} rows[] = {
	    {"MCPBOX_SANDBOX_SPAERS=2", "MCPBOX_SANDBOX_SPAERS"},
	    {"MCPBOX_SANDBOX_SPARES=0", "MCPBOX_SANDBOX_SPARES"},
	    {"MCPBOX_SANDBOX_SPARES=two", "MCPBOX_SANDBOX_SPARES"},
	    {"MCPBOX_SANDBOX_MAX_RUNS=901", "MCPBOX_SANDBOX_MAX_RUNS"},
	    {"MCPBOX_LANGUAGE_POLICY=maybe", "MCPBOX_LANGUAGE_POLICY"},
	    {"MCPBOX_SANDBOX_MIN_LEVEL=none", "MCPBOX_SANDBOX_MIN_LEVEL"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *line = strdup(rows[i].line);
		char *env[] = {line, NULL};
		struct config c;

		assert_false(load(&c, env));
		assert_non_null(strstr(message, rows[i].part));
		free(line);
	}
}

/* Ours are among the house's names, so that others accept them. */
static void
test_names_are_shared(void **state)
{
	static const char *const names[] = {
#define NAME(name) #name,
#include "conf_names.def"
#undef NAME
	};

	(void)state;
	for (size_t i = 0; config_defs[i].name != NULL; i++) {
		bool found = false;

		for (size_t k = 0; k < NELEM(names); k++)
			found |= strcmp(names[k], config_defs[i].name) == 0;
		if (!found)
			fail_msg(
			    "%s is not in conf_names.def", config_defs[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_mistakes),
	    cmocka_unit_test(test_names_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
