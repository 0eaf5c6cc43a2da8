"""Which segment of one text answers which of another: in order, by the words they share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Likeness = NDArray[np.float32]


def likeness(left: Sequence[frozenset[str]], right: Sequence[frozenset[str]]) -> Likeness:
    """Shared words as a share of all words (Jaccard), 0 to 1: [len(left), len(right)]. Two empty sets share nothing."""
    vocabulary = {word: at for at, word in enumerate({word for side in (left, right) for bag in side for word in bag})}
    one, other = _incidence(left, vocabulary), _incidence(right, vocabulary)
    shared = one @ other.T
    total = one.sum(1)[:, None] + other.sum(1)[None, :] - shared
    out: Likeness = np.divide(shared, total, out=np.zeros_like(shared), where=total > 0)
    return out


def _incidence(bags: Sequence[frozenset[str]], vocabulary: dict[str, int]) -> Likeness:
    out = np.zeros((len(bags), max(len(vocabulary), 1)), np.float32)
    for row, bag in enumerate(bags):
        out[row, [vocabulary[word] for word in bag]] = 1
    return out


def align(gain: Likeness) -> list[tuple[int, int]]:
    """Index pairs, rising on both sides, with the largest sum of `gain`; what gains nothing is never paired.

    Dynamic programming a row at a time: O(rows * columns), vectorised over columns.
    """
    rows, columns = gain.shape
    best = np.zeros((rows + 1, columns + 1), np.float32)
    for i in range(rows - 1, -1, -1):
        row = np.maximum(best[i + 1, :-1], best[i + 1, 1:] + gain[i])
        best[i, :-1] = np.maximum.accumulate(row[::-1])[::-1]
    return _walk(best, gain)


def _walk(best: Likeness, gain: Likeness) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    i = j = 0
    rows, columns = gain.shape
    while i < rows and j < columns:
        if best[i, j] == best[i + 1, j]:
            i += 1
        elif best[i, j] == best[i, j + 1]:
            j += 1
        else:
            out.append((i, j))
            i, j = i + 1, j + 1
    return out
