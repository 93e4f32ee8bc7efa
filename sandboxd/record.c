/*
 * record.c: which pages of memory the calls of a server write.
 */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "jail.h"
#include "log.h"
#include "pages.h"

#define CALLS_OF_CODE 3 /* looked at */
#define CODES_MAX 32    /* whose calls are looked at, by zygote */
#define COUNTS_MAX 2048 /* different pages */

struct record {
	bool refused;
	bool mapped_known;
	struct pages mapped; /* the zygote's memory: children have the same */
	unsigned calls;      /* looked at */
	size_t ncodes;
	struct {
		uint64_t code;
		unsigned calls;
	} codes[CODES_MAX];
	size_t ncounts; /* sorted by page */
	struct count {
		uint64_t page;
		unsigned n;
	} counts[COUNTS_MAX];
	struct pages told;
};

struct record *
record_new(void)
{
	struct record *r = calloc(1, sizeof(*r));

	if (r == NULL)
		log_panic("out of memory", "record");
	return r;
}

void
record_free(struct record *r)
{
	free(r);
}

/* FNV-1a. */
static uint64_t
hash(struct str s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h != 0 ? h : 1;
}

uint64_t
record_code(const struct box_run *run)
{
	/* What is approved comes again; a draft does not. */
	if (run->kind != BOX_KIND_CALL)
		return 0;
	return hash(run->digest.n > 0 ? run->digest : run->code);
}

/* Is this call one to look at?  It counts then. */
static bool
choose(struct record *r, uint64_t code)
{
	size_t i = 0;

	while (i < r->ncodes && r->codes[i].code != code)
		i++;
	if (i == CODES_MAX)
		return false;
	if (i == r->ncodes) {
		r->codes[i].code = code;
		r->codes[i].calls = 0;
		r->ncodes++;
	}
	if (r->codes[i].calls == CALLS_OF_CODE)
		return false;
	r->codes[i].calls++;
	return true;
}

/* --- counting ------------------------------------------------------------- */

/* One more call wrote this page.  *at: where to look from. */
static void
count(struct record *r, uint64_t page, size_t *at)
{
	while (*at < r->ncounts && r->counts[*at].page < page)
		(*at)++;
	if (*at < r->ncounts && r->counts[*at].page == page) {
		r->counts[*at].n++;
		return;
	}
	if (r->ncounts == COUNTS_MAX)
		return;
	memmove(&r->counts[*at + 1], &r->counts[*at],
	    (r->ncounts - *at) * sizeof(r->counts[0]));
	r->counts[*at] = (struct count){page, 1};
	r->ncounts++;
}

static void
count_all(struct record *r, const struct pages *written)
{
	size_t at = 0;

	r->calls++;
	for (size_t i = 0; i < written->n; i++) {
		for (uint64_t k = 0; k < written->v[i].n; k++)
			count(r, written->v[i].first + k, &at);
	}
}

/* Those that at least half of the calls wrote. */
static void
choose_pages(const struct record *r, struct pages *out)
{
	out->n = 0;
	for (size_t i = 0; i < r->ncounts; i++) {
		if (r->counts[i].n * 2 >= r->calls)
			pages_append(out, r->counts[i].page);
	}
}

/* --- looking ----------------------------------------------------------------
 */

static bool
look(struct record *r, int zygote, int pid, struct pages *written)
{
	if (!r->mapped_known) {
		if (!pages_mapped(zygote, &r->mapped))
			return false;
		r->mapped_known = true;
	}
	return pages_written(pid, &r->mapped, written);
}

static void
tell(struct jail *j, const struct pages *p)
{
	struct ctl m = {.type = CTL_PAGES};
	struct record *r = j->record;
	struct buf text;

	if (p->n == r->told.n &&
	    memcmp(p->v, r->told.v, p->n * sizeof(p->v[0])) == 0)
		return;
	buf_init(&text, CTL_TEXT_MAX);
	pages_encode(&text, p);
	m.text = buf_str(&text);
	/* A full queue: it is told after another call, or not at all. */
	if (!text.overflow && ctl_send(j->sock, &m, NULL, 0) == 0)
		r->told = *p;
	buf_free(&text);
}

void
record_answered(struct jail *j, int pid, uint64_t code)
{
	static struct pages written, common;
	struct record *r = j->record;

	if (r == NULL || r->refused || code == 0 || pid <= 0 ||
	    j->state != JAIL_OPEN || !choose(r, code))
		return;
	if (!look(r, j->pid, pid, &written)) {
		/* A child may die under our eyes. */
		r->refused = errno == EACCES || errno == EPERM;
		return;
	}
	count_all(r, &written);
	choose_pages(r, &common);
	tell(j, &common);
}

/* --- the report
 * --------------------------------------------------------------- */

unsigned
record_pages(const struct record *r)
{
	return r != NULL ? (unsigned)pages_count(&r->told) : 0;
}

const char *
record_state(const struct record *r)
{
	return r == NULL ? "off" : r->refused ? "refused" : "on";
}
