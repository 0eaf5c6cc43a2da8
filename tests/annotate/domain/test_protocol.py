"""The human protocol, step by step."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.domain import leases, protocol, settling
from annotate.domain.errors import AlreadyDone, Gone, Invalid, Missing, OutOfOrder
from annotate.domain.protocol import Said
from annotate.models import Claim, Gold, Judgement, QueueEntry, Reveal, User, Verdict
from tests.cast import REWARD, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db


def said(choice: str = "left", **fields: Any) -> Said:
    return Said(**({"choice": choice, "strength": 2, "confidence": 3, "reason": "It is right."} | fields))


def claim(cast: Cast, user: User) -> Claim:
    found, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert found is not None
    return found


def shown(claim: Claim, response: str) -> str:
    return "left" if claim.left == response else "right"


def give_verdict(cast: Cast, user: User, response: str) -> Verdict:
    """Claim, judge and decide for a response, in the person's own orientation."""
    own = claim(cast, user)
    choice = shown(own, response) if response in "ab" else response
    protocol.judge(claim_id=own.pk, user=user, said=said(choice))
    return protocol.decide(claim_id=own.pk, user=user, said=said(choice))


def test_two_people_who_agree_make_gold() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign)
    give_verdict(cast, cast.ana, "a")
    assert not Gold.objects.exists()
    give_verdict(cast, cast.ben, "a")
    gold = Gold.objects.get()
    assert (gold.pair, gold.label, gold.origin, gold.votes, gold.strength) == (pair, "a", "consensus", {"a": 2}, 2.0)
    assert QueueEntry.objects.get().state == "settled"


def test_the_two_seats_see_the_responses_the_other_way_round() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    assert {claim(cast, cast.ana).left, claim(cast, cast.ben).left} == {"a", "b"}


def test_a_third_person_settles_a_difference() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    give_verdict(cast, cast.ana, "a")
    give_verdict(cast, cast.ben, "b")
    assert not Gold.objects.exists()
    give_verdict(cast, cast.chen, "b")
    assert Gold.objects.get().votes == {"a": 1, "b": 2}
    assert Gold.objects.get().label == "b"


def test_three_ways_go_to_a_reviewer() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    for user, choice in ((cast.ana, "a"), (cast.ben, "b"), (cast.chen, "equal")):
        give_verdict(cast, user, choice)
    assert not Gold.objects.exists()
    assert QueueEntry.objects.get().state == "disputed"


def test_where_no_third_person_is_left_a_difference_goes_to_a_reviewer_at_once() -> None:
    cast = make_cast(third=False)
    make_pair(cast.campaign)
    give_verdict(cast, cast.ana, "a")
    give_verdict(cast, cast.ben, "b")
    assert QueueEntry.objects.get().state == "disputed"


def test_what_is_no_clear_choice_becomes_a_stratum() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    give_verdict(cast, cast.ana, "undecidable")
    give_verdict(cast, cast.ben, "undecidable")
    assert (Gold.objects.get().label, Gold.objects.get().strength) == ("undecidable", None)


def test_the_judgement_reveals_under_always() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign, source_label="b", source="some-source", extra={"model_a": "m1", "model_b": "m2"})
    make_assistance(pair, "reward", REWARD, model="rm-1")
    own = claim(cast, cast.ana)
    answer = protocol.judge(claim_id=own.pk, user=cast.ana, said=said(shown(own, "b")))
    assert answer.next == "verdict"
    assert answer.revealed is not None
    assert answer.revealed["conflict"] is True
    assert answer.revealed["source_label"] == shown(own, "b")
    assert answer.revealed["models"] == {shown(own, "a"): "m1", shown(own, "b"): "m2"}
    assert answer.revealed["reward"][shown(own, "a")] == 2.5
    assert Reveal.objects.get().payload == answer.revealed


def test_the_record_says_what_assistance_was_not_ready() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign)
    make_assistance(pair, "reward", REWARD)
    make_assistance(pair, "attributes")
    make_assistance(pair, "differences", state="parked", error="no model")
    own = claim(cast, cast.ana)
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert Judgement.objects.get().without == ["attributes", "differences"]


def test_never_makes_the_judgement_the_verdict() -> None:
    cast = make_cast(reveal="never", overlap=1)
    pair = make_pair(cast.campaign)
    make_assistance(pair, "reward", REWARD)
    own = claim(cast, cast.ana)
    answer = protocol.judge(claim_id=own.pk, user=cast.ana, said=said("right"))
    assert (answer.next, answer.revealed) == ("done", None)
    assert not Reveal.objects.exists()
    assert Verdict.objects.get().policy == "never"
    assert Gold.objects.get().label == own.left.translate(str.maketrans("ab", "ba"))


@pytest.mark.parametrize(("response", "then"), [("a", "done"), ("b", "verdict"), ("equal", "verdict")])
def test_on_conflict_reveals_only_where_the_model_disagrees(response: str, then: str) -> None:
    cast = make_cast(reveal="on_conflict")
    make_assistance(make_pair(cast.campaign), "reward", REWARD)
    own = claim(cast, cast.ana)
    choice = shown(own, response) if response in "ab" else response
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said(choice)).next == then


def test_a_changed_mind_needs_a_reason_of_its_own() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said("left"))
    for reason in ("", "It is right."):
        with pytest.raises(Invalid) as refused:
            protocol.decide(claim_id=own.pk, user=cast.ana, said=said("right", reason=reason))
        assert set(refused.value.fields) == {"reason"}
    verdict = protocol.decide(claim_id=own.pk, user=cast.ana, said=said("right", reason="The sum is wrong."))
    assert verdict.changed


def test_a_verdict_needs_a_judgement() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    with pytest.raises(OutOfOrder):
        protocol.decide(claim_id=own.pk, user=cast.ana, said=said())


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"choice": "both"}, {"choice"}),
        ({"strength": None}, {"strength"}),
        ({"strength": 4}, {"strength"}),
        ({"confidence": 0}, {"confidence"}),
        ({"reason": "  "}, {"reason"}),
        ({"reason": "nul \x00"}, {"reason"}),
        ({"evidence": [7]}, {"evidence"}),
    ],
)
def test_an_incomplete_judgement_is_refused_and_says_where(wrong: dict[str, Any], fields: set[str]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid) as refused:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said(**wrong))
    assert set(refused.value.fields) == fields
    assert not Judgement.objects.exists()


def test_the_same_judgement_again_is_answered_alike_and_another_is_refused() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    first = protocol.judge(claim_id=own.pk, user=cast.ana, said=said(), key="k1")
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said(), key="k1") == first
    with pytest.raises(AlreadyDone):
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said("equal"), key="k2")
    assert Judgement.objects.count() == 1


def test_nobody_reaches_the_claim_of_somebody_else() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    with pytest.raises(Missing):
        protocol.judge(claim_id=own.pk, user=cast.stranger, said=said())


def expire(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(expires=timezone.now())


def test_a_late_submission_is_kept_as_surplus_and_does_not_count() -> None:
    cast = make_cast(overlap=1)
    make_pair(cast.campaign)
    late = claim(cast, cast.ana)
    expire(late)
    give_verdict(cast, cast.ben, "b")
    protocol.judge(claim_id=late.pk, user=cast.ana, said=said(shown(late, "a")))
    verdict = protocol.decide(claim_id=late.pk, user=cast.ana, said=said(shown(late, "a")))
    assert verdict.surplus
    assert Gold.objects.get().votes == {"b": 1}


def test_an_expired_seat_comes_back_and_its_holder_is_told() -> None:
    cast = make_cast(overlap=1)
    make_pair(cast.campaign)
    late = claim(cast, cast.ana)
    expire(late)
    assert claim(cast, cast.ben).seat == late.seat
    with pytest.raises(Gone):
        leases.renew(claim=late)


def test_a_person_holds_one_claim_and_never_gets_a_pair_twice() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    assert claim(cast, cast.ana) == own
    leases.abandon(claim=own, cause="too long", actor=cast.ana)
    assert leases.claim_next(campaign=cast.campaign, user=cast.ana) == (None, False)
    assert claim(cast, cast.ben).pair == own.pair


def test_a_returned_pair_is_served_before_the_rest() -> None:
    cast = make_cast(overlap=1)
    pairs = [make_pair(cast.campaign, number) for number in range(5)]
    first = claim(cast, cast.ana)
    assert first.pair == pairs[0]
    give_verdict(cast, cast.ben, "a")
    leases.abandon(claim=first, cause="other", actor=cast.ana)
    assert claim(cast, cast.ben).pair == pairs[0]


@pytest.mark.parametrize(
    "row", [lambda: Judgement.objects, lambda: Reveal.objects, lambda: Verdict.objects, lambda: Gold.objects]
)
def test_facts_are_append_only_even_past_the_models(row: Any) -> None:
    cast = make_cast(overlap=1)
    make_pair(cast.campaign)
    give_verdict(cast, cast.ana, "a")
    with pytest.raises(IntegrityError), transaction.atomic():
        row().update(**({"payload": {}} if row().model is Reveal else {"created": timezone.now()}))
    with pytest.raises(IntegrityError), transaction.atomic():
        row().all()._raw_delete("default")


@pytest.mark.parametrize(
    ("choices", "seats", "label"),
    [
        (["a"], 2, None),
        (["a", "a"], 2, "a"),
        (["a", "b"], 2, None),
        (["a", "b", "b"], 3, "b"),
        (["a", "b", "equal"], 3, None),
        (["broken", "broken"], 2, "broken"),
    ],
)
def test_consensus(choices: list[str], seats: int, label: str | None) -> None:
    assert settling.consensus(choices, seats=seats, overlap=2) == label
