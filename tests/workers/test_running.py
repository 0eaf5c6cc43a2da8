"""A run from its wish to its fact, and what becomes of one whose worker dies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone

from annotate.domain import assistant, leases, preparing, tools
from annotate.domain import running as runs
from annotate.models import Claim, ToolRun
from config.celery import app
from tests import model_server
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_document, make_pair
from tests.model_server import Model
from workers import running, tasks
from workers.stopping import Stopped
from workers.tools import Outcome, process, search

pytestmark = pytest.mark.django_db


@pytest.fixture
def eager() -> Any:
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before


@pytest.fixture
def claim() -> Claim:
    cast: Cast = make_cast()
    make_pair(cast.campaign)
    found, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert found is not None
    return found


def ask(claim: Claim, kind: str = "maths", **given: str) -> ToolRun:
    return tools.ask(claim_id=claim.pk, user=claim.annotator, kind=kind, input=given or {"expression": "1 + 1"})


def test_one_message_does_all_that_waits(claim: Claim, eager: None) -> None:
    ask(claim)
    ask(claim, "code", language="shell", code="echo $((1 + 1))")
    tasks.run_tools.delay()
    maths, code = ToolRun.objects.order_by("number")
    assert (maths.status, maths.output["result"], maths.version[:5]) == ("finished", "2", "sympy")
    assert code.state == "done"
    assert code.status in ("finished", "refused")  # refused where there is no bubblewrap
    assert code.status == "refused" or code.output["stdout"] == "2\n"
    assert all(run.sha256 for run in (maths, code))


def test_a_search_runs_like_every_tool_and_again_it_is_the_same(claim: Claim) -> None:
    make_document(claim.campaign)
    make_document(make_cast(slug="other").campaign, "Leap of somebody else", "leap")
    ask(claim, "search", query="leap", where="documents")
    ask(claim, "search", query="leap", where="web")
    ask(claim, "search", query="leap", where="documents")
    assert [running.run_one() for _ in range(4)] == [True, True, True, False]
    one, web, again = ToolRun.objects.order_by("number")
    assert [result["title"] for result in one.output["results"]] == ["Leap years"]
    assert (one.status, one.sha256) == ("finished", again.sha256)
    assert (web.status, web.output) == ("refused", {"note": search.NOT_SET_UP})


def test_the_web_is_asked_where_the_operator_says(claim: Claim, settings: Any) -> None:
    with serving({"results": [{"title": "T", "url": "https://example.org/", "content": "c"}]}) as address:
        settings.SEARCH_URL = address
        ask(claim, "search", query="leap", where="web")
        assert running.run_one()
    run = ToolRun.objects.get()
    assert (run.status, run.output["results"][0]["title"], run.version) == (
        "finished",
        "T",
        "SearXNG JSON at 127.0.0.1",
    )
    ask(claim, "search", query="leap", where="web")
    assert running.run_one()
    assert ToolRun.objects.get(number=2).status == "failed", "nobody answers there any more"


@contextmanager
def serving(answer: dict[str, Any]) -> Iterator[str]:
    """A search endpoint on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_tick_finds_what_no_message_told_of(claim: Claim, eager: None, fakes: Any) -> None:
    ask(claim)
    tasks.tick.delay()
    assert ToolRun.objects.get().status == "finished"


def test_a_tool_that_breaks_is_failed_and_not_tried_for_ever(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(given: dict[str, Any]) -> Outcome:
        raise RuntimeError("oh")

    monkeypatch.setitem(running.TOOLS, "maths", broken)
    ask(claim)
    assert running.run_one()
    assert (ToolRun.objects.get().status, ToolRun.objects.get().output) == (
        "failed",
        {"note": "The tool failed: RuntimeError: oh"},
    )
    assert not running.run_one()


def ahead(claim: Claim, code: str) -> ToolRun:
    """A run that is wanted ahead of the claim's pair."""
    given = {"language": "shell", "code": code, "block": {"response": "a", "number": 1}, "own": ""}
    return ToolRun.objects.create(pair=claim.pair, kind="code", number=1, input=given)


def test_what_somebody_asked_for_goes_before_what_runs_ahead(claim: Claim) -> None:
    first = ahead(claim, "echo 1")
    asked = ask(claim)
    assert running.run_one()
    assert set(ToolRun.objects.filter(state="done")) == {asked}
    assert running.run_one()
    assert set(ToolRun.objects.filter(state="done")) == {asked, first}
    assert not running.run_one()


def test_what_runs_ahead_makes_room_the_moment_somebody_asks(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real process that would run for a minute; while it runs, somebody asks."""
    slow = ahead(claim, "sleep 60")

    def sleeping(given: dict[str, Any]) -> Outcome:
        ask(claim)
        process.run(["sleep", "60"], seconds=60, memory=2**30)
        return Outcome("finished", {})

    monkeypatch.setitem(running.TOOLS, "code", sleeping)
    assert running.run_one(), "somebody waits: it is worth going on at once"
    slow.refresh_from_db()
    assert (slow.state, slow.attempts) == ("wanted", 0)
    assert running.run_one()
    assert ToolRun.objects.get(claim=claim).status == "finished"


def test_pairs_are_looked_through_and_run_by_messages_alone(eager: None, fakes: Any) -> None:
    cast = make_cast()
    boxed = [[{"role": "assistant", "content": rf"\boxed{{{figure}}}"}] for figure in ("4", "5")]
    pair = make_pair(cast.campaign, response_a=boxed[0], response_b=boxed[1])
    make_assistance(pair, "attributes", ATTRIBUTES)
    preparing.imported(campaign_id=cast.campaign.pk, last=pair.pk)
    tasks.tick.delay()
    run = ToolRun.objects.get()
    assert (run.claim, run.number, run.status, run.output["holds"]) == (None, 1, "finished", False)
    assert not preparing.is_due()


def test_a_run_that_kills_its_workers_ends(claim: Claim) -> None:
    ask(claim)
    for _ in range(runs.MOST_ATTEMPTS):
        assert runs.lease() is not None
        ToolRun.objects.update(due=timezone.now())
    assert running.run_one()
    assert ToolRun.objects.get().status == "failed"


def test_a_worker_that_is_told_to_stop_gives_the_run_back(claim: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    passed = []

    def stopped(given: dict[str, Any]) -> Outcome:
        raise Stopped(15)

    monkeypatch.setitem(running.TOOLS, "maths", stopped)
    monkeypatch.setattr(running, "pass_on", passed.append)
    ask(claim)
    assert not running.run_one()
    assert len(passed) == 1
    run = ToolRun.objects.get()
    assert (run.state, run.attempts) == ("wanted", 0)


@pytest.fixture
def model(settings: Any) -> Iterator[Model]:
    with model_server.serving(Model()) as model:
        settings.ASSISTANT_URL, settings.ASSISTANT_MODEL, settings.ASSISTANT_KEY = model.url, "some/model", "sk-1"
        yield model


def test_a_question_is_asked_as_it_was_written_and_the_next_follows_it(claim: Claim, model: Model, eager: None) -> None:
    ask(claim, "llm", question="One?", **{"with": "conversation"})
    tasks.answer.delay()
    ask(claim, "llm", question="Two?")
    tasks.tick.delay()
    one, two = ToolRun.objects.order_by("number")
    assert (one.status, one.output["answer"], one.output["tokens"]) == (
        *("finished", "Four."),
        {"prompt": 12, "completion": 1},
    )
    assert one.environment.startswith("prompt 1, 120 s, ")
    assert "sk-1" not in json.dumps([one.input, one.output, one.version, one.environment])
    assert [message["content"] for message in model.asked[1]["messages"][1:]] == [
        one.input["content"],
        "Four.",
        "Two?",
    ]
    assert model.asked[0]["messages"][1:] == [{"role": "user", "content": one.input["content"]}]
    assert two.status == "finished"


def test_an_answer_can_be_read_while_it_comes_and_stopped(claim: Claim, model: Model) -> None:
    seen = []
    progress = assistant.progress

    def watched(**given: Any) -> bool:
        wanted = progress(**given)
        seen.append(assistant.so_far(claim_id=claim.pk, user=claim.annotator, number=1))
        if seen[-1]:
            runs.stop(claim_id=claim.pk, user=claim.annotator, number=1)
        return wanted

    model.act = model_server.waits(model, "Well, ")
    ask(claim, "llm", question="One?")
    work = running.lease_question()
    assert work is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assistant, "progress", watched)
        running.answer(work)
    run = ToolRun.objects.get()
    assert "Well, " in seen
    assert (run.status, run.output["answer"]) == ("stopped", "Well, ")
    assert model.left.wait(10)


def test_an_answer_whose_worker_died_is_asked_for_anew_and_not_for_ever(claim: Claim, model: Model) -> None:
    ask(claim, "llm", question="One?")
    for _ in range(runs.MOST_ATTEMPTS):
        assert running.lease_question() is not None
        ToolRun.objects.update(due=timezone.now())
    work = running.lease_question()
    assert work is not None
    running.answer(work)
    assert (ToolRun.objects.get().status, model.asked) == ("failed", [])


def test_a_question_that_no_worker_may_ask_is_refused(claim: Claim, model: Model, settings: Any) -> None:
    ask(claim, "llm", question="One?")
    settings.ASSISTANT_URL = ""
    work = running.lease_question()
    assert work is not None
    running.answer(work)
    assert (ToolRun.objects.get().status, model.asked) == ("refused", [])
