/*
 * glue.c: the module _mcpbox, through which the Python half sends frames and
 * receives those that answer its requests.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "glue.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "box.h"
#include "clock.h"
#include "fetch.h"
#include "guard.h"
#include "inbox.h"

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

/* --- requests
 * ------------------------------------------------------------------ */

/*
 * Buffers abort when there is no memory left, which would look like a crash:
 * what cannot be had is found out here, and is a MemoryError.
 */
static bool
have_memory(size_t n)
{
	void *probe = malloc(n);

	free(probe);
	return probe != NULL;
}

/* Pairs of bytes; false with a Python error. */
static bool
headers(PyObject *list, struct fetch_pair *out, size_t *n_out)
{
	Py_ssize_t n = PyList_GET_SIZE(list);
	size_t bytes = 0;

	if (n > FETCH_HEADERS_MAX) {
		PyErr_Format(PyExc_ValueError,
		    "a request has at most %d headers", FETCH_HEADERS_MAX);
		return false;
	}
	for (Py_ssize_t i = 0; i < n; i++) {
		Py_ssize_t name, value;

		if (!PyArg_ParseTuple(PyList_GET_ITEM(list, i), "y#y#",
			&out[i].name.p, &name, &out[i].value.p, &value))
			return false;
		out[i].name.n = (size_t)name;
		out[i].value.n = (size_t)value;
		bytes += (size_t)name + (size_t)value;
	}
	if (bytes > FETCH_HEADER_BYTES) {
		PyErr_Format(PyExc_ValueError,
		    "the headers of a request have at most %zu bytes",
		    FETCH_HEADER_BYTES);
		return false;
	}
	*n_out = (size_t)n;
	return true;
}

static bool
fits(const struct fetch_request *r)
{
	if (r->method.n > 32)
		PyErr_SetString(PyExc_ValueError, "the method is too long");
	else if (r->url.n > FETCH_URL_MAX)
		PyErr_Format(PyExc_ValueError, "a URL has at most %d bytes",
		    FETCH_URL_MAX);
	else if (r->body.n > FETCH_BODY_MAX)
		PyErr_Format(PyExc_ValueError,
		    "the body of a request has at most %zu bytes",
		    FETCH_BODY_MAX);
	else if (r->timeout_ms > FETCH_TIMEOUT_MAX ||
	    r->connect_ms > FETCH_TIMEOUT_MAX ||
	    r->read_ms > FETCH_TIMEOUT_MAX || r->write_ms > FETCH_TIMEOUT_MAX ||
	    r->pool_ms > FETCH_TIMEOUT_MAX)
		PyErr_Format(PyExc_ValueError,
		    "a timeout has at most %d milliseconds", FETCH_TIMEOUT_MAX);
	else
		return true;
	return false;
}

static void
send_request(uint32_t id, const struct fetch_request *r)
{
	struct buf b;

	buf_init(&b, FRAME_MAX);
	fetch_request_encode(&b, r);
	glue_send(WIRE_T_FETCH, id, 0, buf_str(&b));
	buf_free(&b);
}

static PyObject *
glue_py_fetch(PyObject *self, PyObject *args)
{
	struct fetch_pair pairs[FETCH_HEADERS_MAX];
	struct fetch_request r = {.headers = pairs};
	Py_ssize_t method, url, body;
	PyObject *list;
	unsigned id;

	(void)self;
	if (!PyArg_ParseTuple(args, "Iy#y#O!z#(IIIII)", &id, &r.method.p,
		&method, &r.url.p, &url, &PyList_Type, &list, &r.body.p, &body,
		&r.timeout_ms, &r.connect_ms, &r.read_ms, &r.write_ms,
		&r.pool_ms))
		return NULL;
	r.method.n = (size_t)method;
	r.url.n = (size_t)url;
	r.has_body = r.body.p != NULL;
	r.body.n = r.has_body ? (size_t)body : 0;
	if (!headers(list, pairs, &r.nheaders) || !fits(&r))
		return NULL;
	/* The frame's payload, and the frame; buffers grow by doubling. */
	if (!have_memory(4 * r.body.n + 4 * FETCH_HEADER_BYTES))
		return PyErr_NoMemory();
	send_request(id, &r);
	Py_RETURN_NONE;
}

static PyObject *
glue_py_drop(PyObject *self, PyObject *args)
{
	unsigned id;

	(void)self;
	if (!PyArg_ParseTuple(args, "I", &id))
		return NULL;
	glue_send(WIRE_T_FETCH_CANCEL, id, 0, STR_NONE);
	Py_RETURN_NONE;
}

static PyObject *
glue_py_ask(PyObject *self, PyObject *args)
{
	unsigned id;
	const char *p;
	Py_ssize_t n;
	uint32_t cap;

	(void)self;
	(void)wire_known(WIRE_T_ASK, WIRE_DOWN, &cap);
	if (!PyArg_ParseTuple(args, "Iy#", &id, &p, &n))
		return NULL;
	if ((size_t)n > cap) {
		PyErr_SetString(PyExc_ValueError, "not a frame");
		return NULL;
	}
	glue_send(WIRE_T_ASK, id, 0, (struct str){p, (size_t)n});
	Py_RETURN_NONE;
}

static PyObject *
pair_list(const struct fetch_pair *list, size_t n)
{
	PyObject *out = PyList_New((Py_ssize_t)n);

	for (size_t i = 0; out != NULL && i < n; i++) {
		PyObject *one = Py_BuildValue("(y#y#)", list[i].name.p,
		    (Py_ssize_t)list[i].name.n, list[i].value.p,
		    (Py_ssize_t)list[i].value.n);

		if (one == NULL)
			Py_CLEAR(out);
		else
			PyList_SET_ITEM(out, (Py_ssize_t)i, one);
	}
	return out;
}

/* (FETCH_HEAD, id, status, version, [(name, value), ...]) */
static PyObject *
head(const struct wire_frame *f)
{
	struct fetch_head h;
	PyObject *out;

	if (!fetch_head_decode(f->payload, &h))
		_exit(1);
	out = Py_BuildValue("(IIIs#N)", (unsigned)f->type, f->id, h.status,
	    h.version.p, (Py_ssize_t)h.version.n,
	    pair_list(h.headers, h.nheaders));
	fetch_head_free(&h);
	return out;
}

/* (FETCH_DATA or ANSWER, id, bytes) */
static PyObject *
data(const struct wire_frame *f)
{
	return Py_BuildValue("(IIy#)", (unsigned)f->type, f->id, f->payload.p,
	    (Py_ssize_t)f->payload.n);
}

/* (FETCH_DONE, id, end, bytes received, microseconds, message) */
static PyObject *
done(const struct wire_frame *f)
{
	struct fetch_done d;

	if (!fetch_done_decode(f->payload, &d))
		_exit(1);
	return Py_BuildValue("(IIsKKs#)", (unsigned)f->type, f->id,
	    fetch_end_name(d.end), (unsigned long long)d.received,
	    (unsigned long long)d.elapsed_us, d.message.p,
	    (Py_ssize_t)d.message.n);
}

static const struct {
	enum wire_type type;
	PyObject *(*make)(const struct wire_frame *f);
} answers[] = {
    {WIRE_T_FETCH_HEAD, head},
    {WIRE_T_FETCH_DATA, data},
    {WIRE_T_ANSWER, data},
    {WIRE_T_FETCH_DONE, done},
};

static PyObject *
answer(const struct wire_frame *f)
{
	for (size_t i = 0; i < NELEM(answers); i++) {
		if ((uint16_t)answers[i].type == f->type)
			return answers[i].make(f);
	}
	_exit(1);
}

static PyObject *
glue_py_receive(PyObject *self, PyObject *args)
{
	static struct wire_frame f; /* its payload is in the one inbox, too */
	PyThreadState *thread;
	long long ms;
	int64_t until;
	int hold;
	bool more;

	(void)self;
	if (!PyArg_ParseTuple(args, "Lp", &ms, &hold))
		return NULL;
	if (dry) {
		PyErr_SetString(PyExc_RuntimeError, "nothing is sent yet");
		return NULL;
	}
	until = ms >= 0 ? clock_mono_ms() + ms : INBOX_FOREVER;
	while (!inbox_next(&f)) {
		thread = PyEval_SaveThread();
		more = inbox_wait(until, hold != 0);
		PyEval_RestoreThread(thread);
		if (!more)
			Py_RETURN_NONE;
	}
	return answer(&f);
}

static PyObject *
glue_py_hold(PyObject *self, PyObject *args)
{
	(void)self;
	(void)args;
	return PyLong_FromLong(inbox_hold());
}

static PyObject *
glue_py_wake(PyObject *self, PyObject *args)
{
	int thread;

	(void)self;
	if (!PyArg_ParseTuple(args, "i", &thread))
		return NULL;
	inbox_wake(thread);
	Py_RETURN_NONE;
}

/* --- the module
 * ---------------------------------------------------------------- */

static PyMethodDef methods[] = {
    {"send", glue_py_send, METH_VARARGS, "send(type, payload)"},
    {"fetch", glue_py_fetch, METH_VARARGS,
	"fetch(id, method, url, headers, body, (whole, connect, read, write, "
	"pool)), in ms"},
    {"drop", glue_py_drop, METH_VARARGS, "drop(id)"},
    {"ask", glue_py_ask, METH_VARARGS, "ask(id, payload)"},
    {"receive", glue_py_receive, METH_VARARGS,
	"receive(ms, hold) -> a frame's fields, or None"},
    {"hold", glue_py_hold, METH_NOARGS, "hold() -> this thread's id"},
    {"wake", glue_py_wake, METH_VARARGS, "wake(thread)"},
    {"guard", guard_py_guard, METH_VARARGS, "guard(type, name, refuse)"},
    {"watch", guard_py_watch, METH_O, "watch(globals)"},
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
    {"DETACH", WIRE_T_DETACH},
    {"CHANGED", WIRE_T_CHANGED},
    {"RESULT", WIRE_T_RESULT},
    {"ERROR", WIRE_T_ERROR},
    {"FLAG_MEMORY", GLUE_FLAG_MEMORY},
    {"FLAG_OUTPUT", GLUE_FLAG_OUTPUT},
    {"FLAG_CONTENT", BOX_RESULT_CONTENT},
    {"FETCH_HEAD", WIRE_T_FETCH_HEAD},
    {"FETCH_DATA", WIRE_T_FETCH_DATA},
    {"FETCH_DONE", WIRE_T_FETCH_DONE},
    {"ANSWER", WIRE_T_ANSWER},
    {"FOREVER", INBOX_FOREVER},
    {"BODY_MAX", FETCH_BODY_MAX},
    {"URL_MAX", FETCH_URL_MAX},
    {"TIMEOUT_MAX", FETCH_TIMEOUT_MAX},
    {"UNDER_WAY_MAX", FETCH_UNDER_WAY_MAX},
};

static PyObject *
create(void)
{
	PyObject *module = guard_init() ? PyModule_Create(&definition) : NULL;

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
