"""A reviewer settles what verdicts could not."""

from typing import Any

from django.db import transaction
from django.db.models import Count, Prefetch, QuerySet
from django.utils.translation import gettext as _

from annotate.domain import adopting, disclosure, record, settling
from annotate.domain.errors import Conflict, Invalid, Missing, Refused, one_of
from annotate.models import Adjudication, Campaign, Claim, QueueEntry, User
from annotate.models.gold import Cause
from annotate.models.pair import QueueState
from annotate.models.protocol import SIDES, Choice


def disputes(*, campaign: Campaign, user: User) -> QuerySet[QueueEntry]:
    """Pairs that wait for a reviewer, oldest first: disputed ones this person did not judge."""
    return (
        QueueEntry.objects.filter(campaign=campaign, state=QueueState.DISPUTED)
        .exclude(pair__claims__in=Claim.objects.filter(annotator=user, judgement__isnull=False))
        .order_by("turn", "pair_id")
    )


def waiting_for_third(*, campaign: Campaign) -> QuerySet[QueueEntry]:
    """Open pairs whose verdicts differ and that wait for one more person."""
    return QueueEntry.objects.filter(campaign=campaign, state=QueueState.OPEN, seats__gt=campaign.overlap).order_by(
        "turn", "pair_id"
    )


def open_case(*, campaign: Campaign, pair_id: int, user: User) -> dict[str, Any]:
    """What the reviewer sees: the pair (in the first seat's orientation) and every verdict, without names.

    Missing: no such pair here. Refused: this person judged it. Conflict: its verdicts do not differ.
    """
    claims = list(
        Claim.objects.select_related("campaign", "pair", "protocol", "judgement__reveal", "judgement__verdict")
        .filter(campaign=campaign, pair_id=pair_id, judgement__verdict__surplus=False)
        .prefetch_related(Prefetch("runs", adopting.listed()))
        .order_by("seat")
    )
    if not claims:
        raise Missing(_("There is nothing to adjudicate for this pair."))
    if any(claim.annotator_id == user.pk for claim in claims):
        raise Refused(_("You judged this pair yourself; somebody else adjudicates it."))
    if len({claim.judgement.verdict.choice for claim in claims}) < 2:
        raise Conflict(_("The verdicts on this pair agree."))
    first = claims[0]
    return disclosure.show_claim(first, masked=True, own=False) | {
        "verdicts": [show_verdict(first, claim) for claim in claims],
        "first_claim": first,
    }


def show_verdict(first: Claim, claim: Claim) -> dict[str, Any]:
    """One person's way to their verdict, in the orientation the reviewer sees; nobody's name."""
    judgement = claim.judgement
    return {
        "judgement": disclosure.show_judgement(first, judgement),
        "verdict": disclosure.show_opinion(first, judgement.verdict),
        "corrected": claim.corrected,
        "changed": judgement.verdict.changed,
        "saw_models": judgement.verdict.reveal_id is not None,
        "runs": [disclosure.show_run(first, run) for run in claim.runs.all()],
    }


def adjudicate(
    *,
    campaign: Campaign,
    pair_id: int,
    user: User,
    choice: str,
    strength: int | None,
    cause: str,
    reason: str,
) -> Adjudication:
    """Write the settled choice (canonical: a, b, equal, undecidable, broken) and the gold row that follows from it.

    Again on a settled pair: a new row that supersedes, never a change. A seat still open is closed.
    """
    _check(choice=choice, strength=strength, cause=cause, reason=reason)
    with transaction.atomic():
        entry = QueueEntry.objects.select_for_update(no_key=True).filter(campaign=campaign, pair_id=pair_id).first()
        if entry is None:
            raise Missing(_("There is no such pair in this campaign."))
        open_case(campaign=campaign, pair_id=pair_id, user=user)
        row = Adjudication(
            pair_id=pair_id,
            reviewer=user,
            choice=choice,
            strength=strength if choice in SIDES else None,
            cause=cause,
            reason=reason.strip(),
        )
        row.save(force_insert=True)
        settling.write_gold(
            pair_id=pair_id,
            campaign=campaign,
            label=choice,
            strengths=[row.strength] if row.strength else [],
            verdicts=record.COUNTED(pair_id),
            entry=entry,
            adjudication=row,
        )
        return row


def _check(*, choice: str, strength: int | None, cause: str, reason: str) -> None:
    wrong = {}
    if choice not in Choice.values:
        wrong["choice"] = one_of(Choice.values)
    if choice in SIDES and strength not in (1, 2, 3):
        wrong["strength"] = _("1 slightly, 2 clearly, 3 much better")
    if cause not in Cause.values:
        wrong["cause"] = one_of(Cause.values)
    if not reason.strip():
        wrong["reason"] = _("say what settled it")
    if wrong:
        raise Invalid(_("Something is missing. Nothing was recorded; your text is still here."), fields=wrong)


def counts(*, campaign: Campaign) -> dict[str, int]:
    rows = QueueEntry.objects.filter(campaign=campaign).values_list("state").annotate(n=Count("pk"))
    return dict(rows.order_by())
