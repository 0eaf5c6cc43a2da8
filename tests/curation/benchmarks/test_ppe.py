"""PPE: votes with the ties left out; conflict pairs counted from 0, best-of-K and ROC AUC."""

from pathlib import Path

import pytest

from curation.benchmarks.items import BenchmarkError
from curation.benchmarks.ppe_correctness import auc, best_of, set_of
from tests.curation.benchmarks.small import Row, evaluated, figures, scored, write


def vote(id: str, winner: str, language: str = "English") -> Row:
    return {
        "question_id": id, "model_a": "x", "model_b": "y", "winner": winner, "prompt": "p", "response_1": "1",
        "response_2": "2", "language": language, "is_code": False,
    }  # fmt: skip


def test_the_winner_must_score_higher_and_ties_are_left_out(tmp_path: Path) -> None:
    data = [
        vote("a", "model_a"), vote("b", "model_b"), vote("c", "model_b"), vote("d", "tie"),
        vote("e", "tie (bothbad)"), vote("f", "model_a", "Chinese"),
    ]  # fmt: skip
    scores = {"a": [2, 1], "b": [2, 1], "c": [1, 1], "d": [5, 0], "f": [0.2, 0.1]}
    report = scored("ppe-preference", tmp_path, data, scores)
    assert (report.n, report.ties) == (4, 1)
    assert report.overall == 50.0
    assert report.subsets == pytest.approx({"English": 100 / 3, "Chinese": 100.0})
    assert report.macro == pytest.approx((100 / 3 + 100) / 2)
    assert report.notes == ["2 items whose vote is a tie are left out."]


def sampled(id: str, labels: list[int], pairs: list[list[int]], **more: object) -> Row:
    responses = {f"response_{n + 1}": f"r{n}" for n in range(len(labels))}
    labelled = [bool(one) for one in labels]
    return {"question_id": id, "prompt": "p", **responses, "scores": labelled, "sampled_conflict_pairs": pairs, **more}


def test_conflict_pairs_are_places_from_0(tmp_path: Path) -> None:
    """Place 0 is response_1: counted from 1, the pairs of the first item would compare a right one with itself."""
    gpqa = write(
        tmp_path / "gpqa.jsonl",
        [
            # right, wrong, right, wrong: 4 > 3 yes; 4 < 5 turned: right is place 2 with 1, no; 3 against 5, no
            sampled("q1", [1, 0, 1, 0], [[0, 1], [3, 2], [1, 2]], canary_string="x"),
            sampled("q2", [0, 1], [[0, 1]], canary_string="x"),  # equal: no
        ],
    )
    math = write(tmp_path / "math.json", [sampled("q3", [1, 0], [[1, 0]], problem="p", level="Level 1")])
    scores = [
        {"id": "q1", "scores": [4, 3, 1, 5]},
        {"id": "q2", "scores": [7, 7]},
        {"id": "q3", "scores": [1, 0]},
    ]
    report = evaluated("ppe-correctness", [gpqa, math], write(tmp_path / "s.jsonl", scores))
    assert report.n == 3
    assert report.ties == 1
    assert report.subsets == {"MATH": 100.0, "GPQA": 25.0}
    assert report.overall == report.macro == 62.5
    assert figures(report)["share of all conflict pairs"] == pytest.approx(40.0)
    # Within q1: right 4, 1 against wrong 3, 5: 1 of 4. q2: 1/2. GPQA (1/4 + 1/2) / 2, MATH 1.
    assert figures(report)["ROC AUC within a prompt, mean of the sets"] == pytest.approx(100 * (0.375 + 1) / 2)


def test_best_of_k_by_hand() -> None:
    labels, values = [True, False, False], [2.0, 3.0, 1.0]
    assert best_of(1, values, labels) == pytest.approx(1 / 3)
    # Of the three pairs {2, 3}, {2, 1}, {3, 1} the highest is right in {2, 1} alone.
    assert best_of(2, values, labels) == pytest.approx(1 / 3)
    assert best_of(3, values, labels) == 0.0
    assert best_of(2, [1.0, 1.0, 0.0], labels) == pytest.approx(1 / 2)
    assert auc([1.0, 1.0], [True, False]) == auc([1.0], [True]) == 0.5


@pytest.mark.parametrize(
    ("row", "path", "found"),
    [
        ({}, "lmarena-ai/PPE-MMLU-Pro-Best-of-K/data/train-00000.parquet", "MMLU-Pro"),
        ({}, "math_best_of_k/ifeval_best_of_k.json", "IFEval"),
        ({}, "mathilda/ppe/MBPP-Plus/train.jsonl", "MBPP-Plus"),
        ({"instruction_id_list": [], "prompt": ""}, "math.jsonl", "IFEval"),
        ({"test_list": [], "source_file": ""}, "data.jsonl", "MBPP-Plus"),
        ({"options": [], "answer_index": 1}, "data.jsonl", "MMLU-Pro"),
        ({"subset": "MATH", "canary_string": ""}, "data.jsonl", "MATH"),
    ],
)
def test_the_set_is_told_by_field_columns_or_path(row: Row, path: str, found: str) -> None:
    assert set_of(row, path) == found


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (sampled("q", [1, 0], [[1, 2]]), r"\[1, 2\] names no response; places go from 0 to 1"),
        (sampled("q", [1, 1], [[0, 1]]), r"\[0, 1\] is none: both responses are right"),
        (sampled("q", [1, 0], [[0]]), "must be a list of pairs"),
    ],
)
def test_pairs_that_are_no_conflict_are_refused(tmp_path: Path, row: Row, why: str) -> None:
    with pytest.raises(BenchmarkError, match=why):
        scored("ppe-correctness", tmp_path / "gpqa", [row], {"q": [1, 2]})


def test_a_set_that_cannot_be_told_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="which set this is cannot be told"):
        scored("ppe-correctness", tmp_path / "files", [sampled("q", [1, 0], [[0, 1]])], {"q": [1, 2]})
