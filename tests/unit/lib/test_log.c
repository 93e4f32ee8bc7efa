/* Unit tests of lib/log.c.  Lines are caught in a pipe and parsed. */
#include "log.h"

#include "lib_test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "json.h"

#define TAKE_MAX 65536

static char taken[TAKE_MAX];
static int kept_stderr = -1;
static int pipe_end = -1;

static void catch (void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	kept_stderr = dup(STDERR_FILENO);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	assert_int_equal(close(fds[1]), 0);
	pipe_end = fds[0];
}

/* What was written since catch(); one read(2) gives one line at most. */
static struct str
release(void)
{
	ssize_t n;
	size_t len = 0;

	while ((n = read(pipe_end, taken + len, TAKE_MAX - 1 - len)) > 0)
		len += (size_t)n;
	assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
	(void)close(kept_stderr);
	(void)close(pipe_end);
	taken[len] = '\0';
	return (struct str){taken, len};
}

static json_t *
parsed(struct str line)
{
	json_t *v = NULL;

	assert_true(line.n > 0);
	assert_int_equal(line.p[line.n - 1], '\n');
	assert_int_equal(str_index(line, '\n'), line.n - 1);
	assert_int_equal(json_parse(NULL, line, TAKE_MAX, &v, NULL), FAIL_NONE);
	assert_true(json_is_object(v));
	return v;
}

static int
set_up(void **state)
{
	(void)state;
	log_init("test", LOG_LEVEL_INFO);
	log_request(NULL);
	return 0;
}

static void
test_line(void **state)
{
	json_t *v;

	(void)state;
	catch ();
	log_info("it happened", LOG_STR("name", "a\"b\n"), LOG_INT("count", -5),
	    LOG_BOOL("good", true), LOG_BOOL("bad", false),
	    LOG_STR("none", NULL));
	v = parsed(release());
	assert_string_equal(json_get_str(v, "level"), "info");
	assert_string_equal(json_get_str(v, "program"), "test");
	assert_string_equal(json_get_str(v, "message"), "it happened");
	assert_int_equal(json_get_int(v, "pid", 0), getpid());
	assert_int_equal(strlen(json_get_str(v, "time")), 24);
	assert_string_equal(json_get_str(v, "name"), "a\"b\n");
	assert_int_equal(json_get_int(v, "count", 0), -5);
	assert_true(json_get_bool(v, "good", false));
	assert_false(json_get_bool(v, "bad", true));
	assert_true(json_is_null(json_object_get(v, "none")));
	assert_null(json_object_get(v, "request_id"));
	assert_null(json_object_get(v, "cut"));
	json_decref(v);
}

static void
test_line_with_nul_inside(void **state)
{
	struct str line;

	(void)state;
	catch ();
	log_info("m", LOG_VIEW("view", STR_LIT("a\0b")));
	line = release();
	assert_non_null(strstr(line.p, "\"view\":\"a\\u0000b\""));
}

static void
test_levels(void **state)
{
	(void)state;
	log_init("test", LOG_LEVEL_WARNING);
	catch ();
	log_debug("no");
	log_info("no");
	assert_int_equal(release().n, 0);
	catch ();
	log_warning("yes");
	json_decref(parsed(release()));
	catch ();
	log_error("yes");
	json_decref(parsed(release()));
}

static void
test_level_parse(void **state)
{
	enum log_level l = LOG_LEVEL_ERROR;

	(void)state;
	assert_true(log_level_parse(STR_LIT("debug"), &l));
	assert_int_equal(l, LOG_LEVEL_DEBUG);
	assert_true(log_level_parse(STR_LIT("warning"), &l));
	assert_int_equal(l, LOG_LEVEL_WARNING);
	assert_false(log_level_parse(STR_LIT("WARNING"), &l));
	assert_false(log_level_parse(STR_LIT(""), &l));
	assert_false(log_level_parse(STR_NONE, &l));
	assert_int_equal(l, LOG_LEVEL_WARNING);
}

static void
test_request_id(void **state)
{
	char id[] = "r-1";
	json_t *v;

	(void)state;
	log_request(id);
	id[0] = 'x'; /* it was copied */
	catch ();
	log_info("m");
	v = parsed(release());
	assert_string_equal(json_get_str(v, "request_id"), "r-1");
	json_decref(v);
	log_request(NULL);
	catch ();
	log_info("m");
	v = parsed(release());
	assert_null(json_object_get(v, "request_id"));
	json_decref(v);
}

static void *
other_thread(void *arg)
{
	(void)arg;
	log_request("other");
	log_info("m");
	return NULL;
}

static void
test_request_id_is_per_thread(void **state)
{
	pthread_t t;
	json_t *v;

	(void)state;
	log_request("mine");
	catch ();
	assert_int_equal(pthread_create(&t, NULL, other_thread, NULL), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	v = parsed(release());
	assert_string_equal(json_get_str(v, "request_id"), "other");
	json_decref(v);
	catch ();
	log_info("m");
	v = parsed(release());
	assert_string_equal(json_get_str(v, "request_id"), "mine");
	json_decref(v);
}

static void
test_long_values_are_cut(void **state)
{
	static char text[40000];

	(void)state;
	/* Plain, all escaped, and three-byte characters. */
	for (int kind = 0; kind < 3; kind++) {
		struct str line;
		json_t *v;

		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = kind == 0 ? 'x'
			    : kind == 1     ? '\x01'
					    : "\xe2\x82\xac"[i % 3];
		text[sizeof(text) - 1] = '\0';
		catch ();
		log_info("long", LOG_STR("text", text), LOG_INT("after", 1));
		line = release();
		assert_true(line.n <= 16 * 1024);
		v = parsed(line);
		assert_true(json_get_bool(v, "cut", false));
		assert_true(strlen(json_get_str(v, "text")) > 2000);
		assert_null(strstr(json_get_str(v, "text"), "\xef\xbf\xbd"));
		json_decref(v);
	}
}

/* Every length around the limit gives a well-formed line. */
static void
test_around_the_limit(void **state)
{
	static char text[17000];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 16100; n < 16500; n++) {
		struct str line;
		json_t *v;

		catch ();
		log_info("m", LOG_VIEW("a", ((struct str){text, n})),
		    LOG_INT("b", 12345), LOG_STR("c", "end"));
		line = release();
		assert_true(line.n <= 16 * 1024);
		v = parsed(line);
		if (!json_get_bool(v, "cut", false))
			assert_string_equal(json_get_str(v, "c"), "end");
		json_decref(v);
	}
}

static void
test_not_utf8(void **state)
{
	json_t *v;

	(void)state;
	catch ();
	log_info("m", LOG_STR("a", "x\xffy"));
	v = parsed(release());
	assert_string_equal(json_get_str(v, "a"), "x\xef\xbf\xbdy");
	json_decref(v);
}

static void
test_keeps_errno(void **state)
{
	(void)state;
	catch ();
	errno = E2BIG;
	log_info("m");
	assert_int_equal(errno, E2BIG);
	(void)release();
}

static void
test_survives_without_stderr(void **state)
{
	int kept = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(close(STDERR_FILENO), 0);
	log_error("nobody hears this");
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
}

static void
fatal(void)
{
	log_fatal("m", "d");
}

static void
panic(void)
{
	log_panic("m", "d");
}

static void
test_endings(void **state)
{
	(void)state;
	assert_exits(fatal, 1);
	assert_aborts(panic);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_line, set_up),
	    cmocka_unit_test_setup(test_line_with_nul_inside, set_up),
	    cmocka_unit_test_setup(test_levels, set_up),
	    cmocka_unit_test_setup(test_level_parse, set_up),
	    cmocka_unit_test_setup(test_request_id, set_up),
	    cmocka_unit_test_setup(test_request_id_is_per_thread, set_up),
	    cmocka_unit_test_setup(test_long_values_are_cut, set_up),
	    cmocka_unit_test_setup(test_around_the_limit, set_up),
	    cmocka_unit_test_setup(test_not_utf8, set_up),
	    cmocka_unit_test_setup(test_keeps_errno, set_up),
	    cmocka_unit_test_setup(test_survives_without_stderr, set_up),
	    cmocka_unit_test_setup(test_endings, set_up),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
