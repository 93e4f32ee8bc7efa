"""A bad tool does not slow another server down.

The victim's calls are timed alone, then while another server's tools spin,
allocate or try to fork, as many at once as the sandbox runs.  Rounds
alternate, so that the machine's own noise hits both alike.
"""

import statistics
import threading
import time

import pytest

import box

ROUNDS = 3
CALLS = 150  # of the victim, in a round
PACE = 0.01  # seconds between them: as a client would, not in one burst
BULLIES = 6  # runs at once: three for each core of a small machine
FACTOR = 1.5
# The median is what the sandbox decides.  The slowest calls meet a process in
# its first milliseconds, or wait for the kernel's tick: some of these at most.
TAIL_US = 20000

VICTIM = "async def main(a: int): return sum(range(a))"
BULLY = {
    "spin": "async def main():\n  while True: pass",
    "allocate": (
        "async def main():\n"
        "  while True:\n"
        "    x = [bytearray(1 << 20) for _ in range(200)]\n"
        "    del x"
    ),
    "fork": (
        "import os\n"
        "async def main():\n"
        "  while True:\n"
        "    try:\n"
        "      os.fork()\n"
        "    except OSError:\n"
        "      pass"
    ),
    "threads": (
        "import threading\n"
        "def spin():\n"
        "  while True: pass\n"
        "async def main():\n"
        "  for _ in range(7):\n"
        "    threading.Thread(target=spin).start()\n"
        "  spin()"
    ),
    "print": "async def main():\n  while True: print('x' * 100000)",
}


def p99(values):
    return statistics.quantiles(values, n=100)[98]


def victim(bare, env):
    took = []
    for _ in range(CALLS):
        answer = bare.call(VICTIM, {"a": 1000}, env=env)
        assert answer.outcome == "result", answer
        took.append(answer.exit["wall_us"])
        time.sleep(PACE)
    return took


class Bullies:
    """Keeps BULLIES runs of one server going."""

    def __init__(self, bare, code):
        self.bare, self.code, self.stop = bare, code, False
        self.env = box.new_env()
        self.threads = [threading.Thread(target=self.loop) for _ in range(BULLIES)]
        self.outcomes = set()

    def loop(self):
        while not self.stop:
            answer = self.bare.call(
                self.code, env=self.env, wall_ms=3000, threads=8, output=1 << 20
            )
            self.outcomes.add(answer.outcome)

    def __enter__(self):
        for t in self.threads:
            t.start()
        box.wait_for(
            lambda: self.bare.report()["running"] >= 2, what="the bullies"
        )
        return self

    def __exit__(self, *exc):
        self.stop = True
        for t in self.threads:
            t.join()


@pytest.mark.parametrize("kind", sorted(BULLY))
def test_neighbour(bare, kind):
    env = box.new_env()
    victim(bare, env)
    alone, bullied = [], []
    for _ in range(ROUNDS):
        alone += victim(bare, env)
        with Bullies(bare, BULLY[kind]) as bullies:
            bullied += victim(bare, env)
    print(kind, "p50 %d -> %d us, p99 %d -> %d us" % (
        statistics.median(alone), statistics.median(bullied), p99(alone), p99(bullied)),
        bullies.outcomes)
    assert statistics.median(bullied) <= FACTOR * statistics.median(alone)
    assert p99(bullied) <= FACTOR * max(p99(alone), TAIL_US)
