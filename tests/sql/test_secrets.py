"""Secrets: who may write and read them, asked for in SQL as if our C had been taken over."""

import pytest

from conftest import Tool, refused

DENIED = "42501"
SEALED = "0101" + "ab" * 29  # an envelope of one byte, by its length


class Vault:
    """A server whose tool declares some secrets."""

    def __init__(self, db, names=("KEY",)):
        self.db = db
        self.tool = Tool(db)
        self.server_id = self.tool.server_id
        listed = "ARRAY[" + ", ".join(f"'{n}'" for n in names) + "]::text[]"
        db.gateway(f"""BEGIN; SELECT FROM tool WHERE id = '{self.tool.id}' FOR UPDATE;
            INSERT INTO tool_version (tool_id, version, name, description, input_schema, code,
                secret_names, digest, change_summary, change_source, created_by)
            VALUES ('{self.tool.id}', 2, '{self.tool.full_name}', 'd', '{{}}', 'c', {listed},
                decode('{self.tool.digest(2)}', 'hex'), 's', 'llm', 'x');
            UPDATE tool SET current_version = 2 WHERE id = '{self.tool.id}'; COMMIT;""")

    def make(self, name="KEY", by="mcpbox_gateway"):
        self.db.run(by, f"INSERT INTO secret (server_id, name, created_by) "
                        f"VALUES ('{self.server_id}', '{name}', 'x');")

    def set(self, name="KEY", by="mcpbox_admin", sealed=SEALED):
        self.db.run(by, f"UPDATE secret SET sealed = decode('{sealed}', 'hex'), set_by = 'p', "
                        f"set_at = now() WHERE server_id = '{self.server_id}' "
                        f"AND name = '{name}';")

    def start(self):
        self.db.admin(f"UPDATE server SET status = 'running' WHERE id = '{self.server_id}';")

    def readable(self, by="mcpbox_gateway"):
        """What the calls of the tool would be given."""
        return self.db.run(by, f"SELECT name FROM run_secret WHERE tool_id = '{self.tool.id}' "
                               "ORDER BY name;").split()


@pytest.fixture
def vault(db):
    return Vault(db)


def test_models_make_places_and_people_fill_them(db, vault):
    vault.make()
    vault.set()
    seen = db.admin(f"SELECT set_by, key_id, encode(sealed, 'hex') FROM secret "
                    f"WHERE server_id = '{vault.server_id}';")
    assert seen == f"p|1|{SEALED}"


def test_gateway_writes_no_value(db, vault):
    vault.make()
    where = f"WHERE server_id = '{vault.server_id}'"
    envelope = f"decode('{SEALED}', 'hex')"
    for statement in (
        f"UPDATE secret SET sealed = {envelope} {where};",
        f"UPDATE secret SET sealed = NULL, set_at = NULL, set_by = NULL {where};",
        f"UPDATE secret SET set_at = now() {where};",
        f"UPDATE secret SET name = 'OTHER' {where};",
        f"UPDATE secret SET description = 'x' {where};",
        f"DELETE FROM secret {where};",
        "TRUNCATE secret;",
        f"INSERT INTO secret (server_id, name, created_by, sealed, set_by, set_at) "
        f"VALUES ('{vault.server_id}', 'B', 'x', {envelope}, 'x', now());",
        f"INSERT INTO secret (server_id, name, created_by) VALUES ('{vault.server_id}', 'KEY', 'x') "
        f"ON CONFLICT (server_id, name) DO UPDATE SET sealed = {envelope};",
        f"UPDATE run_secret SET sealed = {envelope};",
        "DELETE FROM run_secret;",
    ):
        with pytest.raises(Exception) as caught:
            db.gateway(statement)
        assert caught.value.state in (DENIED, "55000"), statement
    assert db.gateway(f"SELECT set_at IS NULL FROM secret {where};") == "t"


def test_gateway_reads_no_envelope(db, vault):
    vault.make()
    vault.set()
    for statement in (
        "SELECT sealed FROM secret;", "SELECT * FROM secret;", "SELECT key_id FROM secret;",
        "SELECT 1 FROM secret WHERE sealed IS NULL;", "SELECT s FROM secret s;",
        "SELECT 1 FROM secret ORDER BY sealed;", "COPY secret TO STDOUT;",
    ):
        refused(lambda: db.gateway(statement), DENIED)
    assert db.gateway(f"SELECT name, set_at IS NOT NULL FROM secret "
                      f"WHERE server_id = '{vault.server_id}';") == "KEY|t"


def test_only_callable_tools_open_what_they_declare(db):
    v = Vault(db, ("A_KEY", "EMPTY"))
    for name in ("A_KEY", "EMPTY", "UNDECLARED"):
        v.make(name)
    v.set("A_KEY")
    v.set("UNDECLARED")
    assert v.readable() == []  # a draft
    v.tool.approve(2)
    assert v.readable() == []  # approved, on a server that stands
    v.start()
    assert v.readable() == ["A_KEY"]
    db.gateway(f"UPDATE tool SET enabled = false WHERE id = '{v.tool.id}';")
    assert v.readable() == []
    db.admin(f"UPDATE tool SET enabled = true WHERE id = '{v.tool.id}';")
    assert v.readable() == ["A_KEY"]
    db.admin(f"DELETE FROM approval WHERE tool_id = '{v.tool.id}';")
    assert v.readable() == []


def test_a_new_version_opens_nothing(db, vault):
    vault.make()
    vault.set()
    vault.tool.approve(2)
    vault.start()
    assert vault.readable() == ["KEY"]
    vault.tool.add_version(3)
    assert vault.readable() == []


def test_a_model_cannot_declare_its_way_to_a_value(db, vault):
    """The names come from the approved version, not from a row that it can add."""
    vault.make()
    vault.set()
    other = Tool(db)
    other.approve(1)
    db.gateway(f"UPDATE server SET status = 'running' WHERE id = '{other.server_id}';")
    db.gateway(f"INSERT INTO secret (server_id, name, created_by) "
               f"VALUES ('{other.server_id}', 'KEY', 'x');")
    assert db.gateway(f"SELECT name FROM run_secret WHERE tool_id = '{other.id}';") == ""


def test_a_function_in_a_query_sees_no_other_value(db, vault):
    """security_barrier: no condition of the caller's is tried on rows that the view hides."""
    vault.make()
    vault.set()
    # Fails if the cast was evaluated on the row of the draft's secret.
    assert db.gateway(
        "SELECT count(*) FROM run_secret WHERE name = 'KEY' AND "
        f"tool_id = '{vault.tool.id}' AND encode(sealed, 'hex')::int = 1;") == "0"


def test_jobs_sees_nothing(db, vault):
    for table in ("secret", "run_secret"):
        refused(lambda: db.run("mcpbox_jobs", f"SELECT 1 FROM {table};"), DENIED)


@pytest.mark.parametrize("name", ["", "a", "_A", "1A", "A-B", "A b", "Ä", "A" * 65, "A\n"])
def test_bad_names(db, vault, name):
    refused(lambda: vault.make(name), "23514")


def test_names_are_unique_in_a_server(db, vault):
    vault.make("A" * 64)
    vault.make("B")
    refused(lambda: vault.make("B"), "23505")
    Vault(db).make("B")


def test_an_envelope_is_whole(db, vault):
    vault.make()
    refused(lambda: vault.set(sealed="01" * 30), "23514")      # of nothing
    refused(lambda: vault.set(sealed="01" * 65567), "23514")   # of more than 64 KiB
    vault.set(sealed="01" * 65566)
    for columns in ("sealed = NULL", "set_at = NULL", "set_by = NULL"):
        refused(lambda: db.admin(f"UPDATE secret SET {columns} "
                                 f"WHERE server_id = '{vault.server_id}';"), "23514")


def test_a_secret_goes_with_its_server(db, vault):
    vault.make()
    vault.set()
    db.gateway(f"DELETE FROM server WHERE id = '{vault.server_id}';")
    assert db.admin(f"SELECT count(*) FROM secret WHERE server_id = '{vault.server_id}';") == "0"


def test_nobody_moves_a_value(db, vault):
    vault.make()
    vault.set()
    for column in ("server_id", "name", "id", "created_by", "created_at"):
        refused(lambda: db.admin(f"UPDATE secret SET {column} = {column};"), DENIED)
