"""The whole line by keyboard alone: two annotators, a disagreement, a reviewer and a release, on real pairs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from playwright.sync_api import sync_playwright

from tests.browser.desk import Desk, launch
from tests.stack import ROOT, Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]
LLMBAR = ROOT.parent / "shared" / "data" / "llmbar" / "natural.json"
PAIRS = 20
PASSWORD = "a-long-demo-pass"
PEOPLE = f"""
from annotate.domain.campaigns import join
from annotate.models import Campaign, User
for name, role in (("ana", "annotator"), ("ben", "annotator"), ("rita", "reviewer"), ("mira", "manager")):
    join(campaign=Campaign.objects.get(), user=User.objects.create_user(name, password="{PASSWORD}"), role=role)
"""
MAP = ["--map", "prompt=input", "--map", "response_a=output_1", "--map", "response_b=output_2", "--map", "label=label"]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    if not LLMBAR.exists():
        pytest.skip(f"{LLMBAR} is not here")
    rows = json.loads(LLMBAR.read_text())[:PAIRS]
    (tmp_path / "twenty.json").write_text(json.dumps(rows))
    with Stack(home=tmp_path, environment={"ASSISTANCE_KINDS": "differences"}) as stack:
        stack.manage("import_pairs", str(tmp_path / "twenty.json"), "--campaign", "llmbar", *MAP)
        stack.shell(PEOPLE)
        stack.manage("assist", "--campaign", "llmbar")
        yield stack


def sides(desk: Desk) -> dict[str, str]:
    return {side: desk.page.inner_text(f"section.sheet.{side} .reading") for side in ("left", "right")}


def judge_all(desk: Desk, *, contrary: int) -> int:
    """Work through the queue, choosing the response whose text sorts first; the other one on `contrary` pairs."""
    desk.wait("[data-key=s]")
    with desk.page.expect_navigation():
        desk.press("s")
    done = 0
    while desk.data().get("page") == "workbench":
        shown = sides(desk)
        better = min(shown, key=lambda side: shown[side])
        if done < contrary:
            better = "left" if better == "right" else "right"
        before = desk.stage()
        desk.press("2" if better == "left" else "6", "e", "/")
        desk.write("It follows the instruction; the other one does not.")
        desk.press("Control+Enter")
        desk.moved(before)
        before = desk.stage()
        assert before[1] == "verdict"
        assert desk.page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "a gap below the dock"
        desk.wait("[data-submit]")
        desk.press("Control+Enter")
        desk.moved(before)
        done += 1
    return done


def test_twenty_pairs_from_two_annotators_to_a_release_by_keyboard(stack: Stack) -> None:
    url = stack.web(threads=4)
    stack.worker("-B", "-s", str(stack.home / "schedule"))
    with sync_playwright() as playwright:
        browser = launch(playwright)
        ana, ben = (Desk(browser, url, name, PASSWORD) for name in ("ana", "ben"))
        assert judge_all(ana, contrary=0) == PAIRS
        assert judge_all(ben, contrary=3) == PAIRS
        assert stack.sql("SELECT state, count(*) FROM annotate_queueentry GROUP BY state ORDER BY state") == [
            ("disputed", 3),
            ("settled", PAIRS - 3),
        ]
        rita = Desk(browser, url, "rita", PASSWORD)
        settle_disputes(rita, 3)
        assert stack.sql("SELECT origin, count(*) FROM annotate_gold GROUP BY origin ORDER BY origin") == [
            ("adjudication", 3),
            ("consensus", PAIRS - 3),
        ]
        mira = Desk(browser, url, "mira", PASSWORD)
        rows = release(mira, stack)
        assert len(rows) == PAIRS
        assert {row["label"] for row in rows} <= {"a", "b"}
        assert [desk.problems for desk in (ana, ben, rita, mira)] == [[], [], [], []]
        print(f"keys of a judgement with its verdict, beside the reason: {ana.keys / PAIRS:.1f}")
        browser.close()


def settle_disputes(desk: Desk, count: int) -> None:
    with desk.page.expect_navigation():
        desk.press("d")
    desk.wait("[data-key=o]")
    with desk.page.expect_navigation():
        desk.press("o")
    for _ in range(count):
        desk.wait("[name=cause]")
        desk.press("2", "/")
        desk.write("The instruction asks for it in so many words.")
        desk.press("Escape", "c")
        desk.write("s")
        with desk.page.expect_navigation():
            desk.press("Control+Enter")


def release(desk: Desk, stack: Stack) -> list[dict[str, Any]]:
    """Ask for a version, wait until the worker froze it, and take the JSON Lines from the page's link."""
    desk.open("a[href='/campaigns/llmbar/']")
    desk.open("a[href='/campaigns/llmbar/releases/']")
    desk.reach("[name=version]")
    desk.write("2026.11")
    with desk.page.expect_navigation():
        desk.press("Control+Enter")
    for _ in range(60):
        if stack.sql("SELECT state FROM annotate_release") == [("frozen",)]:
            break
        desk.page.wait_for_timeout(500)
    desk.page.goto(f"{desk.url}/campaigns/llmbar/releases/1/")
    desk.reach("a[href$='gold.jsonl.zst']")
    with desk.page.expect_download() as download:
        desk.press("Enter")
    return unpack(download.value.path())


def unpack(path: Path) -> list[dict[str, Any]]:

    with zstandard.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
