"""Limits: of the instance, a server, a tool; set by people, met by runs."""

import pytest

from client import audit_rows, parallel, psql
from harness.mcp import McpClient
from house import NOBODY, House

NAMES = ("memory_mib", "cpu_ms", "result_kib", "output_kib", "threads", "requests",
         "transfer_kib", "calls_per_minute", "concurrency", "rate_per_minute")
EMPTY = dict.fromkeys(NAMES)

# Takes what it is told to take.
GREEDY = '''async def main(mib: int = 0, result: int = 0, output: int = 0, spin: bool = False) -> dict:
    """Use things up."""
    held = b"x" * (mib * 1024 * 1024)
    print("o" * output, end="")
    while spin:
        pass
    return {"held": len(held), "text": "r" * result}
'''


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


def of_server(server):
    return f"/api/servers/{server['id']}/limits"


def of_tool(tool):
    return f"/api/tools/{tool['id']}/limits"


def outcome(answer):
    return answer["_meta"]["mcpbox/outcome"]


def test_the_instances(house):
    seen = house.get("/api/limits").expect(200)
    assert seen["defaults"] == {
        "memory_mib": 256, "cpu_ms": None, "result_kib": 1024, "output_kib": 256, "threads": 1,
        "requests": 100, "transfer_kib": 32768, "calls_per_minute": 0, "concurrency": 0,
        "rate_per_minute": 0}
    assert seen["maxima"]["memory_mib"] == 1024 and seen["maxima"]["concurrency"] is None


def test_inheritance(house):
    s = house.server()
    t = house.tool(s)
    defaults = house.get("/api/limits").expect(200)["defaults"]
    seen = house.get(of_tool(t)).expect(200)
    assert (seen["own"], seen["inherited"], seen["effective"]) == (EMPTY, defaults, defaults)
    assert seen["updated_by"] is None and seen["tool_id"] == t["id"]
    seen = house.patch(of_server(s), {"memory_mib": 128, "threads": 2, "concurrency": 3}).expect(200)
    assert seen["own"] == {**EMPTY, "memory_mib": 128, "threads": 2, "concurrency": 3}
    assert seen["tool_id"] is None and seen["updated_by"].startswith("person:")
    seen = house.patch(of_tool(t), {"memory_mib": 64, "cpu_ms": 500}).expect(200)
    assert seen["own"] == {**EMPTY, "memory_mib": 64, "cpu_ms": 500}
    assert seen["inherited"] == {**defaults, "memory_mib": 128, "threads": 2, "concurrency": 3}
    assert seen["effective"] == {**seen["inherited"], "memory_mib": 64, "cpu_ms": 500}
    # What is not given stays; null inherits again.
    seen = house.patch(of_tool(t), {"memory_mib": None}).expect(200)
    assert seen["own"] == {**EMPTY, "cpu_ms": 500} and seen["effective"]["memory_mib"] == 128
    rows = [after for _, target, after in audit_rows("set_limits") if target == t["id"]]
    assert [r["memory_mib"] for r in rows] == [64, None]


@pytest.mark.parametrize("name, value", [
    ("memory_mib", 15), ("memory_mib", 65537), ("memory_mib", "64"), ("cpu_ms", 99),
    ("result_kib", 0), ("output_kib", 1025), ("threads", 0), ("threads", 65), ("requests", -1),
    ("transfer_kib", 1048577), ("concurrency", 901), ("rate_per_minute", 100001), ("wall_ms", 5)])
def test_ranges(house, name, value):
    answer = house.patch(of_server(house.server()), {name: value})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/" + name]


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("concurrency", "rate_per_minute")])
def test_not_over_the_instances_maximum(house, name):
    most = house.get("/api/limits").expect(200)["maxima"][name]
    s = house.server()
    t = house.tool(s)
    for at in (of_server(s), of_tool(t)):
        assert house.patch(at, {name: most}).expect(200)["effective"][name] == most
    if name not in ("cpu_ms", "output_kib"):  # there the maximum is the range's end
        answer = house.patch(of_tool(t), {name: most + 1})
        answer.expect(422, "invalid")
        assert answer.pointers == ["/" + name]


def test_a_maximum_that_was_lowered_holds(house):
    """As if it had been set when the maximum was higher."""
    s = house.server()
    t = house.tool(s)
    psql(f"INSERT INTO limit_set (server_id, memory_mib, updated_by) "
         f"VALUES ('{s['id']}', 60000, 'x')")
    seen = house.get(of_tool(t)).expect(200)
    assert seen["effective"]["memory_mib"] == seen["inherited"]["memory_mib"] == 1024


@pytest.mark.parametrize("name", ["concurrency", "rate_per_minute"])
def test_a_tool_has_none_of_the_servers(house, name):
    house.patch(of_tool(house.tool()), {name: 1}).expect(422, "invalid")


def test_missing(house):
    for at in (f"/api/servers/{NOBODY}/limits", f"/api/tools/{NOBODY}/limits"):
        house.get(at).expect(404, "not-found")
        house.patch(at, {"threads": 1}).expect(404, "not-found")
    house.patch(of_server(house.server()), {}).expect(422, "invalid")


def test_many_set_at_once(house):
    """Each sets another one: none is lost."""
    s = house.server()
    names = [n for n in NAMES if n != "threads"]
    answers = parallel(len(names), lambda i: House(house.client.clone()).patch(
        of_server(s), {names[i]: 200}))
    assert {a.status for a in answers} == {200}
    assert house.get(of_server(s)).expect(200)["own"] == {
        **dict.fromkeys(NAMES, 200), "threads": None}


@pytest.mark.parametrize("role, status", [
    ("viewer", 403), ("operator", 403), ("reviewer", 200), ("admin", 200)])
def test_who_sets(as_role, house, role, status):
    s = house.server()
    mine = House(as_role(role))
    assert mine.patch(of_server(s), {"threads": 1}).status == status
    assert mine.patch(of_tool(house.tool(s)), {"threads": 1}).status == status
    assert mine.get(of_server(s)).status == 200


def test_models_do_not_see_them(model):
    assert not [t["name"] for t in model.tools() if "limit" in t["name"]]


# --- runs meet them ------------------------------------------------------------------


@pytest.fixture
def greedy(house):
    s = house.server()
    return s, house.live(s, python_code=GREEDY)


def test_memory(house, model, greedy):
    s, t = greedy
    assert outcome(model.call(t["full_name"], {"mib": 100})) == "result"
    house.patch(of_server(s), {"memory_mib": 32}).expect(200)
    assert outcome(model.call(t["full_name"], {"mib": 100})) == "memory_limit"
    house.patch(of_tool(t), {"memory_mib": 200}).expect(200)
    assert outcome(model.call(t["full_name"], {"mib": 100})) == "result"


def test_processor_time(house, model, greedy):
    s, t = greedy
    house.patch(of_tool(t), {"cpu_ms": 1000}).expect(200)
    assert outcome(model.call(t["full_name"], {"spin": True})) == "cpu_limit"


def test_result_and_output(house, model, greedy):
    s, t = greedy
    house.patch(of_server(s), {"result_kib": 1, "output_kib": 1}).expect(200)
    assert outcome(model.call(t["full_name"], {"result": 2000})) == "output_limit"
    answer = model.call(t["full_name"], {"output": 5000})
    assert outcome(answer) == "result"
    assert len(answer["_meta"]["mcpbox/output"]) < 2000
    house.patch(of_server(s), {"result_kib": None}).expect(200)
    assert outcome(model.call(t["full_name"], {"result": 2000})) == "result"


def test_trials_have_them_too(house, greedy):
    s, t = greedy
    house.patch(of_tool(t), {"memory_mib": 32}).expect(200)
    tried = house.post("/api/tools/test-code", {
        "tool_id": t["id"], "arguments": {"mib": 100}}).expect(200)
    assert tried["outcome"] == "memory_limit"
