"""A canary: a random secret, told in every way that a tool has, is then searched
for in all that the instance keeps and has answered."""

import base64
import json
import os
import re
import secrets
import subprocess

import pytest

from client import Client
from harness.mcp import McpClient
from house import House

# --- the scan ---------------------------------------------------------------------


def forms(value):
    """Patterns of the value and its encodings, as bytes."""
    raw = value.encode()
    found = {
        "as it is": re.escape(raw),
        "hex": raw.hex().encode(),
        "percent": b"".join(b"%%%02x" % c for c in raw),
        "unicode escapes": b"".join(rb"\\u%04x" % c for c in raw),
        "byte escapes": b"".join(rb"\\x%02x" % c for c in raw),
        # What hex makes of hex, as a bytea column shows text.
        "hex of hex": raw.hex().encode().hex().encode(),
    }
    compiled = {name: re.compile(p, re.I) for name, p in found.items()}
    for shift in range(3):
        # Without the digits that the neighbours have a part in.
        text = base64.b64encode(b"\0" * shift + raw + b"\0\0\0")
        inner = text[-(-shift * 8 // 6):(shift + len(raw)) * 8 // 6]
        compiled[f"base64 at {shift}"] = re.compile(
            re.escape(inner).replace(rb"\+", rb"[+-]").replace(b"/", b"[/_]"))
        compiled[f"hex of base64 at {shift}"] = re.compile(inner.hex().encode(), re.I)
    return compiled


class Scan:
    def __init__(self, home, values):
        self.home = home
        self.patterns = [(f"{name} {form}", p) for name, value in values.items()
                         for form, p in forms(value).items()]
        self.looked_at = {"columns": 0, "files": 0, "answers": 0}

    def look(self, where, data):
        return [f"{where}: {name}" for name, p in self.patterns if p.search(data)]

    def psql(self, sql):
        """As the owner of the cluster, who sees all tables."""
        done = subprocess.run(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", os.path.join(self.home, "run", "pg"),
             "-U", "postgres", "mcpbox"], input=sql.encode(), timeout=120, check=True,
            stdout=subprocess.PIPE)
        return done.stdout

    def tables(self):
        """Every column of every table, ours and PostgreSQL's own."""
        columns = self.psql(
            "SELECT format('%I.%I', n.nspname, c.relname), quote_ident(a.attname) "
            "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 "
            "AND NOT a.attisdropped AND c.relkind IN ('r', 'm') "
            "AND n.nspname NOT IN ('pg_toast', 'information_schema') "
            "AND format_type(a.atttypid, NULL) NOT IN ('anyarray') ORDER BY 1, 2").decode()
        columns = [line.split("|") for line in columns.splitlines()]
        border = b"--- " + secrets.token_hex(16).encode() + b"\n"
        parts = self.psql("".join(
            f"SELECT {column}::text FROM {table};\n\\echo {border.decode()}"
            for table, column in columns)).split(border)
        assert len(parts) == len(columns) + 1
        self.looked_at["columns"] += len(columns)
        return [hit for (table, column), data in zip(columns, parts)
                for hit in self.look(f"{table}.{column}", data)]

    def files(self):
        """Every file of the instance: logs, settings, and the database's own."""
        self.psql("CHECKPOINT")
        hits = []
        for folder, _, names in os.walk(self.home):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                try:
                    with open(path, "rb") as f:
                        data = f.read()
                except FileNotFoundError:
                    continue  # PostgreSQL has removed it
                self.looked_at["files"] += 1
                hits += self.look(path, data)
        return hits

    def answers(self, seen):
        self.looked_at["answers"] += len(seen)
        return [hit for asked, raw in seen for hit in self.look(asked, raw)]


# --- what tells -------------------------------------------------------------------

HEAD = '''import base64, json, urllib.parse

async def main(how: str = ""):
    """Tell a secret."""
    s, n = secrets["CANARY"], secrets["NUMBER"]
    def deep(level):
        local = s
        if level == 0:
            raise RuntimeError(f"deep down: {local}")
        deep(level - 1)
'''

WAYS = {
    "text": "return s",
    "object": "return {'a': {'b': s}}",
    "lists": "return [[[[s], s + s]], 'x' + s]",
    "key": "return {s: {s: 1}, s.upper(): 2}",
    "number": "return [int(n), -int(n), int(n) * 10, {'n': float(n)}]",
    "number_text": "return n",
    "hex": "return [s.encode().hex(), (s + 'x').encode().hex().upper()]",
    "base64": "return [base64.b64encode(b'x' * i + s.encode()).decode() for i in range(6)]",
    "base64url": "return [base64.urlsafe_b64encode(b'y' * i + s.encode()).decode().rstrip('=')"
                 " for i in range(6)]",
    "base64lines": "return base64.encodebytes(b'x' * 70 + s.encode()).decode()",
    "percent": "return [urllib.parse.quote(s), ''.join('%%%02X' % c for c in s.encode()),"
               " ''.join('%%%02x' % c for c in s.encode())]",
    "json_in_json": "return json.dumps({'k': json.dumps([s])})",
    "escapes": "return ''.join('\\\\u%04x' % ord(c) for c in s)",
    "bytes_repr": "return repr(s.encode()) + ''.join('\\\\x%02x' % ord(c) for c in s)",
    "case": "return [s.upper(), s.lower(), s.swapcase()]",
    "error": "raise ValueError(s)",
    "key_error": "return {}[s]",
    "deep_error": "deep(5)",
    "chained": "try:\n        raise ValueError(s)\n    except ValueError as e:\n"
               "        raise KeyError(s + '2') from e",
    "group": "raise ExceptionGroup(s, [ValueError(s), TypeError(s)])",
    "class_name": "raise type('E' + s, (Exception,), {})('named')",
    "assertion": "assert s == 'x', f'{s!r}'",
    "long_error": "raise ValueError('.' * 1990 + s)",
    "not_json": "return object.__new__(type(s, (), {}))",
    "bad_schema": "return {'wrong': s}",
    "print": "print(s)\n    print('a', s, 'b', repr(s))\n    return 1",
    "letters": "for c in s:\n        print(c, end='')\n    return 1",
    "pieces": "print(s[:9], end='', flush=True)\n    print(s[9:], flush=True)\n    return 1",
    "much": "print('x' * (256 * 1024 - 10) + s)\n    return 1",
    "log": "mcp.log(s)\n    mcp.log({'k': [s]}, level='error')\n    return 1",
    "progress": "mcp.progress(1, 2, s)\n    return 1",
    "crash": "print(s, flush=True)\n    import sys\n    sys.exit(s)",
    "hang": "print(s, flush=True)\n    while True:\n        pass",
    "memory": "print(s, flush=True)\n    return [s] * 10**10",
    "url": "return str((await http.get('http://canary.test/' + s + '?q=' + s)).status_code)",
    "host": "return str((await http.get('http://' + s + '.test/')).status_code)",
    "host_number": "return str((await http.get('http://' + n + '.test/')).status_code)",
    "userinfo": "return str((await http.get('http://u:' + s + '@canary.test/')).status_code)",
    "header": "return str((await http.get('http://canary.test/', headers={'Authorization':"
              " 'Bearer ' + s, 'X-' + s: 'x'})).status_code)",
    "basic": "return str((await http.get('http://canary.test/', auth=('u', s))).status_code)",
    "body": "return str((await http.post('http://canary.test/', json={'k': s})).status_code)",
    "method": "return str((await http.request(s, 'http://canary.test/')).status_code)",
    "caught_request": "try:\n        await http.get('http://canary.test/' + s)\n"
                      "    except Exception as e:\n        return f'{type(e)} {e!r}'",
    "argument": "return how",
}


class Recorder(Client):
    """Remembers every answer, as bytes."""

    seen = []

    def request(self, method, path, body=None, **kw):
        answer = super().request(method, path, body, **kw)
        Recorder.seen.append((f"{method} {path}", str(answer.headers).encode() + answer.raw))
        return answer


class RecordingModel(McpClient):
    def post(self, message, headers):
        status, body = super().post(message, headers)
        Recorder.seen.append((json.dumps(message)[:120], json.dumps(body).encode()))
        # Without escapes, too.
        Recorder.seen.append((json.dumps(message)[:120],
                              json.dumps(body, ensure_ascii=False).encode()))
        return status, body


@pytest.fixture(scope="module")
def values():
    return {"CANARY": "cAn4" + secrets.token_hex(20) + "Q/+z",
            "NUMBER": str(secrets.randbelow(9 * 10**16) + 10**16)}


@pytest.fixture(scope="module")
def told(bearer, credentials, url, gateway_url, values):
    """Each way is tried as a call and as a person's test.  {way: (call, test)}"""
    Recorder.seen = []
    admin = Recorder(url)
    admin.tokens = bearer(credentials[0]).tokens
    house, model = House(admin), RecordingModel(gateway_url)
    server = house.server()
    for name, value in values.items():
        house.secret(server, name, value)
    tools = {}
    for way, body in WAYS.items():
        fields = {"output_schema": {"type": "object", "required": ["a"]}} \
            if way == "bad_schema" else {}
        tools[way] = house.live(server, name=way, python_code=HEAD + "    " + body + "\n",
                                secret_names=list(values), timeout_ms=1000, **fields)
    out = {}
    for way, tool in tools.items():
        arguments = {"how": values["CANARY"]} if way == "argument" else {}
        call = model.call(tool["full_name"], arguments)
        test = house.post("/api/tools/test-code", {"tool_id": tool["id"], "arguments": arguments,
                                                   "debug": True}).expect(200)
        out[way] = (call, test)
    # And what others can be asked for afterwards.
    for path in (f"/api/servers/{server['id']}", f"/api/servers/{server['id']}/secrets",
                 f"/api/servers/{server['id']}/tools", f"/api/tools/{tools['text']['id']}",
                 f"/api/approvals/tools/{tools['text']['id']}"):
        house.get(path).expect(200)
    # A value that is refused is not told either.
    house.put(f"/api/servers/{server['id']}/secrets/CANARY",
              {"value": values["CANARY"] + "\x01"}).expect(422)
    house.put(f"/api/servers/{server['id']}/secrets/MISSING",
              {"value": values["CANARY"]}).expect(404)
    model.close()
    return out


@pytest.fixture(scope="module")
def scan(home, values):
    return Scan(home, values)


# --- the tests --------------------------------------------------------------------


def test_every_way_was_gone(told):
    """Else the scan below would have nothing to find."""
    assert set(told) == set(WAYS)
    for way in ("text", "object", "lists", "key", "number", "hex", "base64", "percent", "error",
                "key_error", "deep_error", "argument"):
        call, test = told[way]
        assert "[secret " in json.dumps(call["content"]), way
        assert "[secret " in json.dumps([test["result"], test["error"]]), way
    for way in ("print", "letters", "pieces", "much", "hang"):
        call, test = told[way]
        assert "[secret CANARY]" in call["_meta"]["mcpbox/output"], way
        assert "[secret CANARY]" in test["stdout"], way
    assert all(test["kind"] == "test" for _, test in told.values())


def test_nothing_in_any_answer(told, scan):
    hits = scan.answers(Recorder.seen)
    assert not hits, hits[:10]
    assert scan.looked_at["answers"] > 4 * len(WAYS)


def test_nothing_in_any_table(told, scan):
    hits = scan.tables()
    assert not hits, hits[:10]
    assert scan.looked_at["columns"] > 100


def test_nothing_in_any_file(told, scan):
    hits = scan.files()
    assert not hits, hits[:10]
    assert scan.looked_at["files"] > 100


@pytest.mark.parametrize("form", sorted(forms("x" * 8)))
def test_the_scan_can_find(form):
    """Each form, put down as a leak would be."""
    value = "cAn4" + secrets.token_hex(20) + "Q/+z"
    raw = value.encode()
    shift = int(form[-1]) if form[-1].isdigit() else 0
    coded = base64.b64encode(b"ab" [:shift] + raw)
    planted = {
        "as it is": raw, "hex": raw.hex().upper().encode(),
        "percent": b"".join(b"%%%02X" % c for c in raw),
        "unicode escapes": b"".join(b"\\u%04x" % c for c in raw),
        "byte escapes": b"".join(b"\\x%02x" % c for c in raw),
        "hex of hex": raw.hex().encode().hex().encode(),
    }.get(form, coded.hex().encode() if form.startswith("hex") else coded)
    found = Scan("/", {"V": value}).look("here", b"some text " + planted + b" and more")
    assert f"here: V {form}" in found


def test_the_scan_finds_what_was_planted(scan, home, url, credentials, bearer):
    """In a table, a bytea column, a log file and an answer of the real instance."""
    value = "pLant" + secrets.token_hex(20)
    planted = Scan(home, {"V": value})
    admin = Recorder(url)
    admin.tokens = bearer(credentials[0]).tokens
    Recorder.seen = []
    server = House(admin).server(description=f"it is {value}")
    assert any("server.description" in hit for hit in planted.tables())
    assert planted.answers(Recorder.seen)
    House(admin).secret(server, "KEY", "x")
    planted.psql(f"UPDATE mcpbox.secret SET sealed = '{value}'::bytea "
                 f"WHERE server_id = '{server['id']}'")
    assert any("secret.sealed: V hex" in hit for hit in planted.tables())
    path = os.path.join(home, "log", "canary-test.log")
    with open(path, "w") as f:
        f.write(f"GET /?q={value}\n")
    assert any(hit.startswith(path) for hit in planted.files())
    os.unlink(path)
    House(admin).delete(f"/api/servers/{server['id']}?force=true")
