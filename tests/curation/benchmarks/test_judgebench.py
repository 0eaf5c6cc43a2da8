"""JudgeBench: equal scores, both orders, micro and macro."""

import json
from pathlib import Path

import pytest

from curation.benchmarks import answers, files, outcome
from curation.benchmarks.known import benchmark
from tests.curation.benchmarks.small import Row, figures, judged, scored, write


def pair(id: str, source: str, label: str, model: str = "gpt-4o-2024-05-13") -> Row:
    return {
        "pair_id": id, "original_id": 7, "source": source, "question": "q", "response_model": model,
        "response_A": "a", "response_B": "b", "label": label,
    }  # fmt: skip


DATA = [
    pair("k1", "mmlu-pro-law", "A>B"),
    pair("k2", "mmlu-pro-computer science", "B>A"),
    pair("k3", "mmlu-pro-law", "A>B"),
    pair("r1", "livebench-reasoning", "A>B"),
    pair("m1", "livebench-math", "B>A"),
    pair("c1", "livecodebench", "B>A"),
]


def test_equal_scores_are_wrong_whatever_the_label(tmp_path: Path) -> None:
    """The published code says B>A wherever A is not higher; an equal score would then be right where B is better."""
    scores = {"k1": [2, 1], "k2": [1, 1], "k3": [1, 1], "r1": [3, 1], "m1": [1, 2], "c1": [2, 1]}
    report = scored("judgebench", tmp_path, DATA, scores)
    assert (report.n, report.ties) == (6, 2)
    assert report.overall == pytest.approx(100 * 3 / 6)
    assert report.subsets == pytest.approx({"knowledge": 100 / 3, "reasoning": 100.0, "math": 100.0, "coding": 0.0})
    assert report.macro == pytest.approx((100 / 3 + 100 + 100 + 0) / 4)
    assert report.remarks == []


def test_a_judge_is_right_where_the_sum_over_both_orders_is_above_0(tmp_path: Path) -> None:
    said: dict[str, list[str | None]] = {
        "k1": ["A>B", "B>A"],  # right in both orders
        "k2": ["B>A", "A=B"],  # right once, a tie once: 1
        "k3": ["A>B", "A>B"],  # whatever stands first: 0
        "r1": ["A>B", None],  # right once, no verdict once: 1
        "m1": ["A=B", "A=B"],  # 0
        "c1": ["A>B", "B>A"],  # wrong in both
    }
    report = judged("judgebench", tmp_path, DATA, said)
    assert report.subsets == pytest.approx({"knowledge": 200 / 3, "reasoning": 100.0, "math": 0.0, "coding": 0.0})
    assert report.overall == 50.0
    assert report.macro == pytest.approx((200 / 3 + 100) / 4)
    assert report.ties == 2
    # k2, k3 and r1 said another thing the second time.
    assert figures(report) == {"verdicts that changed with the order": 50.0}


def test_the_files_that_the_published_code_writes_are_verdicts(tmp_path: Path) -> None:
    data = write(tmp_path / "data.jsonl", DATA[:2])
    outputs = [
        DATA[0] | {"judge_name": "j", "judgments": [{"decision": "A>B", "judgment": {}}, {"decision": "B>A"}]},
        DATA[1] | {"judge_name": "j", "judgments": [{"decision": "A>B"}, None]},
    ]
    loaded = files.load(benchmark("judgebench"), [str(data)])
    verdicts = answers.read_verdicts(write(tmp_path / "outputs.jsonl", outputs), loaded.items)
    assert verdicts == [["A>B", "B>A"], ["A>B", None]]
    assert outcome.from_verdicts(benchmark("judgebench"), loaded.items, verdicts).overall == 50.0


def test_two_models_together_are_said_to_be_so(tmp_path: Path) -> None:
    report = scored(
        "judgebench", tmp_path, [DATA[0], pair("x", "mmlu-pro-law", "A>B", "claude")], {"k1": [1, 0], "x": [1, 0]}
    )
    assert any("2 models together" in note for note in report.notes)


def test_json_keys_are_those_that_programs_rely_on(tmp_path: Path) -> None:
    report = scored("judgebench", tmp_path, DATA[:4], {"k1": [1, 0], "k2": [1, 0], "k3": [1, 0], "r1": [0, 1]})
    assert json.loads(json.dumps(outcome.as_json(benchmark("JudgeBench"), report))) == {
        "benchmark": "judgebench",
        "n": 4,
        "overall": 50.0,
        "macro": 33.3333,
        "ties": 0,
        "subsets": {"knowledge": 66.6667, "reasoning": 0.0},
    }
