"""Qualification: no pair to judge before it is passed, a score for each attempt, and no word on single pairs."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotate.domain import access, campaigns, disclosure, known, leases, qualification, verification
from annotate.domain.errors import AlreadyDone, Conflict, Invalid, Missing, Refused, Unqualified
from annotate.models import Attempt, AuditEvent, Claim, KnownAnswer, Membership, User
from tests.cast import Cast, make_cast, make_pair
from tests.gold import decide
from tests.learning import answer, make_known, sit

pytestmark = pytest.mark.django_db


def rules(cast: Cast, **said: Any) -> None:
    asked = {"pairs": 4, "percent": 75, "attempts": 2, "keep_present": True} | said
    qualification.set_rules(campaign=cast.campaign, actor=cast.mira, **asked)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for number in range(6):
        make_known(cast, "qualification", number, choice="ab"[number % 2])
    rules(cast)
    return cast


def member(cast: Cast, user: User) -> Membership:
    return Membership.objects.get(campaign=cast.campaign, user=user)


def may_judge(cast: Cast, user: User) -> bool:
    try:
        access.require(user_id=user.pk, slug="bench", act="annotate")
    except Unqualified:
        return False
    return True


def test_nobody_gets_a_pair_before_they_qualified(cast: Cast) -> None:
    make_pair(cast.campaign)
    with pytest.raises(Unqualified, match=r"4 pairs .* 75 %.*campaigns/bench/qualification/claims"):
        access.require(user_id=cast.ana.pk, slug="bench", act="annotate")
    with pytest.raises(Unqualified), transaction.atomic():
        leases.claim_next(campaign=cast.campaign, user=cast.ana)
    access.require(user_id=cast.ana.pk, slug="bench", act="learn")
    sit(cast, cast.ana, True, True, True, True)
    claim, new = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    assert new


@pytest.mark.parametrize(("right", "passed"), [(4, True), (3, True), (2, False), (0, False)])
def test_the_pass_mark_decides(cast: Cast, right: int, passed: bool) -> None:
    sit(cast, cast.ana, *(number < right for number in range(4)))
    attempt = Attempt.objects.get()
    assert (attempt.right, attempt.asked, attempt.passed, attempt.percent) == (right, 4, passed, 75)
    assert may_judge(cast, cast.ana) is passed
    (event,) = AuditEvent.objects.filter(verb="qualification.ended")
    assert (event.actor_id, event.data["right"], event.data["passed"]) == (cast.ana.pk, right, passed)


def test_attempts_are_counted_and_a_manager_allows_another(cast: Cast) -> None:
    for _ in range(2):
        sit(cast, cast.ana, False, False, False, False)
        assert qualification.claim_next(campaign=cast.campaign, user=cast.ana) == (None, False)
    with pytest.raises(Refused, match="all 2 attempts"):
        qualification.begin(campaign=cast.campaign, user=cast.ana)
    qualification.allow_another(campaign=cast.campaign, user_id=cast.ana.pk, actor=cast.mira)
    sit(cast, cast.ana, True, True, True, True)
    assert may_judge(cast, cast.ana)
    for act in (qualification.claim_next, qualification.begin):
        with pytest.raises(AlreadyDone):
            act(campaign=cast.campaign, user=cast.ana)
    for again in (qualification.allow_another, qualification.exempt):
        with pytest.raises(AlreadyDone):
            again(campaign=cast.campaign, user_id=cast.ana.pk, actor=cast.mira)


def test_a_second_attempt_asks_first_what_was_not_asked_before(cast: Cast) -> None:
    sit(cast, cast.ana, False, False, False, False)
    sit(cast, cast.ana, False)
    first, second = Attempt.objects.order_by("number")
    assert len(set(first.drawn)) == len(set(second.drawn)) == 4
    assert len(set(first.drawn) | set(second.drawn)) == 6


def test_an_attempt_goes_on_where_it_was_left(cast: Cast) -> None:
    sit(cast, cast.ana, True)
    claim, new = qualification.claim_next(campaign=cast.campaign, user=cast.ana)
    assert new
    assert qualification.claim_next(campaign=cast.campaign, user=cast.ana) == (claim, False)
    standing = qualification.standing(campaign=cast.campaign, user=cast.ana)
    assert standing["under_way"] == {"number": 1, "done": 1, "asked": 4}
    assert (standing["needed"], standing["attempts"], standing["attempts_left"]) == (True, [], 1)


def test_no_word_on_single_pairs(cast: Cast) -> None:
    claim, _ = qualification.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    own = leases.own_claim(claim_id=claim.pk, user_id=cast.ana.pk)
    answer(own, cast.ana, right=True)
    done = disclosure.show_claim(leases.own_claim(claim_id=claim.pk, user_id=cast.ana.pk))
    assert (done["stage"], done["revealed"], done["feedback"]) == ("done", None, None)
    other, _ = qualification.claim_next(campaign=cast.campaign, user=cast.ana)
    assert other is not None
    with pytest.raises(Invalid, match="not given back"):
        leases.abandon(claim=other, cause="other", actor=cast.ana)


def test_a_retired_pair_is_not_asked_and_does_not_count(cast: Cast) -> None:
    sit(cast, cast.ana, False)
    wrong = Claim.objects.get().pair.known_answers.get()
    drawn = Attempt.objects.get().drawn
    unasked = next(pk for pk in reversed(drawn) if pk != wrong.pk)
    for answer_id in (wrong.pk, unasked):
        known.retire(campaign=cast.campaign, answer_id=answer_id, actor=cast.mira)
    sit(cast, cast.ana, True, True)
    attempt = Attempt.objects.get()
    assert (attempt.right, attempt.asked, attempt.passed) == (2, 2, True)


def test_an_attempt_whose_last_pair_was_retired_ends(cast: Cast) -> None:
    sit(cast, cast.ana, True, True, True)
    asked = set(Claim.objects.values_list("pair__known_answers__pk", flat=True))
    (last,) = set(Attempt.objects.get().drawn) - asked
    known.retire(campaign=cast.campaign, answer_id=last, actor=cast.mira)
    assert qualification.claim_next(campaign=cast.campaign, user=cast.ana) == (None, False)
    assert may_judge(cast, cast.ana)


def test_exempted(cast: Cast) -> None:
    qualification.exempt(campaign=cast.campaign, user_id=cast.ben.pk, actor=cast.mira)
    assert may_judge(cast, cast.ben)
    (row,) = (row for row in qualification.results(campaign=cast.campaign) if row["username"] == "ben")
    assert (row["exempted"], row["attempts"]) == (True, [])
    with pytest.raises(Missing):
        qualification.exempt(campaign=cast.campaign, user_id=cast.stranger.pk, actor=cast.mira)
    with pytest.raises(Missing):
        qualification.exempt(campaign=cast.campaign, user_id=cast.rita.pk, actor=cast.mira)


@pytest.mark.parametrize(("keep", "stays"), [(True, True), (False, False)])
def test_who_judged_here_before_may_stay(keep: bool, stays: bool) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    decide(cast, cast.ana, "a")
    for number in range(4):
        make_known(cast, "qualification", number)
    rules(cast, keep_present=keep)
    assert (may_judge(cast, cast.ana), may_judge(cast, cast.ben)) == (stays, False)
    rules(cast, pairs=0)
    assert may_judge(cast, cast.ben)


@pytest.mark.parametrize(
    "wrong", [{"pairs": 7}, {"pairs": 101}, {"pairs": -1}, {"percent": 0}, {"percent": 101}, {"attempts": 0}]
)
def test_rules_that_cannot_hold_are_refused(cast: Cast, wrong: dict[str, int]) -> None:
    with pytest.raises(Invalid) as refused:
        rules(cast, **wrong)
    assert set(refused.value.fields) == set(wrong)


def test_too_few_pairs_left(cast: Cast) -> None:
    for one in KnownAnswer.objects.all()[:3]:
        known.retire(campaign=cast.campaign, answer_id=one.pk, actor=cast.mira)
    with pytest.raises(Conflict, match="too few"):
        qualification.claim_next(campaign=cast.campaign, user=cast.ana)


def test_no_qualification_is_asked() -> None:
    cast = make_cast()
    with pytest.raises(Missing):
        qualification.claim_next(campaign=cast.campaign, user=cast.ana)
    assert not qualification.standing(campaign=cast.campaign, user=cast.ana)["needed"]


def refused(act: Any, says: str | None = None) -> None:
    with pytest.raises(IntegrityError, match=says), transaction.atomic():
        act()


def test_the_database_refuses_it_too(cast: Cast) -> None:
    pair = make_pair(cast.campaign)
    sit(cast, cast.ben, True)
    claim = Claim.objects.get()
    fields = ("annotator", "campaign", "protocol", "reveal_policy", "seat", "left", "expires", "round")
    like = {name: getattr(claim, name) for name in fields}
    work = like | {"pair": pair, "campaign": cast.campaign, "round": 0}
    refused(lambda: Claim.objects.create(**work | {"annotator": cast.ana}), "only who has qualified")
    refused(lambda: Claim.objects.create(**work | {"round": 1}), "work is round 0")
    other = KnownAnswer.objects.filter(pk__in=Attempt.objects.get().drawn).exclude(pair=claim.pair).first()
    assert other is not None
    refused(lambda: Claim.objects.create(**like | {"pair": other.pair, "round": 0}), "work is round 0")
    refused(lambda: Claim.objects.create(**like | {"pair": other.pair, "annotator": cast.ana}), "attempt under way")
    refused(lambda: Claim.objects.create(**like | {"pair": other.pair, "round": 2}), "attempt under way")
    qualification.exempt(campaign=cast.campaign, user_id=cast.ana.pk, actor=cast.mira)
    Claim.objects.create(**work | {"annotator": cast.ana})


def test_an_attempt_is_written_once(cast: Cast) -> None:
    sit(cast, cast.ana, True, True, True, True)
    refused(lambda: Attempt.objects.update(right=1), "a finished attempt")
    refused(lambda: Attempt.objects.all()._raw_delete("default"), "never deleted")
    new = {"campaign": cast.campaign, "user": cast.ben, "drawn": [1], "percent": 75}
    refused(lambda: Attempt.objects.create(**new, number=3), "no more attempts")
    refused(lambda: Attempt.objects.create(**new | {"user": cast.stranger}, number=1), "no more attempts")
    Attempt.objects.create(**new, number=1)
    refused(lambda: Attempt.objects.create(**new, number=2))
    refused(lambda: Attempt.objects.filter(user=cast.ben).update(drawn=[2]))
    ended = {"finished": "2026-11-25T00:00Z", "asked": 4}
    refused(lambda: Attempt.objects.filter(user=cast.ben).update(**ended, right=2, passed=True))
    refused(lambda: Attempt.objects.filter(user=cast.ben).update(**ended, right=3, passed=False))
    refused(lambda: Attempt.objects.filter(user=cast.ben).update(**ended, right=5, passed=True))
    refused(lambda: Attempt.objects.filter(user=cast.ben).update(finished="2026-11-25T00:00Z"))
    assert Attempt.objects.filter(user=cast.ben).update(**ended, right=3, passed=True) == 1


def test_a_known_answer_is_retired_and_nothing_else(cast: Cast) -> None:
    one = KnownAnswer.objects.filter(purpose="qualification")[0]
    refused(lambda: KnownAnswer.objects.filter(pk=one.pk).update(choice="broken"))
    refused(lambda: KnownAnswer.objects.filter(pk=one.pk)._raw_delete("default"))
    known.retire(campaign=cast.campaign, answer_id=one.pk, actor=cast.mira)
    refused(lambda: KnownAnswer.objects.filter(pk=one.pk).update(retired=None))
    like = {"choice": "a", "explanation": "Why.", "origin": "manager"}
    refused(lambda: KnownAnswer.objects.create(pair=one.pair, purpose="practice", **like), "pairs of their own")
    refused(lambda: KnownAnswer.objects.create(pair=one.pair, purpose="check", **like), "pairs of their own")
    pair = make_pair(cast.campaign)
    refused(lambda: KnownAnswer.objects.create(pair=pair, purpose="qualification", **like), "pairs of their own")
    refused(lambda: KnownAnswer.objects.create(pair=one.pair, purpose="qualification", **like | {"explanation": ""}))
    refused(lambda: KnownAnswer.objects.create(pair=one.pair, purpose="qualification", **like | {"origin": "gold"}))


def test_what_was_practised_is_no_gold_and_not_released(cast: Cast) -> None:
    from annotate.models import Gold, Release

    home = known.existing_set(campaign=cast.campaign, purpose="qualification")
    assert home is not None
    pair = home.pairs.order_by("pk")[0]
    row = {"label": "a", "strength": 2.0, "votes": {"a": 1}, "origin": "consensus", "protocol": home.protocol}
    refused(lambda: Gold.objects.create(pair=pair, campaign=home, record="{}", **row), "what was practised is no gold")
    refused(lambda: Release.objects.create(campaign=home, version="1"), "what was practised is not released")


def test_the_audit_trail_fits(cast: Cast) -> None:
    sit(cast, cast.ana, True, True, True, True)
    assert [found for check in verification.CHECKS.values() for found in check()] == []


def test_a_new_role_keeps_what_was_earned(cast: Cast) -> None:
    sit(cast, cast.ana, True, True, True, True)
    for role in ("reviewer", "annotator"):
        campaigns.join(campaign=cast.campaign, user=cast.ana, role=role)
    assert may_judge(cast, cast.ana)
