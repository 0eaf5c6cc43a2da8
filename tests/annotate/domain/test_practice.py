"""Practice: every pair for everybody, again and again, answered at once, and never counted as work."""

import pytest

from annotate.domain import disclosure, known, leases, practice, queries, running, work
from annotate.domain.errors import Missing
from annotate.models import Claim, Gold, User
from tests.cast import Cast, make_cast
from tests.learning import WHY, answer, make_known

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    for number, choice in enumerate(("a", "b", "equal")):
        make_known(cast, "practice", number, choice=choice)
    return cast


def practise(cast: Cast, user: User, *, right: bool = True) -> Claim:
    claim, _ = practice.claim_next(campaign=cast.campaign, user=user)
    claim = leases.own_claim(claim_id=claim.pk, user_id=user.pk)
    answer(claim, user, right=right)
    return leases.own_claim(claim_id=claim.pk, user_id=user.pk)


def test_everybody_gets_every_pair_as_often_as_they_like(cast: Cast) -> None:
    for user in (cast.ana, cast.ben):
        claims = [practise(cast, user) for _ in range(7)]
        assert [claim.round for claim in claims] == [1, 1, 1, 2, 2, 2, 3]
        assert len({claim.pair_id for claim in claims[:3]}) == 3
        assert claims[0].left != claims[3].left


def test_the_answer_comes_after_the_verdict_and_not_before(cast: Cast) -> None:
    claim, new = practice.claim_next(campaign=cast.campaign, user=cast.ana)
    assert new
    assert practice.claim_next(campaign=cast.campaign, user=cast.ana) == (claim, False)
    own = leases.own_claim(claim_id=claim.pk, user_id=cast.ana.pk)
    before = disclosure.show_claim(own)
    assert (before["purpose"], before["feedback"]) == ("practice", None)
    assert WHY not in str(before)
    answer(own, cast.ana, right=False)
    after = disclosure.show_claim(leases.own_claim(claim_id=claim.pk, user_id=cast.ana.pk))
    assert after["feedback"] == {
        "right": False,
        "first_right": False,
        "choice": "left" if claim.left == "a" else "right",
        "explanation": f"{WHY} 0",
    }


def test_what_is_practised_counts_nowhere(cast: Cast) -> None:
    untouched = queries.stats(campaign=cast.campaign), work.funnel(campaign=cast.campaign)
    people = work.people(campaign=cast.campaign)
    for user in (cast.ana, cast.ben):
        for _ in range(3):
            practise(cast, user)
    assert (queries.stats(campaign=cast.campaign), work.funnel(campaign=cast.campaign)) == untouched
    assert work.people(campaign=cast.campaign) == people
    assert not Gold.objects.exists()


def test_progress_says_how_far_and_how_well(cast: Cast) -> None:
    home = known.existing_set(campaign=cast.campaign, purpose="practice")
    assert home is not None
    assert practice.progress(home=home, user=cast.ana) == {"pairs": 3, "done": 0, "round": 0, "right": 0}
    practise(cast, cast.ana)
    practise(cast, cast.ana, right=False)
    assert practice.progress(home=home, user=cast.ana) == {"pairs": 3, "done": 2, "round": 1, "right": 1}
    for _ in range(2):
        practise(cast, cast.ana)
    assert practice.progress(home=home, user=cast.ana) == {"pairs": 3, "done": 1, "round": 2, "right": 2}


def test_a_practice_pair_waits_for_its_person(cast: Cast) -> None:
    from datetime import timedelta

    from django.utils import timezone

    claim, _ = practice.claim_next(campaign=cast.campaign, user=cast.ana)
    Claim.objects.filter(pk=claim.pk).update(expires=timezone.now() - timedelta(days=3))
    assert leases.reap() == 0
    assert practice.claim_next(campaign=cast.campaign, user=cast.ana) == (claim, False)
    leases.abandon(claim=leases.own_claim(claim_id=claim.pk, user_id=cast.ana.pk), cause="other", actor=cast.ana)
    other, new = practice.claim_next(campaign=cast.campaign, user=cast.ana)
    assert new
    assert other.pair_id != claim.pair_id


def test_nothing_to_practise(cast: Cast) -> None:
    other = make_cast(slug="other")
    with pytest.raises(Missing):
        practice.claim_next(campaign=other.campaign, user=other.ana)
    for one in known.of_campaign(campaign=cast.campaign):
        known.retire(campaign=cast.campaign, answer_id=one.pk, actor=cast.mira)
    with pytest.raises(Missing):
        practice.claim_next(campaign=cast.campaign, user=cast.ana)


def test_a_corrected_answer_is_the_one_that_is_told(cast: Cast) -> None:
    claim = practise(cast, cast.ana)
    wrong = claim.pair.known_answers.get()
    known.retire(campaign=cast.campaign, answer_id=wrong.pk, actor=cast.mira)
    known.add(pair=claim.pair, purpose="practice", choice="broken", explanation="Cut off.", actor=cast.mira)
    feedback = disclosure.show_feedback(claim)
    assert feedback is not None
    assert (feedback["choice"], feedback["right"]) == ("broken", False)


def test_a_set_searches_in_the_documents_of_what_it_serves(cast: Cast) -> None:
    from annotate.domain import tools
    from annotate.models import Document

    home = known.existing_set(campaign=cast.campaign, purpose="practice")
    assert home is not None
    assert tools.places(campaign_id=home.pk) == ()
    Document.objects.create(campaign=cast.campaign, digest=b"1" * 32, title="Leap years", characters=1)
    assert tools.places(campaign_id=home.pk) == ("documents",)
    claim, _ = practice.claim_next(campaign=cast.campaign, user=cast.ana)
    tools.ask(claim_id=claim.pk, user=cast.ana, kind="search", input={"query": "leap", "where": "documents"})
    work_item = running.lease()
    assert work_item is not None
    assert work_item.campaign_id == cast.campaign.pk
