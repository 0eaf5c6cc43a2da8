"""The assistant on the workbench, in a browser that runs no script and as the page's script asks."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from annotate.domain import assistant, citing, running
from annotate.models import Judgement, ToolRun
from tests.annotate.views.browsing import fields_of, send, signed_in, start
from tests.bait import found_in, make_baited_pair, somebody_else_was_here
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
QUESTION = {"kind": "llm", "question": "Is <b>it</b> four?", "with": ["conversation", "left"]}
HOSTILE = """# Answer

| a | b |
|---|---|
| 1 | $\\frac{1}{2}$ |

```python
print(4)
```

<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>
[click](javascript:alert(1)) <a href="http://example.org/" onclick="alert(1)">x</a> <form action="/claims/1/verdict">
"""


class Tags(HTMLParser):
    """The tags of a piece of a page, their attributes' names and where they lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name == "href"}


@pytest.fixture(autouse=True)
def _assistant(settings: Any) -> None:
    settings.ASSISTANT_URL, settings.ASSISTANT_MODEL = "http://127.0.0.1:1/v1", "some/model"


def address(page: HttpResponse, what: str) -> str:
    return f"/claims/{page.context['page']['id']}/{what}"


def opened(cast: Cast) -> tuple[Client, HttpResponse]:
    client = signed_in(cast.ana)
    return client, start(client)


def lease() -> running.Work:
    work = running.lease(chat=True)
    assert work is not None
    return work


def done(answer: str = "Yes.", status: str = "finished", note: str = "") -> None:
    output = {"answer": answer, "model": "tiny-1", "tokens": {"prompt": 9, "completion": 3}, "note": note}
    assert running.record(work=lease(), status=status, output=output, version="v", environment="e")


def test_a_question_is_a_form_and_its_answer_is_markdown_made_safe(nudged: list[str]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    form = page.content.decode().partition('data-tool="llm"')[2].partition("</form>")[0]
    assert all(f'name="with" value="{part}"' in form for part in assistant.TAGS)
    page = client.post(address(page, "tools"), QUESTION, follow=True)
    assert nudged == ["workers.tasks.answer"]
    run = ToolRun.objects.get()
    assert run.claim is not None
    assert run.input["with"] == ["conversation", run.claim.left]
    waiting = page.content.decode()
    assert "Is &lt;b&gt;it&lt;/b&gt; four?" in waiting
    assert f'data-answer="{address(page, "chat/1")}"' in waiting
    assert 'class="error"' not in waiting.partition('id="E1"')[2].partition("</li>")[0]
    done(HOSTILE)
    for where in (address(page, ""), address(page, "evidence"), address(page, "chat/")):
        shown = client.get(where).content.decode().partition('id="E1"')[2]
        answer = shown.partition('<div class="reading')[2].partition("Read it wide")[0].partition("SHA-256")[0]
        assert "a language model answered" in shown
        tags = Tags(answer)
        assert {"h3", "table", "math", "pre", "a"} <= tags.names
        assert tags.names & {"script", "img", "svg", "form", "iframe", "style"} == set()
        assert {name for name in tags.attributes if name.startswith("on")} == set()
        assert not any(link.startswith("javascript") for link in tags.links)


def test_without_an_assistant_there_is_no_panel_and_asking_says_so(settings: Any) -> None:
    settings.ASSISTANT_URL = ""
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    assert 'data-tool="llm"' not in page.content.decode()
    told = client.post(address(page, "tools"), QUESTION, headers=JSON)
    assert (told.status_code, told.json()["error"]) == (422, "This cannot be asked. kind: no assistant is set up here")
    assert not ToolRun.objects.exists()


def test_the_page_reads_what_came_from_where_it_stopped_reading() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    assert client.post(address(page, "tools"), QUESTION, headers=JSON).json() == {"number": 1}
    where = address(page, "chat/1")
    assert client.get(where, headers=JSON).json() == {"done": False, "from": 0, "text": "", "next": 0}
    work = lease()
    assistant.progress(run_id=work.run_id, lease=work.lease, text="𝛑 is <3")
    assert client.get(f"{where}?from=2", headers=JSON).json() == {"done": False, "from": 2, "text": "is <3", "next": 7}
    for nonsense in ("99", "-1", "x", "٣", "9" * 99):
        assert client.get(f"{where}?from={nonsense}", headers=JSON).json()["text"] == "𝛑 is <3"
    assert "𝛑 is &lt;3</pre>" in client.get(address(page, "evidence")).content.decode()
    assert "𝛑 is &lt;3</pre>" in client.get(address(page, "chat/")).content.decode()
    assert client.get(where).headers["Location"] == address(page, "#E1")
    running.record(work=work, status="finished", output={"answer": "𝛑 is <3.2", "note": ""})
    answer = client.get(f"{where}?from=7", headers=JSON)
    assert answer.json() == {"done": True, "from": 0, "text": "", "next": 0}
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_answer_is_stopped_by_a_form_or_the_pages_script() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    page = client.post(address(page, "tools"), QUESTION, follow=True)
    stop = address(page, "chat/1/stop")
    work = lease()
    assert assistant.progress(run_id=work.run_id, lease=work.lease, text="Well")
    assert f'formaction="{stop}"' in page.content.decode()
    stopped = client.post(stop, fields_of(page, ""), follow=True).content.decode()
    assert "Stopping…" in stopped
    assert client.post(stop, headers=JSON).status_code == 202
    assert not assistant.progress(run_id=work.run_id, lease=work.lease, text="Well,")
    running.record(work=work, status="stopped", output={"answer": "Well,", "note": "Stopped by whoever asked."})
    shown = client.get(address(page, "evidence")).content.decode()
    assert "stopped by you" in shown
    assert "Well," in shown
    assert client.get(stop).status_code == 405


@pytest.mark.parametrize(
    ("status", "note", "words"),
    [
        ("failed", "The assistant is busy (status 429). Try again later.", "failed"),
        ("timeout", "Stopped: no whole answer within 120 s.", "took too long"),
        ("overflow", "Stopped: the answer is longer.", "too long, cut off"),
        ("refused", "Not asked: no assistant is set up here.", "did not run"),
    ],
)
def test_what_went_wrong_is_shown_as_that(status: str, note: str, words: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    client.post(address(page, "tools"), QUESTION)
    done("Half", status, note)
    shown = client.get(address(page, "evidence")).content.decode()
    assert f'<span class="bad">{words}</span>' in shown
    assert note in shown
    assert "Half" in shown


def test_an_answer_is_cited_and_satisfies_no_rule() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES, engine="imported")
    client, page = opened(cast)
    client.post(address(page, "tools"), QUESTION)
    done("Left is right.")
    filled = {"preference": "left-2", "confidence": "2", "reason": "The assistant says so (E1)."}
    refused = send(client, page, "judgement", **filled)
    assert refused.status_code == 422
    assert str(citing.MISSING["maths"]) in refused.content.decode()
    assert not Judgement.objects.exists()
    client.post(address(page, "tools"), {"kind": "maths", "expression": "2 + 2"})
    work = running.lease()
    assert work is not None
    running.record(work=work, status="finished", output={"check": "evaluate", "result": "4"})
    send(client, page, "judgement", **filled)
    judgement = Judgement.objects.get()
    assert (judgement.evidence, judgement.claim.assistant) == ([ToolRun.objects.get(kind="llm").pk], "cited")


def test_the_chat_is_ones_own_and_carries_nothing_that_is_kept_back() -> None:
    cast = make_cast(overlap=3)
    make_baited_pair(cast)
    somebody_else_was_here(cast)
    client, page = opened(cast)
    client.post(address(page, "tools"), QUESTION | {"with": list(assistant.TAGS)})
    answers = [client.get(address(page, what)) for what in ("", "evidence", "chat/", "chat/1")]
    done()
    answers += [client.get(address(page, what)) for what in ("", "evidence", "chat/", "chat/1")]
    sent = str(assistant.messages(run_id=ToolRun.objects.get().pk)).encode()
    assert found_in(sent, *(answer.content for answer in answers)) == []
    for user in (cast.ben, cast.rita, cast.mira, cast.stranger):
        other = signed_in(user)
        assert [other.get(address(page, what), headers=JSON).status_code for what in ("chat/", "chat/1")] == [404, 404]
        assert other.post(address(page, "chat/1/stop"), headers=JSON).status_code == 404
    assert Client().get(address(page, "chat/")).status_code == 302


def test_a_chat_page_without_questions_says_where_to_ask() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    assert "Nothing was asked yet." in client.get(address(page, "chat/")).content.decode()


def test_the_list_is_the_same_while_nothing_happens() -> None:
    """The page's script shows it anew only where it changed."""
    cast = make_cast()
    make_pair(cast.campaign)
    client, page = opened(cast)
    client.post(address(page, "tools"), QUESTION)
    lists = {client.get(address(page, "evidence")).content for _ in range(3)}
    assert len(lists) == 1


def test_a_reviewer_reads_the_answers_and_where_left_was() -> None:
    cast = make_cast(third=False)
    pair = make_pair(cast.campaign)
    for user in (cast.ana, cast.ben):
        client = signed_in(user)
        page = start(client)
        client.post(address(page, "tools"), QUESTION)
        done("**Because** of it.")
        said = {"preference": "left-2", "confidence": "2", "reason": "E1"}
        send(client, send(client, page, "judgement", **said), "verdict", **said)
    shown = signed_in(cast.rita).get(f"/campaigns/bench/disputes/{pair.pk}/").content.decode()
    assert shown.count("<strong>Because</strong> of it.") == 2
    assert shown.count("What it calls left stands on the right here.") == 1
    assert "Read it wide" not in shown
    assert "stop-answer" not in shown
