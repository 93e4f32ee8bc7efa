"""The policy that is shown is the one that is enforced."""

import os
import socket
import struct
import json

import pytest

from harness.mcp import McpClient
from house import House


@pytest.fixture
def house(admin):
    return House(admin)


def report(home):
    """What sandboxd says, asked as lib/wire.h has it."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(os.path.join(home, "run", "sandboxd", "sandboxd.sock"))
        s.sendall(struct.pack("<HHIII", 0xB01D, 3, 0, 7, 0))
        raw = b""
        while len(raw) < 16 or len(raw) < 16 + struct.unpack_from("<I", raw, 4)[0]:
            raw += s.recv(65536)
    return json.loads(raw[16:])


def test_it_is_the_runners_own(house, home):
    shown = house.get("/api/policy").expect(200)
    own = report(home)["interpreter"]
    assert shown["python"] == own["python"] and shown["enforced"] is own["enforced"] is True
    assert {m["name"]: (m["only"] if not m["all_public"] else None, m["without"])
            for m in shown["modules"]} == {m["name"]: (m["only"], m["without"])
                                           for m in own["modules"]}
    assert {b["name"]: b["reason"] for b in shown["builtins_refused"]} == own["builtins_refused"]
    assert shown["rules"] == own["rules"]
    assert all(m["all_public"] == (m["only"] == []) for m in shown["modules"])


def test_it_is_what_happens(house):
    """One module that is shown as allowed, one that is not, one with a rule."""
    shown = {m["name"]: m for m in house.get("/api/policy").expect(200)["modules"]}
    assert "math" in shown and "subprocess" not in shown
    assert "attrgetter" in shown["operator"]["without"]

    def rules(code):
        found = house.post("/api/tools/validate-code", {
            "python_code": code + "\n\nasync def main() -> int:\n    \"\"\"M.\"\"\"\n    return 1\n"})
        return [f["rule"] for f in found.expect(200)["findings"]]

    assert rules("import math") == []
    assert rules("import subprocess") == ["import"]
    assert rules("from operator import attrgetter") == ["module-attribute"]
    assert set(rules("import subprocess")) <= {
        r["rule"] for r in house.get("/api/policy").expect(200)["rules"]}


def test_models_see_it(house, gateway_url):
    model = McpClient(gateway_url)
    seen = model.call("mcpbox_get_policy")["structuredContent"]
    model.close()
    assert seen == house.get("/api/policy").expect(200)


@pytest.mark.parametrize("role", ["viewer", "operator", "reviewer", "admin"])
def test_everybody_signed_in_may_look(as_role, role):
    House(as_role(role)).get("/api/policy").expect(200)


def test_nobody_else(anyone):
    anyone.get("/api/policy").expect(401)
