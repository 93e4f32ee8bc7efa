"""Processes that workers hold for their next calls: docs/decisions/0005.

The worker's side is spoken here by hand, well and badly.
"""

import os
import select
import socket
import struct
import time

import pytest

import box

LEASE, BEGIN, DONE, HANDOVER = 5, 6, 7, 12
LEASED, RECLAIM, FETCH = 28, 29, 24
ADD = "async def main(a: int, b: int = 1) -> dict:\n  return {'sum': a + b}"
SPIN = "async def main():\n  while True: pass"
FETCHING = (
    "async def main():\n"
    "  print('before')\n"
    "  try:\n"
    "    await http.get('http://example.com/')\n"
    "  except Exception as e:\n"
    "    print('after')\n"
    "    return str(e)\n"
)

# It may ask, and nothing is granted.
ASKING = {"requests": 3, "transfer": 1 << 20}


def encode_begin(**options):
    return box.encode_run(b"", b"", **options)


class Lease(box.Connection):
    """A connection that asks for a process, and that process's socket."""

    def __init__(self, path, env=box.ENV, concurrency=0):
        super().__init__(path)
        self.data = None
        self.send(LEASE, box.text(env) + struct.pack("<I", concurrency))

    def wait(self, seconds=10):
        """True when it was given; False when it was refused."""
        if not select.select([self.sock], [], [], seconds)[0]:
            raise AssertionError("no answer to LEASE")
        head, fds, _flags, _address = socket.recv_fds(self.sock, 4096, 4)
        _magic, kind, length, _ident, _mark = struct.unpack_from("<HHIII", head)
        if kind == box.EXIT:
            self.buffer = head
            return False
        assert kind == LEASED and len(fds) == 1 and len(head) == 16 + length, head
        self.hold_ms, self.pid = struct.unpack("<II", head[16:])
        self.data = socket.socket(fileno=fds[0])
        self.data.settimeout(20)
        return True

    def run(self, code, args=None, **options):
        begin = {k: v for k, v in options.items() if k != "secrets"}
        self.send(BEGIN, encode_begin(**begin))
        self.data.sendall(box.frame(box.RUN, box.encode_run(code, args, **options)))

    def child(self):
        """The child's frames as a connection would give them."""
        connection = box.Connection.__new__(box.Connection)
        connection.sock, connection.buffer = self.data, b""
        return connection

    def done(self, outcome="result", cut=0, wall_us=1000):
        self.send(DONE, struct.pack("<BIQ", box.OUTCOMES.index(outcome), cut, wall_us))

    def handover(self, rest, output=65536, cut=0, messages=0, amount=0):
        self.send(HANDOVER, struct.pack("<IIIQ", output, cut, messages, amount) + box.text(rest))

    def call(self, code, args=None, **options):
        """A run, its answer, and what sandboxd says to it."""
        self.run(code, args, **options)
        answer, child = box.Answer(), self.child()
        while answer.result is None and answer.error is None:
            answer.take(*child.read())
        self.done("result" if answer.error is None else "tool_error")
        return self.finish(answer)


def lease(s, **options):
    """One that is given; the server is in use first."""
    s.call(ADD, {"a": 1}, env=options.get("env"))

    def give():
        made = Lease(s.socket, **options)
        return made if made.wait() else None

    return box.wait_for(give, what="a lease")


def gone(pid):
    return not os.path.exists("/proc/%d" % pid)


def is_cut_off(connection):
    try:
        return connection.read() is None
    except (ConnectionResetError, BrokenPipeError):
        return True


# --- a good worker ---------------------------------------------------------------


def test_a_call(fresh):
    s = fresh()
    held = lease(s)
    assert s.report()["leases"]["held"] == 1 and s.report()["running"] == 1
    assert not gone(held.pid)
    before = s.report()["calls"]["result"]
    answer = held.call(ADD, {"a": 40, "b": 2}, trace="leased-1")
    assert answer.result == {"sum": 42} and answer.outcome == "result"
    assert answer.exit["rss_kib"] > 1000 and answer.exit["cpu_us"] > 0
    report = box.wait_for(s.at_rest, what="rest")
    assert report["calls"]["result"] == before + 1
    assert report["leases"]["held"] == 0 and report["leases"]["begun"] == 1
    box.wait_for(lambda: gone(held.pid), what="its end")
    assert '"request_id":"leased-1"' in s.log()


def test_secrets_do_not_pass_through_sandboxd(fresh):
    s = fresh()
    held = lease(s)
    answer = held.call("async def main(): return len(secrets['K'])", secrets={"K": "SECRET-MARK"})
    assert answer.result == 11
    assert "SECRET-MARK" not in s.log()


def test_errors_and_output(fresh):
    s = fresh()
    answer = lease(s).call("async def main():\n  print('x' * 10)\n  raise ValueError('no')")
    assert answer.output == "xxxxxxxxxx\n" and answer.error["message"] == "no"
    assert answer.outcome == "tool_error"


@pytest.mark.parametrize(
    "code, outcome, limits",
    [
        (SPIN, "timeout", {"wall_ms": 300}),
        (SPIN, "cpu_limit", {"cpu_ms": 1000}),
        ("import os\nasync def main(): os._exit(3)", "exited", {}),
        ("import ctypes\nasync def main(): ctypes.CDLL(None).ptrace(0)", "forbidden_syscall", {}),
        ("import ctypes\nasync def main(): ctypes.string_at(0)", "crashed", {}),
    ],
)
def test_ends_that_only_the_kernel_tells(bare, code, outcome, limits):
    held = lease(bare)
    held.run(code, **limits)
    assert is_cut_off(held.child())
    answer = held.finish()
    assert answer.outcome == outcome, answer


def test_kill_by_trace_and_by_tool(fresh):
    s = fresh()
    for what, value in ((box.KILL_TRACE, "t-1"), (box.KILL_TOOL, "a__b"), (box.KILL_ENV, box.ENV)):
        held = lease(s)
        held.run(SPIN, trace="t-1", tool="a__b")
        box.wait_for(lambda: s.report()["open_calls"] == 1, what="its beginning")
        assert s.kill_runs(what, value, "stopped") == 1
        answer = held.finish()
        assert (answer.outcome, answer.exit["message"]) == ("cancelled", "stopped")
        box.wait_for(lambda: gone(held.pid), what="its end")


def test_cancel(fresh):
    s = fresh()
    held = lease(s)
    held.run(SPIN)
    held.send(box.CANCEL)
    assert held.finish().outcome == "cancelled"


@pytest.mark.parametrize("begun", [False, True])
def test_closing_kills(fresh, begun):
    s = fresh()
    held = lease(s)
    if begun:
        held.run(SPIN)
        box.wait_for(lambda: s.report()["open_calls"] == 1, what="its beginning")
    held.sock.close()
    box.wait_for(lambda: gone(held.pid), what="its end")
    report = box.wait_for(s.at_rest, what="rest")
    assert report["leases"]["held"] == 0
    held.data.close()


def test_sandboxd_ends(fresh):
    s = fresh()
    held = lease(s)
    held.run(SPIN)
    s.kill()
    assert is_cut_off(held)
    box.wait_for(lambda: gone(held.pid), what="its end")
    assert is_cut_off(held.child())


# --- handing over --------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [1, 7, 100000])
def test_requests_go_through_sandboxd(fresh, pieces):
    s = fresh()
    held = lease(s)
    held.run(FETCHING, **ASKING)
    child = held.child()
    kind, payload = child.read()
    assert (kind, payload) == (box.OUTPUT, b"before\n")
    # What has been read so far, cut anywhere.
    if not child.buffer:
        child.buffer = held.data.recv(pieces)
    held.handover(child.buffer)
    held.data.close()
    answer = held.finish()
    assert answer.output == "after\n" and "example.com" in answer.result, answer
    assert answer.outcome == "result" and answer.exit["requests"] == 1
    direct = s.call(FETCHING, **ASKING)
    assert direct.result == answer.result


def test_budgets_go_along(fresh):
    """Output that the worker saw counts after the handover."""
    s = fresh()
    held = lease(s)
    code = "async def main():\n  print('x' * 50)\n  try: await http.get('http://a.b/')\n  except Exception: pass\n  print('y' * 50)\n  return 1"
    held.run(code, output=60)
    child = held.child()
    assert child.read()[0] == box.OUTPUT
    held.handover(child.buffer, output=9)
    answer = held.finish()
    assert len(answer.output) <= 9 and answer.outcome == "result"
    assert answer.exit["cut"] > 0


def test_garbage_handed_over_ends_the_child(fresh):
    s = fresh()
    held = lease(s)
    held.run(SPIN)
    held.handover(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert held.finish().outcome == "output_limit"
    box.wait_for(lambda: gone(held.pid), what="its end")


# --- fairness ---------------------------------------------------------------------


def test_called_back_when_it_is_idle_for_too_long(fresh):
    s = fresh()
    held = lease(s)
    assert held.hold_ms == 5000
    begun = time.monotonic()
    assert held.read() == (RECLAIM, b"")
    assert held.hold_ms / 1000 <= time.monotonic() - begun <= 8
    # It is not given back.
    answer = held.finish()
    assert answer.outcome == "sandbox_failed" and "gone" in answer.exit["message"]
    box.wait_for(lambda: gone(held.pid), what="its end")
    assert s.report()["leases"]["lost"] == 1


def test_gives_way_to_runs_that_wait(fresh):
    """All places but one are leased: runs get them, within half a second even
    from workers that do not answer."""
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="3", MCPBOX_SANDBOX_MAX_RUNS_SERVER="3")
    held = [lease(s), lease(s)]
    assert not Lease(s.socket).wait()
    begun = time.monotonic()
    spinning = [s.open(SPIN, wall_ms=20000)]
    connection = s.open(ADD, {"a": 1})
    assert held[0].read() == (RECLAIM, b"")
    held[0].close()
    held[0].data.close()
    assert connection.finish().result == {"sum": 2}
    assert time.monotonic() - begun < 5
    # The other one was called back with it, and does not answer.
    assert held[1].read() == (RECLAIM, b"")
    assert held[1].finish().outcome == "sandbox_failed"
    for c in spinning:
        c.close()


def test_other_servers_get_places_too(fresh):
    s = fresh(MCPBOX_SANDBOX_MAX_RUNS="2", MCPBOX_SANDBOX_MAX_RUNS_SERVER="2")
    held = lease(s)
    other = box.new_env()
    spinning = s.open(SPIN, env=other, wall_ms=20000)
    waiting = s.open(ADD, {"a": 1}, env=box.new_env())
    assert held.read() == (RECLAIM, b"")
    held.close()
    assert waiting.finish().result == {"sum": 2}
    spinning.close()


@pytest.mark.parametrize("concurrency", [1, 2])
def test_never_the_last_place_of_a_server(fresh, concurrency):
    s = fresh()
    s.call(ADD, {"a": 1})
    held = []
    for _ in range(concurrency):
        one = Lease(s.socket, concurrency=concurrency)
        if one.wait():
            held.append(one)
    assert len(held) == concurrency - 1
    # The last place is there for a run.
    assert s.call(ADD, {"a": 1}, concurrency=concurrency).result == {"sum": 2}
    for one in held:
        one.close()


def test_no_more_than_the_setting(fresh):
    s = fresh(MCPBOX_SANDBOX_LEASES="2")
    held = [lease(s), lease(s)]
    assert not Lease(s.socket).wait()
    assert s.report()["leases"]["held"] == 2
    for one in held:
        one.close()


def test_none_when_switched_off(fresh):
    s = fresh(MCPBOX_SANDBOX_LEASES="0")
    s.call(ADD, {"a": 1})
    refused = Lease(s.socket)
    assert not refused.wait(2)
    assert refused.finish().outcome == "busy"


def test_many_in_a_row_leave_nothing(fresh):
    s = fresh()
    lease(s).call(ADD, {"a": 1})
    before = box.wait_for(s.at_rest, what="rest")
    for n in range(60):
        held = lease(s)
        if n % 3 == 0:
            assert held.call(ADD, {"a": n}).result == {"sum": n + 1}
        elif n % 3 == 1:
            held.run(SPIN)
        held.close()
        held.data.close()
    after = box.wait_for(s.at_rest, what="rest")
    spares = [sum(z["ready"] for z in r["zygotes"]) for r in (before, after)]
    assert after["descriptors"] - before["descriptors"] == 2 * (spares[1] - spares[0])
    assert after["leases"]["held"] == 0 and after["running"] == 0


# --- a bad worker ---------------------------------------------------------------------

LEASE_FRAME = box.frame(LEASE, box.text(box.ENV) + struct.pack("<I", 0))
BAD_BEGINS = {
    "code": box.encode_run(ADD, b""),
    "arguments": box.encode_run(b"", {"a": 1}),
    "secrets": box.encode_run(b"", b"", secrets={"A": "b"}),
    "check": encode_begin(kind=box.CHECK),
    "trial with hosts": encode_begin(kind=box.TRIAL, hosts=["example.com:443"]),
    "another server": encode_begin(env="22222222-2222-4222-8222-222222222222"),
    "a rate": encode_begin(rate=10),
    "no limits": encode_begin(wall_ms=0),
    "cut": encode_begin()[:-1],
    "empty": b"",
}


@pytest.mark.parametrize("name", sorted(BAD_BEGINS))
def test_begin_is_judged(fresh, name):
    s = fresh()
    held = lease(s)
    held.send(BEGIN, BAD_BEGINS[name])
    assert is_cut_off(held)
    box.wait_for(lambda: gone(held.pid), what="its end")
    assert box.wait_for(s.at_rest, what="rest")["leases"]["held"] == 0


OUT_OF_TURN = {
    "begin first": box.frame(BEGIN, encode_begin()),
    "done first": box.frame(DONE, struct.pack("<BIQ", 0, 0, 1)),
    "handover first": box.frame(HANDOVER, struct.pack("<IIIQ", 0, 0, 0, 0) + box.text(b"")),
    "run after lease": LEASE_FRAME + box.frame(box.RUN, box.encode_run(ADD, {"a": 1})),
    "two leases": LEASE_FRAME + LEASE_FRAME,
    "done before begin": LEASE_FRAME + box.frame(DONE, struct.pack("<BIQ", 0, 0, 1)),
    "no server": box.frame(LEASE, box.text("") + struct.pack("<I", 0)),
    "a path": box.frame(LEASE, box.text("../../../../etc/passwd") + struct.pack("<I", 0)),
    "too long": box.frame(LEASE, box.text("x" * 240) + struct.pack("<I", 0)),
}


@pytest.mark.parametrize("name", sorted(OUT_OF_TURN))
def test_out_of_turn(enforced, name):
    connection = enforced.connect()
    connection.sock.sendall(OUT_OF_TURN[name])
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            got = connection.read()
        except (ConnectionResetError, AssertionError):
            break
        if got is None:
            break
        assert got[0] == LEASED, got
    else:
        raise AssertionError("still connected")
    assert enforced.call(ADD, {"a": 1}).result == {"sum": 2}


@pytest.mark.parametrize("outcome", ["timeout", "forbidden_syscall", "cancelled", "busy"])
def test_what_the_kernel_says_is_not_the_workers_to_say(fresh, outcome):
    s = fresh()
    held = lease(s)
    held.run(SPIN)
    held.done(outcome)
    assert is_cut_off(held)
    box.wait_for(lambda: gone(held.pid), what="its end")


def test_a_run_that_was_not_told_does_not_outlive_its_lease(fresh):
    s = fresh()
    held = lease(s)
    held.data.sendall(box.frame(box.RUN, box.encode_run(SPIN)))
    assert held.read() == (RECLAIM, b"")
    assert held.finish().outcome == "sandbox_failed"
    box.wait_for(lambda: gone(held.pid), what="its end")


def test_a_child_cannot_pass_descriptors(bare):
    """It has write and no sendmsg: what a worker reads brings bytes only."""
    held = lease(bare)
    code = (
        "import ctypes\n"
        "async def main():\n"
        "  return ctypes.CDLL(None).sendmsg(3, 0, 0)\n"
    )
    held.run(code)
    assert is_cut_off(held.child())
    assert held.finish().outcome == "forbidden_syscall"
