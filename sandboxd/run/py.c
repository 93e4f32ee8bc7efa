/*
 * py.c: the embedded interpreter.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "py.h"

#include "glue.h"
#include "memory.h"
#include "runner.inc"

#define HOME L"/usr"
/* CPython's allocator for small objects (Objects/obmalloc.c). */
#define SMALL_MAX ((size_t)512)
#define SMALL_STEP ((size_t)16)
#define ARENA ((size_t)1024 * 1024)

#define LIBRARY L"/usr/lib/python" MCPBOX_PYTHON

/* Functions of mcpbox_jail.entry, looked up once. */
static PyObject *entry_run, *entry_forget, *entry_reseed, *entry_freeze;

/* --- starting ------------------------------------------------------------ */

static PyStatus
configure(PyConfig *config)
{
	static const wchar_t *const paths[] = {LIBRARY, LIBRARY "/lib-dynload"};
	PyStatus s;

	PyConfig_InitIsolatedConfig(config);
	config->site_import = 0;
	config->install_signal_handlers = 0;
	config->write_bytecode = 0;
	config->parse_argv = 0;
	config->module_search_paths_set = 1;
	s = PyConfig_SetString(config, &config->home, HOME);
	if (PyStatus_Exception(s))
		return s;
	s = PyConfig_SetString(
	    config, &config->program_name, HOME "/bin/python3");
	for (size_t i = 0; i < NELEM(paths) && !PyStatus_Exception(s); i++)
		s = PyWideStringList_Append(
		    &config->module_search_paths, paths[i]);
	return s;
}

static void *
arena(void *ctx, size_t n)
{
	(void)ctx;
	return memory_arena(n);
}

static void
arena_free(void *ctx, void *p, size_t n)
{
	(void)ctx;
	memory_arena_free(p, n);
}

static bool
start(void)
{
	PyObjectArenaAllocator arenas = {NULL, arena, arena_free};
	PyPreConfig pre;
	PyConfig config;
	PyStatus s;

	PyPreConfig_InitIsolatedConfig(&pre);
	pre.utf8_mode = 1;
	s = Py_PreInitialize(&pre);
	if (PyStatus_Exception(s))
		return false;
	PyObject_SetArenaAllocator(&arenas);
	PyImport_FrozenModules = frozen_modules;
	glue_register();
	s = configure(&config);
	if (!PyStatus_Exception(s))
		s = Py_InitializeFromConfig(&config);
	PyConfig_Clear(&config);
	return !PyStatus_Exception(s);
}

static bool
call_into(PyObject *module, const char *name, PyObject *arg, struct buf *out)
{
	PyObject *r = arg != NULL ? PyObject_CallMethod(module, name, "O", arg)
				  : PyObject_CallMethod(module, name, NULL);

	if (r == NULL)
		return false;
	if (out != NULL && PyBytes_Check(r))
		buf_put(out, PyBytes_AS_STRING(r), (size_t)PyBytes_GET_SIZE(r));
	Py_DECREF(r);
	return true;
}

/*
 * Uses up what is free between older objects, so that those to come lie in
 * fresh memory, side by side.
 */
static void
begin_afresh(void)
{
	const char *last, *at;
	unsigned before = memory_arenas(&last);

	while (memory_arenas(&last) == before) {
		if (PyObject_Malloc(SMALL_MAX) == NULL)
			return;
	}
	for (size_t n = SMALL_STEP; n <= SMALL_MAX; n += SMALL_STEP) {
		do
			at = PyObject_Malloc(n);
		while (at != NULL && (at < last || at >= last + ARENA));
	}
}

static bool
find(PyObject *module, const char *name, PyObject **out)
{
	*out = PyObject_GetAttrString(module, name);
	return *out != NULL;
}

/* The library first, which is large and mostly not used by a call. */
static bool
load(const struct options *o, struct buf *about_out)
{
	PyObject *enforce = o->enforce ? Py_True : Py_False;
	PyObject *module = PyImport_ImportModule("mcpbox_jail.stock");

	if (module == NULL || !call_into(module, "load", enforce, NULL))
		return false;
	if (o->pack)
		begin_afresh();
	module = PyImport_ImportModule("mcpbox_jail.entry");
	return module != NULL && find(module, "run", &entry_run) &&
	    find(module, "forget", &entry_forget) &&
	    find(module, "reseed", &entry_reseed) &&
	    find(module, "freeze", &entry_freeze) &&
	    call_into(module, "boot", enforce, NULL) &&
	    call_into(module, "summary", NULL, about_out);
}

bool
py_boot(const struct options *o, struct buf *about_out)
{
	bool ok;

	if (!start())
		return false;
	glue_dry(true);
	ok = load(o, about_out);
	glue_dry(false);
	if (!ok)
		PyErr_Print();
	return ok;
}

void
py_freeze(const struct options *o)
{
	PyObject *r = PyObject_CallNoArgs(entry_freeze);

	if (r == NULL)
		PyErr_Clear();
	Py_XDECREF(r);
	if (o->pack)
		begin_afresh();
}

/* --- forks ---------------------------------------------------------------- */

bool
py_lean_ok(void)
{
	/* Audited: 3.11. */
	return PY_MAJOR_VERSION == 3 && PY_MINOR_VERSION == 11;
}

void
py_before_clone(void)
{
	PyOS_BeforeFork();
}

void
py_after_clone_parent(void)
{
	PyOS_AfterFork_Parent();
}

void
py_after_clone_child(void)
{
	PyOS_AfterFork_Child();
}

/* --- calls ---------------------------------------------------------------- */

void
py_reseed(void)
{
	PyObject *r = PyObject_CallNoArgs(entry_reseed);

	if (r == NULL)
		PyErr_Clear();
	Py_XDECREF(r);
}

static PyObject *
text(struct str s)
{
	return PyUnicode_DecodeUTF8(
	    s.n > 0 ? s.p : "", (Py_ssize_t)s.n, "strict");
}

static PyObject *
names(const struct str *list, size_t n)
{
	PyObject *tuple = PyTuple_New((Py_ssize_t)n);

	for (size_t i = 0; tuple != NULL && i < n; i++) {
		PyObject *one = text(list[i]);

		if (one == NULL)
			Py_CLEAR(tuple);
		else
			PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, one);
	}
	return tuple;
}

static PyObject *
mapping(const struct box_pair *pairs, size_t n)
{
	PyObject *dict = PyDict_New();

	for (size_t i = 0; dict != NULL && i < n; i++) {
		PyObject *name = text(pairs[i].name);
		PyObject *value = text(pairs[i].value);

		if (name == NULL || value == NULL ||
		    PyDict_SetItem(dict, name, value) != 0)
			Py_CLEAR(dict);
		Py_XDECREF(name);
		Py_XDECREF(value);
	}
	return dict;
}

/* Steals the references it gets; any of them may be NULL. */
static PyObject *
invoke(const struct box_run *run, PyObject *code, PyObject *args,
    PyObject *modules, PyObject *secrets, PyObject *talk)
{
	PyObject *r = NULL;

	if (code != NULL && args != NULL && modules != NULL &&
	    secrets != NULL && talk != NULL)
		r = PyObject_CallFunction(entry_run, "iOOOOIIiiO",
		    (int)run->kind, code, args, modules, secrets,
		    run->limits.result, run->limits.output, (int)run->entry,
		    (int)run->ask, talk);
	Py_XDECREF(code);
	Py_XDECREF(args);
	Py_XDECREF(modules);
	Py_XDECREF(secrets);
	Py_XDECREF(talk);
	return r;
}

/* When even the description of an error could not be made. */
static void
give_up(void)
{
	bool memory = PyErr_ExceptionMatches(PyExc_MemoryError);

	PyErr_Clear();
	if (memory)
		glue_send(WIRE_T_ERROR, 0, GLUE_FLAG_MEMORY,
		    STR_LIT("{\"type\":\"MemoryError\",\"message\":"
			    "\"out of memory\"}"));
	else
		glue_send(WIRE_T_ERROR, 0, 0,
		    STR_LIT("{\"type\":\"RuntimeError\",\"message\":"
			    "\"the tool's error cannot be described\"}"));
}

void
py_run(const struct box_run *run)
{
	unsigned type, flags, dropped;
	const char *p;
	Py_ssize_t n;
	PyObject *r;

	r = invoke(run, text(run->code), text(run->args),
	    names(run->modules, run->nmodules),
	    mapping(run->secrets, run->nsecrets), text(run->talk));
	if (r == NULL ||
	    !PyArg_ParseTuple(r, "IIy#I", &type, &flags, &p, &n, &dropped)) {
		give_up();
		return;
	}
	glue_send(
	    (enum wire_type)type, dropped, flags, (struct str){p, (size_t)n});
}

void
py_rehearse(const struct box_run *run)
{
	PyObject *r;

	glue_dry(true);
	py_run(run);
	glue_dry(false);
	r = PyObject_CallNoArgs(entry_forget);
	if (r == NULL)
		PyErr_Clear();
	Py_XDECREF(r);
}
