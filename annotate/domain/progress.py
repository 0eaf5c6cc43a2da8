"""How far assistance is, from the counts that the database keeps (models/counts.py): no request counts rows."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from annotate.models import AssistanceCount, Campaign
from annotate.models.assistance import TO_DO, AssistanceState
from annotate.models.counts import KEY, SUMS

KEPT = timedelta(hours=1)  # how long a minute has a line of its own
FOLDED = datetime(2000, 1, 1, tzinfo=UTC)  # the minute of what is longer ago
MOST = 20_000  # lines folded at once


def progress(*, campaign: Campaign) -> dict[str, dict[str, int]]:
    """Counts by kind and state: {"reward": {"done": 12, "wanted": 3}}. One statement."""
    lines = AssistanceCount.objects.filter(campaign=campaign).values_list("kind", "state").annotate(n=Sum("rows"))
    found: dict[str, dict[str, int]] = {}
    for kind, state, count in lines.order_by("kind", "state"):
        if count:
            found.setdefault(kind, {})[state] = count
    return found


def to_do(*, kind: str, campaign: Campaign | None = None) -> int:
    """How many rows of a kind are still wanted or in work. One statement."""
    lines = AssistanceCount.objects.filter(kind=kind, state__in=TO_DO)
    lines = lines.filter(campaign=campaign) if campaign else lines
    return lines.aggregate(n=Sum("rows"))["n"] or 0


def totals(*, campaign: Campaign) -> list[dict[str, Any]]:
    """Per engine, state, model, revision and prompt version how many rows there are and what they took, when the last
    one came (`at`, null: longer ago than anybody knows) and what was sampled of it. One statement."""
    lines = AssistanceCount.objects.filter(campaign=campaign).values(*KEY[1:]).order_by(*KEY[1:])
    summed = {f"sum_{name}": Sum(name) for name in SUMS}
    found = lines.annotate(last=Max("at"), newest=Max("sample"), **summed)
    return [
        {name: row[name] for name in KEY[1:]}
        | {name: int(row[f"sum_{name}"]) for name in SUMS}
        | {"at": row["last"], "sample": row["newest"]}
        for row in found
    ]


def minutes(*, campaign: Campaign, state: str = AssistanceState.DONE) -> dict[tuple[str, str], dict[datetime, int]]:
    """By kind and engine, how many came into a state in each minute of the last hour in which any did."""
    since = timezone.now() - KEPT
    lines = AssistanceCount.objects.filter(campaign=campaign, state=state, minute__gt=since).order_by()
    found: dict[tuple[str, str], dict[datetime, int]] = defaultdict(dict)
    for kind, engine, minute, came in lines.values_list("kind", "engine", "minute").annotate(n=Sum("arrived")):
        if came:
            found[kind, engine][minute] = came
    return found


def fold() -> int:
    """One line a minute and key of the last hour, one a key of all that was before. Returns how many lines it folded.

    Lines that others add meanwhile are not touched, and no sum is ever seen otherwise than it is. Losing this loses
    nothing but space.
    """
    since = timezone.now() - KEPT
    wanted = _foldable(AssistanceCount.objects.order_by("minute", "pk")[:MOST], since)
    if not wanted:
        return 0
    with transaction.atomic():
        ids = [line.pk for group in wanted.values() for line in group]
        many = _foldable(AssistanceCount.objects.select_for_update(skip_locked=True).filter(pk__in=ids), since)
        gone = [line.pk for group in many.values() for line in group]
        AssistanceCount.objects.filter(pk__in=gone).delete()
        AssistanceCount.objects.bulk_create([_folded(key, group) for key, group in many.items()])
    return len(gone)


def _foldable(lines: Iterable[AssistanceCount], since: datetime) -> dict[tuple[Any, ...], list[AssistanceCount]]:
    """Lines by what they become, where that is not what they are."""
    groups: dict[tuple[Any, ...], list[AssistanceCount]] = defaultdict(list)
    for line in lines:
        minute = line.minute if line.minute > since else FOLDED
        groups[*(getattr(line, name) for name in KEY), minute].append(line)
    return {key: group for key, group in groups.items() if len(group) > 1 or group[0].minute != key[-1]}


def _folded(key: tuple[Any, ...], group: Iterable[AssistanceCount]) -> AssistanceCount:
    lines = list(group)
    return AssistanceCount(
        **dict(zip((*KEY, "minute"), key, strict=True)),
        at=max((line.at for line in lines if line.at), default=None),
        sample=max((line.sample for line in lines if line.sample), default=None),
        **{name: sum(getattr(line, name) for line in lines) for name in SUMS},
    )
