/*
 * pages.c: the memory pages that a call writes.
 */
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fdio.h"

#define PATH_LEN 64
#define MAPS_MAX ((size_t)1024 * 1024)
#define PAGE_SHIFT 12
#define PAGE_LAST (UINT64_C(1) << 36) /* beyond any user address */
#define BATCH 512                     /* entries read at once */

/* Linux, Documentation/admin-guide/mm/pagemap.rst */
#define PM_PRESENT (UINT64_C(1) << 63)
#define PM_EXCLUSIVE (UINT64_C(1) << 56)
#define PM_OWN (PM_PRESENT | PM_EXCLUSIVE)

/* --- sets ------------------------------------------------------------------
 */

size_t
pages_count(const struct pages *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += (size_t)p->v[i].n;
	return n;
}

/* At the end; false when it is full. */
static bool
append(struct pages *p, uint64_t first, uint64_t n, size_t *left)
{
	struct pages_range *last = p->n > 0 ? &p->v[p->n - 1] : NULL;

	if (n > *left)
		n = *left;
	if (n == 0)
		return false;
	if (last != NULL && first <= last->first + last->n) {
		uint64_t end = first + n, had = last->first + last->n;

		if (end > had) {
			last->n += end - had;
			*left -= (size_t)(end - had);
		}
		return true;
	}
	if (p->n == PAGES_RANGES_MAX)
		return false;
	p->v[p->n++] = (struct pages_range){first, n};
	*left -= (size_t)n;
	return true;
}

bool
pages_add(struct pages *to, const struct pages *more)
{
	static struct pages both;
	size_t left = PAGES_MAX, a = 0, b = 0, before = pages_count(to);

	both.n = 0;
	while (a < to->n || b < more->n) {
		const struct pages_range *r;

		if (b == more->n ||
		    (a < to->n && to->v[a].first <= more->v[b].first))
			r = &to->v[a++];
		else
			r = &more->v[b++];
		if (!append(&both, r->first, r->n, &left))
			break;
	}
	to->n = both.n;
	memcpy(to->v, both.v, both.n * sizeof(both.v[0]));
	return pages_count(to) > before;
}

void
pages_append(struct pages *p, uint64_t page)
{
	size_t had = pages_count(p);
	size_t left = had < PAGES_MAX ? PAGES_MAX - had : 0;

	(void)append(p, page, 1, &left);
}

/* Appends what is left of r when `less` is taken out. */
static void
append_rest(struct pages *to, struct pages_range r, const struct pages *less,
    size_t *left)
{
	for (size_t i = 0; i < less->n && r.n > 0; i++) {
		uint64_t from = less->v[i].first, end = from + less->v[i].n;

		if (end <= r.first || from >= r.first + r.n)
			continue;
		if (from > r.first)
			(void)append(to, r.first, from - r.first, left);
		if (end >= r.first + r.n)
			return;
		r.n -= end - r.first;
		r.first = end;
	}
	(void)append(to, r.first, r.n, left);
}

void
pages_take_out(struct pages *from, const struct pages *less)
{
	static struct pages rest;
	size_t left = PAGES_MAX;

	rest.n = 0;
	for (size_t i = 0; i < from->n; i++)
		append_rest(&rest, from->v[i], less, &left);
	from->n = rest.n;
	memcpy(from->v, rest.v, rest.n * sizeof(rest.v[0]));
}

void
pages_encode(struct buf *b, const struct pages *p)
{
	for (size_t i = 0; i < p->n; i++) {
		buf_u64(b, p->v[i].first);
		buf_u32(b, (uint32_t)p->v[i].n);
	}
}

bool
pages_decode(struct str payload, struct pages *out)
{
	struct rd r = rd_from(payload);
	uint64_t end = 0;
	size_t left = PAGES_MAX;

	out->n = 0;
	while (r.n > 0) {
		uint64_t first = rd_u64(&r);
		uint32_t n = rd_u32(&r);

		if (r.bad || n == 0 || n > left || first >= PAGE_LAST - n ||
		    (out->n > 0 && first <= end) || out->n == PAGES_RANGES_MAX)
			return false;
		out->v[out->n++] = (struct pages_range){first, n};
		left -= n;
		end = first + n;
	}
	return true;
}

/* --- looking -----------------------------------------------------------------
 */

static int
open_proc(int pid, const char *name)
{
	char path[PATH_LEN];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* One line of /proc/PID/maps; false at the end of the text. */
static bool
next_map(char **text, uint64_t *first_out, uint64_t *end_out, bool *ours_out)
{
	char *p = *text, *eol = strchr(p, '\n');

	if (eol == NULL)
		return false;
	*text = eol + 1;
	*first_out = strtoull(p, &p, 16) >> PAGE_SHIFT;
	if (*p != '-')
		return false;
	*end_out = strtoull(p + 1, &p, 16) >> PAGE_SHIFT;
	*ours_out = strncmp(p, " rw", 3) == 0 && p[4] == 'p';
	return true;
}

bool
pages_mapped(int pid, struct pages *out)
{
	size_t left = SIZE_MAX;
	char path[PATH_LEN];
	uint64_t first, end;
	char *maps, *at;
	bool ours;

	out->n = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fdio_read_file(path, MAPS_MAX, NULL);
	if (maps == NULL)
		return false;
	at = maps;
	while (next_map(&at, &first, &end, &ours)) {
		if (ours && !append(out, first, end - first, &left))
			break;
	}
	free(maps);
	return true;
}

/* False when it cannot be read, or the set is full. */
static bool
look_at(int fd, uint64_t first, uint64_t end, struct pages *out, size_t *left)
{
	uint64_t entries[BATCH];

	while (first < end) {
		size_t want = end - first < BATCH ? (size_t)(end - first)
						  : BATCH;
		ssize_t got = pread(fd, entries, want * sizeof(entries[0]),
		    (off_t)(first * sizeof(entries[0])));
		size_t n = got > 0 ? (size_t)got / sizeof(entries[0]) : 0;

		if (n == 0)
			return false;
		for (size_t i = 0; i < n; i++) {
			if ((entries[i] & PM_OWN) == PM_OWN &&
			    !append(out, first + i, 1, left))
				return false;
		}
		first += n;
	}
	return true;
}

bool
pages_written(int pid, const struct pages *within, struct pages *out)
{
	size_t left = PAGES_MAX;
	int fd = open_proc(pid, "pagemap");

	out->n = 0;
	if (fd < 0)
		return false;
	for (size_t i = 0; i < within->n; i++) {
		const struct pages_range *r = &within->v[i];

		if (!look_at(fd, r->first, r->first + r->n, out, &left))
			break;
	}
	(void)close(fd);
	return true;
}

/* --- copying -----------------------------------------------------------------
 */

struct iovec
pages_bytes(const struct pages_range *r)
{
	return (struct iovec){(void *)(uintptr_t)(r->first << PAGE_SHIFT),
	    (size_t)r->n << PAGE_SHIFT};
}

void
pages_populate(const struct pages *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct iovec v = pages_bytes(&p->v[i]);

		(void)madvise(v.iov_base, v.iov_len, MADV_POPULATE_WRITE);
	}
}
