"""How well the people of a campaign agree, whole and by slice: the figures that workers stored, as tables."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from annotate.domain.errors import Invalid, one_of
from annotate.domain.tallies import PEOPLE
from annotate.models import Campaign, Figure, User

# What each column of the table is: a fact and one of its coefficients (docs/quality.md).
COLUMNS = (
    ("judgements", "krippendorff_alpha"),
    ("judgements", "percent_agreement"),
    ("verdicts", "krippendorff_alpha"),
    ("settled", "percent_agreement"),
    ("reward", "percent_agreement"),
)
DIMENSIONS = ("task_category", "objectivity", "controversiality", "length", "writers", "reward_model", PEOPLE, "week")
SHOWN = 200  # slices of a dimension on a page; the file has all
FIELDS = ("fact", "dimension", "slice", "coefficient", "value", "low", "high", "items", "computed")


def table(*, campaign: Campaign, dimension: str) -> dict[str, Any]:
    """The whole campaign and the slices of one dimension, those with most pairs first (weeks: the newest). At most
    three statements, whatever was judged. `computed`: the oldest figure shown; None before a worker came."""
    if dimension not in DIMENSIONS:
        raise Invalid(_("There are no slices by this."), fields={"by": one_of(DIMENSIONS)})
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    figures = Figure.objects.filter(campaign=campaign, dimension__in=("", dimension))
    figures = figures.filter(coefficient__in={coefficient for _, coefficient in COLUMNS})
    wanted = [one for one in figures if (one.fact, one.coefficient) in COLUMNS]
    for figure in wanted:
        row = rows.setdefault((figure.dimension, figure.slice), {"slice": figure.slice, "pairs": 0, "found": {}})
        row["found"][figure.fact, figure.coefficient] = figure
        if figure.fact == "judgements":
            row["pairs"] = figure.items
    for row in rows.values():
        row["figures"] = [_shown(row["found"].get(column)) for column in COLUMNS]
        del row["found"]
    whole = rows.pop(("", ""), None)
    slices = sorted(rows.values(), key=lambda row: row["slice"])
    slices.sort(key=lambda row: row["slice"] if dimension == "week" else row["pairs"], reverse=True)
    if dimension == PEOPLE:
        _name_people(slices)
    return {
        "dimension": dimension,
        "whole": whole,
        "slices": slices[:SHOWN],
        "left_out": max(len(slices) - SHOWN, 0),
        "computed": min((one.computed for one in wanted), default=None),
    }


def _shown(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None or figure.value is None:
        return None
    return {"value": figure.value, "low": figure.low, "high": figure.high, "items": figure.items}


def _name_people(slices: list[dict[str, Any]]) -> None:
    names = dict(User.objects.filter(pk__in=[int(row["slice"]) for row in slices]).values_list("pk", "username"))
    for row in slices:
        row["slice"] = names.get(int(row["slice"]), row["slice"])


def every(*, campaign: Campaign) -> Iterator[list[Any]]:
    """All stored figures of a campaign, the names of the columns first; people by their user id."""
    yield list(FIELDS)
    rows = Figure.objects.filter(campaign=campaign).order_by("dimension", "slice", "fact", "coefficient")
    for *values, computed in rows.values_list(*FIELDS).iterator(1000):
        yield [*values, computed.isoformat()]
