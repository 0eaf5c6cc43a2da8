"""Whether an engine's answer has the shape that its kind has (docs/engines.md): whoever answered, here or far away.

Pages, judges' votes and releases read these fields without looking twice.
"""

import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

from curation.attributes import CLOSED, FREE
from curation.votes import CHOICES, position, within

LONGEST = 4_000  # characters of a text that a model wrote
MOST_DIFFERENCES, MOST_SAMPLES = 12, 64
MOST_NUMBERS = 16_384  # of a vector
WHOLE_LIMIT = 2**31 - 1
TOLERANCE = 1e-3  # between a score and what follows from it: they may have been rounded
WHAT = ("answer", "number", "code", "missing", "wording")
VERDICTS = ("correct", "incorrect", "cannot tell")

Payload = Mapping[str, Any]


class Unfit(ValueError):
    """What is wrong with an answer, in words for the manager who reads why its row failed."""


def check(kind: str, payload: Any, blob: bytes | None) -> None:
    """Raises Unfit. Exactly the fields of the kind: what nobody reads is not kept."""
    if kind not in FIELDS:
        raise Unfit(f"{kind} is no kind of assistance")
    _fields(payload, FIELDS[kind], "the answer")
    if kind in MEANT:
        MEANT[kind](payload)
    if kind == "embed":
        _vector(payload, blob)
    elif blob is not None:
        raise Unfit("this kind has no vector")


def _fields(given: Any, fields: Mapping[str, Callable[[Any], str]], what: str) -> None:
    if not isinstance(given, Mapping):
        raise Unfit(f"{what} is no object")
    if given.keys() != fields.keys():
        raise Unfit(f"{what} has the fields {', '.join(sorted(map(str, given)))[:200]}, not {', '.join(fields)}")
    for name, wrong in fields.items():
        if problem := wrong(given[name]):
            raise Unfit(f"{name} {problem}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return "is no text"
    if len(value) > LONGEST:
        return f"is longer than {LONGEST} characters"
    return "is no text that can be kept" if "\x00" in value or not _encodes(value) else ""


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _written(value: Any) -> str:
    return _text(value) or ("" if value.strip() else "is empty")


def _truth(value: Any) -> str:
    return "" if isinstance(value, bool) else "is neither true nor false"


def _whole(value: Any) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= WHOLE_LIMIT
    return "" if fits else "is no whole number of 0 or more"


def _number(value: Any) -> str:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return "" if fits else "is no finite number"


def _one_of(*values: str) -> Callable[[Any], str]:
    return lambda value: "" if isinstance(value, str) and value in values else f"is none of {', '.join(values)}"


def _each(most: int, wrong: Callable[[Any], str]) -> Callable[[Any], str]:
    def check_each(value: Any) -> str:
        if not isinstance(value, list) or len(value) > most:
            return f"is no list of at most {most}"
        return next(filter(None, map(wrong, value)), "")

    return check_each


def _object(**fields: Callable[[Any], str]) -> Callable[[Any], str]:
    def check_object(value: Any) -> str:
        _fields(value, fields, "a part of the answer")
        return ""

    return check_object


def _scores(payload: Payload) -> None:
    margin = payload["score_a"] - payload["score_b"]
    if not math.isclose(payload["margin"], margin, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        raise Unfit("margin is not the difference of the scores")
    if not 0 <= payload["p"] <= 1 or (payload["p"] - 0.5) * payload["margin"] < 0:
        raise Unfit("p does not follow from the margin")


def _votes(payload: Payload) -> None:
    samples = [(sample["order"], sample["choice"]) for sample in payload["samples"]]
    vote, seen = within(choice for _, choice in samples), position(samples)
    if not samples or (payload["choice"], dict(payload["votes"])) != (vote.choice, vote.votes):
        raise Unfit("choice and votes are not those of the samples")
    if (payload["first"], payload["clear"]) != (seen.first, seen.clear):
        raise Unfit("first and clear are not those of the samples")


def _vector(payload: Payload, blob: bytes | None) -> None:
    """Little-endian float32 of length 1, as many as it says."""
    count = payload["dim"]
    if not 0 < count <= MOST_NUMBERS or payload["dtype"] != "float32":
        raise Unfit(f"a vector has 1 to {MOST_NUMBERS} numbers, float32")
    if blob is None or len(blob) != 4 * count:
        raise Unfit(f"the vector is not {count} numbers of four bytes")
    length = math.hypot(*struct.unpack(f"<{count}f", blob))
    if not math.isclose(length, 1, abs_tol=0.01):
        raise Unfit(f"the vector is not of length 1 but {length:.4g}")


VERIFIED = _object(verdict=_one_of(*VERDICTS), reason=_text)
SAMPLE = _object(order=_one_of("ab", "ba"), choice=_one_of(*CHOICES), reason=_text)
FIELDS: dict[str, dict[str, Callable[[Any], str]]] = {
    "attributes": {
        **{name: _one_of(*values) for name, values in CLOSED.items()},
        **dict.fromkeys(FREE, _written),
        "truncated": _truth,
    },
    "embed": {"dim": _whole, "dtype": _text, "truncated": _truth},
    "reward": {"score_a": _number, "score_b": _number, "margin": _number, "p": _number, "truncated": _truth},
    "differences": {
        "differences": _each(MOST_DIFFERENCES, _object(a=_text, b=_text, what=_one_of(*WHAT))),
        "omitted": _whole,
        "truncated": _truth,
    },
    "judge": {
        "choice": _one_of(*CHOICES),
        "votes": _object(**dict.fromkeys(CHOICES, _whole)),
        "samples": _each(MOST_SAMPLES, SAMPLE),
        **dict.fromkeys(("failed", "seed", "first", "clear"), _whole),
        "truncated": _truth,
    },
    "preverify": {"a": VERIFIED, "b": VERIFIED, "truncated": _truth},
}
MEANT: dict[str, Callable[[Payload], None]] = {"reward": _scores, "judge": _votes}
