"""The page says how long the pair is held, and holds it for longer only while somebody is there."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.annotate.reading.stub import Stub

pytestmark = pytest.mark.browser
LEASE = "[data-lease]"


@pytest.fixture
def slow(tab: Page) -> Page:
    """A tab whose clock stands until it is told to run."""
    tab.clock.install()
    tab.goto("/judge")
    return tab


def test_the_time_left_is_said_and_a_lost_pair_too(tab: Page, stub: Stub) -> None:
    expect(tab.locator(LEASE)).to_have_text("held for 24 min")
    stub.mood = "lost"
    tab.clock.install()
    tab.goto("/judge")
    tab.clock.run_for("01:01")
    expect(tab.locator(LEASE)).to_contain_text("No longer held")


def test_a_pair_is_held_for_longer_while_somebody_is_there(slow: Page, stub: Stub) -> None:
    for _ in range(6):
        slow.keyboard.press("Shift")
        with slow.expect_response("**/renew"):
            slow.clock.run_for("01:00")
    assert stub.renewed == 6
    expect(slow.locator(LEASE)).to_have_text(re.compile("held for (29|30) min"))


def test_a_page_that_nobody_looks_at_lets_the_pair_go(slow: Page, stub: Stub) -> None:
    """Five minutes without a sign of anybody: no renewal any more, and the time runs down to its end."""
    slow.keyboard.press("Shift")
    for _ in range(12):
        slow.clock.run_for("01:00")
        slow.wait_for_timeout(20)
    assert 4 <= stub.renewed <= 6
    for _ in range(25):
        slow.clock.run_for("01:00")
    expect(slow.locator(LEASE)).to_contain_text("No longer held")
    assert 4 <= stub.renewed <= 6


def test_whoever_comes_back_has_the_pair_at_once(slow: Page, stub: Stub) -> None:
    for _ in range(12):
        slow.clock.run_for("01:00")
        slow.wait_for_timeout(20)
    before = stub.renewed
    with slow.expect_response("**/renew"):
        slow.keyboard.press("Shift")
    assert stub.renewed == before + 1
    expect(slow.locator(LEASE)).to_have_text(re.compile("held for (29|30) min"))
