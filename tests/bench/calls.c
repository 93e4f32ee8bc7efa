/*
 * calls.c: runs on sandboxd, timed by the one who asks.
 *
 *   calls SOCKET [--clients N] [--calls N] [--seconds S] [--gap-ms N]
 *         [--env UUID] [--code FILE] [--args JSON] [--expect JSON]
 *         [--lease 1]
 *
 * With leases a client holds a process for its next run, as a worker does, and
 * goes through sandboxd only when it has none.
 *
 * Each client makes one run after another, `gap` apart, until its share of
 * the calls or the time is used up.  Prints one line:
 *
 *   BENCH calls elapsed_us p5_ns p50_ns p95_ns p99_ns leased
 *
 * A run that does not end with a result, or with another one than expected,
 * ends the program with 1: a wrong answer has no speed.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "box.h"
#include "clock.h"
#include "fdio.h"
#include "lease.h"
#include "str.h"
#include "wire.h"

#define CLIENTS_MAX 256
#define RUN_MAX ((size_t)8 * 1024 * 1024)
#define ANSWER_MAX ((size_t)1024 * 1024)
#define ANSWER_MS 60000

static struct settings {
	const char *socket;
	int64_t clients, calls, seconds, gap_ms, lease;
	const char *env, *code, *args, *expect;
} set = {
    .clients = 1,
    .calls = 1000000,
    .seconds = 3600,
    .env = "11111111-1111-4111-8111-111111111111",
    .args = "{\"a\":2,\"b\":40}",
};

static struct buf request; /* the frame RUN */
static struct buf begin;   /* the payload of BEGIN */
static struct box_limits limits;
static int64_t until_ns;
static atomic_llong left;

struct client {
	pthread_t thread;
	struct lease lease; /* for the next run */
	int64_t leased;
	int64_t *took_ns;
	size_t n, cap;
};

static void die(const char *what, struct str detail) ATTR_NORETURN;

static void
die(const char *what, struct str detail)
{
	(void)fprintf(stderr, "calls: %s: %.*s\n", what, STR_FMT(detail));
	exit(1);
}

/* --- one run ---------------------------------------------------------------
 */

static void
judge(const struct wire_frame *f)
{
	struct box_exit e;

	if (f->type == WIRE_T_RESULT && set.expect != NULL &&
	    !str_eq(f->payload, str_from(set.expect)))
		die("another result", f->payload);
	if (f->type == WIRE_T_ERROR)
		die("the tool failed", f->payload);
	if (f->type != WIRE_T_EXIT)
		return;
	if (!box_exit_decode(f->payload, &e))
		die("a bad EXIT", STR_LIT(""));
	if (e.outcome != BOX_OUTCOME_RESULT)
		die(box_outcome_name(e.outcome), e.message);
}

/* Until EXIT. */
static void
read_answer(int fd)
{
	struct wire_reader r;
	struct wire_frame f = {0};

	wire_reader_init(&r, WIRE_DOWN, ANSWER_MAX);
	while (f.type != WIRE_T_EXIT) {
		enum wire_next next = wire_reader_next(&r, &f);
		size_t room;
		ssize_t n;
		char *p;

		if (next == WIRE_NEXT_BAD)
			die("not a frame", STR_LIT(""));
		if (next == WIRE_NEXT_FRAME) {
			judge(&f);
			continue;
		}
		p = wire_reader_room(&r, &room);
		n = p != NULL ? read(fd, p, room) : 0;
		if (n <= 0)
			die("sandboxd closed early", STR_LIT(""));
		wire_reader_added(&r, (size_t)n);
	}
	wire_reader_free(&r);
}

static void
run_once(void)
{
	int fd = fdio_connect_unix(set.socket, false);

	if (fd < 0)
		die("cannot connect", str_from(strerror(errno)));
	if (fdio_write_full(
		fd, request.p, request.n, clock_mono_ms() + ANSWER_MS) != 0)
		die("cannot write", str_from(strerror(errno)));
	read_answer(fd);
	(void)close(fd);
}

/* Until EXIT, from a process that we hold. */
static void
run_leased(struct lease *l)
{
	struct wire_frame f = {0};

	lease_begin(
	    l, &limits, BOX_ASK_NONE, buf_str(&begin), buf_str(&request));
	if (!lease_flush(l))
		die("sandboxd is gone", STR_LIT(""));
	while (f.type != WIRE_T_EXIT) {
		struct pollfd p[2] = {{.fd = l->data, .events = POLLIN},
		    {.fd = l->conn, .events = POLLIN}};

		switch (lease_next(l, &f)) {
		case LEASE_NEXT_FRAME:
			judge(&f);
			break;
		case LEASE_NEXT_MORE:
			/* While the child runs, only its socket matters. */
			p[0].fd = l->data;
			(void)poll(p, l->data >= 0 ? 1 : 2, -1);
			break;
		case LEASE_NEXT_LOST:
			die("a leased run was lost", STR_LIT(""));
		}
	}
}

/* As a worker does when a call has come: for the next one. */
static void
ask_ahead(struct client *c)
{
	struct box_lease ask = {.env = str_from(set.env)};

	lease_close(&c->lease);
	if (set.lease != 0)
		(void)!lease_ask(&c->lease, set.socket, &ask);
}

static void
one_call(struct client *c)
{
	/* Not there yet: not worth waiting for. */
	if (c->lease.state == LEASE_ASKED && !lease_look(&c->lease))
		lease_close(&c->lease);
	if (c->lease.state == LEASE_READY && lease_look(&c->lease) &&
	    lease_usable(&c->lease, clock_mono_ms())) {
		run_leased(&c->lease);
		c->leased++;
	} else {
		run_once();
	}
}

/* --- clients ----------------------------------------------------------------
 */

static void
note(struct client *c, int64_t ns)
{
	if (c->n == c->cap) {
		c->cap = c->cap != 0 ? c->cap * 2 : 4096;
		c->took_ns = realloc(c->took_ns, c->cap * sizeof(*c->took_ns));
		if (c->took_ns == NULL)
			die("out of memory", STR_LIT(""));
	}
	c->took_ns[c->n++] = ns;
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	if (ms > 0)
		(void)nanosleep(&t, NULL);
}

static void *
client_main(void *arg)
{
	struct client *c = arg;

	while (atomic_fetch_sub(&left, 1) > 0 && clock_mono_ns() < until_ns) {
		int64_t begun = clock_mono_ns();

		one_call(c);
		note(c, clock_mono_ns() - begun);
		ask_ahead(c);
		pause_ms(set.gap_ms);
	}
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
quantile(const int64_t *sorted, size_t n, unsigned percent)
{
	return n > 0 ? sorted[(n - 1) * percent / 100] : 0;
}

static void
tell(struct client *clients, int64_t elapsed_ns)
{
	struct client all = {.took_ns = NULL};

	for (int64_t i = 0; i < set.clients; i++) {
		all.leased += clients[i].leased;
		for (size_t k = 0; k < clients[i].n; k++)
			note(&all, clients[i].took_ns[k]);
	}
	if (all.n == 0)
		die("no call was made", STR_LIT(""));
	qsort(all.took_ns, all.n, sizeof(*all.took_ns), by_size);
	(void)printf("BENCH %zu %lld %lld %lld %lld %lld %lld\n", all.n,
	    (long long)elapsed_ns / 1000,
	    (long long)quantile(all.took_ns, all.n, 5),
	    (long long)quantile(all.took_ns, all.n, 50),
	    (long long)quantile(all.took_ns, all.n, 95),
	    (long long)quantile(all.took_ns, all.n, 99), (long long)all.leased);
}

/* --- settings ---------------------------------------------------------------
 */

static const char sample[] = "async def main(a: int, b: int = 1) -> dict:\n"
			     "    \"\"\"Add two numbers.\"\"\"\n"
			     "    return {\"sum\": a + b}\n";

static void
make_request(void)
{
	struct box_run run = {
	    .kind = BOX_KIND_CALL,
	    .env = str_from(set.env),
	    .tool = STR_LIT("bench__tool"),
	    .code = {sample, sizeof(sample) - 1},
	    .args = str_from(set.args),
	    .limits = {.wall_ms = 30000,
		.cpu_ms = 30000,
		.memory = UINT64_C(256) * 1024 * 1024,
		.result = ANSWER_MAX,
		.output = 65536,
		.threads = 1},
	};
	struct buf payload;
	size_t n;

	if (set.code != NULL) {
		run.code.p = fdio_read_file(set.code, BOX_CODE_MAX, &n);
		run.code.n = n;
		if (run.code.p == NULL)
			die("cannot read", str_from(set.code));
	}
	buf_init(&payload, RUN_MAX);
	buf_init(&request, RUN_MAX);
	box_run_encode(&payload, &run);
	wire_put(&request, WIRE_T_RUN, 1, 0, buf_str(&payload));
	buf_init(&begin, RUN_MAX);
	box_begin_encode(&begin, &run);
	limits = run.limits;
	buf_free(&payload);
}

static bool
take_number(const char *name, const char *value, int64_t *out)
{
	if (str_to_i64(str_from(value), out) && *out >= 0)
		return true;
	die("not a number", str_from(name));
}

static bool
take_text(const char *value, const char **out)
{
	*out = value;
	return true;
}

static bool
option(const char *name, const char *value)
{
	const struct {
		const char *name;
		int64_t *number;
		const char **text;
	} options[] = {
	    {"--clients", &set.clients, NULL},
	    {"--calls", &set.calls, NULL},
	    {"--seconds", &set.seconds, NULL},
	    {"--gap-ms", &set.gap_ms, NULL},
	    {"--lease", &set.lease, NULL},
	    {"--env", NULL, &set.env},
	    {"--code", NULL, &set.code},
	    {"--args", NULL, &set.args},
	    {"--expect", NULL, &set.expect},
	};

	for (size_t i = 0; i < NELEM(options); i++) {
		if (strcmp(options[i].name, name) == 0)
			return options[i].number != NULL
			    ? take_number(name, value, options[i].number)
			    : take_text(value, options[i].text);
	}
	return false;
}

int
main(int argc, char **argv)
{
	static struct client clients[CLIENTS_MAX];
	int64_t begun;

	set.socket = argc > 1 ? argv[1] : "";
	for (int i = 2; i < argc; i += 2) {
		if (i + 1 >= argc || !option(argv[i], argv[i + 1]))
			die("an unknown option", str_from(argv[i]));
	}
	if (argc < 2 || set.clients < 1 || set.clients > CLIENTS_MAX)
		die("usage", STR_LIT("calls SOCKET [--clients 1..256] …"));
	make_request();
	atomic_store(&left, set.calls);
	begun = clock_mono_ns();
	until_ns = begun + set.seconds * 1000000000;
	for (int64_t i = 0; i < set.clients; i++) {
		if (pthread_create(&clients[i].thread, NULL, client_main,
			&clients[i]) != 0)
			die("cannot start a thread", STR_LIT(""));
	}
	for (int64_t i = 0; i < set.clients; i++)
		(void)pthread_join(clients[i].thread, NULL);
	tell(clients, clock_mono_ns() - begun);
	return 0;
}
