"""An mcpbox instance for tests: own folder, own ports, the real thing.

`Instance` runs packaging/instance.sh, the program behind `make up`, so what
the tests see is what a user gets.
"""

import glob
import json
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "packaging", "instance.sh")
ADMIN = "admin"
PASSWORD = "correct horse battery staple"

# What a sanitiser prints when it has found something.
SANITIZER = re.compile(r"ERROR: (Address|Leak|Thread|Memory)Sanitizer|runtime error:")


_given = set()


def free_port():
    """A port that nobody listens on, never given twice by this process.

    Below the range that the kernel gives to outgoing connections: one of
    those must not take it before the instance does.
    """
    while True:
        port = random.randrange(20000, 32000)
        if port in _given:
            continue
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port


def wait_for(what, condition, seconds=30.0):
    """Polls `condition` until it is true; fails loudly at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)


class Instance:
    def __init__(self, build="release", env=None, name="t"):
        # Short: socket paths may have 107 bytes.
        self.home = tempfile.mkdtemp(prefix=f"mcpbox-{name}-")
        os.chmod(self.home, 0o755)
        self.port = free_port()
        self.gateway_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.gateway_url = f"http://127.0.0.1:{self.gateway_port}"
        self.build = build
        self.extra = dict(env or {})

    def environ(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")}
        env.update(
            MCPBOX_HOME=self.home,
            MCPBOX_LISTEN=f"127.0.0.1:{self.port}",
            MCPBOX_GATEWAY_LISTEN=f"127.0.0.1:{self.gateway_port}",
            MCPBOX_BUILD=self.build,
        )
        env.update(self.extra)
        return env

    def run(self, command, check=True):
        done = subprocess.run(
            [SCRIPT, command], env=self.environ(), cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=900)
        if check and done.returncode != 0:
            raise RuntimeError(f"instance.sh {command} failed:\n{done.stdout}\n{self.logs()}")
        return done

    def up(self):
        return self.run("up")

    def down(self):
        return self.run("down", check=False)

    def logs(self, tail=4000):
        out = []
        for path in sorted(glob.glob(os.path.join(self.home, "log", "*"))):
            with open(path, errors="replace") as f:
                text = f.read()
            out.append(f"--- {os.path.basename(path)}\n{text[-tail:]}")
        return "\n".join(out)

    def setup_token(self):
        with open(os.path.join(self.home, "secrets", "setup.token")) as f:
            return f.read().strip()

    def request(self, method, path, body=None, headers=None):
        """(status, parsed JSON or text). For the harness's own needs."""
        data = None if body is None else json.dumps(body).encode()
        req = urllib.request.Request(self.url + path, data=data, method=method)
        if data is not None:
            req.add_header("Content-Type", "application/json")
        for k, v in (headers or {}).items():
            req.add_header(k, v)
        try:
            with urllib.request.urlopen(req, timeout=60) as res:
                status, raw = res.status, res.read()
        except urllib.error.HTTPError as e:
            status, raw = e.code, e.read()
        try:
            return status, json.loads(raw)
        except ValueError:
            return status, raw.decode("utf-8", "replace")

    def setup(self):
        """Creates the first account with the one-time token."""
        status, body = self.request("POST", "/auth/setup", {
            "token": self.setup_token(), "username": ADMIN, "password": PASSWORD})
        assert status == 201, (status, body)

    def bearer(self):
        status, body = self.request("POST", "/auth/login", {
            "username": ADMIN, "password": PASSWORD})
        assert status == 200, (status, body)
        return {"Authorization": f"Bearer {body['access_token']}"}

    def test_environ(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_")}
        env.update(
            MCPBOX_TEST_URL=self.url,
            MCPBOX_TEST_GATEWAY_URL=self.gateway_url,
            MCPBOX_TEST_HOME=self.home,
            MCPBOX_TEST_ADMIN=ADMIN,
            MCPBOX_TEST_PASSWORD=PASSWORD,
            MCPBOX_TEST_BUILD=self.build,
            PYTHONPATH=os.path.join(ROOT, "tests"),
            PYTHONDONTWRITEBYTECODE="1",
        )
        return env

    def sanitizer_reports(self):
        """Lines of any log that a sanitiser wrote."""
        found = []
        for path in glob.glob(os.path.join(self.home, "log", "*")):
            with open(path, errors="replace") as f:
                found += [f"{os.path.basename(path)}: {line.rstrip()}"
                          for line in f if SANITIZER.search(line)]
        return found

    def destroy(self, keep=False):
        self.down()
        if not keep:
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.destroy(keep=False)
            raise
        return self

    def __exit__(self, *exc):
        self.destroy(keep=exc[0] is not None and "MCPBOX_TEST_KEEP" in os.environ)
