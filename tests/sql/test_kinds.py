"""Resources, templates and prompts as rows: what must hold, whoever writes."""

import pytest

from conftest import Tool, refused


class Thing(Tool):
    """Of another kind; parts() may be changed before it is made."""

    def __init__(self, db, kind, uri=None, by="mcpbox_gateway", **parts):
        self.kind, self.uri, self.parts = kind, uri, parts
        self.db = db
        tool = Tool(db, by)  # a server of its own
        self.server, self.server_id = tool.server, tool.server_id
        self.name = "k" + tool.name
        self.full_name = f"{self.server}__{self.name}"
        self.id = db.run(by, f"""BEGIN;
            INSERT INTO tool (server_id, name, kind, created_by)
            VALUES ('{self.server_id}', '{self.name}', '{kind}', 'x') RETURNING id \\gset
            {self.insert_version(1, ':id')}
            COMMIT; SELECT :'id';""")

    def insert_version(self, version, tool_id=None, name=None):
        tool_id = f":'{tool_id[1:]}'" if tool_id else f"'{self.id}'"
        parts = {"kind": self.kind, **({"uri": self.uri} if self.uri else {}), **self.parts}
        names = "".join(f", {p}" for p in parts)
        values = "".join(f", '{v}'" for v in parts.values())
        return f"""INSERT INTO tool_version (tool_id, version, name, description, input_schema,
            code, digest, change_summary, change_source, created_by{names})
            VALUES ({tool_id}, {version}, '{name or self.full_name}', 'd', '{{}}', 'c',
                decode('{self.digest(version)}', 'hex'), 's', 'llm', 'x'{values});"""


@pytest.mark.parametrize("kind, parts", [
    ("resource", {}), ("template", {}), ("tool", {"uri": "a:b"}), ("prompt", {"uri": "a:b"}),
    ("prompt", {"mime_type": "a/b"}), ("template", {"uri": "a:{b}", "size": "1"}),
    ("resource", {"uri": "a:b", "output_schema": "{}"}), ("prompt", {"task_mode": "optional"}),
    ("prompt", {"input_schema_given": "t"}), ("tool", {"client_capabilities": "{telepathy}"}),
    ("tool", {"task_mode": "maybe"}), ("resource", {"uri": "a:" + "b" * 2000}), ("song", {}),
])
def test_what_a_kind_has_not(db, kind, parts):
    parts = dict(parts)
    refused(lambda: Thing(db, kind, parts.pop("uri", None), **parts), "23514")


def test_the_kind_is_fixed(db):
    t = Thing(db, "prompt")
    refused(lambda: db.gateway(f"UPDATE tool SET kind = 'tool' WHERE id = '{t.id}';"), "42501")
    refused(lambda: db.admin(f"UPDATE tool SET kind = 'tool' WHERE id = '{t.id}';"), "42501")
    refused(lambda: db.owner(f"UPDATE tool SET kind = 'tool' WHERE id = '{t.id}';"), "MB403")
    t.kind = "tool"
    refused(lambda: t.add_version(2), "MB403")


def test_one_uri_is_ready_once(db):
    a, b = (Thing(db, "resource", "clash:one") for _ in range(2))
    other = Thing(db, "template", "clash:{one}")
    a.approve(1)
    other.approve(1)
    refused(lambda: b.approve(1), "MB409")
    assert b.state() == "draft"
    db.admin(f"UPDATE tool SET enabled = false WHERE id = '{a.id}';")
    b.approve(1)
    refused(lambda: db.admin(f"UPDATE tool SET enabled = true WHERE id = '{a.id}';"), "MB409")
    # Another version has another URI, and frees this one.
    b.uri = "clash:two"
    b.add_version(2)
    db.admin(f"UPDATE tool SET enabled = true WHERE id = '{a.id}';")
    b.approve(2)
    assert b.state() == "approved" and a.state() == "approved"


def test_a_race_for_a_uri(db):
    pair = [Thing(db, "resource", "race:one") for _ in range(2)]
    children = [db.start("mcpbox_admin", f"BEGIN; {t.insert_approval(1)} SELECT pg_sleep(0.5); COMMIT;")
                for t in pair]
    codes = sorted(c.wait(60) for c in children)
    for c in children:
        c.communicate()
    assert codes[0] == 0 and codes[1] != 0
    assert sorted(t.state() for t in pair) == ["approved", "draft"]


def heard(db, statement):
    out = db.admin(f"LISTEN mcpbox; {statement} SELECT 1;")
    return sorted(line.split('payload "')[1].split('"')[0] for line in out.split("\n") if "payload" in line)


@pytest.mark.parametrize("kind, uri, topic", [
    ("prompt", None, "prompts"), ("resource", "news:a", "resources"), ("template", "news:{b}", "resources")])
def test_the_list_of_its_kind_is_announced(db, kind, uri, topic):
    t = Thing(db, kind, uri)
    topic = f"{topic}:{t.server_id}"
    updated = ["updated:" + uri] if kind == "resource" else []
    assert heard(db, t.insert_approval(1)) == [topic] + updated
    assert heard(db, f"UPDATE tool SET enabled = false WHERE id = '{t.id}';") == [topic]
    # The server has a tool as well, which the fixture made.
    assert heard(db, f"UPDATE server SET status = 'running' WHERE id = '{t.server_id}';") == sorted(
        [topic, f"tools:{t.server_id}"])
    assert heard(db, f"DELETE FROM approval WHERE tool_id = '{t.id}';") == [topic]
    assert heard(db, f"DELETE FROM tool WHERE id = '{t.id}';") == [topic]


def test_lists_and_places_are_of_what_is_ready(db):
    t = Thing(db, "template", "place:{a}/b")
    index = f"SELECT ready, kind, uri, uri_prefix FROM tool_index WHERE tool_id = '{t.id}';"
    assert db.gateway(index) == "f|template|place:{a}/b|place:"
    t.approve(1)
    assert db.gateway(index) == "t|template|place:{a}/b|place:"
    t.uri = "placed:{c}"
    t.add_version(2)
    assert db.gateway(index) == "f|template|placed:{c}|placed:"
