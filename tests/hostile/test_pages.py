"""The tricks that make children cheap: each off and on, and what a tool could
do with them.  Only addresses are learned, never what is at them."""

import os

import pytest

import box
from test_attacks import KILLED, run
from test_recovery import children, zygotes

SWITCHES = "LEAN_FORK REHEARSE POPULATE LEARN PIN PACK HUGE_TEXT HUGE_HEAP".split()
ADD = "async def main(a: int, b: int = 1) -> dict:\n  return {'sum': a + b}"
# A mark in memory that a call wrote, in many pages, and in no argument.
PLANT = """
marks = []
async def main():
    marks.extend(bytearray(b'p1an' + b'ted!' * 2000) for _ in range(200))
    return len(marks)
"""
# Every writable page of the process, looked through for it.
HARVEST = """
import ctypes, gc
async def main():
    word = b'p1an' + b'ted!' * 8
    found = [o for o in gc.get_objects() if isinstance(o, (bytes, bytearray)) and word in o]
    block = ctypes.create_string_buffer(8 << 20)
    return len(found) + (word in bytes(block))
"""
# Hundreds of mappings and a lot of fresh memory in each call.
SPRAWL = """
import mmap
async def main():
    held = [mmap.mmap(-1, 3 * 4096) for _ in range(300)]
    for m in held: m[4096] = 1
    fill = [bytearray(100000) for _ in range(200)]
    return len(held) + len(fill)
"""


def zygote_of(s, env=box.ENV):
    return next(z for z in s.report()["zygotes"] if z["server"] == env)


def spares(s):
    """Pids of the idle children of all zygotes."""
    return [c for z in zygotes(s) for c in children(z)]


def private_kib(pid):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Private_"))


def rest(s):
    return all(z["warming"] == z["dying"] == z["busy"] == 0 for z in s.report()["zygotes"])


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("state", ["off", "on"])
def test_each_switch(fresh, switch, state):
    s = fresh(**{"MCPBOX_SANDBOX_" + switch: state, "MCPBOX_LANGUAGE_POLICY": "off"})
    for a in range(4):
        answer = s.call(ADD, {"a": a, "b": 40})
        assert answer.result == {"sum": a + 40}, answer
    assert run(s, sorted(KILLED)[0]).outcome == "forbidden_syscall"
    values = [s.call("import random\nasync def main(): return random.random()").result for _ in range(3)]
    assert len(set(values)) == 3


def test_all_off(fresh):
    s = fresh(**{"MCPBOX_SANDBOX_" + name: "off" for name in SWITCHES})
    assert s.call(ADD, {"a": 2, "b": 40}).result == {"sum": 42}
    zygote = zygote_of(s)
    assert (zygote["pinned"], zygote["learning"], zygote["pages"]) == (False, "off", 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="a plain user may not look")
def test_learning(fresh):
    s = fresh()
    for _ in range(3):
        s.call(ADD, {"a": 1})
    zygote = zygote_of(s)
    assert zygote["learning"] == "on"
    assert 50 <= zygote["pages"] <= 512, zygote
    # Checks read tools, and drafts do not come again: nothing is learned.
    assert next(z for z in s.report()["zygotes"] if z["server"] == "check")["pages"] == 0
    other = box.new_env()
    for _ in range(3):
        s.call(ADD, {"a": 1}, kind=box.TRIAL, env=other)
    assert zygote_of(s, other)["pages"] == 0


def test_plain_user_learns_nothing_and_says_so(plain):
    for _ in range(3):
        assert plain.call(ADD, {"a": 1}).result == {"sum": 2}
    zygote = zygote_of(plain)
    assert (zygote["learning"], zygote["pages"]) == ("refused", 0)


def test_nothing_but_addresses(fresh):
    s = fresh(MCPBOX_LANGUAGE_POLICY="off")
    for _ in range(4):
        assert s.call(PLANT).result == 200
        assert s.call(HARVEST).result == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="smaps of other users")
def test_sprawl_is_bounded(fresh):
    s = fresh(MCPBOX_LANGUAGE_POLICY="off")
    for n in range(40):
        answer = s.call(SPRAWL + "# %d" % n)
        assert answer.result == 500, answer
    assert s.call(ADD, {"a": 1}).result == {"sum": 2}
    box.wait_for(lambda: rest(s), what="rest")
    assert zygote_of(s)["pages"] <= 512
    assert spares(s)
    # 512 pages, and what the lockdown takes.
    assert max(map(private_kib, spares(s))) <= 2048 + 576


@pytest.mark.skipif(os.geteuid() != 0, reason="smaps of other users")
def test_idle_spare_is_small(fresh):
    s = fresh()
    for _ in range(6):
        s.call(ADD, {"a": 1})
    box.wait_for(lambda: rest(s) and zygote_of(s)["ready"] > 0, what="a spare")
    assert max(map(private_kib, spares(s))) <= 1024


@pytest.mark.skipif(os.geteuid() != 0, reason="fd of other users")
def test_the_ring_stays_with_the_zygote(fresh):
    """What pins pages is open in zygotes, closed in children."""
    s = fresh()
    s.call(ADD, {"a": 1})
    if not zygote_of(s)["pinned"]:
        pytest.skip("no io_uring here")
    box.wait_for(lambda: rest(s) and zygote_of(s)["ready"] > 0, what="a spare")

    def rings(pid):
        links = []
        for fd in os.listdir("/proc/%d/fd" % pid):
            try:
                links.append(os.readlink("/proc/%d/fd/%s" % (pid, fd)))
            except OSError:
                pass
        return [link for link in links if "io_uring" in link]

    assert any(rings(z) for z in zygotes(s))
    assert spares(s) and not any(rings(c) for c in spares(s))


def test_ring_calls_kill(bare):
    """A child cannot make a ring of its own."""
    code = (
        "import ctypes\n"
        "async def main(n: int):\n"
        "  return ctypes.CDLL(None).syscall(n, 1, 0)\n"
    )
    for number in (425, 426, 427):
        assert bare.call(code, {"n": number}).outcome == "forbidden_syscall"
    # Populating is for before the lockdown.
    code = (
        "import ctypes\n"
        "async def main():\n"
        "  b = ctypes.create_string_buffer(1 << 16)\n"
        "  at = (ctypes.addressof(b) + 4095) & ~4095\n"
        "  return ctypes.CDLL(None).madvise(ctypes.c_void_p(at), 4096, 23)\n"
    )
    assert bare.call(code).outcome == "forbidden_syscall"
