"""Calls that end in every way there is, and what they must leave behind:
nothing."""

import os
import random
import threading

import box
from world import KIT

HTTP = KIT + "\nasync def main(): return get('http://nowhere.test/')['end']\n"
SPIN = "async def main():\n  print('begun')\n  while True: pass"


def ends(outcome, code, **options):
    def one(s, env):
        answer = s.call(code, env=env, **options)
        assert answer.outcome == outcome, (outcome, answer)
        return answer

    return one


def refused_request(s, env):
    answer = s.call(HTTP, env=env, requests=5, transfer=1000)
    assert answer.result == "not_granted", answer
    assert len(answer.requests) == 1


def trial_request(s, env):
    answer = s.call(HTTP, env=env, kind=box.TRIAL, requests=5, transfer=1000)
    assert answer.result == "not_granted", answer
    assert [r["reason"] for r in answer.requests] == ["not_granted"]


def abandoned_request(s, env):
    """The tool does not wait for what it asked."""
    code = KIT + "\nasync def main():\n  for i in range(1, 9): ask(i, 'http://nowhere.test/')\n  return 1"
    answer = s.call(code, env=env, requests=5, transfer=1000)
    assert answer.outcome == "result" and answer.exit["requests"] == 8, answer


def broken_request(s, env):
    code = KIT + "\nasync def main():\n  send(frame(FETCH, b'', 0))\n  Inbox().one()"
    assert s.call(code, env=env, requests=5).outcome == "output_limit"


def begun(s, env, **options):
    connection = s.open(SPIN, env=env, **options)
    got = connection.read()
    assert got == (box.OUTPUT, b"begun\n"), got
    return connection


def killed(s, env):
    trace = "kill-%016x" % random.getrandbits(64)
    with begun(s, env, trace=trace) as connection:
        assert s.kill_runs(box.KILL_TRACE, trace, "why") == 1
        assert connection.finish().outcome == "cancelled"


def cancelled(s, env):
    with begun(s, env) as connection:
        connection.send(box.CANCEL)
        assert connection.finish().outcome == "cancelled"


def left(s, env):
    begun(s, env).close()


def left_early(s, env):
    s.open(SPIN, env=env).close()


def not_a_run(s, env):
    with s.connect() as connection:
        connection.send(box.RUN, b"nonsense")
        assert connection.read() is None


def torn_run(s, env):
    with s.connect() as connection:
        connection.sock.sendall(box.frame(box.RUN, box.encode_run("x"))[:50])


def checked(s, env):
    assert s.check("async def main(): 'D.'")["valid"]


def rate_limited(s, env):
    own = box.new_env()
    first = s.call("x = (", env=own, rate=1, wall_ms=5000)
    assert first.outcome != "rate_limited", first
    assert s.call("x = (", env=own, rate=1).outcome == "rate_limited"


# (how often, what)
MIX = [
    (40, ends("result", "async def main(): return 1")),
    (10, ends("result", "import json\nasync def main():\n  print('x' * 5000)\n  return json.dumps('y' * 20000)")),
    (10, ends("tool_error", "async def main(): 1/0")),
    (3, ends("timeout", "import time\nasync def main(): time.sleep(9)", wall_ms=30)),
    (2, ends("output_limit", "async def main(): return 'x' * 2000", result=1000)),
    (2, ends("memory_limit", "async def main(): return len(bytearray(1 << 30))")),
    (2, ends("exited", "import os\nasync def main(): os._exit(3)")),
    (2, ends("crashed", "import ctypes\nasync def main(): ctypes.string_at(0)")),
    (2, ends("forbidden_syscall", "import ctypes\nasync def main(): ctypes.CDLL(None).syscall(101, 0, 0, 0, 0)")),
    (3, killed),
    (2, cancelled),
    (3, left),
    (3, left_early),
    (1, not_a_run),
    (1, torn_run),
    (2, checked),
    (1, rate_limited),
    (5, refused_request),
    (3, trial_request),
    (2, abandoned_request),
    (1, broken_request),
]


def run(s, n, envs, threads=4, seed=1, done=None):
    """`n` calls by some clients at the same time; the first mistake is raised."""
    left_to_do = [n]
    lock = threading.Lock()
    errors = []

    def work(number):
        rng = random.Random(seed * 1000 + number)
        weights = [w for w, _ in MIX]
        while not errors:
            with lock:
                if left_to_do[0] == 0:
                    return
                left_to_do[0] -= 1
            try:
                rng.choices(MIX, weights)[0][1](s, rng.choice(envs))
            except BaseException as e:  # handed to the caller
                errors.append(e)
            if done:
                done()

    workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    if errors:
        raise errors[0]


def status_kib(pid, key):
    try:
        with open("/proc/%d/status" % pid) as f:
            for line in f:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def facts(s):
    """What is there when nothing runs; spares are counted out, as their
    number follows the calls."""
    try:
        box.wait_for(lambda: len(s.root_zygotes()) == 1 and s.at_rest(), 60, "rest")
    except AssertionError as e:
        raise AssertionError("no rest: %r %r" % (s.root_zygotes(), s.report())) from e
    box.wait_for(lambda: s.report()["egress"]["connections"] == 0, what="the last link to close")
    report = s.at_rest() or box.wait_for(s.at_rest, 60, "rest")
    zygotes = [z for root in s.root_zygotes() for z in box.children(root)]
    ready = sum(z["ready"] for z in report["zygotes"])
    egress = report["egress"]["pid"]
    return {
        "fds": report["descriptors"] - 2 * ready - 2 * report["zygote_count"],
        "rss": status_kib(s.process.pid, "VmRSS"),
        "egress_fds": descriptors(egress),
        "egress_rss": status_kib(egress, "VmRSS"),
        "egress_starts": report["egress"]["starts"],
        "zygotes": report["zygote_count"],
        "zygote_fds": max(descriptors(z) for z in zygotes),
        "zygote_rss": max(status_kib(z, "VmRSS") for z in zygotes),
        # Every process below a zygote is a spare that the report knows.
        "strays": sum(len(box.children(z)) for z in zygotes) - ready,
        "open": report["open_calls"] + report["running"] + report["waiting"] + len(report["runs"]),
        "connections": report["connections"] - 1,
    }
