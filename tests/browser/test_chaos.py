"""No judgement is lost and none is recorded twice, whatever happens: the network goes, the server is killed, tabs
close, sessions end, two windows have the same pair, at random. The seed is printed; CHAOS_SEED repeats it, CHAOS
says how many commits there are (`CHAOS=1000`)."""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.browser.desk import launch
from tests.stack import Stack, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.stack]
COMMITS = int(os.environ.get("CHAOS", "120"))
SEED = int(os.environ.get("CHAOS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
PEOPLE = ("ana", "ben", "chen", "dora")
PASSWORD = "a-long-demo-pass"
EVENTS = {"cut": 0.04, "kill": 0.012, "close": 0.04, "expire": 0.025, "second window": 0.04}
SETTING = f"""
from annotate.domain.campaigns import create_campaign, join
from annotate.models import User
from tests.cast import make_assistance, make_pair, REWARD
campaign = create_campaign(slug="bench", overlap={len(PEOPLE)})
for name in {PEOPLE!r}:
    join(campaign=campaign, user=User.objects.create_user(name, password="{PASSWORD}"), role="annotator")
for number in range({COMMITS // (2 * len(PEOPLE)) + 12}):
    make_assistance(make_pair(campaign, number), "reward", REWARD)
"""
WRITE = """([more, commit, preference, sure]) => {
    const { page, claim, stage } = document.body.dataset;
    const form = document.querySelector("form[data-submit]");
    if (!form || form.hasAttribute("aria-busy") || form.dataset.sent) return { waits: Boolean(form) };
    const { reason, idempotency_key: key } = form.elements;
    const before = reason.value;
    reason.value = `${before} ${more}`.trim();
    form.querySelector(`[name=preference][value=${preference}]`).checked = true;
    form.querySelector(`[name=confidence][value="${sure}"]`).checked = true;
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    const said = { page, claim, stage, before, text: reason.value, key: key.value };
    if (commit) form.requestSubmit();
    return said;
}"""
WAITING = """Object.keys(localStorage).filter(name => name.startsWith("assay:outbox:"))
    .map(name => JSON.parse(localStorage.getItem(name)))"""
DRAFTS = """Object.keys(localStorage).filter(name => name.startsWith("assay:draft:"))
    .map(name => [name, JSON.parse(localStorage.getItem(name)).fields])"""
HEAR = """document.addEventListener("assay:answer", ({ detail }) => {
    if (detail.kind === "recorded") window.acknowledged(detail.item.key);
});"""


class Person:
    """Somebody with a browser of their own, one or two windows, and a memory of what they wrote."""

    def __init__(self, browser: Any, url: str, name: str, luck: random.Random) -> None:
        self.url, self.name, self.luck = url, name, luck
        self.context = browser.new_context(base_url=url)
        self.context.set_default_timeout(4000)
        self.acknowledged: set[str] = set()
        self.committed: dict[str, dict[str, Any]] = {}  # by key
        self.typed: dict[tuple[str, str], str] = {}  # by claim and stage: what stands in a form, unsent
        self.lost: list[str] = []
        self.numbers = iter(range(10**6))
        self.cut = 0
        self.context.expose_binding("acknowledged", lambda _source, key: self.acknowledged.add(key))
        self.context.add_init_script(HEAR)
        self.windows = [self.context.new_page()]

    def step(self) -> None:
        """Write and commit, or find the way to where one can."""
        if self.cut:
            self.cut -= 1
            self.context.set_offline(self.cut > 0)
        window = self.luck.choice(self.windows)
        try:
            said = self.write(window, commit=self.luck.random() < 0.9)
            if said.get("waits"):
                window.evaluate("window.dispatchEvent(new Event('focus'))")  # somebody looks what became of it
                window.wait_for_timeout(60)
            elif "text" not in said:
                self.find_work(window)
            elif self.luck.random() < 0.8:
                self.wait(window, said)
        except Error:  # the page is on its way somewhere, or the server is away
            time.sleep(0.05)

    def write(self, window: Any, *, commit: bool) -> dict[str, Any]:
        preference = self.luck.choice(("left-2", "right-3", "equal", "undecidable"))
        more = f"{self.name}{next(self.numbers)}"
        said: dict[str, Any] = window.evaluate(WRITE, [more, commit, preference, self.luck.randint(1, 3)])
        if "text" not in said:
            return said
        place = said["claim"], said["stage"]
        expected = self.typed.pop(place, "")
        if expected and not said["before"].startswith(expected):
            self.lost.append(f"{place}: {expected!r} became {said['before']!r}")
        if commit:
            self.committed[said["key"]] = said
        else:
            self.typed[place] = said["text"]
        return said

    def wait(self, window: Any, said: dict[str, Any]) -> None:
        """A moment, until the page has moved on."""
        end = time.monotonic() + 0.8
        here = f"document.body.dataset.claim + document.body.dataset.stage !== '{said['claim']}{said['stage']}'"
        while time.monotonic() < end and not window.evaluate(here):
            window.wait_for_timeout(15)

    def find_work(self, window: Any) -> None:
        path = urlsplit(window.url).path
        if path.startswith("/accounts/login"):
            window.fill("[name=login]", self.name)
            window.fill("[name=password]", PASSWORD)
            window.press("[name=password]", "Enter")
            window.wait_for_url(lambda url: "/accounts/login" not in url)
        elif window.locator("[data-outbox-sign-in]:visible").count():
            window.click("[data-outbox-sign-in]")
        elif window.locator("[data-key=s]").count():
            window.locator("[data-key=s]").first.click()
            window.wait_for_load_state()
        else:
            window.goto("/")

    def second_window(self) -> None:
        if len(self.windows) > 1:
            return self.close()
        other = self.context.new_page()
        other.goto(self.windows[0].url)
        self.windows.append(other)

    def close(self) -> None:
        """Often in the middle of a word, or just after the key."""
        window = self.luck.choice(self.windows)
        self.write(window, commit=self.luck.random() < 0.5)
        self.windows.remove(window)
        window.close()
        if not self.windows:
            self.windows = [self.context.new_page()]

    def expire(self) -> None:
        self.context.clear_cookies(name="sessionid")

    def settle(self) -> None:
        """All is well again: whatever waits is sent, by whichever page comes next."""
        self.context.set_offline(False)
        for window in self.windows[1:]:
            window.close()
        self.windows = self.windows[:1]
        wait_until(lambda: self.come_back() and not self.waiting(), seconds=90, every=0.3)

    def come_back(self) -> bool:
        window = self.windows[0]
        try:
            window.goto("/")
            if urlsplit(window.url).path != "/":
                self.find_work(window)
            window.wait_for_timeout(300)
            return urlsplit(window.url).path == "/"
        except Error:
            return False

    def waiting(self) -> list[dict[str, Any]]:
        return [one for one in self.kept() if one["state"] == "waiting"]

    def kept(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.windows[0].evaluate(WAITING)
        return found

    def drafts(self) -> dict[tuple[str, str], str]:
        found = self.windows[0].evaluate(DRAFTS)
        places = [(tuple(name.split(":")[3:5]), dict(fields)) for name, fields in found]
        return {(claim, stage): fields.get("reason", "") for (claim, stage), fields in places}


class Chaos:
    def __init__(self, stack: Stack, browser: Any) -> None:
        self.stack, self.luck, self.happened = stack, random.Random(SEED), Counter[str]()
        self.url = stack.web(threads=8)
        self.people = [Person(browser, self.url, name, self.luck) for name in PEOPLE]
        self.down = 0

    def run(self) -> None:
        while self.commits() < COMMITS:
            person = self.luck.choice(self.people)
            for event, chance in EVENTS.items():
                if self.luck.random() < chance:
                    self.happened[event] += 1
                    self.happen(event, person)
            person.step()
            self.down -= 1
            if self.down == 0:
                self.stack.web(threads=8, port=urlsplit(self.url).port or 0)
        if self.down > 0:
            self.stack.web(threads=8, port=urlsplit(self.url).port or 0)
        for person in self.people:
            person.settle()

    def commits(self) -> int:
        return sum(len(person.acknowledged) for person in self.people)

    def happen(self, event: str, person: Person) -> None:
        try:
            if event == "kill" and self.down <= 0:
                self.stack.processes[-1].kill()
                self.down = self.luck.randint(2, 6)
            elif event == "cut":
                person.cut = self.luck.randint(2, 5)
                person.context.set_offline(True)
            elif event == "close":
                person.close()
            elif event == "expire":
                person.expire()
            elif event == "second window":
                person.second_window()
        except Error:  # nothing can be opened while the server is away
            pass


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[Chaos]:
    with Stack(home=tmp_path) as stack, sync_playwright() as playwright:
        stack.shell(SETTING)
        browser = launch(playwright)
        yield Chaos(stack, browser)
        browser.close()


RECORDED = """
import json
from annotate.models import AuditEvent, Judgement, Verdict
rows = [(str(row.claim_id), "judgement", row.reason) for row in Judgement.objects.all()]
rows += [(str(row.judgement_id), "verdict", row.reason) for row in Verdict.objects.all()]
events = [[event.verb, event.data["claim"]] for event in AuditEvent.objects.filter(verb__endswith=".made")]
print(json.dumps([rows, events]))
"""


def test_every_acknowledged_commit_is_there_once_and_no_text_is_lost(chaos: Chaos) -> None:
    print(f"CHAOS_SEED={SEED}")
    began = time.monotonic()
    chaos.run()
    rows, events = json.loads(chaos.stack.shell(RECORDED).splitlines()[-1])
    recorded = {(claim, stage): text for claim, stage, text in rows}
    made = Counter(tuple(event) for event in events)
    assert len(recorded) == len(rows)
    assert set(made.values()) == {1}, "something was recorded twice"
    refused = 0
    for person in chaos.people:
        kept = {one["key"]: dict(one["fields"])["reason"] for one in person.kept()}
        drafts = person.drafts()
        assert person.lost == []
        for key, said in person.committed.items():
            there = recorded.get((said["claim"], said["stage"])) == said["text"]
            assert there or key not in person.acknowledged, f"acknowledged and not there: {said}"
            assert there or kept.get(key) == said["text"], f"neither there nor kept: {said}"
            refused += not there
        for place, text in person.typed.items():
            assert text in (drafts.get(place), recorded.get(place)), f"typed and lost: {place} {text!r}"
    texts = [text for person in chaos.people for text in (said["text"] for said in person.committed.values())]
    assert len(texts) >= COMMITS
    print(
        f"{chaos.commits()} commits acknowledged, {len(rows)} recorded, {refused} kept as not taken (another "
        f"window was first), in {time.monotonic() - began:.0f} s; {dict(chaos.happened)}"
    )
