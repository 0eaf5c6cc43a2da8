"""One batch of one kind: lease it, run the engine, record answers as they come. Tasks and `assist` do this."""

import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from annotate.domain import answers, assistance, backends, examples, spending
from annotate.domain.answers import Answer
from annotate.domain.assistance import Work
from annotate.domain.backends import Backend
from annotate.domain.examples import Example
from curation.guideline import for_judges
from workers import engines, loading
from workers.keeping import Held, held
from workers.stopping import Stopped, finishing, pass_on, stoppable

if TYPE_CHECKING:
    from annotate.models import Campaign

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


def drain(*, kind: str, campaign: "Campaign | None" = None, engine: str = "") -> Drained:
    """Do one batch that is due, of one line of the settings, or of the first that has work and budget.

    Whatever interrupts it, no row is lost: what is not recorded goes back. A model that cannot be loaded fails the
    batch's rows with its error, and the next batch waits for the next tick.
    """
    found = backends.of_kind(kind)
    spent = ""
    for backend in [found[engine]] if engine else found.values():
        usual = backend.at_once(settings.ASSISTANCE_BATCHES[kind])
        most = spending.affordable(kind=kind, backend=backend, most=usual)
        if most == 0:
            spent = spent or f"Today's budget of {kind} by {backend.name} is spent; it begins anew at midnight UTC."
            continue
        seconds = settings.ASSISTANCE_LEASE
        work = assistance.lease(kind=kind, engine=backend.name, most=most, seconds=seconds, campaign=campaign)
        if work:
            return _batch(kind, backend, work, seconds=seconds)
    return Drained(error=spent)


def _batch(kind: str, backend: Backend, work: list[Work], *, seconds: int) -> Drained:
    batch = _Batch(kind, backend, work)
    try:
        with held(batch.left, seconds=seconds), stoppable():
            return batch.run(loading.engine(kind, backend.name))
    except Stopped as stopped:
        assistance.give_back(work=batch.left())
        pass_on(stopped)
        return batch.drained
    except engines.BackendDown as error:
        for item in (rest := batch.left()):
            assistance.postpone(work=item, error=f"BackendDown: {error}", seconds=error.retry_after)
        return Drained(batch.drained.done, batch.drained.failed + len(rest), batch.drained.lost, error=str(error))
    except Exception as error:
        log.exception("A batch of %s failed", kind)
        return batch.fail(f"{type(error).__name__}: {error}")
    except BaseException:
        assistance.give_back(work=batch.left())
        raise


class _Batch:
    """Rows under one lease, and what became of them until now."""

    def __init__(self, kind: str, backend: Backend, work: Sequence[Work]) -> None:
        self.drained = Drained()
        self._kind, self._backend = kind, backend
        self._left: Held = {item.assistance_id: item for item in work}
        self._began = time.monotonic()
        self._examples: dict[int, list[Example]] = {}

    def left(self) -> list[Work]:
        """Rows of which nothing was recorded yet."""
        return list(self._left.values())

    def run(self, engine: engines.Engine) -> Drained:
        if self._kind == "judge":
            most = self._backend.options.get("examples", examples.MOST)
            self._examples = examples.for_pairs(pair_ids=[item.pair_id for item in self.left()], most=most)
        self._began = time.monotonic()
        self._some(engine, self.left())
        return self.drained

    def _some(self, engine: engines.Engine, work: Sequence[Work]) -> None:
        """Run the engine over these rows; where it breaks, over each half of what is left of them."""
        try:
            self._stream(engine, work)
            return
        except engines.EngineError:
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
        waiting: list[engines.Result] = []
        since = time.monotonic()
        rows = [row_of(item, self._examples.get(item.pair_id, ())) for item in work]
        with closing(engine.stream(rows)) as groups:
            for group in groups:
                waiting += group
                if len(waiting) >= TOGETHER or time.monotonic() - since > PATIENCE:
                    self._record(waiting, engine.provenance)
                    waiting, since = [], time.monotonic()
        self._record(waiting, engine.provenance)

    def _record(self, results: Sequence[engines.Result], by: engines.Provenance) -> None:
        """Store each answer where its lease still holds; a row the engine could not do fails alone."""
        if not results:
            return
        with finishing():
            now = time.monotonic()
            each = round(1000 * (now - self._began) / len(results))
            self._began = now
            self.drained += self._store(results, by, milliseconds=each)
            taken = [result.counts for result in results]
            spending.add(
                kind=self._kind,
                backend=self._backend,
                taken=spending.Taken(len(taken), sum(c.read for c in taken), sum(c.written for c in taken)),
            )

    def _store(self, results: Iterable[engines.Result], by: engines.Provenance, *, milliseconds: int) -> Drained:
        good: list[Answer] = []
        errors: list[str] = []
        for result in results:
            item = self._left.pop(result.id)
            if result.payload is None:
                assistance.fail(work=item, error=result.error)
                errors.append(result.error)
            else:
                good.append(_answer(item, result, milliseconds))
        provenance = answers.Provenance(by.model, by.revision, by.prompt_version, {"engine": by.engine, **by.settings})
        done = answers.record(answers=good, by=provenance)
        return Drained(done, len(errors), len(good) - done, again=True, error=errors[0] if errors else "")

    def fail(self, error: str) -> Drained:
        """Every row that is left, for the same reason. What comes next would fail for it too, so that can wait."""
        failed = self._fail(self.left(), error)
        return Drained(self.drained.done, self.drained.failed + failed.failed, self.drained.lost, error=error)

    def _fail(self, work: Sequence[Work], error: str) -> Drained:
        for item in work:
            del self._left[item.assistance_id]
            assistance.fail(work=item, error=error)
        return Drained(failed=len(work), error=error)


def row_of(work: Work, nearest: Sequence[Example] = ()) -> engines.Row:
    """The pair as an engine gets it; `nearest` are examples for a judge."""
    texts = (work.conversation, work.response_a, work.response_b)
    shown = tuple(
        engines.Example(
            *(one.conversation, one.response_a, one.response_b, one.choice),
            attributes=one.attributes,
            reason=one.reason,
            id=one.gold_id,
        )
        for one in nearest
    )
    return engines.Row(work.assistance_id, *texts, work.attributes, for_judges(work.guideline), shown)


def _answer(item: Work, result: engines.Result, milliseconds: int) -> Answer:
    assert result.payload is not None
    counts = result.counts
    return Answer(
        item,
        result.payload,
        result.blob,
        tokens_read=counts.read,
        tokens_written=counts.written,
        tokens_padded=counts.padded,
        milliseconds=milliseconds,
        settings=result.settings,
    )
