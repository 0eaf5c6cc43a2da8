"""Which wanted qualities each response has, marked by an annotator before the judgement; stored with it.

Marked as shown: {"item", "left", "right"}, each True, False or None where nothing was said. Stored by response:
{"item", "a", "b"}. What nobody marked is not stored.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotate.domain import disclosure
from annotate.domain.errors import Invalid
from annotate.models import Claim
from curation.wanted import MOST

Marks = list[dict[str, Any]]
SIDES = ("left", "right")


def canonical(claim: Claim, marks: Marks) -> Marks:
    """By response instead of side, in the order they were sent."""
    return [
        {"item": mark["item"]} | dict(sorted((disclosure.canonical(claim, side), mark.get(side)) for side in SIDES))
        for mark in marks
        if any(mark.get(side) is not None for side in SIDES)
    ]


def fault(marks: Any) -> str:
    """What is wrong with the shape of what was sent; "" where nothing is."""
    if not isinstance(marks, list) or len(marks) > MOST or not all(_is_mark(mark) for mark in marks):
        return _("a list of {item, left, right}, where left and right are true, false or null")
    if len({mark["item"] for mark in marks}) < len(marks):
        return _("each quality once")
    return ""


def _is_mark(mark: Any) -> bool:
    return (
        isinstance(mark, dict)
        and isinstance(mark.get("item"), str)
        and not mark.keys() - {"item", *SIDES}
        and all(mark.get(side) is None or isinstance(mark[side], bool) for side in SIDES)
    )


def check_wanted(marks: Marks, wanted: Sequence[str]) -> None:
    """Refuse marks of what is no wanted quality of the pair, as this person has them."""
    if {mark["item"] for mark in marks} - set(wanted):
        raise Invalid(
            _("The wanted qualities are others now. Nothing was recorded; your text is still here."),
            fields={"checks": _("look at the wanted qualities once more")},
        )
