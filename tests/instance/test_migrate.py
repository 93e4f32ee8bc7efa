"""sql/migrate.sh against a cluster of its own."""

import glob
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIGRATE = ROOT / "sql" / "migrate.sh"
PG = sorted(glob.glob("/usr/lib/postgresql/*/bin"),
            key=lambda p: int(p.split("/")[4]))[-1]
AS_POSTGRES = [] if os.getuid() else [
    "setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]


def pg(*argv):
    subprocess.run([*AS_POSTGRES, *argv], check=True, cwd="/", capture_output=True)


@pytest.fixture(scope="module")
def cluster():
    home = tempfile.mkdtemp(prefix="mcpbox-migrate-")
    if AS_POSTGRES:
        shutil.chown(home, "postgres", "postgres")
    pg(f"{PG}/initdb", "-D", f"{home}/d", "-U", "postgres", "-A", "trust",
       "-E", "UTF8", "--locale=C.UTF-8", "-N")
    os.chmod(home, 0o755)
    # The server keeps no hand on our pipes.
    subprocess.run(
        [*AS_POSTGRES, f"{PG}/pg_ctl", "-D", f"{home}/d", "-w", "-l", f"{home}/log",
         "-o", f"-c listen_addresses='' -k {home} -c fsync=off", "start"],
        check=True, cwd="/", stdout=subprocess.DEVNULL)
    with open(f"{home}/d/pg_hba.conf", "w") as f:
        f.write("local all postgres trust\nlocal all all scram-sha-256\n")
    pg(f"{PG}/pg_ctl", "-D", f"{home}/d", "reload")
    yield home
    pg(f"{PG}/pg_ctl", "-D", f"{home}/d", "-m", "immediate", "-w", "stop")
    shutil.rmtree(home)


@pytest.fixture
def db(cluster, request):
    name = "t_" + "".join(c if c.isalnum() else "_" for c in request.node.name.lower())
    return Database(cluster, name[:60])


class Database:
    def __init__(self, home, name):
        self.home, self.name = home, name
        self.url = f"postgresql://postgres@/{name}?host={home}"
        self.sql(f"CREATE DATABASE {name}", db="postgres")

    def sql(self, text, db=None, **env):
        done = subprocess.run(
            [f"{PG}/psql", "-X", "-A", "-t", "-h", self.home, "-U",
             env.pop("user", "postgres"), "-d", db or self.name, "-c", text],
            capture_output=True, text=True, env={**os.environ, **env})
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def migrate(self, folder=None, secrets=None):
        env = dict(os.environ)
        if folder:
            env["MCPBOX_MIGRATIONS"] = str(folder)
        return subprocess.Popen(
            [MIGRATE, self.url, *([str(secrets)] if secrets else [])],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def finish(process, code=0):
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, out + err
    return out, err


@pytest.fixture
def folder(tmp_path):
    target = tmp_path / "migrations"
    shutil.copytree(ROOT / "sql" / "migrations", target)
    return target


def last_number(folder):
    return max(int(p.name[:4]) for p in folder.iterdir())


def test_everything_then_nothing(db):
    out, _ = finish(db.migrate())
    names = sorted(p.name for p in (ROOT / "sql/migrations").iterdir())
    assert out.splitlines() == [f"applying {n}" for n in names]
    assert finish(db.migrate())[0] == ""
    assert db.sql("SELECT count(*) FROM mcpbox.schema_migration") == str(len(names))
    owners = db.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'mcpbox'")
    assert owners == "mcpbox"


def test_a_changed_migration_is_refused(db, folder):
    finish(db.migrate(folder))
    file = sorted(folder.iterdir())[0]
    file.write_text(file.read_text() + "-- one more line\n")
    _, err = finish(db.migrate(folder), 1)
    assert f"{file.name} was changed after it was applied" in err


def test_a_newer_database_is_refused(db, folder):
    finish(db.migrate(folder))
    newest = sorted(folder.iterdir())[-1]
    newest.unlink()
    _, err = finish(db.migrate(folder), 1)
    assert newest.name in err and "newer" in err


def test_a_late_number_is_refused(db, folder):
    n = last_number(folder)
    (folder / f"{n + 2:04}_later.sql").write_text("CREATE TABLE mcpbox.later ();\n")
    finish(db.migrate(folder))
    (folder / f"{n + 1:04}_gap.sql").write_text("CREATE TABLE mcpbox.gap ();\n")
    _, err = finish(db.migrate(folder), 1)
    assert f"{n + 1:04}_gap.sql has a lower number" in err


def test_a_failing_migration_leaves_nothing(db, folder):
    n = last_number(folder)
    bad = folder / f"{n + 1:04}_bad.sql"
    bad.write_text("CREATE TABLE mcpbox.half ();\nSELECT nonsense;\n")
    _, err = finish(db.migrate(folder), 1)
    assert bad.name in err and "nonsense" in err
    assert db.sql("SELECT to_regclass('mcpbox.half') IS NULL") == "t"
    assert db.sql("SELECT max(version) FROM mcpbox.schema_migration") == str(n)
    bad.write_text("CREATE TABLE mcpbox.half ();\n")
    assert finish(db.migrate(folder))[0] == f"applying {bad.name}\n"


def test_names_are_checked(db, folder):
    (folder / "notes.txt").write_text("")
    assert "NNNN_name.sql" in finish(db.migrate(folder), 1)[1]
    (folder / "notes.txt").unlink()
    (folder / "0001_twin.sql").write_text("")
    assert "two migrations have the number 1" in finish(db.migrate(folder), 1)[1]


def test_two_at_once_migrate_once(db, folder):
    n = last_number(folder)
    (folder / f"{n + 1:04}_slow.sql").write_text(
        "SELECT pg_sleep(1); CREATE TABLE mcpbox.once ();\n")
    both = [db.migrate(folder), db.migrate(folder)]
    said = [finish(p)[0] for p in both]
    assert sorted(s.count("applying") for s in said) == [0, len(list(folder.iterdir()))]


def test_passwords(db, tmp_path):
    for role in ("owner", "admin", "gateway", "jobs"):
        (tmp_path / f"db-{role}.pw").write_text(f"{role}-0123456789abcdef")
    finish(db.migrate(secrets=tmp_path))
    for role in ("admin", "gateway", "jobs"):
        who = db.sql("SELECT current_user", user=f"mcpbox_{role}",
                     PGPASSWORD=f"{role}-0123456789abcdef")
        assert who == f"mcpbox_{role}"
    log = pathlib.Path(db.home, "log").read_text()
    assert "0123456789abcdef" not in log
    (tmp_path / "db-jobs.pw").write_text("'; DROP TABLE x; --")
    assert "db-jobs.pw" in finish(db.migrate(secrets=tmp_path), 1)[1]


def test_grants_come_back(db):
    finish(db.migrate())
    db.sql("REVOKE USAGE ON SCHEMA mcpbox FROM mcpbox_admin")
    finish(db.migrate())
    assert db.sql("SELECT has_schema_privilege('mcpbox_admin', 'mcpbox', 'USAGE')") == "t"
