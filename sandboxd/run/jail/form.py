"""The forms that a tool asks people to fill in.

MCP allows a flat object of texts, numbers, yes or no, and choices.  fields()
makes the schema, check() says what is wrong with one, fill() reads an answer
by it.
"""

import datetime
import re

FIELDS = 32
CHOICES = 200
FORMATS = ("email", "uri", "date", "date-time")
_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean"}
_COMMON = {"type", "title", "description", "default"}
_ALLOWED = {
    "string": {"minLength", "maxLength", "format", "enum", "enumNames", "oneOf"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
    "array": {"items", "minItems", "maxItems"},
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


class Misfit(ValueError):
    """An answer that the question does not allow."""


# --- the question -------------------------------------------------------------


def _field(name, what):
    if isinstance(what, type) and what in _KINDS:
        return {"type": _KINDS[what]}
    if isinstance(what, dict):
        return dict(what)
    if isinstance(what, (list, tuple)) and all(isinstance(one, str) for one in what):
        return {"type": "string", "enum": list(what)}
    raise TypeError(
        "the field %r is str, int, float, bool, a list of choices, or its JSON Schema" % name
    )


def schema(what):
    """The requestedSchema of a schema, or of {name: field}."""
    if not isinstance(what, dict):
        raise TypeError("a form is {name: field}, or a JSON Schema of an object")
    if what.get("type") == "object" and isinstance(what.get("properties"), dict):
        return check(dict(what))
    made = {"type": "object", "properties": {}}
    for name, one in what.items():
        if not isinstance(name, str):
            raise TypeError("the name of a field is str")
        made["properties"][name] = _field(name, one)
    needed = [n for n, one in made["properties"].items() if "default" not in one]
    if needed:
        made["required"] = needed
    return check(made)


def check(form):
    """The same, or ValueError for what clients need not understand."""
    extra = set(form) - {"$schema", "type", "properties", "required"}
    if extra:
        raise ValueError("a form is flat: %s has no place in it" % ", ".join(sorted(extra)))
    properties = form["properties"]
    if not 1 <= len(properties) <= FIELDS:
        raise ValueError("a form has 1 to %d fields" % FIELDS)
    for name in form.get("required", ()):
        if name not in properties:
            raise ValueError("required names %r, which is no field" % (name,))
    for name, one in properties.items():
        _check_field(name, one)
    return form


def _check_field(name, one):
    if not isinstance(one, dict) or one.get("type") not in _ALLOWED:
        raise ValueError(
            "the field %r has no type; there are string, integer, number, boolean, "
            "and array for several choices" % name
        )
    kind = one["type"]
    extra = set(one) - _COMMON - _ALLOWED[kind]
    if extra:
        raise ValueError(
            "the field %r: %s has no place in a form" % (name, ", ".join(sorted(extra)))
        )
    if one.get("format", FORMATS[0]) not in FORMATS:
        raise ValueError("the field %r: formats are %s" % (name, ", ".join(FORMATS)))
    choices = _choices(one)
    if kind == "array" and choices is None:
        raise ValueError("the field %r: an array needs items with enum or anyOf" % name)
    if choices is not None and not 1 <= len(choices) <= CHOICES:
        raise ValueError("the field %r has 1 to %d choices" % (name, CHOICES))
    if len(one.get("enumNames", choices or ())) != len(choices or ()):
        raise ValueError("the field %r: enumNames are as many as enum" % name)
    if "default" in one:
        try:
            value(name, one, one["default"])
        except Misfit as e:
            raise ValueError("the default of %s" % e) from None


def _choices(one):
    """The values that may be chosen; None: anything goes."""
    if one["type"] == "array":
        one = one.get("items")
        listed, titled = "enum", "anyOf"
    else:
        listed, titled = "enum", "oneOf"
    if not isinstance(one, dict):
        return None
    found = one.get(listed)
    if found is None and titled in one:
        found = [c.get("const") if isinstance(c, dict) else None for c in one[titled]]
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(c, str) for c in found):
        raise ValueError("choices are str; titled ones {'const': str, 'title': str}")
    return found


# --- the answer ---------------------------------------------------------------


def _date(text):
    datetime.date.fromisoformat(text)


def _moment(text):
    if "T" not in text.upper():
        raise ValueError
    datetime.datetime.fromisoformat(text)


def _matches(pattern):
    def check(text):
        if pattern.fullmatch(text) is None:
            raise ValueError

    return check


_BY_FORMAT = {
    "email": _matches(_EMAIL), "uri": _matches(_URI), "date": _date, "date-time": _moment,
}


def _text(name, one, v):
    if not isinstance(v, str):
        raise Misfit("%s is no text" % name)
    choices = _choices(one)
    if choices is not None and v not in choices:
        raise Misfit("%s is none of the choices" % name)
    if len(v) < one.get("minLength", 0):
        raise Misfit("%s is shorter than %d characters" % (name, one["minLength"]))
    if len(v) > one.get("maxLength", len(v)):
        raise Misfit("%s is longer than %d characters" % (name, one["maxLength"]))
    if "format" in one:
        try:
            _BY_FORMAT[one["format"]](v)
        except ValueError:
            raise Misfit("%s is no %s" % (name, one["format"])) from None
    return v


def _number(name, one, v):
    if isinstance(v, bool) or not isinstance(v, (int, float)):
        raise Misfit("%s is no number" % name)
    if one["type"] == "integer":
        if v != v or v in (float("inf"), float("-inf")) or v != int(v):
            raise Misfit("%s is no whole number" % name)
        v = int(v)
    if v < one.get("minimum", v):
        raise Misfit("%s is less than %s" % (name, one["minimum"]))
    if v > one.get("maximum", v):
        raise Misfit("%s is more than %s" % (name, one["maximum"]))
    return v


def _truth(name, one, v):
    if not isinstance(v, bool):
        raise Misfit("%s is neither true nor false" % name)
    return v


def _several(name, one, v):
    choices = _choices(one)
    if not isinstance(v, list) or not all(isinstance(c, str) for c in v):
        raise Misfit("%s is no list of choices" % name)
    if any(c not in choices for c in v):
        raise Misfit("%s has something that is none of the choices" % name)
    if len(v) < one.get("minItems", 0) or len(v) > one.get("maxItems", len(v)):
        raise Misfit("%s has %d choices, which is not allowed" % (name, len(v)))
    return v


_BY_KIND = {
    "string": _text, "integer": _number, "number": _number, "boolean": _truth, "array": _several,
}


def value(name, one, v):
    return _BY_KIND[one["type"]](name, one, v)


def fill(form, content):
    """What was filled in, by name: each field that has a value, or a default;
    nothing that was not asked for."""
    if not isinstance(content, dict):
        raise Misfit("content is no object")
    filled = {}
    for name, one in form["properties"].items():
        if name in content:
            filled[name] = value(name, one, content[name])
        elif "default" in one:
            filled[name] = one["default"]
        elif name in form.get("required", ()):
            raise Misfit("%s is missing" % name)
    return filled
