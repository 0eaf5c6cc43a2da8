"""Assistance by workers without the database: they lease rows of a campaign and return results over the API.

The lease is the row's own (assistance.lease), so that they and the workers here never do the same row; results go
through the same doors as a local worker's. Whoever has a lease's name may return its rows, however often: again is a
no-op.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from annotate.domain import answers, assistance, backends, spending
from annotate.domain.answers import Answer, Provenance
from annotate.domain.assistance import Work
from annotate.domain.errors import Conflict, Invalid, one_of
from annotate.domain.examples import Example
from annotate.domain.payloads import Unfit, check
from annotate.models import Assistance, Campaign, User
from annotate.models.assistance import AssistanceState
from curation.attributes import ATTRIBUTES
from curation.guideline import for_judges

MOST_ROWS, USUAL_ROWS = 256, 64
SHORTEST, LONGEST = 3, 3600  # seconds of a lease
NO_ROW = "no row of this campaign has this id, or it stands here twice"

# What an engine of the kind reads, and no more: attributes and vectors are never made of the responses.
CONVERSATION = ("conversation",)
RESPONSES = ("response_a", "response_b")
READS: dict[str, tuple[str, ...]] = {
    "attributes": CONVERSATION,
    "embed": (*CONVERSATION, "attributes"),
    "differences": RESPONSES,
    "reward": (*CONVERSATION, *RESPONSES),
    "judge": (*CONVERSATION, *RESPONSES, "attributes", "guideline", "examples"),
    "preverify": (*CONVERSATION, *RESPONSES, "attributes"),
}


@dataclass(frozen=True, slots=True)
class Leased:
    """Rows under one lease, each with the texts that its kind reads."""

    lease: str
    seconds: int
    rows: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Given:
    """One row's result as sent: a payload, with a vector where the kind has one, or an error."""

    id: int
    payload: dict[str, Any] | None = None
    blob: bytes | None = None
    error: str = ""
    tokens_read: int = 0
    tokens_written: int = 0
    tokens_padded: int = 0
    milliseconds: int = 0
    settings: dict[str, Any] = field(default_factory=dict)  # what was particular to this row
    unfit: str = ""  # why nothing of it can be kept


@dataclass(slots=True)
class Taken:
    """What became of each row: its id stands in one of the four."""

    recorded: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)  # {"id", "reason"}
    lost: list[int] = field(default_factory=list)  # somebody else's by now, or done


def lease(*, campaign: Campaign, kind: str, engine: str, most: int | None, seconds: int | None) -> Leased | None:
    """Take rows that are due, as a worker here would: those that people need soonest first. None: there are none now.

    Invalid: no such kind or engine, or too much asked for. Conflict: the day's budget of the engine is spent.
    """
    backend = _backend(kind, engine)
    rows = _within(most, USUAL_ROWS, (1, MOST_ROWS), "rows")
    seconds = _within(seconds, settings.ASSISTANCE_LEASE, (SHORTEST, LONGEST), "seconds")
    affordable = spending.affordable(kind=kind, backend=backend, most=rows)
    if affordable == 0:
        raise Conflict(
            _("Today's budget of %(kind)s by %(engine)s is spent; it begins anew at midnight UTC.")
            % {"kind": kind, "engine": engine}
        )
    work = assistance.lease(kind=kind, engine=engine, most=affordable, seconds=seconds, campaign=campaign)
    gold_too = "examples" in backend.options
    return Leased(work[0].lease, seconds, [_shown(item, gold_too=gold_too) for item in work]) if work else None


def _backend(kind: str, engine: str) -> backends.Backend:
    if kind not in settings.ASSISTANCE_MODELS:
        raise Invalid(_("There is no such kind of assistance."), fields={"kind": one_of(settings.ASSISTANCE_MODELS)})
    found = backends.of_kind(kind)
    if engine not in found:
        raise Invalid(_("No line of the server's settings has this name."), fields={"engine": one_of(found)})
    return found[engine]


def _within(given: int | None, usual: int, bounds: tuple[int, int], name: str) -> int:
    least, most = bounds
    found = usual if given is None else given
    if not least <= found <= most:
        words = _("a whole number from %(least)d to %(most)d") % {"least": least, "most": most}
        raise Invalid(_("This cannot be leased."), fields={name: words})
    return found


def _shown(work: Work, *, gold_too: bool) -> dict[str, Any]:
    """Examples are gold, which the scope alone does not open: the operator's line has to say how many go out."""
    texts: dict[str, Callable[[], Any]] = {
        "conversation": lambda: work.conversation,
        "response_a": lambda: work.response_a,
        "response_b": lambda: work.response_b,
        "attributes": lambda: _five(work.attributes),
        "guideline": lambda: for_judges(work.guideline),
        "examples": lambda: [_example(one) for one in work.examples if gold_too],
    }
    return {"id": work.assistance_id} | {name: texts[name]() for name in READS[work.kind]}


def _five(known: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: known.get(name, "") for name in ATTRIBUTES} if known else None


def _example(one: Example) -> dict[str, Any]:
    said = {"id": one.gold_id, "choice": one.choice, "reason": one.reason, "attributes": _five(one.attributes)}
    return said | {name: getattr(one, name) for name in (*CONVERSATION, *RESPONSES)}


def renew(*, campaign: Campaign, lease: str, seconds: int | None) -> int:
    """Hold what is left of a lease longer. Returns how many rows that is; 0: nothing of it is held any more."""
    seconds = _within(seconds, settings.ASSISTANCE_LEASE, (SHORTEST, LONGEST), "seconds")
    held = _held(campaign, lease)
    return assistance.extend(work=held, seconds=seconds) if held else 0


def _held(campaign: Campaign, lease: str) -> list[Work]:
    kinds = list(settings.ASSISTANCE_MODELS)  # named, so that the index finds the leased ones
    rows = Assistance.objects.filter(campaign=campaign, kind__in=kinds, state=AssistanceState.LEASED, lease=lease)
    return [_work(row) for row in rows.order_by("pk").defer("payload", "blob")]


def _work(row: Assistance) -> Work:
    return Work(row.pk, row.lease, row.attempts, row.pair_id, row.campaign_id, row.kind, [], [], [])


def take(*, campaign: Campaign, lease: str, results: Sequence[Given], by: Provenance, actor: User) -> Taken:
    """Record what a worker returns, each row by itself: a payload that is not its kind's fails its row with the reason,
    what this lease no longer holds is dropped. What this lease recorded before counts as recorded."""
    rows = _rows(campaign, [result.id for result in results])
    taken, mine, good = Taken(), list[tuple[Assistance, Given]](), list[Answer]()
    for result in results:
        row = rows.pop(result.id, None)
        if row is None:
            taken.rejected.append({"id": result.id, "reason": result.unfit or NO_ROW})
        elif row.lease != lease:
            taken.lost.append(row.pk)
        else:
            mine.append((row, result))
    for row, result in mine:
        if reason := result.unfit or _unfit(row, result):
            taken.rejected.append({"id": row.pk, "reason": reason})
            assistance.fail(work=_work(row), error=f"What {actor.username} returned cannot be kept: {reason}")
        elif result.payload is None:
            taken.failed.append(row.pk)
            assistance.fail(work=_work(row), error=result.error)
        else:
            good.append(_answer(row, result))
    answers.record(answers=good, by=by, actor_id=actor.pk)
    for row in _rows(campaign, [answer.work.assistance_id for answer in good]).values():
        done = row.state == AssistanceState.DONE and row.lease == lease
        (taken.recorded if done else taken.lost).append(row.pk)
    _account([(row, result) for row, result in mine if row.state == AssistanceState.LEASED])
    return taken


def _rows(campaign: Campaign, ids: Sequence[int]) -> dict[int, Assistance]:
    rows = Assistance.objects.filter(campaign=campaign, pk__in=ids).defer("payload", "blob", "settings")
    return {row.pk: row for row in rows.order_by("pk")}


def _unfit(row: Assistance, result: Given) -> str:
    if result.payload is None:
        return ""
    try:
        check(row.kind, result.payload, result.blob)
    except Unfit as error:
        return str(error)
    return ""


def _answer(row: Assistance, result: Given) -> Answer:
    assert result.payload is not None
    return Answer(
        _work(row),
        result.payload,
        result.blob,
        tokens_read=result.tokens_read,
        tokens_written=result.tokens_written,
        tokens_padded=result.tokens_padded,
        milliseconds=result.milliseconds,
        settings=result.settings,
    )


def _account(done: Iterable[tuple[Assistance, Given]]) -> None:
    """What rows took counts to today's account of their engine, once each: when they were still held."""
    by_engine: dict[tuple[str, str], list[Given]] = {}
    for row, result in done:
        by_engine.setdefault((row.kind, backends.base(row.engine)), []).append(result)
    for (kind, engine), results in by_engine.items():
        backend = backends.of_kind(kind).get(engine)
        if backend is not None:
            read, written = (sum(getattr(one, name) for one in results) for name in ("tokens_read", "tokens_written"))
            spending.add(kind=kind, backend=backend, taken=spending.Taken(len(results), read, written))


def release(*, campaign: Campaign, lease: str, error: str = "", seconds: float | None = None) -> int:
    """Give back what is left of a lease, as if it had never been taken; with an error, for later: the worker's model
    is out of reach, and no attempt counts. Returns how many rows."""
    held = _held(campaign, lease)
    if error:
        for work in held:
            assistance.postpone(work=work, error=error, seconds=seconds)
    else:
        assistance.give_back(work=held)
    return len(held)
