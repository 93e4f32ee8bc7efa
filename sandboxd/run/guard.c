/*
 * guard.c: attributes of the interpreter's own types, closed to a tool.
 */
#include "guard.h"

#include <stddef.h>
#include <structmember.h>

struct guarded {
	PyObject base;
	PyObject *real; /* the descriptor that was there */
	PyObject *name;
	PyObject *refuse; /* callable */
};

static PyObject *tool; /* globals of the tool that runs; borrowed, compared */

/* True with a Python error when it is the tool that asks. */
static bool
refused(const struct guarded *g)
{
	PyObject *r;

	if (tool == NULL || PyEval_GetGlobals() != tool)
		return false;
	r = PyObject_CallOneArg(g->refuse, g->name);
	if (r != NULL) {
		Py_DECREF(r);
		PyErr_SetString(PyExc_SystemError, "a guard did not refuse");
	}
	return true;
}

static PyObject *
guarded_get(PyObject *self, PyObject *obj, PyObject *type)
{
	const struct guarded *g = (const struct guarded *)self;
	descrgetfunc get = Py_TYPE(g->real)->tp_descr_get;

	if (refused(g))
		return NULL;
	if (get == NULL)
		return Py_NewRef(g->real);
	return get(g->real, obj, type);
}

static int
guarded_set(PyObject *self, PyObject *obj, PyObject *value)
{
	const struct guarded *g = (const struct guarded *)self;
	descrsetfunc set = Py_TYPE(g->real)->tp_descr_set;

	if (refused(g))
		return -1;
	if (set == NULL) {
		PyErr_SetObject(PyExc_AttributeError, g->name);
		return -1;
	}
	return set(g->real, obj, value);
}

static void
guarded_dealloc(PyObject *self)
{
	struct guarded *g = (struct guarded *)self;

	Py_XDECREF(g->real);
	Py_XDECREF(g->name);
	Py_XDECREF(g->refuse);
	PyObject_Free(self);
}

/* Two types: only a descriptor that can be set hides an object's own value. */
/* clang-format off */
static PyTypeObject data_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "guarded_data",
    .tp_basicsize = sizeof(struct guarded),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = guarded_dealloc,
    .tp_descr_get = guarded_get,
    .tp_descr_set = guarded_set,
};

static PyTypeObject plain_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "guarded",
    .tp_basicsize = sizeof(struct guarded),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = guarded_dealloc,
    .tp_descr_get = guarded_get,
};
/* clang-format on */

bool
guard_init(void)
{
	return PyType_Ready(&data_type) == 0 && PyType_Ready(&plain_type) == 0;
}

static PyObject *
wrap(PyObject *real, PyObject *name, PyObject *refuse)
{
	PyTypeObject *type = Py_TYPE(real)->tp_descr_set != NULL ? &data_type
								 : &plain_type;
	struct guarded *g = PyObject_New(struct guarded, type);

	if (g == NULL)
		return NULL;
	g->real = Py_NewRef(real);
	g->name = Py_NewRef(name);
	g->refuse = Py_NewRef(refuse);
	return (PyObject *)g;
}

PyObject *
guard_py_guard(PyObject *self, PyObject *args)
{
	PyObject *name, *refuse, *real, *own;
	PyTypeObject *type;

	(void)self;
	if (!PyArg_ParseTuple(
		args, "O!UO", &PyType_Type, &type, &name, &refuse))
		return NULL;
	real = PyDict_GetItemWithError(type->tp_dict, name);
	if (real == NULL) {
		if (!PyErr_Occurred())
			PyErr_Format(PyExc_LookupError,
			    "%s has no attribute %R of its own", type->tp_name,
			    name);
		return NULL;
	}
	own = wrap(real, name, refuse);
	if (own == NULL)
		return NULL;
	if (PyDict_SetItem(type->tp_dict, name, own) != 0) {
		Py_DECREF(own);
		return NULL;
	}
	Py_DECREF(own);
	PyType_Modified(type);
	return Py_NewRef(Py_None);
}

PyObject *
guard_py_watch(PyObject *self, PyObject *globals)
{
	(void)self;
	tool = globals;
	return Py_NewRef(Py_None);
}
