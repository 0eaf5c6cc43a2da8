"""Model assistance: the rows are the queue. Lease some, run the engine elsewhere, record or fail each."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from random import uniform
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from annotate.domain import backends, examples, urgency
from annotate.domain.best import rank
from annotate.domain.examples import Example
from annotate.models import Assistance, Campaign
from annotate.models.assistance import DEFAULT, TO_DO, AssistanceState

MOST_ATTEMPTS = 4
BACK_OFF = timedelta(seconds=20)  # doubled with every attempt, give or take a quarter
BY_GUIDELINE = ("judge", "preverify")  # kinds whose prompts say what people are told
BY_ATTRIBUTES = ("embed", *BY_GUIDELINE)  # kinds that read the pair's attributes
AFTER = {"embed": ("attributes",), "judge": ("attributes", "embed")}  # what a pair must not be waiting for before
LONGEST_WAIT = 3600  # seconds


@dataclass(frozen=True, slots=True)
class Work:
    """One leased row, with what the engine needs of its pair."""

    assistance_id: int
    lease: str
    attempts: int
    pair_id: int
    campaign_id: int
    kind: str
    conversation: list[dict[str, str]]
    response_a: list[dict[str, str]]
    response_b: list[dict[str, str]]
    attributes: dict[str, Any] | None = None
    guideline: str = ""
    examples: tuple[Example, ...] = ()


def lease(
    *, kind: str, most: int, seconds: int = 600, campaign: Campaign | None = None, engine: str = DEFAULT
) -> list[Work]:
    """Take up to `most` rows that are due: wanted ones, and leased ones whose holder let the lease run out.

    Of pairs that people hold or are handed next before others, and none that waits for another kind first. `engine` is
    a line of the settings, and stands for whatever is computed anew by it.
    """
    now, token = timezone.now(), secrets.token_hex(16)
    due = _due(kind=kind, campaign=campaign, engine=engine)
    with transaction.atomic():
        taken = _orphans(due, most=most) or _take(due, most=most, campaign=campaign)
        Assistance.objects.filter(pk__in=taken).update(
            state=AssistanceState.LEASED,
            lease=token,
            due=now + timedelta(seconds=seconds),
            attempts=F("attempts") + 1,
        )
    found = Assistance.objects.filter(pk__in=taken).select_related("pair").order_by("pk")
    about = _attributes(kind, [row.pair_id for row in found])
    said = _guidelines(kind, {row.campaign_id for row in found})
    shown = _examples(kind, engine, [row.pair_id for row in found])
    return [
        _work(row, about.get(row.pair_id), said.get(row.campaign_id, ""), shown.get(row.pair_id, ())) for row in found
    ]


def _due(*, kind: str, campaign: Campaign | None, engine: str | None = None) -> QuerySet[Assistance]:
    due = Assistance.objects.filter(kind=kind, state__in=TO_DO, due__lte=timezone.now())
    if campaign is not None:
        due = due.filter(campaign=campaign)
    if kind in AFTER:
        # Of a line that the settings no longer name nobody would wait for the answer.
        coming = reduce(
            or_, (Q(kind=before) & backends.of_line(name) for before in AFTER[kind] for name in backends.names(before))
        )
        due = due.filter(~Exists(Assistance.objects.filter(coming, pair_id=OuterRef("pair_id"), state__in=TO_DO)))
    return due.filter(backends.of_line(engine)) if engine else due


def waiting_for(kind: str) -> list[str]:
    """Kinds that can be done of a pair only after this one."""
    return [later for later, before in AFTER.items() if kind in before and later in settings.ASSISTANCE_KINDS]


def in_turn(kinds: Iterable[str]) -> list[str]:
    """Kinds in an order in which none waits for a later one."""
    return sorted(kinds, key=lambda kind: (kind in BY_ATTRIBUTES, len(AFTER.get(kind, ()))))


def _orphans(due: QuerySet[Assistance], *, most: int) -> list[int]:
    """Rows whose worker ended while it held them, fewer of them every time: one of them may be what ended it.

    So such a row is alone at last, and parked where it ends its worker once more; its neighbours are done by then.
    """
    held = due.filter(state=AssistanceState.LEASED)
    held.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=AssistanceState.PARKED,
        error=f"The worker ended {MOST_ATTEMPTS} times while it had this row, at last alone.",
    )
    rows = held.select_for_update(skip_locked=True).order_by("-attempts", "due", "id").values_list("pk", "attempts")
    found = list(rows[:most])
    if not found:
        return []
    tried = found[0][1]
    return [pk for pk, attempts in found if attempts == tried][: max(1, most // 8**tried)]


def _take(due: QuerySet[Assistance], *, most: int, campaign: Campaign | None) -> list[int]:
    """Ids of rows nobody else is taking, those that are needed soonest first."""
    free = due.filter(state=AssistanceState.WANTED).select_for_update(skip_locked=True)
    urgent = {pair_id: place for place, pair_id in enumerate(urgency.soonest(campaign=campaign))}
    near = free.filter(pair_id__in=urgent).values_list("pk", "pair_id") if urgent else ()
    taken = [pk for pk, _ in sorted(near, key=lambda row: urgent[row[1]])][:most]
    if len(taken) < most:
        rest = free.exclude(pk__in=taken) if taken else free
        taken += rest.order_by("due", "id").values_list("pk", flat=True)[: most - len(taken)]
    return taken


def _attributes(kind: str, pair_ids: list[int]) -> dict[int, dict[str, Any]]:
    """What is known of the pairs, for kinds that go by it."""
    if kind not in BY_ATTRIBUTES:
        return {}
    known = Assistance.objects.filter(pair_id__in=pair_ids, kind="attributes", state=AssistanceState.DONE)
    return {row.pair_id: row.payload or {} for row in sorted(known.defer("blob"), key=rank)}


def _guidelines(kind: str, campaign_ids: set[int]) -> dict[int, str]:
    """What people are told, for kinds that judge as people do."""
    if kind not in BY_GUIDELINE:
        return {}
    return dict(Campaign.objects.filter(pk__in=campaign_ids).values_list("pk", "protocol__text"))


def _examples(kind: str, engine: str, pair_ids: list[int]) -> dict[int, list[Example]]:
    """The nearest gold, for judges; how many is the line's to say."""
    if kind != "judge":
        return {}
    line = backends.of_kind(kind).get(engine)
    return examples.for_pairs(pair_ids=pair_ids, most=line.options.get("examples", examples.MOST) if line else 0)


def _work(row: Assistance, about: dict[str, Any] | None, guideline: str, shown: Sequence[Example]) -> Work:
    pair, ids = row.pair, (row.pk, row.lease, row.attempts, row.pair_id, row.campaign_id, row.kind)
    return Work(*ids, pair.conversation, pair.response_a, pair.response_b, about, guideline, tuple(shown))


def extend(*, work: Sequence[Work], seconds: int = 600) -> int:
    """Keep the leases of a batch that is still running. Returns how many are still held."""
    held = Assistance.objects.filter(pk__in=[item.assistance_id for item in work], lease=work[0].lease)
    return held.filter(state=AssistanceState.LEASED).update(due=timezone.now() + timedelta(seconds=seconds))


def fail(*, work: Work, error: str) -> None:
    """Put the row back with a longer wait each time, then park it with its error until somebody asks again."""
    park = work.attempts >= MOST_ATTEMPTS
    wait = BACK_OFF * 2 ** (work.attempts - 1) * uniform(0.75, 1.25)  # noqa: S311 jitter is no secret
    mine = Assistance.objects.filter(pk=work.assistance_id, lease=work.lease, state=AssistanceState.LEASED)
    mine.update(
        state=AssistanceState.PARKED if park else AssistanceState.WANTED,
        due=timezone.now() + wait,
        error=error[:4000],
    )


def postpone(*, work: Work, error: str, seconds: float | None = None) -> None:
    """Put the row back for later with what is in the way: its model's server is away, nothing is wrong with the row.

    The attempt does not count, so that an outage parks nothing. `seconds`: what the server asked for, an hour at most.
    """
    wait = timedelta(seconds=min(seconds, LONGEST_WAIT)) if seconds else BACK_OFF
    wait *= uniform(1, 1.25) if seconds else uniform(0.75, 1.25)  # noqa: S311 jitter is no secret
    mine = Assistance.objects.filter(pk=work.assistance_id, lease=work.lease, state=AssistanceState.LEASED)
    mine.update(state=AssistanceState.WANTED, due=timezone.now() + wait, attempts=F("attempts") - 1, error=error[:4000])


def give_back(*, work: Sequence[Work]) -> None:
    """Return rows untouched, as if never leased: the worker was told to stop."""
    if work:
        held = Assistance.objects.filter(pk__in=[item.assistance_id for item in work], lease=work[0].lease)
        now = timezone.now()
        held.filter(state=AssistanceState.LEASED).update(
            state=AssistanceState.WANTED, due=now, attempts=F("attempts") - 1
        )


def is_due(*, kind: str, campaign: Campaign | None = None, engine: str | None = None) -> bool:
    """Whether a row of this kind could be leased now; of one line of the settings, or of any."""
    due = _due(kind=kind, campaign=campaign, engine=engine)
    if kind in AFTER:
        return due.exists()
    return bool(due.order_by("due").values_list("pk")[:1])  # by the index; PostgreSQL would read until it met one
