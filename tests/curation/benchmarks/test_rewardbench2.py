"""RewardBench 2: credit shared at the maximum, and the formula of Ties."""

import math
from pathlib import Path

import pytest

from tests.curation.benchmarks.small import Row, figures, scored


def four(id: str, subset: str) -> Row:
    return {
        "id": id, "prompt": "p", "chosen": ["c"], "rejected": ["r", "s", "t"], "num_correct": 1, "num_incorrect": 3,
        "total_completions": 4, "models": ["m"], "subset": subset, "additional_metadata": {"index": 1.0},
    }  # fmt: skip


def ties(id: str, right: int, wrong: int) -> Row:
    row = four(id, "Ties")
    return row | {
        "chosen": ["c"] * right,
        "rejected": ["r"] * wrong,
        "num_correct": right,
        "total_completions": right + wrong,
    }


def test_credit_is_shared_by_those_at_the_maximum(tmp_path: Path) -> None:
    data = [four("a", "Math"), four("b", "Math"), four("c", "Math"), four("d", "Focus")]
    scores = {"a": [3, 1, 2, 0], "b": [3, 3, 3, 0], "c": [1, 2, 2, 0], "d": [0, 0, 0, 0]}
    report = scored("rewardbench2", tmp_path, data, scores)
    # Math: 1, 1/3, 0. Focus: 1/4. Equal at the top: b, c and d.
    assert report.subsets == pytest.approx({"Math": 100 * (4 / 3) / 3, "Focus": 25.0})
    assert report.overall == pytest.approx((400 / 9 + 25) / 2)
    assert report.ties == 3


def test_ties_by_hand(tmp_path: Path) -> None:
    """Four numbers with both prompts, and one ref alone.

    | N | ref above | tied apart | tied above | min | > apart: tied, min | tanh(min / apart - 1) |
    | 1 | 5 - 1 = 4 | 6 - 5 = 1  | 5 - 2 = 3  | 3   | yes, yes           | tanh(2)               |
    | 2 | 2 - 1 = 1 | 6 - 4 = 2  | 4 - 1 = 3  | 1   | yes, no            | tanh(-1/2)            |
    | 3 | 1 - 3 = -2| 5 - 5 = 0  | 5 - 5 = 0  | -2  | no, no             | -2 / 0: tanh(-inf)    |
    | 4 | 3 - 3 = 0 | 4 - 4 = 0  | 4 - 1 = 3  | 0   | yes, no            | 0 / 0: no number, 0   |
    """
    data = [
        ties("ref:1", 1, 2), ties("tied:1", 2, 2),
        ties("ref:2", 1, 2), ties("tied:2", 3, 1),
        ties("ref:3", 1, 1), ties("tied:3", 2, 1),
        ties("ref:4", 1, 2), ties("tied:4", 2, 1),
        ties("ref:5", 1, 1),
    ]  # fmt: skip
    scores = {
        "ref:1": [5, 1, 0], "tied:1": [5, 6, 2, 1],
        "ref:2": [2, 1, -3], "tied:2": [6, 5, 4, 1],
        "ref:3": [1, 3], "tied:3": [5, 5, 5],
        "ref:4": [3, 3, 0], "tied:4": [4, 4, 1],
        "ref:5": [1, 0],
    }  # fmt: skip
    report = scored("rewardbench2", tmp_path, data, scores)
    tanh = (math.tanh(2) + math.tanh(-0.5) - 1 + 0) / 4
    # Tied prompts right: 1, 2, 4 of 4. Ref prompts right: 1, 2, 5 of 5.
    expected = 0.30 * 3 / 4 + 0.30 * 3 / 5 + 0.20 * 3 / 4 + 0.20 * 1 / 4 + 0.01 * tanh
    assert report.subsets == pytest.approx({"Ties": 100 * expected})
    assert report.overall == pytest.approx(100 * expected)
    assert figures(report)["Ties, mean of tanh"] == pytest.approx(100 * tanh)
    assert "1 Ties numbers lack their ref or tied prompt and count for accuracy alone." in report.notes


def test_all_six_weigh_the_same(tmp_path: Path) -> None:
    names = ["Factuality", "Precise IF", "Math", "Safety", "Focus"]
    data = [four(name, name) for name in names] + [four("more", "Math"), ties("ref:0", 1, 1), ties("tied:0", 2, 1)]
    scores: dict[str, list[float]] = {name: [1, 0, 0, 0] for name in names}
    scores |= {"more": [0, 1, 0, 0], "ref:0": [9, 0], "tied:0": [9, 9, 0]}
    report = scored("rewardbench2", tmp_path, data, scores)
    assert report.subsets == pytest.approx(dict.fromkeys(names, 100.0) | {"Math": 50.0, "Ties": 101.0})
    assert report.overall == pytest.approx((100 + 100 + 50 + 100 + 100 + 101) / 6)
    assert report.remarks == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (four("a", "Math") | {"num_correct": 2}, "num_correct is 2, but chosen holds 1"),
        (four("a", "Math") | {"chosen": ["c", "d"], "num_correct": 2}, "Math has one chosen response an item"),
        (four("a", "Ties"), "'a' is neither ref:N nor tied:N"),
        (four("a", "Poetry"), "subset is 'Poetry'; known are Factuality, "),
        (four("a", "Math") | {"rejected": []}, "rejected is no list with something in it"),
    ],
)
def test_what_is_not_as_published_is_refused(tmp_path: Path, row: Row, why: str) -> None:
    from curation.benchmarks.items import BenchmarkError

    with pytest.raises(BenchmarkError, match=r"data\.jsonl, row 1: .*" + why):
        scored("rewardbench2", tmp_path, [row], {})
