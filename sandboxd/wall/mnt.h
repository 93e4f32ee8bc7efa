/*
 * mnt.h: the jail's file system: an empty read-only tmpfs with the
 * interpreter's library and the time zones bound into it.
 */
#ifndef MCPBOX_SANDBOXD_WALL_MNT_H
#define MCPBOX_SANDBOXD_WALL_MNT_H

#include "attr.h"

/* What is bound read-only, at the same path inside; NULL ends it. */
extern const char *const mnt_shared[];

/* Each returns 0, or -1 with errno; to be called in this order, in a mount
 * namespace of our own. */
int mnt_private(void) ATTR_NODISCARD; /* nothing propagates out or in */
int mnt_tmpfs(void) ATTR_NODISCARD;   /* the new root */
int mnt_bind(void) ATTR_NODISCARD;    /* mnt_shared into it */
int mnt_pivot(void) ATTR_NODISCARD;   /* it becomes /, the old one goes */
int mnt_seal(void) ATTR_NODISCARD;    /* read-only */

#endif
