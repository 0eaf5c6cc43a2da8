"""RMB: its folders, strictness of best-of-N, and the mean of four parts."""

from pathlib import Path

import pytest

from tests.curation.benchmarks.small import Row, evaluated, figures, write

ASKED = [{"role": "user", "content": "q", "language": "English"}]


def pair(uid: str, **more: object) -> Row:
    answers = {"chosen": {"llm_name": "x", "answer": "c", "score": 5.0}, "reject": {"llm_name": "y", "answer": "r"}}
    return {"pair_uid": uid, "conversation_input": ASKED, **answers, **more}


def best(uid: str, losers: int, **more: object) -> Row:
    others = [{"llm_name": "y", "answer": f"l{n}"} for n in range(losers)]
    return {"conversation_input": ASKED, "bon_best": {"answer": "b"}, "loser_list": others, "bon_uid": uid, **more}


def published(root: Path) -> Path:
    """The layout of the published folder; two files say their category, two leave it to their place."""
    where = {"category_path": "Pairwise_set/Helpfulness/Chat/Discussion"}
    write(root / "Pairwise_set/Helpfulness/Chat/Discussion.json", [pair("1", **where), pair("2", **where)])
    write(root / "Pairwise_set/Harmlessness/S1.json", [pair("3"), pair("4"), pair("5")])
    write(root / "BoN_set/Helpfulness/Open QA/Factual.json", [best("10", 3), best("11", 2)])
    write(root / "BoN_set/Harmlessness/S1.json", [best("12", 2, category_path="BoN_set/Harmlessness/S1")])
    return root


SCORES: dict[str, list[float]] = {
    "1": [2, 1],
    "2": [1, 1],  # equal is wrong
    "3": [1, 0],
    "4": [1, 0],
    "5": [0, 1],
    "10": [5, 1, 2, 3],
    "11": [5, 5, 1],  # a loser as high as the best: wrong
    "12": [5, 4, 3],
}


def lines(root: Path, scores: dict[str, list[float]]) -> Path:
    return write(root / "scores.jsonl", [{"id": id, "scores": values} for id, values in scores.items()])


def test_four_parts_weigh_the_same(tmp_path: Path) -> None:
    report = evaluated("rmb", [published(tmp_path / "RMB_dataset")], lines(tmp_path, SCORES))
    assert (report.n, report.ties) == (8, 2)
    assert report.subsets == pytest.approx(
        {
            "Pairwise_set/Helpfulness": 50.0,
            "BoN_set/Helpfulness": 50.0,
            "Pairwise_set/Harmlessness": 200 / 3,
            "BoN_set/Harmlessness": 100.0,
        }
    )
    assert report.overall == pytest.approx((50 + 50 + 200 / 3 + 100) / 4)
    assert report.remarks == []
    assert figures(report) == pytest.approx(
        {
            "scenario BoN_set/Harmlessness/S1": 100.0,
            "scenario BoN_set/Helpfulness/Open QA/Factual": 50.0,
            "scenario Pairwise_set/Harmlessness/S1": 200 / 3,
            "scenario Pairwise_set/Helpfulness/Chat/Discussion": 50.0,
        }
    )


def test_an_id_of_both_sets_is_told_apart_by_the_subset(tmp_path: Path) -> None:
    data = [
        write(tmp_path / "Pairwise_set/Harmlessness/S1.json", [pair("7")]),
        write(tmp_path / "BoN_set/Harmlessness/S1.json", [best("7", 1)]),
    ]
    said = [
        {"id": "7", "subset": "BoN_set/Harmlessness", "scores": [1, 0]},
        {"id": "7", "subset": "Pairwise_set/Harmlessness", "scores": [0, 1]},
    ]
    report = evaluated("rmb", data, write(tmp_path / "scores.jsonl", said))
    assert report.subsets == {"Pairwise_set/Harmlessness": 0.0, "BoN_set/Harmlessness": 100.0}
