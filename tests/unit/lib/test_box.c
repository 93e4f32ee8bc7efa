/* Unit tests of lib/box.c. */
#include "box.h"

#include "lib_test.h"

#include <signal.h>

static struct buf out;

static int
set_up(void **state)
{
	(void)state;
	buf_init(&out, SIZE_MAX);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(&out);
	return 0;
}

#define ENV STR_LIT("01234567-89ab-cdef-0123-456789abcdef")

static struct str modules[] = {{"json", 4}, {"xml.etree", 9}};
static struct str hosts[] = {{"api.example.org:443", 19}};
static struct box_pair secrets[] = {
    {{"TOKEN", 5}, {"s3cret", 6}},
    {{"EMPTY", 5}, {"", 0}},
};

static struct box_run
sample(void)
{
	return (struct box_run){
	    .kind = BOX_KIND_CALL,
	    .env = ENV,
	    .tool = STR_LIT("server__tool"),
	    .digest = STR_LIT("0123456789abcdef0123456789abcdef"
			      "0123456789abcdef0123456789abcdef"),
	    .trace = STR_LIT("trace-1"),
	    .code = STR_LIT("def main():\n\treturn 1\n"),
	    .args = STR_LIT("{}"),
	    .limits =
		{
		    .wall_ms = 30000,
		    .cpu_ms = 10000,
		    .memory = 1 << 28,
		    .result = 1 << 20,
		    .output = 1 << 16,
		    .threads = 1,
		    .requests = 50,
		    .transfer = UINT64_C(5) << 32,
		    .concurrency = 7,
		    .rate = 600,
		},
	    .modules = modules,
	    .nmodules = NELEM(modules),
	    .hosts = hosts,
	    .nhosts = NELEM(hosts),
	    .secrets = secrets,
	    .nsecrets = NELEM(secrets),
	};
}

/* Encodes and decodes; the caller frees *back when true. */
static bool
pass(const struct box_run *run, struct box_run *back)
{
	buf_reset(&out);
	box_run_encode(&out, run);
	assert_false(out.overflow);
	return box_run_decode(buf_str(&out), back);
}

static bool
passes(const struct box_run *run)
{
	struct box_run back;

	if (pass(run, &back)) {
		box_run_free(&back);
		return true;
	}
	assert_null(back.modules);
	assert_null(back.hosts);
	assert_null(back.secrets);
	return false;
}

static void
test_round_trip(void **state)
{
	struct box_run run = sample(), back;

	(void)state;
	assert_true(pass(&run, &back));
	assert_int_equal(back.kind, run.kind);
	assert_true(str_eq(back.env, run.env));
	assert_true(str_eq(back.tool, run.tool));
	assert_true(str_eq(back.digest, run.digest));
	assert_true(str_eq(back.trace, run.trace));
	assert_true(str_eq(back.code, run.code));
	assert_true(str_eq(back.args, run.args));
	assert_int_equal(back.limits.wall_ms, 30000);
	assert_int_equal(back.limits.cpu_ms, 10000);
	assert_int_equal(back.limits.memory, 1 << 28);
	assert_int_equal(back.limits.result, 1 << 20);
	assert_int_equal(back.limits.output, 1 << 16);
	assert_int_equal(back.limits.threads, 1);
	assert_int_equal(back.limits.requests, 50);
	assert_true(back.limits.transfer == UINT64_C(5) << 32);
	assert_int_equal(back.limits.concurrency, 7);
	assert_int_equal(back.limits.rate, 600);
	assert_false(back.debug);
	assert_int_equal(back.nmodules, 2);
	assert_str_is(back.modules[1], "xml.etree");
	assert_int_equal(back.nhosts, 1);
	assert_str_is(back.hosts[0], "api.example.org:443");
	assert_int_equal(back.nsecrets, 2);
	assert_str_is(back.secrets[0].name, "TOKEN");
	assert_str_is(back.secrets[0].value, "s3cret");
	assert_str_is(back.secrets[1].value, "");
	box_run_free(&back);
	assert_null(back.modules);
	assert_int_equal(back.nsecrets, 0);
	box_run_free(&back);
}

/* The bytes on the wire are an interface: where each of them begins. */
static void
test_layout(void **state)
{
	static const char head[] = "\x04\x01\x03\x02"
				   "\x60\xea\x00\x00"
				   "\x24\x00\x00\x00";
	static const char limits[] = "\x30\x75\x00\x00" /* wall_ms */
				     "\x10\x27\x00\x00"
				     "\x00\x00\x00\x10\x00\x00\x00\x00"
				     "\x00\x00\x10\x00"
				     "\x00\x00\x01\x00"
				     "\x01\x00\x00\x00"
				     "\x32\x00\x00\x00" /* requests */
				     "\x00\x00\x00\x00\x05\x00\x00\x00"
				     "\x07\x00\x00\x00"
				     "\x58\x02\x00\x00"
				     "\x00\x00\x00\x00\x00\x00"; /* no list */
	struct box_run run = sample();
	size_t at;

	(void)state;
	run.kind = BOX_KIND_TEST;
	run.debug = true;
	run.entry = BOX_ENTRY_PROMPT;
	run.ask = BOX_ASK_WAIT;
	run.patience_ms = 60000;
	run.tool = run.digest = run.trace = run.code = run.args = STR_NONE;
	run.nmodules = run.nhosts = run.nsecrets = 0;
	box_run_encode(&out, &run);
	assert_memory_equal(out.p, head, sizeof(head) - 1);
	at = sizeof(head) - 1 + 36;
	for (size_t i = 0; i < 24; i++)
		assert_int_equal(out.p[at + i], 0);
	at += 24;
	assert_int_equal(out.n - at, sizeof(limits) - 1);
	assert_memory_equal(out.p + at, limits, sizeof(limits) - 1);
}

static void
test_entry(void **state)
{
	struct box_run run = sample(), back;

	(void)state;
	run.entry = BOX_ENTRY_COMPLETE;
	assert_true(pass(&run, &back));
	assert_int_equal(back.entry, BOX_ENTRY_COMPLETE);
	box_run_free(&back);
	out.p[2] = BOX_ENTRY_COMPLETE + 1;
	assert_false(box_run_decode(buf_str(&out), &back));
}

static void
test_debug_flag(void **state)
{
	struct box_run run = sample(), back;

	(void)state;
	run.debug = true;
	assert_true(pass(&run, &back));
	assert_true(back.debug);
	box_run_free(&back);
	/* One form of one thing: true is 1. */
	for (unsigned v = 0; v < 256; v++) {
		out.p[1] = (char)v;
		assert_int_equal(box_run_decode(buf_str(&out), &back), v <= 1);
		box_run_free(&back);
	}
}

/* Patience has a measure, and belongs to who waits. */
static void
test_asks(void **state)
{
	/* clang-format off */
	static const struct {
		unsigned ask;
		uint32_t patience;
		bool ok;
	} rows[] = {
		{BOX_ASK_NONE, 0, true},  {BOX_ASK_NONE, 1, false},
		{BOX_ASK_END,  0, true},  {BOX_ASK_END,  1, false},
		{BOX_ASK_WAIT, 0, false}, {BOX_ASK_WAIT, 1, true},
		{BOX_ASK_WAIT, BOX_PATIENCE_MS_MAX, true},
		{BOX_ASK_WAIT, BOX_PATIENCE_MS_MAX + 1, false},
		{3, 0, false},            {255, 1, false},
	};
	/* clang-format on */
	struct box_run run = sample(), back;
	char *large = calloc(1, BOX_TALK_MAX + 1);

	(void)state;
	assert_non_null(large);
	for (size_t i = 0; i < NELEM(rows); i++) {
		run.ask = (enum box_ask)rows[i].ask;
		run.patience_ms = rows[i].patience;
		assert_int_equal(passes(&run), rows[i].ok);
	}
	run.ask = BOX_ASK_END;
	run.patience_ms = 0;
	run.talk = STR_LIT("{\"state\":1}");
	assert_true(pass(&run, &back));
	assert_int_equal(back.ask, BOX_ASK_END);
	assert_true(str_eq(back.talk, run.talk));
	box_run_free(&back);
	memset(large, 'x', BOX_TALK_MAX + 1);
	run.talk = (struct str){large, BOX_TALK_MAX};
	assert_true(passes(&run));
	run.talk.n++;
	assert_false(passes(&run));
	run.talk = STR_LIT("\xff");
	assert_false(passes(&run));
	run.talk = (struct str){"a\0b", 3};
	assert_false(passes(&run));
	free(large);
}

static void
test_empty_lists(void **state)
{
	struct box_run run = sample(), back;

	(void)state;
	run.nmodules = run.nhosts = run.nsecrets = 0;
	run.digest = run.tool = run.trace = run.code = STR_NONE;
	assert_true(pass(&run, &back));
	assert_null(back.modules);
	assert_null(back.hosts);
	assert_null(back.secrets);
	box_run_free(&back);
}

/* Encoding must not reallocate: copies of secrets would stay in the heap. */
static void
test_encode_reserves_once(void **state)
{
	struct box_run run = sample();
	struct buf b;

	(void)state;
	box_run_encode(&out, &run);
	buf_init(&b, out.n);
	box_run_encode(&b, &run);
	assert_false(b.overflow);
	assert_int_equal(b.n, out.n);
	buf_free(&b);
	buf_init(&b, out.n - 1);
	box_run_encode(&b, &run);
	assert_true(b.overflow);
	assert_int_equal(b.n, 0);
	buf_free(&b);
}

static void
test_kinds(void **state)
{
	struct box_run run = sample();

	(void)state;
	for (unsigned kind = 0; kind < 256; kind++) {
		box_run_encode(&out, &run);
		out.p[0] = (char)kind;
		assert_int_equal(box_run_decode(buf_str(&out), &run),
		    kind >= BOX_KIND_CALL && kind <= BOX_KIND_TEST);
		box_run_free(&run);
		run = sample();
		buf_reset(&out);
	}
}

static void
test_odd_fields(void **state)
{
	static char big[BOX_ARGS_MAX + 1];
	struct box_run run;

	(void)state;
	memset(big, 'x', sizeof(big));
#define REFUSED(field, value)                                                  \
	do {                                                                   \
		run = sample();                                                \
		run.field = (value);                                           \
		if (passes(&run))                                              \
			fail_test("accepted %s = %s", #field, #value);         \
	} while (0)
#define TAKEN(field, value)                                                    \
	do {                                                                   \
		run = sample();                                                \
		run.field = (value);                                           \
		if (!passes(&run))                                             \
			fail_test("refused %s = %s", #field, #value);          \
	} while (0)
	REFUSED(env, STR_NONE);
	REFUSED(env, STR_LIT("../../../../../../../../../../../etc"));
	REFUSED(env, STR_LIT("01234567-89ab-cdef-0123-456789abcdef0"));
	REFUSED(tool, STR_LIT("a\nb"));
	REFUSED(tool, STR_LIT("a\0b"));
	REFUSED(tool, STR_LIT("\xff"));
	REFUSED(tool, ((struct str){big, 257}));
	TAKEN(tool, ((struct str){big, 256}));
	REFUSED(digest, STR_LIT("abc"));
	REFUSED(digest,
	    STR_LIT("g123456789abcdef0123456789abcdef"
		    "0123456789abcdef0123456789abcdef"));
	REFUSED(trace, STR_LIT("\x1b[2J"));
	REFUSED(trace, ((struct str){big, 65}));
	REFUSED(code, STR_LIT("a\0b"));
	REFUSED(code, STR_LIT("a\x80"));
	REFUSED(code, ((struct str){big, BOX_CODE_MAX + 1}));
	TAKEN(code, ((struct str){big, BOX_CODE_MAX}));
	REFUSED(args, ((struct str){big, BOX_ARGS_MAX + 1}));
	TAKEN(args, ((struct str){big, BOX_ARGS_MAX}));
	REFUSED(limits.wall_ms, 0);
	REFUSED(limits.wall_ms, 300001);
	TAKEN(limits.wall_ms, 300000);
	REFUSED(limits.cpu_ms, 0);
	REFUSED(limits.memory, 0);
	REFUSED(limits.result, 0);
	TAKEN(limits.output, 0);
	REFUSED(limits.threads, 0);
	REFUSED(limits.threads, 65);
	TAKEN(limits.threads, 64);
	/* 0 of these is a limit, or none; so is the most there can be. */
	TAKEN(limits.requests, 0);
	TAKEN(limits.requests, UINT32_MAX);
	TAKEN(limits.transfer, 0);
	TAKEN(limits.transfer, UINT64_MAX);
	TAKEN(limits.concurrency, 0);
	TAKEN(limits.concurrency, UINT32_MAX);
	TAKEN(limits.rate, 0);
	TAKEN(limits.rate, UINT32_MAX);
}

static void
test_odd_lists(void **state)
{
	static char big[70000];
	struct str one;
	struct box_pair pair;
	struct box_run run = sample();

	(void)state;
	memset(big, 'x', sizeof(big));
	run.modules = run.hosts = &one;
	run.nmodules = run.nhosts = 1;
	run.secrets = &pair;
	run.nsecrets = 1;
#define WITH(m, n, v)                                                          \
	(one = (m), pair = (struct box_pair){(n), (v)}, passes(&run))
	assert_true(WITH(STR_LIT("a"), STR_LIT("N"), STR_LIT("v\nw")));
	assert_false(WITH(STR_NONE, STR_LIT("N"), STR_LIT("v")));
	assert_false(WITH(STR_LIT("a\n"), STR_LIT("N"), STR_LIT("v")));
	assert_false(
	    WITH(((struct str){big, 301}), STR_LIT("N"), STR_LIT("v")));
	assert_false(WITH(STR_LIT("a"), STR_NONE, STR_LIT("v")));
	assert_false(WITH(STR_LIT("a"), STR_LIT("N\x7f"), STR_LIT("v")));
	assert_false(WITH(STR_LIT("a"), STR_LIT("N"), STR_LIT("v\0")));
	assert_false(
	    WITH(STR_LIT("a"), STR_LIT("N"), ((struct str){big, 65537})));
	assert_true(
	    WITH(STR_LIT("a"), STR_LIT("N"), ((struct str){big, 65536})));
}

static void
test_list_of_max(void **state)
{
	struct str many[BOX_LIST_MAX];
	struct box_run run = sample();

	(void)state;
	for (size_t i = 0; i < NELEM(many); i++)
		many[i] = STR_LIT("m");
	run.modules = many;
	run.nmodules = NELEM(many);
	assert_true(passes(&run));
}

static void
encode_too_many(void)
{
	struct str many[BOX_LIST_MAX + 1];
	struct box_run run = sample();
	struct buf b;

	memset(many, 0, sizeof(many));
	run.modules = many;
	run.nmodules = NELEM(many);
	buf_init(&b, SIZE_MAX);
	box_run_encode(&b, &run);
}

static void
test_too_many_aborts(void **state)
{
	(void)state;
	assert_aborts(encode_too_many);
}

static void
test_every_truncation_and_a_tail(void **state)
{
	struct box_run run = sample(), back;

	(void)state;
	box_run_encode(&out, &run);
	for (size_t n = 0; n < out.n; n++) {
		/* A copy of that length, so that ASan sees one byte more. */
		char *p = malloc(n + 1);

		memcpy(p, out.p, n);
		p = realloc(p, n > 0 ? n : 1);
		assert_false(box_run_decode((struct str){p, n}, &back));
		free(p);
	}
	buf_putc(&out, 0);
	assert_false(box_run_decode(buf_str(&out), &back));
}

/* Whatever is decoded from a damaged frame encodes back to the same bytes. */
static void
test_damage(void **state)
{
	struct box_run run = sample(), back;
	uint64_t seed = 31;
	struct buf again;
	int accepted = 0;

	(void)state;
	buf_init(&again, SIZE_MAX);
	for (int i = 0; i < 20000; i++) {
		uint64_t r = next_random(&seed);

		buf_reset(&out);
		box_run_encode(&out, &run);
		out.p[r % out.n] = (char)(r >> 32);
		if (!box_run_decode(buf_str(&out), &back))
			continue;
		accepted++;
		buf_reset(&again);
		box_run_encode(&again, &back);
		assert_int_equal(again.n, out.n);
		assert_memory_equal(again.p, out.p, out.n);
		box_run_free(&back);
	}
	assert_true(accepted > 0);
	buf_free(&again);
}

static void
test_exit_round_trip(void **state)
{
	struct box_exit e = {
	    .outcome = BOX_OUTCOME_FAILED,
	    .signal = 9,
	    .status = 7,
	    .wall_us = UINT64_MAX,
	    .cpu_us = 1,
	    .rss_kib = 2,
	    .cut = UINT32_MAX,
	    .requests = 3,
	    .retry_ms = 1500,
	    .message = STR_LIT("no slot"),
	};
	struct box_exit back;

	(void)state;
	box_exit_encode(&out, &e);
	assert_true(box_exit_decode(buf_str(&out), &back));
	assert_int_equal(back.outcome, BOX_OUTCOME_FAILED);
	assert_int_equal(back.signal, 9);
	assert_int_equal(back.status, 7);
	assert_true(back.wall_us == UINT64_MAX);
	assert_int_equal(back.cpu_us, 1);
	assert_int_equal(back.rss_kib, 2);
	assert_true(back.cut == UINT32_MAX);
	assert_int_equal(back.requests, 3);
	assert_int_equal(back.retry_ms, 1500);
	assert_str_is(back.message, "no slot");
	for (size_t n = 0; n < out.n; n++)
		assert_false(
		    box_exit_decode(str_sub(buf_str(&out), 0, n), &back));
	out.p[out.n - 1] = '\x80';
	assert_false(box_exit_decode(buf_str(&out), &back));
	out.p[out.n - 1] = 't';
	buf_putc(&out, 'x');
	assert_false(box_exit_decode(buf_str(&out), &back));
}

static void
test_exit_message_is_cut(void **state)
{
	static char big[9000];
	struct box_exit e = {.message = {big, sizeof(big)}}, back;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = "\xe2\x82\xac"[i % 3];
	box_exit_encode(&out, &e);
	assert_true(out.n < 4096);
	assert_true(box_exit_decode(buf_str(&out), &back));
	assert_int_equal(back.message.n, 1023);
}

static void
test_exit_outcomes(void **state)
{
	struct box_exit e = {.outcome = BOX_OUTCOME_RESULT}, back;

	(void)state;
	box_exit_encode(&out, &e);
	for (unsigned o = 0; o < 256; o++) {
		out.p[0] = (char)o;
		assert_int_equal(box_exit_decode(buf_str(&out), &back),
		    o < BOX_OUTCOME__MAX);
		if (o < BOX_OUTCOME__MAX)
			assert_int_equal(back.outcome, o);
	}
}

static void
test_outcome_names(void **state)
{
	static const char *const names[] = {
	    "result",
	    "tool_error",
	    "timeout",
	    "cpu_limit",
	    "memory_limit",
	    "forbidden_syscall",
	    "output_limit",
	    "crashed",
	    "exited",
	    "cancelled",
	    "busy",
	    "sandbox_failed",
	    "rate_limited",
	    "input_required",
	};
	enum box_outcome odd;

	(void)state;
	assert_int_equal(NELEM(names), BOX_OUTCOME__MAX);
	for (unsigned o = 0; o < BOX_OUTCOME__MAX; o++) {
		const char *text = box_outcome_text((enum box_outcome)o);

		assert_string_equal(
		    box_outcome_name((enum box_outcome)o), names[o]);
		assert_int_equal(text[strlen(text) - 1], '.');
	}
	memcpy(&odd, &(unsigned){99}, sizeof(odd));
	assert_string_equal(box_outcome_name(odd), "unknown");
	assert_non_null(box_outcome_text(odd));
}

/* --- KILL
 * ---------------------------------------------------------------------- */

static bool
kill_passes(struct box_kill k, struct box_kill *back)
{
	buf_reset(&out);
	box_kill_encode(&out, &k);
	assert_false(out.overflow);
	return box_kill_decode(buf_str(&out), back);
}

static void
test_kill_round_trip(void **state)
{
	struct box_kill back;

	(void)state;
	assert_true(kill_passes(
	    (struct box_kill){BOX_KILL_TOOL, STR_LIT("server__tool"),
		STR_LIT("revoked by an administrator")},
	    &back));
	assert_int_equal(back.what, BOX_KILL_TOOL);
	assert_str_is(back.value, "server__tool");
	assert_str_is(back.why, "revoked by an administrator");
	for (size_t n = 0; n < out.n; n++)
		assert_false(
		    box_kill_decode(str_sub(buf_str(&out), 0, n), &back));
	buf_putc(&out, 0);
	assert_false(box_kill_decode(buf_str(&out), &back));
}

static void
test_kill_kinds(void **state)
{
	struct box_kill back;

	(void)state;
	assert_true(kill_passes(
	    (struct box_kill){BOX_KILL_TRACE, STR_LIT("t"), STR_NONE}, &back));
	for (unsigned what = 0; what < 256; what++) {
		out.p[0] = (char)what;
		assert_int_equal(box_kill_decode(buf_str(&out), &back),
		    what >= BOX_KILL_TRACE && what <= BOX_KILL_ENV);
	}
}

static void
test_odd_kills(void **state)
{
	static char big[300];
	static const struct str odd[] = {{"a\nb", 3}, {"a\0b", 3}, {"\xff", 1}};
	struct box_kill back;

	(void)state;
	memset(big, 'x', sizeof(big));
#define KILL(value, why)                                                       \
	kill_passes((struct box_kill){BOX_KILL_ENV, (value), (why)}, &back)
	for (size_t i = 0; i < NELEM(odd); i++) {
		assert_false(KILL(odd[i], STR_NONE));
		assert_false(KILL(STR_LIT("v"), odd[i]));
	}
	/* Empty would be everything that has no trace. */
	assert_false(KILL(STR_NONE, STR_LIT("why")));
	assert_true(KILL(((struct str){big, 256}), STR_NONE));
	assert_false(KILL(((struct str){big, 257}), STR_NONE));
	/* What is too long to say is said shorter. */
	assert_true(KILL(STR_LIT("v"), ((struct str){big, sizeof(big)})));
	assert_int_equal(back.why.n, 256);
}

/* --- leases
 * ---------------------------------------------------------------------- */

static void
test_leases_round_trip(void **state)
{
	static const char env[] = "11111111-1111-4111-8111-111111111111";
	struct box_lease ask = {{env, sizeof(env) - 1}, 7}, ask_back;
	struct box_leased terms = {5000, 4242}, terms_back;
	struct box_done done = {BOX_OUTCOME_OUTPUT, 9, 123456789012}, done_back;
	struct box_handover h = {1, 2, 3, 4, STR_LIT("rest\0of it")}, h_back;

	(void)state;
#define ROUND(name, value, back)                                               \
	buf_reset(&out);                                                       \
	box_##name##_encode(&out, &(value));                                   \
	for (size_t n = 0; n < out.n; n++)                                     \
		assert_false(box_##name##_decode(                              \
		    str_sub(buf_str(&out), 0, n), &(back)));                   \
	assert_true(box_##name##_decode(buf_str(&out), &(back)));
	ROUND(lease, ask, ask_back)
	assert_str_is(ask_back.env, env);
	assert_int_equal(ask_back.concurrency, 7);
	ROUND(leased, terms, terms_back)
	assert_int_equal(terms_back.hold_ms, 5000);
	assert_int_equal(terms_back.pid, 4242);
	ROUND(done, done, done_back)
	assert_int_equal(done_back.outcome, BOX_OUTCOME_OUTPUT);
	assert_int_equal(done_back.cut, 9);
	assert_int_equal(done_back.wall_us, 123456789012);
	ROUND(handover, h, h_back)
	assert_int_equal(h_back.output, 1);
	assert_int_equal(h_back.cut, 2);
	assert_int_equal(h_back.messages, 3);
	assert_int_equal(h_back.bytes, 4);
	assert_true(str_eq(h_back.rest, h.rest));
#undef ROUND
}

/* The kernel's outcomes are not a worker's to claim. */
static void
test_done_outcomes(void **state)
{
	struct box_done d = {BOX_OUTCOME_RESULT, 0, 0}, back;
	unsigned allowed = 0;

	(void)state;
	buf_reset(&out);
	box_done_encode(&out, &d);
	for (unsigned o = 0; o < 256; o++) {
		out.p[0] = (char)o;
		allowed += box_done_decode(buf_str(&out), &back);
	}
	assert_int_equal(allowed, 5);
	out.p[0] = BOX_OUTCOME_TIMEOUT;
	assert_false(box_done_decode(buf_str(&out), &back));
}

static void
test_begin_leaves_out(void **state)
{
	struct str mods[] = {STR_LIT("os")}, grants[] = {STR_LIT("a.b:443")};
	struct box_pair keys[] = {{STR_LIT("K"), STR_LIT("S-MARK")}};
	struct box_run back,
	    run = {
		.kind = BOX_KIND_CALL,
		.env = STR_LIT("11111111-1111-4111-8111-111111111111"),
		.tool = STR_LIT("a__b"),
		.trace = STR_LIT("t"),
		.code = STR_LIT("C-MARK"),
		.args = STR_LIT("A-MARK"),
		.talk = STR_LIT("T-MARK"),
		.ask = BOX_ASK_END,
		.limits = {.wall_ms = 1,
		    .cpu_ms = 1,
		    .memory = 1,
		    .result = 1,
		    .threads = 1},
		.modules = mods,
		.nmodules = 1,
		.hosts = grants,
		.nhosts = 1,
		.secrets = keys,
		.nsecrets = 1,
	    };

	(void)state;
	buf_reset(&out);
	box_begin_encode(&out, &run);
	assert_null(memmem(out.p, out.n, "MARK", 4));
	assert_true(box_run_decode(buf_str(&out), &back));
	assert_int_equal(back.nhosts, 1);
	assert_int_equal(back.nsecrets + back.nmodules, 0);
	assert_str_is(back.tool, "a__b");
	box_run_free(&back);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_round_trip),
	    TEST(test_layout),
	    TEST(test_entry),
	    TEST(test_debug_flag),
	    TEST(test_asks),
	    TEST(test_empty_lists),
	    TEST(test_encode_reserves_once),
	    TEST(test_kinds),
	    TEST(test_odd_fields),
	    TEST(test_odd_lists),
	    TEST(test_list_of_max),
	    TEST(test_too_many_aborts),
	    TEST(test_every_truncation_and_a_tail),
	    TEST(test_damage),
	    TEST(test_exit_round_trip),
	    TEST(test_exit_message_is_cut),
	    TEST(test_exit_outcomes),
	    TEST(test_outcome_names),
	    TEST(test_kill_round_trip),
	    TEST(test_kill_kinds),
	    TEST(test_odd_kills),
	    TEST(test_leases_round_trip),
	    TEST(test_done_outcomes),
	    TEST(test_begin_leaves_out),
	};

	return cmocka_run_group_tests_name("box", tests, NULL, NULL);
}
