"""A tiny FastCGI responder: says what reached it.

The answer to any request is JSON: every parameter in order, with repetitions,
and what the body was.  Some paths misbehave on purpose:

    .../status/NNN   that status, with a problem body and security headers of
                     its own, which nginx must not pass on twice
    .../die          closes the connection without an answer
    .../hang         never answers
    .../stream       one piece, then waits for the client to leave
    ?do=stream       the same, where the path is fixed
"""

import json
import os
import socket
import struct
import threading

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT = 1, 2, 3, 4, 5, 6
KEEP_CONN = 1


class Gone(Exception):
    """The other side closed the connection."""


def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise Gone
        data += piece
    return data


def read_record(sock):
    _, kind, request, length, padding, _ = struct.unpack(
        "!BBHHBB", read_exactly(sock, 8)
    )
    content = read_exactly(sock, length)
    read_exactly(sock, padding)
    return kind, request, content


def read_length(data, at):
    if data[at] < 128:
        return data[at], at + 1
    return struct.unpack_from("!I", data, at)[0] & 0x7FFFFFFF, at + 4


def parse_params(data):
    at, params = 0, []
    while at < len(data):
        name_n, at = read_length(data, at)
        value_n, at = read_length(data, at)
        name = data[at : at + name_n].decode("latin-1")
        value = data[at + name_n : at + name_n + value_n].decode("latin-1")
        params.append([name, value])
        at += name_n + value_n
    return params


def write_records(sock, request, kind, data):
    for at in range(0, len(data), 32768):
        piece = data[at : at + 32768]
        sock.sendall(struct.pack("!BBHHBB", 1, kind, request, len(piece), 0, 0))
        sock.sendall(piece)


class Responder:
    """Listens on a Unix socket until close()."""

    def __init__(self, path, name):
        self.name = name
        self.calls = []  # "METHOD path" of every request that arrived whole
        self.left = threading.Event()  # a stream's client went away
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        self.sock.listen(512)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.sock.close()

    def accept(self):
        while True:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(conn,), daemon=True).start()

    def serve(self, conn):
        with conn:
            try:
                while self.serve_one(conn):
                    pass
            except (Gone, OSError):
                return

    def serve_one(self, conn):
        params, body, keep = b"", b"", False
        while True:
            kind, request, content = read_record(conn)
            if kind == BEGIN:
                keep = bool(content[2] & KEEP_CONN)
            elif kind == PARAMS:
                params += content
            elif kind == STDIN and content:
                body += content
            elif kind == STDIN:
                break
        return self.answer(conn, request, parse_params(params), body) and keep

    def answer(self, conn, request, params, body):
        values = dict(params)
        path = values["DOCUMENT_URI"]
        self.calls.append(f"{values['REQUEST_METHOD']} {path}")
        last = path.rsplit("/", 1)[-1]
        if values["QUERY_STRING"].startswith("do="):
            last = values["QUERY_STRING"][3:]
        if last == "die":
            return False
        if last in ("hang", "stream"):
            if last == "stream":
                head = "Status: 200\r\nContent-Type: text/event-stream\r\n\r\n"
                write_records(conn, request, STDOUT, (head + ": hello\n\n").encode())
            conn.settimeout(20)
            try:
                conn.recv(1)
            except OSError:
                return False
            self.left.set()
            return False
        status = int(last) if "/status/" in path else 200
        text = json.dumps(
            {"pool": self.name, "params": params, "body": len(body)}
        ).encode()
        head = (
            f"Status: {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\nContent-Security-Policy: none\r\n"
            "X-Frame-Options: SAMEORIGIN\r\nCache-Control: public\r\n"
            "X-Request-Id: mine\r\n"
        )
        if status == 429:
            head += "Retry-After: 77\r\n"
        if values["REQUEST_METHOD"] == "HEAD":
            text = b""
        write_records(conn, request, STDOUT, head.encode() + b"\r\n" + text)
        conn.sendall(struct.pack("!BBHHBB", 1, STDOUT, request, 0, 0, 0))
        conn.sendall(struct.pack("!BBHHBB", 1, END, request, 8, 0, 0) + bytes(8))
        return True
