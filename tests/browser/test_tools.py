"""The tools by keyboard alone, with a real worker: results come to the page by themselves and are cited."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.desk import Desk, launch
from tests.model_server import Model, says, serving, waits
from tests.stack import Stack, wait_until
from workers.tools import FINISHED, code

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PASSWORD = "a-long-demo-pass"
LEFT = (
    "Here:\\n\\n```python\\nprint(sum(range(10)))\\n```\\n\\nor\\n\\n    indented\\n\\n```js\\nconsole.log(6 * 7)\\n```"
)
SETTING = f"""
from annotate.domain.campaigns import create_campaign, join
from annotate.models import User
from tests.cast import ATTRIBUTES, make_assistance, make_pair
campaign = create_campaign(slug="bench")
join(campaign=campaign, user=User.objects.create_user("ana", password="{PASSWORD}"), role="annotator")
answers = {{name: [{{"role": "assistant", "content": "{LEFT}"}}] for name in ("response_a", "response_b")}}
pair = make_pair(campaign, **answers)
coding = ATTRIBUTES | {{"task_category": "coding & debugging"}}
make_assistance(pair, "attributes", coding, engine="imported")
"""


def test_code_and_maths_by_keyboard(tmp_path: Path) -> None:
    if code.run("shell", "true").status != FINISHED:
        pytest.skip("no bubblewrap here")
    with Stack(home=tmp_path) as stack, sync_playwright() as playwright:
        stack.shell(SETTING)
        url = stack.web(threads=4)
        worker = (sys.executable, "-m", "celery", "-q", "-A", "config", "worker", "-Q", "cpu", "-l", "WARNING")
        stack.start("worker", *worker)
        browser = launch(playwright)
        ana = Desk(browser, url, "ana", PASSWORD)
        ana.wait("[data-key=s]")
        with ana.page.expect_navigation():
            ana.press("s")
        ana.wait("button.run[aria-label*='Right 3, javascript']")
        assert "Run code before you judge" in ana.page.inner_text("#evidence")
        ana.press("r")
        ana.press("Control+Enter")
        ana.wait("#E1 .good")
        assert "45" in ana.page.inner_text("#E1")
        assert "Run code before you judge" not in ana.page.inner_text("#evidence")
        ana.press("m")
        ana.write("2 + 2 = 5")
        ana.press("Control+Enter")
        wait_until(lambda: "does not hold" in ana.page.inner_text("#evidence"), seconds=20)
        before = ana.stage()
        ana.page.evaluate("document.activeElement.blur()")
        ana.press("4", "e", "/")
        ana.write("Both print 45 (E1), and 2 + 2 is not 5 (E2).")
        ana.press("Control+Enter")
        ana.moved(before)
        assert ana.problems == []
        assert stack.sql("SELECT evidence FROM annotate_judgement") in ([("[1, 2]",)], [([1, 2],)])
        browser.close()


FACTS = f"""
from annotate.domain.campaigns import create_campaign, join
from annotate.models import User
from tests.cast import ATTRIBUTES, make_assistance, make_document, make_pair
campaign = create_campaign(slug="bench")
join(campaign=campaign, user=User.objects.create_user("ana", password="{PASSWORD}"), role="annotator")
make_document(campaign, "Leap years", "2000 was a leap year, 2100 will be none.")
make_document(campaign, "Bread", "Yeast makes it rise.")
facts = ATTRIBUTES | {{"task_category": "information seeking"}}
make_assistance(make_pair(campaign), "attributes", facts, engine="imported")
"""


def test_search_by_keyboard(tmp_path: Path) -> None:
    with Stack(home=tmp_path) as stack, sync_playwright() as playwright:
        stack.shell(FACTS)
        url = stack.web(threads=4)
        worker = (sys.executable, "-m", "celery", "-q", "-A", "config", "worker", "-Q", "cpu", "-l", "WARNING")
        stack.start("worker", *worker)
        browser = launch(playwright)
        ana = Desk(browser, url, "ana", PASSWORD)
        ana.wait("[data-key=s]")
        with ana.page.expect_navigation():
            ana.press("s")
        ana.wait("[data-key=f]")
        before = ana.stage()
        ana.press("2", "e", "/")
        ana.write("2100 will be none (E1).")
        ana.press("Control+Enter")
        ana.wait("#ballot [role=alert]")
        assert "Search before you judge" in ana.page.inner_text("#ballot [role=alert]")
        assert ana.page.input_value("#reason") == "2100 will be none (E1)."
        ana.page.evaluate("document.activeElement.blur()")
        ana.press("f")
        ana.write("Is 2100 a leap year?")
        ana.press("Enter")
        ana.wait("#E1 .results")
        assert "2100 will be none" in ana.page.inner_text("#E1")
        assert "Bread" not in ana.page.inner_text("#E1")
        ana.reach("#E1 .results a")
        with ana.page.context.expect_page() as opened:
            ana.press("Enter")
        assert "Leap years" in opened.value.inner_text("h1")
        opened.value.close()
        ana.press("/")
        ana.press("Control+Enter")
        ana.moved(before)
        assert [problem for problem in ana.problems if "422" not in problem] == []
        assert stack.sql("SELECT evidence FROM annotate_judgement") in ([("[1]",)], [([1],)])
        browser.close()


SUMS = f"""
from annotate.domain.campaigns import create_campaign, join
from annotate.models import User
from tests.cast import ATTRIBUTES, make_assistance, make_pair
campaign = create_campaign(slug="bench")
join(campaign=campaign, user=User.objects.create_user("ana", password="{PASSWORD}"), role="annotator")
make_assistance(make_pair(campaign), "attributes", ATTRIBUTES, engine="imported")
"""


def test_an_assistant_by_keyboard(tmp_path: Path) -> None:
    """An answer is on the page while it comes, is stopped, is followed by another, is cited, and is never enough."""
    with (
        serving(Model()) as model,
        Stack(home=tmp_path, environment={"ASSISTANT_URL": model.url, "ASSISTANT_MODEL": "tiny"}) as stack,
        sync_playwright() as playwright,
    ):
        stack.shell(SUMS)
        url = stack.web(threads=4)
        worker = (sys.executable, "-m", "celery", "-q", "-A", "config", "worker", "-Q", "chat", "-l", "WARNING")
        stack.start("chat", *worker, "-P", "threads", "-c", "4")
        browser = launch(playwright)
        ana = Desk(browser, url, "ana", PASSWORD)
        ana.wait("[data-key=s]")
        with ana.page.expect_navigation():
            ana.press("s")
        ana.wait("[data-key=a]")
        before = ana.stage()
        model.act = waits(model, "It **seems** ", "<b>so</b>")
        ana.press("a")
        ana.write("Is it four?")
        ana.reach("[name=with][value=conversation]")
        ana.press("Space", "Control+Enter")
        wait_until(lambda: "It **seems** <b>so</b>" in ana.page.inner_text("#E1"), seconds=30)
        assert "Question 1?" in model.asked[0]["messages"][1]["content"]
        assert ana.page.input_value("#tool-question") == ""
        ana.reach("button[form=stop-answer]")
        ana.press("Enter")
        ana.wait("#E1 .answer strong")
        assert "stopped by you" in ana.page.inner_text("#E1")
        assert model.left.wait(20)
        model.act = says("Yes, ", "four.")
        ana.reach("#tool-question")
        ana.write("And now?")
        ana.press("Control+Enter")
        ana.wait("#E2 .answer")
        assert [one["content"] for one in model.asked[1]["messages"]][2:] == ["It **seems** <b>so</b>", "And now?"]
        ana.page.evaluate("document.activeElement.blur()")
        ana.press("2", "e", "/")
        ana.write("The assistant says so (E2).")
        ana.press("Control+Enter")
        ana.wait("#ballot [role=alert]")
        assert "Check the maths before you judge" in ana.page.inner_text("#ballot [role=alert]")
        assert stack.sql("SELECT count(*) FROM annotate_judgement") == [(0,)]
        assert ana.stage() == before
        assert [problem for problem in ana.problems if "422" not in problem] == []
        browser.close()
