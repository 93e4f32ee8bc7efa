"""What holds about people whatever asks, and the trail when it was touched."""

import contextlib
import os
import subprocess
import uuid

import pytest

from conftest import ROOT, SqlError, refused

CTL = os.path.join(ROOT, "build", os.environ.get("MCPBOX_TEST_BUILD", "release"), "mcpboxctl")
HASH = "$argon2id$v=19$x"


def account(db, role="reviewer", name=None):
    name = name or "p" + uuid.uuid4().hex[:12]
    uid = db.admin(f"INSERT INTO account (username, password_hash, role) "
                   f"VALUES ('{name}', '{HASH}', '{role}') RETURNING id;")
    return uid, name


# --- there is always an admin ------------------------------------------------------------

@pytest.fixture
def two_admins(db):
    """The only two there are."""
    one, two = account(db, "admin"), account(db, "admin")
    db.owner(f"DELETE FROM account WHERE id NOT IN ('{one[0]}', '{two[0]}');")
    return one[0], two[0]


LAST = ["UPDATE account SET role = 'viewer' WHERE id = '{}';",
        "UPDATE account SET is_active = false WHERE id = '{}';",
        "DELETE FROM account WHERE id = '{}';"]


@pytest.mark.parametrize("change", LAST, ids=["role", "switch", "delete"])
def test_the_last_admin_stays(db, two_admins, change):
    one, two = two_admins
    db.admin(change.format(one))
    for again in LAST:
        refused(lambda: db.admin(again.format(two)), "MB409")
    assert db.admin(f"SELECT role, is_active FROM account WHERE id = '{two}';") == "admin|t"


def test_two_admins_cannot_remove_each_other_at_once(db, two_admins):
    one, two = two_admins
    first = db.start("mcpbox_admin", f"""BEGIN;
        UPDATE account SET role = 'viewer' WHERE id = '{one}';
        SELECT pg_sleep(1); COMMIT;""")
    second = db.start("mcpbox_admin", f"""SELECT pg_sleep(0.3);
        UPDATE account SET role = 'viewer' WHERE id = '{two}';""")
    assert sorted([first.wait(30), second.wait(30)]) == [0, 3]
    assert db.admin("SELECT count(*) FROM account WHERE role = 'admin' AND is_active;") == "1"


# --- the gateway's role -------------------------------------------------------------------

def test_the_gateway_asks_about_one_token_and_nothing_else(db):
    uid, name = account(db, "operator")
    db.admin(f"""INSERT INTO api_token (account_id, name, prefix, hash, scopes, expires_at)
        VALUES ('{uid}', 'ci', 'mcpb_abcdef', sha256('{name}'), '{{reader}}',
            now() + interval '1 day');""")
    ask = f"SELECT username, role, scopes FROM api_token_use(sha256('{name}'), '127.0.0.1');"
    assert db.gateway(ask) == f"{name}|operator|{{reader}}"
    assert db.admin(f"SELECT last_used_ip, last_used_at IS NOT NULL FROM api_token "
                    f"WHERE account_id = '{uid}';") == "127.0.0.1|t"
    for table in ("api_token", "invite", "totp", "recovery_code", "people_policy",
                  "approval_vote", "login_known"):
        refused(lambda: db.gateway(f"SELECT FROM {table};"), "42501")
        refused(lambda: db.run("mcpbox_jobs", f"SELECT FROM {table};"), "42501")
    db.admin(f"UPDATE account SET is_active = false WHERE id = '{uid}';")
    assert db.gateway(ask) == ""


@pytest.mark.parametrize("statement", [
    "UPDATE people_policy SET approvals_needed = 0;",
    "UPDATE people_policy SET approvals_needed = 6;",
    "INSERT INTO invite (kind, token_hash, created_by, expires_at) "
    "VALUES ('invite', sha256('x'), 'x', now());",
    "INSERT INTO invite (kind, token_hash, role, created_by, expires_at) "
    "VALUES ('reset', sha256('x'), 'admin', 'x', now());",
    "INSERT INTO api_token (account_id, name, prefix, hash, scopes, expires_at) "
    "SELECT id, 'a', 'mcpb_a', sha256('y'), '{}', now() FROM account LIMIT 1;",
    "INSERT INTO api_token (account_id, name, prefix, hash, scopes, expires_at) "
    "SELECT id, 'a', 'mcpb_a', sha256('y'), '{root}', now() FROM account LIMIT 1;"])
def test_rows_that_cannot_be(db, statement):
    account(db)
    refused(lambda: db.admin(statement), "23514")


# --- guessing -------------------------------------------------------------------------------

def test_a_known_address_is_counted_by_itself(db):
    _, name = account(db)

    def attempt(address, times=1):
        return f"SELECT login_attempt('{name}', '{address}') FROM generate_series(1, {times});"

    # In one transaction: its clock stands still, however slow the machine is.
    def waits(*statements):
        out = db.admin("BEGIN;" + "".join(statements) + "COMMIT;").split()
        return [int(n) for n in out if n.isdigit()]
    owner = f"DO $$ BEGIN PERFORM login_success('{name}', '10.0.0.1'); END $$;"
    db.admin(owner)
    *stranger, elsewhere, home, again = waits(
        attempt("10.0.0.9", 9), attempt("10.0.0.8"), attempt("10.0.0.1"), owner, attempt("10.0.0.9"))
    assert stranger[:5] == [0] * 5 and stranger[-1] > 0 and elsewhere > 0 and home == 0
    # A visit of the owner does not free the stranger.
    assert again > 0
    # Guesses from the owner's own place are slowed down as well.
    guesses = waits(attempt("10.0.0.1", 8))
    assert guesses[:5] == [0] * 5 and guesses[-1] > 0


# --- the rule of two ------------------------------------------------------------------------

@contextlib.contextmanager
def policy(db, needed, author):
    db.admin(f"UPDATE people_policy SET approvals_needed = {needed}, "
             f"author_may_approve = {author};")
    try:
        yield
    finally:
        db.admin("UPDATE people_policy SET approvals_needed = 1, author_may_approve = true;")


def vote(db, tool, uid, powers="ab"):
    return db.admin(f"SELECT given, needed FROM approval_vote_cast('{tool.id}', 1, "
                    f"decode('{tool.digest(1)}', 'hex'), decode('{powers * 32}', 'hex'), "
                    f"'{uid}');")


def test_an_approval_needs_its_votes(db, tool):
    (one, _), (two, _), (three, _) = account(db), account(db, "admin"), account(db, "operator")
    with policy(db, 2, "true"):
        refused(lambda: db.admin(tool.insert_approval(1)), "MB409")
        assert vote(db, tool, one) == "1|2"
        assert vote(db, tool, one) == "1|2"
        refused(lambda: db.admin(tool.insert_approval(1)), "MB409")
        # For other powers, and by who may not decide: no votes of this.
        assert vote(db, tool, two, "cd") == "1|2"
        assert vote(db, tool, three) == "1|2"
        refused(lambda: db.admin(tool.insert_approval(1)), "MB409")
        assert vote(db, tool, two) == "2|2"
        db.admin(tool.insert_approval(1))
        # Taken back: from the beginning.
        db.admin(f"DELETE FROM approval WHERE tool_id = '{tool.id}';")
        refused(lambda: db.admin(tool.insert_approval(1)), "MB409")


def test_an_author_has_no_vote(db, tool):
    (mine, me), (theirs, _) = account(db, "admin"), account(db)
    for actor in (f"person:{me}", f"client:{me}", f"client:{me}/ci", f"token:{me.upper()}/x"):
        db.owner(f"""ALTER TABLE tool_version DISABLE TRIGGER tool_version_is_final;
            UPDATE tool_version SET created_by = '{actor}' WHERE tool_id = '{tool.id}';
            ALTER TABLE tool_version ENABLE TRIGGER tool_version_is_final;""")
        with policy(db, 1, "false"):
            refused(lambda: vote(db, tool, mine), "MB409")
            refused(lambda: db.admin(tool.insert_approval(1)), "MB409")
    with policy(db, 1, "false"):
        assert vote(db, tool, theirs) == "1|1"
        db.admin(tool.insert_approval(1))


@pytest.mark.parametrize("actor, who", [
    ("person:Anna", "anna"), ("client:anna/ci", "anna"), ("token:a_1/x", "a_1"),
    ("client:local", "local"), ("nobody", ""), ("policy:no_powers", ""), ("ctl:root", ""),
    ("person:anna-x", ""), ("xperson:anna", "")])
def test_whose_work_it_is(db, actor, who):
    assert db.admin(f"SELECT coalesce(actor_account('{actor}'), '');") == who


# --- a trail that was touched ---------------------------------------------------------------

@pytest.fixture
def verify(db, tmp_path):
    """mcpboxctl audit verify against the scratch cluster: what it says."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "db-admin.pw").write_text("any")

    def run(status):
        done = subprocess.run([CTL, "-H", str(tmp_path), "audit", "verify"], text=True,
                              env={"PATH": os.environ["PATH"], "MCPBOX_DATABASE_URL": db.url},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        assert done.returncode == status, done.stdout
        return done.stdout
    for i in range(6):
        db.admin(f"SELECT audit_append('person:anna', NULL, NULL, 'test', 'tool', '{i}', "
                 f"NULL, '{{\"n\": {i}}}');")
    return run


@contextlib.contextmanager
def touched(db, statement):
    """As somebody who owns the database could; then as it was."""
    db.owner("CREATE TABLE kept AS SELECT * FROM audit; CREATE TABLE kept_head AS "
             "SELECT * FROM audit_head; ALTER TABLE audit DISABLE TRIGGER audit_is_final;")
    try:
        db.owner(statement)
        yield
    finally:
        db.owner("DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; "
                 "UPDATE audit_head h SET seq = k.seq, hash = k.hash FROM kept_head k; "
                 "DROP TABLE kept, kept_head; ALTER TABLE audit ENABLE TRIGGER audit_is_final;")


def head(db):
    return int(db.admin("SELECT seq FROM audit_head;"))


def test_an_untouched_trail(verify, db):
    assert f"unbroken; head {head(db)}:" in verify(0)


def test_an_altered_row_is_named(verify, db):
    n = head(db) - 2
    for change in ("actor = 'person:bert'", "after = '{\"n\":  3}'", "ip = ''",
                   "at = at + interval '1 microsecond'"):
        with touched(db, f"UPDATE audit SET {change} WHERE seq = {n};"):
            assert verify(1).splitlines()[0] == (
                f"row {n} was altered: its hash is not that of what it says")


def test_a_row_altered_with_its_hash_is_named(verify, db):
    n = head(db) - 2
    with touched(db, f"UPDATE audit SET actor = 'person:bert' WHERE seq = {n}; UPDATE audit a "
                     f"SET hash = audit_hash(a) WHERE seq = {n};"):
        assert f"row {n + 1} does not follow row {n}" in verify(1)


def test_a_removed_row_is_named(verify, db):
    n = head(db)
    with touched(db, f"DELETE FROM audit WHERE seq = {n - 2};"):
        assert verify(1).startswith(f"row {n - 2} is missing\n")
    with touched(db, f"DELETE FROM audit WHERE seq > {n - 2};"):
        assert f"rows {n - 1} to {n} are missing: the trail ends early" in verify(1)


def test_an_inserted_row_is_named(verify, db):
    n = head(db)
    with touched(db, f"""INSERT INTO audit (seq, at, db_role, actor, operation, prev, hash)
            SELECT {n + 1}, now(), 'mcpbox_admin', 'person:eve', 'x', hash, hash
            FROM audit WHERE seq = {n};
            UPDATE audit a SET hash = audit_hash(a) WHERE seq = {n + 1};"""):
        assert f"rows {n + 1} to {n + 1} were inserted behind the end" in verify(1)
    # Between two: all behind it move by one, and none of them fits.
    with touched(db, f"""UPDATE audit SET seq = seq + 1000 WHERE seq >= {n - 1};
            UPDATE audit SET seq = seq - 999 WHERE seq >= 1000;
            INSERT INTO audit (seq, at, db_role, actor, operation, prev, hash)
            SELECT {n - 1}, now(), 'mcpbox_admin', 'person:eve', 'x', hash, hash
            FROM audit WHERE seq = {n - 2};
            UPDATE audit a SET hash = audit_hash(a) WHERE seq = {n - 1};"""):
        assert f"row {n} was altered" in verify(1)


def test_reordered_rows_are_named(verify, db):
    n = head(db)
    with touched(db, f"""UPDATE audit SET seq = 100000 WHERE seq = {n - 2};
            UPDATE audit SET seq = {n - 2} WHERE seq = {n - 3};
            UPDATE audit SET seq = {n - 3} WHERE seq = 100000;"""):
        said = verify(1)
        assert f"row {n - 3} was altered" in said and f"row {n - 2} was altered" in said


def test_no_login_role_touches_it(db):
    for role in ("mcpbox_admin", "mcpbox_gateway", "mcpbox_jobs"):
        for statement in ("UPDATE audit SET actor = 'x';", "DELETE FROM audit;",
                          "UPDATE audit_head SET seq = 0;", "DELETE FROM audit_head;"):
            with pytest.raises(SqlError):
                db.run(role, statement)
