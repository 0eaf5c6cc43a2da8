"""The page of engines in a browser: it follows the work by itself, keeps what is unfolded, stops when told, and needs
no script to be read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.desk import launch
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]
SETTING = """
import json
from tests.browser.furnished import session
from tests.cast import make_assistance, make_cast, make_pair
cast = make_cast()
for number in range(4):
    make_assistance(make_pair(cast.campaign, number), "reward", error="away" if number else "")
print(json.dumps(session(cast.mira)))
"""
ONE_MORE = """
from annotate.models import Assistance
from django.utils import timezone
row = Assistance.objects.filter(state="wanted").order_by("pk").first()
Assistance.objects.filter(pk=row.pk).update(state="done", payload={}, error="", finished=timezone.now())
"""
PAGE = "/campaigns/bench/assistance/"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Any, str, str]]:
    with Stack(home=tmp_path_factory.mktemp("live")) as stack, sync_playwright() as playwright:
        key = json.loads(stack.shell(SETTING).splitlines()[-1])
        browser = launch(playwright)
        yield stack, browser, stack.web(threads=4), key
        browser.close()


def visit(browser: Any, url: str, key: str, **options: Any) -> Any:
    context = browser.new_context(base_url=url, **options)
    context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
    page = context.new_page()
    page.goto(PAGE)
    return page


def test_the_page_follows_the_work(house: Any) -> None:
    stack, browser, url, key = house
    page = visit(browser, url, key)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    row = page.locator("table.engines tr", has_text="reward").first
    waiting = row.locator("[data-label=Waiting]")
    before = int(waiting.inner_text())
    row.locator("summary").click()
    stack.shell(ONE_MORE)
    expect(waiting).to_have_text(str(before - 1), timeout=20_000)
    assert row.locator("details").get_attribute("open") is not None
    page.keyboard.press("l")
    assert page.locator("[data-live-switch]").get_attribute("aria-pressed") == "false"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(6_000)
    assert asked == []
    page.keyboard.press("l")
    with page.expect_request(lambda request: request.url.endswith(PAGE), timeout=20_000):
        pass
    assert refused == []
    page.context.close()


def test_signed_out_it_stays_as_it_was(house: Any) -> None:
    _stack, browser, url, key = house
    page = visit(browser, url, key)
    shown = page.locator("table.engines").inner_text()
    page.context.clear_cookies()
    with page.expect_response(lambda answer: "/accounts/login/" in answer.url, timeout=20_000):
        pass
    page.wait_for_timeout(300)
    assert page.locator("table.engines").inner_text() == shown
    page.context.close()


def test_without_scripts_it_is_read_and_works(house: Any) -> None:
    stack, browser, url, key = house
    page = visit(browser, url, key, java_script_enabled=False)
    before = page.locator("table.engines tr", has_text="reward").first.locator("[data-label=Waiting]").inner_text()
    stack.shell(ONE_MORE)
    page.reload()
    after = page.locator("table.engines tr", has_text="reward").first.locator("[data-label=Waiting]").inner_text()
    assert int(after) == int(before) - 1
    assert not page.locator("[data-live-switch]").is_visible()
    page.context.close()
