/*
 * privs.h: giving up privileges, and proof that they are gone.
 */
#ifndef MCPBOX_PRIVS_H
#define MCPBOX_PRIVS_H

#include <stdbool.h>
#include <sys/types.h>

#include "attr.h"

/* Looks a user up: uid and primary gid. False when unknown. */
bool privs_user(const char *name, uid_t *uid_out, gid_t *gid_out);
/* The same, or a number from 1 to 2147483647: that uid, and the same gid. */
bool privs_user_or_id(
    const char *name, uid_t *uid_out, gid_t *gid_out) ATTR_NODISCARD;
bool privs_group(const char *name, gid_t *gid_out);

/*
 * Becomes uid/gid with no supplementary groups and no capability, checks that
 * the old ids cannot be regained, sets no_new_privs.  Already being that
 * unprivileged user is success.  Any failing step ends the process (status 1)
 * with a log line that names the step: never a warning.
 */
void privs_drop(uid_t uid, gid_t gid);

/* PR_SET_NO_NEW_PRIVS; ends the process when refused. */
void privs_no_new_privs(void);
/* Empties every capability set and the bounding set as far as allowed.
 * Returns 0, or -1 with errno. */
int privs_drop_caps(void) ATTR_NODISCARD;

#endif
