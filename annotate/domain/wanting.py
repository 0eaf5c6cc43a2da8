"""Wishes for assistance: what a pair wants, what a campaign lacks, and what a manager wants computed anew."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.utils.translation import gettext as _

from annotate.domain import audit, backends, progress
from annotate.domain.errors import Missing
from annotate.models import Assistance, Campaign, User
from annotate.models.assistance import IMPORTED, AssistanceState

BATCH = 1000
OBJECTIVE = "preverify"  # the kind that makes sense for objective pairs alone (METHOD.md, the human protocol, 4)


def makes_sense(kind: str, attributes: dict[str, Any] | None) -> bool:
    """Whether a pair with these attributes, None where they are not known yet, wants this kind."""
    return kind != OBJECTIVE or (attributes or {}).get("objectivity") == "objective"


def want(*, campaign: Campaign, kind: str) -> int:
    """Want a kind, of every engine the settings name, for each pair that lacks it. Returns how many rows were added."""
    return sum(_want(campaign, kind, engine) for engine in backends.names(kind))


def _want(campaign: Campaign, kind: str, engine: str) -> int:
    # What a source brought along is enough, whichever engine would have made it.
    there = Assistance.objects.filter(campaign=campaign, kind=kind, engine__in=[engine, IMPORTED])
    bare = campaign.pairs.exclude(pk__in=there.values("pair_id"))
    if kind == OBJECTIVE:
        known = Assistance.objects.filter(campaign=campaign, kind="attributes", state=AssistanceState.DONE)
        bare = bare.filter(pk__in=known.filter(payload__objectivity="objective").values("pair_id"))
    return add(campaign_id=campaign.pk, kind=kind, rows=((pk, engine) for pk in bare.values_list("pk", flat=True)))


def add(*, campaign_id: int, kind: str, rows: Iterable[tuple[int, str]]) -> int:
    """A wish for each (pair, engine) that has none. Returns how many were asked for."""
    made = [Assistance(pair_id=pk, campaign_id=campaign_id, kind=kind, engine=engine) for pk, engine in rows]
    return len(Assistance.objects.bulk_create(made, ignore_conflicts=True, batch_size=BATCH))


def known_objective(*, campaign_id: int, pair_ids: list[int]) -> None:
    """These turned out to be objective: they want to be verified beforehand, where that is wanted at all."""
    if OBJECTIVE in settings.ASSISTANCE_KINDS:
        engines = backends.names(OBJECTIVE)
        add(campaign_id=campaign_id, kind=OBJECTIVE, rows=[(pk, engine) for pk in pair_ids for engine in engines])


@transaction.atomic
def want_anew(
    *, campaign: Campaign, kind: str, actor: User | None, engine: str = "", model: str = "", prompt_version: str = ""
) -> int:
    """Have a slice computed anew, beside what is there, which stays. Returns how many rows were asked for.

    The slice: pairs whose newest answer of an engine (of `engine` alone, if named) is done and, where they are named,
    by this model or prompt version. Pairs that already wait are left alone, so asking twice asks once.
    """
    slice = {"engine": engine, "model": model, "prompt_version": prompt_version}
    wanted = sum(_insert(rows, name) for name, rows, _ in _slices(campaign, kind, **slice))
    told: dict[str, Any] = {"kind": kind, **slice, "rows": wanted}
    audit.record(verb="assistance.wanted_anew", actor_id=actor.pk if actor else None, campaign_id=campaign.pk, **told)
    return wanted


def count_anew(*, campaign: Campaign, kind: str, engine: str = "", model: str = "", prompt_version: str = "") -> int:
    """How many rows `want_anew` would ask for now."""
    slices = _slices(campaign, kind, engine=engine, model=model, prompt_version=prompt_version)
    return sum(rows.count() if counted is None else counted for _, rows, counted in slices)


def _slices(
    campaign: Campaign, kind: str, *, engine: str, model: str, prompt_version: str
) -> Iterator[tuple[str, QuerySet[Assistance], int | None]]:
    """Of each generation that belongs to the slice: the next one's name, the rows that are to have one, and how many
    they are where that is known without counting: nothing came after this generation yet.

    Of an engine that the settings no longer name nobody would answer.
    """
    if kind not in settings.ASSISTANCE_MODELS:
        raise Missing(_("There is no such kind of assistance."))
    known = [row for row in progress.totals(campaign=campaign) if row["kind"] == kind and row["rows"]]
    names = sorted({row["engine"] for row in known if backends.base(row["engine"]) in backends.names(kind)})
    fits = {"model": model, "prompt_version": prompt_version}
    fits = {column: value for column, value in fits.items() if value}
    for name in names:
        line = backends.base(name)
        if engine not in ("", line):
            continue
        later = [one for one in names if backends.base(one) == line and generation(one) > generation(name)]
        rows = Assistance.objects.filter(campaign=campaign, kind=kind, engine=name, state=AssistanceState.DONE, **fits)
        counted = None
        if later:
            newer = Assistance.objects.filter(pair=OuterRef("pair"), kind=kind, engine__in=later)
            rows = rows.filter(~Exists(newer))
        else:
            counted = sum(row["rows"] for row in known if _fits(row, {"engine": name, "state": "done", **fits}))
        yield f"{line}.{generation(name) + 1}", rows, counted


def _fits(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    return all(row[column] == value for column, value in wanted.items())


def _insert(rows: QuerySet[Assistance], engine: str) -> int:
    """A wish for the pair of each of these rows, in the database: a slice may be a million pairs."""
    columns = ("pair_id", "campaign_id", "kind", Value(engine), Value(AssistanceState.WANTED.value))
    sql, given = rows.order_by().values_list(*columns).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(WANT + sql + " ON CONFLICT DO NOTHING", given)
        return int(cursor.rowcount)


WANT = "INSERT INTO annotate_assistance (pair_id, campaign_id, kind, engine, state) "


def generation(engine: str) -> int:
    """1 of `qwen`, 3 of `qwen.3`."""
    return int(engine.partition(".")[2] or 1)
