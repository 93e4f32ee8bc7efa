"""Both ends of an egress connection, as sandboxd speaks: lib/fetch.h over
lib/wire.h."""

import json
import socket
import struct
import time

MAGIC = 0xB01D
HEAD, DATA, DONE, RECORD = 8, 9, 10, 11
FETCH, CANCEL, OPEN = 24, 25, 26
ENDS = (
    "ok not_granted address_refused bad_url bad_scheme bad_header bad_method limit "
    "dns_failed connect_failed tls_failed timeout protocol_error cancelled "
    "egress_unavailable connect_timeout write_timeout pool_timeout"
).split()

ENV = "11111111-1111-4111-8111-111111111111"
ENV2 = "22222222-2222-4222-8222-222222222222"


def frame(kind, payload=b"", ident=0, flags=0, magic=MAGIC, length=None):
    n = len(payload) if length is None else length
    return struct.pack("<HHIII", magic, kind, n, ident, flags) + payload


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<I", len(data)) + data


def encode_open(grants=(), env=ENV, tool="test__tool", trace="trace-1", requests=100,
                transfer=1 << 30, debug=False):
    out = text(env) + text(tool) + text(trace)
    out += struct.pack("<IQBH", requests, transfer, int(debug), len(grants))
    return out + b"".join(text(g) for g in grants)


def encode_fetch(url, method="GET", headers=(), body=None, timeout=0, connect=0, read=0,
                 write=0, pool=0):
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    out = text(method) + text(url) + struct.pack("<H", len(pairs))
    for name, value in pairs:
        out += text(name) + text(value)
    out += struct.pack("<B", body is not None) + text(body or b"")
    return out + struct.pack("<IIIII", *(
        int(seconds * 1000) for seconds in (timeout, connect, read, write, pool)))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, fmt):
        out = struct.unpack_from("<" + fmt, self.data, self.at)
        self.at += struct.calcsize("<" + fmt)
        return out if len(out) > 1 else out[0]

    def text(self):
        n = self.take("I")
        self.at += n
        assert self.at <= len(self.data)
        return self.data[self.at - n:self.at]


class Answer:
    """All that came back for one request."""

    def __init__(self, ident):
        self.id = ident
        self.status = self.version = self.end = self.message = self.record = None
        self.headers = []
        self.chunks = []
        self.received = self.elapsed_us = None

    def header(self, name):
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        return found[-1] if found else None

    def take(self, kind, payload):
        r = Reader(payload)
        if kind == HEAD:
            assert self.status is None and self.end is None, "a second head"
            self.status, self.version = r.take("I"), r.text().decode()
            n = r.take("H")
            self.headers = [(r.text().decode("latin-1"), r.text().decode("latin-1"))
                            for _ in range(n)]
            assert r.at == len(payload)
        elif kind == DATA:
            assert self.status is not None and self.end is None
            self.chunks.append(payload)
        elif kind == DONE:
            assert self.end is None, "a second end"
            end, self.received, self.elapsed_us = r.take("BQQ")
            self.end, self.message = ENDS[end], r.text().decode()
            assert r.at == len(payload)
        elif kind == RECORD:
            assert self.end is not None, "a record before its end"
            assert self.record is None
            self.record = json.loads(payload)
            assert self.record["reason"] == self.end
        else:
            raise AssertionError(f"frame {kind} from egress")

    @property
    def body(self):
        if len(self.chunks) > 1:
            self.chunks = [b"".join(self.chunks)]
        return self.chunks[0] if self.chunks else b""

    @property
    def complete(self):
        return self.record is not None

    def __repr__(self):
        return (f"<{self.id} {self.end} {self.status} {len(self.body)} bytes "
                f"{self.message!r}>")


class Peer:
    """One connection: one run."""

    def __init__(self, path, timeout=20):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(path)
        self.timeout = timeout
        self.buffer = b""
        self.answers = {}
        self.next = 1

    def open(self, *grants, **kw):
        self.sock.sendall(frame(OPEN, encode_open(grants, **kw)))
        return self

    def send(self, url, ident=None, **kw):
        if ident is None:
            ident, self.next = self.next, self.next + 1
        self.answers[ident] = Answer(ident)
        self.sock.sendall(frame(FETCH, encode_fetch(url, **kw), ident))
        return ident

    def cancel(self, ident):
        self.sock.sendall(frame(CANCEL, b"", ident))

    def raw(self, data):
        self.sock.sendall(data)

    def read_frame(self):
        while True:
            if len(self.buffer) >= 16:
                magic, kind, n, ident, flags = struct.unpack_from("<HHIII", self.buffer)
                assert magic == MAGIC and flags == 0
                if len(self.buffer) >= 16 + n:
                    payload = self.buffer[16:16 + n]
                    self.buffer = self.buffer[16 + n:]
                    return kind, ident, payload
            data = self.sock.recv(1 << 16)
            if not data:
                raise EOFError
            self.buffer += data

    def take(self):
        kind, ident, payload = self.read_frame()
        self.answers[ident].take(kind, payload)
        return self.answers[ident]

    def wait(self, ident, until=lambda a: a.complete):
        deadline = time.monotonic() + self.timeout
        while not until(self.answers[ident]):
            assert time.monotonic() < deadline, f"no end: {self.answers[ident]}"
            self.take()
        return self.answers[ident]

    def fetch(self, url, **kw):
        return self.wait(self.send(url, **kw))

    def closed(self):
        """Waits for the other side to close; what it still says is dropped."""
        self.buffer = b""
        try:
            while self.sock.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
        return True

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
