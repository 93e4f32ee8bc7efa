"""mcpboxctl, against a running instance."""

import json
import os
import re
import subprocess

import pytest

from client import Client, audit_rows, calm, psql
from harness.instance import ROOT
from house import account, enter
from test_people import NEW, accept, ask, enrol, holder, login, make_token, new_name, user_id

PROGRAM = os.path.join(ROOT, "build", os.environ.get("MCPBOX_TEST_BUILD", "release"), "mcpboxctl")


@pytest.fixture
def ctl(home):
    def run(*words, status=0, stdin=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")}
        done = subprocess.run([PROGRAM, "-H", home, *words], env=env, text=True, timeout=120,
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == status, (words, done)
        return done.stdout if status == 0 else done.stdout + done.stderr
    return run


@pytest.fixture
def person(url, credentials):
    name, uid = account("operator", credentials[0])
    return enter(url, name), name, uid


def test_W42_a_new_password_from_the_command_line(ctl, url, anyone, person, credentials):
    client, name, uid = person
    enrol(client, uid, credentials[1])
    said = ctl("user", "reset", name, "--totp", "--hours", "1")
    link = re.search(r"https?://\S+/invite#(\S+)", said)
    assert link and name in said
    accept(anyone, {"token": link[1]}, password=NEW).expect(201)
    client.get("/auth/me").expect(401)
    login(anyone, name, NEW).expect(200)
    row = [r for r in audit_rows("reset_user") if r[1] == uid][0]
    assert row[0].startswith("ctl:") and row[2] == {"username": name, "remove_totp": True}
    assert link[1] not in psql("SELECT string_agg(after::text, '') FROM audit")[0][0]


def test_people_are_switched_off_and_on(ctl, anyone, person, credentials):
    client, name, uid = person
    assert "signed out" in ctl("user", "disable", name.upper())
    client.get("/auth/me").expect(401)
    login(anyone, name, credentials[1]).expect(401)
    assert "disabled" in ctl("user", "reset", name, status=1)
    ctl("user", "enable", name)
    login(anyone, name, credentials[1]).expect(200)
    listed = [line.split() for line in ctl("user", "list").splitlines()]
    assert [name, "operator", "active"] in [words[:3] for words in listed]
    assert len([r for r in audit_rows("update_user") if r[1] == uid]) == 2


def test_the_last_admin_stays_for_the_command_line_too(ctl, credentials):
    mine = user_id(credentials[0])
    others = [r[0] for r in psql("SELECT id FROM account WHERE role = 'admin' AND is_active "
                                 f"AND id <> '{mine}'")]
    listed = ", ".join(f"'{i}'" for i in others) or "NULL"
    psql(f"UPDATE account SET is_active = false WHERE id IN ({listed})")
    try:
        assert "last active admin" in ctl("user", "disable", credentials[0], status=1)
    finally:
        psql(f"UPDATE account SET is_active = true WHERE id IN ({listed})")


def test_a_token_is_revoked(ctl, url, person):
    client, name, _ = person
    made = make_token(client, role="viewer").expect(201)
    assert made["prefix"] in ctl("token", "list")
    holder(url, made["token"]).get("/api/servers").expect(200)
    assert name in ctl("token", "revoke", made["prefix"])
    holder(url, made["token"]).get("/api/servers").expect(401)
    ctl("token", "revoke", made["id"], status=1)
    assert [r[0][:4] for r in audit_rows("revoke_token") if r[1] == made["id"]] == ["ctl:"]


def test_the_trail_is_verified_and_exported(ctl, tmp_path, admin):
    said = ctl("audit", "verify")
    head = re.search(r"^\d+ rows, unbroken; head (\d+:[0-9a-f]{64})$", said, re.M)[1]
    ask(admin, "POST", "/api/servers", {"name": new_name("s")}).expect(201)
    ctl("audit", "verify", "--head", head)
    forged = head[:-1] + ("0" if head[-1] != "0" else "1")
    assert "written anew" in ctl("audit", "verify", "--head", forged, status=1)

    text = ctl("audit", "export")
    rows = [json.loads(line) for line in text.splitlines()]
    assert [r["seq"] for r in rows] == list(range(1, len(rows) + 1))
    assert set(rows[0]) == {"seq", "at", "db_role", "actor", "ip", "request_id", "operation",
                            "target_kind", "target_id", "before", "after", "prev", "hash"}
    file = tmp_path / "trail.jsonl"
    file.write_text(text)
    ctl("audit", "verify", "--file", str(file), "--head", head)
    ctl("audit", "verify", "--file", "-", stdin=text)
    # A part of it holds, too.
    ctl("audit", "verify", "--file", "-", stdin=ctl("audit", "export", "--after", "3"))
    lines = text.splitlines()

    def faults(changed):
        file.write_text("\n".join(changed) + "\n")
        return ctl("audit", "verify", "--file", str(file), status=1)
    altered = json.dumps({**json.loads(lines[4]), "actor": "person:else"})
    assert "row 5 was altered" in faults(lines[:4] + [altered] + lines[5:])
    assert "row 5 is missing" in faults(lines[:4] + lines[5:])
    assert "row 5 is out of order" in faults(lines[:4] + [lines[5], lines[4]] + lines[6:])
    assert "row 3 is out of order" in faults(lines[:6] + [lines[2]] + lines[6:])
    assert "line 2 is no row" in faults([lines[0], "{}"] + lines[1:])


@pytest.mark.parametrize("words", [
    (), ("user",), ("user", "nope"), ("user", "reset"), ("user", "reset", "a", "b"),
    ("user", "reset", "x", "--hours", "0"), ("user", "disable"), ("token", "revoke"),
    ("audit", "verify", "--head", "x"), ("audit", "export", "--after", "-1")],
    ids=lambda w: " ".join(w) or "nothing")
def test_wrong_usage(ctl, words):
    assert "usage: mcpboxctl" in ctl(*words, status=2)


def test_what_is_not_there(ctl):
    assert "there is no user" in ctl("user", "disable", "nobody_" + new_name(), status=1)
    assert "no token" in ctl("token", "revoke", "mcpb_nope", status=1)
    assert calm(lambda: Client().get("/auth/status")).status == 200


def test_help(ctl, tmp_path):
    done = subprocess.run([PROGRAM, "--help"], text=True, stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == 0 and "audit verify" in done.stdout
    done = subprocess.run([PROGRAM, "-H", str(tmp_path), "user", "list"], text=True,
                          env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1 and "cannot be read" in done.stderr
