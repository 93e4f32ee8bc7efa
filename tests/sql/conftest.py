"""A migrated scratch cluster, spoken to with psql as each of our roles."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import uuid

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CLUSTER = os.path.join(HERE, "cluster.sh")


class SqlError(Exception):
    """state is the SQLSTATE."""

    def __init__(self, state):
        super().__init__(state)
        self.state = state


def quote(value):
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"


class Database:
    def __init__(self, url):
        self.url = url

    def argv(self, role):
        return ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-v",
                "VERBOSITY=sqlstate", f"{self.url}&user={role}&options=-csearch_path%3Dmcpbox"]

    def run(self, role, text):
        """The rows as text; a failing statement raises SqlError."""
        done = subprocess.run(self.argv(role), input=text, capture_output=True, text=True,
                              timeout=60)
        if done.returncode != 0:
            found = re.search(r"(?:ERROR|FATAL):\s+(\w{5})", done.stderr)
            raise SqlError(found.group(1) if found else done.stderr)
        return done.stdout.strip()

    def owner(self, text):
        return self.run("postgres", text)

    def admin(self, text):
        return self.run("mcpbox_admin", text)

    def gateway(self, text):
        return self.run("mcpbox_gateway", text)

    def start(self, role, text):
        """Runs in the background, for races."""
        child = subprocess.Popen(self.argv(role), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        child.stdin.write(text)
        child.stdin.close()
        child.stdin = None
        return child


class Tool:
    """A tool with version 1, made as the role `by` would; of a server of its
    own, or of that of another tool."""

    def __init__(self, db, by="mcpbox_gateway", server=None, beside=None, name=None):
        self.db = db
        self.server = beside.server if beside else server or "s" + uuid.uuid4().hex[:12]
        self.name = name or "t" + uuid.uuid4().hex[:12]
        self.full_name = f"{self.server}__{self.name}"
        self.server_id = beside.server_id if beside else db.run(by, f"INSERT INTO server (name, created_by) VALUES "
                                    f"('{self.server}', 'x') RETURNING id;")
        self.id = db.run(by, f"""BEGIN;
            INSERT INTO tool (server_id, name, created_by)
            VALUES ('{self.server_id}', '{self.name}', 'x') RETURNING id \\gset
            {self.insert_version(1, ':id')}
            COMMIT; SELECT :'id';""")

    def digest(self, version):
        return "%064x" % version

    def insert_version(self, version, tool_id=None, name=None):
        tool_id = f":'{tool_id[1:]}'" if tool_id else f"'{self.id}'"
        return f"""INSERT INTO tool_version (tool_id, version, name, description, input_schema,
            code, digest, change_summary, change_source, created_by)
            VALUES ({tool_id}, {version}, '{name or self.full_name}', 'd', '{{}}', 'c',
                decode('{self.digest(version)}', 'hex'), 's', 'llm', 'x');"""

    def add_version(self, version, review="pending_review", by="mcpbox_gateway"):
        self.db.run(by, f"""BEGIN; SELECT FROM tool WHERE id = '{self.id}' FOR UPDATE;
            {self.insert_version(version)}
            UPDATE tool SET current_version = {version}, review = '{review}'
            WHERE id = '{self.id}'; COMMIT;""")

    def insert_approval(self, version, digest=None):
        return f"""INSERT INTO approval (tool_id, version, digest, powers_digest, approved_by)
            VALUES ('{self.id}', {version}, decode('{digest or self.digest(version)}', 'hex'),
                decode('{"ab" * 32}', 'hex'), 'person:anna')
            ON CONFLICT (tool_id) DO UPDATE SET version = EXCLUDED.version,
                digest = EXCLUDED.digest;"""

    def insert_rejection(self, version, digest=None):
        return f"""INSERT INTO rejection (tool_id, version, digest, reason, rejected_by)
            VALUES ('{self.id}', {version}, decode('{digest or self.digest(version)}', 'hex'),
                'no', 'person:anna');"""

    def insert_decision(self, version, digest=None):
        return f"""INSERT INTO decision (tool_id, verdict, version, digest, decided_by)
            VALUES ('{self.id}', 'approve', {version},
                decode('{digest or self.digest(version)}', 'hex'), 'person:anna');"""

    def approve(self, version):
        self.db.admin(self.insert_approval(version))
        self.db.admin(f"UPDATE tool SET review = 'draft' WHERE id = '{self.id}';")

    def state(self, column="approval_status", by="mcpbox_gateway"):
        return self.db.run(by, f"SELECT {column} FROM tool_state WHERE id = '{self.id}';")


@pytest.fixture(scope="session")
def db():
    work = tempfile.mkdtemp(prefix="mcpbox-sql-")
    os.chmod(work, 0o755)
    path = os.path.join(work, "pg")
    try:
        url = subprocess.run([CLUSTER, "start", path], check=True, capture_output=True, text=True,
                             timeout=120).stdout.strip()
        yield Database(url)
    finally:
        subprocess.run([CLUSTER, "stop", path], capture_output=True, timeout=60)
        shutil.rmtree(work, ignore_errors=True)


@pytest.fixture
def tool(db):
    return Tool(db)


def refused(call, state):
    with pytest.raises(SqlError) as caught:
        call()
    assert caught.value.state == state


def rows(text):
    """Lines of JSON, as SELECT to_json(x) prints them."""
    return [json.loads(line) for line in text.splitlines() if line]
