"""A browser, the stub, and a tab of it on a page of the stub."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.annotate.reading.stub import Stub
from tests.annotate.reading.tabs import stub_pages


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    stub = Stub(stub_pages())
    yield stub
    stub.close()


@pytest.fixture
def tab(browser: Browser, stub: Stub) -> Iterator[Page]:
    context = browser.new_context(base_url=stub.url, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(5000)
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on(
        "console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None
    )
    tab.goto("/judge")
    yield tab
    context.close()
    assert faults == []
