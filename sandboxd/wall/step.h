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
 * LAYER(name, slug, required, what it holds, what to do when it is missing)
 */
/* clang-format off */
#define LAYER_LIST(LAYER)                                                      \
	LAYER(USER,     "user",         true,  "user namespace, or user ids of its own", \
	    "Allow user namespaces, or start sandboxd as root.")              \
	LAYER(MOUNT,    "mount",        true,  "mount namespace",              \
	    "Allow mount namespaces.")                                        \
	LAYER(PID,      "pid",          true,  "pid namespace for each call",  \
	    "Allow pid namespaces.")                                          \
	LAYER(NET,      "net",          true,  "network namespace without a network", \
	    "Allow network namespaces.")                                      \
	LAYER(IPC,      "ipc",          true,  "ipc namespace",                \
	    "Allow ipc namespaces.")                                          \
	LAYER(UTS,      "uts",          true,  "uts namespace",                \
	    "Allow UTS namespaces.")                                          \
	LAYER(PIVOT,    "pivot_root",   true,  "read-only root with the standard library only", \
	    "Allow pivot_root(2) and read-only bind mounts.")                 \
	LAYER(CAPS,     "capabilities", true,  "no capability",                \
	    "Let sandboxd change capabilities.")                              \
	LAYER(NNP,      "no_new_privs", true,  "privileges cannot be regained", \
	    "Use a kernel from 3.5 on.")                                      \
	LAYER(SECCOMP,  "seccomp",      true,  "default-deny system call filter", \
	    "Use a kernel with CONFIG_SECCOMP_FILTER.")                       \
	LAYER(LIMITS,   "rlimits",      true,  "memory, cpu, files, processes", \
	    "Let sandboxd lower resource limits.")                            \
	LAYER(LANDLOCK, "landlock",     false, "file and network rules of the kernel's LSM", \
	    "Use a kernel with Landlock (5.13), named in the lsm= boot parameter.") \
	LAYER(CGROUP,   "cgroup",       false, "memory, processes and cpu of a server", \
	    "Start sandboxd by systemd with Delegate=yes, on cgroup v2.")
/* clang-format on */

enum layer {
	LAYER_NONE,
#define LAYER(name, slug, required, text, remedy) LAYER_##name,
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
const char *layer_remedy(enum layer l);

/* Any number from the wire may be passed: unknown ones give "?". */
const char *step_what(uint32_t step);
const char *step_remedy(uint32_t step);
enum layer step_layer(uint32_t step);

#endif
