/*
 * glue.c: the module _mcpbox, through which the Python half sends frames.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "glue.h"

#include <errno.h>
#include <unistd.h>

/* Above every cap of wire.def. */
#define FRAME_MAX ((size_t)16 * 1024 * 1024)

static bool dry;

void
glue_dry(bool on)
{
	dry = on;
}

/* write(2) and nothing else: a child has no other call for sockets. */
void
glue_write(const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(GLUE_FD, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			_exit(1);
		at += done;
		n -= (size_t)done;
	}
}

void
glue_send(enum wire_type type, uint32_t id, uint32_t flags, struct str payload)
{
	static struct buf out = {.max = FRAME_MAX};

	buf_reset(&out);
	wire_put(&out, type, id, flags, payload);
	if (out.overflow)
		_exit(1);
	/* The rehearsal makes the system call too, with nothing in it. */
	if (dry)
		(void)!write(GLUE_FD, "", 0);
	else
		glue_write(out.p, out.n);
}

static PyObject *
glue_py_send(PyObject *self, PyObject *args)
{
	unsigned type;
	const char *p;
	Py_ssize_t n;
	uint32_t cap;

	(void)self;
	if (!PyArg_ParseTuple(args, "Iy#", &type, &p, &n))
		return NULL;
	if (type > UINT16_MAX || !wire_known((uint16_t)type, WIRE_DOWN, &cap) ||
	    (size_t)n > cap) {
		PyErr_SetString(PyExc_ValueError, "not a frame");
		return NULL;
	}
	glue_send((enum wire_type)type, 0, 0, (struct str){p, (size_t)n});
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"send", glue_py_send, METH_VARARGS, "send(type, payload)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_mcpbox",
    .m_size = -1,
    .m_methods = methods,
};

static const struct {
	const char *name;
	long value;
} constants[] = {
    {"OUTPUT", WIRE_T_OUTPUT},
    {"PROGRESS", WIRE_T_PROGRESS},
    {"LOG", WIRE_T_LOG},
    {"RESULT", WIRE_T_RESULT},
    {"ERROR", WIRE_T_ERROR},
    {"FLAG_MEMORY", GLUE_FLAG_MEMORY},
    {"FLAG_OUTPUT", GLUE_FLAG_OUTPUT},
};

static PyObject *
create(void)
{
	PyObject *module = PyModule_Create(&definition);

	for (size_t i = 0; module != NULL && i < NELEM(constants); i++) {
		if (PyModule_AddIntConstant(
			module, constants[i].name, constants[i].value) != 0)
			Py_CLEAR(module);
	}
	return module;
}

void
glue_register(void)
{
	if (PyImport_AppendInittab("_mcpbox", create) != 0)
		abort();
}
