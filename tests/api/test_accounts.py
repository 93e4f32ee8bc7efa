"""Signing in and out, and who one is afterwards."""

import base64
import hashlib
import hmac
import json
import secrets
import statistics
import time

import pytest

from client import COOKIE, Client, SqlError, audit_rows, calm, parallel, psql, wait_for

WRONG = "The username or the password is wrong."


def unknown():
    return f"nobody_{secrets.token_hex(4)}"


def login(client, username, password):
    return calm(lambda: client.post("/auth/login", {"username": username,
                                                    "password": password}))


@pytest.fixture
def account(make_account, credentials):
    """(username, password) of an account of this test's own."""
    return make_account("operator"), credentials[1]


# --- setup is over ------------------------------------------------------------

def test_status(anyone):
    status = anyone.get("/auth/status").expect(200)
    assert status["setup_required"] is False
    assert status["version"]


def test_setup_is_over(anyone):
    for token in ("x", "0" * 43):
        calm(lambda: anyone.post("/auth/setup", {
            "token": token, "username": "second",
            "password": "long enough for it"})).expect(409, "conflict")
    assert psql("SELECT count(*) FROM setup_done") == [["1"]]


# --- one wording, one cost ------------------------------------------------------

def test_same_answer_whatever_is_wrong(anyone, account):
    username, password = account
    psql(f"UPDATE account SET is_active = false WHERE username = '{username}'")
    answers = [login(anyone, unknown(), password),
               login(anyone, username, password)]
    psql(f"UPDATE account SET is_active = true WHERE username = '{username}'")
    answers.append(login(anyone, username, "not the password"))
    bodies = []
    for a in answers:
        a.expect(401, "unauthorized")
        assert a.json["detail"] == WRONG
        bodies.append({k: v for k, v in a.json.items() if k != "request_id"})
    assert bodies[0] == bodies[1] == bodies[2]
    assert login(anyone, username, password).status == 200


def test_same_time_whether_or_not_the_account_exists(anyone, account):
    def seconds(name):
        start = time.monotonic()
        login(anyone, name, "not the password").expect(401)
        return time.monotonic() - start

    known, strange = [], []
    for _ in range(4):
        known.append(seconds(account[0]))
        strange.append(seconds(unknown()))
    ratio = statistics.median(strange) / statistics.median(known)
    assert 0.5 < ratio < 2, (known, strange)
    login(anyone, *account).expect(200)


def test_names_ignore_case(anyone, account):
    login(anyone, account[0].upper(), account[1]).expect(200)
    with pytest.raises(SqlError):
        psql(f"INSERT INTO account (username, password_hash, role) "
             f"VALUES ('{account[0].upper()}', '$argon2id$', 'viewer')")


# --- guessing is slowed down ------------------------------------------------------

def until_blocked(ask, refused):
    """Asks until a back-off answers; how often it was `refused` before.  On a
    slow machine a short wait may be over before the next attempt."""
    for attempts in range(10):
        answer = ask()
        if answer.status == 429:
            return attempts, answer
        answer.expect(refused)
    raise AssertionError("ten guesses and never blocked")


def forgive(client, account):
    """All tests share one address: a success clears what it counted."""
    wait_for("the end of the wait", lambda: login(client, *account).status == 200)


def test_backoff_by_name(anyone, account):
    name = unknown()
    attempts, answer = until_blocked(lambda: login(anyone, name, "a guess"), 401)
    assert attempts >= 5
    answer.expect(429, "rate-limited")
    assert int(answer.headers["Retry-After"]) >= 1
    # Another name is free, the blocked one only waits.
    login(anyone, *account).expect(200)
    wait_for("the end of the wait", lambda: login(anyone, name, "a guess").status == 401)
    # Each further attempt doubles the wait.
    rows = psql(f"SELECT attempts, extract(epoch FROM blocked_until - last_at)::integer "
                f"FROM login_failure WHERE kind = 'account' AND who = '{name}'")
    counted, wait = map(int, rows[0])
    assert counted == attempts + 1 and wait == 2 ** (counted - 5)
    forgive(anyone, account)


def test_right_password_waits_as_well(anyone, account):
    until_blocked(lambda: login(anyone, account[0], "a guess"), 401)
    # However slow this machine is: it waits.
    psql(f"UPDATE login_failure SET blocked_until = now() + interval '1 hour' "
         f"WHERE who = '{account[0]}'")
    login(anyone, *account).expect(429)
    psql(f"UPDATE login_failure SET blocked_until = now() WHERE who = '{account[0]}'")
    login(anyone, *account).expect(200)


def test_success_forgets_failures(anyone, account):
    for _ in range(2):
        for _ in range(4):
            login(anyone, account[0], "a guess").expect(401)
        login(anyone, *account).expect(200)


def test_parallel_guesses_share_the_count(url, anyone, account):
    name = unknown()
    parallel(20, lambda i: login(Client(url), name, f"guess {i}"))
    rows = psql(f"SELECT attempts FROM login_failure WHERE kind = 'account' AND who = '{name}'")
    forgive(anyone, account)
    # Five are free; each second that passes meanwhile may let one more in.
    assert rows and int(rows[0][0]) <= 10, rows


# --- tokens ---------------------------------------------------------------------

def test_token_pair(anyone, account):
    pair = login(anyone, *account).expect(200)
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 900)
    anyone.tokens = pair
    me = anyone.get("/auth/me").expect(200)
    assert set(me) == {"id", "username", "role", "is_active", "last_login_at", "created_at"}
    assert (me["username"], me["role"], me["is_active"]) == (account[0], "operator", True)
    assert me["last_login_at"].endswith("Z")


def test_only_hashes_are_stored(url, account):
    c = Client(url).login(*account)
    digest = hashlib.sha256(c.tokens["refresh_token"].encode()).hexdigest()
    assert psql(f"SELECT count(*) FROM refresh_token WHERE hash = '\\x{digest}'") == [["1"]]
    c = Client(url).sign_in(*account)
    raw = base64.urlsafe_b64decode(c.jar[COOKIE] + "=")
    digest = hashlib.sha256(raw).hexdigest()
    assert psql(f"SELECT count(*) FROM session WHERE cookie_hash = '\\x{digest}'") == [["1"]]


def refresh(client, token):
    return client.post("/auth/refresh", {"refresh_token": token})


def test_refresh_rotates(url, anyone, account):
    c = Client(url).login(*account)
    first = c.tokens
    second = refresh(anyone, first["refresh_token"]).expect(200)
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    # The first access token lives until its end: it is the same session.
    c.get("/auth/me").expect(200)
    c.tokens = second
    c.get("/auth/me").expect(200)


def test_reuse_ends_the_session(url, anyone, account):
    c = Client(url).login(*account)
    first = c.tokens
    second = refresh(anyone, first["refresh_token"]).expect(200)
    refresh(anyone, first["refresh_token"]).expect(401, "unauthorized")
    refresh(anyone, second["refresh_token"]).expect(401)
    for pair in (first, second):
        c.tokens = pair
        c.get("/auth/me").expect(401)
    rows = [r for r in audit_rows("refresh_reuse") if (r[2] or {}).get("username") == account[0]]
    assert len(rows) == 1 and rows[0][0] == "nobody"


def test_parallel_refreshes_give_one_pair_and_end_the_session(url, account):
    """Two holders of one refresh token cannot be told from a thief and its
    owner, so there is no grace (noun/token.h)."""
    c = Client(url).login(*account)
    token = c.tokens["refresh_token"]
    answers = parallel(20, lambda _: refresh(Client(url), token))
    assert sorted(a.status for a in answers) == [200] + [401] * 19
    winner = next(a for a in answers if a.status == 200).json
    refresh(Client(url), winner["refresh_token"]).expect(401)
    c.tokens = winner
    c.get("/auth/me").expect(401)


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "x" * 200],
                         ids=["short", "unknown", "utf8", "long"])
def test_unknown_refresh_token(anyone, token):
    refresh(anyone, token).expect(401, "unauthorized")


def test_access_token_is_no_refresh_token(anyone, admin):
    refresh(anyone, admin.tokens["access_token"][:200]).expect(401)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_bad_access_tokens(url, admin):
    head, body, sig = admin.tokens["access_token"].split(".")
    none = b64(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    forged = b64(hmac.new(b"\0" * 32, f"{head}.{body}".encode(), "sha256").digest())
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    other = b64(json.dumps({**claims, "sub": claims["sid"]}).encode())
    flipped = ("A" if sig[5] != "A" else "B")
    for token in ["", "x", "a.b.c", f"{head}.{body}.", f"{head}.{body}", f"{none}.{body}.",
                  f"{none}.{body}.{sig}", f"{head}.{body}.{forged}", f"{head}.{other}.{sig}",
                  f"{head}.{body}.{sig[:5]}{flipped}{sig[6:]}", f"{head}.{body}.{sig}=",
                  f"{head}.{body}.{sig}.{sig}", "A" * 5000]:
        answer = Client(url).get("/auth/me", headers={"Authorization": f"Bearer {token}"})
        answer.expect(401, "unauthorized")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_token_claims(admin):
    head, body, _ = admin.tokens["access_token"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "pv", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 900


@pytest.mark.parametrize("value", ["Basic YWRtaW46eA==", "Bearer", "Token x", "", "Bearer "])
def test_other_authorization_schemes(url, value):
    Client(url).get("/auth/me", headers={"Authorization": value}).expect(401)


def test_bearer_in_any_case(url, admin):
    token = admin.tokens["access_token"]
    Client(url).get("/auth/me", headers={"Authorization": f"bearer {token}"}).expect(200)


# --- signing out ------------------------------------------------------------------

def test_logout_ends_both_tokens_at_once(url, anyone, account):
    c = Client(url).login(*account)
    c.post("/auth/logout").expect(200)
    for _ in range(8):  # whichever thread or worker answers
        c.get("/auth/me").expect(401)
    refresh(anyone, c.tokens["refresh_token"]).expect(401)
    c.post("/auth/logout").expect(401)


def test_logout_of_another_own_session(url, anyone, account):
    one, two = Client(url).login(*account), Client(url).login(*account)
    one.post("/auth/logout", {"refresh_token": two.tokens["refresh_token"]}).expect(200)
    two.get("/auth/me").expect(401)


def test_logout_of_somebody_else_is_ignored(url, account, make_account, credentials):
    mine = Client(url).login(*account)
    theirs = Client(url).login(make_account("viewer"), credentials[1])
    mine.post("/auth/logout", {"refresh_token": theirs.tokens["refresh_token"]}).expect(200)
    theirs.get("/auth/me").expect(200)
    mine = Client(url).login(*account)
    mine.post("/auth/logout", {"refresh_token": "nonsense"}).expect(200)
    mine.get("/auth/me").expect(401)


def test_logout_with_the_cookie(page):
    answer = page.clone().post("/auth/logout")
    answer.expect(200)
    assert answer.cookies()[COOKIE][1]["max-age"] == "0"
    page.get("/auth/session").expect(401)


# --- the page's session --------------------------------------------------------------

def test_session_cookie(anyone, account):
    answer = calm(lambda: anyone.post("/auth/session", {"username": account[0],
                                                        "password": account[1]}))
    info = answer.expect(200)
    value, attributes = answer.cookies()[COOKIE]
    assert len(value) == 43
    assert "httponly" in attributes and attributes["samesite"] == "Lax"
    assert attributes["path"] == "/" and "domain" not in attributes
    assert "secure" not in attributes  # plain HTTP on loopback
    assert info["user"] == {"id": info["user"]["id"], "username": account[0],
                            "role": "operator"}
    assert info["permissions"] == ["read", "edit", "run", "call"]
    assert len(info["csrf"]) == 43 and info["idle_seconds"] == 12 * 3600
    assert info["language_policy"] in ("enforce", "off")
    assert anyone.get("/auth/session").expect(200) == info
    assert anyone.get("/auth/me").expect(200)["username"] == account[0]
    assert "access_token" not in answer.raw.decode()


def test_changes_need_the_csrf_token(page):
    other = Client(page.url)
    for csrf in (None, "", "x", page.csrf[:-1], page.csrf + "A", page.csrf.swapcase()):
        page.delete("/auth/session", headers={"X-CSRF-Token": csrf}).expect(403, "csrf")
    other.jar = dict(page.jar)
    other.delete("/auth/session").expect(403, "csrf")
    page.get("/auth/session").expect(200)
    page.clone().delete("/auth/session").expect(204)
    page.get("/auth/session").expect(401)


def test_csrf_token_is_of_one_session(url, page, account):
    other = Client(url).sign_in(*account)
    assert other.csrf != page.csrf
    page.delete("/auth/session", headers={"X-CSRF-Token": other.csrf}).expect(403, "csrf")


def test_end_of_session_takes_the_cookie_away(page):
    answer = page.delete("/auth/session")
    answer.expect(204)
    assert answer.raw == b""
    assert answer.cookies()[COOKIE][1]["max-age"] == "0"


@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.example.com"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
])
def test_requests_of_other_sites(page, account, headers):
    page.delete("/auth/session", headers=headers).expect(403, "forbidden")
    body = {"username": account[0], "password": account[1]}
    for c, path in ((page, "/auth/session"), (Client(page.url), "/auth/login")):
        calm(lambda: c.post(path, body, headers=headers)).expect(403, "forbidden")
    page.get("/auth/session").expect(200)


def test_requests_of_our_own_page(page):
    headers = {"Origin": page.url, "Sec-Fetch-Site": "same-origin"}
    page.delete("/auth/session", headers=headers).expect(204)


def test_signing_in_again_replaces_the_session(page, account):
    before = page.clone()
    page.sign_in(*account)
    assert page.jar[COOKIE] != before.jar[COOKIE]
    page.get("/auth/session").expect(200)
    before.get("/auth/session").expect(401)


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "A" * 5000, "é"],
                         ids=["empty", "short", "unknown", "long", "utf8"])
def test_dead_cookie_is_no_obstacle(url, account, cookie):
    c = Client(url)
    c.jar[COOKIE] = cookie.encode("utf-8").decode("latin-1")
    c.get("/auth/status").expect(200)
    c.get("/auth/session").expect(401)
    if cookie in ("x", "A" * 43):
        c.sign_in(*account)
        c.get("/auth/session").expect(200)


def test_two_cookies_of_one_name_are_none(page):
    value = page.jar[COOKIE]
    double = f"{COOKIE}={value}; {COOKIE}={value}"
    page.get("/auth/session", headers={"Cookie": double}).expect(401)


def test_not_both_credentials(page, admin):
    token = admin.tokens["access_token"]
    page.get("/auth/me", headers={"Authorization": f"Bearer {token}"}).expect(400, "bad-request")


def test_bearer_needs_no_csrf_and_has_none(admin):
    info = admin.get("/auth/session").expect(200)
    assert info["csrf"] == "" and info["user"]["role"] == "admin"


def test_idle_session_ends(page, account):
    me = page.get("/auth/session").expect(200)["user"]["username"]
    raw = base64.urlsafe_b64decode(page.jar[COOKIE] + "=")
    where = f"cookie_hash = '\\x{hashlib.sha256(raw).hexdigest()}'"
    # A visit is noted when the last one is over a minute old.
    psql(f"UPDATE session SET last_seen_at = now() - interval '11 hours' WHERE {where}")
    assert page.get("/auth/session").expect(200)["user"]["username"] == me
    assert psql(f"SELECT last_seen_at > now() - interval '1 minute' FROM session "
                f"WHERE {where}") == [["t"]]
    psql(f"UPDATE session SET last_seen_at = now() - interval '13 hours' WHERE {where}")
    page.get("/auth/session").expect(401)


# --- the password -------------------------------------------------------------------

NEW = "another long password"


def change(client, current, new):
    return calm(lambda: client.post("/auth/change-password", {
        "current_password": current, "new_password": new}))


def test_change_password(url, anyone, account):
    username, old = account
    token, elsewhere = Client(url).login(*account), Client(url).sign_in(*account)
    here = Client(url).sign_in(*account)
    cookie, csrf = here.jar[COOKIE], here.csrf

    answer = change(here, old, NEW)
    answer.expect(200)
    assert here.jar[COOKIE] != cookie
    info = here.get("/auth/session").expect(200)
    assert info["csrf"] != csrf
    for other in (token, elsewhere):
        other.get("/auth/me").expect(401)
    refresh(anyone, token.tokens["refresh_token"]).expect(401)
    replay = Client(url)
    replay.jar[COOKIE] = cookie
    replay.get("/auth/session").expect(401)
    # The page goes on with its new CSRF token.
    here.delete("/auth/session").expect(403, "csrf")
    here.csrf = info["csrf"]
    here.delete("/auth/session").expect(204)

    login(anyone, username, old).expect(401)
    login(anyone, username, NEW).expect(200)
    assert [r for r in audit_rows("change_password") if r[0] == f"person:{username}"]


def test_change_password_by_token_ends_the_token(url, account):
    c = Client(url).login(*account)
    change(c, account[1], NEW).expect(200)
    c.get("/auth/me").expect(401)


def test_change_password_refused(url, account):
    c = Client(url).login(*account)
    answer = change(c, "not the password", NEW)
    answer.expect(422, "invalid")
    assert answer.pointers == ["/current_password"]
    answer = change(c, account[1], account[1])
    answer.expect(422)
    assert answer.pointers == ["/new_password"]
    for new in ("short", "x" * 11, "x" * 129, ""):
        answer = change(c, account[1], new)
        answer.expect(422)
        assert answer.pointers == ["/new_password"]
    c.get("/auth/me").expect(200)


def test_guessing_the_current_password_is_slowed_down(url, account):
    c = Client(url).login(*account)
    assert until_blocked(lambda: change(c, "a guess", NEW), 422)[0] >= 5
    forgive(Client(url), account)


def test_parallel_changes_let_one_win(url, account):
    clients = [Client(url).sign_in(*account) for _ in range(3)]
    answers = parallel(3, lambda i: change(clients[i], account[1], f"{NEW} {i}"))
    assert [a.status for a in answers].count(200) == 1, answers
    assert psql(f"SELECT password_version FROM account "
                f"WHERE username = '{account[0]}'") == [["2"]]


# --- roles ----------------------------------------------------------------------------

@pytest.mark.parametrize("role, permissions", [
    ("viewer", ["read"]),
    ("operator", ["read", "edit", "run", "call"]),
    ("reviewer", ["read", "run", "decide"]),
    ("admin", ["read", "edit", "run", "decide", "admin", "call"]),
])
def test_permissions(as_role, role, permissions):
    assert as_role(role).get("/auth/session").expect(200)["permissions"] == permissions


def test_deactivated_account_is_out_at_once(url, anyone, account):
    token, page = Client(url).login(*account), Client(url).sign_in(*account)
    psql(f"UPDATE account SET is_active = false WHERE username = '{account[0]}'")
    for c in (token, page):
        c.get("/auth/me").expect(401)
    refresh(anyone, token.tokens["refresh_token"]).expect(401)


def test_role_change_counts_at_once(url, account):
    c = Client(url).login(*account)
    psql(f"UPDATE account SET role = 'viewer' WHERE username = '{account[0]}'")
    assert c.get("/auth/session").expect(200)["permissions"] == ["read"]


# --- the rest ---------------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/auth/me", "/auth/session"])
def test_reading_needs_a_person(anyone, path):
    answer = anyone.get(path)
    answer.expect(401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_changing_needs_a_person(anyone):
    anyone.post("/auth/logout").expect(401)
    anyone.delete("/auth/session").expect(401)
    change(anyone, "x", NEW).expect(401)


@pytest.mark.parametrize("path", ["/auth/login", "/auth/session", "/auth/setup",
                                  "/auth/refresh"])
@pytest.mark.parametrize("raw, status", [
    (b"", 422), (b"{}", 422), (b"[]", 422), (b"null", 422), (b"1", 422), (b'{"x":1}', 422),
    (b"{", 400), (b'{"username":"a","username":"b"}', 400), (b"\xff\xfe", 400),
    (b"[" * 5000, 400), (b'{"username":1,"password":[],"token":{},"refresh_token":true}', 422),
    (b'{"username":"\\u0000","password":"x"}', 400),
])
def test_malformed_bodies(anyone, path, raw, status):
    calm(lambda: anyone.request("POST", path, raw=raw)).expect(status)


def test_other_media_types(anyone, account):
    body = f"username={account[0]}&password=x".encode()
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data"):
        calm(lambda: anyone.request("POST", "/auth/session", raw=body, headers={
            "Content-Type": kind})).expect(415, "media-type")


def test_unknown_members_and_parameters(anyone, account):
    body = {"username": account[0], "password": account[1]}
    answer = calm(lambda: anyone.post("/auth/login", {**body, "remember": True}))
    answer.expect(422)
    assert answer.pointers == ["/remember"]
    anyone.get("/auth/status?x=1").expect(422)


def test_doubled_headers(anyone, admin):
    token = admin.tokens["access_token"]
    twice = [("Authorization", f"Bearer {token}")] * 2
    anyone.get("/auth/me", headers=twice).expect(400)


def test_odd_user_agents(url, account):
    body = {"username": account[0], "password": account[1]}
    for agent in ("\xff\xfe", "x" * 3000, ""):
        calm(lambda: Client(url).post("/auth/session", body,
                                      headers={"User-Agent": agent})).expect(200)


def test_gateway_has_no_accounts(gateway_url, account):
    gateway = Client(gateway_url)
    for path in ("/auth/status", "/auth/me", "/auth/session", "/api/servers"):
        gateway.get(path).expect(404)
    login(gateway, *account).expect(404)


def test_every_sign_in_is_recorded(url, anyone, account):
    username, password = account
    before = len(audit_rows("login_failed"))
    login(anyone, username, "a guess").expect(401)
    c = Client(url).login(username, password)
    page = Client(url).sign_in(username, password)
    c.tokens = refresh(anyone, c.tokens["refresh_token"]).expect(200)
    c.post("/auth/logout").expect(200)
    page.delete("/auth/session").expect(204)

    failed = audit_rows("login_failed")[before:]
    assert [r for r in failed if r[0] == "nobody" and r[2] == {"username": username}]
    person = f"person:{username}"
    assert [r[2]["how"] for r in audit_rows("login") if r[0] == person] == ["token", "cookie"]
    assert len([r for r in audit_rows("refresh") if r[0] == person]) == 1
    assert len([r for r in audit_rows("logout") if r[0] == person]) == 2
    assert psql("SELECT audit_broken_at() IS NULL") == [["t"]]


def test_the_gateways_database_role_sees_no_secret(admin):
    for table in ("account", "session", "refresh_token", "login_failure", "setup_done"):
        with pytest.raises(SqlError, match="permission denied"):
            psql(f"SELECT 1 FROM {table}", role="gateway")
        with pytest.raises(SqlError, match="permission denied"):
            psql(f"SELECT 1 FROM {table}", role="jobs")
    body = admin.tokens["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    ask = "SELECT username, role FROM token_state('{sid}', '{sub}', {pv})"
    assert psql(ask.format(**claims), role="gateway") == [[admin.get("/auth/me").json["username"],
                                                           "admin"]]
    assert psql(ask.format(**{**claims, "pv": 99}), role="gateway") == []
    assert psql(ask.format(**{**claims, "sid": claims["sub"]}), role="gateway") == []


def test_sessions_cannot_be_deleted_by_a_login_role():
    for table in ("session", "refresh_token", "setup_done"):
        with pytest.raises(SqlError, match="permission denied"):
            psql(f"DELETE FROM {table}")
