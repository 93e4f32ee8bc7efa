"""Streams for load and chaos: raw sockets, as many as there are descriptors.

One thread reads them all; a test asks what came and waits for conditions.
"""

import json
import selectors
import socket
import threading
from urllib.parse import urlsplit

from .mcp import VERSION
from .instance import wait_for

META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
}


def http(method, host, headers, body=b""):
    lines = [f"{method} /mcp HTTP/1.1", f"Host: {host}"]
    lines += [f"{k}: {v}" for k, v in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def post(host, message, headers):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return http("POST", host, {"Content-Type": "application/json",
                               "Accept": "application/json, text/event-stream", **headers}, body)


def modern(host, method, params, ident, name=None, headers=None):
    more = {"MCP-Protocol-Version": VERSION, "Mcp-Method": method, **(headers or {})}
    if name:
        more["Mcp-Name"] = name
    return post(host, {"id": ident, "method": method,
                       "params": {**params, "_meta": {**META, **params.get("_meta", {})}}}, more)


class Stream:
    """One answer, chunk by chunk: status, events, whether it has ended."""

    def __init__(self, url, request):
        parts = urlsplit(url)
        self.sock = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self.sock.sendall(request)
        self.sock.setblocking(False)
        self.raw = b""
        self.status = None
        self.headers = {}
        self.body = b""
        self.ended = False  # in order: the last chunk came
        self.closed = False
        self.chunked = False

    def feed(self, data):
        if not data:
            self.closed = True
            return
        self.raw += data
        if self.status is None:
            head, sep, rest = self.raw.partition(b"\r\n\r\n")
            if not sep:
                return
            lines = head.decode("latin-1").split("\r\n")
            self.status = int(lines[0].split()[1])
            self.headers = {k.lower(): v.strip() for k, v in
                            (line.split(":", 1) for line in lines[1:])}
            self.chunked = self.headers.get("transfer-encoding") == "chunked"
            self.raw = rest
        if self.chunked:
            self._chunks()
        else:
            self.body += self.raw
            self.raw = b""
            self.ended = len(self.body) >= int(self.headers.get("content-length", 0))

    def _chunks(self):
        while True:
            size, sep, rest = self.raw.partition(b"\r\n")
            if not sep:
                return
            n = int(size, 16)
            if len(rest) < n + 2:
                return
            self.body += rest[:n]
            self.raw = rest[n + 2:]
            if n == 0:
                self.ended = True
                return

    @property
    def events(self):
        """Messages in order; comments and empty events left out."""
        found = []
        for block in self.body.split(b"\n\n"):
            for line in block.split(b"\n"):
                if line.startswith(b"data: ") and len(line) > 6:
                    found.append(json.loads(line[6:]))
        return found

    def ids(self):
        return [line[4:].decode() for line in self.body.split(b"\n") if line.startswith(b"id: ")]

    def count(self, method):
        return self.body.count(b'"method":"%s"' % method.encode())

    def answer(self):
        return next((e for e in self.events if "id" in e and "method" not in e), None)


class Reader:
    """Reads all its streams in one thread; use as a context manager."""

    def __init__(self, url):
        self.url = url
        self.host = urlsplit(url).netloc
        self.selector = selectors.DefaultSelector()
        self.streams = []
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.stop.set()
        self.thread.join(10)
        for s in self.streams:
            s.sock.close()

    def _run(self):
        while not self.stop.is_set():
            with self.lock:
                ready = self.selector.select(0) if self.selector.get_map() else []
            if not ready:
                self.stop.wait(0.002)
                continue
            for key, _ in ready:
                stream = key.data
                try:
                    data = stream.sock.recv(65536)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                stream.feed(data)
                if stream.closed:
                    with self.lock:
                        self.selector.unregister(stream.sock)

    def open(self, request):
        stream = Stream(self.url, request)
        with self.lock:
            self.selector.register(stream.sock, selectors.EVENT_READ, stream)
            self.streams.append(stream)
        return stream

    def drop(self, stream):
        """Leaves, as a client does that is gone."""
        with self.lock:
            if not stream.closed:
                self.selector.unregister(stream.sock)
            self.streams.remove(stream)
        stream.sock.close()

    def listen(self, ident, headers=None, **filters):
        return self.open(modern(self.host, "subscriptions/listen",
                                {"notifications": filters or {"toolsListChanged": True}}, ident,
                                headers=headers))

    def done(self, request, seconds=30):
        """A whole answer."""
        stream = self.open(request)
        wait_for("an answer", lambda: stream.ended or stream.closed, seconds)
        self.drop(stream)
        return stream


class Session:
    """A legacy session, by hand."""

    def __init__(self, reader, version="2025-11-25", headers=None, capabilities=None):
        self.reader = reader
        self.version = version
        self.more = headers or {}
        made = reader.done(post(reader.host, {"id": 0, "method": "initialize", "params": {
            "protocolVersion": version, "capabilities": capabilities or {},
            "clientInfo": {"name": "harness", "version": "1"}}}, self.more))
        assert made.status == 200, made.body
        self.id = made.headers["mcp-session-id"]

    def headers(self):
        return {"Mcp-Session-Id": self.id, "MCP-Protocol-Version": self.version, **self.more}

    def open(self, ident, method, params=None):
        return self.reader.open(post(self.reader.host, {
            "id": ident, "method": method, "params": params or {}}, self.headers()))

    def call(self, ident, name, arguments=None, **meta):
        return self.open(ident, "tools/call", {
            "name": name, "arguments": arguments or {}, "_meta": meta})

    def done(self, ident, method, params=None):
        return self.reader.done(post(self.reader.host, {
            "id": ident, "method": method, "params": params or {}}, self.headers()))

    def notify(self, method, params=None):
        return self.reader.done(post(self.reader.host, {
            "method": method, "params": params or {}}, self.headers()))

    def get(self, last=None, headers=None):
        more = {"Last-Event-ID": last} if last else {}
        return self.reader.open(http("GET", self.reader.host, {
            "Accept": "text/event-stream", **self.headers(), **more, **(headers or {})}))

    def delete(self, headers=None):
        return self.reader.done(http("DELETE", self.reader.host,
                                     {**self.headers(), **(headers or {})}))
