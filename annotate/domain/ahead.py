"""An iterator's next items, made by a thread of their own while whoever reads it waits for the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

T = TypeVar("T")
WAITING = 1  # items that are made and not yet taken; one more is being made


@contextmanager
def made_ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """The same items in the same order, and what they raise where they raise it.

    `items` must not touch the database: it runs in a thread, which has ended when the block ends, however it ends.
    Of a stop it learns at its next item.
    """
    maker = _Maker(items)
    thread = Thread(target=maker.run, name="made ahead", daemon=True)
    thread.start()
    try:
        yield iter(maker)
    finally:
        maker.stop()
        thread.join()


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Maker(Generic[T]):
    def __init__(self, items: Iterator[T]) -> None:
        self.items, self.stopped = items, Event()
        self.made: Queue[T | _End] = Queue(WAITING)

    def run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self.items:
                self.made.put(item)
                if self.stopped.is_set():
                    return
        except BaseException as raised:  # the reader's thread raises it
            error = raised
        self.made.put(_End(error))

    def stop(self) -> None:
        """Let go of a thread that waits for room; its next item, or its end, is the last."""
        self.stopped.set()
        try:
            self.made.get_nowait()
        except Empty:
            pass

    def __iter__(self) -> Iterator[T]:
        while not isinstance(item := self.made.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
