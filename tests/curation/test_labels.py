import math

import pytest

from curation.labels import LABELS, read_label, read_preference, read_score
from curation.pairs import RowError


@pytest.mark.parametrize(
    ("values", "meaning"),
    [
        ([1, "1", 1.0, "1.0", "A", "a", "model_a", "response_a", "A>B"], "a"),
        ([2, "2", 2.0, "B", " b ", "model_b", "response_b", "B>A"], "b"),
        ([0, "0", "tie", "Equal", "A=B", "tie (bothbad)"], "equal"),
        ([None, -1, "-1", "", math.nan, "none"], ""),
    ],
)
def test_the_documented_conventions(values, meaning):
    assert {read_label(value) for value in values} == {meaning}


@pytest.mark.parametrize("value", [True, False, 3, "left", "chosen", 1.5, [1], {"a": 1}, math.inf])
def test_anything_else_is_refused_and_the_accepted_values_named(value):
    with pytest.raises(RowError, match="accepted are 1, A or model_a"):
        read_label(value)


def test_every_label_means_one_of_four():
    assert set(LABELS.values()) == {"a", "b", "equal", ""}


def test_preference_is_signed():
    assert [read_preference(value) for value in (-3, 0, "2", None)] == ["a", "equal", "b", ""]


def test_scores():
    assert [read_score(value, "s") for value in (1, "2.5", "", None, math.nan, math.inf)] == [
        1.0, 2.5, None, None, None, None,
    ]  # fmt: skip
    for value in ("good", True, [1], 10**400):
        with pytest.raises(RowError, match=r"s is .* not a number"):
            read_score(value, "s")
