"""The Python half of the jail under a plain interpreter.

`_mcpbox` is made up here: a request becomes a real one, by urllib3's elder
http.client in a thread, and its answer frames as lib/fetch.h has them.  For
what a unit test wants to see without a sandbox; the rest of this folder runs
the real thing.
"""

import http.client
import os
import queue
import sys
import threading
import time
import types
import zlib
from urllib.parse import urlsplit

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Glue(types.ModuleType):
    OUTPUT, PROGRESS, LOG, RESULT, ERROR, CHANGED = 16, 17, 18, 19, 20, 31
    FLAG_MEMORY, FLAG_OUTPUT, FLAG_CONTENT = 1, 2, 4
    FETCH_HEAD, FETCH_DATA, FETCH_DONE, ANSWER = 8, 9, 10, 13
    FOREVER = -1
    BODY_MAX, URL_MAX, TIMEOUT_MAX = 8 << 20, 8192, 300000
    UNDER_WAY_MAX = 32

    def __init__(self):
        super().__init__("_mcpbox")
        self.frames = queue.Queue()
        self.sent, self.fetched, self.dropped, self.asked = [], [], [], []
        self.answer = None  # a test's own way to answer a request

    def send(self, kind, payload):
        self.sent.append((kind, payload))

    def fetch(self, number, method, url, headers, body, times):
        call = (number, method, url, headers, body, times)
        self.fetched.append(call)
        threading.Thread(target=self.answer or self._exchange, args=call, daemon=True).start()

    def ask(self, number, payload):
        self.asked.append((number, payload))

    def drop(self, number):
        self.dropped.append(number)

    def receive(self, ms, hold):
        end = None if ms < 0 else time.monotonic() + ms / 1000
        while True:
            try:
                left = None if end is None else max(0, end - time.monotonic())
                frame = self.frames.get(left is None or left > 0, left)
            except queue.Empty:
                return None
            if frame == "wake":
                if hold:
                    return None
                continue
            return frame

    def hold(self):
        return threading.get_ident()

    def wake(self, thread):
        self.frames.put("wake")

    def head(self, number, status=200, headers=(), version="HTTP/1.1"):
        self.frames.put((self.FETCH_HEAD, number, status, version, list(headers)))

    def data(self, number, data):
        self.frames.put((self.FETCH_DATA, number, data))

    def done(self, number, end="ok", message="", elapsed_us=1000):
        self.frames.put((self.FETCH_DONE, number, end, 0, elapsed_us, message))

    def _exchange(self, number, method, url, headers, body, times):
        parts = urlsplit(url.decode())
        connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=times[2] / 1000 or 20)
        try:
            connection.putrequest(method.decode(), url.decode().split(parts.netloc, 1)[1] or "/",
                                  skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            self._pass(number, answer)
        except TimeoutError:
            self.done(number, "timeout", "no answer yet")
        except http.client.HTTPException as e:
            self.done(number, "protocol_error", str(e))
        except OSError as e:
            self.done(number, "connect_failed", str(e))
        finally:
            connection.close()

    def _pass(self, number, answer):
        self.head(number, answer.status, [(k.encode("latin-1"), v.encode("latin-1"))
                                          for k, v in answer.getheaders()])
        inflate = (zlib.decompressobj(31).decompress
                   if answer.headers["Content-Encoding"] == "gzip" else bytes)
        size = 0
        while piece := answer.read1(65536):
            size += len(piece)
            self.data(number, inflate(piece))
        if answer.headers["Content-Length"] not in (None, str(size)) and answer._method != "HEAD":
            raise http.client.IncompleteRead(b"")
        self.done(number)


def load():
    """(the fake _mcpbox, the package mcpbox_jail); once a process."""
    if "_mcpbox" not in sys.modules:
        sys.modules["_mcpbox"] = Glue()
        package = types.ModuleType("mcpbox_jail")
        package.__path__ = [os.path.join(ROOT, "sandboxd", "run", "jail")]
        sys.modules["mcpbox_jail"] = package
    return sys.modules["_mcpbox"], sys.modules["mcpbox_jail"]
