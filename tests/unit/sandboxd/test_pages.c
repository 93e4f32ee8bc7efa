/* Unit tests of sandboxd/wall: sets of pages, and what a fork does to them. */
#include "pages.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "option.h"
#include "pin.h"

#include "box_test.h"

#define PAGE ((size_t)4096)
#define SOME 64 /* pages of the memory that is looked at */

static struct pages a, b, got;

static void
set(struct pages *p, size_t n, const struct pages_range *v)
{
	p->n = n;
	memcpy(p->v, v, n * sizeof(v[0]));
}

static void
expect(const struct pages *p, size_t n, const struct pages_range *v)
{
	assert_int_equal(p->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(p->v[i].first, v[i].first);
		assert_int_equal(p->v[i].n, v[i].n);
	}
}

#define SET(p, ...)                                                            \
	set((p),                                                               \
	    sizeof((struct pages_range[]){__VA_ARGS__}) /                      \
		sizeof(struct pages_range),                                    \
	    (struct pages_range[]){__VA_ARGS__})
#define EXPECT(p, ...)                                                         \
	expect((p),                                                            \
	    sizeof((struct pages_range[]){__VA_ARGS__}) /                      \
		sizeof(struct pages_range),                                    \
	    (struct pages_range[]){__VA_ARGS__})

static void
test_add(void **state)
{
	(void)state;
	SET(&a, {10, 5}, {30, 1});
	SET(&b, {1, 2}, {12, 10}, {31, 2}, {50, 1});
	assert_true(pages_add(&a, &b));
	EXPECT(&a, {1, 2}, {10, 12}, {30, 3}, {50, 1});
	assert_int_equal(pages_count(&a), 18);
	assert_false(pages_add(&a, &b));
	SET(&b, {1000, PAGES_MAX});
	assert_true(pages_add(&a, &b));
	assert_int_equal(pages_count(&a), PAGES_MAX);
}

static void
test_take_out(void **state)
{
	(void)state;
	SET(&a, {10, 10}, {30, 5}, {50, 5});
	SET(&b, {1, 3}, {9, 3}, {15, 1}, {19, 12}, {50, 5});
	pages_take_out(&a, &b);
	EXPECT(&a, {12, 3}, {16, 3}, {31, 4});
	b.n = 0;
	pages_take_out(&a, &b);
	EXPECT(&a, {12, 3}, {16, 3}, {31, 4});
}

static void
test_append(void **state)
{
	(void)state;
	a.n = 0;
	pages_append(&a, 7);
	pages_append(&a, 8);
	pages_append(&a, 10);
	EXPECT(&a, {7, 2}, {10, 1});
	for (uint64_t i = 0; i < 2 * PAGES_MAX; i++)
		pages_append(&a, 100 + i);
	assert_int_equal(pages_count(&a), PAGES_MAX);
}

static void
test_message(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what;
		uint64_t first[2];
		uint32_t n[2];
		size_t cut;
		bool good;
	} rows[] = {
		{"good",        {5, 20},                  {3, 1},         0, true},
		{"cut",         {5, 20},                  {3, 1},         1, false},
		{"empty range", {5, 20},                  {3, 0},         0, false},
		{"unsorted",    {20, 5},                  {3, 1},         0, false},
		{"touching",    {5, 8},                   {3, 1},         0, false},
		{"too many",    {5, 2000},                {3, PAGES_MAX}, 0, false},
		{"beyond",      {5, UINT64_C(1) << 36},   {3, 1},         0, false},
		{"around",      {5, UINT64_MAX},          {3, 2},         0, false},
	};
	/* clang-format on */
	(void)state;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct buf text;
		struct str s;

		buf_init(&text, 1024);
		for (size_t k = 0; k < 2; k++) {
			buf_u64(&text, rows[i].first[k]);
			buf_u32(&text, rows[i].n[k]);
		}
		s = buf_str(&text);
		s.n -= rows[i].cut;
		if (pages_decode(s, &got) != rows[i].good)
			fail_msg("%s", rows[i].what);
		buf_free(&text);
	}
}

/* In a child: makes `n` pages from `first` its own, waits to be killed. */
static pid_t
writer(char *memory, size_t first, size_t n, int *ready)
{
	pid_t pid;
	int pair[2];
	char c = 0;

	assert_int_equal(pipe(pair), 0);
	pid = fork();
	if (pid == 0) {
		for (size_t i = 0; i < n; i++)
			memory[(first + i) * PAGE] = 2;
		(void)!write(pair[1], &c, 1);
		for (;;)
			(void)pause();
	}
	*ready = (int)read(pair[0], &c, 1);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return pid;
}

static void
end(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static char *
some_memory(void)
{
	char *m = mmap(NULL, SOME * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(m != MAP_FAILED);
	memset(m, 1, SOME * PAGE);
	return m;
}

static void
test_written(void **state)
{
	char *m = some_memory();
	uint64_t first = (uint64_t)(uintptr_t)m / PAGE;
	int ready;
	pid_t pid = writer(m, 10, 3, &ready);

	(void)state;
	assert_int_equal(ready, 1);
	assert_true(pages_mapped((int)getpid(), &a));
	assert_true(pages_count(&a) > SOME);
	SET(&a, {first, SOME});
	assert_true(pages_written((int)pid, &a, &got));
	EXPECT(&got, {first + 10, 3});
	end(pid);
	assert_false(pages_written(INT32_MAX, &a, &got));
	assert_false(pages_mapped(INT32_MAX, &a));
	assert_int_equal(errno, ENOENT);
	(void)munmap(m, SOME * PAGE);
}

/* Faults that writing to three pages takes in a fork of this process. */
static long
faults_of_child(char *m, const struct pages *copied)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct rusage before, after;

		pages_populate(copied);
		(void)getrusage(RUSAGE_SELF, &before);
		for (size_t i = 10; i < 13; i++)
			((volatile char *)m)[i * PAGE] = 3;
		(void)getrusage(RUSAGE_SELF, &after);
		_exit((int)(after.ru_minflt - before.ru_minflt) & 0xff);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_populate(void **state)
{
	static struct pages none;
	char *m = some_memory();
	uint64_t first = (uint64_t)(uintptr_t)m / PAGE;
	long with, without = faults_of_child(m, &none);

	(void)state;
	/* The first of them is not mapped: it is passed over. */
	SET(&a, {16, 1}, {first + 10, 3});
	with = faults_of_child(m, &a);
	assert_true(without >= 3);
	assert_true(with <= without - 3);
	(void)munmap(m, SOME * PAGE);
}

static void
test_pin(void **state)
{
	static struct pages none;
	char *m = some_memory();
	uint64_t first = (uint64_t)(uintptr_t)m / PAGE;
	long with, without = faults_of_child(m, &none);
	int fd;

	(void)state;
	assert_int_equal(pin_pages(&none), -1);
	SET(&a, {first + 10, 3});
	fd = pin_pages(&a);
	if (fd < 0) {
		/* Refused here (a container): children copy them then. */
		assert_true(errno == EPERM || errno == ENOSYS ||
		    errno == ENOMEM || errno == EACCES);
		(void)munmap(m, SOME * PAGE);
		skip();
	}
	with = faults_of_child(m, &none);
	assert_true(with <= without - 3);
	/* What the child wrote is its own. */
	assert_int_equal(m[10 * PAGE], 1);
	(void)close(fd);
	(void)munmap(m, SOME * PAGE);
}

static void
test_options(void **state)
{
	char args[OPTION_MAX][OPTION_LEN];
	struct options o, back;
	size_t n;

	(void)state;
	option_defaults(&o);
	o.enforce = false;
	o.pin = false;
	n = option_args(&o, args);
	option_defaults(&back);
	for (size_t i = 0; i < n; i++)
		assert_true(option_parse(&back, args[i]));
	assert_memory_equal(&o, &back, sizeof(o));
	assert_false(option_parse(&o, "--enforce=2"));
	assert_false(option_parse(&o, "--enforce"));
	assert_false(option_parse(&o, "--enforce=01"));
	assert_false(option_parse(&o, "-enforce=1"));
	assert_false(option_parse(&o, "--enforced=1"));
	assert_false(option_parse(&o, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_add),
	    cmocka_unit_test(test_take_out),
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_message),
	    cmocka_unit_test(test_written),
	    cmocka_unit_test(test_populate),
	    cmocka_unit_test(test_pin),
	    cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
