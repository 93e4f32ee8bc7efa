/*
 * userns.h: the user ids of a jail, written from outside.
 */
#ifndef MCPBOX_SANDBOXD_USERNS_H
#define MCPBOX_SANDBOXD_USERNS_H

#include <stdint.h>
#include <sys/types.h>

#include "attr.h"
#include "ctl.h"

/*
 * Maps the ids of the fresh user namespace of process `pid`, whose pidfd
 * tells that it is still that process: with CTL_IDS_MAPPED 0.. to
 * base..base+CTL_IDS_RANGE-1, with CTL_IDS_SINGLE 1 to our own.
 * 0, or -1 with errno.
 */
int userns_map(
    pid_t pid, int pidfd, enum ctl_ids ids, uint32_t base) ATTR_NODISCARD;

#endif
