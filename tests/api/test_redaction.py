"""What a run says never has its secrets in it, and is else as the tool said it.

noun/redact has its own tests of every form; here is where it must be applied.
"""

import base64
import json
import secrets

import pytest

from client import psql
from harness.mcp import McpClient
from house import House

MARK = "[secret KEY]"


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


def record(tool, *columns):
    """Of the one run that a tool had."""
    rows = psql(f"SELECT json_build_array({', '.join(columns)}) FROM run_log "
                f"WHERE tool_id = '{tool['id']}'")
    assert len(rows) == 1
    return json.loads(rows[0][0])


class Told:
    """One call of a tool with this body, and its record."""

    def __init__(self, house, model, body, value=None, arguments=None, head="async def main()",
                 **fields):
        self.value = value or "v" + secrets.token_hex(16)
        server = house.server()
        code = (f'import base64, json, urllib.parse\n{head}:\n    """Tell."""\n'
                '    s = secrets["KEY"]\n' + "".join(f"    {line}\n" for line in body.split("\n")))
        self.tool = house.live(server, python_code=code, secret_names=["KEY"], **fields)
        house.secret(server, "KEY", self.value)
        self.answer = model.call(self.tool["full_name"], arguments)
        self.text = self.answer["content"][0]["text"]
        self.log = record(self.tool, "input_args::text", "result::text", "error", "stdout")
        seen = json.dumps(self.answer) + repr(self.log)
        assert self.value not in seen
        assert base64.b64encode(self.value.encode()).decode()[:40] not in seen

    @property
    def structured(self):
        return self.answer.get("structuredContent")

    @property
    def printed(self):
        return self.answer["_meta"].get("mcpbox/output")


def test_results(house, model):
    told = Told(house, model, 'return {"a": s, "b": [1.50, {s: [s + "!"]}], "c": "clean"}')
    want = {"a": MARK, "b": [1.5, {MARK: [MARK + "!"]}], "c": "clean"}
    assert told.structured == want and json.loads(told.text) == want
    assert json.loads(told.log[1]) == want


def test_a_text_is_a_text(house, model):
    told = Told(house, model, "return s")
    assert told.text == MARK and told.log[1] == f'"{MARK}"'


def test_encodings(house, model):
    told = Told(house, model, '\n'.join((
        'b = base64.b64encode',
        'return {"hex": s.encode().hex(), "HEX": s.encode().hex().upper(),',
        '    "b0": b(s.encode()).decode(), "b1": b(b"x" + s.encode()).decode(),',
        '    "b2": b(b"xy" + s.encode() + b"z").decode(),',
        '    "url": base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),',
        '    "quoted": urllib.parse.quote_plus(s),',
        '    "full": "".join("%%%02x" % c for c in s.encode()),',
        '    "json": json.dumps(json.dumps({"k": s})), "repr": repr([s])}')), value='Kÿ "p/w?"\\ +>~' + secrets.token_hex(4))
    assert [k for k, v in told.structured.items() if MARK not in v or len(v) > 40] == [], (
        told.structured)


def test_numbers(house, model):
    told = Told(house, model, 'return {"n": int(s), "f": float(s) / 10, "other": 12}',
                value=str(secrets.randbelow(10**14) + 10**14))
    assert told.structured["n"] == MARK and told.structured["other"] == 12


def test_errors(house, model):
    told = Told(house, model, 'raise ValueError("cannot use " + s)')
    assert told.answer["isError"]
    assert told.text.startswith(f"ValueError: cannot use {MARK} (line ")
    assert told.log[2] == told.text
    told = Told(house, model, 'return {}[s]')
    assert MARK in told.text


def test_a_cut_error(house, model):
    told = Told(house, model, 'raise ValueError("." * 1990 + s)')
    assert told.value[:4] not in told.text and MARK in told.text


def test_output(house, model):
    told = Told(house, model, 'print("the", s)\nfor c in s: print(c, end="")\nprint()\nreturn 1')
    assert told.printed == f"the {MARK}\n{MARK}\n" == told.log[3]


def test_output_of_a_run_that_fails(house, model):
    told = Told(house, model, 'print(s)\nwhile True: pass', timeout_ms=1000)
    assert told.answer["isError"] and told.printed == MARK + "\n" == told.log[3]


def test_arguments_in_the_record(house, model):
    value = "v" + secrets.token_hex(16)
    told = Told(house, model, "return arg == s", value=value, arguments={"arg": value},
                head="async def main(arg: str)")
    assert told.text == "true" and json.loads(told.log[0]) == {"arg": MARK}


def test_a_secret_document_told_as_such(house, model):
    value = json.dumps({"user": "u" + secrets.token_hex(8), "key": secrets.token_hex(16)},
                       separators=(",", ":"))
    told = Told(house, model, "return json.loads(s)", value=value)
    assert told.text == MARK and told.structured is None


def test_keys_stay_apart(house, model):
    told = Told(house, model, 'return {s: 1, s.encode().hex(): 2, "k": 3}')
    assert told.structured == {MARK: 1, MARK + " (2)": 2, "k": 3}
    told = Told(house, model, 'return {s: 1, s.upper(): 2, "[secret KEY] (2)": 3}')
    assert isinstance(json.loads(told.log[1]), str)  # no way to keep them apart


def test_the_schema_is_about_what_the_client_gets(house, model):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    told = Told(house, model, 'return {"a": s}', output_schema=schema)
    assert told.structured == {"a": MARK}
    schema["properties"]["a"]["maxLength"] = 5
    told = Told(house, model, 'return {"a": s}', value="v" * 5, output_schema=schema)
    assert told.answer["isError"] and told.text.startswith("With the secrets taken out of it")


def test_a_test_has_none_either(house):
    server, value = house.server(), "v" + secrets.token_hex(16)
    house.secret(server, "KEY", value)
    tool = house.tool(server, secret_names=["KEY"], python_code=(
        'async def main(a: str):\n    """Tell."""\n    s = secrets["KEY"]\n    print(s)\n'
        '    return [s, a]\n'))
    answer = house.post("/api/tools/test-code",
                        {"tool_id": tool["id"], "arguments": {"a": value}, "debug": True})
    seen = answer.expect(200)
    assert value.encode() not in answer.raw
    assert (seen["result"], seen["stdout"]) == ([MARK, MARK], MARK + "\n")
    row = record(tool, "input_args", "result", "stdout")
    assert value not in repr(row) and row == [{"a": MARK}, [MARK, MARK], MARK + "\n"]


def test_what_is_no_secret_stays(house, model):
    """Byte for byte: numbers keep their digits, texts their escapes."""
    told = Told(house, model, 'return {"a": 0.1, "b": 1e100, "c": "\\u00e9\\n\\t/", "d": [], "e": 1}')
    assert told.text == '{"a":0.1,"b":1e+100,"c":"é\\n\\t/","d":[],"e":1}'
    told = Told(house, model, 'return {"a": 0.1, "s": s}')
    assert told.text == '{"a":0.1,"s":"[secret KEY]"}'


def test_short_values_are_not_looked_for(house, model):
    server = house.server()
    house.secret(server, "KEY", "abc")
    tool = house.live(server, secret_names=["KEY"], python_code=(
        'async def main():\n    """Tell."""\n    return "abc" + secrets["KEY"]\n'))
    assert model.call(tool["full_name"])["content"][0]["text"] == "abcabc"


def test_others_are_left_alone(house, model):
    """A tool that does not declare it may say the same word."""
    server, value = house.server(), "v" + secrets.token_hex(16)
    house.secret(server, "KEY", value)
    tool = house.live(server, python_code=f'async def main():\n    """x"""\n    return "{value}"\n')
    assert model.call(tool["full_name"])["content"][0]["text"] == value
