#!/usr/bin/python3
"""Many calls that end in every way, and memory and descriptors that stay flat.

    tests/soak/soak.py [--calls 100000] [--threads 4] [--step 5000]

A line for each step: what the supervisor, mcpbox-egress and the zygotes hold
when nothing runs.  Exit 1 when something grows: a straight line is laid
through the steps but the first ones, and its slope is what counts, so that a
single odd step does not.
"""

import argparse
import os
import shutil
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "hostile"))

import box  # noqa: E402
import mix  # noqa: E402

SERVERS = 4
# Growth in 100,000 calls that is a leak; the first fifth of the steps is
# warm-up.  KiB, or descriptors.  One leaked descriptor, or one struct of some
# bytes in every call, is far above.
LIMITS = {
    "fds": 1,
    "egress_fds": 1,
    "zygote_fds": 1,
    "rss": 1024,
    "egress_rss": 2048,
    "zygote_rss": 2048,
}
EXACT = ("open", "connections", "strays")


def slope(points):
    """Of the line through (x, y) with the least squares."""
    n = len(points)
    mx = sum(x for x, _ in points) / n
    my = sum(y for _, y in points) / n
    over = sum((x - mx) ** 2 for x, _ in points)
    return sum((x - mx) * (y - my) for x, y in points) / over if over else 0.0


def show(done, f, seconds):
    print(
        f"{done:>7} calls {seconds:7.0f} s  supervisor {f['rss']:>6} KiB {f['fds']:>3} fds   "
        f"egress {f['egress_rss']:>6} KiB {f['egress_fds']:>3} fds   "
        f"zygotes {f['zygotes']:>2} x {f['zygote_rss']:>6} KiB {f['zygote_fds']:>3} fds",
        flush=True,
    )


def judge(rows):
    """What grew, in words."""
    found = []
    for done, f in rows:
        found += [f"{f[name]} {name} after {done} calls" for name in EXACT if f[name] != 0]
    kept = rows[len(rows) // 5 :]
    if len(kept) < 3:
        return found + ["too few steps to lay a line through"]
    for name, limit in LIMITS.items():
        growth = slope([(done, f[name]) for done, f in kept]) * 100000
        print(f"  {name:<11} {growth:+9.1f} in 100,000 calls (limit {limit})")
        if growth > limit:
            found.append(f"{name} grows by {growth:.1f} in 100,000 calls")
    if rows[-1][1]["egress_starts"] != rows[0][1]["egress_starts"]:
        found.append("mcpbox-egress was started again")
    return found


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    ap.add_argument("--calls", type=int, default=100000)
    ap.add_argument("--threads", type=int, default=4)
    ap.add_argument("--step", type=int, default=5000)
    args = ap.parse_args()
    s = box.Sandboxd(
        MCPBOX_LANGUAGE_POLICY="off",
        MCPBOX_LOG_LEVEL="warning",
        MCPBOX_SANDBOX_MAX_ZYGOTES=str(SERVERS + 3),
    )
    envs = [box.new_env() for _ in range(SERVERS)]
    start = time.monotonic()
    rows = []
    try:
        for done in range(0, args.calls, args.step):
            n = min(args.step, args.calls - done)
            mix.run(s, n, envs, threads=args.threads, seed=done + 1)
            rows.append((done + n, mix.facts(s)))
            show(*rows[-1], time.monotonic() - start)
        found = judge(rows)
        ends = s.report()["calls"]
        print("  " + ", ".join(f"{n} {name}" for name, n in ends.items() if n))
        if ends["sandbox_failed"] or ends["busy"]:
            found.append("calls failed that should not")
    finally:
        status = s.stop()
    if status != 0:
        found.append(f"sandboxd ended with {status}:\n{s.log()[-2000:]}")
    for line in found:
        print("FAILED " + line)
    print(f"{args.calls} calls, {'growth' if found else 'flat'}")
    shutil.rmtree(s.dir, ignore_errors=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
