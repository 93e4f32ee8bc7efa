"""Drives main.

A tool that never mentions asyncio is driven by hand: send(None) until it is
done, some hundred times cheaper than a loop.  Otherwise it runs on an asyncio
loop that owns no descriptor: no epoll, no self-pipe.  Waiting is a lock with
a timeout, which a thread of the tool may release; while a task waits for an
answer from outside, it is a poll of the one connection, which a thread may
end with a signal.
"""

import _thread
import asyncio
import asyncio.base_events
import threading

import _mcpbox

from .http_line import line


class Deadlock(RuntimeError):
    """Every task waits and nothing can wake one."""


class _Waiter:
    """Stands in for a selector: there is nothing to select on."""

    __slots__ = ("_woken", "_thread")

    def __init__(self):
        self._woken = threading.Semaphore(0)
        self._thread = None  # that polls, while it does

    def select(self, timeout=None):
        if line.wanted:
            self._poll(timeout)
        elif timeout is None:
            if _thread._count() == 0:
                raise Deadlock(
                    "every task waits for another and nothing can wake them"
                )
            self._woken.acquire()
        elif timeout > 0:
            self._woken.acquire(timeout=timeout)
        return ()

    def _poll(self, timeout):
        if not line.take_turn(self._woken.release):
            self._woken.acquire(timeout=timeout)
            return
        try:
            # From here on a thread that wakes does so with a signal, too.
            self._thread = _mcpbox.hold()
            if not self._woken.acquire(blocking=False):
                line.read(timeout)
        finally:
            self._thread = None
            line.give_turn()

    def wake(self):
        self._woken.release()
        thread = self._thread
        if thread is not None:
            _mcpbox.wake(thread)


class Loop(asyncio.base_events.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Waiter()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        self._selector.wake()


_loop = None


def prepare():
    """One loop, made in the root zygote; each child is a copy."""
    global _loop
    _loop = Loop()


def by_hand(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError(
        "main awaits something that only an event loop can wake; "
        "import asyncio and use its primitives"
    )


def on_loop(coroutine):
    asyncio.set_event_loop(_loop)
    return _loop.run_until_complete(coroutine)
