"""Tools and their versions: what is made, checked, changed and tried out."""

import secrets

import pytest

from client import audit_rows, parallel, psql
from house import ADD, NOBODY, House

SECOND = ADD.replace("adding", "summing")


@pytest.fixture
def house(admin):
    return House(admin)


def at(tool):
    return f"/api/tools/{tool['id']}"


# --- code ------------------------------------------------------------------------


def test_validate(house):
    seen = house.post("/api/tools/validate-code", {"python_code": ADD}).expect(200)
    assert seen["valid"] and seen["has_main"] and seen["error"] is None
    assert seen["description"] == "Add two numbers."
    assert [(p["name"], p["type"], p["required"]) for p in seen["parameters"]] == [
        ("a", "int", True), ("b", "int", False)]
    schema = seen["input_schema"]
    assert schema["type"] == "object" and schema["required"] == ["a"]
    assert schema["properties"]["b"] == {"type": "integer", "default": 1}


@pytest.mark.parametrize("code, line", [
    ("x = 1\ny = (\n", 2), ("def main(): pass", None), ("class A:\n    pass\n", None),
    ("async def main(*a): pass", 1), ("(" * 5000, None)])
def test_not_valid(house, code, line):
    seen = house.post("/api/tools/validate-code", {"python_code": code}).expect(200)
    assert not seen["valid"] and seen["error"]["message"]
    assert line is None or seen["error"]["line"] == line
    # And nothing can be made of it.
    answer = house.post(f"/api/servers/{house.server()['id']}/tools",
                        {"name": "x", "python_code": code})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/python_code"]


@pytest.mark.parametrize("code", ["", "x" * 100001, "a\x01b", "\U0001f600" * 70000, None, 1])
def test_not_code(house, code):
    house.post("/api/tools/validate-code", {"python_code": code}).expect(422, "invalid")


# --- making ----------------------------------------------------------------------


def test_create(house):
    s = house.server()
    t = house.tool(s, name="add", title="Add", secret_names=["B", "A", "B"], timeout_ms=2000,
                   annotations={"readOnlyHint": True},
                   output_schema={"type": "object", "required": ["sum"]})
    assert t["full_name"] == f"{s['name']}__add"
    assert t["approval_status"] == "draft" and t["current_version"] == 1 and not t["callable"]
    assert t["description"] == "Add two numbers." and t["secret_names"] == ["A", "B"]
    assert t["timeout_ms"] == 2000 and t["annotations"] == {"readOnlyHint": True}
    assert len(t["digest"]) == 64 and t["approved_version"] is None
    assert t.items() >= house.get(at(t)).expect(200).items()
    listed = house.get(f"/api/servers/{s['id']}/tools").expect(200)["items"]
    assert listed == [{k: v for k, v in t.items()
                       if k not in ("python_code", "input_schema", "output_schema",
                                    "findings", "hosts")}]
    assert t["id"] in [target for _, target, _ in audit_rows("create_tool")]


@pytest.mark.parametrize("field, value, pointer", [
    ("name", "A", "/name"), ("name", "a" * 61, "/name"), ("name", None, "/name"),
    ("title", "a\nb", "/title"), ("description", "x" * 2001, "/description"),
    ("timeout_ms", 999, "/timeout_ms"), ("annotations", [], "/annotations"),
    ("annotations", {"x": 1}, "/annotations"),
    ("annotations", {"readOnlyHint": 1}, "/annotations/readOnlyHint"),
    ("output_schema", {"type": "nonsense"}, None),
    ("secret_names", ["a"], "/secret_names"), ("secret_names", ["A"] * 33, "/secret_names"),
    ("approval_status", "approved", "/approval_status"), ("enabled", True, "/enabled")])
def test_bad_fields(house, field, value, pointer):
    body = {"name": "x", "python_code": ADD, field: value}
    answer = house.post(f"/api/servers/{house.server()['id']}/tools", body)
    answer.expect(422, "invalid")
    assert pointer is None or answer.pointers == [pointer]


def test_full_name_fits(house):
    s = house.server(name="s" + secrets.token_hex(19))
    answer = house.post(f"/api/servers/{s['id']}/tools", {"name": "t" * 30, "python_code": ADD})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/name"]


def test_a_name_is_taken_once(house):
    s = house.server()
    answers = parallel(6, lambda i: House(house.client.clone()).post(
        f"/api/servers/{s['id']}/tools", {"name": "same", "python_code": ADD}))
    assert sorted(a.status for a in answers) == [201] + 5 * [409]


def test_missing(house):
    for path in (f"/api/tools/{NOBODY}", f"/api/tools/{NOBODY}/versions",
                 f"/api/tools/{NOBODY}/versions/1", f"/api/servers/{NOBODY}/tools"):
        house.get(path).expect(404, "not-found")
    house.patch(f"/api/tools/{NOBODY}", {"title": "x"}).expect(404)
    house.delete(f"/api/tools/{NOBODY}").expect(404)
    house.post(f"/api/servers/{NOBODY}/tools", {"name": "x", "python_code": ADD}).expect(404)
    house.post("/api/tools/test-code", {"tool_id": NOBODY}).expect(404)
    house.get("/api/tools/x").expect(422)


# --- changing ----------------------------------------------------------------------


def test_a_draft_stays_a_draft(house):
    t = house.tool()
    changed = house.patch(at(t), {"python_code": SECOND, "change_summary": "why"}).expect(200)
    assert changed["current_version"] == 2 and changed["approval_status"] == "draft"
    assert changed["digest"] != t["digest"]
    newest = house.get(at(t) + "/versions").expect(200)["items"][0]
    assert (newest["version"], newest["change_summary"], newest["change_source"]) == (
        2, "why", "manual")


@pytest.mark.parametrize("change", [
    {"python_code": SECOND}, {"description": "other"}, {"title": "other"}, {"timeout_ms": 4000},
    {"annotations": {"openWorldHint": False}}, {"output_schema": {"type": "object"}},
    {"secret_names": ["KEY"]}])
def test_any_change_of_content_takes_the_approval(house, change):
    t = house.approved()
    assert t["approval_status"] == "approved"
    changed = house.patch(at(t), change).expect(200)
    assert changed["approval_status"] == "pending_review"
    assert changed["current_version"] == 2 and changed["approved_version"] == 1


def test_the_switch_is_beside_it(house):
    t = house.approved()
    off = house.patch(at(t), {"enabled": False}).expect(200)
    assert (off["enabled"], off["approval_status"], off["current_version"]) == (
        False, "approved", 1)
    assert house.patch(at(t), {"enabled": True}).expect(200)["digest"] == t["digest"]


def test_nothing_new_is_no_version(house):
    t = house.approved(title="T")
    same = house.patch(at(t), {"python_code": ADD, "title": "T", "secret_names": []}).expect(200)
    assert same["current_version"] == 1 and same["approval_status"] == "approved"
    house.patch(at(t), {}).expect(422)
    house.patch(at(t), {"change_summary": "only this"}).expect(422)


def test_null_removes(house):
    t = house.tool(title="T", description="given", timeout_ms=2000,
                   annotations={"readOnlyHint": True}, output_schema={"type": "object"})
    seen = house.patch(at(t), {"title": None, "description": None, "timeout_ms": None,
                               "annotations": None, "output_schema": None}).expect(200)
    assert seen["description"] == "Add two numbers."  # the docstring's again
    assert [seen[k] for k in ("title", "timeout_ms", "annotations", "output_schema")] == 4 * [None]


def test_bad_code_changes_nothing(house):
    t = house.tool()
    house.patch(at(t), {"python_code": "def"}).expect(422, "invalid")
    assert t.items() >= house.get(at(t)).expect(200).items()


def test_names_are_fixed(house):
    house.patch(at(house.tool()), {"name": "other"}).expect(422, "invalid")


# --- versions ------------------------------------------------------------------------


def test_compare(house):
    t = house.tool()
    house.patch(at(t), {"python_code": SECOND, "timeout_ms": 2000}).expect(200)
    seen = house.get(at(t) + "/versions/compare?from_version=1&to_version=2").expect(200)
    assert {d["field"]: (d["old_value"], d["new_value"]) for d in seen["differences"]} == {
        "python_code": (ADD, SECOND), "timeout_ms": (None, 2000)}
    assert '-    print("adding")\n+    print("summing")\n' in seen["unified_diff"]
    back = house.get(at(t) + "/versions/compare?from_version=2&to_version=2").expect(200)
    assert back["differences"] == [] and back["unified_diff"] == ""
    house.get(at(t) + "/versions/compare?from_version=1").expect(422)
    house.get(at(t) + "/versions/compare?from_version=1&to_version=3").expect(404)


def test_roll_back(house):
    t = house.approved()
    house.patch(at(t), {"python_code": SECOND}).expect(200)
    house.post(at(t) + "/versions/2/rollback").expect(409, "conflict")
    house.post(at(t) + "/versions/3/rollback").expect(409, "conflict")
    house.post(at(t) + "/versions/0/rollback").expect(422)
    seen = house.post(at(t) + "/versions/1/rollback").expect(200)
    assert seen["current_version"] == 3 and seen["digest"] == t["digest"]
    # The same content, but a person has to say so.
    assert seen["approval_status"] == "pending_review"
    old = house.get(at(t) + "/versions/1").expect(200)
    assert old["python_code"] == ADD and old["digest"] == t["digest"]
    assert house.get(at(t) + "/versions/3").expect(200)["change_source"] == "rollback"


def test_parallel_changes_number_themselves(house):
    t = house.tool()
    house.patch(at(t), {"title": "0"}).expect(200)

    def change(i):
        mine = House(house.client.clone())
        if i % 3 == 0:
            return mine.post(at(t) + "/versions/1/rollback")
        if i % 3 == 1:
            return mine.patch(at(t), {"title": f"t{i}"})
        return mine.patch(at(t), {"python_code": ADD + f"# {i}\n"})

    answers = parallel(50, change)
    assert {a.status for a in answers} <= {200, 409}
    made = [a.json["current_version"] for a in answers if a.status == 200]
    last = house.get(at(t)).expect(200)["current_version"]
    versions = [int(v) for (v,) in psql(
        f"SELECT version FROM tool_version WHERE tool_id = '{t['id']}' ORDER BY 1")]
    assert versions == list(range(1, last + 1))
    assert len(set(made)) >= last - 2 > 0


# --- trying out ------------------------------------------------------------------------


def test_try_a_draft(house):
    t = house.tool()
    seen = house.post("/api/tools/test-code", {"tool_id": t["id"], "arguments": {"a": 2}}).expect(200)
    assert seen["success"] and seen["outcome"] == "result" and seen["result"] == {"sum": 3}
    assert seen["stdout"] == "adding\n" and seen["error"] is None
    assert (seen["version"], seen["digest"]) == (1, t["digest"])
    rows = psql(f"SELECT is_test, outcome, input_args, result FROM run_log "
                f"WHERE tool_id = '{t['id']}'")
    assert rows == [["t", "result", '{"a": 2}', '{"sum": 3}']]


def test_arguments_are_checked(house):
    t = house.tool()
    answer = house.post("/api/tools/test-code", {"tool_id": t["id"], "arguments": {"a": "x"}})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/arguments/a"]
    house.post("/api/tools/test-code", {"tool_id": t["id"], "arguments": [1]}).expect(422)
    house.post("/api/tools/test-code", {"tool_id": t["id"]}).expect(422)


def test_a_failing_tool_is_an_answer(house):
    code = 'async def main():\n    """Fail."""\n    raise ValueError("no rows")\n'
    t = house.tool(python_code=code)
    seen = house.post("/api/tools/test-code", {"tool_id": t["id"]}).expect(200)
    assert not seen["success"] and seen["outcome"] == "tool_error" and seen["result"] is None
    assert "ValueError" in seen["error"] and "no rows" in seen["error"]
    assert "line 3" in seen["error"]


def test_the_time_limit_holds(house):
    code = 'async def main():\n    """Spin."""\n    while True:\n        pass\n'
    t = house.tool(python_code=code, timeout_ms=1000)
    seen = house.post("/api/tools/test-code", {"tool_id": t["id"]}).expect(200)
    assert seen["outcome"] in ("timeout", "cpu_limit") and not seen["success"]


def test_the_servers_time_limit_counts(house):
    code = 'async def main():\n    """Spin."""\n    while True:\n        pass\n'
    t = house.tool(house.server(default_timeout_ms=1000), python_code=code)
    seen = house.post("/api/tools/test-code", {"tool_id": t["id"]}).expect(200)
    assert seen["outcome"] in ("timeout", "cpu_limit")


def test_a_result_must_fit_the_output_schema(house):
    t = house.tool(output_schema={"type": "object", "required": ["total"]})
    seen = house.post("/api/tools/test-code", {"tool_id": t["id"], "arguments": {"a": 1}}).expect(200)
    assert not seen["success"] and "total" in seen["error"]


# --- the end -----------------------------------------------------------------------------


def test_delete(house):
    t = house.approved()
    assert house.delete(at(t)).status == 204
    house.get(at(t)).expect(404)
    house.get(f"/api/approvals/tools/{t['id']}").expect(404)
    rows = psql(f"SELECT before ->> 'python_code' FROM audit WHERE operation = 'delete_tool' "
                f"AND target_id = '{t['id']}'")
    assert len(rows) > 0  # what was deleted can be read in the trail


@pytest.mark.parametrize("role, create, test", [
    ("viewer", 403, 403), ("reviewer", 403, 200), ("operator", 201, 200)])
def test_who_may(as_role, house, role, create, test):
    t = house.tool()
    mine = House(as_role(role))
    mine.get(at(t)).expect(200)
    mine.post(f"/api/servers/{t['server_id']}/tools",
              {"name": "x", "python_code": ADD}).expect(create)
    mine.post("/api/tools/test-code", {"tool_id": t["id"], "arguments": {"a": 1}}).expect(test)
    mine.delete(at(t)).expect(403) if create == 403 else None
