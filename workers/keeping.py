"""Keeping the leases of a batch that runs."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import DatabaseError, connections

from annotate.domain.assistance import Work

log = logging.getLogger(__name__)
Held = dict[int, Work]
Extend = Callable[[Sequence[Work]], None]


@contextmanager
def held(left: Callable[[], Sequence[Work]], extend: Extend, *, seconds: int) -> Iterator[None]:
    """Keep the leases of what is left of a batch as long as it runs, from a thread of its own."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(left, extend, seconds, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(left: Callable[[], Sequence[Work]], extend: Extend, seconds: int, over: threading.Event) -> None:
    while not over.wait(seconds / 3):
        try:
            if work := left():
                extend(work)
        except (DatabaseError, OSError):
            log.warning("Leases could not be extended; trying again", exc_info=True)
        finally:
            connections.close_all()
