"""Closes the interpreter's own structures to a tool that runs.

`lint` sees names that are written.  A name that is put together, in a format
string, a class pattern or getattr, is refused here: the descriptors of the
attributes in policy.SEALED are replaced by ones that refuse the tool's code
and answer the standard library's (guard.c).  And functions of the library
that would read an attribute on a tool's behalf, by a name it gives, get a
replacement that looks at the name first.
"""

import builtins
import contextlib
import dataclasses
import functools
import keyword
import sys
import types
import typing

import _mcpbox

from . import policy

_TYPES = {
    "function": types.FunctionType,
    "method": types.MethodType,
    "builtin_function_or_method": types.BuiltinFunctionType,
    "generator": types.GeneratorType,
    "coroutine": types.CoroutineType,
    "async_generator": types.AsyncGeneratorType,
    "frame": types.FrameType,
    "traceback": types.TracebackType,
    "type": type,
    "module": types.ModuleType,
    "BaseException": BaseException,
    "ForwardRef": typing.ForwardRef,
}


def _check(names):
    for name in names:
        if str(name) in policy.INTROSPECTION and name != "__dict__":
            policy.refuse_name(name)
    return names


def update_wrapper(wrapper, wrapped, assigned=functools.WRAPPER_ASSIGNMENTS,
                   updated=functools.WRAPPER_UPDATES):
    """functools.update_wrapper, for names that a tool may use."""
    return functools.update_wrapper(
        wrapper, wrapped, _check(tuple(assigned)), _check(tuple(updated))
    )


def wraps(wrapped, assigned=functools.WRAPPER_ASSIGNMENTS, updated=functools.WRAPPER_UPDATES):
    """functools.wraps, for names that a tool may use."""
    return functools.wraps(wrapped, _check(tuple(assigned)), _check(tuple(updated)))


class redirect_stdout(contextlib.AbstractContextManager):
    """print() goes to another file; the original lets a subclass name any
    attribute of sys."""

    def __init__(self, new_target):
        self.__target = new_target
        self.__before = []

    def __enter__(self):
        self.__before.append(sys.stdout)
        sys.stdout = self.__target
        return self.__target

    def __exit__(self, *exc):
        sys.stdout = self.__before.pop()


class redirect_stderr(contextlib.AbstractContextManager):
    """The same for sys.stderr."""

    def __init__(self, new_target):
        self.__target = new_target
        self.__before = []

    def __enter__(self):
        self.__before.append(sys.stderr)
        sys.stderr = self.__target
        return self.__target

    def __exit__(self, *exc):
        sys.stderr = self.__before.pop()


# What a tool gets instead: (module, name).
REPLACED = {
    ("functools", "update_wrapper"): update_wrapper,
    ("functools", "wraps"): wraps,
    ("contextlib", "redirect_stdout"): redirect_stdout,
    ("contextlib", "redirect_stderr"): redirect_stderr,
}


def _teach_dataclasses():
    """A field's name becomes part of generated code."""
    original = dataclasses._get_field

    def get_field(cls, name, *rest):
        if not name.isidentifier() or keyword.iskeyword(name):
            raise policy.PolicyError("introspection", "%r is no name for a field" % name)
        if name in policy.INTROSPECTION:
            policy.refuse_name(name)
        return original(cls, name, *rest)

    dataclasses._get_field = get_field


def directory(*args):
    """dir(), which reads the classes of an object."""
    if args:
        return builtins.dir(*args)
    return sorted(sys._getframe(1).f_locals)


directory.__name__ = directory.__qualname__ = "dir"


def prepare():
    """Once, in the root zygote."""
    _teach_dataclasses()
    for kind, names in policy.SEALED.items():
        for name in names.split():
            _mcpbox.guard(_TYPES[kind], name, policy.refuse_name)
