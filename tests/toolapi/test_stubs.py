"""docs/tools/*.pyi: right for a type checker, and true."""

import ast
import inspect
import os
import subprocess

import pytest

import fake
from conftest import PYTHON, ROOT
from test_examples import NAMES, source

TOOLS = os.path.join(ROOT, "docs", "tools")


def mypy(packages, *files):
    done = subprocess.run(
        [PYTHON, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", os.devnull,
         "--python-version", "3.11", "--no-error-summary", *files],
        env={"PYTHONPATH": packages, "PATH": "/usr/bin", "MYPYPATH": TOOLS},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/", timeout=300)
    return done.stdout


def test_stubs_are_well_typed(packages):
    assert mypy(packages, os.path.join(TOOLS, "httpx.pyi"), os.path.join(TOOLS, "mcpbox.pyi")) == ""


def test_examples_are_well_typed(packages, tmp_path):
    files = []
    for name in NAMES:
        lines = source(name).split("\n")
        end = next(i for i, line in enumerate(lines) if line.endswith('"""'))
        lines.insert(end + 1, "from mcpbox import *")
        files.append(str(tmp_path / (name + ".py")))
        with open(files[-1], "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
    assert mypy(packages, *files) == ""


@pytest.mark.parametrize("line, part", [
    ("await http.get('x', follow_redirects=True)", "follow_redirects"),
    ("await http.get('x', jsn={})", "jsn"),
    ("http.Client()", "Client"),
    ("(await http.get('x')).ok", "ok"),
    ("secrets['a'] = 'b'", "indexed assignment"),
    ("mcp.log('x', level='loud')", "level"),
    ("mcp.image(5)", "image"),
])
def test_mistakes_are_found(packages, tmp_path, line, part):
    path = tmp_path / "tool.py"
    path.write_text("from mcpbox import *\nasync def main() -> None:\n    %s\n" % line)
    assert part in mypy(packages, str(path))


# --- the stubs against the objects ---


def stub(name):
    with open(os.path.join(TOOLS, name), encoding="utf-8") as f:
        return ast.parse(f.read())


def names_of(body):
    out = {}
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            out[node.name] = node
        elif isinstance(node, ast.AnnAssign):
            out[node.target.id] = node
    return {k: v for k, v in out.items() if not k.startswith("_") or k == "__init__"}


def real():
    fake.load()
    from mcpbox_jail import api, content, http_api
    return http_api.http, http_api, api, content


def public(kind):
    """Names of the class that are its own, and those that an instance gets."""
    return {n for n in dir(kind) if not n.startswith("_")}


def test_http_has_the_names_of_its_stub():
    http, module, _, _ = real()
    assert set(names_of(stub("httpx.pyi").body)) - {"Stream"} == set(module.NAMES)


def test_mcp_and_secrets_have_the_names_of_their_stub():
    _, _, api, content = real()
    classes = names_of(stub("mcpbox.pyi").body)
    assert set(names_of(classes["Mcp"].body)) == set(api.MCP_NAMES)
    from mcpbox_jail import ask

    hidden = {"read", "same"}  # of ours
    for name, kind in (("Block", content.Block), ("Result", content.Result), ("Question", ask.Question),
                       ("Elicited", ask.Elicited), ("Sampled", ask.Sampled)):
        assert set(names_of(classes[name].body)) == public(kind) - hidden
    assert issubclass(api.Secrets, __import__("collections").abc.Mapping)


INSTANCES = {
    "URL": lambda h: h.URL("http://h/"),
    "QueryParams": lambda h: h.QueryParams("a=1"),
    "Headers": lambda h: h.Headers(),
    "Cookies": lambda h: h.Cookies(),
    "Timeout": lambda h: h.Timeout(1),
    "BasicAuth": lambda h: h.BasicAuth("u", "p"),
    "Request": lambda h: h.Request("GET", "http://h/"),
    "Response": lambda h: h.Response(200, request=h.Request("GET", "http://h/")),
    "AsyncClient": lambda h: h.AsyncClient(),
}
# Of collections.abc, which the stub inherits too.
MAPPING = {"keys", "values", "items", "get", "pop", "popitem", "clear", "setdefault", "update"}


@pytest.mark.parametrize("name", sorted(INSTANCES))
def test_class_is_its_stub(name):
    http, _, _, _ = real()
    declared = set(names_of(names_of(stub("httpx.pyi").body)[name].body)) - {"__init__"}
    one = INSTANCES[name](http)
    there = public(type(one)) | {n for n in vars(one) if not n.startswith("_")} if hasattr(
        one, "__dict__") else public(type(one))
    assert declared <= there | MAPPING
    assert there - MAPPING - declared == set()


def parameters(node):
    a = node.args
    positional = [x.arg for x in a.posonlyargs + a.args if x.arg != "self"]
    return positional, {x.arg for x in a.kwonlyargs}


def test_signatures():
    """Parameters are called as the stubs say, and what is passed on is known."""
    http, module, api, content = real()
    stubs = {
        (http, "httpx.pyi", None): ["request", "stream"],
        (http.AsyncClient, "httpx.pyi", "AsyncClient"): ["__init__", "build_request", "send"],
        (http.Response, "httpx.pyi", "Response"): ["__init__", "aiter_bytes", "aiter_text", "aiter_raw"],
        (http.Request, "httpx.pyi", "Request"): ["__init__"],
        (http.Timeout, "httpx.pyi", "Timeout"): ["__init__"],
        (http.Headers, "httpx.pyi", "Headers"): ["__init__", "get_list", "update"],
        (http.QueryParams, "httpx.pyi", "QueryParams"): ["__init__", "set", "add", "merge"],
        (http.Cookies, "httpx.pyi", "Cookies"): ["__init__", "set", "get", "delete", "clear"],
        (api.Mcp, "mcpbox.pyi", "Mcp"): [n for n in api.MCP_NAMES if inspect.isfunction(getattr(api.Mcp, n))],
    }
    building = set(inspect.signature(http.AsyncClient.build_request).parameters) - {"self", "method", "url"}
    for (owner, file, name), functions in stubs.items():
        body = stub(file).body
        nodes = names_of(body if name is None else names_of(body)[name].body)
        for function in functions:
            own = inspect.signature(getattr(owner, function)).parameters.values()
            positional, keywords = parameters(nodes[function])
            assert positional == [p.name for p in own if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"], function
            known = {p.name for p in own if p.kind is p.KEYWORD_ONLY}
            if any(p.kind is p.VAR_KEYWORD for p in own) and function in ("request", "stream"):
                known |= building | {"auth", "follow_redirects"}
            assert keywords <= known, (function, keywords - known)
