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
