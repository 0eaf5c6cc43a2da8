"""The list of differences: neutral, in order, numbers and code first-class, quick on huge texts."""

import time

import pytest

from tests.workers.engines.rows import UNEQUAL, assistant, row
from workers.engines import Row, load
from workers.engines.differences import compare


def whats(a: str, b: str) -> list[tuple[str, str, str]]:
    return [(entry["a"], entry["b"], entry["what"]) for entry in compare(a, b)["differences"]]


def test_a_number_that_differs() -> None:
    assert whats("It is big. It has 3.5 million people.", "It is big. It has 4.5 million people.") == [
        ("It has 3.5 million people.", "It has 4.5 million people.", "number")
    ]


def test_a_final_answer_that_differs() -> None:
    a, b = "We add them.\nThe answer is 12.", "We add them.\nThe answer is 13."
    assert whats(a, b) == [("The answer is 12.", "The answer is 13.", "answer")]


def test_code_is_compared_line_by_line() -> None:
    a = "Use this:\n```python\ndef f(x):\n    return x + 1\n```\nDone."
    b = "Use this:\n```python\ndef f(x):\n    return x - 1\n```\nDone."
    assert whats(a, b) == [("    return x + 1", "    return x - 1", "code")]


def test_what_one_side_lacks_and_what_is_reworded() -> None:
    a = "Cats sleep a lot every day. They hunt at night."
    b = "Cats sleep a lot each day. They hunt at night. Dogs bark."
    assert whats(a, b) == [
        ("Cats sleep a lot every day.", "Cats sleep a lot each day.", "wording"),
        ("", "Dogs bark.", "missing"),
    ]


def test_sentences_without_spaces() -> None:
    a, b = "植物需要光。它们在白天生长。水很重要！", "植物需要光。它们在夜里生长。水很重要！"
    assert whats(a, b) == [("它们在白天生长。", "它们在夜里生长。", "wording")]


def test_white_space_is_no_difference() -> None:
    assert compare("One  two.\n\nThree.", "One two. Three.") == {
        "differences": [],
        "omitted": 0,
        "truncated": False,
    }


def test_it_is_symmetric() -> None:
    a, b = "One. Two has 2. Three.", "One. Two has 3. Four is new here."
    assert sorted((y, x, what) for x, y, what in whats(a, b)) == sorted(whats(b, a))


def test_what_matters_most_is_kept_and_the_order_of_the_text_too() -> None:
    common = "".join(f"Line {'abcdefghijklmnopqrst'[i]} says the very same old thing {{}}. " for i in range(20))
    a = common.format(*["here"] * 19, "1")
    b = common.format(*["there"] * 19, "2")
    payload = compare(a, b)
    assert len(payload["differences"]) == 12
    assert payload["omitted"] == 8
    assert payload["differences"][-1]["what"] == "number"
    assert payload["differences"][0]["a"].startswith("Line a")


def test_excerpts_are_short_and_show_the_difference() -> None:
    a, b = "word " * 200 + "left end.", "word " * 200 + "right end."
    ((left, right, _),) = whats(a, b)
    assert max(len(left), len(right)) <= 160
    assert "left" in left
    assert "right" in right


@pytest.mark.parametrize("piece", ["A sentence number {}. ", "x", "same. ", "行{}。", "word{} ", "```\nline {}\n"])
def test_huge_responses_are_cut_and_quick(piece: str) -> None:
    size = 5_000_000
    a = "".join(piece.format(i) for i in range(size // len(piece)))
    b = "".join(piece.format(i * 7 % 1000) for i in range(size // len(piece)))
    begun = time.perf_counter()
    payload = compare(a, b)
    assert time.perf_counter() - begun < 4
    assert payload["truncated"] is True
    assert len(payload["differences"]) <= 12


def test_rows_in_results_out() -> None:
    engine = load("differences", "", cache=None)  # type: ignore[arg-type]
    bad = Row(9, [], [{"role": "assistant"}], [assistant("x")])
    results = engine.run([*UNEQUAL, bad, row(6, "q", "1", "2")])
    assert [result.id for result in results] == [1, 2, 3, 4, 5, 9, 6]
    assert [result.id for result in results if result.error] == [9]
    assert engine.provenance.model == "none"
