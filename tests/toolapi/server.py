"""The web that the tests' tools talk to: one small HTTP server.

It answers what was asked (/echo), what the path says (/status/404), slowly,
piece by piece, compressed, wrongly.  Bound to whatever address the test has.
"""

import gzip
import json
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "web"
    sys_version = ""

    def log_message(self, *args):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            pass  # clients leave; that is what some tests are about

    # --- answering ---

    def reply(self, status=200, body=b"", kind="text/plain", headers=()):
        if isinstance(body, (dict, list)):
            body, kind = json.dumps(body).encode(), "application/json"
        elif isinstance(body, str):
            body = body.encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def pieces(self, pieces, kind="text/plain; charset=utf-8", pause=0.0):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
            time.sleep(pause)
        self.wfile.write(b"0\r\n\r\n")

    def any(self):
        url = urlsplit(self.path)
        self.query = parse_qs(url.query, keep_blank_values=True)
        if url.path == "/deaf":  # takes no body
            time.sleep(10)
            self.close_connection = True
            return None
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Transfer-Encoding") == "chunked":
            self.body = b""
            while n := int(self.rfile.readline(), 16):
                self.body += self.rfile.read(n)
                self.rfile.readline()
            self.rfile.readline()
        else:
            self.body = self.rfile.read(length)
        with self.server.lock:
            self.server.seen.append((self.command, self.path))
        for pattern, handle in ROUTES:
            match = pattern.fullmatch(url.path)
            if match:
                return handle(self, *match.groups())
        self.reply(404, "no such page\n")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = any


ROUTES = []


def route(pattern):
    def add(function):
        ROUTES.append((re.compile(pattern), function))
        return function
    return add


@route("/echo-raw")
def echo_raw(h):
    h.reply(200, h.body, "application/octet-stream")


@route("/echo.*")
def echo(h):
    h.reply(200, {
        "method": h.command,
        "path": h.path,
        "headers": [[k.lower(), v] for k, v in h.headers.items()],
        "body": h.body.decode("latin-1"),
    })


@route("/size")
def size(h):
    h.reply(200, str(len(h.body)))


@route(r"/status/(\d+)")
def status(h, code):
    code = int(code)
    headers = [("Location", "/echo")] if 300 <= code < 400 else []
    h.reply(code, b"" if code in (204, 304) else "status %d" % code, headers=headers)


@route("/json")
def some_json(h):
    h.reply(200, {"a": [1, 2.5, None, True], "ü": "ä"})


@route("/not-json")
def not_json(h):
    h.reply(200, "<html>", "application/json")


@route("/text/([a-z0-9-]+)")
def text(h, charset):
    known = {"none": ("text/plain", "utf-8"), "bogus": ("text/plain; charset=nonsense", "utf-8"),
             "base64": ("text/plain; charset=base64", "utf-8"),
             "broken": ("text/plain; charset=utf-8", None)}
    kind, codec = known.get(charset, ("text/plain; charset=" + charset, charset))
    h.reply(200, b"a\xffb" if codec is None else "Grüße".encode(codec), kind)


@route("/headers")
def headers(h):
    h.reply(200, "x", headers=[("X-Twice", "one"), ("X-Twice", "two, three"), ("X-Odd", "v"),
                               ("Link", '<https://h/2>; rel="next", <https://h/9>; rel="last"')])


@route("/cookies/set")
def set_cookies(h):
    h.reply(200, "x", headers=[("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; HttpOnly"),
                               ("Set-Cookie", "c=3; Domain=elsewhere.example")])


@route("/gzip")
def zipped(h):
    h.reply(200, gzip.compress(b"squeezed " * 100), headers=[("Content-Encoding", "gzip")])


@route("/large/(\\d+)")
def large(h, size):
    h.reply(200, b"x" * int(size), "application/octet-stream")


@route("/lines")
def lines(h):
    h.pieces([b"one\ntw", b"o\r", b"\nthr", "ée\n\nfi".encode()[:6], "ée\n\nfi".encode()[6:], b"ve"])


@route("/drip/(\\d+)/(\\d+)")
def drip(h, count, ms):
    h.pieces([b"piece %d\n" % i for i in range(int(count))], pause=int(ms) / 1000)


@route("/slow/(\\d+)")
def slow(h, ms):
    time.sleep(int(ms) / 1000)
    h.reply(200, "late")


@route("/broken")
def broken(h):
    h.send_response(200)
    h.send_header("Content-Length", "100")
    h.end_headers()
    h.wfile.write(b"half")
    h.close_connection = True


@route("/flaky/(\\w+)/(\\d+)")
def flaky(h, name, failures):
    """503 so many times, by name, then 200."""
    with h.server.lock:
        n = h.server.counts[name] = h.server.counts.get(name, 0) + 1
    if n <= int(failures):
        h.reply(503, "busy", headers=[("Retry-After", "0")])
    else:
        h.reply(200, {"tries": n, "got": json.loads(h.body or b"null")})


@route("/pages")
def pages(h):
    page = int(h.query.get("page", ["1"])[0])
    items = [{"id": i, "name": "item %d" % i} for i in range(page * 3 - 2, page * 3 + 1)]
    h.reply(200, {"items": items, "next": page + 1 if page < 3 else None})


@route("/weather")
def weather(h):
    if h.headers.get("X-Api-Key") != "k-123456":
        return h.reply(401, {"error": "bad key"})
    h.reply(200, {"city": h.query["city"][0], "temperature": 21.5, "unit": "C"})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address, tls=None):
        self.seen, self.counts, self.lock = [], {}, threading.Lock()
        super().__init__(address, Handler)
        # The kernel must not swallow what a page does not take.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True, args=(0.02,)).start()

    def handle_error(self, request, client_address):
        pass  # a client that left
