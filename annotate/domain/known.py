"""The store of known answers: pairs whose right answer is known and why, each for one purpose.

Practice and qualification have pairs of their own, in sets that serve a campaign, so that nobody practises what they
or others still judge. A hidden check is a pair of the campaign itself. All three are added and retired any day.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.errors import AlreadyDone, Conflict, Invalid, Missing, one_of
from annotate.models import Assistance, AuditEvent, Campaign, Gold, KnownAnswer, Pair, User, Verdict
from annotate.models.assistance import AssistanceState
from annotate.models.campaign import Purpose, RevealPolicy
from annotate.models.learning import AnswerOrigin, AnswerPurpose
from annotate.models.protocol import Choice

LONGEST = 4000
ADDED = "known.added"
COPIED = ("conversation", "response_a", "response_b", "source_label", "source", "source_id", "group", "extra")


def set_of(*, campaign: Campaign, purpose: str, actor: User | None = None) -> Campaign:
    """The campaign's set for this purpose, made at first need; for a check the campaign itself.

    A set follows the settings of what it serves. A qualification reveals nothing: it asks what somebody can do alone.
    """
    if campaign.purpose == purpose and campaign.serves_id:
        return campaign
    if campaign.purpose != Purpose.WORK:
        raise Invalid(_("A set has no sets of its own."), fields={"campaign": _("a campaign to work in")})
    if purpose == AnswerPurpose.CHECK:
        return campaign
    if purpose not in AnswerPurpose.values:
        raise Invalid(_("No such purpose."), fields={"purpose": one_of(AnswerPurpose.values)})
    return existing_set(campaign=campaign, purpose=purpose) or _make_set(campaign, purpose, actor)


def existing_set(*, campaign: Campaign, purpose: str) -> Campaign | None:
    return Campaign.objects.filter(serves=campaign, purpose=purpose).select_related("protocol").first()


@transaction.atomic
def _make_set(campaign: Campaign, purpose: str, actor: User | None) -> Campaign:
    slug = f"{campaign.slug[: 79 - len(purpose)]}-{purpose}"
    if Campaign.objects.filter(slug=slug).exists():
        slug = f"set-{campaign.pk}-{purpose}"
    found, new = Campaign.objects.get_or_create(
        serves=campaign,
        purpose=purpose,
        defaults={
            "slug": slug,
            "name": f"{campaign.name}: {Purpose(purpose).label}"[:200],
            "overlap": 1,
            "reveal": campaign.reveal if purpose == Purpose.PRACTICE else RevealPolicy.NEVER,
            "lease_minutes": campaign.lease_minutes,
            "protocol": campaign.protocol,
        },
    )
    if new:
        audit.record(
            verb="set.made",
            actor_id=actor.pk if actor else None,
            campaign_id=found.pk,
            serves=campaign.pk,
            purpose=purpose,
        )
    return found


def live(*, campaign: Campaign, purpose: str) -> QuerySet[KnownAnswer]:
    """The known answers in force for a purpose; `campaign` is the set, or for checks the working campaign."""
    return KnownAnswer.objects.filter(pair__campaign=campaign, purpose=purpose, retired__isnull=True)


def of_campaign(*, campaign: Campaign) -> QuerySet[KnownAnswer]:
    """All known answers of a working campaign and its sets, retired ones too, newest first."""
    family = [campaign.pk, *campaign.sets.values_list("pk", flat=True)]
    return KnownAnswer.objects.filter(pair__campaign_id__in=family).order_by("-pk")


@transaction.atomic
def add(
    *,
    pair: Pair,
    purpose: str,
    choice: str,
    explanation: str,
    actor: User | None,
    gold: Gold | None = None,
    origin: str = AnswerOrigin.MANAGER,
) -> KnownAnswer:
    """Say what the right answer of a pair is, and why. AlreadyDone: one is in force for this purpose."""
    wrong = {}
    if choice not in Choice.values:
        wrong["choice"] = one_of(Choice.values)
    if not explanation.strip() or len(explanation) > LONGEST or "\x00" in explanation:
        wrong["explanation"] = _("say why it is right, in at most %(most)d characters") % {"most": LONGEST}
    if wrong:
        raise Invalid(_("A known answer needs a choice and the reason for it."), fields=wrong)
    try:
        with transaction.atomic():
            answer = KnownAnswer.objects.create(
                pair=pair,
                purpose=purpose,
                choice=choice,
                explanation=explanation.strip(),
                origin=origin,
                gold=gold,
                added_by=actor,
            )
    except IntegrityError:
        if not KnownAnswer.objects.filter(pair=pair, purpose=purpose, retired__isnull=True).exists():
            raise
        raise AlreadyDone(_("This pair has a known answer for that already. Retire it first.")) from None
    audit.record(**_event(answer))
    return answer


def _event(answer: KnownAnswer) -> dict[str, Any]:
    return {
        "verb": ADDED,
        "actor_id": answer.added_by_id,
        "campaign_id": answer.pair.campaign_id,
        "pair_id": answer.pair_id,
        "known": answer.pk,
        "purpose": answer.purpose,
        "choice": answer.choice,
        "origin": answer.origin,
    }


def store(*, campaign: Campaign, actor: User | None, brought: Iterable[tuple[int, str, str]]) -> int:
    """Known answers that an import brought: (pair id, choice, explanation). How many were new.

    Call in the import's transaction. A pair that ever had one for this purpose keeps it, retired or not: importing the
    same again changes nothing.
    """
    purpose = AnswerPurpose.CHECK if campaign.purpose == Purpose.WORK else campaign.purpose
    by_pair = {pair_id: (choice, explanation) for pair_id, choice, explanation in brought}
    had = set(KnownAnswer.objects.filter(pair_id__in=by_pair, purpose=purpose).values_list("pair_id", flat=True))
    fields = {"purpose": purpose, "origin": AnswerOrigin.SOURCE, "added_by": actor}
    new = [
        KnownAnswer(pair_id=pair_id, choice=choice, explanation=explanation, **fields)
        for pair_id, (choice, explanation) in by_pair.items()
        if pair_id not in had
    ]
    events = []
    for answer in KnownAnswer.objects.bulk_create(new):
        data = {"known": answer.pk, "purpose": purpose, "choice": answer.choice, "origin": answer.origin}
        about = {"campaign_id": campaign.pk, "pair_id": answer.pair_id, "actor": actor}
        events.append(AuditEvent(verb=ADDED, data=data, **about))
    AuditEvent.objects.bulk_create(events)
    return len(new)


@transaction.atomic
def promote(*, campaign: Campaign, pair_id: int, purpose: str, actor: User, explanation: str = "") -> KnownAnswer:
    """Make a gold pair of the campaign a known answer, with its label and the reason that settled it.

    For practice and qualification its texts are copied into the set, with the assistance that is done. Invalid: it is
    not settled, or nobody wrote a reason.
    """
    gold = Gold.objects.filter(campaign=campaign, pair_id=pair_id, superseded_by__isnull=True).first()
    if gold is None:
        raise Missing(_("There is no gold pair with this number in the campaign."))
    home = set_of(campaign=campaign, purpose=purpose, actor=actor)
    pair = gold.pair if home == campaign else _copied(gold.pair, home, actor)
    return add(
        pair=pair,
        purpose=purpose,
        choice=gold.label,
        explanation=explanation.strip() or reason_of(gold),
        actor=actor,
        gold=gold,
        origin=AnswerOrigin.GOLD,
    )


def reason_of(gold: Gold) -> str:
    return reasons_of([gold]).get(gold.pk, "")


def reasons_of(golds: Sequence[Gold]) -> dict[int, str]:
    """By gold id why a label is right, as people wrote it: the reviewer, or who was surest of those who said so.

    One statement; the adjudications come with the gold.
    """
    said = Verdict.objects.filter(pair_id__in=[gold.pair_id for gold in golds], surplus=False).exclude(
        reason="", judgement__reason=""
    )
    surest: dict[tuple[int, str], str] = {}
    for pair_id, choice, *reasons in said.order_by("-confidence", "pk").values_list(
        "pair_id", "choice", "reason", "judgement__reason"
    ):
        surest.setdefault((pair_id, choice), next(filter(None, reasons)))
    return {
        gold.pk: (gold.adjudication.reason if gold.adjudication else surest.get((gold.pair_id, gold.label), ""))[
            :LONGEST
        ]
        for gold in golds
    }


def _copied(pair: Pair, home: Campaign, actor: User) -> Pair:
    """The same pair in a set: as it is there already, or a copy."""
    there = Pair.objects.filter(campaign=home, digest=pair.digest).first()
    if there is not None:
        return there
    copy = Pair.objects.create(campaign=home, digest=pair.digest, **{name: getattr(pair, name) for name in COPIED})
    audit.record(verb="pairs.imported", actor_id=actor.pk, campaign_id=home.pk, new=1, contradictions=[], of=pair.pk)
    done = Assistance.objects.filter(pair=pair, state=AssistanceState.DONE)
    fields = ("kind", "engine", "state", "payload", "blob", "model", "revision", "prompt_version", "milliseconds")
    rows = [{name: getattr(row, name) for name in (*fields, "finished")} for row in done]
    Assistance.objects.bulk_create([Assistance(pair=copy, campaign=home, **row) for row in rows])
    return copy


def one(*, campaign: Campaign, answer_id: int) -> KnownAnswer:
    """A known answer of the campaign or its sets, with its pair, or Missing."""
    found = of_campaign(campaign=campaign).filter(pk=answer_id).select_related("pair", "added_by").first()
    if found is None:
        raise Missing(_("There is no such known answer in this campaign."))
    return found


@transaction.atomic
def retire(*, campaign: Campaign, answer_id: int, actor: User) -> KnownAnswer:
    """Take a known answer out of use from now on; what was answered on it stays recorded."""
    answer = one(campaign=campaign, answer_id=answer_id)
    now = timezone.now()
    if not KnownAnswer.objects.filter(pk=answer.pk, retired__isnull=True).update(retired=now, retired_by=actor):
        raise Conflict(_("This known answer was retired before."))
    audit.record(**(_event(answer) | {"verb": "known.retired", "actor_id": actor.pk}))
    return answer


@transaction.atomic
def replace(*, campaign: Campaign, answer_id: int, actor: User, choice: str, explanation: str) -> KnownAnswer:
    """Put another answer in the place of one that was wrong: it is retired, if it was not, and the new one added."""
    answer = one(campaign=campaign, answer_id=answer_id)
    if answer.retired is None:
        retire(campaign=campaign, answer_id=answer_id, actor=actor)
    return add(pair=answer.pair, purpose=answer.purpose, choice=choice, explanation=explanation, actor=actor)
