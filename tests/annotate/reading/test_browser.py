"""What the small modules add to the working form: keys, drafts, reading aids. In a real browser."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.annotate.reading.stub import Stub
from tests.annotate.reading.tabs import chosen, drafts, write

pytestmark = pytest.mark.browser


def test_keys_choose_and_typing_is_only_typing(tab: Page) -> None:
    write(tab)
    assert (chosen(tab), chosen(tab, "confidence"), tab.input_value("#reason")) == ("right-2", "2", "u x 1 because")
    tab.keyboard.press("Escape")
    tab.keyboard.press("u")
    assert chosen(tab) == "undecidable"


def test_keys_in_another_script_have_the_same_places(tab: Page) -> None:
    tab.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'г', code: 'KeyU', bubbles: true}))")
    assert chosen(tab) == "undecidable"


def test_the_list_of_keys_is_read_from_the_page_and_can_turn_them_off(tab: Page) -> None:
    tab.keyboard.press("?")
    expect(tab.locator("#keys")).to_contain_text("Right is much better")
    tab.keyboard.press("3")
    assert chosen(tab) is None
    tab.uncheck("[data-keys-on]")
    tab.keyboard.press("Escape")
    tab.keyboard.press("3")
    assert chosen(tab) is None
    tab.reload()
    tab.keyboard.press("3")
    assert chosen(tab) is None


def test_a_draft_survives_a_reload(tab: Page) -> None:
    write(tab)
    expect(tab.locator("[data-draft-status]")).to_have_text("Saved on this computer")
    tab.reload()
    assert (chosen(tab), tab.input_value("#reason")) == ("right-2", "u x 1 because")


def test_a_refused_form_shows_why_and_keeps_the_draft(tab: Page, stub: Stub) -> None:
    write(tab)
    stub.mood = "refused"
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("[data-first-error]")).to_be_focused()
    assert drafts(tab) == 1


def test_the_whole_pair_by_keyboard(tab: Page, stub: Stub) -> None:
    write(tab)
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("body[data-stage=verdict]")).to_be_attached()
    assert chosen(tab) == "right-3"
    tab.keyboard.press("1")
    expect(tab.locator(".changed")).to_be_visible()
    tab.keyboard.press("7")
    expect(tab.locator(".changed")).to_be_hidden()
    tab.keyboard.press("Control+Enter")
    expect(tab.locator("body[data-claim='10'][data-stage=judgement]")).to_be_attached()
    assert (chosen(tab), drafts(tab)) == (None, 0)
    tab.keyboard.press("2")
    assert chosen(tab) == "left-2"


def test_a_chosen_theme_stays(tab: Page) -> None:
    tab.click(".bar .menu summary")
    tab.click("[data-theme-choice=dark]")
    tab.reload()
    assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_it_all_works_without_scripts(browser: Browser, stub: Stub) -> None:
    context = browser.new_context(base_url=stub.url, java_script_enabled=False)
    tab = context.new_page()
    tab.goto("/judge")
    tab.check("[data-view=diff]")
    assert tab.locator("mark").first.evaluate("mark => getComputedStyle(mark).textDecorationLine") == "underline"
    tab.check("#right-title ~ label [data-view=raw]")
    expect(tab.locator(".sheet.right .raw")).to_have_text("Three apples, as $9 / 3 = 3$.")
    tab.check("[value=right-1]", force=True)
    tab.check("[name=confidence][value='1']", force=True)
    tab.fill("#reason", "why")
    tab.click(".go")
    assert tab.url.endswith("/verdict")
    assert "preference=right-1&confidence=1&reason=why" in stub.posts[-1][2]
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 2560])
def test_no_page_scrolls_sideways(tab: Page, width: int) -> None:
    for path in ("/judge", "/verdict", "/refused", "/long"):
        tab.set_viewport_size({"width": width, "height": 800})
        tab.goto(path)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def tops(tab: Page) -> list[float]:
    """Where the block of the deep difference stands on either side."""
    places = "[...document.querySelectorAll('.sheet .here')].map(place => place.getBoundingClientRect().top)"
    return [float(top) for top in tab.evaluate(places)]


def test_marks_move_nothing(tab: Page) -> None:
    tab.goto("/long")
    box = "Object.values(element.getBoundingClientRect().toJSON())"
    boxes = f"JSON.stringify([...document.querySelectorAll('body *')].map(element => {box}))"
    before = tab.evaluate(boxes)
    mark = "getComputedStyle(document.querySelector('.sheet mark')).textDecorationLine"
    assert tab.evaluate(mark) == "none"
    tab.keyboard.press("v")
    assert tab.evaluate(mark) == "underline"
    assert tab.evaluate(boxes) == before


def test_a_key_steps_through_the_differences_on_both_sides(tab: Page) -> None:
    tab.goto("/long")
    tab.keyboard.press("g")
    expect(tab.locator(".sheet.left .dressed")).to_be_hidden()
    tab.keyboard.press("d")
    expect(tab.locator(".sheet.left .dressed")).to_be_visible()
    expect(tab.locator(".sheet.left .here")).to_be_visible()
    tab.keyboard.press("d")
    expect(tab.locator("[data-step]")).to_have_text("2 of 2")
    expect(tab.locator(".here")).to_have_count(2)
    left, right = tops(tab)
    assert left == pytest.approx(right, abs=3)
    assert 0 < left < 600
    tab.keyboard.press("d")
    expect(tab.locator("[data-step]")).to_have_text("1 of 2")


def test_both_sheets_scroll_together_by_what_answers_what(tab: Page) -> None:
    tab.goto("/long")
    tab.keyboard.press("o")
    expect(tab.locator(".fold:not([open])")).to_have_count(0)
    places = "() => [...document.querySelectorAll('.sheet')].map(sheet => sheet.scrollTop)"
    tab.evaluate("document.getElementById('left-0-22').scrollIntoView({block: 'center'})")
    tab.wait_for_timeout(200)
    top = "id => document.getElementById(id).getBoundingClientRect().top"
    assert tab.evaluate(top, "left-0-22") == pytest.approx(tab.evaluate(top, "right-0-20"), abs=120)
    tab.keyboard.press("y")
    tab.keyboard.press("y")
    tab.keyboard.press("y")
    right = tab.evaluate(places)[1]
    tab.evaluate("document.querySelector('.sheet.left').scrollTop = 0")
    tab.wait_for_timeout(200)
    assert tab.evaluate(places) == [0, right]
    tab.reload()
    assert not tab.is_checked("[data-view=sync]")
