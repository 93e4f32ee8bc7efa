/*
 * mark.h: which process is ours.
 *
 * A process number alone proves nothing: numbers are used again, and a folder
 * may be copied or come out of a backup.  So a mark also holds the start time
 * of the process, the boot, and the inode of the folder that the mark was
 * written into.  Only if all agree does the number name our process.
 */
#ifndef MCPBOX_KEEP_MARK_H
#define MCPBOX_KEEP_MARK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "table.h"

struct mark {
	pid_t pid;
	uint64_t started; /* clock ticks since boot, from /proc/PID/stat */
	char stamp[TABLE_STAMP_MAX];
	char conf[TABLE_STAMP_MAX];
};

/* Writes `dir`/NAME for a process that runs now; false with errno. */
bool mark_write(const char *dir, const char *name, pid_t pid, const char *stamp,
    const char *conf) ATTR_NODISCARD;
/*
 * Reads `dir`/NAME.  A pidfd of the living process that it names, or -1 when
 * there is none (never started, gone, or not ours).
 */
int mark_open(const char *dir, const char *name, struct mark *out);
void mark_remove(const char *dir, const char *name);
/* Seconds that the marked process has lived. */
int64_t mark_age_s(const struct mark *m);

#endif
