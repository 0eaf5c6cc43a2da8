"""What went wrong with assistance, in the words of who failed, and asking for it again."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models.expressions import RawSQL
from django.db.models.functions import Left
from django.utils import timezone

from annotate.domain import audit, progress
from annotate.domain.backends import base, of_line
from annotate.models import Assistance, Campaign, User
from annotate.models.assistance import AssistanceState

Shown = dict[str, Any]
Key = tuple[str, str, str]  # kind, engine as rows have it, state
LOOKED_AT = 100  # of each engine: the newest that are parked
LONGEST = 1200  # characters of an error that are shown
PAIRS = 5  # named of those that failed alike

# Written out, so that the partial index is seen to hold whatever the plan is made for.
NEWEST = """SELECT id FROM (SELECT id FROM annotate_assistance WHERE campaign_id = %s AND kind = %s AND engine = %s
AND state = %s AND error > '' ORDER BY due DESC LIMIT %s) AS e{n}"""


def newest(*, campaign: Campaign, keys: Sequence[Key], each: int) -> list[Shown]:
    """Of each key the rows with the newest errors, newest first. One statement, by one index."""
    if not keys:
        return []
    parts = " UNION ALL ".join(NEWEST.replace("{n}", str(n)) for n, _ in enumerate(keys))
    given = [value for key in keys for value in (campaign.pk, *key, each)]
    rows = Assistance.objects.filter(pk__in=RawSQL(parts, given))  # noqa: S611 our own text
    rows = rows.annotate(text=Left("error", LONGEST))
    columns = ("id", "pair_id", "kind", "engine", "state", "text", "attempts", "due")
    return list(rows.order_by("-due", "-pk").values(*columns))


def alike(*, campaign: Campaign, keys: Iterable[Key]) -> list[Shown]:
    """Parked rows by what went wrong, the newest of each engine; those that failed alike are one entry. One statement.

    `rows` of `LOOKED_AT` at most an engine: how many say the same; `row` is one of them, to be tried alone.
    """
    parked = [key for key in keys if key[2] == AssistanceState.PARKED]
    found: dict[tuple[str, str, str], Shown] = {}
    for row in newest(campaign=campaign, keys=parked, each=LOOKED_AT):
        entry = found.setdefault(
            (row["kind"], base(row["engine"]), row["text"]),
            {
                "kind": row["kind"],
                "engine": base(row["engine"]),
                "error": row["text"],
                "attempts": row["attempts"],
                "row": row["id"],
                "rows": 0,
                "pairs": [],
            },
        )
        entry["rows"] += 1
        if len(entry["pairs"]) < PAIRS:
            entry["pairs"].append(row["pair_id"])
    return list(found.values())


@transaction.atomic
def ask_again(*, campaign: Campaign, kind: str, actor: User, engine: str = "", row: int | None = None) -> int:
    """Want parked rows of a kind again: all of them, one engine's, or one row alone. Returns how many."""
    parked = Assistance.objects.filter(campaign=campaign, kind=kind, state=AssistanceState.PARKED)
    if engine:
        parked = parked.filter(of_line(engine))
    if row is not None:
        parked = parked.filter(pk=row)
    asked = parked.update(state=AssistanceState.WANTED, attempts=0, due=timezone.now())
    told: Shown = {"kind": kind, "engine": engine, "row": row, "rows": asked}
    audit.record(verb="assistance.asked_again", actor_id=actor.pk, campaign_id=campaign.pk, **told)
    return asked


def failed(*, campaign: Campaign) -> list[Shown]:
    """`alike` of the whole campaign. Two statements."""
    keys = {(row["kind"], row["engine"], row["state"]) for row in progress.totals(campaign=campaign) if row["rows"]}
    return alike(campaign=campaign, keys=sorted(keys))
