"""Wanted qualities are free text; as items they keep all of their words."""

import pytest

from curation.wanted import MOST, wanted


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        (" \n ", ()),
        ("A right number.", ("A right number.",)),
        ("- A right number\n- Short", ("A right number", "Short")),
        ("A good answer:\n* is right\n  and says why\n* is short", ("is right and says why", "is short")),
        ("1. Right\n2) Short\n(3) Kind", ("Right", "Short", "Kind")),
        ("It is right.\n## It is short.", ("It is right.", "It is short.")),
        ("Correct; concise; and kind.", ("Correct", "concise", "kind.")),
        ("It is right, e.g. Berlin. It is short.", ("It is right, e.g. Berlin.", "It is short.")),
        ("3.5 is the number. 4 is not.", ("3.5 is the number.", "4 is not.")),
        ("Accuracy, clarity, and brevity", ("Accuracy", "clarity", "brevity")),
        ("It is right, which matters a great deal here, and short.", None),
        ("准确；简洁；友好。", ("准确", "简洁", "友好。")),
        ("准确、简洁、友好", ("准确", "简洁", "友好")),
        ("答案正确。篇幅短。", ("答案正确。", "篇幅短。")),
        ("- Right\n- Right", ("Right",)),
    ],
)
def test_items(text: str, items: tuple[str, ...] | None) -> None:
    assert wanted(text) == ((text,) if items is None else items)


def test_there_are_only_so_many_and_the_last_holds_the_rest() -> None:
    found = wanted("\n".join(f"- number {n}" for n in range(30)))
    assert len(found) == MOST
    assert all(f"number {n}" in found[-1] for n in range(MOST - 1, 30))
