"""An external worker against the real API, in one process: what it leases, returns, gives back, and what stops it."""

import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from annotate.domain import examples, tokens
from annotate.models import Assistance, AuditEvent
from tests.cast import make_assistance, make_cast, make_pair
from tests.gold import set_down_near_gold
from workers import engines, loading
from workers.batches import Drained, OutOfReach
from workers.engines.fake import Fake
from workers.helping import Helper
from workers.remote import Refused, Server, drain
from workers.stopping import Stopped, finishing, stoppable

pytestmark = pytest.mark.django_db
ADDRESS = "http://testserver"


class Flaky(httpx.BaseTransport):
    """The application itself, in the test's own transaction; what is `before` answers first, or loses the answer."""

    def __init__(self, *before: int | type[httpx.TransportError]) -> None:
        self.before, self.asked = list(before), list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path.rpartition("/")[2])
        wrong = self.before.pop(0) if self.before else None
        if isinstance(wrong, int):
            return httpx.Response(wrong, text="busy", request=request)
        given = {name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers}
        answer = Client().generic(request.method, request.url.path, request.read(), headers=given)
        if wrong:
            raise wrong("the answer was lost", request=request)  # what was asked has happened
        return httpx.Response(answer.status_code, content=answer.content, request=request)


def there(kind: str, rows: int, transport: httpx.BaseTransport | None = None, **pair: Any) -> tuple[Server, list[int]]:
    """An Assay with work, and an external worker's way to it."""
    cast = make_cast()
    wanted = [make_assistance(make_pair(cast.campaign, number, **pair), kind).pk for number in range(rows)]
    token = tokens.issue(user=cast.mira, scopes=["assist"])
    way = transport or Flaky()
    return Server(ADDRESS, token=token, campaign="bench", transport=way, first_pause=0.001, outage=0.2), wanted


def states() -> list[str]:
    return list(Assistance.objects.order_by("pk").values_list("state", flat=True))


def use(monkeypatch: pytest.MonkeyPatch, engine: Any) -> None:
    monkeypatch.setattr(loading, "engine", lambda kind, name: engine)


@pytest.mark.parametrize("kind", ["attributes", "differences", "embed", "judge", "preverify", "reward"])
def test_a_batch_is_leased_done_and_returned(fakes: Any, kind: str) -> None:
    server, _ = there(kind, 3)
    assert server.to_do(kind) == 3
    assert drain(server=server, kind=kind, name="default") == Drained(done=3, again=True)
    assert drain(server=server, kind=kind, name="default") == Drained()
    assert states() == ["done"] * 3
    assert AuditEvent.objects.filter(verb="assistance.recorded").count() == 3
    assert set(Assistance.objects.values_list("model", "revision", "prompt_version")) == {("fake:", "1", "fake-1")}


def test_a_bad_row_fails_alone(fakes: Any) -> None:
    server, (bad,) = there("embed", 1, conversation=[{"role": "user", "content": "Please fail here"}])
    found = drain(server=server, kind="embed", name="default")
    assert (found.done, found.failed, found.error) == (0, 1, "The conversation says that it fails.")
    assert Assistance.objects.get(pk=bad).error == "The conversation says that it fails."


class Choking(Fake):
    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        if any("Question 5?" in str(row.conversation) for row in rows):
            raise RuntimeError("the kernel did not like this batch")
        return super().run(rows)


def test_a_row_that_breaks_the_engine_is_found_by_halving(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, _ = there("reward", 8)
    use(monkeypatch, Choking("reward", "fake:"))
    found = drain(server=server, kind="reward", name="default")
    assert (found.done, found.failed) == (7, 1)
    assert Assistance.objects.exclude(state="done").get().error == "RuntimeError: the kernel did not like this batch"


class Away(Fake):
    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        raise engines.BackendDown("http://gpu does not serve", retry_after=900)


def test_where_its_model_is_away_rows_wait_there(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, (row,) = there("judge", 1)
    use(monkeypatch, Away("judge", "fake:"))
    assert drain(server=server, kind="judge", name="default").failed == 1
    found = Assistance.objects.get(pk=row)
    assert (found.state, found.attempts, found.error) == ("wanted", 0, "BackendDown: http://gpu does not serve")


def test_a_model_that_cannot_be_loaded_touches_no_row(fakes: Any, settings: Any, tmp_path: Path) -> None:
    fakes.ASSISTANCE_MODELS["reward"] = "fake:missing"
    server, (row,) = there("reward", 1)
    with pytest.raises(engines.ModelMissing):
        drain(server=server, kind="reward", name="default")
    settings.REWARD_STANDIN = fakes.ASSISTANCE_MODELS["reward"] = str(tmp_path / "no-standin")
    with pytest.raises(engines.ModelMissing, match="an external worker trains no stand-in"):
        drain(server=server, kind="reward", name="default")
    found = Assistance.objects.get(pk=row)
    assert (found.state, found.attempts, found.error) == ("wanted", 0, "")


def test_a_lease_whose_answer_is_lost_runs_out_and_is_taken_again(fakes: Any) -> None:
    server, _ = there("reward", 1, Flaky(503, httpx.ReadTimeout, 429))
    assert drain(server=server, kind="reward", name="default") == Drained(), "the row is under the lease that was lost"
    Assistance.objects.update(due="2020-01-01T00:00Z")
    assert drain(server=server, kind="reward", name="default") == Drained(done=1, again=True)


class Lossy(Fake):
    """What is returned arrives, and the server's answers to it are lost on the way."""

    def __init__(self, way: Flaky) -> None:
        super().__init__("reward", "fake:")
        self._way = way

    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        self._way.before = [httpx.ReadTimeout, 500]
        return super().run(rows)


def test_results_whose_answer_is_lost_are_sent_again_and_recorded_once(
    fakes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Flaky()
    server, _ = there("reward", 2, way)
    use(monkeypatch, Lossy(way))
    assert drain(server=server, kind="reward", name="default") == Drained(done=2, again=True)
    assert way.asked == ["leases", "results", "results", "results"]
    assert AuditEvent.objects.filter(verb="assistance.recorded").count() == 2


def test_a_server_that_stays_away_is_out_of_reach(fakes: Any) -> None:
    server, _ = there("reward", 1, Flaky(*[503] * 1000))
    with pytest.raises(OutOfReach, match="503: busy"):
        drain(server=server, kind="reward", name="default")
    assert states() == ["wanted"]


def test_told_to_stop_it_waits_for_no_server(fakes: Any) -> None:
    cast = make_cast()
    token = tokens.issue(user=cast.mira, scopes=["assist"])
    server = Server(ADDRESS, token=token, campaign="bench", transport=Flaky(*[503] * 100), first_pause=30)

    def ask() -> None:
        with stoppable(), finishing():
            os.kill(os.getpid(), signal.SIGTERM)
            server.to_do("reward")

    with pytest.raises((Stopped, OutOfReach)):
        ask()


@pytest.mark.parametrize(
    ("scopes", "campaign", "status"), [(["annotate"], "bench", 403), (["assist"], "nowhere", 404), ([], "bench", 401)]
)
def test_what_the_server_refuses_is_told_in_its_words(
    fakes: Any, scopes: list[str], campaign: str, status: int
) -> None:
    cast = make_cast()
    token = tokens.issue(user=cast.mira, scopes=scopes) if scopes else "assay_wrong"
    server = Server(ADDRESS, token=token, campaign=campaign, transport=Flaky())
    helper = Helper(server, ["reward", "embed"], quiet=True)
    with pytest.raises(Refused, match=str(status)) as caught:
        helper.work(stay=True)
    assert caught.value.status == status


class Streaming(Fake):
    """Answers two rows at a time; what is due in between is done by `between`."""

    def __init__(self, kind: str, between: Callable[[int], None]) -> None:
        super().__init__(kind, "fake:")
        self._between = between

    def stream(self, rows: Sequence[engines.Row]) -> Generator[list[engines.Result]]:
        for start in range(0, len(rows), 2):
            self._between(start)
            yield self.run(rows[start : start + 2])


def test_told_to_stop_what_is_returned_stays_and_the_rest_goes_back(
    fakes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.batches.TOGETHER", 2)

    def between(start: int) -> None:
        if start == 4:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    use(monkeypatch, Streaming("embed", between))
    server, _ = there("embed", 6)
    with pytest.raises(Stopped):
        Helper(server, ["embed"], quiet=True).work(stay=True)
    assert states() == ["done"] * 4 + ["wanted"] * 2
    assert set(Assistance.objects.filter(state="wanted").values_list("attempts", flat=True)) == {0}


def test_a_signal_that_comes_with_the_lease_gives_it_back(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, _ = there("embed", 2)
    plain = server.lease

    def lease(**asked: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        return plain(**asked)

    monkeypatch.setattr(server, "lease", lease)
    with pytest.raises(Stopped):
        Helper(server, ["embed"], quiet=True).work()
    assert set(Assistance.objects.values_list("state", "attempts")) == {("wanted", 0)}


@pytest.fixture
def by_the_application(monkeypatch: pytest.MonkeyPatch) -> None:
    class Near(Server):
        def __init__(self, url: str, **more: Any) -> None:
            super().__init__(url, transport=Flaky(), outage=0.2, first_pause=0.001, **more)

    monkeypatch.setattr("workers.management.commands.assist.Server", Near)


def helped(tmp_path: Path, token: str, *arguments: str) -> str:
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    out = StringIO()
    given = ("--campaign", "bench", "--remote", ADDRESS, "--token-file", str(file))
    call_command("assist", *given, *arguments, stdout=out, verbosity=0)
    return out.getvalue()


@pytest.mark.usefixtures("by_the_application")
def test_the_command_helps_until_nothing_is_due(fakes: Any, tmp_path: Path) -> None:
    cast = make_cast()
    pairs = [make_pair(cast.campaign, number) for number in range(3)]
    for kind in ("embed", "differences"):
        for pair in pairs:
            make_assistance(pair, kind)
    token = tokens.issue(user=cast.mira, scopes=["assist"])
    assert helped(tmp_path, token).splitlines() == [
        f"{kind}: {3 if kind in ('embed', 'differences') else 0} done, 0 failed, 0 lost"
        for kind in fakes.ASSISTANCE_KINDS
    ]
    with pytest.raises(CommandError, match="--remote needs --token-file"):
        call_command("assist", "--campaign", "bench", "--remote", ADDRESS)
    with pytest.raises(CommandError, match="401: This token is unknown"):
        helped(tmp_path, "assay_wrong")


@pytest.mark.usefixtures("by_the_application")
def test_the_command_tells_what_went_wrong_and_goes_on_with_other_kinds(fakes: Any, tmp_path: Path) -> None:
    cast = make_cast()
    fakes.ASSISTANCE_MODELS["reward"] = "fake:missing"
    for number, kind in enumerate(("reward", "embed")):
        make_assistance(make_pair(cast.campaign, number), kind)
    token = tokens.issue(user=cast.mira, scopes=["assist"])
    with pytest.raises(CommandError, match="reward: ModelMissing: There is no model fake:missing"):
        helped(tmp_path, token)
    assert states() == ["wanted", "done"]


def test_a_line_that_is_external_is_left_to_them(fakes: Any) -> None:
    from workers import draining

    fakes.ASSISTANCE_MODELS["reward"] = "external:"
    server, _ = there("reward", 1)
    assert draining.drain(kind="reward") == Drained()
    fakes.ASSISTANCE_MODELS["reward"] = "fake:"
    assert drain(server=server, kind="reward", name="default").done == 1


def test_an_answer_that_does_not_fit_is_refused_there_and_told_here(
    fakes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(Fake):
        def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
            return [engines.Result(row.id, {"score": 1}) for row in rows]

    use(monkeypatch, Wrong("reward", "fake:"))
    server, _ = there("reward", 1)
    found = drain(server=server, kind="reward", name="default")
    assert (found.done, found.failed, "has the fields score" in found.error) == (0, 1, True)


class Judging(Fake):
    """Says which examples it was shown."""

    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        self.rows = list(rows)
        ids = [{"examples": [one.id for one in row.examples]} for row in rows]
        return [replace(done, settings=own) for done, own in zip(super().run(rows), ids, strict=True)]


@pytest.mark.parametrize(("line", "most"), [("fake:", 0), ("fake: examples=0", 0), ("fake: examples=3", 3)])
def test_a_judge_elsewhere_is_shown_gold_where_the_line_says_so(
    fakes: Any, monkeypatch: pytest.MonkeyPatch, line: str, most: int
) -> None:
    examples._kept.cache_clear()
    fakes.ASSISTANCE_MODELS["judge"] = line
    server, (judged,) = there("judge", 1)
    use(monkeypatch, engine := Judging("judge", "fake:"))
    row = Assistance.objects.get(pk=judged)
    nearest = set_down_near_gold(row.pair, range(1, 5))[:most]
    expected = examples.for_pairs(pair_ids=[row.pair_id])[row.pair_id][:most]
    assert drain(server=server, kind="judge", name="default").done == 1
    shown = engine.rows[0].examples
    assert [one.id for one in shown] == nearest
    assert [(one.conversation, one.response_b, one.choice, one.reason) for one in shown] == [
        (one.conversation, one.response_b, one.choice, one.reason) for one in expected
    ]
    row.refresh_from_db()
    assert row.settings == {"engine": "fake", "examples": nearest}
