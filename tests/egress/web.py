"""Web servers, honest ones and others.

Every server listens on all addresses of the world at once and remembers which
one a connection came to: a request that should not have left is seen wherever
it goes.
"""

import gzip
import json
import socket
import ssl
import threading
import time
import urllib.parse
import zlib


class Request:
    def __init__(self, conn, number, to, peer):
        self.conn, self.number, self.to, self.peer = conn, number, to, peer
        self.method = self.path = self.version = None
        self.headers = []
        self.body = b""

    def header(self, name):
        found = [v for k, v in self.headers if k.lower() == name]
        return found[-1] if found else None

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(self.path.partition("?")[2]))

    def send(self, data):
        self.conn.sendall(data)

    def reply(self, body=b"", status=200, headers=(), length=True):
        out = f"HTTP/1.1 {status} X\r\n".encode()
        if length:
            out += f"Content-Length: {len(body)}\r\n".encode()
        for name, value in headers:
            out += name.encode() + b": " + (
                value if isinstance(value, bytes) else value.encode("latin-1")) + b"\r\n"
        self.send(out + b"\r\n" + body)


class Server:
    def __init__(self, port, tls=None, pages=None):
        self.port, self.tls = port, tls
        self.pages = pages or PAGES
        self.connections = []  # (address it came to)
        self.requests = []
        self.gone = threading.Event()  # set when a flood's reader has gone
        self.stop = False
        self.listeners = []
        for family, any_address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            s = socket.socket(family, socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # The kernel must not swallow what a page does not take.
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            s.bind((any_address, port))
            s.listen(128)
            self.listeners.append(s)
            threading.Thread(target=self.accept, args=(s,), daemon=True).start()

    def reset(self):
        self.connections, self.requests = [], []
        self.gone = threading.Event()

    def accept(self, s):
        while True:
            conn, peer = s.accept()
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            to = conn.getsockname()[0]
            self.connections.append(to)
            threading.Thread(target=self.serve, args=(conn, len(self.connections), to, peer[0]),
                             daemon=True).start()

    def serve(self, conn, number, to, peer):
        try:
            if self.tls is not None:
                conn = self.tls.wrap_socket(conn, server_side=True)
                if conn.selected_alpn_protocol() == "h2":
                    import web2
                    web2.serve(self, conn, number, to, peer)
                    return
            while self.one(conn, number, to, peer):
                pass
        except (OSError, ValueError):
            self.gone.set()
        finally:
            try:
                conn.close()
            except OSError:
                pass

    def one(self, conn, number, to, peer):
        data = b""
        while b"\r\n\r\n" not in data:
            more = conn.recv(65536)
            if not more:
                return False
            data += more
            if data[0] == 0x16:  # TLS
                conn.sendall(b"HTTP/1.1 400 Plain HTTP here\r\nContent-Length: 0\r\n\r\n")
                return False
        head, _, rest = data.partition(b"\r\n\r\n")
        r = Request(conn, number, to, peer)
        lines = head.decode("latin-1").split("\r\n")
        r.method, r.path, r.version = lines[0].split(" ")
        r.headers = [tuple(x.split(": ", 1)) if ": " in x else (x.rstrip(":"), "")
                     for x in lines[1:]]
        n = int(r.header("content-length") or 0)
        self.requests.append(r)
        if "late-body" not in r.path:
            while len(rest) < n:
                more = conn.recv(65536)
                if not more:
                    return False
                rest += more
            r.body = rest[:n]
        path = r.path.partition("?")[0]
        page = self.pages.get(path, hello)
        return page(self, r) is not False


def hello(server, r):
    r.reply(b"hello " + r.path.encode("latin-1"), headers=[("X-Connection", str(r.number))])


def echo(server, r):
    r.reply(json.dumps({"method": r.method, "path": r.path, "headers": r.headers,
                        "body": r.body.decode("latin-1"), "to": r.to}).encode(),
            headers=[("Content-Type", "application/json")])


def redirect(server, r):
    r.reply(b"elsewhere", status=int(r.query.get("status", 302)),
            headers=[("Location", r.query["to"])])


def status(server, r):
    n = int(r.query["n"])
    if n in (204, 304):
        r.reply(status=n, length=False)
    else:
        r.reply(b"body", status=n)


def big(server, r):
    n = int(r.query["n"])
    r.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % n)
    chunk = b"x" * 65536
    while n > 0:
        r.send(chunk[:n])
        n -= len(chunk)


def flood(server, r):
    r.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    while True:
        r.send(chunk)


def endless(server, r):
    r.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        r.send(b"x" * 65536)


def trickle(server, r):
    """Bytes of an answer's body, one at a time, for ever."""
    r.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        r.send(b"1\r\nx\r\n")
        time.sleep(0.05)


def slow_head(server, r):
    """A status line, and then a header that never ends."""
    r.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        r.send(b"x")
        time.sleep(0.05)


def silent(server, r):
    while r.conn.recv(65536):
        pass
    server.gone.set()
    return False


def headers(server, r):
    n, size = int(r.query.get("n", 1)), int(r.query.get("size", 1))
    r.reply(b"body", headers=[(f"H{i}", "v" * size) for i in range(n)])


def header_flood(server, r):
    r.send(b"HTTP/1.1 200 OK\r\n")
    i = 0
    while True:
        i += 1
        r.send(b"H%d: v\r\n" % i)


def interim_flood(server, r):
    while True:
        r.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 10)


def interim(server, r):
    r.send(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")
    r.reply(b"after hints")


def trailers(server, r):
    r.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
           b"5\r\nhello\r\n0\r\nX: y\r\n\r\n")


def folded(server, r):
    r.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: a\r\n b\r\n\r\n")


def switching(server, r):
    r.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhi")
    return False


def raw(server, r):
    """Whatever the test says, then the end."""
    r.send(bytes.fromhex(r.query.get("hex", "")))
    return False


def deaf(server, r):
    """Takes the head of a request, and nothing of its body."""
    time.sleep(10)
    return False


def stop_half(server, r):
    r.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
    while r.conn.recv(65536):
        pass
    return False


def together(server, r):
    """Answers when so many requests have come: none is done before the last began."""
    deadline = time.monotonic() + 15
    while len(server.requests) < int(r.query["n"]) and time.monotonic() < deadline:
        time.sleep(0.005)
    r.reply(b"all here")


def no_answer(server, r):
    return False


def late_close(server, r):
    """Answers, then closes without a word when the next request comes."""
    r.reply(b"once", headers=[("X-Connection", str(r.number))])
    r.conn.recv(65536)
    server.gone.set()
    return False


def reset(server, r):
    r.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return False


def encoded(server, r):
    kind, plain = r.query["kind"], b"plain text " * 100
    if kind in ("gzip", "x-gzip", "GZIP"):
        body = gzip.compress(plain)
    elif kind == "deflate":
        body = zlib.compress(plain)
    elif kind == "raw":
        kind, body = "deflate", zlib.compress(plain)[2:-4]
    elif kind == "members":
        kind, body = "gzip", gzip.compress(plain[:500]) + gzip.compress(plain[500:])
    elif kind == "truncated":
        kind, body = "gzip", gzip.compress(plain)[:-12]
    elif kind == "corrupt":
        kind, body = "gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 200
    else:
        body = b"whatever"  # br, zstd, identity: passed on
    if r.query.get("n"):
        body = plain[:0]
    r.reply(body, headers=[("Content-Encoding", kind)])


def make_bomb():
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"\0" * (1 << 20)
    return b"".join(z.compress(block) for _ in range(256)) + z.flush()


BOMB = make_bomb()


def bomb(server, r):
    """A quarter of a gigabyte in a quarter of a megabyte."""
    r.reply(BOMB, headers=[("Content-Encoding", "gzip")])


PAGES = {
    "/echo": echo, "/redirect": redirect, "/status": status, "/big": big, "/flood": flood,
    "/endless": endless, "/trickle": trickle, "/slow-head": slow_head, "/silent": silent,
    "/headers": headers, "/header-flood": header_flood, "/interim-flood": interim_flood,
    "/interim": interim, "/trailers": trailers, "/folded": folded, "/switching": switching,
    "/raw": raw, "/no-answer": no_answer, "/late-close": late_close, "/reset": reset,
    "/encoded": encoded, "/bomb": bomb, "/late-body": silent, "/together": together,
    "/late-body/deaf": deaf, "/stop-half": stop_half,
}


class Proxy:
    """A corporate proxy: CONNECT and absolute URLs, with a password if wanted."""

    def __init__(self, address, port, auth=None, resolve=None):
        self.auth, self.resolve = auth, resolve or {}
        self.asked = []  # first lines
        self.listener = socket.create_server((address, port), family=socket.AF_INET)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        try:
            self.one(conn)
        except OSError:
            pass
        finally:
            conn.close()

    def one(self, conn):
        data = b""
        while b"\r\n\r\n" not in data:
            more = conn.recv(65536)
            if not more:
                return
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.asked.append(lines[0])
        given = [x for x in lines[1:] if x.lower().startswith("proxy-authorization:")]
        if self.auth and (not given or given[0].split(": ")[1] != self.auth):
            conn.sendall(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n"
                         b"Content-Length: 0\r\n\r\n")
            return
        method, target, _ = lines[0].split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
        else:
            u = urllib.parse.urlsplit(target)
            host, port = u.hostname, u.port or 80
        host = self.resolve.get(host, host).strip("[]")
        out = socket.create_connection((host, int(port)), timeout=10)
        if method == "CONNECT":
            conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"")
            out.sendall(rest)
        else:
            out.sendall(data)
        t = threading.Thread(target=self.pump, args=(conn, out), daemon=True)
        t.start()
        self.pump(out, conn)

    @staticmethod
    def pump(a, b):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
