"""What must hold about tools, whoever asks: constraints, triggers, the view."""

import pytest

from conftest import Tool, refused

MOVED = "MB410"


def test_decision_on_an_old_version_is_refused(db, tool):
    tool.add_version(2)
    for make in (tool.insert_approval, tool.insert_rejection, tool.insert_decision):
        refused(lambda: db.admin(make(1)), MOVED)
        refused(lambda: db.admin(make(2, digest="cd" * 32)), MOVED)
        db.admin(make(2))


def test_approval_cannot_be_moved_to_another_digest(db, tool):
    tool.approve(1)
    refused(lambda: db.admin(f"UPDATE approval SET digest = decode('{'cd' * 32}', 'hex') "
                             f"WHERE tool_id = '{tool.id}';"), MOVED)


def test_state_follows_version_and_decision(db, tool):
    assert tool.state() == "draft"
    db.gateway(f"UPDATE tool SET review = 'pending_review' WHERE id = '{tool.id}';")
    assert tool.state() == "pending_review"
    db.admin(tool.insert_rejection(1) + f"UPDATE tool SET review = 'draft' WHERE id = '{tool.id}';")
    assert tool.state() == "rejected"
    assert tool.state("rejection_reason") == "no"
    tool.approve(1)
    assert tool.state() == "approved"
    assert tool.state("rejection_reason") == ""
    tool.add_version(2)
    assert tool.state() == "pending_review"
    assert tool.state("approved_version") == "1"


def test_approval_of_an_old_version_does_not_follow(db, tool):
    tool.approve(1)
    tool.add_version(2, review="draft")
    assert tool.state() == "draft"


def test_callable_needs_all_three(db, tool):
    assert tool.state("callable") == "f"
    tool.approve(1)
    assert tool.state("callable") == "f"
    db.gateway(f"UPDATE server SET status = 'running' WHERE id = '{tool.server_id}';")
    assert tool.state("callable") == "t"
    db.gateway(f"UPDATE tool SET enabled = false WHERE id = '{tool.id}';")
    assert tool.state("callable") == "f"


def test_stepping_back_to_an_approved_version_is_refused(db, tool):
    """Else a model could have an old approval by changing one number."""
    tool.approve(1)
    tool.add_version(2)
    for role in ("mcpbox_gateway", "mcpbox_admin"):
        refused(lambda: db.run(role, f"UPDATE tool SET current_version = 1 "
                                     f"WHERE id = '{tool.id}';"), "MB403")
    assert tool.state() == "pending_review"


def test_versions_have_no_gap_and_no_double(db, tool):
    refused(lambda: db.gateway(tool.insert_version(3)), "MB409")
    refused(lambda: db.gateway(tool.insert_version(1)), "MB409")
    refused(lambda: db.owner(f"ALTER TABLE tool_version DISABLE TRIGGER tool_version_guard; "
                             f"{tool.insert_version(1)}"), "23505")
    db.owner("ALTER TABLE tool_version ENABLE TRIGGER tool_version_guard;")


def test_current_version_exists(db, tool):
    refused(lambda: db.gateway(f"UPDATE tool SET current_version = 2 WHERE id = '{tool.id}';"),
            "23503")
    refused(lambda: db.gateway("INSERT INTO tool (server_id, name, created_by) "
                               f"VALUES ('{tool.server_id}', 'empty', 'x');"), "23503")


def test_a_version_has_its_tools_name(db, tool):
    refused(lambda: db.gateway(tool.insert_version(2, name="other__name")), "MB409")


@pytest.mark.parametrize("name", ["a__b", "a_", "_a", "A", "1a", "", "a-b", "a" * 41])
def test_bad_server_names(db, name):
    refused(lambda: db.gateway(f"INSERT INTO server (name, created_by) VALUES ('{name}', 'x');"),
            "23514")


@pytest.mark.parametrize("name", ["_a", "A", "1a", "", "a-b", "a" * 40 + "-"])
def test_bad_tool_names(db, tool, name):
    refused(lambda: db.gateway("INSERT INTO tool (server_id, name, created_by) "
                               f"VALUES ('{tool.server_id}', '{name}', 'x');"), "23514")


def test_full_names_fit_clients(db):
    t = Tool(db, server="s" * 40)
    refused(lambda: db.gateway("INSERT INTO tool (server_id, name, created_by) "
                               f"VALUES ('{t.server_id}', '{'t' * 23}', 'x');"), "MB422")


def test_server_names_are_unique(db, tool):
    refused(lambda: db.gateway(f"INSERT INTO server (name, created_by) "
                               f"VALUES ('{tool.server}', 'x');"), "23505")


def test_deleting_takes_everything_along(db, tool):
    tool.approve(1)
    db.admin(tool.insert_decision(1))
    db.gateway(f"DELETE FROM server WHERE id = '{tool.server_id}';")
    assert db.owner(f"""SELECT (SELECT count(*) FROM tool WHERE id = '{tool.id}')
        + (SELECT count(*) FROM tool_version WHERE tool_id = '{tool.id}')
        + (SELECT count(*) FROM approval WHERE tool_id = '{tool.id}')
        + (SELECT count(*) FROM decision WHERE tool_id = '{tool.id}');""") == "0"


def test_a_decision_and_a_change_queue_up(db, tool):
    """While a decision is not committed, the tool cannot change under it."""
    decide = db.start("mcpbox_admin", f"BEGIN; {tool.insert_approval(1)} "
                                      f"SELECT pg_sleep(0.5); COMMIT;")
    try:
        wait_until_locked(db, tool)
        tool.add_version(2)
    finally:
        out, err = decide.communicate(timeout=60)
    assert decide.returncode == 0, err
    # The approval was of version 1, and was true when it was made.
    assert tool.state() == "pending_review"
    assert tool.state("approved_version") == "1"


def wait_until_locked(db, tool):
    import time
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            db.gateway(f"SELECT FROM tool WHERE id = '{tool.id}' FOR UPDATE NOWAIT;")
        except Exception as e:
            if getattr(e, "state", None) == "55P03":
                return
            raise
    raise AssertionError("the decision never took the lock")


def test_changes_are_announced(db, tool):
    def heard(statement, of=tool):
        out = db.run("mcpbox_admin", f"LISTEN mcpbox; {statement} SELECT 1;")
        return f'notification "mcpbox" with payload "tools:{of.server_id}"' in out

    assert heard(f"UPDATE server SET status = 'running' WHERE id = '{tool.server_id}';")
    assert not heard(f"UPDATE server SET status = 'running' WHERE id = '{tool.server_id}';")
    assert heard(tool.insert_approval(1))
    assert heard(f"UPDATE tool SET enabled = false WHERE id = '{tool.id}';")
    assert not heard(f"UPDATE tool SET publish_notes = 'n' WHERE id = '{tool.id}';")
    assert heard(f"DELETE FROM approval WHERE tool_id = '{tool.id}';")
    assert heard(f"DELETE FROM tool WHERE id = '{tool.id}';")
    # A server that has none left takes nothing from any list.
    assert not heard(f"DELETE FROM server WHERE id = '{tool.server_id}';")
    other = Tool(db)
    assert heard(f"DELETE FROM server WHERE id = '{other.server_id}';", other)
