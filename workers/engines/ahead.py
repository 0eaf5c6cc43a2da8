"""Work done ahead of who needs it, by a thread of its own."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from typing import Any, TypeVar

Item = TypeVar("Item")
LOOK = 0.05  # seconds between two looks at whether anybody still wants the items
END = object()


@contextmanager
def ahead(source: Iterable[Item], *, depth: int) -> Iterator[Iterator[Item]]:
    """The items of `source`, up to `depth` of them made before they are asked for.

    An error in `source` is raised where the item would have come. Leaving the block ends the thread.
    """
    box: Queue[Any] = Queue(depth)
    over = threading.Event()
    thread = threading.Thread(target=_fill, args=(source, box, over), daemon=True)
    thread.start()
    try:
        yield _items(box, thread)
    finally:
        over.set()
        thread.join()


def _fill(source: Iterable[Any], box: Queue[Any], over: threading.Event) -> None:
    try:
        for item in source:
            if not _put(box, (item, None), over):
                return
        _put(box, (END, None), over)
    except BaseException as error:
        _put(box, (END, error), over)


def _put(box: Queue[Any], item: Any, over: threading.Event) -> bool:
    while not over.is_set():
        try:
            box.put(item, timeout=LOOK)
        except Full:
            continue
        return True
    return False


def _items(box: Queue[Any], thread: threading.Thread) -> Iterator[Any]:
    while True:
        try:
            item, error = box.get(timeout=1)
        except Empty:
            if thread.is_alive():
                continue
            return
        if error is not None:
            raise error
        if item is END:
            return
        yield item
