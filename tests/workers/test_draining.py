"""A batch: leased, done, recorded; and everything that can interrupt it."""

import os
import signal
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotate.domain import assistance, backends, examples, failures, spending, wanting
from annotate.models import Assistance, AuditEvent
from tests.cast import make_assistance, make_cast, make_pair
from tests.gold import set_down_near_gold
from workers import engines, loading
from workers.batches import Drained
from workers.draining import drain
from workers.engines.fake import Fake
from workers.stopping import Stopped, finishing, stoppable

pytestmark = pytest.mark.django_db


def wanted(kind: str, count: int, **pair: Any) -> list[Assistance]:
    campaign = make_cast().campaign
    return [make_assistance(make_pair(campaign, number, **pair), kind) for number in range(count)]


def run_out(rows: list[Assistance]) -> None:
    """The time of every row has come: back-off is over, leases have run out."""
    Assistance.objects.filter(pk__in=[row.pk for row in rows]).exclude(state="done").update(
        due=timezone.now() - timedelta(seconds=1)
    )


def states(rows: list[Assistance]) -> list[str]:
    return [Assistance.objects.get(pk=row.pk).state for row in rows]


def use(monkeypatch: pytest.MonkeyPatch, engine: Any) -> None:
    monkeypatch.setattr(loading, "engine", lambda kind, name: engine)


def test_a_batch_is_recorded_with_who_made_it(fakes: Any) -> None:
    rows = wanted("reward", 3)
    assert drain(kind="reward") == Drained(done=3, again=True)
    assert drain(kind="reward") == Drained()
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.model, row.revision, row.prompt_version) == ("done", "fake:", "1", "fake-1")
        assert row.payload is not None
        assert row.payload["margin"] == 1.0
    assert AuditEvent.objects.filter(verb="assistance.recorded").count() == 3


def test_a_batch_is_no_larger_than_the_setting(fakes: Any) -> None:
    fakes.ASSISTANCE_BATCHES = {"embed": 2}
    rows = wanted("embed", 3)
    assert drain(kind="embed").done == 2
    assert states(rows) == ["done", "done", "wanted"]
    assert bytes(Assistance.objects.get(pk=rows[0].pk).blob or b"") == bytes.fromhex("0000803f00000000")


def test_a_bad_row_fails_alone_backs_off_and_is_parked_with_its_error(fakes: Any) -> None:
    good, bad = wanted("attributes", 2)
    campaign = bad.campaign
    worse = make_assistance(
        make_pair(campaign, 99, conversation=[{"role": "user", "content": "Please fail here"}]), "attributes"
    )
    first = drain(kind="attributes")
    assert (first.done, first.failed, first.again) == (2, 1, True)
    assert drain(kind="attributes") == Drained()  # backing off: no hot loop
    for _ in range(assistance.MOST_ATTEMPTS - 1):
        run_out([worse])
        assert drain(kind="attributes").failed == 1
    run_out([worse])
    assert drain(kind="attributes") == Drained()
    assert states([good, bad, worse]) == ["done", "done", "parked"]
    (found,) = failures.failed(campaign=campaign)
    assert (found["row"], found["pairs"], found["kind"]) == (worse.pk, [worse.pair_id], "attributes")
    assert (found["error"], found["attempts"]) == ("The conversation says that it fails.", assistance.MOST_ATTEMPTS)


def test_asked_again_a_parked_row_is_tried_again(fakes: Any) -> None:
    cast = make_cast()
    row = make_assistance(make_pair(cast.campaign), "reward", state="parked", attempts=4, error="no memory")
    assert drain(kind="reward") == Drained()
    assert failures.ask_again(campaign=cast.campaign, kind="reward", actor=cast.mira) == 1
    assert drain(kind="reward").done == 1
    row.refresh_from_db()
    assert (row.state, row.error, row.attempts) == ("done", "", 1)


def test_a_model_that_cannot_be_loaded_fails_its_rows_visibly_and_does_not_spin(fakes: Any) -> None:
    fakes.ASSISTANCE_MODELS["reward"] = "fake:missing"
    rows = wanted("reward", 2)
    drained = drain(kind="reward")
    assert (drained.failed, drained.again) == (2, False)
    assert "There is no model fake:missing." in drained.error
    assert drain(kind="reward") == Drained()
    for _ in range(assistance.MOST_ATTEMPTS - 1):
        run_out(rows)
        drain(kind="reward")
    assert states(rows) == ["parked", "parked"]
    rows[0].refresh_from_db()
    assert rows[0].error == "ModelMissing: There is no model fake:missing."


class Slow(Fake):
    """While it works, its lease runs out and somebody else does the batch."""

    def __init__(self, kind: str, rows: list[Assistance]) -> None:
        super().__init__(kind, "fake:")
        self._stored, self._first = rows, True

    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        if self._first:
            self._first = False
            run_out(self._stored)
            assert drain(kind=self._kind).done == len(rows)
        return super().run(rows)


def test_an_answer_that_comes_late_is_dropped(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = wanted("reward", 2)
    use(monkeypatch, Slow("reward", rows))
    assert drain(kind="reward") == Drained(lost=2, again=True)
    assert states(rows) == ["done", "done"]
    assert AuditEvent.objects.filter(verb="assistance.recorded").count() == 2


class Signalled(Fake):
    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        raise AssertionError("the signal did not stop the batch")


def test_told_to_stop_a_worker_gives_its_batch_back(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = wanted("attributes", 2)
    use(monkeypatch, Signalled("attributes", "fake:"))
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    try:
        assert drain(kind="attributes") == Drained()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [signal.SIGTERM]
    assert states(rows) == ["wanted", "wanted"]
    assert set(Assistance.objects.values_list("attempts", flat=True)) == {0}
    assert assistance.is_due(kind="attributes")


class Away(Fake):
    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        raise engines.BackendDown("http://gpu does not serve")


def test_a_server_that_is_away_parks_nothing(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = wanted("attributes", 1)
    use(monkeypatch, Away("attributes", "fake:"))
    for _ in range(assistance.MOST_ATTEMPTS + 2):
        drained = drain(kind="attributes")
        assert (drained.failed, drained.again) == (1, False)
        assert drain(kind="attributes") == Drained()
        run_out(rows)
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].error) == ("wanted", "BackendDown: http://gpu does not serve")


class Broken(Fake):
    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        raise MemoryError("the batch does not fit")


def test_an_engine_that_breaks_fails_the_batch_with_its_error(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = wanted("embed", 1)
    use(monkeypatch, Broken("embed", "fake:"))
    assert drain(kind="embed").failed == 1
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].error) == ("wanted", "MemoryError: the batch does not fit")


class Choking(Fake):
    """Breaks as a whole, instead of answering for the row that is at fault."""

    def __init__(self, kind: str, poison: set[int]) -> None:
        super().__init__(kind, "fake:")
        self._poison, self.sizes = poison, list[int]()

    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        self.sizes.append(len(rows))
        if self._poison & {row.id for row in rows}:
            raise RuntimeError("the kernel did not like this batch")
        return super().run(rows)


def test_a_row_that_breaks_the_engine_is_found_by_halving(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = wanted("embed", 16)
    engine = Choking("embed", {rows[5].pk})
    use(monkeypatch, engine)
    drained = drain(kind="embed")
    assert (drained.done, drained.failed, drained.again) == (15, 1, True)
    assert [row.pk for row, state in zip(rows, states(rows), strict=True) if state != "done"] == [rows[5].pk]
    rows[5].refresh_from_db()
    assert rows[5].error == "RuntimeError: the kernel did not like this batch"
    assert len(engine.sizes) < 12


class Streaming(Fake):
    """Answers two rows at a time; what is due in between is done by `between`."""

    def __init__(self, kind: str, between: Callable[[int], None]) -> None:
        super().__init__(kind, "fake:")
        self._between = between

    def stream(self, rows: Sequence[engines.Row]) -> Generator[list[engines.Result]]:
        for start in range(0, len(rows), 2):
            self._between(start)
            yield self.run(rows[start : start + 2])


def test_told_to_stop_what_is_done_stays_and_the_rest_goes_back(fakes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.batches.TOGETHER", 2)
    rows = wanted("embed", 6)

    def between(start: int) -> None:
        if start == 4:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    use(monkeypatch, Streaming("embed", between))
    before = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        assert drain(kind="embed").done == 4
    finally:
        signal.signal(signal.SIGTERM, before)
    assert states(rows) == ["done"] * 4 + ["wanted"] * 2
    assert list(Assistance.objects.filter(state="wanted").values_list("attempts", flat=True)) == [0, 0]


def test_a_server_that_goes_away_in_the_middle_keeps_what_it_answered(
    fakes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.batches.TOGETHER", 2)
    rows = wanted("embed", 4)

    def between(start: int) -> None:
        if start == 2:
            raise engines.BackendDown("http://gpu does not serve")

    use(monkeypatch, Streaming("embed", between))
    drained = drain(kind="embed")
    assert (drained.done, drained.failed, drained.again) == (2, 2, False)
    assert states(rows) == ["done", "done", "wanted", "wanted"]
    rows[3].refresh_from_db()
    assert (rows[3].attempts, rows[3].error) == (0, "BackendDown: http://gpu does not serve")


def test_a_stop_that_comes_while_answers_are_recorded_waits_for_them(fakes: Any) -> None:
    recorded: list[int] = []

    def record() -> None:
        with stoppable(), finishing():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)
            recorded.append(1)

    with pytest.raises(Stopped):
        record()
    assert recorded == [1]


def test_a_spent_budget_leaves_rows_waiting_and_says_so(fakes: Any) -> None:
    fakes.ASSISTANCE_MODELS["reward"] = "fake: tokens_a_day=100"
    rows = wanted("reward", 2)
    backend = backends.of_kind("reward")["default"]
    spending.add(kind="reward", backend=backend, taken=spending.Taken(rows=1, tokens_read=100, tokens_written=0))
    drained = drain(kind="reward")
    assert (drained.done, drained.failed, drained.again) == (0, 0, False)
    assert "Today's budget of reward by default is spent" in drained.error
    assert states(rows) == ["wanted", "wanted"]


def test_several_models_answer_beside_one_another(fakes: Any) -> None:
    fakes.ASSISTANCE_MODELS["reward"] = "small = fake:; large = fake:0"
    campaign = make_cast().campaign
    make_pair(campaign)
    wanting.want(campaign=campaign, kind="reward")
    assert drain(kind="reward").done == 1
    assert drain(kind="reward").done == 1
    assert set(Assistance.objects.values_list("engine", "state", "model")) == {
        ("small", "done", "fake:"),
        ("large", "done", "fake:0"),
    }


class Shown(Fake):
    """Remembers what it was given, and says which examples that were."""

    def __init__(self) -> None:
        super().__init__("judge", "fake:")
        self.rows: list[engines.Row] = []

    def run(self, rows: Sequence[engines.Row]) -> list[engines.Result]:
        self.rows += rows
        ids = [{"examples": [one.id for one in row.examples]} for row in rows]
        return [replace(done, settings=own) for done, own in zip(super().run(rows), ids, strict=True)]


@pytest.mark.parametrize(("line", "wanted"), [("fake:", 8), ("fake: examples=2", 2), ("fake: examples=0", 0)])
def test_judges_are_shown_the_nearest_gold_and_the_row_says_which(
    fakes: Any, monkeypatch: pytest.MonkeyPatch, line: str, wanted: int
) -> None:
    examples._kept.cache_clear()
    fakes.ASSISTANCE_MODELS["judge"] = line
    use(monkeypatch, engine := Shown())
    cast = make_cast()
    pair = make_pair(cast.campaign, 100)
    nearest = set_down_near_gold(pair, range(1, 10))[:wanted]
    row = make_assistance(pair, "judge")
    assert drain(kind="judge").done == 1
    assert [[one.id for one in given.examples] for given in engine.rows] == [nearest]
    row.refresh_from_db()
    assert row.settings == {"engine": "fake", "examples": nearest}
