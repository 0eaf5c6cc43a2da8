"""The store of known answers: added, promoted, brought by imports, retired; never changed."""

from typing import Any

import pytest

from annotate.domain import known
from annotate.domain.errors import AlreadyDone, Conflict, Invalid, Missing
from annotate.domain.imports import import_rows
from annotate.models import Assistance, AuditEvent, Campaign, Gold, KnownAnswer, Pair, QueueEntry
from curation.mapping import FieldMap
from tests.cast import Cast, make_cast, make_pair
from tests.gold import make_gold
from tests.learning import make_known

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def rows(*found: dict[str, Any]) -> Any:
    return enumerate(found, 1)


ROW = {
    "prompt": "What is 2 + 2?",
    "response_a": "4",
    "response_b": "5",
    "known_answer": "a",
    "explanation": "2 + 2 is 4.",
}


def test_a_set_is_made_once_and_serves_one_campaign(cast: Cast) -> None:
    home = known.set_of(campaign=cast.campaign, purpose="practice", actor=cast.mira)
    assert known.set_of(campaign=cast.campaign, purpose="practice") == home
    assert (home.slug, home.serves, home.purpose, home.overlap) == ("bench-practice", cast.campaign, "practice", 1)
    assert known.set_of(campaign=cast.campaign, purpose="qualification").reveal == "never"
    assert known.set_of(campaign=cast.campaign, purpose="check") == cast.campaign
    with pytest.raises(Invalid):
        known.set_of(campaign=home, purpose="qualification")
    with pytest.raises(Invalid):
        known.set_of(campaign=cast.campaign, purpose="work")


@pytest.mark.parametrize("wrong", [{"choice": "left"}, {"explanation": " "}, {"explanation": "x" * 4001}])
def test_an_answer_needs_a_choice_and_a_reason(cast: Cast, wrong: dict[str, str]) -> None:
    said = {"choice": "a", "explanation": "So it is."} | wrong
    with pytest.raises(Invalid) as refused:
        known.add(pair=make_pair(cast.campaign), purpose="check", actor=cast.mira, **said)
    assert set(refused.value.fields) == set(wrong)


def test_one_answer_is_in_force_and_another_takes_its_place(cast: Cast) -> None:
    first = make_known(cast, "practice", 1)
    said = {"pair": first.pair, "purpose": "practice", "explanation": "Looked again.", "actor": cast.mira}
    with pytest.raises(AlreadyDone):
        known.add(choice="b", **said)
    known.retire(campaign=cast.campaign, answer_id=first.pk, actor=cast.mira)
    with pytest.raises(Conflict):
        known.retire(campaign=cast.campaign, answer_id=first.pk, actor=cast.mira)
    second = known.add(choice="b", **said)
    assert list(known.of_campaign(campaign=cast.campaign)) == [second, first]
    verbs = AuditEvent.objects.filter(pair_id=first.pair_id, verb__startswith="known.").order_by("pk")
    assert [event.verb for event in verbs] == ["known.added", "known.retired", "known.added"]
    assert {event.actor_id for event in verbs} == {cast.mira.pk}


def test_an_answer_of_another_campaign_is_missing(cast: Cast) -> None:
    other = make_cast(slug="other")
    answer = make_known(cast, "check", 1)
    with pytest.raises(Missing):
        known.retire(campaign=other.campaign, answer_id=answer.pk, actor=other.mira)


def test_gold_is_promoted_with_its_reason_and_its_assistance(cast: Cast) -> None:
    pair = make_gold(cast, 1, "b", "b")
    answer = known.promote(campaign=cast.campaign, pair_id=pair.pk, purpose="practice", actor=cast.mira)
    assert (answer.choice, answer.explanation, answer.origin) == ("b", "It is right.", "gold")
    assert answer.gold == Gold.objects.get(pair=pair)
    copy = answer.pair
    assert (copy.campaign.slug, copy.conversation, copy.digest) == ("bench-practice", pair.conversation, pair.digest)
    kinds = set(Assistance.objects.filter(pair=copy, state="done").values_list("kind", "model"))
    assert kinds == set(Assistance.objects.filter(pair=pair).values_list("kind", "model"))
    check = known.promote(
        campaign=cast.campaign, pair_id=pair.pk, purpose="check", actor=cast.mira, explanation="Told apart by its sum."
    )
    assert (check.pair, check.explanation) == (pair, "Told apart by its sum.")
    with pytest.raises(AlreadyDone):
        known.promote(campaign=cast.campaign, pair_id=pair.pk, purpose="practice", actor=cast.mira)
    with pytest.raises(Missing):
        known.promote(campaign=cast.campaign, pair_id=make_pair(cast.campaign, 2).pk, purpose="check", actor=cast.mira)


def test_an_adjudicated_pair_is_promoted_with_the_reviewers_reason() -> None:
    from annotate.domain import adjudication

    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b")
    said = {"choice": "b", "strength": 3, "cause": "slip", "reason": "The sum is wrong."}
    adjudication.adjudicate(campaign=cast.campaign, pair_id=pair.pk, user=cast.rita, **said)
    answer = known.promote(campaign=cast.campaign, pair_id=pair.pk, purpose="qualification", actor=cast.mira)
    assert (answer.choice, answer.explanation) == ("b", "The sum is wrong.")


@pytest.mark.parametrize("said", ["a", "b"])
def test_an_import_brings_answers_in_the_rows_own_order(cast: Cast, said: str) -> None:
    home = known.set_of(campaign=cast.campaign, purpose="practice")
    report = import_rows(campaign=home, rows=rows(ROW | {"known_answer": said}), actor=cast.mira)
    assert (report.new, report.rejected) == (1, 0)
    answer = KnownAnswer.objects.get()
    right = answer.pair.response_a if answer.choice == "a" else answer.pair.response_b
    assert right[0]["content"] == {"a": "4", "b": "5"}[said]
    assert (answer.purpose, answer.origin, answer.added_by) == ("practice", "source", cast.mira)
    assert not QueueEntry.objects.filter(pair=answer.pair).exists()
    assert "row" not in answer.pair.extra


def test_importing_again_changes_nothing_even_what_was_retired(cast: Cast) -> None:
    home = known.set_of(campaign=cast.campaign, purpose="qualification")
    import_rows(campaign=home, rows=rows(ROW))
    known.retire(campaign=cast.campaign, answer_id=KnownAnswer.objects.get().pk, actor=cast.mira)
    report = import_rows(campaign=home, rows=rows(ROW))
    assert (report.new, report.duplicate) == (0, 1)
    assert KnownAnswer.objects.count() == AuditEvent.objects.filter(verb="known.added").count() == 1


def test_in_the_working_campaign_a_known_answer_is_a_check_and_comes_for_a_pair_that_is_there(cast: Cast) -> None:
    plain = {name: ROW[name] for name in ("prompt", "response_a", "response_b")}
    import_rows(campaign=cast.campaign, rows=rows(plain))
    report = import_rows(campaign=cast.campaign, rows=rows(ROW))
    assert report.duplicate == 1
    answer = KnownAnswer.objects.get()
    assert (answer.purpose, answer.pair) == ("check", Pair.objects.get())
    assert QueueEntry.objects.filter(pair=answer.pair).exists()


def test_a_row_without_an_answer_does_not_get_into_a_set(cast: Cast) -> None:
    home = known.set_of(campaign=cast.campaign, purpose="practice")
    without = [ROW | {"known_answer": None}, ROW | {"explanation": ""}, ROW | {"known_answer": "left"}]
    report = import_rows(campaign=home, rows=rows(*without))
    assert (report.new, report.rejected) == (0, 3)
    assert "needs a known_answer" in report.errors[0].reason
    assert "needs an explanation" in report.errors[1].reason
    assert "unknown label" in report.errors[2].reason


def test_a_pair_is_work_or_practice_or_qualification(cast: Cast) -> None:
    practice, exam = (known.set_of(campaign=cast.campaign, purpose=name) for name in ("practice", "qualification"))
    import_rows(campaign=practice, rows=rows(ROW))
    for campaign in (cast.campaign, exam):
        report = import_rows(campaign=campaign, rows=rows(ROW))
        assert (report.new, report.rejected, report.duplicate) == (0, 1, 0)
        assert report.errors[0].reason == "this pair is in bench-practice already"


def test_explanation_is_an_ordinary_column_where_no_answer_is_known(cast: Cast) -> None:
    import_rows(campaign=cast.campaign, rows=rows({**ROW, "known_answer": None}))
    assert Pair.objects.get().extra["row"] == {"explanation": ROW["explanation"]}


def test_columns_of_other_names_are_mapped(cast: Cast) -> None:
    row = {**ROW, "answer": "undecidable", "why": "Nobody can tell."}
    del row["known_answer"], row["explanation"]
    fields = FieldMap.parse(["known_answer=answer", "explanation=why"])
    import_rows(campaign=known.set_of(campaign=cast.campaign, purpose="practice"), rows=rows(row), fields=fields)
    answer = KnownAnswer.objects.get()
    assert (answer.choice, answer.explanation) == ("undecidable", "Nobody can tell.")


def test_a_set_follows_the_settings_of_what_it_serves(cast: Cast) -> None:
    from annotate.domain import campaigns

    for purpose in ("practice", "qualification"):
        known.set_of(campaign=cast.campaign, purpose=purpose)
    said = {"overlap": 3, "reveal": "on_conflict", "lease_minutes": 7}
    campaigns.change_settings(campaign=cast.campaign, actor=cast.mira, **said)
    found = Campaign.objects.exclude(serves=None).values_list("purpose", "reveal", "lease_minutes").order_by("purpose")
    assert list(found) == [("practice", "on_conflict", 7), ("qualification", "never", 7)]
    with pytest.raises(Invalid):
        campaigns.join(campaign=Campaign.objects.get(purpose="practice"), user=cast.ana, role="annotator")
