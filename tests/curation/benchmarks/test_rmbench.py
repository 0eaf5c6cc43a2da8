"""RM-Bench: the 3x3 matrix."""

from pathlib import Path

import pytest

from curation.benchmarks.items import BenchmarkError
from tests.curation.benchmarks.small import Row, evaluated, figures, scored, write


def item(id: str, domain: str) -> Row:
    return {"id": id, "prompt": "p", "chosen": ["c", "cc", "ccc"], "rejected": ["r", "rr", "rrr"], "domain": domain}


def test_the_matrix_by_hand(tmp_path: Path) -> None:
    """Chosen 1, 2, 3 against rejected 0, 2, 5.

    over      r1=0  r2=2  r3=5
    c1=1       1     0     0
    c2=2       1     0     0     (2 is not above 2)
    c3=3       1     1     0
    hard (above the diagonal) 0 of 3, normal 1 of 3, easy 3 of 3, all 4 of 9.
    """
    report = scored("rm-bench", tmp_path, [item("1", "chat")], {"1": [1, 2, 3, 0, 2, 5]})
    assert report.subsets == pytest.approx({"chat": 400 / 9, "hard": 0.0, "normal": 100 / 3, "easy": 100.0})
    assert report.overall == pytest.approx(400 / 9)
    assert (report.n, report.ties) == (1, 1)
    assert figures(report)["all items, chosen 3 over rejected 2"] == 100.0
    assert figures(report)["all items, chosen 2 over rejected 3"] == 0.0


def test_safety_is_one_domain_of_four(tmp_path: Path) -> None:
    """Safety holds three items of two files, two of them right: it is their mean, not the mean of the two files."""
    right, wrong = [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]
    data = [
        item("a", "chat"), item("b", "code"), item("c", "math"),
        item("d", "safety-refuse"), item("e", "safety-refuse"), item("f", "safety-response"),
    ]  # fmt: skip
    report = scored(
        "rm-bench", tmp_path, data, {"a": right, "b": wrong, "c": right, "d": right, "e": wrong, "f": right}
    )
    assert {name: report.subsets[name] for name in ("chat", "code", "math", "safety")} == pytest.approx(
        {"chat": 100.0, "code": 0.0, "math": 100.0, "safety": 200 / 3}
    )
    assert report.overall == report.macro == pytest.approx((100 + 0 + 100 + 200 / 3) / 4)
    assert report.remarks == []


def test_the_published_folder_holds_every_item_twice(tmp_path: Path) -> None:
    chat, math = [item("a", "chat")], [item("b", "math")]
    write(tmp_path / "data/chat_filtered.json", chat)
    write(tmp_path / "data/math_filtered.json", math)
    write(tmp_path / "data/total_dataset.json", chat + math)
    lines = [{"id": "a", "scores": [1, 1, 1, 0, 0, 0]}, {"id": "b", "scores": [1, 1, 1, 0, 0, 0]}]
    report = evaluated("rm-bench", [tmp_path / "data"], write(tmp_path / "s.jsonl", lines))
    assert report.n == 2


def test_three_of_each_are_needed(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="rejected must hold three responses"):
        scored("rm-bench", tmp_path, [item("1", "chat") | {"rejected": ["r"]}], {})
