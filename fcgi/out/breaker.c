/*
 * breaker.c: the circuit breaker around sandboxd.
 *
 * The word, from the top: generation (28 bits), state (2), failures in a row
 * (10), openings in a row (4), hundredths of a second of the monotonic clock
 * (20 bits, wrapping after three hours): since when it is open, or when the
 * probe was let through.
 */
#include "out/breaker.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "clock.h"
#include "log.h"
#include "out/run.h"

#define TIME_BITS 20
#define TIME_MASK ((1U << TIME_BITS) - 1)
#define OPENINGS_MAX 15U
#define FAILURES_MAX 1023U
#define FIRST_MS 1000
/* A probe that was never heard of again: another one may go. */
#define PROBE_MS 30000

struct shared {
	_Atomic uint64_t word;
	_Atomic int64_t failures; /* that open it; 0: never */
	_Atomic int64_t max_seconds;
	_Atomic int64_t last_failure_s;
	_Atomic uint64_t opened;
	_Atomic uint64_t refused;
};

static struct shared alone; /* of a program without a master: a test */
static struct shared *shared = &alone;

struct now {
	uint32_t generation;
	enum breaker_state state;
	unsigned failures;
	unsigned openings;
	uint32_t since; /* in hundredths */
};

static uint64_t
pack(const struct now *n)
{
	return (uint64_t)(n->generation & 0xfffffffU) << 36 |
	    (uint64_t)n->state << 34 | (uint64_t)n->failures << 24 |
	    (uint64_t)n->openings << TIME_BITS | n->since;
}

static struct now
unpack(uint64_t word)
{
	return (struct now){
	    .generation = (uint32_t)(word >> 36),
	    .state = (enum breaker_state)(word >> 34 & 3),
	    .failures = (unsigned)(word >> 24 & FAILURES_MAX),
	    .openings = (unsigned)(word >> TIME_BITS & OPENINGS_MAX),
	    .since = (uint32_t)(word & TIME_MASK),
	};
}

static uint32_t
hundredths(void)
{
	return (uint32_t)(clock_mono_ms() / 10) & TIME_MASK;
}

static int64_t
age_ms(const struct now *n)
{
	return (int64_t)((hundredths() - n->since) & TIME_MASK) * 10;
}

void
breaker_init(int64_t failures, int64_t max_seconds)
{
	if (shared == &alone) {
		void *p = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			log_panic("mapping the circuit breaker failed", NULL);
		shared = p;
	}
	atomic_store(&shared->failures, failures);
	atomic_store(&shared->max_seconds, max_seconds);
}

/* How long it stays open: longer each time, up to the setting. */
static int64_t
open_ms(const struct now *n)
{
	int64_t ms = FIRST_MS << (n->openings > 0 ? n->openings - 1 : 0);
	int64_t most = atomic_load(&shared->max_seconds) * 1000;

	return ms < most ? ms : most;
}

static int64_t
left_ms(const struct now *n)
{
	int64_t ms = n->state == BREAKER_OPEN ? open_ms(n)
	    : n->state == BREAKER_HALF_OPEN   ? PROBE_MS
					      : 0;

	ms -= age_ms(n);
	return ms > 0 && n->state != BREAKER_CLOSED ? ms : 0;
}

static enum fail_code
refuse(struct ctx *ctx, const struct now *n)
{
	/* Whoever comes while a probe is under way need not wait for long. */
	int64_t ms = n->state == BREAKER_OPEN ? left_ms(n) : 1000;

	atomic_fetch_add(&shared->refused, 1);
	ctx->fail.retry_after = (int)((ms + 999) / 1000);
	return fail(&ctx->fail, FAIL_UNAVAILABLE,
	    "The sandbox failed several times in a row, so runs are refused "
	    "for a moment. Try again in %d second%s.",
	    ctx->fail.retry_after, ctx->fail.retry_after == 1 ? "" : "s");
}

enum fail_code
breaker_enter(struct ctx *ctx, uint64_t *ticket_out)
{
	uint64_t word = atomic_load(&shared->word);

	for (;;) {
		struct now n = unpack(word);

		*ticket_out = n.generation;
		if (n.state == BREAKER_CLOSED ||
		    atomic_load(&shared->failures) == 0)
			return FAIL_NONE;
		if (left_ms(&n) > 0)
			return refuse(ctx, &n);
		n.generation++;
		n.state = BREAKER_HALF_OPEN;
		n.since = hundredths();
		*ticket_out = n.generation & 0xfffffffU;
		if (atomic_compare_exchange_weak(
			&shared->word, &word, pack(&n)))
			return FAIL_NONE;
	}
}

/* What an answer or a failure makes of it; false: nothing. */
static bool
next(struct now *n, bool well)
{
	if (well) {
		if (n->state == BREAKER_CLOSED && n->failures == 0)
			return false;
		if (n->state != BREAKER_CLOSED)
			n->generation++;
		n->state = BREAKER_CLOSED;
		n->failures = n->openings = 0;
		return true;
	}
	if (n->failures < FAILURES_MAX)
		n->failures++;
	if (n->state == BREAKER_CLOSED &&
	    n->failures < (unsigned)atomic_load(&shared->failures))
		return true;
	n->generation++;
	n->state = BREAKER_OPEN;
	n->since = hundredths();
	if (n->openings < OPENINGS_MAX)
		n->openings++;
	return true;
}

void
breaker_heard(uint64_t ticket, bool well)
{
	uint64_t word = atomic_load(&shared->word);
	struct now was, n;

	if (!well)
		atomic_store(&shared->last_failure_s, clock_wall_s());
	if (atomic_load(&shared->failures) == 0)
		return;
	do {
		n = was = unpack(word);
		if (n.generation != ticket || n.state == BREAKER_OPEN ||
		    !next(&n, well))
			return;
	} while (!atomic_compare_exchange_weak(&shared->word, &word, pack(&n)));
	if (n.state == was.state)
		return;
	if (n.state == BREAKER_OPEN) {
		atomic_fetch_add(&shared->opened, 1);
		log_error("the sandbox failed too often: runs are refused",
		    LOG_INT("failures", n.failures),
		    LOG_INT("ms", open_ms(&n)));
	} else {
		log_info("the sandbox works again");
	}
}

void
breaker_unheard(uint64_t ticket)
{
	uint64_t word = atomic_load(&shared->word);
	struct now n;

	/* A probe that says nothing: the next one may go at once. */
	do {
		n = unpack(word);
		if (n.generation != ticket || n.state != BREAKER_HALF_OPEN)
			return;
		n.generation++;
		n.state = BREAKER_OPEN;
		n.since = (hundredths() - (uint32_t)(open_ms(&n) / 10)) &
		    TIME_MASK;
	} while (!atomic_compare_exchange_weak(&shared->word, &word, pack(&n)));
}

void
breaker_judge(struct run *run)
{
	const struct box_exit *e = &run->exit;

	if (run->judged)
		return;
	run->judged = true;
	/* Something that ended the process of one run, and be it the run
	 * itself, is not the sandbox's failure; nor is what a process says
	 * that talks to us directly. */
	if (e->outcome == BOX_OUTCOME_FAILED && e->wall_us == 0 &&
	    !run_is_lent(run))
		breaker_heard(run->ticket, false);
	else if (e->outcome == BOX_OUTCOME_FAILED ||
	    e->outcome == BOX_OUTCOME_CANCELLED ||
	    e->outcome == BOX_OUTCOME_BUSY)
		breaker_unheard(run->ticket);
	else
		breaker_heard(run->ticket, true);
}

void
breaker_reset(void)
{
	uint64_t word = atomic_load(&shared->word);
	struct now n;

	do {
		n = (struct now){.generation = unpack(word).generation + 1};
	} while (!atomic_compare_exchange_weak(&shared->word, &word, pack(&n)));
}

void
breaker_get(struct breaker_report *out)
{
	struct now n = unpack(atomic_load(&shared->word));

	*out = (struct breaker_report){
	    .state = n.state,
	    .failures = n.failures,
	    .retry_ms = n.state == BREAKER_OPEN ? left_ms(&n) : 0,
	    .last_failure_s = atomic_load(&shared->last_failure_s),
	    .opened = atomic_load(&shared->opened),
	    .refused = atomic_load(&shared->refused),
	    .threshold = (unsigned)atomic_load(&shared->failures),
	    .max_seconds = (unsigned)atomic_load(&shared->max_seconds),
	};
}

const char *
breaker_state_name(enum breaker_state s)
{
	switch (s) {
	case BREAKER_CLOSED:
		return "closed";
	case BREAKER_OPEN:
		return "open";
	case BREAKER_HALF_OPEN:
		return "half_open";
	}
	return "closed";
}
