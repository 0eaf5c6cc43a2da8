"""The scale a person chooses on: seven steps from left to right, and the two ways out of choosing.

A form posts one `preference`; inside, that is a choice and, for a side, a strength of 1 to 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Step:
    """`short` stands on the button beside its key, `full` is what a screen reader says and a record shows."""

    value: str
    key: str
    side: str
    short: str | Promise
    full: str | Promise


STEPS = (
    Step("left-3", "1", "left", _("much"), _("Left is much better")),
    Step("left-2", "2", "left", _("clearly"), _("Left is clearly better")),
    Step("left-1", "3", "left", _("slightly"), _("Left is slightly better")),
    Step("equal", "4", "", _("equal"), _("Equally good")),
    Step("right-1", "5", "right", _("slightly"), _("Right is slightly better")),
    Step("right-2", "6", "right", _("clearly"), _("Right is clearly better")),
    Step("right-3", "7", "right", _("much"), _("Right is much better")),
)
WAYS_OUT = (
    Step("undecidable", "u", "", _("cannot tell"), _("I cannot tell which is better")),
    Step("broken", "x", "", _("broken pair"), _("This is a broken pair")),
)
CONFIDENCES = (
    Step("1", "q", "", _("a little"), _("A little sure")),
    Step("2", "w", "", _("fairly"), _("Fairly sure")),
    Step("3", "e", "", _("very"), _("Very sure")),
)
FULL = {step.value: step.full for step in (*STEPS, *WAYS_OUT)}


def preference_of(choice: str, strength: int | None) -> str:
    """The form's value for a choice as a page shows it: `left`, 3 gives `left-3`; the others have no strength."""
    return f"{choice}-{strength}" if choice in ("left", "right") else choice


def parse_preference(value: str) -> tuple[str, int | None]:
    """Choice and strength of a form's value. Raises ValueError if it is not one of the nine."""
    if value not in FULL:
        raise ValueError(f"not a preference: {value!r}")
    choice, _dash, strength = value.partition("-")
    return choice, int(strength) if strength else None


def describe(judgement: Mapping[str, Any]) -> str:
    """A judgement's choice and confidence in words, for a record of it."""
    choice = FULL[preference_of(judgement["choice"], judgement["strength"])]
    sure = CONFIDENCES[int(judgement["confidence"]) - 1].full
    return f"{choice}. {sure}."


def describe_choice(choice: str) -> str:
    """One of the choices that are no side, in words."""
    return str(FULL[choice])
