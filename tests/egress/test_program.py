"""The program itself: options, settings, what it gave up, how it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest
from box import BUILD, PROGRAM, Egress
from wire import Peer

U = "http://good.test/"
ASAN = "asan" in BUILD


def run(*argv, env=None, **kw):
    full = {"PATH": os.environ["PATH"], "MCPBOX_EGRESS_USER": "999999"}
    full.update(env or {})
    return subprocess.run([PROGRAM, *argv], env=full, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          timeout=20, check=False, **kw)


def test_help_and_version():
    done = run("--help")
    assert done.returncode == 0 and "MCPBOX_EGRESS_DNS" in done.stdout
    done = run("--version")
    assert re.fullmatch(r"mcpbox-egress \d+\.\d+\.\d+\n", done.stdout)
    assert ".It Ev MCPBOX_EGRESS_PROXY" in run("--mdoc").stdout


@pytest.mark.parametrize("argv", [["--nonsense"], ["-c"], ["--socket"], ["x"]])
def test_bad_options(argv):
    done = run(*argv)
    assert done.returncode == 2 and "usage:" in done.stdout


@pytest.mark.parametrize("name, value", [
    ("MCPBOX_EGRESS_NONSENSE", "1"), ("MCPBOX_EGRESS_TIMEOUT_SECONDS", "0"),
    ("MCPBOX_EGRESS_TIMEOUT_SECONDS", "301"), ("MCPBOX_EGRESS_MAX_RESPONSE", "x"),
    ("MCPBOX_EGRESS_MAX_CONNECTIONS", "0"), ("MCPBOX_EGRESS_NAT64", "10.0.0.0/8"),
    ("MCPBOX_EGRESS_NAT64", "64:ff9b::/95"), ("MCPBOX_EGRESS_PROXY_NAMES", "maybe"),
    ("MCPBOX_LOG_LEVEL", "loud")])
def test_bad_settings(tmp_path, name, value):
    done = run("--socket", str(tmp_path / "s"), env={name: value})
    assert done.returncode == 2 and name in done.stdout


@pytest.mark.parametrize("user", ["nobody-of-that-name", "0", "root", "-1", "99999999999"])
def test_bad_users(tmp_path, user):
    done = run("--socket", str(tmp_path / "s"), env={"MCPBOX_EGRESS_USER": user})
    assert done.returncode == 1, done.stdout


def test_settings_of_other_programs_are_fine(make_egress):
    with make_egress(env={"MCPBOX_DATABASE_URL": "postgresql://x", "MCPBOX_SANDBOX_SPARES": "2"}):
        pass


def test_settings_from_the_file(tmp_path, make_egress, world):
    file = tmp_path / "mcpbox.conf"
    file.write_text("MCPBOX_EGRESS_MAX_RESPONSE = 2000\nMCPBOX_LISTEN = 127.0.0.1:1\n")
    tmp_path.chmod(0o755)
    with make_egress(wrap=["sh", "-c", f'exec "$0" -c {file} "$@"']) as e, \
            e.peer("good.test:80") as p:
        assert p.fetch(f"{U}big?n=2000").end == "ok"
        assert p.fetch(f"{U}big?n=2001").end == "protocol_error"


# --- descriptor 3 -----------------------------------------------------------------

def test_no_descriptor_3():
    done = run()
    assert done.returncode == 1 and "descriptor 3 is not a listening Unix socket" in done.stdout


@pytest.mark.parametrize("make", [
    lambda: socket.socket(socket.AF_UNIX), lambda: socket.socket(socket.AF_INET),
    lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), lambda: socket.socketpair()[0],
    lambda: open("/dev/null", "rb")], ids=["not-listening", "inet", "datagram", "pair", "file"])
def test_other_descriptor_3(make):
    with make() as s:
        done = run(preexec_fn=lambda: os.dup2(s.fileno(), 3), close_fds=False)
    assert done.returncode == 1 and "descriptor 3" in done.stdout


def test_descriptor_3(net, world, the_world, tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener, open(tmp_path / "log", "w+b") as log:
        listener.bind(path)
        listener.listen()
        p = subprocess.Popen(
            ["nsenter", f"--net={net.path(net.inside)}", PROGRAM],
            env={"MCPBOX_EGRESS_DNS": "9.9.9.53:53", "PATH": os.environ["PATH"],
                 "MCPBOX_EGRESS_USER": "999999",
                 "MCPBOX_EGRESS_CA_BUNDLE": the_world.ca.cert},
            preexec_fn=lambda: os.dup2(listener.fileno(), 3), close_fds=False,
            stdout=log, stderr=log)
        with Peer(path).open("good.test:80") as peer:
            assert peer.fetch(U).end == "ok"
        p.terminate()
        assert p.wait(10) == 0
    assert os.path.exists(path)  # not its to remove


# --- what it gave up ----------------------------------------------------------------

def test_identity(egress):
    assert set(egress.status("Uid").split()) == {"999999"}
    assert set(egress.status("Gid").split()) == {"999999"}
    assert egress.status("Groups") == ""


@pytest.mark.parametrize("user, uid", [("daemon", "1"), ("12345", "12345")])
def test_user_of_the_setting(make_egress, user, uid):
    with make_egress(egress_user=user) as e:
        assert set(e.status("Uid").split()) == {uid}


def test_no_capability(egress):
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(egress.status(name), 16) == 0
    assert egress.status("NoNewPrivs") == "1"


@pytest.mark.skipif(ASAN, reason="sanitisers do not live with a filter")
def test_filter(egress):
    assert egress.status("Seccomp") == "2"


def test_one_thread(egress, world):
    with egress.peer("good.test:*") as p:
        assert p.fetch(U).end == "ok"
    assert egress.status("Threads") == "1"


def limits(egress):
    out = {}
    with open(f"/proc/{egress.process.pid}/limits", encoding="ascii") as f:
        for line in f.read().splitlines()[1:]:
            out[line[:26].strip()] = line[26:].split()[:2]
    return out


def test_limits(egress):
    got = limits(egress)
    assert got["Max core file size"] == ["0", "0"]
    assert got["Max locked memory"] == ["0", "0"]
    if not ASAN:
        assert got["Max processes"] == ["0", "0"]
        assert got["Max address space"] == [str((2048 + 256 * 12) << 20)] * 2
    assert int(got["Max open files"][0]) >= 256 * 17


@pytest.mark.skipif(ASAN, reason="sanitisers trace their own process")
def test_not_dumpable(egress):
    """Only root owns what /proc tells of it."""
    assert os.stat(f"/proc/{egress.process.pid}/environ").st_uid == 0


def test_no_environment_is_left(make_egress, world):
    with make_egress(env={"LOCALDOMAIN": "evil.test", "RES_OPTIONS": "ndots:9", "HOSTALIASES": "/x",
                          "LD_BIND_NOW": "1"}) as e, e.peer("good.test:80") as p:
        world.reset()
        assert p.fetch(U).end == "ok"
        assert {n for n, _, _ in world.dns.questions} == {"good.test"}


def test_descriptors(egress):
    """No file but what it was given; the network and its own."""
    kinds = set()
    for fd in os.listdir(f"/proc/{egress.process.pid}/fd"):
        kinds.add(re.sub(r":?\[.*\]|/tmp/.*", "", os.readlink(
            f"/proc/{egress.process.pid}/fd/{fd}")))
    assert kinds <= {"/dev/null", "", "socket", "anon_inode:", "pipe", "anon_inode", "anon_inode:["}


def test_no_descriptor_of_the_starter(make_egress, world, tmp_path):
    """Whatever was open over there is closed here."""
    with open(tmp_path / "secret", "w+b") as f:
        os.set_inheritable(f.fileno(), True)
        with make_egress(wrap=["sh", "-c", f'exec 7<{tmp_path}/secret 3<&7; exec "$0" "$@"']) as e:
            links = [os.readlink(f"/proc/{e.process.pid}/fd/{fd}")
                     for fd in os.listdir(f"/proc/{e.process.pid}/fd")]
    assert not [x for x in links if "secret" in x]


def test_libraries():
    out = subprocess.run(["ldd", PROGRAM], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "libcurl" in out and "libcares" in out
    assert "python" not in out and "libpq" not in out


@pytest.mark.parametrize("other", ["mcpbox-sandboxd", "mcpbox-run", "mcpbox-fcgi"])
def test_others_have_no_way_out(other):
    path = os.path.join(BUILD, other)
    out = subprocess.run(["ldd", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert "libcurl" not in out and "libcares" not in out


# --- endings ---------------------------------------------------------------------------

@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_signals(make_egress, world, sig):
    with make_egress() as e, e.peer("good.test:80") as p:
        p.send(f"{U}silent")
        world.until(lambda: world.web.requests, what="the request")
        e.process.send_signal(sig)
        assert e.process.wait(10) == 0
        assert p.closed()


def test_reader_of_its_log_gone(make_egress, world):
    """SIGPIPE is nothing to it, on whatever descriptor."""
    with make_egress() as e, e.peer("good.test:80") as p:
        e.process.send_signal(signal.SIGPIPE)
        assert p.fetch(U).end == "ok"


PARENT = """
import subprocess, sys, time
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, env={"MCPBOX_EGRESS_USER": "999999"})
print(p.pid, flush=True)
time.sleep(60)
"""


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_dies_with_its_parent(tmp_path, world):
    path = str(tmp_path / "s")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, PROGRAM, "--socket", path],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    pid = int(parent.stdout.readline())
    world.until(lambda: os.path.exists(path) and alive(pid), what="the socket")
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        while "999999" not in f.read():
            f.seek(0)
            time.sleep(0.01)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    world.until(lambda: not alive(pid), what="its end")


def test_second_one_on_the_same_socket(egress):
    done = run("--socket", egress.path)
    assert done.returncode == 1 and "cannot listen" in done.stdout


def test_dead_ones_socket_is_taken_over(make_egress, world):
    e = make_egress()
    e.process.kill()
    e.process.wait()
    assert os.path.exists(e.path)
    again = Egress.__new__(Egress)
    again.__dict__.update(e.__dict__)
    again.process = subprocess.Popen([PROGRAM, "--socket", e.path], stdout=e.log,
                                     env={"MCPBOX_EGRESS_USER": "999999"}, stderr=e.log, stdin=subprocess.DEVNULL)
    world.until(lambda: len([x for x in again.lines() if x["message"] == "ready"]) == 2,
                what="the second one")
    again.stop()


@pytest.fixture
def public_folder():
    path = tempfile.mkdtemp(prefix="mcpbox-egress-")
    os.chmod(path, 0o777)
    yield path
    shutil.rmtree(path)


def listens(path):
    """There before it listens: a socket is bound first."""
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def test_as_a_plain_user(net, world, the_world, public_folder):
    """Not root: it stays who it is, and gives up the rest all the same."""
    path = os.path.join(public_folder, "s")
    with open(os.path.join(public_folder, "log"), "w+b") as log:
        p = subprocess.Popen(
            ["nsenter", f"--net={net.path(net.inside)}", "setpriv", "--reuid=12345", "--regid=12345",
             "--clear-groups", PROGRAM, "--socket", path],
            env={"MCPBOX_EGRESS_DNS": "9.9.9.53:53", "PATH": os.environ["PATH"],
                 "MCPBOX_EGRESS_USER": "999999",
                 "MCPBOX_EGRESS_CA_BUNDLE": the_world.ca.cert}, stdout=log, stderr=log,
            stdin=subprocess.DEVNULL)
        world.until(lambda: listens(path), what="the socket")
        with Peer(path).open("good.test:80") as peer:
            assert peer.fetch(U).end == "ok"
        with open(f"/proc/{p.pid}/status", encoding="ascii") as f:
            text = f.read()
        assert "Uid:\t12345\t12345\t12345\t12345" in text and "NoNewPrivs:\t1" in text
        p.terminate()
        assert p.wait(10) == 0


def test_descriptors_and_memory_stay_flat(make_egress, world):
    """Two thousand requests of all kinds, in as many runs as a day has."""
    with make_egress() as e:
        def round_():
            for url in (U, f"{U}encoded?kind=gzip", "http://other.test/", "http://x:y@z/",
                        "https://good.test/", "https://wrong.test/", f"{U}no-answer",
                        f"{U}big?n=100000", "http://nowhere.test/", f"{U}redirect?to=/"):
                with e.peer("good.test:*", "wrong.test:443", "nowhere.test:80") as p:
                    p.fetch(url)

        for _ in range(40):
            round_()
        files, memory = e.files(), int(e.status("VmRSS").split()[0])
        for _ in range(160):
            round_()
        assert e.files() <= files + 2
        # A sanitiser keeps what was freed for a while.
        assert ASAN or int(e.status("VmRSS").split()[0]) - memory < 1500
