"""Qualification: some pairs with known answers, a pass mark, and pairs to judge only for those who passed.

Nobody learns pair by pair what was right: only how many, at the end.
"""

import secrets
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit, known, leases
from annotate.domain.errors import AlreadyDone, Conflict, Invalid, Missing, Refused
from annotate.domain.practice import hand_out
from annotate.models import Attempt, Campaign, Claim, KnownAnswer, Membership, User, Verdict
from annotate.models.campaign import Purpose, Role
from annotate.models.learning import AnswerPurpose

Shown = dict[str, Any]
PAIRS, PERCENT, ATTEMPTS = (0, 100), (1, 100), (1, 20)


@transaction.atomic
def set_rules(
    *, campaign: Campaign, actor: User, pairs: int, percent: int, attempts: int, keep_present: bool = True
) -> None:
    """Ask for a qualification from now on: so many pairs, so many percent right, so many attempts. 0 pairs: none.

    `keep_present`: who has judged a pair here already counts as qualified. Attempts under way keep their pass mark.
    """
    there = known.live(campaign=campaign, purpose=AnswerPurpose.QUALIFICATION).none()
    if home := known.existing_set(campaign=campaign, purpose=AnswerPurpose.QUALIFICATION):
        there = known.live(campaign=home, purpose=AnswerPurpose.QUALIFICATION)
    wrong = {}
    if not PAIRS[0] <= pairs <= PAIRS[1]:
        wrong["pairs"] = _("0 for no qualification, at most 100")
    elif pairs > there.count():
        wrong["pairs"] = _("there are %(n)d pairs for it; import or promote more") % {"n": there.count()}
    if not PERCENT[0] <= percent <= PERCENT[1]:
        wrong["percent"] = _("between 1 and 100 %")
    if not ATTEMPTS[0] <= attempts <= ATTEMPTS[1]:
        wrong["attempts"] = _("between 1 and 20")
    if wrong:
        raise Invalid(_("The qualification was not changed."), fields=wrong)
    campaign.qualify_pairs, campaign.qualify_percent, campaign.qualify_attempts = pairs, percent, attempts
    campaign.save(update_fields=["qualify_pairs", "qualify_percent", "qualify_attempts"])
    kept = _keep_present(campaign) if pairs and keep_present else []
    audit.record(
        verb="qualification.changed",
        actor_id=actor.pk,
        campaign_id=campaign.pk,
        pairs=pairs,
        percent=percent,
        attempts=attempts,
        exempted=kept,
    )


def _keep_present(campaign: Campaign) -> list[int]:
    judged = Claim.objects.filter(campaign=campaign, finished__isnull=False).values("annotator_id")
    present = Membership.objects.filter(campaign=campaign, qualified__isnull=True, user_id__in=judged)
    ids = list(present.order_by("user_id").values_list("user_id", flat=True))
    present.update(qualified=timezone.now())
    return ids


def claim_next(*, campaign: Campaign, user: User) -> tuple[Claim | None, bool]:
    """The next pair of this person's attempt, with whether the claim is new. The first attempt begins with it.

    (None, False): the attempt has its result, and another is only begun by `begin`. AlreadyDone: they have qualified.
    """
    member, home = _to_qualify(campaign, user)
    if held := leases.live_claim(campaign=home, user=user):
        return held, False
    with transaction.atomic():
        attempt = under_way(campaign=campaign, user=user)
        if attempt is None and not Attempt.objects.filter(campaign=campaign, user=user).exists():
            attempt = _begin(campaign, home, member)
        if attempt is None:
            return None, False
        pair_id = _next_of(attempt, home)
        if pair_id is None:
            _end_if_complete(attempt, home)
            return None, False
        return hand_out(home=home, user=user, pair_id=pair_id, round=attempt.number)


@transaction.atomic
def begin(*, campaign: Campaign, user: User) -> Attempt:
    """Begin an attempt, or go on with the one under way. Refused: none is left. AlreadyDone: they have qualified."""
    member, home = _to_qualify(campaign, user)
    return _begin(campaign, home, member)


def _to_qualify(campaign: Campaign, user: User) -> tuple[Membership, Campaign]:
    member = _member(campaign, user.pk)
    home = known.existing_set(campaign=campaign, purpose=AnswerPurpose.QUALIFICATION)
    if not campaign.qualify_pairs or home is None:
        raise Missing(_("This campaign asks for no qualification."))
    if member.qualified is not None:
        raise AlreadyDone(_("You have qualified here already. Take a pair to judge."))
    return member, home


def _member(campaign: Campaign, user_id: int) -> Membership:
    member = Membership.objects.filter(campaign=campaign, user_id=user_id, role=Role.ANNOTATOR).first()
    if member is None:
        raise Missing(_("There is no such annotator in this campaign."))
    return member


def under_way(*, campaign: Campaign, user: User) -> Attempt | None:
    return Attempt.objects.filter(campaign=campaign, user=user, finished__isnull=True).first()


def _begin(campaign: Campaign, home: Campaign, member: Membership) -> Attempt:
    """The membership's lock makes two requests of one person take turns."""
    Membership.objects.select_for_update().get(pk=member.pk)
    if attempt := Attempt.objects.filter(campaign=campaign, user_id=member.user_id, finished__isnull=True).first():
        return attempt
    number = Attempt.objects.filter(campaign=campaign, user_id=member.user_id).count() + 1
    if number > campaign.qualify_attempts + member.more_attempts:
        raise Refused(
            _("You have used all %(n)d attempts at the qualification. Ask a manager of the campaign for another.")
            % {"n": number - 1}
        )
    drawn = _draw(campaign, home, member.user_id)
    attempt = Attempt.objects.create(
        campaign=campaign, user_id=member.user_id, number=number, drawn=drawn, percent=campaign.qualify_percent
    )
    audit.record(
        verb="qualification.begun",
        actor_id=member.user_id,
        campaign_id=campaign.pk,
        attempt=attempt.pk,
        number=number,
        drawn=drawn,
    )
    return attempt


def _draw(campaign: Campaign, home: Campaign, user_id: int) -> list[int]:
    """Known answers by lot, those first that this person had least often. Conflict: there are too few."""
    times = Count("pair__claims", filter=Q(pair__claims__annotator_id=user_id))
    answers = known.live(campaign=home, purpose=AnswerPurpose.QUALIFICATION).annotate(times=times)
    lots = [(times, secrets.randbits(64), pk) for pk, times in answers.values_list("pk", "times")]
    if len(lots) < campaign.qualify_pairs:
        raise Conflict(_("There are too few pairs for the qualification now. A manager of the campaign adds them."))
    drawn = [pk for _, _, pk in sorted(lots)[: campaign.qualify_pairs]]
    secrets.SystemRandom().shuffle(drawn)
    return drawn


def _next_of(attempt: Attempt, home: Campaign) -> int | None:
    """The pair of the first drawn answer that is in force and was not handed out in this attempt."""
    had = Claim.objects.filter(campaign=home, annotator_id=attempt.user_id, round=attempt.number)
    left = KnownAnswer.objects.filter(pk__in=attempt.drawn, retired__isnull=True).exclude(
        pair_id__in=had.values("pair_id")
    )
    pairs = dict(left.values_list("pk", "pair_id"))
    return next((pairs[pk] for pk in attempt.drawn if pk in pairs), None)


def conclude(*, claim: Claim) -> None:
    """After a verdict in a set: where it was the last one asked in a qualification, write the result.

    Whoever passed is qualified in the same transaction.
    """
    home = claim.campaign
    if home.purpose != Purpose.QUALIFICATION:
        return
    attempts = Attempt.objects.filter(campaign__sets=home, user_id=claim.annotator_id)
    attempt = attempts.select_for_update(of=("self",)).get(number=claim.round)
    if attempt.finished is None:
        _end_if_complete(attempt, home)


def _end_if_complete(attempt: Attempt, home: Campaign) -> None:
    """What was retired meanwhile is not asked, and does not count."""
    answers = dict(
        KnownAnswer.objects.filter(pk__in=attempt.drawn, retired__isnull=True).values_list("pair_id", "choice")
    )
    said = dict(
        Verdict.objects.filter(
            judgement__claim__campaign=home,
            judgement__claim__annotator_id=attempt.user_id,
            judgement__claim__round=attempt.number,
            pair_id__in=answers,
        ).values_list("pair_id", "choice")
    )
    if len(said) < len(answers):
        return
    attempt.asked = len(answers)
    attempt.right = sum(said[pair_id] == choice for pair_id, choice in answers.items())
    attempt.passed = attempt.asked > 0 and attempt.right * 100 >= attempt.percent * attempt.asked
    attempt.finished = timezone.now()
    attempt.save(update_fields=["asked", "right", "passed", "finished"])
    audit.record(
        verb="qualification.ended",
        actor_id=attempt.user_id,
        campaign_id=attempt.campaign_id,
        attempt=attempt.pk,
        right=attempt.right,
        asked=attempt.asked,
        passed=attempt.passed,
    )
    if attempt.passed:
        Membership.objects.filter(
            campaign_id=attempt.campaign_id, user_id=attempt.user_id, qualified__isnull=True
        ).update(qualified=attempt.finished)


@transaction.atomic
def exempt(*, campaign: Campaign, user_id: int, actor: User) -> None:
    """Let somebody judge without having passed."""
    member = _member(campaign, user_id)
    if not Membership.objects.filter(pk=member.pk, qualified__isnull=True).update(qualified=timezone.now()):
        raise AlreadyDone(_("They are qualified already."))
    audit.record(verb="qualification.exempted", actor_id=actor.pk, campaign_id=campaign.pk, user=user_id)


@transaction.atomic
def allow_another(*, campaign: Campaign, user_id: int, actor: User) -> None:
    """One attempt more than the campaign allows, for one person."""
    member = _member(campaign, user_id)
    if member.qualified is not None:
        raise AlreadyDone(_("They are qualified already."))
    Membership.objects.filter(pk=member.pk).update(more_attempts=F("more_attempts") + 1)
    audit.record(verb="qualification.allowed", actor_id=actor.pk, campaign_id=campaign.pk, user=user_id)


def standing(*, campaign: Campaign, user: User) -> Shown:
    """Where a person stands with the qualification: rules, attempts with their scores, what is left. Three statements.

    Never which pair was right.
    """
    member = _member(campaign, user.pk)
    attempts = list(Attempt.objects.filter(campaign=campaign, user=user).order_by("number"))
    open_one = next((attempt for attempt in attempts if attempt.finished is None), None)
    return {
        "pairs": campaign.qualify_pairs,
        "percent": campaign.qualify_percent,
        "needed": bool(campaign.qualify_pairs) and member.qualified is None,
        "qualified": member.qualified,
        "attempts": [_show(attempt) for attempt in attempts if attempt.finished],
        "under_way": _show_open(open_one) if open_one else None,
        "attempts_left": max(0, campaign.qualify_attempts + member.more_attempts - len(attempts)),
    }


def _show(attempt: Attempt) -> Shown:
    return {
        "number": attempt.number,
        "right": attempt.right,
        "asked": attempt.asked,
        "percent": attempt.percent,
        "passed": attempt.passed,
        "finished": attempt.finished,
    }


def _show_open(attempt: Attempt) -> Shown:
    done = Claim.objects.filter(
        campaign__serves_id=attempt.campaign_id,
        campaign__purpose=Purpose.QUALIFICATION,
        annotator_id=attempt.user_id,
        round=attempt.number,
        finished__isnull=False,
    )
    return {"number": attempt.number, "done": done.count(), "asked": len(attempt.drawn)}


def results(*, campaign: Campaign) -> list[Shown]:
    """Every annotator with their attempts and whether they are qualified, those first who wait. Two statements."""
    members = Membership.objects.filter(campaign=campaign, role=Role.ANNOTATOR).select_related("user")
    attempts: dict[int, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(campaign=campaign).order_by("number"):
        attempts.setdefault(attempt.user_id, []).append(attempt)
    rows = [
        _result(campaign, member, attempts.get(member.user_id, [])) for member in members.order_by("user__username")
    ]
    return sorted(rows, key=lambda row: (row["qualified"] is not None, row["attempts_left"] > 0))


def _result(campaign: Campaign, member: Membership, attempts: list[Attempt]) -> Shown:
    finished = [_show(attempt) for attempt in attempts if attempt.finished]
    return {
        "user_id": member.user_id,
        "username": member.user.username,
        "qualified": member.qualified,
        "exempted": member.qualified is not None and not any(attempt["passed"] for attempt in finished),
        "attempts": finished,
        "under_way": len(finished) < len(attempts),
        "attempts_left": max(0, campaign.qualify_attempts + member.more_attempts - len(attempts)),
    }
