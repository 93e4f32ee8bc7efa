"""Servers: create, list, change, start and stop, delete."""

import secrets

import pytest

from client import audit_rows, parallel
from house import ADD, NOBODY, House


@pytest.fixture
def house(admin):
    return House(admin)


def test_create_and_get(house):
    s = house.server(description="for tests", default_timeout_ms=5000)
    assert s["status"] == "stopped" and s["tools"] == [] and s["tool_count"] == 0
    assert s["default_timeout_ms"] == 5000 and s["created_by"].startswith("person:")
    assert house.get(f"/api/servers/{s['id']}").expect(200) == s
    assert (s["created_by"], s["id"]) in [(a, t) for a, t, _ in audit_rows("create_server")]


@pytest.mark.parametrize("name", ["a__b", "a_", "_a", "A", "1a", "", "a-b", "é", "a" * 41, None, 7])
def test_bad_names(house, name):
    answer = house.post("/api/servers", {"name": name})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/name"]


@pytest.mark.parametrize("field, value", [
    ("description", "x" * 2001), ("default_timeout_ms", 999), ("default_timeout_ms", 300001),
    ("default_timeout_ms", "1000"), ("default_timeout_ms", 1000.5), ("unknown", 1)])
def test_bad_fields(house, field, value):
    answer = house.post("/api/servers", {"name": "x", field: value})
    answer.expect(422, "invalid")
    assert answer.pointers == ["/" + field]


def test_a_name_is_taken_once(house):
    name = "s" + secrets.token_hex(6)
    answers = parallel(8, lambda i: House(house.client.clone()).post("/api/servers", {"name": name}))
    assert sorted(a.status for a in answers) == [201] + 7 * [409]
    assert {a.problem for a in answers if a.status == 409} == {"duplicate"}


def test_list_pages_and_filters(house):
    word = "w" + secrets.token_hex(6)
    made = [house.server(description=f"{word} {i}%_\\") for i in range(3)]
    page = house.get(f"/api/servers?search={word.upper()}&page_size=2").expect(200)
    assert (page["total"], page["pages"], page["page"], page["page_size"]) == (3, 2, 1, 2)
    assert [s["id"] for s in page["items"]] == [made[2]["id"], made[1]["id"]]
    far = house.get(f"/api/servers?search={word}&page_size=2&page=9").expect(200)
    assert far["items"] == [] and far["total"] == 3
    # Taken literally: no wildcard of LIKE is one here.
    assert house.get(f"/api/servers?search={word}%20_%25_").expect(200)["total"] == 0
    assert house.get(f"/api/servers?search={word}%201%25_%5C").expect(200)["total"] == 1
    assert house.get(f"/api/servers?search={word}&status=running").expect(200)["total"] == 0
    assert house.get("/api/servers?search=%27%3B--").expect(200)["total"] == 0


@pytest.mark.parametrize("query", ["page=0", "page_size=0", "page_size=101", "page=x", "foo=1",
                                   "status=odd", "page=1&page=2"])
def test_bad_queries(house, query):
    house.get(f"/api/servers?{query}").expect(422, "invalid")


def test_change(house):
    s = house.server(description="old")
    at = f"/api/servers/{s['id']}"
    assert house.patch(at, {"default_timeout_ms": 9000}).expect(200)["description"] == "old"
    changed = house.patch(at, {"description": None}).expect(200)
    assert changed["description"] is None and changed["default_timeout_ms"] == 9000
    house.patch(at, {}).expect(422)
    house.patch(at, {"name": "other"}).expect(422)
    house.patch(f"/api/servers/{NOBODY}", {"description": "x"}).expect(404, "not-found")


def test_start_stop(house):
    s = house.server()
    at = f"/api/servers/{s['id']}"
    house.post(at + "/stop").expect(409, "conflict")
    house.post(at + "/restart").expect(409, "conflict")
    assert house.post(at + "/start").expect(200)["status"] == "running"
    house.post(at + "/start").expect(409, "conflict")
    assert house.post(at + "/restart").expect(200)["status"] == "running"
    assert house.post(at + "/stop").expect(200)["status"] == "stopped"
    for verb in ("start", "stop", "restart"):
        house.post(f"/api/servers/{NOBODY}/{verb}").expect(404, "not-found")


def test_paths_of_the_original(house):
    s = house.server()
    at = f"/api/sandbox/servers/{s['id']}"
    assert house.post(at + "/start").expect(200)["status"] == "running"
    assert house.post(at + "/stop").expect(200)["status"] == "stopped"


def test_delete(house):
    s = house.server()
    house.tool(s)
    at = f"/api/servers/{s['id']}"
    house.post(at + "/start").expect(200)
    house.delete(at).expect(409, "conflict")
    assert house.delete(at + "?force=true").status == 204
    house.get(at).expect(404, "not-found")
    house.delete(at).expect(404, "not-found")


def test_counts(house):
    s = house.server()
    t = house.tool(s)
    house.tool(s)
    house.post(f"/api/tools/{t['id']}/request-publish").expect(200)
    seen = house.get(f"/api/servers/{s['id']}").expect(200)
    assert (seen["tool_count"], seen["pending_count"], len(seen["tools"])) == (2, 1, 2)


@pytest.mark.parametrize("role, status", [("viewer", 403), ("reviewer", 403), ("operator", 201)])
def test_who_may_create(as_role, role, status):
    House(as_role(role)).post("/api/servers", {"name": "s" + secrets.token_hex(6)}).expect(status)


def test_reviewers_do_not_start_servers(as_role, house):
    s = house.server()
    House(as_role("reviewer")).post(f"/api/servers/{s['id']}/start").expect(403)
    House(as_role("operator")).post(f"/api/servers/{s['id']}/start").expect(200)


def test_no_credential(anyone):
    House(anyone).get("/api/servers").expect(401, "unauthorized")
    House(anyone).post("/api/servers", {"name": "x", "python_code": ADD}).expect(401)
