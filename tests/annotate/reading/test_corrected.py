"""What went and what came, word by word; attributes and marks as a page shows them."""

import pytest

from annotate.reading import corrected


@pytest.mark.parametrize(
    ("was", "value", "edits"),
    [
        ("a right number", "a short number", [("", "a "), ("gone", "right"), ("new", "short"), ("", " number")]),
        ("", "New", [("new", "New")]),
        ("Same.", "Same.", [("", "Same.")]),
        ("数字正确", "数字简短", [("", "数字"), ("gone", "正确"), ("new", "简短")]),
    ],
)
def test_edits(was: str, value: str, edits: list[tuple[str, str]]) -> None:
    assert list(corrected.edits(was, value)) == edits


def test_the_edits_of_any_two_texts_are_both_texts() -> None:
    was, value = "One two\n three, four.", "Two one\n three; five."
    found = list(corrected.edits(was, value))
    assert "".join(text for kind, text in found if kind != "new") == was
    assert "".join(text for kind, text in found if kind != "gone") == value


def test_chips_without_attributes_are_none_but_what_a_person_said() -> None:
    pair = {"attributes": None, "corrected": {"task_category": {"was": "", "value": "math"}}}
    assert corrected.chips(pair) == [{"was": "", "value": "Math"}]
    assert corrected.chips({"attributes": None}) == []


def test_what_was_recorded_wins_and_what_is_no_longer_wanted_stands_last() -> None:
    checks = [{"item": "old", "left": True, "right": None}, {"item": "kind", "left": False, "right": True}]
    rows = corrected.marks(["kind", "short"], checks, {"met-left-2": "yes short", "preference": "left-1"})
    assert [(row["item"], row["left"], row["right"]) for row in rows] == [
        ("kind", "no", "yes"),
        ("short", "yes", ""),
        ("old", "yes", ""),
    ]
