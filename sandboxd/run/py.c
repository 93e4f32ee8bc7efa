/*
 * py.c: the embedded interpreter.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "py.h"

#include "glue.h"
#include "runner.inc"

#define HOME L"/usr"
#define LIBRARY L"/usr/lib/python" MCPBOX_PYTHON

/* Functions of mcpbox_jail.entry, looked up once. */
static PyObject *entry_run, *entry_forget, *entry_reseed;

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

static bool
start(void)
{
	PyPreConfig pre;
	PyConfig config;
	PyStatus s;

	PyPreConfig_InitIsolatedConfig(&pre);
	pre.utf8_mode = 1;
	s = Py_PreInitialize(&pre);
	if (PyStatus_Exception(s))
		return false;
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

static bool
load(bool enforce, struct buf *about_out)
{
	PyObject *module = PyImport_ImportModule("mcpbox_jail.entry");

	if (module == NULL)
		return false;
	entry_run = PyObject_GetAttrString(module, "run");
	entry_forget = PyObject_GetAttrString(module, "forget");
	entry_reseed = PyObject_GetAttrString(module, "reseed");
	if (entry_run == NULL || entry_forget == NULL || entry_reseed == NULL)
		return false;
	return call_into(module, "boot", enforce ? Py_True : Py_False, NULL) &&
	    call_into(module, "summary", NULL, about_out) &&
	    call_into(module, "freeze", NULL, NULL);
}

bool
py_boot(bool enforce, struct buf *about_out)
{
	if (!start())
		return false;
	glue_dry(true);
	if (load(enforce, about_out))
		return true;
	PyErr_Print();
	return false;
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
    PyObject *modules, PyObject *secrets)
{
	PyObject *r = NULL;

	if (code != NULL && args != NULL && modules != NULL && secrets != NULL)
		r = PyObject_CallFunction(entry_run, "iOOOOII", (int)run->kind,
		    code, args, modules, secrets, run->limits.result,
		    run->limits.output);
	Py_XDECREF(code);
	Py_XDECREF(args);
	Py_XDECREF(modules);
	Py_XDECREF(secrets);
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
	    mapping(run->secrets, run->nsecrets));
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
