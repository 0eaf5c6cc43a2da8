"""Results on benchmarks: once, with their event, never changed, compared as the paper's table is made."""

import pytest
from django.db import IntegrityError, transaction

from annotate.domain import benchmarks
from annotate.domain.errors import AlreadyDone, Missing
from annotate.domain.verification import CHECKS
from annotate.models import AuditEvent, BenchmarkResult
from curation.benchmarks.published import TABLE, TITLES
from tests.benchmarks import make_result, make_results
from tests.cast import make_user

pytestmark = pytest.mark.django_db


def test_a_result_is_kept_with_its_event() -> None:
    mira = make_user("mira")
    result = make_result("our-rm", "judgebench", 66.6667, by="mira", macro=75.0)
    assert (result.overall, result.macro, result.n, result.complete) == (66.6667, 75.0, 350, True)
    event = AuditEvent.objects.get()
    assert (event.verb, event.actor) == ("benchmark.recorded", mira)
    assert event.data == {
        "result": result.pk, "benchmark": "judgebench", "model": "our-rm", "answers": result.answers,
    }  # fmt: skip
    assert list(CHECKS["every result on a benchmark has its event"]()) == []
    BenchmarkResult.objects.create(
        benchmark="rmb", model="x", answered="scores", data="d", answers="a", n=1, overall=1, macro=1, complete=True,
        report={},
    )  # fmt: skip
    assert len(list(CHECKS["every result on a benchmark has its event"]())) == 1


def test_the_same_answers_are_recorded_once_and_leave_no_event() -> None:
    make_result("our-rm", "rmb", 70.0)
    with pytest.raises(AlreadyDone, match="our-rm"):
        make_result("our-rm", "rmb", 70.0)
    make_result("our-rm", "rmb", 71.0)
    assert (BenchmarkResult.objects.count(), AuditEvent.objects.count()) == (2, 2)


def test_nobody_by_that_name() -> None:
    with pytest.raises(Missing, match="nobody"):
        make_result("our-rm", "rmb", 70.0, by="nobody")
    assert BenchmarkResult.objects.count() == 0


@pytest.mark.parametrize("more", [{"n": 0}, {"macro": 101.5}, {"macro": -2.0}])
def test_figures_that_cannot_be_are_refused_by_the_table(more: dict[str, float]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_result("our-rm", "rmb", 70.0, **more)


def test_results_never_change() -> None:
    make_result("our-rm", "rmb", 70.0)
    for act in (lambda: BenchmarkResult.objects.update(overall=99), lambda: BenchmarkResult.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_the_newest_complete_result_stands_beside_the_published_ones() -> None:
    make_results("whole", 60.0)
    make_result("whole", "rewardbench", 90.0)
    make_result("whole", "rewardbench2", 99.0, missing=["Ties"])
    make_result("judge", "judgebench", 50.0, macro=40.0)
    judge, whole, *published = benchmarks.compared()
    assert (judge.model, judge.percent, judge.mean) == ("judge", {"judgebench": 40.0}, None)
    assert whole.percent == {name: 60.0 + place for place, name in enumerate(TITLES)} | {"rewardbench": 90.0}
    assert whole.mean == pytest.approx((90 + 61 + 62 + 63 + 64 + 65 + 66) / 7)
    assert [one.model for one in published] == list(TABLE)
    assert [round(one.mean or 0, 1) for one in published] == [70.9, 79.3, 85.8, 88.6]


def test_only_the_newest_few_models_are_compared() -> None:
    for number in range(7):
        make_result(f"rm-{number}", "rmb", 50.0 + number)
    assert [one.model for one in benchmarks.compared() if not one.published] == ["rm-6", "rm-5", "rm-4", "rm-3", "rm-2"]
    assert len(benchmarks.newest()) == 7
