"""Review: a person decides about what was shown, or not at all."""

import pytest

from client import audit_rows, parallel, psql
from house import ADD, NOBODY, House

SECOND = ADD.replace("adding", "summing")


@pytest.fixture
def house(admin):
    return House(admin)


def at(tool):
    return f"/api/tools/{tool['id']}"


def queue(tool):
    return f"/api/approvals/tools/{tool['id']}"


def test_the_way_of_a_tool(house):
    t = house.tool()
    seen = house.post(at(t) + "/request-publish", {"notes": "please"}).expect(200)
    assert seen["approval_status"] == "pending_review" and seen["publish_notes"] == "please"
    house.post(at(t) + "/request-publish").expect(409, "conflict")
    house.decide(t, "reject", reason="no").expect(200)
    seen = house.get(at(t)).expect(200)
    assert seen["approval_status"] == "rejected" and seen["rejection_reason"] == "no"
    seen = house.post(at(t) + "/request-publish").expect(200)
    assert seen["approval_status"] == "pending_review" and seen["rejection_reason"] is None
    seen = house.decide(t).expect(200)
    assert seen["approval_status"] == "approved" and seen["approved_version"] == 1
    assert seen["approved_digest"] == t["digest"] and seen["approved_by"].startswith("person:")
    house.post(at(t) + "/request-publish").expect(409, "conflict")
    seen = house.post(queue(t) + "/revoke", {"reason": "oops"}).expect(200)
    assert seen["approval_status"] == "pending_review" and seen["approved_version"] is None
    assert [(h["verdict"], h["version"], h["reason"]) for h in seen["history"]] == [
        ("revoke", 1, "oops"), ("approve", 1, None), ("reject", 1, "no")]
    for operation in ("approve_tool", "reject_tool", "revoke_tool", "request_publish"):
        assert t["id"] in [target for _, target, _ in audit_rows(operation)]


@pytest.mark.parametrize("field, value", [
    ("version", 2), ("digest", "0" * 64), ("powers_digest", "0" * 64)])
@pytest.mark.parametrize("action", ["approve", "reject"])
def test_only_what_was_shown(house, field, value, action):
    t = house.tool()
    house.post(at(t) + "/request-publish").expect(200)
    house.decide(t, action, reason="r", **{field: value}).expect(409, "digest-moved")
    assert house.get(at(t)).expect(200)["approval_status"] == "pending_review"


def test_a_change_while_it_was_read(house):
    t = house.tool()
    seen = house.review(t)
    house.patch(at(t), {"description": "harmless"}).expect(200)
    house.decide(t, seen=seen).expect(409, "digest-moved")


def test_a_power_that_moved(house):
    """The server's time limit is not the tool's content, but the reviewer saw it."""
    t = house.tool()
    seen = house.review(t)
    assert [p["kind"] for p in seen["powers"]] == ["run"]
    house.patch(f"/api/servers/{t['server_id']}", {"default_timeout_ms": 300000}).expect(200)
    house.decide(t, seen=seen).expect(409, "digest-moved")
    house.decide(t).expect(200)


def test_powers_say_what_is_new(house):
    t = house.approved(secret_names=["OLD"], timeout_ms=1000)
    house.patch(at(t), {"secret_names": ["OLD", "NEW"]}).expect(200)
    seen = house.review(t)
    assert [(p["kind"], p["new"]) for p in seen["powers"]] == [
        ("run", False), ("secret", True), ("secret", False)]
    assert seen["base"]["version"] == 1 and seen["base"]["python_code"] == ADD


def test_approve_and_change_at_once(house):
    """Whoever comes first: what stands approved is never what was not seen."""
    t = house.tool()
    for round_ in range(5):
        seen = house.review(t)

        def act(i, seen=seen, round_=round_):
            mine = House(house.client.clone())
            if i == 0:
                return mine.patch(at(t), {"title": f"r{round_}"})
            return mine.decide(t, seen=seen)

        answers = parallel(4, act)
        assert answers[0].status == 200
        assert sorted(a.status for a in answers[1:])[1:] == [409, 409]
        now = house.get(at(t)).expect(200)
        assert now["approval_status"] in ("pending_review", "draft")
        assert now["approved_version"] in (None, *range(1, now["current_version"]))


def test_states(house):
    t = house.tool()
    house.decide(t, "reject", reason="r").expect(409, "conflict")  # nobody asked
    house.decide(t).expect(200)  # a draft can be approved
    house.decide(t).expect(409, "conflict")
    house.decide(t, "reject", reason="r").expect(409, "conflict")
    house.patch(at(t), {"title": "x"}).expect(200)
    house.post(queue(t) + "/revoke").expect(409, "conflict")


@pytest.mark.parametrize("reason", [None, "", "  \n", "x" * 2001])
def test_a_rejection_has_a_reason(house, reason):
    t = house.tool()
    house.post(at(t) + "/request-publish").expect(200)
    answer = house.decide(t, "reject", **({} if reason is None else {"reason": reason}))
    answer.expect(422, "invalid")
    assert answer.pointers == ["/reason"]


@pytest.mark.parametrize("field, value", [
    ("action", "submit"), ("version", 0), ("version", "1"), ("digest", "x"), ("digest", None),
    ("powers_digest", "A" * 64), ("force", True)])
def test_bad_decisions(house, field, value):
    answer = house.decide(house.tool(), **{field: value})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/" + field]


def test_missing(house):
    house.get(f"/api/approvals/tools/{NOBODY}").expect(404, "not-found")
    house.post(f"/api/approvals/tools/{NOBODY}/revoke").expect(404, "not-found")
    house.post(f"/api/approvals/tools/{NOBODY}/action", {
        "action": "approve", "version": 1, "digest": "0" * 64,
        "powers_digest": "0" * 64}).expect(404, "not-found")


def test_the_queue(house):
    s = house.server()
    first, second, draft = (house.tool(s) for _ in range(3))
    for t in (first, second):
        house.post(at(t) + "/request-publish").expect(200)
    seen = house.get(f"/api/approvals/tools?search={s['name']}__").expect(200)
    assert [i["id"] for i in seen["items"]] == [first["id"], second["id"]]
    item = seen["items"][0]
    assert item["is_new"] and item["requested_by"].startswith("person:")
    assert (item["findings_high"], item["findings_warning"]) == (0, 0)
    assert "python_code" not in item
    everything = house.get(f"/api/approvals/tools?search={s['name']}&status=all").expect(200)
    assert everything["total"] == 3
    assert house.get(f"/api/approvals/tools?search={s['name']}&status=draft").expect(
        200)["items"][0]["id"] == draft["id"]
    house.decide(first).expect(200)
    house.patch(at(first), {"title": "x"}).expect(200)
    seen = house.get(f"/api/approvals/tools?search={first['full_name']}").expect(200)["items"]
    assert len(seen) == 1 and not seen[0]["is_new"]
    house.get("/api/approvals/tools?status=odd").expect(422)


def test_findings_are_shown(house):
    code = 'import subprocess\n\nasync def main():\n    """Try."""\n    return 1\n'
    t = house.tool(python_code=code)
    house.post(at(t) + "/request-publish").expect(200)
    found = house.review(t)["findings"]
    assert [(f["severity"], f["rule"], f["line"]) for f in found] == [("high", "import", 1)]
    item = house.get(f"/api/approvals/tools?search={t['full_name']}").expect(200)["items"][0]
    assert item["findings_high"] == 1


def test_stats(house):
    before = house.get("/api/approvals/stats").expect(200)
    t = house.approved()
    draft = house.tool()
    after = house.get("/api/approvals/stats").expect(200)
    assert after["approved_tools"] == before["approved_tools"] + 1
    assert after["draft_tools"] == before["draft_tools"] + 1
    assert after["recently_approved"] == before["recently_approved"] + 1
    assert {t["id"], draft["id"]}


def test_a_digest_that_lies_is_not_approved(house):
    """The database compares digests as stored; C sees that one was made up."""
    t = house.tool()
    other = "ab" * 32
    psql(f"""BEGIN; INSERT INTO tool_version (tool_id, version, name, description, input_schema,
        code, digest, change_summary, change_source, created_by)
        SELECT tool_id, 2, name, description, input_schema, code || '# evil', decode('{other}',
        'hex'), 'x', 'llm', 'x' FROM tool_version WHERE tool_id = '{t['id']}';
        UPDATE tool SET current_version = 2 WHERE id = '{t['id']}'; COMMIT;""", role="gateway")
    house.decide(t).expect(409, "conflict")
    assert house.get(at(t)).expect(200)["approval_status"] == "draft"


@pytest.mark.parametrize("role, status", [("viewer", 403), ("operator", 403), ("reviewer", 200)])
def test_who_decides(as_role, house, role, status):
    t = house.tool()
    mine = House(as_role(role))
    seen = mine.review(t)
    mine.decide(t, seen=seen).expect(status)
    mine.post(queue(t) + "/revoke").expect(status)
