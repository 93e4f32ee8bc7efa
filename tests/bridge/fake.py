"""An MCP endpoint that does what a test tells it to, and remembers what came."""

import http.server
import json
import socket
import socketserver
import ssl
import threading
import time


class Request:
    def __init__(self, handler, body):
        self.handler = handler
        self.method = handler.command
        self.path = handler.path
        self.headers = handler.headers
        self.body = body
        self.connection = id(handler)
        try:
            self.json = json.loads(body) if body else None
        except ValueError:
            self.json = None

    @property
    def rpc(self):
        return (self.json or {}).get("method")

    @property
    def id(self):
        return (self.json or {}).get("id")

    # --- answering ----------------------------------------------------------

    def reply(self, status=200, body=b"", type="application/json", **headers):
        h = self.handler
        if isinstance(body, str):
            body = body.encode()
        h.send_response(status)
        for name, value in headers.items():
            h.send_header(name.replace("_", "-"), value)
        if status not in (202, 204):
            h.send_header("Content-Type", type)
        h.send_header("Content-Length", str(len(body)))
        h.end_headers()
        h.wfile.write(body)
        h.wfile.flush()

    def result(self, result=None, **headers):
        self.reply(200, json.dumps({"jsonrpc": "2.0", "id": self.id,
                                    "result": {} if result is None else result}), **headers)

    def error(self, status, code, message="no", data=None, id=True):
        body = {"jsonrpc": "2.0", "error": {"code": code, "message": message}}
        if data is not None:
            body["error"]["data"] = data
        if id:
            body["id"] = self.id
        self.reply(status, json.dumps(body))

    def stream(self, **headers):
        return Stream(self, headers)

    def drop(self):
        """Closes the connection without a word."""
        self.handler.close_connection = True
        self.handler.connection.shutdown(socket.SHUT_RDWR)


class Stream:
    def __init__(self, req, headers):
        self.h = req.handler
        self.h.send_response(200)
        self.h.send_header("Content-Type", "text/event-stream")
        for name, value in headers.items():
            self.h.send_header(name.replace("_", "-"), value)
        self.h.send_header("Connection", "close")
        self.h.end_headers()
        self.h.close_connection = True

    def raw(self, data):
        self.h.wfile.write(data)
        self.h.wfile.flush()

    def event(self, message=None, id=None, retry=None, type=None):
        out = b""
        if type is not None:
            out += b"event: " + type.encode() + b"\n"
        if id is not None:
            out += b"id: " + id.encode() + b"\n"
        if retry is not None:
            out += b"retry: " + str(retry).encode() + b"\n"
        data = "" if message is None else json.dumps(message)
        self.raw(out + b"data: " + data.encode() + b"\n\n")

    def wait_closed(self, seconds=10):
        """True when the other side leaves within the time."""
        self.h.connection.settimeout(seconds)
        try:
            return self.h.connection.recv(1) == b""
        except socket.timeout:
            return False
        except OSError:
            return True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        req = Request(self, body)
        with self.server.fake.lock:
            self.server.fake.requests.append(req)
        try:
            self.server.fake.script(req)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_POST = do_GET = do_DELETE = handle_any

    def log_message(self, *args):
        pass

    def address_string(self):
        return "test"


class TcpServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, address):
        pass


class UnixServer(TcpServer):
    address_family = socket.AF_UNIX

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 80

    def get_request(self):
        conn, _ = self.socket.accept()
        return conn, ("unix", 0)


class Fake:
    def __init__(self, script, port=0, path=None, tls=None):
        self.script = script
        self.requests = []
        self.lock = threading.Lock()
        Handler.disable_nagle_algorithm = path is None
        if path is None:
            self.server = TcpServer(("127.0.0.1", port), Handler)
            self.port = self.server.server_address[1]
            self.url = f"http://127.0.0.1:{self.port}/mcp"
        else:
            self.server = UnixServer(path, Handler)
            self.url = f"unix:{path}"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.url = self.url.replace("http:", "https:")
        self.server.fake = self
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def got(self, rpc=None, method=None):
        """The requests so far with this JSON-RPC method, or HTTP method."""
        with self.lock:
            return [r for r in self.requests
                    if (rpc is None or r.rpc == rpc) and (method is None or r.method == method)]

    def wait(self, rpc=None, method=None, n=1, seconds=20):
        deadline = time.monotonic() + seconds
        while len(found := self.got(rpc, method)) < n:
            assert time.monotonic() < deadline, \
                f"waited {seconds} s for {n} {rpc or method}: {[(r.method, r.rpc) for r in self.got()]}"
            time.sleep(0.01)
        return found

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)
