"""The audit trail: every change has its row, in one chain, and reads well."""

import secrets

import pytest

from client import Client, calm, parallel, psql
from house import House, account, enter
from test_people import accept, code_of, enrol, fresh, make_token, new_name, user_id
from test_permissions import TABLE

PASSWORD = "a password for audits"

# Changes that are recorded in another way, and where that is tested.
ELSEWHERE = {
    "setup": "works once: test_setup.py",
    "test_code": "changes nothing: its record is the run log",
    "cancel_run": "needs a run that runs: test_kill.py",
    "cancel_task": "needs a task that runs: tests/mcp/tasks.test.mjs",
}


class World:
    """What the changes are made to."""

    def __init__(self, url, credentials):
        self.url = url
        self.name, self.password = credentials
        self.admin = enter(url, self.name)
        self.house = House(self.admin)

    def ask(self, method, path, body=None, client=None):
        return calm(lambda: (client or self.admin).request(method, path, body))

    def person(self, role="operator"):
        name, uid = account(role, self.name)
        return uid, name

    def signed_in(self, role="operator"):
        uid, name = self.person(role)
        return enter(self.url, name), name, uid

    def waiting(self):
        """A request for network access."""
        return self.house.post("/api/approvals/network", {
            "server_id": self.house.server()["id"],
            "host": f"h{secrets.token_hex(5)}.example.com", "justification": "for a test"})


def login(w, path):
    _, name = w.person()
    return calm(lambda: Client(w.url).post(path, {"username": name, "password": w.password}))


def refresh(w):
    client = Client(w.url).login(w.person()[1], w.password)
    return w.ask("POST", "/auth/refresh", {"refresh_token": client.tokens["refresh_token"]},
                 client=Client(w.url))


def delete_cookie_session(w):
    return w.ask("DELETE", "/auth/session", client=w.signed_in()[0])


def change_password(w):
    client, _, _ = w.signed_in()
    return w.ask("POST", "/auth/change-password", {
        "current_password": w.password, "new_password": PASSWORD}, client=client)


def with_factor(w, path):
    client, _, uid = w.signed_in()
    secret, _ = enrol(client, uid, w.password)
    return w.ask("POST", path, {"current_password": w.password, "code": code_of(secret)},
                 client=client)


def confirm_totp(w):
    client, _, uid = w.signed_in()
    made = w.ask("POST", "/auth/totp", {"current_password": w.password},
                 client=client).json
    fresh(uid)
    return w.ask("POST", "/auth/totp/confirm", {"code": code_of(made["secret"])}, client=client)


def accept_link(w):
    link = w.ask("POST", "/api/invites", {"role": "viewer"}).json
    return accept(Client(w.url), link, username=new_name(), password=PASSWORD)


def remove_user_totp(w):
    client, _, uid = w.signed_in()
    enrol(client, uid, w.password)
    return w.ask("DELETE", f"/api/users/{uid}/totp")


def own_session(w, one):
    client, name, uid = w.signed_in()
    enter(w.url, name)
    listed = w.ask("GET", "/auth/sessions", client=client).json["items"]
    other = next(s["id"] for s in listed if not s["current"])
    return w.ask("DELETE", f"/auth/sessions/{other}" if one else "/auth/sessions", client=client)


def their_session(w, one):
    _, _, uid = w.signed_in()
    at = f"/api/users/{uid}/sessions"
    listed = w.ask("GET", at).json["items"]
    return w.ask("DELETE", f"{at}/{listed[0]['id']}" if one else at)


def revoke_token(w, door):
    made = make_token(w.admin, role="viewer").expect(201)
    return w.ask("DELETE", f"/{door}/tokens/{made['id']}")


def server_of(w, how, running=False):
    server = w.house.server()
    if running:
        w.house.post(f"/api/servers/{server['id']}/start").expect(200)
    return w.ask("POST", f"/api/servers/{server['id']}/{how}", {})


def secret_of(w, method):
    server = w.house.server()
    w.house.secret(server, "KEY", "a value for it")
    return w.ask(method, f"/api/servers/{server['id']}/secrets/KEY",
                 {"value": "another value"} if method == "PUT" else None)


def rollback(w):
    tool = w.house.tool()
    w.house.patch(f"/api/tools/{tool['id']}", {"description": "changed"}).expect(200)
    return w.ask("POST", f"/api/tools/{tool['id']}/versions/1/rollback", {})


def network(w, how, method="POST", **body):
    row = w.waiting().expect(201)
    at = f"/api/approvals/network/{row['id']}"
    if how == "revoke":
        w.house.post(f"{at}/action", {"action": "approve"}).expect(200)
    if method == "DELETE":
        w.house.post(f"{at}/action", {"action": "reject", "reason": "no"}).expect(200)
        return w.ask("DELETE", at)
    return w.ask("POST", f"{at}/{how}", body)


def bulk(w):
    row = w.waiting().expect(201)
    return w.ask("POST", "/api/approvals/network/bulk-action", {
        "request_ids": [row["id"]], "action": "approve"})


def decide_several(w):
    tool = w.house.tool()
    seen = w.house.review(tool)
    return w.ask("POST", "/api/approvals/tools/bulk-action", {"action": "approve", "items": [{
        "tool_id": tool["id"], "version": seen["current_version"], "digest": seen["digest"],
        "powers_digest": seen["powers_digest"]}]})


def comment(w, resolve=False):
    at = f"/api/tools/{w.house.tool()['id']}/comments"
    answer = w.ask("POST", at, {"body": "Why?"})
    return w.ask("POST", f"{at}/{answer.json['id']}/resolve", {}) if resolve else answer


# One way to do each thing that changes something: it must succeed.
CHANGES = {
    "login": lambda w: login(w, "/auth/login"),
    "create_session": lambda w: login(w, "/auth/session"),
    "refresh": refresh,
    "logout": lambda w: w.ask("POST", "/auth/logout", client=w.signed_in()[0]),
    "delete_session": delete_cookie_session,
    "change_password": change_password,
    "enrol_totp": lambda w: w.ask("POST", "/auth/totp", {"current_password": w.password},
                                  client=w.signed_in()[0]),
    "confirm_totp": confirm_totp,
    "renew_recovery_codes": lambda w: with_factor(w, "/auth/totp/recovery-codes"),
    "remove_totp": lambda w: with_factor(w, "/auth/totp/remove"),
    "create_my_token": lambda w: make_token(w.admin, role="viewer"),
    "revoke_my_token": lambda w: revoke_token(w, "auth"),
    "revoke_token": lambda w: revoke_token(w, "api"),
    "create_invite": lambda w: w.ask("POST", "/api/invites", {"role": "viewer"}),
    "reset_user": lambda w: w.ask("POST", f"/api/users/{w.person()[0]}/reset", {}),
    "revoke_invite": lambda w: w.ask("DELETE", "/api/invites/" + w.ask(
        "POST", "/api/invites", {"role": "viewer"}).json["id"]),
    "accept_link": accept_link,
    "create_user": lambda w: w.ask("POST", "/api/users", {
        "username": new_name(), "password": PASSWORD, "role": "viewer"}),
    "update_user": lambda w: w.ask("PATCH", f"/api/users/{w.person()[0]}", {"role": "viewer"}),
    "delete_user": lambda w: w.ask("DELETE", f"/api/users/{w.person()[0]}"),
    "remove_user_totp": remove_user_totp,
    "revoke_user_session": lambda w: their_session(w, True),
    "revoke_user_sessions": lambda w: their_session(w, False),
    "revoke_my_session": lambda w: own_session(w, True),
    "revoke_my_other_sessions": lambda w: own_session(w, False),
    "set_people_policy": lambda w: w.ask("PATCH", "/api/people-policy", {"approvals_needed": 1}),
    "create_server": lambda w: w.ask("POST", "/api/servers", {"name": new_name("s")}),
    "update_server": lambda w: w.ask("PATCH", f"/api/servers/{w.house.server()['id']}",
                                     {"description": "changed"}),
    "delete_server": lambda w: w.ask("DELETE", f"/api/servers/{w.house.server()['id']}"),
    "start_server": lambda w: server_of(w, "start"),
    "stop_server": lambda w: server_of(w, "stop", running=True),
    "restart_server": lambda w: server_of(w, "restart", running=True),
    "create_server_secret": lambda w: w.ask(
        "POST", f"/api/servers/{w.house.server()['id']}/secrets", {"key_name": "KEY"}),
    "set_server_secret": lambda w: secret_of(w, "PUT"),
    "delete_server_secret": lambda w: secret_of(w, "DELETE"),
    "create_tool": lambda w: w.ask("POST", f"/api/servers/{w.house.server()['id']}/tools", {
        "name": new_name("t"), "python_code": "async def main() -> str:\n    return 'x'\n"}),
    "create_resource": lambda w: w.ask("POST", f"/api/servers/{w.house.server()['id']}/resources", {
        "name": new_name("r"), "uri": f"x:{secrets.token_hex(5)}",
        "python_code": "async def main() -> str:\n    return 'x'\n"}),
    "create_resource_template": lambda w: w.ask(
        "POST", f"/api/servers/{w.house.server()['id']}/resource-templates", {
            "name": new_name("r"), "uri": f"x{secrets.token_hex(5)}:{{a}}",
            "python_code": "async def main(a: str) -> str:\n    return a\n"}),
    "create_prompt": lambda w: w.ask("POST", f"/api/servers/{w.house.server()['id']}/prompts", {
        "name": new_name("p"), "python_code": "async def main() -> str:\n    return 'x'\n"}),
    "update_tool": lambda w: w.ask("PATCH", f"/api/tools/{w.house.tool()['id']}",
                                   {"description": "changed"}),
    "delete_tool": lambda w: w.ask("DELETE", f"/api/tools/{w.house.tool()['id']}"),
    "request_publish": lambda w: w.ask(
        "POST", f"/api/tools/{w.house.tool()['id']}/request-publish", {}),
    "rollback_tool": rollback,
    "decide_tool": lambda w: w.house.decide(w.house.tool()),
    "decide_tools": decide_several,
    "add_review_comment": comment,
    "resolve_review_comment": lambda w: comment(w, resolve=True),
    "set_approval_policy": lambda w: w.ask("PATCH", "/api/approvals/policy", {
        "tool_mode": "never"}),
    "revoke_tool": lambda w: w.ask(
        "POST", f"/api/approvals/tools/{w.house.approved()['id']}/revoke", {}),
    "request_network_access": lambda w: w.waiting(),
    "grant_network_access": lambda w: w.ask(
        "POST", f"/api/servers/{w.house.server()['id']}/allowed-hosts", {"host": "x.example"}),
    "decide_network_access": lambda w: network(w, "action", action="approve"),
    "decide_network_accesses": bulk,
    "revoke_network_access": lambda w: network(w, "revoke"),
    "delete_network_access": lambda w: network(w, "", method="DELETE"),
    "set_server_limits": lambda w: w.ask(
        "PATCH", f"/api/servers/{w.house.server()['id']}/limits", {"memory_mib": 64}),
    "reset_circuits": lambda w: w.ask("POST", "/health/circuits/reset"),
    "reset_circuit": lambda w: w.ask("POST", "/health/circuits/sandbox/reset"),
    "delete_execution_logs": lambda w: w.ask("DELETE", "/api/execution-logs?retention_days=3650"),
    "set_tool_limits": lambda w: w.ask(
        "PATCH", f"/api/tools/{w.house.tool()['id']}/limits", {"memory_mib": 64}),
}
WRITES = [r["operation"] for r in TABLE if r["kind"] == "writes" and r["route"] != "-"]


def test_every_change_is_in_the_table():
    """A new operation that changes something gets a line in CHANGES."""
    assert sorted(WRITES) == sorted([*CHANGES, *ELSEWHERE])


@pytest.fixture(scope="module")
def world(url, credentials):
    return World(url, credentials)


@pytest.mark.parametrize("operation", sorted(CHANGES))
def test_W29_every_change_has_its_row(world, operation):
    answer = CHANGES[operation](world)
    assert answer.status in (200, 201, 202, 204), (operation, answer)
    rows = psql(f"SELECT actor, ip, db_role, operation FROM audit "
                f"WHERE request_id = '{answer.headers['X-Request-Id']}'")
    assert rows, f"{operation} left no row in the audit trail"
    for actor, ip, role, _ in rows:
        assert actor.startswith("person:") or (operation == "refresh" and actor)
        assert (ip, role) == ("127.0.0.1", "mcpbox_admin")


def test_failed_sign_ins_have_a_row(url, world):
    _, name = world.person()
    for who, target in ((name, user_id(name)), (new_name("nobody"), None)):
        answer = calm(lambda: Client(url).post("/auth/login", {
            "username": who, "password": "not the password"}))
        answer.expect(401)
        rows = psql("SELECT operation, actor, coalesce(target_id, ''), after ->> 'username' "
                    f"FROM audit WHERE request_id = '{answer.headers['X-Request-Id']}'")
        assert rows == [["login_failed", "nobody", target or "", who]]
    assert psql("SELECT count(*) FROM audit WHERE after::text LIKE '%not the password%'") == [["0"]]


def test_W29_parallel_changes_make_one_chain(url, world):
    """Fifty at the same time: no gap, no fork, none lost."""
    first = int(psql("SELECT seq FROM audit_head")[0][0])
    clients = [world.admin.clone() for _ in range(50)]
    names = [new_name("s") for _ in clients]
    answers = parallel(50, lambda i: calm(
        lambda: clients[i].post("/api/servers", {"name": names[i]})))
    assert [a.status for a in answers] == [201] * 50
    rows = psql(f"SELECT seq, request_id, prev = lag(hash) OVER (ORDER BY seq), "
                f"hash = audit_hash(audit) FROM audit WHERE seq >= {first} ORDER BY seq")
    assert [int(r[0]) for r in rows] == list(range(first, first + len(rows)))
    assert all(r[2] == "t" for r in rows[1:]) and all(r[3] == "t" for r in rows)
    asked = {a.headers["X-Request-Id"] for a in answers}
    assert len(asked) == 50 and asked <= {r[1] for r in rows}
    assert psql("SELECT audit_broken_at()") == [[""]]


# --- reading it ----------------------------------------------------------------------

def read(world, query=""):
    return world.ask("GET", f"/api/audit{query}").expect(200)


def test_the_list_pages_backwards(world):
    for _ in range(5):
        world.house.server()
    seen, query = [], "?limit=2"
    while True:
        page = read(world, query)
        seen += [r["seq"] for r in page["items"]]
        if page["next_before_seq"] is None or len(seen) >= 6:
            break
        query = f"?limit=2&before_seq={page['next_before_seq']}"
    assert seen == list(range(seen[0], seen[0] - 6, -1))
    last = read(world, "?limit=200&before_seq=2")
    assert [r["seq"] for r in last["items"]] == [1] and last["next_before_seq"] is None


def test_the_list_filters(world):
    server = world.house.server()
    world.ask("DELETE", f"/api/servers/{server['id']}").expect(204)
    mine = read(world, f"?target_kind=server&target_id={server['id']}")["items"]
    assert [r["operation"] for r in mine] == ["delete_server", "create_server"]
    assert mine[1]["after"]["name"] == server["name"] and mine[1]["before"] is None
    assert mine[0]["prev"] and len(mine[0]["hash"]) == 64
    only = read(world, f"?target_id={server['id']}&operation=create_server")["items"]
    assert [r["seq"] for r in only] == [mine[1]["seq"]]
    at = mine[1]["at"]
    since = read(world, f"?target_id={server['id']}&since={at}")["items"]
    until = read(world, f"?target_id={server['id']}&until={at}")["items"]
    assert [r["seq"] for r in since] == [r["seq"] for r in mine] and until == []
    assert read(world, "?since=2999-01-01T00:00:00Z")["items"] == []
    assert len(read(world, "?until=2999-01-01T00:00:00%2B02:00&limit=3")["items"]) == 3
    who = mine[0]["actor"]
    assert all(r["actor"] == who for r in read(world, f"?actor={who}")["items"])
    assert read(world, f"?actor={who[:-1]}")["items"] == []


@pytest.mark.parametrize("query", ["?since=yesterday", "?until=2026-13-45T00:00:00Z",
                                   "?limit=0", "?limit=201", "?before_seq=x", "?actor="])
def test_bad_filters(world, query):
    answer = world.ask("GET", f"/api/audit{query}")
    answer.expect(422, "invalid")
    assert "audit" not in answer.raw.decode()  # no statement, no table


def test_no_secret_is_in_the_trail(world):
    """What was made here once is nowhere in it."""
    word = "canary" + secrets.token_hex(8)
    server = world.house.server()
    world.house.secret(server, "KEY", word)
    token = make_token(world.admin, role="viewer").expect(201)["token"]
    link = world.ask("POST", "/api/invites", {"role": "viewer"}).json
    for secret in (word, token, link["token"], PASSWORD):
        assert psql("SELECT count(*) FROM audit WHERE concat(before::text, after::text, actor, "
                    f"target_id) LIKE '%{secret}%'") == [["0"]], secret
