"""Marks, places and folds are added to rendered text; they must lose nothing of it and break nothing in it."""

import re
from html import unescape

import pytest

from annotate.reading import render_markdown
from annotate.reading.sheets import Sheets, render_sheets
from tests.annotate.reading.test_hostile import HOSTILE, inspect


def made(left: str, right: str, *differences: tuple[str, str]) -> Sheets:
    entries = [{"what": "wording", "left": one, "right": other} for one, other in differences]
    return render_sheets([message(left)], [message(right)], entries)


def message(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def marked(html: str) -> list[str]:
    found = re.findall(r'<mark class="([a-z ]+)">(.*?)</mark>', html, re.DOTALL)
    return [("+" if name == "differs only" else "") + unescape(re.sub("<[^>]*>", "", text)) for name, text in found]


def both(left: str, right: str) -> tuple[list[str], list[str]]:
    sheets = made(left, right)
    return marked(sheets.left[0].html), marked(sheets.right[0].html)


def bare(html: str) -> str:
    """Without what a sheet adds."""
    html = re.sub(r"</?mark[^>]*>|<details[^>]*>|</details>|<summary>.*?</summary>", "", html)
    return unescape(re.sub(r' (?:id|data-twin|data-line)="[^"]*"', "", html))


def test_equal_texts_have_no_mark() -> None:
    assert both("One. Two **three**.\n\n```\nx\n```", "One. Two **three**.\n\n```\nx\n```") == ([], [])


def test_words_of_an_aligned_sentence_and_whole_sentences_of_one_side() -> None:
    left = "The tower stands in Paris, of course. It is tall."
    right = "The tower stands in London, of course. Trains are slow there on Sundays. It is tall."
    assert both(left, right) == (["Paris"], ["London", "+Trains are slow there on Sundays."])


def test_lines_of_code_and_their_indentation() -> None:
    left = "```python\ndef f(x):\n    y = x\n    return y + 1\n```"
    right = "```python\ndef f(x):\n    y = x\n        return y + 2\n```"
    assert both(left, right) == (["    ", "1"], ["        ", "2"])


def test_a_short_line_that_differs_in_one_word() -> None:
    assert both("```\nresult = 0\n```", "```\nresult = 1\n```") == (["0"], ["1"])


def test_a_formula_is_one_thing() -> None:
    left, right = both("So the area of it is $x^2$ metres.", "So the area of it is $x^3$ metres.")
    assert (left, right) == (["x2"], ["x3"])


def test_formulas_that_stand_alone_answer_each_other() -> None:
    left, right = both("$$\\int_0^1 x^2 dx = 3$$", "$$\\int_0^1 x^2 dx = 4$$")
    assert not any(mark.startswith("+") for mark in left + right)
    assert len(left) == len(right) == 1


def test_sentences_without_spaces() -> None:
    assert both("水在一百度沸腾。很好。", "水在九十度沸腾。很好。") == (["一百"], ["九十"])


def test_prose_never_answers_code() -> None:
    left, right = both("return the value", "```\nreturn the value\n```")
    assert (left, right) == (["+return the value"], ["+return the value"])


@pytest.mark.parametrize(
    "text", [*HOSTILE, "a & b &amp; c &lt;mark&gt; \" ' \u00a0", "# x\n\n---\n\na  \nb", "> " * 30]
)
def test_nothing_is_lost_or_let_in(text: str) -> None:
    sheets = made(text, f"{text} and\n\nmore of it")
    html = sheets.left[0].html
    assert bare(html) == bare(render_markdown(text))
    allowed = re.sub(r'</?mark[^>]*>| (?:id="left-0-\d+"|data-twin="right-0-\d+")', "", html)
    assert inspect(allowed) == []


def test_ids_are_unique_and_twins_exist() -> None:
    text = "- a one\n  - b two\n- c three\n\n> quoted words\n\n| a | b |\n|---|---|\n| c | d |\n\n$$x$$"
    sheets = made(text, "Other.\n\n" + text)
    ids = re.findall(r' id="([^"]+)"', sheets.left[0].html + sheets.right[0].html)
    assert len(ids) == len({*ids})
    twins = re.findall(r'data-twin="([^"]+)"', sheets.left[0].html)
    assert len(twins) > 3
    assert {*twins} <= {*ids}


def test_a_difference_leads_to_both_places() -> None:
    left = "Intro.\n\nFirst thing. The price is 5 euro.\n\n```\na = 1\nb = 2\n```"
    right = "Intro.\n\nThe price is 6 euro."
    price, code, lost = made(
        left, right, ("The price is 5 euro.", "…price is 6 euro."), ("b = 2", ""), ("?", "?")
    ).differences
    assert (price.left_id, price.right_id) == ("left-0-2", "right-0-2")
    assert (code.left_id, code.right_id) == ("left-0-4", "")
    assert (lost.left_id, lost.right_id) == ("", "")


def test_only_the_very_long_folds_and_its_headings_stay() -> None:
    sections = [f"## Part {n}\n\n" + "Some words to read. " * 80 for n in range(8)]
    assert "<details" not in made("\n\n".join(sections[:4]), "x").left[0].html
    html = made("\n\n".join(sections), "x").left[0].html
    assert html.count('<details class="fold"><summary>1 more paragraph') == 4
    assert all(f'">Part {n}</' in re.sub("</?mark[^>]*>", "", html.split("<details")[n - 4]) for n in range(4, 8))
    assert html.count("Some words") == 8 * 80


def test_texts_that_share_nothing_say_so() -> None:
    assert made("Alpha beta gamma.", "Delta epsilon zeta.").compared == "strangers"
    assert made("Alpha.\n" * 40_000, "Alpha.").compared == "no"
