"""No commit is lost: it is written down, then sent, then sent again by itself; one pair follows another at once."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.annotate.reading.pages import JudgementForm, page, render
from tests.annotate.reading.stub import Stub, receipt
from tests.annotate.reading.tabs import chosen, drafts, write
from tests.stack import wait_until

pytestmark = pytest.mark.browser
STATUS, NOTICE = "[data-submit-status]", "[data-outbox]"


def kept(tab: Page) -> list[dict[str, Any]]:
    names = "Object.keys(localStorage).filter(key => key.startsWith('assay:outbox:'))"
    return [json.loads(one) for one in tab.evaluate(f"{names}.map(key => localStorage.getItem(key))")]


def commit(tab: Page) -> None:
    write(tab)
    tab.keyboard.press("Control+Enter")


def at(tab: Page, claim: int, stage: str) -> None:
    expect(tab.locator(f"body[data-claim='{claim}'][data-stage={stage}]")).to_be_attached()


@pytest.fixture
def next_ready(tab: Page, stub: Stub) -> None:
    """The next pair is at hand while this tab is at the verdict of pair 9."""
    stub.pages["/ahead"] = stub.pages["/claims/10/"]
    stub.receipts["verdict"] = receipt("/claims/10/", 10, stamp="stamp-10")
    with tab.expect_response("**/claims/9/ahead"):
        tab.goto("/verdict")
    tab.wait_for_timeout(100)


@pytest.mark.parametrize(
    ("mood", "said"),
    [("offline", "no connection"), ("signed out", "signed out"), ("broken", "the server had a problem")],
)
def test_what_could_not_be_sent_is_kept_and_sent_again_by_itself(tab: Page, stub: Stub, mood: str, said: str) -> None:
    stub.mood = mood
    tab.context.set_offline(mood == "offline")
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text(said)
    assert (tab.input_value("#reason"), drafts(tab), [one["key"] for one in kept(tab)]) == (
        "u x 1 because",
        1,
        ["key-9-judgement"],
    )
    stub.mood = "recorded"
    tab.context.set_offline(False)
    tab.evaluate("window.dispatchEvent(new Event('focus'))")
    at(tab, 9, "verdict")
    assert {key for _path, key, _body in stub.posts} == {"key-9-judgement"}
    assert (drafts(tab), kept(tab)) == (0, [])


def test_it_is_sent_again_without_anybody_there(tab: Page, stub: Stub) -> None:
    stub.mood = "broken"
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text("the server had a problem")
    stub.mood = "recorded"
    at(tab, 9, "verdict")
    assert len(stub.posts) > 1


def test_another_page_sends_what_was_left(tab: Page, stub: Stub) -> None:
    stub.mood = "broken"
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text("the server had a problem")
    stub.mood = "recorded"
    tab.goto("/claims/10/")
    wait_until(lambda: not kept(tab), seconds=5)
    at(tab, 10, "judgement")
    assert drafts(tab) == 0


def test_what_waits_for_another_pair_is_said_and_can_be_sent_now(tab: Page, stub: Stub) -> None:
    stub.mood = "broken"
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text("the server had a problem")
    tab.goto("/claims/10/")
    expect(tab.locator(NOTICE)).to_contain_text("One commit waits on this computer")
    stub.mood = "recorded"
    tab.click("[data-outbox-again]")
    expect(tab.locator(NOTICE)).to_be_hidden()


def test_signed_out_offers_to_sign_in_and_come_back_here(tab: Page, stub: Stub) -> None:
    stub.mood = "signed out"
    commit(tab)
    expect(tab.locator("[data-outbox-sign-in]")).to_be_visible()
    assert tab.get_attribute("[data-outbox-sign-in]", "href") == f"{stub.url}/accounts/login/?next=%2Fjudge"
    stub.mood = "recorded"
    tab.goto("/judge")
    at(tab, 9, "verdict")


def test_somebody_else_signed_in_sends_nothing_of_it(tab: Page, stub: Stub) -> None:
    stub.mood = "another's"
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text("signed out")
    assert [one["state"] for one in kept(tab)] == ["waiting"]


def test_the_token_that_holds_now_is_sent(tab: Page, stub: Stub) -> None:
    """Signing in again in another window made the one of this page stale."""
    stub.token = "token-2"
    tab.evaluate("fetch('/judge')")
    wait_until(lambda: "token-2" in tab.evaluate("document.cookie"), seconds=5)
    with tab.expect_request("**/judgement") as sent:
        commit(tab)
    assert sent.value.headers["x-csrftoken"] == "token-2"


def test_changed_after_sending_is_another_commit(tab: Page, stub: Stub) -> None:
    tab.context.set_offline(True)
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text("no connection")
    tab.keyboard.type(" and more")
    expect(tab.locator(STATUS)).to_contain_text("You changed it after sending")
    assert kept(tab) == []
    tab.context.set_offline(False)
    tab.keyboard.press("Control+Enter")
    at(tab, 9, "verdict")
    [(_path, key, body)] = stub.posts
    assert key != "key-9-judgement"
    assert "and+more" in body


def test_a_conflict_shows_its_page_and_keeps_what_was_sent_until_it_is_put_away(tab: Page, stub: Stub) -> None:
    stub.mood = "late"
    stub.pages["/late"] = CONFLICT
    commit(tab)
    expect(tab.get_by_role("heading", name="This was not recorded")).to_be_focused()
    assert (drafts(tab), [one["state"] for one in kept(tab)]) == (1, ["refused"])
    tab.click("[data-outbox-forget]")
    expect(tab.locator("[data-outbox-forget]")).to_be_disabled()
    assert (drafts(tab), kept(tab)) == (0, [])


CONFLICT = """<!doctype html>
<body data-user=7 data-claim=9 data-stage=conflict data-conflict=judgement data-page=conflict>
<h1 tabindex=-1 data-first-error>This was not recorded</h1>
<button data-outbox-forget data-said="Put away">Put away</button>
</body>"""


def test_the_next_pair_is_there_before_the_verdict_is_answered(tab: Page, stub: Stub, next_ready: None) -> None:
    held = []
    entries = tab.evaluate("history.length")
    tab.route("**/verdict", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    tab.keyboard.press("Control+Enter")
    at(tab, 10, "judgement")
    assert (tab.url.endswith("/claims/10/"), [one["stage"] for one in kept(tab)]) == (True, ["verdict"])
    assert tab.evaluate("history.length") == entries
    tab.wait_for_timeout(100)
    expect(tab.locator("[data-progress]")).to_contain_text("12 today")
    tab.keyboard.press("2")
    held[0].continue_()
    expect(tab.locator("[data-progress]")).to_have_text("13 today, 341 in all")
    expect(tab.locator("[data-lease]")).to_have_text("held for 30 min")
    assert (chosen(tab), kept(tab)) == ("left-2", [])


def test_a_pair_that_was_taken_away_meanwhile_gives_way_and_what_was_written_is_kept(
    tab: Page, stub: Stub, next_ready: None
) -> None:
    held = []
    stub.pages["/claims/11/"] = render(page(id=11), JudgementForm())
    stub.receipts["verdict"] = receipt("/claims/11/", 11, stamp="stamp-11")
    tab.route("**/verdict", lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    tab.keyboard.press("Control+Enter")
    at(tab, 10, "judgement")
    tab.keyboard.press("/")
    tab.keyboard.type("Too early")
    tab.wait_for_timeout(50)
    held[0].continue_()
    at(tab, 11, "judgement")
    expect(tab.locator(NOTICE)).to_contain_text("had been given to somebody else")
    assert tab.get_attribute("[data-outbox-left]", "href") == "/claims/10/"
    assert (tab.input_value("#reason"), drafts(tab)) == ("", 1)


def test_a_pair_that_would_show_something_else_now_is_fetched_anew(tab: Page, stub: Stub, next_ready: None) -> None:
    stub.receipts["verdict"] = receipt("/claims/10/", 10, stamp="another")
    with tab.expect_response("**/claims/10/") as fetched:
        tab.keyboard.press("Control+Enter")
    assert fetched.value.request.method == "GET"
    at(tab, 10, "judgement")


def test_a_verdict_that_is_refused_after_the_page_moved_on_is_said_and_shown(
    tab: Page, stub: Stub, next_ready: None
) -> None:
    stub.mood = "refused"
    tab.keyboard.press("Control+Enter")
    at(tab, 10, "judgement")
    expect(tab.locator(NOTICE)).to_contain_text("One commit was not taken")
    with tab.expect_navigation():
        tab.click("[data-outbox-look]")
    expect(tab.locator("[data-first-error]")).to_be_visible()


def test_offline_the_next_pair_still_comes_and_both_are_sent_in_order(tab: Page, stub: Stub, next_ready: None) -> None:
    stub.receipts["judgement"] = receipt("/verdict", 10, "verdict")
    tab.context.set_offline(True)
    tab.keyboard.press("Control+Enter")
    at(tab, 10, "judgement")
    expect(tab.locator(NOTICE)).to_contain_text("One commit waits on this computer")
    commit(tab)
    expect(tab.locator(STATUS)).to_contain_text("no connection")
    tab.context.set_offline(False)
    wait_until(lambda: not kept(tab), seconds=5)
    assert [path for path, _key, _body in stub.posts] == ["/claims/9/verdict", "/claims/10/judgement"]


def test_two_windows_on_a_pair_show_the_same_text_and_know_when_it_is_recorded(tab: Page, stub: Stub) -> None:
    other = tab.context.new_page()
    other.goto("/judge")
    tab.bring_to_front()
    write(tab)
    tab.keyboard.type(", indeed")
    expect(other.locator("#reason")).to_have_value("u x 1 because, indeed")
    assert chosen(other) == "right-2"
    other.evaluate("document.querySelector('#reason').dispatchEvent(new Event('input', {bubbles: true}))")
    tab.keyboard.press("Control+Enter")
    at(tab, 9, "verdict")
    expect(other.locator(STATUS)).to_contain_text("Recorded already")
    assert other.input_value("#reason") == "u x 1 because, indeed"
    assert len(stub.posts) == 1


def test_without_storage_nothing_gives_way_before_it_is_recorded(tab: Page, stub: Stub, next_ready: None) -> None:
    tab.evaluate("void (Storage.prototype.setItem = () => { throw new Error('full') })")
    stub.mood = "broken"
    tab.keyboard.press("Control+Enter")
    expect(tab.locator(STATUS)).to_contain_text("the server had a problem")
    at(tab, 9, "verdict")
    stub.mood = "recorded"
    at(tab, 10, "judgement")


def test_keys_pressed_while_a_commit_is_under_way_change_nothing_of_it(tab: Page, stub: Stub) -> None:
    held = []
    tab.route("**/judgement", lambda route: held.append(route))
    commit(tab)
    tab.wait_for_timeout(50)
    tab.keyboard.press("Escape")
    tab.keyboard.press("1")
    assert chosen(tab) == "right-2"
    held[0].continue_()
    at(tab, 9, "verdict")
    [(_path, key, _body)] = stub.posts
    assert key == "key-9-judgement"
