"""Practice: everybody gets every pair of the set, as often as they like, and is told the right answer afterwards."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit, known, leases
from annotate.domain.errors import Missing
from annotate.models import Campaign, Claim, KnownAnswer, User
from annotate.models.learning import AnswerPurpose


def claim_next(*, campaign: Campaign, user: User) -> tuple[Claim, bool]:
    """The practice pair this person holds, or else the one they had least often; with whether the claim is new.

    Missing: the campaign has no practice.
    """
    home = known.existing_set(campaign=campaign, purpose=AnswerPurpose.PRACTICE)
    if home is None:
        raise Missing(_("There is nothing to practise here."))
    if held := leases.live_claim(campaign=home, user=user):
        return held, False
    answer = _least_often(home, user)
    if answer is None:
        raise Missing(_("There is nothing to practise here now."))
    return hand_out(home=home, user=user, pair_id=answer.pair_id, round=answer.times + 1)


def there_is(*, campaign: Campaign) -> bool:
    """Whether the campaign has anything to practise. One statement."""
    answers = KnownAnswer.objects.filter(purpose=AnswerPurpose.PRACTICE, retired__isnull=True)
    return answers.filter(pair__campaign__serves=campaign).exists()


def _least_often(home: Campaign, user: User) -> Any:
    times = Count("pair__claims", filter=Q(pair__claims__annotator=user))
    return (
        known.live(campaign=home, purpose=AnswerPurpose.PRACTICE).annotate(times=times).order_by("times", "pk").first()
    )


def hand_out(*, home: Campaign, user: User, pair_id: int, round: int) -> tuple[Claim, bool]:
    """Write the claim of a pair of a set. Of two requests of one person at once the second gets the first's claim."""
    try:
        return _hand_out(home, user, pair_id, round), True
    except IntegrityError:
        if held := leases.live_claim(campaign=home, user=user):
            return held, False
        raise


@transaction.atomic
def _hand_out(home: Campaign, user: User, pair_id: int, round: int) -> Claim:
    claim = Claim.objects.create(
        pair_id=pair_id,
        campaign=home,
        annotator=user,
        protocol_id=home.protocol_id,
        reveal_policy=home.reveal,
        seat=0,
        round=round,
        left=leases.orientation(campaign_id=home.pk, pair_id=pair_id, seat=user.pk + round),
        claimed=timezone.now(),
        expires=leases.lease_end(home),
    )
    audit.record(
        verb="claim.made",
        actor_id=user.pk,
        campaign_id=home.pk,
        pair_id=pair_id,
        claim=claim.pk,
        seat=0,
        round=round,
    )
    return claim


def progress(*, home: Campaign, user: User) -> dict[str, int]:
    """Of the pairs in force: how many there are, how many this person did in the present time through, and how many
    they got right the last time they had them. Two statements."""
    answers = known.live(campaign=home, purpose=AnswerPurpose.PRACTICE)
    finished = Count("pair__claims", filter=Q(pair__claims__annotator=user, pair__claims__finished__isnull=False))
    rows = list(answers.annotate(times=finished).values_list("pair_id", "choice", "times"))
    last = dict(
        Claim.objects.filter(campaign=home, annotator=user, finished__isnull=False)
        .order_by("round")
        .values_list("pair_id", "judgement__verdict__choice")
    )
    most = max((times for _, _, times in rows), default=0)
    return {
        "pairs": len(rows),
        "done": sum(times == most for _, _, times in rows) if most else 0,
        "round": most,
        "right": sum(last.get(pair_id) == choice for pair_id, choice, _ in rows),
    }
