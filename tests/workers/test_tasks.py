"""The tasks, run in this process: Celery's eager mode follows each request for more at once."""

import time
from typing import Any

import pytest

from annotate.models import Assistance
from config.celery import app, route
from tests.cast import make_assistance, make_cast, make_pair
from workers import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def eager() -> Any:
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = before


def test_a_tick_gets_all_due_work_done(fakes: Any, eager: None) -> None:
    fakes.ASSISTANCE_BATCHES = dict.fromkeys(fakes.ASSISTANCE_BATCHES, 2)
    campaign = make_cast().campaign
    for number in range(5):
        pair = make_pair(campaign, number)
        for kind in fakes.ASSISTANCE_KINDS:
            make_assistance(pair, kind)
    tasks.tick.delay()
    assert set(Assistance.objects.values_list("state", flat=True)) == {"done"}


def test_who_was_busy_for_longer_than_a_tick_looks_for_other_work_first(fakes: Any, monkeypatch: Any) -> None:
    """Ticks run out meanwhile: without this a slow kind would keep a worker for itself."""
    fakes.ASSISTANCE_BATCHES = dict.fromkeys(fakes.ASSISTANCE_BATCHES, 2)
    campaign = make_cast().campaign
    for number in range(5):
        pair = make_pair(campaign, number)
        for kind in ("attributes", "differences"):
            make_assistance(pair, kind)
    asked: list[str] = []
    monkeypatch.setattr(tasks, "ask_for", lambda kind, engine: asked.append(kind))
    monkeypatch.setattr(tasks, "looked", {"last": time.monotonic()})
    tasks.drain("attributes", time.time())
    assert asked == ["attributes"]
    tasks.looked["last"] -= fakes.TICK_SECONDS + 1
    tasks.drain("attributes", time.time())
    assert asked[1:-1].count("differences") == 1
    assert asked[-1] == "attributes"
    before = len(asked)
    tasks.drain("attributes", time.time())
    assert "differences" not in asked[before:]  # it looked a moment ago


def test_a_tick_leaves_alone_what_is_not_due(fakes: Any, eager: None) -> None:
    pair = make_pair(make_cast().campaign)
    parked = make_assistance(pair, "reward", state="parked", error="no")
    tasks.tick.delay()
    parked.refresh_from_db()
    assert parked.state == "parked"


def test_drains_go_to_the_queue_of_their_hardware(settings: Any) -> None:
    settings.GPU_KINDS = ["attributes"]
    assert route("workers.tasks.drain", ["attributes"], {}, {}) == {"queue": "gpu"}
    assert route("workers.tasks.drain", ["embed"], {}, {}) is None
    assert route("workers.tasks.tick", [], {}, {}) is None
