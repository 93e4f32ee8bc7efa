"""The first account, in an instance that has none (MCPBOX_TEST_FRESH=1).

The tests build on each other, in this order: there is one first account.
"""

import os

import pytest

from client import Client, audit_rows, calm, parallel, psql

pytestmark = pytest.mark.skipif("MCPBOX_TEST_FRESH" not in os.environ,
                                reason="needs an instance without accounts")

TOKEN_FILE = os.path.join(os.environ.get("MCPBOX_TEST_HOME", ""), "secrets", "setup.token")


@pytest.fixture(scope="module")
def token():
    with open(TOKEN_FILE) as f:
        return f.read().strip()


def ask(client, token, username, password, **kw):
    return client.post("/auth/setup", {"token": token, "username": username,
                                       "password": password}, **kw)


def set_up(*args, **kw):
    return calm(lambda: ask(*args, **kw))


def required(client):
    return client.get("/auth/status").expect(200)["setup_required"]


def test_required(anyone):
    assert required(anyone) is True


def test_nobody_can_sign_in(anyone, credentials):
    for path in ("/auth/login", "/auth/session"):
        calm(lambda: anyone.post(path, {"username": credentials[0],
                                        "password": credentials[1]})).expect(401)


@pytest.mark.parametrize("username", ["", "ab", "1st", "_x1", "a-b", "a b", "x" * 51, "Ünï",
                                      "a\nb", "admin\n"])
def test_bad_usernames(anyone, token, credentials, username):
    answer = set_up(anyone, token, username, credentials[1])
    answer.expect(422, "invalid")
    assert answer.pointers == ["/username"]


@pytest.mark.parametrize("password", ["", "x" * 11, "ü" * 11, "x" * 129])
def test_bad_passwords(anyone, token, credentials, password):
    answer = set_up(anyone, token, credentials[0], password)
    answer.expect(422, "invalid")
    assert answer.pointers == ["/password"]


@pytest.mark.parametrize("change", [
    lambda t: "x", lambda t: t[:-1], lambda t: t + "x", lambda t: t.swapcase(),
    lambda t: t[::-1], lambda t: "0" * 200])
def test_wrong_token(anyone, token, credentials, change):
    set_up(anyone, change(token), *credentials).expect(403, "forbidden")


def test_other_sites_may_not(anyone, token, credentials):
    for headers in ({"Origin": "http://evil.example.com"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}):
        set_up(anyone, token, *credentials, headers=headers).expect(403)


def test_without_the_file_it_says_why(anyone, token, credentials):
    os.rename(TOKEN_FILE, TOKEN_FILE + ".away")
    try:
        answer = set_up(anyone, token, *credentials)
        answer.expect(403)
        assert "setup.token" in answer.json["detail"]
        # An empty file is no token either.
        open(TOKEN_FILE, "w").close()
        set_up(anyone, " ", *credentials).expect(403)
    finally:
        os.rename(TOKEN_FILE + ".away", TOKEN_FILE)


def test_none_of_that_made_an_account(anyone):
    assert required(anyone) is True
    assert psql("SELECT count(*) FROM account") == [["0"]]


def test_of_twenty_at_once_one_passes(url, token, credentials):
    def call(i):
        name = credentials[0] if i == 0 else f"racer_{i}"
        return ask(Client(url), token, name, credentials[1])

    answers = parallel(20, call)
    statuses = [a.status for a in answers]
    # Hashing has few slots: the others are refused, or told to come back.
    assert statuses.count(201) == 1, statuses
    assert all(a.status in (201, 409) or a.turned_away for a in answers), statuses
    assert all(a.headers["Retry-After"] for a in answers if a.problem == "busy")
    winner = next(a for a in answers if a.status == 201).json["username"]
    assert psql("SELECT username, role FROM account") == [[winner, "admin"]]
    assert psql("SELECT count(*) FROM setup_done") == [["1"]]
    rows = audit_rows("setup")
    assert [(r[0], r[2]["how"]) for r in rows] == [(f"person:{winner}", "token")]


def test_afterwards_it_is_over(anyone, token, credentials):
    assert required(anyone) is False
    set_up(anyone, token, "second", credentials[1]).expect(409, "conflict")
    set_up(anyone, "wrong", "second", credentials[1]).expect(409, "conflict")


def test_the_token_is_gone():
    assert not os.path.exists(TOKEN_FILE) or os.path.getsize(TOKEN_FILE) == 0


def test_not_even_without_accounts_again(anyone, token, credentials):
    """The owner of the database could remove people; the door stays shut."""
    with pytest.raises(Exception, match="permission denied"):
        psql("DELETE FROM setup_done")


def test_the_first_account_works(url, credentials):
    winner = psql("SELECT username FROM account")[0][0]
    me = Client(url).login(winner, credentials[1]).get("/auth/me").expect(200)
    assert (me["username"], me["role"]) == (winner, "admin")
    info = Client(url).sign_in(winner, credentials[1]).get("/auth/session").expect(200)
    assert "decide" in info["permissions"] and "admin" in info["permissions"]
