"""Network access: asked for by models, decided by people, in force at once."""

import json
import secrets

import pytest

from client import SqlError, audit_rows, parallel, psql
from harness.mcp import McpClient
from house import NOBODY, House

QUEUE = "/api/approvals/network"
WHY = "The forecast comes from there."


@pytest.fixture
def house(admin):
    return House(admin)


@pytest.fixture
def model(gateway_url):
    client = McpClient(gateway_url)
    yield client
    client.close()


def new_host():
    return f"h{secrets.token_hex(6)}.example.com"


def ask(house, host=None, **fields):
    return house.post(QUEUE, {"host": host or new_host(), "justification": WHY, **fields})


def one(row, rest=""):
    return f"{QUEUE}/{row['id']}{rest}"


def decide(house, row, action="approve", **fields):
    return house.post(one(row, "/action"), {"action": action, **fields})


def grant(house, server, host=None, **fields):
    return house.post(f"/api/servers/{server['id']}/allowed-hosts",
                      {"host": host or new_host(), **fields})


def lines(tool):
    """What the tool's runs may reach, as the call's statement reads it."""
    return sorted(line for (line,) in psql(
        f"SELECT line FROM run_grant WHERE tool_id = '{tool['id']}'", role="gateway"))


# --- asking ------------------------------------------------------------------------


def test_a_request_of_a_person(house):
    s = house.server()
    t = house.tool(s)
    host = new_host()
    row = ask(house, host.upper() + ".", tool_id=t["id"], port=443).expect(201)
    assert (row["host"], row["port"], row["status"], row["private"]) == (
        host, 443, "pending", False)
    assert (row["tool_name"], row["server_name"]) == (t["full_name"], s["name"])
    assert row["source"] == "manual" and row["requested_by"].startswith("person:")
    assert row["decided_by"] is None and not row["needs_private"]
    assert "person decides" in row["next_step"]
    assert house.get(one(row)).expect(200)["id"] == row["id"]
    assert lines(t) == []
    assert ("request_network_access", row["id"]) in [
        ("request_network_access", target)
        for _, target, _ in audit_rows("request_network_access")]


def test_a_model_asks(house, model):
    s = house.server()
    t = house.tool(s)
    asked = model.call("mcpbox_request_network_access", {
        "tool_id": t["id"], "host": "Bücher.example", "port": 443, "justification": WHY})
    row = asked["structuredContent"]
    assert row["host"] == "xn--bcher-kva.example" and row["source"] == "llm"
    assert row["requested_by"].startswith("client:") and row["status"] == "pending"
    again = model.call("mcpbox_request_network_access", {
        "tool_id": t["id"], "host": "xn--BCHER-kva.example", "port": 443, "justification": WHY})
    assert again["isError"] and row["id"] in again["content"][0]["text"]
    listed = model.call("mcpbox_list_network_access", {"server_id": s["id"]})
    assert [i["id"] for i in listed["structuredContent"]["items"]] == [row["id"]]
    status = model.call("mcpbox_get_tool_status", {"tool_id": t["id"]})["structuredContent"]
    assert [(n["id"], n["status"]) for n in status["network"]] == [(row["id"], "pending")]
    decide(house, row, "reject", reason="Use the library instead.").expect(200)
    refused = model.call("mcpbox_request_network_access", {
        "tool_id": t["id"], "host": "bücher.example", "port": 443, "justification": WHY})
    assert refused["isError"] and "Use the library instead." in refused["content"][0]["text"]
    status = model.call("mcpbox_get_tool_status", {"tool_id": t["id"]})["structuredContent"]
    assert status["network"][0]["reason"] == "Use the library instead."


def test_models_cannot_decide(model):
    names = {t["name"] for t in model.tools()}
    assert "mcpbox_request_network_access" in names
    assert not {n for n in names if "network" in n} - {
        "mcpbox_request_network_access", "mcpbox_list_network_access"}


@pytest.mark.parametrize("host, word", [
    ("https://api.example.com", "scheme"), ("api.example.com/v1", "path"),
    ("u@api.example.com", "user name"), ("*.example.com", "wildcard"),
    ("api.example.com:443", "port"), ("2130706433", "four decimal"),
    ("0177.0.0.1", "four decimal"), ("localhost", "never reachable"),
    ("127.0.0.1", "never reachable"), ("[::1]", "never reachable"),
    ("169.254.169.254", "never reachable"), ("metadata.google.internal", "never reachable"),
    ("::ffff:10.0.0.1", "never reachable"), ("224.0.0.1", "never reachable"),
    ("0.0.0.0", "never reachable"), ("a b", "space"), ("", "empty"), ("x" * 1025, "longer")])
def test_hosts_that_are_refused_at_once(house, host, word):
    s = house.server()
    # An empty one never meets our own `or`.
    answer = house.post(QUEUE, {"host": host, "server_id": s["id"], "justification": WHY})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/host"] and word in answer.json["errors"][0]["message"]
    grant_answer = house.post(f"/api/servers/{s['id']}/allowed-hosts", {
        "host": host, "private": True})
    grant_answer.expect(422, "invalid")
    assert grant_answer.pointers == ["/host"]


@pytest.mark.parametrize("field, value", [
    ("port", 0), ("port", 65536), ("port", "443"), ("justification", "short"),
    ("justification", "x" * 2001), ("tool_id", "x"), ("status", "approved"), ("private", True)])
def test_bad_requests(house, field, value):
    s = house.server()
    answer = ask(house, server_id=s["id"], **{field: value})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/" + field]


def test_a_tool_or_a_server(house):
    s = house.server()
    t = house.tool(s)
    ask(house).expect(422, "invalid")
    ask(house, server_id=s["id"], tool_id=t["id"]).expect(422, "invalid")
    ask(house, server_id=NOBODY).expect(404, "not-found")
    ask(house, tool_id=NOBODY).expect(404, "not-found")


def test_twenty_ask_for_the_same(house):
    t = house.tool()
    host = new_host()
    answers = parallel(20, lambda i: ask(
        House(house.client.clone()), host, tool_id=t["id"], port=443))
    assert sorted(a.status for a in answers) == [201] + 19 * [409]
    made = next(a for a in answers if a.status == 201).json
    for answer in answers:
        if answer.status == 409:
            assert answer.problem == "duplicate"
            assert made["id"] in answer.json["detail"] and "waits" in answer.json["detail"]
    assert house.get(f"{QUEUE}?search={host}").expect(200)["total"] == 1
    assert psql(f"SELECT count(*) FROM network_access WHERE host = '{host}'") == [["1"]]


def test_what_covers_what(house):
    s = house.server()
    t, other = house.tool(s), house.tool(s)
    host = new_host()
    row = ask(house, host, tool_id=t["id"], port=443).expect(201)
    ask(house, host, tool_id=t["id"], port=80).expect(201)       # another port
    ask(house, host, tool_id=other["id"], port=443).expect(201)  # another tool
    ask(house, host, server_id=s["id"], port=443).expect(201)    # the whole server
    decide(house, row).expect(200)
    answer = ask(house, host, tool_id=t["id"], port=443)
    answer.expect(409, "duplicate")
    assert "granted already" in answer.json["detail"]
    wide = ask(house, host, tool_id=t["id"]).expect(201)  # any port: not covered by one
    decide(house, wide).expect(200)
    ask(house, host, tool_id=t["id"], port=8443).expect(409, "duplicate")  # covered by any
    grant(house, s, host, port=9000).expect(201)
    ask(house, host, tool_id=other["id"], port=9000).expect(409, "duplicate")
    ask(house, host, tool_id=other["id"], port=9001).expect(201)
    elsewhere = house.server()
    ask(house, host, server_id=elsewhere["id"], port=443).expect(201)


def test_rejected_once_is_not_asked_again(house):
    t = house.tool()
    host = new_host()
    row = ask(house, host, tool_id=t["id"], port=443).expect(201)
    decide(house, row, "reject", reason="Not this one.").expect(200)
    answer = ask(house, host, tool_id=t["id"], port=443)
    answer.expect(409, "conflict")
    assert "Not this one." in answer.json["detail"] and row["id"] in answer.json["detail"]
    ask(house, host, tool_id=t["id"], port=80).expect(201)  # only this port
    assert house.delete(one(row)).status == 204
    ask(house, host, tool_id=t["id"], port=443).expect(201)


def test_there_is_a_last_request(house):
    s = house.server()
    psql(f"INSERT INTO network_access (server_id, host, justification, source, requested_by) "
         f"SELECT '{s['id']}', 'x' || n || '.example', 'because', 'llm', 'x' "
         f"FROM generate_series(1, 99) n", role="gateway")
    answers = parallel(4, lambda i: ask(House(house.client.clone()), server_id=s["id"]))
    assert sorted(a.status for a in answers) == [201, 409, 409, 409]


# --- deciding ----------------------------------------------------------------------


def test_a_grant_is_in_force_at_once_and_goes_at_once(house):
    s = house.server()
    t, other = house.approved(server=s), house.tool(s)
    host = new_host()
    row = ask(house, host, tool_id=t["id"], port=443).expect(201)
    assert lines(t) == []
    approved = decide(house, row, reason="fine").expect(200)
    assert (approved["status"], approved["reason"]) == ("approved", "fine")
    assert approved["decided_by"].startswith("person:") and approved["decided_at"]
    assert lines(t) == [f"{host}:443"] and lines(other) == []
    # The approval stands: nothing about the tool itself has changed.
    now = house.get(f"/api/tools/{t['id']}").expect(200)
    assert now["approval_status"] == "approved" and now["digest"] == t["digest"]
    revoked = house.post(one(row, "/revoke"), {"reason": "enough"}).expect(200)
    assert (revoked["status"], revoked["reason"]) == ("revoked", "enough")
    assert lines(t) == []
    house.post(one(row, "/revoke")).expect(409, "conflict")
    ask(house, host, tool_id=t["id"], port=443).expect(201)  # a revocation may be asked about
    operations = [op for op in ("request_network_access", "approve_network_access",
                                "revoke_network_access")
                  if any(target == row["id"] for _, target, _ in audit_rows(op))]
    assert len(operations) == 3


def test_server_wide_and_own(house):
    s = house.server()
    t, other = house.tool(s), house.tool(s)
    a, b = new_host(), new_host()
    grant(house, s, a).expect(201)
    grant(house, s, b, port=80, tool_id=t["id"]).expect(201)
    assert lines(t) == sorted([f"{a}:*", f"{b}:80"]) and lines(other) == [f"{a}:*"]
    detail = house.get(f"/api/servers/{s['id']}").expect(200)
    assert detail["allowed_hosts"] == [f"{a}:*"]
    elsewhere = house.tool()
    assert lines(elsewhere) == []
    grant(house, s, tool_id=elsewhere["id"]).expect(404, "not-found")
    grant(house, {"id": NOBODY}).expect(404, "not-found")


@pytest.mark.parametrize("host, line", [
    ("10.1.2.3", "private 10.1.2.3:443"), ("[FD00::5]", "private [fd00::5]:443"),
    ("nas.local", "private nas.local:443"), ("printer", "private printer:443"),
    ("192.0.2.7", "private 192.0.2.7:443")])
def test_private_must_be_said(house, host, line):
    s = house.server()
    t = house.tool(s)
    row = ask(house, host, tool_id=t["id"], port=443).expect(201)
    assert row["needs_private"]
    for fields in ({}, {"private": False}):
        answer = decide(house, row, **fields)
        answer.expect(422, "invalid")
        assert answer.pointers == ["/private"]
        answer = grant(house, s, host, port=443, **fields)
        answer.expect(422, "invalid")
        assert answer.pointers == ["/private"]
    bulk = house.post(QUEUE + "/bulk-action", {
        "request_ids": [row["id"]], "action": "approve"}).expect(200)
    assert bulk["processed_count"] == 0 and "private" in bulk["failed"][0]["error"]
    assert lines(t) == []
    assert decide(house, row, private=True).expect(200)["private"]
    assert lines(t) == [line]


def test_private_may_be_said(house):
    s = house.server()
    t = house.tool(s)
    host = new_host()
    grant(house, s, host, port=443, private=True).expect(201)
    assert lines(t) == [f"private {host}:443"]
    answer = grant(house, s, host, port=443)
    answer.expect(409, "duplicate")
    assert "revoke it first" in answer.json["detail"]


def test_a_grant_answers_who_waits(house):
    s = house.server()
    host = new_host()
    row = ask(house, host, server_id=s["id"], port=443).expect(201)
    granted = grant(house, s, host, port=443).expect(201)
    assert granted["id"] == row["id"] and granted["status"] == "approved"
    assert granted["justification"] == WHY
    grant(house, s, host, port=443).expect(409, "duplicate")


def test_states(house):
    s = house.server()
    row = ask(house, server_id=s["id"]).expect(201)
    house.post(one(row, "/revoke")).expect(409, "conflict")
    decide(house, row).expect(200)
    for action in ("approve", "reject"):
        answer = decide(house, row, action, reason="x")
        answer.expect(409, "conflict")
        assert "approved already" in answer.json["detail"]
    house.delete(one(row)).expect(409, "conflict")
    house.post(one(row, "/revoke")).expect(200)
    decide(house, row).expect(409, "conflict")
    assert house.delete(one(row)).status == 204
    for answer in (house.get(one(row)), decide(house, row), house.delete(one(row)),
                   house.post(one(row, "/revoke"))):
        answer.expect(404, "not-found")
    assert any(target == row["id"] for _, target, _ in audit_rows("delete_network_access"))


@pytest.mark.parametrize("reason", [None, "", " \n", "x" * 2001])
def test_a_rejection_has_a_reason(house, reason):
    row = ask(house, server_id=house.server()["id"]).expect(201)
    answer = decide(house, row, "reject", **({} if reason is None else {"reason": reason}))
    answer.expect(422, "invalid")
    assert answer.pointers == ["/reason"]


def test_ten_decide_the_same(house):
    s = house.server()
    row = ask(house, server_id=s["id"], port=443).expect(201)

    def act(i):
        mine = House(house.client.clone())
        return decide(mine, row, "approve" if i % 2 else "reject", reason="r")

    answers = parallel(10, act)
    assert sorted(a.status for a in answers) == [200] + 9 * [409]
    rows = [op for op in ("approve_network_access", "reject_network_access")
            for _, target, _ in audit_rows(op) if target == row["id"]]
    assert len(rows) == 1


def test_a_server_has_256_grants_at_most(house):
    s = house.server()
    psql(f"INSERT INTO network_access (server_id, host, justification, source, requested_by, "
         f"status, decided_by, decided_at) SELECT '{s['id']}', 'x' || n || '.example', 'because', "
         f"'manual', 'x', 'approved', 'x', now() FROM generate_series(1, 255) n")
    answers = parallel(3, lambda i: grant(House(house.client.clone()), s))
    assert sorted(a.status for a in answers) == [201, 409, 409]


def test_a_host_that_was_not_written_by_us_is_not_approved(house):
    """Whoever takes the pool over that models talk to gains nothing by it."""
    s = house.server()
    for host, word in (("localhost", "never reachable"), ("2130706433", "four decimal"),
                       ("0x7f.1", "four decimal"), ("a.example.", "not stored the way")):
        rows = psql(f"INSERT INTO network_access (server_id, host, justification, source, "
                    f"requested_by) VALUES ('{s['id']}', '{host}', 'because', 'llm', 'x') "
                    f"RETURNING id", role="gateway")
        answer = decide(house, {"id": rows[0][0]}, private=True)
        answer.expect(409, "conflict")
        assert word in answer.json["detail"], answer
    for host in ("A.example", "a b", "a/b", "*.example"):
        with pytest.raises(SqlError):
            psql(f"INSERT INTO network_access (server_id, host, justification, source, "
                 f"requested_by) VALUES ('{s['id']}', '{host}', 'because', 'llm', 'x')",
                 role="gateway")


# --- several at once -----------------------------------------------------------------


def test_bulk(house):
    s = house.server()
    rows = [ask(house, server_id=s["id"]).expect(201) for _ in range(4)]
    decide(house, rows[3], "reject", reason="r").expect(200)
    ids = [r["id"] for r in rows]
    done = house.post(QUEUE + "/bulk-action", {
        "request_ids": ids[:2] + [ids[0], NOBODY, ids[3]], "action": "approve"}).expect(200)
    assert done["processed_count"] == 2
    assert [f["id"] for f in done["failed"]] == [ids[0], NOBODY, ids[3]]
    assert all(f["error"] for f in done["failed"])
    done = house.post(QUEUE + "/bulk-action", {
        "request_ids": [ids[2]], "action": "reject", "reason": "r"}).expect(200)
    assert done == {"success": True, "processed_count": 1, "failed": []}
    states = [house.get(one(r)).expect(200)["status"] for r in rows]
    assert states == ["approved", "approved", "rejected", "rejected"]


@pytest.mark.parametrize("fields, at", [
    ({"request_ids": []}, "/request_ids"), ({"request_ids": [NOBODY] * 101}, "/request_ids"),
    ({"request_ids": ["x"]}, "/request_ids"), ({"action": "revoke"}, "/action"),
    ({"action": "reject"}, "/reason")])
def test_bad_bulk(house, fields, at):
    answer = house.post(QUEUE + "/bulk-action", {
        "request_ids": [NOBODY], "action": "approve", **fields})
    answer.expect(422, "invalid")
    assert answer.pointers == [at]


# --- with a tool's review ------------------------------------------------------------


def test_powers_tell_what_is_granted(house):
    s = house.server()
    t = house.tool(s)
    a, b = new_host(), new_host()
    grant(house, s, a).expect(201)
    grant(house, s, b, port=8443, private=True, tool_id=t["id"]).expect(201)
    seen = house.review(t)
    texts = [(p["kind"], p["text"], p["new"]) for p in seen["powers"] if p["kind"] == "host"]
    assert sorted(texts) == sorted([
        ("host", f"Reaches {a}, any port", True),
        ("host", f"Reaches {b}, port 8443, also in private address space", True)])
    house.decide(t, seen=seen).expect(200)
    assert all(not p["new"] for p in house.review(t)["powers"])


def test_a_grant_between_look_and_approval(house):
    """The reviewer approves what was on the screen, or nothing."""
    s = house.server()
    t = house.tool(s)
    seen = house.review(t)
    row = grant(house, s).expect(201)
    house.decide(t, seen=seen).expect(409, "digest-moved")
    house.post(one(row, "/revoke")).expect(200)
    house.decide(t, seen=seen).expect(200)  # what was seen is true again


def test_a_grant_after_the_approval_resets_nothing(house):
    s = house.server()
    t = house.approved(server=s)
    house.post(f"/api/servers/{s['id']}/start").expect(200)
    before = house.review(t)
    grant(house, s).expect(201)
    after = house.review(t)
    assert after["approval_status"] == "approved" and after["callable"]
    assert after["digest"] == before["digest"]
    assert after["powers_digest"] != before["powers_digest"]
    # A new version goes back to review, whatever was granted.
    house.patch(f"/api/tools/{t['id']}", {"title": "other"}).expect(200)
    assert house.review(t)["approval_status"] == "pending_review"


def test_approved_with_the_version_that_asks(house):
    s = house.server()
    t, other = house.tool(s), house.tool(s)
    own = ask(house, tool_id=t["id"], port=443).expect(201)
    wide = ask(house, server_id=s["id"], port=443).expect(201)
    alien = ask(house, tool_id=other["id"], port=443).expect(201)
    local = ask(house, "nas.local", tool_id=t["id"]).expect(201)
    seen = house.review(t)
    assert {r["id"] for r in seen["network_requests"]} == {own["id"], wide["id"], local["id"]}
    for bad in (alien, local):
        house.decide(t, seen=seen, network_requests=[own["id"], bad["id"]]).expect(409, "conflict")
    house.decide(t, seen=seen, network_requests=[NOBODY]).expect(404, "not-found")
    house.decide(t, "reject", seen=seen, reason="r", network_requests=[own["id"]]).expect(422)
    assert house.review(t)["approval_status"] == "draft" and lines(t) == []  # all or nothing
    house.decide(t, seen=seen, network_requests=[own["id"], wide["id"]]).expect(200)
    now = house.review(t)
    assert now["approval_status"] == "approved"
    assert {r["id"] for r in now["network_requests"]} == {local["id"]}
    assert lines(t) == sorted([f"{own['host']}:443", f"{wide['host']}:443"])


# --- lists -------------------------------------------------------------------------


def test_the_queue(house):
    s = house.server()
    t = house.tool(s)
    rows = [ask(house, server_id=s["id"]).expect(201) for _ in range(3)]
    rows.append(ask(house, tool_id=t["id"]).expect(201))
    listed = house.get(f"{QUEUE}?server_id={s['id']}").expect(200)
    assert [i["id"] for i in listed["items"]] == [r["id"] for r in rows]  # longest first
    listed = house.get(f"{QUEUE}?server_id={s['id']}&page=2&page_size=3").expect(200)
    assert [i["id"] for i in listed["items"]] == [rows[3]["id"]] and listed["total"] == 4
    listed = house.get(f"{QUEUE}?tool_id={t['id']}").expect(200)
    assert [i["id"] for i in listed["items"]] == [rows[3]["id"]]
    decide(house, rows[0]).expect(200)
    decide(house, rows[1], "reject", reason="r").expect(200)
    for status, ids in (("approved", [0]), ("rejected", [1]), ("pending", [2, 3]),
                        ("revoked", []), ("all", [2, 3, 1, 0])):
        listed = house.get(f"{QUEUE}?server_id={s['id']}&status={status}").expect(200)
        assert [i["id"] for i in listed["items"]] == [rows[i]["id"] for i in ids], status
    listed = house.get(f"/api/approvals/server/{s['id']}/network").expect(200)
    assert listed["total"] == 4
    listed = house.get(f"/api/approvals/server/{s['id']}/network?status=approved").expect(200)
    assert [i["id"] for i in listed["items"]] == [rows[0]["id"]]
    house.get(f"/api/approvals/server/{NOBODY}/network").expect(404, "not-found")
    house.get(f"{QUEUE}?status=odd").expect(422)


def test_search_is_literal(house):
    s = house.server()
    t = house.tool(s)
    mark = "m" + secrets.token_hex(5)
    by_host = ask(house, f"{mark}.example", server_id=s["id"]).expect(201)
    by_why = ask(house, server_id=s["id"], justification=f"100%_{mark.upper()} needed").expect(201)
    of_tool = ask(house, tool_id=t["id"]).expect(201)

    def found(text):
        listed = house.get(f"{QUEUE}?server_id={s['id']}&search={text}").expect(200)
        return {i["id"] for i in listed["items"]}

    assert found(mark) == {by_host["id"], by_why["id"]}
    assert found(mark.upper()) == {by_host["id"], by_why["id"]}
    assert found("%25_" + mark) == {by_why["id"]}
    assert found("%25" + mark) == set() and found("_xample") == set()
    assert found(s["name"]) == {by_host["id"], by_why["id"], of_tool["id"]}
    assert found(t["name"]) == {of_tool["id"]}


def test_stats(house):
    before = house.get("/api/approvals/stats").expect(200)
    s = house.server()
    ask(house, server_id=s["id"]).expect(201)
    grant(house, s).expect(201)
    after = house.get("/api/approvals/stats").expect(200)
    for name in ("pending_network_requests", "approved_network_requests"):
        assert after[name] >= before[name] + 1


def test_rows_go_with_their_tool_and_server(house):
    s = house.server()
    t = house.tool(s)
    mine = ask(house, tool_id=t["id"]).expect(201)
    wide = grant(house, s).expect(201)
    assert house.delete(f"/api/tools/{t['id']}").status == 204
    house.get(one(mine)).expect(404)
    house.get(one(wide)).expect(200)
    assert house.delete(f"/api/servers/{s['id']}").status == 204
    house.get(one(wide)).expect(404)


@pytest.mark.parametrize("role, asks, decides", [
    ("viewer", 403, 403), ("operator", 201, 403), ("reviewer", 403, 200), ("admin", 201, 200)])
def test_who_may(as_role, house, role, asks, decides):
    s = house.server()
    rows = [ask(house, server_id=s["id"]).expect(201) for _ in range(2)]
    mine = House(as_role(role))
    assert ask(mine, server_id=s["id"]).status == asks
    assert decide(mine, rows[0]).status == decides
    assert mine.post(QUEUE + "/bulk-action", {
        "request_ids": [rows[1]["id"]], "action": "approve"}).status == decides
    assert grant(mine, s).status == (201 if decides == 200 else 403)
    held = grant(house, s).expect(201)
    assert mine.post(one(held, "/revoke")).status == decides
    assert mine.delete(one(held)).status == (204 if decides == 200 else 403)
    assert mine.get(QUEUE).status == 200


# --- hosts that the code names ------------------------------------------------------

TALKS = '''BASE = "https://%s"

async def main():
    """Fetch."""
    return (await http.get(BASE + "/v1")).text
'''


def lacking(answer):
    return [f for f in answer["findings"] if f["rule"] == "host-not-granted"]


def test_a_tool_is_told_what_to_ask_for(house, model):
    s, host = house.server(), new_host()
    t = house.tool(s, python_code=TALKS % host)
    (finding,) = lacking(t)
    assert (finding["severity"], finding["line"], finding["column"]) == ("warning", 5, 28)
    assert "mcpbox_request_network_access" in finding["message"]
    (told,) = t["hosts"]
    assert (told["host"], told["port"], told["access"]) == (host, 443, "missing")
    # What it says can be done as it is said.
    wanted = json.loads(told["advice"].partition("mcpbox_request_network_access ")[2].rstrip("."))
    assert wanted == {"tool_id": t["id"], "host": host, "port": 443}
    row = model.call("mcpbox_request_network_access", {**wanted, "justification": WHY})
    assert not row.get("isError"), row
    review = house.review(t)
    assert [h["access"] for h in review["hosts"]] == ["waiting"]
    assert row["structuredContent"]["id"] in lacking(review)[0]["message"]
    decide(house, row["structuredContent"]).expect(200)
    review = house.review(t)
    assert [h["access"] for h in review["hosts"]] == ["granted"] and lacking(review) == []
    assert [f["rule"] for f in review["findings"]] == ["network-host"]
    house.post(one(row["structuredContent"], "/revoke"), {}).expect(200)
    changed = house.patch(f"/api/tools/{t['id']}", {"title": "Fetches"}).expect(200)
    assert [h["access"] for h in changed["hosts"]] == ["missing"] and len(lacking(changed)) == 1


def test_code_is_told_what_its_server_lacks(house):
    s, host = house.server(), new_host()
    check = lambda **fields: house.post("/api/tools/validate-code", {
        "python_code": TALKS % host, **fields}).expect(200)
    bare = check()
    assert [(h["host"], h["access"]) for h in bare["hosts"]] == [(host, "unknown")]
    assert [f["rule"] for f in bare["findings"]] == ["network-host"]
    there = check(server_id=s["id"])
    assert s["id"] in lacking(there)[0]["message"]
    grant(house, s, host).expect(201)
    assert [h["access"] for h in check(server_id=s["id"])["hosts"]] == ["granted"]
    t = house.tool(s)
    assert [h["access"] for h in check(tool_id=t["id"])["hosts"]] == ["granted"]
    house.post("/api/tools/validate-code", {
        "python_code": TALKS % host, "server_id": NOBODY}).expect(404)
    house.post("/api/tools/validate-code", {
        "python_code": TALKS % host, "tool_id": NOBODY}).expect(404)


def test_a_refused_host_and_one_that_never_is(house):
    s, host = house.server(), new_host()
    row = ask(house, host, server_id=s["id"]).expect(201)
    decide(house, row, "reject", reason="Not there.").expect(200)
    t = house.tool(s, python_code=TALKS % host)
    assert t["hosts"][0]["access"] == "rejected" and "Not there." in lacking(t)[0]["message"]
    t = house.tool(s, python_code=TALKS % "169.254.169.254")
    assert t["hosts"][0]["access"] == "never" and "metadata" in lacking(t)[0]["message"]
    t = house.tool(s, python_code=TALKS % "Bücher.example")
    assert t["hosts"][0]["host"] == "xn--bcher-kva.example"
