"""Tallies: of every judged pair what people said, kept up to date from the audit trail, so that figures on agreement
are counted by the database over slices that changed, and never in a request."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from annotate.domain.counting import ATTRIBUTES, counted
from annotate.models import Assistance, AuditEvent, Campaign, Figure, Judgement, Tally, TallyMark
from annotate.models.assistance import AssistanceState
from annotate.models.campaign import Purpose

Slice = tuple[str, str]  # dimension and value; ("", "") is the whole campaign

WHOLE: Slice = ("", "")
COLUMNS = (*ATTRIBUTES, "length", "writers", "week", "reward_model")
PEOPLE = "annotator"
BATCH = 500
LOOK_BACK = timedelta(minutes=2)  # an event's number may be given before, and seen after, a later one's
REST = timedelta(seconds=20)  # between two looks at a campaign
LEASE = timedelta(minutes=15)
SWEEP = timedelta(minutes=10)  # between two looks for assistance that came later, which asks about every pair without


def due() -> list[int]:
    """Campaigns in which something happened to a pair since the last look, or something is stale."""
    now = timezone.now()
    found = []
    for campaign in Campaign.objects.filter(purpose=Purpose.WORK).select_related("tally_mark"):
        mark = getattr(campaign, "tally_mark", None) or TallyMark(campaign=campaign)
        rested = mark.looked is None or mark.looked < now - REST
        free = mark.busy is None or mark.busy < now
        if rested and free and (mark.stale or _events(campaign.pk, mark.upto).exists() or _unswept(mark)):
            found.append(campaign.pk)
    return found


def lease(*, campaign_id: int) -> TallyMark | None:
    """The campaign's mark for this worker alone, or None where another has it."""
    TallyMark.objects.get_or_create(campaign_id=campaign_id)
    now = timezone.now()
    free = TallyMark.objects.filter(Q(busy__isnull=True) | Q(busy__lt=now), campaign_id=campaign_id)
    taken = free.update(busy=now + LEASE)
    return TallyMark.objects.get(campaign_id=campaign_id) if taken else None


def release(*, mark: TallyMark) -> None:
    TallyMark.objects.filter(pk=mark.pk).update(busy=None, looked=timezone.now())


def absorb(*, mark: TallyMark) -> None:
    """Bring the tallies of all pairs up to date to which something happened; note which slices that makes stale."""
    last = _events(mark.campaign_id, mark.upto).order_by("-id").values_list("id", flat=True).first()
    changed = _events(mark.campaign_id, mark.upto).order_by().values_list("pair_id", flat=True).distinct()
    for batch in _batches(changed.iterator(BATCH)):
        _tally(mark, batch)
    if _unswept(mark):
        for batch in _batches(list(_late(mark.campaign_id).values_list("pk", flat=True))):
            _tally(mark, batch)
        mark.swept = timezone.now()
        mark.save(update_fields=["swept"])
    if last is not None:
        sure = AuditEvent.objects.filter(
            campaign_id=mark.campaign_id, id__lte=last, id__gt=mark.upto, at__lt=timezone.now() - LOOK_BACK
        )
        mark.upto = sure.order_by("-id").values_list("id", flat=True).first() or mark.upto
        mark.save(update_fields=["upto"])


def _events(campaign_id: int, upto: int) -> Any:
    return AuditEvent.objects.filter(campaign_id=campaign_id, id__gt=upto, pair_id__isnull=False)


def _unswept(mark: TallyMark) -> bool:
    return mark.swept is None or mark.swept < timezone.now() - SWEEP


def _late(campaign_id: int) -> Any:
    """Tallies to which assistance has come since."""
    done = Assistance.objects.filter(pair=OuterRef("pk"), state=AssistanceState.DONE)
    return Tally.objects.filter(
        Q(task_category="") & Exists(done.filter(kind="attributes"))
        | Q(reward="") & Exists(done.filter(kind="reward")),
        campaign_id=campaign_id,
    )


def _batches(pairs: Iterable[int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@transaction.atomic
def _tally(mark: TallyMark, pairs: Sequence[int]) -> None:
    """Tallies of these pairs anew; slices are stale where one of them came, went, or says something else."""
    before = {tally.pk: tally for tally in Tally.objects.filter(pk__in=pairs)}
    now = {tally.pk: tally for tally in counted(mark.campaign_id, pairs)}
    changed = [tally for pk, tally in now.items() if pk not in before or _told(before[pk]) != _told(tally)]
    if not changed:
        return
    fields = [field.name for field in Tally._meta.concrete_fields if not field.primary_key]
    Tally.objects.bulk_create(changed, update_conflicts=True, unique_fields=["pair"], update_fields=fields)
    stale = {tuple(one) for one in mark.stale} | {WHOLE}
    for tally in changed:
        for version in (tally, before.get(tally.pk)):
            stale |= {(name, value) for name in COLUMNS if (value := getattr(version, name, ""))}
    judged = Judgement.objects.filter(claim__pair_id__in=[tally.pk for tally in changed], surplus=False)
    stale |= {(PEOPLE, str(person)) for person in judged.values_list("claim__annotator_id", flat=True).distinct()}
    mark.stale = sorted(stale)
    mark.save(update_fields=["stale"])


def _told(tally: Tally) -> list[Any]:
    return [getattr(tally, field.attname) for field in Tally._meta.concrete_fields]


def kinds(
    *, campaign_id: int, columns: Sequence[str], dimension: str, values: Sequence[str]
) -> dict[str, Counter[Any]]:
    """By slice how many pairs have the same in `columns`. The database counts; what comes back is short."""
    tallies = Tally.objects.filter(campaign_id=campaign_id).order_by()
    if dimension == PEOPLE:
        by = "pair__claims__annotator_id"
        tallies = tallies.filter(
            pair__claims__judgement__surplus=False,
            pair__claims__round=0,
            pair__claims__annotator_id__in=[int(one) for one in values],
        )
    else:
        by = dimension
        tallies = tallies.filter(**{f"{by}__in": values}) if by else tallies
    found: dict[str, Counter[Any]] = {value: Counter() for value in values}
    names = [by, *columns] if by else list(columns)
    for *key, number in tallies.values_list(*names).annotate(number=Count("pk")).iterator(BATCH):
        found[str(key.pop(0)) if by else ""][tuple(key)] += number
    return found


def people(*, campaign_id: int) -> int:
    """How many have judged in the campaign."""
    judged = Judgement.objects.filter(claim__campaign_id=campaign_id, surplus=False)
    return judged.order_by().values("claim__annotator_id").distinct().count()


def crossed(*, campaign_id: int, values: Sequence[str]) -> dict[str, Counter[tuple[str, str]]]:
    """Of each two people, one of them in `values`, how often they said which two things of the same pair before the
    reveal; by "id|id", the smaller first."""
    other = "claim__pair__claims"
    rows = Judgement.objects.filter(
        **{f"{other}__judgement__surplus": False, f"{other}__round": 0},
        claim__campaign_id=campaign_id,
        claim__round=0,
        surplus=False,
        claim__annotator_id__in=[int(one) for one in values],
    ).exclude(claim__annotator_id=F(f"{other}__annotator_id"))
    names = ("claim__annotator_id", f"{other}__annotator_id", "choice", f"{other}__judgement__choice")
    found: dict[str, Counter[tuple[str, str]]] = {}
    for one, two, said, also, number in rows.order_by().values_list(*names).annotate(number=Count("pk")):
        if one < two:
            found.setdefault(f"{one}|{two}", Counter())[said, also] += number
        elif str(two) not in values:
            found.setdefault(f"{two}|{one}", Counter())[also, said] += number
    return found


def figure(
    mark: TallyMark, fact: str, about: Slice, coefficient: str, figures: tuple[float | None, ...], items: int
) -> Figure:
    """A row to `store`: `figures` are the value and the ends of its interval."""
    value, low, high = figures
    return Figure(
        campaign_id=mark.campaign_id, fact=fact, dimension=about[0], slice=about[1], coefficient=coefficient,
        value=value, low=low, high=high, items=items,
    )  # fmt: skip


@transaction.atomic
def store(*, mark: TallyMark, done: Sequence[Slice], figures: Sequence[Figure]) -> None:
    """Put these slices' figures in the place of what they had; they are stale no more."""
    for dimension in {dimension for dimension, _ in done}:
        values = [value for name, value in done if name == dimension]
        Figure.objects.filter(campaign_id=mark.campaign_id, dimension=dimension, slice__in=values).delete()
    Figure.objects.bulk_create(figures, batch_size=BATCH)
    mark.stale = [one for one in mark.stale if tuple(one) not in set(done)]
    mark.save(update_fields=["stale"])


def overall(*, campaign: Campaign) -> dict[str, dict[str, Any]]:
    """The stored figures of the whole campaign, of people among themselves, by fact; nothing before a worker came."""
    found: dict[str, dict[str, Any]] = {"judgements": {}, "verdicts": {}}
    for figure in Figure.objects.filter(campaign=campaign, dimension="", slice="", fact__in=list(found)):
        found[figure.fact][figure.coefficient] = {
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "items": figure.items,
            "computed": figure.computed,
        }
    return found
