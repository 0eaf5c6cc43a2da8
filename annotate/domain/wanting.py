"""Wishes for assistance: what a pair wants, what a campaign lacks, and what a manager wants computed anew."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import groupby
from operator import itemgetter, or_
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from annotate.domain import audit, backends
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
    """Have a slice computed anew, beside what is there, which stays. Returns how many pairs.

    The slice: pairs whose newest answer of an engine (of `engine` alone, if named) is done and, where they are named,
    by this model or prompt version. Pairs that already wait are left alone, so asking twice asks once.
    """
    if kind not in settings.ASSISTANCE_MODELS:
        raise Missing(_("There is no such kind of assistance."))
    done = Assistance.objects.filter(campaign=campaign, kind=kind).exclude(engine=IMPORTED)
    # Of an engine that the settings no longer name nobody would answer.
    lines = [Q(engine=name) | Q(engine__startswith=f"{name}.") for name in backends.names(kind)]
    done = done.filter(reduce(or_, lines))
    columns = ("pair_id", "engine", "state", "model", "prompt_version")
    rows = sorted(done.values_list(*columns), key=lambda row: (row[0], backends.base(row[1]), generation(row[1])))
    wanted = list(_anew(rows, engine=engine, model=model, prompt_version=prompt_version))
    add(campaign_id=campaign.pk, kind=kind, rows=wanted)
    audit.record(
        verb="assistance.wanted_anew",
        actor_id=actor.pk if actor else None,
        campaign_id=campaign.pk,
        kind=kind,
        engine=engine,
        model=model,
        prompt_version=prompt_version,
        rows=len(wanted),
    )
    return len(wanted)


def _anew(
    rows: Iterable[tuple[int, str, str, str, str]], *, engine: str, model: str, prompt_version: str
) -> Iterator[tuple[int, str]]:
    named = ((row[0], backends.base(row[1]), row) for row in rows)
    for (pair_id, name), group in groupby(named, key=itemgetter(0, 1)):
        _, newest, state, by, version = list(group)[-1][2]
        fits = engine in ("", name) and model in ("", by) and prompt_version in ("", version)
        if state == AssistanceState.DONE and fits:
            yield pair_id, f"{name}.{generation(newest) + 1}"


def generation(engine: str) -> int:
    """1 of `qwen`, 3 of `qwen.3`."""
    return int(engine.partition(".")[2] or 1)
