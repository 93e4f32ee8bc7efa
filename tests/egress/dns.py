"""A name server that does as it is told."""

import ipaddress
import socket
import struct
import threading
import time

A, CNAME, AAAA = 1, 5, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5


def encode_name(name):
    out = b""
    for label in name.rstrip(".").split("."):
        out += bytes([len(label)]) + label.encode()
    return out + b"\0"


def decode_name(data, at):
    labels = []
    while data[at]:
        n = data[at]
        labels.append(data[at + 1:at + 1 + n].decode("latin-1").lower())
        at += n + 1
    return ".".join(labels), at + 1


def record(name, kind, value, ttl):
    data = encode_name(value) if kind == CNAME else ipaddress.ip_address(value).packed
    return encode_name(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


class Name:
    """What one name answers.  `rounds`: a list of address lists, one for each
    lookup (an A and an AAAA question), the last one again and again."""

    def __init__(self, *rounds, ttl=0, chain=0, rcode=NOERROR, drop=False, truncate=False,
                 delay=0, garbage=None, slow_aaaa=0):
        self.rounds = rounds or ((),)
        self.ttl, self.chain, self.rcode, self.drop = ttl, chain, rcode, drop
        self.truncate, self.delay, self.garbage = truncate, delay, garbage
        self.slow_aaaa = slow_aaaa
        self.asked = {A: 0, AAAA: 0}


class Server:
    def __init__(self, address, port=53):
        self.address, self.port = address, port
        self.names = {}
        self.questions = []  # (name, type, transport)
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, port))
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((address, port))
        self.tcp.listen(16)
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def set(self, name, *rounds, **kw):
        self.names[name] = Name(*rounds, **kw)
        return name

    def lookups(self, name):
        return sum(1 for n, kind, _ in list(self.questions) if n == name and kind == A)

    def answer(self, data, transport):
        ident, = struct.unpack_from(">H", data)
        name, at = decode_name(data, 12)
        kind, = struct.unpack_from(">H", data, at)
        question = data[12:at + 4]
        self.questions.append((name, kind, transport))
        it = self.names.get(name)
        if it is None:
            return struct.pack(">HHHHHH", ident, 0x8180 | NXDOMAIN, 1, 0, 0, 0) + question
        if it.drop:
            return None
        if it.garbage is not None:
            return it.garbage(ident, question)
        n = it.asked.get(kind, 0)
        it.asked[kind] = n + 1
        delay = it.delay + (it.slow_aaaa if kind == AAAA else 0)
        if delay:
            time.sleep(delay)
        if it.truncate and transport == "udp":
            return struct.pack(">HHHHHH", ident, 0x8380, 1, 0, 0, 0) + question
        owner, records = name, []
        for i in range(it.chain):
            alias = f"hop{i}.{name}"
            records.append(record(owner, CNAME, alias, it.ttl))
            owner = alias
        addresses = it.rounds[min(n, len(it.rounds) - 1)]
        version = {A: 4, AAAA: 6}.get(kind)
        records += [record(owner, kind, a, it.ttl) for a in addresses
                    if ipaddress.ip_address(a).version == version]
        return (struct.pack(">HHHHHH", ident, 0x8180 | it.rcode, 1, len(records), 0, 0)
                + question + b"".join(records))

    def serve_udp(self):
        while True:
            data, peer = self.udp.recvfrom(4096)
            threading.Thread(target=self.one_udp, args=(data, peer), daemon=True).start()

    def one_udp(self, data, peer):
        out = self.answer(data, "udp")
        if out is not None:
            self.udp.sendto(out, peer)

    def serve_tcp(self):
        while True:
            conn, _ = self.tcp.accept()
            threading.Thread(target=self.one_tcp, args=(conn,), daemon=True).start()

    def one_tcp(self, conn):
        with conn:
            while True:
                head = conn.recv(2)
                if len(head) < 2:
                    return
                n, = struct.unpack(">H", head)
                data = b""
                while len(data) < n:
                    data += conn.recv(n - len(data))
                out = self.answer(data, "tcp")
                if out is not None:
                    conn.sendall(struct.pack(">H", len(out)) + out)
