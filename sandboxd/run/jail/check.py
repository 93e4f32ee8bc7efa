"""Reads a tool without running it.

check(source, granted) gives

  valid         it parses and has a main that can be called; else see error
  has_main      there is a top-level main, of whatever kind
  error         {line, column, message} or null
  parameters    [{name, type, required, description}]
  input_schema  JSON Schema 2020-12 of main's arguments, or null
  description   of the tool, from main's docstring, or null
  findings      [{severity, rule, message, line, column, end_line, end_column}];
                those of the rule network-host have host and port, too

Lines and columns start at 1; columns count characters.  A finding of
severity "high" is refused at run time while the policy is enforced.  The
source may be hostile: this runs in a jailed process with limits of its own.
"""

import ast

from . import docstring, hosts, schema
from .lint import Report, Source, lint

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


def _signature(main, report):
    """What stops main from being called with named arguments, or None."""
    a = main.args
    for node, what in (
        (a.vararg, "*%s"),
        (a.kwarg, "**%s"),
        (a.posonlyargs[0] if a.posonlyargs else None, "the positional-only %s"),
    ):
        if node is not None:
            text = "main cannot take %s: name each parameter, so that clients see it" % (
                what % node.arg
            )
            report.at(node, "signature", text)
            return text, node
    return None


def _parameters(main, types, docs, report):
    """(parameters, input schema)"""
    a = main.args
    positional = list(zip(a.args, [None] * (len(a.args) - len(a.defaults)) + a.defaults))
    keyword = list(zip(a.kwonlyargs, a.kw_defaults))
    parameters, properties, required = [], {}, []
    for arg, default in positional + keyword:
        one = _schema(arg, types, report)
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


# --- all together -------------------------------------------------------------


def _empty():
    return {
        "valid": False,
        "has_main": False,
        "error": None,
        "parameters": [],
        "input_schema": None,
        "description": None,
        "findings": [],
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


def check(text, granted=()):
    try:
        return _check(text, frozenset(granted))
    except RecursionError:
        record = _empty()
        record["error"] = _error(1, 1, "The code is nested too deeply")
        return record


def _check(text, granted):
    record = _empty()
    report = Report(Source(text))
    record["findings"] = report.items
    tree, record["error"] = _parse(text)
    lint(text, tree, granted, report)
    if tree is None:
        return record
    hosts.find(tree, report)
    main, problem, where = _find_main(tree, report)
    record["has_main"] = main is not None
    if problem is None:
        bad = _signature(main, report)
        if bad:
            problem, where = bad
    if problem is not None:
        line = where.lineno if where is not None else 1
        column = report.source.column(line, where.col_offset) if where is not None else 1
        record["error"] = _error(line, column, problem)
    if main is not None:
        text_, docs = docstring.parse(ast.get_docstring(main))
        record["description"] = text_
        if text_ is None:
            report.at(main, "no-docstring", "main has no docstring: clients see no description")
        if problem is None:
            record["parameters"], record["input_schema"] = _parameters(
                main, schema.Types(tree), docs, report
            )
    report.items.sort(key=lambda f: (f["line"], f["column"]))
    record["valid"] = record["error"] is None
    return record
