/*
 * layers.h: which walls stand, as seen from outside on a live child.
 *
 * Everything comes from the kernel's account of that process in /proc, not
 * from what the code meant to do.
 */
#ifndef MCPBOX_SANDBOXD_LAYERS_H
#define MCPBOX_SANDBOXD_LAYERS_H

#include <stdbool.h>
#include <stdio.h>

#include "attr.h"
#include "buf.h"
#include "ctl.h"
#include "step.h"

#define LAYERS_DETAIL 160

enum layers_state { LAYERS_OFF, LAYERS_ON, LAYERS_MISSING };

struct layers {
	struct {
		enum layers_state state;
		char detail[LAYERS_DETAIL];
	} layer[LAYER__MAX];
};

/*
 * Looks at child `pid`.  `cgroup_why`: why there is none, NULL = there is.
 */
void layers_inspect(
    struct layers *l, int pid, enum ctl_ids ids, const char *cgroup_why);

/*
 * Every required layer is on, and those that `level` (MCPBOX_SANDBOX_MIN_LEVEL)
 * asks for.  Else false and the layer that is not.
 */
bool layers_enough(const struct layers *l, const char *level, enum ctl_ids ids,
    enum layer *missing_out);

/* [{"name","state","required","detail"},...] */
void layers_json(const struct layers *l, struct buf *out);
/* One line each, for people. */
void layers_print(const struct layers *l, FILE *out);

#endif
