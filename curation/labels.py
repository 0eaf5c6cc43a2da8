"""What a source says about its own pair: label conventions and scores (docs/import.md lists them)."""

import math
from typing import Any

from curation.pairs import RowError, storable

LONGEST_EXPLANATION = 4000

LABELS = {
    "1": "a",
    "a": "a",
    "model_a": "a",
    "response_a": "a",
    "a>b": "a",
    "2": "b",
    "b": "b",
    "model_b": "b",
    "response_b": "b",
    "b>a": "b",
    "0": "equal",
    "tie": "equal",
    "equal": "equal",
    "a=b": "equal",
    "tie (bothbad)": "equal",
    "-1": "",
    "": "",
    "none": "",
    "null": "",
}
ACCEPTED = "1, A or model_a (the first), 2, B or model_b (the second), 0, tie or equal, and -1 or nothing"


def read_label(value: Any) -> str:
    """The source's label as "a", "b", "equal" or "" (none), in terms of the order in which the row stands."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str | int) and not isinstance(value, bool):
        text = str(value).strip().lower()
        if text in LABELS:
            return LABELS[text]
        if text.endswith(".0") and text[:-2] in LABELS:
            return LABELS[text[:-2]]
    raise RowError(f"unknown label {str(value)[:40]!a}; accepted are {ACCEPTED}")


KNOWN = {"chosen": "a", "rejected": "b", "undecidable": "undecidable", "cannot tell": "undecidable", "broken": "broken"}


def read_known(answer: Any, explanation: Any) -> tuple[str, str] | None:
    """A row's known right answer and why, or None where it has none.

    "a" is the first response (or `chosen`), "b" the second (or `rejected`); besides them equal, undecidable, broken.
    """
    name = answer.strip().lower() if isinstance(answer, str) else answer
    choice = KNOWN[name] if isinstance(name, str) and name in KNOWN else read_label(answer)
    if not choice:
        return None
    if not isinstance(explanation, str) or not explanation.strip():
        raise RowError("a known_answer needs an explanation: why it is right")
    return choice, storable(explanation.strip())[:LONGEST_EXPLANATION]


def read_preference(value: Any) -> str:
    """A signed preference: below zero the first is better, above zero the second, zero equal."""
    number = read_score(value, "preference")
    if number is None:
        return ""
    return "equal" if number == 0 else "a" if number < 0 else "b"


def read_score(value: Any, what: str) -> float | None:
    """A finite number, from a number or its text; None where there is none (null, "", nan, inf)."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        raise RowError(f"{what} is {str(value)[:40]!a}, not a number") from None
    if isinstance(value, bool):
        raise RowError(f"{what} is {value}, not a number")
    return number if math.isfinite(number) else None


def label_of_scores(first: float | None, second: float | None) -> str:
    """What two scores say: the higher one is better."""
    if first is None or second is None:
        return ""
    return "equal" if first == second else "a" if first > second else "b"
