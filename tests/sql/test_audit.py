"""The audit trail: final, chained, and verifiable without our code."""

import hashlib
import json

import pytest

from conftest import quote, refused, rows

FIELDS = ("seq", "at", "db_role", "actor", "ip", "request_id", "operation", "target_kind",
          "target_id", "before", "after")


def append(db, role="mcpbox_admin", actor="person:anna", operation="test", before=None,
           after=None, ip="127.0.0.1"):
    db.run(role, f"SELECT audit_append({quote(actor)}, {quote(ip)}, {quote('ab' * 16)}, "
                 f"{quote(operation)}, 'tool', NULL, {quote(before)}, {quote(after)});")


def export(db):
    """What an auditor gets: every row as text."""
    return rows(db.admin("""SELECT to_json(x) FROM (SELECT seq::text,
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, db_role, actor,
        ip, request_id, operation, target_kind, target_id, before::text AS before,
        after::text AS after, encode(prev, 'hex') AS prev, encode(hash, 'hex') AS hash
        FROM audit ORDER BY audit.seq) x;"""))


def field(value):
    if value is None:
        return b"-"
    data = value.encode()
    return str(len(data)).encode() + b":" + data


def verify(trail):
    """The definition in 0001_base.sql, written once more.  The first bad row, or None."""
    prev = "00" * 32
    for number, row in enumerate(trail, 1):
        data = bytes.fromhex(row["prev"]) + b"".join(field(row[f]) for f in FIELDS)
        if (row["prev"] != prev or row["seq"] != str(number)
                or hashlib.sha256(data).hexdigest() != row["hash"]):
            return number
        prev = row["hash"]
    return None


@pytest.fixture
def trail(db):
    append(db, after=json.dumps({"name": "ü\n\"x\"", "n": 1.50}))
    append(db, role="mcpbox_gateway", actor="client:local", before='{"b": 2,  "a": 1}', ip=None)
    append(db, operation="ünicode")
    return export(db)


def test_chain_verifies_offline(db, trail):
    assert len(trail) >= 3
    assert verify(trail) is None
    assert db.admin("SELECT audit_broken_at();") == ""


@pytest.mark.parametrize("name", FIELDS)
def test_offline_check_sees_each_change(trail, name):
    changed = [dict(row) for row in trail]
    changed[1][name] = (changed[1][name] or "") + "x"
    assert verify(changed) == 2


def test_offline_check_sees_a_missing_row(trail):
    assert verify(trail[:1] + trail[2:]) == 2


def test_a_changed_row_is_found_from_inside(db, trail):
    db.owner("""ALTER TABLE audit DISABLE TRIGGER audit_is_final;
        UPDATE audit SET actor = actor || '!' WHERE seq = 2;""")
    try:
        assert db.admin("SELECT audit_broken_at();") == "2"
    finally:
        db.owner("""UPDATE audit SET actor = left(actor, -1) WHERE seq = 2;
            ALTER TABLE audit ENABLE TRIGGER audit_is_final;""")
    assert db.admin("SELECT audit_broken_at();") == ""


@pytest.mark.parametrize("role", ["mcpbox_admin", "mcpbox_gateway", "mcpbox_jobs"])
@pytest.mark.parametrize("statement", [
    "UPDATE audit SET actor = 'x';",
    "DELETE FROM audit;",
    "TRUNCATE audit;",
    "UPDATE audit_head SET seq = 0;",
    "DELETE FROM audit_head;",
    "INSERT INTO audit SELECT * FROM audit;",
])
def test_no_role_touches_it(db, trail, role, statement):
    refused(lambda: db.run(role, statement), "42501")


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET actor = 'x';", "DELETE FROM audit;", "TRUNCATE audit;"])
def test_not_even_the_owner(db, trail, statement):
    refused(lambda: db.owner(statement), "MB403")


def test_the_pool_cannot_be_faked(db, trail):
    """Whatever actor the gateway claims: the row says which role wrote it."""
    append(db, role="mcpbox_gateway", actor="person:anna")
    assert export(db)[-1]["db_role"] == "mcpbox_gateway"


def test_parallel_writers_make_one_chain(db):
    before = len(export(db))
    children = [db.start("mcpbox_admin", "".join(
        "BEGIN; SELECT audit_append('a', NULL, NULL, 'race', NULL, NULL, NULL, NULL); COMMIT;"
        for _ in range(10))) for _ in range(8)]
    for child in children:
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
    trail = export(db)
    assert len(trail) == before + 80
    assert verify(trail) is None
    assert [r["at"] for r in trail] == sorted(r["at"] for r in trail)


def test_a_rolled_back_mutation_leaves_no_row(db):
    before = len(export(db))
    db.admin("BEGIN; SELECT audit_append('a', NULL, NULL, 'no', NULL, NULL, NULL, NULL); ROLLBACK;")
    append(db)
    trail = export(db)
    assert len(trail) == before + 1
    assert verify(trail) is None
