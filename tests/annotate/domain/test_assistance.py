"""Rows of assistance: who gets which first, what is computed anew, what a day may cost."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from annotate.domain import answers, assistance, backends, leases, spending, wanting
from annotate.domain.answers import Answer, Provenance
from annotate.domain.assistance import Work
from annotate.domain.backends import Backend, parsed
from annotate.domain.spending import Taken
from annotate.models import Assistance, AuditEvent, Campaign, Spend
from tests.cast import ATTRIBUTES, REWARD, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
BY = Provenance("some/model", "r1", "p1", {"temperature": 0})


def wanted(campaign: Campaign, count: int, kind: str = "reward", **fields: Any) -> list[Assistance]:
    return [make_assistance(make_pair(campaign, number), kind, **fields) for number in range(count)]


def leased(**options: Any) -> list[int]:
    return sorted(work.assistance_id for work in assistance.lease(kind="reward", **options))


def answer(work: Work, **more: Any) -> Answer:
    return Answer(work, {"score_a": 1.0, "score_b": 0.0}, **more)


def test_answers_are_recorded_together_with_what_they_took() -> None:
    rows = wanted(make_cast().campaign, 3)
    work = assistance.lease(kind="reward", most=3)
    took = {"tokens_read": 70, "tokens_written": 3, "tokens_padded": 5, "milliseconds": 12}
    assert answers.record(answers=[answer(item, **took) for item in work[:2]], by=BY) == 2
    done, also, left = (Assistance.objects.get(pk=row.pk) for row in rows)
    assert (done.payload, done.settings, done.model, done.revision) == (
        {"score_a": 1.0, "score_b": 0.0},
        {"temperature": 0},
        "some/model",
        "r1",
    )
    assert [done.tokens_read, done.tokens_written, done.tokens_padded, done.milliseconds] == [70, 3, 5, 12]
    assert [done.state, also.state, left.state] == ["done", "done", "leased"]
    assert AuditEvent.objects.filter(verb="assistance.recorded").count() == 2


def test_an_answer_whose_lease_is_lost_is_dropped_and_its_neighbours_stay() -> None:
    rows = wanted(make_cast().campaign, 2)
    work = assistance.lease(kind="reward", most=2)
    Assistance.objects.filter(pk=rows[0].pk).update(lease="somebody else")
    assert answers.record(answers=[answer(item) for item in work], by=BY) == 1
    assert [Assistance.objects.get(pk=row.pk).state for row in rows] == ["leased", "done"]
    assert answers.record(answers=[answer(item) for item in work], by=BY) == 0, "nor twice"


def test_what_people_hold_comes_first_then_what_the_queue_hands_out_next() -> None:
    cast = make_cast()
    rows = wanted(cast.campaign, 6)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    leases.abandon(claim=claim, cause="other", actor=cast.ana)  # handed out before all others now
    held, _ = leases.claim_next(campaign=cast.campaign, user=cast.ben)
    other = make_cast(slug="quiet").campaign
    Assistance.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).update(due=timezone.now())
    make_assistance(make_pair(other), "reward", due=timezone.now() - timedelta(days=1))
    assert held is not None
    first = assistance.lease(kind="reward", most=1)
    assert first[0].pair_id == held.pair_id
    assert {work.campaign_id for work in assistance.lease(kind="reward", most=5)} == {cast.campaign.pk}
    assert [work.campaign_id for work in assistance.lease(kind="reward", most=5)] == [other.pk]


def test_where_nobody_works_pairs_are_done_in_the_order_they_came() -> None:
    rows = wanted(make_cast().campaign, 4)
    assert leased(most=2) == [row.pk for row in rows[:2]]
    assert leased(most=9) == [row.pk for row in rows[2:]]


def test_rows_that_ended_their_worker_come_again_fewer_each_time_and_one_is_parked_alone() -> None:
    rows = wanted(make_cast().campaign, 100)
    poison = rows[37].pk
    sizes = []
    for _ in range(200):
        work = assistance.lease(kind="reward", most=64)
        if not work:
            break
        if poison in {item.assistance_id for item in work}:
            sizes.append(len(work))  # the worker is killed: nothing is recorded, the lease runs out
            Assistance.objects.filter(state="leased").update(due=timezone.now() - timedelta(seconds=1))
        else:
            answers.record(answers=[answer(item) for item in work], by=BY)
    states = dict(Assistance.objects.values_list("pk", "state"))
    assert {pk for pk, state in states.items() if state != "done"} == {poison}
    assert states[poison] == "parked"
    assert (sizes[0], sizes[-1]) == (64, 1)
    assert "ended 4 times" in Assistance.objects.get(pk=poison).error


def test_each_line_of_the_settings_answers_its_own_rows(settings: Any) -> None:
    settings.ASSISTANCE_MODELS = settings.ASSISTANCE_MODELS | {"reward": "small = /m/small; large = /m/large"}
    campaign = make_cast().campaign
    pair = make_pair(campaign)
    assert wanting.want(campaign=campaign, kind="reward") == 2
    assert wanting.want(campaign=campaign, kind="reward") == 0
    make_assistance(pair, "reward", engine="large.2")
    assert leased(most=9) == []
    small, large = leased(most=9, engine="small"), leased(most=9, engine="large")
    engines = [list(Assistance.objects.filter(pk__in=ids).values_list("engine", flat=True)) for ids in (small, large)]
    assert [sorted(names) for names in engines] == [["small"], ["large", "large.2"]]


def test_computed_anew_stands_beside_and_asking_twice_asks_once() -> None:
    cast = make_cast()
    old, other, waiting, brought = (make_pair(cast.campaign, number) for number in range(4))
    make_assistance(old, "reward", REWARD, model="small", prompt_version="1")
    make_assistance(other, "reward", REWARD, model="large", prompt_version="1")
    make_assistance(waiting, "reward")
    make_assistance(brought, "reward", REWARD, engine="imported")

    def anew(**slice: Any) -> int:
        return wanting.want_anew(campaign=cast.campaign, kind="reward", actor=cast.mira, **slice)

    assert anew(model="none") == 0
    assert anew(model="small") == 1
    assert anew() == 1, "of the small one's pair a row waits already"
    assert anew() == 0
    rows = Assistance.objects.order_by("pair_id", "pk").values_list("pair_id", "engine", "state")
    assert list(rows) == [
        (old.pk, "default", "done"),
        (old.pk, "default.2", "wanted"),
        (other.pk, "default", "done"),
        (other.pk, "default.2", "wanted"),
        (waiting.pk, "default", "wanted"),
        (brought.pk, "imported", "done"),
    ]
    (work, *_) = assistance.lease(kind="reward", most=1)
    answers.record(answers=[answer(work)], by=BY)
    assert anew(model="some/model") == 1
    assert AuditEvent.objects.filter(verb="assistance.wanted_anew").count() == 5


def test_objective_pairs_alone_are_verified_beforehand(settings: Any) -> None:
    settings.ASSISTANCE_KINDS = ["attributes", "preverify"]
    campaign = make_cast().campaign
    pairs = [make_pair(campaign, number) for number in range(3)]
    for pair in pairs:
        make_assistance(pair, "attributes")
    work = {item.pair_id: item for item in assistance.lease(kind="attributes", most=3)}
    objective, subjective = (
        Answer(work[pair.pk], ATTRIBUTES | {"objectivity": said})
        for pair, said in zip(pairs, ("objective", "subjective"), strict=False)
    )
    answers.record(answers=[objective, subjective], by=BY)
    assert list(Assistance.objects.filter(kind="preverify").values_list("pair_id", flat=True)) == [pairs[0].pk]
    Assistance.objects.filter(kind="preverify").delete()
    assert wanting.want(campaign=campaign, kind="preverify") == 1
    (asked,) = assistance.lease(kind="preverify", most=9)
    assert (asked.pair_id, (asked.attributes or {})["task_category"]) == (pairs[0].pk, "math")


def test_lines_of_the_settings() -> None:
    text = """small = openai+http://h:1/v1#a b  samples=3 temperature=0.7 tokens_a_day=1000
              large=/models/large; third = package:x key=THIRD_KEY"""
    assert list(parsed(text, "judge").values()) == [
        Backend("small", "openai+http://h:1/v1#a b", {"samples": 3, "temperature": 0.7, "tokens_a_day": 1000}),
        Backend("large", "/models/large", {}),
        Backend("third", "package:x", {"key": "THIRD_KEY"}),
    ]
    assert parsed("", "differences") == {"default": Backend("default", "", {})}
    assert parsed("/a folder/with spaces", "reward")["default"].model == "/a folder/with spaces"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/m; /n", "needs a name of its own"),
        ("/m colour=blue", "no option colour"),
        ("/m samples=many", "samples=many is no number"),
        ("/m samples=-1", "below nothing"),
    ],
)
def test_a_line_that_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"JUDGE_MODEL.*{message}"):
        parsed(text, "judge")


def test_a_budget_bounds_the_batch_and_then_stops_it() -> None:
    backend = Backend("qwen", "m", {"tokens_a_day": 10_000})

    def affordable() -> int:
        return spending.affordable(kind="judge", backend=backend, most=64)

    assert affordable() == spending.FIRST, "nothing is known yet of what a row takes"
    spending.add(kind="judge", backend=backend, taken=Taken(rows=10, tokens_read=4_000, tokens_written=1_000))
    assert affordable() == 10
    spending.add(kind="judge", backend=backend, taken=Taken(rows=9, tokens_read=4_500, tokens_written=0))
    assert affordable() == 1
    spending.add(kind="judge", backend=backend, taken=Taken(rows=1, tokens_read=500, tokens_written=100))
    assert affordable() == 0
    Spend.objects.update(day=timezone.now().date() - timedelta(days=1))
    assert affordable() == spending.FIRST, "a new day"
    assert spending.affordable(kind="judge", backend=Backend("free", "m", {}), most=64) == 64
    assert spending.affordable(kind="judge", backend=Backend("off", "m", {"tokens_a_day": 0}), most=64) == 0


def test_a_budget_in_money() -> None:
    backend = Backend("dear", "m", {"money_a_day": 1.5, "price_in": 2.0, "price_out": 10.0})
    spending.add(kind="judge", backend=backend, taken=Taken(rows=4, tokens_read=250_000, tokens_written=25_000))
    assert Spend.objects.get().money == Decimal("0.75")
    assert spending.affordable(kind="judge", backend=backend, most=64) == 4
    spending.add(kind="judge", backend=backend, taken=Taken(rows=4, tokens_read=250_000, tokens_written=25_000))
    assert spending.affordable(kind="judge", backend=backend, most=64) == 0


def test_the_account_says_that_the_budget_is_spent(settings: Any) -> None:
    settings.ASSISTANCE_MODELS = {"reward": "a = /m tokens_a_day=10; b = /n"}
    spending.add(
        kind="reward",
        backend=backends.of_kind("reward")["a"],
        taken=Taken(rows=1, tokens_read=11, tokens_written=0),
    )
    told = [
        (one["engine"], one["rows"], one["tokens"], one["tokens_a_day"], one["spent"]) for one in spending.accounts()
    ]
    assert told == [("a", 1, 11, 10, True), ("b", 0, 0, None, False)]
