"""Limits of a run, and that they are the run's own."""

import threading
import time

import pytest

import box

MIB = box.MIB


def test_wall_clock(enforced):
    before = time.monotonic()
    answer = enforced.call("async def main():\n  while True: pass", wall_ms=200)
    assert answer.outcome == "timeout"
    assert 0.19 < time.monotonic() - before < 5
    assert 200000 <= answer.exit["wall_us"] < 5000000


def test_cpu(enforced):
    answer = enforced.call("async def main():\n  while True: pass", cpu_ms=1000, wall_ms=20000)
    assert answer.outcome == "cpu_limit"
    assert answer.exit["signal"] == 9
    assert answer.exit["cpu_us"] >= 900000


def test_cpu_of_threads(bare):
    code = """
import threading
def spin():
    while True: pass
async def main():
    for _ in range(3):
        threading.Thread(target=spin).start()
    spin()
"""
    answer = bare.call(code, cpu_ms=1000, wall_ms=20000, threads=8)
    assert answer.outcome == "cpu_limit"


def test_sleeping_costs_no_cpu(enforced):
    answer = enforced.call("import time\nasync def main(): time.sleep(1.2)", cpu_ms=1000)
    assert answer.outcome == "result"
    assert answer.exit["cpu_us"] < 500000


@pytest.mark.parametrize("mib", [16, 64, 256])
def test_memory(enforced, mib):
    code = "async def main(n: int):\n  x = bytearray(n)\n  return len(x)"
    fits = int(mib * 0.8) * MIB
    answer = enforced.call(code, {"n": fits}, memory=mib * MIB)
    assert answer.outcome == "result" and answer.result == fits
    answer = enforced.call(code, {"n": (mib + 16) * MIB}, memory=mib * MIB)
    assert answer.outcome == "memory_limit"
    assert answer.error["type"] == "MemoryError"


def test_caught_memory_error_is_no_failure(enforced):
    code = """
async def main():
    try:
        bytearray(1 << 40)
    except MemoryError:
        return "caught"
"""
    assert enforced.call(code).result == "caught"


def test_tiny_memory(enforced):
    answer = enforced.call("async def main(): return list(range(10**6))", memory=1)
    assert answer.outcome in ("memory_limit", "crashed")


def test_result_size(enforced):
    code = "async def main(n: int): return 'x' * n"
    assert enforced.call(code, {"n": 998}, result=1000).outcome == "result"
    answer = enforced.call(code, {"n": 999}, result=1000)
    assert answer.outcome == "output_limit"
    assert answer.error["message"] == "main returned 1001 bytes of JSON; the limit is 1000"


def test_large_result_and_arguments_pass(enforced):
    code = "async def main(s: str): return s + s"
    text = "y" * 900000
    answer = enforced.call(code, {"s": text}, result=4 * MIB)
    assert answer.outcome == "result" and answer.result == text + text


def test_large_error_is_cut(enforced):
    code = "class E(Exception): pass\nE.__name__ = 'N' * 10**6\nasync def main(): raise E('\\u20ac' * 10**5)"
    answer = enforced.call(code)
    assert answer.outcome == "tool_error"
    assert len(answer.error["message"]) == 2000


def test_slow_reader_stops_the_child_only(enforced):
    code = "async def main():\n  for i in range(3000): print('z' * 1000)\n  return 'end'"
    with enforced.open(code, output=4 * MIB) as slow:
        time.sleep(0.3)  # the child fills the way to us meanwhile
        assert enforced.call("async def main(): return 1").result == 1
        answer = slow.finish()
    assert answer.outcome == "result" and answer.result == "end"
    assert len(answer.output) == 3000 * 1001


def test_spinning_tools_do_not_stop_others(enforced):
    spin = "async def main():\n  while True: pass"
    env = box.new_env()
    held = [enforced.open(spin, env=env, wall_ms=1500) for _ in range(4)]
    other = box.new_env()
    for _ in range(5):
        assert enforced.call("async def main(): return 1", env=other).result == 1
    for connection in held:
        assert connection.finish().outcome == "timeout"
        connection.close()


def test_busy_beyond_the_queue(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2", MCPBOX_SANDBOX_MAX_QUEUE="1")
    sleep = "import time\nasync def main(): time.sleep(1)\n"
    held = [s.open(sleep) for _ in range(2)]
    box.wait_for(lambda: s.report()["running"] == 2, what="two runs")
    queued = s.open(sleep)
    box.wait_for(lambda: s.report()["waiting"] == 1, what="one in the queue")
    refused = s.call(sleep)
    assert refused.outcome == "busy"
    assert refused.exit["message"] == "the queue is full"
    for connection in held + [queued]:
        assert connection.finish().outcome == "result"
        connection.close()


def test_many_at_once(enforced):
    answers = []

    def work(n):
        for i in range(5):
            answers.append((n * 10 + i, enforced.call("async def main(x): return x", {"x": n * 10 + i})))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(answers) == 40
    for sent, answer in answers:
        assert answer.outcome == "result" and answer.result == sent


# --- limits of a server

SLEEP = "import time\nasync def main(s: float = 0.2):\n  time.sleep(s)\n  return 1"
ONE = "async def main(): return 1"


def finish(connections):
    out = []
    for connection in connections:
        out.append(connection.finish())
        connection.close()
    return out


def test_concurrency_of_a_server(enforced):
    env, other = box.new_env(), box.new_env()
    held = [enforced.open(SLEEP, {"s": 0.3}, env=env, concurrency=2) for _ in range(6)]
    box.wait_for(lambda: enforced.report()["running"] >= 2, what="two to run")
    most = 0
    while enforced.report()["open_calls"] > 1:
        runs = [r for r in enforced.report()["runs"] if r["env"] == env]
        most = max(most, sum(not r["waiting"] for r in runs))
        # Another server is none the slower.
        assert enforced.call(ONE, env=other).result == 1
    assert most == 2
    assert {a.outcome for a in finish(held)} == {"result"}


def test_share_of_a_server(fresh):
    """No server takes the last places: another's call starts at once."""
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="8", MCPBOX_SANDBOX_MAX_RUNS_SERVER="6")
    env, other = box.new_env(), box.new_env()
    assert s.call(ONE, env=other).result == 1
    held = [s.open(SLEEP, {"s": 5}, env=env, concurrency=300) for _ in range(10)]
    box.wait_for(lambda: s.report()["running"] == 6, what="six to run")
    box.wait_for(lambda: s.report()["waiting"] == 4, what="four to wait")
    before = time.monotonic()
    assert s.call(ONE, env=other).result == 1
    assert time.monotonic() - before < 1
    for connection in held:
        connection.close()


def test_default_share_leaves_places(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="8")
    held = [s.open(SLEEP, {"s": 5}) for _ in range(10)]
    box.wait_for(lambda: s.report()["running"] == 6, what="three quarters")
    box.wait_for(lambda: s.report()["waiting"] == 4, what="the rest to wait")
    for connection in held:
        connection.close()


def test_rate(enforced):
    env = box.new_env()
    for _ in range(5):
        assert enforced.call(ONE, env=env, rate=5).outcome == "result"
    refused = enforced.call(ONE, env=env, rate=5)
    assert refused.outcome == "rate_limited"
    assert 10000 < refused.exit["retry_ms"] <= 12000
    assert "last minute" in refused.exit["message"]
    assert enforced.call(ONE, env=box.new_env(), rate=5).outcome == "result"
    assert enforced.report()["calls"]["rate_limited"] >= 1
    assert enforced.report()["queue"]["rate_limited"] >= 1


def test_rate_hint_is_true(enforced):
    env = box.new_env()
    for _ in range(60):
        assert enforced.call(ONE, env=env, rate=60).outcome == "result"
    answer = enforced.call(ONE, env=env, rate=60)
    while answer.outcome == "result":  # these took time themselves
        answer = enforced.call(ONE, env=env, rate=60)
    assert answer.outcome == "rate_limited" and answer.exit["retry_ms"] <= 1000
    time.sleep(answer.exit["retry_ms"] / 1000)
    assert enforced.call(ONE, env=env, rate=60).outcome == "result"


def test_one_servers_thousand_do_not_delay_anothers_one(fresh):
    s = fresh(
        MCPBOX_SANDBOX_MAX_RUNS="4",
        MCPBOX_SANDBOX_MAX_RUNS_SERVER="4",
        MCPBOX_SANDBOX_MAX_QUEUE="2000",
        MCPBOX_SANDBOX_MAX_QUEUE_SERVER="2000",
    )
    busy, other = box.new_env(), box.new_env()
    assert s.call(ONE, env=other).result == 1
    held = [s.open(SLEEP, {"s": 0.02}, env=busy) for _ in range(1000)]
    # On a slow machine some hear at once that they would wait in vain.
    box.wait_for(lambda: s.report()["waiting"] >= 150, what="the queue")
    passed = []
    for _ in range(5):
        before = s.report()["calls"]["result"]
        assert s.call(ONE, env=other).result == 1
        after = s.report()
        assert after["waiting"] > 20
        passed.append(after["calls"]["result"] - before - 1)
    # Those that ran already, and one for each place that came free: not those
    # that wait.
    assert sorted(passed)[2] <= 16, passed
    for connection in held:
        connection.close()
    box.wait_for(lambda: s.report()["open_calls"] == 0, what="the queue to empty")


def test_who_would_wait_in_vain_hears_it_at_once(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2")
    env = box.new_env()
    assert s.call(SLEEP, {"s": 9}, env=env, concurrency=1).result == 1
    held = [s.open(SLEEP, {"s": 3}, env=env, concurrency=1) for _ in range(2)]
    box.wait_for(lambda: s.report()["waiting"] == 1, what="one to wait")
    refused = s.call(SLEEP, env=env, concurrency=1)
    assert refused.outcome == "busy" and refused.exit["retry_ms"] > 10000
    # Its guess may be wrong: so the first of those that wait has waited.
    assert {a.outcome for a in finish(held)} == {"result"}


def test_overload_is_answered_at_once_with_a_hint(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2", MCPBOX_SANDBOX_MAX_QUEUE="8", MCPBOX_SANDBOX_MAX_QUEUE_SERVER="3")
    env = box.new_env()
    assert s.call(SLEEP, {"s": 1}, env=env).result == 1
    held = [s.open(SLEEP, {"s": 1}, env=env) for _ in range(5)]
    box.wait_for(lambda: (s.report()["running"], s.report()["waiting"]) == (2, 3), what="the queue")
    before = time.monotonic()
    refused = s.call(SLEEP, env=env)
    assert time.monotonic() - before < 0.5
    assert refused.outcome == "busy"
    assert refused.exit["message"] == "too many calls of this server wait already"
    # Three wait; a fourth, two at a time, a second each.
    assert 1500 <= refused.exit["retry_ms"] <= 3000
    # Another server may wait, until all places are taken.
    others = [s.open(ONE, env=box.new_env()) for _ in range(5)]
    box.wait_for(lambda: s.report()["waiting"] == 8, what="a full queue")
    refused = s.call(ONE, env=box.new_env())
    assert (refused.outcome, refused.exit["message"]) == ("busy", "the queue is full")
    assert 100 <= refused.exit["retry_ms"] <= 60000
    assert {a.outcome for a in finish(held + others)} == {"result"}
    queue = s.report()["queue"]
    assert (queue["full"], queue["full_server"], queue["expired"]) == (1, 1, 0)


def test_checks_pass_when_all_places_are_taken(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2", MCPBOX_SANDBOX_MAX_QUEUE="1")
    held = [s.open(SLEEP, {"s": 3}) for _ in range(3)]
    box.wait_for(lambda: s.report()["running"] == 2, what="all places taken")
    before = time.monotonic()
    for _ in range(5):
        assert s.check("async def main(): 'D.'")["valid"]
    assert time.monotonic() - before < 2
    for connection in held:
        connection.close()


# --- spares follow the calls


def zygote(s, env):
    found = [z for z in s.report()["zygotes"] if z["server"] == env]
    return found[0] if found else None


def test_spares_go_and_the_zygote_stays(fresh):
    s = fresh(MCPBOX_SANDBOX_SPARES_IDLE_SECONDS="2")
    env = box.new_env()
    assert s.call(ONE, env=env).result == 1
    box.wait_for(lambda: zygote(s, env)["ready"] >= 1, what="a spare")
    box.wait_for(lambda: zygote(s, env)["ready"] == 0, what="none")
    assert zygote(s, env)["state"] == "open"
    assert zygote(s, env)["wanted"] == 0
    assert s.call(ONE, env=env).result == 1
    box.wait_for(lambda: zygote(s, env)["ready"] >= 1, what="a spare again")
    assert s.report()["totals"]["zygotes_ended"] == 0


def test_spares_follow_the_rate(fresh):
    s = fresh(MCPBOX_SANDBOX_SPARES_MAX="6")
    env = box.new_env()
    assert s.call(ONE, env=env).result == 1
    assert zygote(s, env)["wanted"] == 1
    for _ in range(3):
        finish([s.open(ONE, env=env) for _ in range(12)])
    assert zygote(s, env)["wanted"] > 1
    box.wait_for(lambda: zygote(s, env)["ready"] >= 2, what="more spares")
    assert zygote(s, env)["ready"] <= 6


def test_fixed_number_of_spares(fresh):
    s = fresh(
        MCPBOX_SANDBOX_ADAPTIVE="off",
        MCPBOX_SANDBOX_SPARES="3",
        MCPBOX_SANDBOX_SPARES_IDLE_SECONDS="1",
    )
    env = box.new_env()
    assert s.call(ONE, env=env).result == 1
    box.wait_for(lambda: zygote(s, env)["ready"] == 3, what="three")
    finish([s.open(ONE, env=env) for _ in range(12)])
    box.wait_for(lambda: zygote(s, env)["ready"] == 3, what="three again")
    time.sleep(2.5)
    assert zygote(s, env)["ready"] == 3


def spares_of(s):
    pids = set()
    for root in s.root_zygotes():
        for z in box.children(root):
            pids.update(box.children(z))
    return pids


def test_old_spares_are_replaced_without_a_gap(fresh):
    s = fresh(MCPBOX_SANDBOX_SPARE_AGE_SECONDS="1", MCPBOX_SANDBOX_SPARES_IDLE_SECONDS="60")
    env = box.new_env()
    assert s.call(ONE, env=env).result == 1
    box.wait_for(lambda: zygote(s, env)["ready"] == 1, what="a spare")
    first = spares_of(s)
    seen = set()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        # Never none: the old one waits for the new one.
        assert zygote(s, env)["ready"] >= 1
        seen |= spares_of(s)
        time.sleep(0.05)
    assert len(seen - first) >= 2
    assert s.call(ONE, env=env).result == 1
