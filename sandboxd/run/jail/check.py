"""Reads a tool without running it.

check(source, granted) gives

  valid         it parses and has a main that can be called; else see error
  has_main      there is a top-level main, of whatever kind
  error         {line, column, message} or null
  parameters    [{name, type, required, description}]
  input_schema  JSON Schema 2020-12 of main's arguments, or null
  description   of the tool, from main's docstring, or null
  findings      [{severity, rule, message, line, column, end_line, end_column}]

Lines and columns start at 1; columns count characters.  A finding of
severity "high" is refused at run time while the policy is enforced.  The
source may be hostile: this runs in a jailed process with limits of its own.
"""

import ast

from . import docstring, policy, schema

FINDINGS = 200
WANTED = "main must be a top-level `async def main(...)`"


class Source:
    """Positions: ast counts UTF-8 bytes, people count characters."""

    def __init__(self, text):
        # As the tokenizer splits: str.splitlines() knows more separators.
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def column(self, line, offset):
        if not 0 < line <= len(self.lines):
            return 1
        text = self.lines[line - 1]
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "replace")[:offset].decode("utf-8", "ignore")) + 1


class Report:
    def __init__(self, source):
        self.source = source
        self.items = []
        self.seen = set()

    def add(self, rule, message, line, column, end_line=None, end_column=None):
        key = (rule, line, column)
        if key in self.seen or len(self.items) >= FINDINGS:
            return
        self.seen.add(key)
        self.items.append(
            {
                "severity": policy.severity(rule),
                "rule": rule,
                "message": message,
                "line": line,
                "column": column,
                "end_line": end_line or line,
                "end_column": end_column or column,
            }
        )

    def at(self, node, rule, message):
        column = self.source.column
        line, end = node.lineno, node.end_lineno or node.lineno
        self.add(
            rule,
            message,
            line,
            column(line, node.col_offset),
            end,
            column(end, node.end_col_offset or node.col_offset),
        )


def _refused(text):
    return text + "; refused at run time"


class Linter(ast.NodeVisitor):
    """The policy's rules on the syntax tree.  The walk is iterative."""

    def __init__(self, report, granted):
        self.report = report
        self.granted = granted
        self.modules = {}  # local name: module it is bound to
        self.texts = set()  # docstring nodes

    def run(self, tree):
        todo = [tree]
        while todo:
            node = todo.pop()
            visit = getattr(self, "visit_" + type(node).__name__, None)
            if visit is not None:
                visit(node)
            todo.extend(reversed(list(ast.iter_child_nodes(node))))

    # --- imports ---

    def visit_Import(self, node):
        for alias in node.names:
            self._module(node, alias.name)
            bound = alias.asname or alias.name.partition(".")[0]
            self.modules[bound] = alias.name if alias.asname else bound

    def visit_ImportFrom(self, node):
        if node.level:
            self.report.at(node, "import", _refused("A tool is one file: relative imports do not work"))
            return
        if not self._module(node, node.module):
            return
        for alias in node.names:
            if alias.name == "*":
                self.report.at(node, "star-import", "Imports every approved name of %s" % node.module)
                continue
            full = "%s.%s" % (node.module, alias.name)
            if policy.module_allowed(full, self.granted):
                self.modules[alias.asname or alias.name] = full
            elif not policy.attribute_allowed(node.module, alias.name):
                self._attribute(node, full)
            elif node.module in policy.PACKAGES:
                self._module(node, full)
            self._name(node, alias.name)

    def _module(self, node, name):
        if policy.module_allowed(name, self.granted):
            return True
        self.report.at(
            node,
            "import",
            "Module %s is not approved: refused at run time unless an "
            "administrator grants it to this tool" % name,
        )
        return False

    def _attribute(self, node, full):
        self.report.at(node, "module-attribute", _refused("%s is not approved for tools" % full))

    # --- names ---

    def _name(self, node, name):
        if name in policy.INTROSPECTION:
            self.report.at(node, "introspection", _refused("%s reaches into the interpreter" % name))
        elif not name.isascii():
            self.report.at(node, "odd-identifier", "The name %s has letters outside ASCII" % name)

    def visit_Attribute(self, node):
        self._name(node, node.attr)
        base = self._dotted(node.value)
        module = self.modules.get(base) if base else None
        if module is None:
            return
        if node.attr.startswith("_") and not node.attr.startswith("__"):
            self._attribute(node, "%s.%s" % (module, node.attr))
        elif not policy.attribute_allowed(module, node.attr):
            self._attribute(node, "%s.%s" % (module, node.attr))

    def _dotted(self, node):
        return node.id if isinstance(node, ast.Name) else None

    def visit_Name(self, node):
        self._name(node, node.id)
        if isinstance(node.ctx, ast.Load) and node.id in policy.BUILTINS:
            if node.id not in self.modules and node.id not in self.bound:
                self.report.at(
                    node,
                    "builtin",
                    _refused("%s: %s" % (node.id, policy.BUILTINS[node.id])),
                )

    bound = frozenset()

    def visit_keyword(self, node):
        if node.arg in policy.INTROSPECTION:
            self.report.at(node, "introspection", _refused("%s reaches into the interpreter" % node.arg))

    def visit_MatchClass(self, node):
        for name in node.kwd_attrs:
            self._name(node, name)

    # --- calls and texts ---

    def visit_Call(self, node):
        func = node.func
        if isinstance(func, ast.Name) and func.id in policy.BUILTINS_GUARDED:
            self._getattr(node, func.id)
        elif isinstance(func, ast.Attribute) and func.attr in ("format", "format_map"):
            if not isinstance(func.value, ast.Constant):
                self.report.at(node, "dynamic-format", "The format string is made at run time")
        elif isinstance(func, ast.Attribute) and func.attr == "sleep":
            if self.modules.get(self._dotted(func.value)) == "time":
                self.report.at(node, "long-sleep", "time.sleep stops every task of the tool; asyncio.sleep does not")

    def _getattr(self, node, name):
        arg = node.args[1] if len(node.args) > 1 else None
        if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
            if arg.value in policy.INTROSPECTION:
                self.report.at(node, "introspection", _refused("%s of %s reaches into the interpreter" % (name, arg.value)))
            return
        self.report.at(
            node,
            "dynamic-attribute",
            "%s with a name made at run time; names of interpreter "
            "structures are refused when it runs" % name,
        )

    def visit_Constant(self, node):
        if not isinstance(node.value, str) or id(node) in self.texts:
            return
        if policy.TRAVERSAL.search(node.value):
            self.report.at(node, "format-traversal", _refused("The format string walks into the interpreter"))
            return
        name = policy.names_introspection(node.value)
        if name:
            self.report.at(node, "hidden-name", "The text holds %s" % name)

    def visit_ExceptHandler(self, node):
        if node.type is None or schema.last_name(node.type) == "BaseException":
            self.report.at(node, "broad-except", "Catches everything, also cancellation")
        elif schema.last_name(node.type) == "Exception":
            self.report.at(node, "broad-except", "Catches every exception")

    def visit_While(self, node):
        if isinstance(node.test, ast.Constant) and node.test.value:
            for inner in ast.walk(node):
                if isinstance(inner, (ast.Break, ast.Return, ast.Raise)):
                    return
            self.report.at(node, "endless-loop", "This loop has no break, return or raise")

    def _docstring(self, node):
        body = node.body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self.texts.add(id(body[0].value))

    visit_Module = visit_ClassDef = _docstring

    def visit_FunctionDef(self, node):
        self._docstring(node)
        self._name(node, node.name)

    visit_AsyncFunctionDef = visit_FunctionDef


def _bound_names(tree):
    """Names the tool itself defines anywhere: they are no built-ins."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return names


def _hidden(text, report):
    for i, line in enumerate(report.source.lines):
        for match in policy.HIDDEN.finditer(line):
            char = match.group(0)
            report.add(
                "hidden-character",
                _refused("Hidden character U+%04X" % ord(char)),
                i + 1,
                match.start() + 1,
                i + 1,
                match.end() + 1,
            )


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
    _hidden(text, report)
    tree, record["error"] = _parse(text)
    if tree is None:
        return record
    linter = Linter(report, granted)
    linter.bound = _bound_names(tree)
    linter.run(tree)
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
