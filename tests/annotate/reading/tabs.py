"""What tests do with a tab of the workbench, and the pages that the stub has."""

from typing import Any

from playwright.sync_api import Page

from tests.annotate.reading.pages import JudgementForm, VerdictForm, page, render, verdict_page

SIDES = ("left", "right")
DEEP = "The number of this part is 15."


def stub_pages() -> dict[str, str]:
    judgement = render(page(), JudgementForm())
    return {
        "/judge": judgement,
        "/verdict": render(verdict_page(), VerdictForm()),
        "/claims/9/": judgement,
        "/claims/10/": render(page(id=10), JudgementForm()),
        "/long": render(page(pair=long_pair()), JudgementForm()),
        "/refused": render(page(), JudgementForm({"preference": "right-2", "reason": ""})),
    }


def long_pair() -> dict[str, Any]:
    """Left begins with ten paragraphs that right lacks; both end alike, far down."""
    alike = [
        f"## Part {at}\n\nThe number of this part is {at}. " + "It goes on and on and does not come to an end. " * 15
        for at in range(20)
    ]
    texts = ["Preface. " * 100, *alike], alike
    messages = [[{"role": "assistant", "content": "\n\n".join(text)}] for text in texts]
    entries = [{"what": "missing", "left": "Preface.", "right": ""}, {"what": "wording"} | dict.fromkeys(SIDES, DEEP)]
    return page()["pair"] | {"left": messages[0], "right": messages[1], "differences": entries}


def chosen(tab: Page, name: str = "preference") -> Any:
    return tab.evaluate("name => document.querySelector(`input[name=${name}]:checked`)?.value", name)


def drafts(tab: Page) -> int:
    return int(tab.evaluate("Object.keys(localStorage).filter(key => key.startsWith('assay:draft:')).length"))


def write(tab: Page) -> None:
    tab.keyboard.press("6")
    tab.keyboard.press("w")
    tab.keyboard.press("/")
    tab.keyboard.type("u x 1 because")
