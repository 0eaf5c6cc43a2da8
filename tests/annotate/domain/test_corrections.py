"""A person corrects the five attributes: beside what stood there, on the record, with what that does to the rules."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.domain import adjudication, citing, corrections, disclosure, leases, protocol
from annotate.domain.attributes import held_to
from annotate.domain.errors import Gone, Invalid, Missing
from annotate.models import AttributeCorrection, AuditEvent, Claim, Judgement
from annotate.models.protocol import CLOSED, FREE
from curation import attributes as known
from tests.annotate.domain.test_protocol import claim, said, shown
from tests.annotate.domain.test_tools import ran
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
SUBJECTIVE = {"objectivity": {"was": "objective", "value": "subjective"}}


def attributed(engine: str = "default", **attributes: str) -> tuple[Cast, Claim]:
    """A pair with attributes, in ana's hands."""
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | attributes, engine=engine)
    return cast, claim(cast, cast.ana)


def correct(cast: Cast, own: Claim, **values: Any) -> Claim:
    return corrections.correct(claim_id=own.pk, user=cast.ana, values=values)


def test_the_table_and_the_importer_know_the_same_values() -> None:
    assert {name: tuple(values) for name, values in CLOSED.items()} == known.CLOSED
    assert tuple(FREE) == known.FREE


def test_a_correction_stands_beside_what_was_there() -> None:
    cast, own = attributed()
    again = correct(cast, own, objectivity="subjective", task_category="math", desired_attributes=" Right;\r\nshort ")
    page = disclosure.show_claim(again)
    assert page["pair"]["attributes"] == ATTRIBUTES | {"written_by": "model"}
    assert page["pair"]["corrected"] == SUBJECTIVE | {
        "desired_attributes": {"was": "A right number.", "value": "Right;\nshort"}
    }
    assert page["pair"]["wanted"] == ["Right", "short"]
    rows = AttributeCorrection.objects.order_by("pk").values_list("attribute", "was", "value")
    assert set(rows) == {
        ("objectivity", "objective", "subjective"),
        ("desired_attributes", "A right number.", "Right;\nshort"),
    }
    events = AuditEvent.objects.filter(verb="attribute.corrected", actor=cast.ana, pair_id=own.pair_id)
    assert {event.data["correction"] for event in events} == {row.pk for row in AttributeCorrection.objects.all()}


def test_it_is_taken_back_on_the_record_and_the_same_again_writes_nothing() -> None:
    cast, own = attributed()
    for value in ("subjective", "subjective", "objective", "objective"):
        correct(cast, own, objectivity=value)
    assert Claim.objects.get().corrected == {}
    assert list(AttributeCorrection.objects.order_by("pk").values_list("value", flat=True)) == [
        "subjective",
        "objective",
    ]


def test_where_nobody_wrote_attributes_a_person_may() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = correct(cast, claim(cast, cast.ana), task_category="math", annotation_guideline="Sums.")
    assert own.corrected["task_category"] == {"was": "", "value": "math"}
    assert held_to(None, own.corrected) == {"task_category": "math", "annotation_guideline": "Sums."}


@pytest.mark.parametrize(
    "wrong",
    [
        {"task_category": "knitting"},
        {"objectivity": ""},
        {"controversiality": 3},
        {"desired_attributes": " "},
        {"annotation_guideline": "x" * (corrections.LONGEST + 1)},
        {"annotation_guideline": "nul \x00"},
        {"colour": "red"},
    ],
)
def test_what_is_no_value_is_refused_by_name(wrong: dict[str, Any]) -> None:
    cast, own = attributed()
    with pytest.raises(Invalid) as refused:
        correct(cast, own, **({"objectivity": "subjective"} | wrong))
    assert set(refused.value.fields) == set(wrong)
    assert not AttributeCorrection.objects.exists()


@pytest.mark.parametrize("fields", [{"value": "knitting"}, {"attribute": "colour"}])
def test_nor_does_the_table_take_it(fields: dict[str, str]) -> None:
    _cast, own = attributed()
    row = {"claim": own, "attribute": "task_category", "value": "math"} | fields
    with pytest.raises(IntegrityError), transaction.atomic():
        AttributeCorrection.objects.create(**row)


def test_only_so_many() -> None:
    cast, own = attributed()
    for n in range(corrections.MOST):
        correct(cast, own, annotation_guideline=f"Version {n}.")
    with pytest.raises(Invalid):
        correct(cast, own, annotation_guideline="One more.")


def test_nobody_corrects_what_is_not_in_their_hands() -> None:
    cast, own = attributed()
    with pytest.raises(Missing):
        corrections.correct(claim_id=own.pk, user=cast.ben, values={"objectivity": "subjective"})
    leases.abandon(claim=own, cause="other", actor=cast.ana)
    with pytest.raises(Gone):
        correct(cast, own, objectivity="subjective")
    with pytest.raises(IntegrityError), transaction.atomic():
        AttributeCorrection.objects.create(claim=own, attribute="objectivity", was="objective", value="subjective")


def test_until_the_verdict_and_no_longer() -> None:
    cast, own = attributed()
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    correct(cast, own, objectivity="subjective")
    protocol.decide(claim_id=own.pk, user=cast.ana, said=said())
    with pytest.raises(Gone):
        correct(cast, own, objectivity="objective")
    assert Claim.objects.get().corrected == SUBJECTIVE


def test_what_is_reserved_ahead_is_opened_by_acting_on_it() -> None:
    cast, own = attributed()
    make_pair(cast.campaign, 2)
    ahead = leases.reserve_ahead(claim=own, user=cast.ana)
    assert ahead is not None
    leases.abandon(claim=own, cause="other", actor=cast.ana)
    correct(cast, ahead, objectivity="subjective")
    assert not Claim.objects.get(pk=ahead.pk).ahead


def test_a_correction_brings_the_rule_of_what_it_says() -> None:
    """A model's attributes stop nobody; a person's word does, as far as they looked."""
    cast, own = attributed(task_category="creative writing")
    own = correct(cast, own, task_category="coding & debugging")
    with pytest.raises(Invalid) as refused:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert refused.value.fields == {"evidence": str(citing.MISSING["code"])}
    ran(own, kind="code")
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert Judgement.objects.get().lifted == []


def test_only_a_closed_attribute_makes_a_models_word_ones_own() -> None:
    cast, own = attributed()
    own = correct(cast, own, desired_attributes="Right.")
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said()).next == "verdict"


def test_who_corrects_one_closed_attribute_answers_for_all_three() -> None:
    """The model said math; who then corrects its controversiality has seen that too."""
    cast, own = attributed()
    own = correct(cast, own, controversiality="medium")
    with pytest.raises(Invalid) as refused:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert refused.value.fields == {"evidence": str(citing.MISSING["maths"])}


def test_a_rule_of_the_data_is_lifted_by_a_correction_and_the_record_says_so() -> None:
    cast, own = attributed("imported")
    with pytest.raises(Invalid):
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    own = correct(cast, own, task_category="creative writing")
    given = ATTRIBUTES | {"written_by": "source"}
    assert citing.still_missing(claim=own, attributes=given, runs=[], places=()) == [citing.LIFTED["maths"]]
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert Judgement.objects.get().lifted == ["maths"]
    assert AuditEvent.objects.get(verb="judgement.made").data["lifted"] == ["maths"]


def test_nothing_is_lifted_where_the_tool_ran_anyway() -> None:
    cast, own = attributed("imported")
    own = correct(cast, own, task_category="creative writing")
    ran(own, kind="maths")
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert Judgement.objects.get().lifted == []


def test_a_lifted_rule_stays_on_the_record_when_the_correction_is_taken_back() -> None:
    cast, own = attributed("imported")
    own = correct(cast, own, task_category="creative writing")
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    correct(cast, own, task_category="math")
    assert (Judgement.objects.get().lifted, Claim.objects.get().corrected) == (["maths"], {})


def test_it_is_theirs_alone_until_a_reviewer_settles_a_difference() -> None:
    cast = make_cast(third=False)
    pair = make_pair(cast.campaign)
    make_assistance(pair, "attributes", ATTRIBUTES | {"task_category": "planning"})
    for user, response in ((cast.ana, "a"), (cast.ben, "b")):
        own = claim(cast, user)
        assert disclosure.show_claim(own)["pair"]["corrected"] == {}
        values = {"objectivity": "subjective"} if user == cast.ana else {"annotation_guideline": "Ben's own."}
        corrections.correct(claim_id=own.pk, user=user, values=values)
        given = said(shown(own, response))
        protocol.judge(claim_id=own.pk, user=user, said=given)
        protocol.decide(claim_id=own.pk, user=user, said=given)
    case = adjudication.open_case(campaign=cast.campaign, pair_id=pair.pk, user=cast.rita)
    assert (case["pair"]["corrected"], case["pair"]["attributes"]["objectivity"]) == ({}, "objective")
    assert [verdict["corrected"] for verdict in case["verdicts"]] == [
        SUBJECTIVE,
        {"annotation_guideline": {"was": "The number decides.", "value": "Ben's own."}},
    ]


def test_a_late_judgement_is_not_held_to_it() -> None:
    cast, own = attributed("imported")
    correct(cast, own, task_category="coding & debugging")
    Claim.objects.update(expires=timezone.now())
    leases.reap()
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said()).surplus
