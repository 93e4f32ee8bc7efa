/*
 * queue.c: who waits for a process, and whose turn it is.
 */
#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"

#define GUESS_US 500000 /* a run takes, as long as none has shown it */
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 60000
#define LANES_MAX 16384 /* more than can be in use at once */

void
queue_init(struct queue *q, const struct queue_limits *limits)
{
	*q = (struct queue){.limits = *limits};
}

/* --- lanes
 * -------------------------------------------------------------------- */

static unsigned
place(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h % QUEUE_TABLE;
}

struct lane *
queue_lane(const struct queue *q, const char *name, bool checking)
{
	struct lane *l = q->table[place(name)];

	while (l != NULL &&
	    (l->checking != checking || strcmp(l->name, name) != 0))
		l = l->chain;
	return l;
}

static bool
in_use(const struct lane *l)
{
	return l->waiting > 0 || l->running > 0 || l->away > 0;
}

static bool
forgettable(const struct queue *q, struct lane *l, int64_t now_ms)
{
	return now_ms - l->used_ms >= q->limits.keep_ms &&
	    bucket_full(&l->bucket, now_ms);
}

static void
sweep(struct queue *q, int64_t now_ms, bool all)
{
	for (unsigned i = 0; i < QUEUE_TABLE; i++) {
		struct lane **at = &q->table[i];

		while (*at != NULL) {
			struct lane *l = *at;

			if (in_use(l) || (!all && !forgettable(q, l, now_ms))) {
				at = &l->chain;
				continue;
			}
			*at = l->chain;
			q->lanes--;
			free(l);
		}
	}
}

void
queue_sweep(struct queue *q, int64_t now_ms)
{
	sweep(q, now_ms, false);
}

static struct lane *
find_or_make(struct queue *q, const struct ticket *t)
{
	struct lane *l = queue_lane(q, t->name, t->checking);
	unsigned at = place(t->name);

	if (l != NULL)
		return l;
	if (q->lanes >= LANES_MAX)
		sweep(q, 0, true);
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		log_panic("out of memory", "queue");
	q->lanes++;
	memcpy(l->name, t->name, sizeof(l->name));
	l->checking = t->checking;
	l->chain = q->table[at];
	q->table[at] = l;
	return l;
}

unsigned
queue_waiting_for(const struct queue *q, const char *name, bool checking)
{
	const struct lane *l = queue_lane(q, name, checking);

	return l != NULL ? l->waiting : 0;
}

static void
join_turn(struct queue *q, struct lane *l)
{
	l->next = NULL;
	l->prev = q->last;
	if (q->last != NULL)
		q->last->next = l;
	else
		q->first = l;
	q->last = l;
}

static void
leave_turn(struct queue *q, struct lane *l)
{
	if (l->prev != NULL)
		l->prev->next = l->next;
	else
		q->first = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	else
		q->last = l->prev;
	l->next = l->prev = NULL;
}

void
queue_free(struct queue *q)
{
	sweep(q, 0, true);
}

/* --- limits
 * ------------------------------------------------------------------- */

/* Runs of the lane at once, as its newest ticket wants it. */
static unsigned
width(const struct queue *q, const struct lane *l, uint32_t concurrency)
{
	unsigned n = l->checking ? q->limits.checks : q->limits.runs_server;

	if (!l->checking && concurrency != 0 && concurrency < n)
		n = concurrency;
	return n;
}

static bool
has_slot(const struct queue *q, const struct lane *l)
{
	if (l->checking)
		return q->checking < q->limits.checks;
	return q->running - q->checking < q->limits.runs;
}

unsigned
queue_ready_for(const struct queue *q, const char *name, bool checking)
{
	const struct lane *l = queue_lane(q, name, checking);
	unsigned room, all;

	if (l == NULL || l->waiting == 0 || !has_slot(q, l))
		return 0;
	room = width(q, l, l->first->concurrency);
	room = room > l->running ? room - l->running : 0;
	all = l->checking ? q->limits.checks - q->checking
			  : q->limits.runs - (q->running - q->checking);
	room = room < all ? room : all;
	return l->waiting < room ? l->waiting : room;
}

bool
queue_has_room(const struct queue *q, const struct ticket *t)
{
	const struct lane *l = queue_lane(q, t->name, t->checking);
	unsigned running = l != NULL ? l->running : 0;
	unsigned wide = q->limits.runs_server;

	if (t->concurrency != 0 && t->concurrency < wide)
		wide = t->concurrency;
	return q->waiting == 0 && running + 1 < wide &&
	    q->running - q->checking + 1 < q->limits.runs;
}

/* Until `ahead` runs, `wide` at a time, are over. */
static uint32_t
estimate(uint64_t typical_us, unsigned ahead, unsigned wide)
{
	uint64_t us = typical_us != 0 ? typical_us : GUESS_US;
	uint64_t ms = us * ahead / (wide > 0 ? wide : 1) / 1000;

	return ms < RETRY_MIN_MS ? RETRY_MIN_MS
	    : ms > RETRY_MAX_MS  ? RETRY_MAX_MS
				 : (uint32_t)ms;
}

static uint32_t
retry_ms(const struct queue *q, const struct lane *l, unsigned wide)
{
	uint32_t own = estimate(l->typical_us, l->waiting + 1, wide);
	uint32_t all = l->checking
	    ? 0
	    : estimate(q->typical_us, q->waiting + 1, q->limits.runs);

	return own > all ? own : all;
}

/* It would wait in vain: those before it take longer than anyone waits. */
static bool
hopeless(const struct lane *l, unsigned wide)
{
	return l->waiting >= wide && l->typical_us != 0 &&
	    estimate(l->typical_us, l->waiting + 1, wide) > QUEUE_PATIENCE_MS;
}

static const char *
refusal(struct queue *q, struct lane *l, struct ticket *t)
{
	unsigned wide = width(q, l, t->concurrency);
	const struct queue_limits *k = &q->limits;

	t->retry_ms = retry_ms(q, l, wide);
	/* Those that a process is being started for are as good as running. */
	if (l->checking) {
		if (l->waiting + l->running < k->checks + k->checks_wait)
			return NULL;
		q->total.full++;
		return "the queue is full";
	}
	if (q->waiting + q->running - q->checking - q->unchecked >=
	    k->runs + k->waits) {
		q->total.full++;
		return "the queue is full";
	}
	if (l->waiting + l->running >= wide + k->waits_server ||
	    hopeless(l, wide)) {
		q->total.full_server++;
		return "too many calls of this server wait already";
	}
	return NULL;
}

/* --- tickets
 * ------------------------------------------------------------------ */

const char *
queue_add(struct queue *q, struct ticket *t, int64_t now_ms,
    enum box_outcome *why_out)
{
	struct lane *l = find_or_make(q, t);
	const char *why;

	l->used_ms = now_ms;
	t->retry_ms = bucket_wait(&l->bucket, t->rate, now_ms);
	if (t->retry_ms > 0) {
		q->total.rate++;
		*why_out = BOX_OUTCOME_RATE;
		return "this server's calls of the last minute are used up";
	}
	why = refusal(q, l, t);
	if (why != NULL) {
		*why_out = BOX_OUTCOME_BUSY;
		return why;
	}
	bucket_take(&l->bucket, t->rate);
	t->retry_ms = 0;
	t->since_ms = now_ms;
	t->lane = l;
	t->queued = true;
	t->next = NULL;
	t->prev = l->last;
	if (l->last != NULL)
		l->last->next = t;
	else
		l->first = t;
	l->last = t;
	if (l->waiting++ == 0)
		join_turn(q, l);
	q->waiting++;
	q->unchecked += l->checking;
	return NULL;
}

static void
unlink_ticket(struct queue *q, struct ticket *t)
{
	struct lane *l = t->lane;

	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		l->first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	else
		l->last = t->prev;
	t->next = t->prev = NULL;
	t->queued = false;
	q->waiting--;
	q->unchecked -= l->checking;
	if (--l->waiting == 0)
		leave_turn(q, l);
}

void
queue_remove(struct queue *q, struct ticket *t)
{
	bucket_return(&t->lane->bucket, t->rate);
	unlink_ticket(q, t);
	t->lane = NULL;
}

void
queue_grant(struct queue *q, struct ticket *t, int64_t now_ms)
{
	struct lane *l = t->lane;

	unlink_ticket(q, t);
	if (l->waiting > 0) {
		leave_turn(q, l);
		join_turn(q, l);
	}
	t->since_ms = now_ms;
	l->used_ms = now_ms;
	l->running++;
	q->running++;
	q->checking += l->checking;
}

/* An eighth of what is new; the first as it is. */
static void
learn(uint64_t *typical_us, int64_t ms)
{
	uint64_t us = ms > 0 ? (uint64_t)ms * 1000 : 500;

	*typical_us = *typical_us == 0 ? us : (*typical_us * 7 + us) / 8;
}

/* A server with many questions does not take all that there is for them. */
static bool
may_be_away(const struct queue *q, const struct lane *l)
{
	return q->away < q->limits.away && l->away < (q->limits.away + 1) / 2;
}

void
queue_pause(struct queue *q, struct ticket *t, int64_t now_ms)
{
	struct lane *l = t->lane;

	if (t->paused_ms != 0)
		return;
	t->paused_ms = now_ms;
	t->away = !l->checking && may_be_away(q, l);
	if (!t->away)
		return;
	l->running--;
	q->running--;
	l->away++;
	q->away++;
}

void
queue_unpause(struct queue *q, struct ticket *t, int64_t now_ms)
{
	struct lane *l = t->lane;

	if (t->paused_ms == 0)
		return;
	t->since_ms += now_ms - t->paused_ms;
	t->paused_ms = 0;
	if (!t->away)
		return;
	t->away = false;
	l->running++;
	q->running++;
	l->away--;
	q->away--;
}

void
queue_done(struct queue *q, struct ticket *t, int64_t now_ms)
{
	struct lane *l = t->lane;

	queue_unpause(q, t, now_ms);
	learn(&l->typical_us, now_ms - t->since_ms);
	if (!l->checking)
		learn(&q->typical_us, now_ms - t->since_ms);
	l->used_ms = now_ms;
	l->running--;
	q->running--;
	q->checking -= l->checking;
	t->lane = NULL;
}

struct lane *
queue_turn(const struct queue *q, struct lane *at)
{
	while (at != NULL &&
	    (!has_slot(q, at) ||
		at->running >= width(q, at, at->first->concurrency)))
		at = at->next;
	return at;
}

struct ticket *
queue_expired(struct queue *q, int64_t now_ms)
{
	for (struct lane *l = q->first; l != NULL; l = l->next) {
		struct ticket *t = l->first;

		if (now_ms - t->since_ms < QUEUE_PATIENCE_MS)
			continue;
		t->retry_ms = retry_ms(q, l, width(q, l, t->concurrency));
		q->total.expired++;
		return t;
	}
	return NULL;
}
