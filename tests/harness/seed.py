"""Servers and tools made over the API, approved like any other; and very many
tools, written into the database."""

import os
import subprocess

ADD = '''async def main(a: int, b: int = 1) -> dict:
    """Add two numbers."""
    return {"sum": a + b}
'''

SLEEP = '''import asyncio

async def main(seconds: float) -> dict:
    """Wait, then answer."""
    await asyncio.sleep(seconds)
    return {"slept": seconds}
'''


def ok(answer, *statuses):
    status, body = answer
    assert status in (statuses or (200, 201, 204)), (status, body)
    return body


def approve(inst, auth, tool_id):
    """Approves what is current, as a reviewer does: by digest."""
    seen = ok(inst.request("GET", f"/api/approvals/tools/{tool_id}", headers=auth))
    return ok(inst.request("POST", f"/api/approvals/tools/{tool_id}/action", {
        "action": "approve", "version": seen["current_version"], "digest": seen["digest"],
        "powers_digest": seen["powers_digest"]}, auth))


def server(inst, auth, name):
    return ok(inst.request("POST", "/api/servers", {"name": name}, auth))


def tool(inst, auth, server_id, name, code, **fields):
    return ok(inst.request("POST", f"/api/servers/{server_id}/tools",
                           {"name": name, "python_code": code, **fields}, auth))


def live_server(inst, auth, name, tools):
    """A started server whose {name: code} tools are all approved."""
    made = server(inst, auth, name)
    for tool_name, code in tools.items():
        t = tool(inst, auth, made["id"], tool_name, code)
        ok(inst.request("POST", f"/api/tools/{t['id']}/request-publish", {}, auth))
        approve(inst, auth, t["id"])
    ok(inst.request("POST", f"/api/servers/{made['id']}/start", {}, auth))
    return made


# One transaction, as a model and a reviewer would have left it; only the
# digests are not those of the content, which nobody asks who does not decide.
MANY = """
SET search_path = mcpbox;
BEGIN;
INSERT INTO server (name, created_by, status) VALUES ('{name}', 'test', 'running')
    ON CONFLICT DO NOTHING;
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT gen_random_uuid() AS id, s.id AS server_id,
    (ARRAY['create', 'find', 'delete', 'convert', 'summarise', 'list', 'check',
	'send'])[1 + i / 12 % 8] || '_' ||
    (ARRAY['invoice', 'weather', 'customer', 'report', 'image', 'contract',
	'temperature', 'currency', 'calendar', 'message', 'parser',
	'document'])[1 + i % 12] || '_' || i AS name
FROM generate_series({first}, {last}) i, server s WHERE s.name = '{name}';
INSERT INTO tool (id, server_id, name, created_by)
    SELECT id, server_id, name, 'test' FROM made;
INSERT INTO tool_version (tool_id, version, name, title, description, input_schema, code,
    digest, change_summary, change_source, created_by)
SELECT id, 1, '{name}__' || name, initcap(replace(name, '_', ' ')),
    'A tool that can ' || replace(name, '_', ' ') || ', with a description of the usual '
    'length: what it does, when to use it, and what it needs to know beforehand.',
    '{{"type":"object","properties":{{"source":{{"type":"string","description":"Where it '
    'comes from"}},"limit":{{"type":"integer"}}}},"required":["source"]}}',
    'async def main(source: str, limit: int = 1): pass', sha256(name::bytea),
    'made', 'manual', 'test' FROM made;
INSERT INTO approval (tool_id, version, digest, powers_digest, approved_by)
    SELECT id, 1, sha256(name::bytea), sha256(''), 'test' FROM made;
COMMIT;
VACUUM ANALYZE;
"""


def sql(inst, text):
    """As the owner of the embedded cluster."""
    done = subprocess.run(
        ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", os.path.join(inst.home, "run", "pg"),
         "-U", "postgres", "mcpbox"], input=text, text=True, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def many(inst, name, first, last):
    """Tools number `first` to `last` of a running server, all callable."""
    sql(inst, MANY.format(name=name, first=first, last=last))
