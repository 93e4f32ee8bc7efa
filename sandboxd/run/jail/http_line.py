"""Requests, questions and answers over the one connection out of the jail.

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
UNDER_WAY = _mcpbox.UNDER_WAY_MAX  # requests at the same time; more wait here


class Exchange:
    """One request under way."""

    __slots__ = ("number", "frames", "_line", "_waiter")

    def __init__(self, line, number):
        self.number = number
        self.frames = collections.deque()
        self._line = line
        self._waiter = None

    async def next(self):
        """The next frame: the last one comes within the request's time."""
        if not self.frames:
            loop = asyncio.events._get_running_loop()
            if loop is None:
                self._line.read_for(self)
            else:
                await self._sleep(loop)
        return self.frames.popleft()

    async def _sleep(self, loop):
        if self._waiter is not None:
            raise RuntimeError("two tasks read the same response")
        self._waiter = _Waiter(loop)
        try:
            await self._line.until(self._waiter)
        finally:
            self._waiter = None

    def add(self, frame):
        self.frames.append(frame)
        if self._waiter is not None:
            self._waiter.wake()

    def close(self):
        """The rest is not wanted."""
        if not self._line.drop(self.number):
            return
        if self._waiter is not None:
            self.add(
                (_mcpbox.FETCH_DONE, self.number, "cancelled", 0, 0, "the response was closed")
            )


class _Waiter:
    """A task of an event loop that waits, for threads to wake."""

    __slots__ = ("_loop", "_thread", "future")

    def __init__(self, loop):
        self._loop = loop
        self._thread = threading.get_ident()
        self.future = loop.create_future()

    def settle(self, value):
        if not self.future.done():
            self.future.set_result(value)

    def wake(self):
        if self._thread == threading.get_ident():
            self.settle(True)
        else:
            self._loop.call_soon_threadsafe(self.settle, True)


def milliseconds(seconds):
    return _mcpbox.FOREVER if seconds is None else max(0, math.ceil(seconds * 1000))


class Line:
    def __init__(self):
        self.wanted = 0  # tasks of an event loop that wait
        self._numbers = itertools.count(1)
        self._exchanges = {}
        self._dropped = set()  # still to end
        self._turn = threading.Condition(threading.Lock())
        self._reading = False
        self._next_in_turn = None  # wakes an event loop that waits to read
        self._queue = collections.deque()  # tasks that wait to ask
        self._question = None  # the one that is out (ask.py)
        self._askers = collections.deque()  # tasks that wait for it to end

    async def until(self, waiter):
        """Lets a task sleep while the event loop reads."""
        self.wanted += 1
        try:
            return await waiter.future
        finally:
            self.wanted -= 1

    async def begin(self, method, url, headers, body, times, seconds):
        """TimeoutError when there is no room for so long."""
        end = None if seconds is None else time.monotonic() + seconds
        while self._under_way() >= UNDER_WAY:
            left = None if end is None else max(0, end - time.monotonic())
            await self._turn_of(
                self._queue, lambda: self._under_way() < UNDER_WAY, left
            )
        exchange = Exchange(self, next(self._numbers))
        self._exchanges[exchange.number] = exchange
        try:
            _mcpbox.fetch(exchange.number, method, url, headers, body, times)
        except BaseException:
            del self._exchanges[exchange.number]
            self._next(self._queue)
            raise
        return exchange

    async def ask(self, data, wait):
        """Sends a question; its answer, as bytes.  One at a time.  Without
        `wait` it is the last that this process says."""
        while self._question is not None:
            await self._turn_of(self._askers, lambda: self._question is None)
        if not wait:
            _mcpbox.ask(0, data)
            while True:  # the supervisor ends it
                _mcpbox.receive(_mcpbox.FOREVER, False)
        exchange = Exchange(self, next(self._numbers))
        _mcpbox.ask(exchange.number, data)
        # A task that gives up waiting leaves it to be answered all the same.
        self._question = exchange
        return (await exchange.next())[2]

    async def _turn_of(self, queue, free, seconds=None):
        loop = asyncio.events._get_running_loop()
        if loop is None:
            self._read_until(free, seconds)
            return
        waiter = _Waiter(loop)
        timer = None if seconds is None else loop.call_later(seconds, waiter.settle, False)
        queue.append(waiter)
        try:
            if not await self.until(waiter):
                raise TimeoutError
        except BaseException:
            self._next(queue)  # it may have been woken for nothing
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _next(self, queue):
        while queue:
            waiter = queue.popleft()
            if not waiter.future.done():
                waiter.wake()
                return

    def drop(self, number):
        """False: it is over already."""
        if self._exchanges.pop(number, None) is None:
            return False
        self._dropped.add(number)
        _mcpbox.drop(number)
        return True

    def _under_way(self):
        return len(self._exchanges) + len(self._dropped)

    def _deliver(self, frame):
        kind, number = frame[0], frame[1]
        if kind == _mcpbox.ANSWER:
            exchange, self._question = self._question, None
            self._next(self._askers)
            if exchange is not None:
                exchange.add(frame)
            return
        exchange = self._exchanges.get(number)
        if kind == _mcpbox.FETCH_DONE:
            self._exchanges.pop(number, None)
            self._dropped.discard(number)
            self._next(self._queue)
        if exchange is not None:
            exchange.add(frame)

    # --- by hand ---

    def read_for(self, exchange):
        self._read_until(lambda: exchange.frames, None)

    def _read_until(self, done, seconds):
        end = None if seconds is None else time.monotonic() + seconds
        with self._turn:
            while not done():
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
