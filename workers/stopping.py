"""Being told to stop in the middle of a batch."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """A signal came. Not an Exception, so that no engine takes it for a bad row."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside, SIGTERM and SIGINT raise Stopped at once, instead of waiting for a batch that may take a minute.

    Whoever catches it puts things in order and calls `pass_on`. Only the main thread gets signals; elsewhere this
    does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def finishing() -> Iterator[None]:
    """Inside `stoppable`: what must not be cut in two. A signal that comes meanwhile counts when it is over."""
    _held.append(None)
    try:
        yield
    finally:
        number = _held.pop()
    if number is not None:
        raise Stopped(number)


_held: list[int | None] = []  # one for each `finishing` we are in: the signal that came meanwhile


def _stop(number: int, frame: FrameType | None) -> None:
    if not _held:
        raise Stopped(number)
    _held[-1] = number


def told_to_stop() -> bool:
    """Inside `finishing`: whether a signal came meanwhile, so that nothing long is begun or waited for."""
    return bool(_held) and _held[-1] is not None


def pass_on(stopped: Stopped) -> None:
    """Give the signal to whoever would have had it: Celery's warm shutdown, or the shell's Ctrl-C."""
    signal.raise_signal(stopped.number)
