/*
 * step.h: the steps of the lockdown and the layers they make.
 */
#ifndef MCPBOX_SANDBOXD_WALL_STEP_H
#define MCPBOX_SANDBOXD_WALL_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "attr.h"

/*
 * The layers of the sandbox, in the order in which they are reported.
 * LAYER(name, slug, required, what it holds)
 */
/* clang-format off */
#define LAYER_LIST(LAYER)                                                      \
	LAYER(USER,     "user",          true,  "user namespace, or user ids of its own") \
	LAYER(MOUNT,    "mount",         true,  "mount namespace")             \
	LAYER(PID,      "pid",           true,  "pid namespace for each call") \
	LAYER(NET,      "net",           true,  "network namespace without a network") \
	LAYER(IPC,      "ipc",           true,  "ipc namespace")               \
	LAYER(UTS,      "uts",           true,  "uts namespace")               \
	LAYER(PIVOT,    "pivot_root",    true,  "read-only root with the standard library only") \
	LAYER(CAPS,     "capabilities",  true,  "no capability")               \
	LAYER(NNP,      "no_new_privs",  true,  "privileges cannot be regained") \
	LAYER(SECCOMP,  "seccomp",       true,  "default-deny system call filter") \
	LAYER(LIMITS,   "rlimits",       true,  "memory, cpu, files, processes") \
	LAYER(LANDLOCK, "landlock",      false, "file and network rules of the kernel's LSM") \
	LAYER(CGROUP,   "cgroup",        false, "memory, processes and cpu of a server")
/* clang-format on */

enum layer {
	LAYER_NONE,
#define LAYER(name, slug, required, text) LAYER_##name,
	LAYER_LIST(LAYER)
#undef LAYER
	    LAYER__MAX
};

enum step {
#define STEP(name, layer, what, remedy) STEP_##name,
#include "step.def"
#undef STEP
	STEP__MAX
};

/* "seccomp"; "?" for anything outside the enum. */
const char *layer_name(enum layer l);
bool layer_required(enum layer l);
const char *layer_text(enum layer l);

/* Any number from the wire may be passed: unknown ones give "?". */
const char *step_what(uint32_t step);
const char *step_remedy(uint32_t step);
enum layer step_layer(uint32_t step);

#endif
