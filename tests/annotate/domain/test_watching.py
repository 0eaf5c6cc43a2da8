"""What a manager is told of engines at work: by their rows, with a fixed number of statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.domain import answers, assistance, backends, failures, progress, spending, wanting, watching
from annotate.domain import cards as model_cards
from annotate.domain.answers import Answer, Provenance
from annotate.models import Assistance, AssistanceCount, AuditEvent
from tests.cast import REWARD, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
MODELS = {
    "reward": "one = /models/one; two = /models/two tokens_a_day=100",
    "judge": "qwen = openai+http://gpu/v1#Qwen money_a_day=2 price_in=1000000",
}


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.ASSISTANCE_MODELS = MODELS
    settings.ASSISTANCE_KINDS = ["reward"]
    return make_cast()


def one(cast: Cast, kind: str = "reward", engine: str = "one") -> dict[str, Any]:
    engines = watching.watched(campaign=cast.campaign)["engines"]
    return next(row for row in engines if (row["kind"], row["engine"]) == (kind, engine))


def rows(cast: Cast, count: int, **fields: Any) -> list[Assistance]:
    first = cast.campaign.pairs.count()
    made = [make_pair(cast.campaign, first + number) for number in range(count)]
    return [make_assistance(pair, "reward", **({"engine": "one"} | fields)) for pair in made]


def recorded(work: list[assistance.Work], *, model: str = "/models/one") -> None:
    by = Provenance(model, "r1", "p1", {"engine": "reward", "dtype": "float32", "device": None})
    made = [Answer(item, REWARD, tokens_read=100, tokens_written=5, tokens_padded=10, milliseconds=50) for item in work]
    answers.record(answers=made, by=by)


def aged(**ago: int) -> None:
    """As if all that happened had happened so long ago."""
    past = timedelta(**ago)
    AssistanceCount.objects.update(at=F("at") - past, minute=F("minute") - past)
    Assistance.objects.exclude(state="done").update(due=F("due") - past)


def test_wanted_lines_stand_there_before_anything_is_asked(cast: Cast) -> None:
    seen = watching.watched(campaign=cast.campaign)
    assert [(row["engine"], row["health"], row["to_do"]) for row in seen["engines"]] == [
        ("one", "idle", 0),
        ("two", "idle", 0),
    ]
    assert (seen["to_do"], seen["seconds_left"], seen["failures"]) == (0, 0, [])
    assert [(card["model"], card["answers"], card["sees"]) for card in seen["cards"]] == [
        ("/models/one", 0, ["conversation", "one response at a time"]),
        ("/models/two", 0, ["conversation", "one response at a time"]),
    ]


def test_health_goes_by_what_happens(cast: Cast) -> None:
    rows(cast, 4)
    assert one(cast)["health"] == "queued"
    aged(minutes=5)
    assert one(cast)["health"] == "untended"
    work = assistance.lease(kind="reward", engine="one", most=2)
    assert (one(cast)["health"], one(cast)["held"], one(cast)["running"]) == ("working", 2, 2)
    recorded(work[:1])
    assistance.postpone(work=work[1], error="BackendDown: away")
    assert one(cast)["health"] == "working"
    AssistanceCount.objects.update(at=F("at") - timedelta(minutes=5))
    assert (one(cast)["health"], one(cast)["error"]["text"]) == ("waiting", "BackendDown: away")
    aged(minutes=5)
    assert one(cast)["health"] == "untended"
    Assistance.objects.exclude(state="done").update(state="parked", error="broken")
    assert (one(cast)["health"], one(cast)["failed"], one(cast)["error"]["parked"]) == ("failed", 3, True)
    failures.ask_again(campaign=cast.campaign, kind="reward", actor=cast.mira)
    recorded(assistance.lease(kind="reward", engine="one", most=9))
    assert (one(cast)["health"], one(cast)["done"], one(cast)["seconds_left"]) == ("done", 4, 0)


def test_who_waits_for_a_busy_worker_is_given_longer(cast: Cast) -> None:
    rows(cast, 1)
    rows(cast, 1, engine="two")
    aged(minutes=5)
    assert (one(cast)["health"], one(cast, engine="two")["health"]) == ("untended", "untended")
    assistance.lease(kind="reward", engine="one", most=1)
    assert (one(cast)["health"], one(cast, engine="two")["health"]) == ("working", "queued")
    AssistanceCount.objects.filter(engine="two").update(at=F("at") - timedelta(minutes=15))
    assert one(cast, engine="two")["health"] == "untended"


def test_an_engine_without_a_model_has_one_card(cast: Cast, settings: Any) -> None:
    settings.ASSISTANCE_MODELS, settings.ASSISTANCE_KINDS = {"differences": ""}, ["differences"]
    (card,) = watching.watched(campaign=cast.campaign)["cards"]
    make_assistance(make_pair(cast.campaign), "differences", {"differences": []}, model="none", revision="1")
    (now,) = watching.watched(campaign=cast.campaign)["cards"]
    told = [(one["model"], one["current"], one["answers"]) for one in (card, now)]
    assert told == [("none", True, 0), ("none", True, 1)]


def test_a_worker_that_died_with_rows_in_hand_is_seen(cast: Cast) -> None:
    rows(cast, 2)
    assistance.lease(kind="reward", engine="one", most=2)
    aged(minutes=30)
    assert (one(cast)["health"], one(cast)["running"], one(cast)["held"]) == ("untended", 2, 0)


def test_lines_that_are_gone_spent_or_brought_say_so(cast: Cast) -> None:
    rows(cast, 1, engine="gone")
    rows(cast, 1, engine="two")
    rows(cast, 1, engine="imported", payload=REWARD)
    aged(minutes=5)
    spending.add(kind="reward", backend=backends.of_kind("reward")["two"], taken=spending.Taken(1, 90, 20))
    assert [one(cast, engine=name)["health"] for name in ("gone", "two", "imported")] == ["unnamed", "spent", "brought"]
    today = one(cast, engine="two")["today"]
    assert (today["tokens"], today["tokens_a_day"], today["spent"]) == (110, 100, True)
    assert one(cast, engine="two")["ever"] == {"rows": 1, "tokens": 110, "money": 0.0}
    assert watching.watched(campaign=cast.campaign)["seconds_left"] is None


def test_what_waits_for_another_kind_is_not_untended(cast: Cast, settings: Any) -> None:
    settings.ASSISTANCE_MODELS = MODELS | {"attributes": "/models/a", "embed": "/models/e"}
    pair = make_pair(cast.campaign)
    for kind, engine in (("attributes", "default"), ("embed", "default"), ("judge", "qwen")):
        make_assistance(pair, kind, engine=engine)
    aged(minutes=5)
    assert one(cast, "attributes", "default")["health"] == "untended"
    judge = one(cast, "judge", "qwen")
    assert (one(cast, "embed", "default")["health"], judge["health"]) == ("behind", "behind")
    assert judge["behind"] == ["attributes", "embed"]
    assert assistance.lease(kind="judge", engine="qwen", most=1) == []


def test_money_counts_in_all(cast: Cast) -> None:
    make_assistance(make_pair(cast.campaign), "judge", engine="qwen")
    spending.add(kind="judge", backend=backends.of_kind("judge")["qwen"], taken=spending.Taken(1, 1, 0))
    assert (one(cast, "judge", "qwen")["today"]["money"], one(cast, "judge", "qwen")["ever"]["money"]) == (1.0, 1.0)


def test_speed_is_measured_from_finished_rows(cast: Cast) -> None:
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    assert watching.speed({}, now) == (0.0, 60)
    steady = {minute - timedelta(minutes=ago): 30 for ago in range(1, 60)}
    assert watching.speed(steady, now)[0] == pytest.approx(30, rel=0.35)
    just_begun = {minute: 12}
    assert watching.speed(just_begun, now) == (12.0, 1)
    slow = {minute - timedelta(minutes=40): 1, minute - timedelta(minutes=2): 1}
    per_minute, over = watching.speed(slow, now)
    assert (per_minute, over) == (pytest.approx(2 / 40, rel=0.05), pytest.approx(40, abs=1))


def test_time_to_finish_follows(cast: Cast) -> None:
    rows(cast, 30)
    recorded(assistance.lease(kind="reward", engine="one", most=10))
    seen = one(cast)
    assert (seen["per_minute"], seen["to_do"], seen["seconds_left"], sum(seen["minutes"])) == (10.0, 20, 120, 10)
    assert watching.watched(campaign=cast.campaign)["seconds_left"] == 120
    assert seen["tokens"] == {"read": 1000, "written": 50, "padded": 100, "seconds": 0}
    assert watching.estimate(campaign=cast.campaign, rows=100, kind="reward") == {"tokens": 10500, "seconds": 5}
    assert watching.estimate(campaign=cast.campaign, rows=100, kind="judge") == {"tokens": 0, "seconds": 0}


def test_a_card_says_who_answered_and_how(cast: Cast) -> None:
    rows(cast, 3)
    recorded(assistance.lease(kind="reward", engine="one", most=2), model="/models/before")
    recorded(assistance.lease(kind="reward", engine="one", most=1))
    cards = {card["model"]: card for card in watching.watched(campaign=cast.campaign)["cards"]}
    assert {model: (card["answers"], card["current"]) for model, card in cards.items()} == {
        "/models/before": (2, False), "/models/one": (1, True), "/models/two": (0, True),
    }  # fmt: skip
    card = cards["/models/one"]
    assert card["about"] == {}
    for revision, says in (("r1", "Mine."), ("r2", "Another's.")):
        model_cards.keep(model="/models/one", revision=revision, about={"says": says})
    told = watching.watched(campaign=cast.campaign)["cards"]
    assert [one["about"] for one in told if one["about"]] == [{"says": "Mine."}]
    assert (card["revision"], card["prompt_version"], card["settings"]) == ("r1", "p1", {"dtype": "float32"})
    assert cards["/models/two"]["settings"] == {"tokens_a_day": 100}


def test_failures_that_are_alike_stand_together_and_one_can_be_tried(cast: Cast) -> None:
    rows(cast, 3, state="parked", error="out of memory", attempts=4)
    (row,) = rows(cast, 1, state="parked", error="x" * 3000, attempts=4)
    rows(cast, 1, error="tries again")
    found = {entry["error"]: entry for entry in failures.failed(campaign=cast.campaign)}
    assert {error: entry["rows"] for error, entry in found.items()} == {"out of memory": 3, "x" * failures.LONGEST: 1}
    assert failures.ask_again(campaign=cast.campaign, kind="reward", actor=cast.mira, row=row.pk) == 1
    assert failures.ask_again(campaign=cast.campaign, kind="reward", actor=cast.mira, engine="two") == 0
    assert failures.ask_again(campaign=cast.campaign, kind="judge", actor=cast.mira) == 0
    assert Assistance.objects.filter(state="parked").count() == 3
    assert failures.ask_again(campaign=cast.campaign, kind="reward", actor=cast.mira, engine="one") == 3
    told = AuditEvent.objects.filter(verb="assistance.asked_again").order_by("pk").values_list("data__rows", flat=True)
    assert list(told) == [1, 0, 0, 3]


def test_another_campaign_s_rows_are_not_asked_for(cast: Cast) -> None:
    (row,) = rows(cast, 1, state="parked", error="no")
    other = make_cast(slug="other").campaign
    assert failures.ask_again(campaign=other, kind="reward", actor=cast.mira, row=row.pk) == 0
    assert failures.failed(campaign=other) == []


def test_the_count_of_a_slice_is_what_asking_for_it_asks(cast: Cast) -> None:
    rows(cast, 4)
    recorded(assistance.lease(kind="reward", engine="one", most=2), model="/models/before")
    recorded(assistance.lease(kind="reward", engine="one", most=1))
    rows(cast, 1, engine="gone", payload=REWARD, model="g")
    for slice, many in (
        ({"model": "/models/before"}, 2),
        ({"engine": "two"}, 0),
        ({"prompt_version": "p1", "engine": "one"}, 1),
        ({}, 0),
    ):
        assert wanting.count_anew(campaign=cast.campaign, kind="reward", **slice) == many
        assert wanting.want_anew(campaign=cast.campaign, kind="reward", actor=cast.mira, **slice) == many
    assert Assistance.objects.filter(engine="one.2", state="wanted").count() == 3
    recorded(assistance.lease(kind="reward", engine="one", most=9))
    assert wanting.count_anew(campaign=cast.campaign, kind="reward") == 4
    assert wanting.want_anew(campaign=cast.campaign, kind="reward", actor=None) == 4
    assert set(Assistance.objects.filter(state="wanted").values_list("engine", flat=True)) == {"one.2", "one.3"}


def statements(cast: Cast) -> int:
    with CaptureQueriesContext(connection) as captured:
        watching.watched(campaign=cast.campaign)
    return len(captured)


def test_more_rows_take_no_more_statements(cast: Cast) -> None:
    rows(cast, 2)
    recorded(assistance.lease(kind="reward", engine="one", most=1))
    rows(cast, 1, state="parked", error="no")
    few = statements(cast)
    for engine in ("one", "two", "three", "four"):
        rows(cast, 10, engine=engine, error="away")
        rows(cast, 5, engine=engine, state="parked", error="no")
    assert statements(cast) == few <= 9
    progress.fold()
    assert statements(cast) == few
