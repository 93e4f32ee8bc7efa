"""print() as frames.

The first lines leave at once, so that a tool which hangs afterwards still
shows them; later ones are gathered.  What exceeds the run's limit is dropped
and counted here, and checked again outside.
"""

import io
import time

import _mcpbox

PIECE = 16 * 1024  # characters of one frame: at most 64 KiB of UTF-8
PROMPT = 64  # lines that are sent at once
PAUSE = 0.05  # seconds between pieces after that


class Output(io.TextIOBase):
    encoding = "utf-8"
    errors = "replace"

    def __init__(self):
        super().__init__()
        self._parts = []
        self._held = 0
        self._left = 0
        self._prompt = PROMPT
        self._last = 0.0
        self.dropped = 0  # bytes

    def begin(self, limit):
        self._left = limit

    def writable(self):
        return True

    def isatty(self):
        return False

    def fileno(self):
        raise io.UnsupportedOperation("print goes to the call's log")

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() takes str, not %s" % type(text).__name__)
        n = len(text)
        if self._left <= 0:
            self.dropped += n
            return n
        self._parts.append(text)
        self._held += n
        if self._held >= PIECE:
            self.flush()
        elif "\n" in text:
            self._line()
        return n

    def _line(self):
        if self._prompt > 0:
            self._prompt -= 1
            self.flush()
            return
        now = time.monotonic()
        if now - self._last >= PAUSE:
            self.flush()
            self._last = now

    def flush(self):
        text = "".join(self._parts)
        self._parts.clear()
        self._held = 0
        for at in range(0, len(text), PIECE):
            self._send(text[at : at + PIECE].encode("utf-8", "replace"))

    def _send(self, data):
        if len(data) > self._left:
            kept = data[: self._left].decode("utf-8", "ignore").encode("utf-8")
            self.dropped += len(data) - len(kept)
            data = kept
            self._left = 0
        else:
            self._left -= len(data)
        if data:
            _mcpbox.send(_mcpbox.OUTPUT, data)
