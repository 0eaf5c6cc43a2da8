"""Deciding by keyboard, in a real browser: the shortest path, undoing, marks, corrections, keys of one's own."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.annotate.reading.pages import JudgementForm, page, render
from tests.annotate.reading.stub import Stub
from tests.annotate.reading.tabs import chosen, write

pytestmark = pytest.mark.browser
SAID = "#keys [data-keys-said]"


def press(tab: Page, *keys: str) -> int:
    for key in keys:
        tab.keyboard.press(key)
    return len(keys)


def marked(tab: Page) -> list[str]:
    found: list[str] = tab.evaluate(
        "[...document.querySelectorAll('.marks :checked')].map(mark => mark.name + mark.value)"
    )
    return found


def at_the_verdict(tab: Page) -> None:
    expect(tab.locator("body[data-stage=verdict]")).to_be_attached()


def test_a_judgement_and_its_verdict_take_four_keys_beside_the_reason(tab: Page) -> None:
    keys = press(tab, "6", "w")
    tab.keyboard.type("7 / u because")
    keys += press(tab, "Control+Enter")
    at_the_verdict(tab)
    keys += press(tab, "Control+Enter")
    expect(tab.locator("body[data-claim='10'][data-stage=judgement]")).to_be_attached()
    print(f"keys of the shortest judgement with its verdict, beside the reason: {keys}")
    assert keys == 4


def test_the_reason_is_where_the_last_choice_leads_and_its_own_key_is_not_typed_into_it(tab: Page, stub: Stub) -> None:
    press(tab, "w")
    expect(tab.locator("#reason")).not_to_be_focused()
    press(tab, "6", "e", "/")
    expect(tab.locator("#reason")).to_be_focused()
    tab.keyboard.type("a / b")
    assert tab.input_value("#reason") == "a / b"
    press(tab, "Escape", "q")
    expect(tab.locator("#reason")).not_to_be_focused()


def test_keeping_ones_choice_takes_one_key_whether_the_reveal_agrees_or_not(tab: Page, stub: Stub) -> None:
    """The stub's reveal disagrees; the same page with one that agrees asks for nothing else."""
    clash = stub.pages["/verdict"]
    assert "disagrees with your judgement" in clash
    agrees = re.sub(r"Something here disagrees[^<]*", "Nothing here disagrees with your judgement.", clash)
    for number, verdict in enumerate((clash, agrees)):
        stub.pages["/verdict"] = verdict
        tab.goto("/judge")
        write(tab)
        press(tab, "Control+Enter")
        at_the_verdict(tab)
        before = len(stub.posts)
        press(tab, "Control+Enter")
        expect(tab.locator("body[data-claim='10']")).to_be_attached()
        assert len(stub.posts) == before + 1, number


def test_undo_takes_back_choice_after_choice_and_never_what_is_typed(tab: Page) -> None:
    undo = tab.locator("[data-undo]")
    expect(undo).to_be_disabled()
    press(tab, "2", "6", "w")
    tab.keyboard.type("why")
    press(tab, "Control+z")
    assert (chosen(tab), chosen(tab, "confidence")) == ("right-2", "2"), "in a field it is the field's own"
    press(tab, "Escape", "z")
    assert (chosen(tab), chosen(tab, "confidence")) == ("right-2", None)
    press(tab, "z")
    assert chosen(tab) == "left-2"
    press(tab, "Control+z")
    assert chosen(tab) is None
    expect(undo).to_be_disabled()


def test_what_was_undone_is_not_in_the_draft(tab: Page) -> None:
    press(tab, "2", "6", "z", "z")
    tab.reload()
    assert chosen(tab) is None


def test_a_draft_that_came_back_can_be_cleared(tab: Page) -> None:
    press(tab, "2")
    tab.reload()
    assert chosen(tab) == "left-2"
    press(tab, "z")
    assert chosen(tab) is None


def test_at_the_verdict_undo_leads_back_to_what_was_judged(tab: Page) -> None:
    write(tab)
    press(tab, "Control+Enter")
    at_the_verdict(tab)
    press(tab, "1", "3", "z", "z", "z")
    assert chosen(tab) == "right-3"


def test_qualities_are_marked_by_keyboard_sent_and_undone(tab: Page, stub: Stub) -> None:
    press(tab, "c", "Space", "c", "ArrowRight")
    assert marked(tab) == ["met-left-1yes A right total", "met-right-1no A right total"]
    press(tab, "z")
    assert marked(tab) == ["met-left-1yes A right total"]
    tab.reload()
    assert marked(tab) == ["met-left-1yes A right total"]
    write(tab)
    press(tab, "Control+Enter")
    at_the_verdict(tab)
    assert "A right total" in re.sub(r"[+]|%20", " ", stub.posts[-1][2])


def corrected() -> str:
    changes: dict[str, Any] = {
        "corrected": {"desired_attributes": {"was": "A right total; it counts Jane", "value": "A right total; short"}},
        "wanted": ["A right total", "short"],
    }
    return render(page(pair=page()["pair"] | changes), JudgementForm())


def test_a_correction_changes_the_page_in_place_and_keeps_what_still_fits(tab: Page, stub: Stub) -> None:
    stub.receipts["correct"] = {"corrected": ["desired_attributes"]}
    press(tab, "6", "c", "Space")
    stub.pages["/judge"] = corrected()
    press(tab, "t")
    tab.fill("#correct-desired_attributes", "A right total; short")
    press(tab, "Control+Enter")
    expect(tab.locator("[data-correction-said]")).to_have_text("Your corrections are kept.")
    expect(tab.locator("[data-correction] summary")).to_be_focused()
    expect(tab.locator(".criteria ins")).to_contain_text("short")
    assert (chosen(tab), marked(tab)) == ("right-2", ["met-left-1yes A right total"])
    assert [path for path, _key, _body in stub.posts] == ["/claims/9/correct"]


def test_a_correction_that_could_not_be_sent_says_so(tab: Page) -> None:
    press(tab, "t")
    tab.context.set_offline(True)
    press(tab, "Control+Enter")
    expect(tab.locator("[data-correction-error]")).to_contain_text("cannot be reached")
    tab.context.set_offline(False)


def change(tab: Page, key: str, *wanted: str) -> None:
    """In the open list: choose a key's button, press the new key."""
    tab.locator(f'#keys [data-changes="{key}"]').focus()
    press(tab, "Enter", *wanted)


def test_a_key_is_changed_kept_and_shown_everywhere(tab: Page) -> None:
    press(tab, "?")
    change(tab, "v", "i")
    expect(tab.locator(SAID)).to_contain_text("It is I now")
    press(tab, "Escape", "i")
    diff = tab.locator("[data-view=diff]")
    expect(diff).to_be_checked()
    press(tab, "v")
    expect(diff).to_be_checked()
    tab.reload()
    expect(tab.locator(".views kbd").first).to_have_text("I")
    expect(tab.locator(".guide-step kbd", has_text=re.compile("^I$"))).to_have_count(1)
    press(tab, "i")
    expect(diff).to_be_checked()


def test_a_key_that_is_taken_is_refused_and_says_by_what(tab: Page) -> None:
    press(tab, "?")
    change(tab, "v", "7")
    expect(tab.locator(SAID)).to_have_text("7 is taken: Right is much better. Press another key.")
    press(tab, "Control+t")
    expect(tab.locator(SAID)).to_contain_text("The browser or a text field needs Ctrl T")
    press(tab, "Escape")
    expect(tab.locator("#keys[open]")).to_be_attached()
    press(tab, "Escape", "7")
    assert chosen(tab) == "right-3"


def test_a_single_key_may_get_one_to_hold_and_what_acts_while_typing_keeps_one(tab: Page) -> None:
    press(tab, "?")
    change(tab, "6", "Alt+6")
    change(tab, "Ctrl+Enter", "i")
    expect(tab.locator(SAID)).to_contain_text("hold Ctrl or Alt")
    press(tab, "Control+s")
    expect(tab.locator(SAID)).to_have_text("It is Ctrl S now, on this computer.")
    press(tab, "Escape", "6")
    assert chosen(tab) is None
    press(tab, "Alt+6", "w")
    tab.keyboard.type("why")
    press(tab, "Control+Enter")
    expect(tab.locator("body[data-stage=judgement]")).to_be_attached()
    press(tab, "Control+s")
    at_the_verdict(tab)
    expect(tab.locator(".commit .go kbd")).to_have_text("Ctrl S")


def test_back_to_the_keys_as_they_came(tab: Page) -> None:
    press(tab, "?")
    back = tab.locator("[data-keys-defaults]")
    expect(back).to_be_disabled()
    change(tab, "2", "i")
    change(tab, "v", "2")
    tab.locator("[data-keys-defaults]").focus()
    press(tab, "Enter")
    expect(tab.locator(SAID)).to_have_text("All keys are as they came.")
    expect(back).to_be_disabled()
    press(tab, "Escape", "2")
    assert chosen(tab) == "left-2"
    expect(tab.locator(".views kbd").first).to_have_text("V")


@pytest.mark.parametrize("kept", ["x", "[]", '{"2": "6"}', "null"])
def test_what_is_kept_and_cannot_be_read_changes_nothing(tab: Page, kept: str) -> None:
    tab.evaluate("kept => localStorage.setItem('assay:keys', kept)", kept)
    tab.reload()
    press(tab, "2")
    assert chosen(tab) == "left-2"
