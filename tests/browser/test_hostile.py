"""Hostile texts wherever a page shows texts of others, in a real browser: they are read, and nothing of them acts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from annotate.domain import leases, protocol, running, tools
from annotate.domain.campaigns import create_campaign, join
from annotate.domain.protocol import Said
from annotate.models import Campaign, Claim, Pair, User
from tests.browser.desk import launch
from tests.browser.furnished import session
from tests.browser.texts import answer, said
from tests.cast import ATTRIBUTES, REWARD, make_assistance, make_cast, make_document, make_pair
from tests.hostile import HOSTILE
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]
CHUNK = 6
# What only a text could have put there: our own pages have none of it inside what they show of others.
FOUND = """() => {
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
        const tag = element.localName;
        const bad = ["script", "iframe", "object", "embed", "img", "base", "meta", "link", "style", "template"];
        if (bad.includes(tag)) found.push(tag);
        for (const { name, value } of element.attributes) {
            if (name.startsWith("on") || name === "srcdoc" || name === "style") found.push(`${tag} ${name}`);
            if (["href", "src", "action", "formaction", "xlink:href", "ping"].includes(name)
                && !/^(https?:|mailto:|[/?#]|$)/i.test(value)) found.push(`${tag} ${name}=${value}`);
        }
    }
    for (const reading of document.querySelectorAll(".reading")) {
        for (const element of reading.querySelectorAll("*")) {
            const tag = element.localName;
            const control = /^(form|input|button|textarea|select|svg|video|audio)$/.test(tag);
            if (control && !element.matches(".codebox > button")) found.push(tag);
            const names = ["name", "data-key", "data-submit", "hx-get", "hx-post"];
            if (names.some((name) => element.hasAttribute(name))) found.push(element.outerHTML.slice(0, 80));
        }
    }
    return found;
}"""


def furnish() -> None:
    """Campaigns in which everything that people, files, models and tools can bring is hostile."""
    cast = make_cast(slug="disputes", name=HOSTILE[2], third=False)
    ids: dict[str, Any] = {"held": [], "judged": [], "disputed": []}
    for number in range(0, len(HOSTILE), CHUNK):
        texts = HOSTILE[number : number + CHUNK]
        ids["disputed"].append(_pair(cast.campaign, number, texts).pk)
        for user, side in ((cast.ana, "a"), (cast.ben, "b")):
            _decide(_held(cast.campaign, user), side, texts)
        campaign = create_campaign(slug=f"hostile-{number}", name=texts[0][:80])
        for user in (cast.ana, cast.ben):
            join(campaign=campaign, user=user, role="annotator")
        _pair(campaign, number, texts)
        ids["held"].append(_held(campaign, cast.ana).pk)
        _runs(ids["held"][-1], cast.ana, texts)
        ids["judged"].append(_held(campaign, cast.ben).pk)
        protocol.judge(claim_id=ids["judged"][-1], user=cast.ben, said=_said("left", texts))
    ids["document"] = make_document(cast.campaign, HOSTILE[2], "\n\n".join(HOSTILE)).pk
    ids["sessions"] = {user.username: session(user) for user in (cast.ana, cast.ben, cast.rita, cast.mira)}
    print(json.dumps(ids))


def _pair(campaign: Campaign, number: int, texts: list[str]) -> Pair:
    """Each text as a turn of the conversation, all of them as one response, and backwards as the other."""
    whole = ["\n\n".join(order) for order in (texts, texts[::-1])]
    extra = {"model_a": texts[0], "model_b": texts[-1]}
    answers = {name: answer(text) for name, text in zip(("response_a", "response_b"), whole, strict=True)}
    conversation = said(*texts, whole[0])
    pair = make_pair(campaign, number, conversation=conversation, **answers, source=texts[0][:100], extra=extra)
    make_assistance(
        pair, "attributes", ATTRIBUTES | dict.fromkeys(("desired_attributes", "annotation_guideline"), whole[0])
    )
    make_assistance(pair, "reward", REWARD, model=texts[0], revision=texts[-1])
    make_assistance(
        pair, "differences", {"differences": [{"what": "wording", "a": text, "b": text[::-1]} for text in texts]}
    )
    return pair


def _held(campaign: Campaign, user: User) -> Claim:
    claim, _new = leases.claim_next(campaign=campaign, user=user)
    assert claim is not None
    return claim


def _said(side: str, texts: list[str]) -> Said:
    return Said(choice=side, strength=2, confidence=2, reason=" ".join(texts))


def _decide(claim: Claim, choice: str, texts: list[str]) -> None:
    said = _said("left" if claim.left == choice else "right", texts)
    protocol.judge(claim_id=claim.pk, user=claim.annotator, said=said)
    protocol.decide(claim_id=claim.pk, user=claim.annotator, said=said)


def _runs(claim_id: int, user: User, texts: list[str]) -> None:
    """What a sandbox printed, and what a search found, with addresses that are no web pages."""
    results = [{"title": text, "address": "javascript:alert(1)", "snippet": text} for text in texts]
    for kind, input, output in (
        ("code", {"language": "python", "code": texts[0]}, {"stdout": texts[0], "stderr": texts[-1], "note": texts[0]}),
        ("search", {"query": texts[0][:100]}, {"results": results, "found": len(results), "note": ""}),
    ):
        tools.ask(claim_id=claim_id, user=user, kind=kind, input=input)
        work = running.lease()
        assert work is not None
        running.record(work=work, status="finished", output=output, version=texts[0], milliseconds=1)


class Guard:
    """A page that notes whatever a text did: a dialog, a script, a request elsewhere, a refusal of the policy."""

    def __init__(self, browser: Any, url: str, session: str) -> None:
        self.url, self.noted = url, list[str]()
        context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        self.page = context.new_page()
        self.page.on("dialog", lambda dialog: (self.noted.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on(
            "request", lambda request: request.url.startswith(url) or self.noted.append(f"asks for {request.url}")
        )
        self.page.on("console", lambda message: message.type == "error" and self.noted.append(message.text))
        self.page.on("pageerror", lambda error: self.noted.append(str(error)))

    def visit(self, path: str) -> list[str]:
        """What was noted on the page, with its policy and everything on it that was opened."""
        answer = self.page.goto(path)
        policy = answer.headers.get("content-security-policy", "")
        if answer.status != 200 or "unsafe" in policy or "script-src 'self'" not in policy:
            self.noted.append(f"{answer.status} {policy}")
        self.page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
        self.page.keyboard.press("g")
        self.page.keyboard.press("h")
        self.noted += [f"{path}: {found}" for found in self.page.evaluate(FOUND)]
        if urlsplit(self.page.url).path != urlsplit(path).path:
            self.noted.append(f"{path} went to {self.page.url}")
        return self.noted


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Guard]]]:
    with Stack(home=tmp_path) as stack, sync_playwright() as playwright:
        told = stack.shell("from tests.browser.test_hostile import furnish; furnish()")
        ids = json.loads(told.splitlines()[-1])
        url, browser = stack.web(threads=4), launch(playwright)
        yield ids, {name: Guard(browser, url, key) for name, key in ids["sessions"].items()}
        browser.close()


def test_hostile_texts_are_inert_on_every_page_that_shows_them(house: tuple[dict[str, Any], dict[str, Guard]]) -> None:
    ids, people = house
    for held, judged, disputed in zip(ids["held"], ids["judged"], ids["disputed"], strict=True):
        assert people["ana"].visit(f"/claims/{held}/") == []
        assert people["ana"].visit(f"/claims/{held}/?diff=1") == []
        assert people["ben"].visit(f"/claims/{judged}/") == []
        assert people["rita"].visit(f"/campaigns/disputes/disputes/{disputed}/") == []
    assert people["ana"].visit("/") == []
    assert people["mira"].visit("/campaigns/disputes/") == []
    assert people["mira"].visit("/campaigns/disputes/documents/") == []
    assert people["mira"].visit(f"/campaigns/disputes/documents/{ids['document']}/") == []


def test_the_guard_notices_what_acts(house: tuple[dict[str, Any], dict[str, Guard]]) -> None:
    ids, people = house
    ana = people["ana"]
    ana.page.goto(f"/claims/{ids['held'][0]}/")
    put = "html => { document.querySelector('.reading').innerHTML = html; }"
    ana.page.evaluate(put, "<img src='//127.0.0.2/pixel' onerror='alert(1)'><form id=ballot></form>")
    ana.page.wait_for_timeout(200)
    assert {"img", "img onerror", "form"} <= set(ana.page.evaluate(FOUND))
    assert any("Content Security Policy" in noted for noted in ana.noted)
