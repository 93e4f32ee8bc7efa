/* Unit tests of lib/conf.c. */
#include "conf.h"

#include "lib_test.h"

#include "fdio.h"
#include "secret.h"

struct settings {
	char *home;
	char *url;
	struct secret *key;
	int64_t port;
	int64_t plain;
	bool on;
	char *mode;
};

static const struct conf_def defs[] = {
    {"MCPBOX_HOME", CONF_STRING, offsetof(struct settings, home), "/srv/x", 0,
	0, NULL, "Where everything lives."},
    {"MCPBOX_URL", CONF_STRING, offsetof(struct settings, url), NULL, 0, 0,
	NULL, "Its public address. May be left out."},
    {"MCPBOX_KEY", CONF_SECRET, offsetof(struct settings, key), NULL, 0, 0,
	NULL, "The key."},
    {"MCPBOX_PORT", CONF_INT, offsetof(struct settings, port), "80", 1, 65535,
	NULL, "Port."},
    {"MCPBOX_PLAIN", CONF_INT, offsetof(struct settings, plain), NULL,
	INT64_MIN, INT64_MAX, NULL, ".starts like a request"},
    {"MCPBOX_ON", CONF_BOOL, offsetof(struct settings, on), "no", 0, 0, NULL,
	"A switch with back\\slash."},
    {"MCPBOX_MODE", CONF_CHOICE, offsetof(struct settings, mode), "fast", 0, 0,
	"fast|slow", NULL},
    {.name = NULL},
};

static const char *const others[] = {"MCPBOX_CONFIG", NULL};

static char dir[64];
static char file[128];
static char key_file[128];
static struct settings conf;
static char *said;
static size_t nsaid;

static int
set_up(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/test_conf.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(file, sizeof(file), "%s/conf", dir);
	(void)snprintf(key_file, sizeof(key_file), "%s/key", dir);
	memset(&conf, 0, sizeof(conf));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	conf_free(defs, &conf);
	free(said);
	said = NULL;
	(void)unlink(file);
	(void)unlink(key_file);
	return rmdir(dir);
}

/* Loads; `text` NULL means no file.  What was printed is in `said`. */
static bool
load(const char *text, char *const *env)
{
	struct conf_source src = {NULL, env, others};
	FILE *err;
	bool ok;

	free(said);
	err = open_memstream(&said, &nsaid);
	assert_non_null(err);
	if (text != NULL) {
		assert_int_equal(
		    fdio_write_file(file, text, strlen(text), 0600), 0);
		src.file = file;
	}
	conf_free(defs, &conf);
	memset(&conf, 0, sizeof(conf));
	ok = conf_load(defs, &src, &conf, err);
	(void)fclose(err);
	assert_int_equal(ok, nsaid == 0);
	return ok;
}

#define ENV(...) ((char *[]){__VA_ARGS__, NULL})
static char *no_env[] = {NULL};

static char *
text_of(const char *fmt, const char *value)
{
	static char text[8][256];
	static size_t i;
	char *out = text[i++ % 8];

	(void)snprintf(out, 256, "%s%s", fmt, value);
	return out;
}

#define E(s) text_of((s), "")

static void
test_defaults(void **state)
{
	(void)state;
	assert_true(load(NULL, no_env));
	assert_string_equal(conf.home, "/srv/x");
	assert_null(conf.url);
	assert_null(conf.key);
	assert_int_equal(conf.port, 80);
	assert_int_equal(conf.plain, 0);
	assert_false(conf.on);
	assert_string_equal(conf.mode, "fast");
	assert_true(load(NULL, NULL));
}

static void
test_file(void **state)
{
	(void)state;
	assert_true(load("# comment\n\n  MCPBOX_HOME =  /a b # c \r\n"
			 "MCPBOX_PORT=443\n\tMCPBOX_ON = Yes\n"
			 "MCPBOX_URL = a=b\nMCPBOX_MODE=slow",
	    no_env));
	assert_string_equal(conf.home, "/a b # c");
	assert_string_equal(conf.url, "a=b");
	assert_int_equal(conf.port, 443);
	assert_true(conf.on);
	assert_string_equal(conf.mode, "slow");
}

static void
test_environment_wins(void **state)
{
	(void)state;
	assert_true(load("MCPBOX_PORT = 1\nMCPBOX_HOME = /file\n",
	    ENV(E("MCPBOX_PORT=2"), E("PATH=/bin"), E("MCPBOX_URL="),
		E("OTHER_X=1"), E("MCPBOX_NOVALUE"))));
	assert_int_equal(conf.port, 2);
	assert_string_equal(conf.home, "/file");
	assert_string_equal(conf.url, "");
}

static void
test_name_file(void **state)
{
	(void)state;
	assert_int_equal(fdio_write_file(key_file, "s3cret\n", 7, 0600), 0);
	assert_true(load(NULL, ENV(text_of("MCPBOX_KEY_FILE=", key_file))));
	assert_str_is(secret_view(conf.key), "s3cret");
	/* One newline only; a Windows one as well; any type. */
	assert_int_equal(fdio_write_file(key_file, "81\r\n", 4, 0600), 0);
	assert_true(load(NULL, ENV(text_of("MCPBOX_PORT_FILE=", key_file))));
	assert_int_equal(conf.port, 81);
	assert_int_equal(fdio_write_file(key_file, "a\n\n", 3, 0600), 0);
	assert_true(load(NULL, ENV(text_of("MCPBOX_KEY_FILE=", key_file))));
	assert_str_is(secret_view(conf.key), "a\n");
	/* In the settings file too, and the environment still wins. */
	assert_true(load(text_of("MCPBOX_KEY_FILE = ", key_file), no_env));
	assert_str_is(secret_view(conf.key), "a\n");
	assert_true(load(
	    text_of("MCPBOX_KEY_FILE = ", key_file), ENV(E("MCPBOX_KEY=env"))));
	assert_str_is(secret_view(conf.key), "env");
	assert_true(load(
	    "MCPBOX_KEY = file", ENV(text_of("MCPBOX_KEY_FILE=", key_file))));
	assert_str_is(secret_view(conf.key), "a\n");
}

static void
test_name_file_mistakes(void **state)
{
	(void)state;
	assert_false(load(NULL, ENV(E("MCPBOX_KEY_FILE=/no/such/file"))));
	assert_non_null(strstr(said, "MCPBOX_KEY: cannot read"));
	assert_int_equal(fdio_write_file(key_file, "k", 1, 0600), 0);
	assert_false(load(NULL,
	    ENV(text_of("MCPBOX_KEY_FILE=", key_file), E("MCPBOX_KEY=x"))));
	assert_non_null(strstr(said, "both"));
	assert_int_equal(fdio_write_file(key_file, "a\0b", 3, 0600), 0);
	assert_false(load(NULL, ENV(text_of("MCPBOX_KEY_FILE=", key_file))));
	assert_int_equal(fdio_write_file(key_file, "\n", 1, 0600), 0);
	assert_false(load(NULL, ENV(text_of("MCPBOX_KEY_FILE=", key_file))));
	assert_non_null(strstr(said, "empty"));
}

static void
test_unknown_names(void **state)
{
	(void)state;
	assert_false(load(NULL, ENV(E("MCPBOX_PROT=1"))));
	assert_string_equal(said, "MCPBOX_PROT: there is no such setting\n");
	assert_false(load("MCPBOX_PROT = 1", no_env));
	assert_false(load("PORT = 1", no_env));
	assert_false(load(NULL, ENV(E("MCPBOX_PROT_FILE=/x"))));
	assert_false(load(NULL, ENV(E("MCPBOX_=1"))));
	assert_false(load(NULL, ENV(E("MCPBOX_port=1"))));
	assert_true(load("MCPBOX_CONFIG = x",
	    ENV(E("MCPBOX_CONFIG=x"), E("MCPBOX_CONFIG_FILE=x"))));
	assert_false(load(NULL, ENV(E("MCPBOX_CONFIGX=x"))));
	assert_false(load(NULL, ENV(E("MCPBOX_CONFIGXFILE=x"))));
}

static void
test_bad_lines(void **state)
{
	(void)state;
	assert_false(load("MCPBOX_PORT 5", no_env));
	assert_non_null(strstr(said, "line 1 is not NAME = value"));
	assert_false(load("\n\n= 5", no_env));
	assert_non_null(strstr(said, "line 3"));
	assert_false(load("mcpbox_port = 5", no_env));
	assert_false(load("[section]", no_env));
	assert_false(load("MCPBOX_PORT = 5\nMCPBOX_PORT = 5", no_env));
	assert_string_equal(said, "MCPBOX_PORT: it is set twice\n");
	assert_false(load("MCPBOX_HOME = a\x01", no_env));
	assert_false(load("MCPBOX_HOME = a\xff", no_env));
	assert_false(load(NULL, ENV(E("MCPBOX_HOME=a\nb"))));
}

static void
test_missing_file(void **state)
{
	struct conf_source src = {file, no_env, NULL};
	FILE *err = open_memstream(&said, &nsaid);

	(void)state;
	assert_false(conf_load(defs, &src, &conf, err));
	(void)fclose(err);
	assert_non_null(strstr(said, "cannot read it: No such file"));
}

static void
test_numbers(void **state)
{
	static const char *const bad[] = {
	    "0",
	    "65536",
	    "-1",
	    "",
	    " 5",
	    "5 ",
	    "5.0",
	    "0x5",
	    "five",
	    "99999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < NELEM(bad); i++) {
		assert_false(load(NULL, ENV(text_of("MCPBOX_PORT=", bad[i]))));
		assert_string_equal(
		    said, "MCPBOX_PORT: it must be a number from 1 to 65535\n");
	}
	assert_true(load(NULL, ENV(E("MCPBOX_PORT=65535"))));
	assert_true(load(NULL, ENV(E("MCPBOX_PLAIN=-9223372036854775808"))));
	assert_true(conf.plain == INT64_MIN);
}

static void
test_bools_and_choices(void **state)
{
	static const char *const yes[] = {"1", "true", "yes", "on", "TRUE"};
	static const char *const no[] = {"0", "false", "no", "off", "Off"};

	(void)state;
	for (size_t i = 0; i < NELEM(yes); i++) {
		assert_true(load(NULL, ENV(text_of("MCPBOX_ON=", yes[i]))));
		assert_true(conf.on);
		assert_true(load(NULL, ENV(text_of("MCPBOX_ON=", no[i]))));
		assert_false(conf.on);
	}
	assert_false(load(NULL, ENV(E("MCPBOX_ON=2"))));
	assert_false(load(NULL, ENV(E("MCPBOX_ON="))));
	assert_false(load(NULL, ENV(E("MCPBOX_MODE=Fast"))));
	assert_string_equal(said, "MCPBOX_MODE: it must be one of fast|slow\n");
	assert_false(load(NULL, ENV(E("MCPBOX_MODE="))));
	assert_false(load(NULL, ENV(E("MCPBOX_MODE=fast|slow"))));
}

static void
test_all_mistakes_are_told(void **state)
{
	size_t lines = 0;

	(void)state;
	assert_false(load("MCPBOX_PORT = x\nnonsense\n",
	    ENV(E("MCPBOX_ON=maybe"), E("MCPBOX_NOPE=1"),
		E("MCPBOX_KEY=verysecret"), E("MCPBOX_MODE=verysecret"))));
	for (const char *p = said; *p != '\0'; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 5);
	/* No value is ever repeated, and nothing stays allocated. */
	assert_null(strstr(said, "verysecret"));
	assert_null(conf.home);
	assert_null(conf.key);
}

static char *
shown(void (*show)(const struct conf_def *, FILE *))
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	if (show != NULL)
		show(defs, f);
	else
		conf_dump(defs, &conf, f);
	(void)fclose(f);
	return text;
}

static void
test_dump_loads_again(void **state)
{
	char *text;

	(void)state;
	assert_true(load("MCPBOX_HOME = /a = b\nMCPBOX_PORT = 8\n"
			 "MCPBOX_ON = on\nMCPBOX_MODE = slow\n"
			 "MCPBOX_KEY = verysecret\n",
	    no_env));
	text = shown(NULL);
	assert_string_equal(text,
	    "MCPBOX_HOME = /a = b\n"
	    "# MCPBOX_URL is not set\n"
	    "# MCPBOX_KEY = (set)\n"
	    "MCPBOX_PORT = 8\n"
	    "MCPBOX_PLAIN = 0\n"
	    "MCPBOX_ON = true\n"
	    "MCPBOX_MODE = slow\n");
	assert_true(load(text, no_env));
	assert_string_equal(conf.home, "/a = b");
	assert_null(conf.url);
	assert_null(conf.key);
	assert_int_equal(conf.port, 8);
	free(text);
}

static void
test_help(void **state)
{
	char *text = shown(conf_help);

	(void)state;
	assert_non_null(strstr(text,
	    "  MCPBOX_HOME (text, default /srv/x)\n"
	    "        Where everything lives.\n"));
	assert_non_null(strstr(
	    text, "  MCPBOX_PORT (number from 1 to 65535, default 80)\n"));
	assert_non_null(
	    strstr(text, "  MCPBOX_MODE (fast or slow, default fast)\n"));
	assert_non_null(strstr(text, "  MCPBOX_KEY (secret)\n"));
	free(text);
}

static void
test_help_wraps(void **state)
{
	char doc[600], *text = NULL;
	struct conf_def one[] = {
	    {"MCPBOX_A", CONF_BOOL, 0, NULL, 0, 0, NULL, doc}, {.name = NULL}};
	size_t n;
	FILE *f = open_memstream(&text, &n);
	struct str rest;

	(void)state;
	for (size_t i = 0; i < sizeof(doc); i++)
		doc[i] = "some words "[i % 11];
	doc[sizeof(doc) - 1] = '\0';
	conf_help(one, f);
	(void)fclose(f);
	rest = (struct str){text, n};
	while (rest.p != NULL)
		assert_true(str_split(&rest, '\n').n <= 78);
	free(text);
}

static void
test_mdoc(void **state)
{
	char *text = shown(conf_mdoc);

	(void)state;
	assert_true(str_starts(str_from(text), ".Bl -tag -width Ds\n"));
	assert_true(str_ends(str_from(text), ".El\n"));
	assert_non_null(strstr(text, ".It Ev MCPBOX_PORT\n"));
	assert_non_null(
	    strstr(text, "Its public address.\nMay be left out.\n"));
	assert_non_null(strstr(text, "\n\\&.starts like"));
	assert_non_null(strstr(text, "back\\eslash"));
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_defaults),
	    TEST(test_file),
	    TEST(test_environment_wins),
	    TEST(test_name_file),
	    TEST(test_name_file_mistakes),
	    TEST(test_unknown_names),
	    TEST(test_bad_lines),
	    TEST(test_missing_file),
	    TEST(test_numbers),
	    TEST(test_bools_and_choices),
	    TEST(test_all_mistakes_are_told),
	    TEST(test_dump_loads_again),
	    TEST(test_help),
	    TEST(test_help_wraps),
	    TEST(test_mdoc),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
