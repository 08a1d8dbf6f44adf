"""A thread that computes ahead of the loop that uses the results."""

from __future__ import annotations

import atexit
import collections
import os
import threading
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _Channel(Generic[T]):
    """A queue of at most `depth` results between two threads, either of which may close it."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.items: collections.deque[T] = collections.deque()
        self.changed = threading.Condition()
        self.closed = False
        self.error: BaseException | None = None

    def put(self, item: T) -> bool:
        """Waits for room. False: nobody wants results any more."""
        with self.changed:
            while len(self.items) >= self.depth and not self.closed:
                self.changed.wait(1)  # stop() cannot always wake it
            if not self.closed:
                self.items.append(item)
                self.changed.notify_all()
            return not self.closed

    def end(self, error: BaseException | None) -> None:
        """Closes at the sender's side: what is in the queue is still received, then the error is raised."""
        with self.changed:
            self.closed, self.error = True, error
            self.changed.notify_all()

    def get(self) -> T:
        with self.changed:
            while not self.items and not self.closed:
                self.changed.wait()  # a signal, as of Ctrl-C, interrupts it
            if self.items:
                self.changed.notify_all()
                return self.items.popleft()
            error, self.error = self.error, None
        if error is None:
            raise StopIteration
        try:
            raise error  # with the traceback of the thread
        finally:
            del error  # else this frame and the traceback keep each other alive

    def stop(self) -> None:
        """Closes at the receiver's side. It takes no lock, so that it may be called while objects are collected."""
        self.closed = True
        if self.changed.acquire(blocking=False):
            self.items.clear()
            self.changed.notify_all()
            self.changed.release()


def _work(channel: _Channel[T], source: Iterator[T]) -> None:
    error: BaseException | None = None
    try:
        for item in source:
            if not channel.put(item):
                break
            del item  # its memory belongs to the receiver alone
    except BaseException as caught:  # whatever it is, the loop must learn of it
        error = caught
    channel.end(error)


class Prefetch(Generic[T]):
    """An iterator over `source`, which is advanced by a thread, up to `depth` results ahead.

    While the caller has one result and the thread works at another, `depth` more wait: depth + 2 buffers used in turn
    are enough. Exceptions of the source are raised here with their traceback. The thread ends after the result at hand
    when this object is closed, is collected, or the interpreter exits.
    """

    def __init__(self, source: Iterator[T], depth: int) -> None:
        self._channel: _Channel[T] = _Channel(depth)
        self._process = os.getpid()
        # The thread knows the channel, not this object: so this object can be collected while the thread works.
        # A daemon: at exit the interpreter would wait for others before it calls what stops them.
        self.thread = threading.Thread(
            target=_work, args=(self._channel, source), name="plotmill-prefetch", daemon=True
        )
        _start(self.thread, self._channel)

    def __iter__(self) -> Prefetch[T]:
        return self

    def __next__(self) -> T:
        if os.getpid() != self._process:
            raise RuntimeError("this process was forked: the thread that draws belongs to its parent; begin a new loop")
        try:
            return self._channel.get()
        except BaseException:  # the end, an error of the thread, Ctrl-C
            self._channel.stop()
            raise

    def close(self) -> None:
        """Ends the thread and waits for it."""
        self._channel.stop()
        if os.getpid() != self._process or self.thread is threading.current_thread():
            return
        _end(self.thread, self._channel)

    def __del__(self) -> None:
        # It may run anywhere, while any lock is held: it must not wait for the thread.
        self._channel.stop()


# Threads that may still run, also those whose iterator is gone.
_running: dict[threading.Thread, _Channel[Any]] = {}
_running_lock = threading.Lock()
_process = os.getpid()


def _start(thread: threading.Thread, channel: _Channel[Any]) -> None:
    global _process
    with _running_lock:
        if _process != os.getpid():
            _running.clear()  # those of the process that was forked
            _process = os.getpid()
        for ended in [other for other in _running if not other.is_alive()]:
            del _running[ended]
        thread.start()
        _running[thread] = channel


def _end(thread: threading.Thread, channel: _Channel[Any]) -> None:
    while thread.is_alive():
        channel.stop()  # perhaps once more: the thread may have held the lock
        thread.join(0.05)


@atexit.register
def _end_all() -> None:
    """Daemons that still run when the interpreter is taken down would return into it, which ends the process."""
    if _process == os.getpid():
        for thread, channel in list(_running.items()):
            _end(thread, channel)


def _after_fork() -> None:
    global _running_lock
    _running_lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)
