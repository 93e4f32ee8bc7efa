"""Secrets: made by models, filled by people, read by runs that declare them."""

import hashlib
import json
import secrets

import pytest

from client import audit_rows, parallel, psql
from harness.mcp import McpClient, McpError
from house import NOBODY, House

# What a run was given, without saying it.
LOOK = '''import hashlib

async def main() -> dict:
    """Tell what there is."""
    return {name: hashlib.sha256(secrets[name].encode()).hexdigest() for name in secrets}
'''


def sha(value):
    return hashlib.sha256(value.encode()).hexdigest()


def new_value():
    return "v" + secrets.token_hex(16)


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


def at(server, name=""):
    return f"/api/servers/{server['id']}/secrets" + (f"/{name}" if name else "")


def looker(house, names, server=None):
    """A live tool that declares these names."""
    server = server or house.server()
    return house.live(server, python_code=LOOK, secret_names=names)


def run_count(tool):
    return int(psql(f"SELECT count(*) FROM run_log WHERE tool_id = '{tool['id']}'")[0][0])


# --- places and values -------------------------------------------------------------


def test_the_life_of_a_secret(house):
    s, value = house.server(), new_value()
    made = house.post(at(s), {"key_name": "API_KEY", "description": "from the shop"}).expect(201)
    assert (made["key_name"], made["description"], made["server_id"]) == (
        "API_KEY", "from the shop", s["id"])
    assert made["has_value"] is False and made["set_at"] is None and made["used_by"] == []
    assert made["created_by"].startswith("person:")
    answer = house.put(at(s, "API_KEY"), {"value": value})
    filled = answer.expect(200)
    assert filled["has_value"] and filled["set_by"].startswith("person:") and filled["set_at"]
    assert filled["id"] == made["id"]
    listed = house.get(at(s))
    assert listed.expect(200) == {"items": [filled], "total": 1}
    for seen in (answer, listed):
        assert value.encode() not in seen.raw and "value" not in filled
    assert house.delete(at(s, "API_KEY")).status == 204
    assert house.get(at(s)).expect(200) == {"items": [], "total": 0}
    house.delete(at(s, "API_KEY")).expect(404, "not-found")
    house.put(at(s, "API_KEY"), {"value": "x"}).expect(404, "not-found")


@pytest.mark.parametrize("value, warned", [
    ("abc", True), ("ü", True), ("  abc \n", True), ("abcd", False), (" abcd", False)])
def test_a_short_value_is_warned_about(house, value, warned):
    """It is not looked for in what a run says."""
    s = house.server()
    house.post(at(s), {"key_name": "PIN"}).expect(201)
    answer = house.put(at(s, "PIN"), {"value": value}).expect(200)
    assert answer["has_value"]
    assert ("4 bytes" in (answer["warning"] or "")) == warned
    assert "warning" in answer and value.strip() not in (answer["warning"] or "").split()
    assert all(i["warning"] is None for i in house.get(at(s)).expect(200)["items"])


def test_it_is_stored_sealed(house):
    s, value = house.server(), new_value()
    house.secret(s, "KEY", value)
    rows = psql(f"SELECT encode(sealed, 'hex'), octet_length(sealed) FROM secret "
                f"WHERE server_id = '{s['id']}'")
    assert value.encode().hex() not in rows[0][0]
    assert int(rows[0][1]) == len(value) + 30
    house.put(at(s, "KEY"), {"value": value}).expect(200)
    again = psql(f"SELECT encode(sealed, 'hex') FROM secret WHERE server_id = '{s['id']}'")
    assert again[0][0] != rows[0][0]  # never twice the same


def test_list_is_by_name_and_of_one_server(house):
    s, other = house.server(), house.server()
    for name in ("B", "A_1", "A"):
        house.secret(s, name)
    house.secret(other, "C")
    assert [i["key_name"] for i in house.get(at(s)).expect(200)["items"]] == ["A", "A_1", "B"]
    house.get(f"/api/servers/{NOBODY}/secrets").expect(404, "not-found")
    house.post(f"/api/servers/{NOBODY}/secrets", {"key_name": "A"}).expect(404, "not-found")


@pytest.mark.parametrize("name", ["", "a", "1A", "_A", "A-B", "A B", "Ä", "A" * 65, None, 1])
def test_bad_names(house, name):
    answer = house.post(at(house.server()), {"key_name": name})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/key_name"]


def test_bad_names_in_the_path(house):
    s = house.server()
    for name in ("a", "A" * 65, "A%00", "A%0A", "%2E%2E"):
        assert house.put(at(s, name), {"value": "x"}).status in (400, 404, 422)


@pytest.mark.parametrize("value", ["", None, 1, "a\x00b", "a\x01b", "x" * 65537,
                                   "\u00e9" * 40000, ["x"]])
def test_bad_values(house, value):
    s = house.server()
    house.secret(s, "KEY")
    answer = house.put(at(s, "KEY"), {"value": value})
    assert answer.status in (400, 422), answer
    assert not house.get(at(s)).expect(200)["items"][0]["has_value"]


@pytest.mark.parametrize("value", ["x", "x" * 65536, "\u00e9" * 32768, "a\nb\r\n\tc", " x ",
                                   '"\\%+', "\U0001f511"])
def test_any_text_arrives_as_it_is(house, model, value):
    tool = looker(house, ["KEY"], s := house.server())
    house.secret(s, "KEY", value)
    seen = model.call(tool["full_name"])
    assert seen["structuredContent"] == {"KEY": sha(value)}


def test_a_name_is_taken_once(house):
    s = house.server()
    answers = parallel(6, lambda i: House(house.client.clone()).post(at(s), {"key_name": "SAME"}))
    assert sorted(a.status for a in answers) == [201] + 5 * [409]
    assert {a.problem for a in answers if a.status == 409} == {"duplicate"}


def test_there_is_a_last_one(house):
    s = house.server()
    psql(f"INSERT INTO secret (server_id, name, created_by) "
         f"SELECT '{s['id']}', 'S' || n, 'x' FROM generate_series(1, 199) n")
    answers = parallel(4, lambda i: House(house.client.clone()).post(at(s), {"key_name": f"L{i}"}))
    assert sorted(a.status for a in answers) == [201, 409, 409, 409]


def test_used_by(house):
    s = house.server()
    one = house.tool(s, name="one", secret_names=["A", "B"])
    house.tool(s, name="two", secret_names=["B", "NOT_THERE"])
    for name in ("A", "B", "C"):
        house.secret(s, name)
    items = {i["key_name"]: [u["full_name"] for u in i["used_by"]]
             for i in house.get(at(s)).expect(200)["items"]}
    assert items == {"A": [f"{s['name']}__one"], "C": [],
                     "B": [f"{s['name']}__one", f"{s['name']}__two"]}
    house.patch(f"/api/tools/{one['id']}", {"secret_names": ["C"]}).expect(200)
    use = house.get(at(s)).expect(200)["items"][2]["used_by"][0]
    assert (use["tool_id"], use["approval_status"]) == (one["id"], "draft")


@pytest.mark.parametrize("role, look, make, fill", [
    ("viewer", 200, 403, 403), ("reviewer", 200, 403, 403), ("operator", 200, 201, 403)])
def test_who_may(as_role, house, role, look, make, fill):
    s = house.server()
    house.secret(s, "KEY")
    mine = House(as_role(role))
    mine.get(at(s)).expect(look)
    mine.post(at(s), {"key_name": "OTHER"}).expect(make)
    mine.put(at(s, "KEY"), {"value": "x"}).expect(fill)
    mine.delete(at(s, "KEY")).expect(fill)


def test_no_credential(anyone, house):
    s = house.server()
    for method, path in (("GET", at(s)), ("POST", at(s)), ("PUT", at(s, "A")),
                         ("DELETE", at(s, "A"))):
        House(anyone).ask(method, path, {}).expect(401, "unauthorized")


def test_the_trail_says_set_and_unset(house):
    s, value = house.server(), new_value()
    made = house.secret(s, "KEY", value)
    house.put(at(s, "KEY"), {"value": value + "2"}).expect(200)
    house.delete(at(s, "KEY"))
    seen = [row for op in ("create_server_secret", "set_server_secret", "delete_server_secret")
            for row in audit_rows(op) if row[1] == made["id"]]
    assert [after and after["has_value"] for _, _, after in seen] == [False, True, True, None]
    assert all(actor.startswith("person:") for actor, _, _ in seen)
    rows = psql(f"SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM audit "
                f"WHERE target_id = '{made['id']}'")
    assert len(rows) == 4 and not any(value in row[0] for row in rows)


# --- the door of the models ---------------------------------------------------------


def test_a_model_makes_the_place(house, model):
    s = house.server()
    made = model.call("mcpbox_create_server_secret",
                      {"server_id": s["id"], "key_name": "API_KEY", "description": "d"})
    assert not made.get("isError") and made["structuredContent"]["has_value"] is False
    assert made["structuredContent"]["created_by"].startswith("client:")
    house.put(at(s, "API_KEY"), {"value": "hidden-value"}).expect(200)
    listed = model.call("mcpbox_list_server_secrets", {"server_id": s["id"]})
    assert listed["structuredContent"]["items"][0]["has_value"] is True
    assert "hidden-value" not in json.dumps(listed)
    again = model.call("mcpbox_create_server_secret", {"server_id": s["id"], "key_name": "API_KEY"})
    assert again["isError"] and "already" in again["content"][0]["text"]


def test_a_model_has_no_way_to_set_one(house, model):
    s = house.server()
    house.secret(s, "KEY")
    names = [t["name"] for t in model.tools() if "secret" in t["name"]]
    assert sorted(n for n in names if n.startswith("mcpbox_")) == [
        "mcpbox_create_server_secret", "mcpbox_list_server_secrets"]
    for name in ("mcpbox_set_server_secret", "mcpbox_delete_server_secret"):
        with pytest.raises(McpError):
            model.call(name, {"server_id": s["id"], "key_name": "KEY", "value": "x"})
    refused = model.call("mcpbox_create_server_secret",
                         {"server_id": s["id"], "key_name": "OTHER", "value": "x"})
    assert refused["isError"] and "/value" in refused["content"][0]["text"]


# --- runs ---------------------------------------------------------------------------


def test_a_call_reads_what_its_tool_declares(house, model):
    s, value = house.server(), new_value()
    tool = looker(house, ["KEY"], s)
    house.secret(s, "KEY", value)
    house.secret(s, "OTHER", new_value())
    assert model.call(tool["full_name"])["structuredContent"] == {"KEY": sha(value)}
    # A new value is the next call's.
    house.put(at(s, "KEY"), {"value": value + "2"}).expect(200)
    assert model.call(tool["full_name"])["structuredContent"] == {"KEY": sha(value + "2")}


def test_nothing_declared_is_nothing_read(house, model):
    s = house.server()
    house.secret(s, "KEY", new_value())
    tool = looker(house, [], s)
    assert model.call(tool["full_name"])["structuredContent"] == {}


def test_a_missing_value_is_said_before_anything_runs(house, model):
    s = house.server()
    tool = looker(house, ["A_KEY", "B_KEY", "C_KEY"], s)
    house.secret(s, "A_KEY", new_value())
    house.secret(s, "B_KEY")
    seen = model.call(tool["full_name"])
    text = seen["content"][0]["text"]
    assert seen["isError"] and "the secrets B_KEY, C_KEY" in text and "A_KEY" not in text
    assert s["name"] in text and "was not run" in text and "mcpbox_create_server_secret" in text
    answer = house.post("/api/tools/test-code", {"tool_id": tool["id"]})
    assert "B_KEY, C_KEY" in answer.expect(409, "conflict")["detail"]
    assert run_count(tool) == 0
    house.put(at(s, "B_KEY"), {"value": "bbbb"}).expect(200)
    house.secret(s, "C_KEY", "cccc")
    assert not model.call(tool["full_name"]).get("isError")
    house.delete(at(s, "C_KEY"))
    assert "the secret C_KEY" in model.call(tool["full_name"])["content"][0]["text"]
    assert run_count(tool) == 1


def test_a_value_opens_only_where_it_was_stored(house, model):
    """Somebody who can write to the database moves an envelope."""
    s, other, value = house.server(), house.server(), new_value()
    tool = looker(house, ["KEY"], s)
    house.secret(s, "KEY", "mine")
    for name, server in (("DIFFERENT", s), ("KEY", other)):
        house.secret(server, name, value)
        psql(f"UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE "
             f"server_id = '{server['id']}' AND name = '{name}') "
             f"WHERE server_id = '{s['id']}' AND name = 'KEY'")
        seen = model.call(tool["full_name"])
        assert seen["isError"] and "another encryption key" in seen["content"][0]["text"]
    house.put(at(s, "KEY"), {"value": value}).expect(200)
    assert model.call(tool["full_name"])["structuredContent"] == {"KEY": sha(value)}


def test_servers_do_not_share(house, model):
    one, two = house.server(), house.server()
    house.secret(one, "KEY", "value-of-one")
    house.secret(two, "KEY", "value-of-two")
    tools = [looker(house, ["KEY"], s) for s in (one, two)]
    seen = [model.call(t["full_name"])["structuredContent"]["KEY"] for t in tools]
    assert seen == [sha("value-of-one"), sha("value-of-two")]


def test_too_much_together(house):
    s = house.server()
    names = [f"KEY{i}" for i in range(9)]
    tool = house.tool(s, python_code=LOOK, secret_names=names)
    for name in names:
        house.secret(s, name, "x" * 65536)
    answer = house.post("/api/tools/test-code", {"tool_id": tool["id"]})
    assert "together" in answer.expect(409, "conflict")["detail"]
    house.put(at(s, "KEY0"), {"value": "x"}).expect(200)
    house.put(at(s, "KEY1"), {"value": "y" * 65535}).expect(200)
    seen = house.post("/api/tools/test-code", {"tool_id": tool["id"]}).expect(200)
    assert seen["success"] and len(seen["result"]) == 9


# --- tests and trials -----------------------------------------------------------------


def try_out(house, tool, **fields):
    return house.post("/api/tools/test-code", {"tool_id": tool["id"], **fields}).expect(200)


def test_a_models_trial_has_no_secrets(house, model):
    s = house.server()
    house.secret(s, "KEY", new_value())
    tool = looker(house, ["KEY"], s)
    for tool in (tool, house.tool(s, python_code=LOOK, secret_names=["KEY"])):
        seen = model.call("mcpbox_test_code", {"tool_id": tool["id"]})["structuredContent"]
        assert seen["kind"] == "trial" and seen["result"] == {}
        assert "no secrets" in seen["note"] and "network" not in seen["note"]
    # Not even a value that is missing stands in its way.
    house.delete(at(s, "KEY"))
    seen = model.call("mcpbox_test_code", {"tool_id": tool["id"]})["structuredContent"]
    assert seen["success"], seen


def test_a_trial_says_what_it_had_not(house, model):
    code = 'async def main():\n    """Ask."""\n    return (await http.get("https://x.test/")).text\n'
    quiet = 'async def main():\n    """Be quiet."""\n    return 1\n'
    notes = []
    for fields in ({"python_code": code}, {"python_code": code, "secret_names": ["K"]},
                   {"python_code": quiet}, {"python_code": quiet, "secret_names": ["K"]}):
        seen = model.call("mcpbox_test_code", {"tool_id": house.tool(**fields)["id"]})
        notes.append(seen["structuredContent"]["note"])
    assert "no network." in notes[0] and "secrets" not in notes[0]
    assert "no secrets and no network." in notes[1]
    assert notes[2] is None and "no secrets." in notes[3]


def test_a_persons_test_has_what_a_call_would_have(house):
    s, value = house.server(), new_value()
    house.secret(s, "KEY", value)
    tool = house.tool(s, python_code=LOOK, secret_names=["KEY"])
    seen = try_out(house, tool)
    assert (seen["kind"], seen["result"], seen["note"]) == ("test", {"KEY": sha(value)}, None)
    assert psql(f"SELECT is_test FROM run_log WHERE tool_id = '{tool['id']}'") == [["t"]]


@pytest.mark.parametrize("role, draft, approved", [
    ("operator", "trial", "test"), ("reviewer", "test", "test")])
def test_powers_for_unreviewed_code_are_a_decision(as_role, house, role, draft, approved):
    """Who may not approve a version may not give it the server's secrets either."""
    s, value = house.server(), new_value()
    house.secret(s, "KEY", value)
    tool = house.tool(s, python_code=LOOK, secret_names=["KEY"])
    mine = House(as_role(role))
    given = {"test": {"KEY": sha(value)}, "trial": {}}
    seen = try_out(mine, tool)
    assert (seen["kind"], seen["result"]) == (draft, given[draft])
    house.decide(tool).expect(200)
    seen = try_out(mine, tool)
    assert (seen["kind"], seen["result"]) == (approved, given[approved])
    # The approval is of that version only.
    house.patch(f"/api/tools/{tool['id']}", {"description": "other"}).expect(200)
    assert try_out(mine, tool)["kind"] == draft
    assert try_out(mine, tool, version=1)["kind"] == approved


def test_any_version_can_be_tested(house):
    tool = house.tool(python_code='async def main():\n    """x"""\n    return 1\n')
    at_tool = f"/api/tools/{tool['id']}"
    house.patch(at_tool, {"python_code": 'async def main(a: int):\n    """x"""\n    return 2\n',
                          "timeout_ms": 2000}).expect(200)
    seen = try_out(house, tool, version=1)
    assert (seen["result"], seen["version"], seen["digest"]) == (1, 1, tool["digest"])
    assert try_out(house, tool, arguments={"a": 1})["version"] == 2
    # Arguments are checked against the schema of the version that runs.
    house.post("/api/tools/test-code", {"tool_id": tool["id"], "version": 1,
                                        "arguments": {"a": 1}}).expect(422)
    house.post("/api/tools/test-code", {"tool_id": tool["id"], "version": 3}).expect(404)
    house.post("/api/tools/test-code", {"tool_id": tool["id"], "version": 0}).expect(422)


def test_a_version_has_the_secrets_that_it_declares(house):
    s = house.server()
    for name in ("A", "B"):
        house.secret(s, name, "value-" + name)
    tool = house.tool(s, python_code=LOOK, secret_names=["A"])
    house.patch(f"/api/tools/{tool['id']}", {"secret_names": ["B"]}).expect(200)
    assert try_out(house, tool, version=1)["result"] == {"A": sha("value-A")}
    assert try_out(house, tool)["result"] == {"B": sha("value-B")}


def test_debug_info_is_there_when_asked_for(house):
    tool = house.tool(python_code='async def main():\n    """x"""\n    return 1\n')
    assert try_out(house, tool)["debug_info"] is None
    assert try_out(house, tool, debug=True)["debug_info"] == {"http_calls": []}
    assert psql(f"SELECT count(requests) FROM run_log WHERE tool_id = '{tool['id']}'") == [["0"]]


# --- review -----------------------------------------------------------------------------


def test_the_reviewer_sees_them_as_powers(house):
    tool = house.tool(secret_names=["KEY"])
    seen = house.review(tool)
    power = [p for p in seen["powers"] if p["kind"] == "secret"]
    assert [(p["text"], p["new"]) for p in power] == [("Reads the secret KEY", True)]
    house.decide(tool, seen=seen).expect(200)
    house.patch(f"/api/tools/{tool['id']}", {"secret_names": ["KEY", "MORE"]}).expect(200)
    now = house.review(tool)
    assert [(p["text"], p["new"]) for p in now["powers"] if p["kind"] == "secret"] == [
        ("Reads the secret KEY", False), ("Reads the secret MORE", True)]
    assert now["powers_digest"] != seen["powers_digest"]
    house.decide(tool, seen={**now, "powers_digest": seen["powers_digest"]}).expect(
        409, "digest-moved")


@pytest.mark.parametrize("names", [["a"], ["A" * 65], ["A-B"], [""]])
def test_a_tool_declares_only_names_that_can_be(house, names):
    answer = house.post(f"/api/servers/{house.server()['id']}/tools",
                        {"name": "x", "python_code": LOOK, "secret_names": names})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/secret_names"]
