"""People: accounts, invitations, sessions, second factors, API tokens, and the
rule of two."""

import base64
import contextlib
import hashlib
import hmac
import secrets
import struct
import time

import pytest

from client import Client, audit_rows, calm, parallel, psql, wait_for
from harness.mcp import McpClient, McpError
from house import NOBODY, House, account, enter

WRONG = "The username or the password is wrong."
NEW = "another long password"


def new_name(what="p"):
    return f"{what}_{secrets.token_hex(5)}"


def ask(client, method, path, body=None):
    return calm(lambda: client.request(method, path, body))


def login(client, username, password, code=None):
    body = {"username": username, "password": password}
    if code is not None:
        body["code"] = code
    return calm(lambda: client.post("/auth/login", body))


def user_id(name):
    return psql(f"SELECT id FROM account WHERE username = '{name}'")[0][0]


@pytest.fixture
def person(url, credentials):
    """person("operator") -> (client with a cookie session, name, id)."""
    def make(role):
        name, uid = account(role, credentials[0])
        return enter(url, name), name, uid
    return make


# --- accounts ----------------------------------------------------------------------

def test_W42_an_account_from_beginning_to_end(url, admin, credentials):
    name = new_name()
    made = ask(admin, "POST", "/api/users", {"username": name, "password": NEW,
                                             "role": "operator"}).expect(201)
    assert made == {"id": made["id"], "username": name, "role": "operator", "is_active": True,
                    "last_login_at": None, "created_at": made["created_at"], "totp": False,
                    "sessions": 0, "tokens": 0}
    ask(admin, "POST", "/api/users", {"username": name.upper(), "password": NEW,
                                      "role": "viewer"}).expect(409, "duplicate")
    them = Client(url).login(name, NEW)
    at = f"/api/users/{made['id']}"
    assert ask(admin, "GET", at).expect(200)["sessions"] == 1
    # A change of role holds for the very next request.
    House(them).server()
    changed = ask(admin, "PATCH", at, {"role": "viewer"}).expect(200)
    assert changed["role"] == "viewer"
    ask(them, "POST", "/api/servers", {"name": new_name()}).expect(403)
    # Switched off: signed out for good, also when switched on again.
    ask(admin, "PATCH", at, {"is_active": False}).expect(200)
    ask(them, "GET", "/auth/me").expect(401)
    login(Client(url), name, NEW).expect(401)
    ask(admin, "PATCH", at, {"is_active": True}).expect(200)
    ask(them, "GET", "/auth/me").expect(401)
    them = Client(url).login(name, NEW)
    ask(admin, "DELETE", at).expect(204)
    ask(them, "GET", "/auth/me").expect(401)
    login(Client(url), name, NEW).expect(401)
    for method, body in (("GET", None), ("PATCH", {"role": "viewer"}), ("DELETE", None)):
        ask(admin, method, at, body).expect(404, "not-found")
    # What was done outlives who did it.
    mine = [r for r in psql(f"SELECT operation FROM audit WHERE target_id = '{made['id']}' "
                            "ORDER BY seq")]
    assert [r[0] for r in mine if r[0] != "login_failed"] == [
        "create_user", "login", "update_user", "update_user", "update_user", "login",
        "delete_user"]


def test_people_list(admin, make_account):
    word = secrets.token_hex(4)
    names = []
    for i in range(3):
        name = f"list_{word}_{i}"
        ask(admin, "POST", "/api/users", {"username": name, "password": NEW,
                                          "role": "viewer"}).expect(201)
        names.append(name)
    at = f"/api/users?search=LIST_{word}"
    found = ask(admin, "GET", at).expect(200)
    assert [p["username"] for p in found["items"]] == names and found["total"] == 3
    second = ask(admin, "GET", f"{at}&page_size=2&page=2").expect(200)
    assert [p["username"] for p in second["items"]] == names[2:] and second["pages"] == 2
    assert ask(admin, "GET", f"{at}&role=admin").expect(200)["items"] == []
    assert ask(admin, "GET", f"{at}&is_active=false").expect(200)["items"] == []
    # Taken literally.
    assert ask(admin, "GET", "/api/users?search=%25").expect(200)["items"] == []


@pytest.mark.parametrize("body, pointer", [
    ({"username": "ab"}, "/username"), ({"username": "1st"}, "/username"),
    ({"password": "x" * 11}, "/password"), ({"password": "x" * 129}, "/password"),
    ({"role": "root"}, "/role")])
def test_bad_accounts(admin, body, pointer):
    body = {"username": new_name(), "password": NEW, "role": "viewer", **body}
    answer = ask(admin, "POST", "/api/users", body)
    answer.expect(422, "invalid")
    assert answer.pointers == [pointer]


def test_update_needs_a_change(admin, person):
    _, _, uid = person("viewer")
    ask(admin, "PATCH", f"/api/users/{uid}", {}).expect(422)


def test_the_last_admin_stays(admin, credentials):
    """By role, by switch, by deletion; not even by the table."""
    mine = user_id(credentials[0])
    others = [r[0] for r in psql("SELECT id FROM account WHERE role = 'admin' AND is_active "
                                 f"AND id <> '{mine}'")]
    listed = ", ".join(f"'{i}'" for i in others) or "NULL"
    psql(f"UPDATE account SET is_active = false WHERE id IN ({listed})")
    try:
        at = f"/api/users/{mine}"
        for method, body in (("PATCH", {"role": "reviewer"}), ("PATCH", {"is_active": False}),
                             ("DELETE", None)):
            answer = ask(admin, method, at, body)
            answer.expect(409, "conflict")
            assert "last active admin" in answer.json["detail"]
        assert ask(admin, "GET", "/auth/me").expect(200)["role"] == "admin"
    finally:
        psql(f"UPDATE account SET is_active = true WHERE id IN ({listed})")


# --- one-time links --------------------------------------------------------------------

def invite(admin, role="operator", **more):
    return ask(admin, "POST", "/api/invites", {"role": role, **more}).expect(201)


def accept(client, link, **body):
    return ask(client, "POST", "/auth/invite/accept", {"token": link["token"], **body})


def listed_invite(admin, link):
    page = ask(admin, "GET", "/api/invites?page_size=100").expect(200)
    return next(i for i in page["items"] if i["id"] == link["id"])


def test_an_invitation(url, admin, anyone):
    link = invite(admin, "reviewer", note="for Berta")
    assert link["link"].endswith("/invite#" + link["token"])
    listed = listed_invite(admin, link)
    assert (listed["status"], listed["role"], listed["note"]) == ("open", "reviewer", "for Berta")
    assert link["token"] not in str(listed)
    digest = hashlib.sha256(link["token"].encode()).hexdigest()
    assert psql(f"SELECT count(*) FROM invite WHERE token_hash = '\\x{digest}'") == [["1"]]
    about = ask(anyone, "POST", "/auth/invite", {"token": link["token"]}).expect(200)
    assert (about["kind"], about["role"], about["username"]) == ("invite", "reviewer", None)
    # A mistake does not use the link up.
    name = new_name()
    accept(anyone, link, password=NEW).expect(422)
    accept(anyone, link, username=name, password="short").expect(422)
    accept(anyone, link, username="admin", password=NEW).expect(409, "duplicate")
    done = accept(anyone, link, username=name, password=NEW).expect(201)
    assert done == {"username": name, "role": "reviewer"}
    me = Client(url).login(name, NEW).get("/auth/me").expect(200)
    assert (me["username"], me["role"]) == (name, "reviewer")
    accept(anyone, link, username=new_name(), password=NEW).expect(404, "not-found")
    listed = listed_invite(admin, link)
    assert (listed["status"], listed["username"]) == ("used", name)
    ask(admin, "DELETE", f"/api/invites/{link['id']}").expect(409)
    assert [r[0] for r in audit_rows("accept_invite") if r[2]["username"] == name] == [
        f"person:{name}"]


def test_of_parallel_uses_one_succeeds(url, admin):
    link = invite(admin)
    names = [new_name() for _ in range(6)]
    answers = parallel(6, lambda i: accept(Client(url), link, username=names[i], password=NEW))
    assert sorted(a.status for a in answers) == [201] + [404] * 5
    made = psql("SELECT count(*) FROM account WHERE username IN ('%s')" % "', '".join(names))
    assert made == [["1"]]


def test_links_that_do_not_work(admin, anyone):
    late, gone = invite(admin, hours=1), invite(admin)
    psql(f"DELETE FROM invite WHERE id = '{late['id']}'")
    digest = hashlib.sha256(late["token"].encode()).hexdigest()
    psql(f"INSERT INTO invite (kind, token_hash, role, created_by, expires_at) VALUES "
         f"('invite', '\\x{digest}', 'admin', 'x', now() - interval '1 second')")
    ask(admin, "DELETE", f"/api/invites/{gone['id']}").expect(204)
    ask(admin, "DELETE", f"/api/invites/{gone['id']}").expect(404)
    answers = []
    for token in (late["token"], gone["token"], "x", secrets.token_urlsafe(32)):
        ask(anyone, "POST", "/auth/invite", {"token": token}).expect(404)
        answer = accept(anyone, {"token": token}, username=new_name(), password=NEW)
        answer.expect(404)
        answers.append(answer.json["detail"])
    assert len(set(answers)) == 1


def test_a_reset(url, admin, anyone, person, credentials):
    them, name, uid = person("operator")
    first = ask(admin, "POST", f"/api/users/{uid}/reset").expect(201)
    link = ask(admin, "POST", f"/api/users/{uid}/reset", {"hours": 2}).expect(201)
    ask(anyone, "POST", "/auth/invite", {"token": first["token"]}).expect(404)
    about = ask(anyone, "POST", "/auth/invite", {"token": link["token"]}).expect(200)
    assert (about["kind"], about["username"]) == ("reset", name)
    them.get("/auth/me").expect(200)  # nothing has happened yet
    accept(anyone, link, username="other_name", password=NEW).expect(422)
    accept(anyone, link, password=NEW).expect(201)
    them.get("/auth/me").expect(401)
    login(anyone, name, credentials[1]).expect(401)
    login(anyone, name, NEW).expect(200)
    accept(anyone, link, password=NEW).expect(404)


# --- sessions ----------------------------------------------------------------------------

def test_W06_sessions_are_listed_and_ended(url, admin, person, credentials):
    two, name, uid = person("viewer")
    one = Client(url).login(name, credentials[1])
    listed = ask(one, "GET", "/auth/sessions").expect(200)["items"]
    assert {(s["kind"], s["current"]) for s in listed} == {("token", True), ("cookie", False)}
    assert all(s["ip"] == "127.0.0.1" for s in listed)
    of_two = next(s for s in listed if not s["current"])
    other, _, _ = person("viewer")
    ask(other, "DELETE", f"/auth/sessions/{of_two['id']}").expect(404)
    two.get("/auth/session").expect(200)
    ask(one, "DELETE", f"/auth/sessions/{of_two['id']}").expect(204)
    two.get("/auth/session").expect(401)
    ask(one, "DELETE", f"/auth/sessions/{of_two['id']}").expect(404)
    # All but this one.
    two = enter(url, name)
    ask(two, "DELETE", "/auth/sessions").expect(204)
    two.get("/auth/session").expect(200)
    one.get("/auth/me").expect(401)
    # And by an admin: one, or all.
    seen = ask(admin, "GET", f"/api/users/{uid}/sessions").expect(200)["items"]
    assert [s["kind"] for s in seen] == ["cookie"] and not seen[0]["current"]
    ask(admin, "DELETE", f"/api/users/{uid}/sessions/{NOBODY}").expect(404)
    ask(admin, "DELETE", f"/api/users/{uid}/sessions/{seen[0]['id']}").expect(204)
    two.get("/auth/session").expect(401)
    one = enter(url, name)
    ask(admin, "DELETE", f"/api/users/{uid}/sessions").expect(204)
    one.get("/auth/me").expect(401)
    ask(admin, "GET", f"/api/users/{NOBODY}/sessions").expect(404)


def test_ending_the_own_cookie_session_takes_the_cookie(page):
    mine = next(s for s in page.get("/auth/sessions").expect(200)["items"] if s["current"])
    answer = page.delete(f"/auth/sessions/{mine['id']}")
    answer.expect(204)
    assert page.jar == {}


# --- API tokens ----------------------------------------------------------------------------

def make_token(client, **what):
    return ask(client, "POST", "/auth/tokens", {"name": new_name("t"), **what})


def holder(url, token):
    client = Client(url)
    client.tokens = {"access_token": token}
    return client


def model(gateway_url, token):
    return McpClient(gateway_url, headers={"Authorization": f"Bearer {token}"})


def refused_at_mcp(gateway_url, token):
    with pytest.raises(McpError) as caught:
        model(gateway_url, token).tools()
    return caught.value.status


def test_a_token_for_the_api(url, person):
    owner, name, _ = person("operator")
    made = make_token(owner, role="viewer", expires_days=7).expect(201)
    token = made["token"]
    assert token.startswith("mcpb_") and len(token) == 48
    assert made["prefix"] == token[:11] and made["status"] == "active"
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert psql(f"SELECT prefix FROM api_token WHERE hash = '\\x{digest}'") == [[token[:11]]]
    program = holder(url, token)
    program.get("/api/servers").expect(200)
    ask(program, "POST", "/api/servers", {"name": new_name()}).expect(403)
    # Not its owner's affairs, above all no further tokens.
    for path in ("/auth/me", "/auth/tokens", "/auth/sessions", "/auth/session"):
        program.get(path).expect(403)
    listed = ask(owner, "GET", "/auth/tokens").expect(200)["items"]
    assert [t["name"] for t in listed] == [made["name"]]
    assert "token" not in listed[0] and listed[0]["last_used_ip"] == "127.0.0.1"
    assert listed[0]["last_used_at"] is not None
    ask(owner, "DELETE", f"/auth/tokens/{made['id']}").expect(204)
    program.get("/api/servers").expect(401)
    ask(owner, "DELETE", f"/auth/tokens/{made['id']}").expect(409)
    rows = [r for r in audit_rows("create_token") if r[1] == made["id"]]
    assert rows[0][0] == f"person:{name}" and token not in str(rows)


def test_who_acts_by_a_token_is_named(url, gateway_url, person):
    owner, name, _ = person("operator")
    made = make_token(owner, role="operator", scopes=["author"]).expect(201)
    server = House(holder(url, made["token"])).server()
    rows = [r for r in audit_rows("create_server") if r[1] == server["id"]]
    assert rows[0][0] == f"token:{name}/{made['name']}"
    by_model = model(gateway_url, made["token"]).call(
        "mcpbox_create_server", {"name": new_name("s")})
    rows = [r for r in audit_rows("create_server")
            if r[1] == by_model["structuredContent"]["id"]]
    assert rows[0][0] == f"client:{name}/{made['name']}"


def test_W44_scopes_at_the_mcp_endpoint(admin, gateway_url, person):
    house = House(admin)
    server = house.server()
    tool = house.live(server)
    owner, _, _ = person("admin")

    def of(*scopes):
        return model(gateway_url, make_token(owner, scopes=list(scopes)).expect(201)["token"])
    reader, caller, author = of("reader"), of("caller"), of("author")
    full = tool["full_name"]
    # Each sees what it may use, and can use what it sees.
    assert full not in [t["name"] for t in reader.tools()]
    assert full in [t["name"] for t in caller.tools()]
    assert full not in [t["name"] for t in author.tools()]
    assert caller.call(full, {"a": 1, "b": 2})["structuredContent"] == {"sum": 3}
    for other in (reader, author):
        assert "not allowed" in other.call(full, {"a": 1})["content"][0]["text"]
    draft = author.call("mcpbox_create_tool", {
        "server_id": server["id"], "name": new_name("t"),
        "python_code": "async def main() -> str:\n    return 'x'\n"})
    assert not draft.get("isError"), draft
    for other in (reader, caller):
        refused = other.call("mcpbox_delete_server", {"server_id": server["id"], "force": True})
        assert refused["isError"] and "not allowed" in refused["content"][0]["text"]
    both = of("reader", "caller")
    assert full in [t["name"] for t in both.tools()]
    assert not both.call("mcpbox_list_servers").get("isError")


def test_a_token_is_for_its_door(url, gateway_url, person):
    owner, _, _ = person("operator")
    for_mcp = make_token(owner, scopes=["reader"]).expect(201)["token"]
    for_api = make_token(owner, role="operator").expect(201)["token"]
    holder(url, for_mcp).get("/api/servers").expect(401)
    assert refused_at_mcp(gateway_url, for_api) == 401
    for token in ("mcpb_", "mcpb_" + "A" * 43, for_mcp[:-1], for_mcp + "A", for_mcp.swapcase()):
        holder(url, token).get("/api/servers").expect(401)
        assert refused_at_mcp(gateway_url, token) == 401


def test_a_token_never_exceeds_its_owner(url, gateway_url, admin, person):
    owner, name, uid = person("operator")
    token = make_token(owner, role="operator", scopes=["author"]).expect(201)["token"]
    program, client = holder(url, token), model(gateway_url, token)
    ask(admin, "PATCH", f"/api/users/{uid}", {"role": "viewer"}).expect(200)
    ask(program, "POST", "/api/servers", {"name": new_name()}).expect(403)
    assert "not allowed" in client.call("mcpbox_create_server",
                                        {"name": new_name("s")})["content"][0]["text"]
    assert not client.call("mcpbox_list_servers").get("isError")
    ask(admin, "PATCH", f"/api/users/{uid}", {"is_active": False}).expect(200)
    program.get("/api/servers").expect(401)
    assert refused_at_mcp(gateway_url, token) == 401
    ask(admin, "PATCH", f"/api/users/{uid}", {"is_active": True}).expect(200)
    program.get("/api/servers").expect(200)
    ask(admin, "DELETE", f"/api/users/{uid}").expect(204)
    program.get("/api/servers").expect(401)


def test_tokens_end(url, gateway_url, admin, person):
    owner, _, _ = person("operator")
    body = {"name": "nightly", "role": "viewer", "scopes": ["reader"]}
    made = ask(owner, "POST", "/auth/tokens", body).expect(201)
    ask(owner, "POST", "/auth/tokens", body).expect(409, "duplicate")
    # The admin pool's role can end a token, and not make it last.
    with pytest.raises(Exception, match="permission denied"):
        psql(f"UPDATE api_token SET expires_at = now() WHERE id = '{made['id']}'")
    mine = next(t for t in ask(admin, "GET", "/api/tokens?page_size=100").expect(200)["items"]
                if t["id"] == made["id"])
    assert mine["name"] == "nightly"
    ask(admin, "DELETE", f"/api/tokens/{made['id']}").expect(204)
    holder(url, made["token"]).get("/api/servers").expect(401)
    assert refused_at_mcp(gateway_url, made["token"]) == 401
    ask(admin, "DELETE", f"/api/tokens/{NOBODY}").expect(404)
    ask(owner, "POST", "/auth/tokens", body).expect(201)  # the name is free again


@pytest.mark.parametrize("body, pointer", [
    ({}, "/scopes"), ({"scopes": []}, "/scopes"), ({"scopes": ["root"]}, "/scopes"),
    ({"scopes": ["reader", "reader"]}, "/scopes"), ({"scopes": ["author"]}, "/scopes"),
    ({"scopes": ["caller"]}, "/scopes"), ({"role": "operator"}, "/role"),
    ({"role": "admin"}, "/role"), ({"role": "viewer", "name": "a b"}, "/name"),
    ({"role": "viewer", "expires_days": 0}, "/expires_days")])
def test_tokens_that_are_not_made(as_role, body, pointer):
    answer = make_token(as_role("viewer"), **body)
    answer.expect(422, "invalid")
    assert answer.pointers == [pointer]


# --- the second factor ---------------------------------------------------------------------

def code_of(secret, step=0):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + step), "sha1").digest()
    at = mac[-1] & 15
    return "%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7FFFFFFF) % 10**6)


def fresh(uid):
    """As if no code had been taken yet: tests do not wait for the clock."""
    psql(f"UPDATE totp SET last_step = 0 WHERE account_id = '{uid}'")


def enrol(client, uid, password):
    made = ask(client, "POST", "/auth/totp", {"current_password": password}).expect(201)
    codes = ask(client, "POST", "/auth/totp/confirm",
                {"code": code_of(made["secret"])}).expect(200)["recovery_codes"]
    fresh(uid)
    return made["secret"], codes


def test_enrolment(person, credentials):
    client, name, uid = person("operator")
    password = credentials[1]
    assert client.get("/auth/totp").expect(200) == {
        "enabled": False, "required": False, "confirmed_at": None, "recovery_codes": 0}
    ask(client, "POST", "/auth/totp", {"current_password": "not the password"}).expect(422)
    ask(client, "POST", "/auth/totp/confirm", {"code": "000000"}).expect(409)
    made = ask(client, "POST", "/auth/totp", {"current_password": password}).expect(201)
    assert made["otpauth_url"] == (
        f"otpauth://totp/mcpbox:{name}?secret={made['secret']}&issuer=mcpbox"
        "&algorithm=SHA1&digits=6&period=30")
    # Until a code of it was seen, nothing is asked for.
    login(Client(client.url), name, password).expect(200)
    wrong = "%06d" % ((int(code_of(made["secret"])) + 1) % 10**6)
    if wrong not in (code_of(made["secret"], -1), code_of(made["secret"], 1)):
        ask(client, "POST", "/auth/totp/confirm", {"code": wrong}).expect(422)
    codes = ask(client, "POST", "/auth/totp/confirm",
                {"code": code_of(made["secret"])}).expect(200)["recovery_codes"]
    assert len(set(codes)) == 10
    status = client.get("/auth/totp").expect(200)
    assert status["enabled"] is True and status["recovery_codes"] == 10
    ask(client, "POST", "/auth/totp", {"current_password": password}).expect(409)
    # At rest: an envelope and hashes.
    key = base64.b32decode(made["secret"])
    assert key.hex() not in psql(f"SELECT sealed FROM totp WHERE account_id = '{uid}'")[0][0]
    digest = hashlib.sha256(codes[0].replace("-", "").upper().encode()).hexdigest()
    assert psql(f"SELECT count(*) FROM recovery_code WHERE hash = '\\x{digest}'") == [["1"]]


def test_signing_in_with_a_code(url, anyone, person, credentials):
    client, name, uid = person("operator")
    password = credentials[1]
    secret, _ = enrol(client, uid, password)
    for path in ("/auth/login", "/auth/session"):
        answer = calm(lambda: anyone.post(path, {"username": name, "password": password}))
        answer.expect(401, "second-factor")
    fresh(uid)
    code = code_of(secret)
    answer = login(anyone, name, password, code)
    answer.expect(200)
    # The same code once more, within its window.
    login(anyone, name, password, code).expect(401, "second-factor")
    login(anyone, name, password, code_of(secret, 1)).expect(200)
    # Nor one of before.
    login(anyone, name, password, code_of(secret, 0)).expect(401, "second-factor")
    login(anyone, name, password, "nonsense").expect(401, "second-factor")
    fresh(uid)
    calm(lambda: anyone.post("/auth/session", {
        "username": name, "password": password, "code": code_of(secret)})).expect(200)
    whys = [r[2].get("second_factor") for r in audit_rows("login_challenged")
            if r[2]["username"] == name]
    assert whys == ["asked for"] * 2


def test_of_parallel_uses_of_a_code_one_signs_in(url, person, credentials):
    client, name, uid = person("operator")
    secret, _ = enrol(client, uid, credentials[1])
    code = code_of(secret)
    answers = parallel(4, lambda _: login(Client(url), name, credentials[1], code))
    assert sorted(a.status for a in answers) == [200] + [401] * 3


def test_W43_the_second_factor_tells_strangers_nothing(anyone, person, credentials):
    """With the wrong password nobody learns of an account, or of its factor."""
    client, name, uid = person("operator")
    secret, codes = enrol(client, uid, credentials[1])
    bodies = []
    for who, code in ((name, None), (name, code_of(secret)), (name, codes[0]),
                      (new_name("nobody"), None), (new_name("nobody"), "123456")):
        answer = login(anyone, who, "not the password", code)
        answer.expect(401, "unauthorized")
        bodies.append({k: v for k, v in answer.json.items() if k != "request_id"})
    assert all(b == bodies[0] for b in bodies) and bodies[0]["detail"] == WRONG
    # And nothing was used up by it.
    login(anyone, name, credentials[1], code_of(secret)).expect(200)
    login(anyone, name, credentials[1], codes[0]).expect(200)


def test_recovery_codes_work_once(anyone, person, credentials):
    client, name, uid = person("operator")
    password = credentials[1]
    secret, codes = enrol(client, uid, password)
    login(anyone, name, password, codes[0].upper().replace("-", " ")).expect(200)
    login(anyone, name, password, codes[0]).expect(401, "second-factor")
    assert client.get("/auth/totp").expect(200)["recovery_codes"] == 9
    renew = "/auth/totp/recovery-codes"
    ask(client, "POST", renew, {"current_password": password, "code": "000"}).expect(422)
    new = ask(client, "POST", renew, {"current_password": password,
                                      "code": code_of(secret)}).expect(200)["recovery_codes"]
    login(anyone, name, password, codes[1]).expect(401)
    login(anyone, name, password, new[0]).expect(200)
    ask(client, "POST", "/auth/totp/remove", {"current_password": password,
                                              "code": new[0]}).expect(422)
    ask(client, "POST", "/auth/totp/remove", {"current_password": password,
                                              "code": new[1]}).expect(204)
    login(anyone, name, password).expect(200)


def test_an_admin_removes_a_lost_factor(admin, anyone, person, credentials):
    client, name, uid = person("operator")
    enrol(client, uid, credentials[1])
    assert ask(admin, "GET", f"/api/users/{uid}").expect(200)["totp"] is True
    ask(admin, "DELETE", f"/api/users/{uid}/totp").expect(204)
    ask(admin, "DELETE", f"/api/users/{uid}/totp").expect(409)
    login(anyone, name, credentials[1]).expect(200)
    # Or with a new password.
    enrol(client, uid, credentials[1])
    link = ask(admin, "POST", f"/api/users/{uid}/reset", {"remove_totp": True}).expect(201)
    accept(anyone, link, password=NEW).expect(201)
    login(anyone, name, NEW).expect(200)


@contextlib.contextmanager
def policy(client, **what):
    before = client.get("/api/people-policy").expect(200)
    try:
        yield ask(client, "PATCH", "/api/people-policy", what).expect(200)
    finally:
        psql("UPDATE people_policy SET author_may_approve = true, approvals_needed = 1, "
             "admins_need_totp = false")
    assert before["approvals_needed"] == 1


def test_admins_can_be_made_to_have_one(url, gateway_url, anyone, person, credentials):
    password = credentials[1]
    first, _, first_id = person("admin")
    second, name, second_id = person("admin")
    token = make_token(second, role="admin", scopes=["reader"]).expect(201)["token"]
    # Who asks for it has one.
    ask(first, "PATCH", "/api/people-policy", {"admins_need_totp": True}).expect(409)
    enrol(first, first_id, password)
    with policy(first, admins_need_totp=True):
        first.get("/api/users").expect(200)
        answer = second.get("/api/servers")
        answer.expect(403)
        assert "second factor" in answer.json["detail"]
        session = second.get("/auth/session").expect(200)
        assert session["must_enrol"] is True and session["permissions"] == []
        page = enter(url, name)
        page.get("/api/servers").expect(403)
        holder(url, token).get("/api/servers").expect(403)
        assert "second factor" in model(gateway_url, token).call(
            "mcpbox_list_servers")["content"][0]["text"]
        secret, _ = enrol(second, second_id, password)
        second.get("/api/users").expect(200)
        page.get("/api/users").expect(200)
        holder(url, token).get("/api/users").expect(200)
        ask(second, "POST", "/auth/totp/remove", {
            "current_password": password, "code": code_of(secret)}).expect(409)
    person("operator")[0].get("/api/servers").expect(200)


# --- a stranger cannot lock anybody out ---------------------------------------------------

def test_W43_guesses_from_elsewhere_do_not_stop_the_owner(url, person, credentials):
    _, name, _ = person("admin")
    login(Client(url), name, credentials[1]).expect(200)  # from 127.0.0.1
    stranger = Client(url, source="127.0.0.2")

    def guess():
        return login(stranger, name, "a guess")
    blocked = wait_for("the back-off", lambda: (a := guess()).status == 429 and a)
    assert int(blocked.headers["Retry-After"]) >= 1
    # It is in the database: every worker has it, and a restart keeps it.
    assert psql(f"SELECT blocked_until > last_at FROM login_failure "
                f"WHERE kind = 'account' AND who = '{name}'") == [["t"]]
    psql(f"UPDATE login_failure SET blocked_until = now() + interval '5 minutes' "
         f"WHERE kind = 'account' AND who = '{name}'")
    guess().expect(429)
    login(Client(url), name, credentials[1]).expect(200)
    # And the owner's visit does not help the stranger.
    guess().expect(429)
    login(Client(url, source="127.0.0.3"), name, credentials[1]).expect(429)
    psql(f"UPDATE login_failure SET blocked_until = now() "
         f"WHERE kind = 'account' AND who = '{name}'")
    login(Client(url, source="127.0.0.3"), name, credentials[1]).expect(200)


# --- the rule of two ----------------------------------------------------------------------

def votes(client, tool):
    return ask(client, "GET", f"/api/approvals/tools/{tool['id']}/votes").expect(200)


def test_authors_do_not_approve(admin, gateway_url, person):
    author, name, _ = person("admin")
    other, _, _ = person("reviewer")
    token = make_token(author, scopes=["author"]).expect(201)["token"]
    with policy(admin, author_may_approve=False):
        house = House(author)
        tool = house.tool()
        assert votes(author, tool)["is_author"] is True
        answer = house.decide(tool)
        answer.expect(409, "conflict")
        assert "Somebody else" in answer.json["detail"]
        assert House(other).decide(tool).expect(200)["approval_status"] == "approved"
        # What one's program wrote, one wrote; also below somebody else's change.
        House(admin).server()
        theirs = House(admin).tool()
        model(gateway_url, token).call("mcpbox_update_tool", {
            "tool_id": theirs["id"], "description": "changed by a program"})
        House(admin).patch(f"/api/tools/{theirs['id']}", {"description": "and by a person"})
        house.decide(theirs).expect(409)
        House(admin).decide(theirs).expect(409)
        House(other).decide(theirs).expect(200)
        # Network access: not by who asked, nor straight away.
        asked = house.post("/api/approvals/network", {
            "server_id": house.server()["id"], "host": "a.example.com",
            "justification": "for a test"}).expect(201)
        at = f"/api/approvals/network/{asked['id']}/action"
        house.post(at, {"action": "approve"}).expect(409)
        house.post(f"/api/servers/{asked['server_id']}/allowed-hosts",
                   {"host": "b.example.com", "justification": "x"}).expect(409)
        House(other).post(at, {"action": "approve"}).expect(200)
    assert House(author).decide(House(author).tool()).expect(200)["approval_status"] == "approved"


def test_two_people_approve(admin, person):
    one, name, one_id = person("reviewer")
    two, other, _ = person("reviewer")
    with policy(admin, approvals_needed=2):
        house = House(admin)
        tool = house.tool()
        house.post(f"/api/tools/{tool['id']}/request-publish").expect(200)
        first = House(one).decide(tool).expect(200)
        assert first["approval_status"] == "pending_review"
        assert House(one).decide(tool).expect(200)["approval_status"] == "pending_review"
        state = votes(one, tool)
        assert (state["needed"], state["voted"]) == (2, True)
        assert [v["username"] for v in state["votes"]] == [name]
        assert votes(two, tool)["voted"] is False
        # A vote is for what was seen: another version begins anew.
        house.patch(f"/api/tools/{tool['id']}", {"description": "changed"}).expect(200)
        assert House(two).decide(tool).expect(200)["approval_status"] != "approved"
        assert House(one).decide(tool).expect(200)["approval_status"] == "approved"
        assert [r[2]["given"] for r in audit_rows("vote_tool") if r[1] == tool["id"]] == [1, 1, 1]
        # Revoked: both again.
        House(one).post(f"/api/approvals/tools/{tool['id']}/revoke").expect(200)
        assert House(one).decide(tool).expect(200)["approval_status"] != "approved"
        # A voter who may not decide any more does not count.
        ask(admin, "PATCH", f"/api/users/{one_id}", {"role": "viewer"}).expect(200)
        assert House(two).decide(tool).expect(200)["approval_status"] != "approved"
        assert house.decide(tool).expect(200)["approval_status"] == "approved"
        # A rejection ends the votes.
        second = house.tool()
        house.post(f"/api/tools/{second['id']}/request-publish").expect(200)
        House(two).decide(second).expect(200)
        House(two).decide(second, "reject", reason="no").expect(200)
        assert votes(two, second)["votes"] == []


def test_not_even_the_table_takes_an_approval_without_votes(admin):
    house = House(admin)
    tool = house.tool()
    with policy(admin, approvals_needed=2):
        with pytest.raises(Exception, match="More people must approve"):
            psql(f"INSERT INTO approval (tool_id, version, digest, powers_digest, approved_by) "
                 f"VALUES ('{tool['id']}', 1, decode('{tool['digest']}', 'hex'), "
                 f"decode('{tool['digest']}', 'hex'), 'person:x')")


@pytest.mark.parametrize("body", [{"approvals_needed": 0}, {"approvals_needed": 6},
                                  {"admins_need_totp": "yes"}])
def test_bad_policies(admin, body):
    ask(admin, "PATCH", "/api/people-policy", body).expect(422)
