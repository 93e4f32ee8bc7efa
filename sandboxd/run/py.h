/*
 * py.h: the embedded interpreter.  The only file pair that knows Python.h,
 * together with glue.
 */
#ifndef MCPBOX_SANDBOXD_RUN_PY_H
#define MCPBOX_SANDBOXD_RUN_PY_H

#include <stdbool.h>

#include "attr.h"
#include "box.h"
#include "buf.h"

/*
 * Starts an isolated interpreter (no environment, no site, no user files),
 * imports what calls may need and appends JSON about it to about_out.  Python
 * prints what went wrong; false then.
 */
bool py_boot(bool enforce, struct buf *about_out) ATTR_NODISCARD;

/* Around ns_clone in the root zygote: the interpreter's own fork hooks. */
void py_before_clone(void);
void py_after_clone_parent(void);
void py_after_clone_child(void);

/* In a child: fresh state for random; a rehearsal of a call or a check. */
void py_reseed(void);
void py_warm(bool checking);

/* Runs or checks a tool; frames go to descriptor 3, the answer last. */
void py_run(const struct box_run *run);

#endif
