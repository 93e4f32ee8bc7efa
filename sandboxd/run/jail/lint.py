"""The policy's rules on a tool's syntax tree: findings with positions.

The same findings are shown when a tool is read (check) and, those of the
STATIC rules, refuse it when it is run (enforce).
"""

import ast

from . import facade, http_api, policy, schema

FINDINGS = 200
FOLD = 32  # texts that are added; the longest name has fewer letters


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
    def __init__(self, source, only=None):
        self.source = source
        self.only = only  # rules that count, None: all
        self.items = []
        self.seen = set()

    def add(self, rule, message, line, column, end_line=None, end_column=None, **more):
        key = (rule, line, column)
        if key in self.seen or len(self.items) >= FINDINGS:
            return
        if self.only is not None and rule not in self.only:
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
                **more,
            }
        )

    def at(self, node, rule, message, **more):
        column = self.source.column
        line, end = node.lineno, node.end_lineno or node.lineno
        self.add(
            rule,
            message,
            line,
            column(line, node.col_offset),
            end,
            column(end, node.end_col_offset or node.col_offset),
            **more,
        )


def _refused(text):
    return text + "; refused at run time"


def fold(node, depth=FOLD):
    """The text of a constant, or of a few constants that are added, or None."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if depth > 0 and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        right = fold(node.right, depth - 1)
        left = fold(node.left, depth - 1) if right is not None else None
        return left + right if left is not None else None
    return None


class Linter(ast.NodeVisitor):
    """The policy's rules on the syntax tree.  The walk is iterative."""

    def __init__(self, report, granted):
        self.report = report
        self.granted = granted
        self.modules = {}  # local name: module it is bound to
        self.texts = set()  # docstring nodes
        self.bound = frozenset()  # names that the tool itself defines
        self.match_args = []  # where __match_args__ is bound
        self.plain = set()  # of those, the ones that were looked at

    def run(self, tree):
        self.bound = bound_names(tree)
        todo = [tree]
        while todo:
            node = todo.pop()
            visit = getattr(self, "visit_" + type(node).__name__, None)
            if visit is not None:
                visit(node)
            todo.extend(reversed(list(ast.iter_child_nodes(node))))
        for node in self.match_args:
            if id(node) not in self.plain:
                self._odd_match_args(node)

    # --- imports ---

    def visit_Import(self, node):
        for alias in node.names:
            self._module(node, alias.name)
            bound = alias.asname or alias.name.partition(".")[0]
            self.modules[bound] = alias.name if alias.asname else bound
            self._shadow(node, bound, alias.name)

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
            self._shadow(node, alias.asname or alias.name, full)
            if policy.module_allowed(full, self.granted):
                self.modules[alias.asname or alias.name] = full
            elif node.module in policy.PACKAGES:
                self._module(node, full)
            else:
                self._part(node, node.module, alias.name)
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

    def _attribute(self, node, module, name):
        self.report.at(node, "module-attribute", _refused(policy.attribute_refusal(module, name)))

    def _shadow(self, node, bound, what):
        if bound in policy.INJECTED:
            self.report.at(
                node,
                "shadowed-name",
                "%s hides the `%s` that tools are given; write `import ... as` "
                "another name" % (what, bound),
            )

    # --- names ---

    def _name(self, node, name, attribute=True):
        if policy.is_introspection(name, attribute):
            self.report.at(node, "introspection", _refused("%s reaches into the interpreter" % name))
        elif not name.isascii():
            self.report.at(node, "odd-identifier", "The name %s has letters outside ASCII" % name)

    def visit_Attribute(self, node):
        self._name(node, node.attr)
        if node.attr == policy.MATCH_ARGS and isinstance(node.ctx, ast.Store):
            self._odd_match_args(node)
        base = self._dotted(node.value)
        module = self.modules.get(base) if base else None
        if module is not None:
            self._member(node, module)
        elif base in policy.API and base not in self.bound:
            self._api(node, base)

    def _member(self, node, module):
        name = node.attr
        full = "%s.%s" % (module, name)
        if not name.startswith("__") and not policy.module_allowed(full, self.granted):
            self._part(node, module, name)

    def _part(self, node, module, name):
        if name.startswith("_") or not policy.attribute_allowed(module, name):
            self._attribute(node, module, name)
            return
        there = facade.state(module, name)
        if there == facade.REFUSED:
            self._attribute(node, module, name)
        elif there == facade.UNKNOWN:
            self.report.at(node, "unknown-api", "%s has no %s" % (module, name))

    def _api(self, node, base):
        names = policy.API[base]
        if base == "mcp" and node.attr in policy.ASKS:
            rule = policy.ASKS[node.attr]
            self.report.at(node, rule, policy.RULES[rule][1])
        if node.attr in names or node.attr.startswith("__"):
            return
        why = http_api.ABSENT.get(node.attr) if base == "http" else None
        self.report.at(
            node,
            "unknown-api",
            "%s has no %s: %s" % (base, node.attr, why or "there are: " + " ".join(sorted(names))),
        )

    def _dotted(self, node):
        """"a.b" for a module that was imported under that name, else "a"."""
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            base = self._dotted(node.value)
            full = "%s.%s" % (self.modules.get(base), node.attr)
            if full in policy.MODULES:
                self.modules["%s.%s" % (base, node.attr)] = full
                return "%s.%s" % (base, node.attr)
        return None

    def visit_Name(self, node):
        self._name(node, node.id, attribute=False)
        if isinstance(node.ctx, ast.Load) and node.id in policy.BUILTINS:
            if node.id not in self.bound:
                self.report.at(
                    node,
                    "builtin",
                    _refused("%s: %s" % (node.id, policy.BUILTINS[node.id])),
                )
        elif node.id == policy.MATCH_ARGS and not isinstance(node.ctx, ast.Load):
            self.match_args.append(node)

    def visit_arg(self, node):
        self._name(node, node.arg, attribute=False)

    def visit_Assign(self, node):
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == policy.MATCH_ARGS:
                self.plain.add(id(target))
                self._match_args(node.value)

    def _match_args(self, value):
        """A literal tuple of plain names, which visit_Constant looks at."""
        if not isinstance(value, (ast.Tuple, ast.List)) or not all(
            isinstance(e, ast.Constant) and isinstance(e.value, str) for e in value.elts
        ):
            self._odd_match_args(value)

    def _odd_match_args(self, node):
        self.report.at(
            node,
            "introspection",
            _refused("__match_args__ must be a tuple of names, written out"),
        )

    def visit_keyword(self, node):
        if node.arg is not None:
            self._name(node, node.arg)
        if node.arg == policy.MATCH_ARGS:
            self._odd_match_args(node.value)

    def visit_MatchClass(self, node):
        for name in node.kwd_attrs:
            self._name(node, name)

    # --- calls and texts ---

    def visit_Call(self, node):
        func = node.func
        if isinstance(func, ast.Name):
            if func.id in policy.BUILTINS_GUARDED:
                self._getattr(node, func.id)
            elif func.id == "type" and len(node.args) == 3:
                self.report.at(node, "dynamic-class", "type() with three arguments makes a class; write a class statement")
        elif isinstance(func, ast.Attribute) and func.attr in ("format", "format_map"):
            if fold(func.value) is None:
                self.report.at(node, "dynamic-format", "The format string is made at run time")
        elif isinstance(func, ast.Attribute) and func.attr == "sleep":
            if self.modules.get(self._dotted(func.value)) == "time":
                self.report.at(node, "long-sleep", "time.sleep stops every task of the tool; asyncio.sleep does not")

    def _getattr(self, node, name):
        arg = node.args[1] if len(node.args) > 1 else None
        if arg is not None and fold(arg) is not None:
            return  # a text like any other
        self.report.at(
            node,
            "dynamic-attribute",
            "%s with a name made at run time; names of interpreter "
            "structures are refused when it runs" % name,
        )

    def visit_Constant(self, node):
        if isinstance(node.value, str) and id(node) not in self.texts:
            self._text(node, node.value)

    def visit_BinOp(self, node):
        text = fold(node)
        if text is not None:
            self._text(node, text)

    def _text(self, node, text):
        if policy.is_introspection(text, attribute=False):
            self.report.at(
                node,
                "introspection",
                _refused("The text is the name %s, which reaches into the interpreter" % text),
            )
        elif text == policy.MATCH_ARGS:
            self._odd_match_args(node)
        elif policy.TRAVERSAL.search(text):
            self.report.at(node, "format-traversal", _refused("The format string walks into the interpreter"))
        else:
            name = policy.names_introspection(text)
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
        self._name(node, node.name, attribute=False)

    visit_AsyncFunctionDef = visit_FunctionDef


def bound_names(tree):
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


def _hidden(report):
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


def lint(text, tree, granted, report):
    """Adds the findings about a tool to a report."""
    _hidden(report)
    if tree is not None:
        Linter(report, granted).run(tree)


def enforce(text):
    """Raises PolicyError for the first finding of the STATIC rules."""
    report = Report(Source(text), policy.STATIC)
    lint(text, ast.parse(text), frozenset(), report)
    if report.items:
        first = min(report.items, key=lambda f: (f["line"], f["column"]))
        raise policy.PolicyError(first["rule"], first["message"], first["line"])
