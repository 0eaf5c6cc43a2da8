"""Figures on agreement as a worker would store them, for pages: slices of every kind, defined and not."""

from collections.abc import Sequence

from annotate.models import Campaign, Figure
from tests.browser.texts import WORD

CATEGORIES = ("information seeking", "coding & debugging", "math", "creative writing", "unknown")
COEFFICIENTS = (
    ("judgements", "krippendorff_alpha", 0.62),
    ("judgements", "percent_agreement", 0.81),
    ("judgements", "gwet_ac1", 0.7),
    ("verdicts", "krippendorff_alpha", 0.71),
    ("settled", "percent_agreement", 0.93),
    ("reward", "percent_agreement", 0.68),
)


def make_slice(campaign: Campaign, dimension: str, name: str, *, items: int, drop: float = 0) -> Sequence[Figure]:
    """All coefficients of one slice, lower by `drop`; with fewer than two pairs none is defined."""
    found = [
        Figure(
            campaign=campaign, fact=fact, dimension=dimension, slice=name, coefficient=coefficient, items=items,
            value=value - drop if items > 1 else None,
            low=max(value - drop - 0.5 / items**0.5, -1 if "alpha" in coefficient else 0) if items > 2 else None,
            high=min(value - drop + 0.5 / items**0.5, 1) if items > 2 else None,
        )
        for fact, coefficient, value in COEFFICIENTS
    ]  # fmt: skip
    return Figure.objects.bulk_create(found)


def make_figures(campaign: Campaign, people: Sequence[int]) -> None:
    make_slice(campaign, "", "", items=1240)
    for number, name in enumerate(CATEGORIES):
        make_slice(campaign, "task_category", name, items=[600, 320, 200, 9, 1][number], drop=0.17 * number)
    make_slice(campaign, "writers", f"{WORD}|a-model", items=40)
    for number, person in enumerate(people):
        make_slice(campaign, "annotator", str(person), items=100 - number, drop=0.1 * number)
