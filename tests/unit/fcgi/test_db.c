/*
 * The database layer against a real PostgreSQL of its own, which is restarted
 * and whose backends are killed meanwhile.  Runs in the root of the tree.
 */
#include "core_test.h"

#include <stdio.h>

#include "clock.h"
#include "db/db.h"
#include "settings.h"

static char folder[] = "/tmp/mcpbox-db-XXXXXX";
static char home[] = "/nowhere", user[] = "mcpbox_admin", url[128];
static struct settings settings = {
    .home = home, .database_url = url, .db_user = user};
static struct ctx *ctx;
static struct db *db;

struct alive {
	int64_t alive;
};

static const struct field alive_fields[] = {
    FIELD_INT(struct alive, alive, .doc = "d"),
    FIELD_END,
};

struct server {
	const char *id;
};

static const struct field server_fields[] = {
    FIELD_UUID(struct server, id, .doc = "d"),
    FIELD_END,
};

/* As a superuser, by psql. */
static void
superuser(const char *sql)
{
	char command[512];

	(void)snprintf(command, sizeof(command),
	    "psql -X -q -At '%s&user=postgres' -c \"%s\" >/dev/null", url, sql);
	assert_int_equal(system(command), 0);
}

/* All connections of ours, and waits until they are gone. */
static void
kill_backends(void)
{
	superuser("SELECT pg_terminate_backend(pid, 5000) FROM "
		  "pg_stat_activity WHERE usename = 'mcpbox_admin'");
}

/* A new request on the same thread. */
static void
next_request(void)
{
	db_tidy(db);
	ctx = test_ctx();
	ctx->db = db;
	ctx->settings = &settings;
}

static enum fail_code
alive(void)
{
	struct alive row = {.alive = 0};
	enum fail_code rc = db_one(
	    ctx, Q_db_alive, DB_NOARGS, alive_fields, &row);

	assert_int_equal(row.alive, rc == FAIL_NONE ? 1 : 0);
	return rc;
}

static enum fail_code
insert(const char *name)
{
	struct server row;

	return db_one(ctx, Q_server_insert,
	    DB_ARGS(DB_CSTR(name), DB_NULL, DB_NULL, DB_CSTR("person:x")),
	    server_fields, &row);
}

static int64_t
count(void)
{
	struct list list;
	int64_t total = -1;

	next_request();
	/* Only the ids are asked for: every other column is a fault. */
	assert_int_equal(
	    db_page(ctx, Q_server_list,
		DB_ARGS(DB_NULL, DB_NULL, DB_INT(10), DB_INT(0)), server_fields,
		sizeof(struct server), &list, &total),
	    total == 0 ? FAIL_NONE : FAIL_INTERNAL);
	return total;
}

static void
test_statements(void **state)
{
	(void)state;
	next_request();
	assert_int_equal(alive(), FAIL_NONE);
	assert_int_equal(alive(), FAIL_NONE); /* prepared by now */
	assert_true(db_alive(ctx));
	/* Wrong number of arguments: ours, and never sent. */
	assert_int_equal(
	    db_run(ctx, Q_db_alive, DB_ARGS(DB_INT(1)), NULL), FAIL_INTERNAL);
	assert_int_equal(insert("one"), FAIL_NONE);
	assert_int_equal(insert("one"), FAIL_DUPLICATE);
	assert_non_null(strstr(ctx->fail.detail, "23505"));
	assert_int_equal(insert("Not A Name"), FAIL_INVALID);
	/* A NUL would have cut it to "two". */
	assert_int_equal(db_run(ctx, Q_server_insert,
			     DB_ARGS(DB_STR(STR_LIT("two\0x")), DB_NULL,
				 DB_NULL, DB_CSTR("x")),
			     NULL),
	    FAIL_INVALID);
	assert_int_equal(count(), 1);
}

static void
test_not_found(void **state)
{
	struct server row;

	(void)state;
	next_request();
	assert_int_equal(db_one(ctx, Q_server_lock,
			     DB_ARGS(DB_CSTR("0f8fad5b-d9cb-469f-a165-"
					     "70867728950e")),
			     server_fields, &row),
	    FAIL_NOT_FOUND);
	assert_int_equal(db_one(ctx, Q_server_lock, DB_ARGS(DB_CSTR("no uuid")),
			     server_fields, &row),
	    FAIL_INVALID);
}

static void
test_transactions(void **state)
{
	int64_t before = count();

	(void)state;
	next_request();
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(insert("kept"), FAIL_NONE);
	assert_int_equal(db_commit(ctx), FAIL_NONE);
	assert_int_equal(count(), before + 1);

	next_request();
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(insert("dropped"), FAIL_NONE);
	db_rollback(ctx);
	db_rollback(ctx); /* harmless */
	assert_int_equal(count(), before + 1);

	/* A failed statement spoils the rest, and COMMIT says so. */
	next_request();
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(insert("spoiled"), FAIL_NONE);
	assert_int_equal(insert("spoiled"), FAIL_DUPLICATE);
	assert_int_equal(insert("another"), FAIL_INTERNAL);
	assert_int_equal(db_commit(ctx), FAIL_INTERNAL);
	assert_int_equal(count(), before + 1);

	/* Forgotten by a bug: rolled back between requests. */
	next_request();
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(insert("forgotten"), FAIL_NONE);
	assert_int_equal(count(), before + 1);
}

static void
test_lost_while_idle(void **state)
{
	(void)state;
	next_request();
	assert_int_equal(alive(), FAIL_NONE);
	next_request();
	kill_backends();
	/* Made anew in silence, and the statements prepared again. */
	assert_int_equal(alive(), FAIL_NONE);
	assert_int_equal(insert("after_kill"), FAIL_NONE);
}

static void
test_lost_in_request(void **state)
{
	(void)state;
	next_request();
	assert_int_equal(alive(), FAIL_NONE);
	kill_backends();
	/* It might have been executed: not repeated. */
	assert_int_equal(insert("unsure"), FAIL_UNCERTAIN);
	assert_int_equal(alive(), FAIL_UNAVAILABLE);
	next_request();
	assert_int_equal(alive(), FAIL_NONE);
}

static void
test_lost_in_transaction(void **state)
{
	int64_t before = count();

	(void)state;
	next_request();
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(insert("lost"), FAIL_NONE);
	kill_backends();
	assert_int_equal(insert("lost_too"), FAIL_UNAVAILABLE);
	assert_int_equal(db_commit(ctx), FAIL_UNAVAILABLE);
	assert_int_equal(count(), before);

	/* At COMMIT nobody knows. */
	next_request();
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(insert("lost"), FAIL_NONE);
	kill_backends();
	assert_int_equal(db_commit(ctx), FAIL_UNCERTAIN);
	assert_int_equal(count(), before);
}

static void
test_lock_timeout(void **state)
{
	struct db *other = db_new(&settings, POOL_ADMIN);
	struct server row;
	const struct db_arg *args;
	const char *id;

	(void)state;
	next_request();
	assert_int_equal(insert("locked"), FAIL_NONE);
	assert_int_equal(
	    db_one(ctx, Q_server_insert,
		DB_ARGS(DB_CSTR("locked_two"), DB_NULL, DB_NULL, DB_CSTR("x")),
		server_fields, &row),
	    FAIL_NONE);
	id = row.id;
	args = &DB_CSTR(id);
	assert_int_equal(db_begin(ctx), FAIL_NONE);
	assert_int_equal(db_run(ctx, Q_server_lock, args, 1, NULL), FAIL_NONE);
	ctx->db = other;
	/* The second waits for the lock as long as lock_timeout says. */
	assert_int_equal(db_run(ctx, Q_server_lock, args, 1, NULL), FAIL_BUSY);
	assert_int_equal(ctx->fail.retry_after, 1);
	ctx->db = db;
	db_rollback(ctx);
	db_free(other);
}

static void
test_server_down(void **state)
{
	char command[256];
	int64_t start;

	(void)state;
	next_request();
	assert_int_equal(alive(), FAIL_NONE);
	next_request();
	(void)snprintf(command, sizeof(command),
	    "kill -STOP $(head -n 1 "
	    "%s/data/postmaster.pid)",
	    folder);
	assert_int_equal(system(command), 0);
	/* A running backend still answers: only new ones are stuck. */
	assert_int_equal(alive(), FAIL_NONE);
	(void)snprintf(command, sizeof(command),
	    "kill -CONT $(head -n 1 "
	    "%s/data/postmaster.pid)",
	    folder);
	assert_int_equal(system(command), 0);

	settings.database_url = (char[]){"postgresql:///x?host=/nowhere"};
	db_free(db);
	db = db_new(&settings, POOL_ADMIN);
	next_request();
	start = clock_mono_ms();
	assert_int_equal(alive(), FAIL_UNAVAILABLE);
	assert_false(db_alive(ctx));
	assert_int_equal(ctx->fail.code, FAIL_NONE);
	assert_true(clock_mono_ms() - start < 2000);
	settings.database_url = url;
}

static int
set_up(void **state)
{
	char command[128];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(
	    url, sizeof(url), "postgresql:///mcpbox?host=%s", folder);
	(void)snprintf(command, sizeof(command),
	    "tests/sql/cluster.sh start '%s' >/dev/null", folder);
	db = db_new(&settings, POOL_ADMIN);
	return system(command);
}

static int
tear_down(void **state)
{
	char command[128];

	(void)state;
	db_free(db);
	arena_free(test_ctx()->arena);
	(void)snprintf(
	    command, sizeof(command), "tests/sql/cluster.sh stop '%s'", folder);
	return system(command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_statements),
	    cmocka_unit_test(test_not_found),
	    cmocka_unit_test(test_transactions),
	    cmocka_unit_test(test_lost_while_idle),
	    cmocka_unit_test(test_lost_in_request),
	    cmocka_unit_test(test_lost_in_transaction),
	    cmocka_unit_test(test_lock_timeout),
	    cmocka_unit_test(test_server_down),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
