"""Records of outbound requests, from the sandbox's frames to the log and to who tests.

Between the workers and sandboxd stands a relay that passes every byte on and
adds what egress would have reported; so this needs no network.
"""

import json
import os
import pwd
import secrets
import socket
import struct
import subprocess
import threading

import pytest

from harness import seed
from harness.instance import Instance, wait_for
from harness.mcp import McpClient

BUILD = os.environ.get("MCPBOX_TEST_BUILD", "release")
HEADER = struct.Struct("<HHIII")
MAGIC, RUN, EXIT, REQUEST = 0xB01D, 1, 21, 27
KINDS = {1: "call", 2: "trial", 3: "check", 4: "test"}

TELL = '''async def main() -> str:
    """Say nothing."""
    return "done"
'''


def frames(sock):
    """(header and payload, type, id, payload) until the other side closes."""
    while True:
        head = b""
        while len(head) < HEADER.size:
            piece = sock.recv(HEADER.size - len(head))
            if not piece:
                return
            head += piece
        _, kind, size, number, _ = HEADER.unpack(head)
        data = b""
        while len(data) < size:
            piece = sock.recv(size - len(data))
            if not piece:
                return
            data += piece
        yield head + data, kind, number, data


class Relay:
    """In sandboxd's place, with sandboxd behind it."""

    def __init__(self, path):
        self.path, self.real = path, path + ".real"
        mode = os.stat(path)
        os.rename(path, self.real)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, mode.st_mode & 0o777)
        os.chown(path, mode.st_uid, mode.st_gid)
        self.listener.listen(64)
        self.records = []   # added to each run that is no check
        self.runs = []      # (kind, debug, payload)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                worker, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(worker,), daemon=True).start()

    def relay(self, worker):
        box = socket.socket(socket.AF_UNIX)
        box.connect(self.real)
        seen = {}
        up = threading.Thread(target=self.up, args=(worker, box, seen), daemon=True)
        up.start()
        try:
            for whole, kind, number, _ in frames(box):
                if kind == EXIT and seen.get("kind") not in (None, "check"):
                    for record in self.records:
                        data = record if isinstance(record, bytes) else json.dumps(record).encode()
                        worker.sendall(HEADER.pack(MAGIC, REQUEST, len(data), number, 0) + data)
                worker.sendall(whole)
        except OSError:
            pass  # the worker has left
        finally:
            for s in (worker, box):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
            up.join(10)
            worker.close()
            box.close()

    def up(self, worker, box, seen):
        try:
            for whole, kind, _, data in frames(worker):
                if kind == RUN:
                    seen["kind"] = KINDS[data[0]]
                    self.runs.append((seen["kind"], bool(data[1]), data))
                box.sendall(whole)
            box.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()
        os.rename(self.real, self.path)


@pytest.fixture(scope="module")
def inst():
    with Instance(BUILD, name="req") as one:
        one.setup()
        yield one


@pytest.fixture(scope="module")
def relay(inst):
    r = Relay(os.path.join(inst.home, "run", "sandboxd", "sandboxd.sock"))
    yield r
    r.close()


@pytest.fixture(scope="module")
def world(inst, relay):
    """(auth, tool, value of its secret KEY)"""
    auth, value = inst.bearer(), "v" + secrets.token_hex(16)
    server = seed.server(inst, auth, "req")
    seed.ok(inst.request("POST", f"/api/servers/{server['id']}/secrets", {"key_name": "KEY"}, auth))
    seed.ok(inst.request("PUT", f"/api/servers/{server['id']}/secrets/KEY", {"value": value}, auth))
    tool = seed.tool(inst, auth, server["id"], "tell", TELL, secret_names=["KEY"])
    seed.approve(inst, auth, tool["id"])
    seed.ok(inst.request("POST", f"/api/servers/{server['id']}/start", {}, auth))
    return auth, tool, value


def last_log(inst, column):
    out = subprocess.run(
        ["psql", "-XqAt", "-h", os.path.join(inst.home, "run", "pg"), "-U", "postgres", "mcpbox",
         "-c", f"SELECT {column} FROM mcpbox.run_log ORDER BY created_at DESC LIMIT 1"],
        check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    return json.loads(out) if out else None


def record(number, value, **more):
    return {"id": number, "method": "GET", "url": f"https://api.test/x?k={value}",
            "host": "api.test", "port": 443, "address": "192.0.2.1", "decision": "allowed",
            "reason": "ok", "message": "", "status": 200, "sent": 0, "received": 5,
            "duration_ms": 7, **more}


def test_a_call_records_them_without_secrets(inst, relay, world):
    _, tool, value = world
    relay.records = [record(1, value), record(2, value.encode().hex(), status=None, reason="x",
                                              message=f"{value} is refused")]
    answer = McpClient(inst.url).call(tool["full_name"])
    assert answer["content"][0]["text"] == "done"
    assert "api.test" not in json.dumps(answer)  # not for clients
    kind, debug, frame = relay.runs[-1]
    assert (kind, debug) == ("call", False) and value.encode() in frame
    kept = last_log(inst, "requests")
    assert kept["count"] == 2 and value not in json.dumps(kept)
    assert [r["url"] for r in kept["list"]] == 2 * ["https://api.test/x?k=[secret KEY]"]
    assert kept["list"][1]["message"] == "[secret KEY] is refused"
    assert kept["list"][0] == {**record(1, "[secret KEY]")}


def test_who_tests_is_told(inst, relay, world):
    auth, tool, value = world
    relay.records = [
        record(1, value, request_headers=[["x-a", value], ["authorization", "***"]],
               response_preview="." * 490 + value[:10]),
        record(2, "y", status=None, decision="refused", reason="not_granted", message="Ask.")]
    for debug in (False, True):
        seen = seed.ok(inst.request("POST", "/api/tools/test-code",
                                    {"tool_id": tool["id"], "debug": debug}, auth))
        assert relay.runs[-1][:2] == ("test", debug)
        assert value not in json.dumps(seen)
        if not debug:
            assert seen["debug_info"] is None
    one, two = seen["debug_info"]["http_calls"]
    assert (one["status_code"], one["error"]) == (200, None)
    assert one["url"] == "https://api.test/x?k=[secret KEY]"
    assert one["request_headers"] == [["x-a", "[secret KEY]"], ["authorization", "***"]]
    assert one["response_preview"] == "." * 490 + "[secret KEY]"  # of which it was cut
    assert (two["status_code"], two["error"], two["reason"]) == (None, "Ask.", "not_granted")
    assert last_log(inst, "requests")["count"] == 2


def test_many_are_counted_and_some_are_kept(inst, relay, world):
    _, tool, _ = world
    relay.records = [record(i, "z" * 1000) for i in range(500)]
    McpClient(inst.url).call(tool["full_name"])
    kept = last_log(inst, "requests")
    assert kept["count"] == 500 and 20 < len(kept["list"]) < 100
    assert [r["id"] for r in kept["list"]] == list(range(len(kept["list"])))


def test_what_cannot_be_read_is_counted(inst, relay, world):
    _, tool, _ = world
    relay.records = [b"no JSON", b'"\\u0000"', b"[" * 100, record(4, "x")]
    assert McpClient(inst.url).call(tool["full_name"])["content"][0]["text"] == "done"
    kept = last_log(inst, "requests")
    assert kept["count"] == 4 and [r["id"] for r in kept["list"]] == [4]


def test_none_is_nothing(inst, relay, world):
    _, tool, _ = world
    relay.records = []
    McpClient(inst.url).call(tool["full_name"])
    assert last_log(inst, "requests") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="a plain user's processes are all its own")
def test_who_talks_to_the_outside_is_nobody_else(inst):
    """mcpbox-egress: its own user, made by make up, no group, no capability, no way back."""
    with open(os.path.join(inst.home, "run", "sandboxd.pid")) as f:
        parent = f.read().strip()

    def status(pid):
        with open(f"/proc/{pid}/status") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)

    def egress():
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                s = status(pid)
            except OSError:
                continue
            if s["PPid"] == parent and s["Name"] == "mcpbox-egress":
                found.append(s)
        # It is another one only once it has shut itself in.
        return found if found and found[0]["NoNewPrivs"] == "1" else None

    (s,) = wait_for("mcpbox-egress", egress)
    user = pwd.getpwnam("mcpbox-egress")
    assert s["Uid"].split() == 4 * [str(user.pw_uid)] and user.pw_uid != 0
    assert s["Gid"].split() == 4 * [str(user.pw_gid)] and user.pw_gid != 0
    assert s["Groups"].split() == []
    assert {s[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    others = [pwd.getpwnam(n).pw_uid for n in ("mcpbox", "mcpbox-gateway", "mcpbox-nginx")]
    assert user.pw_uid not in others
    assert user.pw_shell.endswith("nologin")


def test_a_trial_has_no_secret_on_the_wire(inst, relay, world):
    _, tool, value = world
    relay.records = []
    seen = McpClient(inst.url).call("mcpbox_test_code", {"tool_id": tool["id"]})
    assert seen["structuredContent"]["kind"] == "trial"
    kind, _, frame = relay.runs[-1]
    assert kind == "trial" and value.encode() not in frame and b"KEY" not in frame
