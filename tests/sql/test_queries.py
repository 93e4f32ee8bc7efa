"""The checker of statements: it passes, and it can fail."""

import os
import subprocess

import pytest

from conftest import ROOT

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
PROGRAM = os.path.join(ROOT, "build", BUILD, "tests", "check_queries")


@pytest.fixture(scope="module")
def program():
    subprocess.run(["make", "-s", f"BUILD={BUILD}", os.path.relpath(PROGRAM, ROOT)], cwd=ROOT,
                   check=True, timeout=600)
    return PROGRAM


def check(program, db):
    return subprocess.run([program, db.url], capture_output=True, text=True, timeout=120)


def test_every_statement(program, db):
    done = check(program, db)
    assert done.returncode == 0, done.stderr
    assert "0 faults" in done.stdout


@pytest.mark.parametrize("broken, mended, complaint", [
    ("REVOKE SELECT ON tool_state FROM mcpbox_gateway;",
     "GRANT SELECT ON tool_state TO mcpbox_gateway;", "run_find: as mcpbox_gateway"),
    ("GRANT DELETE ON approval TO mcpbox_gateway;",
     "REVOKE DELETE ON approval FROM mcpbox_gateway;",
     "approval_clear: mcpbox_gateway is not refused"),
    ("ALTER TABLE decision ALTER reason TYPE varchar;",
     "ALTER TABLE decision ALTER reason TYPE text;", "approval_history: column reason has type"),
    ("ALTER TABLE decision RENAME reason TO why;",
     "ALTER TABLE decision RENAME why TO reason;", "approval_history: as mcpbox_admin"),
])
def test_it_can_fail(program, db, broken, mended, complaint):
    db.owner(broken)
    try:
        done = check(program, db)
    finally:
        db.owner(mended)
    assert done.returncode == 1
    assert complaint in done.stderr
