"""A batch of leased rows and one engine: run it, hand answers on as they come, and lose no row whatever interrupts it.

Where rows come from and answers go is a `Book`: the tables (workers.draining), or a server's API (workers.remote).
"""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from annotate.domain.assistance import Work
from curation.guideline import for_judges
from workers import engines
from workers.keeping import Held, held
from workers.stopping import Stopped, finishing, pass_on, stoppable

log = logging.getLogger(__name__)
TOGETHER = 32  # answers recorded in one transaction
PATIENCE = 1.0  # seconds that an answer waits for others to be recorded with


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of a batch. `lost` answers came after their lease had run out and were dropped.

    `again`: it is worth asking for the next batch at once.
    """

    done: int = 0
    failed: int = 0
    lost: int = 0
    again: bool = False
    error: str = ""

    def __add__(self, other: "Drained") -> "Drained":
        return Drained(
            self.done + other.done,
            self.failed + other.failed,
            self.lost + other.lost,
            self.again or other.again,
            self.error or other.error,
        )


class OutOfReach(Exception):
    """Whoever keeps the rows does not answer. Their leases run out by themselves, and somebody else does them."""


Answered = Sequence[tuple[Work, engines.Result]]


class Book(Protocol):
    """Keeps leases and takes answers, each only where its lease still holds."""

    def extend(self, work: Sequence[Work]) -> None: ...

    def record(self, answered: Answered, by: engines.Provenance, *, milliseconds: int) -> Drained:
        """Rows with their results, payloads or errors; `milliseconds` is what each took."""
        ...

    def fail(self, work: Sequence[Work], error: str) -> None: ...

    def postpone(self, work: Sequence[Work], error: str, *, seconds: float | None) -> None: ...

    def give_back(self, work: Sequence[Work]) -> None: ...


def worked(
    kind: str, work: Sequence[Work], *, book: Book, engine: Callable[[], engines.Engine], seconds: int
) -> Drained:
    """Do these rows, whose leases are for so many seconds and are kept meanwhile. `engine` is called inside."""
    batch = Batch(kind, work, book)
    try:
        with held(batch.left, book.extend, seconds=seconds), stoppable():
            return batch.run(engine())
    except Stopped as stopped:
        book.give_back(batch.left())
        pass_on(stopped)
        return batch.drained
    except engines.BackendDown as error:
        rest = batch.left()
        book.postpone(rest, f"BackendDown: {error}", seconds=error.retry_after)
        return Drained(batch.drained.done, batch.drained.failed + len(rest), batch.drained.lost, error=str(error))
    except OutOfReach:
        raise
    except Exception as error:
        log.exception("A batch of %s failed", kind)
        return batch.fail(f"{type(error).__name__}: {error}")
    except BaseException:
        book.give_back(batch.left())
        raise


class Batch:
    """Rows under one lease, and what became of them until now."""

    def __init__(self, kind: str, work: Sequence[Work], book: Book) -> None:
        self.drained = Drained()
        self._kind, self._book = kind, book
        self._left: Held = {item.assistance_id: item for item in work}
        self._began = time.monotonic()

    def left(self) -> list[Work]:
        """Rows of which nothing was recorded yet."""
        return list(self._left.values())

    def run(self, engine: engines.Engine) -> Drained:
        self._began = time.monotonic()
        self._some(engine, self.left())
        return self.drained

    def _some(self, engine: engines.Engine, work: Sequence[Work]) -> None:
        """Run the engine over these rows; where it breaks, over each half of what is left of them."""
        try:
            self._stream(engine, work)
            return
        except (engines.EngineError, OutOfReach):
            raise
        except Exception as error:
            left = [item for item in work if item.assistance_id in self._left]
            if len(left) <= 1:
                self.drained += self._fail(left, f"{type(error).__name__}: {error}")
                return
            log.warning("%s broke over %d rows: %s; trying each half", self._kind, len(left), error)
        half = len(left) // 2
        self._some(engine, left[:half])
        self._some(engine, left[half:])

    def _stream(self, engine: engines.Engine, work: Sequence[Work]) -> None:
        """Hand results on, some at a time; where the engine breaks, first those that it gave before."""
        waiting: list[engines.Result] = []
        since = time.monotonic()
        with closing(engine.stream([row_of(item) for item in work])) as groups:
            try:
                for group in groups:
                    waiting += group
                    if len(waiting) >= TOGETHER or time.monotonic() - since > PATIENCE:
                        self._record(waiting, engine.provenance)
                        since = time.monotonic()
            except Exception:
                self._record(waiting, engine.provenance)
                raise
        self._record(waiting, engine.provenance)

    def _record(self, waiting: list[engines.Result], by: engines.Provenance) -> None:
        """Hand answers on where their leases still hold; a row that the engine could not do fails alone."""
        results = waiting.copy()
        waiting.clear()
        if not results:
            return
        with finishing():
            now = time.monotonic()
            each = round(1000 * (now - self._began) / len(results))
            self._began = now
            answered = [(self._left.pop(result.id), result) for result in results]
            self.drained += self._book.record(answered, by, milliseconds=each)

    def fail(self, error: str) -> Drained:
        """Every row that is left, for the same reason. What comes next would fail for it too, so that can wait."""
        failed = self._fail(self.left(), error)
        return Drained(self.drained.done, self.drained.failed + failed.failed, self.drained.lost, error=error)

    def _fail(self, work: Sequence[Work], error: str) -> Drained:
        for item in work:
            del self._left[item.assistance_id]
        self._book.fail(work, error)
        return Drained(failed=len(work), error=error)


def row_of(work: Work) -> engines.Row:
    texts = (work.conversation, work.response_a, work.response_b)
    shown = tuple(
        engines.Example(
            *(one.conversation, one.response_a, one.response_b, one.choice, one.attributes, one.reason), id=one.gold_id
        )
        for one in work.examples
    )
    return engines.Row(work.assistance_id, *texts, work.attributes, for_judges(work.guideline), shown)
