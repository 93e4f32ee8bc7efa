/*
 * landlock.h: the second lock on files and sockets, where the kernel has it.
 */
#ifndef MCPBOX_SANDBOXD_WALL_LANDLOCK_H
#define MCPBOX_SANDBOXD_WALL_LANDLOCK_H

#include "attr.h"

/* ABI version, 0 when the kernel has none or it is switched off. */
int landlock_abi(void);

/*
 * A ruleset that handles every right this ABI knows and grants only reading
 * below `paths` (folders and files, NULL-terminated; missing ones are skipped).
 * A close-on-exec descriptor, or -1 with errno.
 */
int landlock_ruleset(const char *const *paths) ATTR_NODISCARD;
/* The same for one who lives by the network: its rights are left alone. */
int landlock_ruleset_files(const char *const *paths) ATTR_NODISCARD;

/* This thread enters it for good (no_new_privs must be set). 0 or -1. */
int landlock_enter(int ruleset) ATTR_NODISCARD;

#endif
