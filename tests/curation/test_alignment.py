import random
from itertools import combinations, pairwise

import numpy as np
import pytest

from curation.alignment import align, likeness


def bags(*texts: str) -> list[frozenset[str]]:
    return [frozenset(text.split()) for text in texts]


def test_likeness_is_the_share_of_common_words() -> None:
    found = likeness(bags("a b c", "d", ""), bags("b c d", "", "a b c"))
    assert found.tolist() == [[0.5, 0.0, 1.0], [pytest.approx(1 / 3), 0.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_aligns_with_nothing(rows: int, columns: int) -> None:
    assert align(np.zeros((rows, columns), np.float32)) == []


def best_of_all(gain: np.ndarray) -> float:
    rows, columns = gain.shape
    sums = [0.0]
    for size in range(1, min(rows, columns) + 1):
        for left in combinations(range(rows), size):
            sums += [float(gain[list(left), list(right)].sum()) for right in combinations(range(columns), size)]
    return max(sums)


@pytest.mark.parametrize("seed", range(12))
def test_alignment_rises_on_both_sides_and_gains_the_most(seed: int) -> None:
    draw = random.Random(seed)
    gain = np.array([[draw.choice([0, 0, 1, 2, 5]) for _ in range(4)] for _ in range(5)], np.float32)
    found = align(gain)
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(found))
    assert all(gain[place] > 0 for place in found)
    assert sum(float(gain[place]) for place in found) == best_of_all(gain)
