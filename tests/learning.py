"""A campaign with pairs to practise and pairs to qualify on, and somebody who works through them."""

from typing import Any

from annotate.domain import disclosure, known, leases, protocol, qualification
from annotate.domain.protocol import Said
from annotate.models import Claim, KnownAnswer, Pair, User
from tests.cast import Cast, make_pair

WHY = "bait-known-answer-why-kakapo"


def make_known(
    cast: Cast, purpose: str, number: int, *, choice: str = "a", why: str = "", **fields: Any
) -> KnownAnswer:
    """A pair of the set with its known answer; `number` tells pairs of one purpose apart."""
    home = known.set_of(campaign=cast.campaign, purpose=purpose)
    numbers = {"practice": 5000, "qualification": 7000, "check": 9000}
    pair = make_pair(home, numbers[purpose] + number, **fields)
    if purpose != "check":
        pair.queue.delete()
    return known.add(pair=pair, purpose=purpose, choice=choice, explanation=why or f"{WHY} {number}", actor=cast.mira)


def answer(claim: Claim, user: User, *, right: bool) -> None:
    """Judge and decide as is known, or the other way round."""
    known_choice = KnownAnswer.objects.filter(pair_id=claim.pair_id).latest("pk").choice
    choice = known_choice if right else ("a" if known_choice != "a" else "b")
    shown = disclosure.side(claim, choice)
    said = Said(choice=shown, strength=2 if choice in "ab" else None, confidence=2, reason="Because.")
    if protocol.judge(claim_id=claim.pk, user=user, said=said).next == "verdict":
        protocol.decide(claim_id=claim.pk, user=user, said=said)


def sit(cast: Cast, user: User, *right: bool) -> None:
    """Answer as many pairs of an attempt as are given, rightly or not."""
    qualification.begin(campaign=cast.campaign, user=user)
    for one in right:
        claim, _ = qualification.claim_next(campaign=cast.campaign, user=user)
        assert claim is not None
        answer(leases.own_claim(claim_id=claim.pk, user_id=user.pk), user, right=one)


def pair_of(answer: KnownAnswer) -> Pair:
    return answer.pair
