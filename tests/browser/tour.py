"""Every page in every state that looks different: where it is, who looks, and what is done there first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Page = Any
NOTHING: dict[str, str] = {}

# Addresses of the site that answer with something else than a page, or send on to one.
NO_PAGES = {
    "healthz": "plain text for a probe",
    "judge": "posted to; its answers are pages of the claim",
    "decide": "posted to; its answers are pages of the claim",
    "abandon": "posted to, sends on",
    "ahead": "the workbench of the next pair, for the page's script",
    "upcoming": "says nothing, formats the next pair",
    "quality_file": "a file",
    "remove": "posted to, sends on",
    "renew": "JSON for the page's script",
    "correct": "JSON for the page's script, or sends on",
    "ask_tool": "JSON for the page's script, or sends on",
    "evidence": "a part of the workbench",
    "so_far": "JSON for the page's script, or sends on",
    "stop_answer": "posted to, sends on",
    "next_pair": "posted to, sends on",
    "withdraw": "posted to, sends on",
    "revoke_token": "posted to, sends on",
    "ask_again": "posted to, sends on",
    "find_pair": "sends on",
    "release_again": "posted to, sends on",
    "release_file": "a file",
    "close_guide": "posted to, sends on",
    "practise": "posted to, sends on",
    "promote": "posted to, sends on",
    "retire_answer": "posted to, sends on",
    "learner": "posted to, sends on",
    "retire_document": "posted to, sends on",
    "rejected": "a file",
    "force_protocol": "posted to, sends on",
    "delete_protocol": "posted to, sends on",
    "account_set_password": "sends on who has a password",
    "account_confirm_login_code": "sign-in by code is not offered",
    "account_confirm_email": "addresses are not confirmed",
}


@dataclass(frozen=True)
class Stop:
    name: str  # of the URL pattern, or of an error
    state: str
    who: str  # "" is nobody
    path: str
    act: Callable[[Page], None] | None = None


def post(action: str, **fields: str) -> Callable[[Page], None]:
    """Send a form as a browser without checks of its own would."""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.evaluate(POST, [action, fields])

    return act


POST = """([action, fields]) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action });
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    for (const [name, value] of Object.entries({ csrfmiddlewaretoken: token, ...fields })) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(form);
    form.submit();
}"""


def click(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).first.click()


def press(*keys: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return act


def stops(ids: dict[str, Any]) -> Iterator[Stop]:
    yield from _work()
    yield from _workbench(ids)
    yield from _reviewer(ids)
    yield from _manager(ids)
    yield from _protocols(ids)
    yield from _learning(ids)
    yield from _accounts(ids)
    yield from _errors()


def _work() -> Iterator[Stop]:
    yield Stop("work", "an annotator", "ana", "/")
    yield Stop("work", "a manager", "mira", "/")
    yield Stop("work", "in no campaign", "stranger", "/")
    yield Stop("work", "the menu is open", "ana", "/", click(".bar .menu > summary"))
    yield Stop("nothing_left", "done", "ana", "/campaigns/over-decided/nothing-left/")
    yield Stop("protocol", "the default", "ana", "/campaigns/full/protocol/")
    yield Stop("tokens", "none", "rita", "/tokens/")
    yield Stop("tokens", "some", "mira", "/tokens/")
    yield Stop("tokens", "refused", "mira", "/tokens/", post("/tokens/", name="", days="9000"))
    yield Stop("tokens", "issued", "rita", "/tokens/", post("/tokens/", name="x", scopes="gold:read", days="3"))


def _workbench(ids: dict[str, Any]) -> Iterator[Stop]:
    for name in ("code", "maths", "long", "rtl", "wide"):
        yield Stop("claim", f"judgement, {name}", "ana", f"/claims/{ids['work'][name]}/")
    for name in ("code", "wide"):
        yield Stop("claim", f"verdict, {name}", "ben", f"/claims/{ids['verdict'][name]}/")
    wide = f"/claims/{ids['work']['wide']}/"
    code = f"/claims/{ids['work']['code']}/"
    yield Stop("claim", "what differs is marked", "ana", f"/claims/{ids['work']['cjk']}/?diff=1")
    yield Stop("claim", "as it was written", "ana", wide, press("g", "h"))
    yield Stop("claim", "the keys are listed", "ana", code, press("?"))
    yield Stop("claim", "tools and giving back are open", "ana", code, press("r", "Escape", "m", "Escape", "n"))
    yield Stop("claim", "a question to the assistant", "ana", code, press("a"))
    yield Stop("claim", "an answer comes", "ana", f"/claims/{ids['work']['maths']}/#E1")
    yield Stop("chat", "answers of every kind", "ana", f"{wide}chat/")
    yield Stop("chat", "an answer comes", "ana", f"/claims/{ids['work']['maths']}/chat/")
    yield Stop("chat", "none", "ana", f"{code}chat/")
    yield Stop("claim", "attributes are corrected", "ana", f"/claims/{ids['work']['long']}/", press("t"))
    yield Stop("claim", "a key is being changed", "ana", code, press("?", "Tab", "Tab", "Enter"))
    yield Stop("claim", "qualities are marked", "ana", wide, press("c", "Space", "c", "ArrowRight", "z"))
    yield Stop("claim", "refused", "ana", code, post(f"{code}judgement", preference="left-2"))
    yield Stop("claim", "a commit waits", "ana", code, _unsent)
    yield Stop("claim", "another pair's commit waits, and one was not taken", "ana", code, _left)
    over = f"/claims/{ids['over']['decided']}/"
    yield Stop("claim", "decided", "ana", over)
    yield Stop("claim", "run out", "ana", f"/claims/{ids['over']['expired']}/")
    yield Stop("claim", "run out, with text that was not sent", "ana", f"/claims/{ids['over']['expired']}/", _written)
    late = {"preference": "right-3", "confidence": "3", "reason": "Something else."}
    yield Stop("claim", "judged before", "ana", over, post(f"{over}judgement", **late))


def _unsent(page: Page) -> None:
    """Judged, and the server answers nothing of use."""
    page.route("**/judgement", lambda route: route.fulfill(status=500))
    page.keyboard.press("2")
    page.keyboard.press("e")
    page.fill("#reason", "Because.")
    page.keyboard.press("Control+Enter")
    page.locator("[data-submit-status]").get_by_text("the server had a problem").wait_for()
    page.evaluate("localStorage.clear()")


def _written(page: Page) -> None:
    page.evaluate(WRITTEN)
    page.reload()
    page.locator("[data-kept-draft]").wait_for()
    page.evaluate("localStorage.clear()")


WRITTEN = """() => {
    const { user, claim } = document.body.dataset;
    const draft = { at: Date.now(), fields: [["preference", "left-1"], ["reason", "Half a sent"]] };
    localStorage.setItem(`assay:draft:${user}:${claim}:judgement`, JSON.stringify(draft));
}"""


def _left(page: Page) -> None:
    """What another window of theirs left behind: nothing of it is sent here."""
    page.route("**/claims/990001/judgement", lambda route: route.fulfill(status=409))
    page.route("**/claims/990002/judgement", lambda route: route.fulfill(status=500))
    page.evaluate(LEFT)
    page.reload()
    page.locator("[data-outbox]").get_by_text("One commit was not taken").wait_for()
    page.evaluate("localStorage.clear()")


LEFT = """() => {
    const { user } = document.body.dataset;
    for (const claim of ["990001", "990002"]) {
        const item = { user, claim, stage: "judgement", key: claim, at: Number(claim), tries: 1, state: "waiting" };
        Object.assign(item, { action: `/claims/${claim}/judgement`, fields: [["reason", "Why."]] });
        localStorage.setItem(`assay:outbox:${user}:${claim}`, JSON.stringify(item));
    }
}"""


def _reviewer(ids: dict[str, Any]) -> Iterator[Stop]:
    case = f"/campaigns/two/disputes/{ids['disputed']}/"
    yield Stop("disputes", "one", "rita", "/campaigns/two/disputes/")
    yield Stop("disputes", "one waits", "rita", "/campaigns/third/disputes/")
    yield Stop("disputes", "none", "rita", "/campaigns/empty/disputes/")
    yield Stop("dispute", "open", "rita", case)
    yield Stop("dispute", "refused", "rita", case, post(case, preference="left-2"))


def _manager(ids: dict[str, Any]) -> Iterator[Stop]:
    full, releases = "/campaigns/full/", ids["releases"]
    yield Stop("campaign", "full", "mira", full)
    yield from _engines(ids)
    yield Stop("campaign", "empty", "mira", "/campaigns/empty/")
    yield Stop("quality", "by category", "rita", f"{full}quality/")
    yield Stop("quality", "by writers", "mira", f"{full}quality/?by=writers")
    yield Stop("quality", "nothing yet", "mira", "/campaigns/empty/quality/")
    yield Stop("people", "some", "mira", f"{full}people/")
    yield Stop("people", "somebody is to go", "mira", f"{full}people/", click("td.act summary"))
    yield Stop("people", "invited", "mira", f"{full}people/", post(f"{full}people/", role="annotator", note="Emil"))
    yield Stop("import", "a form", "mira", f"{full}import/")
    yield Stop("import", "refused", "mira", f"{full}import/", post(f"{full}import/", mapping="what"))
    yield Stop("import", "reported", "mira", f"{full}import/", _import)
    yield Stop("settings", "a form", "mira", f"{full}settings/")
    yield Stop("settings", "refused", "mira", f"{full}settings/", post(f"{full}settings/", overlap="77"))
    yield Stop("releases", "some", "mira", f"{full}releases/")
    yield Stop("releases", "none", "mira", "/campaigns/empty/releases/")
    yield Stop("releases", "refused", "mira", f"{full}releases/", post(f"{full}releases/", version="1.0"))
    for version, state in (("1.0", "frozen"), ("1.1", "failed"), ("1.2", "waiting")):
        yield Stop("release", state, "mira", f"{full}releases/{releases[version]}/")
    yield Stop("benchmarks", "some", "mira", "/benchmarks/")
    yield Stop("new_campaign", "a form", "mira", "/campaigns/new/")
    yield Stop("new_campaign", "refused", "mira", "/campaigns/new/", post("/campaigns/new/", name="", overlap="0"))


def _engines(ids: dict[str, Any]) -> Iterator[Stop]:
    busy, done, full = (f"/campaigns/{slug}/assistance/" for slug in ("engines-busy", "engines-done", "full"))
    unfold = "document.querySelectorAll('details').forEach((one) => { one.open = true })"
    yield Stop("engines", "eight at work, failures, a spent budget", "mira", busy)
    yield Stop("engines", "its last errors are unfolded", "mira", busy, lambda page: page.evaluate(unfold))
    yield Stop("engines", "all done", "mira", done)
    yield Stop("engines", "nothing yet", "mira", "/campaigns/empty/assistance/")
    yield Stop("engines", "tried again", "mira", full, post(f"{full}reward/again"))
    yield Stop("anew", "a choice", "mira", f"{done}anew/")
    yield Stop("anew", "counted", "mira", f"{done}anew/?kind=reward")
    yield Stop("anew", "none to count", "mira", "/campaigns/empty/assistance/anew/")
    yield Stop("anew", "refused", "mira", f"{done}anew/?kind=dreams")
    yield Stop("provenance", "settled", "mira", f"/campaigns/full/pairs/{ids['settled']}/")
    yield Stop("provenance", "not settled", "rita", f"/campaigns/two/pairs/{ids['disputed']}/")
    over = f"/claims/{ids['over']['decided']}/"
    yield Stop("claim", "decided, its models are unfolded", "ana", over, press("m"))


def _protocols(ids: dict[str, Any]) -> Iterator[Stop]:
    ruled, made = "/campaigns/ruled/protocol/", ids["versions"]
    page = f"{ruled}versions/"
    draft = f"{page}{made['draft']}/edit/"
    yield Stop("protocol", "a manager's, long", "mira", ruled)
    yield Stop("protocols", "some", "mira", page)
    yield Stop("protocols", "the default alone", "mira", "/campaigns/empty/protocol/versions/")
    for name in ("first", "used", "draft"):
        yield Stop("protocol_version", name, "mira", f"{page}{made[name]}/")
    both = f"{page}compare/?old={made['first']}&new="
    yield Stop("compare_protocols", "much differs", "mira", f"{both}{made['draft']}")
    yield Stop("compare_protocols", "nothing differs", "mira", f"{both}{made['first']}")
    yield Stop("edit_protocol", "a draft", "mira", draft)
    yield Stop("edit_protocol", "a rule is added", "mira", draft, _add_rule)
    yield Stop("edit_protocol", "a chosen pair", "mira", f"{draft}?pair={ids['ruled_pair']}")
    yield Stop("edit_protocol", "refused", "mira", draft, post(draft, act="save", rules="1"))
    overtaken = post(draft, act="save", saves="new", seen="0", text="Mine.", rules="1", **{"rule-0-text": "Run it."})
    yield Stop("edit_protocol", "overtaken", "mira", draft, overtaken)


def _add_rule(page: Page) -> None:
    """By its key and the part that comes back: the new rule has the focus."""
    before = page.locator("table.rules tbody tr").count()
    page.keyboard.press("a")
    page.wait_for_function("n => document.querySelectorAll('table.rules tbody tr').length === n", arg=before + 1)
    page.wait_for_function("() => document.activeElement.name?.endsWith('-text')")


def _learning(ids: dict[str, Any]) -> Iterator[Stop]:
    learn, full = "/campaigns/learn/", "/campaigns/full/"
    answer = f"{learn}learning/answers/{ids['answer']}/"
    yield Stop("guide", "the page", "ana", "/guide/")
    yield Stop("qualification", "failed once", "ana", f"{learn}qualification/")
    yield Stop("qualification", "passed", "chen", f"{learn}qualification/")
    yield Stop("qualification", "not begun", "ben", f"{learn}qualification/")
    yield Stop("qualification", "a pair of it", "ana", f"{learn}qualification/", _follow(f"{learn}qualification/"))
    yield Stop("claim", "practised, the answer", "ben", f"/claims/{ids['practised']}/")
    yield Stop("learning", "some", "mira", f"{learn}learning/")
    yield Stop("learning", "none", "mira", "/campaigns/empty/learning/")
    yield Stop("learning", "refused", "mira", f"{learn}learning/", post(f"{learn}learning/", pairs="77"))
    yield Stop("answer", "in force", "mira", answer)
    yield Stop("answer", "refused", "mira", answer, post(answer, choice=""))
    yield Stop("documents", "some", "mira", f"{full}documents/")
    yield Stop("documents", "none", "mira", "/campaigns/empty/documents/")
    yield Stop("documents", "refused", "mira", f"{full}documents/", post(f"{full}documents/"))
    yield Stop("document", "one", "ana", f"{full}documents/{ids['document']}/")


def _follow(action: str) -> Callable[[Page], None]:
    """Press the button of a form on the page."""

    def act(page: Page) -> None:
        with page.expect_navigation():
            page.locator(f"form[action='{action}'] button").first.click()

    return act


def _import(page: Page) -> None:
    rows = b'{"prompt": "a", "chosen": "b", "rejected": "c"}\n{"prompt": "", "chosen": 1}\n'
    page.set_input_files("[name=file]", {"name": "rows.jsonl", "mimeType": "text/plain", "buffer": rows})
    with page.expect_navigation():
        page.locator("main button.go").click()


def _accounts(ids: dict[str, Any]) -> Iterator[Stop]:
    yield Stop("account_login", "a form", "", "/accounts/login/")
    wrong = post("/accounts/login/", login="ana", password="wrong")
    yield Stop("account_login", "refused", "", "/accounts/login/", wrong)
    yield Stop("account_logout", "asked", "ana", "/accounts/logout/")
    yield Stop("account_signup", "closed", "", "/accounts/signup/")
    yield Stop("account_signup", "invited", "", f"/invitations/{ids['invitation']}/")
    yield Stop("invitation", "signed in", "stranger", f"/invitations/{ids['invitation']}/")
    yield Stop("invitation", "none", "stranger", "/invitations/none/")
    yield Stop("account_change_password", "a form", "ana", "/accounts/password/change/")
    change = post("/accounts/password/change/", oldpassword="wrong", password1="1", password2="2")
    yield Stop("account_change_password", "refused", "ana", "/accounts/password/change/", change)
    yield Stop("account_email", "one address", "ana", "/accounts/email/")
    yield Stop("account_email_verification_sent", "sent", "", "/accounts/confirm-email/")
    yield Stop("account_inactive", "said", "", "/accounts/inactive/")
    yield Stop("account_reauthenticate", "a form", "ana", "/accounts/reauthenticate/?next=/")
    yield Stop("account_reset_password", "a form", "", "/accounts/password/reset/")
    yield Stop("account_reset_password_done", "said", "", "/accounts/password/reset/done/")
    yield Stop("account_reset_password_from_key", "a form", "", f"/accounts/password/reset/key/{ids['reset']}/")
    yield Stop("account_reset_password_from_key", "worn out", "", "/accounts/password/reset/key/1-x/")
    yield Stop("account_reset_password_from_key_done", "said", "", "/accounts/password/reset/key/done/")


def _errors() -> Iterator[Stop]:
    yield Stop("404", "", "ana", "/nowhere/")
    yield Stop("403", "not this role", "ana", "/campaigns/full/settings/")
    yield Stop("403_csrf", "an old page", "ana", "/", _stale)


def _stale(page: Page) -> None:
    page.evaluate("document.querySelector('[name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    post("/tokens/")(page)
