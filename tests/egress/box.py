"""An mcpbox-egress of one's own."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from wire import Peer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MCPBOX_BIN") or os.path.join(
    ROOT, "build", os.environ.get("MCPBOX_TEST_BUILD", "release"))
PROGRAM = os.path.join(BUILD, "mcpbox-egress")


class Egress:
    """mcpbox-egress in the inner namespace, with settings and extra environment."""

    def __init__(self, net, env=None, wrap=(), **settings):
        self.dir = tempfile.mkdtemp(prefix="mcpbox-egress-")
        os.chmod(self.dir, 0o755)
        self.path = os.path.join(self.dir, "egress.sock")
        self.log = open(os.path.join(self.dir, "log"), "w+b")
        full = {"PATH": os.environ["PATH"], "MCPBOX_HOME": self.dir,
                "ASAN_OPTIONS": "detect_leaks=1:exitcode=99"}
        if os.geteuid() == 0:
            full["MCPBOX_EGRESS_USER"] = "999999"  # a number that nobody has
        full.update({f"MCPBOX_{k.upper()}": str(v) for k, v in settings.items()})
        full.update(env or {})
        enter = ["nsenter", f"--net={net.path(net.inside)}"] if net else []
        self.process = subprocess.Popen(
            [*enter, *wrap, PROGRAM, "--socket", self.path], env=full,
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            self.ready()
        except AssertionError:
            self.process.kill()
            self.process.wait()
            self.clean()
            raise

    def clean(self):
        self.log.close()
        shutil.rmtree(self.dir)

    def ready(self):
        deadline = time.monotonic() + 20
        while not any(line.get("message") == "ready" for line in self.lines()):
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.01)

    def text(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()

    def lines(self):
        out = []
        for line in self.text().splitlines():
            if line.startswith("{"):
                try:
                    out.append(json.loads(line))
                except ValueError:
                    pass  # half written
        return out

    def requests(self, **fields):
        return [line for line in self.lines() if line["message"] == "request"
                and all(line.get(k) == v for k, v in fields.items())]

    def peer(self, *grants, **kw):
        return Peer(self.path).open(*grants, **kw)

    def status(self, field):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            for line in f:
                if line.startswith(field + ":"):
                    return line.split(":", 1)[1].strip()
        raise KeyError(field)

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        """Ends it; what a sanitiser or the filter had to say fails the test."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        text = self.text()
        self.clean()
        assert code == 0, f"exit {code}\n{text}"
        assert "ERROR: AddressSanitizer" not in text and "runtime error" not in text, text

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()
