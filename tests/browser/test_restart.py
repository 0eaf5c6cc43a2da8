"""Every server is killed and started again, Redis emptied: people stay signed in, and what they write stays."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.desk import Desk, launch
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PASSWORD = "a-long-demo-pass"
SETTING = f"""
from annotate.domain.campaigns import create_campaign, join
from annotate.models import User
from tests.cast import make_pair
campaign = create_campaign(slug="bench")
join(campaign=campaign, user=User.objects.create_user("ana", password="{PASSWORD}"), role="annotator")
for number in range(2):
    make_pair(campaign, number)
"""


def test_a_restart_of_everything_signs_nobody_out_and_loses_no_text(tmp_path: Path) -> None:
    with Stack(home=tmp_path, database="postgresql", broker="redis") as stack, sync_playwright() as playwright:
        stack.shell(SETTING)
        url = stack.web()
        stack.worker()
        stack.beat()
        browser = launch(playwright)
        desk = Desk(browser, url, "ana", PASSWORD)
        desk.open("[data-key=s]")
        desk.press("6", "w", "/")
        desk.write("Half a sentence,")
        for process in stack.processes:
            process.kill()
        stack.flush_broker()
        desk.write(" and the other half")
        desk.press("Control+Enter")
        desk.page.locator("[data-submit-status]").get_by_text("no connection").wait_for()
        stack.web(port=urlsplit(url).port or 0)
        stack.worker()
        stack.beat()
        desk.wait("body[data-stage=verdict]")
        assert stack.sql("SELECT reason FROM annotate_judgement") == [("Half a sentence, and the other half",)]
        desk.press("/")
        desk.write("On second thoughts")
        stack.processes[-3].kill()
        stack.web(port=urlsplit(url).port or 0)
        desk.page.reload()
        assert desk.page.input_value("#reason") == "On second thoughts"
        desk.press("Escape", "Control+Enter")
        wait_until(lambda: stack.sql("SELECT reason FROM annotate_verdict") == [("On second thoughts",)], seconds=20)
        browser.close()


def test_a_session_that_ends_in_the_middle_of_a_reason_resumes_after_signing_in(tmp_path: Path) -> None:
    with Stack(home=tmp_path) as stack, sync_playwright() as playwright:
        stack.shell(SETTING)
        url = stack.web()
        browser = launch(playwright)
        desk = Desk(browser, url, "ana", PASSWORD)
        desk.open("[data-key=s]")
        desk.press("6", "w", "/")
        desk.write("Begun before")
        desk.page.context.clear_cookies()
        desk.press("Control+Enter")
        desk.wait("[data-outbox-sign-in]:visible")
        assert stack.sql("SELECT count(*) FROM annotate_judgement") == [(0,)]
        desk.open("[data-outbox-sign-in]")
        desk.reach("[name=login]")
        desk.write("ana")
        desk.reach("[name=password]")
        desk.write(PASSWORD)
        desk.press("Enter")
        desk.wait("body[data-stage=verdict]")
        assert stack.sql("SELECT reason FROM annotate_judgement") == [("Begun before",)]
        browser.close()
