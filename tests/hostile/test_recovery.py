"""kill -9 of anything, cancelling, rotation, eviction, leaks."""

import os
import signal
import subprocess
import time

import pytest

import box
import mix
from box import children, gone

SPIN = "async def main():\n  print('begun')\n  while True: pass"
ONE = "async def main(): return 1"


def root_zygote(s):
    return s.root_zygotes()[0]


def zygotes(s):
    return children(root_zygote(s))


def busy_child(s):
    """The process that spins: the one with most CPU time."""

    def times(pid):
        try:
            with open("/proc/%d/stat" % pid) as f:
                fields = f.read().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        except OSError:
            return 0

    pids = [c for z in zygotes(s) for c in children(z)]
    best = max(pids, key=times)
    return best if times(best) >= 10 else None


def begin(s, **options):
    connection = s.open(SPIN, **options)
    kind, payload = connection.read()
    assert kind == box.OUTPUT and payload == b"begun\n"
    return connection


def test_cancel(fresh):
    s = fresh()
    with begin(s) as connection:
        before = time.monotonic()
        connection.send(box.CANCEL)
        answer = connection.finish()
    assert answer.outcome == "cancelled"
    assert time.monotonic() - before < 1
    assert s.call(ONE).result == 1


def test_closing_the_connection_kills(fresh):
    s = fresh()
    connection = begin(s)
    pid = box.wait_for(lambda: busy_child(s), what="the child to spin")
    connection.close()
    box.wait_for(lambda: gone(pid), what="the child to die")
    box.wait_for(lambda: s.report()["open_calls"] == 0, what="the call to end")
    assert s.report()["calls"]["cancelled"] == 1
    assert s.call(ONE).result == 1


def test_cancel_in_the_queue(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="1")
    with begin(s) as first, s.open(ONE) as second:
        box.wait_for(lambda: s.report()["waiting"] == 1, what="the queue")
        second.send(box.CANCEL)
        assert second.finish().outcome == "cancelled"
        first.send(box.CANCEL)
        assert first.finish().outcome == "cancelled"
    assert s.report()["waiting"] == 0


def test_killed_child(fresh):
    s = fresh()
    with begin(s) as connection:
        pid = box.wait_for(lambda: busy_child(s), what="the child to spin")
        os.kill(pid, signal.SIGKILL)
        answer = connection.finish()
    assert answer.outcome == "sandbox_failed"
    assert answer.exit["signal"] == 9
    assert "killed from outside" in answer.exit["message"]
    assert s.call(ONE).result == 1


def test_killed_spare(fresh):
    s = fresh()
    assert s.call(ONE).result == 1
    box.wait_for(lambda: all(z["ready"] and not z["warming"] for z in s.report()["zygotes"]))
    for pid in [c for z in zygotes(s) for c in children(z)]:
        os.kill(pid, signal.SIGKILL)
        box.wait_for(lambda: gone(pid), what="the spare to die")
    for _ in range(3):
        assert s.call(ONE).result == 1


def test_killed_zygote(fresh):
    s = fresh()
    with begin(s) as connection:
        for pid in zygotes(s):
            os.kill(pid, signal.SIGKILL)
        answer = connection.finish()
    assert answer.outcome == "sandbox_failed"
    assert s.call(ONE).result == 1
    assert s.check("async def main(): 'D.'")["valid"]


def test_killed_root_zygote(fresh):
    s = fresh()
    with begin(s) as connection:
        old = root_zygote(s)
        below = zygotes(s)
        os.kill(old, signal.SIGKILL)
        assert connection.finish().outcome == "sandbox_failed"
    assert s.call(ONE).result == 1
    assert root_zygote(s) != old
    for pid in below:
        box.wait_for(lambda: gone(pid), what="zygote %d to die" % pid)


def test_stopped_root_zygote_delays_only_new_servers(fresh):
    s = fresh()
    assert s.call(ONE).result == 1
    root = root_zygote(s)
    os.kill(root, signal.SIGSTOP)
    try:
        for _ in range(5):
            assert s.call(ONE).result == 1
        with s.open(ONE, env=box.new_env()) as connection:
            box.wait_for(lambda: s.report()["waiting"] == 1, what="the queue")
            os.kill(root, signal.SIGCONT)
            assert connection.finish().result == 1
    finally:
        os.kill(root, signal.SIGCONT)


def test_killed_supervisor_takes_all_with_it(fresh):
    s = fresh()
    connection = begin(s)
    root = root_zygote(s)
    below = zygotes(s)
    below += [c for z in below for c in children(z)]
    s.kill()
    for pid in [root] + below:
        box.wait_for(lambda: gone(pid), what="process %d to die" % pid)
    connection.close()
    assert os.path.exists(s.socket)  # stale
    s.start()
    assert s.call(ONE).result == 1


def test_term_stops_and_removes_the_socket(fresh):
    s = fresh()
    connection = begin(s)
    root = root_zygote(s)
    assert s.stop() == 0
    assert not os.path.exists(s.socket)
    box.wait_for(lambda: gone(root), what="the root zygote to die")
    connection.close()


def test_second_supervisor_is_refused(fresh):
    s = fresh()
    r = subprocess.run(
        [os.path.join(box.BUILD, "mcpbox-sandboxd")],
        env=dict(s.settings, MCPBOX_HOME=s.dir + "/other"),
        capture_output=True,
        text=True,
        timeout=40,
    )
    assert r.returncode == 1
    assert "another sandboxd" in r.stderr
    assert s.call(ONE).result == 1


def test_eviction(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_ZYGOTES="3")
    for _ in range(6):
        assert s.call(ONE, env=box.new_env()).result == 1
    report = s.report()
    assert report["zygote_count"] <= 3
    assert report["totals"]["evicted"] >= 4


def test_idle_servers_lose_their_processes(fresh):
    s = fresh(MCPBOX_SANDBOX_IDLE_SECONDS="1")
    assert s.call(ONE).result == 1
    box.wait_for(lambda: s.report()["zygote_count"] == 1, what="the idle zygote to go")
    assert s.call(ONE).result == 1


HASH = "async def main(): return hash('x')"


def test_rotation_by_calls(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_CALLS="5")
    first = s.call(HASH).result
    assert s.call(HASH).result == first
    deadline = time.monotonic() + 30
    while s.call(HASH).result == first:
        assert time.monotonic() < deadline, "no new generation"
    box.wait_for(lambda: len(s.root_zygotes()) == 1, what="the old generation to go")
    assert s.log().count('"level":"error"') == 0


def test_rotation_when_there_is_no_room_for_two_of_each(fresh):
    """The old generation goes, also where its zygotes take all the places."""
    s = fresh(MCPBOX_SANDBOX_MAX_CALLS="10", MCPBOX_SANDBOX_MAX_ZYGOTES="3")
    envs = [box.new_env() for _ in range(2)]
    for _ in range(4):
        old = s.root_zygotes()
        for i in range(14):
            assert s.call(ONE, env=envs[i % 2]).result == 1
        assert s.check("async def main(): 'D.'")["valid"]  # so that it is not the first to go
        box.wait_for(lambda: s.root_zygotes() != old, what="a new generation")
        box.wait_for(lambda: len(s.root_zygotes()) == 1, what="the old generation to go")
    assert s.check("async def main(): 'D.'")["valid"]
    names = {z["server"] for z in s.report()["zygotes"]}
    assert "check" in names


def test_rotation_by_age_loses_no_call(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_AGE_SECONDS="1")
    end = time.monotonic() + 4
    seen = set()
    while time.monotonic() < end:
        answer = s.call(HASH)
        assert answer.outcome == "result", answer
        seen.add(answer.result)
    assert len(seen) >= 2


def test_nothing_leaks(fresh):
    """3,000 calls that end in every way leave nothing behind."""
    s = fresh(MCPBOX_LANGUAGE_POLICY="off", MCPBOX_SANDBOX_MAX_ZYGOTES="6")
    envs = [box.new_env() for _ in range(3)]
    mix.run(s, 300, envs)
    before = mix.facts(s)
    mix.run(s, 3000, envs, seed=2)
    after = mix.facts(s)
    for name in ("open", "connections", "strays"):
        assert before[name] == after[name] == 0, (name, before, after)
    for name in ("fds", "egress_fds", "egress_starts", "zygote_fds"):
        assert before[name] == after[name], (name, before, after)
    if box.BUILD.endswith("release"):  # a sanitiser keeps what was freed
        for name, kib in (("rss", 512), ("egress_rss", 1024), ("zygote_rss", 512)):
            assert after[name] - before[name] < kib, (name, before, after)
    report = s.report()
    ends = report["calls"]
    assert report["open_calls"] == 0 and ends["sandbox_failed"] == 0 and ends["busy"] == 0
    assert sum(ends.values()) >= 3000


@pytest.mark.parametrize("setting", ["on", "off"])
def test_lean_fork_switch(fresh, setting):
    s = fresh(MCPBOX_SANDBOX_LEAN_FORK=setting)
    code = "import random, threading\nasync def main(): return random.random()"
    values = [s.call(code.replace(", threading", "")).result for _ in range(4)]
    assert len(set(values)) == 4
