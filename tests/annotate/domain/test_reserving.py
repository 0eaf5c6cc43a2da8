"""A pair reserved to come after the one in hand: one a person, for a while, nobody starved, never judged unopened."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.domain import access, leases, protocol, work
from annotate.domain.errors import Gone, OutOfOrder
from annotate.domain.protocol import Said
from annotate.models import AuditEvent, Campaign, Claim, Judgement, QueueEntry, User
from tests.cast import Cast, make_cast, make_pair

pytestmark = pytest.mark.django_db
SAID = Said(choice="equal", confidence=1, reason="Why.")


def claim(campaign: Campaign, user: User) -> Claim:
    found, _ = leases.claim_next(campaign=campaign, user=user)
    assert found is not None
    return leases.own_claim(claim_id=found.pk, user_id=user.pk)


def reserve(cast: Cast, user: User) -> Claim:
    """Claim the next pair, and reserve the one after it."""
    reserved = leases.reserve_ahead(claim=claim(cast.campaign, user), user=user)
    assert reserved is not None
    return reserved


def finish(one: Claim) -> None:
    protocol.judge(claim_id=one.pk, user=one.annotator, said=SAID)


def two_pairs(overlap: int = 2) -> Cast:
    """Judgements are verdicts here; two pairs of so many seats."""
    cast = make_cast(reveal="never", overlap=overlap)
    make_pair(cast.campaign, 1)
    make_pair(cast.campaign, 2)
    return cast


def let_pass(one: Claim) -> None:
    Claim.objects.filter(pk=one.pk).update(expires=timezone.now() - timedelta(seconds=1))


def test_the_reserved_pair_is_the_next_one_and_its_time_begins_when_it_is_opened() -> None:
    cast = two_pairs()
    first = claim(cast.campaign, cast.ana)
    reserved = leases.reserve_ahead(claim=first, user=cast.ana)
    assert reserved is not None
    assert reserved.expires < timezone.now() + leases.AHEAD + timedelta(seconds=1)
    assert leases.claim_next(campaign=cast.campaign, user=cast.ana)[0] == first
    finish(first)
    opened = claim(cast.campaign, cast.ana)
    assert (opened.pk, opened.ahead, opened.left) == (reserved.pk, False, reserved.left)
    assert opened.expires > timezone.now() + timedelta(minutes=cast.campaign.lease_minutes - 1)
    assert opened.claimed > reserved.claimed
    assert AuditEvent.objects.filter(verb="claim.opened").count() == 1


def test_reserving_again_gives_the_same_and_there_is_one_a_person() -> None:
    cast = make_cast()
    for number in range(4):
        make_pair(cast.campaign, number)
    first, reserved = claim(cast.campaign, cast.ana), reserve(cast, cast.ana)
    assert leases.reserve_ahead(claim=first, user=cast.ana) == reserved
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=first.pk).update(ahead=True)
    assert Claim.objects.count() == 2


def test_nothing_is_reserved_where_nothing_is_left_or_nothing_is_held() -> None:
    cast = make_cast(reveal="never")
    make_pair(cast.campaign)
    held = claim(cast.campaign, cast.ana)
    assert leases.reserve_ahead(claim=held, user=cast.ana) is None
    finish(held)
    with pytest.raises(Gone):
        leases.reserve_ahead(claim=leases.own_claim(claim_id=held.pk, user_id=cast.ana.pk), user=cast.ana)


def test_it_is_given_back_unless_the_one_in_hand_is_renewed_and_then_it_is_as_if_never_held() -> None:
    cast = two_pairs(overlap=1)
    reserved = reserve(cast, cast.ana)
    let_pass(reserved)
    leases.renew_ahead(claim=reserved)
    assert leases.reap() == 0
    let_pass(reserved)
    assert leases.reap() == 1
    assert access.annotators_left(campaign_id=cast.campaign.pk, pair_id=reserved.pair_id) == 3
    finish(claim(cast.campaign, cast.ana))
    again = claim(cast.campaign, cast.ana)
    assert (again.pair_id, again.pk == reserved.pk) == (reserved.pair_id, False)


def test_a_pair_that_was_held_never_comes_back_reserved_or_not() -> None:
    cast = two_pairs(overlap=1)
    opened = reserve(cast, cast.ana)
    finish(claim(cast.campaign, cast.ana))
    assert claim(cast.campaign, cast.ana) == opened
    let_pass(opened)
    leases.reap()
    assert leases.claim_next(campaign=cast.campaign, user=cast.ana) == (None, False)


def test_who_has_nothing_to_do_goes_before_who_only_reserved() -> None:
    cast = two_pairs(overlap=1)
    reserved = reserve(cast, cast.ana)
    assert [row["left"] for row in work.my_work(user=cast.ben)] == [1]
    assert claim(cast.campaign, cast.ben).pair_id == reserved.pair_id
    assert leases.claim_next(campaign=cast.campaign, user=cast.chen) == (None, False)
    finish(claim(cast.campaign, cast.ana))
    assert leases.claim_next(campaign=cast.campaign, user=cast.ana) == (None, False)
    assert [row["left"] for row in work.my_work(user=cast.ana)] == [0]


def test_nobody_is_given_a_pair_of_their_own_that_somebody_else_reserved() -> None:
    cast = two_pairs()
    finish(claim(cast.campaign, cast.ben))
    finish(claim(cast.campaign, cast.ben))
    reserve(cast, cast.ana)
    assert leases.claim_next(campaign=cast.campaign, user=cast.ben) == (None, False)
    assert Claim.objects.filter(ahead=True, abandoned__isnull=True).count() == 1


def test_a_reserved_pair_is_judged_once_the_one_before_it_is_finished() -> None:
    cast = two_pairs()
    first, reserved = claim(cast.campaign, cast.ana), reserve(cast, cast.ana)
    with pytest.raises(OutOfOrder):
        finish(reserved)
    with pytest.raises(OutOfOrder):
        leases.abandon(claim=reserved, cause="other", actor=cast.ana)
    finish(first)
    finish(reserved)
    assert Judgement.objects.filter(surplus=False).count() == 2


def test_what_comes_for_a_pair_that_went_unopened_is_refused_because_it_may_come_back() -> None:
    cast = two_pairs()
    reserved = reserve(cast, cast.ana)
    let_pass(reserved)
    leases.reap()
    with pytest.raises(Gone):
        finish(reserved)
    assert not Judgement.objects.exists()


def test_the_database_takes_no_judgement_of_a_pair_that_was_not_opened() -> None:
    cast = two_pairs()
    reserved = reserve(cast, cast.ana)
    fields: dict[str, Any] = {"choice": "equal", "confidence": 1, "reason": "Why.", "surplus": False}
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(claim=reserved, **fields)
    let_pass(reserved)
    leases.reap()
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(claim=reserved, **(fields | {"surplus": True}))


def test_my_work_offers_what_is_only_reserved() -> None:
    cast = two_pairs(overlap=1)
    reserve(cast, cast.ana)
    finish(claim(cast.campaign, cast.ana))
    assert [(row["held"], row["left"]) for row in work.my_work(user=cast.ana)] == [(1, 0)]


def test_a_seat_that_was_given_back_unopened_is_served_before_the_rest() -> None:
    cast = make_cast(overlap=1)
    for number in range(4):
        make_pair(cast.campaign, number)
    reserved = reserve(cast, cast.ana)
    let_pass(reserved)
    leases.reap()
    assert claim(cast.campaign, cast.ben).pair_id == reserved.pair_id
    assert QueueEntry.objects.get(pair=reserved.pair_id).free == 0


def test_renewing_a_reserved_pair_opens_it_where_nothing_else_is_in_hand() -> None:
    cast = two_pairs()
    first, reserved = claim(cast.campaign, cast.ana), reserve(cast, cast.ana)
    reserved = leases.own_claim(claim_id=reserved.pk, user_id=cast.ana.pk)
    leases.renew(claim=reserved)
    assert Claim.objects.get(pk=reserved.pk).ahead
    finish(first)
    leases.renew(claim=reserved)
    assert not Claim.objects.get(pk=reserved.pk).ahead


def test_what_was_reserved_under_other_rules_is_exchanged_before_anybody_reads_it() -> None:
    cast = two_pairs(overlap=1)
    first, reserved = claim(cast.campaign, cast.ana), reserve(cast, cast.ana)
    Campaign.objects.filter(pk=cast.campaign.pk).update(reveal="always")
    cast.campaign.refresh_from_db()
    finish(first)
    with pytest.raises(Gone):
        protocol.judge(claim_id=reserved.pk, user=cast.ana, said=SAID)
    opened = claim(cast.campaign, cast.ana)
    assert (opened.pair_id, opened.pk == reserved.pk) == (reserved.pair_id, False)
    assert opened.reveal_policy == "always"
    reserved.refresh_from_db()
    assert reserved.cause == leases.CHANGED


def test_reserving_again_under_other_rules_reserves_anew() -> None:
    cast = two_pairs(overlap=1)
    first, reserved = claim(cast.campaign, cast.ana), reserve(cast, cast.ana)
    Campaign.objects.filter(pk=cast.campaign.pk).update(reveal="on_conflict")
    again = leases.reserve_ahead(claim=leases.own_claim(claim_id=first.pk, user_id=cast.ana.pk), user=cast.ana)
    assert again is not None
    assert (again.pk == reserved.pk, again.pair_id, again.reveal_policy) == (False, reserved.pair_id, "on_conflict")
