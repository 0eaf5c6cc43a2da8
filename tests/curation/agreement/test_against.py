"""People against what is no person, worked out by hand: its labels x theirs, aa ab ba bb."""

import numpy as np
import pytest

from curation.agreement.against import against


def test_by_hand() -> None:
    # Six votes: 3 aa, 1 ab, 2 bb. Agreed 5/6; it says a 4/6, they a 3/6: chance 4/6 * 3/6 + 2/6 * 3/6 = 1/2.
    kinds, times = np.array([[2, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 2]]), np.array([1, 1, 1])
    found = against(kinds, times)
    assert found["percent_agreement"].value == pytest.approx(5 / 6)
    assert found["cohen_kappa"].value == pytest.approx(2 / 3)
    assert found["percent_agreement"].low == pytest.approx(0.5)
    assert found["percent_agreement"].high == pytest.approx(1.0)


def test_kappa_is_not_defined_where_all_say_the_same() -> None:
    found = against(np.array([[2, 0, 0, 0]]), np.array([5]))
    assert (found["percent_agreement"].value, found["cohen_kappa"].value) == (1.0, None)


def test_nothing_of_nothing() -> None:
    found = against(np.zeros((0, 4), dtype=np.int64), np.zeros(0, dtype=np.int64))
    assert {one.value for one in found.values()} == {None}
