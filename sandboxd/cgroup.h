/*
 * cgroup.h: memory, processes and cpu of a server, where cgroup v2 is
 * delegated to us (systemd: Delegate=yes).
 */
#ifndef MCPBOX_SANDBOXD_CGROUP_H
#define MCPBOX_SANDBOXD_CGROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "attr.h"

struct cgroup;

/*
 * Our own delegated group: `dir` or, when NULL, the one this process is in.
 * This process moves into a subgroup, then memory, pids and cpu are switched
 * on for the rest.  NULL when that cannot be had; *why_out says why (fixed
 * text).
 */
struct cgroup *cgroup_open(const char *dir, const char **why_out);
void cgroup_free(struct cgroup *g);

/* A group with limits for zygote `index`, and the process in it.  0 or -1. */
int cgroup_add(struct cgroup *g, uint32_t index, pid_t pid) ATTR_NODISCARD;
/* Its processes are gone. */
void cgroup_remove(struct cgroup *g, uint32_t index);
/* Times the OOM killer struck in it. */
uint64_t cgroup_oom_kills(const struct cgroup *g, uint32_t index);

#endif
