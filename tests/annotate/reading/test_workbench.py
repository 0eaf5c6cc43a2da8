import re

import pytest

from annotate.domain.leases import CAUSES
from tests.annotate.reading.pages import BAIT, JudgementForm, VerdictForm, page, render, verdict_page


def chosen(html: str) -> list[str]:
    ballot = html[html.index('id="ballot"') :]
    return re.findall(r'<input type="radio"[^>]*value="([^"]+)"[^>]* checked', ballot)


def test_nothing_is_chosen_before_the_person_chooses() -> None:
    assert chosen(render(page(), JudgementForm())) == []


def test_a_verdict_starts_from_the_persons_own_judgement() -> None:
    html = render(verdict_page(), VerdictForm())
    assert chosen(html) == ["right-3", "2"]
    assert "By confirming you say that you did not rely on a language model alone." in html
    assert "Confirm verdict" in html


def test_what_was_posted_wins_over_the_judgement() -> None:
    form = VerdictForm({"preference": "left-1", "confidence": "3", "reason": "a < b", "attested": "on"})
    html = render(verdict_page(), form)
    assert chosen(html) == ["left-1", "3"]
    assert "a &lt; b</textarea>" in html


def test_a_refused_form_says_what_was_kept_and_why() -> None:
    html = render(page(), JudgementForm({"preference": "right-2", "confidence": "1", "reason": ""}))
    assert "Not recorded yet. Everything you wrote is kept." in html
    assert "Say why, in a sentence." in html
    assert chosen(html) == ["right-2", "1"]


def test_the_reveal_is_shown_at_the_verdict() -> None:
    html = render(verdict_page(), VerdictForm())
    assert "p = 0.93" in html
    assert {word for word in BAIT[1:] if word in html} == set(BAIT[1:])
    assert "disagrees with your judgement" in html
    assert "Right is much better. Fairly sure." in html


def test_the_judgement_stage_shows_no_reveal_even_if_handed_one() -> None:
    html = render(page(revealed=verdict_page()["revealed"]), JudgementForm())
    assert [word for word in (*BAIT, "p = 0.9") if word in html] == []


@pytest.mark.parametrize("make", [page, verdict_page])
def test_no_inline_script_or_style(make) -> None:  # type: ignore[no-untyped-def]
    html = render(make(), VerdictForm())
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", html)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_missing_assistance_is_said() -> None:
    pair = page()["pair"] | {
        "attributes": None,
        "differences": None,
        "missing": ["attributes", {"kind": "differences", "state": "failed"}],
    }
    html = render(page(pair=pair), JudgementForm())
    assert "The attributes are not ready." in html
    assert "The differences could not be made." in html


def test_the_causes_of_giving_back_are_those_the_domain_takes() -> None:
    html = render(page(), JudgementForm())
    assert tuple(re.findall(r'<option value="([^"]+)"', html.split('id="cause"')[1].split("</select>")[0])) == CAUSES


def test_a_long_conversation_folds_all_but_its_last_turn() -> None:
    turns = [{"role": role, "content": f"turn {at}"} for at, role in enumerate(("system", "user", "assistant", "user"))]
    html = render(page(pair=page()["pair"] | {"conversation": turns}), JudgementForm())
    assert re.findall(r'<details class="turn (\w+)"( open)?>', html) == [
        ("system", ""),
        ("user", ""),
        ("assistant", ""),
        ("user", " open"),
    ]


def test_every_control_has_a_key_and_no_two_share_one() -> None:
    html = render(verdict_page(), VerdictForm())
    keys = [key for keys in re.findall(r'data-key="([^"]+)"', html) for key in keys.split()]
    assert sorted(keys) == sorted({*keys})
    assert {*"1234567uxqwe/?njkvydghoxtz", "Ctrl+Enter", "Ctrl+z"} <= {*keys}


def test_the_judgement_has_the_key_of_the_marks_too() -> None:
    html = render(page(), JudgementForm())
    keys = [key for keys in re.findall(r'data-key="([^"]+)"', html) for key in keys.split()]
    assert sorted(keys) == sorted({*keys})
    assert "c" in keys


def test_marks_come_back_with_a_refused_form_and_stand_at_the_verdict() -> None:
    posted = {
        "preference": "left-1",
        "reason": "",
        "met-left-2": "no it counts Jane",
        "met-right-1": "yes A right total",
    }
    html = render(page(), JudgementForm(posted))
    assert re.findall(r'name="(met-\w+-\d)" value="([^"]+)"[^>]* checked', html) == [
        ("met-right-1", "yes A right total"),
        ("met-left-2", "no it counts Jane"),
    ]
    html = render(verdict_page(), VerdictForm())
    assert "met-" not in html
    assert [words for words in ("Left lacks it", "Right has it", "Left has it") if words in html] == [
        "Left lacks it",
        "Right has it",
    ]


def test_what_was_corrected_stands_beside_what_was_there() -> None:
    corrected = {
        "objectivity": {"was": "objective", "value": "subjective"},
        "annotation_guideline": {"was": "Jane counts herself", "value": "Jane <b>also</b> counts"},
    }
    html = render(page(pair=page()["pair"] | {"corrected": corrected}), JudgementForm())
    plain = re.sub(r'<span class="unseen">[^<]*</span>', "", html)
    assert "<del>Objective</del> <ins>Subjective</ins>" in plain
    assert "<ins>&lt;b&gt;also&lt;/b&gt; </ins>counts<del> herself</del>" in plain
    assert '<option value="subjective" selected>' in html


def test_lengths_are_kept_back_until_the_verdict() -> None:
    """Length biases: no count of words or tokens before the judgement is written."""
    assert re.findall(r"\d+ (?:words?|tokens)", render(page(), JudgementForm())) == []
    counted = re.findall(r"(\d+) words?, about (\d+) tokens", render(verdict_page(), VerdictForm()))
    assert counted == [("6", "11"), ("6", "7")]


def test_each_difference_leads_to_both_places_and_unknown_kinds_keep_their_word() -> None:
    entries = [{"what": "number", "left": "print(9 / 2)", "right": "Three apples, as $9 / 3 = 3$."}]
    pair = page()["pair"] | {"differences": [*entries, {"what": "The divisor", "left": "elsewhere", "right": ""}]}
    html = render(page(pair=pair), JudgementForm())
    assert re.findall(r'<a dir="auto" href="#([^"]+)"', html) == ["left-0-2", "right-0-0"]
    assert 'id="left-0-2"' in html
    assert "The divisor" in html


def test_marks_are_off_until_asked_for() -> None:
    assert not re.search(r'data-view="diff"[^>]* checked', render(page(), JudgementForm()))
    assert re.search(r'data-view="diff"[^>]* checked', render(page(), JudgementForm(), query="?diff=1"))


def test_the_text_as_it_was_written_is_in_the_page() -> None:
    assert "Four **apples**.\n\n```python\nprint(9 / 2)\n```</pre>" in render(page(), JudgementForm())
