"""Scores and verdicts are matched whole, or refused with the line that is wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from curation.benchmarks import answers
from curation.benchmarks.items import BenchmarkError, Item
from tests.curation.benchmarks.small import write

TWO = [Item("a", "x", 2, {}), Item("b", "x", 3, {})]


def scores(folder: Path, items: Sequence[Item], lines: list[dict[str, Any]]) -> list[list[float] | None]:
    return answers.read_scores(write(folder / "s.jsonl", lines), items)


def refused(folder: Path, items: Sequence[Item], text: str) -> list[str]:
    path = folder / "s.jsonl"
    path.write_text(text)
    with pytest.raises(BenchmarkError) as error:
        answers.read_scores(path, items)
    return str(error.value).replace(str(path), "FILE").splitlines()


def test_lines_stand_in_any_order_and_ids_may_be_numbers(tmp_path: Path) -> None:
    items = [Item("7", "x", 2, {}), Item("a", "x", 1, {})]
    lines = [{"id": "a", "scores": [1]}, {"id": 7, "scores": [-1, 2.5], "subset": "whatever"}]
    assert scores(tmp_path, items, lines) == [[-1.0, 2.5], [1.0]]


def test_every_wrong_line_is_named_with_what_is_wrong(tmp_path: Path) -> None:
    text = (
        '{"id": "a", "scores": [1, NaN]}\n'
        '{"id": "b", "scores": [1, 2]}\n'
        '{"id": "z", "scores": [1, 2]}\n'
        '\n{"id": "a", "scores": [1, 2]}\n'
        '{"id": "a", "scores": [2, 1]}\n'
        '{"id": "a", "scores": ["1", 2]}\n'
        '{"id": "a", "scores": [true, 2]}\n'
        '{"id": "a"}\n{"scores": [1, 2]}\nnonsense\n'
    )
    assert refused(tmp_path, TWO, text) == [
        "FILE, line 1: a score is not finite",
        "FILE, line 2: 2 scores, but 'b' has 3 responses",
        "FILE, line 3: 'z' is not in the data",
        "FILE, line 6: 'a' again; it stands in line 5 already",
        "FILE, line 7: scores must be a list of numbers",
        "FILE, line 8: scores must be a list of numbers",
        'FILE, line 9: there is no field "scores"',
        "FILE, line 10: there is no field id (there are scores)",
        "FILE, line 11: not valid JSON: Expecting value: line 1 column 1 (char 0)",
    ]
    assert refused(tmp_path, TWO, '{"id": "a", "scores": [1, 1e999]}\n{"id": "b", "scores": [1, 2, 3]}\n') == [
        "FILE, line 1: a score is not finite"
    ]


def test_a_missing_item_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path, TWO, '{"id": "a", "scores": [1, 2]}\n') == ["FILE: no line for 1 of the items: b"]
    assert refused(tmp_path, TWO, "") == ["FILE: no line for 2 of the items: a, b"]


def test_many_wrong_lines_are_counted(tmp_path: Path) -> None:
    lines = refused(tmp_path, TWO, '{"id": "z", "scores": []}\n' * 13)
    assert lines[-1] == "... and 3 more"
    assert len(lines) == 11


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="cannot be read: No such file"):
        answers.read_scores(tmp_path / "none.jsonl", TWO)


MANY = [
    Item("q", "MATH", 1, {}, also={"subset": "MATH", "model_name": "m1"}),
    Item("r", "MATH", 1, {}, also={"subset": "MATH", "model_name": "m1"}),
    Item("q", "MATH", 1, {}, also={"subset": "MATH", "model_name": "m2"}),
]


def test_an_id_of_several_items_goes_by_the_fields_that_differ(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"id": "q", "scores": [3], "model_name": "m2"},
        {"id": "q", "scores": [1], "model_name": "m1"},
        {"id": "r", "scores": [2]},
    ]
    assert scores(tmp_path, MANY, lines) == [[1.0], [2.0], [3.0]]


def test_or_by_place_where_the_whole_file_is_in_the_order_of_the_data(tmp_path: Path) -> None:
    lines = [{"id": "q", "scores": [1]}, {"id": "r", "scores": [2]}, {"id": "q", "scores": [3]}]
    assert scores(tmp_path, MANY, lines) == [[1.0], [2.0], [3.0]]
    turned = "".join(f'{{"id": "{id}", "scores": [1]}}\n' for id in "rqq")
    assert refused(tmp_path, MANY, turned) == [
        f"FILE, line {line}: 'q' stands 2 times in the data; add model_name to its lines, or "
        "give every line in the order of the data"
        for line in (2, 3)
    ]
    unknown = '{"id": "q", "scores": [1], "model_name": "m9"}\n'
    assert refused(tmp_path, MANY, unknown) == ["FILE, line 1: 'q' is in the data, but as subset MATH, model_name m1"]


def test_items_that_do_not_count_may_be_left_out_or_given(tmp_path: Path) -> None:
    items = [Item("a", "x", 1, {}), Item("t", "x", 1, {}, counts=False)]
    assert scores(tmp_path, items, [{"id": "a", "scores": [1]}]) == [[1.0], None]
    assert scores(tmp_path, items, [{"id": "t", "scores": [0]}, {"id": "a", "scores": [1]}]) == [[1.0], [0.0]]


@pytest.mark.parametrize("said", [[], "A>B", ["A"], [1], None])
def test_verdicts_are_a_b_equal_or_none(tmp_path: Path, said: object) -> None:
    path = write(tmp_path / "v.jsonl", [{"id": "a", "verdicts": said}])
    with pytest.raises(BenchmarkError, match="line 1: verdicts must be a list of A>B, B>A, A=B or null"):
        answers.read_verdicts(path, TWO[:1])
