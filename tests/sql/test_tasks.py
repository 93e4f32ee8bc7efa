"""Tasks: whose they are, who holds them, what becomes of the forgotten."""

import json
import uuid

import pytest

from conftest import quote, refused

ME = str(uuid.uuid4())


class Task:
    """One task, and the statements of its worker and its client."""

    def __init__(self, db, principal="anna", worker=ME, live=10, kept=100, ttl=3600000):
        self.db = db
        self.key = uuid.uuid4().hex
        self.principal = principal
        self.worker = worker
        made = db.gateway(f"""SELECT number, is_live, retry_s FROM task_create(
            sha256('{self.key}'), {quote(principal)}, 'client:x', 'r', gen_random_uuid(),
            gen_random_uuid(), 's__t', 1, '', 1000, {ttl}, '{worker}', {live}, {kept});""")
        number, is_live, retry = made.split("|")
        self.id, self.is_live, self.retry = int(number), is_live, int(retry)

    def get(self, columns="status"):
        return self.db.owner(f"SELECT {columns} FROM task WHERE id = {self.id};")

    def update(self, responses, who=None):
        return self.db.gateway(f"""SELECT task_update(sha256('{self.key}'),
            {quote(who or self.principal)}, {quote(json.dumps(responses))});""")

    def ask(self, requests, worker=None):
        return self.db.gateway(f"""SELECT task_ask({self.id}, '{worker or self.worker}',
            {quote(json.dumps(requests))});""")

    def finish(self, status="completed", result="'{}'", error="NULL", worker=None):
        return self.db.gateway(f"""SELECT task_finish({self.id}, '{worker or self.worker}',
            '{status}', NULL, {result}, {error});""")

    def silence(self, seconds=60):
        self.db.owner(f"""UPDATE task SET held_until = now() - interval '{seconds} seconds'
            WHERE id = {self.id};""")


@pytest.fixture
def patient(db):
    """A database that has run for long: its start excuses nobody."""
    db.owner("""CREATE OR REPLACE FUNCTION task_lost(p_held_until timestamptz) RETURNS boolean
        LANGUAGE sql STABLE AS $$ SELECT p_held_until < now() $$;""")
    yield db
    db.owner("""CREATE OR REPLACE FUNCTION task_lost(p_held_until timestamptz) RETURNS boolean
        LANGUAGE sql STABLE SET search_path = mcpbox, pg_temp AS $$
        SELECT p_held_until < now()
            AND pg_postmaster_start_time() < now() - task_lease() $$;""")


def sweep(db):
    db.run("mcpbox_jobs", "SELECT maintain_tasks();")


def test_only_its_principal_answers_it(db):
    t = Task(db)
    assert t.ask({"q": {"method": "elicitation/create"}}) == "t"
    assert t.update({"q": {"action": "accept"}}, who="eve") == "f"
    assert t.get() == "input_required"
    assert t.update({"q": {"action": "accept"}}) == "t"
    assert t.get() == "working"


def test_answers_one_by_one(db):
    t = Task(db)
    t.ask({"a": {"method": "x"}, "b": {"method": "y"}})
    assert t.update({"a": 1, "other": 2}) == "t"
    assert json.loads(t.get("requests")) == {"b": {"method": "y"}}
    assert t.update({"a": 9}) == "t"  # it was answered: the first counts
    assert t.update({"b": 3}) == "t"
    assert json.loads(t.get("answers")) == {"a": 1, "b": 3}
    assert t.get("status, requests IS NULL") == "working|t"
    assert t.update({"b": 4}) == "t"
    assert json.loads(t.get("answers")) == {"a": 1, "b": 3}
    refused(lambda: t.ask({"a": {"method": "z"}}), "MB409")
    assert t.ask({"c": {"method": "z"}}) == "t"


def test_what_is_over_stays_so(db):
    t = Task(db)
    assert t.finish(worker=str(uuid.uuid4())) == "f"  # not its worker
    assert t.finish() == "t"
    assert t.finish("failed", "NULL", "'{}'") == "f"
    assert db.gateway(f"SELECT task_end({t.id}, 'why');") == "f"
    assert t.ask({"q": {"method": "x"}}) == "f"
    assert t.update({"q": 1}) == "t"
    assert t.get() == "completed"


def test_a_status_has_what_belongs_to_it(db):
    t = Task(db)
    refused(lambda: t.finish("completed", "NULL"), "23514")
    refused(lambda: t.finish("failed", "NULL", "NULL"), "23514")
    refused(lambda: t.finish("done"), "23514")
    assert t.finish("failed", "NULL", "'{}'") == "t"


def test_a_person_ends_it(db):
    t = Task(db)
    t.ask({"q": {"method": "x"}})
    assert db.admin(f"SELECT task_stop({t.id}, 'A person stopped it.');") == "t"
    assert t.get("status, status_message, requests IS NULL") == "cancelled|A person stopped it.|t"
    refused(lambda: db.gateway(f"SELECT task_stop({t.id}, '');"), "42501")
    for column in ("hash", "result", "error", "answers"):
        refused(lambda: db.admin(f"SELECT {column} FROM task;"), "42501")


def test_silence_is_failure(patient):
    db = patient
    quiet, loud = Task(db), Task(db)
    quiet.silence()
    sweep(db)
    status, error = quiet.get("status || '|' || error").split("|")
    assert status == "failed" and json.loads(error)["code"] == -32603
    assert loud.get() == "working"
    # Who comes back writes nothing.
    assert quiet.finish() == "f"
    assert db.gateway(f"""UPDATE task SET held_until = now() + task_lease()
        WHERE worker = '{ME}' AND live AND id = {quiet.id} RETURNING id;""") == ""
    # One at a time, by whoever looks at it.
    other = Task(db)
    other.silence()
    db.gateway(f"SELECT task_fail_lost({other.id});")
    assert other.get() == "failed"


def test_a_restart_of_the_database_is_no_silence(db):
    t = Task(db)
    t.silence(1)
    young = db.owner("SELECT pg_postmaster_start_time() > now() - task_lease();")
    assert db.gateway(f"SELECT task_lost(held_until) FROM task WHERE id = {t.id};") == \
        ("f" if young == "t" else "t")


def test_limits(patient):
    db = patient
    made = [Task(db, "bob", live=3, kept=5) for _ in range(3)]
    refused_one = Task(db, "bob", live=3, kept=5)
    assert (refused_one.id, refused_one.is_live) == (0, "t") and refused_one.retry > 0
    assert Task(db, "carol", live=3, kept=5).id > 0
    made[0].silence()  # lost ones do not count as under way
    assert Task(db, "bob", live=3, kept=5).id > 0
    for t in made[1:]:
        t.finish()
    assert Task(db, "bob", live=3, kept=5).id > 0
    full = Task(db, "bob", live=3, kept=5)
    assert (full.id, full.is_live) == (0, "f") and full.retry > 3000


def test_expiry(patient):
    db = patient
    over, live, young = Task(db), Task(db), Task(db)
    over.finish()

    def expire(seconds):
        db.owner(f"""UPDATE task SET expires_at = now() - interval '{seconds} seconds'
            WHERE id IN ({over.id}, {live.id});""")

    expire(30)
    assert live.update({"q": 1}) == "f"  # gone for its client at once
    sweep(db)
    assert over.get() == "completed"  # for who is asking just now
    assert live.get("status, status_message LIKE '%over%'") == "cancelled|t"
    expire(90)
    sweep(db)
    assert over.get() == "" and live.get() == "" and young.get() == "working"


def test_others_write_nothing(db):
    t = Task(db)
    refused(lambda: db.admin(f"UPDATE task SET status = 'failed' WHERE id = {t.id};"), "42501")
    refused(lambda: db.gateway(f"DELETE FROM task WHERE id = {t.id};"), "42501")
    refused(lambda: db.gateway("SELECT maintain_tasks();"), "42501")
    refused(lambda: db.run("mcpbox_jobs", "SELECT count(*) FROM task;"), "42501")
