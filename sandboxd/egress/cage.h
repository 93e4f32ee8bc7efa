/*
 * cage.h: what mcpbox-egress gives up before it serves.
 *
 * It parses what strangers send, so it keeps nothing that a stranger could
 * want: a user of its own, no capability, no way to a program, to another
 * process, to a file that is not needed for looking names up or checking
 * certificates.  Every step that fails ends the process.
 */
#ifndef MCPBOX_EGRESS_CAGE_H
#define MCPBOX_EGRESS_CAGE_H

#include <sys/types.h>

#include "attr.h"
#include "egress/settings.h"
#include "filter.h"

/* The user to become; our own when we are not root.  Ends the process when
 * the setting names nobody. */
void cage_user(const struct settings *s, uid_t *uid_out, gid_t *gid_out);

/*
 * Becomes that user, dies with `parent`, limits itself, and closes the door
 * behind: Landlock where the kernel has it, seccomp always.
 */
void cage_enter(const struct settings *s, uid_t uid, gid_t gid, pid_t parent);

/* The system calls that are left.  NULL with *why_out on failure. */
struct filter *cage_filter(const char **why_out);

#endif
