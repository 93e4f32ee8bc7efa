"""KILL: a run ends because somebody else says so, at once."""

import os
import struct
import threading
import time

import pytest

import box
from box import KILL_ENV, KILL_TOOL, KILL_TRACE, children, gone

SPIN = "async def main():\n  print('begun')\n  while True: pass"
THREADS = """
import threading
def spin():
    while True: pass
async def main():
    for _ in range(6): threading.Thread(target=spin).start()
    print('begun')
    spin()
"""
ONE = "async def main(): return 1"


def begin(s, code=SPIN, **options):
    connection = s.open(code, **options)
    kind, payload = connection.read()
    assert kind == box.OUTPUT and payload == b"begun\n"
    return connection


def spinning(s):
    """Pids of children with a run: those that have used CPU time."""
    out = []
    for root in s.root_zygotes():
        for zygote in children(root):
            for pid in children(zygote):
                try:
                    with open("/proc/%d/stat" % pid) as f:
                        fields = f.read().rsplit(")", 1)[1].split()
                    if int(fields[11]) + int(fields[12]) >= 8:
                        out.append(pid)
                except OSError:
                    pass
    return out


@pytest.mark.parametrize("name,code,options", [("one", SPIN, {}), ("threads", THREADS, {"threads": 8})])
def test_under_50_ms(bare, name, code, options):
    """From the frame to the process being gone, five times; the median."""
    took = []
    for i in range(5):
        trace = "%s-%d" % (name, i)
        with begin(bare, code, trace=trace, wall_ms=60000, cpu_ms=60000, **options) as connection:
            (pid,) = box.wait_for(lambda: spinning(bare), what="the child to spin")
            with bare.connect() as killer:
                before = time.monotonic()
                killer.send(box.KILL, box.encode_kill(KILL_TRACE, trace, "enough"))
                while not gone(pid):
                    assert time.monotonic() - before < 5
                took.append(time.monotonic() - before)
                assert killer.read() == (box.KILLED, struct.pack("<I", 1))
            answer = connection.finish()
        assert (answer.outcome, answer.exit["message"]) == ("cancelled", "enough")
        box.wait_for(lambda: not spinning(bare), what="it to be gone from the list")
    assert sorted(took)[2] < 0.05, took
    assert bare.call(ONE).result == 1


def test_what_is_meant(enforced):
    a, b = box.new_env(), box.new_env()
    runs = {
        "a1": begin(enforced, env=a, tool="a__one", trace="t1"),
        "a2": begin(enforced, env=a, tool="a__two", trace="t2"),
        "b1": begin(enforced, env=b, tool="b__one", trace="t3"),
        "b1 again": begin(enforced, env=b, tool="b__one", trace="t4"),
    }
    assert enforced.kill_runs(KILL_TRACE, "t") == 0
    assert enforced.kill_runs(KILL_TRACE, "a__one") == 0
    assert enforced.kill_runs(KILL_TOOL, "b") == 0
    assert enforced.kill_runs(KILL_ENV, box.new_env()) == 0
    assert enforced.kill_runs(KILL_TRACE, "t1", "one") == 1
    assert enforced.kill_runs(KILL_TOOL, "b__one", "revoked") == 2
    assert enforced.kill_runs(KILL_ENV, a, "stopped") == 1
    assert enforced.kill_runs(KILL_ENV, a, "stopped") == 0
    ends = {}
    for name, connection in runs.items():
        answer = connection.finish()
        assert answer.outcome == "cancelled"
        ends[name] = answer.exit["message"]
        connection.close()
    assert ends == {"a1": "one", "a2": "stopped", "b1": "revoked", "b1 again": "revoked"}


def test_those_that_wait(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="1")
    env = box.new_env()
    first = begin(s, env=env)
    waiting = [s.open(ONE, env=env) for _ in range(5)]
    other = s.open(ONE, env=box.new_env())
    box.wait_for(lambda: s.report()["waiting"] == 6, what="the queue")
    assert s.kill_runs(KILL_ENV, env, "stopped") == 6
    for connection in [first] + waiting:
        answer = connection.finish()
        assert (answer.outcome, answer.exit["message"]) == ("cancelled", "stopped")
        connection.close()
    # Nobody else's.
    assert other.finish().result == 1
    other.close()
    report = box.wait_for(s.at_rest, what="rest")
    assert report["kills"] == {"asked": 1, "ended": 6}
    assert report["calls"]["cancelled"] == 6 and report["runs"] == []


def test_kill_long_names(enforced):
    """The whole name counts, however long."""
    tool, trace = "x" * 255, "y" * 64
    with begin(enforced, tool=tool + "a", trace=trace) as connection:
        assert enforced.kill_runs(KILL_TOOL, tool + "b") == 0
        assert enforced.kill_runs(KILL_TOOL, tool) == 0
        assert enforced.kill_runs(KILL_TOOL, tool + "a", "w" * 256) == 1
        assert connection.finish().exit["message"] == "w" * 256


def test_kill_of_all_kinds(enforced):
    for kind in (box.CALL, box.TRIAL, box.TEST):
        with begin(enforced, kind=kind, trace="kind") as connection:
            assert enforced.kill_runs(KILL_TRACE, "kind", "") == 1
            answer = connection.finish()
        assert (answer.outcome, answer.exit["message"]) == ("cancelled", "")


def test_kill_twice_is_one_end(enforced):
    with begin(enforced, trace="twice") as connection:
        with enforced.connect() as a, enforced.connect() as b:
            data = box.frame(box.KILL, box.encode_kill(KILL_TRACE, "twice", "why"))
            a.sock.sendall(data)
            b.sock.sendall(data)
            counts = [struct.unpack("<I", c.read()[1])[0] for c in (a, b)]
        assert sum(counts) == 1
        assert connection.finish().outcome == "cancelled"


def test_many_runs_at_once(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="8", MCPBOX_SANDBOX_MAX_RUNS_SERVER="8")
    env = box.new_env()
    connections = [s.open(SPIN, env=env) for _ in range(40)]
    box.wait_for(lambda: s.report()["running"] == 8, what="eight to run")
    assert s.kill_runs(KILL_ENV, env, "all") == 40
    for connection in connections:
        assert connection.finish().outcome == "cancelled"
        connection.close()
    assert s.call(ONE, env=env).result == 1
    box.wait_for(s.at_rest, what="rest")


def test_killing_while_runs_come_and_go(enforced):
    """Kills race with beginnings and ends: each run has exactly one end."""
    env = box.new_env()
    stop = threading.Event()
    outcomes = []

    def call():
        while not stop.is_set():
            outcomes.append(enforced.call(ONE, env=env).outcome)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for t in threads:
        t.start()
    end = time.monotonic() + 3
    killed = 0
    while time.monotonic() < end:
        killed += enforced.kill_runs(KILL_ENV, env, "again")
    stop.set()
    for t in threads:
        t.join()
    assert set(outcomes) <= {"result", "cancelled"}
    assert outcomes.count("cancelled") == killed > 0


def test_bad_kills_are_cut_off(enforced):
    good = box.encode_kill(KILL_TRACE, "t", "why")
    bad = [
        b"",
        good[:-1],
        good + b"\0",
        b"\0" + good[1:],
        b"\4" + good[1:],
        box.encode_kill(KILL_TRACE, ""),
        box.encode_kill(KILL_TRACE, "x" * 257),
        box.encode_kill(KILL_TRACE, "x", "y" * 257),
        box.encode_kill(KILL_TRACE, "a\nb"),
        box.encode_kill(KILL_TRACE, b"\xff"),
    ]
    for payload in bad:
        with enforced.connect() as c:
            c.send(box.KILL, payload)
            assert c.read() is None, payload
    with enforced.connect() as c:
        c.sock.sendall(box.frame(box.KILL, good) * 2)
        assert c.read() == (box.KILLED, struct.pack("<I", 0))
        assert c.read() is None
    with begin(enforced, trace="t") as connection:
        connection.send(box.KILL, good)  # not on a run's own connection
        assert connection.read() is None


def test_report_lists_runs(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2")
    env = box.new_env()
    held = [
        begin(s, env=env, tool='a__"x"', trace="t1"),
        begin(s, env=box.new_env(), kind=box.TRIAL, trace="t2"),
        s.open(ONE, env=env, trace="t3", kind=box.TEST),
    ]
    box.wait_for(lambda: len(s.report()["runs"]) == 3, what="three runs")
    runs = {r["trace"]: r for r in s.report()["runs"]}
    assert set(runs) == {"t1", "t2", "t3"}
    assert runs["t1"]["tool"] == 'a__"x"' and runs["t1"]["env"] == env
    assert [runs[t]["kind"] for t in ("t1", "t2", "t3")] == ["call", "trial", "test"]
    assert [runs[t]["waiting"] for t in ("t1", "t2", "t3")] == [False, False, True]
    assert all(0 <= r["since_ms"] < 60000 for r in runs.values())
    for connection in held:
        connection.close()
    box.wait_for(lambda: s.report()["runs"] == [], what="the end of all")


def test_report_of_very_many_runs(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="1", MCPBOX_SANDBOX_MAX_QUEUE="2000", MCPBOX_SANDBOX_MAX_QUEUE_SERVER="2000")
    first = begin(s)
    data = box.frame(box.RUN, box.encode_run(ONE, tool='"' * 256, trace="\\" * 64))
    held = []
    for _ in range(300):
        c = s.connect()
        c.sock.sendall(data)
        held.append(c)
    box.wait_for(lambda: s.report()["waiting"] == 300, what="the queue")
    report = s.report()
    assert report["open_calls"] == 301 and len(report["runs"]) == 200
    for c in held + [first]:
        c.close()
    box.wait_for(s.at_rest, what="rest")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_log_names_who_killed(fresh):
    s = fresh()
    assert s.kill_runs(KILL_TOOL, "a__b", "revoked by an administrator") == 0
    assert '"message":"kill"' in s.log() and "revoked by an administrator" in s.log()
