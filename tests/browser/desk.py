"""A person at a keyboard: headless Chromium without a mouse."""

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
REPLACED = (
    "Execution context",
    "Cannot find context",
    "of null",
)  # in what the browser says of a page that is going or coming


def launch(playwright: Any) -> Any:
    """Chromium as Debian packages it; a test without it is skipped, in CI `make test` installs it."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed (Debian package chromium)")
    return playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)


class Desk:
    """One signed-in person. Counts the keys they press."""

    def __init__(self, browser: Any, url: str, name: str, password: str) -> None:
        self.url, self.name, self.keys = url, name, 0
        self.page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.note(message))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.goto(url)
        self.reach("[name=login]")
        self.write(name)
        self.reach("[name=password]")
        self.write(password)
        self.press("Enter")
        self.page.wait_for_url(f"{url}/")

    def note(self, message: Any) -> None:
        self.problems.append(f"{message.text} {message.location['url']}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)

    def reach(self, selector: str, *, most: int = 80) -> None:
        """Press Tab until the focus is on the element."""
        focused = "s => document.activeElement?.matches(s)"
        for _ in range(most):
            if self.page.evaluate(focused, selector):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{self.name} does not reach {selector} by Tab on {self.page.url}")

    def open(self, selector: str) -> None:
        """Follow a link or press a button found by Tab."""
        self.reach(selector)
        with self.page.expect_navigation():
            self.press("Enter")

    def wait(self, selector: str) -> None:
        """Until the element is there; if it does not come, fail with what the page says instead."""
        try:
            self.page.wait_for_selector(selector, timeout=20_000)
        except Error:
            pytest.fail(f"{self.name}: no {selector} on {self.page.url}\n{self.page.inner_text('body')[:2000]}")

    def data(self) -> dict[str, str]:
        """What the page says of itself (`data-` of its body), asked again while it is being replaced."""
        end = time.monotonic() + 20
        while True:
            try:
                found: dict[str, str] = self.page.evaluate("({...document.body.dataset})")
                return found
            except Error as error:
                if time.monotonic() > end or not any(sign in str(error) for sign in REPLACED):
                    raise
            time.sleep(0.02)

    def stage(self) -> tuple[str | None, str | None]:
        data = self.data()
        return data.get("claim"), data.get("stage")

    def moved(self, before: tuple[str | None, str | None]) -> None:
        """Wait until the page shows another claim or stage."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.stage() != before:
                return
            time.sleep(0.02)
        pytest.fail(f"{self.name}: nothing happened at {self.page.url}\n{self.page.inner_text('body')[:2000]}")
