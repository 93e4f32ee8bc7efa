"""Reads a tool without running it.

check(source, granted, entry, args) looks at it as what `entry` (shape.py) says,
with {"given": true} in args as a tool whose author gives the input schema.  It
gives

  valid         it parses and has a main that can be called; else see error
  has_main      there is a top-level main, of whatever kind
  error         {line, column, message} or null
  parameters    [{name, type, required, description}]
  input_schema  JSON Schema 2020-12 of main's arguments, or null
  description   of the tool, from main's docstring, or null
  completes     a prompt or a template has a function that completes arguments
  findings      [{severity, rule, message, line, column, end_line, end_column}];
                those of the rule network-host have host and port, too
  imports       names of the modules that the code imports, sorted

Lines and columns start at 1; columns count characters.  A finding of
severity "high" is refused at run time while the policy is enforced.  The
source may be hostile: this runs in a jailed process with limits of its own.
"""

import ast

from . import docstring, hosts, schema, shape
from .lint import Report, Source, lint

IMPORTS = 200

WANTED = "main must be a top-level `async def main(...)`"


# --- main ---------------------------------------------------------------------


def _find_main(tree, report):
    """(node, error message, node of the error)"""
    found = [
        n
        for n in tree.body
        if isinstance(n, (ast.AsyncFunctionDef, ast.FunctionDef)) and n.name == "main"
    ]
    for extra in found[:-1]:
        report.at(extra, "duplicate-main", "main is defined again below: the last one counts")
    if found:
        main = found[-1]
        if isinstance(main, ast.FunctionDef):
            return main, "main is a plain function; %s" % WANTED, main
        return main, None, None
    for node in ast.walk(tree):
        if isinstance(node, (ast.AsyncFunctionDef, ast.FunctionDef)) and node.name == "main":
            return None, "main is nested inside something else; %s" % WANTED, node
    return None, "There is no main; %s" % WANTED, None


def _signature(main, report, entry, given):
    """What stops main from being called with named arguments, or None."""
    a = main.args
    if entry == shape.RESOURCE and (a.args or a.kwonlyargs):
        node = (a.args + a.kwonlyargs)[0]
        text = "main of a resource takes no parameters: a template is what has those"
        report.at(node, "signature", text)
        return text, node
    for node, what in (
        (a.vararg, "*%s"),
        (None if given else a.kwarg, "**%s"),
        (a.posonlyargs[0] if a.posonlyargs else None, "the positional-only %s"),
    ):
        if node is not None:
            text = "main cannot take %s: name each parameter, so that clients see it" % (
                what % node.arg
            )
            report.at(node, "signature", text)
            return text, node
    return None


class _NotText(Exception):
    """A parameter that only text comes for, and that cannot be text."""


def _takes_text(one):
    if "anyOf" in one:
        return any(_takes_text(option) for option in one["anyOf"])
    if "enum" in one or "const" in one:
        return any(isinstance(v, str) for v in one.get("enum", [one.get("const")]))
    kinds = one.get("type", "string")
    return "string" in ([kinds] if isinstance(kinds, str) else kinds)


def _completes(tree):
    """(has it one?, error message, node of the error)"""
    found = [
        n
        for n in tree.body
        if isinstance(n, (ast.AsyncFunctionDef, ast.FunctionDef)) and n.name == "complete"
    ]
    if not found:
        return False, None, None
    a = found[-1].args
    names = [x.arg for x in a.args + a.kwonlyargs]
    if (
        isinstance(found[-1], ast.FunctionDef)
        or names != ["argument", "value", "context"]
        or a.vararg
        or a.kwarg
        or a.posonlyargs
    ):
        wanted = "complete must be a top-level `async def complete(argument, value, context)`"
        return True, wanted, found[-1]
    return True, None, None


def _parameters(main, types, docs, report, texts):
    """(parameters, input schema)"""
    a = main.args
    positional = list(zip(a.args, [None] * (len(a.args) - len(a.defaults)) + a.defaults))
    keyword = list(zip(a.kwonlyargs, a.kw_defaults))
    parameters, properties, required = [], {}, []
    for arg, default in positional + keyword:
        one = _schema(arg, types, report)
        if texts and not _takes_text(one):
            raise _NotText(arg)
        text = one.get("description") or docs.get(arg.arg)
        if text:
            one["description"] = text
        if default is None:
            required.append(arg.arg)
        else:
            ok, value = schema.constant(default)
            if ok:
                one["default"] = value
        properties[arg.arg] = one
        parameters.append(
            {
                "name": arg.arg,
                "type": ast.unparse(arg.annotation) if arg.annotation else "Any",
                "required": default is None,
                "description": text,
            }
        )
    result = {"type": "object", "properties": properties}
    if required:
        result["required"] = required
    result["additionalProperties"] = False
    return parameters, result


def _schema(arg, types, report):
    if arg.annotation is None:
        report.at(arg, "untyped-parameter", "%s has no annotation: any value is accepted" % arg.arg)
        return {}
    try:
        one = types.schema(arg.annotation)
    except schema.Unknown as e:
        report.at(arg.annotation, "unknown-type", "No schema for %s: any value is accepted" % e)
        one = {}
    text = schema.annotated_text(arg.annotation)
    if text:
        one["description"] = text
    return one


# --- imports ------------------------------------------------------------------


def _imports(tree):
    """Every module that an import statement names, wherever it stands."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    return sorted(names)[:IMPORTS]


# --- all together -------------------------------------------------------------


def _empty():
    return {
        "valid": False,
        "has_main": False,
        "error": None,
        "parameters": [],
        "input_schema": None,
        "description": None,
        "completes": False,
        "findings": [],
        "imports": [],
    }


def _error(line, column, message):
    return {"line": line, "column": column, "message": message}


def _parse(text):
    """(tree, error)"""
    try:
        tree = ast.parse(text)
        # Some mistakes (return outside a function) show only here.
        compile(text, "<tool>", "exec", dont_inherit=True)
        return tree, None
    except SyntaxError as e:
        return None, _error(e.lineno or 1, max(e.offset or 1, 1), e.msg)
    except ValueError as e:
        return None, _error(1, 1, str(e))
    except (RecursionError, MemoryError):
        return None, _error(1, 1, "The code is nested too deeply")


def check(text, granted=(), entry=shape.TOOL, args=None):
    try:
        return _check(text, frozenset(granted), entry, bool(args and args.get("given")))
    except RecursionError:
        record = _empty()
        record["error"] = _error(1, 1, "The code is nested too deeply")
        return record


def _arguments(main, tree, docs, report, record, entry):
    """The problem with them and where it is, if there is one."""
    texts = entry in (shape.TEMPLATE, shape.PROMPT)
    try:
        record["parameters"], record["input_schema"] = _parameters(
            main, schema.Types(tree), docs, report, texts
        )
    except _NotText as e:
        arg = e.args[0]
        text = "%s must be str, or Literal of texts: clients send nothing else" % arg.arg
        report.at(arg, "signature", text)
        return text, arg
    return None, None


def _check(text, granted, entry, given):
    record = _empty()
    report = Report(Source(text))
    record["findings"] = report.items
    tree, record["error"] = _parse(text)
    lint(text, tree, granted, report)
    if tree is None:
        return record
    record["imports"] = _imports(tree)
    hosts.find(tree, report)
    main, problem, where = _find_main(tree, report)
    record["has_main"] = main is not None
    if problem is None:
        bad = _signature(main, report, entry, given)
        if bad:
            problem, where = bad
    if problem is None and entry in (shape.TEMPLATE, shape.PROMPT):
        record["completes"], problem, where = _completes(tree)
    if main is not None:
        record["description"], docs = docstring.parse(ast.get_docstring(main))
        if record["description"] is None:
            report.at(main, "no-docstring", "main has no docstring: clients see no description")
    if problem is None:
        problem, where = _arguments(main, tree, docs, report, record, entry)
    if problem is not None:
        line = where.lineno if where is not None else 1
        column = report.source.column(line, where.col_offset) if where is not None else 1
        record["error"] = _error(line, column, problem)
    report.items.sort(key=lambda f: (f["line"], f["column"]))
    record["valid"] = record["error"] is None
    return record
