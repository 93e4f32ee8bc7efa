/*
 * guard.h: attributes of the interpreter's own types, closed to a tool.
 *
 * The language policy refuses names in a tool's source; a name that is made
 * at run time, and handed to getattr, a format string or a class pattern, is
 * not there.  So the descriptors themselves (a function's globals, a frame's
 * caller) are replaced, once, in the root zygote: they answer the standard
 * library as before and refuse code whose globals are the tool's.  That is
 * still the policy, lint and governance; the wall is the kernel's.
 */
#ifndef MCPBOX_SANDBOXD_RUN_GUARD_H
#define MCPBOX_SANDBOXD_RUN_GUARD_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include "attr.h"

/* Makes the descriptor's types ready.  False with a Python error. */
bool guard_init(void) ATTR_NODISCARD;

/*
 * _mcpbox.guard(type, name, refuse): from now on type.name is guarded;
 * refuse(name) is called for a tool and must raise.
 */
PyObject *guard_py_guard(PyObject *self, PyObject *args);

/* _mcpbox.watch(globals): the tool's are these. */
PyObject *guard_py_watch(PyObject *self, PyObject *globals);

#endif
