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
#include "option.h"

/*
 * Starts an isolated interpreter (no environment, no site, no user files),
 * imports what calls may need and appends JSON about it to about_out.  Python
 * prints what went wrong; false then.
 */
bool py_boot(const struct options *o, struct buf *about_out) ATTR_NODISCARD;

/*
 * When all is loaded: nothing that lives now is ever looked at by the garbage
 * collector, and what a call makes comes to lie side by side.
 */
void py_freeze(const struct options *o);

/*
 * Is it known that a child of this interpreter's version may do without the
 * fork hooks?  What they repair changes from version to version.
 */
bool py_lean_ok(void);

/* Around ns_clone in the root zygote: the interpreter's own fork hooks. */
void py_before_clone(void);
void py_after_clone_parent(void);
void py_after_clone_child(void);

/* In a child: fresh state for random. */
void py_reseed(void);
/* py_run, but nothing is sent and nothing stays. */
void py_rehearse(const struct box_run *run);

/* Runs or checks a tool; frames go to descriptor 3, the answer last. */
void py_run(const struct box_run *run);

#endif
