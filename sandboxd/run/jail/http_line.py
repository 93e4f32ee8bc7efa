"""Requests and answers over the one connection out of the jail.

Answers of several requests come mixed, by number.  Whoever waits reads: a
tool driven by hand reads until its own answer has news; an event loop reads
while any of its tasks waits, instead of sleeping (loop.py); of several
threads one reads and the others wait for it.
"""

import asyncio.events
import collections
import itertools
import math
import threading
import time

import _mcpbox

TAKE = 32  # frames that an event loop takes before its tasks go on


class Exchange:
    """One request under way."""

    __slots__ = ("number", "frames", "over", "_line", "_waiter")

    def __init__(self, line, number):
        self.number = number
        self.frames = collections.deque()
        self.over = False
        self._line = line
        self._waiter = None

    async def next(self, seconds=None):
        """The next frame; TimeoutError when none comes for so long."""
        if not self.frames:
            loop = asyncio.events._get_running_loop()
            if loop is None:
                self._line.read_for(self, seconds)
            else:
                await self._sleep(loop, seconds)
        return self.frames.popleft()

    async def _sleep(self, loop, seconds):
        if self._waiter is not None:
            raise RuntimeError("two tasks read the same response")
        future = loop.create_future()
        timer = None
        if seconds is not None:
            timer = loop.call_later(seconds, _settle, future, False)
        self._waiter = (loop, threading.get_ident(), future)
        self._line.wanted += 1
        try:
            if not await future:
                raise TimeoutError
        finally:
            self._line.wanted -= 1
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def add(self, frame):
        self.frames.append(frame)
        if self._waiter is None:
            return
        loop, thread, future = self._waiter
        if thread == threading.get_ident():
            _settle(future, True)
        else:
            loop.call_soon_threadsafe(_settle, future, True)

    def close(self):
        """The rest is not wanted."""
        if self._line.forget(self.number):
            _mcpbox.drop(self.number)


def _settle(future, value):
    if not future.done():
        future.set_result(value)


def milliseconds(seconds):
    return _mcpbox.FOREVER if seconds is None else max(0, math.ceil(seconds * 1000))


class Line:
    def __init__(self):
        self.wanted = 0  # tasks of an event loop that wait
        self._numbers = itertools.count(1)
        self._exchanges = {}
        self._turn = threading.Condition(threading.Lock())
        self._reading = False
        self._next_in_turn = None  # wakes an event loop that waits to read

    def begin(self, method, url, headers, body, timeout_ms, connect_ms):
        exchange = Exchange(self, next(self._numbers))
        self._exchanges[exchange.number] = exchange
        try:
            _mcpbox.fetch(
                exchange.number, method, url, headers, body, timeout_ms, connect_ms
            )
        except BaseException:
            self.forget(exchange.number)
            raise
        return exchange

    def forget(self, number):
        return self._exchanges.pop(number, None) is not None

    def _deliver(self, frame):
        kind, number = frame[0], frame[1]
        exchange = self._exchanges.get(number)
        if exchange is None:
            return  # of one that was closed
        if kind == _mcpbox.FETCH_DONE:
            exchange.over = True
            self.forget(number)
        exchange.add(frame)

    # --- by hand ---

    def read_for(self, exchange, seconds):
        end = None if seconds is None else time.monotonic() + seconds
        with self._turn:
            while not exchange.frames:
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    raise TimeoutError
                if self._reading:
                    self._turn.wait(left)
                else:
                    self._read(left)

    def _read(self, seconds):
        """One frame, by the thread that holds _turn; not while it waits."""
        self._reading = True
        self._turn.release()
        try:
            frame = _mcpbox.receive(milliseconds(seconds), False)
        finally:
            self._turn.acquire()
            self._reading = False
            self._turn.notify_all()
            if self._next_in_turn is not None:
                self._next_in_turn()
        if frame is not None:
            self._deliver(frame)

    # --- by an event loop ---

    def take_turn(self, wake):
        """False: a thread reads; wake() is called when it stops."""
        with self._turn:
            self._next_in_turn = wake if self._reading else None
            if self._reading:
                return False
            self._reading = True
            return True

    def give_turn(self):
        with self._turn:
            self._reading = False
            self._turn.notify_all()

    def read(self, seconds):
        """What has come, after a wait that another thread may end."""
        frame = _mcpbox.receive(milliseconds(seconds), True)
        for _ in range(TAKE):
            if frame is None:
                return
            self._deliver(frame)
            frame = _mcpbox.receive(0, False)
        if frame is not None:
            self._deliver(frame)


line = Line()
