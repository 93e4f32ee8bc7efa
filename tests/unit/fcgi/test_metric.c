/*
 * Counters of all processes, and cells of CSV.
 */
#include "core_test.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "noun/runlog.h"
#include "op/metric.h"

static bool
has_line(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at != NULL && at[strlen(line)] == '\n';
}

static void
test_all_processes_count(void **state)
{
	struct buf b;
	int status;

	(void)state;
	metric_init();
	for (int p = 0; p < 3; p++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int i = 0; i < 1000; i++) {
				metric_add(METRIC_DB_ERRORS, 2);
				metric_run(BOX_KIND_CALL, BOX_OUTCOME_TIMEOUT,
				    (uint64_t)i * 1000);
			}
			metric_request(POOL_GATEWAY, 429, FAIL_RATE, 400);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	/* What has no place is not counted. */
	metric_run((enum box_kind)9, BOX_OUTCOME_RESULT, 1);
	metric_run(BOX_KIND_CALL, (enum box_outcome)99, 1);
	metric_request(POOL_ADMIN, 999, FAIL_NONE, 1);
	buf_init(&b, 1 << 20);
	metric_put(&b);
	assert_false(b.overflow);
	assert_true(has_line(b.p, "mcpbox_db_errors_total 6000"));
	assert_true(has_line(
	    b.p, "mcpbox_runs_total{kind=\"call\",outcome=\"timeout\"} 3000"));
	assert_true(
	    has_line(b.p, "mcpbox_kills_total{reason=\"timeout\"} 3000"));
	assert_true(has_line(b.p,
	    "mcpbox_call_duration_seconds_bucket{outcome=\"timeout\","
	    "le=\"0.001\"} 6"));
	assert_true(has_line(b.p,
	    "mcpbox_call_duration_seconds_bucket{outcome=\"timeout\","
	    "le=\"+Inf\"} 3000"));
	assert_true(has_line(b.p,
	    "mcpbox_call_duration_seconds_sum{outcome=\"timeout\"} "
	    "1498.500000"));
	assert_true(
	    has_line(b.p, "mcpbox_denials_total{reason=\"rate-limited\"} 3"));
	assert_true(has_line(b.p,
	    "mcpbox_http_requests_total{pool=\"gateway\",status=\"4xx\"} 3"));
	assert_true(has_line(b.p,
	    "mcpbox_http_requests_total{pool=\"admin\",status=\"other\"} 1"));
	buf_free(&b);
}

static void
test_cells(void **state)
{
	static const struct {
		const char *text, *cell;
	} all[] = {
	    {"", ""},
	    {"plain", "plain"},
	    {"a,b", "\"a,b\""},
	    {"a \"b\"", "\"a \"\"b\"\"\""},
	    {"two\nlines", "\"two\nlines\""},
	    {"=1+1", "\"'=1+1\""},
	    {"+1", "\"'+1\""},
	    {"-1", "\"'-1\""},
	    {"@x", "\"'@x\""},
	    {"\t=1", "\"'\t=1\""},
	    {"\r=1", "\"'\r=1\""},
	    {"=\"a\",b", "\"'=\"\"a\"\",b\""},
	    {"a=1", "a=1"},
	};

	(void)state;
	for (size_t i = 0; i < NELEM(all); i++) {
		struct buf b;

		buf_init(&b, 100);
		runlog_csv_cell(&b, str_from(all[i].text));
		assert_true(str_eq_c(buf_str(&b), all[i].cell));
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_processes_count),
	    cmocka_unit_test(test_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
