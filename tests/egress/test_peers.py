"""Hostile peers on the Unix socket: each loses its own connection, no more."""

import os
import random
import struct
import subprocess
import sys
import time
import uuid

import pytest
from wire import (CANCEL, DONE, FETCH, HEAD, OPEN, Answer, Peer, encode_fetch, encode_open,
                  frame, text)

U = "http://good.test/"
GOOD_OPEN = frame(OPEN, encode_open(["good.test:80"]))


@pytest.fixture(autouse=True)
def lives(egress, world):
    """Whatever a test does, others go on as before."""
    yield
    with egress.peer("good.test:80") as p:
        assert p.fetch(U).end == "ok"
    assert egress.process.poll() is None


BAD_FIRST = {
    "fetch": frame(FETCH, encode_fetch(U), 1),
    "cancel": frame(CANCEL, b"", 1),
    "open with a number": frame(OPEN, encode_open(), 1),
    "open with flags": frame(OPEN, encode_open(), 0, 1),
    "empty open": frame(OPEN, b""),
    "short open": frame(OPEN, encode_open()[:-1]),
    "long open": frame(OPEN, encode_open() + b"\0"),
    "open, bad env": frame(OPEN, encode_open(env="x" * 36)),
    "open, env with a path": frame(OPEN, encode_open(env="../" * 12)),
    "open, control characters": frame(OPEN, encode_open(tool="a\nb")),
    "open, not UTF-8": frame(OPEN, encode_open(trace=b"\xff")),
    "open, grant with a line": frame(OPEN, encode_open(["a\nb:80"])),
    "open, long grant": frame(OPEN, encode_open(["a" * 301])),
    "open, many grants": frame(OPEN, encode_open(["a.test:80"] * 257)),
    "open, false count": frame(OPEN, encode_open()[:-2] + b"\xff\xff"),
    "open, debug 2": frame(OPEN, encode_open()[:-3] + b"\x02\0\0"),
    "answer": frame(HEAD, b"\0" * 20, 1),
    "end": frame(DONE, b"\0" * 21, 1),
    "unknown": frame(99, b"", 1),
    "run": frame(1, b"", 1),
    "result": frame(19, b"{}", 1),
    "magic": frame(OPEN, encode_open(), magic=0xB01C),
    "length": frame(OPEN, b"", length=0xFFFFFFFF),
    "length over its cap": frame(OPEN, b"", length=256 * 1024 + 1),
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "zeros": b"\0" * 64,
    "ones": b"\xff" * 64,
}


@pytest.mark.parametrize("what", BAD_FIRST)
def test_bad_first_frame(egress, what):
    with Peer(egress.path) as p:
        p.raw(BAD_FIRST[what])
        assert p.closed()


def request(**kw):
    return encode_fetch(U, **kw)


def bad_request(name, value):
    """A request with one field replaced."""
    parts = {"method": text("GET"), "url": text(U), "count": struct.pack("<H", 0), "pairs": b"",
             "has": b"\0", "body": text(b""), "timeout": struct.pack("<I", 0),
             "rest": struct.pack("<IIII", 0, 0, 0, 0)}
    parts[name] = value
    return b"".join(parts.values())


BAD_SECOND = {
    "second open": GOOD_OPEN,
    "fetch number 0": frame(FETCH, request(), 0),
    "fetch with flags": frame(FETCH, request(), 1, 1),
    "cancel number 0": frame(CANCEL, b"", 0),
    "cancel with bytes": frame(CANCEL, b"x", 1),
    "empty": frame(FETCH, b"", 1),
    "short": frame(FETCH, request()[:-1], 1),
    "long": frame(FETCH, request() + b"\0", 1),
    "long method": frame(FETCH, request(method="A" * 33), 1),
    "long url": frame(FETCH, encode_fetch("http://good.test/" + "a" * 8192), 1),
    "101 headers": frame(FETCH, request(headers=[("a", "b")] * 101), 1),
    "64 KiB of headers": frame(FETCH, request(headers=[("a", "b" * 65536)]), 1),
    "false count of headers": frame(FETCH, bad_request("count", b"\xff\xff"), 1),
    "false length": frame(FETCH, bad_request("url", struct.pack("<I", 0xFFFFFFF0)), 1),
    "has a body, perhaps": frame(FETCH, bad_request("has", b"\x02"), 1),
    "no body, with bytes": frame(FETCH, bad_request("body", text(b"x")), 1),
    "long time": frame(FETCH, request(timeout=300.001), 1),
    "long time to connect": frame(FETCH, request(connect=4000000), 1),
    "long time to read": frame(FETCH, request(read=300.001), 1),
    "long time to write": frame(FETCH, request(write=300.001), 1),
    "long time to wait": frame(FETCH, request(pool=300.001), 1),
    "body over its cap": frame(FETCH, request(body=b"x" * (8 * 1024 * 1024 + 1)), 1),
    "frame over its cap": frame(FETCH, b"", 1, length=9 * 1024 * 1024 + 1),
    "output": frame(16, b"x", 1),
    "answer": frame(HEAD, b"", 1),
    "noise": os.urandom(64),
}


@pytest.mark.parametrize("what", BAD_SECOND)
def test_bad_second_frame(egress, world, what):
    with Peer(egress.path) as p:
        p.raw(GOOD_OPEN + BAD_SECOND[what])
        assert p.closed()
    assert world.reached() == []


def test_number_of_a_request_in_flight(egress, world):
    with egress.peer("good.test:80") as p:
        p.send("http://good.test/silent", ident=5)
        p.raw(frame(FETCH, request(), 5))
        assert p.closed()


def test_number_of_a_request_that_waits(egress, world):
    with egress.peer("good.test:80") as p:
        for i in range(1, 18):
            p.send("http://good.test/silent", ident=i)
        p.raw(frame(FETCH, request(), 17))
        assert p.closed()


def test_bad_frame_ends_requests_in_flight(egress, world):
    with egress.peer("good.test:80") as p:
        p.send("http://good.test/silent")
        world.until(lambda: world.web.requests, what="the request")
        p.raw(b"\0" * 16)
        assert p.closed()
        world.until(world.web.gone.is_set, what="the server sees the end")


def test_bytes_one_by_one(egress, world):
    with Peer(egress.path) as p:
        p.answers[1] = Answer(1)
        for b in GOOD_OPEN + frame(FETCH, request(), 1):
            p.raw(bytes([b]))
        assert p.wait(1).end == "ok"


def test_everything_at_once(egress, world):
    with Peer(egress.path) as p:
        for i in range(1, 40):
            p.answers[i] = Answer(i)
        p.raw(GOOD_OPEN + b"".join(frame(FETCH, request(), i) for i in range(1, 40)))
        for i in range(1, 40):
            assert p.wait(i).end == "ok"


def test_end_of_file_at_every_place(egress):
    data = GOOD_OPEN + frame(FETCH, request(), 1)
    for n in range(0, len(data), 7):
        with Peer(egress.path) as p:
            p.raw(data[:n])


def test_peers_that_say_nothing(egress):
    """They take a place for ten seconds, not for ever, and not from others."""
    start = time.monotonic()
    idle = [Peer(egress.path) for _ in range(5)]
    with egress.peer("good.test:80") as p:
        assert p.fetch(U).end == "ok"
    for p in idle:
        assert p.closed()
        p.close()
    assert 8 < time.monotonic() - start < 15


def test_no_end_of_requests(egress, world):
    """Beyond its limit a run is answered, a thousand times, not without end."""
    p = egress.peer("good.test:80", requests=0, trace="no-end")
    n = 0
    try:
        while n < 3000:
            n += 1
            p.fetch(U)
    except (EOFError, ConnectionError):
        pass
    assert 1000 <= n < 1010
    p.close()
    assert len(egress.requests(trace="no-end")) <= 1001


def test_endless_cancels_hold_up_nobody(egress, world):
    with egress.peer("good.test:80") as p, egress.peer("good.test:80") as q:
        p.sock.setblocking(False)
        data = frame(CANCEL, b"", 99) * 10000
        for _ in range(20):
            try:
                p.sock.send(data)
            except BlockingIOError:
                pass
            start = time.monotonic()
            assert q.fetch(U).end == "ok"
            assert time.monotonic() - start < 1


def test_noise(egress):
    """Frames of random kinds and bytes, many times, with a seed that is told."""
    seed = int.from_bytes(os.urandom(4), "little")
    rnd = random.Random(seed)
    print("seed", seed)
    for _ in range(300):
        with Peer(egress.path) as p:
            data = GOOD_OPEN if rnd.random() < 0.7 else b""
            for _ in range(rnd.randrange(4)):
                body = bytearray(rnd.choice([request(), encode_open(), rnd.randbytes(40), b""]))
                for _ in range(rnd.randrange(3)):
                    if body:
                        body[rnd.randrange(len(body))] = rnd.randrange(256)
                data += frame(rnd.choice([OPEN, FETCH, CANCEL, rnd.randrange(40)]), bytes(body),
                              rnd.randrange(3), rnd.choice([0, 0, 0, 1]))
            try:
                p.raw(data)
            except ConnectionError:
                pass


# --- who may connect -----------------------------------------------------------------

KNOCK = """
import os, socket, sys
os.setgroups([]); os.setgid({uid}); os.setuid({uid})
s = socket.socket(socket.AF_UNIX); s.settimeout(5)
s.connect(sys.argv[1])
try:
    s.sendall(bytes.fromhex(sys.argv[2]))
    sys.exit(0 if s.recv(16) else 7)
except ConnectionError:
    sys.exit(7)
"""


@pytest.mark.parametrize("uid, code", [(12345, 7), (999999, 0), (0, 0)])
def test_strangers(egress, uid, code):
    """Root and its own user are answered; another is not, though the mode would let it."""
    os.chmod(egress.path, 0o666)
    try:
        data = (GOOD_OPEN + frame(FETCH, request(), 1)).hex()
        got = subprocess.run([sys.executable, "-c", KNOCK.format(uid=uid), egress.path, data],
                             check=False).returncode
    finally:
        os.chmod(egress.path, 0o600)
    assert got == code
    if code:
        assert any(x["message"] == "a stranger connected" and x["peer_uid"] == uid
                   for x in egress.lines())


def test_more_peers_than_places(make_egress, world):
    with make_egress(egress_max_connections=3) as e:
        peers = [e.peer("good.test:80", env=str(uuid.uuid4())) for _ in range(3)]
        assert all(p.fetch(U).end == "ok" for p in peers)
        late = e.peer("good.test:80")
        i = late.send(U)
        late.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.take()
        late.sock.settimeout(10)
        peers[0].close()
        assert late.wait(i).end == "ok"
        for p in peers + [late]:
            p.close()


def test_env_of_the_nil_uuid_is_fine(egress, world):
    with egress.peer("good.test:80", env="00000000-0000-0000-0000-000000000000") as p:
        assert p.fetch(U).end == "ok"
