"""Whoever comes to a page, by whatever means, can use it: WCAG 2.2 AA as far as axe-core can tell, and no page scrolls
sideways at 320 pixels or at twice the size. One tour of every page in every state, light and dark, wide and narrow."""

import json
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest
from allauth.account import urls as accounts
from django.urls import Resolver404, resolve
from playwright.sync_api import sync_playwright

from annotate import urls
from tests import words
from tests.browser.desk import launch
from tests.browser.tour import NO_PAGES, Stop, stops
from tests.browser.watched import ENVIRONMENT
from tests.stack import Stack

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """async ([tags, rules]) => {
    const only = rules.length ? { type: "rule", values: rules } : { type: "tag", values: tags };
    const options = { runOnly: only, resultTypes: ["violations"], preload: false };
    if (!rules.length) options.rules = { "target-size": { enabled: true } };
    const found = (await axe.run(document, options)).violations;
    return found.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target} ${node.failureSummary}`));
}"""
ASSISTANT = {"ASSISTANT_URL": "http://127.0.0.1:9/v1", "ASSISTANT_MODEL": "none/here"}  # asked by nobody
ENGINES = ENVIRONMENT | ASSISTANT
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# 320 pixels are a window of 1280 at 400 %, 720 are one of 1440 at 200 %.
REFLOWED = ({"width": 320, "height": 800}, {"width": 720, "height": 450})
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What has the focus, and what is wrong with how it can be seen.
FOCUS = """() => {
    const active = document.activeElement;
    if (!active || active === document.body) return null;
    const shown = active.closest(".cell, .switch") ?? active;
    const box = shown.getBoundingClientRect();
    const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
    const y = Math.max(box.top, 0) + Math.min(box.height / 2, 12);
    const there = document.elementFromPoint(x, y);
    const wrong = [];
    if (!there) wrong.push("outside the window");
    else if (!shown.contains(there) && !there.contains(shown)) wrong.push(`under ${there.className || there.tagName}`);
    if ([active, shown].every((one) => getComputedStyle(one).outlineStyle === "none")) wrong.push("no ring");
    const name = active.id || active.name || active.className || active.textContent.slice(0, 20);
    return { at: `${active.tagName} ${name}`, wrong };
}"""


def test_every_page_is_on_the_tour() -> None:
    """A new address is visited in tour.py, or named there as no page."""
    any_id: dict[str, Any] = defaultdict(
        lambda: defaultdict(lambda: 1), invitation="x", reset="1-x", disputed=1, settled=1, answer=1, document=1
    )
    visited = {_name(stop) for stop in stops(any_id)}
    known = {pattern.name for pattern in (*urls.urlpatterns, *accounts.urlpatterns)}
    assert known - visited == set(NO_PAGES)


def _name(stop: Stop) -> str | None:
    try:
        return resolve(stop.path.split("?")[0]).url_name
    except Resolver404:
        return None


class House:
    """A furnished server and a browser with a context for everybody."""

    def __init__(self, stack: Stack, browser: Any) -> None:
        self.ids = json.loads(stack.shell("from tests.browser.furnished import furnish; furnish()").splitlines()[-1])
        self.url = stack.web(threads=4)
        self.browser = browser
        self.people = {name: self._signed_in(key) for name, key in self.ids["sessions"].items()}

    def _signed_in(self, session: str) -> Any:
        context = self._context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        return context

    def _context(self) -> Any:
        """Without motion, so that no colour is caught half way."""
        return self.browser.new_context(base_url=self.url, viewport=WIDE, reduced_motion="reduce")

    def person(self, name: str) -> Any:
        return self.people.get(name) or self._context()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with Stack(home=tmp_path_factory.mktemp("house"), environment=ENGINES) as stack, sync_playwright() as playwright:
        browser = launch(playwright)
        yield House(stack, browser)
        browser.close()


@pytest.mark.browser
@pytest.mark.stack
def test_no_page_keeps_anybody_out(house: House) -> None:
    problems: list[str] = []
    for stop in stops(house.ids):
        page = house.person(stop.who).new_page()
        page.goto(stop.path)
        if stop.act:
            stop.act(page)
        problems += [f"{stop.name} ({stop.state}) {problem}" for problem in _problems(page)]
        page.close()
    assert problems == []


def _problems(page: Any) -> Iterator[str]:
    """All rules in light at both widths; in dark, where only colours change, contrast."""
    page.evaluate(AXE)
    for scheme, rules in (("light", []), ("dark", ["color-contrast"])):
        page.emulate_media(color_scheme=scheme)
        for size in (WIDE, NARROW):
            page.set_viewport_size(size)
            yield from (f"{scheme} {size['width']}: {found}" for found in page.evaluate(CHECK, [TAGS, rules]))
    for size in REFLOWED:
        page.set_viewport_size(size)
        if (over := page.evaluate(SIDEWAYS)) > 0:
            yield f"scrolls sideways by {over} at {size['width']}"


@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_focus_is_seen_wherever_the_keyboard_takes_it(house: House, size: dict[str, int]) -> None:
    """Forwards and backwards through the workbench and a dispute: nothing focused lies under bar, dock or a header."""
    claim, verdict = f"/claims/{house.ids['work']['wide']}/", f"/claims/{house.ids['verdict']['wide']}/"
    case = f"/campaigns/two/disputes/{house.ids['disputed']}/"
    problems: list[str] = []
    for who, path in (("ana", claim), ("ben", verdict), ("rita", case)):
        page = house.person(who).new_page()
        page.set_viewport_size(size)
        page.goto(path)
        for key in ("Tab", "Shift+Tab"):
            places = list(_places(page, key))
            assert len(places) > 15
            problems += [f"{path} {key} {place['at']}: {wrong}" for place in places for wrong in place["wrong"]]
        page.close()
    assert problems == []


def _places(page: Any, key: str) -> Iterator[dict[str, Any]]:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(key)
    while place := page.evaluate(FOCUS):
        yield place
        page.keyboard.press(key)


@pytest.mark.browser
@pytest.mark.stack
def test_no_english_is_left_on_a_chinese_page(house: House) -> None:
    """None of our English texts of two words or more comes to somebody whose browser asks for Chinese."""
    known = {text for entry in words.found() for text in ([entry] if isinstance(entry, str) else entry)}
    english = {text for text in known if " " in text.strip() and "%" not in text}
    left = []
    for stop in stops(house.ids):
        if stop.act is None:
            answer = house.person(stop.who).request.get(stop.path, headers={"Accept-Language": "zh-CN"})
            shown = _Shown()
            shown.feed(answer.text())
            assert shown.language == "zh-hans", stop
            left += [f"{stop.name} ({stop.state}): {text}" for text in sorted(shown.texts & english)]
    assert left == []


class _Shown(HTMLParser):
    """Every text and every attribute of a page but what a choice sends, and its language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.language = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        sent = tag == "option" or dict(attrs).get("type") in ("checkbox", "radio", "hidden")
        self.texts |= {value for name, value in attrs if value and not (sent and name == "value")}
        if tag == "html":
            self.language = dict(attrs).get("lang") or ""

    def handle_data(self, data: str) -> None:
        self.texts.add(" ".join(data.split()))
