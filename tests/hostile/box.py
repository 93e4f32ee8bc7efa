"""A client of sandboxd, and a sandboxd of one's own to talk to.

Speaks lib/box.h over lib/wire.h: one connection a run.
"""

import atexit
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MCPBOX_BIN") or os.path.join(
    ROOT, "build", os.environ.get("MCPBOX_TEST_BUILD", "release")
)
# A number that nobody has: the user of that name is made by make up.
EGRESS_USER = "999999"
RUN_PROGRAM = os.environ.get("MCPBOX_RUN_PROGRAM") or os.path.join(
    ROOT, "build", "release", "mcpbox-run"
)
HERE = os.path.dirname(os.path.abspath(__file__))


def _closed(path):
    """Is it in a folder that other users cannot enter?"""
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 0o001:
            return True
    return False


def _copy(program, folder):
    os.mkdir(folder)
    return shutil.copy2(program, folder)


# Some tests are another user: the programs must be where that one can go.
if os.geteuid() == 0 and _closed(HERE) and os.path.exists(RUN_PROGRAM):
    _open = tempfile.mkdtemp(prefix="mcpbox-open-")
    atexit.register(shutil.rmtree, _open, ignore_errors=True)
    os.chmod(_open, 0o755)
    for _name in ("mcpbox-egress", "mcpbox-sandboxd"):
        shutil.copy2(os.path.join(BUILD, _name), _open)
    RUN_PROGRAM = _copy(RUN_PROGRAM, os.path.join(_open, "run"))
    HERE = os.path.dirname(_copy(os.path.abspath(__file__), os.path.join(_open, "tests")))
    BUILD = _open

MAGIC = 0xB01D
RUN, CANCEL, HEALTH, KILL = 1, 2, 3, 4
OUTPUT, PROGRESS, LOG, RESULT, ERROR, EXIT, REPORT = 16, 17, 18, 19, 20, 21, 22
CHANGED = 31
KILLED, REQUEST = 23, 27
ANSWER, ASK = 13, 30
ASK_NONE, ASK_END, ASK_WAIT = 0, 1, 2
CALL, TRIAL, CHECK, TEST = 1, 2, 3, 4
KILL_TRACE, KILL_TOOL, KILL_ENV = 1, 2, 3
OUTCOMES = (
    "result tool_error timeout cpu_limit memory_limit forbidden_syscall "
    "output_limit crashed exited cancelled busy sandbox_failed rate_limited "
    "input_required"
).split()

MIB = 1024 * 1024
LIMITS = {
    "wall_ms": 10000,
    "cpu_ms": 10000,
    "memory": 256 * MIB,
    "result": MIB,
    "output": 64 * 1024,
    "threads": 1,
    "requests": 0,
    "transfer": 0,
    "concurrency": 0,
    "rate": 0,
}


def frame(kind, payload=b"", ident=7, flags=0):
    return struct.pack("<HHIII", MAGIC, kind, len(payload), ident, flags) + payload


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<I", len(data)) + data


def encode_run(
    code,
    args=None,
    kind=CALL,
    env=None,
    tool="test__tool",
    digest="",
    trace="",
    modules=(),
    hosts=(),
    secrets=None,
    debug=False,
    ask=ASK_NONE,
    patience_ms=None,
    talk=None,
    entry=0,
    **limits
):
    unknown = set(limits) - set(LIMITS)
    assert not unknown, unknown
    use = dict(LIMITS, **limits)
    raw = args if isinstance(args, (str, bytes)) else json.dumps(args or {})
    if patience_ms is None:
        patience_ms = 60000 if ask == ASK_WAIT else 0
    about = talk if isinstance(talk, (str, bytes)) else json.dumps(talk) if talk else ""
    out = struct.pack("<BBBBI", kind, debug, entry, ask, patience_ms)
    for item in (env or ENV, tool, digest, trace, code, raw, about):
        out += text(item)
    out += struct.pack(
        "<IIQIIIIQII",
        use["wall_ms"],
        use["cpu_ms"],
        use["memory"],
        use["result"],
        use["output"],
        use["threads"],
        use["requests"],
        use["transfer"],
        use["concurrency"],
        use["rate"],
    )
    for names in (modules, hosts):
        out += struct.pack("<H", len(names))
        for name in names:
            out += text(name)
    pairs = secrets or {}
    out += struct.pack("<H", len(pairs))
    for name, value in pairs.items():
        out += text(name) + text(value)
    return out


def encode_kill(what, value, why=""):
    return struct.pack("<B", what) + text(value) + text(why)


ENV = "11111111-1111-4111-8111-111111111111"


class Answer:
    """What came back for one run."""

    def __init__(self):
        self.outcome = None
        self.result = None
        self.error = None
        self.output = ""
        self.progress = []
        self.logs = []
        self.changes = []
        self.requests = []
        self.asked = []
        self.exit = {}
        self.frames = []

    def __repr__(self):
        return "<%s result=%r error=%r exit=%r>" % (
            self.outcome,
            self.result,
            self.error,
            self.exit,
        )

    def take(self, kind, payload):
        self.frames.append(kind)
        if kind == OUTPUT:
            self.output += payload.decode()
        elif kind == PROGRESS:
            self.progress.append(json.loads(payload))
        elif kind == LOG:
            self.logs.append(json.loads(payload))
        elif kind == ASK:
            self.asked.append(json.loads(payload))
        elif kind == CHANGED:
            self.changes.append(json.loads(payload))
        elif kind == REQUEST:
            self.requests.append(json.loads(payload))
        elif kind == RESULT:
            self.result = json.loads(payload)
        elif kind == ERROR:
            self.error = json.loads(payload)
        elif kind == EXIT:
            outcome, sig, status, wall, cpu, rss, cut, requests, retry, n = (
                struct.unpack_from("<BIIQQQIIII", payload)
            )
            self.exit = {
                "signal": sig,
                "status": status,
                "wall_us": wall,
                "cpu_us": cpu,
                "rss_kib": rss,
                "cut": cut,
                "requests": requests,
                "retry_ms": retry,
                "message": payload[-n:].decode() if n else "",
            }
            self.outcome = OUTCOMES[outcome]
        else:
            raise AssertionError("frame %d from sandboxd" % kind)


class Connection:
    def __init__(self, path, timeout=60):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.buffer = b""

    def send(self, kind, payload=b"", ident=7):
        self.sock.sendall(frame(kind, payload, ident))

    def _fill(self, n):
        while len(self.buffer) < n:
            data = self.sock.recv(1 << 18)
            if not data:
                return False
            self.buffer += data
        return True

    def read(self):
        """(kind, payload), or None at the end."""
        if not self._fill(16):
            assert not self.buffer, "torn frame"
            return None
        magic, kind, length, self.ident, _flags = struct.unpack_from("<HHIII", self.buffer)
        assert magic == MAGIC
        assert self._fill(16 + length), "torn frame"
        payload = self.buffer[16 : 16 + length]
        self.buffer = self.buffer[16 + length :]
        return kind, payload

    def finish(self, answer=None):
        answer = answer or Answer()
        while True:
            got = self.read()
            if got is None:
                return answer
            assert answer.outcome is None, "a frame after EXIT"
            answer.take(*got)

    def until_asked(self, answer):
        """Reads until the child asks; the question."""
        while answer.outcome is None:
            kind, payload = self.read()
            answer.take(kind, payload)
            if kind == ASK:
                return answer.asked[-1]
        raise AssertionError("it ended without a question: %r" % answer)

    def answer(self, answers=None, errors=None, ident=None):
        """Answers the question that was read last."""
        reply = {"answers": answers or {}, "errors": errors or {}}
        self.send(ANSWER, json.dumps(reply).encode(), self.ident if ident is None else ident)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def wait_for(condition, seconds=20, what="condition"):
    """Until condition() is true; its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("timed out waiting for " + what)
        time.sleep(0.01)


def children(pid, name=None):
    """Pids of a process's children; only those of that name."""
    out = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True)
    rows = [line.split() for line in out.stdout.splitlines()]
    return [int(row[0]) for row in rows if name is None or row[1] == name]


def gone(pid):
    """It does not exist, or is dead and not yet waited for."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class Sandboxd:
    """A supervisor on a socket of its own."""

    def __init__(self, user=None, wrap=(), **settings):
        self.dir = tempfile.mkdtemp(prefix="mcpbox-box-")
        self.user = user
        self.wrap = list(wrap)
        self.log_path = os.path.join(self.dir, "log")
        self.socket = os.path.join(self.dir, "s")
        self.settings = {
            "MCPBOX_HOME": self.dir,
            "MCPBOX_SANDBOX_SOCKET": self.socket,
            "MCPBOX_RUN_PROGRAM": RUN_PROGRAM,
            "MCPBOX_EGRESS_USER": EGRESS_USER,
        }
        self.settings.update(settings)
        self.process = None
        if user:
            import pwd

            entry = pwd.getpwnam(user)
            os.chown(self.dir, entry.pw_uid, entry.pw_gid)
        self.start()

    def start(self):
        command = [os.path.join(BUILD, "mcpbox-sandboxd")]
        if self.user:
            command = [
                "/usr/bin/setpriv",
                "--reuid=" + self.user,
                "--regid=nogroup",
                "--clear-groups",
            ] + command
        command = self.wrap + command
        env = {"PATH": "/usr/bin:/bin"}
        env.update(self.settings)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, env=env, stderr=log, cwd="/")
        wait_for(self.ready, 40, "sandboxd to listen")

    def ready(self):
        assert self.process.poll() is None, self.log()
        try:
            Connection(self.socket).close()
            return True
        except OSError:
            return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def connect(self, timeout=60):
        return Connection(self.socket, timeout)

    def open(self, code, args=None, **options):
        """Sends a run, leaves the answer to be read."""
        connection = self.connect()
        connection.send(RUN, encode_run(code, args, **options))
        return connection

    def call(self, code, args=None, **options):
        with self.open(code, args, **options) as connection:
            return connection.finish()

    def check(self, code, **options):
        answer = self.call(code, kind=CHECK, **options)
        assert answer.outcome == "result", answer
        return answer.result

    def report(self):
        with self.connect() as connection:
            connection.send(HEALTH)
            kind, payload = connection.read()
            assert kind == REPORT
            assert connection.read() is None
            return json.loads(payload)

    def kill_runs(self, what, value, why=""):
        """How many runs KILL ended."""
        with self.connect() as connection:
            connection.send(KILL, encode_kill(what, value, why))
            kind, payload = connection.read()
            assert kind == KILLED
            assert connection.read() is None
            return struct.unpack("<I", payload)[0]

    def root_zygotes(self):
        return children(self.process.pid, "mcpbox-run")

    def egress(self):
        """Pid of mcpbox-egress; 0 while there is none."""
        return self.report()["egress"]["pid"]

    def at_rest(self):
        """The report, if nothing runs, warms up or dies."""
        r = self.report()
        quiet = all(z["dying"] == 0 and z["warming"] == 0 for z in r["zygotes"])
        return r if r["open_calls"] == 0 and r["running"] == 0 and quiet else None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait(20)


def new_env():
    return str(uuid.uuid4())
