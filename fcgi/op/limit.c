/*
 * limit.c: token buckets in shared memory, by the generic cell rate algorithm.
 *
 * A bucket is one number: the time at which it would be full again (ITU-T
 * I.371 calls it the theoretical arrival time).  Taking a token moves it one
 * interval on; a token is there as long as it is at most `burst` intervals
 * ahead.  So one compare-and-swap is the whole update, and nobody has to
 * refill anything.
 *
 * A key may live in any of the WAYS slots of its row.  When all are taken by
 * others the one that is full soonest is thrown out: forgetting it gives its
 * owner little.  Two keys that race for one slot may lose a count; that is
 * allowed here.
 */
#include "op/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "fdio.h"
#include "log.h"
#include "rnd.h"

/* Of the file: another layout has another number. */
#define MAGIC UINT64_C(0x6d63706c696d3031)
#define BOOT_ID_LEN 40
#define ROWS 8192 /* a power of two */
#define WAYS 4
#define MINUTE_NS 60000000000
#define SECOND_NS 1000000000

struct slot {
	_Atomic uint64_t key; /* 0 = free */
	_Atomic int64_t full_ns;
};

struct table {
	uint64_t magic;
	char boot[BOOT_ID_LEN];
	uint64_t seed;
	struct slot slots[ROWS][WAYS];
};

static struct table *table; /* shared; the pointer is set before any fork */

/* Times in the table are of the monotonic clock, which begins anew with the
 * machine. */
static void
boot_id(char out[BOOT_ID_LEN])
{
	size_t n = 0;
	char *p = fdio_read_file(
	    "/proc/sys/kernel/random/boot_id", BOOT_ID_LEN, &n);

	memset(out, 0, BOOT_ID_LEN);
	if (p != NULL)
		memcpy(out, p, n < BOOT_ID_LEN ? n : BOOT_ID_LEN);
	free(p);
}

/* -1: then counts do not survive a restart. */
static int
open_file(const char *home)
{
	char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/run/limits.map", home) < 0)
		log_panic("out of memory", "limits");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && ftruncate(fd, sizeof(*table)) != 0) {
		(void)close(fd);
		fd = -1;
	}
	if (fd < 0)
		log_warning("the rate limits will not survive a restart",
		    LOG_STR("file", path), LOG_STR("error", strerror(errno)));
	free(path);
	return fd;
}

void
limit_init(const char *home)
{
	int fd = home != NULL ? open_file(home) : -1;
	char boot[BOOT_ID_LEN];
	void *p = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE,
	    fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS, fd, 0);

	if (p == MAP_FAILED)
		log_panic("mapping the rate limits failed", NULL);
	if (fd >= 0)
		(void)close(fd);
	table = p;
	boot_id(boot);
	if (table->magic == MAGIC &&
	    memcmp(table->boot, boot, sizeof(boot)) == 0)
		return;
	memset(table->slots, 0, sizeof(table->slots));
	rnd_bytes(&table->seed, sizeof(table->seed));
	memcpy(table->boot, boot, sizeof(boot));
	table->magic = MAGIC;
}

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccd;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}

static uint64_t
hash(const char *what, struct str who)
{
	uint64_t h = table->seed;

	for (const char *p = what; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3;
	h = mix(h);
	for (size_t i = 0; i < who.n; i++)
		h = mix(h ^ (unsigned char)who.p[i]);
	return h == 0 ? 1 : h;
}

static struct slot *
find(uint64_t key)
{
	struct slot *row = table->slots[key & (ROWS - 1)], *oldest = &row[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (atomic_load(&row[i].key) == key)
			return &row[i];
		if (atomic_load(&row[i].full_ns) <
		    atomic_load(&oldest->full_ns))
			oldest = &row[i];
	}
	atomic_store(&oldest->full_ns, 0);
	atomic_store(&oldest->key, key);
	return oldest;
}

static int
whole_seconds(int64_t ns)
{
	return ns <= 0 ? 0 : (int)((ns + SECOND_NS - 1) / SECOND_NS);
}

bool
limit_check(const char *what, struct str who, uint32_t rate, uint32_t burst,
    struct limit_state *out)
{
	struct slot *slot = find(hash(what, who));
	int64_t step = MINUTE_NS / rate, room = step * burst;
	int64_t now = clock_mono_ns();
	int64_t full = atomic_load(&slot->full_ns), next;
	bool taken;

	do {
		next = (full > now ? full : now) + step;
		taken = next - now <= room;
	} while (taken &&
	    !atomic_compare_exchange_weak(&slot->full_ns, &full, next));
	if (!taken)
		next -= step;
	*out = (struct limit_state){
	    .limit = burst,
	    .remaining = taken ? (uint32_t)((room - (next - now)) / step) : 0,
	    .retry_after = taken ? 0 : whole_seconds(next + step - now - room),
	    .reset = whole_seconds(next - now),
	};
	return taken;
}

bool
limit_take(const char *what, struct str who, uint32_t rate, uint32_t burst,
    int *retry_after_out)
{
	struct limit_state state;
	bool taken = limit_check(what, who, rate, burst, &state);

	*retry_after_out = state.retry_after;
	return taken;
}
