/*
 * box.c: the messages between a worker and sandboxd.
 *
 * Decoding checks everything that can be checked without running it: the
 * worker is the more exposed side, and sandboxd takes nothing on trust.
 */
#include "box.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define TOOL_MAX 256
#define TRACE_MAX 64
#define MODULE_MAX 128
#define HOST_MAX 300 /* a DNS name, a colon, a port */
#define SECRET_NAME_MAX 128
#define SECRET_VALUE_MAX (64 * 1024)
#define MESSAGE_MAX 1024
#define KILL_MAX 256

#define WALL_MS_MAX 300000
#define THREADS_MAX 64

static const struct {
	const char *name;
	const char *text;
} outcomes[BOX_OUTCOME__MAX] = {
    [BOX_OUTCOME_RESULT] = {"result", "The tool returned a result."},
    [BOX_OUTCOME_ERROR] = {"tool_error", "The tool raised an exception."},
    [BOX_OUTCOME_TIMEOUT] = {"timeout",
	"The tool ran longer than its time limit and was stopped."},
    [BOX_OUTCOME_CPU] = {"cpu_limit",
	"The tool used more CPU time than it may and was stopped."},
    [BOX_OUTCOME_MEMORY] = {"memory_limit",
	"The tool needed more memory than it may have."},
    [BOX_OUTCOME_FORBIDDEN] = {"forbidden_syscall",
	"The tool tried something that the sandbox forbids "
	"and was stopped."},
    [BOX_OUTCOME_OUTPUT] = {"output_limit",
	"The tool's result or output was larger than allowed "
	"or not well-formed."},
    [BOX_OUTCOME_CRASHED] = {"crashed", "The tool's process crashed."},
    [BOX_OUTCOME_EXITED] = {"exited",
	"The tool's process ended without a result."},
    [BOX_OUTCOME_CANCELLED] = {"cancelled", "The call was cancelled."},
    [BOX_OUTCOME_BUSY] = {"busy",
	"All sandboxes are in use. Try again in a moment."},
    [BOX_OUTCOME_FAILED] = {"sandbox_failed",
	"The sandbox could not start the tool. Try again in a moment."},
    [BOX_OUTCOME_RATE] = {"rate_limited",
	"This server's tools are called more often than its limit allows."},
    [BOX_OUTCOME_INPUT] = {"input_required",
	"The tool asked a question; it begins again with the answer."},
};

const char *
box_outcome_name(enum box_outcome o)
{
	return (unsigned)o < BOX_OUTCOME__MAX ? outcomes[o].name : "unknown";
}

const char *
box_outcome_text(enum box_outcome o)
{
	return (unsigned)o < BOX_OUTCOME__MAX ? outcomes[o].text
					      : "The outcome is not known.";
}

/* --- encoding ------------------------------------------------------------ */

static size_t
list_size(const struct str *list, size_t n)
{
	size_t size = 2;

	for (size_t i = 0; i < n; i++)
		size += 4 + list[i].n;
	return size;
}

static size_t
run_size(const struct box_run *run)
{
	size_t size = 4 + 8 * 4 + 48; /* kind, entry, flags, lengths, limits */

	size += run->env.n + run->tool.n + run->digest.n + run->trace.n +
	    run->code.n + run->args.n + run->talk.n;
	size += list_size(run->modules, run->nmodules);
	size += list_size(run->hosts, run->nhosts);
	size += 2;
	for (size_t i = 0; i < run->nsecrets; i++)
		size += 8 + run->secrets[i].name.n + run->secrets[i].value.n;
	return size;
}

static void
put_count(struct buf *b, size_t n)
{
	if (n > BOX_LIST_MAX)
		fail_abort("box: a list over its limit");
	buf_u16(b, (uint16_t)n);
}

static void
put_list(struct buf *b, const struct str *list, size_t n)
{
	put_count(b, n);
	for (size_t i = 0; i < n; i++)
		buf_lstr(b, list[i]);
}

static void
put_limits(struct buf *b, const struct box_limits *l)
{
	buf_u32(b, l->wall_ms);
	buf_u32(b, l->cpu_ms);
	buf_u64(b, l->memory);
	buf_u32(b, l->result);
	buf_u32(b, l->output);
	buf_u32(b, l->threads);
	buf_u32(b, l->requests);
	buf_u64(b, l->transfer);
	buf_u32(b, l->concurrency);
	buf_u32(b, l->rate);
}

void
box_run_encode(struct buf *b, const struct box_run *run)
{
	/* At once: growing would leave copies of the secrets behind. */
	if (buf_reserve(b, run_size(run)) == NULL)
		return;
	buf_u8(b, (uint8_t)run->kind);
	buf_u8(b, run->debug ? 1 : 0);
	buf_u8(b, (uint8_t)run->entry);
	buf_u8(b, (uint8_t)run->ask);
	buf_u32(b, run->patience_ms);
	buf_lstr(b, run->env);
	buf_lstr(b, run->tool);
	buf_lstr(b, run->digest);
	buf_lstr(b, run->trace);
	buf_lstr(b, run->code);
	buf_lstr(b, run->args);
	buf_lstr(b, run->talk);
	put_limits(b, &run->limits);
	put_list(b, run->modules, run->nmodules);
	put_list(b, run->hosts, run->nhosts);
	put_count(b, run->nsecrets);
	for (size_t i = 0; i < run->nsecrets; i++) {
		buf_lstr(b, run->secrets[i].name);
		buf_lstr(b, run->secrets[i].value);
	}
}

/* --- decoding ------------------------------------------------------------ */

/* A short single line: names and ids, fit for a log. */
static bool
is_line(struct str s)
{
	return str_utf8_valid(s) && !str_has_control(s, "");
}

static bool
is_text(struct str s)
{
	return str_utf8_valid(s) && (s.n == 0 || memchr(s.p, 0, s.n) == NULL);
}

static bool
is_digest(struct str s)
{
	uint8_t bytes[32];

	return s.n == 0 || str_unhex(s, bytes, sizeof(bytes));
}

static bool
get_kind(struct rd *r, enum box_kind *out)
{
	uint8_t v = rd_u8(r);

	*out = (enum box_kind)v;
	return v >= BOX_KIND_CALL && v <= BOX_KIND_TEST;
}

static bool
get_entry(struct rd *r, enum box_entry *out)
{
	uint8_t v = rd_u8(r);

	*out = (enum box_entry)v;
	return v <= BOX_ENTRY_COMPLETE;
}

static bool
get_flag(struct rd *r, bool *out)
{
	uint8_t v = rd_u8(r);

	*out = v == 1;
	return v <= 1;
}

/* Patience belongs to those who wait, and to nobody else. */
static bool
get_ask(struct rd *r, struct box_run *run)
{
	uint8_t v = rd_u8(r);

	run->ask = (enum box_ask)v;
	run->patience_ms = rd_u32(r);
	if (v == BOX_ASK_WAIT)
		return run->patience_ms >= 1 &&
		    run->patience_ms <= BOX_PATIENCE_MS_MAX;
	return v < BOX_ASK_WAIT && run->patience_ms == 0;
}

static bool
get_limits(struct rd *r, struct box_limits *l)
{
	l->wall_ms = rd_u32(r);
	l->cpu_ms = rd_u32(r);
	l->memory = rd_u64(r);
	l->result = rd_u32(r);
	l->output = rd_u32(r);
	l->threads = rd_u32(r);
	l->requests = rd_u32(r);
	l->transfer = rd_u64(r);
	l->concurrency = rd_u32(r);
	l->rate = rd_u32(r);
	return l->wall_ms >= 1 && l->wall_ms <= WALL_MS_MAX && l->cpu_ms >= 1 &&
	    l->memory >= 1 && l->result >= 1 && l->threads >= 1 &&
	    l->threads <= THREADS_MAX;
}

/*
 * The number of entries that follow, each at least `least` bytes: nothing is
 * allocated for entries that cannot be there.
 */
static bool
get_count(struct rd *r, size_t least, size_t *n_out)
{
	*n_out = rd_u16(r);
	return !r->bad && *n_out <= BOX_LIST_MAX && *n_out <= r->n / least;
}

static void *
allocate(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		fail_abort("box: out of memory");
	return p;
}

static bool
get_list(struct rd *r, size_t max, struct str **list, size_t *count)
{
	size_t n;

	if (!get_count(r, 4, &n))
		return false;
	if (n == 0)
		return true;
	*list = allocate(n, sizeof(**list));
	*count = n;
	for (size_t i = 0; i < n; i++) {
		(*list)[i] = rd_lstr(r, max);
		if (r->bad || (*list)[i].n == 0 || !is_line((*list)[i]))
			return false;
	}
	return true;
}

static bool
get_secrets(struct rd *r, struct box_run *run)
{
	size_t n;

	if (!get_count(r, 8, &n))
		return false;
	if (n == 0)
		return true;
	run->secrets = allocate(n, sizeof(*run->secrets));
	run->nsecrets = n;
	for (size_t i = 0; i < n; i++) {
		struct box_pair *s = &run->secrets[i];

		s->name = rd_lstr(r, SECRET_NAME_MAX);
		s->value = rd_lstr(r, SECRET_VALUE_MAX);
		if (r->bad || s->name.n == 0 || !is_line(s->name) ||
		    !is_text(s->value))
			return false;
	}
	return true;
}

static bool
get_run(struct rd *r, struct box_run *run)
{
	if (!get_kind(r, &run->kind) || !get_flag(r, &run->debug) ||
	    !get_entry(r, &run->entry) || !get_ask(r, run))
		return false;
	run->env = rd_lstr(r, 36);
	run->tool = rd_lstr(r, TOOL_MAX);
	run->digest = rd_lstr(r, 64);
	run->trace = rd_lstr(r, TRACE_MAX);
	run->code = rd_lstr(r, BOX_CODE_MAX);
	run->args = rd_lstr(r, BOX_ARGS_MAX);
	run->talk = rd_lstr(r, BOX_TALK_MAX);
	/* The id becomes a path and a key: only a UUID will do. */
	if (r->bad || !str_is_uuid(run->env) || !is_line(run->tool) ||
	    !is_digest(run->digest) || !is_line(run->trace) ||
	    !is_text(run->code) || !is_text(run->args) || !is_text(run->talk))
		return false;
	return get_limits(r, &run->limits) &&
	    get_list(r, MODULE_MAX, &run->modules, &run->nmodules) &&
	    get_list(r, HOST_MAX, &run->hosts, &run->nhosts) &&
	    get_secrets(r, run) && rd_done(r);
}

bool
box_run_decode(struct str payload, struct box_run *run_out)
{
	struct rd r = rd_from(payload);

	*run_out = (struct box_run){.kind = BOX_KIND_CALL};
	if (get_run(&r, run_out))
		return true;
	box_run_free(run_out);
	return false;
}

void
box_run_free(struct box_run *run)
{
	free(run->modules);
	free(run->hosts);
	free(run->secrets);
	*run = (struct box_run){.kind = BOX_KIND_CALL};
}

/* --- EXIT ---------------------------------------------------------------- */

void
box_exit_encode(struct buf *b, const struct box_exit *e)
{
	buf_u8(b, (uint8_t)e->outcome);
	buf_u32(b, e->signal);
	buf_u32(b, e->status);
	buf_u64(b, e->wall_us);
	buf_u64(b, e->cpu_us);
	buf_u64(b, e->rss_kib);
	buf_u32(b, e->cut);
	buf_u32(b, e->requests);
	buf_u32(b, e->retry_ms);
	buf_lstr(b, str_utf8_cut(e->message, MESSAGE_MAX));
}

bool
box_exit_decode(struct str payload, struct box_exit *out)
{
	struct rd r = rd_from(payload);
	uint8_t outcome = rd_u8(&r);

	*out = (struct box_exit){.outcome = BOX_OUTCOME_FAILED};
	out->signal = rd_u32(&r);
	out->status = rd_u32(&r);
	out->wall_us = rd_u64(&r);
	out->cpu_us = rd_u64(&r);
	out->rss_kib = rd_u64(&r);
	out->cut = rd_u32(&r);
	out->requests = rd_u32(&r);
	out->retry_ms = rd_u32(&r);
	out->message = rd_lstr(&r, MESSAGE_MAX);
	if (!rd_done(&r) || outcome >= BOX_OUTCOME__MAX ||
	    !str_utf8_valid(out->message))
		return false;
	out->outcome = (enum box_outcome)outcome;
	return true;
}

/* --- leases ----------------------------------------------------------------
 */

void
box_begin_encode(struct buf *b, const struct box_run *run)
{
	struct box_run r = *run;

	r.code = r.args = r.talk = STR_NONE;
	r.modules = NULL;
	r.secrets = NULL;
	r.nmodules = r.nsecrets = 0;
	box_run_encode(b, &r);
}

void
box_lease_encode(struct buf *b, const struct box_lease *l)
{
	buf_lstr(b, l->env);
	buf_u32(b, l->concurrency);
}

bool
box_lease_decode(struct str payload, struct box_lease *out)
{
	struct rd r = rd_from(payload);

	out->env = rd_lstr(&r, 36);
	out->concurrency = rd_u32(&r);
	return rd_done(&r) && str_is_uuid(out->env);
}

void
box_leased_encode(struct buf *b, const struct box_leased *l)
{
	buf_u32(b, l->hold_ms);
	buf_u32(b, l->pid);
}

bool
box_leased_decode(struct str payload, struct box_leased *out)
{
	struct rd r = rd_from(payload);

	out->hold_ms = rd_u32(&r);
	out->pid = rd_u32(&r);
	return rd_done(&r) && out->pid <= INT32_MAX;
}

void
box_done_encode(struct buf *b, const struct box_done *d)
{
	buf_u8(b, (uint8_t)d->outcome);
	buf_u32(b, d->cut);
	buf_u64(b, d->wall_us);
}

/* What only the kernel can tell is not the worker's to say. */
static bool
may_be_told(uint8_t outcome)
{
	return outcome == BOX_OUTCOME_RESULT || outcome == BOX_OUTCOME_ERROR ||
	    outcome == BOX_OUTCOME_MEMORY || outcome == BOX_OUTCOME_OUTPUT ||
	    outcome == BOX_OUTCOME_INPUT;
}

bool
box_done_decode(struct str payload, struct box_done *out)
{
	struct rd r = rd_from(payload);
	uint8_t outcome = rd_u8(&r);

	out->cut = rd_u32(&r);
	out->wall_us = rd_u64(&r);
	out->outcome = (enum box_outcome)outcome;
	return rd_done(&r) && may_be_told(outcome);
}

void
box_handover_encode(struct buf *b, const struct box_handover *h)
{
	buf_u32(b, h->output);
	buf_u32(b, h->cut);
	buf_u32(b, h->messages);
	buf_u64(b, h->bytes);
	buf_lstr(b, h->rest);
}

bool
box_handover_decode(struct str payload, struct box_handover *out)
{
	struct rd r = rd_from(payload);

	out->output = rd_u32(&r);
	out->cut = rd_u32(&r);
	out->messages = rd_u32(&r);
	out->bytes = rd_u64(&r);
	out->rest = rd_lstr(&r, SIZE_MAX);
	return rd_done(&r);
}

/* --- KILL ---------------------------------------------------------------- */

void
box_kill_encode(struct buf *b, const struct box_kill *k)
{
	buf_u8(b, (uint8_t)k->what);
	buf_lstr(b, k->value);
	buf_lstr(b, str_utf8_cut(k->why, KILL_MAX));
}

bool
box_kill_decode(struct str payload, struct box_kill *out)
{
	struct rd r = rd_from(payload);
	uint8_t what = rd_u8(&r);

	*out = (struct box_kill){.what = (enum box_kill_what)what};
	out->value = rd_lstr(&r, KILL_MAX);
	out->why = rd_lstr(&r, KILL_MAX);
	return rd_done(&r) && what >= BOX_KILL_TRACE && what <= BOX_KILL_ENV &&
	    out->value.n > 0 && is_line(out->value) && is_line(out->why);
}
