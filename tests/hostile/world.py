"""A sandboxd with a network, and tools that speak the frames themselves.

The world (name server, web server) is that of tests/egress: two network
namespaces with a cable between them.  sandboxd, and with it mcpbox-egress,
runs in one; everything it can reach lives in the other.
"""

import os
import sys

import box

sys.path.append(os.path.join(box.ROOT, "tests", "egress"))

import dns  # noqa: E402
import net as network  # noqa: E402
import web  # noqa: E402

HOST = "good.test"
GRANT = HOST + ":80"
URL = "http://" + HOST
LIMITS = {"requests": 100, "transfer": 1 << 30}


class World:
    """Must be made in a thread of its own: it moves to another namespace."""

    def __init__(self, net):
        self.net = net
        self.dns = dns.Server(network.DNS)
        self.dns.set(HOST, [network.PUBLIC])
        self.web = web.Server(80)

    def sandboxd(self, **settings):
        settings.setdefault("MCPBOX_EGRESS_DNS", network.DNS + ":53")
        settings.setdefault("MCPBOX_LANGUAGE_POLICY", "off")
        return box.Sandboxd(wrap=["nsenter", "--net=" + self.net.path(self.net.inside)], **settings)


def make():
    net = network.Net()
    try:
        net.up()
        return net, net.inside_of(net.world, lambda: World(net))
    except BaseException:
        net.down()
        raise


# What a tool needs to ask by itself; lib/wire.h and lib/fetch.h once more.
KIT = '''
import os, select, struct

HEAD, DATA, DONE, FETCH, CANCEL, OPEN = 8, 9, 10, 24, 25, 26
ENDS = ("ok not_granted address_refused bad_url bad_scheme bad_header bad_method limit dns_failed "
        "connect_failed tls_failed timeout protocol_error cancelled egress_unavailable "
        "connect_timeout write_timeout pool_timeout").split()

def frame(kind, payload=b"", ident=1, flags=0, length=None):
    n = len(payload) if length is None else length
    return struct.pack("<HHIII", 0xB01D, kind, n, ident, flags) + payload

def send(data):
    view = memoryview(data)
    while view:
        view = view[os.write(3, view):]

def text(b):
    b = b.encode() if isinstance(b, str) else b
    return struct.pack("<I", len(b)) + b

def request(url, method="GET", headers=(), body=None, timeout=0):
    out = text(method) + text(url) + struct.pack("<H", len(headers))
    for name, value in headers:
        out += text(name) + text(value)
    return out + struct.pack("<B", body is not None) + text(body or b"") + struct.pack("<IIIII", timeout, 0, 0, 0, 0)

def ask(ident, url, **kw):
    send(frame(FETCH, request(url, **kw), ident))

class Inbox:
    def __init__(self):
        self.buffer = bytearray()
        self.answers = {}

    def answer(self, ident):
        return self.answers.setdefault(ident, {"status": None, "n": 0, "body": b"", "end": None, "message": None})

    def one(self):
        while len(self.buffer) < 16 or len(self.buffer) < 16 + struct.unpack_from("<I", self.buffer, 4)[0]:
            data = os.read(3, 65536)
            assert data, "closed"
            self.buffer += data
        magic, kind, n, ident, flags = struct.unpack_from("<HHIII", self.buffer)
        payload = bytes(self.buffer[16:16 + n])
        del self.buffer[:16 + n]
        assert magic == 0xB01D and flags == 0 and kind in (HEAD, DATA, DONE), (magic, kind, flags)
        a = self.answer(ident)
        assert a["end"] is None, "after the end"
        if kind == HEAD:
            assert a["status"] is None
            a["status"] = struct.unpack_from("<I", payload)[0]
        elif kind == DATA:
            assert a["status"] is not None
            a["n"] += n
            a["body"] = (a["body"] + payload)[:2000]
        else:
            end, received, us, m = struct.unpack_from("<BQQI", payload)
            a["end"] = ENDS[end]
            a["message"] = payload[21:].decode()
            assert len(payload) == 21 + m
        return ident, kind

    def until(self, *idents):
        while any(self.answer(i)["end"] is None for i in idents):
            self.one()
        return [dict(self.answers[i], body=self.answers[i]["body"].decode("latin-1")) for i in idents]

def get(url, ident=1, **kw):
    box = Inbox()
    ask(ident, url, **kw)
    return box.until(ident)[0]
'''
