"""What two rendered texts do not share: the places to mark, and which block on one side answers which on the other.

No model, no verdict. Sentences of prose and lines of code are aligned by the words they share; within an aligned
pair the words that differ are marked, and what stands on one side only is marked whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

import numpy as np

from annotate.reading.segments import Segment, Token
from curation.alignment import align, likeness

ALIKE = 0.3  # share of common words from which two segments are one that was reworded
MOST_WEIGHT = np.float32(8)  # words
MOST_SEGMENTS = 2_000  # a side; beyond, aligning would cost more than it helps
STRANGERS = 0.1  # share of segments with a counterpart below which the marks say little

Place = tuple[int, int]  # turn, source line of a block
Spot = tuple[int, int, int]  # start and end in a piece's text, and 1 where the whole segment has no counterpart
Marks = dict[tuple[int, int], list[Spot]]  # by turn and piece


@dataclass(frozen=True)
class Differences:
    """Marks of either side, blocks that answer each other in order, and the share of segments with a counterpart."""

    left: Marks
    right: Marks
    twins: list[tuple[Place, Place]]
    matched: float

    @property
    def strangers(self) -> bool:
        return self.matched < STRANGERS


def compare(left: Sequence[Segment], right: Sequence[Segment]) -> Differences | None:
    """None where a side is too long to compare."""
    if max(len(left), len(right)) > MOST_SEGMENTS:
        return None
    found = _aligned(left, right)
    marks: tuple[Marks, Marks] = ({}, {})
    for side, segments, paired in ((0, left, {i for i, _ in found}), (1, right, {j for _, j in found})):
        for at, segment in enumerate(segments):
            if at not in paired:
                _mark(marks[side], segment, segment.tokens, whole=1)
    for i, j in found:
        if left[i].words != right[j].words:
            for side, segment, tokens in _reworded(left[i], right[j]):
                _mark(marks[side], segment, tokens, whole=0)
    matched = 2 * len(found) / max(len(left) + len(right), 1)
    return Differences(*marks, _twins(left, right, found), matched)


def _aligned(left: Sequence[Segment], right: Sequence[Segment]) -> list[tuple[int, int]]:
    if not left or not right:
        return []
    gain = likeness([segment.bag for segment in left], [segment.bag for segment in right])
    gain[gain < ALIKE] = 0
    # A longer thing said alike weighs more than a bare "}" or "Yes.".
    sizes = [np.array([len(segment.bag) for segment in side], np.float32) for side in (left, right)]
    return align(gain * np.minimum(np.minimum.outer(*sizes), MOST_WEIGHT))


def _reworded(one: Segment, other: Segment) -> Iterator[tuple[int, Segment, Sequence[Token]]]:
    matcher = SequenceMatcher(None, one.words, other.words, autojunk=False)
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what != "equal":
            yield 0, one, one.tokens[i1:i2]
            yield 1, other, other.tokens[j1:j2]


def _mark(marks: Marks, segment: Segment, tokens: Sequence[Token], *, whole: int) -> None:
    """One spot for each piece the tokens stand in, from the first to the last of them there."""
    for piece, run in groupby(tokens, key=_piece):
        stands = list(run)
        text, _, start = stands[-1]
        marks.setdefault((segment.turn, piece), []).append((stands[0][2], start + len(text), whole))


def _piece(token: Token) -> int:
    return token[1]


def _twins(
    left: Sequence[Segment], right: Sequence[Segment], found: Sequence[tuple[int, int]]
) -> list[tuple[Place, Place]]:
    """The blocks of aligned segments, each named once, rising on both sides."""
    out: list[tuple[Place, Place]] = []
    for i, j in found:
        one, other = (left[i].turn, left[i].line), (right[j].turn, right[j].line)
        if min(one[1], other[1]) >= 0 and (not out or (one > out[-1][0] and other > out[-1][1])):
            out.append((one, other))
    return out
