"""What each role cannot do, asked for in SQL as if our C had been taken over."""

import pytest

from conftest import Tool, refused

DENIED = "42501"


def test_gateway_cannot_approve(db, tool):
    refused(lambda: db.gateway(tool.insert_approval(1)), DENIED)
    assert tool.state() == "draft"


def test_gateway_cannot_touch_decisions(db, tool):
    tool.approve(1)
    for statement in (
        tool.insert_rejection(1),
        tool.insert_decision(1),
        f"UPDATE approval SET version = 1 WHERE tool_id = '{tool.id}';",
        f"UPDATE rejection SET reason = 'x' WHERE tool_id = '{tool.id}';",
        f"DELETE FROM approval WHERE tool_id = '{tool.id}';",
        f"DELETE FROM rejection WHERE tool_id = '{tool.id}';",
        f"DELETE FROM decision WHERE tool_id = '{tool.id}';",
        "TRUNCATE approval;",
        "TRUNCATE rejection;",
        "TRUNCATE decision;",
        "ALTER TABLE approval DISABLE TRIGGER ALL;",
        "DROP TABLE approval CASCADE;",
        "ALTER VIEW tool_state OWNER TO mcpbox_gateway;",
        "CREATE TABLE mcpbox.approval2 (id int);",
        "CREATE FUNCTION mcpbox.f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "SET ROLE mcpbox_admin; SELECT 1;",
        "SET ROLE mcpbox; SELECT 1;",
        "SET SESSION AUTHORIZATION mcpbox_admin;",
    ):
        try:
            out = db.gateway(statement)
        except Exception as e:
            assert getattr(e, "state", None) in (DENIED, "2BP01", "0L000"), (statement, e)
        else:
            pytest.fail(f"not refused: {statement}: {out}")
    assert tool.state() == "approved"


def test_gateway_cannot_grant(db, tool):
    db.gateway("GRANT INSERT ON approval TO mcpbox_gateway;")  # a warning, not an error
    refused(lambda: db.gateway(tool.insert_approval(1)), DENIED)


def test_a_view_is_no_way_around(db, tool):
    refused(lambda: db.gateway("UPDATE tool_state SET approved_version = 1;"), "55000")
    refused(lambda: db.gateway("DELETE FROM tool_state;"), "55000")


def test_no_function_writes_decisions(db):
    """Functions that run with the owner's rights, and what they may be: all known."""
    found = db.owner("""SELECT p.proname FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'mcpbox' AND p.prosecdef
            AND has_function_privilege('mcpbox_gateway', p.oid, 'EXECUTE') ORDER BY 1;""")
    assert found.split() == ["api_token_use", "approval_auto", "audit_append", "network_auto",
                             "run_log_of_tool", "token_state"]


def test_owner_functions_pin_their_search_path(db):
    """Else the caller decides what a name in them means."""
    assert db.owner("""SELECT p.proname FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'mcpbox' AND p.prosecdef AND NOT EXISTS (
            SELECT FROM unnest(p.proconfig) c WHERE c LIKE 'search_path=%');""") == ""


def test_roles_are_plain(db):
    assert db.owner("""SELECT rolname FROM pg_roles WHERE rolname LIKE 'mcpbox%'
        AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls);""") == ""
    assert db.owner("""SELECT m.roleid::regrole FROM pg_auth_members m
        WHERE m.member::regrole::text IN ('mcpbox_admin', 'mcpbox_gateway', 'mcpbox_jobs');""") == ""


@pytest.mark.parametrize("column", ["created_by", "server_id", "name", "id", "created_at"])
def test_gateway_cannot_rewrite_a_tool(db, tool, column):
    refused(lambda: db.gateway(f"UPDATE tool SET {column} = {column} WHERE id = '{tool.id}';"),
            DENIED)


def test_gateway_switches_off_but_not_on(db, tool):
    db.gateway(f"UPDATE tool SET enabled = false WHERE id = '{tool.id}';")
    refused(lambda: db.gateway(f"UPDATE tool SET enabled = true WHERE id = '{tool.id}';"), "MB403")
    db.admin(f"UPDATE tool SET enabled = true WHERE id = '{tool.id}';")
    assert tool.state("enabled") == "t"


def test_nobody_changes_a_version(db, tool):
    for role in ("mcpbox_admin", "mcpbox_gateway", "mcpbox_jobs"):
        for statement in (
            f"UPDATE tool_version SET code = 'evil' WHERE tool_id = '{tool.id}';",
            f"DELETE FROM tool_version WHERE tool_id = '{tool.id}';",
        ):
            refused(lambda: db.run(role, statement), DENIED)
    # Not even the owner, by mistake.
    refused(lambda: db.owner(
        f"UPDATE tool_version SET code = 'evil' WHERE tool_id = '{tool.id}';"), "MB403")


def test_nobody_edits_the_history(db, tool):
    db.admin(tool.insert_decision(1))
    for statement in ("UPDATE decision SET verdict = 'reject';", "DELETE FROM decision;"):
        refused(lambda: db.admin(statement), DENIED)


@pytest.mark.parametrize("column", ["password_hash", "*", "username"])
def test_gateway_reads_no_account(db, column):
    refused(lambda: db.gateway(f"SELECT {column} FROM account;"), DENIED)


@pytest.mark.parametrize("table", ["session", "refresh_token", "login_failure", "setup_done",
                                   "audit", "audit_head", "run_log", "schema_migration",
                                   "limit_set", "kill_order", "run_name", "run_stat", "run_stat_at",
                                   "run_count"])
def test_gateway_does_not_see(db, table):
    refused(lambda: db.gateway(f"SELECT * FROM {table};"), DENIED)


def test_jobs_role_sees_no_table(db):
    tables = db.owner("SELECT relname FROM pg_class WHERE relnamespace = 'mcpbox'::regnamespace "
                      "AND relkind IN ('r', 'v', 'p');").split()
    assert "tool" in tables
    for table in tables:
        refused(lambda: db.run("mcpbox_jobs", f"SELECT * FROM {table} LIMIT 1;"), DENIED)


def test_a_stranger_sees_nothing(db):
    db.owner("DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stranger') "
             "THEN CREATE ROLE stranger LOGIN; END IF; END $$;")
    refused(lambda: db.run("stranger", "SELECT 1 FROM mcpbox.server;"), DENIED)


def test_a_tool_begins_as_a_draft(db, tool):
    """The gateway has no column to say otherwise, and the trigger holds it, too."""
    refused(lambda: db.gateway(
        "INSERT INTO tool (server_id, name, created_by, review) "
        f"VALUES ('{tool.server_id}', 'x', 'x', 'pending_review');"), DENIED)
    refused(lambda: db.owner(
        "INSERT INTO tool (server_id, name, created_by, current_version) "
        f"VALUES ('{tool.server_id}', 'x', 'x', 2);"), "MB403")


def test_grants_can_be_applied_again(db, tool):
    import os
    import subprocess

    from conftest import ROOT
    subprocess.run([os.path.join(ROOT, "sql", "migrate.sh"), f"{db.url}&user=postgres"],
                   check=True, capture_output=True, timeout=60)
    refused(lambda: db.gateway(tool.insert_approval(1)), DENIED)
    assert Tool(db).state() == "draft"
