/*
 * Unit tests of sandboxd/egress_proc.c and egress_link.c: the process and a
 * run's connection to it.
 *
 * The process is real: this very program, which egress_proc executes under
 * the name mcpbox-egress.  It answers a request as the request's payload
 * says: words, one deed each.
 */
#include "egress_link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "proc.h"

#include "box_test.h"

#define PIECE 60000
#define PATIENCE_MS 10000

/* --- the other side
 * ---------------------------------------------------------------- */

static int fake_fd;

static void
fake_send(enum wire_type type, uint32_t id, struct str payload)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	wire_put(&b, type, id, 0, payload);
	/* Whoever is not there any more does not hear it. */
	(void)!fdio_write_full(fake_fd, b.p, b.n, -1);
	buf_free(&b);
}

static void
fake_done(uint32_t id, enum fetch_end end)
{
	struct fetch_done d = {.end = end,
	    .message = end == FETCH_END_OK ? STR_NONE : STR_LIT("why")};
	struct buf b;

	buf_init(&b, 4096);
	fetch_done_encode(&b, &d);
	fake_send(WIRE_T_FETCH_DONE, id, buf_str(&b));
	buf_free(&b);
}

/* What it was started with, as text. */
static void
fake_tell(uint32_t id)
{
	struct buf b;

	buf_init(&b, 8192);
	for (char **e = environ; *e != NULL; e++)
		buf_printf(&b, "%s\n", *e);
	for (int fd = 0; fd < 64; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			buf_printf(&b, "fd %d\n", fd);
	}
	buf_printf(&b, "parent %d\n", (int)getppid());
	fake_send(WIRE_T_FETCH_DATA, id, buf_str(&b));
	buf_free(&b);
}

static void
fake_flood(uint32_t id, unsigned n)
{
	static const char piece[PIECE];

	while (n-- > 0)
		fake_send(WIRE_T_FETCH_DATA, id, (struct str){piece, PIECE});
}

static void
fake_word(uint32_t id, struct str w)
{
	if (str_eq_c(w, "head"))
		fake_send(WIRE_T_FETCH_HEAD, id, STR_LIT("h"));
	else if (str_eq_c(w, "data"))
		fake_send(WIRE_T_FETCH_DATA, id, STR_LIT("d"));
	else if (str_eq_c(w, "done"))
		fake_done(id, FETCH_END_OK);
	else if (str_eq_c(w, "record"))
		fake_send(WIRE_T_FETCH_RECORD, id, STR_LIT("{}"));
	else if (str_eq_c(w, "tell"))
		fake_tell(id);
	else if (str_eq_c(w, "flood"))
		fake_flood(id, 40);
	else if (str_eq_c(w, "other"))
		fake_done(id + 1000, FETCH_END_OK);
	else if (str_eq_c(w, "run"))
		fake_send(WIRE_T_RUN, id, STR_LIT("x"));
	else if (str_eq_c(w, "garbage"))
		(void)!write(fake_fd, "0123456789abcdef", 16);
	else if (str_eq_c(w, "nap"))
		(void)usleep(300000);
	else if (str_eq_c(w, "close"))
		(void)shutdown(fake_fd, SHUT_RDWR);
	else if (str_eq_c(w, "exit"))
		_exit(3);
}

static void
fake_frame(const struct wire_frame *f)
{
	struct str rest = f->payload;

	if (f->type == WIRE_T_FETCH_CANCEL) {
		fake_done(f->id, FETCH_END_CANCELLED);
		fake_send(WIRE_T_FETCH_RECORD, f->id, STR_LIT("{\"c\":1}"));
	} else if (f->type == WIRE_T_FETCH) {
		while (rest.p != NULL)
			fake_word(f->id, str_split(&rest, ' '));
	} else if (!str_eq_c(f->payload, "open")) {
		_exit(8);
	}
}

static void
fake_serve(void)
{
	struct wire_reader r;
	struct wire_frame f;
	ssize_t n = 1;

	wire_reader_init(&r, WIRE_DOWN, SIZE_MAX / 4);
	while (n > 0) {
		size_t room;
		char *p = wire_reader_room(&r, &room);

		n = p != NULL ? read(fake_fd, p, room) : 0;
		if (n > 0)
			wire_reader_added(&r, (size_t)n);
		while (n > 0 && wire_reader_next(&r, &f) == WIRE_NEXT_FRAME)
			fake_frame(&f);
	}
	wire_reader_free(&r);
	(void)close(fake_fd);
}

static void fake_main(void) ATTR_NORETURN;

static void
fake_main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	for (;;) {
		(void)fdio_poll(3, POLLIN, -1);
		fake_fd = accept4(3, NULL, NULL, SOCK_CLOEXEC);
		if (fake_fd >= 0)
			fake_serve();
	}
}

/* --- our side
 * ---------------------------------------------------------------------- */

static struct loop *loop;
static struct egress_proc *proc;
static struct egress_link *link_;
static char dir[64], path[96];
static char self[256];

static struct heard {
	unsigned heads, datas, dones, records, rooms, settled;
	size_t bytes;
	uint32_t last_id;
	enum fetch_end end;
	struct buf text; /* of the last DATA */
	bool hold;       /* pause at each DATA, as a slow child does */
} heard;

static void
on_frame(void *arg, enum wire_type type, uint32_t id, struct str payload)
{
	struct fetch_done d;

	(void)arg;
	heard.last_id = id;
	heard.heads += type == WIRE_T_FETCH_HEAD;
	if (type == WIRE_T_FETCH_DATA) {
		heard.datas++;
		heard.bytes += payload.n;
		buf_reset(&heard.text);
		buf_putstr(&heard.text, payload);
		if (heard.hold)
			egress_link_pause(link_, EGRESS_LINK_CHILD, true);
	}
	if (type == WIRE_T_FETCH_DONE) {
		heard.dones++;
		assert_true(fetch_done_decode(payload, &d));
		heard.end = d.end;
		assert_int_equal(d.message.n > 0, d.end != FETCH_END_OK);
	}
}

static void
on_record(void *arg, struct str json)
{
	(void)arg;
	assert_true(json.n >= 2);
	heard.records++;
}

static void
on_room(void *arg)
{
	(void)arg;
	heard.rooms++;
}

static void
on_settled(void *arg)
{
	(void)arg;
	heard.settled++;
}

static const struct egress_link_user user = {
    on_frame, on_record, on_room, on_settled};

static void
on_wake(struct timer *t)
{
	(void)t;
}

/* Until *n is `want`; the loop is woken to look at the clock. */
static void
until(const unsigned *n, unsigned want)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;
	struct timer wake = {0};

	while (*n != want) {
		if (clock_mono_ms() > end)
			fail_msg("%u instead of %u", *n, want);
		loop_timer(loop, &wake, clock_mono_ms() + 20, on_wake);
		loop_once(loop);
	}
	loop_timer_off(&wake);
}

static void
spin(int64_t ms)
{
	int64_t end = clock_mono_ms() + ms;
	struct timer wake = {0};

	while (clock_mono_ms() < end) {
		loop_timer(loop, &wake, clock_mono_ms() + 5, on_wake);
		loop_once(loop);
	}
	loop_timer_off(&wake);
}

static void
open_link(void)
{
	link_ = egress_link_new(loop, proc, STR_LIT("open"), &user, NULL);
	assert_non_null(link_);
}

static void
start(const char *program)
{
	static char a[] = "MCPBOX_EGRESS_DNS=1.2.3.4:53",
		    b[] = "MCPBOX_HOME=/nowhere",
		    c[] = "MCPBOX_LOG_LEVEL=debug", d[] = "PATH=/bin",
		    e[] = "MCPBOX_ENCRYPTION_KEY=secret",
		    f[] = "http_proxy=http://evil/", g[] = "LD_PRELOAD_X=1";
	static char *env[] = {a, b, c, d, e, f, g, NULL};
	struct egress_proc_config config = {
	    .program = program, .socket = path, .environ = env};

	proc = egress_proc_new(loop, &config);
}

static int
set_up(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	memset(&heard, 0, sizeof(heard));
	buf_init(&heard.text, SIZE_MAX);
	(void)snprintf(dir, sizeof(dir), "/tmp/mcpbox-link-XXXXXX");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	loop = loop_new();
	start(self);
	link_ = NULL;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	egress_link_free(link_);
	egress_proc_free(proc);
	loop_free(loop);
	buf_free(&heard.text);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static void
fetch(uint32_t id, const char *words)
{
	assert_int_equal(
	    egress_link_fetch(link_, id, str_from(words)), EGRESS_LINK_SENT);
}

static char *
report(void)
{
	static char text[512];
	struct buf b;

	buf_init(&b, sizeof(text) - 1);
	egress_proc_report(proc, &b);
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	buf_free(&b);
	return text;
}

static bool
reports(const char *part)
{
	return strstr(report(), part) != NULL;
}

static void
until_reports(const char *part)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;

	while (!reports(part)) {
		if (clock_mono_ms() > end)
			fail_msg("%s: not %s", report(), part);
		spin(10);
	}
}

static int
pid_of_egress(void)
{
	const char *p = strstr(report(), "\"pid\":");

	assert_non_null(p);
	return (int)strtol(p + 6, NULL, 10);
}

/* --- the process
 * ------------------------------------------------------------------- */

static void
test_what_it_is_given(void **state)
{
	static const char *const want[] = {"MCPBOX_EGRESS_DNS=1.2.3.4:53\n",
	    "MCPBOX_HOME=/nowhere\n", "MCPBOX_LOG_LEVEL=debug\n", "fd 0\n",
	    "fd 1\n", "fd 2\n", "fd 3\n"};
	static const char *const never[] = {
	    "PATH", "ENCRYPTION", "http_proxy", "LD_PRELOAD", "fd 5\n"};
	char parent[32];

	(void)state;
	open_link();
	fetch(1, "head tell done record");
	until(&heard.records, 1);
	buf_putc(&heard.text, '\0');
	for (size_t i = 0; i < NELEM(want); i++)
		assert_non_null(strstr(heard.text.p, want[i]));
	for (size_t i = 0; i < NELEM(never); i++)
		assert_null(strstr(heard.text.p, never[i]));
	(void)snprintf(parent, sizeof(parent), "parent %d\n", (int)getpid());
	assert_non_null(strstr(heard.text.p, parent));
}

static void
test_socket_is_private(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
test_is_started_again(void **state)
{
	struct egress_link *second;
	int pid = pid_of_egress();
	char starts[32];

	(void)state;
	assert_true(egress_proc_well(proc));
	assert_true(reports("\"last_exit\":null"));
	for (unsigned n = 1; n <= 3; n++) {
		open_link();
		fetch(1, "exit");
		until(&heard.dones, n);
		assert_int_equal(heard.end, FETCH_END_UNAVAILABLE);
		/* A run that saw it end has no network any more. */
		assert_int_equal(egress_link_fetch(link_, 2, STR_LIT("x")),
		    EGRESS_LINK_DOWN);
		egress_link_free(link_);
		link_ = NULL;
		(void)snprintf(starts, sizeof(starts), "\"starts\":%u,", n + 1);
		until_reports(starts);
		assert_true(reports("\"state\":\"running\""));
		assert_true(reports("\"status\":3"));
	}
	assert_true(pid_of_egress() != pid);
	/* Not well before it has shown that it works. */
	assert_false(egress_proc_well(proc));
	second = egress_link_new(loop, proc, STR_LIT("open"), &user, NULL);
	assert_non_null(second);
	link_ = second;
	fetch(1, "done record");
	until(&heard.records, 1);
	assert_int_equal(heard.end, FETCH_END_OK);
	assert_true(egress_proc_well(proc));
}

static void
test_nobody_waits_for_one_that_is_gone(void **state)
{
	(void)state;
	open_link();
	fetch(1, "exit");
	until(&heard.dones, 1);
	egress_link_free(link_);
	/* Its socket is open, and takes connections: but not from us. */
	open_link();
	fetch(1, "exit");
	until(&heard.dones, 2);
	egress_link_free(link_);
	link_ = NULL;
	if (reports("\"state\":\"waiting\""))
		assert_null(
		    egress_link_new(loop, proc, STR_LIT("open"), &user, NULL));
}

static void
test_killed(void **state)
{
	(void)state;
	open_link();
	fetch(1, "head");
	fetch(2, "");
	until(&heard.heads, 1);
	assert_int_equal(kill(pid_of_egress(), SIGKILL), 0);
	until(&heard.dones, 2);
	until_reports("\"signal\":9");
	assert_true(reports("\"connections\":0"));
}

static void
test_missing_program(void **state)
{
	(void)state;
	egress_proc_free(proc);
	start("/no/such/program");
	assert_true(reports("\"state\":\"missing\""));
	assert_false(egress_proc_well(proc));
	assert_null(egress_link_new(loop, proc, STR_LIT("open"), &user, NULL));
}

static void
test_socket_in_use(void **state)
{
	struct egress_proc *first = proc;

	(void)state;
	start(self);
	assert_true(reports("\"state\":\"blocked\""));
	egress_proc_free(proc);
	/* It was not ours to remove. */
	assert_int_equal(access(path, F_OK), 0);
	proc = first;
	assert_true(reports("\"state\":\"running\""));
}

static void
test_ends_with_us(void **state)
{
	int pid = pid_of_egress(), pidfd = proc_pidfd(pid);

	(void)state;
	assert_true(pidfd >= 0);
	egress_proc_free(proc);
	assert_true(
	    fdio_poll(pidfd, POLLIN, clock_mono_ms() + PATIENCE_MS) > 0);
	(void)close(pidfd);
	start(self);
}

static void
test_without_a_path(void **state)
{
	struct egress_proc *first = proc;
	struct egress_proc_config config = {.program = self};

	(void)state;
	proc = egress_proc_new(loop, &config);
	open_link();
	fetch(1, "done record");
	until(&heard.records, 1);
	egress_link_free(link_);
	link_ = NULL;
	egress_proc_free(proc);
	proc = first;
}

static void
test_none(void **state)
{
	struct buf b;

	(void)state;
	assert_null(egress_link_new(loop, NULL, STR_LIT("open"), &user, NULL));
	assert_false(egress_proc_well(NULL));
	buf_init(&b, 1000);
	egress_proc_report(NULL, &b);
	assert_true(
	    str_eq_c(buf_str(&b), "{\"state\":\"off\",\"healthy\":false}"));
	buf_free(&b);
}

/* --- the connection
 * ---------------------------------------------------------------- */

static void
test_requests(void **state)
{
	(void)state;
	open_link();
	assert_true(reports("\"connections\":1"));
	fetch(1, "head data data done record");
	fetch(2, "done record");
	fetch(7, "head done record");
	until(&heard.records, 3);
	assert_int_equal(heard.heads, 2);
	assert_int_equal(heard.datas, 2);
	assert_int_equal(heard.dones, 3);
	assert_int_equal(heard.last_id, 7);
	/* A number that is over may come again. */
	fetch(1, "done record");
	until(&heard.records, 4);
}

static void
test_numbers(void **state)
{
	(void)state;
	open_link();
	assert_int_equal(
	    egress_link_fetch(link_, 0, STR_LIT("")), EGRESS_LINK_BAD);
	for (uint32_t id = 1; id <= FLIGHT_MAX; id++)
		fetch(id, "");
	assert_int_equal(
	    egress_link_fetch(link_, 5, STR_LIT("")), EGRESS_LINK_BAD);
	assert_int_equal(
	    egress_link_fetch(link_, 99, STR_LIT("")), EGRESS_LINK_FULL);
	egress_link_cancel(link_, 5);
	egress_link_cancel(link_, 5);
	egress_link_cancel(link_, 77);
	until(&heard.dones, 1);
	assert_int_equal(heard.last_id, 5);
	assert_int_equal(heard.end, FETCH_END_CANCELLED);
	fetch(99, "done record");
	until(&heard.dones, 2);
}

/* Egress is not trusted either: whatever it says wrong, everything that was
 * under way ends. */
static void
test_egress_that_breaks_the_rules(void **state)
{
	static const char *const words[] = {"data", "head head", "record",
	    "done done", "done record record", "head done data", "other", "run",
	    "garbage", "close"};

	(void)state;
	for (size_t i = 0; i < NELEM(words); i++) {
		unsigned before = heard.dones;

		open_link();
		fetch(1, "head");
		fetch(2, "");
		fetch(3, words[i]);
		/* With DONE of its own, or ours. */
		until(&heard.dones, before + 3);
		assert_int_equal(
		    egress_link_fetch(link_, 4, STR_LIT("")), EGRESS_LINK_DOWN);
		assert_true(reports("\"connections\":0"));
		egress_link_free(link_);
		link_ = NULL;
	}
	/* The process itself may live on: it is the connection that ends. */
	assert_true(reports("\"starts\":1,"));
}

static void
test_what_had_begun_broke_off(void **state)
{
	(void)state;
	open_link();
	fetch(1, "head data close");
	until(&heard.dones, 1);
	assert_int_equal(heard.end, FETCH_END_PROTOCOL);
}

/* --- back-pressure
 * ------------------------------------------------------------------ */

static void
test_slow_child(void **state)
{
	size_t before;

	(void)state;
	open_link();
	heard.hold = true;
	fetch(1, "head flood flood flood done record");
	until(&heard.datas, 1);
	/* Nothing is taken from the socket, which stops egress. */
	spin(50);
	assert_int_equal(heard.datas, 1);
	for (unsigned n = 2; n <= 5; n++) {
		egress_link_pause(link_, EGRESS_LINK_CHILD, false);
		until(&heard.datas, n);
	}
	/* The worker's reasons are its own. */
	egress_link_pause(link_, EGRESS_LINK_WORKER, true);
	egress_link_pause(link_, EGRESS_LINK_CHILD, false);
	before = heard.bytes;
	spin(50);
	assert_int_equal(heard.bytes, before);
	heard.hold = false;
	egress_link_pause(link_, EGRESS_LINK_WORKER, false);
	until(&heard.records, 1);
	assert_int_equal(heard.bytes, 120 * PIECE);
	assert_int_equal(heard.dones, 1);
}

static void
test_slow_egress(void **state)
{
	static char big[900000];
	struct str payload = {big, sizeof(big)};

	(void)state;
	memset(big, 'x', sizeof(big));
	memcpy(big, "nap done record ", 16);
	open_link();
	for (uint32_t id = 1; id <= 4; id++) {
		assert_int_equal(
		    egress_link_fetch(link_, id, payload), EGRESS_LINK_SENT);
	}
	assert_true(egress_link_full(link_, false));
	/* Not so much that the child may not go on to write. */
	assert_false(egress_link_full(link_, true));
	for (uint32_t id = 5; id <= 32; id++) {
		assert_int_equal(
		    egress_link_fetch(link_, id, payload), EGRESS_LINK_SENT);
	}
	assert_true(egress_link_full(link_, true));
	until(&heard.rooms, 1);
	assert_false(egress_link_full(link_, false));
	until(&heard.records, 32);
}

/* Egress hangs up while nobody reads from it: no loop, and what it said
 * counts. */
static void
test_hang_up_while_paused(void **state)
{
	int64_t cpu;

	(void)state;
	open_link();
	egress_link_pause(link_, EGRESS_LINK_CHILD, true);
	fetch(1, "head data close");
	until(&heard.dones, 1);
	assert_int_equal(heard.datas, 1);
	assert_int_equal(heard.end, FETCH_END_PROTOCOL);
	cpu = (int64_t)clock();
	spin(100);
	assert_true((int64_t)clock() - cpu < CLOCKS_PER_SEC / 20);
}

/* --- the end of the run
 * ------------------------------------------------------------ */

static void
test_settle_at_rest(void **state)
{
	(void)state;
	open_link();
	assert_false(egress_link_settle(link_));
	fetch(1, "done record");
	until(&heard.records, 1);
	assert_false(egress_link_settle(link_));
}

/* Records of what is under way are waited for; its answers are not passed. */
static void
test_settle(void **state)
{
	(void)state;
	open_link();
	fetch(1, "head");
	fetch(2, "head data");
	until(&heard.datas, 1);
	assert_true(egress_link_settle(link_));
	until(&heard.settled, 1);
	assert_int_equal(heard.records, 2);
	assert_int_equal(heard.dones, 0);
}

static void
test_settle_waits_for_the_record(void **state)
{
	(void)state;
	open_link();
	fetch(1, "done nap record");
	until(&heard.dones, 1);
	assert_true(egress_link_settle(link_));
	assert_int_equal(heard.records, 0);
	until(&heard.settled, 1);
	/* The nap is longer than anybody waits. */
	assert_int_equal(heard.records, 0);
}

static void
test_settle_with_one_that_is_stuck(void **state)
{
	int pid = pid_of_egress();
	int64_t before;

	(void)state;
	open_link();
	fetch(1, "head");
	until(&heard.heads, 1);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	before = clock_mono_ms();
	assert_true(egress_link_settle(link_));
	until(&heard.settled, 1);
	assert_in_range(clock_mono_ms() - before, 150, 2000);
	(void)kill(pid, SIGCONT);
}

static void
test_settle_while_it_ends(void **state)
{
	(void)state;
	open_link();
	fetch(1, "head");
	until(&heard.heads, 1);
	assert_true(egress_link_settle(link_));
	(void)kill(pid_of_egress(), SIGKILL);
	until(&heard.settled, 1);
	assert_int_equal(heard.dones, 0);
	spin(50);
	assert_int_equal(heard.settled, 1);
}

static void
test_free_while_under_way(void **state)
{
	(void)state;
	open_link();
	fetch(1, "head flood flood done record");
	until(&heard.heads, 1);
	egress_link_free(link_);
	assert_true(reports("\"connections\":0"));
	open_link();
	fetch(1, "done record");
	until(&heard.records, 1);
	egress_link_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_what_it_is_given),
	    TEST(test_socket_is_private),
	    TEST(test_is_started_again),
	    TEST(test_nobody_waits_for_one_that_is_gone),
	    TEST(test_killed),
	    TEST(test_missing_program),
	    TEST(test_socket_in_use),
	    TEST(test_ends_with_us),
	    TEST(test_without_a_path),
	    TEST(test_none),
	    TEST(test_requests),
	    TEST(test_numbers),
	    TEST(test_egress_that_breaks_the_rules),
	    TEST(test_what_had_begun_broke_off),
	    TEST(test_slow_child),
	    TEST(test_slow_egress),
	    TEST(test_hang_up_while_paused),
	    TEST(test_settle_at_rest),
	    TEST(test_settle),
	    TEST(test_settle_waits_for_the_record),
	    TEST(test_settle_with_one_that_is_stuck),
	    TEST(test_settle_while_it_ends),
	    TEST(test_free_while_under_way),
	};
	ssize_t n;

	if (argc > 0 && strcmp(argv[0], "mcpbox-egress") == 0)
		fake_main();
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
