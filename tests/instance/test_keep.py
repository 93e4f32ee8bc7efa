"""mcpbox-keep with services of a few lines: what dies comes back."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
KEEP = ROOT / "build" / BUILD / "mcpbox-keep"


def wait_for(what, condition, seconds=15):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited in vain: {what}"
        time.sleep(0.02)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Keeper:
    def __init__(self, folder):
        self.dir = folder
        self.marks = folder / "marks"
        self.marks.mkdir()
        self.table = folder / "table"
        self.guard = None

    def write(self, **services):
        """name -> (stamp, conf, shell script[, more lines])"""
        lines = ["# a table"]
        for name, (stamp, conf, script, *more) in services.items():
            lines += [
                f"service {name}", f"log {self.dir}/{name}.log", f"stamp {stamp}",
                f"conf {conf}", "stop TERM 2", "env PATH=/usr/bin:/bin", *more,
                "run /bin/sh", "arg -c", f"arg {script}",
            ]
        self.table.write_text("\n".join(lines) + "\n")

    def start(self):
        self.guard = subprocess.Popen(
            [KEEP, self.table, self.marks], stdin=subprocess.DEVNULL,
            stderr=open(self.dir / "keep.log", "a"), start_new_session=True)
        wait_for("the keeper runs", lambda: self.state("keep") == "running")

    def rows(self):
        out = subprocess.run([KEEP, "-l", self.table, self.marks], check=True,
                             capture_output=True, text=True).stdout
        return {r[0]: r for r in (line.split("\t") for line in out.splitlines())}

    def state(self, name):
        return self.rows().get(name, ["", "?"])[1]

    def pid(self, name):
        value = self.rows().get(name, ["", "", "-"])[2]
        return 0 if value == "-" else int(value)

    def wait_new(self, name, old):
        wait_for(f"{name} has a new process", lambda: self.pid(name) not in (0, old))
        return self.pid(name)

    def keeper_pid(self):
        guard = self.pid("keep")
        out = subprocess.run(["pgrep", "-P", str(guard), "mcpbox-keep"],
                             capture_output=True, text=True).stdout
        return int(out.split()[0]) if out else 0

    def log(self):
        return (self.dir / "keep.log").read_text()

    def stop(self):
        guard = self.pid("keep")
        if guard:
            os.kill(guard, signal.SIGTERM)
            wait_for("the keeper ends", lambda: not alive(guard))
        else:
            subprocess.run([KEEP, "-s", self.table, self.marks],
                           stderr=subprocess.DEVNULL)
        if self.guard:
            self.guard.wait(timeout=15)


@pytest.fixture
def keeper(tmp_path):
    k = Keeper(tmp_path)
    yield k
    k.stop()


SLEEP = "exec sleep 1000"


def test_starts_all_and_starts_again_what_died(keeper):
    keeper.write(one=("a", "a", SLEEP), two=("a", "a", SLEEP))
    keeper.start()
    one, two = keeper.wait_new("one", 0), keeper.wait_new("two", 0)
    os.kill(one, signal.SIGKILL)
    keeper.wait_new("one", one)
    assert keeper.pid("two") == two


def test_back_off_never_gives_up(keeper):
    keeper.write(bad=("a", "a", "exit 3"), good=("a", "a", SLEEP))
    keeper.start()
    wait_for("five deaths", lambda: keeper.log().count("ended by itself") >= 5)
    assert keeper.state("good") == "running"
    keeper.write(bad=("b", "a", SLEEP), good=("a", "a", SLEEP))
    os.kill(keeper.pid("keep"), signal.SIGHUP)
    wait_for("the repaired one runs", lambda: keeper.state("bad") == "running")


def test_a_program_that_is_not_there(keeper):
    keeper.write(one=("a", "a", SLEEP))
    keeper.table.write_text(keeper.table.read_text().replace("/bin/sh", "/no/such"))
    keeper.start()
    log = keeper.dir / "one.log"
    wait_for("it says so", lambda: log.exists() and "No such file" in log.read_text())


@pytest.mark.parametrize("whose", ["guard", "keeper"])
def test_death_of_either_half_ends_no_service(keeper, whose):
    keeper.write(one=("a", "a", SLEEP))
    keeper.start()
    one = keeper.wait_new("one", 0)
    guard, inner = keeper.pid("keep"), keeper.keeper_pid()
    os.kill(guard if whose == "guard" else inner, signal.SIGKILL)
    wait_for("both halves again", lambda: keeper.pid("keep") and
             keeper.keeper_pid() not in (0, inner))
    assert keeper.pid("one") == one and alive(one)
    os.kill(one, signal.SIGKILL)
    keeper.wait_new("one", one)


def test_both_halves_gone_then_started_again(keeper):
    keeper.write(one=("a", "a", SLEEP), two=("a", "a", SLEEP))
    keeper.start()
    one, two = keeper.wait_new("one", 0), keeper.wait_new("two", 0)
    guard, inner = keeper.pid("keep"), keeper.keeper_pid()
    # The keeper first, held, so that neither can start the other.
    os.kill(guard, signal.SIGSTOP)
    os.kill(inner, signal.SIGKILL)
    os.kill(guard, signal.SIGKILL)
    keeper.guard.wait(timeout=15)
    assert keeper.state("keep") == "down" and alive(one)
    os.kill(two, signal.SIGKILL)
    keeper.start()
    keeper.wait_new("two", two)
    assert keeper.pid("one") == one


def test_quit_leaves_the_services(keeper):
    keeper.write(one=("a", "a", SLEEP))
    keeper.start()
    one = keeper.wait_new("one", 0)
    os.kill(keeper.pid("keep"), signal.SIGQUIT)
    keeper.guard.wait(timeout=15)
    assert alive(one) and keeper.pid("one") == one
    keeper.stop()
    wait_for("-s stopped it", lambda: not alive(one))


def test_second_keeper_is_refused(keeper):
    keeper.write(one=("a", "a", SLEEP))
    keeper.start()
    done = subprocess.run([KEEP, keeper.table, keeper.marks], capture_output=True)
    assert done.returncode == 1 and b"another keeper" in done.stderr


def test_stop_goes_backwards_and_kills_the_stubborn(keeper):
    order = keeper.dir / "order"
    script = f"trap 'echo NAME >>{order}; exit' TERM; while :; do sleep 0.05; done"
    keeper.write(
        first=("a", "a", script.replace("NAME", "first")),
        stubborn=("a", "a", "trap '' TERM; while :; do sleep 0.05; done"),
        last=("a", "a", script.replace("NAME", "last")))
    keeper.start()
    pids = [keeper.wait_new(n, 0) for n in ("first", "stubborn", "last")]
    time.sleep(0.2)  # the shells need a moment to set their traps; not asserted
    os.kill(keeper.pid("keep"), signal.SIGTERM)
    assert keeper.guard.wait(timeout=15) == 0
    assert not any(alive(p) for p in pids)
    assert "is killed" in keeper.log()
    assert order.read_text().split()[0] == "last" or "last" not in order.read_text()


def test_stamps_decide_between_restart_reload_and_nothing(keeper):
    said = keeper.dir / "said"
    script = f"trap 'echo hup >>{said}' HUP; : >{said}; while :; do sleep 0.05; done"
    rows = {"same": ("a", "a", SLEEP), "reloads": ("a", "a", script, "reload HUP"),
            "restarts": ("a", "a", SLEEP), "leaves": ("a", "a", SLEEP)}
    keeper.write(**rows)
    keeper.start()
    old = {n: keeper.wait_new(n, 0) for n in rows}
    wait_for("the trap is set", said.exists)
    del rows["leaves"]
    rows |= {"reloads": ("a", "b", script, "reload HUP"),
             "restarts": ("a", "b", SLEEP), "comes": ("a", "a", SLEEP)}
    keeper.write(**rows)
    assert keeper.state("reloads") == "outdated"
    os.kill(keeper.pid("keep"), signal.SIGHUP)
    keeper.wait_new("comes", 0)
    keeper.wait_new("restarts", old["restarts"])
    wait_for("it was told", lambda: said.read_text() == "hup\n")
    assert keeper.pid("same") == old["same"]
    assert keeper.pid("reloads") == old["reloads"]
    assert keeper.state("reloads") == "running"
    assert not alive(old["leaves"])


def test_a_broken_table_changes_nothing(keeper):
    keeper.write(one=("a", "a", SLEEP))
    keeper.start()
    one = keeper.wait_new("one", 0)
    good, guard = keeper.table.read_text(), keeper.pid("keep")
    keeper.table.write_text("service one\nnonsense here\n")
    os.kill(guard, signal.SIGHUP)
    wait_for("it says so", lambda: "wrong line" in keeper.log())
    keeper.table.write_text(good)
    assert keeper.pid("one") == one


def test_orphans_get_their_signal(keeper):
    child = keeper.dir / "child"
    keeper.write(one=("a", "a", f"sleep 1000 & echo $! >{child}; wait",
                      "orphans KILL"))
    keeper.start()
    one = keeper.wait_new("one", 0)
    wait_for("the child is there", lambda: child.exists() and child.read_text())
    orphan = int(child.read_text())
    os.kill(one, signal.SIGKILL)
    wait_for("the orphan is gone", lambda: not alive(orphan))


def test_a_copied_folder_is_not_the_instance(keeper, tmp_path):
    """Marks of another folder must not lead to a signal."""
    keeper.write(one=("a", "a", SLEEP))
    keeper.start()
    one = keeper.wait_new("one", 0)
    shutil.copytree(keeper.marks, tmp_path / "copy")
    done = subprocess.run([KEEP, "-s", keeper.table, tmp_path / "copy"],
                          capture_output=True)
    assert done.returncode == 0
    assert keeper.pid("one") == one and alive(one)


def test_services_get_nothing_of_ours(keeper):
    keeper.write(one=("a", "a", f"env >{keeper.dir}/env; ls /proc/self/fd "
                      f">{keeper.dir}/fds; exec sleep 1000", "env ONLY=this"))
    os.environ["MCPBOX_LEAK"] = "x"
    try:
        keeper.start()
    finally:
        del os.environ["MCPBOX_LEAK"]
    fds = keeper.dir / "fds"
    wait_for("it wrote", lambda: fds.exists() and fds.read_text())
    env = (keeper.dir / "env").read_text()
    assert "ONLY=this" in env and "MCPBOX_LEAK" not in env and "HOME=" not in env
    assert fds.read_text().split() == ["0", "1", "2", "3"]  # 3: of ls itself


def test_probe(tmp_path):
    import socket
    path = str(tmp_path / "s")
    assert subprocess.run([KEEP, "-p", path], stderr=subprocess.DEVNULL).returncode == 1
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(path)
        s.listen(1)
        assert subprocess.run([KEEP, "-p", path]).returncode == 0


@pytest.mark.parametrize("line", ["", "user", "log x", "stop WINCH 2", "stop TERM 0",
                                  "stamp a b", "env NOVALUE", "run relative",
                                  "service one", "service Bad", "unlink x"])
def test_wrong_tables(tmp_path, line):
    k = Keeper(tmp_path)
    k.write(one=("a", "a", SLEEP))
    k.table.write_text(k.table.read_text() + line + "\n" if line else "")
    done = subprocess.run([KEEP, "-l", k.table, k.marks], capture_output=True, text=True)
    assert done.returncode == 1 and "the service table" in done.stderr
