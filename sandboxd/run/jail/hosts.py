"""The hosts that a tool's source names in its requests.

For the author, who has to ask for them, and for the reviewer, who reads where
the tool talks to.  It is no wall: a host that is made at run time is not found
here, and what may be reached is decided outside, by the address.
"""

import ast
import re

HOSTS = 32  # that are told
TEXT = 2048  # characters of a text that are looked at
DEPTH = 32

_CALLS = frozenset(
    "get post put patch delete head options request stream AsyncClient Client Request".split()
)
_KEYWORDS = frozenset(("url", "base_url"))
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"\s*(https?)://([^/?#\\]*)([/?#\\]?)", re.I)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:@\[\]]+)(?::([0-9]{0,5}))?")


class Texts:
    """What an expression's text begins with, as far as the source says it."""

    def __init__(self, tree):
        self.values = _bound_once(tree)
        self.known = {}  # name: its beginning, None while it is looked at

    def beginning(self, node, depth=DEPTH):
        """(text, whether that is all of it)"""
        read = getattr(self, "_" + type(node).__name__, None)
        if read is None or depth == 0:
            return "", False
        text, whole = read(node, depth - 1)
        return text[:TEXT], whole and len(text) <= TEXT

    def _join(self, nodes, depth):
        text = ""
        for node in nodes:
            more, whole = self.beginning(node, depth)
            text += more
            if not whole or len(text) > TEXT:
                return text, False
        return text, True

    def _Constant(self, node, depth):
        return (node.value, True) if isinstance(node.value, str) else ("", False)

    def _Name(self, node, depth):
        name = node.id
        if name not in self.known:
            self.known[name] = None  # `a = a + "x"` ends here
            value = self.values.get(name)
            self.known[name] = ("", False) if value is None else self.beginning(value, depth)
        return self.known[name] or ("", False)

    def _JoinedStr(self, node, depth):
        return self._join(node.values, depth)

    def _FormattedValue(self, node, depth):
        if node.conversion != -1 or node.format_spec is not None:
            return "", False
        return self.beginning(node.value, depth)

    def _BinOp(self, node, depth):
        if isinstance(node.op, ast.Add):
            return self._join((node.left, node.right), depth)
        if isinstance(node.op, ast.Mod):
            return self.beginning(node.left, depth)[0].partition("%")[0], False
        return "", False

    def _Call(self, node, depth):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            return self.beginning(node.func.value, depth)[0].partition("{")[0], False
        return "", False


def _bound_once(tree):
    """{name: value} of names that are bound by one assignment and no other way."""
    times, values = {}, {}

    def bind(name):
        times[name] = times.get(name, 0) + 1

    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bind(node.id)
        elif isinstance(node, ast.arg):
            bind(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bind(node.name)
        elif isinstance(node, ast.alias):
            bind(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            if isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            values[node.target.id] = node.value
    return {n: v for n, v in values.items() if times.get(n) == 1 and v is not None}


def host_of(text, whole=True):
    """(host as written, port) of a URL's beginning, or None."""
    match = _URL.match(text)
    if match is None or not (match.group(3) or whole):
        return None
    authority = _AUTHORITY.fullmatch(match.group(2).strip())
    if authority is None:
        return None
    port = int(authority.group(2) or _PORTS[match.group(1).lower()])
    return (authority.group(1), port) if 0 < port < 65536 else None


def _arguments(node):
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", None)
    if name not in _CALLS:
        return []
    return node.args[:2] + [k.value for k in node.keywords if k.arg in _KEYWORDS]


def find(tree, report):
    """A finding for each host and port, where the source first names it."""
    texts, seen = Texts(tree), set()
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    for node in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
        for arg in _arguments(node):
            there = host_of(*texts.beginning(arg))
            if there is None or there in seen or len(seen) >= HOSTS:
                continue
            seen.add(there)
            report.at(
                arg,
                "network-host",
                "Sends requests to %s, port %d" % there,
                host=there[0],
                port=there[1],
            )
