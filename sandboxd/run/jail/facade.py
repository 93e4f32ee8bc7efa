"""What a tool gets when it imports an approved module.

A facade is a module object that holds only the approved public names: the
real module's own imports (random._os, json.decoder.scanner) stay out of
reach.  All facades are made once, in the root zygote; a tool that changes one
changes only its own process.
"""

import dataclasses
import importlib
import sys
import types

from . import http_api, policy, seal

_facades = {}
_Module = types.ModuleType
_nothing = _Module("nothing")


def _public(module, name):
    names = getattr(module, "__all__", None)
    if names is None:
        names = [n for n in vars(module) if not n.startswith("_")]
    elif name == "asyncio":
        names = list(names) + ["TimeoutError", "timeout", "TaskGroup"]
    return names


def _absent(module, real):
    """What a facade says about a name that it has not."""

    def missing(name):
        if hasattr(real, name):
            raise policy.AttributeRefused(
                "module-attribute", policy.attribute_refusal(module, name)
            )
        raise AttributeError("module %r has no attribute %r" % (module, name))

    return missing


def make(name):
    """A facade of an importable module by the policy's row."""
    real = importlib.import_module(name)
    facade = _Module(name, real.__doc__)
    space = facade.__dict__
    exported = []
    for attr in _public(real, name):
        if not policy.attribute_allowed(name, attr):
            continue
        try:
            value = getattr(real, attr)
        except AttributeError:
            continue
        if isinstance(value, _Module):
            continue
        space[attr] = seal.REPLACED.get((name, attr), value)
        exported.append(attr)
    space["__all__"] = exported
    space["__getattr__"] = _absent(name, real)
    for hidden in ("__loader__", "__spec__", "__package__"):
        space.pop(hidden, None)
    return facade


def add(name):
    """The facade of `name`, made and tied to its package's if needed."""
    facade = _facades.get(name)
    if facade is not None:
        return facade
    parent, _, last = name.rpartition(".")
    if name in policy.PACKAGES:
        facade = _Module(name)
        facade.__all__ = []
    else:
        facade = make(name)
    _facades[name] = facade
    if parent:
        setattr(add(parent), last, facade)
    return facade


def prepare():
    """Facades of every approved module; root zygote only."""
    _facades["httpx"] = http_api.http
    for name in sorted(policy.MODULES):
        add(name)
    _teach_dataclasses()


def _teach_dataclasses():
    """`x: "typing.ClassVar[int]"` is recognised by the identity of typing,
    which for a tool is its facade."""
    original = dataclasses._is_type

    def is_type(annotation, cls, a_module, a_type, predicate):
        if original(annotation, cls, a_module, a_type, predicate):
            return True
        facade = _facades.get(a_module.__name__)
        return facade is not None and original(
            annotation, cls, facade, a_type, lambda v, _: predicate(v, a_module)
        )

    dataclasses._is_type = is_type


def get(name):
    return _facades.get(name)


THERE, REFUSED, UNKNOWN = "there", "refused", "unknown"


def state(module, name):
    """What a tool finds when it looks for module.name: THERE, REFUSED or
    UNKNOWN; THERE for modules that are not loaded."""
    one = _facades.get(module)
    if one is None or module in policy.PACKAGES or hasattr(one, name):
        return THERE
    real = sys.modules.get(module)
    return REFUSED if real is not None and hasattr(real, name) else UNKNOWN


class Importer:
    """The __import__ of a tool under an enforced policy."""

    __slots__ = ("granted",)

    def __init__(self, granted):
        self.granted = frozenset(granted)

    def _one(self, name):
        facade = _facades.get(name)
        if facade is not None:
            return facade
        if name in self.granted:
            try:
                return add(name)
            except ImportError:
                raise ImportError(
                    "module %r is granted but not installed" % name, name=name
                ) from None
        raise policy.ImportRefused(
            "import",
            "module %r is not approved for this tool; approved are the "
            "modules of the language policy and those an administrator granted"
            % name,
        )

    def __call__(self, name, globals=None, locals=None, fromlist=(), level=0):
        if level != 0:
            raise policy.ImportRefused(
                "import", "a tool is one file: relative imports do not work"
            )
        name = str.__str__(name)
        if type(fromlist) is list and not fromlist and name in sys.modules:
            # The interpreter's own C code (strptime and the like): it takes
            # the module from sys.modules and ignores what it gets here.
            return _nothing
        facade = self._one(name)
        if fromlist:
            for attr in fromlist:
                if attr != "*" and not hasattr(facade, attr):
                    self._submodule(name, attr)
            return facade
        top = name.partition(".")[0]
        # `import a.b` binds a, whose facade holds b.
        return facade if top == name else add(top)

    def _submodule(self, name, attr):
        full = "%s.%s" % (name, attr)
        if name in policy.PACKAGES or policy.module_allowed(full, self.granted):
            self._one(full)
            return
        real = sys.modules.get(name)
        if real is not None and hasattr(real, attr):
            raise policy.ImportRefused(
                "module-attribute", policy.attribute_refusal(name, attr)
            )
