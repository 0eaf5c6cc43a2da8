"""One batch of one kind, straight from the tables: lease it, run the engine, record. Tasks and `assist` do this."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings

from annotate.domain import answers, assistance, backends, payloads, spending
from annotate.domain.answers import Answer
from annotate.domain.assistance import Work
from annotate.domain.backends import Backend
from workers import engines, telling
from workers.batches import Answered, Drained, worked

if TYPE_CHECKING:
    from annotate.models import Campaign


def drain(*, kind: str, campaign: "Campaign | None" = None, engine: str = "") -> Drained:
    """Do one batch that is due, of one line of the settings, or of the first that has work and budget.

    Whatever interrupts it, no row is lost: what is not recorded goes back. A model that cannot be loaded fails the
    batch's rows with its error, and the next batch waits for the next tick.
    """
    found = backends.of_kind(kind)
    spent = ""
    for backend in [found[engine]] if engine else found.values():
        if backend.external:
            continue
        usual = backend.at_once(settings.ASSISTANCE_BATCHES[kind])
        most = spending.affordable(kind=kind, backend=backend, most=usual)
        if most == 0:
            spent = spent or f"Today's budget of {kind} by {backend.name} is spent; it begins anew at midnight UTC."
            continue
        seconds = settings.ASSISTANCE_LEASE
        work = assistance.lease(kind=kind, engine=backend.name, most=most, seconds=seconds, campaign=campaign)
        if work:
            return worked(
                kind,
                work,
                book=Tables(kind, backend, seconds=seconds),
                engine=lambda name=backend.name: telling.engine(kind, name),  # type: ignore[misc]
                seconds=seconds,
            )
    return Drained(error=spent)


class Tables:
    """The rows themselves, in the database."""

    def __init__(self, kind: str, backend: Backend, *, seconds: int) -> None:
        self._kind, self._backend, self._seconds = kind, backend, seconds

    def extend(self, work: Sequence[Work]) -> None:
        assistance.extend(work=work, seconds=self._seconds)

    def record(self, answered: Answered, by: engines.Provenance, *, milliseconds: int) -> Drained:
        good: list[Answer] = []
        errors: list[str] = []
        for item, result in answered:
            if error := self._wrong(result):
                assistance.fail(work=item, error=error)
                errors.append(error)
            else:
                good.append(_answer(item, result, milliseconds))
        provenance = answers.Provenance(by.model, by.revision, by.prompt_version, {"engine": by.engine, **by.settings})
        done = answers.record(answers=good, by=provenance)
        taken = [result.counts for _, result in answered]
        spending.add(
            kind=self._kind,
            backend=self._backend,
            taken=spending.Taken(len(taken), sum(c.read for c in taken), sum(c.written for c in taken)),
        )
        return Drained(done, len(errors), len(good) - done, again=True, error=errors[0] if errors else "")

    def _wrong(self, result: engines.Result) -> str:
        """Why nothing can be recorded of it; "": it can."""
        if result.payload is None:
            return result.error
        try:
            payloads.check(self._kind, result.payload, result.blob)
        except payloads.Unfit as error:
            return f"The engine's answer cannot be kept: {error}"
        return ""

    def fail(self, work: Sequence[Work], error: str) -> None:
        for item in work:
            assistance.fail(work=item, error=error)

    def postpone(self, work: Sequence[Work], error: str, *, seconds: float | None) -> None:
        for item in work:
            assistance.postpone(work=item, error=error, seconds=seconds)

    def give_back(self, work: Sequence[Work]) -> None:
        assistance.give_back(work=work)


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
