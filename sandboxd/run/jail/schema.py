"""Annotations to JSON Schema (2020-12), from the syntax tree alone.

Nothing of the tool is executed: names are resolved against what the module
defines at its top level (TypedDict, dataclass, Enum, NamedTuple, NewType and
aliases) and against the well-known names of typing, collections.abc, datetime
and friends.  What cannot be derived accepts any value and is reported.
"""

import ast

DEPTH = 12  # of nested types

_SIMPLE = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "complex": None,
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "NoneType": {"type": "null"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "UUID": {"type": "string", "format": "uuid"},
    "Decimal": {"type": ["number", "string"]},
    "Any": {},
    "object": {},
    "dict": {"type": "object"},
    "list": {"type": "array"},
    "tuple": {"type": "array"},
    "set": {"type": "array", "uniqueItems": True},
}
_ALIAS = {
    "List": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Iterable": "list",
    "Collection": "list",
    "deque": "list",
    "Deque": "list",
    "Dict": "dict",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "OrderedDict": "dict",
    "DefaultDict": "dict",
    "defaultdict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "set",
    "frozenset": "set",
    "AbstractSet": "set",
    "MutableSet": "set",
    "Text": "str",
    "AnyStr": "str",
    "LiteralString": "str",
}
_WRAPPERS = frozenset(("Final", "ClassVar", "Required", "NotRequired", "ReadOnly"))
_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))


class Unknown(Exception):
    """The annotation is beyond us; the text says which part."""


def last_name(node):
    """The last part of a (dotted) name, or None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and node.value is None:
        return "None"
    return None


def constant(node):
    """(True, value) when the expression is a JSON value."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False, None
    return (True, value) if _is_json(value, DEPTH) else (False, None)


def _is_json(value, depth):
    if depth == 0:
        return False
    if value is None or isinstance(value, (str, bool, int)):
        return True
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    if isinstance(value, (list, tuple)):
        return all(_is_json(v, depth - 1) for v in value)
    if isinstance(value, dict):
        return all(
            isinstance(k, str) and _is_json(v, depth - 1) for k, v in value.items()
        )
    return False


class Types:
    """The types a module defines, and how to write them as schemas."""

    def __init__(self, tree):
        self.classes = {}
        self.aliases = {}
        self.renamed = {}
        for node in tree.body:
            self._define(node)

    def _define(self, node):
        if isinstance(node, ast.ClassDef):
            self.classes[node.name] = node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            if isinstance(node.targets[0], ast.Name):
                self.aliases[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            if isinstance(node.target, ast.Name):
                self.aliases[node.target.id] = node.value
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                if name.asname:
                    self.renamed[name.asname] = name.name

    def schema(self, node, depth=DEPTH, seen=()):
        """A new schema dict; raises Unknown."""
        if depth == 0:
            raise Unknown("the type is nested too deeply")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._quoted(node.value, depth, seen)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._union(_flatten(node), depth, seen)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, depth, seen)
        name = last_name(node)
        if name is None:
            raise Unknown(ast.unparse(node)[:80])
        return self._named(name, isinstance(node, ast.Name), depth, seen)

    def _quoted(self, text, depth, seen):
        try:
            inner = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError):
            raise Unknown(text[:80]) from None
        return self.schema(inner, depth - 1, seen)

    def _named(self, name, plain, depth, seen):
        if plain:
            own = self._own(name, depth, seen)
            if own is not None:
                return own
            name = self.renamed.get(name, name)
        simple = _SIMPLE.get(_ALIAS.get(name, name))
        if simple is None:
            raise Unknown(name)
        return dict(simple)

    def _own(self, name, depth, seen):
        """The schema of a type that the module itself defines."""
        if name in seen:
            return {"type": "object"}  # it contains itself
        seen = seen + (name,)
        if name in self.classes:
            return self._class(self.classes[name], depth, seen)
        if name in self.aliases:
            return self._alias(self.aliases[name], depth, seen)
        return None

    def _alias(self, node, depth, seen):
        if isinstance(node, ast.Call):
            made = last_name(node.func)
            if made == "NewType" and len(node.args) == 2:
                return self.schema(node.args[1], depth - 1, seen)
            if made == "TypedDict" and len(node.args) >= 2:
                return self._functional(node, depth, seen)
            if made in _ENUMS and len(node.args) == 2:
                return self._enum_call(node)
            raise Unknown(ast.unparse(node)[:80])
        return self.schema(node, depth - 1, seen)

    # --- generic types ---

    def _subscript(self, node, depth, seen):
        name = last_name(node.value)
        name = self.renamed.get(name, name)
        args = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return _literal(args)
        if name == "Optional":
            return self._union(args + [ast.Constant(None)], depth, seen)
        if name == "Union":
            return self._union(args, depth, seen)
        if name == "Annotated":
            schema = self.schema(args[0], depth - 1, seen)
            text = annotated_text(node)
            if text:
                schema["description"] = text
            return schema
        if name in _WRAPPERS:
            return self.schema(args[0], depth - 1, seen)
        kind = _ALIAS.get(name, name)
        if kind in ("list", "set"):
            schema = dict(_SIMPLE[kind])
            return self._with(schema, "items", args[0], depth, seen)
        if kind == "dict":
            if len(args) != 2:
                raise Unknown(ast.unparse(node)[:80])
            return self._with(
                {"type": "object"}, "additionalProperties", args[1], depth, seen
            )
        if kind == "tuple":
            return self._tuple(args, depth, seen)
        raise Unknown(ast.unparse(node)[:80])

    def _with(self, schema, key, node, depth, seen):
        inner = self.schema(node, depth - 1, seen)
        if inner:
            schema[key] = inner
        return schema

    def _tuple(self, args, depth, seen):
        if len(args) == 2 and _is_ellipsis(args[1]):
            return self._with({"type": "array"}, "items", args[0], depth, seen)
        if len(args) == 1 and isinstance(args[0], ast.Tuple):
            args = args[0].elts  # tuple[()]
        schema = {
            "type": "array",
            "minItems": len(args),
            "maxItems": len(args),
        }
        if args:
            schema["prefixItems"] = [self.schema(a, depth - 1, seen) for a in args]
            schema["items"] = False
        return schema

    def _union(self, nodes, depth, seen):
        options = []
        for node in nodes:
            one = self.schema(node, depth - 1, seen)
            for option in one["anyOf"] if set(one) == {"anyOf"} else [one]:
                if option not in options:
                    options.append(option)
        if {} in options:
            return {}
        return options[0] if len(options) == 1 else {"anyOf": options}

    # --- classes ---

    def _class(self, node, depth, seen):
        bases = [last_name(b.value if isinstance(b, ast.Subscript) else b) for b in node.bases]
        if any(b in _ENUMS for b in bases):
            return _enum_class(node)
        if "TypedDict" in bases or self._inherits(bases, "TypedDict"):
            return self._typed_dict(node, depth, seen)
        if "NamedTuple" in bases or _is_dataclass(node):
            return self._fields(node, depth, seen)
        raise Unknown(
            "%s (only TypedDict, dataclass, NamedTuple and Enum classes have a schema)"
            % node.name
        )

    def _inherits(self, bases, wanted, depth=DEPTH):
        for base in bases:
            node = self.classes.get(base)
            if node is None or depth == 0:
                continue
            names = [last_name(b) for b in node.bases]
            if wanted in names or self._inherits(names, wanted, depth - 1):
                return True
        return False

    def _parents(self, node, depth, seen, properties, required):
        for base in node.bases:
            name = last_name(base)
            if name in self.classes and name not in seen and depth > 1:
                schema = self._class(self.classes[name], depth - 1, seen + (name,))
                properties.update(schema.get("properties", {}))
                required.extend(schema.get("required", ()))

    def _typed_dict(self, node, depth, seen):
        total = True
        for keyword in node.keywords:
            if keyword.arg == "total":
                total = constant(keyword.value)[1] is not False
        properties, required = {}, []
        self._parents(node, depth, seen, properties, required)
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                name = item.target.id
                properties[name] = self.schema(item.annotation, depth - 1, seen)
                if _is_required(item.annotation, total):
                    required.append(name)
        return _object(properties, required, ast.get_docstring(node))

    def _functional(self, node, depth, seen):
        if not isinstance(node.args[1], ast.Dict):
            raise Unknown("TypedDict(...)")
        total = True
        for keyword in node.keywords:
            if keyword.arg == "total":
                total = constant(keyword.value)[1] is not False
        properties, required = {}, []
        for key, value in zip(node.args[1].keys, node.args[1].values):
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise Unknown("TypedDict(...)")
            properties[key.value] = self.schema(value, depth - 1, seen)
            if _is_required(value, total):
                required.append(key.value)
        return _object(properties, required, None)

    def _fields(self, node, depth, seen):
        properties, required = {}, []
        self._parents(node, depth, seen, properties, required)
        for item in node.body:
            if not isinstance(item, ast.AnnAssign) or not isinstance(
                item.target, ast.Name
            ):
                continue
            if _wrapper(item.annotation) == "ClassVar":
                continue
            name = item.target.id
            schema = self.schema(item.annotation, depth - 1, seen)
            if item.value is None:
                if name not in required:
                    required.append(name)
            else:
                ok, value = constant(item.value)
                if ok:
                    schema["default"] = value
            properties[name] = schema
        return _object(properties, required, ast.get_docstring(node))

    def _enum_call(self, node):
        ok, names = constant(node.args[1])
        if not ok:
            raise Unknown("Enum(...)")
        if isinstance(names, dict):
            return {"enum": list(names.values())}
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        return {"enum": list(range(1, len(names) + 1))}


def _object(properties, required, doc):
    schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    if doc:
        schema["description"] = doc.split("\n\n")[0].strip()
    return schema


def _enum_class(node):
    values, auto = [], 0
    lower = any(last_name(b) == "StrEnum" for b in node.bases)
    for item in node.body:
        if not isinstance(item, ast.Assign) or len(item.targets) != 1:
            continue
        target = item.targets[0]
        if not isinstance(target, ast.Name) or target.id.startswith("_"):
            continue
        if isinstance(item.value, ast.Call) and last_name(item.value.func) == "auto":
            auto += 1
            values.append(target.id.lower() if lower else auto)
            continue
        ok, value = constant(item.value)
        if not ok:
            raise Unknown("%s.%s" % (node.name, target.id))
        auto = value if isinstance(value, int) else auto
        if value not in values:
            values.append(value)
    if not values:
        raise Unknown(node.name)
    return _values(values)


def _values(values):
    schema = {}
    if all(isinstance(v, str) for v in values):
        schema["type"] = "string"
    elif all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        schema["type"] = "integer"
    if len(values) == 1:
        schema["const"] = values[0]
    else:
        schema["enum"] = values
    return schema


def _literal(args):
    values = []
    for node in args:
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Literal":
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            nested = _literal(inner)
            values.extend(nested.get("enum", [nested.get("const")]))
            continue
        ok, value = constant(node)
        if not ok:
            raise Unknown(ast.unparse(node)[:80])
        if value not in values or isinstance(value, bool):
            values.append(value)
    return _values(values)


def _flatten(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _flatten(node.left) + _flatten(node.right)
    return [node]


def _is_ellipsis(node):
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def _is_dataclass(node):
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            decorator = decorator.func
        if last_name(decorator) == "dataclass":
            return True
    return False


def _wrapper(node):
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return last_name(node)


def _is_required(node, total):
    wrapper = _wrapper(node)
    if wrapper == "Required":
        return True
    return total and wrapper != "NotRequired"


def annotated_text(node):
    """The text of Annotated[T, "text"], or None."""
    if not isinstance(node, ast.Subscript) or last_name(node.value) != "Annotated":
        return None
    if isinstance(node.slice, ast.Tuple):
        for extra in node.slice.elts[1:]:
            if isinstance(extra, ast.Constant) and isinstance(extra.value, str):
                return " ".join(extra.value.split())
    return None
