"""The demo set keeps the promises of `demo/README.md`."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]

PATH = Path(__file__).parents[2] / "demo" / "pairs.jsonl"
ROWS: list[Row] = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
DECIDED = [row for row in ROWS if row["answer"] in {"a", "b"}]
RUNNABLE = [(row, side) for row in ROWS for side in row.get("runs", {})]

CATEGORIES = {
    "information seeking",
    "reasoning",
    "planning",
    "editing",
    "coding & debugging",
    "math",
    "role playing",
    "data analysis",
    "creative writing",
    "advice seeking",
    "brainstorming",
    "others",
}
KINDS = {
    "broken",
    "dropped content",
    "failing code",
    "false fact",
    "faulty reasoning",
    "ignored constraint",
    "longer but worse",
    "meaning changed",
    "out of character",
    "over-refusal",
    "sycophancy",
    "tie",
    "undecidable",
    "unsafe compliance",
    "wrong arithmetic",
}
REQUIRED = {"id", "prompt", "response_a", "response_b", "label", "source", "answer", "why", "kind", "category"}
ATTRIBUTES = {
    "task_category",
    "objectivity",
    "controversiality",
    "desired_attributes",
    "annotation_guideline",
}


def messages(value: Any) -> list[dict[str, str]]:
    return value if isinstance(value, list) else [{"role": "user", "content": value}]


def text(value: Any) -> str:
    return "\n".join(message["content"] for message in messages(value))


def responses(row: Row) -> tuple[str, str]:
    return text(row["response_a"]), text(row["response_b"])


EVERYTHING = "\n".join("\n".join((text(row["prompt"]), *responses(row))) for row in ROWS)


def share(part: int, rows: list[Row]) -> float:
    return part / len(rows)


def test_rows_have_exactly_the_known_fields() -> None:
    assert [row["id"] for row in ROWS] == [f"demo-{number:03d}" for number in range(1, 65)]
    for row in ROWS:
        assert set(row) - {"attributes", "runs"} == REQUIRED, row["id"]
        assert row["source"] == "demo"
        assert row["why"].strip()


def test_file_is_plain_utf8() -> None:
    raw = PATH.read_text(encoding="utf-8")
    assert "\\u" not in raw.replace("\\\\", "")
    assert "\0" not in raw


def test_every_category_has_four_pairs() -> None:
    counts = Counter(row["category"] for row in ROWS)
    assert set(counts) == CATEGORIES
    assert min(counts.values()) >= 4


def test_kinds_and_answers_are_all_there() -> None:
    assert {row["kind"] for row in ROWS} == KINDS
    special = {row["kind"]: row["answer"] for row in ROWS if row not in DECIDED}
    assert special == {"tie": "equal", "undecidable": "undecidable", "broken": "broken"}
    assert len(DECIDED) == len(ROWS) - 3


def test_exactly_half_bring_attributes_spread_over_categories() -> None:
    bringing = [row for row in ROWS if "attributes" in row]
    assert len(bringing) * 2 == len(ROWS)
    assert {row["category"] for row in bringing} == CATEGORIES
    assert {row["category"] for row in ROWS if "attributes" not in row} == CATEGORIES
    for row in bringing:
        found = row["attributes"]
        assert set(found) == ATTRIBUTES, row["id"]
        assert found["task_category"] == row["category"]
        assert found["objectivity"] in {"objective", "subjective"}
        assert found["controversiality"] in {"low", "medium", "high"}
        assert not re.search(r"response [ab]\b", found["desired_attributes"] + found["annotation_guideline"], re.I)


def test_right_answers_are_balanced_over_sides_and_lengths() -> None:
    assert 0.45 <= share(sum(row["answer"] == "a" for row in DECIDED), DECIDED) <= 0.55
    shorter = [row for row in DECIDED if is_shorter(row)]
    assert 0.4 <= share(len(shorter), DECIDED) <= 0.6
    assert 0.4 <= share(sum(row["answer"] == "a" for row in shorter), shorter) <= 0.6


def is_shorter(row: Row) -> bool:
    """Is the right answer the shorter response, in characters?"""
    a, b = responses(row)
    return (len(a) < len(b)) is bool(row["answer"] == "a")


def test_source_is_right_about_three_times_in_four() -> None:
    right = sum(row["label"] == {"a": 1, "b": 2}[row["answer"]] for row in DECIDED)
    assert 0.7 <= share(right, DECIDED) <= 0.8
    assert {row["label"] for row in DECIDED} == {1, 2}
    assert {row["label"] for row in ROWS if row not in DECIDED} == {None}


def test_responses_differ_and_pairs_are_distinct() -> None:
    pairs = {frozenset(responses(row)) for row in ROWS}
    assert len(pairs) == len(ROWS)
    assert {len(pair) for pair in pairs} == {2}
    assert len({text(row["prompt"]) for row in ROWS}) == len(ROWS)


def test_conversations_are_well_formed() -> None:
    for row in ROWS:
        turns = [message["role"] for message in messages(row["prompt"]) if message["role"] != "system"]
        assert turns == ["user", "assistant"] * (len(turns) // 2) + ["user"], row["id"]
    multi_turn = [row for row in ROWS if "assistant" in {m["role"] for m in messages(row["prompt"])}]
    assert len(multi_turn) >= 6
    assert "system" in {messages(row["prompt"])[0]["role"] for row in multi_turn}


def test_one_pair_has_continuations_of_several_messages() -> None:
    shapes = {
        tuple(message["role"] for message in value)
        for row in ROWS
        for value in (row["response_a"], row["response_b"])
        if isinstance(value, list)
    }
    assert shapes == {("assistant", "user", "assistant")}


def test_code_in_five_languages() -> None:
    fences = set(re.findall(r"^```(\w+)$", EVERYTHING, re.M))
    assert fences == {"python", "javascript", "bash", "sql", "rust", "html", "json"}


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("[\u0600-\u06ff]{3}", id="arabic"),
        pytest.param("[\u0590-\u05ff]{3}", id="hebrew"),
        pytest.param("[\u4e00-\u9fff]{4}", id="chinese"),
        pytest.param("[\u3040-\u309f]{3}", id="japanese"),
        pytest.param(r"^\|[-:| ]+\|$", id="table"),
        pytest.param(r"\$\\int[^$]+\$", id="inline maths"),
        pytest.param(r"\$\$\s[^$]+\$\$", id="display maths"),
        pytest.param(r"^[-*] .*\n  - ", id="nested list"),
        pytest.param("[\U0001f300-\U0001faff]", id="emoji"),
        pytest.param(r"https://\S{120,}", id="long link"),
        pytest.param(r"<script>", id="markup as content"),
    ],
)
def test_difficult_content_is_there(pattern: str) -> None:
    assert re.search(pattern, EVERYTHING, re.M)


def test_one_response_is_over_eight_kilobytes() -> None:
    assert max(len(response.encode()) for row in ROWS for response in responses(row)) > 8192


def test_every_response_with_python_says_whether_it_runs() -> None:
    with_python = {row["id"]: {s for s in "ab" if python_of(row, s)} for row in ROWS}
    assert {key: sides for key, sides in with_python.items() if sides} == {
        row["id"]: set(row["runs"]) for row in ROWS if "runs" in row
    }
    assert {row["runs"][side] for row, side in RUNNABLE} == {True, False}


def python_of(row: Row, side: str) -> str:
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text(row[f"response_{side}"]), re.M | re.S))


@pytest.mark.parametrize(("row", "side"), RUNNABLE, ids=[f"{row['id']}-{side}" for row, side in RUNNABLE])
def test_python_does_what_the_row_says(row: Row, side: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-I", "-c", python_of(row, side)], cwd=tmp_path, capture_output=True, timeout=5
    )
    assert (ended.returncode == 0) is row["runs"][side], ended.stderr.decode()
