"""A neutral list of what differs between two responses: no model, no verdict, nothing about length.

Sentences of prose and lines of code are aligned; what stands on one side only, or reads differently, is listed.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.engines.rows import Message, Provenance, Result, Row, Runs

VERSION = "differences-1"
MOST_ENTRIES = 12
EXCERPT = 160  # characters
MOST_CHARACTERS = 200_000  # of a response
MOST_SEGMENTS = 2_000
MOST_TO_ALIGN = 80  # segments a side of one changed block; larger blocks are matched by position
ALIKE = 0.3  # share of words two segments have in common to count as one that was reworded

FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
SENTENCE_BREAK = re.compile(r"(?<=[.!?؟])\s+|(?<=[。！？])\s*|\s*\n\s*")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
ANSWER = re.compile(
    r"\\boxed\{|^#{4}\s|\b(?:final answer|the answer is|answer:|therefore|in conclusion)|答案|الإجابة", re.IGNORECASE
)
WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]|\w+")
# What is kept when there is too much; what is listed stands in the order of the text all the same.
IMPORTANCE = ("answer", "number", "code", "missing", "wording")


def load(model: str = "", *, cache: Path | None = None, batch: int = 64, **options: Any) -> "Differences":
    """The engine; it needs no model, no folder and no device."""
    return Differences(batch=batch)


class Differences(Runs):
    """The same list whichever machine makes it."""

    def __init__(self, *, batch: int) -> None:
        self.batch = batch
        self.provenance = Provenance("differences", "none", VERSION, VERSION, {"most": MOST_ENTRIES})

    def run(self, rows: Sequence[Row]) -> list[Result]:
        """Payload: `differences` (a, b, what), how many more were `omitted`, and `truncated`."""
        return [_result(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, or a line of code."""

    text: str
    code: bool


def _result(row: Row) -> Result:
    try:
        return Result(row.id, compare(_text(row.response_a), _text(row.response_b)))
    except (KeyError, TypeError, AttributeError) as error:
        return Result(row.id, None, error=f"The response is not a list of messages: {error!r}")


def _text(response: Sequence[Message]) -> str:
    return "\n\n".join(message["content"] for message in response)


def compare(a: str, b: str) -> dict[str, Any]:
    """The payload for two texts."""
    left, cut_left = segments(a)
    right, cut_right = segments(b)
    entries = [_entry(one, other) for one, other in _pairs(left, right)]
    ranked = sorted(range(len(entries)), key=lambda i: (IMPORTANCE.index(entries[i]["what"]), i))
    kept = sorted(ranked[:MOST_ENTRIES])
    return {
        "differences": [entries[i] for i in kept],
        "omitted": len(entries) - len(kept),
        "truncated": cut_left or cut_right,
    }


def segments(text: str) -> tuple[list[Segment], bool]:
    """Sentences and lines of code in order, and whether the text was too long to be read whole."""
    out: list[Segment] = []
    for i, block in enumerate(FENCE.split(text[:MOST_CHARACTERS])):
        code = i % 2 == 1
        parts = block.split("\n") if code else SENTENCE_BREAK.split(block)
        out += [Segment(part.rstrip() if code else " ".join(part.split()), code) for part in parts if part.strip()]
    return out[:MOST_SEGMENTS], len(text) > MOST_CHARACTERS or len(out) > MOST_SEGMENTS


Change = tuple[Segment | None, Segment | None]


def _pairs(left: list[Segment], right: list[Segment]) -> Iterator[Change]:
    matcher = difflib.SequenceMatcher(None, left, right)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what != "equal":
            yield from _align(left[i1:i2], right[j1:j2])


def _align(left: list[Segment], right: list[Segment]) -> Iterator[Change]:
    """Matches reworded segments in a changed block, keeping the order of both sides."""
    if max(len(left), len(right)) > MOST_TO_ALIGN:
        for i in range(max(len(left), len(right))):
            yield (left[i] if i < len(left) else None, right[i] if i < len(right) else None)
        return
    i = j = 0
    for m, n in _matches(left, right):
        yield from ((one, None) for one in left[i:m])
        yield from ((None, other) for other in right[j:n])
        yield left[m], right[n]
        i, j = m + 1, n + 1
    yield from ((one, None) for one in left[i:])
    yield from ((None, other) for other in right[j:])


def _matches(left: list[Segment], right: list[Segment]) -> list[tuple[int, int]]:
    """Index pairs in order with the largest sum of likeness: an alignment by dynamic programming."""
    words = [[Counter(WORD.findall(s.text.lower())) for s in side] for side in (left, right)]
    best: list[list[tuple[float, int]]] = [[(0.0, 0)] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            like = _likeness(words[0][i], words[1][j]) if left[i].code == right[j].code else 0.0
            together = best[i + 1][j + 1][0] + like if like >= ALIKE else -1.0
            best[i][j] = max((together, 2), (best[i + 1][j][0], 1), (best[i][j + 1][0], 0))
    return list(_walk(best, len(left), len(right)))


def _walk(best: list[list[tuple[float, int]]], rows: int, columns: int) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < rows and j < columns:
        move = best[i][j][1]
        if move == 2:
            yield i, j
        i, j = i + (move != 0), j + (move != 1)


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """Shared words as a share of all words, 0 to 1."""
    shared, total = (one & other).total(), (one | other).total()
    return shared / total if total else 1.0


def _entry(one: Segment | None, other: Segment | None) -> dict[str, str]:
    a, b = (one.text if one else ""), (other.text if other else "")
    return {"a": _excerpt(a, b), "b": _excerpt(b, a), "what": _what(one, other)}


def _what(one: Segment | None, other: Segment | None) -> str:
    sides = [side for side in (one, other) if side]
    if any(side.code for side in sides):
        return "code"
    if any(ANSWER.search(side.text) for side in sides):
        return "answer"
    if one is None or other is None:
        return "missing"
    return "wording" if NUMBER.findall(one.text) == NUMBER.findall(other.text) else "number"


def _excerpt(text: str, other: str) -> str:
    """The text, or where it is long, the part around the first place in which it differs from `other`."""
    if len(text) <= EXCERPT:
        return text
    same = next((i for i, (x, y) in enumerate(zip(text, other, strict=False)) if x != y), len(other))
    start = max(0, min(same - EXCERPT // 3, len(text) - EXCERPT + 2))
    part = text[start : start + EXCERPT - 2]
    return ("…" if start else "") + part + ("…" if start + len(part) < len(text) else "")
