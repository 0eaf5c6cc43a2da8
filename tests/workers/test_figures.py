"""Figures on agreement are counted from what happened, slice by slice, by workers."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotate.domain import adjudication, opinions, tallies
from annotate.models import AuditEvent, Figure, Tally, TallyMark
from config.celery import app
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_cast, make_pair
from tests.gold import decide
from workers import tasks
from workers.agreement import of_opinions
from workers.figures import refresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """Four pairs, three of one category and one of another; ana and ben differ on the last one alone."""
    cast = make_cast(third=False)
    for number, category in enumerate(("editing", "editing", "planning", "editing"), 1):
        pair = make_pair(cast.campaign, number, extra={"model_a": "m2", "model_b": "m1"})
        make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": category}, engine="imported")
        make_assistance(pair, "reward", REWARD, model="rm-1")
    for user, choices in ((cast.ana, "aabb"), (cast.ben, "aaba")):
        for choice in choices:
            decide(cast, user, choice)
    return cast


def figures(cast: Cast, fact: str, dimension: str = "", slice: str = "") -> dict[str, float | None]:
    rows = Figure.objects.filter(campaign=cast.campaign, fact=fact, dimension=dimension, slice=slice)
    return dict(rows.values_list("coefficient", "value"))


def test_the_whole_campaign_has_the_figures_that_the_command_tells(cast: Cast) -> None:
    assert refresh(campaign_id=cast.campaign.pk) > 0
    for fact in ("judgements", "verdicts"):
        told: Any = of_opinions(opinions.of_campaign(campaign=cast.campaign, fact=fact))  # type: ignore[arg-type]
        assert figures(cast, fact) == {
            "percent_agreement": pytest.approx(told["percent_agreement"]),
            "fleiss_generalised": pytest.approx(told["fleiss_generalised"]),
            "krippendorff_alpha": pytest.approx(told["krippendorff_alpha"]["nominal"]),
            "gwet_ac1": pytest.approx(told["gwet_ac1"]),
            "brennan_prediger": pytest.approx(told["brennan_prediger"]),
            "ordinal_alpha": pytest.approx(told["ordinal"]["krippendorff_alpha"]["ordinal"]),
            "gwet_ac2": pytest.approx(told["ordinal"]["gwet_ac2"]["value"]),
        }


def test_every_slice_is_counted(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    week = "{}-W{:02}".format(*timezone.now().isocalendar()[:2])
    percents = Figure.objects.filter(fact="judgements", coefficient="percent_agreement").exclude(dimension="annotator")
    assert {(one.dimension, one.slice): (one.items, one.value) for one in percents} == {
        ("", ""): (4, 0.75),
        ("task_category", "editing"): (3, pytest.approx(2 / 3)),
        ("task_category", "planning"): (1, 1.0),
        ("objectivity", "objective"): (4, 0.75),
        ("controversiality", "low"): (4, 0.75),
        ("length", "alike"): (4, 0.75),
        ("writers", "m1 and m2"): (4, 0.75),
        ("week", week): (4, 0.75),
        ("reward_model", "rm-1"): (4, 0.75),
    }


def test_people_one_by_one_and_two_by_two(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    ana, ben = cast.ana.pk, cast.ben.pk
    assert figures(cast, "judgements", "annotator", str(ana))["percent_agreement"] == 0.75
    # ana gives a, a, b, b; ben a, a, b, a: chance is 1/2 * 3/4 + 1/2 * 1/4.
    assert figures(cast, "judgements", "people", f"{ana}|{ben}") == {"cohen_kappa": pytest.approx(0.5)}
    # The reward model prefers a everywhere: of ana's choices two are its own, of ben's three.
    assert figures(cast, "reward", "annotator", str(ana))["percent_agreement"] == 0.5
    assert figures(cast, "reward", "annotator", str(ben))["percent_agreement"] == 0.75
    assert figures(cast, "reward")["percent_agreement"] == pytest.approx(5 / 8)


def test_before_and_after_adjudication(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    assert figures(cast, "settled")["percent_agreement"] == 1.0
    disputed = Tally.objects.get(settled="").pk
    settle = {"campaign": cast.campaign, "pair_id": disputed, "user": cast.rita, "cause": "slip", "reason": "Sum."}
    adjudication.adjudicate(choice="b", strength=2, **settle)  # type: ignore[arg-type]
    refresh(campaign_id=cast.campaign.pk)
    assert figures(cast, "settled")["percent_agreement"] == pytest.approx(7 / 8)
    assert figures(cast, "settled", "annotator", str(cast.ben.pk))["percent_agreement"] == pytest.approx(3 / 4)


def test_only_slices_in_which_something_happened_are_computed_again(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    Figure.objects.update(computed=timezone.now() - timedelta(days=1))
    pair = make_pair(cast.campaign, 9)
    make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": "editing"}, engine="imported")
    decide(cast, cast.ana, "a")
    decide(cast, cast.ben, "a")
    assert refresh(campaign_id=cast.campaign.pk) > 0
    fresh = Figure.objects.filter(computed__gt=timezone.now() - timedelta(hours=1), coefficient="percent_agreement")
    touched = set(fresh.filter(fact="judgements").values_list("dimension", "slice"))
    assert ("task_category", "editing") in touched
    assert ("task_category", "planning") not in touched
    assert ("writers", "m1 and m2") not in touched
    assert figures(cast, "judgements", "task_category", "editing")["percent_agreement"] == 0.75


def test_a_second_look_changes_nothing(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    assert refresh(campaign_id=cast.campaign.pk) == 0


def test_assistance_that_comes_later_moves_a_pair_into_its_slice(cast: Cast) -> None:
    pair = make_pair(cast.campaign, 9)
    decide(cast, cast.ana, "a")
    refresh(campaign_id=cast.campaign.pk)
    assert Tally.objects.get(pk=pair.pk).task_category == ""
    make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": "planning"}, model="lm")
    TallyMark.objects.update(swept=timezone.now() - 2 * tallies.SWEEP, upto=AuditEvent.objects.latest("id").pk)
    assert refresh(campaign_id=cast.campaign.pk) > 0
    assert Tally.objects.get(pk=pair.pk).task_category == "planning"


def test_what_a_killed_worker_left_stale_is_computed_by_the_next(cast: Cast) -> None:
    mark = tallies.lease(campaign_id=cast.campaign.pk)
    assert mark is not None
    tallies.absorb(mark=mark)
    assert refresh(campaign_id=cast.campaign.pk) == 0, "somebody is at it"
    TallyMark.objects.update(busy=timezone.now() - timedelta(seconds=1))
    assert refresh(campaign_id=cast.campaign.pk) > 0
    assert figures(cast, "judgements")["percent_agreement"] == 0.75


def test_a_tally_holds_what_was_said_in_the_order_of_the_text(cast: Cast) -> None:
    refresh(campaign_id=cast.campaign.pk)
    said = Tally.objects.order_by("pk").values_list("judged", "judged_strengths", "decided", "settled", "reward")
    assert list(said) == [
        ("a,a", "2,2", "a,a", "a", "a"),
        ("a,a", "2,2", "a,a", "a", "a"),
        ("b,b", "-2,-2", "b,b", "b", "a"),
        ("a,b", "-2,2", "a,b", "", "a"),
    ]


def test_a_tick_counts_and_a_quiet_campaign_is_left_alone(cast: Cast, fakes: Any) -> None:
    before = app.conf.task_always_eager
    app.conf.task_always_eager = True
    try:
        tasks.tick.delay()
    finally:
        app.conf.task_always_eager = before
    assert figures(cast, "judgements")["percent_agreement"] == 0.75
    assert tallies.due() == [], "it was looked at just now"
    rested = timezone.now() - 2 * tallies.REST
    TallyMark.objects.update(looked=rested, upto=AuditEvent.objects.latest("id").pk)
    assert tallies.due() == []
    TallyMark.objects.update(upto=0)
    assert tallies.due() == [cast.campaign.pk]
