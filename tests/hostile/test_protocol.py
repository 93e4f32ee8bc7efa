"""The worker's side of the socket: what is not a request ends it."""

import os
import socket
import stat
import struct
import time

import pytest

import box

ONE = "async def main(): return 1"
RUN = box.encode_run(ONE)


def closed(s, data):
    """Sends bytes; true if sandboxd answers nothing and closes."""
    with s.connect() as c:
        c.sock.sendall(data)
        return c.read() is None


def head(kind, length, magic=box.MAGIC):
    return struct.pack("<HHIII", magic, kind, length, 0, 0)


BAD = {
    "text": b"GET / HTTP/1.1\r\n\r\n",
    "magic": head(box.RUN, 0, magic=0xDEAD),
    "version": head(box.RUN, 0, magic=0xB01E),
    "type": head(99, 0),
    "answer": box.frame(box.RESULT, b"1"),
    "exit": box.frame(box.EXIT, b""),
    "too long": head(box.RUN, 0x7FFFFFFF),
    "cancel first": box.frame(box.CANCEL),
    "cancel with payload": box.frame(box.CANCEL, b"x"),
    "empty run": box.frame(box.RUN),
    "short run": box.frame(box.RUN, RUN[:-1]),
    "long run": box.frame(box.RUN, RUN + b"\0"),
    "kind": box.frame(box.RUN, b"\x09" + RUN[1:]),
    "debug flag": box.frame(box.RUN, RUN[:1] + b"\x02" + RUN[2:]),
    "entry": box.frame(box.RUN, RUN[:2] + b"\x05" + RUN[3:]),
    "env": box.frame(box.RUN, box.encode_run(ONE, env="not-a-uuid")),
    "env path": box.frame(box.RUN, box.encode_run(ONE, env="../../../../../../../../../../../../")),
    "digest": box.frame(box.RUN, box.encode_run(ONE, digest="zz")),
    "tool line": box.frame(box.RUN, box.encode_run(ONE, tool="a\nb")),
    "trace control": box.frame(box.RUN, box.encode_run(ONE, trace="\x1b[31m")),
    "code nul": box.frame(box.RUN, box.encode_run("x\0y")),
    "code utf-8": box.frame(box.RUN, box.encode_run(b"\xff")),
    "code size": box.frame(box.RUN, box.encode_run("#" * (256 * 1024 + 1))),
    "wall": box.frame(box.RUN, box.encode_run(ONE, wall_ms=300001)),
    "no wall": box.frame(box.RUN, box.encode_run(ONE, wall_ms=0)),
    "threads": box.frame(box.RUN, box.encode_run(ONE, threads=65)),
    "trial with secrets": box.frame(box.RUN, box.encode_run(ONE, kind=box.TRIAL, secrets={"A": "b"})),
    "trial with hosts": box.frame(box.RUN, box.encode_run(ONE, kind=box.TRIAL, hosts=["a:1"])),
    "check with secrets": box.frame(box.RUN, box.encode_run(ONE, kind=box.CHECK, secrets={"A": "b"})),
    "two runs": box.frame(box.RUN, box.encode_run("async def main():\n while 1: pass")) + box.frame(box.RUN, RUN),
    "health after run": box.frame(box.RUN, box.encode_run("async def main():\n while 1: pass")) + box.frame(box.HEALTH),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_bad_requests_are_cut_off(enforced, name):
    assert closed(enforced, BAD[name])
    assert enforced.call(ONE).result == 1


def test_fuzzed_runs(enforced):
    """Every truncation and a flip of every byte of the head: no crash."""
    import random

    rng = random.Random(1)
    for i in range(200):
        data = bytearray(RUN)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with enforced.connect() as c:
            c.send(box.RUN, bytes(data))
            while c.read() is not None:
                pass
    assert enforced.call(ONE).result == 1


def test_bytes_one_by_one(enforced):
    with enforced.connect() as c:
        for b in box.frame(box.RUN, RUN):
            c.sock.sendall(bytes([b]))
        assert c.finish().result == 1


def test_run_and_cancel_in_one_write(enforced):
    spin = box.encode_run("async def main():\n while 1: pass")
    with enforced.connect() as c:
        c.sock.sendall(box.frame(box.RUN, spin) + box.frame(box.CANCEL))
        assert c.finish().outcome == "cancelled"


def test_half_closed_connection_is_a_closed_one(enforced):
    with enforced.open("async def main():\n while 1: pass") as c:
        c.sock.shutdown(socket.SHUT_WR)
        assert c.read() is None
    box.wait_for(lambda: enforced.report()["running"] == 0, what="the run to end")


def test_frame_id_is_echoed(enforced):
    with enforced.connect() as c:
        c.sock.sendall(box.frame(box.RUN, RUN, ident=0xABCDEF01))
        data = b""
        while chunk := c.sock.recv(65536):
            data += chunk
    ids = []
    while data:
        _, _, length, ident, _ = struct.unpack_from("<HHIII", data)
        ids.append(ident)
        data = data[16 + length :]
    assert set(ids) == {0xABCDEF01} and len(ids) == 2


def test_idle_connections_end(enforced):
    with enforced.connect(30) as c:
        before = time.monotonic()
        assert c.read() is None
        assert 5 < time.monotonic() - before < 25


def test_report(enforced):
    report = enforced.report()
    assert report["status"] == "ok" and report["policy"] == "enforce"
    states = {layer["name"]: layer["state"] for layer in report["layers"]}
    required = {layer["name"] for layer in report["layers"] if layer["required"]}
    assert len(required) == 11 and all(states[name] == "on" for name in required)
    assert report["interpreter"]["python"].startswith("3.")
    assert report["connections"] == 1


def test_report_of_egress_and_totals(enforced):
    report = enforced.report()
    assert report["healthy"] is True
    assert report["egress"]["state"] == "running" and report["egress"]["healthy"] is True
    assert set(report["calls"]) == set(box.OUTCOMES)
    assert set(report["kills"]) == {"asked", "ended"}
    assert {"full", "full_server", "rate_limited", "expired"} <= set(report["queue"])
    assert report["runs"] == [] and report["open_calls"] == 0


# A person tests a version that nobody has approved, with the server's powers.
AS_ANOTHER = """
import os, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[1]))
sys.path.insert(0, sys.argv[3])
import box
with box.Connection(sys.argv[4]) as c:
    if sys.argv[5] == "kill":
        c.send(box.KILL, box.encode_kill(box.KILL_ENV, box.ENV, "why"))
        print(c.read())
        sys.exit()
    c.send(box.RUN, box.encode_run("async def main(): return 1", kind=int(sys.argv[5]), secrets={"A": "b"}))
    print(c.finish().outcome)
"""


def ask_as(s, user, group, kind):
    import grp
    import pwd
    import subprocess

    argv = [pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid, box.HERE, s.socket, kind]
    r = subprocess.run(
        ["/usr/bin/python3", "-c", AS_ANOTHER, *map(str, argv)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert r.returncode == 0, r.stderr
    return r.stdout.strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_models_do_not_test(fresh):
    s = fresh(MCPBOX_USER="daemon", MCPBOX_GATEWAY_USER="nobody")
    os.chmod(s.dir, 0o755)
    assert ask_as(s, "nobody", "daemon", box.CALL) == "result"
    assert ask_as(s, "nobody", "daemon", box.TEST) == "None"  # cut off
    assert "powers it cannot have" in s.log()
    assert ask_as(s, "nobody", "daemon", "kill") == "None"
    assert ask_as(s, "daemon", "daemon", "kill") != "None"
    assert ask_as(s, "daemon", "daemon", box.TEST) == "result"
    assert s.call(ONE, kind=box.TEST, secrets={"A": "b"}).result == 1
    assert s.report()["open_calls"] == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_one_user_for_all_may_test(fresh):
    """Where the pools share a user there is nothing to tell them apart."""
    s = fresh(MCPBOX_USER="daemon", MCPBOX_GATEWAY_USER="daemon")
    os.chmod(s.dir, 0o755)
    assert ask_as(s, "daemon", "daemon", box.TEST) == "result"


def test_plain_user_may_test(plain):
    assert plain.call(ONE, kind=box.TEST, secrets={"A": "b"}).result == 1


def test_socket_is_private(enforced):
    mode = stat.S_IMODE(os.stat(enforced.socket).st_mode)
    assert mode in (0o600, 0o660)


def test_exit_report(enforced):
    answer = enforced.call("async def main(): return sum(range(10**6))")
    assert answer.exit["signal"] == 0 and answer.exit["message"] == ""
    assert 0 < answer.exit["cpu_us"] < 5000000
    assert answer.exit["wall_us"] > 0 and answer.exit["rss_kib"] > 1000


def test_log_has_no_secret_and_no_code(fresh):
    s = fresh()
    s.call("async def main(): return secrets['K']  # CODE-MARK", {"a": 1}, secrets={"K": "SECRET-MARK"})
    s.call("async def main(x): raise ValueError(x)", {"x": "ARG-MARK"}, trace="trace-1")
    log = s.log()
    assert '"request_id":"trace-1"' in log
    for mark in ("CODE-MARK", "SECRET-MARK", "ARG-MARK"):
        assert mark not in log
