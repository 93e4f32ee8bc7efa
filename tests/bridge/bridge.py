"""mcpbox-stdio as its client sees it: lines in, lines out."""

import json
import os
import queue
import signal
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
PROGRAM = os.path.join(ROOT, "build", BUILD, "mcpbox-stdio")
K = "io.modelcontextprotocol/"
META = {K + "protocolVersion": "2026-07-28", K + "clientCapabilities": {},
        K + "clientInfo": {"name": "test", "version": "1"}}
SANITIZER = ("runtime error:", "Sanitizer")


def request(id, method, params=None, modern=True, meta=None):
    params = dict(params or {})
    if modern:
        params["_meta"] = {**META, **(meta or {})}
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def notification(method, params=None):
    return {"jsonrpc": "2.0", "method": method, "params": params or {}}


def initialize(id=0, version="2025-11-25"):
    return request(id, "initialize", {
        "protocolVersion": version, "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}, modern=False)


class Bridge:
    def __init__(self, endpoint, *options, env=None, read=True, expect=0):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MCPBOX_TOKEN")}
        self.proc = subprocess.Popen(
            [PROGRAM, "--log-level", "debug", *options, endpoint],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**clean, "no_proxy": "*", **(env or {})})
        self.expect = expect  # exit status
        self.lines = queue.Queue()
        self.kept = []  # taken from the queue, not asked for yet
        self.log = []
        self.threads = [threading.Thread(target=self._read_log, daemon=True)]
        if read:
            self.threads.append(threading.Thread(target=self._read, daemon=True))
        for t in self.threads:
            t.start()

    def _read(self):
        for line in self.proc.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _read_log(self):
        for line in self.proc.stderr:
            self.log.append(line.decode("utf-8", "replace"))

    def start_reading(self):
        t = threading.Thread(target=self._read, daemon=True)
        self.threads.append(t)
        t.start()

    # --- saying -------------------------------------------------------------

    def raw(self, data):
        self.proc.stdin.write(data)
        self.proc.stdin.flush()

    def send(self, *messages):
        self.raw(b"".join(json.dumps(m).encode() + b"\n" for m in messages))

    def eof(self):
        self.proc.stdin.close()

    # --- hearing ------------------------------------------------------------

    def line(self, seconds=20):
        """The next line, as it came."""
        if self.kept:
            return self.kept.pop(0)
        line = self.lines.get(timeout=seconds)
        assert line is not None, "the output has ended:\n" + "".join(self.log)
        return line

    def message(self, seconds=20):
        return json.loads(self.line(seconds))

    def find(self, wanted, seconds=20):
        """The first message for which wanted(message) holds; others are kept."""
        deadline = time.monotonic() + seconds
        looked = []
        while True:
            if self.kept:
                line = self.kept.pop(0)
            else:
                try:
                    line = self.lines.get(timeout=max(0, deadline - time.monotonic()))
                except queue.Empty:
                    raise AssertionError(
                        f"waited {seconds} s; there was {looked}\n{''.join(self.log)}") from None
                assert line is not None, f"the output has ended\n{''.join(self.log)}"
            message = json.loads(line)
            if wanted(message):
                self.kept = looked + self.kept
                return message
            looked.append(line)

    def answer(self, id, seconds=20):
        """The result or the error of a request."""
        m = self.find(lambda m: m.get("id") == id and "method" not in m, seconds)
        return m["error"] if "error" in m else m["result"]

    def ask(self, message, seconds=20):
        self.send(message)
        return self.answer(message["id"], seconds)

    def open(self, version="2025-11-25"):
        """A legacy session, as clients begin it."""
        result = self.ask(initialize(0, version))
        self.send(notification("notifications/initialized"))
        return result

    def rest(self, seconds=20):
        """All lines to the end of the output."""
        lines = list(self.kept)
        self.kept = []
        while (line := self.lines.get(timeout=seconds)) is not None:
            lines.append(line)
        return [json.loads(line) for line in lines]

    def logged(self, text):
        return any(text in line for line in self.log)

    # --- the end ------------------------------------------------------------

    def finish(self, seconds=20):
        if self.proc.returncode is None:
            try:
                self.proc.stdin.close()
            except OSError:
                pass
            try:
                self.proc.wait(seconds)
            except subprocess.TimeoutExpired:
                self.proc.send_signal(signal.SIGABRT)
                self.proc.wait()
                raise AssertionError("it did not end:\n" + "".join(self.log)) from None
        for t in self.threads:
            t.join(5)
        self.proc.stdout.close()
        self.proc.stderr.close()
        found = [line for line in self.log if any(s in line for s in SANITIZER)]
        assert not found, "".join(self.log)
        assert self.proc.returncode == self.expect, (self.proc.returncode, "".join(self.log))
