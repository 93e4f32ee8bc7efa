/*
 * limit.h: resource limits of a child.
 *
 * They are set thrice: by the zygote what its children inherit and it can
 * live with itself, by each child the rest during the lockdown, and those of
 * the run when it arrives, before any code of the tool.  Soft and hard are
 * equal, so that they can only go down.
 */
#ifndef MCPBOX_SANDBOXD_WALL_LIMIT_H
#define MCPBOX_SANDBOXD_WALL_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"

#define LIMIT_THREADS_MAX 64

/* 0 or -1 with errno. */
int limit_zygote(void) ATTR_NODISCARD;
int limit_child(void) ATTR_NODISCARD;

/*
 * The run's own: `memory` bytes beyond `base` (what the interpreter occupies
 * already), `cpu_s` seconds beyond what this process has used, `threads`
 * including the main one.  `shared_uid`: siblings count as well, so only
 * `threads` 1 is exact.  0 or -1 with errno.
 */
int limit_run(uint64_t base, uint64_t memory, uint32_t cpu_ms, uint32_t threads,
    bool shared_uid) ATTR_NODISCARD;

#endif
