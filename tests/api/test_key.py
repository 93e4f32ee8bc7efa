"""Another encryption key (mcpboxctl key rotate), while everything goes on."""

import os
import re
import subprocess
import threading

import pytest

from client import Client, audit_rows, psql
from harness.instance import ROOT
from harness.mcp import McpClient
from house import House
from test_people import code_of, enrol, fresh, login, user_id
from test_secrets import LOOK, at, new_value, sha

PROGRAM = os.path.join(ROOT, "build", os.environ.get("MCPBOX_TEST_BUILD", "release"), "mcpboxctl")


@pytest.fixture
def house(bearer, credentials):
    bearer.forget()
    yield House(bearer(credentials[0]))
    bearer.forget()  # what the old key signed is worth nothing any more


WAITS = "Waiting 15 minutes"


def key_file(home):
    return os.path.join(home, "secrets", "encryption.key")


def key_ids(home):
    """Numbers of the keys in the file, the one in use first."""
    with open(key_file(home)) as f:
        return [int(line.partition(":")[0]) if ":" in line else 1 for line in f]


def rotate(home, until=None, status=0, **env):
    """What it said.  `until`: killed when it has said that."""
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")}, **env}
    words = ["key", "rotate"] if until == WAITS else ["key", "rotate", "--now"]
    p = subprocess.Popen([PROGRAM, "-H", home, *words], env=env, text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = ""
    for line in p.stdout:
        said += line
        if until is not None and until in line:
            p.kill()
            p.wait()
            return said
    assert p.wait(60) == status, said
    assert until is None, said
    return said


def sealed_with():
    return {int(n) for (n,) in psql(
        "SELECT get_byte(sealed, 1) FROM secret WHERE sealed IS NOT NULL "
        "UNION SELECT get_byte(sealed, 1) FROM totp")}


class Load(threading.Thread):
    """Does one thing until told to stop; what went wrong stays."""

    def __init__(self, what):
        super().__init__(daemon=True)
        self.what, self.stop, self.done, self.wrong = what, False, 0, []
        self.start()

    def run(self):
        while not self.stop:
            try:
                self.what()
                self.done += 1
            except Exception as e:
                self.wrong.append(repr(e))


PUT_AT, LOOK_AT = 2, 3


def end(loads):
    for one in loads:
        one.stop = True
    for one in loads:
        one.join(60)
        assert not one.is_alive() and one.wrong == [] and one.done > 0, (one.done, one.wrong[:3])


@pytest.fixture
def busy(house, gateway_url, url, credentials):
    """Calls that read a secret, over old and new connections, sets of another one,
    a token of before; nothing of it may fail."""
    server, value = house.server(), new_value()
    house.secret(server, "KEY", value)
    house.secret(server, "OTHER", new_value())
    tool = house.live(server, python_code=LOOK, secret_names=["KEY"])
    token = Client(url).login(*credentials)
    house_of_token = House(token)

    def call():
        client = McpClient(gateway_url)
        for _ in range(3):
            answer = client.call(tool["full_name"], {})
            assert answer["structuredContent"] == {"KEY": sha(value)}, answer
        client.close()

    def put():
        house.put(at(server, "OTHER"), {"value": new_value()}).expect(200)

    def look():
        house_of_token.get(f"/api/servers/{server['id']}").expect(200)

    loads = [Load(call), Load(call), Load(put), Load(look)]  # see PUT_AT, LOOK_AT
    yield loads
    end([one for one in loads if not one.stop])


def test_rotation_under_load(busy, home, url, make_account, anyone, credentials):
    name = make_account("operator")
    uid = user_id(name)
    secret, _ = enrol(Client(url).login(name, credentials[1]), uid, credentials[1])
    (before,) = key_ids(home)
    with open(key_file(home)) as f:
        old = f.read().strip().rpartition(":")[2]
    new = before % 255 + 1
    rotate(home, until=WAITS)
    assert key_ids(home) == [new, before] and sealed_with() == {new}
    end([busy[LOOK_AT], busy[PUT_AT]])  # until here what the old key signed is good
    said = rotate(home)
    assert re.search(rf"Key {new} is in use; \d+ values were sealed anew", said)
    assert key_ids(home) == [new] and sealed_with() == {new}
    assert os.stat(key_file(home)).st_mode & 0o777 == 0o600
    with open(key_file(home)) as f:
        assert old not in f.read()
    actor, target, after = audit_rows("rotate_key")[-2]
    assert actor.startswith("ctl:") and target == str(new) and after["key"] == new
    assert after["resealed"] >= 2 and audit_rows("rotate_key")[-1][2]["resealed"] == 0
    # The second factor was sealed, too.
    fresh(uid)
    login(anyone, name, credentials[1], code_of(secret)).expect(200)


@pytest.mark.parametrize("where, in_file", [
    ("Workers learn the new key", 2), ("Workers seal with the new key", 2),
    ("Stored values are sealed anew", 2)])
def test_an_interrupted_rotation_goes_on(busy, home, where, in_file):
    (before,) = key_ids(home)
    end([busy[LOOK_AT], busy[PUT_AT]])
    rotate(home, until=where)
    # What is printed comes before what is done: the file may be a step behind.
    assert set(key_ids(home)) <= {before, before % 255 + 1}
    rotate(home)
    assert len(key_ids(home)) == 1 and sealed_with() <= set(key_ids(home))


def test_a_value_that_does_not_open_stops_it(house, home, credentials):
    server = house.server()
    house.secret(server, "BROKEN", new_value())
    row = f"server_id = '{server['id']}'"
    (before,) = key_ids(home)
    psql(f"UPDATE secret SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) WHERE {row}")
    said = rotate(home, status=1)
    assert f"the secret BROKEN of server {server['name']} opens with neither key" in said
    assert len(key_ids(home)) == 2 and sealed_with() <= set(key_ids(home))
    house.put(at(server, "BROKEN"), {"value": new_value()}).expect(200)
    assert "was interrupted" in rotate(home)
    assert key_ids(home) == [before % 255 + 1]
    house.get(at(server)).expect(401)  # its token is of the old key
    house.client.tokens = None
    house.client.login(*credentials)
    # Of a key that is not there at all: nothing is begun.
    psql(f"UPDATE secret SET sealed = set_byte(sealed, 1, 200) WHERE {row}")
    assert "a key that is not in" in rotate(home, status=1)
    assert key_ids(home) == [before % 255 + 1]
    house.put(at(server, "BROKEN"), {"value": new_value()}).expect(200)


def test_what_cannot_be_rotated(home):
    said = rotate(home, status=1, MCPBOX_ENCRYPTION_KEY="0" * 64)
    assert "MCPBOX_ENCRYPTION_KEY is set" in said
    assert len(key_ids(home)) == 1
